"""The record of who looked at whose figures, which its subjects can see."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sqlmodel import Session, col, select

from bot.clock import Clock
from storage.digests import Look
from storage.engine import Database
from storage.figures import people_behind


def record_looks(
    database: Database, codes: Iterable[str], day: date, *, looker: str, what: str, reason: str, clock: Clock
) -> int:
    """Note that somebody looked at the figures of these codes' owners on that day; returns how many."""
    wanted = set(codes)
    now = clock.now()
    with database.write() as session:
        people = [person_id for code, person_id in people_behind(session, day) if code in wanted]
        session.add_all(
            Look(person_id=person_id, looked_at=now, looker=looker, what=what, reason=reason)
            for person_id in people
        )
    return len(people)


def looks_at(session: Session, person_id: int, limit: int = 100) -> list[Look]:
    """Who looked at this person's figures, the latest first."""
    query = select(Look).where(Look.person_id == person_id)
    return list(session.exec(query.order_by(col(Look.looked_at).desc(), col(Look.id).desc()).limit(limit)))
