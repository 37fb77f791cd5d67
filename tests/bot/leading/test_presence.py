"""Presence (L4): when "go and see" is said, of which units, and in which words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.digests.blame import blame_words
from bot.ideas import acts
from bot.leading.ladder_facts import DayPlan
from bot.leading.presence import (
    WHERE_MUCH_CAME,
    WHERE_QUIET,
    Presence,
    UnitIdeas,
    gather_presence,
    presence_blocks,
    presence_of,
    quiet_weeks,
)
from bot.leading.week import WeekFacts
from bot.leading.words import leader_message
from storage import leading_queries
from storage.engine import Database
from storage.measures import BatchChange, ImportBatch
from storage.people import Membership
from storage.terms import BatchState
from tests.bot.ideas.test_words_golden import assert_kind, assert_taken
from tests.bot.ideas.test_words_inert import LIVE, LONGEST, NASTY
from tests.golden import assert_golden, golden_names
from tests.idea_world import IdeaWorld, small_world
from tests.reading import texts

GOLDEN = Path(__file__).parent / "golden_presence"
MONDAY = date(2026, 11, 30)
LONG_AGO = date(2026, 1, 5)
WARD = UnitIdeas(4, "Ward 4", 12, LONG_AGO)
# The world begins on Tuesday 24 November 2026.
WORLD_BEGAN = date(2026, 11, 24)


def weeks_before(weeks: int) -> date:
    return MONDAY - timedelta(weeks=weeks)


def told(*units: UnitIdeas, monday: date = MONDAY) -> Presence:
    found = presence_of(units, monday)
    assert found is not None
    return found


# -- the rule ----


def test_silence_is_told_after_four_eight_and_twelve_weeks_and_in_no_other() -> None:
    told_in = [weeks for weeks in range(30) if presence_of([replace(WARD, last=weeks_before(weeks))], MONDAY)]
    assert told_in == [4, 8, 12, 16, 20, 24, 28]


def test_silence_is_counted_from_the_last_idea_in_whole_weeks() -> None:
    assert quiet_weeks(replace(WARD, last=weeks_before(4) + timedelta(days=1)), MONDAY) == 3
    assert quiet_weeks(replace(WARD, last=weeks_before(5) + timedelta(days=1)), MONDAY) == 4


@given(st.integers(0, 27), st.integers(0, 400))
def test_nothing_is_said_of_silence_in_the_first_four_weeks(days: int, people: int) -> None:
    new = UnitIdeas(1, "Ward 1", people, MONDAY - timedelta(days=days))
    assert presence_of([new], MONDAY) is None


def test_before_the_first_use_of_rounds_there_is_no_silence() -> None:
    assert presence_of([replace(WARD, since=None)], MONDAY) is None


@given(st.integers(0, 2), st.lists(st.integers(1, 99), unique=True, max_size=9))
def test_a_unit_of_fewer_than_three_people_is_never_told_of(people: int, lately: list[int]) -> None:
    small = replace(WARD, people=people, lately=tuple(lately), last=weeks_before(4))
    assert presence_of([small], MONDAY) is None


@given(st.integers(1, 10**6), st.integers(0, 200))
def test_two_mondays_running_never_tell_of_the_same_silence(unit_id: int, weeks: int) -> None:
    ward = replace(WARD, unit_id=unit_id, last=weeks_before(weeks), since=weeks_before(300))
    assert not (presence_of([ward], MONDAY) and presence_of([ward], MONDAY + timedelta(weeks=1)))


@pytest.mark.parametrize(("ideas", "is_told"), [(0, False), (2, False), (3, True), (9, True)])
def test_three_ideas_in_a_week_are_many(ideas: int, is_told: bool) -> None:
    ward = replace(WARD, last=weeks_before(1), lately=tuple(range(ideas)))
    assert (presence_of([ward], MONDAY) is not None) is is_told


def test_units_that_have_been_quiet_for_as_long_stand_in_one_line() -> None:
    other = replace(WARD, unit_id=7, name="Ward 7")
    older = replace(WARD, unit_id=9, name="Ward 9", last=weeks_before(8))
    four = [replace(one, last=weeks_before(4)) for one in (WARD, other)]
    assert [(one.weeks, one.units) for one in told(*four, older).quiet] == [
        (8, ("Ward 9",)),
        (4, ("Ward 4", "Ward 7")),
    ]


def test_the_questions_are_the_same_for_both_of_a_pair_and_others_four_weeks_later() -> None:
    first = told(replace(WARD, last=weeks_before(4)))
    assert first == told(replace(WARD, last=weeks_before(4)))
    later = told(replace(WARD, last=weeks_before(4)), monday=MONDAY + timedelta(weeks=4))
    assert set(first.ask_quiet) & set(later.ask_quiet) == set()
    for questions in (WHERE_QUIET, WHERE_MUCH_CAME):
        assert len(set(questions)) == len(questions)
        for question in questions:
            assert question.endswith("?")
            assert blame_words(question) == ()


# -- from storage ----


@pytest.fixture
def world(tmp_path: Path) -> Iterator[IdeaWorld]:
    with small_world(tmp_path) as world:
        yield world


def presence_in(world: IdeaWorld, user: str, monday: date) -> Presence | None:
    with world.database.read() as session:
        units = leading_queries.led_units(session, world.people[user])
        return gather_presence(session, units, monday, world.settings)


def at(world: IdeaWorld, day: date) -> None:
    world.clock.set(datetime(day.year, day.month, day.day, 10, tzinfo=UTC))


def test_four_weeks_after_the_last_idea_its_leaders_hear_of_the_silence(database: Database) -> None:
    world = IdeaWorld(database)
    world.hand_in()
    for weeks, is_told in ((1, False), (4, False), (5, True), (6, False), (9, True)):
        # The first of these Mondays is six days after the idea.
        monday = MONDAY + timedelta(weeks=weeks - 1)
        assert (presence_in(world, "UKHAN", monday) is not None) is is_told, monday
    found = presence_in(world, "UREED", MONDAY + timedelta(weeks=4))
    assert found is not None
    assert found.quiet[0].units == ("Ward 4",)


def test_of_a_place_in_which_hardly_anybody_works_nothing_is_said(world: IdeaWorld) -> None:
    world.hand_in()
    # Two work on Ward 7, and nobody in the hospital itself.
    for user in ("USEVEN", "UDIRECTOR"):
        assert presence_in(world, user, MONDAY + timedelta(weeks=4)) is None


def test_where_rounds_was_never_used_nobody_is_quiet(world: IdeaWorld) -> None:
    assert presence_in(world, "UKHAN", MONDAY + timedelta(weeks=20)) is None


def test_three_ideas_of_one_week_are_told_once(database: Database) -> None:
    world = IdeaWorld(database)
    numbers = tuple(world.hand_in(text=f"{word} for the ward") for word in ("Beds", "Cups", "Lamps"))
    found = presence_in(world, "UKHAN", MONDAY)
    assert found is not None
    assert [(one.unit, one.numbers) for one in found.at_once] == [("Ward 4", numbers)]
    assert presence_in(world, "UKHAN", MONDAY + timedelta(weeks=1)) is None


def test_what_was_meant_for_somebody_above_neither_breaks_a_silence_nor_makes_many(world: IdeaWorld) -> None:
    world.hand_in(text="The first of all ideas")
    for day in range(3):
        at(world, WORLD_BEGAN + timedelta(days=21 + day))
        world.hand_in(text=f"For the director, number {day}", above=True)
    monday = MONDAY + timedelta(weeks=3)
    assert presence_in(world, "UKHAN", monday) is None
    found = presence_in(world, "UKHAN", monday + timedelta(weeks=1))
    assert found is not None
    assert found.quiet[0].weeks == 4


def test_an_idea_that_was_withdrawn_came_all_the_same(world: IdeaWorld) -> None:
    number = world.hand_in()
    at(world, WORLD_BEGAN + timedelta(days=8))
    other = world.hand_in(text="Chairs for the corridor")
    for one in (number, other):
        world.done(acts.withdraw, "UPRIYA", one, "")
    assert presence_in(world, "UKHAN", MONDAY + timedelta(weeks=4)) is None


def test_a_unit_that_came_with_a_later_import_has_four_weeks_of_its_own(world: IdeaWorld) -> None:
    world.hand_in("USTAFF7", unit="Ward 7")
    monday = MONDAY + timedelta(weeks=4)
    assert presence_in(world, "UKHAN", monday) is not None
    made = datetime(2026, 12, 10, tzinfo=UTC)
    with world.database.write() as session:
        batch = ImportBatch(
            state=BatchState.LIVE, source="x", imported_by="x", started_at=made, published_at=made
        )
        session.add(batch)
        session.flush()
        assert batch.id is not None
        session.add(BatchChange(batch_id=batch.id, entity="unit", entity_id=world.units["Ward 4"], after={}))
    assert presence_in(world, "UKHAN", monday) is None
    assert presence_in(world, "UKHAN", date(2027, 1, 11)) is not None


def test_a_unit_that_nobody_worked_in_before_has_four_weeks_of_its_own(world: IdeaWorld) -> None:
    world.hand_in()
    with world.database.write() as session:
        for user in ("UPRIYA", "USAM", "ULEE"):
            starts = date(2026, 12, 10)
            session.add(
                Membership(person_id=world.people[user], unit_id=world.units["Hospital"], starts=starts)
            )
    assert presence_in(world, "UDIRECTOR", MONDAY + timedelta(weeks=4)) is None
    assert presence_in(world, "UDIRECTOR", date(2027, 1, 11)) is not None


# -- words ----


def week(*units: UnitIdeas) -> dict[str, object]:
    starts = MONDAY
    facts = WeekFacts(starts, starts + timedelta(days=4), presence=presence_of(units, MONDAY))
    return leader_message(DayPlan(1, MONDAY, week=True), {}, {}, week=facts)


def quiet(weeks: int, name: str = "Ward 4", unit_id: int = 4) -> UnitIdeas:
    return UnitIdeas(unit_id, name, 12, LONG_AGO, weeks_before(weeks))


def many(name: str = "Ward 7", count: int = 4) -> UnitIdeas:
    return UnitIdeas(7, name, 12, LONG_AGO, weeks_before(1), tuple(range(12, 12 + count)))


def everything(typed: str = "") -> dict[str, dict[str, object]]:
    names = [typed or name for name in ("Ward 4", "Ward 5", "Ward 6", "Ward 8", "Ward 9")]
    some = [quiet(8, name, number) for number, name in enumerate(names)]
    return {
        "quiet": week(quiet(4, names[0])),
        "quiet-for-long": week(*some, quiet(4, typed or "Ward 1"), quiet(24, typed or "Ward 2")),
        "at-once": week(many(typed or "Ward 7")),
        "both": week(quiet(12, names[0]), many(typed or "Ward 7", 9), replace(many(names[1], 3), unit_id=5)),
    }


@pytest.mark.parametrize("name", everything())
def test_each_reads_as_its_golden_file(name: str) -> None:
    made = everything()[name]
    assert_golden(GOLDEN, name, made)
    assert_taken(made)
    assert_kind(made)


def test_there_is_no_golden_file_that_nothing_is_compared_with() -> None:
    assert golden_names(GOLDEN) == set(everything())


@pytest.mark.parametrize("kind", [*NASTY, *LONGEST])
def test_the_name_of_a_unit_does_nothing_and_fits(kind: str) -> None:
    typed = {**NASTY, **LONGEST}[kind]
    for made in everything(typed).values():
        assert_taken(made)
        assert all(LIVE.search(part) is None for part in texts(made))


def test_a_week_without_it_has_no_heading_for_it() -> None:
    assert presence_blocks(None) == []
