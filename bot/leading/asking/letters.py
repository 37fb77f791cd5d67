"""How posts are written when they are sent, and what a leader hears where one could not be."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from sqlmodel import Session

from bot.clock import Clock
from bot.courier.desk import Guard, Renderer, Verdict
from bot.courier.letters import Letter, put
from bot.ideas import channels, leading
from bot.leading.asking import names
from bot.leading.asking.gather import post_facts
from bot.leading.asking.words import erased_message, not_posted, post_message, words_stay
from bot.leading.usual import in_usual_hours
from bot.settings import Settings
from storage import post_rows
from storage.ideas import ChannelCheck
from storage.leading import ChannelPost
from storage.outbox import OutboxRow
from storage.people import Unit
from storage.terms import OutboxState, Priority

_NOT_THERE: Final = (OutboxState.FAILED, OutboxState.CANCELLED, OutboxState.EXPIRED)

Rendered = Mapping[str, Any] | None


def renderers() -> Mapping[str, Renderer]:
    """What makes posts and what is said about them, by name: from the database, when they are sent."""
    return MappingProxyType(
        {
            names.POST: _post,
            names.ERASED: _erased,
            names.NOT_POSTED: _not_posted,
            names.STAYS: _stays,
        }
    )


def finished(session: Session, row: OutboxRow, settings: Settings) -> None:
    """In the transaction that closes a row: whoever posted hears where it did not reach the channel.

    And those who can have it deleted, where Slack did not let words be taken out of a post.
    """
    if row.finished_at is None or row.id is None:
        return
    if row.kind == names.POST and row.state in _NOT_THERE:
        post = post_rows.post_of_row(session, row.id)
        if post is not None and post.words and post.person_id is not None:
            _tell(session, row, names.NOT_POSTED, post, [post.person_id], waits=True)
    elif row.kind == names.NOT_POSTED and row.state is OutboxState.SENT:
        # The words stand nowhere but in the hands of whoever wrote them.
        post = session.get(ChannelPost, int(row.payload["post"]))
        if post is not None:
            post.words = ""
            session.add(post)
    elif row.kind == names.ERASED and row.state is OutboxState.FAILED:
        post = session.get(ChannelPost, int(row.payload["post"]))
        # Where the message itself is gone, so are its words.
        if post is not None and not row.outcome.startswith("message_not_found"):
            day = row.finished_at.astimezone(settings.zone).date()
            people = leading.administrators(session, settings, day)
            people += leading.leadership(session.get_one(Unit, post.unit_id))
            _tell(session, row, names.STAYS, post, people)


def guards(settings: Settings, clock: Clock, team_id: str) -> Mapping[str, Guard]:
    """That a question did not arrive is no hurry: nobody hears of it at night."""

    def guard(session: Session, _row: OutboxRow, about: Mapping[str, Any]) -> Verdict:
        return in_usual_hours(session, int(about["person"]), settings, team_id, clock.now())

    return {names.NOT_POSTED: guard}


def _tell(
    session: Session, row: OutboxRow, kind: str, post: ChannelPost, people: list[int], *, waits: bool = False
) -> None:
    assert row.finished_at is not None
    for person in dict.fromkeys(people):
        letter = Letter(
            kind=kind,
            lane=f"person:{person}",
            payload={"render": kind, "post": post.id},
            recipient_id=person,
            priority=Priority.ANSWER,
            period=f"post:{post.id}",
            guard={"name": kind, "person": person} if waits else None,
        )
        put(session, letter, now=row.finished_at)


def _post(session: Session, payload: Mapping[str, Any]) -> Rendered:
    post = session.get(ChannelPost, int(payload["post"]))
    return None if post is None or not post.words else post_message(post_facts(session, post))


def _erased(session: Session, payload: Mapping[str, Any]) -> Rendered:
    post = session.get(ChannelPost, int(payload["post"]))
    if post is None:
        return None
    return erased_message(details=payload["why"] == names.DETAILS)


def _not_posted(session: Session, payload: Mapping[str, Any]) -> Rendered:
    post = session.get(ChannelPost, int(payload["post"]))
    if post is None:
        return None
    channel = _channel_of(session, post)
    check = session.get(ChannelCheck, channel)
    problem = check.problem if check is not None else ""
    return not_posted(post_facts(session, post), f"#{channel}", problem)


def _stays(session: Session, payload: Mapping[str, Any]) -> Rendered:
    post = session.get(ChannelPost, int(payload["post"]))
    return None if post is None else words_stay(f"#{_channel_of(session, post)}")


def _channel_of(session: Session, post: ChannelPost) -> str:
    return channels.key_of(session.get_one(Unit, post.unit_id).channel)
