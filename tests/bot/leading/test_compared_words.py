"""The words of leaders compared: golden files, in the week and with the picture. `ROUNDS_GOLDEN=write`."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.comparison import Signal
from bot.digests.facts import Compared
from bot.leading.compared.facts import LeadersCompared, Standing, standing_of
from bot.leading.compared.letters import draw
from bot.leading.compared.words import HEADING, compared_blocks, picture_message
from bot.leading.ladder_facts import DayPlan
from bot.leading.week import WeekFacts
from bot.leading.words import leader_message
from tests.bot.ideas.test_words_golden import assert_kind, assert_taken
from tests.bot.leading import words_made
from tests.bot.leading.compared_made import DAY, ME, USUAL, all_of, ideas
from tests.golden import assert_golden, golden_names

GOLDEN = Path(__file__).parent / "golden_compared"


def standing(figure: tuple[int, int], **others: Any) -> Standing:
    found = standing_of(ME, all_of({**USUAL, ME: figure}), DAY, others.get("days", 2))
    assert found is not None
    return found


def week(found: LeadersCompared) -> dict[str, Any]:
    facts = WeekFacts(DAY, DAY + timedelta(days=4), compared=found)
    return leader_message(DayPlan(ME, DAY, week=True), {}, {}, week=facts)


def few() -> LeadersCompared:
    found = standing_of(ME, ideas([ME, 2], 7, 9), DAY, 2)
    assert found is not None
    return found.said


def everything() -> dict[str, dict[str, Any]]:
    usual = standing((7, 9))
    return {
        "within": week(usual.said),
        "together": week(replace(usual.said, joint=True)),
        "all-of-them": week(standing((9, 9)).said),
        "none-of-them": week(standing((0, 9), days=1).said),
        "higher": week(replace(standing((40, 40)).said, different=Signal.HIGHER)),
        "lower": week(replace(standing((8, 40)).said, different=Signal.LOWER)),
        "everybody-at-all": week(replace(usual.said, median=1.0, benchmark=1.0)),
        "too-few-ideas": week(standing((2, 3)).said),
        "one-idea": week(standing((0, 1)).said),
        "too-few-leaders": week(few()),
        "picture": picture_message(usual, draw(usual).alt_text),
    }


EVERYTHING = everything()


@pytest.mark.parametrize("name", EVERYTHING)
def test_each_reads_as_its_golden_file(name: str) -> None:
    made = EVERYTHING[name]
    assert_golden(GOLDEN, name, made)
    assert_taken(made)
    assert_kind(made)
    # A lock screen shows no figure.
    assert "%" not in made["text"]
    assert "idea" not in made["text"]


def test_there_is_no_golden_file_that_nothing_is_compared_with() -> None:
    assert golden_names(GOLDEN) == set(EVERYTHING)


def test_a_week_without_it_has_no_heading_for_it() -> None:
    assert compared_blocks(None) == []
    empty = WeekFacts(DAY, DAY + timedelta(days=4))
    assert HEADING not in str(leader_message(DayPlan(ME, DAY, week=True), {}, {}, week=empty))


def test_only_a_comparison_has_a_picture_and_a_direction() -> None:
    for name, made in EVERYTHING.items():
        if name != "picture":
            compares = "half of the leaders" in str(made)
            assert ("Show the picture" in str(made)) is compares
            assert ("Higher is better." in str(made)) is compares
            assert ("No comparison" in str(made) or "Not enough ideas yet" in str(made)) is not compares
    assert few().compared is Compared.TOO_FEW_PEERS


def test_the_longest_week_has_room_for_it() -> None:
    made = words_made.everything()["week-most"]
    assert len(made["blocks"]) + len(compared_blocks(standing((7, 9)).said)) + 1 <= 50
