"""Letters about ideas: one card, kept up to date; what may not stand in the channel comes to the leaders."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from bot.courier.desk import Cancel, Defer, Go
from bot.ideas import acts, channels
from bot.ideas.anonymous.batch import release
from bot.ideas.decisions import Decision
from bot.ideas.facts import Draft
from bot.ideas.letters import LEFT_BEHIND, guards, idea_finished, tell_channel_problem, tell_picture_problem
from storage.ideas import ChannelCheck, HiddenNews, Idea, IdeaPicture
from storage.outbox import OutboxRow
from storage.people import Person, Unit
from storage.terms import IdeaEventKind as Event
from storage.terms import IdeaMessageKind, Op, OutboxState
from tests.idea_world import TEAM, IdeaWorld, small_world


@pytest.fixture
def world(tmp_path: Path) -> Iterator[IdeaWorld]:
    with small_world(tmp_path) as world:
        yield world


def ask_guard(world: IdeaWorld, row: OutboxRow) -> Any:
    with world.database.write() as session:
        assert row.guard is not None
        return guards(world.settings, world.clock, TEAM)["idea_channel"](session, row, row.guard)


def finish(world: IdeaWorld, row: OutboxRow, state: OutboxState, outcome: str) -> None:
    """As the courier closes a row."""
    with world.database.write() as session:
        held = session.get_one(OutboxRow, row.id)
        held.state, held.outcome, held.finished_at = state, outcome, world.clock.now()
        session.add(held)
        idea_finished(session, held, world.settings, TEAM)


def problem(world: IdeaWorld, text: str = "#ward-4 has guests in it.") -> None:
    with world.database.write() as session:
        check = session.get_one(ChannelCheck, "ward-4")
        check.problem, check.checked_at = text, world.clock.now()
        session.add(check)


def test_changes_that_wait_together_are_one_update(world: IdeaWorld) -> None:
    number = world.hand_in()
    world.send_all()
    for user in ("ULEE", "USAM", "UREED"):
        world.done(acts.support, user, number)
    world.done(acts.acknowledge, "UKHAN", number, "Good catch")
    updates = [row for row in world.letters() if row.op is Op.UPDATE]
    assert len(updates) == 1
    assert "3 say" in world.written(updates[0])


def test_a_channel_with_guests_gets_no_card_and_the_leaders_have_it_with_a_line_why(world: IdeaWorld) -> None:
    problem(world)
    number = world.hand_in()
    cards = [row for row in world.letters() if row.kind == "idea_card"]
    leaders = [world.people[user] for user in ("UKHAN", "UREED", "UDEPUTY")]
    assert [row.recipient_id for row in cards] == leaders
    assert "cannot go to the channel" in world.written(cards[0])
    assert not world.facts(number).channel
    world.send_all()
    # The leaders' own words are not noted in their own messages; an answer is.
    world.done(acts.ask, "UKHAN", number, "Which bay")
    assert "idea_note" not in {row.kind for row in world.letters()}
    world.done(acts.answer, "UPRIYA", number, 2, "Bay three")
    assert [row.recipient_id for row in world.letters() if row.kind == "idea_note"] == leaders


def test_the_channel_is_asked_for_again_just_before_posting(world: IdeaWorld) -> None:
    number = world.hand_in()
    card = world.letters()[0]
    assert ask_guard(world, card) == Go()
    problem(world)
    assert ask_guard(world, card) == Cancel("#ward-4 has guests in it.")
    with world.database.write() as session:
        session.get_one(ChannelCheck, "ward-4").checked_at = None
    assert isinstance(ask_guard(world, card), Defer)
    finish(world, card, OutboxState.CANCELLED, "#ward-4 has guests in it.")
    assert world.letters_to("UKHAN") == ["idea_card"]
    cards = [message for message in world.messages(number) if message.kind is IdeaMessageKind.CARD]
    assert [message.current for message in cards] == [False, True, True, True]


def test_a_channel_that_slack_does_not_know_brings_the_card_to_the_leaders(world: IdeaWorld) -> None:
    world.hand_in()
    finish(world, world.letters()[0], OutboxState.FAILED, "channel_not_found")
    assert world.letters_to("UREED") == ["idea_card"]


def test_guests_who_join_later_see_nothing_more_and_what_was_to_be_told_goes_to_the_leaders(
    world: IdeaWorld,
) -> None:
    number = world.hand_in()
    world.send_all()
    world.done(acts.add_detail, "UPRIYA", number, "Beside the sluice")
    (note,) = (row for row in world.letters() if row.kind == "idea_note")
    problem(world)
    assert isinstance(ask_guard(world, note), Cancel)
    finish(world, note, OutboxState.CANCELLED, "#ward-4 has guests in it.")
    assert world.letters_to("UKHAN") == ["idea_card", "idea_note"]
    stub = next(row for row in world.letters() if row.lane == "channel:ward-4" and row.op is Op.UPDATE)
    assert "is now with the leaders of Ward 4" in world.written(stub)


def test_a_card_that_was_left_behind_before_it_was_posted_is_not(world: IdeaWorld) -> None:
    number = world.hand_in()
    card = world.letters()[0]
    world.done(acts.move, "UKHAN", number, world.units["Ward 7"])
    assert ask_guard(world, card) == Cancel(LEFT_BEHIND)
    before = len(world.letters())
    finish(world, card, OutboxState.CANCELLED, LEFT_BEHIND)
    assert len(world.letters()) == before - 1


def test_leaders_and_administrators_are_told_of_a_channels_problem(world: IdeaWorld) -> None:
    problem(world)
    found = channels.ChannelProblem("ward-4", "#ward-4 has guests in it.", (world.units["Ward 4"],))
    with world.database.write() as session:
        tell_channel_problem(world.settings, world.clock)(session, found)
    told = [row.recipient_id for row in world.letters()]
    assert sorted(person or 0 for person in told) == sorted(
        world.people[user] for user in ("UKHAN", "UREED", "UDEPUTY", "UADMIN")
    )
    assert "has guests in it" in world.written(world.letters()[0])


def test_whoever_sent_a_picture_that_cannot_be_used_hears_why(world: IdeaWorld) -> None:
    world.hand_in(file_id="F0PICTURE")
    world.send_all()
    with world.database.write() as session:
        picture = session.get_one(IdeaPicture, 1)
        picture.problem = "The picture moves."
        session.add(picture)
        tell_picture_problem(world.clock, TEAM)(session, picture)
    (letter,) = world.letters()
    assert letter.recipient_id == world.people["UPRIYA"]
    assert "The picture moves." in world.written(letter)


def test_a_leader_who_was_erased_is_a_former_colleague_and_nothing_breaks(world: IdeaWorld) -> None:
    number = world.hand_in()
    world.done(acts.acknowledge, "UKHAN", number, "Good catch")
    world.change(Person, world.people["UKHAN"], name="", erased_at=world.clock.now())
    world.change(Unit, world.units["Ward 4"], leader_id=None)
    facts = world.facts(number)
    assert facts.leaders == ("Tom Reed",)
    assert facts.history[-1].who == "a former colleague"
    world.done(acts.decide, "UREED", number, Decision(Event.ACCEPTED, "Let us do it"))
    world.send_all()


# -- without a name ----


@pytest.fixture
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


def test_an_anonymous_idea_appears_with_its_card_alone(world: IdeaWorld, nameless: int) -> None:
    idea = world.idea(nameless)
    assert (idea.submitter_id, idea.anonymous) == (None, True)
    assert [row.kind for row in world.letters(waiting=False)] == ["idea_card"]
    assert world.history(nameless)[0].actor_id is None
    assert world.facts(nameless).submitter == ""


def test_its_sender_is_told_with_the_batch_and_may_what_senders_may(world: IdeaWorld, nameless: int) -> None:
    world.done(acts.ask, "UKHAN", nameless, "Which bay")
    assert {row.lane for row in world.letters()} == {"channel:ward-4"}
    with world.database.read() as session:
        assert [news.idea_id for news in session.exec(select(HiddenNews))] == [nameless]
    assert world.may("UPRIYA", nameless).answer
    assert not world.may("ULEE", nameless).answer
    assert "your own" in world.refused(acts.support, "UPRIYA", nameless)


def test_what_its_sender_does_appears_with_the_next_batch(world: IdeaWorld, nameless: int) -> None:
    world.done(acts.ask, "UKHAN", nameless, "Which bay")
    world.send_all()
    assert "handed this idea in" in world.refused(acts.answer, "ULEE", nameless, 2, "Three")
    done = world.done(acts.answer, "UPRIYA", nameless, 2, "Bay three")
    assert done.appears_on == world.clock.now().date() + timedelta(days=1)
    assert world.idea(nameless).version == 2
    assert world.letters() == []
    world.clock.advance(timedelta(days=1))
    assert release(world.database, world.clock.now(), world.settings, TEAM) == 1
    last = world.history(nameless)[-1]
    assert (last.kind, last.actor_id, last.words) == (Event.ANSWERED, None, "Bay three")
    assert world.letters()


def test_patient_details_in_an_anonymous_idea_go_at_once(world: IdeaWorld, nameless: int) -> None:
    world.done(acts.remove_details, "UPRIYA", nameless)
    last = world.history(nameless)[-1]
    assert (world.idea(nameless).text, last.kind, last.actor_id) == ("", Event.DETAILS_REMOVED, None)


def test_the_card_names_the_unit_in_which_whoever_handed_it_in_works(world: IdeaWorld) -> None:
    there = world.hand_in("USTAFF7", unit="Ward 4")
    assert "From Finn Abel, nurse, Ward 7" in world.written(card_of(world, there))
    here = world.hand_in("UPRIYA")
    assert "From Priya Shah, nurse, Ward 4" in world.written(card_of(world, here))


def card_of(world: IdeaWorld, number: int) -> OutboxRow:
    found = [row for row in world.letters() if row.kind == "idea_card" and row.payload["idea"] == number]
    return found[-1]
