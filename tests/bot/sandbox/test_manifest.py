"""The manifest decides what the app may do here, as it does in Slack."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.sandbox import Manifest
from tests.bot.sandbox.conftest import MANIFEST


def test_what_matters_is_read_from_a_manifest_file(tmp_path: Path) -> None:
    path = tmp_path / "manifest.yml"
    path.write_text(yaml.safe_dump(MANIFEST), encoding="utf-8")
    manifest = Manifest.read(path)
    assert manifest.name == "Rounds"
    assert manifest.grants("chat:write")
    assert not manifest.grants("admin")
    assert manifest.subscribes("message.im")
    assert not manifest.subscribes("message.channels")
    assert manifest.commands == frozenset({"/digest", "/idea"})


def test_a_manifest_that_is_none_is_named_in_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "manifest.yml"
    path.write_text("- a list", encoding="utf-8")
    with pytest.raises(ValueError, match="this is not an app manifest"):
        Manifest.read(path)


def test_without_a_manifest_everything_is_granted() -> None:
    assert Manifest().grants("anything")
    assert Manifest().subscribes("anything")


def changed(**parts: Any) -> dict[str, Any]:
    return copy.deepcopy(MANIFEST) | parts


def shortcut(**more: str) -> dict[str, Any]:
    given = {"callback_id": "a", "type": "message", "name": "Make this an idea", "description": "An idea"}
    return {"features": {"shortcuts": [given | more]}}


def test_shortcuts_are_known_by_their_kind() -> None:
    assert Manifest.parse(changed(**shortcut())).shortcuts == (("a", "message", "Make this an idea"),)


@pytest.mark.parametrize(
    ("parts", "complaint"),
    [
        (shortcut(name="Make this message an idea"), "1 to 24 characters"),
        (shortcut(name=""), "1 to 24 characters"),
        (shortcut(type="channel"), "type global or message"),
        (shortcut(description="x" * 151), "takes 150 characters"),
        (shortcut(callback_id=""), "callback_id of its own"),
        ({"features": {"shortcuts": shortcut()["features"]["shortcuts"] * 2}}, "callback_id of its own"),
        ({"features": {"shortcuts": shortcut()["features"]["shortcuts"] * 11}}, "too many shortcuts"),
        (
            {"settings": {"event_subscriptions": {"bot_events": ["message.groups"]}}},
            "needs the scope groups:history",
        ),
        ({"oauth_config": {"scopes": {"bot": ["chat:write"]}}, "settings": {}}, "need the scope commands"),
    ],
)
def test_what_slack_would_not_take_is_named(parts: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        Manifest.parse(changed(**parts))
