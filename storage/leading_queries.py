"""Queries for what leaders are sent: whom they lead, who answered, who works there."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime

from sqlalchemy import select as select_columns
from sqlmodel import Session, col, or_, select

from storage.ideas import Idea, IdeaEvent
from storage.leading import Nudge, UnitRules
from storage.people import Membership, Person, Unit
from storage.terms import IdeaEventKind, Part


def led_units(session: Session, person_id: int) -> list[Unit]:
    """The units of whose leadership (pair or deputy) somebody is, by name."""
    query = select(Unit).where(
        or_(
            col(Unit.leader_id) == person_id,
            col(Unit.manager_id) == person_id,
            col(Unit.deputy_id) == person_id,
        )
    )
    return list(session.exec(query.order_by(Unit.name)))


def answers_between(
    session: Session,
    unit_ids: Collection[int],
    kinds: Collection[IdeaEventKind],
    since: datetime,
    until: datetime,
) -> list[tuple[int, int]]:
    """(idea, person) of each line of these kinds that a leader wrote, on ideas that these units answer."""
    query = (
        select_columns(col(IdeaEvent.idea_id), col(IdeaEvent.actor_id))
        .join(Idea, col(Idea.id) == col(IdeaEvent.idea_id))
        .where(
            col(Idea.answering_unit_id).in_(list(unit_ids)),
            col(IdeaEvent.kind).in_(list(kinds)),
            col(IdeaEvent.part) == Part.LEADER,
            col(IdeaEvent.actor_id).is_not(None),
            col(IdeaEvent.at) >= since,
            col(IdeaEvent.at) < until,
        )
        .order_by(col(IdeaEvent.at), col(IdeaEvent.id))
    )
    return [(idea_id, actor_id) for idea_id, actor_id in session.execute(query)]


def asked_for_approval(session: Session, idea_ids: Collection[int]) -> set[int]:
    """Which of these ideas an approver was ever asked about."""
    if not idea_ids:
        return set()
    query = select_columns(col(IdeaEvent.idea_id)).where(
        col(IdeaEvent.idea_id).in_(list(idea_ids)), col(IdeaEvent.kind) == IdeaEventKind.APPROVAL_ASKED
    )
    return set(session.execute(query).scalars())


def professions_in(session: Session, unit_ids: Collection[int], day: date) -> dict[int, str]:
    """What everybody is by profession who works in one of these units on a day, by person."""
    query = (
        select_columns(col(Person.id), col(Person.profession))
        .join(Membership, col(Membership.person_id) == col(Person.id))
        .where(
            col(Membership.unit_id).in_(list(unit_ids)),
            col(Membership.starts) <= day,
            col(Membership.ends) >= day,
            col(Person.erased_at).is_(None),
        )
    )
    return {person_id: str(profession) for person_id, profession in session.execute(query)}


def above_answered_by(session: Session, unit_ids: Collection[int]) -> list[Idea]:
    """The ideas that these units answer, and that were handed in for somebody above the sender's leaders."""
    query = select(Idea).where(col(Idea.answering_unit_id).in_(list(unit_ids)), col(Idea.above))
    return list(session.exec(query.order_by(col(Idea.id))))


def was_told(session: Session, idea_id: int, person_id: int) -> bool:
    """Whether an idea stood in a message of somebody's."""
    query = select(Nudge.id).where(Nudge.idea_id == idea_id, Nudge.person_id == person_id)
    return session.exec(query.limit(1)).first() is not None


def others_after(session: Session, unit_id: int, rungs: Sequence[int]) -> int | None:
    """After how many working days an idea comes to the deputy and the manager as well; None for never.

    `rungs` are the site's, where the unit has none of its own.
    """
    rules = session.get(UnitRules, unit_id)
    if rules is not None and not rules.nudges:
        return None
    own = rules.rungs if rules is not None else None
    return int((own or rungs)[2])
