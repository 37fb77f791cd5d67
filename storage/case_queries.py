"""Cases and narratives: in bulk for imports, and a person's own, as they are shown to that person alone.

The current row of a case is the latest live batch's. A code may pass to somebody else: what a person sees
are the cases of the days on which the code was theirs.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Select,
    bindparam,
    case,
    delete,
    exists,
    func,
    select,
    text,
    union_all,
)
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from storage.cases import CaseRow, Narrative
from storage.intake import add_rows
from storage.measures import ImportBatch, Measure, Observation
from storage.people import ClinicianBinding
from storage.terms import ALWAYS, FOREVER, BatchState

# Rows of `case_row` and of `narrative` (without its id), in the order of these columns; days are text.
StoredCase = tuple[int, int, str, str, int, bool, float]
CASE_COLUMNS = ("measure_id", "clinician_id", "day", "case_ref", "batch_id", "met", "weight")
StoredNarrative = tuple[int, int, str, str, str, int]
NARRATIVE_COLUMNS = ("measure_id", "clinician_id", "day", "text", "text_hash", "batch_id")
_FETCH = 50_000


@dataclass(frozen=True, slots=True)
class Case:
    """One case as its clinician sees it: when it was, the local reference, and how it counts."""

    measure_id: int
    clinician_id: int
    day: date
    case_ref: str
    met: bool
    weight: float


@dataclass(frozen=True, slots=True)
class Story:
    """A case or an observation in words."""

    id: int
    measure_id: int
    day: date
    text: str


@dataclass(frozen=True, slots=True)
class CaseCount:
    """How many cases of a clinician, and what they weigh: all of them, and those that met."""

    cases: int
    numerator: float
    denominator: float


def person_cases(
    session: Session,
    person_id: int,
    measure_id: int | None = None,
    first: date = ALWAYS,
    last: date = FOREVER,
    *,
    offset: int = 0,
    limit: int | None = None,
) -> list[Case]:
    """Current cases of a person between two days (both included), newest first; one page of them.

    All measures where `measure_id` is None.
    """
    query = (
        _current_cases(measure_id, first, last, _theirs(person_id, CaseRow))
        .order_by(col(CaseRow.day).desc(), col(CaseRow.measure_id), col(CaseRow.case_ref))
        .offset(offset)
        .limit(limit)
    )
    return [Case(*row) for row in session.execute(query)]


def count_person_cases(
    session: Session, person_id: int, measure_id: int, first: date = ALWAYS, last: date = FOREVER
) -> int:
    """How many `person_cases` there are in all."""
    found = _current_cases(measure_id, first, last, _theirs(person_id, CaseRow)).subquery()
    return int(session.execute(select(func.count()).select_from(found)).scalar_one())


def counts_by_clinician(
    session: Session, measure_id: int, first: date = ALWAYS, last: date = FOREVER
) -> dict[int, CaseCount]:
    """The current cases of a measure between two days, by clinician id, whoever had the code."""
    found = _current_cases(measure_id, first, last).subquery()
    met = case((found.c.met, found.c.weight), else_=0.0)
    query = select(found.c.clinician_id, func.count(), func.sum(met), func.sum(found.c.weight)).group_by(
        found.c.clinician_id
    )
    return {row[0]: CaseCount(row[1], float(row[2]), float(row[3])) for row in session.execute(query)}


def person_narratives(
    session: Session,
    person_id: int,
    measure_id: int | None = None,
    *,
    offset: int = 0,
    limit: int | None = None,
) -> list[Story]:
    """What is told of a person's cases on a measure (None: on all), newest first; one page of it."""
    query = (
        select(col(Narrative.id), col(Narrative.measure_id), col(Narrative.day), col(Narrative.text))
        .join(ImportBatch, col(ImportBatch.id) == Narrative.batch_id)
        .where(col(ImportBatch.state) == BatchState.LIVE, _theirs(person_id, Narrative))
        .where(*([] if measure_id is None else [col(Narrative.measure_id) == measure_id]))
        .order_by(col(Narrative.day).desc(), col(Narrative.id).desc())
        .offset(offset)
        .limit(limit)
    )
    return [Story(*row) for row in session.execute(query)]


def measures_with_cases(session: Session, measures: Collection[int]) -> list[int]:
    """Those of these measures that have any cases, in order."""
    has_any = exists().where(col(CaseRow.measure_id) == Measure.id)
    query = select(col(Measure.id)).where(col(Measure.id).in_(sorted(measures)), has_any)
    return sorted(row for row in session.execute(query).scalars() if row is not None)


def narratives_between(
    session: Session, measures: Collection[int], first: date, last: date
) -> list[tuple[int, Story]]:
    """What is told of cases between two days, with the person whose code it was; newest first."""
    query = (
        select(
            col(ClinicianBinding.person_id),
            col(Narrative.id),
            col(Narrative.measure_id),
            col(Narrative.day),
            col(Narrative.text),
        )
        .join(ImportBatch, col(ImportBatch.id) == Narrative.batch_id)
        .join(ClinicianBinding, col(ClinicianBinding.clinician_id) == Narrative.clinician_id)
        .where(col(ImportBatch.state) == BatchState.LIVE, col(Narrative.measure_id).in_(sorted(measures)))
        .where(col(ClinicianBinding.starts) <= Narrative.day, col(ClinicianBinding.ends) >= Narrative.day)
        .where(col(Narrative.day) >= first, col(Narrative.day) <= last)
        .order_by(col(Narrative.day).desc(), col(Narrative.text_hash))
    )
    return [(row[0], Story(*row[1:])) for row in session.execute(query)]


