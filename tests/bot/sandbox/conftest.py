"""A workspace with two people, two channels and the app; and a real Bolt app beside it where a test asks."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest
from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient

from bot.sandbox import APP_TOKEN, BOT_TOKEN, Manifest, Sandbox, Workspace, start_sandbox

MANIFEST = {
    "display_information": {"name": "Rounds"},
    "features": {
        "app_home": {"home_tab_enabled": True, "messages_tab_enabled": True},
        "slash_commands": [{"command": "/digest", "description": "Your digest"}, {"command": "/idea"}],
        "shortcuts": [
            {"callback_id": "idea_global", "type": "global", "name": "New idea"},
            {"callback_id": "idea_message", "type": "message", "name": "Make an idea"},
        ],
    },
    "oauth_config": {
        "scopes": {
            "bot": [
                *("chat:write", "im:write", "im:history", "users:read", "users:read.email", "files:read"),
                *("files:write", "channels:read", "channels:history", "commands", "dnd:read", "team:read"),
            ]
        }
    },
    "settings": {
        "event_subscriptions": {"bot_events": ["app_home_opened", "message.im", "member_joined_channel"]}
    },
}


@pytest.fixture
def workspace() -> Workspace:
    made = Workspace()
    made.add_user("U1", name="ana", real_name="Ana Silva", email="ana@example.org", tz="Europe/Lisbon")
    made.add_user("U2", name="ben", real_name="Ben Okoro", email="ben@example.org")
    made.add_channel("ward-4", id="C1", members=["U1", "U2"])
    made.add_channel("no-bots", id="C2", members=["U1"], bot=False)
    return made


@pytest.fixture
def sandbox(workspace: Workspace) -> Iterator[Sandbox]:
    with start_sandbox(workspace, manifest=Manifest.parse(MANIFEST)) as running:
        yield running


@pytest.fixture
def client(sandbox: Sandbox) -> WebClient:
    return WebClient(token=BOT_TOKEN, base_url=sandbox.api_url, retry_handlers=[])


@pytest.fixture
def dm(client: WebClient) -> str:
    opened: str = client.conversations_open(users="U1")["channel"]["id"]
    return opened


@pytest.fixture
def app(client: WebClient) -> App:
    return App(client=client, process_before_response=True)


@pytest.fixture
def connect(app: App, sandbox: Sandbox) -> Iterator[Callable[[], SocketModeHandler]]:
    """Connects the app once its listeners are registered."""
    handlers: list[SocketModeHandler] = []

    def connected() -> SocketModeHandler:
        handler = SocketModeHandler(app, APP_TOKEN, ping_interval=0.5)
        handlers.append(handler)
        handler.connect()
        assert sandbox.wait_connected(len(handlers))
        return handler

    yield connected
    for handler in handlers:
        handler.client.auto_reconnect_enabled = False
    sandbox.close_sockets()
    for handler in handlers:
        # slack_sdk's own close() races with its receiver's, so the receiver finishes first
        deadline = time.monotonic() + 10
        while handler.client.is_connected() and time.monotonic() < deadline:
            time.sleep(0.01)
        # its message thread looks only once a second whether it is to end; an empty message wakes it
        handler.client.message_processor.event.set()
        handler.client.enqueue_message("")
        handler.close()
