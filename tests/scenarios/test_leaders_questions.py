"""A leader asks the team, a reply becomes an idea with its author's yes, a lesson is shared: over Slack."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, time, timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from bot.ideas import names as idea_names
from bot.ideas.names import beside
from bot.leading.asking import acts, names, words
from bot.leading.asking.choose import is_lesson_week
from bot.sandbox import Message
from bot.sandbox.things import BOT_USER_ID
from bot.slack_blocks import actions, button
from handlers.deps import NOT_SAVED
from storage.leading import ChannelPost, LeaderMessage
from storage.people import SlackAccount
from storage.terms import Posted
from tests.scenarios.conftest import Imported, everything_in
from tests.scenarios.ideas import Story, buttons_of, opened_story, said
from tests.scenarios.test_ideas_forms import stalled

MARIA, JACK, CHLOE = "Maria Santos", "Jack Turnbull", "Chloe Sanderson"
# Who leads Ash Ward, and its manager.
DAVID, BLESSING = "David Llewellyn", "Blessing Afolabi"
CHANNEL = "ward-ash"
WEDNESDAY = date(2026, 11, 18)
OWN = "What could we try on Fridays so that nobody goes home late?"
REPLY = "A second printer at the desk: we queue for it after every round."
LESSON = "I was sure of a plan and did not ask whether it was clear. Now I ask what others would do first."


@pytest.fixture
def story(imported: Imported, tmp_path: Path) -> Iterator[Story]:
    """A hospital on Tuesday 17 November 2026."""
    with opened_story(imported, tmp_path) as made:
        made.deliver()
        yield made


def week_of(story: Story, who: str, day: date = WEDNESDAY) -> Message:
    """The leader's week, as it comes in the morning."""
    story.go_to(day, time(8, 31))
    story.parts.leaders.tick()
    story.deliver()
    return latest_week(story, who)


def latest_week(story: Story, who: str) -> Message:
    return [one for one in story.dms(who) if one.text.startswith("Your week")][-1]


def in_channel(story: Story, name: str = CHANNEL) -> list[Message]:
    """What Rounds wrote into the channel."""
    return [
        one
        for one in story.sandbox.workspace.channels[story.channel(name)].messages
        if one.user == BOT_USER_ID
    ]


def posts(story: Story) -> list[ChannelPost]:
    with story.hospital.database.read() as session:
        return list(session.exec(select(ChannelPost)))


def typed(story: Story, who: str) -> str:
    """What stands in the form's field for words."""
    blocks = story.form(who).payload["blocks"]
    boxes = [block["element"] for block in blocks if block["type"] == "input"]
    return str(next(box for box in boxes if box["action_id"] == names.WORDS).get("initial_value", ""))


def asks(story: Story, who: str, text: str = "") -> Message:
    """Ask from the leader's Home; the post."""
    story.home(who)
    assert story.presses_at_home(who, names.ASK).acked
    result = story.completes(who, **({names.WORDS: text} if text else {}))
    assert result.ok, (result.error, result.errors)
    story.closes(who)
    return in_channel(story)[-1]


def replies(story: Story, who: str, post: Message, text: str = REPLY) -> None:
    """Answer in the thread of a post."""
    assert story.sandbox.send_message(story.user(who), text, post.channel, post.ts).ok


def menu(story: Story, who: str, post: Message, choice: str) -> None:
    value = f"{posts(story)[-1].id}:{choice}"
    assert story.sandbox.click(story.user(who), post.ts, names.MENU, value, channel=post.channel).acked
    story.deliver()


def test_a_leader_asks_from_their_week_and_the_pair_sees_it(story: Story) -> None:
    week, other = week_of(story, DAVID), latest_week(story, BLESSING)
    assert names.ASK in buttons_of(week)
    assert story.presses(DAVID, week, names.ASK).acked
    offered = typed(story, DAVID)
    assert f"“{offered}”" in said(week)
    assert f"“{offered}”" in said(other)
    assert story.completes(DAVID, **{names.WORDS: OWN}).ok
    assert f"#{CHANNEL}" in story.told(DAVID)
    post = in_channel(story)[-1]
    assert f"*{DAVID} asks:*" in said(post)
    assert OWN in said(post)
    assert words.STAYS_A_MESSAGE in said(post)
    assert "<!" not in said(post)
    assert [(one.kind, one.words, one.question) for one in posts(story)] == [(Posted.QUESTION, OWN, "")]
    # Both weeks say so now, and so does the form of the other one, who may still ask.
    for who, told in ((DAVID, "You have asked this week"), (BLESSING, f"{DAVID} has asked this week")):
        assert told in said(latest_week(story, who))
        assert told in story.home(who)
    assert story.presses(BLESSING, other, names.ASK).acked
    assert f"{DAVID} has asked" in story.page(BLESSING)
    assert story.completes(BLESSING).ok
    assert in_channel(story)[-1].text == f"{BLESSING} asks the team"
    assert posts(story)[-1].words == offered


