"""No button without a listener: every action in every golden message and page is answered by the app."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from slack_bolt import App, BoltRequest, BoltResponse
from slack_sdk import WebClient

from bot.clock import SystemClock
from bot.settings import Settings
from handlers.app import build_app
from handlers.deps import Deps
from storage.engine import Database

GOLDEN = sorted((Path(__file__).resolve().parent.parent / "bot").glob("*/golden/*.json"))


def actions_in(value: Any) -> set[str]:
    """The action_ids of buttons and menus in a message or a view; the inputs of forms do not act."""
    if isinstance(value, list):
        return set().union(*(actions_in(part) for part in value))
    if not isinstance(value, dict):
        return set()
    if value.get("type") == "input" and not value.get("dispatch_action"):
        return set()
    found = {str(value["action_id"])} if "action_id" in value else set()
    return found.union(*(actions_in(part) for part in value.values()))


def answers(app: App, action_id: str) -> bool:
    """Whether a listener is registered for a press of this button."""
    payload = {"type": "block_actions", "actions": [{"action_id": action_id, "block_id": "b"}]}
    request = BoltRequest(body=payload, mode="socket_mode")
    return any(listener.matches(req=request, resp=BoltResponse(status=200)) for listener in app._listeners)


@pytest.fixture
def app(sqlite: Database) -> App:
    return build_app(
        Deps(sqlite, SystemClock(), Settings.model_construct(), "T1"), WebClient(token="xoxb-none")
    )


def test_every_button_in_every_golden_file_has_a_listener(app: App) -> None:
    found = {file.name: actions_in(json.loads(file.read_text(encoding="utf-8"))) for file in GOLDEN}
    everything = set().union(*found.values())
    assert {"digest_more", "digest_counted", "digest_why_this", "digest_who"} <= everything
    assert {action_id for action_id in everything if not answers(app, action_id)} == set()


def test_a_button_that_nobody_registered_is_noticed(app: App) -> None:
    assert not answers(app, "digest_unknown")
