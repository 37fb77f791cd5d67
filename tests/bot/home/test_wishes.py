"""Wishes saved, and when the next digest comes of them, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from bot.access import NOBODY, Actor
from bot.home.facts import DigestSettings
from bot.home.wishes import Wishes, resume_digest, save_wishes, settings_of, stop_digest
from bot.settings import Settings
from storage.digests import Digest
from storage.engine import Database
from storage.people import Absence, DigestPreference
from storage.terms import DigestState, Frequency, Weekday
from tests.world import World

LONDON = ZoneInfo("Europe/London")
NOW = datetime(2025, 7, 23, 10, tzinfo=UTC)  # a Wednesday
WISHES = Wishes(weekday=Weekday.FRIDAY, at=time(16), frequency=Frequency.EVERY_WEEK)
SITE = Settings.model_construct()


@pytest.fixture
def person(database: Database) -> int:
    return World(database).person("C01")


def save(database: Database, person: int, wishes: Wishes, now: datetime = NOW) -> DigestSettings:
    with database.write() as session:
        assert save_wishes(
            session, Actor(person, confirmed=True), wishes, now=now, zone=LONDON, settings=SITE
        )
    return told(database, person, now)


def told(database: Database, person: int, now: datetime = NOW) -> DigestSettings:
    with database.read() as session:
        preference = session.get(DigestPreference, person)
        return settings_of(session, person, preference, now=now, zone=LONDON, settings=SITE)


def kept(database: Database, person: int) -> DigestPreference:
    with database.read() as session:
        return session.get_one(DigestPreference, person)


def digest(database: Database, person: int, week: str, state: DigestState) -> None:
    with database.write() as session:
        session.add(Digest(person_id=person, week=week, state=state, planned_at=NOW))


def test_without_any_wish_the_sites_own_day_and_time_hold(database: Database, person: int) -> None:
    found = told(database, person)
    assert (found.weekday, found.at) == (SITE.rounds_digest_weekday, SITE.rounds_digest_time)
    assert found.next_at == datetime(2025, 7, 28, 6, 30, tzinfo=UTC)


def test_a_change_of_day_or_time_moves_the_next_digest_at_once(database: Database, person: int) -> None:
    save(database, person, WISHES)
    assert kept(database, person).next_due == datetime(2025, 7, 25, 15, tzinfo=UTC)
    assert told(database, person).next_at == datetime(2025, 7, 25, 15, tzinfo=UTC)
    save(database, person, replace(WISHES, weekday=Weekday.TUESDAY, at=time(0)))
    assert kept(database, person).next_due == datetime(2025, 7, 28, 23, tzinfo=UTC)


def test_one_that_is_due_already_is_not_moved_away(database: Database, person: int) -> None:
    save(database, person, WISHES)
    later = datetime(2025, 7, 25, 15, 0, 5, tzinfo=UTC)
    save(database, person, replace(WISHES, weekday=Weekday.MONDAY), now=later)
    assert kept(database, person).next_due == datetime(2025, 7, 25, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("state", "day"), [(DigestState.SENT, 1), (DigestState.PLANNED, 1), (DigestState.QUIET, 25)]
)
def test_what_is_told_reckons_with_a_week_that_had_its_digest(
    database: Database, person: int, state: DigestState, day: int
) -> None:
    digest(database, person, "2025-W29", state)
    save(database, person, WISHES)
    month = 8 if day == 1 else 7
    assert told(database, person).next_at == datetime(2025, month, day, 15, tzinfo=UTC)


def test_after_a_pause_it_comes_on_the_first_of_its_days(database: Database, person: int) -> None:
    save(database, person, replace(WISHES, paused_until=date(2025, 9, 5)))
    assert told(database, person).next_at == datetime(2025, 9, 5, 15, tzinfo=UTC)
    save(database, person, replace(WISHES, paused_until=date(2025, 9, 6)))
    found = told(database, person)
    assert found.next_at == datetime(2025, 9, 12, 15, tzinfo=UTC)
    assert found.paused_until == date(2025, 9, 6)
    # Once that day is there, it is a pause no longer.
    assert told(database, person, datetime(2025, 9, 6, 1, tzinfo=UTC)).paused_until is None


def test_absences_are_reckoned_with(database: Database, person: int) -> None:
    with database.write() as session:
        session.add(Absence(person_id=person, starts=date(2025, 7, 20), ends=date(2025, 8, 2)))
    save(database, person, WISHES)
    assert told(database, person).next_at == datetime(2025, 8, 8, 15, tzinfo=UTC)


def test_stop_and_resume(database: Database, person: int) -> None:
    with database.write() as session:
        assert stop_digest(session, Actor(person, confirmed=True), NOW)
    found = told(database, person)
    assert (found.stopped, found.next_at) == (True, None)
    with database.write() as session:
        assert resume_digest(session, Actor(person, confirmed=True))
    assert not told(database, person).stopped


def test_stopping_twice_keeps_when_it_was_first_stopped(database: Database, person: int) -> None:
    for now in (NOW, NOW.replace(hour=12)):
        with database.write() as session:
            stop_digest(session, Actor(person, confirmed=True), now)
    assert kept(database, person).opted_out_at == NOW


def test_nobody_has_no_wishes(database: Database) -> None:
    with database.write() as session:
        assert not save_wishes(session, NOBODY, WISHES, now=NOW, zone=LONDON, settings=SITE)
        assert not resume_digest(session, NOBODY)
        assert not stop_digest(session, NOBODY, NOW)
