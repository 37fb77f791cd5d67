"""What stands in a leader's week: counts of the week before, who answered, who was not heard, what waits."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from bot.ideas import acts
from bot.ideas.decisions import Decision
from bot.leading.week import Answers, Unheard, WaitsFor, WeekFacts, week_facts
from storage.engine import Database
from storage.people import Membership, Person, Unit
from storage.terms import IdeaEventKind as Event
from tests.idea_world import IdeaWorld, small_world

# The world begins on Tuesday 24 November 2026; the week that is told of is that one.
MONDAY = date(2026, 11, 30)
SOON = date(2026, 11, 26)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[IdeaWorld]:
    with small_world(tmp_path) as world:
        yield world


def week_of(world: IdeaWorld, user: str, monday: date = MONDAY) -> WeekFacts:
    now = datetime(monday.year, monday.month, monday.day, 8, 30, tzinfo=UTC)
    with world.database.read() as session:
        return week_facts(session, world.people[user], monday, now, world.settings)


def join(world: IdeaWorld, unit: str, profession: str, people: int) -> None:
    with world.database.write() as session:
        for number in range(people):
            person = Person(email=f"{profession}{number}@x.test", name=f"{number}", profession=profession)
            session.add(person)
            session.flush()
            assert person.id is not None
            session.add(Membership(person_id=person.id, unit_id=world.units[unit]))


def test_the_week_before_is_counted_and_who_answered_what(database: Database) -> None:
    world = IdeaWorld(database)
    first, second, third = (world.hand_in(text=f"{word} idea of this ward") for word in ("One", "Two", "Six"))
    world.done(acts.acknowledge, "UKHAN", first, "Good catch", 1)
    world.done(acts.decide, "UREED", second, Decision(Event.ACCEPTED, "Let us do it"))
    week = week_of(world, "UKHAN")
    assert (week.starts, week.ends, week.units) == (MONDAY, date(2026, 12, 4), ("Ward 4",))
    assert (week.came_in, week.answered, week.in_place) == (3, 2, 0)
    assert week.by_whom == (Answers("Amira Khan", (first,), me=True), Answers("Tom Reed", (second,)))
    # The other one of the pair reads the same, from their side.
    assert week_of(world, "UREED").by_whom[0] == Answers("Tom Reed", (second,), me=True)
    assert third not in (number for one in week.by_whom for number in one.numbers)
    # A week later all of this is over.
    later = week_of(world, "UKHAN", MONDAY + timedelta(weeks=1))
    assert (later.came_in, later.answered, later.by_whom) == (0, 0, ())


def test_what_happens_on_the_monday_itself_is_of_the_next_week(world: IdeaWorld) -> None:
    world.clock.set(datetime(2026, 11, 30, 7, 0, tzinfo=UTC))
    world.hand_in()
    assert week_of(world, "UKHAN").came_in == 0
    assert week_of(world, "UKHAN", MONDAY + timedelta(weeks=1)).came_in == 1


def test_an_idea_of_another_ward_is_not_counted(world: IdeaWorld) -> None:
    world.hand_in("USTAFF7", unit="Ward 7")
    assert week_of(world, "UKHAN").came_in == 0
    assert week_of(world, "USEVEN").came_in == 1


def test_first_words_have_a_median_only_where_there_are_enough_ideas(world: IdeaWorld) -> None:
    numbers = [world.hand_in(text=f"{word} for the ward") for word in ("Beds", "Pens", "Cups", "Lamps")]
    for number in numbers:
        world.done(acts.acknowledge, "UKHAN", number, "Good catch", 1)
    assert week_of(world, "UKHAN").median is None
    number = world.hand_in(text="Chairs for the corridor")
    world.done(acts.acknowledge, "UKHAN", number, "Good catch", 1)
    assert week_of(world, "UKHAN").median == 0


def test_groups_of_ten_that_were_not_heard_are_told_and_smaller_ones_never(database: Database) -> None:
    world = IdeaWorld(database)
    join(world, "Ward 4", "health care assistant", 10)
    join(world, "Ward 4", "porter", 9)
    assert week_of(world, "UKHAN").unheard == (Unheard("health care assistant", 10),)
    assert week_of(world, "USEVEN").unheard == ()


def test_a_group_that_was_heard_with_a_name_is_not_told(world: IdeaWorld) -> None:
    join(world, "Ward 4", "nurse", 10)
    assert [one.profession for one in week_of(world, "UKHAN").unheard] == ["nurse"]
    world.hand_in()
    assert week_of(world, "UKHAN").unheard == ()


def test_what_waits_on_others_is_told_with_its_day(world: IdeaWorld) -> None:
    asked, owned = world.hand_in(), world.hand_in(text="A line for oxygen on the transfer sheet")
    care = Decision(Event.ACCEPTED, "Let us do it", touches_care=True)
    world.done(acts.decide, "UKHAN", asked, care)
    due = Decision(Event.PLANNED, "By Thursday", on=SOON, owner_user="USAM")
    world.done(acts.decide, "UKHAN", owned, due)
    week = week_of(world, "UKHAN")
    assert week.for_approver == (WaitsFor(asked, date(2026, 11, 24)),)
    assert week.overdue == (WaitsFor(owned, SOON, "Sam Okafor"),)


def test_what_oneself_is_late_with_does_not_wait_on_others(world: IdeaWorld) -> None:
    number = world.hand_in()
    due = Decision(Event.PLANNED, "By Thursday", on=SOON, owner_user="UKHAN")
    world.done(acts.decide, "UREED", number, due)
    assert week_of(world, "UKHAN").overdue == ()
    assert week_of(world, "UREED").overdue == (WaitsFor(number, SOON, "Amira Khan"),)


def test_an_idea_that_passes_somebody_over_is_in_no_week_of_theirs(world: IdeaWorld) -> None:
    with world.database.write() as session:
        # Whoever leads the ward also manages the hospital.
        session.get_one(Unit, world.units["Hospital"]).manager_id = world.people["UKHAN"]
    number = world.hand_in(above=True)
    world.done(acts.acknowledge, "UDIRECTOR", number, "Thank you", 1)
    week = week_of(world, "UKHAN")
    assert (week.came_in, week.answered, week.by_whom) == (0, 0, ())
    assert week_of(world, "UDIRECTOR").came_in == 1