def _current_cases(
    measure_id: int | None, first: date, last: date, *which: ColumnElement[bool]
) -> Select[int, int, date, str, bool, float]:
    later, batch = aliased(CaseRow), aliased(ImportBatch)
    replaced = exists().where(
        col(later.measure_id) == CaseRow.measure_id,
        col(later.clinician_id) == CaseRow.clinician_id,
        col(later.day) == CaseRow.day,
        col(later.case_ref) == CaseRow.case_ref,
        col(later.batch_id) > CaseRow.batch_id,
        col(batch.id) == later.batch_id,
        col(batch.state) == BatchState.LIVE,
    )
    return (
        select(
            col(CaseRow.measure_id),
            col(CaseRow.clinician_id),
            col(CaseRow.day),
            col(CaseRow.case_ref),
            col(CaseRow.met),
            col(CaseRow.weight),
        )
        .join(ImportBatch, col(ImportBatch.id) == CaseRow.batch_id)
        .where(col(ImportBatch.state) == BatchState.LIVE, ~replaced)
        .where(col(CaseRow.day) >= first, col(CaseRow.day) <= last)
        .where(*([] if measure_id is None else [col(CaseRow.measure_id) == measure_id]), *which)
    )


def _theirs(person_id: int, table: type[CaseRow] | type[Narrative]) -> ColumnElement[bool]:
    """Rows of the days on which the code was this person's."""
    return exists().where(
        col(ClinicianBinding.person_id) == person_id,
        col(ClinicianBinding.clinician_id) == table.clinician_id,
        col(ClinicianBinding.starts) <= table.day,
        col(ClinicianBinding.ends) >= table.day,
    )


def forget_cases(session: Session, person_id: int) -> tuple[int, int]:
    """Delete a person's cases and narratives, of all imports. Returns how many of each.

    The figures that were computed from them stay.
    """
    found = []
    for table in (CaseRow, Narrative):
        gone = session.execute(delete(table).where(_theirs(person_id, table)))
        found.append(int(gone.rowcount))  # type: ignore[attr-defined]
    return found[0], found[1]


# --- imports -------------------------------------------------------------------------------------------


def cases_of(session: Session, measure_id: int, first: date, last: date) -> Iterator[Sequence[Any]]:
    """Chunks of a measure's rows in every batch between two days: clinician id, day (text or date),
    reference, batch id, met and weight, in the order of clinician, day, reference and batch.
    """
    query = text(
        "SELECT clinician_id, day, case_ref, batch_id, met, weight FROM case_row"
        " WHERE measure_id = :measure AND day >= :first AND day <= :last"
        " ORDER BY clinician_id, day, case_ref, batch_id"
    ).bindparams(bindparam("first", type_=Date), bindparam("last", type_=Date))
    rows = session.connection().execute(
        query,
        {"measure": measure_id, "first": first, "last": last},
        execution_options={"yield_per": _FETCH},
    )
    yield from rows.partitions(_FETCH)


def days_in_batch(session: Session, batch: int) -> dict[int, tuple[date, date]]:
    """The first and the last day of a batch's cases and periods, by the measures that have any cases."""
    cases = select(col(CaseRow.measure_id), col(CaseRow.day)).where(col(CaseRow.batch_id) == batch)
    with_cases = exists().where(col(CaseRow.measure_id) == Observation.measure_id)
    figures = select(col(Observation.measure_id), col(Observation.period_start)).where(
        col(Observation.batch_id) == batch, with_cases
    )
    both = union_all(cases, figures).subquery()
    measure, day = both.c
    query = select(measure, func.min(day), func.max(day)).group_by(measure)
    return {row[0]: (row[1], row[2]) for row in session.execute(query)}


def add_cases(session: Session, rows: Iterable[StoredCase]) -> None:
    """Insert cases as fast as the driver can."""
    add_rows(session, "case_row", CASE_COLUMNS, rows)


def known_narratives(session: Session, measures: Collection[int]) -> set[tuple[int, int, date, str]]:
    """What is told already in live batches: measure id, clinician id, day and the text's hash."""
    query = (
        select(
            col(Narrative.measure_id),
            col(Narrative.clinician_id),
            col(Narrative.day),
            col(Narrative.text_hash),
        )
        .join(ImportBatch, col(ImportBatch.id) == Narrative.batch_id)
        .where(col(ImportBatch.state) == BatchState.LIVE, col(Narrative.measure_id).in_(sorted(measures)))
    )
    return {(row[0], row[1], row[2], row[3]) for row in session.execute(query)}


def add_narratives(session: Session, rows: Iterable[StoredNarrative]) -> None:
    """Insert narratives."""
    add_rows(session, "narrative", NARRATIVE_COLUMNS, rows)
