"""Where cards stand when nobody leads the unit, nobody can be reached, or the channel may not have them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.courier.desk import Cancel
from bot.ideas import acts
from bot.ideas.decisions import Decision
from bot.ideas.letters import guards, idea_finished
from storage.ideas import ChannelCheck
from storage.outbox import OutboxRow
from storage.people import RoleGrant, Unit
from storage.terms import IdeaEventKind as Event
from storage.terms import IdeaMessageKind, Op, OutboxState, RoleName
from tests.idea_world import TEAM, IdeaWorld, small_world


@pytest.fixture
def world(tmp_path: Path) -> Iterator[IdeaWorld]:
    with small_world(tmp_path) as world:
        yield world


def give_channel(world: IdeaWorld, unit: str = "Ward 9") -> None:
    world.change(Unit, world.units[unit], channel="#ward-9")
    with world.database.write() as session:
        session.add(ChannelCheck(channel="ward-9", channel_id="C0000009", checked_at=world.clock.now()))


def cards(world: IdeaWorld) -> list[OutboxRow]:
    return [row for row in world.letters() if row.kind == "idea_card"]


def ask_guard(world: IdeaWorld, row: OutboxRow) -> Any:
    with world.database.write() as session:
        assert row.guard is not None
        return guards(world.settings, world.clock, TEAM)["idea_channel"](session, row, row.guard)


def fail(world: IdeaWorld, row: OutboxRow, state: OutboxState = OutboxState.FAILED) -> None:
    with world.database.write() as session:
        held = session.get_one(OutboxRow, row.id)
        held.state, held.outcome, held.finished_at = state, "is_archived", world.clock.now()
        session.add(held)
        idea_finished(session, held, world.settings, TEAM)


def test_leaders_above_who_do_not_read_the_wards_channel_get_the_card_as_well(world: IdeaWorld) -> None:
    give_channel(world)
    number = world.hand_in(unit="Ward 9")
    in_channel, direct = cards(world)
    assert (in_channel.conversation, in_channel.recipient_id) == ("ward-9", None)
    assert direct.recipient_id == world.people["UDIRECTOR"]
    assert "nobody leads Ward 9 itself" in world.written(direct)
    assert world.facts(number).channel
    world.send_all()
    world.done(acts.acknowledge, "UDIRECTOR", number, "Good catch")
    # Both are kept up to date; what the leader said is not noted in their own messages.
    assert len([row for row in world.letters() if row.op is Op.UPDATE]) >= 2
    assert world.letters_to("UDIRECTOR") == []


def test_where_nobody_leads_at_all_the_administrators_get_it(world: IdeaWorld) -> None:
    give_channel(world)
    world.change(Unit, world.units["Hospital"], leader_id=None)
    world.hand_in(unit="Ward 9")
    assert [row.recipient_id for row in cards(world)] == [None, world.people["UADMIN"]]


def test_an_idea_that_moves_to_such_a_ward_reaches_them_too(world: IdeaWorld) -> None:
    give_channel(world)
    number = world.hand_in()
    world.send_all()
    world.done(acts.move, "UKHAN", number, world.units["Ward 9"])
    assert [row.recipient_id for row in cards(world)] == [None, world.people["UDIRECTOR"]]


def test_where_that_channel_fails_they_keep_the_card_that_they_have(world: IdeaWorld) -> None:
    give_channel(world)
    number = world.hand_in(unit="Ward 9")
    fail(world, cards(world)[0])
    assert [row.recipient_id for row in cards(world)] == [world.people["UDIRECTOR"]]
    kept = [message for message in world.messages(number) if message.kind is IdeaMessageKind.CARD]
    assert [message.current for message in kept] == [False, True]


def test_a_ward_with_leaders_of_its_own_has_one_card(world: IdeaWorld) -> None:
    world.hand_in()
    assert [row.recipient_id for row in cards(world)] == [None]


def test_where_no_leader_has_an_account_any_more_the_administrators_hear(world: IdeaWorld) -> None:
    for user in ("UKHAN", "UREED", "UDEPUTY"):
        world.leave(user)
    world.hand_in()
    (card,) = cards(world)
    fail(world, card)
    assert [row.recipient_id for row in cards(world)] == [world.people["UADMIN"]]


def test_an_update_goes_to_no_channel_that_may_not_have_it_but_taking_words_out_does(
    world: IdeaWorld,
) -> None:
    number = world.hand_in()
    world.send_all()
    with world.database.write() as session:
        session.get_one(ChannelCheck, "ward-4").problem = "#ward-4 has guests in it."
    world.done(acts.support, "ULEE", number)
    (update,) = (row for row in world.letters() if row.op is Op.UPDATE)
    assert ask_guard(world, update) == Cancel("#ward-4 has guests in it.")
    world.done(acts.remove_details, "UKHAN", number)
    world.done(acts.ask, "UKHAN", number, "Which bay")
    unguarded = [
        row
        for row in world.letters()
        if row.op is Op.UPDATE and row.guard is None and row.depends_on == update.depends_on
    ]
    assert len(unguarded) == 1
    assert "blanket" not in world.written(unguarded[0])


def approval_asked(world: IdeaWorld) -> int:
    number = world.hand_in(text="Give paracetamol without a prescription")
    decision = Decision(Event.ACCEPTED, "Yes", owner_user="USAM", touches_care=True)
    world.done(acts.decide, "UKHAN", number, decision)
    assert world.letters_to("UAPPROVER") == ["idea_to_approver"]
    world.send_all()
    return number


def test_an_approvers_question_loses_its_buttons_when_the_idea_is_withdrawn(world: IdeaWorld) -> None:
    number = approval_asked(world)
    world.done(acts.withdraw, "UPRIYA", number, "")
    assert not world.facts(number).waits_for_approval
    (update,) = (row for row in world.letters() if row.lane == f"person:{world.people['UAPPROVER']}")
    assert "idea_approve" not in world.written(update)


def test_and_when_the_leaders_decide_otherwise(world: IdeaWorld) -> None:
    number = approval_asked(world)
    world.done(acts.decide, "UREED", number, Decision(Event.DECLINED, "It is there already", "No need"))
    (update,) = (row for row in world.letters() if row.lane == f"person:{world.people['UAPPROVER']}")
    assert "idea_approve" not in world.written(update)


def test_approvers_of_the_ward_that_it_moves_to_are_asked(world: IdeaWorld) -> None:
    number = approval_asked(world)
    with world.database.write() as session:
        grant = RoleGrant(
            person_id=world.people["USTAFF7"], role=RoleName.APPROVER, unit_id=world.units["Ward 7"]
        )
        session.add(grant)
    world.done(acts.move, "UKHAN", number, world.units["Ward 7"])
    assert world.letters_to("USTAFF7") == ["idea_to_approver"]
    assert world.letters_to("UAPPROVER") == []


def test_a_leader_whose_account_is_gone_when_the_card_is_sent_leaves_no_silence(world: IdeaWorld) -> None:
    world.hand_in(unit="Ward 9")
    (card,) = cards(world)
    assert card.recipient_id == world.people["UDIRECTOR"]
    fail(world, card)
    assert [row.recipient_id for row in cards(world)] == [world.people["UADMIN"]]


def test_a_change_that_was_put_off_does_not_bring_a_card_back_that_was_left_behind(world: IdeaWorld) -> None:
    number = world.hand_in()
    world.send_all()
    world.done(acts.support, "ULEE", number)
    (update,) = (row for row in world.letters() if row.op is Op.UPDATE)
    world.done(acts.move, "UKHAN", number, world.units["Ward 7"])
    assert ask_guard(world, update) == Cancel("the card is elsewhere now")


def test_an_idea_for_somebody_above_is_not_lost_where_only_its_own_leaders_lead_there_by_now(
    world: IdeaWorld,
) -> None:
    number = world.hand_in(above=True)
    world.change(Unit, world.units["Hospital"], leader_id=world.people["UKHAN"])
    for user in ("UKHAN", "UREED", "UDIRECTOR"):
        assert not world.sees(user, number)
    world.done(acts.acknowledge, "UADMIN", number, "I will find somebody")
