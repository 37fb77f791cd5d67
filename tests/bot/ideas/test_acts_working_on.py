"""Doing it: assigning, joining, moving, telling how it goes, studying a test, and putting it in place."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from bot.ideas import acts
from bot.ideas.decisions import Decision, Implementation, Study
from storage import idea_search
from storage.engine import Database
from storage.ideas import IdeaPicture
from storage.people import Unit
from storage.terms import IdeaEventKind as Event
from storage.terms import IdeaMessageKind, IdeaState, Op, Part
from tests.idea_world import IdeaWorld, small_world

SOON = date(2026, 12, 8)
TODAY = date(2026, 11, 24)
DO_IT = Decision(Event.ACCEPTED, "Let us do it", owner_user="USAM")
TEST_IT = Decision(Event.TEST_STARTED, "Two weeks", "Fewer cold patients", SOON, "USAM")
IN_PLACE = Implementation("The warmer stands there", "Come and see", TODAY)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[IdeaWorld]:
    with small_world(tmp_path) as world:
        yield world


def test_an_assignment_reaches_the_assignee_at_once(world: IdeaWorld) -> None:
    number = world.hand_in()
    world.done(acts.assign, "UKHAN", number, "ULEE")
    assert world.idea(number).assignee_id == world.people["ULEE"]
    assert world.letters_to("ULEE") == ["idea_to_leader"]
    assert world.facts(number).assignee == "Lee Brandt"
    assert world.may("ULEE", number).note
    assert not world.may("ULEE", number).decide
    # Asking somebody to think is no answer yet.
    assert world.idea(number).acknowledge_by == date(2026, 11, 26)
    assert "already" in world.done(acts.assign, "UKHAN", number, "ULEE").note
    assert "does not know" in world.refused(acts.assign, "UKHAN", number, "UNOBODY")


def test_joining_takes_supporters_the_sender_and_the_earlier_clock_along(database: Database) -> None:
    world = IdeaWorld(database)
    first = world.hand_in(text="Warm the blankets before eight")
    world.done(acts.support, "ULEE", first)
    world.done(acts.support, "USTAFF7", first)
    world.clock.advance(timedelta(days=2))
    second = world.hand_in("ULEE", text="A second blanket warmer")
    assert world.idea(second).acknowledge_by == date(2026, 11, 30)
    world.send_all()
    world.done(acts.merge, "UKHAN", first, second)
    idea, target = world.idea(first), world.idea(second)
    assert (idea.state, idea.merged_into_id, idea.acknowledge_by) == (IdeaState.MERGED, second, None)
    assert (target.acknowledge_by, target.decide_by) == (date(2026, 11, 26), date(2026, 12, 3))
    # Lee's own idea needs no support of Lee's; Priya supports it now.
    assert world.facts(second).supporters == 2
    with database.read() as session:
        assert idea_search.search(session, "warm blankets eight").ids == (second,)
    written = [world.written(row) for row in world.letters()]
    assert any(f"#{first} was joined with #{second}" in text for text in written)
    assert world.letters_to("UPRIYA") == ["idea_to_submitter"]
    # Who says "me too" on the old card supports the one that goes on.
    assert world.done(acts.support, "USAM", first).idea_id == second
    world.send_all()
    world.done(acts.decide, "UKHAN", second, DO_IT)
    assert world.letters_to("UPRIYA") == ["idea_to_submitter"]
    assert world.letters_to("ULEE") == ["idea_to_submitter"]


def test_a_clock_that_has_stopped_does_not_start_by_joining(world: IdeaWorld) -> None:
    first, second = world.hand_in(), world.hand_in("ULEE", text="Another")
    world.done(acts.acknowledge, "UKHAN", second, "Good")
    world.done(acts.merge, "UKHAN", first, second)
    assert world.idea(second).acknowledge_by is None


def test_what_cannot_be_joined_is_not(world: IdeaWorld) -> None:
    first, second = world.hand_in(), world.hand_in("ULEE", text="Another")
    above = world.hand_in(text="A third", above=True)
    assert "itself" in world.refused(acts.merge, "UKHAN", first, first)
    assert "leaders" in world.refused(acts.merge, "ULEE", first, second)
    assert "not there" in world.refused(acts.merge, "UKHAN", first, above)
    assert "above" in world.refused(acts.merge, "UDIRECTOR", above, first)
    assert "not there" in world.refused(acts.merge, "UKHAN", first, 99)
    world.done(acts.withdraw, "ULEE", second, "")
    assert "cannot take in" in world.refused(acts.merge, "UKHAN", first, second)
    assert world.idea(first).state is IdeaState.NEW


def test_a_moved_idea_has_new_leaders_new_clocks_and_a_new_card(database: Database) -> None:
    world = IdeaWorld(database)
    number = world.hand_in()
    world.done(acts.assign, "UKHAN", number, "ULEE")
    world.send_all()
    world.clock.advance(timedelta(days=2))
    world.done(acts.move, "UKHAN", number, world.units["Ward 7"])
    idea = world.idea(number)
    assert (idea.unit_id, idea.answering_unit_id) == (world.units["Ward 7"], world.units["Ward 7"])
    assert (idea.acknowledge_by, idea.decide_by, idea.assignee_id) == (
        date(2026, 11, 30),
        date(2026, 12, 7),
        None,
    )
    stub, card, news = world.letters()
    assert (stub.lane, stub.op) == ("channel:ward-4", Op.UPDATE)
    assert "is now with Ward 7" in world.written(stub)
    assert (card.kind, card.lane) == ("idea_card", "channel:ward-7")
    assert news.recipient_id == world.people["UPRIYA"]
    assert "Ward 7" in world.written(news)
    cards = [message for message in world.messages(number) if message.kind is IdeaMessageKind.CARD]
    assert [message.current for message in cards] == [False, True]
    assert world.may("USEVEN", number).decide
    assert not world.may("UKHAN", number).decide
    # From now on only the new card changes.
    world.send_all()
    world.done(acts.acknowledge, "USEVEN", number, "It fits here")
    assert {row.lane for row in world.letters()} == {"channel:ward-7", f"person:{world.people['UPRIYA']}"}


def test_a_moved_idea_that_was_acknowledged_has_the_second_clock_only(world: IdeaWorld) -> None:
    number = world.hand_in()
    world.done(acts.acknowledge, "UKHAN", number, "Good catch")
    world.clock.advance(timedelta(days=2))
    world.done(acts.move, "UKHAN", number, world.units["Ward 7"])
    idea = world.idea(number)
    assert (idea.state, idea.acknowledge_by, idea.decide_by) == (
        IdeaState.ACKNOWLEDGED,
        None,
        date(2026, 12, 7),
    )


def test_an_idea_is_moved_by_its_leaders_and_to_another_unit(world: IdeaWorld) -> None:
    number = world.hand_in()
    assert "another unit" in world.refused(acts.move, "UKHAN", number, world.units["Ward 4"])
    assert "another unit" in world.refused(acts.move, "UKHAN", number, 99)
    assert "leaders" in world.refused(acts.move, "UPRIYA", number, world.units["Ward 7"])


def test_notes_are_movement_and_reach_the_sender(world: IdeaWorld) -> None:
    number = world.hand_in()
    world.done(acts.decide, "UKHAN", number, DO_IT)
    world.clock.advance(timedelta(days=10))
    world.send_all()
    world.done(acts.note, "USAM", number, "It is ordered")
    assert world.idea(number).update_by == date(2027, 1, 3)
    assert world.history(number)[-1].part is Part.OWNER
    assert world.letters_to("UPRIYA") == ["idea_to_submitter"]
    assert "looks after" in world.refused(acts.note, "ULEE", number, "Hello")


def test_a_leaders_note_is_their_first_words_too(world: IdeaWorld) -> None:
    number = world.hand_in()
    world.done(acts.note, "UKHAN", number, "I ask for a price")
    idea = world.idea(number)
    assert (idea.state, idea.acknowledge_by) == (IdeaState.NEW, None)
    assert idea.first_words_at == world.clock.now()


def test_a_test_is_changed_tested_again_and_stopped_with_what_was_learned(world: IdeaWorld) -> None:
    number = world.hand_in()
    world.done(acts.decide, "UKHAN", number, TEST_IT)
    later = date(2027, 1, 11)
    adapt = Study(Event.TEST_ADAPTED, "Too far from the beds", "2 of 10 used it", later)
    world.done(acts.study, "USAM", number, adapt)
    assert (world.idea(number).state, world.idea(number).due_on) == (IdeaState.TESTING, later)
    abandon = Study(Event.TEST_ABANDONED, "Blankets cool too fast", "31 degrees after ten minutes")
    world.done(acts.study, "UKHAN", number, abandon)
    idea = world.idea(number)
    assert (idea.state, idea.update_by) == (IdeaState.TRIED, None)
    assert world.letters_to("UPRIYA").count("idea_to_submitter") == 3
    assert "Thank you" in world.written(world.letters()[-1])


def test_a_test_that_worked_is_kept_and_then_put_in_place(world: IdeaWorld) -> None:
    number = world.hand_in()
    world.done(acts.decide, "UKHAN", number, TEST_IT)
    assert "being tested" in world.refused(acts.decide, "UKHAN", number, DO_IT)
    world.done(acts.study, "USAM", number, Study(Event.TEST_ADOPTED, "They stay warm", "10 of 10"))
    assert (world.idea(number).state, world.idea(number).due_on) == (IdeaState.ACCEPTED, None)
    world.done(acts.implement, "USAM", number, IN_PLACE)


@pytest.mark.parametrize(
    ("study", "why"),
    [
        (Study(Event.TEST_ADOPTED, " ", "10 of 10"), "learned"),
        (Study(Event.TEST_ADAPTED, "Too far", "2 of 10"), "choose the day"),
        (Study(Event.TEST_ADAPTED, "Too far", "2 of 10", TODAY), "still to come"),
    ],
)
def test_a_study_that_lacks_something_is_given_back(world: IdeaWorld, study: Study, why: str) -> None:
    number = world.hand_in()
    world.done(acts.decide, "UKHAN", number, TEST_IT)
    assert why in world.refused(acts.study, "USAM", number, study)


def test_in_place_needs_what_was_done_a_proof_and_a_day(world: IdeaWorld) -> None:
    number = world.hand_in()
    assert "waiting for an answer" in world.refused(acts.implement, "UKHAN", number, IN_PLACE)
    world.done(acts.decide, "UKHAN", number, DO_IT)
    for what, why in (
        (Implementation("", "Come and see", TODAY), "what was done"),
        (Implementation("A warmer", " ", TODAY), "how one can see"),
        (Implementation("A warmer", "Come and see", SOON), "not in the future"),
    ):
        assert why in world.refused(acts.implement, "USAM", number, what)
    assert "looks after" in world.refused(acts.implement, "ULEE", number, IN_PLACE)
    world.done(acts.implement, "USAM", number, Implementation("A warmer", "", TODAY, "F0PROOF"))
    idea = world.idea(number)
    assert (idea.state, idea.implemented_on, idea.update_by) == (IdeaState.IMPLEMENTED, TODAY, None)
    with world.database.read() as session:
        picture = session.get_one(IdeaPicture, 1)
    assert (picture.event_seq, picture.source_file_id) == (idea.version, "F0PROOF")


def test_a_sender_who_would_lead_it_may_put_it_in_place_and_is_asked_all_the_same(world: IdeaWorld) -> None:
    number = world.hand_in(wants_to_lead=True)
    world.done(acts.decide, "UKHAN", number, Decision(Event.ACCEPTED, "Please do"))
    world.send_all()
    world.done(acts.implement, "UPRIYA", number, IN_PLACE)
    assert world.letters_to("UPRIYA") == ["idea_to_submitter"]
    assert "Is it in place?" in world.written(world.letters()[-1])


def test_a_unit_without_a_channel_is_moved_to_by_its_leaders_messages(world: IdeaWorld) -> None:
    world.change(Unit, world.units["Ward 7"], channel="")
    number = world.hand_in()
    world.done(acts.move, "UKHAN", number, world.units["Ward 7"])
    assert world.letters_to("USEVEN") == ["idea_card"]
    assert not world.facts(number).channel
