"""Talks between colleagues: who offers one, and who asked whom. What is said there is theirs."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, text
from sqlmodel import Field

from storage.base import Table
from storage.columns import OneOf, UtcDateTime, one_of
from storage.terms import TalkState

_open = text("ended_at IS NULL")
_asked = text("state = 'asked'")


class Offer(Table, table=True):
    """Somebody offers a talk: a coach about anything (no measure), a colleague about how they got there."""

    __tablename__ = "offer"
    __table_args__ = (
        Index("ix_offer_open", "measure_id", "person_id", sqlite_where=_open, postgresql_where=_open),
    )

    id: int | None = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    measure_id: int | None = Field(default=None, foreign_key="measure.id")
    words: str = Field(default="", max_length=300)
    offered_at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Talk(Table, table=True):
    """Somebody asked a coach, or a colleague who offered to tell how, for a talk.

    At most one open request from one to the same other.
    """

    __tablename__ = "talk"
    __table_args__ = (
        one_of("state", TalkState),
        Index(
            "uq_talk_asked",
            "asker_id",
            "offer_id",
            unique=True,
            sqlite_where=_asked,
            postgresql_where=_asked,
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    asker_id: int = Field(foreign_key="person.id", index=True)
    offer_id: int = Field(foreign_key="offer.id", index=True)
    state: TalkState = Field(default=TalkState.ASKED, sa_type=OneOf(TalkState))
    asked_at: datetime = Field(sa_type=UtcDateTime)
    answered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
