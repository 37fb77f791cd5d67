"""Handing in: who answers, what is kept, what is told, and what is given back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlmodel import func, select

from bot.ideas import acts, gather
from bot.ideas.doing import Newcomer
from bot.ideas.facts import Draft
from storage import idea_search
from storage.engine import Database
from storage.ideas import HiddenActRow, Idea, IdeaMessage, IdeaPicture
from storage.outbox import OutboxRow
from storage.people import Membership, Person, SlackAccount, Unit
from storage.terms import IdeaEventKind as Event
from storage.terms import IdeaMessageKind, IdeaState, Part
from tests.idea_world import IdeaWorld, small_world


@pytest.fixture
def world(tmp_path: Path) -> Iterator[IdeaWorld]:
    with small_world(tmp_path) as world:
        yield world


def test_a_named_idea_is_kept_with_its_clocks_card_and_receipt(database: Database) -> None:
    world = IdeaWorld(database)
    number = world.hand_in(text="  Label the drawers of the trolley  ")
    idea = world.idea(number)
    assert (idea.text, idea.state, idea.version) == ("Label the drawers of the trolley", IdeaState.NEW, 1)
    assert (idea.acknowledge_by, idea.decide_by) == (date(2026, 11, 26), date(2026, 12, 3))
    assert [(event.seq, event.kind, event.part) for event in world.history(number)] == [
        (1, Event.HANDED_IN, Part.SUBMITTER)
    ]
    card, receipt = world.letters()
    assert (card.kind, card.lane, card.conversation) == ("idea_card", "channel:ward-4", "ward-4")
    assert (receipt.kind, receipt.recipient_id) == ("idea_receipt", world.people["UPRIYA"])
    assert [message.kind for message in world.messages(number)] == [
        IdeaMessageKind.CARD,
        IdeaMessageKind.RECEIPT,
    ]
    assert "*Thursday 26 November*" in world.written(receipt)
    with database.read() as session:
        assert idea_search.search(session, "trolley drawers").ids == (number,)


def test_no_letter_about_an_idea_holds_what_was_typed(world: IdeaWorld) -> None:
    number = world.hand_in(text="Label the drawers of the trolley")
    world.done(acts.acknowledge, "UKHAN", number, "Splendid thinking")
    world.done(acts.ask, "UREED", number, "Which colour")
    world.done(acts.answer, "UPRIYA", number, 3, "Something yellow")
    for row in world.letters():
        assert set(row.payload) <= {"render", "idea", "seq", "direct", "left"}
        assert not any(word in str(row.payload) for word in ("drawers", "Splendid", "colour", "yellow"))


def test_the_receipt_says_who_answers_and_by_when(world: IdeaWorld) -> None:
    with world.database.write() as session:
        draft = Draft(text="Label the drawers", unit_id=world.units["Ward 4"])
        done = acts.hand_in(session, world.doing(session, "UPRIYA"), draft)
    receipt = done.receipt  # type: ignore[union-attr]
    assert receipt is not None
    assert (receipt.number, receipt.leaders, receipt.deputy) == (1, ("Amira Khan", "Tom Reed"), "Jo Marsh")
    assert receipt.answer_by == date(2026, 11, 26)


def test_the_clock_runs_on_while_the_deputy_is_there(world: IdeaWorld) -> None:
    for user in ("UKHAN", "UREED"):
        world.away(user, date(2026, 11, 20), date(2026, 11, 30))
    number = world.hand_in()
    assert world.idea(number).acknowledge_by == date(2026, 11, 26)


def test_the_clock_runs_on_while_the_level_above_is_there_and_waits_over_the_holidays(
    world: IdeaWorld,
) -> None:
    """One of three at work is enough; with none of them the director hears, and answers."""
    for user in ("UKHAN", "UREED", "UDEPUTY"):
        world.away(user, date(2026, 11, 25), date(2026, 11, 26))
    assert world.idea(world.hand_in()).acknowledge_by == date(2026, 11, 26)
    world.clock.set(datetime(2026, 12, 24, 10, tzinfo=UTC))
    assert world.idea(world.hand_in(text="Another")).acknowledge_by == date(2026, 12, 30)


def test_a_unit_without_leaders_is_answered_by_the_nearest_above(world: IdeaWorld) -> None:
    number = world.hand_in(unit="Ward 9")
    idea = world.idea(number)
    assert idea.answering_unit_id == world.units["Hospital"]
    # It has no channel: the card comes to the director.
    assert world.letters_to("UDIRECTOR") == ["idea_card"]
    assert "has no channel" in world.written(world.letters()[0])
    assert world.may("UDIRECTOR", number).decide
    assert not world.may("UKHAN", number).decide


def test_where_nobody_leads_administrators_answer_and_the_receipt_says_so(world: IdeaWorld) -> None:
    world.change(Unit, world.units["Hospital"], leader_id=None)
    number = world.hand_in(unit="Ward 9")
    assert world.letters_to("UADMIN") == ["idea_card"]
    assert "Nobody is set down as leading" in world.written(world.letters()[-1])
    world.done(acts.acknowledge, "UADMIN", number, "We look for somebody")
    assert "Whoever runs Rounds" in world.refused(acts.acknowledge, "UKHAN", number, "Hello")


def test_an_idea_for_somebody_above_is_seen_by_nobody_else(world: IdeaWorld) -> None:
    number = world.hand_in(above=True)
    assert world.idea(number).answering_unit_id == world.units["Hospital"]
    assert [row.lane for row in world.letters()][:1] == [f"person:{world.people['UDIRECTOR']}"]
    seen_by = {user for user in world.people if world.sees(user, number)}
    assert seen_by == {"UPRIYA", "UDIRECTOR"}
    assert "not there" in world.refused(acts.acknowledge, "UKHAN", number, "Hello")
    assert "not there" in world.refused(acts.support, "ULEE", number)
    world.done(acts.acknowledge, "UDIRECTOR", number, "Thank you")


def test_a_leader_of_the_unit_who_stands_in_above_does_not_see_it_either(world: IdeaWorld) -> None:
    world.stands_in("UKHAN", "UDIRECTOR")
    number = world.hand_in(above=True)
    assert not world.sees("UKHAN", number)
    assert world.letters_to("UKHAN") == []


def test_above_is_refused_where_nobody_leads_there(world: IdeaWorld) -> None:
    world.change(Unit, world.units["Hospital"], leader_id=None)
    reason = world.refused(
        acts.hand_in, "UPRIYA", Draft(text="Something", unit_id=world.units["Ward 4"], above=True)
    )
    assert reason.startswith("Nobody is set down as leading above")


def test_within_their_own_control_a_team_starts_at_once_and_leaders_may_decide_otherwise(
    world: IdeaWorld,
) -> None:
    number = world.hand_in(own_control=True)
    idea = world.idea(number)
    assert (idea.state, idea.owner_id) == (IdeaState.ACCEPTED, world.people["UPRIYA"])
    assert (idea.acknowledge_by, idea.decide_by) == (None, None)
    assert idea.update_by == date(2026, 12, 24)
    assert (idea.first_words_at, idea.decided_at) == (None, None)
    assert world.letters()[0].kind == "idea_card"
    assert "may start at once" in world.written(world.letters()[-1])
    assert world.may("UKHAN", number).decide


def test_what_touches_care_never_takes_the_fast_lane(world: IdeaWorld) -> None:
    number = world.hand_in(text="Double the dose of paracetamol at night", own_control=True)
    assert (world.idea(number).state, world.idea(number).needs_approval) == (IdeaState.NEW, True)


@pytest.mark.parametrize(
    ("draft", "why"),
    [
        (Draft(text="  "), "Please say"),
        (Draft(text="x" * 3001), "longer than 3,000"),
        (Draft(text="Call the family of 943 476 5919"), "patient details"),
        (Draft(text="Tom Reed should fetch the linen"), "role"),
        (Draft(text="Something", anonymous=True, file_id="F1"), "picture"),
    ],
)
def test_what_cannot_be_kept_is_given_back_and_nothing_is_stored(
    world: IdeaWorld, draft: Draft, why: str
) -> None:
    reason = world.refused(acts.hand_in, "UPRIYA", replace(draft, unit_id=world.units["Ward 4"]))
    assert why in reason
    with world.database.read() as session:
        for table in (Idea, IdeaMessage, OutboxRow, HiddenActRow):
            assert session.exec(select(func.count()).select_from(table)).one() == 0


def test_without_a_unit_the_own_one_is_taken_and_somebody_without_is_asked(world: IdeaWorld) -> None:
    done = world.done(acts.hand_in, "USTAFF7", Draft(text="Something new"))
    assert done.idea_id is not None
    assert world.idea(done.idea_id).unit_id == world.units["Ward 7"]
    assert "choose the unit" in world.refused(acts.hand_in, "UADMIN", Draft(text="Something new"))


def test_an_anonymous_idea_leaves_nothing_but_a_sealed_row(world: IdeaWorld) -> None:
    draft = Draft(text="Something that nobody dares to say", unit_id=world.units["Ward 4"], anonymous=True)
    done = world.done(acts.hand_in, "UPRIYA", draft)
    assert done.idea_id is None
    assert done.appears_on == date(2026, 11, 25)
    assert done.receipt is not None
    assert (done.receipt.number, done.receipt.leaders) == (None, ("Amira Khan", "Tom Reed"))
    with world.database.read() as session:
        assert session.exec(select(func.count()).select_from(Idea)).one() == 0
        assert session.exec(select(func.count()).select_from(OutboxRow)).one() == 0
        assert session.exec(select(func.count()).select_from(HiddenActRow)).one() == 1


def test_without_the_sites_key_nothing_can_be_anonymous(sqlite: Database) -> None:
    world = IdeaWorld(sqlite, rounds_secret_key=SecretStr(""))
    draft = Draft(text="Something", unit_id=world.units["Ward 4"], anonymous=True)
    assert "without a name" in world.refused(acts.hand_in, "UPRIYA", draft)


def test_a_picture_is_noted_for_its_line(world: IdeaWorld) -> None:
    number = world.hand_in(file_id="F0PICTURE")
    with world.database.read() as session:
        picture = session.exec(select(IdeaPicture)).one()
    assert (picture.idea_id, picture.event_seq, picture.source_file_id) == (number, 1, "F0PICTURE")


# -- people who are in no list yet ----


def test_somebody_new_is_written_down_with_their_first_named_idea(database: Database) -> None:
    world = IdeaWorld(database)
    number = world.hand_in("UBANK", newcomer=Newcomer("Bank@Example.org", "Bo Bank", "Europe/London"))
    with database.read() as session:
        person = session.exec(select(Person).where(Person.email == "bank@example.org")).one()
        account = session.exec(select(SlackAccount).where(SlackAccount.user_id == "UBANK")).one()
        membership = session.exec(select(Membership).where(Membership.person_id == person.id)).one()
    assert world.idea(number).submitter_id == person.id
    assert (account.person_id, account.email, account.checked_at) == (
        person.id,
        person.email,
        world.clock.now(),
    )
    assert (membership.unit_id, membership.starts) == (world.units["Ward 4"], date(2026, 11, 24))
    assert world.facts(number).submitter == "Bo Bank"
    # From then on they are somebody like everybody else.
    again = world.hand_in("UBANK", text="A second one")
    assert world.idea(again).submitter_id == person.id


def test_somebody_new_without_a_name_is_not_written_down(world: IdeaWorld) -> None:
    draft = Draft(text="Something", unit_id=world.units["Ward 4"], anonymous=True)
    world.done(acts.hand_in, "UBANK", draft)
    with world.database.read() as session:
        assert session.exec(select(SlackAccount).where(SlackAccount.user_id == "UBANK")).first() is None


def test_somebody_new_whose_email_slack_does_not_show_is_told_what_to_do(world: IdeaWorld) -> None:
    draft = Draft(text="Something", unit_id=world.units["Ward 4"])
    assert "without your name" in world.refused(acts.hand_in, "UBANK", draft)


def test_an_email_that_is_somebody_elses_account_is_not_taken_over(world: IdeaWorld) -> None:
    draft = Draft(text="Something", unit_id=world.units["Ward 4"])
    newcomer = Newcomer("ukhan@example.org", "Somebody Else")
    with world.database.write() as session:
        doing = replace(world.doing(session, "UOTHER"), newcomer=newcomer)
        outcome = acts.hand_in(session, doing, draft)
    assert "not sure" in outcome.reason  # type: ignore[union-attr]


def test_an_account_that_may_have_passed_to_somebody_else_hands_in_nothing_by_name(world: IdeaWorld) -> None:
    with world.database.write() as session:
        account = session.exec(select(SlackAccount).where(SlackAccount.user_id == "UPRIYA")).one()
        account.email = "other@example.org"
    draft = Draft(text="Something", unit_id=world.units["Ward 4"])
    assert "not sure" in world.refused(acts.hand_in, "UPRIYA", draft)


# -- me too, details, withdrawing ----


def test_me_too_counts_once_changes_no_version_and_brings_the_card_up_to_date(database: Database) -> None:
    world = IdeaWorld(database)
    number = world.hand_in()
    world.send_all()
    world.done(acts.support, "ULEE", number)
    world.done(acts.support, "USAM", number)
    assert "before" in world.done(acts.support, "ULEE", number).note
    assert (world.facts(number).supporters, world.idea(number).version) == (2, 1)
    (update,) = world.letters()
    assert (update.kind, update.lane) == ("idea_update", "channel:ward-4")
    assert world.may("ULEE", number).supports


def test_ones_own_idea_cannot_be_supported(world: IdeaWorld) -> None:
    assert "your own" in world.refused(acts.support, "UPRIYA", world.hand_in())


def test_somebody_unknown_can_support_once_slack_says_who_they_are(world: IdeaWorld) -> None:
    number = world.hand_in()
    assert "does not know you" in world.refused(acts.support, "UBANK", number)
    with world.database.write() as session:
        doing = replace(world.doing(session, "UBANK"), newcomer=Newcomer("bank@example.org", "Bo Bank"))
        acts.support(session, doing, number)
    assert world.facts(number).supporters == 1


def test_a_detail_is_added_by_its_sender_alone_and_can_be_found(world: IdeaWorld) -> None:
    number = world.hand_in()
    assert "handed this idea in" in world.refused(acts.add_detail, "ULEE", number, "More")
    world.done(acts.add_detail, "UPRIYA", number, "Beside the sluice")
    with world.database.read() as session:
        assert idea_search.search(session, "sluice").ids == (number,)
    # The answer's clock is the leaders': a detail does not stop it.
    assert world.idea(number).acknowledge_by == date(2026, 11, 26)


def test_a_withdrawn_idea_is_over_and_found_no_more(world: IdeaWorld) -> None:
    number = world.hand_in()
    world.send_all()
    world.done(acts.withdraw, "UPRIYA", number, "")
    idea = world.idea(number)
    assert (idea.state, idea.acknowledge_by, idea.decide_by) == (IdeaState.WITHDRAWN, None, None)
    with world.database.read() as session:
        assert idea_search.search(session, "blanket").total == 0
    assert "was withdrawn" in world.written(world.letters()[0])
    assert "Priya Shah withdrew it first" in world.refused(acts.acknowledge, "UKHAN", number, "Hello")


def test_form_facts_have_ones_own_unit_first_and_say_where_few_work(world: IdeaWorld) -> None:
    with world.database.read() as session:
        facts = gather.form_facts(session, world.doing(session, "USTAFF7"))
        unknown = gather.form_facts(session, world.doing(session, "UBANK"))
    assert (facts.mine, facts.units[0].name, facts.units[0].few) == (world.units["Ward 7"], "Ward 7", True)
    assert {unit.name for unit in facts.units} == {"Hospital", "Ward 4", "Ward 7", "Ward 9"}
    assert [unit.few for unit in facts.units if unit.name == "Ward 4"] == [False]
    assert facts.has_above
    assert facts.anonymous_possible
    assert unknown.mine is None
