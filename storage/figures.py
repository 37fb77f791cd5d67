"""Queries that a comparison starts from: current measures, who belongs where, and current observations."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Select, func
from sqlmodel import Session, col, select

from storage.measures import ImportBatch, Measure, MeasureVersion, Observation
from storage.people import Absence, Clinician, ClinicianBinding, Membership, PeerGroup, Person
from storage.terms import BatchState


@dataclass(frozen=True, slots=True, eq=False)
class CurrentObservations:
    """Current observations as columns of one length, ordered by measure, clinician and period."""

    measure: NDArray[np.int64]
    clinician: NDArray[np.int64]
    period: NDArray[np.datetime64]
    numerator: NDArray[np.float64]
    denominator: NDArray[np.float64]
    expected: NDArray[np.float64]
    squares: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class GroupMember:
    """A code that belonged to a peer group's member between two days (both included); "" for no group.

    `bound_until` is the last day on which the code is (or was) this person's.
    """

    clinician_id: int
    code: str
    person_id: int
    group: str
    starts: date
    ends: date
    bound_until: date


def current_measures(session: Session) -> dict[str, MeasureVersion]:
    """Each measure's current version (the latest live batch's) by its key, ordered by key."""
    rows = session.exec(
        select(Measure.key, MeasureVersion)
        .join(MeasureVersion, col(MeasureVersion.measure_id) == Measure.id)
        .join(ImportBatch, col(ImportBatch.id) == MeasureVersion.batch_id)
        .where(ImportBatch.state == BatchState.LIVE)
        .order_by(Measure.key, col(MeasureVersion.batch_id))
    ).all()
    return dict(rows)  # later batches come later and replace earlier ones


def measure_keys(session: Session) -> dict[int, str]:
    """The key of each measure by its id."""
    return {measure.id: measure.key for measure in session.exec(select(Measure)) if measure.id is not None}


def group_members(session: Session, first: date, last: date) -> list[GroupMember]:
    """Who was in which peer group, under which code, at any time between two days; in a stable order."""
    rows = session.exec(
        select(Clinician, ClinicianBinding, Membership, PeerGroup)
        .join(ClinicianBinding, col(ClinicianBinding.clinician_id) == Clinician.id)
        .join(Membership, col(Membership.person_id) == ClinicianBinding.person_id)
        .join(PeerGroup, col(PeerGroup.id) == Membership.peer_group_id, isouter=True)
        .where(ClinicianBinding.starts <= last, ClinicianBinding.ends >= first)
        .where(Membership.starts <= last, Membership.ends >= first)
        .order_by(PeerGroup.name, Clinician.code, col(Membership.starts), col(ClinicianBinding.starts))
    ).all()
    return [
        GroupMember(
            clinician_id=binding.clinician_id,
            code=clinician.code,
            person_id=binding.person_id,
            group=group.name if group else "",
            starts=max(binding.starts, membership.starts),
            ends=min(binding.ends, membership.ends),
            bound_until=binding.ends,
        )
        for clinician, binding, membership, group in rows
        if max(binding.starts, membership.starts) <= min(binding.ends, membership.ends)
    ]


def bound_people(session: Session, day: date) -> list[tuple[Person, str]]:
    """Everybody who has a code on that day, with the code, ordered by code; the erased left out."""
    rows = session.exec(
        select(Person, Clinician.code)
        .join(ClinicianBinding, col(ClinicianBinding.person_id) == Person.id)
        .join(Clinician, col(Clinician.id) == ClinicianBinding.clinician_id)
        .where(ClinicianBinding.starts <= day, ClinicianBinding.ends >= day)
        .where(col(Person.erased_at).is_(None))
        .order_by(Clinician.code)
    ).all()
    return [(person, code) for person, code in rows]


def people_behind(session: Session, day: date) -> list[tuple[str, int]]:
    """Each code in use on that day with the id of the person behind it."""
    return [(code, person.id) for person, code in bound_people(session, day) if person.id is not None]


def absences(session: Session, first: date, last: date) -> dict[int, list[Absence]]:
    """Absences that touch the days between two (both included), by person."""
    found: dict[int, list[Absence]] = {}
    query = select(Absence).where(Absence.starts <= last, Absence.ends >= first)
    for absence in session.exec(query.order_by(col(Absence.starts))):
        found.setdefault(absence.person_id, []).append(absence)
    return found


def current_observations(
    session: Session,
    measures: Collection[int],
    first: date,
    last: date,
    *,
    clinicians: Collection[int] | None = None,
) -> CurrentObservations:
    """The latest live batch's value of every observation whose period starts between two days.

    `clinicians` (ids) keeps theirs alone.
    """
    query: Select[tuple[int, int, date, float, float, float | None, float | None]] = (
        select(  # type: ignore[call-overload]
            Observation.measure_id,
            Observation.clinician_id,
            Observation.period_start,
            Observation.numerator,
            Observation.denominator,
            Observation.expected,
            Observation.squares,
        )
        .join(ImportBatch, col(ImportBatch.id) == Observation.batch_id)
        .where(ImportBatch.state == BatchState.LIVE)
        .where(col(Observation.measure_id).in_(measures))
        .where(Observation.period_start >= first, Observation.period_start <= last)
        .order_by(
            col(Observation.measure_id),
            col(Observation.clinician_id),
            col(Observation.period_start),
            col(Observation.batch_id),
        )
    )
    if clinicians is not None:
        query = query.where(col(Observation.clinician_id).in_(sorted(clinicians)))
    rows = session.execute(query).all()
    columns = list(zip(*rows, strict=True)) if rows else [()] * 7
    measure, clinician = (np.array(column, np.int64) for column in columns[:2])
    period = np.array(columns[2], "datetime64[D]")
    numbers = [np.array(column, float) for column in columns[3:]]
    # Later batches sort last; keep the last row of each (measure, clinician, period).
    last_one = np.ones(len(rows), bool)
    last_one[:-1] = (
        (measure[1:] != measure[:-1]) | (clinician[1:] != clinician[:-1]) | (period[1:] != period[:-1])
    )
    return CurrentObservations(
        measure[last_one], clinician[last_one], period[last_one], *(column[last_one] for column in numbers)
    )


def latest_period(session: Session, measure: int) -> date | None:
    """The first day of the latest period with figures of a measure in a live import; None without any."""
    return session.exec(
        select(func.max(Observation.period_start))
        .join(ImportBatch, col(ImportBatch.id) == Observation.batch_id)
        .where(ImportBatch.state == BatchState.LIVE)
        .where(Observation.measure_id == measure)
    ).one()
