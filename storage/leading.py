"""What leaders are sent unasked and when not, and how they lead: their aim, what they put to the channel."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from sqlalchemy import CheckConstraint, Index, Text, UniqueConstraint, text
from sqlmodel import Field

from storage.base import Table
from storage.columns import Json, OneOf, UtcDateTime, one_of
from storage.terms import FOREVER, Posted, Rung, Which

_unanswered = text("answered_at IS NULL")


class UnitRules(Table, table=True):
    """How one unit's leaders are reminded, where it differs from the site's settings; None is the site's.

    `rungs` are four ascending numbers of working days; `nudges` False switches the reminders off.
    """

    __tablename__ = "unit_rules"

    unit_id: int = Field(foreign_key="unit.id", primary_key=True)
    holidays: str | None = Field(default=None, max_length=12)
    work_starts: time | None = None
    work_ends: time | None = None
    rungs: list[int] | None = Field(default=None, sa_type=Json)
    nudges: bool = True


class LeaderMessage(Table, table=True):
    """What Rounds sent a leader unasked: one a working day at most (N3).

    `day` is the leader's own. `contents` names its parts and holds ids, never what they say.
    """

    __tablename__ = "leader_message"
    __table_args__ = (UniqueConstraint("person_id", "day"),)

    id: int | None = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id")
    day: date
    week: bool = False
    planned_at: datetime = Field(sa_type=UtcDateTime)
    outbox_id: int | None = Field(default=None, foreign_key="outbox.id", index=True)
    sent_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    contents: dict[str, Any] = Field(default_factory=dict, sa_type=Json)


class Nudge(Table, table=True):
    """One idea in one leader's message: on which rung, and whether it was answered (N13).

    `answered_at` is the response by anybody of the leadership; `worked` whether it came within 24 working
    hours of the reader. Both None while neither is known.
    """

    __tablename__ = "nudge"
    __table_args__ = (
        UniqueConstraint("idea_id", "person_id", "day"),
        one_of("rung", Rung),
        one_of("clock", Which),
        Index("ix_nudge_unanswered", "idea_id", sqlite_where=_unanswered, postgresql_where=_unanswered),
    )

    id: int | None = Field(default=None, primary_key=True)
    idea_id: int = Field(foreign_key="idea.id")
    person_id: int = Field(foreign_key="person.id", index=True)
    day: date
    rung: Rung = Field(sa_type=OneOf(Rung))
    clock: Which = Field(sa_type=OneOf(Which))
    sent_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    answered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    worked: bool | None = None


class IdeaSnooze(Table, table=True):
    """A press of "Snooze": for 1, 3 or 7 of the person's working days after `day`. Twice an idea at most."""

    __tablename__ = "idea_snooze"
    __table_args__ = (CheckConstraint("days IN (1, 3, 7)", name="days_known"),)

    id: int | None = Field(default=None, primary_key=True)
    idea_id: int = Field(foreign_key="idea.id", index=True)
    person_id: int = Field(foreign_key="person.id")
    day: date
    days: int


class NotMine(Table, table=True):
    """A leader said that an idea is not theirs to answer: the next one hears of it instead."""

    __tablename__ = "not_mine"

    idea_id: int = Field(foreign_key="idea.id", primary_key=True)
    person_id: int = Field(foreign_key="person.id", primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime)


class QuietTime(Table, table=True):
    """What Slack last said of somebody's do-not-disturb, and when it was asked."""

    __tablename__ = "quiet_time"

    person_id: int = Field(foreign_key="person.id", primary_key=True)
    starts: datetime | None = Field(default=None, sa_type=UtcDateTime)
    ends: datetime | None = Field(default=None, sa_type=UtcDateTime)
    asked_at: datetime = Field(sa_type=UtcDateTime)


class Aim(Table, table=True):
    """The leaders' own overarching aim, in their words, with its days. A new one ends the old."""

    __tablename__ = "aim"

    id: int | None = Field(default=None, primary_key=True)
    unit_id: int = Field(foreign_key="unit.id", index=True)
    words: str = Field(sa_type=Text)
    set_by: int | None = Field(default=None, foreign_key="person.id")
    set_on: date
    ended_on: date = Field(default=FOREVER)


class ChannelPost(Table, table=True):
    """A question or a lesson that a leader put to the unit's channel, in their words.

    `question` is the key of the shipped question that was offered; "" where it is their own.
    """

    __tablename__ = "channel_post"
    __table_args__ = (one_of("kind", Posted),)

    id: int | None = Field(default=None, primary_key=True)
    unit_id: int = Field(foreign_key="unit.id", index=True)
    person_id: int | None = Field(default=None, foreign_key="person.id")
    kind: Posted = Field(sa_type=OneOf(Posted))
    question: str = Field(default="", max_length=40)
    words: str = Field(sa_type=Text)
    posted_at: datetime = Field(sa_type=UtcDateTime)
    outbox_id: int | None = Field(default=None, foreign_key="outbox.id", index=True)
