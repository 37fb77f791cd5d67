"""What clinicians say of their figures: answers, what is set aside or shared, whose names are shown."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index, Text, UniqueConstraint, text
from sqlmodel import Field

from storage.base import Table
from storage.columns import OneOf, UtcDateTime, one_of
from storage.terms import AnswerKind, AnswerState

_standing = text("withdrawn_at IS NULL")


class FigureAnswer(Table, table=True):
    """What a clinician said of one measure in one digest's window, and what the analyst answered.

    `first_day` and `last_day` bound the figures that it is about. `agreed` by the analyst, or by another
    clinician of the group (`seconded_by`), lets what is set aside count for the group as well (D19).
    """

    __tablename__ = "figure_answer"
    __table_args__ = (
        one_of("kind", AnswerKind),
        one_of("state", AnswerState),
        Index("ix_figure_answer_measure", "measure_id", "state"),
    )

    id: int | None = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    measure_id: int = Field(foreign_key="measure.id")
    digest_id: int | None = Field(default=None, foreign_key="digest.id")
    kind: AnswerKind = Field(sa_type=OneOf(AnswerKind))
    state: AnswerState = Field(default=AnswerState.OPEN, sa_type=OneOf(AnswerState))
    first_day: date
    last_day: date
    words: str = Field(default="", sa_type=Text)
    shown_to_group: bool = False
    said_at: datetime = Field(sa_type=UtcDateTime)
    answered_by: int | None = Field(default=None, foreign_key="person.id")
    seconded_by: int | None = Field(default=None, foreign_key="person.id")
    reply: str = Field(default="", sa_type=Text)
    closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class SetAside(Table, table=True):
    """What an answer sets aside: one period's counts, or one case (`case_ref`; "" for the period's own).

    Numerator and denominator are what is taken off that period of that clinician's code.
    """

    __tablename__ = "set_aside"
    __table_args__ = (
        UniqueConstraint("answer_id", "period_start", "case_ref"),
        CheckConstraint("numerator >= 0", name="numerator_not_negative"),
        CheckConstraint("denominator >= 0", name="denominator_not_negative"),
        Index("ix_set_aside_figure", "measure_id", "clinician_id", "period_start"),
    )

    id: int | None = Field(default=None, primary_key=True)
    answer_id: int = Field(foreign_key="figure_answer.id")
    measure_id: int = Field(foreign_key="measure.id")
    clinician_id: int = Field(foreign_key="clinician.id")
    period_start: date
    case_ref: str = Field(default="", max_length=64)
    numerator: float
    denominator: float


class DigestShare(Table, table=True):
    """One digest that its subject chose to show to the leaders of one unit, for a time."""

    __tablename__ = "digest_share"
    __table_args__ = (
        Index(
            "uq_digest_share",
            "digest_id",
            "unit_id",
            unique=True,
            sqlite_where=_standing,
            postgresql_where=_standing,
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    digest_id: int = Field(foreign_key="digest.id")
    unit_id: int = Field(foreign_key="unit.id", index=True)
    shared_at: datetime = Field(sa_type=UtcDateTime)
    ends_on: date
    withdrawn_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class NameConsent(Table, table=True):
    """Whether a member of a peer group agreed that names are shown, both ways, among those who agreed.

    `asked_at` without `agreed_at` is no answer, or a no: nobody is shown which. `leaders`: the group's
    leaders may see the name as well. Withdrawing ends it at once.
    """

    __tablename__ = "name_consent"

    person_id: int = Field(foreign_key="person.id", primary_key=True)
    peer_group_id: int = Field(foreign_key="peer_group.id", primary_key=True)
    asked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    agreed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    leaders: bool = False
    withdrawn_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
