"""What is due without anybody's press: dates that have come, the one reminder, silence."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from bot.ideas import acts, due
from bot.ideas.decisions import Decision, Implementation
from storage.engine import Database
from storage.terms import IdeaEventKind as Event
from storage.terms import IdeaState, Part
from tests.idea_world import TEAM, IdeaWorld, small_world

TODAY = date(2026, 11, 24)
DO_IT = Decision(Event.ACCEPTED, "Let us do it", owner_user="USAM")
IN_PLACE = Implementation("The warmer stands there", "Come and see", TODAY)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[IdeaWorld]:
    with small_world(tmp_path) as world:
        yield world


def tick(world: IdeaWorld, **later: float) -> int:
    """Let time pass, and do what is due twice: the second time there is nothing left."""
    world.clock.advance(timedelta(**later))
    done = due.come_due(world.database, world.clock.now(), world.settings, TEAM)
    assert due.come_due(world.database, world.clock.now(), world.settings, TEAM) == 0
    return done


def in_place(world: IdeaWorld) -> int:
    number = world.hand_in()
    world.done(acts.decide, "UKHAN", number, DO_IT)
    world.done(acts.implement, "USAM", number, IN_PLACE)
    world.send_all()
    return number


def test_what_was_put_off_comes_back_by_itself_on_its_day(database: Database) -> None:
    world = IdeaWorld(database)
    number = world.hand_in()
    world.done(acts.decide, "UKHAN", number, Decision(Event.PUT_OFF, "No money", on=date(2026, 12, 1)))
    world.send_all()
    assert tick(world, days=6) == 0
    assert tick(world, days=1) == 1
    idea, last = world.idea(number), world.history(number)[-1]
    assert (idea.state, idea.look_again_on, idea.acknowledge_by) == (IdeaState.ACKNOWLEDGED, None, None)
    assert idea.decide_by == date(2026, 12, 10)
    assert (last.kind, last.part, last.actor_id) == (Event.CAME_BACK, Part.ROUNDS, None)
    assert [(row.kind, row.lane) for row in world.letters()] == [
        ("idea_update", "channel:ward-4"),
        ("idea_note", "channel:ward-4"),
        ("idea_to_submitter", f"person:{world.people['UPRIYA']}"),
    ]


def test_the_day_begins_at_midnight_of_the_site(sqlite: Database) -> None:
    world = IdeaWorld(sqlite, rounds_timezone="Pacific/Auckland")
    number = world.hand_in()
    world.done(acts.decide, "UKHAN", number, Decision(Event.PUT_OFF, "No money", on=date(2026, 12, 1)))
    world.clock.set(datetime(2026, 11, 30, 10, 59, tzinfo=UTC))
    assert tick(world) == 0
    assert tick(world, minutes=2) == 1


def test_silence_brings_one_reminder_and_then_shows_as_unverified(database: Database) -> None:
    world = IdeaWorld(database)
    number = in_place(world)
    assert tick(world, days=6) == 0
    assert tick(world, days=1) == 1
    assert world.letters_to("UPRIYA") == ["idea_to_submitter"]
    assert "Is it in place?" in world.written(world.letters()[-1])
    world.send_all()
    assert tick(world, days=13) == 0
    assert tick(world, days=1) == 1
    assert world.kinds(number)[-2:] == [Event.REMINDED, Event.UNVERIFIED]
    assert world.facts(number).unverified
    # A card that says so, and nothing more to the sender, who still may confirm.
    assert [row.kind for row in world.letters()] == ["idea_update"]
    assert tick(world, days=60) == 0
    world.done(acts.verify, "UPRIYA", number, False)
    assert not world.facts(number).unverified


def test_the_senders_absence_stops_both(world: IdeaWorld) -> None:
    number = in_place(world)
    world.away("UPRIYA", date(2026, 11, 26), date(2026, 12, 5))
    assert tick(world, days=16) == 0
    assert tick(world, days=1) == 1
    world.away("UPRIYA", date(2026, 12, 20), date(2026, 12, 21))
    assert tick(world, days=15) == 0
    assert tick(world, days=1) == 1
    assert world.kinds(number)[-1] is Event.UNVERIFIED


def test_somebody_who_has_left_is_not_written_to_and_the_idea_shows_as_unverified(world: IdeaWorld) -> None:
    number = in_place(world)
    world.leave("UPRIYA")
    assert tick(world, days=7) == 1
    assert world.letters() == []
    assert tick(world, days=14) == 1
    assert world.facts(number).unverified


def test_an_answer_ends_the_waiting(world: IdeaWorld) -> None:
    verified, disputed = in_place(world), in_place(world)
    world.done(acts.verify, "UPRIYA", verified, False)
    world.done(acts.dispute, "UPRIYA", disputed, "No plug")
    assert tick(world, days=40) == 0
    # Put in place again, it is asked for again.
    again = Implementation("Now with a plug", "Come and see", TODAY)
    world.done(acts.implement, "USAM", disputed, again)
    assert tick(world, days=7) == 1
    assert world.kinds(disputed)[-1] is Event.REMINDED


def test_each_morning_the_cards_of_ideas_that_wait_are_written_anew_once(database: Database) -> None:
    world = IdeaWorld(database)
    waiting, going_ahead = world.hand_in(), world.hand_in()
    world.done(acts.decide, "UKHAN", going_ahead, DO_IT)
    world.send_all()

    def aged(hour: int, days: int = 0) -> list[object]:
        world.clock.set(datetime(2026, 11, 25, hour, 30, tzinfo=UTC) + timedelta(days=days))
        due.age_cards(world.database, world.clock.now(), world.settings)
        return [row.payload["idea"] for row in world.letters() if row.kind == "idea_update"]

    assert aged(5) == []
    assert aged(6) == [waiting]
    assert aged(7) == [waiting]
    world.send_all()
    assert aged(8) == []
    assert aged(6, days=1) == [waiting]
