"""Queries for the month's summary of units: whether it was told, who leads several, what patients said."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, or_, select

from storage.cases import Narrative
from storage.measures import ImportBatch
from storage.outbox import OutboxRow, SiteFact
from storage.people import ClinicianBinding, Membership, Unit
from storage.terms import BatchState, Op

_TOLD = "unit_month_told"


def summary_is_told(session: Session, month: str) -> bool:
    """Whether the summaries about a month (2026-10) were planned."""
    fact = session.get(SiteFact, _TOLD)
    return fact is not None and fact.value >= month


def remember_summary(session: Session, month: str) -> None:
    """Note that the summaries about a month were planned."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    statement = insert(SiteFact).values(name=_TOLD, value=month)
    session.execute(statement.on_conflict_do_update(index_elements=["name"], set_={"value": month}))


def said_since(session: Session, kind: str, since: datetime) -> bool:
    """Whether any message of a kind was planned or sent since then, or still waits."""
    query = select(OutboxRow.id).where(
        OutboxRow.kind == kind,
        OutboxRow.op == Op.POST,
        or_(
            col(OutboxRow.created_at) >= since,
            col(OutboxRow.finished_at) >= since,
            col(OutboxRow.finished_at).is_(None),
        ),
    )
    return session.exec(query.limit(1)).first() is not None


def led_together(session: Session) -> list[list[int]]:
    """The units of each person who leads several, in a stable order."""
    found: dict[int, set[int]] = {}
    for unit in session.exec(select(Unit)).all():
        for person in (unit.leader_id, unit.manager_id, unit.deputy_id):
            if person is not None and unit.id is not None:
                found.setdefault(person, set()).add(unit.id)
    return sorted(sorted(units) for units in found.values() if len(units) > 1)


def narratives_of_units(
    session: Session, measures: Collection[int], units: Collection[int], first: date, last: date
) -> list[tuple[int, int, date, str]]:
    """What is told of cases between two days in these units: person, id, day and text; newest first."""
    query = (
        select(
            col(ClinicianBinding.person_id),
            col(Narrative.id),
            col(Narrative.day),
            col(Narrative.text),
        )
        .join(ImportBatch, col(ImportBatch.id) == Narrative.batch_id)
        .join(ClinicianBinding, col(ClinicianBinding.clinician_id) == Narrative.clinician_id)
        .join(Membership, col(Membership.person_id) == ClinicianBinding.person_id)
        .where(col(ImportBatch.state) == BatchState.LIVE, col(Narrative.measure_id).in_(sorted(measures)))
        .where(col(Membership.unit_id).in_(sorted(units)))
        .where(col(ClinicianBinding.starts) <= Narrative.day, col(ClinicianBinding.ends) >= Narrative.day)
        .where(col(Membership.starts) <= Narrative.day, col(Membership.ends) >= Narrative.day)
        .where(col(Narrative.day) >= first, col(Narrative.day) <= last)
        .order_by(col(Narrative.day).desc(), col(Narrative.text_hash), col(Narrative.id))
    )
    # Somebody may work in two units at once.
    return list(dict.fromkeys((row[0], row[1], row[2], row[3]) for row in session.execute(query)))


def narrative_texts(session: Session, numbers: Collection[int]) -> list[str]:
    """The texts of these narratives, as far as they are still there, in the order of their numbers."""
    query = (
        select(Narrative.text)
        .join(ImportBatch, col(ImportBatch.id) == Narrative.batch_id)
        .where(col(Narrative.id).in_(sorted(numbers)), ImportBatch.state == BatchState.LIVE)
        .order_by(col(Narrative.id))
    )
    return list(session.exec(query).all())
