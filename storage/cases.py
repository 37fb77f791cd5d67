"""The cases behind a number, and the stories told of single ones; each row carries its import."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, Index, Text, UniqueConstraint
from sqlmodel import Field

from storage.base import Table


class CaseRow(Table, table=True):
    """One case of one clinician's care, by the hospital's own opaque reference: never a patient identifier.

    `met`: whether it counts in the numerator. `weight` is this clinician's part of care that was shared.
    The current row of a case is the latest live batch's.
    """

    __tablename__ = "case_row"
    __table_args__ = (
        CheckConstraint("weight > 0 AND weight <= 1", name="weight_is_a_part"),
        Index("ix_case_row_batch_id", "batch_id"),
        {"sqlite_with_rowid": False},
    )

    measure_id: int = Field(foreign_key="measure.id", primary_key=True)
    clinician_id: int = Field(foreign_key="clinician.id", primary_key=True)
    day: date = Field(primary_key=True)
    case_ref: str = Field(primary_key=True, max_length=64)
    batch_id: int = Field(foreign_key="import_batch.id", primary_key=True)
    met: bool
    weight: float = 1.0


class Narrative(Table, table=True):
    """A case or an observation in words."""

    __tablename__ = "narrative"
    __table_args__ = (
        UniqueConstraint("measure_id", "clinician_id", "day", "text_hash", "batch_id"),
        Index("ix_narrative_batch_id", "batch_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    measure_id: int = Field(foreign_key="measure.id")
    clinician_id: int = Field(foreign_key="clinician.id", index=True)
    day: date
    text: str = Field(sa_type=Text)
    text_hash: str = Field(max_length=64)
    batch_id: int = Field(foreign_key="import_batch.id")
