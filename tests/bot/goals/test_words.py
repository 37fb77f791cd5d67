"""Each message and form about goals: its golden file, its manners, its limits; and how digests show one.

After a wanted change of words write the golden files anew with
`ROUNDS_GOLDEN=write pytest tests/bot/goals/test_words.py`, read the difference aloud, and commit it.
"""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from bot.digests.chart import PeerLayer
from bot.digests.chart_layout import Span, spread
from bot.goals import forms, names, words
from bot.goals.facts import AskFacts, GoalFacts, GoalsAtHome, GoalsInWeek, ToPropose
from bot.goals.rules import Standing, Tally
from bot.slack_blocks import section
from storage.terms import Direction, GoalState, Vote
from tests.bot.digests import chart_samples
from tests.bot.digests.chart_samples import MEASURE
from tests.bot.ideas.test_words_golden import assert_kind, assert_taken
from tests.bot.ideas.test_words_inert import LONGEST, NASTY, assert_inert
from tests.golden import assert_golden, golden_names

GOLDEN = Path(__file__).parent / "golden"
TODAY = date(2026, 11, 23)
UNTIL = date(2026, 12, 1)


def everything(typed: str = "") -> dict[str, dict[str, Any]]:
    """Every message, section and form; `typed` stands wherever somebody can type or name something."""
    measure = replace(MEASURE, title=typed or "Blood pressure in range", direction=Direction.HIGHER)
    goal = GoalFacts(
        id=7,
        measure=measure,
        group=typed or "Physicians",
        value=0.78,
        state=GoalState.PROPOSED,
        proposed_on=date(2026, 11, 17),
        votes_until=UNTIL,
        words=typed or "Half of us are there on days with a second reading.",
        asked=True,
    )
    tally = Tally(20, 14, 3, 0)
    judged = replace(goal, id=8, state=GoalState.JUDGED, tally=tally, asked=False)
    decided: dict[str, Any] = {"decided_by": typed or "Peter Standish", "decided_on": date(2026, 12, 7)}
    adopted = replace(judged, id=9, state=GoalState.ADOPTED, **decided)
    not_now = replace(
        judged, id=10, state=GoalState.NOT_ADOPTED, reason=typed or "First the new cuffs.", **decided
    )
    unattainable = replace(judged, id=11, state=GoalState.UNATTAINABLE, tally=Tally(20, 2, 3, 9))
    unheard = replace(judged, id=12, state=GoalState.UNHEARD, tally=None)
    ended = replace(adopted, id=13, state=GoalState.ENDED, ended_on=date(2027, 1, 4))
    withdrawn = replace(unheard, id=14, state=GoalState.WITHDRAWN)
    ask = AskFacts(goal, TODAY, Standing(0.72, 0.76), date(2026, 11, 15))
    pair = replace(judged, may_decide=True)
    told: dict[str, Any] = {
        "ask": words.ask_message(ask),
        "ask-suggested": words.ask_message(
            replace(ask, goal=replace(goal, suggested=True, words=""), standing=Standing(0.72))
        ),
        "ask-voted": words.ask_message(replace(ask, goal=replace(goal, vote=Vote.STRETCH))),
        "ask-over": words.ask_message(replace(ask, goal=judged)),
        "home": _message(
            words.home_blocks(
                GoalsAtHome(
                    TODAY,
                    (
                        goal,
                        replace(goal, id=20, vote=Vote.STRETCH, mine=True),
                        pair,
                        replace(adopted, may_decide=True),
                        ended,
                    ),
                    ever=9,
                    may_propose=True,
                )
            )
        ),
        "home-empty": _message(words.home_blocks(GoalsAtHome(TODAY, may_propose=True))),
        "week": _message(
            [
                section("\n".join(["*The system*", *words.week_lines(week)]))
                for week in [_week(goal, pair, adopted, not_now)]
            ]
            + words.week_blocks(_week(goal, pair, adopted, not_now))
        ),
        "form-propose": forms.propose_form(ToPropose(((1, typed or "Physicians", 2, measure),))),
        "form-nothing": forms.propose_form(ToPropose()),
        "page-proposed": forms.proposed_view(goal, 20, ""),
        "page-first": forms.already_view(goal),
        "form-not-now": forms.reason_form(pair, names.NOT_NOW),
        "form-end": forms.reason_form(replace(adopted, may_decide=True), names.END),
        "page-history": forms.history_view(
            (ended, withdrawn, unheard, unattainable, not_now, adopted, judged, goal)
        ),
    }
    for one in (unattainable, unheard, judged, adopted, not_now):
        outcome = words.outcome_message(one)
        assert outcome is not None
        told[f"outcome-{one.state.value}"] = outcome
    return told


