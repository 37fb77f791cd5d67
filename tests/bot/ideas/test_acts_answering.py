"""What leaders answer: whose press counts, who was first, what an approver says, what the sender hears."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from bot.ideas import acts
from bot.ideas.decisions import Decision
from storage.engine import Database
from storage.people import RoleGrant
from storage.terms import IdeaEventKind as Event
from storage.terms import IdeaState, Part, RoleName
from tests.idea_world import IdeaWorld, small_world

SOON = date(2026, 12, 8)
DO_IT = Decision(Event.ACCEPTED, "Let us do it")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[IdeaWorld]:
    with small_world(tmp_path) as world:
        yield world


def test_first_words_stop_the_first_clock_and_reach_the_sender(database: Database) -> None:
    world = IdeaWorld(database)
    number = world.hand_in()
    world.send_all()
    world.done(acts.acknowledge, "UKHAN", number, "Good catch", 1)
    idea = world.idea(number)
    assert (idea.state, idea.acknowledge_by) == (IdeaState.ACKNOWLEDGED, None)
    assert idea.decide_by == date(2026, 12, 3)
    assert idea.first_words_at == world.clock.now()
    kinds = [(row.kind, row.lane) for row in world.letters()]
    sender = f"person:{world.people['UPRIYA']}"
    assert kinds == [
        ("idea_update", "channel:ward-4"),
        ("idea_note", "channel:ward-4"),
        ("idea_to_submitter", sender),
    ]
    assert "Good catch" in world.written(world.letters()[2])
    assert world.letters()[2].priority == 0


def test_whoever_does_not_lead_gets_a_kind_explanation(world: IdeaWorld) -> None:
    number = world.hand_in()
    reason = world.refused(acts.decide, "ULEE", number, DO_IT)
    assert reason.startswith("This is for the leaders of Ward 4 (Amira Khan and Tom Reed).")
    assert "Ward 4" in world.refused(acts.acknowledge, "USEVEN", number, "Hello")
    assert world.kinds(number) == [Event.HANDED_IN]


@pytest.mark.parametrize("user", ["UKHAN", "UREED", "UDEPUTY"])
def test_the_pair_and_the_deputy_decide(world: IdeaWorld, user: str) -> None:
    assert world.done(acts.decide, user, world.hand_in(), DO_IT).idea_id == 1


def test_whoever_stands_in_for_a_leader_decides_for_that_long(world: IdeaWorld) -> None:
    number = world.hand_in()
    world.stands_in("ULEE", "UKHAN", date(2026, 11, 24), date(2026, 11, 25))
    assert world.may("ULEE", number).decide
    world.clock.advance(timedelta(days=2))
    assert "leaders of Ward 4" in world.refused(acts.decide, "ULEE", number, DO_IT)


def test_two_leaders_at_once_the_second_sees_who_was_first(database: Database) -> None:
    world = IdeaWorld(database)
    number = world.hand_in()
    world.clock.set(datetime(2026, 11, 24, 10, 32, tzinfo=UTC))
    world.done(acts.acknowledge, "UKHAN", number, "Good catch, <!channel>", 1)
    reason = world.refused(acts.acknowledge, "UREED", number, "Thanks", 1)
    assert reason == (
        "Amira Khan answered first, at 10:32: “Good catch, &lt;!channel&gt;”. Yours was not saved."
    )
    later = world.refused(acts.decide, "UREED", number, replace(DO_IT, version=1))
    assert later.startswith("Amira Khan answered first")
    world.done(acts.decide, "UREED", number, replace(DO_IT, version=2))
    world.clock.advance(timedelta(days=1))
    reason = world.refused(acts.decide, "UKHAN", number, replace(DO_IT, version=2))
    assert reason.startswith("Tom Reed answered first, on Tuesday 24 November: “Let us do it”")


def test_what_changes_no_answer_comes_in_between_a_decision_and_its_form(world: IdeaWorld) -> None:
    number = world.hand_in()
    world.done(acts.support, "ULEE", number)
    world.done(acts.add_detail, "UPRIYA", number, "Beside the sluice")
    world.done(acts.note, "UREED", number, "I asked for a price")
    world.done(acts.ask, "UREED", number, "Which bay")
    world.done(acts.decide, "UKHAN", number, replace(DO_IT, version=1))
    assert world.idea(number).state is IdeaState.ACCEPTED


def test_ones_own_first_words_do_not_stand_in_the_way_of_ones_decision(world: IdeaWorld) -> None:
    number = world.hand_in()
    world.done(acts.acknowledge, "UKHAN", number, "Good catch", 1)
    world.done(acts.decide, "UKHAN", number, replace(DO_IT, version=1))


def test_the_same_press_twice_changes_nothing_more(world: IdeaWorld) -> None:
    number = world.hand_in()
    world.done(acts.acknowledge, "UKHAN", number, "Good catch", 1)
    reason = world.refused(acts.acknowledge, "UKHAN", number, "Good catch", 1)
    assert reason == "#1 is being thought about now, so this cannot be done any more. Nothing was saved."
    assert world.kinds(number) == [Event.HANDED_IN, Event.ACKNOWLEDGED]


@pytest.mark.parametrize(
    ("decision", "why"),
    [
        (Decision(Event.ACCEPTED, " "), "sentence"),
        (Decision(Event.DECLINED, ""), "reason"),
        (Decision(Event.PUT_OFF, "", on=SOON), "reason"),
        (Decision(Event.PUT_OFF, "No money this year"), "choose a day"),
        (Decision(Event.PUT_OFF, "No money this year", on=date(2026, 11, 24)), "still to come"),
        (Decision(Event.PLANNED, "In spring", on=date(2026, 11, 1)), "still to come"),
        (Decision(Event.TEST_STARTED, "For two weeks", on=SOON), "expect"),
        (Decision(Event.TEST_STARTED, "For two weeks", "Fewer cold patients"), "choose a day"),
        (Decision(Event.ACCEPTED, "Ring 943 476 5919"), "patient details"),
        (Decision(Event.ACCEPTED, "Good", owner_user="UNOBODY"), "does not know the person"),
    ],
)
def test_a_decision_that_lacks_something_is_given_back(
    world: IdeaWorld, decision: Decision, why: str
) -> None:
    number = world.hand_in()
    assert why in world.refused(acts.decide, "UKHAN", number, decision)
    assert world.idea(number).version == 1


def test_what_is_no_decision_is_a_mistake_of_the_program(world: IdeaWorld) -> None:
    with pytest.raises(ValueError, match="no decision"):
        world.do(acts.decide, "UKHAN", world.hand_in(), Decision(Event.VERIFIED, "Yes"))


@pytest.mark.parametrize(
    ("decision", "state", "fields"),
    [
        (Decision(Event.ACCEPTED, "Yes", on=SOON, owner_user="USAM"), IdeaState.ACCEPTED, {"due_on": SOON}),
        (Decision(Event.PLANNED, "Yes", on=SOON, owner_user="USAM"), IdeaState.PLANNED, {"due_on": SOON}),
        (
            Decision(Event.TEST_STARTED, "Two weeks", "Fewer cold patients", SOON, "USAM"),
            IdeaState.TESTING,
            {"due_on": SOON},
        ),
        (Decision(Event.PUT_OFF, "No money", on=SOON), IdeaState.NOT_NOW, {"look_again_on": SOON}),
        (Decision(Event.DECLINED, "The lift is listed", "The stairs"), IdeaState.DECLINED, {}),
    ],
)
def test_each_decision_sets_its_days_owner_and_clocks(
    world: IdeaWorld, decision: Decision, state: IdeaState, fields: dict[str, date]
) -> None:
    number = world.hand_in()
    world.done(acts.decide, "UKHAN", number, decision)
    idea, line = world.idea(number), world.facts(number).history[-1]
    assert idea.state is state
    assert {name: getattr(idea, name) for name in fields} == fields
    assert (idea.acknowledge_by, idea.decide_by) == (None, None)
    assert idea.decided_at == world.clock.now()
    assert idea.owner_id == (world.people["USAM"] if decision.owner_user else None)
    going_on = state in (IdeaState.ACCEPTED, IdeaState.PLANNED, IdeaState.TESTING)
    assert idea.update_by == (date(2026, 12, 24) if going_on else None)
    assert (line.words, line.more, line.on, line.part) == (
        decision.words,
        decision.more,
        decision.on,
        Part.LEADER,
    )
    # An owner hears at once, and so does the sender, in the leader's words.
    assert world.letters_to("USAM") == (["idea_to_leader"] if decision.owner_user else [])
    assert world.letters_to("UPRIYA") == ["idea_receipt", "idea_to_submitter"]


def test_a_decision_can_be_changed_and_what_was_put_off_can_be_taken_up_again(world: IdeaWorld) -> None:
    number = world.hand_in()
    world.done(acts.decide, "UKHAN", number, Decision(Event.PUT_OFF, "No money", on=SOON))
    world.done(acts.reopen, "UREED", number, "There is money now")
    idea = world.idea(number)
    assert (idea.state, idea.look_again_on, idea.decide_by) == (
        IdeaState.ACKNOWLEDGED,
        None,
        date(2026, 12, 3),
    )
    world.done(acts.decide, "UKHAN", number, Decision(Event.DECLINED, "It is gone again"))
    assert world.idea(number).state is IdeaState.DECLINED
    assert not world.may("UKHAN", number).decide
    assert world.may("UKHAN", number).reopen


# -- approval ----


@pytest.fixture
def care(world: IdeaWorld) -> int:
    return world.hand_in(text="Give paracetamol before the dressing is changed")


def test_what_touches_care_waits_for_an_approver_in_the_leaders_words(database: Database) -> None:
    world = IdeaWorld(database)
    number = world.hand_in(text="Give paracetamol before the dressing is changed")
    planned = Decision(Event.PLANNED, "From Monday", on=SOON, owner_user="USAM", touches_care=True)
    done = world.done(acts.decide, "UKHAN", number, planned)
    assert "approver has been asked" in done.note
    idea = world.idea(number)
    assert (idea.state, idea.owner_id, idea.acknowledge_by) == (IdeaState.NEW, None, None)
    assert idea.first_words_at == world.clock.now()
    facts = world.facts(number)
    assert facts.waits_for_approval
    assert facts.history[-1].proposes is Event.PLANNED
    assert world.letters_to("UAPPROVER") == ["idea_to_approver"]
    assert not world.may("UKHAN", number).answer
    world.clock.advance(timedelta(hours=3))
    world.done(acts.approve, "UAPPROVER", number, 2, "Fine with me")
    idea, last = world.idea(number), world.facts(number).history[-1]
    assert (idea.state, idea.due_on, idea.owner_id) == (IdeaState.PLANNED, SOON, world.people["USAM"])
    assert (last.kind, last.who, last.words, last.on) == (Event.PLANNED, "Amira Khan", "From Monday", SOON)
    assert world.history(number)[-1].facts["approved_by"] == world.people["UAPPROVER"]
    assert world.kinds(number)[-2:] == [Event.APPROVED, Event.PLANNED]
    assert not world.facts(number).waits_for_approval


def test_an_approver_sends_back_and_the_leader_who_asked_hears(world: IdeaWorld, care: int) -> None:
    world.done(acts.decide, "UREED", care, replace(DO_IT, touches_care=True))
    assert "what is needed" in world.refused(acts.send_back, "UAPPROVER", care, 2, "")
    world.done(acts.send_back, "UAPPROVER", care, 2, "First ask the pain team")
    assert world.idea(care).state is IdeaState.NEW
    assert world.letters_to("UREED") == ["idea_to_leader"]
    assert world.letters_to("UKHAN") == []
    assert "Pat Grove sent it back first" in world.refused(acts.approve, "UAPPROVER", care, 2) or (
        "no longer waiting" in world.refused(acts.approve, "UAPPROVER", care, 2)
    )


def test_after_an_approvers_no_the_tick_cannot_be_taken_out(world: IdeaWorld, care: int) -> None:
    world.done(acts.decide, "UKHAN", care, replace(DO_IT, touches_care=True))
    world.done(acts.send_back, "UAPPROVER", care, 2, "First ask the pain team")
    world.done(acts.decide, "UKHAN", care, DO_IT)
    assert world.facts(care).waits_for_approval


def test_a_mere_word_can_be_cleared_by_the_leader(world: IdeaWorld, care: int) -> None:
    assert world.facts(care).needs_approval
    world.done(acts.decide, "UKHAN", care, DO_IT)
    assert (world.idea(care).state, world.idea(care).needs_approval) == (IdeaState.ACCEPTED, False)


def test_a_leader_may_say_that_it_touches_care_where_no_word_does(world: IdeaWorld) -> None:
    number = world.hand_in()
    world.done(acts.decide, "UKHAN", number, replace(DO_IT, touches_care=True))
    assert world.idea(number).needs_approval
    assert world.facts(number).waits_for_approval


def test_no_and_not_now_need_no_approver(world: IdeaWorld, care: int) -> None:
    world.done(acts.decide, "UKHAN", care, Decision(Event.DECLINED, "It is done already"))
    assert world.idea(care).state is IdeaState.DECLINED


def test_a_leader_who_may_approve_decides_at_once(world: IdeaWorld, care: int) -> None:
    with world.database.write() as session:
        grant = RoleGrant(
            person_id=world.people["UKHAN"], role=RoleName.APPROVER, unit_id=world.units["Ward 4"]
        )
        session.add(grant)
    world.done(acts.decide, "UKHAN", care, replace(DO_IT, touches_care=True))
    assert world.idea(care).state is IdeaState.ACCEPTED


def test_without_an_approver_the_leader_is_told_what_to_do(world: IdeaWorld, care: int) -> None:
    world.leave("UAPPROVER")
    reason = world.refused(acts.decide, "UKHAN", care, replace(DO_IT, touches_care=True))
    assert "roles.csv" in reason
    assert world.kinds(care) == [Event.HANDED_IN]


def test_only_an_approver_approves_and_only_what_waits(world: IdeaWorld, care: int) -> None:
    world.done(acts.decide, "UKHAN", care, replace(DO_IT, touches_care=True))
    assert "Only an approver" in world.refused(acts.approve, "UKHAN", care, 2)
    # A newer decision takes the place of the one that waited.
    world.done(acts.decide, "UREED", care, replace(DO_IT, words="Or like this", touches_care=True))
    assert "Tom Reed asked for approval first" in world.refused(acts.approve, "UAPPROVER", care, 2)
    world.done(acts.approve, "UAPPROVER", care, 3)
    assert world.facts(care).history[-1].words == "Or like this"


def test_an_approver_asks_and_gets_the_answer(world: IdeaWorld, care: int) -> None:
    world.done(acts.decide, "UKHAN", care, replace(DO_IT, touches_care=True))
    world.done(acts.ask, "UAPPROVER", care, "Which dose")
    world.done(acts.answer, "UPRIYA", care, 3, "The usual one")
    assert world.letters_to("UAPPROVER") == ["idea_to_approver", "idea_to_leader"]


# -- questions ----


def test_a_question_goes_to_the_sender_and_its_answer_into_the_thread(world: IdeaWorld) -> None:
    number = world.hand_in()
    world.done(acts.ask, "UKHAN", number, "Which bay")
    assert world.idea(number).acknowledge_by == date(2026, 11, 26)
    assert world.may("UPRIYA", number).answer
    world.send_all()
    assert "handed this idea in" in world.refused(acts.answer, "ULEE", number, 2, "Three")
    world.done(acts.answer, "UPRIYA", number, 2, "Bay three")
    rows = world.letters()
    assert [row.kind for row in rows] == ["idea_update", "idea_note", "idea_update"]
    assert "Bay three" in world.written(rows[1])
    assert world.facts(number).history[-1].answers == 2
    assert not world.may("UPRIYA", number).answer


def test_a_question_to_somebody_who_has_left_says_so_and_breaks_nothing(world: IdeaWorld) -> None:
    number = world.hand_in()
    world.send_all()
    world.leave("UPRIYA")
    assert "no Slack account" in world.done(acts.ask, "UKHAN", number, "Which bay").note
    world.done(acts.decide, "UKHAN", number, DO_IT)
    assert {row.lane for row in world.letters()} == {"channel:ward-4"}
    assert world.idea(number).state is IdeaState.ACCEPTED


def test_a_leader_answers_an_idea_of_their_own_and_is_not_written_to(world: IdeaWorld) -> None:
    number = world.hand_in("UKHAN")
    world.send_all()
    world.done(acts.acknowledge, "UKHAN", number, "I keep it in mind")
    assert [row.lane for row in world.letters()] == ["channel:ward-4", "channel:ward-4"]
    assert world.history(number)[-1].part is Part.LEADER
