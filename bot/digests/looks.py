"""The record of who looked at whose figures, which its subjects can see."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlmodel import Session, col, select

from bot.clock import Clock
from storage.digests import Look
from storage.engine import Database

# As long as the columns are: PostgreSQL refuses what is longer.
_LOOKER, _WHAT, _REASON = 200, 200, 500


def record_looks(
    database: Database, people: Iterable[int], *, looker: str, what: str, reason: str, clock: Clock
) -> int:
    """Note that somebody looked at the figures of these people (ids); returns how many there are.

    By person and not by code: a code may be somebody else's by now, and the record is for the subject.
    """
    subjects = sorted(set(people))
    now = clock.now()
    with database.write() as session:
        session.add_all(
            Look(
                person_id=person_id,
                looked_at=now,
                looker=looker[:_LOOKER],
                what=what[:_WHAT],
                reason=reason[:_REASON],
            )
            for person_id in subjects
        )
    return len(subjects)


def note_looks(
    session: Session,
    people: Iterable[int],
    *,
    looker: str,
    what: str,
    now: datetime,
    once_since: datetime | None = None,
) -> int:
    """Note a look in the caller's transaction; returns for how many people it was noted.

    With `once_since`, not for those of whom the same look is on record since then.
    """
    subjects, looker, what = set(people), looker[:_LOOKER], what[:_WHAT]
    if once_since is not None and subjects:
        known = select(Look).where(
            col(Look.person_id).in_(sorted(subjects)),
            Look.looker == looker,
            Look.what == what,
            Look.looked_at >= once_since,
        )
        subjects -= {look.person_id for look in session.exec(known)}
    session.add_all(
        Look(person_id=person_id, looked_at=now, looker=looker, what=what) for person_id in sorted(subjects)
    )
    return len(subjects)


def looks_at(session: Session, person_id: int, limit: int = 100) -> list[Look]:
    """Who looked at this person's figures, the latest first."""
    query = select(Look).where(Look.person_id == person_id)
    return list(session.exec(query.order_by(col(Look.looked_at).desc(), col(Look.id).desc()).limit(limit)))
