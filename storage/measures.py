"""What is counted, in the versions it has had, and the counts themselves, versioned by import."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field

from storage.base import Table
from storage.columns import Json, OneOf, UtcDateTime, one_of
from storage.terms import BatchState, Counts, Direction, Domain, Kind, Mode, PeriodLength


class ImportBatch(Table, table=True):
    """One import. Its rows count only while it is `live`: published by one flip, taken back by another."""

    __tablename__ = "import_batch"
    __table_args__ = (one_of("state", BatchState),)

    id: int | None = Field(default=None, primary_key=True)
    state: BatchState = Field(default=BatchState.LOADING, sa_type=OneOf(BatchState), index=True)
    source: str = Field(max_length=500)
    imported_by: str = Field(max_length=100)
    started_at: datetime = Field(sa_type=UtcDateTime)
    published_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    undone_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    undone_by: str = Field(default="", max_length=100)
    counts: dict[str, Any] = Field(default_factory=dict, sa_type=Json)


class BatchChange(Table, table=True):
    """What an import did to one row of people, units and the like, so that it can be taken back.

    `before` is None where the import made the row. Observations and measures need no such record: their
    rows carry the batch.
    """

    __tablename__ = "batch_change"
    __table_args__ = (Index("ix_batch_change_entity", "entity", "entity_id"),)

    id: int | None = Field(default=None, primary_key=True)
    batch_id: int = Field(foreign_key="import_batch.id", index=True)
    entity: str = Field(max_length=40)
    entity_id: int
    before: dict[str, Any] | None = Field(default=None, sa_type=Json)
    after: dict[str, Any] | None = Field(default=None, sa_type=Json)


class Measure(Table, table=True):
    """A measure's identity: its id in the files. What it means is in its versions."""

    __tablename__ = "measure"

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True, max_length=100)


class MeasureVersion(Table, table=True):
    """A measure as one import defined it; the current one is the latest live batch's."""

    __tablename__ = "measure_version"
    __table_args__ = (
        UniqueConstraint("measure_id", "batch_id"),
        one_of("kind", Kind),
        one_of("direction", Direction),
        one_of("mode", Mode),
        one_of("domain", Domain),
        one_of("period", PeriodLength),
        one_of("counts", Counts),
        CheckConstraint("min_denominator >= 0", name="min_denominator_not_negative"),
        CheckConstraint("per > 0", name="per_positive"),
        CheckConstraint("settles_after >= 0", name="settles_after_not_negative"),
    )

    id: int | None = Field(default=None, primary_key=True)
    measure_id: int = Field(foreign_key="measure.id")
    batch_id: int = Field(foreign_key="import_batch.id", index=True)
    title: str = Field(max_length=200)
    why: str = Field(max_length=1000)
    numerator: str = Field(max_length=300)
    denominator: str = Field(max_length=300)
    kind: Kind = Field(sa_type=OneOf(Kind))
    direction: Direction = Field(sa_type=OneOf(Direction))
    mode: Mode = Field(sa_type=OneOf(Mode))
    domain: Domain = Field(sa_type=OneOf(Domain))
    period: PeriodLength = Field(sa_type=OneOf(PeriodLength))
    min_denominator: float
    per: float
    action: str = Field(max_length=1000)
    counts: Counts = Field(default=Counts.EVENTS, sa_type=OneOf(Counts))
    attribution: str = Field(default="", max_length=1000)
    exclusions: str = Field(default="", max_length=1000)
    source: str = Field(default="", max_length=1000)
    adjusted_for: str = Field(default="", max_length=1000)
    settles_after: int = 0
    min_change: float | None = None
    changed: date | None = None
    goal: float | None = None
    author: str = Field(default="", max_length=200)
    reviewed: date | None = None
    next_review: date | None = None


class Observation(Table, table=True):
    """Numerator and denominator of one measure, clinician and period, as one import gave them."""

    __tablename__ = "observation"
    __table_args__ = (
        CheckConstraint("numerator >= 0", name="numerator_not_negative"),
        CheckConstraint("denominator >= 0", name="denominator_not_negative"),
        CheckConstraint("expected >= 0", name="expected_not_negative"),
        CheckConstraint("squares >= 0", name="squares_not_negative"),
        Index("ix_observation_batch_id", "batch_id"),
        # The primary key is the order in which digests read: one measure, one clinician, period by period.
        {"sqlite_with_rowid": False},
    )

    measure_id: int = Field(foreign_key="measure.id", primary_key=True)
    clinician_id: int = Field(foreign_key="clinician.id", primary_key=True)
    period_start: date = Field(primary_key=True)
    batch_id: int = Field(foreign_key="import_batch.id", primary_key=True)
    numerator: float
    denominator: float
    expected: float | None = None
    squares: float | None = None
