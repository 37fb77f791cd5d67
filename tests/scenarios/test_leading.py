"""What a leader gets unasked over two weeks, and what they do with it, over the local workspace."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from bot.ideas import names as idea_names
from bot.leading import names
from bot.sandbox import Message
from bot.sandbox.people import ActResult
from storage.leading import IdeaSnooze, NotMine
from storage.terms import IdeaEventKind as Event
from storage.terms import IdeaState as State
from tests.scenarios.conftest import Imported
from tests.scenarios.ideas import Story, buttons_of, opened_story, said

MARIA, JACK = "Maria Santos", "Jack Turnbull"
# Who leads Ash Ward, its manager and deputy; and the pair above.
DAVID, BLESSING, JAMES = "David Llewellyn", "Blessing Afolabi", "James Hartley"
RUTH, PETER = "Ruth Adeyemi", "Peter Standish"
WEDNESDAY = date(2026, 11, 18)
THURSDAY = WEDNESDAY + timedelta(days=1)
MONDAY = date(2026, 11, 23)
IDEA = "Keep a second blanket warmer in recovery. We run out every morning."


@pytest.fixture
def story(imported: Imported, tmp_path: Path) -> Iterator[Story]:
    """A hospital on Tuesday 17 November 2026, in which an idea of Ash Ward is number 1."""
    with opened_story(imported, tmp_path) as made:
        yield made


def morning(story: Story, day: date, at: time = time(8, 31)) -> None:
    """Go on to half an hour after leaders' hours begin; what is due comes."""
    story.go_to(day, at)
    story.parts.leaders.tick()
    story.deliver()


def mornings(story: Story, first: date, last: date) -> None:
    """Every working morning from one day to another."""
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        if day.weekday() < 5:
            morning(story, day)


def unasked(story: Story, who: str) -> list[Message]:
    """What somebody got unasked, oldest first."""
    return [
        one
        for one in story.dms(who)
        if one.text.startswith(("Your week", "This idea has", "These ideas have", "Nothing in this message"))
        or " waiting for your " in one.text
    ]


def about(story: Story, who: str, number: int) -> list[Message]:
    """Those of them that tell of an idea."""
    return [one for one in unasked(story, who) if f"#{number} " in said(one)]


def again(story: Story, who: str, message: Message) -> Message:
    """The same message as it stands now."""
    return next(one for one in story.dms(who) if one.ts == message.ts)


def beside(action: str, number: int) -> str:
    return idea_names.beside(action, number)


def snoozes(story: Story, who: str, message: Message, number: int, days: int) -> ActResult:
    """Choose so many days in the menu of a message."""
    action = beside(names.SNOOZE, number)
    value = f"{number}:{days}"
    result = story.sandbox.click(story.user(who), message.ts, action, value, channel=message.channel)
    story.deliver()
    return result


def rows(story: Story, table: Any) -> list[Any]:
    with story.hospital.database.read() as session:
        return list(session.exec(select(table)))


def waiting_on_thursday(story: Story) -> tuple[int, Message]:
    """An idea that has waited for two working days, and the leader's message that tells of it."""
    number = story.hands_in(MARIA, IDEA)
    mornings(story, WEDNESDAY, THURSDAY)
    return number, about(story, DAVID, number)[-1]


def test_an_idea_that_waited_two_working_days_comes_once_in_the_morning(story: Story) -> None:
    number = story.hands_in(MARIA, IDEA)
    morning(story, WEDNESDAY)
    # The first message of the week is the leader's week; the idea is not in it yet.
    assert [one.text for one in unasked(story, DAVID)] == ["Your week · 16–20 November"]
    assert about(story, DAVID, number) == []
    morning(story, THURSDAY, time(8, 29))
    assert about(story, DAVID, number) == []
    morning(story, THURSDAY)
    message = about(story, DAVID, number)[0]
    assert message.text == "One idea is waiting for your first words"
    assert "2 working days" in said(message)
    assert f"*#{number}" not in said(message)
    for at in (time(8, 40), time(12, 0), time(17, 0)):
        morning(story, THURSDAY, at)
    story.restart()
    morning(story, THURSDAY, time(17, 30))
    assert len(about(story, DAVID, number)) == 1
    # Nobody else hears of it yet.
    for who in (BLESSING, JAMES, RUTH, PETER, MARIA):
        assert about(story, who, number) == []


