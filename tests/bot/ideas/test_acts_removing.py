"""Patient details taken out: from what waits for the batch and from the month's message, without a time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import col, select

from bot.ideas import acts
from bot.ideas.anonymous.batch import release
from bot.ideas.decisions import Decision, Implementation
from bot.ideas.facts import Draft
from bot.ideas.figures import monthly
from bot.ideas.letters import idea_finished
from storage.engine import Database
from storage.ideas import HiddenActRow, HiddenNews, Idea, IdeaEvent
from storage.outbox import OutboxRow
from storage.people import Person
from storage.terms import HiddenAct, IdeaState, Op, OutboxState
from storage.terms import IdeaEventKind as Event
from tests.idea_world import TEAM, IdeaWorld, small_world

BATCH = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[IdeaWorld]:
    with small_world(tmp_path) as world:
        yield world


def nameless(world: IdeaWorld) -> int:
    """An anonymous idea of Priya's that has appeared; everything about it was sent."""
    draft = Draft(text="Something that nobody dares to say", unit_id=world.units["Ward 4"], anonymous=True)
    world.done(acts.hand_in, "UPRIYA", draft)
    world.clock.advance(timedelta(days=1))
    assert release(world.database, world.clock.now(), world.settings, TEAM) == 1
    world.send_all()
    with world.database.read() as session:
        found = session.exec(select(Idea.id)).one()
    assert found is not None
    return found


def waiting(world: IdeaWorld) -> list[HiddenActRow]:
    with world.database.read() as session:
        return list(session.exec(select(HiddenActRow)))


def test_what_waits_for_the_batch_loses_its_words_too(database: Database) -> None:
    world = IdeaWorld(database)
    number = nameless(world)
    world.done(acts.ask, "UKHAN", number, "Which bay")
    world.done(acts.answer, "UPRIYA", number, 2, "The lady with the cast")
    world.done(acts.add_detail, "UPRIYA", number, "The lady in bed nine")
    world.done(acts.remove_details, "UKHAN", number)
    assert waiting(world) == []
    with database.read() as session:
        # Its sender, who expects them to appear, is led to their Home.
        assert [news.idea_id for news in session.exec(select(HiddenNews))] == [number]
    world.clock.advance(timedelta(days=1))
    release(database, world.clock.now(), world.settings, TEAM)
    assert all(not event.words for event in world.history(number))


def test_a_dispute_or_a_withdrawal_that_waits_still_counts_without_its_words(world: IdeaWorld) -> None:
    number = nameless(world)
    world.done(acts.decide, "UKHAN", number, Decision(Event.ACCEPTED, "Yes", owner_user="USAM"))
    world.done(acts.implement, "USAM", number, Implementation("Done", "Come and see", date(2026, 11, 25)))
    world.done(acts.dispute, "UPRIYA", number, "The lady in bed nine still waits")
    world.done(acts.remove_details, "USAM", number)
    (row,) = waiting(world)
    assert (row.act, row.body) == (HiddenAct.DISPUTE, {"words": ""})
    world.clock.advance(timedelta(days=1))
    release(world.database, world.clock.now(), world.settings, TEAM)
    assert world.idea(number).state is IdeaState.DISPUTED


def test_its_sender_leaves_no_time_where_they_take_patient_details_out(world: IdeaWorld) -> None:
    number = nameless(world)
    world.clock.advance(timedelta(hours=4, minutes=17, seconds=41))
    now = world.clock.now()
    world.done(acts.remove_details, "UPRIYA", number)
    idea, last = world.idea(number), world.history(number)[-1]
    # The batch with which the idea appeared: no earlier moment makes sense, and a later one would tell.
    assert (last.kind, last.actor_id, last.at) == (Event.DETAILS_REMOVED, None, BATCH)
    assert idea.details_removed_at == BATCH
    for row in world.letters():
        assert abs(row.created_at - now) > timedelta(hours=1)
        assert abs(row.not_before - now) > timedelta(hours=1)


def test_on_a_later_day_only_the_day_is_kept(world: IdeaWorld) -> None:
    number = nameless(world)
    world.clock.advance(timedelta(days=2, hours=3))
    world.done(acts.remove_details, "UPRIYA", number)
    assert world.history(number)[-1].at == datetime(2026, 11, 27, tzinfo=UTC)