def test_another_question_is_chosen_and_nothing_typed_is_lost(story: Story) -> None:
    story.home(DAVID)
    assert story.presses_at_home(DAVID, names.ASK).acked
    view = story.form(DAVID)
    menu = next(b["accessory"] for b in view.payload["blocks"] if b.get("block_id") == names.ANOTHER)
    one, two = menu["options"][:2]
    clicked = story.sandbox.click_view(story.user(DAVID), view.id, names.ANOTHER, one["value"])
    assert clicked.acked
    assert typed(story, DAVID) == one["text"]["text"]
    block = f"{names.WORDS}_1"
    result = story.sandbox._run(
        story.sandbox.people.click_view(
            story.user(DAVID), view.id, names.ANOTHER, two["value"], {block: {names.WORDS: OWN}}
        )
    )
    assert result.acked
    assert typed(story, DAVID) == f"{OWN}\n{two['text']['text']}"


def test_names_and_patient_details_stay_in_the_form(story: Story) -> None:
    story.home(DAVID)
    for action in (names.ASK, names.LESSON):
        assert story.presses_at_home(DAVID, action).acked
        for text in ("What did the patient 943 476 5919 say?", f"What could {JACK} do better?", "  "):
            result = story.completes(DAVID, **{names.WORDS: text})
            assert not result.ok
            assert result.errors
        story.closes(DAVID)
    assert posts(story) == []


def test_the_other_one_asked_while_the_form_was_open(story: Story) -> None:
    for who in (DAVID, BLESSING):
        story.home(who)
        assert story.presses_at_home(who, names.ASK).acked
    assert story.completes(DAVID).ok
    story.completes(BLESSING, **{names.WORDS: OWN})
    assert len(posts(story)) == 1
    assert f"{DAVID} has asked" in story.page(BLESSING)
    assert typed(story, BLESSING) == OWN
    assert story.completes(BLESSING).ok
    assert [one.words for one in posts(story)][-1] == OWN


def test_a_reply_becomes_an_idea_with_its_authors_yes(story: Story) -> None:
    post = asks(story, DAVID)
    replies(story, MARIA, post, "Nothing much, thank you")
    replies(story, CHLOE, post)
    assert story.presses(JACK, post, names.REPLIES).acked
    page = story.page(JACK)
    assert page.index(REPLY[:20]) < page.index("Nothing much")
    assert CHLOE in page
    assert DAVID not in page
    before = [row.id for row in story.outbox()]
    assert story.presses_on_page(JACK, beside(names.REPLY, 0)).acked
    assert "The author is asked" in story.told(JACK)
    # Nothing of the reply is kept anywhere.
    kept = [str(row.payload) for row in story.outbox() if row.id not in before]
    assert kept
    assert "printer" not in " ".join(kept)
    story.deliver()
    question = story.last_dm(CHLOE)
    assert f"{JACK} thinks that it should" in said(question)
    assert story.presses(CHLOE, question, idea_names.YES_MAKE).acked
    assert REPLY in story.page(CHLOE)
    assert story.completes(CHLOE).ok
    story.closes(CHLOE)
    assert story.idea(story.newest()).text == REPLY


def test_ones_own_reply_opens_at_once(story: Story) -> None:
    post = asks(story, DAVID)
    replies(story, MARIA, post)
    assert story.presses(MARIA, post, names.REPLIES).acked
    assert "*You*" in story.page(MARIA)
    assert story.presses_on_page(MARIA, beside(names.REPLY, 0)).acked
    assert REPLY in story.page(MARIA)
    assert "suggested" not in story.page(MARIA)
    assert story.completes(MARIA).ok
    story.closes(MARIA)
    assert story.idea(story.newest()).text == REPLY


def test_the_shortcut_works_in_the_thread_and_an_unknown_author_is_told_of(story: Story) -> None:
    post = asks(story, DAVID)
    replies(story, CHLOE, post)
    reply = story.sandbox.workspace.channels[post.channel].messages[-1]
    shortcut = story.sandbox.run_message_shortcut
    assert shortcut(story.user(JACK), idea_names.MESSAGE_SHORTCUT, reply.channel, reply.ts).acked
    assert "The author is asked" in story.told(JACK)
    with story.hospital.database.write() as session:
        account = session.exec(select(SlackAccount).where(SlackAccount.user_id == story.user(MARIA))).one()
        session.delete(account)
    replies(story, MARIA, post, "The linen trolley stands in the way")
    assert story.presses(JACK, post, names.REPLIES).acked
    assert "A colleague" in story.page(JACK)
    assert story.presses_on_page(JACK, beside(names.REPLY, 0)).acked
    assert "Rounds does not know the author" in story.told(JACK)


