"""Which question a unit is offered when; each leader is asked for a lesson about every sixth week."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from bot.digests.blame import blame_words
from bot.ideas.checking.checks import refuse_text
from bot.leading.asking.choose import (
    FIRST_WEEK,
    LESSON_EVERY,
    in_turn,
    is_lesson_week,
    monday_of,
    others,
    taken_from,
)
from bot.leading.asking.questions import LONGEST, Question, question_of, shipped
from tests.idea_world import small_world

QUESTIONS = shipped()
KEYS = [one.key for one in QUESTIONS]
MONDAY = date(2026, 11, 23)
WEEK = timedelta(weeks=1)

weeks = st.integers(min_value=0, max_value=400).map(lambda number: FIRST_WEEK + number * WEEK)
asked = st.lists(
    st.tuples(st.dates(min_value=date(2023, 6, 1), max_value=date(2031, 1, 1)), st.sampled_from(KEYS)),
    max_size=30,
)
units = st.integers(min_value=1, max_value=10_000)


def offered(unit: int, monday: date, asked: list[tuple[date, str]] | None = None) -> str:
    return in_turn(QUESTIONS, unit, monday, asked or [])[0].key


# -- the list ----


def test_at_least_forty_ship_in_several_kinds_each_once() -> None:
    assert len(QUESTIONS) >= 40
    assert len(set(KEYS)) == len({one.words for one in QUESTIONS}) == len(QUESTIONS)
    by_kind = {one.kind for one in QUESTIONS}
    assert len(by_kind) >= 5
    assert [one.kind for one in QUESTIONS] == sorted(
        (one.kind for one in QUESTIONS), key=[one.kind for one in QUESTIONS].index
    )


def test_each_is_open_short_and_about_the_work() -> None:
    opens = ("What", "Where", "Which", "If we had")
    for one in QUESTIONS:
        assert one.words.startswith(opens), one.words
        assert one.words.endswith("?")
        assert len(one.words) <= LONGEST
        assert "!" not in one.words
        assert blame_words(one.words) == ()
        # Nobody is asked for: what happens is, not who did it.
        assert not re.search(r"\b(who|whom|whose|somebody's)\b", one.words, re.IGNORECASE), one.words
        assert re.fullmatch(r"[a-z-]{1,40}", one.key)


def test_each_could_be_sent_as_it_is(tmp_path: Path) -> None:
    with small_world(tmp_path) as world, world.database.read() as session:
        assert [one.key for one in QUESTIONS if refuse_text(session, one.words)] == []


# -- in turn ----


@given(units, weeks, asked)
def test_the_same_week_always_offers_the_same_and_all_are_in_turn(
    unit: int, monday: date, asked: list[tuple[date, str]]
) -> None:
    turn = in_turn(QUESTIONS, unit, monday, asked)
    assert turn == in_turn(tuple(reversed(QUESTIONS)), unit, monday, list(reversed(asked)))
    assert sorted(one.key for one in turn) == sorted(KEYS)


@given(units, weeks)
def test_none_comes_again_before_the_list_is_used_up(unit: int, monday: date) -> None:
    keys = [offered(unit, monday + number * WEEK) for number in range(len(KEYS))]
    assert len(set(keys)) == len(KEYS)
    assert offered(unit, monday + len(KEYS) * WEEK) == keys[0]


@given(units, weeks, asked)
def test_what_was_asked_comes_last(unit: int, monday: date, asked: list[tuple[date, str]]) -> None:
    before = [(day, key) for day, key in asked if day < monday]
    turn = [one.key for one in in_turn(QUESTIONS, unit, monday, asked)]
    lately = {key for day, key in before if day >= max(monday - WEEK, FIRST_WEEK)}
    if lately:
        assert lately <= set(turn[-len(lately) - 1 :])
    # What is asked in this week or later changes nothing in it.
    assert turn == [one.key for one in in_turn(QUESTIONS, unit, monday, before)]


def test_two_offers_of_one_question_have_all_others_between_them() -> None:
    # A leader who always asks another one than was offered.
    asked: list[tuple[date, str]] = []
    seen: list[set[str]] = []
    for number in range(150):
        monday = MONDAY + number * WEEK
        turn = in_turn(QUESTIONS, 7, monday, asked)
        chosen = others(turn)[number % 5].key
        asked.append((monday + timedelta(days=number % 7), chosen))
        seen.append({turn[0].key, chosen})
    for number in range(150):
        again = next((n for n in range(number + 1, 150) if seen[number] & seen[n]), None)
        if again is not None and again - number > 1:
            between = set().union(*seen[number + 1 : again + 1], seen[number])
            assert len(between) >= 5


def test_units_have_orders_of_their_own() -> None:
    assert len({offered(unit, MONDAY) for unit in range(1, 30)}) > 10


def test_others_are_of_other_kinds() -> None:
    turn = in_turn(QUESTIONS, 3, MONDAY, [])
    found = others(turn)
    assert len(found) == 5
    assert turn[0] not in found
    assert len({one.kind for one in (turn[0], *found)}) == 6
    assert others(turn[:1]) == ()
    assert others(()) == ()


def test_a_key_that_is_no_more_changes_nothing() -> None:
    gone = [(MONDAY - WEEK, "long-gone")]
    assert in_turn(QUESTIONS, 3, MONDAY, gone) == in_turn(QUESTIONS, 3, MONDAY, [])
    assert question_of("long-gone") is None
    assert question_of("stop", [Question("stop", "changing", "Stop what?")]) is not None


def test_words_are_their_own_where_little_is_left_of_what_was_offered() -> None:
    question = question_of("two-steps")
    assert question is not None
    assert taken_from(question.words, question)
    assert taken_from("What took two steps on nights that could take one?", question)
    assert not taken_from("How do we want to hand over on Fridays?", question)


# -- lessons ----


@given(units, weeks)
def test_everybody_is_asked_for_a_lesson_once_in_six_weeks(person: int, monday: date) -> None:
    found = [is_lesson_week(person, monday + number * WEEK) for number in range(LESSON_EVERY)]
    assert sum(found) == 1
    assert found[0] is is_lesson_week(person, monday + LESSON_EVERY * WEEK)


def test_not_all_are_asked_in_the_same_week() -> None:
    assert 2 < sum(is_lesson_week(person, MONDAY) for person in range(1, 61)) < 30


def test_a_week_begins_on_monday() -> None:
    assert FIRST_WEEK.weekday() == 0
    assert [monday_of(MONDAY + timedelta(days=day)) for day in range(7)] == [MONDAY] * 7