def test_a_leader_answers_in_the_message_and_it_says_so(story: Story) -> None:
    number, message = waiting_on_thursday(story)
    action = beside(idea_names.ACKNOWLEDGE, number)
    assert story.answers(DAVID, message, action, **{idea_names.WORDS: "Good catch, let us look."}).ok
    assert story.state(number) is State.ACKNOWLEDGED
    assert "Good catch, let us look." in said(story.last_dm(MARIA))
    now = again(story, DAVID, message)
    assert "*answered by David Llewellyn*" in said(now)
    assert now.text == "Nothing in this message waits for you any more"
    assert buttons_of(now) == set()
    morning(story, THURSDAY + timedelta(days=1))
    assert len(about(story, DAVID, number)) == 1


def test_a_leader_decides_in_the_message(story: Story) -> None:
    number, message = waiting_on_thursday(story)
    assert story.presses(DAVID, message, beside(idea_names.DECIDE, number)).acked
    view = story.form(DAVID)
    story.sandbox.click_view(story.user(DAVID), view.id, idea_names.CHOICE, Event.ACCEPTED.value)
    assert story.completes(DAVID, **{idea_names.WORDS: "Yes, let us do it."}).ok
    assert story.state(number) is State.ACCEPTED
    assert "*answered by David Llewellyn*" in said(again(story, DAVID, message))


def test_a_snoozed_idea_comes_back_when_its_days_are_over_and_twice_at_most(story: Story) -> None:
    number, message = waiting_on_thursday(story)
    due = story.idea(number).acknowledge_by
    assert snoozes(story, DAVID, message, number, 1).acked
    assert "*snoozed for 1 working day*" in said(again(story, DAVID, message))
    assert story.idea(number).acknowledge_by == due
    morning(story, THURSDAY + timedelta(days=1))
    assert len(about(story, DAVID, number)) == 1
    morning(story, MONDAY)
    back = about(story, DAVID, number)[-1]
    assert back.text == "Your week · 23–27 November"
    assert snoozes(story, DAVID, back, number, 1).acked
    assert "This was the last time" in said(again(story, DAVID, back))
    mornings(story, MONDAY + timedelta(days=1), MONDAY + timedelta(days=2))
    last = about(story, DAVID, number)[-1]
    assert last.ts != back.ts
    assert beside(names.SNOOZE, number) not in buttons_of(last)
    assert [(one.days, one.day) for one in rows(story, IdeaSnooze)] == [(1, THURSDAY), (1, MONDAY)]


def test_not_mine_names_who_hears_instead_and_they_do(story: Story) -> None:
    number, message = waiting_on_thursday(story)
    assert story.presses(DAVID, message, beside(names.NOT_MINE, number)).acked
    page = story.page(DAVID)
    assert BLESSING in page
    assert JAMES in page
    assert story.completes(DAVID).ok
    assert len(rows(story, NotMine)) == 1
    assert "*not yours*" in said(again(story, DAVID, message))
    morning(story, THURSDAY + timedelta(days=1))
    assert len(about(story, DAVID, number)) == 1
    assert about(story, JAMES, number) or about(story, BLESSING, number)


def test_it_belongs_to_another_unit(story: Story) -> None:
    number, message = waiting_on_thursday(story)
    assert story.presses(DAVID, message, beside(names.NOT_MINE, number)).acked
    assert story.presses_on_page(DAVID, idea_names.MOVE).acked
    beech = next(unit.id for unit in story.units() if unit.name == "Beech Ward")
    assert story.completes(DAVID, **{idea_names.UNIT: str(beech)}).ok
    assert "*now with Beech Ward*" in said(again(story, DAVID, message))
    assert rows(story, NotMine) == []


