"""The dates that a sender is promised are those by which the leaders are reminded."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session, select

from bot.ideas import acts, due
from bot.ideas.decisions import Decision
from bot.ideas.working import WorkingDays
from bot.leading import gather
from bot.leading.hearing import days_waiting, hearing_of
from bot.leading.ladder_facts import Facts, Why
from bot.leading.promise import days_of
from storage.engine import Database
from storage.leading import UnitRules
from storage.people import SlackAccount, Unit
from storage.terms import IdeaEventKind as Event
from storage.terms import IdeaState, Which
from tests.idea_world import TEAM, IdeaWorld

# Monday 30 November 2026 is St Andrew's Day: free in Scotland, and not in England.
THURSDAY = datetime(2026, 11, 26, 10, tzinfo=UTC)
FRIDAY, MONDAY, TUESDAY = date(2026, 11, 27), date(2026, 11, 30), date(2026, 12, 1)


@pytest.fixture
def world(database: Database) -> IdeaWorld:
    return IdeaWorld(database, THURSDAY)


def rules(world: IdeaWorld, unit: str, **rules: Any) -> None:
    with world.database.write() as session:
        session.add(UnitRules(unit_id=world.units[unit], **rules))


def facts_on(session: Session, world: IdeaWorld, day: date) -> Facts:
    return gather.facts(
        session, world.settings, TEAM, datetime.combine(day, THURSDAY.time(), world.settings.zone)
    )


def heard_first_on(world: IdeaWorld, number: int, clock: Which = Which.FIRST, days: int = 2) -> date:
    """The day of the ladder's so many working days."""
    with world.database.read() as session:
        for later in range(1, 40):
            day = world.clock.now().date() + timedelta(days=later)
            found = facts_on(session, world, day)
            at = datetime.combine(day, THURSDAY.time(), world.settings.zone)
            for idea in found.waiting:
                if idea.idea_id == number and idea.clock is clock and days_waiting(found, idea, at) >= days:
                    return day
    raise AssertionError("nobody ever hears of it")


def promised(world: IdeaWorld, number: int) -> date | None:
    return world.idea(number).acknowledge_by


def test_the_receipt_of_a_unit_with_other_holidays_says_the_ladder_s_day(world: IdeaWorld) -> None:
    assert promised(world, world.hand_in()) == MONDAY
    rules(world, "Ward 4", holidays="GB-SCT")
    number = world.hand_in()
    assert promised(world, number) == TUESDAY == heard_first_on(world, number)
    (receipt,) = [
        row for row in world.letters() if row.kind == "idea_receipt" and row.payload["idea"] == number
    ]
    assert "1 December" in world.written(receipt)


CASES = {
    "nobody is away": (),
    "the leader is away": ("UKHAN",),
    "the leader and the deputy are away": ("UKHAN", "UDEPUTY"),
    "the whole unit is away": ("UKHAN", "UDEPUTY", "UREED"),
    "everybody is away": ("UKHAN", "UDEPUTY", "UREED", "UDIRECTOR", "UADMIN"),
}


@pytest.mark.parametrize("case", sorted(CASES))
@pytest.mark.parametrize("scotland", [("Ward 4",), ("Hospital",), ()])
def test_promise_and_ladder_agree_whoever_is_away(
    sqlite: Database, case: str, scotland: Collection[str]
) -> None:
    world = IdeaWorld(sqlite, THURSDAY)
    for user in CASES[case]:
        world.away(user, FRIDAY, FRIDAY if user == "UDEPUTY" else TUESDAY)
    for unit in scotland:
        rules(world, unit, holidays="GB-SCT")
    number = world.hand_in()
    assert promised(world, number) == heard_first_on(world, number)


def test_whoever_stands_in_works_by_their_own_days(world: IdeaWorld) -> None:
    rules(world, "Ward 7", holidays="GB-SCT")
    world.stands_in("USEVEN", "UKHAN", FRIDAY, TUESDAY)
    number = world.hand_in()
    assert promised(world, number) == TUESDAY == heard_first_on(world, number)


def test_where_nobody_can_be_told_anything_the_days_are_the_site_s(world: IdeaWorld) -> None:
    with world.database.write() as session:
        for account in session.exec(select(SlackAccount)):
            account.deleted = True
    with world.database.read() as session:
        unit = session.get_one(Unit, world.units["Ward 4"])
        days = days_of(session, unit, world.settings, TEAM, THURSDAY)
    assert days == WorkingDays(world.settings.zone, world.settings.rounds_holidays)


def test_the_third_not_now_is_heard_by_the_level_above(world: IdeaWorld) -> None:
    rules(world, "Hospital", holidays="GB-SCT")
    number = world.hand_in()
    for count, first in ((1, "UKHAN"), (2, "UKHAN"), (3, "UDIRECTOR")):
        again = world.clock.now().date() + timedelta(days=1)
        world.done(acts.decide, "UKHAN", number, Decision(Event.PUT_OFF, "No money yet", on=again))
        world.clock.set(datetime.combine(again, THURSDAY.time(), world.settings.zone))
        assert due.come_due(world.database, world.clock.now(), world.settings, TEAM) == 1
        assert world.idea(number).state is IdeaState.ACKNOWLEDGED
        by = world.idea(number).decide_by
        assert by is not None
        # The decision is late two working days after it was due: then whoever hears first does.
        with world.database.read() as session:
            late = next(
                day
                for day in (by + timedelta(days=n) for n in range(1, 15))
                if any(
                    hearing_of(
                        found, idea, datetime.combine(day, THURSDAY.time(), world.settings.zone)
                    ).people
                    for found in [facts_on(session, world, day)]
                    for idea in found.waiting
                )
            )
            found = facts_on(session, world, late)
            (idea,) = found.waiting
            heard = hearing_of(
                found, idea, datetime.combine(late, THURSDAY.time(), world.settings.zone)
            ).people
        assert idea.put_offs == count
        assert heard == {world.people[first]: Why.LEADS}
