"""What leaders do: put a question or a lesson to the unit's channel, and take it away again."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlmodel import Session

from bot.access import may_ask, may_erase_post
from bot.courier.letters import Letter, put
from bot.ideas import channels, leading
from bot.ideas.doing import Doing, Done, Outcome, Refused
from bot.leading.asking import names
from bot.leading.asking.choose import taken_from
from bot.leading.asking.facts import Draft
from bot.leading.asking.gather import latest_question
from bot.leading.asking.questions import question_of
from bot.leading.kept import refresh_weeks
from storage.leading import ChannelPost
from storage.outbox import OutboxRow
from storage.people import Unit
from storage.terms import Op, Posted, Priority

NOT_A_LEADER = "Questions to a unit's channel are put by those who lead it. Your own ideas go in by `/idea`."
NO_CHANNEL = "This unit has no channel in Rounds any more. Please choose another one."
ASKED_MEANWHILE = "A question has just been put to the team. Send yours again to see it first."
NOT_YOURS = "This can be taken away by whoever wrote it, by the unit's leaders, and by whoever runs Rounds."
GONE = "This has been taken away already."
ERASED_NOW = "Its words go from the channel and from Rounds now. Replies in the thread stay as they are."
# Later it would be a question of another week.
_WORTH: Final = timedelta(days=2)


def put_to_channel(session: Session, doing: Doing, draft: Draft) -> Outcome:
    """Put a question or a lesson to the unit's channel, in the words and under the name of its leader."""
    person = leading.known(doing.actor)
    if person is None or draft.unit_id is None or not may_ask(doing.actor, draft.unit_id):
        return Refused(NOT_A_LEADER)
    # Whoever of the pair comes second in the same moment waits here, and is told.
    unit = session.get(Unit, draft.unit_id, with_for_update=True)
    channel = channels.key_of(unit.channel) if unit is not None else ""
    if unit is None or not channel:
        return Refused(NO_CHANNEL)
    problem = channels.channel_problem(session, channel, doing.now)
    if isinstance(problem, str):
        return Refused(problem)
    if draft.kind is Posted.QUESTION and latest_question(session, [draft.unit_id], doing) > draft.seen:
        return Refused(ASKED_MEANWHILE)
    post = ChannelPost(
        unit_id=draft.unit_id,
        person_id=person,
        kind=draft.kind,
        question=_key(draft),
        words=draft.words,
        posted_at=doing.now,
    )
    session.add(post)
    session.flush()
    letter = Letter(
        kind=names.POST,
        lane=f"channel:{channel}"[:64],
        payload={"render": names.POST, "post": post.id},
        conversation=channel,
        guard={"name": channels.GUARD, "channel": channel},
        expires_at=doing.now + _WORTH,
    )
    post.outbox_id = put(session, letter, now=doing.now)
    session.add(post)
    session.flush()
    if draft.kind is Posted.QUESTION:
        # The pair's weeks say who has asked (L8).
        refresh_weeks(session, leading.leadership(unit), doing.today, doing.now)
    return Done(note=f"It goes to #{channel} now, in your words and under your name.")


def take_away(session: Session, doing: Doing, post_id: int, why: str) -> Outcome:
    """Take a post's words from the channel and from Rounds (`names.TAKE_BACK` or `names.DETAILS`)."""
    post = session.get(ChannelPost, post_id, with_for_update=True)
    if post is None:
        return Refused(GONE)
    if not may_erase_post(doing.actor, post.unit_id, post.person_id):
        return Refused(NOT_YOURS)
    if not post.words:
        return Refused(GONE)
    clear_words(session, post, why, doing.now)
    return Done(note=ERASED_NOW)


def clear_words(session: Session, post: ChannelPost, why: str, now: datetime) -> None:
    """Take a post's words from the channel and from Rounds, whoever asks for it."""
    post.words = ""
    session.add(post)
    row = None if post.outbox_id is None else session.get(OutboxRow, post.outbox_id)
    if row is not None and row.id is not None:
        # A post that still waits finds no words when its turn comes. Words are taken out whatever the
        # channel has become: no guard.
        letter = Letter(
            kind=names.ERASED,
            lane=row.lane,
            op=Op.UPDATE,
            payload={"render": names.ERASED, "post": post.id, "why": why},
            depends_on=row.id,
            priority=Priority.ANSWER,
        )
        put(session, letter, now=now)
    session.flush()


def _key(draft: Draft) -> str:
    """The shipped question that was asked; "" where the words are the leader's own."""
    if draft.kind is not Posted.QUESTION:
        return ""
    offered = question_of(draft.key)
    return offered.key if offered is not None and taken_from(draft.words, offered) else ""
