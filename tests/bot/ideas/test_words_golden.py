"""Every message and form about ideas, word for word.

After a wanted change of words write the golden files anew with
`ROUNDS_GOLDEN=write pytest tests/bot/ideas/test_words_golden.py`, read the difference aloud, and commit it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bot.digests.blame import blame_words
from bot.sandbox.blocks import check_message_blocks
from bot.sandbox.views import LARGEST_VIEW, check_view
from tests.bot.ideas.words_made import everything
from tests.golden import assert_golden, golden_names
from tests.reading import texts

GOLDEN = Path(__file__).parent / "golden"
EVERYTHING = everything()
# What is told in many small messages stands in one file.
TOGETHER = ("message-thread", "message-submitter", "message-leader", "message-receipt", "message-approver")
FAMILIES = ("card-", "message-", "form", "ask-", "page-", "list", "home-")


def _files() -> dict[str, dict[str, Any]]:
    files: dict[str, dict[str, Any]] = {}
    for name, made in EVERYTHING.items():
        family = next((one for one in TOGETHER if name.startswith(one)), None)
        if family is None:
            files[name] = made
        else:
            files.setdefault(family, {})[name.removeprefix(f"{family}-")] = made
    return files


FILES = _files()


def assert_taken(made: dict[str, Any]) -> None:
    """Slack takes the message or the view."""
    if "type" in made:
        assert check_view(made, made["type"], lambda _: True) == []
        assert len(json.dumps(made)) <= LARGEST_VIEW
    else:
        assert set(made) == {"text", "blocks"}
        assert made["text"].strip()
        assert len(made["text"]) <= 300
        assert check_message_blocks(made["blocks"], lambda _: True) == []


def assert_kind(made: dict[str, Any]) -> None:
    """Nothing in it blames anybody or shouts."""
    for part in texts(made):
        assert blame_words(part) == ()
        assert "!" not in part


@pytest.mark.parametrize("file", FILES)
def test_each_message_and_form_reads_as_its_golden_file(file: str) -> None:
    made = FILES[file]
    assert_golden(GOLDEN, file, made)


def test_there_is_no_golden_file_that_nothing_is_compared_with() -> None:
    held = {name for name in golden_names(GOLDEN) if name.startswith(FAMILIES)}
    assert held == set(FILES)


@pytest.mark.parametrize("name", EVERYTHING)
def test_each_is_taken_by_slack_and_blames_nobody(name: str) -> None:
    assert_taken(EVERYTHING[name])
    assert_kind(EVERYTHING[name])


@pytest.mark.parametrize("name", EVERYTHING)
def test_no_label_is_cut(name: str) -> None:
    def labels(part: Any) -> list[str]:
        if isinstance(part, list):
            return [label for one in part for label in labels(one)]
        if not isinstance(part, dict):
            return []
        own = [part["text"]] if part.get("type") == "plain_text" else []
        return own + [label for one in part.values() for label in labels(one)]

    assert [label for label in labels(EVERYTHING[name]) if label.endswith("…")] == []
