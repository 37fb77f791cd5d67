"""The manifest decides what the app may do here, as it does in Slack."""

from __future__ import annotations

from pathlib import Path

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
