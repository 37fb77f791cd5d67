"""No button without a listener: every action in every golden message and page is answered by the app."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from slack_bolt import App, BoltRequest, BoltResponse
from slack_sdk import WebClient

from bot.clock import SystemClock
from bot.ideas import names
from bot.settings import Settings
from handlers.app import build_app
from handlers.deps import Deps
from handlers.manifest import MANIFEST
from storage.engine import Database

GOLDEN = sorted((Path(__file__).resolve().parent.parent / "bot").glob("*/golden/**/*.json"))


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


def callbacks_in(value: Any) -> set[str]:
    """The callback_ids of forms that can be submitted, wherever they stand in a golden file."""
    if isinstance(value, list):
        return set().union(*(callbacks_in(part) for part in value))
    if not isinstance(value, dict):
        return set()
    found = {str(value["callback_id"])} if "submit" in value and "callback_id" in value else set()
    return found.union(*(callbacks_in(part) for part in value.values()))


def is_answered(app: App, payload: dict[str, Any]) -> bool:
    """Whether a listener is registered for something that comes in."""
    request = BoltRequest(body=payload, mode="socket_mode")
    return any(listener.matches(req=request, resp=BoltResponse(status=200)) for listener in app._listeners)


def test_every_form_in_every_golden_file_has_a_listener(app: App) -> None:
    found = set().union(*(callbacks_in(json.loads(file.read_text(encoding="utf-8"))) for file in GOLDEN))
    assert {names.FORM, names.CONCERN, names.form_of(names.DECIDE)} <= found
    unanswered = {
        callback
        for callback in found
        if not is_answered(
            app, {"type": "view_submission", "view": {"type": "modal", "callback_id": callback}}
        )
    }
    assert unanswered == set()


def test_every_shortcut_and_every_event_of_the_manifest_has_a_listener(app: App) -> None:
    manifest = yaml.safe_load(MANIFEST.read_text(encoding="utf-8"))
    kinds = {"global": "shortcut", "message": "message_action"}
    for shortcut in manifest["features"]["shortcuts"]:
        came = {"type": kinds[shortcut["type"]], "callback_id": shortcut["callback_id"]}
        assert is_answered(app, came), shortcut["callback_id"]
    for name in manifest["settings"]["event_subscriptions"]["bot_events"]:
        event = {"type": name.partition(".")[0], "channel_type": name.partition(".")[2]}
        assert is_answered(app, {"type": "event_callback", "event": event}), name


def test_a_button_that_nobody_registered_is_noticed(app: App) -> None:
    assert not answers(app, "digest_unknown")
    assert not is_answered(
        app, {"type": "view_submission", "view": {"type": "modal", "callback_id": "unknown"}}
    )
    assert not is_answered(app, {"type": "shortcut", "callback_id": "unknown"})
