"""What may become of a goal: the table, the vote, what is typed, who decides."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.goals.rules import (
    LEAST_VOTES,
    STEPS,
    BadValue,
    Standing,
    Step,
    Tally,
    after,
    ask_now,
    deciding_units,
    is_over,
    judge,
    look_at_value,
    may_show_counts,
    read_value,
    tally_of,
    to_suggest,
)
from storage.terms import Direction, GoalState, Kind, Vote
from tests.bot.digests.chart_samples import MEASURE

HIGHER = replace(MEASURE, direction=Direction.HIGHER)
RATE = replace(MEASURE, kind=Kind.RATE, per=1000.0)
MEAN = replace(MEASURE, kind=Kind.MEAN, per=1.0)
DAY = date(2026, 11, 17)
NOW = datetime(2026, 11, 23, 7, 31, tzinfo=UTC)

counts = st.integers(0, 40)
tallies = st.builds(Tally, st.integers(0, 120), counts, counts, counts)


@given(st.lists(st.sampled_from(list(Step)), max_size=12))
def test_no_order_of_events_adopts_a_goal_before_its_peers_were_heard(steps: list[Step]) -> None:
    state, seen = GoalState.PROPOSED, [GoalState.PROPOSED]
    for step in steps:
        following = after(state, step)
        if following is not None:
            state = following
            seen.append(state)
    if GoalState.ADOPTED in seen:
        assert seen.index(GoalState.JUDGED) < seen.index(GoalState.ADOPTED)
    if GoalState.UNATTAINABLE in seen or GoalState.UNHEARD in seen:
        assert GoalState.ADOPTED not in seen


def test_only_what_was_judged_can_be_adopted_and_only_what_was_heard_is_judged() -> None:
    assert [state for (state, step), to in STEPS.items() if to is GoalState.ADOPTED] == [GoalState.JUDGED]
    assert [step for (_, step), to in STEPS.items() if to is GoalState.JUDGED] == [Step.HEARD]


@given(tallies)
def test_a_vote_is_heard_from_three_answers_and_a_third_on(tally: Tally) -> None:
    step = judge(tally)
    if tally.votes < LEAST_VOTES or tally.votes / 3 < tally.asked / 9:
        assert step is Step.TOO_FEW
    elif step is not Step.TOO_FEW:
        most = tally.not_attainable > tally.votes - tally.not_attainable
        assert step is (Step.OUT_OF_REACH if most else Step.HEARD)


@pytest.mark.parametrize(
    ("tally", "step"),
    [
        (Tally(6, 2, 0, 0), Step.TOO_FEW),
        (Tally(9, 3, 0, 0), Step.HEARD),
        (Tally(10, 3, 0, 0), Step.TOO_FEW),
        (Tally(8, 2, 0, 2), Step.HEARD),
        (Tally(8, 1, 1, 3), Step.OUT_OF_REACH),
        (Tally(8, 0, 3, 2), Step.HEARD),
    ],
)
def test_votes_by_hand(tally: Tally, step: Step) -> None:
    assert judge(tally) is step


@given(tallies, st.booleans())
def test_counts_are_shown_when_it_is_over_and_never_of_fewer_than_three(tally: Tally, closed: bool) -> None:
    assert may_show_counts(tally, closed=closed) is (closed and tally.votes >= 3)


@given(st.lists(st.sampled_from([*Vote, None]), max_size=30), st.integers(0, 3))
def test_a_vote_is_over_after_its_last_day_or_when_everybody_has_voted(
    votes: list[Vote | None], late: int
) -> None:
    tally = tally_of(votes, len(votes))
    over = is_over(tally, DAY, DAY + timedelta(days=late))
    assert over is (late > 0 or (bool(votes) and None not in votes))


@pytest.mark.parametrize(
    ("measure", "typed", "value"),
    [
        (HIGHER, "78", 0.78),
        (HIGHER, " 78 % ", 0.78),
        (HIGHER, "78%", 0.78),
        (HIGHER, "77.5 per cent", 0.775),
        (HIGHER, "0.5 %", 0.005),
        (HIGHER, "100", 1.0),
        (HIGHER, "77,5 %", 0.775),
        (RATE, "4.2", 4.2),
        (RATE, "4.2 per 1,000", 4.2),
        (RATE, "1,200", 1200.0),
        (MEAN, "2.5 days", 2.5),
        (MEAN, "2,5", 2.5),
    ],
)
def test_values_are_read_as_people_write_them(measure: object, typed: str, value: float) -> None:
    assert read_value(measure, typed) == pytest.approx(value)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("measure", "typed", "word"),
    [
        (HIGHER, "", "one number"),
        (HIGHER, "many", "one number"),
        (HIGHER, "70 to 80", "one number"),
        (HIGHER, "178", "between 0 and 100"),
        (HIGHER, "-5 %", "below nothing"),
        (HIGHER, "0.78", "with the sign"),
        (HIGHER, "4 per 1,000", "percentage"),
        (RATE, "4 %", "not a percentage"),
        (RATE, "4 per 100", "per 1,000"),
        (MEAN, "3 per 10", "no “per”"),
        (MEAN, "9" * 40, "too large"),
    ],
)
def test_what_is_no_value_gets_a_sentence(measure: object, typed: str, word: str) -> None:
    found = read_value(measure, typed)  # type: ignore[arg-type]
    assert isinstance(found, BadValue)
    assert word in found.reason


@given(st.text(max_size=40))
def test_nothing_that_is_typed_breaks_the_reading(typed: str) -> None:
    for measure in (HIGHER, RATE, MEAN):
        found = read_value(measure, typed)
        assert isinstance(found, BadValue) or (found >= 0 and (measure is not HIGHER or found <= 1))


def test_a_goal_where_the_group_is_already_is_none_and_one_behind_it_is_said() -> None:
    standing = Standing(0.72, 0.78)
    assert isinstance(look_at_value(HIGHER, 0.72, standing), BadValue)
    assert look_at_value(HIGHER, 0.8, standing) == ""
    assert "72" in str(look_at_value(HIGHER, 0.6, standing))
    assert look_at_value(MEASURE, 0.6, standing) == ""
    assert "72" in str(look_at_value(MEASURE, 0.8, standing))
    assert isinstance(look_at_value(HIGHER, 0.8, Standing(compared=False)), BadValue)


def test_a_suggestion_is_put_to_a_group_once_and_not_beside_an_open_one() -> None:
    assert to_suggest(HIGHER, 0.95, [])
    assert to_suggest(HIGHER, 0.95, [(GoalState.ENDED, 0.9)])
    assert not to_suggest(HIGHER, 0.95, [(GoalState.UNHEARD, 0.95)])
    assert not to_suggest(HIGHER, 0.95, [(GoalState.PROPOSED, 0.8)])


# A trust with two divisions; the wards 3 and 4 in one, 5 in the other.
PARENTS = {1: None, 2: 1, 6: 1, 3: 2, 4: 2, 5: 6}


@pytest.mark.parametrize(
    ("members", "led", "expected"),
    [
        ({3}, {1, 2, 3}, {3}),
        ({3, 4}, {1, 2, 3, 4}, {2}),
        ({3, 5}, {1, 2, 3, 5}, {1}),
        ({3, 4}, {1, 3, 4}, {1}),
        ({3, 5}, {3, 5}, {3, 5}),
        ({3, 5}, {5}, {5}),
        (set(), {1}, set()),
        ({3}, set(), set()),
    ],
)
def test_the_nearest_unit_that_holds_the_group_decides(
    members: set[int], led: set[int], expected: set[int]
) -> None:
    assert deciding_units(members, PARENTS, led) == expected


@given(st.dictionaries(st.integers(1, 8), st.none() | st.integers(1, 8)), st.sets(st.integers(1, 8)))
def test_whatever_the_tree_somebody_decides_who_leads(
    parents: dict[int, int | None], members: set[int]
) -> None:
    found = deciding_units(members, parents, range(1, 9))
    assert bool(found) == bool(members)


def test_the_question_waits_for_the_next_weekly_moment() -> None:
    six = timedelta(hours=6)
    moment = NOW - timedelta(minutes=1)
    assert ask_now(moment, NOW - timedelta(days=3), NOW, six)
    assert not ask_now(moment, NOW - timedelta(seconds=30), NOW, six)
    assert not ask_now(moment, NOW - timedelta(days=3), NOW + timedelta(hours=7), six)
