"""Queries for the care in leaders' weeks: what data there is, and which units are led."""

from __future__ import annotations

from sqlalchemy import func
from sqlmodel import Session, col, or_, select

from storage.measures import ImportBatch
from storage.people import Unit
from storage.terms import BatchState


def data_stamp(session: Session) -> tuple[int, int] | None:
    """What tells one state of the data from another: the latest live import, and how many there are.

    None where there is no data at all.
    """
    query = select(func.max(ImportBatch.id), func.count()).where(ImportBatch.state == BatchState.LIVE)
    latest, count = session.exec(query).one()
    return None if latest is None else (latest, count)


def all_led_units(session: Session) -> list[int]:
    """The ids of all units that have anybody of a leadership, in order."""
    query = select(Unit.id).where(
        or_(
            col(Unit.leader_id).is_not(None),
            col(Unit.manager_id).is_not(None),
            col(Unit.deputy_id).is_not(None),
        )
    )
    return [number for number in session.exec(query.order_by(col(Unit.id))) if number is not None]
