"""Named ideas, from `/idea` to "yes, it is in place", over the local workspace."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from bot.ideas import names
from storage.terms import IdeaEventKind as Event
from storage.terms import IdeaState as State
from tests.scenarios.conftest import Imported
from tests.scenarios.ideas import ORGANISATION, Story, buttons_of, opened_story, said

MARIA, JACK, CLERK = "Maria Santos", "Jack Turnbull", "Pauline Dobson"
DAVID, BLESSING, JAMES = "David Llewellyn", "Blessing Afolabi", "James Hartley"
OWEN, ISLA = "Owen Pritchard", "Isla Fraser"
ASH = "ward-ash"


@pytest.fixture(scope="module")
def story(imported: Imported, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    with opened_story(imported, tmp_path_factory.mktemp("named")) as made:
        yield made


def test_an_idea_from_the_form_to_yes_it_is_in_place(story: Story) -> None:
    number = story.hands_in(MARIA, "Keep a second blanket warmer in recovery. We run out every morning.")
    receipt = story.last_dm(MARIA)
    assert f"#{number}" in said(receipt)
    assert "Thursday 19 November" in said(receipt)
    assert buttons_of(receipt) == {names.ADD_DETAIL, names.WITHDRAW}
    card = story.card(number)
    assert card.channel == story.channel(ASH)
    assert "From Maria Santos, nurse, Ash Ward" in said(card)

    assert story.presses(JACK, card, names.ME_TOO).ok
    story.deliver()
    assert "1 says “me too”" in said(story.card(number))

    assert story.does(DAVID, number, names.ACKNOWLEDGE, **{names.WORDS: "Good catch, let us look."}).ok
    assert "Good catch, let us look." in said(story.last_dm(MARIA))
    assert "David Llewellyn" in said(story.last_dm(MARIA))

    planned = story.today + timedelta(days=14)
    given = {names.ON: planned.isoformat(), names.WHOM: story.user(JACK)}
    assert story.decides(BLESSING, number, Event.PLANNED, "We have the money for it.", **given).ok
    assert story.state(number) is State.PLANNED
    assert "We have the money for it." in said(story.last_dm(MARIA))
    assert "Jack Turnbull" in said(story.card(number))

    assert story.does(JACK, number, names.NOTE, **{names.WORDS: "It has been ordered."}).ok
    assert "It has been ordered." in story.thread(number)

    done = {names.WORDS: "It stands next to bay 3.", names.MORE_WORDS: "Have a look."}
    assert story.does(JACK, number, names.IMPLEMENT, **done).ok
    assert story.state(number) is State.IMPLEMENTED
    question = story.last_dm(MARIA)
    assert buttons_of(question) >= {names.VERIFY, names.DISPUTE}

    assert story.answers(MARIA, question, names.VERIFY).ok
    assert story.state(number) is State.VERIFIED
    assert "confirmed" in said(story.card(number)).lower()
    assert story.history(number) == [
        Event.HANDED_IN,
        Event.ACKNOWLEDGED,
        Event.PLANNED,
        Event.NOTED,
        Event.IMPLEMENTED,
        Event.VERIFIED,
    ]


def test_a_question_and_its_answer_stand_in_the_thread(story: Story) -> None:
    number = story.hands_in(MARIA, "Put the bladder scanner back on its own shelf.")
    assert story.does(DAVID, number, names.ASK, **{names.WORDS: "Which shelf would be best?"}).ok
    question = story.last_dm(MARIA)
    assert "Which shelf would be best?" in said(question)
    assert story.answers(MARIA, question, names.ANSWER, **{names.WORDS: "The one by the sluice."}).ok
    thread = story.thread(number)
    assert "Which shelf would be best?" in thread
    assert "The one by the sluice." in thread
    # A question is no answer: the idea still waits for one.
    assert story.state(number) is State.NEW


def test_a_no_says_why_after_the_coachs_questions(story: Story) -> None:
    number = story.hands_in(MARIA, "Paint the corridor yellow so that visitors find the way.")
    assert story.presses(DAVID, story.card(number), names.DECIDE).acked
    story.sandbox.click_view(story.user(DAVID), story.form(DAVID).id, names.CHOICE, Event.DECLINED.value)
    assert "What is the underlying problem?" in story.page(DAVID)
    assert "smaller version" in story.page(DAVID)
    without = story.completes(DAVID, **{names.WORDS: "The estate has one colour."})
    assert not without.ok
    story.closes(DAVID)
    reason = "The estate has one colour; signs are coming instead."
    given = {names.MORE_WORDS: "Visitors get lost.", names.SMALLER: "A sign at the lift."}
    assert story.decides(DAVID, number, Event.DECLINED, reason, **given).ok
    assert story.state(number) is State.DECLINED
    letter = said(story.last_dm(MARIA))
    assert reason in letter
    assert "Visitors get lost." in letter
    assert "Thank you for raising it" in letter


def test_what_was_tried_and_not_kept_ends_with_thanks_and_what_was_learned(story: Story) -> None:
    number = story.hands_in(MARIA, "Hold the morning handover at the whiteboard.")
    until = (story.today + timedelta(days=10)).isoformat()
    given = {names.MORE_WORDS: "It takes ten minutes less.", names.ON: until, names.WHOM: story.user(JACK)}
    assert story.decides(DAVID, number, Event.TEST_STARTED, "Two weeks, then we look.", **given).ok
    assert story.state(number) is State.TESTING
    looked = {
        names.MORE_WORDS: "It took as long as before.",
        names.WORDS: "The board is too far from the beds.",
        names.CHOICE: Event.TEST_ABANDONED.value,
    }
    assert story.does(JACK, number, names.STUDY, **looked).ok
    assert story.state(number) is State.TRIED
    letter = said(story.last_dm(MARIA))
    assert "The board is too far from the beds." in letter
    assert "Thank you" in letter


def test_not_now_comes_back_on_its_date(story: Story) -> None:
    number = story.hands_in(MARIA, "A quiet hour on the ward after lunch.")
    later = story.today + timedelta(days=20)
    words = "After the building work."
    assert story.decides(DAVID, number, Event.PUT_OFF, words, **{names.ON: later.isoformat()}).ok
    assert story.state(number) is State.NOT_NOW
    story.go_to(later)
    assert story.state(number) is State.ACKNOWLEDGED
    assert Event.CAME_BACK in story.history(number)


def test_not_yet_goes_to_the_leaders_at_once(story: Story) -> None:
    number = story.hands_in(MARIA, "Label the drawers of the dressings trolley.")
    assert story.decides(DAVID, number, Event.ACCEPTED, "Yes, please do.").ok
    assert story.does(DAVID, number, names.IMPLEMENT, **{names.WORDS: "Done.", names.MORE_WORDS: "Look."}).ok
    missing = {names.WORDS: "The lowest drawer has none."}
    assert story.answers(MARIA, story.last_dm(MARIA), names.DISPUTE, **missing).ok
    assert story.state(number) is State.DISPUTED
    assert "The lowest drawer has none." in said(story.last_dm(DAVID))
    assert story.does(
        DAVID, number, names.IMPLEMENT, **{names.WORDS: "Now all.", names.MORE_WORDS: "Look."}
    ).ok
    assert story.answers(MARIA, story.last_dm(MARIA), names.VERIFY).ok
    assert story.state(number) is State.VERIFIED


def test_one_reminder_then_it_shows_as_unverified(story: Story) -> None:
    number = story.hands_in(MARIA, "Keep spare hearing aid batteries at the desk.")
    assert story.decides(DAVID, number, Event.ACCEPTED, "Yes, please do.").ok
    assert story.does(DAVID, number, names.IMPLEMENT, **{names.WORDS: "Done.", names.MORE_WORDS: "Look."}).ok
    before = len(story.dms(MARIA))
    story.pass_days(8)
    story.pass_days(1)
    assert len(story.dms(MARIA)) == before + 1
    story.pass_days(15)
    story.pass_days(1)
    assert len(story.dms(MARIA)) == before + 1
    assert story.history(number)[-2:] == [Event.REMINDED, Event.UNVERIFIED]
    assert story.state(number) is State.IMPLEMENTED


def test_one_idea_is_joined_with_another_with_all_who_support_it(story: Story) -> None:
    first = story.hands_in(MARIA, "A printer for discharge letters nearer to the bays.")
    second = story.hands_in(JACK, "Please move the letters' printing machine closer to where we sit.")
    assert story.presses(CLERK, story.card(second), names.ME_TOO).ok
    story.deliver()
    assert story.does(DAVID, second, names.MERGE, **{names.WHICH_OTHER: f"#{first}"}).ok
    assert story.state(second) is State.MERGED
    assert story.idea(second).merged_into_id == first
    # The clerk, and whoever had the same idea.
    assert "2 say “me too”" in said(story.card(first))
    assert f"#{first}" in said(story.last_dm(JACK))
    assert story.decides(DAVID, first, Event.ACCEPTED, "We will move it.").ok
    assert "We will move it." in said(story.last_dm(JACK))
    assert "We will move it." in said(story.last_dm(MARIA))


def test_medicines_wait_for_an_approver(story: Story) -> None:
    number = story.hands_in(MARIA, "Keep paracetamol suppositories in the ward's medicine cupboard.")
    assert story.decides(DAVID, number, Event.ACCEPTED, "Good, if pharmacy agrees.").ok
    assert "approver" in said(story.last_dm(MARIA))
    letter = story.last_dm(ISLA)
    assert buttons_of(letter) >= {names.APPROVE, names.SEND_BACK}
    assert story.answers(ISLA, letter, names.APPROVE, **{names.WORDS: "Fine, count them weekly."}).ok
    assert Event.APPROVED in story.history(number)
    assert story.state(number) is State.ACCEPTED


def test_a_shared_idea_is_adopted_in_another_unit(story: Story) -> None:
    number = story.hands_in(MARIA, "Show the day's date and the ward's name on a large clock.")
    assert story.decides(DAVID, number, Event.ACCEPTED, "Yes, please do.").ok
    assert story.does(
        DAVID, number, names.IMPLEMENT, **{names.WORDS: "It hangs.", names.MORE_WORDS: "Look."}
    ).ok
    assert story.answers(MARIA, story.last_dm(MARIA), names.VERIFY, **{names.SHARE: ["yes"]}).ok
    place = story.sandbox.workspace.channels[story.channel(ORGANISATION)]
    shared = place.messages[-1]
    assert "Show the day's date" in said(shared)
    assert story.presses(JACK, shared, names.ADOPT).acked
    assert "for another unit" in story.page(JACK)
    story.closes(JACK)
    beech = next(unit for unit in story.units() if unit.name == "Beech Ward")
    assert story.answers(OWEN, shared, names.ADOPT, **{names.UNIT: str(beech.id)}).ok
    adopted = story.newest()
    assert story.idea(adopted).adopted_from_id == number
    assert story.idea(adopted).unit_id == beech.id
    assert story.card(adopted).channel == story.channel("ward-beech")
    assert "adopted by 1 other unit" in said(place.messages[-1])


# -- whoever else presses ----


def test_a_press_by_somebody_who_does_not_lead_is_kindly_explained_in_private(story: Story) -> None:
    number = story.hands_in(MARIA, "Fix the squeaking door of the sluice.")
    card = story.card(number)
    for button in (names.ACKNOWLEDGE, names.DECIDE, names.ASK):
        assert story.presses(JACK, card, button).acked
        told = story.page(JACK)
        assert DAVID in told
        assert BLESSING in told
        story.closes(JACK)
    assert story.history(number) == [Event.HANDED_IN]
    # The deputy answers as well.
    assert story.does(JAMES, number, names.ACKNOWLEDGE, **{names.WORDS: "Seen, thank you."}).ok


def test_of_two_leaders_the_second_sees_who_was_first_and_keeps_the_words(story: Story) -> None:
    number = story.hands_in(MARIA, "A hook for the wheelchair at the lift.")
    card = story.card(number)
    assert story.presses(DAVID, card, names.ACKNOWLEDGE).acked
    assert story.presses(BLESSING, card, names.DECIDE).acked
    story.sandbox.click_view(
        story.user(BLESSING), story.form(BLESSING).id, names.CHOICE, Event.ACCEPTED.value
    )
    assert story.completes(DAVID, **{names.WORDS: "I will ask the porters."}).ok
    assert story.completes(BLESSING, **{names.WORDS: "Let us simply do it."}).ok
    told = story.page(BLESSING)
    assert DAVID in told
    assert "Let us simply do it." in told
    assert story.state(number) is State.ACKNOWLEDGED
    # From there on to the page, and to a decision after all.
    assert story.presses_on_page(BLESSING, names.MORE).acked
    assert story.presses_on_page(BLESSING, names.DECIDE).acked
    story.sandbox.click_view(
        story.user(BLESSING), story.form(BLESSING).id, names.CHOICE, Event.ACCEPTED.value
    )
    assert story.completes(BLESSING, **{names.WORDS: "Let us simply do it."}).ok
    assert story.state(number) is State.ACCEPTED


def test_a_press_on_a_card_from_before_a_restart_still_works(story: Story) -> None:
    number = story.hands_in(MARIA, "A second pair of scissors on the dressings trolley.")
    card = story.card(number)
    story.restart()
    assert story.answers(DAVID, card, names.ACKNOWLEDGE, **{names.WORDS: "Yes, we need them."}).ok
    assert story.state(number) is State.ACKNOWLEDGED


def test_what_comes_twice_is_done_once(story: Story) -> None:
    story.opens_form(MARIA, "A bell at the reception that works")
    assert story.sends(MARIA).ok
    assert "Thank you" in story.page(MARIA)
    again = story.comes_again()
    story.deliver()
    number = story.newest()
    assert again.status == 200
    assert "has been handed in already" in str(again.body)
    with_text = [idea for idea in story.ideas() if idea.text.startswith("A bell at the reception")]
    assert [idea.id for idea in with_text] == [number]
    assert story.presses(JACK, story.card(number), names.ME_TOO).ok
    assert story.comes_again().status == 200
    story.deliver()
    assert "1 says “me too”" in said(story.card(number))
    story.closes(MARIA)


def test_a_command_that_comes_twice_opens_one_form_and_says_nothing_more(story: Story) -> None:
    story.opens_form(MARIA, "A shelf for the radio")
    again = story.comes_again()
    assert (again.status, again.body) == (200, "")
    story.closes(MARIA)


# -- all the other buttons ----


def test_the_sender_adds_to_an_idea_and_takes_it_back(story: Story) -> None:
    number = story.hands_in(MARIA, "Fewer alarms that nobody needs at night.")
    receipt = story.last_dm(MARIA)
    assert story.answers(MARIA, receipt, names.ADD_DETAIL, **{names.WORDS: "Above all on the pumps."}).ok
    assert "Above all on the pumps." in story.thread(number)
    assert story.answers(MARIA, receipt, names.WITHDRAW).ok
    assert story.state(number) is State.WITHDRAWN
    # The receipt is from before: a press on it shows how things are now.
    assert story.presses(
        MARIA, receipt, names.MORE if names.MORE in buttons_of(receipt) else names.WITHDRAW
    ).ok


def test_an_idea_is_assigned_moved_and_opened_again(story: Story) -> None:
    number = story.hands_in(MARIA, "A list of who is on call, next to each telephone.")
    assert story.does(DAVID, number, names.ASSIGN, **{names.WHOM: story.user(JACK)}).ok
    assert f"#{number}" in said(story.last_dm(JACK))
    beech = next(unit for unit in story.units() if unit.name == "Beech Ward")
    old = story.card(number)
    assert story.does(DAVID, number, names.MOVE, **{names.UNIT: str(beech.id)}).ok
    assert story.card(number).channel == story.channel("ward-beech")
    assert "Beech Ward" in said(old)
    assert names.DECIDE not in buttons_of(old)
    reason = "The list is on the intranet."
    given = {names.MORE_WORDS: "Nobody finds the list."}
    assert story.decides(OWEN, number, Event.DECLINED, reason, **given).ok
    assert story.does(OWEN, number, names.REOPEN, **{names.WORDS: "The intranet is down a lot."}).ok
    assert story.state(number) is State.ACKNOWLEDGED


def test_a_test_is_changed_tested_again_and_kept(story: Story) -> None:
    number = story.hands_in(MARIA, "Sit down with each new patient for five minutes.")
    until = {names.ON: (story.today + timedelta(days=7)).isoformat()}
    given = {names.MORE_WORDS: "Fewer bells.", names.WHOM: story.user(JACK), **until}
    assert story.decides(DAVID, number, Event.TEST_STARTED, "Let us try.", **given).ok
    changed = {
        names.MORE_WORDS: "Bells as before.",
        names.WORDS: "Five minutes are too short.",
        names.CHOICE: Event.TEST_ADAPTED.value,
        **until,
    }
    assert story.does(DAVID, number, names.STUDY, **changed).ok
    assert story.state(number) is State.TESTING
    kept = {
        names.MORE_WORDS: "A third fewer bells.",
        names.WORDS: "Ten minutes do it.",
        names.CHOICE: Event.TEST_ADOPTED.value,
    }
    assert story.does(DAVID, number, names.STUDY, **kept).ok
    assert story.state(number) is State.ACCEPTED


def test_an_approver_sends_it_back_and_nobody_else_can(story: Story) -> None:
    number = story.hands_in(MARIA, "Let nurses renew the saline flush for a cannula.")
    assert story.decides(DAVID, number, Event.ACCEPTED, "Yes, please.", **{names.CARE: ["yes"]}).ok
    letter = story.last_dm(ISLA)
    assert story.answers(ISLA, letter, names.SEND_BACK, **{names.WORDS: "Which strength, please?"}).ok
    assert "Which strength, please?" in said(story.last_dm(MARIA))
    assert story.state(number) is State.NEW


def test_a_form_that_lacks_something_says_what_and_keeps_the_rest(story: Story) -> None:
    number = story.hands_in(MARIA, "A mirror at the blind corner by the lift.")
    assert story.presses(DAVID, story.card(number), names.DECIDE).acked
    story.sandbox.click_view(story.user(DAVID), story.form(DAVID).id, names.CHOICE, Event.PLANNED.value)
    past = {f"{names.ON}_planned": {names.ON: "2020-01-01"}, names.WHOM: story.user(JACK)}
    wrong = story.completes(DAVID, **{names.WORDS: "Good.", **past})
    assert wrong.errors == {f"{names.ON}_planned": "Choose a day that is not in the past."}
    named = story.completes(
        DAVID,
        **{
            names.WORDS: "Maria Santos will see to it.",
            f"{names.ON}_planned": {names.ON: (story.today + timedelta(days=3)).isoformat()},
        },
    )
    assert named.errors is not None
    assert "role" in named.errors[names.WORDS]
    # Chosen otherwise, the words are still there.
    story.sandbox.click_view(story.user(DAVID), story.form(DAVID).id, names.CHOICE, Event.ACCEPTED.value)
    assert story.completes(DAVID, **{names.WORDS: "Good, please do."}).ok
    assert story.state(number) is State.ACCEPTED


def test_from_a_list_to_the_page_to_a_form_and_no_further(story: Story) -> None:
    number = story.hands_in(MARIA, "Non-slip socks in three sizes.")
    user = story.user(DAVID)
    assert story.sandbox.run_command(user, "/ideas", "socks").acked
    shown = story.sandbox.workspace.ephemerals_for(user)[-1]
    more = names.beside(names.MORE, number)
    assert story.sandbox.click(user, shown.ts, more, channel=shown.channel).acked
    assert story.presses_on_page(DAVID, names.ACKNOWLEDGE).acked
    assert story.completes(DAVID, **{names.WORDS: "Thank you, we will look."}).ok
    assert story.state(number) is State.ACKNOWLEDGED
    # A "me too" on the page shows there.
    assert story.presses(JACK, story.card(number), names.MORE).acked
    assert story.presses_on_page(JACK, names.ME_TOO).acked
    assert "1 says “me too”" in story.page(JACK)
    story.closes(JACK)