def test_four_six_and_eight_working_days(story: Story) -> None:
    number = story.hands_in(MARIA, IDEA)
    mornings(story, WEDNESDAY, MONDAY)
    # Four: in bold, in the week.
    bold = about(story, DAVID, number)[-1]
    assert bold.text == "Your week · 23–27 November"
    assert f"*#{number} " in said(bold)
    assert "*4 working days*" in said(bold)
    mornings(story, MONDAY + timedelta(days=1), MONDAY + timedelta(days=2))
    # Six: the deputy and the manager as well.
    six = about(story, DAVID, number)[-1]
    assert "hear of it too" in said(six)
    for who in (BLESSING, JAMES):
        theirs = about(story, who, number)
        assert len(theirs) == 1
        assert "it comes to you as well after 6 working days" in said(theirs[0])
        assert beside(idea_names.DECIDE, number) in buttons_of(theirs[0])
    mornings(story, MONDAY + timedelta(days=3), MONDAY + timedelta(days=4))
    assert about(story, RUTH, number) == []
    count = len(about(story, DAVID, number))
    mornings(story, MONDAY + timedelta(days=7), MONDAY + timedelta(days=11))
    # Eight: the pair above, once, in their week; the leaders hear no more of it.
    assert len(about(story, DAVID, number)) == count
    for who in (RUTH, PETER):
        theirs = about(story, who, number)
        assert [one.text for one in theirs] == ["Your week · 30 November – 4 December"]
        assert "where David Llewellyn and Blessing Afolabi answer" in said(theirs[0])
    mornings(story, MONDAY + timedelta(days=14), MONDAY + timedelta(days=15))
    assert len(about(story, RUTH, number)) == 1
    # Whoever it went up to may decide.
    action = beside(idea_names.DECIDE, number)
    assert story.presses(RUTH, about(story, RUTH, number)[0], action).acked
    story.sandbox.click_view(story.user(RUTH), story.form(RUTH).id, idea_names.CHOICE, Event.ACCEPTED.value)
    assert story.completes(RUTH, **{idea_names.WORDS: "Yes. I will find the place for it."}).ok
    assert story.state(number) is State.ACCEPTED


def test_a_press_that_whoever_it_is_does_not_have_changes_nothing(story: Story) -> None:
    number, message = waiting_on_thursday(story)
    workspace = story.sandbox.workspace
    for action, value in ((names.SNOOZE, f"{number}:7"), (names.NOT_MINE, None)):
        # The button of somebody else's message, as if it stood in a conversation of theirs.
        place = workspace.open_dm(story.user(JACK))
        forged = workspace.post(place, replace(message, ts=workspace.new_ts(), channel=place.id))
        act = story.sandbox.click(
            story.user(JACK), forged.ts, beside(action, number), value, channel=forged.channel
        )
        assert act.acked
        assert "leaders" in story.told(JACK)
    assert rows(story, IdeaSnooze) == []
    assert rows(story, NotMine) == []


def test_an_answer_between_planning_and_sending_takes_the_message_back(story: Story) -> None:
    number = story.hands_in(MARIA, IDEA)
    morning(story, WEDNESDAY)
    story.go_to(THURSDAY, time(8, 31))
    story.parts.leaders.tick()
    message = story.card(number)
    assert story.presses(BLESSING, message, idea_names.ACKNOWLEDGE).acked
    assert story.sends(BLESSING, **{idea_names.WORDS: "Good catch."}).ok
    story.deliver()
    assert about(story, DAVID, number) == []
    assert [one.state.value for one in story.outbox() if one.kind == names.LEADER_MESSAGE][-1] == "cancelled"


def test_nothing_comes_in_do_not_disturb_and_all_of_it_after(story: Story) -> None:
    number = story.hands_in(MARIA, IDEA)
    morning(story, WEDNESDAY)
    story.sandbox.workspace.set_dnd(story.user(DAVID), (time(6, 0), time(11, 0)))
    story.go_to(THURSDAY, time(8, 30))
    for at in (time(8, 31), time(9, 30), time(10, 59)):
        story.clock.set(datetime.combine(THURSDAY, at, story.hospital.settings.zone))
        story.parts.leaders.tick()
        # It waits in the outbox, which is not empty then.
        assert not story.parts.courier.drain(0.5)
        assert about(story, DAVID, number) == []
    story.clock.set(datetime.combine(THURSDAY, time(11, 1), story.hospital.settings.zone))
    story.parts.leaders.tick()
    story.deliver()
    assert len(about(story, DAVID, number)) == 1


def test_the_week_opens_the_board(story: Story) -> None:
    number = story.hands_in(MARIA, IDEA)
    morning(story, WEDNESDAY)
    week = unasked(story, DAVID)[-1]
    assert story.presses(DAVID, week, idea_names.LIST).acked
    assert "Waiting for an answer" in story.page(DAVID)
    assert f"#{number}" in story.page(DAVID)


def test_the_receipt_says_who_hears_of_it_if_it_waits(story: Story) -> None:
    story.hands_in(MARIA, IDEA)
    wanted = (
        "Should it still wait after 6 working days, Blessing Afolabi and James Hartley hear of it as well."
    )
    assert wanted in said(story.last_dm(MARIA))
