"""Queries for what leaders hear of their own leading: ideas that came to them, and units that are quiet."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlmodel import Session, col, or_

from storage.ideas import Idea, IdeaEvent
from storage.leading import LeaderMessage
from storage.measures import BatchChange, ImportBatch
from storage.people import Membership, Person
from storage.terms import IdeaEventKind, IdeaState


@dataclass(frozen=True, slots=True)
class CameRow:
    """An idea, and when it came to those who answer it now: handed in, or last moved to them."""

    id: int
    state: IdeaState
    unit_id: int
    answering_unit_id: int
    above: bool
    own_control: bool
    came_at: datetime
    changed_at: datetime
    first_words_at: datetime | None


@dataclass(frozen=True, slots=True)
class LastIdea:
    """The number of an idea, the unit where it applies, and when it was handed in, or appeared."""

    id: int
    unit_id: int
    handed_in_at: datetime


def came_between(session: Session, since: datetime, until: datetime) -> list[CameRow]:
    """The ideas that came to their leaders from `since` up to `until`, by number; merged ones have left."""
    moved = (
        select(col(IdeaEvent.idea_id), func.max(IdeaEvent.at).label("at"))
        .where(col(IdeaEvent.kind) == IdeaEventKind.MOVED, col(IdeaEvent.at) >= since)
        .group_by(col(IdeaEvent.idea_id))
        .subquery()
    )
    rows = session.execute(
        select(
            col(Idea.id),
            col(Idea.state),
            col(Idea.unit_id),
            col(Idea.answering_unit_id),
            col(Idea.above),
            col(Idea.own_control),
            col(Idea.handed_in_at),
            col(Idea.moved_at),
            col(Idea.first_words_at),
            moved.c.at,
        )
        .join(moved, moved.c.idea_id == Idea.id, isouter=True)
        .where(
            col(Idea.handed_in_at) < until,
            col(Idea.state) != IdeaState.MERGED,
            or_(col(Idea.handed_in_at) >= since, moved.c.at.is_not(None)),
        )
        .order_by(col(Idea.id))
    )
    found = [
        CameRow(number, state, unit, answering, above, own, max(at or handed_in, handed_in), changed, words)
        for number, state, unit, answering, above, own, handed_in, changed, words, at in rows
    ]
    return [row for row in found if since <= row.came_at < until]


def had_a_week(session: Session, person_id: int, since: date, before: date) -> bool:
    """Whether somebody was sent a leader's week on a day from `since` on, and before another."""
    query = select(col(LeaderMessage.id)).where(
        col(LeaderMessage.person_id) == person_id,
        col(LeaderMessage.week),
        col(LeaderMessage.day) >= since,
        col(LeaderMessage.day) < before,
        col(LeaderMessage.sent_at).is_not(None),
    )
    return session.execute(query.limit(1)).first() is not None


# -- units that are quiet, or from which much came ----


def ideas_of_units(
    session: Session, unit_ids: Collection[int], since: datetime, until: datetime
) -> list[LastIdea]:
    """The ideas of these units that were handed in in that time, those for somebody above left out."""
    query = (
        select(col(Idea.id), col(Idea.unit_id), col(Idea.handed_in_at))
        .where(
            col(Idea.unit_id).in_(list(unit_ids)),
            col(Idea.above).is_(False),
            col(Idea.handed_in_at) >= since,
            col(Idea.handed_in_at) < until,
        )
        .order_by(col(Idea.id))
    )
    return [LastIdea(*row) for row in session.execute(query)]


def last_ideas(session: Session, unit_ids: Collection[int], until: datetime) -> dict[int, datetime]:
    """When the latest idea of each unit was handed in before a moment, those for somebody above left out."""
    query = (
        select(col(Idea.unit_id), func.max(Idea.handed_in_at))
        .where(
            col(Idea.unit_id).in_(list(unit_ids)), col(Idea.above).is_(False), col(Idea.handed_in_at) < until
        )
        .group_by(col(Idea.unit_id))
    )
    return {row[0]: row[1] for row in session.execute(query)}


def people_in(session: Session, unit_ids: Collection[int], day: date) -> dict[int, int]:
    """How many people work in each of these units itself on a day; units without any are left out."""
    query = (
        select(col(Membership.unit_id), func.count(func.distinct(Membership.person_id)))
        .join(Person, col(Person.id) == Membership.person_id)
        .where(
            col(Membership.unit_id).in_(list(unit_ids)),
            col(Membership.starts) <= day,
            col(Membership.ends) >= day,
            col(Person.erased_at).is_(None),
        )
        .group_by(col(Membership.unit_id))
    )
    return {row[0]: row[1] for row in session.execute(query)}


def first_members(session: Session, unit_ids: Collection[int]) -> dict[int, date]:
    """Since when anybody has worked in each of these units."""
    query = (
        select(col(Membership.unit_id), func.min(Membership.starts))
        .where(col(Membership.unit_id).in_(list(unit_ids)))
        .group_by(col(Membership.unit_id))
    )
    return {row[0]: row[1] for row in session.execute(query)}


def imported_at(session: Session, unit_ids: Collection[int]) -> dict[int, datetime]:
    """When the import that made each of these units was published, as far as one did."""
    query = (
        select(col(BatchChange.entity_id), col(BatchChange.before), col(ImportBatch.published_at))
        .join(ImportBatch, col(ImportBatch.id) == BatchChange.batch_id)
        .where(
            col(BatchChange.entity) == "unit",
            col(BatchChange.entity_id).in_(list(unit_ids)),
            col(ImportBatch.published_at).is_not(None),
        )
    )
    found: dict[int, datetime] = {}
    for unit_id, before, at in session.execute(query):
        if before is None:
            found[unit_id] = max(at, found.get(unit_id, at))
    return found


def first_use(session: Session) -> datetime | None:
    """When the site's first import was published or its first idea handed in; None before either."""
    moments: Sequence[datetime | None] = (
        session.execute(select(func.min(ImportBatch.published_at))).scalar_one(),
        session.execute(select(func.min(Idea.handed_in_at))).scalar_one(),
    )
    return min((one for one in moments if one is not None), default=None)
