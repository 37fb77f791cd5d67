"""Digests that were planned or sent, and the record of who looked at whose figures."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from storage.base import Table
from storage.columns import Json, OneOf, UtcDateTime, one_of
from storage.terms import DigestState


class Digest(Table, table=True):
    """One clinician's message for one ISO week ("2025-W29").

    `facts` are the numbers that it said, so that a later correction can be told; `reason` says why a week
    was quiet, held or skipped. `message_type` and `measure_id` are what later weeks' fatigue looks at.
    """

    __tablename__ = "digest"
    __table_args__ = (UniqueConstraint("person_id", "week"), one_of("state", DigestState))

    id: int | None = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id")
    week: str = Field(max_length=8, index=True)
    state: DigestState = Field(sa_type=OneOf(DigestState))
    reason: str = Field(default="", max_length=500)
    measure_id: int | None = Field(default=None, foreign_key="measure.id")
    message_type: str | None = Field(default=None, max_length=24)
    facts: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    message: dict[str, Any] | None = Field(default=None, sa_type=Json)
    outbox_id: int | None = Field(default=None, foreign_key="outbox.id")
    planned_at: datetime = Field(sa_type=UtcDateTime)


class Look(Table, table=True):
    """Somebody looked at a person's own figures. The person can see this record."""

    __tablename__ = "look"

    id: int | None = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    looked_at: datetime = Field(sa_type=UtcDateTime)
    looker: str = Field(max_length=200)
    what: str = Field(max_length=200)
    reason: str = Field(default="", max_length=500)
