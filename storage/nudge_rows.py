"""Rows about what reminders to leaders did: when they were answered, and which rung's worked."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import case, func, select, update
from sqlmodel import Session, col, or_

from storage.ideas import IdeaEvent
from storage.leading import Nudge
from storage.leading_rows import AS_IT_IS, parts
from storage.terms import IdeaEventKind, Part, Rung, Which


@dataclass(frozen=True, slots=True)
class SentNudge:
    """A nudge that was sent and of which something is still to be found out."""

    id: int
    idea_id: int
    person_id: int
    sent_at: datetime
    answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class RungCount:
    """How many nudges of one rung were sent, how many of them have been judged, and how many worked."""

    rung: Rung
    sent: int
    judged: int
    worked: int


def note_sent(session: Session, person_id: int, day: date, ideas: Collection[int], at: datetime) -> None:
    """Note when the nudges of one message were sent; those that were left out of it have no such time."""
    if not ideas:
        return
    statement = update(Nudge).where(
        col(Nudge.person_id) == person_id, col(Nudge.day) == day, col(Nudge.idea_id).in_(ideas)
    )
    session.execute(statement.values(sent_at=at), execution_options=AS_IT_IS)


def answered_nudges(
    session: Session, answers: Mapping[Which, Collection[IdeaEventKind]]
) -> list[tuple[int, datetime]]:
    """(nudge, when) of the nudges that leaders have answered since they were sent and that do not say so."""
    found: list[tuple[int, datetime]] = []
    for clock, kinds in answers.items():
        rows = session.execute(
            select(col(Nudge.id), func.min(IdeaEvent.at))
            .join(IdeaEvent, col(IdeaEvent.idea_id) == Nudge.idea_id)
            .where(
                col(Nudge.clock) == clock,
                col(Nudge.answered_at).is_(None),
                col(Nudge.sent_at).is_not(None),
                col(IdeaEvent.at) >= col(Nudge.sent_at),
                col(IdeaEvent.part) == Part.LEADER,
                col(IdeaEvent.kind).in_(list(kinds)),
            )
            .group_by(col(Nudge.id))
        )
        found += [(nudge_id, at) for nudge_id, at in rows]
    return sorted(found)


def unjudged_nudges(session: Session, before: datetime) -> list[SentNudge]:
    """Nudges of which it is not known whether they worked: the answered, and those sent before a moment."""
    rows = session.execute(
        select(
            col(Nudge.id),
            col(Nudge.idea_id),
            col(Nudge.person_id),
            col(Nudge.sent_at),
            col(Nudge.answered_at),
        ).where(
            col(Nudge.worked).is_(None),
            col(Nudge.sent_at).is_not(None),
            or_(col(Nudge.answered_at).is_not(None), col(Nudge.sent_at) < before),
        )
    )
    return [SentNudge(*row) for row in rows]


def set_answered(session: Session, found: Collection[tuple[int, datetime]]) -> None:
    """Note when nudges were answered."""
    by_moment: dict[datetime, list[int]] = {}
    for nudge_id, at in found:
        by_moment.setdefault(at, []).append(nudge_id)
    for at, ids in by_moment.items():
        for some in parts(ids):
            statement = update(Nudge).where(col(Nudge.id).in_(some), col(Nudge.answered_at).is_(None))
            session.execute(statement.values(answered_at=at), execution_options=AS_IT_IS)


def set_worked(session: Session, found: Mapping[int, bool]) -> None:
    """Note whether nudges worked."""
    for worked in (True, False):
        for some in parts([nudge_id for nudge_id, value in found.items() if value is worked]):
            session.execute(
                update(Nudge).where(col(Nudge.id).in_(some)).values(worked=worked),
                execution_options=AS_IT_IS,
            )


def rung_counts(session: Session) -> list[RungCount]:
    """What the nudges of each rung came to, in the order of the rungs; those never sent do not count."""
    rows = session.execute(
        select(
            col(Nudge.rung),
            func.count(),
            func.sum(case((col(Nudge.worked).is_not(None), 1), else_=0)),
            func.sum(case((col(Nudge.worked).is_(True), 1), else_=0)),
        )
        .where(col(Nudge.sent_at).is_not(None))
        .group_by(col(Nudge.rung))
    )
    found = {row[0]: RungCount(row[0], int(row[1]), int(row[2]), int(row[3])) for row in rows}
    return [found[rung] for rung in Rung if rung in found]
