"""Its end: confirmed, disputed, shared, adopted; and patient details taken out everywhere."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlmodel import select

from bot.ideas import acts
from bot.ideas.decisions import Decision, Implementation
from storage import idea_search
from storage.engine import Database
from storage.ideas import ChannelCheck, IdeaEvent, IdeaPicture
from storage.terms import IdeaEventKind as Event
from storage.terms import IdeaMessageKind, IdeaState, Op, Part
from tests.idea_world import IdeaWorld, small_world

TODAY = date(2026, 11, 24)
DO_IT = Decision(Event.ACCEPTED, "Let us do it", owner_user="USAM")
IN_PLACE = Implementation("The warmer stands there", "Come and see", TODAY)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[IdeaWorld]:
    with small_world(tmp_path) as world:
        yield world


def in_place(world: IdeaWorld, user: str = "UPRIYA") -> int:
    """An idea that waits for its sender's word; everything about it was sent."""
    number = world.hand_in(user)
    world.done(acts.decide, "UKHAN", number, DO_IT)
    world.done(acts.implement, "USAM", number, IN_PLACE)
    world.send_all()
    return number


def test_only_its_sender_confirms_and_the_question_loses_its_buttons(database: Database) -> None:
    world = IdeaWorld(database)
    number = in_place(world)
    for user in ("UKHAN", "USAM", "ULEE"):
        assert "handed this idea in" in world.refused(acts.verify, user, number, False)
        assert "handed this idea in" in world.refused(acts.dispute, user, number, "No")
    assert world.may("UPRIYA", number).verify
    world.done(acts.verify, "UPRIYA", number, False)
    idea = world.idea(number)
    assert (idea.state, idea.verified_at) == (IdeaState.VERIFIED, world.clock.now())
    sender = f"person:{world.people['UPRIYA']}"
    assert (sender, Op.UPDATE) in [(row.lane, row.op) for row in world.letters()]


def test_a_dispute_reaches_leaders_and_owner_at_once_and_work_goes_on(world: IdeaWorld) -> None:
    number = in_place(world)
    assert "what is missing" in world.refused(acts.dispute, "UPRIYA", number, " ")
    world.done(acts.dispute, "UPRIYA", number, "It has no plug")
    for user in ("UKHAN", "UREED", "UDEPUTY", "USAM"):
        assert world.letters_to(user) == ["idea_to_leader"]
    idea = world.idea(number)
    assert (idea.state, idea.update_by) == (IdeaState.DISPUTED, date(2026, 12, 24))
    world.done(acts.implement, "USAM", number, IN_PLACE)
    world.done(acts.verify, "UPRIYA", number, False)
    assert world.idea(number).state is IdeaState.VERIFIED


def test_somebody_who_moved_on_within_the_hospital_still_confirms(world: IdeaWorld) -> None:
    """I19: the membership ends, the idea does not."""
    number = in_place(world, "USTAFF7")
    world.done(acts.verify, "USTAFF7", number, False)


def test_with_consent_the_whole_organisation_sees_it(sqlite: Database) -> None:
    world = IdeaWorld(sqlite, rounds_organisation_channel="#all-staff")
    with sqlite.write() as session:
        session.add(ChannelCheck(channel="all-staff", checked_at=world.clock.now()))
    number = in_place(world)
    world.done(acts.verify, "UPRIYA", number, True)
    assert world.kinds(number)[-2:] == [Event.VERIFIED, Event.SHARED]
    assert world.idea(number).shared_at == world.clock.now()
    (shared,) = (row for row in world.letters() if row.kind == "idea_shared")
    assert (shared.lane, shared.guard) == (
        "channel:all-staff",
        {"name": "idea_channel", "channel": "all-staff"},
    )
    assert "We will adopt this" in world.written(shared)


def test_without_consent_or_channel_nothing_is_shared(sqlite: Database) -> None:
    world = IdeaWorld(sqlite, rounds_organisation_channel="#all-staff")
    number = in_place(world)
    world.done(acts.verify, "UPRIYA", number, False)
    assert world.kinds(number)[-1] is Event.VERIFIED
    assert not world.facts(number).shared