def test_the_months_message_is_written_anew_without_the_title(world: IdeaWorld) -> None:
    number = world.hand_in(text="A warmer for the lady in bed nine")
    world.done(acts.decide, "UKHAN", number, Decision(Event.ACCEPTED, "Yes", owner_user="USAM"))
    world.done(acts.implement, "USAM", number, Implementation("Done", "Come and see", date(2026, 11, 24)))
    world.send_all()
    world.clock.set(datetime(2026, 12, 1, 9, 30, tzinfo=UTC))
    assert monthly.plan_monthly(world.database, world.clock.now(), world.settings) == 1
    (posted,) = world.send_all()
    assert "bed nine" in world.written(posted)
    world.done(acts.remove_details, "UKHAN", number)
    (update,) = (row for row in world.letters() if row.depends_on == posted.id)
    assert update.op is Op.UPDATE
    assert "Ideas in Ward 4" in world.written(update)
    assert "bed nine" not in world.written(update)


def test_a_months_message_with_nothing_left_to_tell_still_loses_the_title(world: IdeaWorld) -> None:
    number = world.hand_in(text="A warmer for the lady in bed nine", own_control=True)
    what = Implementation("Done", "Come and see", date(2026, 11, 24))
    world.done(acts.implement, "UPRIYA", number, what)
    world.send_all()
    world.clock.set(datetime(2026, 12, 1, 9, 30, tzinfo=UTC))
    monthly.plan_monthly(world.database, world.clock.now(), world.settings)
    (posted,) = world.send_all()
    assert "bed nine" in world.written(posted)
    world.done(acts.remove_details, "UPRIYA", number)
    (update,) = (row for row in world.letters() if row.depends_on == posted.id)
    assert "Ideas in Ward 4" in world.written(update)
    assert "bed nine" not in world.written(update)


def test_every_card_of_an_idea_that_moved_twice_is_written_anew(world: IdeaWorld) -> None:
    number = world.hand_in(text="The lady in bed nine")
    world.send_all()
    for user, unit in (("UKHAN", "Ward 7"), ("USEVEN", "Ward 4")):
        world.done(acts.move, user, number, world.units[unit])
        world.send_all()
    cards = [message.outbox_id for message in world.messages(number) if message.kind.value == "card"]
    assert len(cards) == 3
    world.done(acts.remove_details, "UKHAN", number)
    with world.database.read() as session:
        updates = session.exec(
            select(OutboxRow).where(
                col(OutboxRow.depends_on).in_(cards),
                OutboxRow.op == Op.UPDATE,
                OutboxRow.state == OutboxState.WAITING,
            )
        ).all()
    assert {row.depends_on for row in updates} == set(cards)
    written = [world.written(row) for row in sorted(updates, key=lambda row: row.depends_on or 0)]
    assert "is now with" in written[0]
    assert "is now with" in written[1]
    assert not any("bed nine" in text for text in written)


def test_where_slack_does_not_let_a_message_be_changed_people_hear_of_it(world: IdeaWorld) -> None:
    number = world.hand_in(text="The lady in bed nine")
    world.send_all()
    world.done(acts.remove_details, "UPRIYA", number)
    (update,) = (row for row in world.letters() if row.lane == "channel:ward-4" and row.op is Op.UPDATE)
    with world.database.write() as session:
        held = session.get_one(OutboxRow, update.id)
        held.state, held.outcome, held.finished_at = OutboxState.FAILED, "is_archived", world.clock.now()
        session.add(held)
        idea_finished(session, held, world.settings, TEAM)
        idea_finished(session, held, world.settings, TEAM)
    for user in ("UADMIN", "UKHAN"):
        assert world.letters_to(user) == ["idea_details_stay"]
    letter = next(row for row in world.letters() if row.kind == "idea_details_stay")
    assert "deleted there" in world.written(letter)
    assert "#ward-4" in world.written(letter)
    assert "lady" not in world.written(letter)


def test_an_act_that_was_kept_is_not_stopped_by_who_joined_since(world: IdeaWorld) -> None:
    """A name that nobody had yet when it was written: without its sender nobody could put it right."""
    draft = Draft(text="Rosalind Ashworth rooms need chairs", unit_id=world.units["Ward 4"], anonymous=True)
    world.done(acts.hand_in, "UPRIYA", draft)
    with world.database.write() as session:
        session.add(Person(email="new@example.org", name="Rosalind Ashworth"))
    world.clock.advance(timedelta(days=1))
    assert release(world.database, world.clock.now(), world.settings, TEAM) == 1
    assert waiting(world) == []
    with world.database.read() as session:
        assert session.exec(select(IdeaEvent.kind)).all() == [Event.HANDED_IN]
