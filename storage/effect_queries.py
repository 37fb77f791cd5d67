"""Queries for the pictures of ideas and their measures: which are due, and where their cards stand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlmodel import Session, col, select

from storage.ideas import Idea, IdeaMessage
from storage.outbox import OutboxRow
from storage.terms import IdeaMessageKind, IdeaState, OutboxState


def period_of(idea_id: int) -> str:
    """Under which period the picture of an idea is put into the outbox: once a conversation."""
    return f"effect:{idea_id}"


def without_effect(session: Session, kind: str, first: date, last: date, *, most: int) -> list[int]:
    """Verified ideas with a measure that came into place between two days and had no picture yet.

    `kind` is that of the picture's letters. The longest in place come first.
    """
    query = (
        select(Idea.id)
        .where(
            Idea.state == IdeaState.VERIFIED,
            col(Idea.measure_id).is_not(None),
            col(Idea.implemented_on) >= first,
            col(Idea.implemented_on) <= last,
        )
        .order_by(col(Idea.implemented_on), col(Idea.id))
    )
    ids = [number for number in session.exec(query).all() if number is not None]
    if not ids:
        return []
    told = select(OutboxRow.period).where(
        OutboxRow.kind == kind, col(OutboxRow.period).in_([period_of(number) for number in ids])
    )
    done = set(session.exec(told).all())
    return [number for number in ids if period_of(number) not in done][:most]


def cards_of(session: Session, idea_id: int) -> Sequence[OutboxRow]:
    """The messages that are an idea's card now, as they were sent."""
    query = (
        select(OutboxRow)
        .join(IdeaMessage, col(IdeaMessage.outbox_id) == OutboxRow.id)
        .where(
            IdeaMessage.idea_id == idea_id,
            IdeaMessage.kind == IdeaMessageKind.CARD,
            col(IdeaMessage.current).is_(True),
            OutboxRow.state == OutboxState.SENT,
        )
        .order_by(col(OutboxRow.id))
    )
    return session.exec(query).all()