def test_an_adoption_is_an_idea_of_its_own_tied_to_the_first(database: Database) -> None:
    world = IdeaWorld(database)
    number = in_place(world)
    assert "waits to be confirmed" in world.refused(acts.adopt, "USTAFF7", number, world.units["Ward 7"])
    world.done(acts.verify, "UPRIYA", number, False)
    world.send_all()
    assert "work in, or lead" in world.refused(acts.adopt, "ULEE", number, world.units["Ward 7"])
    assert "work in, or lead" in world.refused(acts.adopt, "ULEE", number, world.units["Ward 4"])
    done = world.done(acts.adopt, "USTAFF7", number, world.units["Ward 7"])
    assert done.idea_id is not None
    adopted = world.facts(done.idea_id)
    assert (adopted.text, adopted.unit) == (world.facts(number).text, "Ward 7")
    assert (adopted.adopted_from, adopted.adopted_from_unit) == (number, "Ward 4")
    assert adopted.submitter == "Finn Abel"
    assert (world.facts(number).adoptions, world.facts(number).history[-1].whom) == (1, "Ward 7")
    assert world.letters_to("UPRIYA") == ["idea_to_submitter"]
    assert world.letters_to("USTAFF7") == ["idea_receipt"]
    assert "already: it is #2" in world.refused(acts.adopt, "USEVEN", number, world.units["Ward 7"])


# -- patient details ----


def test_patient_details_go_everywhere_and_who_took_them_out_stays(database: Database) -> None:
    world = IdeaWorld(database)
    number = world.hand_in(text="The lady in bed nine", file_id="F0PICTURE")
    world.done(acts.ask, "UKHAN", number, "Which lady")
    world.done(acts.answer, "UPRIYA", number, 2, "The lady with the cast")
    world.done(acts.decide, "UKHAN", number, Decision(Event.DECLINED, "She has gone home", "A lady again"))
    sent = [row.id for row in world.send_all() if row.op is Op.POST]
    world.done(acts.remove_details, "UKHAN", number)
    idea = world.idea(number)
    assert (idea.text, idea.state, idea.details_removed_at) == ("", IdeaState.DECLINED, world.clock.now())
    last = world.history(number)[-1]
    assert (last.kind, last.actor_id, last.part) == (
        Event.DETAILS_REMOVED,
        world.people["UKHAN"],
        Part.LEADER,
    )
    with database.read() as session:
        for event in session.exec(select(IdeaEvent)):
            assert (event.words, event.more) == ("", "")
        assert session.exec(select(IdeaPicture)).one().removed_at is not None
        assert idea_search.search(session, "lady bed nine").total == 0
    # Every message that was sent is written anew, and holds none of the words.
    changed = {row.depends_on for row in world.letters() if row.op is Op.UPDATE}
    assert set(sent) <= changed
    for row in [*world.letters(waiting=False)]:
        assert not any(word in world.written(row) for word in ("lady", "cast", "gone home"))
    assert [line.removed for line in world.facts(number).history] == [False, True, True, True, False]


def test_details_are_taken_out_by_those_concerned_only(world: IdeaWorld) -> None:
    number = in_place(world)
    assert "tell one of them now" in world.refused(acts.remove_details, "ULEE", number)
    for user in ("UPRIYA", "UKHAN", "USAM", "UADMIN"):
        assert world.may(user, number).remove_details
    world.done(acts.remove_details, "UADMIN", number)
    assert world.history(number)[-1].part is Part.COLLEAGUE
    assert "Nothing" in world.done(acts.remove_details, "UPRIYA", number).note


def test_an_adopted_copy_keeps_its_words_and_whoever_removes_is_told_of_it(world: IdeaWorld) -> None:
    number = in_place(world)
    world.done(acts.verify, "UPRIYA", number, False)
    copy = world.done(acts.adopt, "USTAFF7", number, world.units["Ward 7"]).idea_id
    assert copy is not None
    assert f"#{copy}" in world.done(acts.remove_details, "UPRIYA", number).note
    assert world.idea(copy).text
    assert "nothing to adopt" in world.refused(acts.adopt, "USEVEN", number, world.units["Ward 7"])


def test_a_card_that_was_left_behind_still_says_where_the_idea_is(world: IdeaWorld) -> None:
    number = world.hand_in()
    world.send_all()
    world.done(acts.move, "UKHAN", number, world.units["Ward 7"])
    world.send_all()
    world.done(acts.remove_details, "USEVEN", number)
    old = next(message for message in world.messages(number) if message.kind is IdeaMessageKind.CARD)
    (update,) = (row for row in world.letters() if row.depends_on == old.outbox_id)
    assert "is now with Ward 7" in world.written(update)
