"""Until when a digest is shown, and what of it a leader sees."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sharing.rules import as_shared, has_small_counts, holds

TODAY = date(2026, 11, 17)


def test_it_holds_to_the_end_of_its_last_day_unless_it_is_taken_back() -> None:
    assert holds(False, TODAY, TODAY)
    assert not holds(False, TODAY, TODAY + timedelta(days=1))
    assert not holds(True, TODAY, TODAY)


@pytest.mark.parametrize(
    ("facts", "small"),
    [
        ({"numerator": 60.0, "denominator": 100.0}, False),
        ({"numerator": 0.0, "denominator": 100.0}, False),
        ({"numerator": 4.0, "denominator": 100.0}, True),
        ({"numerator": 97.0, "denominator": 100.0}, True),
        ({"numerator": 100.0, "denominator": 100.0}, False),
        ({"numerator": 60.0, "denominator": 100.0, "corrected:2026-W40:numerator": 2.0}, True),
        ({"numerator": 60.0, "denominator": 100.0, "own:numerator": 57.0, "aside:numerator": 3.0}, True),
        ({"value": 3.0}, False),
        ({}, False),
    ],
)
def test_a_digest_with_small_counts_is_not_for_others(facts: dict[str, Any], small: bool) -> None:
    assert has_small_counts(facts, 4) is small


def test_a_leader_sees_the_words_and_the_picture_in_words_but_no_button() -> None:
    words: dict[str, Any] = {
        "type": "section",
        "text": {"type": "mrkdwn", "text": "618 of your 902 patients"},
    }
    blocks: list[dict[str, Any]] = [
        {"type": "header", "text": {"type": "plain_text", "text": "Your week in care"}},
        words,
        {"type": "image", "slack_file": {"id": "F1"}, "alt_text": "A dot <!channel>."},
        {**words, "accessory": {"type": "button"}},
        {"type": "actions", "elements": []},
        {"type": "context", "elements": []},
    ]
    shown = as_shared(blocks)
    assert [block["type"] for block in shown] == ["header", "section", "section"]
    assert "F1" not in str(shown)
    assert "<!channel>" not in str(shown)
    assert words in shown


@given(st.lists(st.sampled_from(["actions", "context", "input", "divider", "unheard-of"])))
def test_nothing_that_is_not_known_goes_along(types: list[str]) -> None:
    assert as_shared([{"type": one} for one in types]) == []