def _week(goal: GoalFacts, pair: GoalFacts, adopted: GoalFacts, not_now: GoalFacts) -> GoalsInWeek:
    asked = replace(goal, id=21, asked=False, tally=Tally(20, 3, 1, 0))
    return GoalsInWeek(TODAY, (pair,), (goal, replace(goal, id=22)), (asked,), (adopted, not_now))


def _message(blocks: list[dict[str, Any]]) -> dict[str, Any]:
    return {"text": "a part of another message", "blocks": blocks}


EVERYTHING = everything()
HARMLESS = everything("plain words only")


@pytest.mark.parametrize("name", EVERYTHING)
def test_each_message_reads_as_its_golden_file(name: str) -> None:
    assert_golden(GOLDEN, name, EVERYTHING[name])


def test_there_is_no_golden_file_that_nothing_is_compared_with() -> None:
    assert golden_names(GOLDEN) == set(EVERYTHING)


@pytest.mark.parametrize("name", EVERYTHING)
def test_each_is_taken_by_slack_and_blames_nobody(name: str) -> None:
    assert_taken(EVERYTHING[name])
    assert_kind(EVERYTHING[name])


def test_what_a_lock_screen_shows_names_no_measure_and_no_figure() -> None:
    for made in EVERYTHING.values():
        text = made.get("text", "")
        assert "lood" not in text
        assert "78" not in text


@pytest.mark.parametrize("kind", NASTY)
def test_nothing_that_is_typed_does_anything(kind: str) -> None:
    for name, made in everything(NASTY[kind]).items():
        assert_inert(name, made, HARMLESS[name], kind)


@pytest.mark.parametrize("kind", LONGEST)
def test_everything_fits_however_long_it_is(kind: str) -> None:
    for made in everything(LONGEST[kind]).values():
        assert_taken(made)


def test_a_person_in_no_group_has_no_section_and_a_week_without_goals_says_nothing() -> None:
    assert words.home_blocks(None) == []
    assert words.home_blocks(GoalsAtHome(TODAY)) == []
    assert words.week_lines(None) == []
    assert words.week_blocks(None) == []


def test_who_ended_a_goal_is_told_with_and_without_a_reason() -> None:
    ended = GoalFacts(
        id=7,
        measure=MEASURE,
        group="Physicians",
        value=0.78,
        state=GoalState.ENDED,
        proposed_on=TODAY,
        votes_until=UNTIL,
        ended_on=TODAY,
    )
    assert words.over_words(replace(ended, ended_by="Dana Wells")).endswith(". Dana Wells ended it.")
    reason = replace(ended, ended_by="Dana Wells", reason="New cuffs.")
    assert words.over_words(reason).endswith(". Dana Wells ended it: “New cuffs.”")
    assert words.over_words(replace(ended, reason="New cuffs.")).endswith(". It ended: “New cuffs.”")
    assert "ended it" not in words.over_words(ended)


# -- the picture ----


def colours_of(png: bytes) -> set[tuple[int, int, int]]:
    image = Image.open(io.BytesIO(png)).convert("RGB")
    return {colour for _, colour in image.getcolors(1 << 16) or ()}  # type: ignore[misc]


BROWN = (0x8F, 0x4B, 0x00)


@pytest.mark.parametrize("make", [chart_samples.peers, chart_samples.band, chart_samples.alone])
def test_the_picture_shows_the_goal_and_without_one_is_as_it_was(make: Any) -> None:
    person = chart_samples.person()
    before = PeerLayer(make()).draw(person)
    with_goal = PeerLayer(replace(make(), goal=0.06)).draw(person)
    assert BROWN in colours_of(with_goal.png)
    assert BROWN not in colours_of(before.png)
    assert "Your group's goal is 6\u00a0%" in with_goal.alt_text
    assert "goal" not in before.alt_text
    assert PeerLayer(make()).draw(person).png == before.png
    assert PeerLayer(replace(make(), goal=0.06)).draw(person).png == with_goal.png
    assert len(with_goal.png) < 1.5 * len(before.png)


def test_labels_that_come_together_move_apart_and_stay_inside() -> None:
    bounds = Span(0, 200)
    placed = spread((Span(80, 120), Span(85, 115), Span(100, 160)), bounds, 4)
    ordered = sorted(placed, key=lambda span: span.start)
    assert all(one.end + 4 <= other.start + 1e-9 for one, other in pairwise(ordered))
    assert bounds.start <= ordered[0].start
    assert ordered[-1].end <= bounds.end
