"""Queries for the overarching aims of units' leaders: those that hold, and those from before."""

from __future__ import annotations

from collections.abc import Collection

from sqlmodel import Session, col, select

from storage.leading import Aim
from storage.people import Unit
from storage.terms import FOREVER


def current_aims(session: Session, unit_ids: Collection[int] | None = None) -> dict[int, Aim]:
    """The aim that holds in each of these units (default: any), by unit; one without is left out."""
    query = select(Aim).where(Aim.ended_on == FOREVER)
    if unit_ids is not None:
        query = query.where(col(Aim.unit_id).in_(sorted(unit_ids)))
    return {aim.unit_id: aim for aim in session.exec(query.order_by(col(Aim.id)))}


def earlier_aims(session: Session, unit_id: int, most: int) -> list[Aim]:
    """A unit's aims that were ended, the latest first."""
    query = select(Aim).where(Aim.unit_id == unit_id, Aim.ended_on != FOREVER)
    return list(session.exec(query.order_by(col(Aim.ended_on).desc(), col(Aim.id).desc()).limit(most)))


def lock_unit(session: Session, unit_id: int) -> Unit | None:
    """The unit, held until the transaction ends, so that two leaders do not both set its aim."""
    query = select(Unit).where(Unit.id == unit_id).with_for_update(key_share=True)
    return session.exec(query.execution_options(populate_existing=True)).one_or_none()
