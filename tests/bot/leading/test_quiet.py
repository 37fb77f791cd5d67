"""Do-not-disturb is asked of Slack, fifty people a call, and kept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta

import pytest

from bot.leading import quiet
from bot.sandbox import TEAM_ID, Faults
from storage import leading_rows
from storage.engine import Database
from storage.leading import QuietTime
from tests.bot.leading.house import START, House, house_on


@pytest.fixture
def house(database: Database) -> Iterator[House]:
    with house_on(database) as house:
        yield house


def ask(house: House, *people: int) -> set[int]:
    users = {person: house.users[person] for person in people}
    return quiet.ask(house.database, house.gateway(), house.clock, TEAM_ID, users)


def known(house: House, person: int) -> QuietTime:
    with house.database.read() as session:
        return leading_rows.quiet_times(session, [person])[person]


def test_one_call_asks_of_fifty_people(house: House) -> None:
    people = [house.person(f"Leader{n}") for n in range(120)]
    assert ask(house, *people) == set(people)
    assert len(house.sandbox.workspace.calls("dnd.teamInfo")) == 3
    with house.database.read() as session:
        assert set(leading_rows.quiet_times(session, people)) == set(people)


def test_a_schedule_alone_is_no_do_not_disturb(house: House) -> None:
    person = house.person("Amira")
    house.sandbox.workspace.set_dnd(house.users[person], (time(22), time(7)))
    ask(house, person)
    # It is three in the morning: on until seven.
    assert quiet.quiet_until(known(house, person), START) == START.replace(hour=7)
    house.clock.set(START.replace(hour=9))
    ask(house, person)
    assert known(house, person).starts == START.replace(hour=22)
    assert quiet.quiet_until(known(house, person), house.clock.now()) is None


def test_it_is_on_from_its_first_second_to_its_last() -> None:
    begins = datetime(2026, 11, 2, 9, tzinfo=UTC)
    ends = begins + timedelta(hours=1)
    on = QuietTime(person_id=1, starts=begins, ends=ends, asked_at=begins)
    second = timedelta(seconds=1)
    assert quiet.quiet_until(on, begins - second) is None
    assert quiet.quiet_until(on, begins) == ends
    assert quiet.quiet_until(on, ends - second) == ends
    assert quiet.quiet_until(on, ends) is None


def test_switched_off_it_is_forgotten_and_an_older_answer_changes_nothing(house: House) -> None:
    person = house.person("Amira")
    house.sandbox.workspace.set_dnd(house.users[person], (time(2), time(5)))
    ask(house, person)
    assert quiet.quiet_until(known(house, person), START) is not None
    house.sandbox.workspace.set_dnd(house.users[person], None)
    house.clock.advance(timedelta(minutes=9))
    ask(house, person)
    assert known(house, person).ends is None
    older = QuietTime(person_id=person, starts=START, ends=START + timedelta(hours=3), asked_at=START)
    with house.database.write() as session:
        leading_rows.keep_quiet_times(session, [older])
    assert known(house, person).ends is None


def test_an_answer_grows_old_after_ten_minutes() -> None:
    row = QuietTime(person_id=1, asked_at=START)
    assert quiet.is_fresh(row, START + timedelta(minutes=9, seconds=59))
    assert not quiet.is_fresh(row, START + timedelta(minutes=10))
    assert not quiet.is_fresh(None, START)


def test_a_refusal_keeps_what_was_known(sqlite: Database) -> None:
    with house_on(sqlite) as house:
        person = house.person("Amira")
        ask(house, person)
        house.sandbox.faults.errors["dnd.teamInfo"] = ["missing_scope"]
        house.clock.advance(timedelta(minutes=30))
        assert ask(house, person) == set()
        assert known(house, person).asked_at == START


def test_a_rate_limit_is_waited_out(sqlite: Database) -> None:
    with house_on(sqlite, Faults(ratelimit_next={"dnd.teamInfo": 1})) as house:
        person = house.person("Amira")
        assert ask(house, person) == {person}
