"""A rung that does not work is told to the administrators: once each, in the one message of their day."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlmodel import Session, col, select

from bot.home.view import home_view
from bot.leading.effects_figures import RungFigures, figures
from bot.leading.weak import NOT_AGAIN, announce_weak, to_tell
from bot.leading.weak_words import home_blocks, weak_blocks
from storage.engine import Database
from storage.leading import Nudge
from storage.people import RoleGrant
from storage.terms import RoleName, Rung, Which
from tests.bot.home.test_view import NURSE
from tests.bot.leading.house import House, house_on

LINE = "One kind of reminder does little"


def on(day: int, hour: int = 8, minute: int = 30) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


class Site(House):
    """A ward whose leader administers too, another administrator; fifty reminders came to nothing."""

    ada: int
    amira: int
    idea_id: int


@pytest.fixture
def site(database: Database) -> Iterator[Site]:
    with house_on(database) as house:
        site = Site(house.database, house.sandbox, house.clock, house.settings)
        site.ada, site.amira = site.person("Ada"), site.person("Amira")
        ward = site.unit("Ward 4", leader_id=site.amira)
        for person in (site.ada, site.amira):
            site.keep(RoleGrant(person_id=person, role=RoleName.ADMINISTRATOR))
        site.clock.set(on(2, 7))
        site.idea_id = site.idea(ward)
        for n in range(50):
            sent_at = on(2) - timedelta(days=20 + n)
            site.keep(
                Nudge(
                    idea_id=site.idea_id,
                    person_id=site.amira,
                    day=sent_at.date(),
                    rung=Rung.BOLD,
                    clock=Which.FIRST,
                    sent_at=sent_at,
                )
            )
        site.at(on(2))
        yield site


def told(site: Site, person: int) -> list[str]:
    return [one.text for one in site.dm(person) if LINE in str(one.blocks)]


def days(site: Site, person: int) -> list[date]:
    return [one.day for one in site.messages(person) if one.contents.get("weak")]


def test_each_administrator_hears_once_in_their_working_hours_and_in_one_message_a_day(site: Site) -> None:
    assert site.follow_up() > 0
    site.at(on(2, 9))
    # Amira's week went this morning already; Ada's time had come as well, but there was nothing to say then.
    assert told(site, site.amira) == []
    for day in (3, 4, 5):
        for at in (time(5), time(8, 31), time(12), time(19)):
            site.at(datetime.combine(date(2026, 11, day), at, UTC))
            site.follow_up()
    assert told(site, site.ada) == [LINE]
    assert len(told(site, site.amira)) == 1
    every = [(one.person_id, one.day) for one in site.messages()]
    assert len(every) == len(set(every))
    assert days(site, site.amira) == [date(2026, 11, 3)]


def test_it_rides_in_a_leaders_message_with_what_waits(site: Site) -> None:
    site.clock.set(on(3, 20))
    site.follow_up()
    site.at(on(4))
    (text,) = told(site, site.amira)
    assert text == "One idea is waiting for your first words"
    assert told(site, site.ada) == [LINE]


def test_two_replicas_and_restarts_tell_once(site: Site) -> None:
    site.follow_up()
    site.clock.set(on(3))
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda planner: planner.tick(), [site.planner() for _ in range(4)]))
    for _ in range(3):
        site.courier().drain(30)
        site.at(on(3, 10))
    site.at(on(4))
    for person in (site.ada, site.amira):
        assert len(told(site, person)) == len(days(site, person)) == 1


def test_whoever_was_in_do_not_disturb_all_day_hears_the_next(site: Site) -> None:
    site.follow_up()
    user = site.users[site.ada]
    site.sandbox.workspace.set_dnd(user, (time(0), time(23, 59)))
    site.at(on(3))
    site.at(on(3, 18, 5))
    site.sandbox.workspace.set_dnd(user, None)
    site.at(on(4))
    site.at(on(5))
    assert told(site, site.ada) == [LINE]
    assert days(site, site.ada) == [date(2026, 11, 3), date(2026, 11, 4)]


def test_it_is_told_again_after_a_quarter_and_not_before(site: Site) -> None:
    first = date(2026, 11, 2)
    site.follow_up()
    site.at(on(3))

    def to_hear(day: date) -> dict[int, tuple[Rung, ...]]:
        with site.database.write() as session:
            announce_weak(session, day)
            return to_tell(session, [site.ada, site.amira], day)

    assert to_hear(first + timedelta(days=2)) == {}
    assert to_hear(first + NOT_AGAIN - timedelta(days=1)) == {}
    both = {site.ada: (Rung.BOLD,), site.amira: (Rung.BOLD,)}
    assert to_hear(first + NOT_AGAIN) == both


def test_nobody_hears_of_rungs_that_work_and_nobody_but_administrators(site: Site) -> None:
    with site.database.write() as session:
        for nudge in session.exec(select(Nudge).order_by(col(Nudge.id))).all()[:10]:
            nudge.worked = True
            session.add(nudge)
    site.follow_up()
    site.at(on(3))
    assert told(site, site.ada) == told(site, site.amira) == []
    with site.database.read() as session:
        assert to_tell(session, [], date(2026, 11, 3)) == {}
        assert _weak(session) == []


def _weak(session: Session) -> list[Rung]:
    return [one.rung for one in figures(session) if one.weak]


BOLD = RungFigures(Rung.BOLD, 52, 50, 4)
DAILY = RungFigures(Rung.DAILY, 1233, 1200, 432)
ABOVE = RungFigures(Rung.ABOVE, 3, 0, 0)


def test_the_words_say_what_it_is_and_what_to_do() -> None:
    said = str(weak_blocks([BOLD]))
    assert "First in it, and in bold: 52 sent; of 50 that can be judged, 4 (8 %) were answered" in said
    assert "`rungs` in `units.csv`" in said
    assert "once a quarter at most" in said
    assert "!" not in said


def test_the_administrators_home_has_a_section_of_reminders() -> None:
    assert home_blocks([]) == []
    (block,) = home_blocks([DAILY, BOLD, ABOVE])
    lines = block["text"]["text"].split("\n")
    assert lines[0] == "*Reminders* · answered within 24 working hours"
    assert lines[1].startswith(
        "• In the leader's message: 1,233 sent; of 1,200 that can be judged, 432 (36 %)"
    )
    assert lines[2].endswith("4 (8 %) were answered · *does little*")
    assert lines[3] == "• To the level above: 3 sent; none can be judged yet"
    assert lines[4].startswith("A reminder that nobody acts on")
    assert len(home_blocks([DAILY])[0]["text"]["text"].split("\n")) == 2
    assert block in home_view(replace(NURSE, runs_rounds=True, reminders=(DAILY, BOLD, ABOVE)))["blocks"]