def test_the_replies_are_for_those_in_the_channel(story: Story) -> None:
    post = asks(story, DAVID)
    assert story.presses(JACK, post, names.REPLIES).acked
    assert words.NO_REPLIES in story.told(JACK)
    replies(story, MARIA, post)
    # In Slack somebody can look into a public channel without being in it.
    story.sandbox.leave_channel(story.user(JACK), post.channel)
    forged = forged_for(story, JACK, post)
    assert story.presses(JACK, forged, names.REPLIES).acked
    told = story.told(JACK)
    assert words.NOT_IN_CHANNEL in told
    assert REPLY not in told


def forged_for(story: Story, who: str, message: Message) -> Message:
    """The buttons of a message in a conversation of somebody's own."""
    workspace = story.sandbox.workspace
    place = workspace.open_dm(story.user(who))
    return workspace.post(place, replace(message, ts=workspace.new_ts(), channel=place.id, thread_ts=None))


def test_whoever_leads_nothing_is_told_so(story: Story) -> None:
    ask = button(names.ASK, words.ASK, "1")
    made = Message("", "", BOT_USER_ID, "Your week", [{**actions(ask), "block_id": "b"}])
    assert story.presses(JACK, forged_for(story, JACK, made), names.ASK).acked
    assert "those who lead it" in story.told(JACK)
    assert names.ASK not in story.home(JACK)


def test_a_channel_without_rounds_says_what_to_do(story: Story) -> None:
    story.sandbox.workspace.leave(story.channel(CHANNEL), BOT_USER_ID)
    story.pass_days(1)
    story.home(DAVID)
    assert story.presses_at_home(DAVID, names.ASK).acked
    assert "/invite @Rounds" in story.page(DAVID)
    result = story.completes(DAVID, **{names.WORDS: OWN})
    assert "/invite @Rounds" in str(result.errors)
    assert typed(story, DAVID)
    assert posts(story) == []


def test_a_lesson_is_offered_now_and_then_and_shared(story: Story) -> None:
    david = person_of(story, DAVID)
    with story.hospital.database.write() as session:
        before = LeaderMessage(
            person_id=david, day=WEDNESDAY - timedelta(days=9), week=True, planned_at=story.clock.now()
        )
        session.add(before)
    monday = date(2026, 11, 23)
    while not is_lesson_week(david, monday):
        monday += timedelta(weeks=1)
    week = week_of(story, DAVID, monday)
    assert names.LESSON in buttons_of(week)
    assert story.presses(DAVID, week, names.LESSON).acked
    assert typed(story, DAVID) == ""
    assert "under your name" in story.page(DAVID)
    assert story.completes(DAVID, **{names.WORDS: LESSON}).ok
    post = in_channel(story)[-1]
    assert f"*{DAVID} shares something learned:*" in said(post)
    assert LESSON in said(post)
    # On the Home it can always be opened.
    assert names.LESSON in _home_actions(story, DAVID)


def person_of(story: Story, who: str) -> int:
    with story.hospital.database.read() as session:
        query = select(SlackAccount.person_id).where(SlackAccount.user_id == story.user(who))
        return session.exec(query).one()


def _home_actions(story: Story, who: str) -> str:
    story.home(who)
    view = story.sandbox.workspace.home(story.user(who))
    assert view is not None
    return everything_in(view.payload["blocks"])


@pytest.mark.parametrize(("who", "why"), [(DAVID, names.TAKE_BACK), (BLESSING, names.DETAILS)])
def test_a_post_is_taken_back(story: Story, who: str, why: str) -> None:
    post = asks(story, DAVID, OWN)
    replies(story, MARIA, post)
    menu(story, JACK, post, why)
    assert acts.NOT_YOURS in story.told(JACK)
    assert OWN in said(in_channel(story)[-1])
    menu(story, who, post, why)
    assert acts.ERASED_NOW in story.told(who)
    left = in_channel(story)[-1]
    assert said(left).count(words.ERASED if why == names.TAKE_BACK else words.ERASED_DETAILS) == 2
    assert OWN not in said(left)
    assert buttons_of(left) == set()
    assert [one.words for one in posts(story)] == [""]
    assert OWN not in " ".join(str(row.payload) for row in story.outbox())


def test_the_same_form_twice_is_one_post(story: Story) -> None:
    asks(story, DAVID)
    submission = next(b for b in reversed(story.came_in) if b["type"] == "view_submission")
    story.came_in.append(submission)
    assert story.comes_again().status == 200
    story.deliver()
    assert len(posts(story)) == 1


def test_a_busy_database_keeps_the_words(story: Story) -> None:
    story.home(DAVID)
    assert story.presses_at_home(DAVID, names.ASK).acked
    with stalled(story):
        result = story.sends(DAVID, **{names.WORDS: OWN})
    assert NOT_SAVED in str(result.errors)
    assert story.completes(DAVID).ok
    assert [one.words for one in posts(story)] == [OWN]
