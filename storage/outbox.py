"""What is to be said on Slack: one row a message, written with the change that it tells of."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, LargeBinary, UniqueConstraint, text
from sqlmodel import Field

from storage.base import Table
from storage.columns import Json, OneOf, UtcDateTime, one_of
from storage.terms import Op, OutboxState, Priority

_open = text("state IN ('waiting', 'leased')")


class OutboxRow(Table, table=True):
    """One thing to post, update, respond to or publish.

    - `key` is opaque and random; it travels as message metadata, so that a row whose outcome is not known
      can be looked up before it is posted again.
    - `lane` is the conversation in our own words ("person:12", "channel:C0123"): first in, first out.
    - `UNIQUE(kind, lane, period)`: what is said once a period is said once, whatever happens.
    - `attempted_at` is committed before Slack is asked to post. A row that has it and is not finished may
      have been posted: look first.
    - `guard` names a condition that is asked again just before posting (`{"name": ..., ...}`).
    - `payload` is `{"text", "blocks"}` (post, update), a view (publish) or a response.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        UniqueConstraint("kind", "lane", "period"),
        one_of("op", Op),
        one_of("state", OutboxState),
        CheckConstraint("attempts >= 0", name="attempts_not_negative"),
        CheckConstraint("depends_on <> id", name="not_own_dependency"),
        Index("ix_outbox_due", "priority", "not_before", "id", sqlite_where=_open, postgresql_where=_open),
        Index("ix_outbox_lane_open", "lane", "id", sqlite_where=_open, postgresql_where=_open),
        Index(
            "uq_outbox_coalesce_key_waiting",
            "coalesce_key",
            unique=True,
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True, max_length=64)
    op: Op = Field(sa_type=OneOf(Op))
    kind: str = Field(max_length=40)
    lane: str = Field(max_length=64)
    period: str | None = Field(default=None, max_length=24)
    recipient_id: int | None = Field(default=None, foreign_key="person.id")
    conversation: str | None = Field(default=None, max_length=300)
    thread_ts: str | None = Field(default=None, max_length=32)
    depends_on: int | None = Field(default=None, foreign_key="outbox.id", index=True)
    coalesce_key: str | None = Field(default=None, max_length=64)
    priority: int = Priority.NOTICE
    not_before: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    guard: dict[str, Any] | None = Field(default=None, sa_type=Json)
    payload: dict[str, Any] = Field(sa_type=Json)
    state: OutboxState = Field(default=OutboxState.WAITING, sa_type=OneOf(OutboxState))
    lease_owner: str | None = Field(default=None, max_length=64)
    leased_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    attempts: int = 0
    attempted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    slack_channel: str | None = Field(default=None, max_length=24)
    slack_ts: str | None = Field(default=None, max_length=32)
    file_id: str | None = Field(default=None, max_length=24)
    outcome: str = Field(default="", max_length=300)
    created_at: datetime = Field(sa_type=UtcDateTime)
    finished_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class OutboxPicture(Table, table=True):
    """The PNG of an outbox row, until it is with Slack."""

    __tablename__ = "outbox_picture"

    outbox_id: int = Field(foreign_key="outbox.id", primary_key=True)
    png: bytes = Field(sa_type=LargeBinary)
    title: str = Field(max_length=200)
    alt_text: str = Field(max_length=2000)


class SeenKey(Table, table=True):
    """Something that came in and was done: the hash of its key, and nothing about who sent it."""

    __tablename__ = "seen_key"

    key_hash: str = Field(primary_key=True, max_length=64)
    seen_at: datetime = Field(sa_type=UtcDateTime, index=True)


class SiteFact(Table, table=True):
    """A small fact about this installation, such as the fingerprint of its secret key."""

    __tablename__ = "site_fact"

    name: str = Field(primary_key=True, max_length=100)
    value: str = Field(max_length=1000)
