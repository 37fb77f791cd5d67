"""Queries on goals: who is asked, who said what while it lasts, and what was adopted when."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, delete, update
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, or_, select

from storage.goals import Goal, GoalVote
from storage.ideas import Delegation
from storage.measures import ImportBatch, Measure, MeasureVersion, Observation
from storage.outbox import OutboxRow
from storage.people import ClinicianBinding, DigestPreference, Membership, PeerGroup, Person, Unit
from storage.terms import BatchState, GoalState, Vote


@dataclass(frozen=True, slots=True)
class GoalRow:
    """A goal with the names of what it is about."""

    goal: Goal
    measure_key: str
    group: str

    @property
    def id(self) -> int:
        """The goal's id."""
        assert self.goal.id is not None
        return self.goal.id


def goal_row(session: Session, goal_id: int) -> GoalRow | None:
    """One goal."""
    return next(iter(goal_rows(session, ids=[goal_id])), None)


def goal_rows(
    session: Session,
    *,
    ids: Collection[int] | None = None,
    groups: Collection[int] | None = None,
    states: Collection[GoalState] | None = None,
    measure_id: int | None = None,
) -> list[GoalRow]:
    """Goals, the oldest first."""
    query = (
        select(Goal, Measure.key, PeerGroup.name)
        .join(Measure, col(Measure.id) == Goal.measure_id)
        .join(PeerGroup, col(PeerGroup.id) == Goal.peer_group_id)
        .order_by(col(Goal.proposed_at), col(Goal.id))
    )
    if ids is not None:
        query = query.where(col(Goal.id).in_(list(ids)))
    if groups is not None:
        query = query.where(col(Goal.peer_group_id).in_(list(groups)))
    if states is not None:
        query = query.where(col(Goal.state).in_(list(states)))
    if measure_id is not None:
        query = query.where(Goal.measure_id == measure_id)
    return [GoalRow(*row) for row in session.exec(query)]


def current_version(session: Session, measure_id: int) -> MeasureVersion | None:
    """What a measure means now."""
    query = (
        select(MeasureVersion)
        .join(ImportBatch, col(ImportBatch.id) == MeasureVersion.batch_id)
        .where(ImportBatch.state == BatchState.LIVE, MeasureVersion.measure_id == measure_id)
        .order_by(col(MeasureVersion.batch_id).desc())
        .limit(1)
    )
    return session.exec(query).first()


def _on(day: date) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Memberships that hold on a day."""
    return col(Membership.starts) <= day, col(Membership.ends) >= day


def groups_of(session: Session, person_id: int, day: date) -> dict[int, str]:
    """The peer groups that somebody is in on a day, by id, with their names."""
    query = (
        select_columns(col(PeerGroup.id), col(PeerGroup.name))
        .join(Membership, col(Membership.peer_group_id) == col(PeerGroup.id))
        .where(
            col(Membership.person_id) == person_id,
            *_on(day),
        )
        .order_by(col(PeerGroup.name))
    )
    return {row[0]: row[1] for row in session.execute(query)}


def all_groups(session: Session) -> dict[str, int]:
    """The id of each peer group by its name."""
    return {group.name: group.id for group in session.exec(select(PeerGroup)) if group.id is not None}


def groups_with_goals(session: Session) -> set[int]:
    """The ids of the peer groups for which any goal was ever proposed."""
    return set(session.execute(select_columns(col(Goal.peer_group_id)).distinct()).scalars())


def members_of(session: Session, group_id: int, day: date) -> dict[int, set[int]]:
    """Who is in a peer group on a day, by id, with the units in which they are; the erased left out."""
    query = (
        select_columns(col(Membership.person_id), col(Membership.unit_id))
        .join(Person, col(Person.id) == col(Membership.person_id))
        .where(
            col(Membership.peer_group_id) == group_id,
            *_on(day),
            col(Person.erased_at).is_(None),
        )
        .order_by(col(Membership.person_id))
    )
    found: dict[int, set[int]] = {}
    for person_id, unit_id in session.execute(query):
        found.setdefault(person_id, set()).add(unit_id)
    return found


def counted_measures(session: Session, group_id: int, day: date, since: date) -> set[int]:
    """The ids of measures that have figures, since a day, of somebody who is in this group."""
    members = (
        select_columns(col(ClinicianBinding.clinician_id))
        .join(Membership, col(Membership.person_id) == col(ClinicianBinding.person_id))
        .where(
            col(Membership.peer_group_id) == group_id,
            *_on(day),
            col(ClinicianBinding.starts) <= day,
            col(ClinicianBinding.ends) >= day,
        )
    )
    codes = [code for (code,) in session.execute(members)]
    found: set[int] = set()
    for measure_id in session.exec(select(Measure.id)):
        # The primary key begins with measure and clinician: each is one short look.
        query = select(Observation.measure_id).where(
            Observation.measure_id == measure_id,
            col(Observation.clinician_id).in_(codes),
            Observation.period_start >= since,
        )
        if measure_id is not None and session.exec(query.limit(1)).first() is not None:
            found.add(measure_id)
    return found


def leaders_and_stand_ins(session: Session, today: date) -> set[int]:
    """Everybody who leads a unit, as one of the pair, as deputy, or standing in for one of them."""
    led = {
        person
        for unit in session.exec(select(Unit))
        for person in (unit.leader_id, unit.manager_id, unit.deputy_id)
        if person is not None
    }
    return led | {
        one.delegate_id
        for one in session.exec(
            select(Delegation).where(Delegation.starts <= today, Delegation.ends >= today)
        )
        if one.person_id in led
    }


def led_by(session: Session, person_id: int, today: date) -> frozenset[int]:
    """The units that somebody leads on a day, or for one of whose leaders they stand in."""
    stands_in_for = session.exec(
        select(Delegation.person_id).where(
            Delegation.delegate_id == person_id, Delegation.starts <= today, Delegation.ends >= today
        )
    ).all()
    leaders = [person_id, *stands_in_for]
    found = session.exec(
        select(Unit.id).where(
            or_(
                col(Unit.leader_id).in_(leaders),
                col(Unit.manager_id).in_(leaders),
                col(Unit.deputy_id).in_(leaders),
            )
        )
    )
    return frozenset(unit for unit in found if unit is not None)


# -- votes ----


def add_votes(session: Session, goal_id: int, people: Iterable[int]) -> None:
    """Everybody who is to be asked."""
    session.add_all(GoalVote(goal_id=goal_id, person_id=person_id) for person_id in people)
    session.flush()


def votes_of(session: Session, goal_id: int) -> list[GoalVote]:
    """Who is asked, and what they said so far."""
    query = select(GoalVote).where(GoalVote.goal_id == goal_id).order_by(col(GoalVote.person_id))
    return list(session.exec(query))


def vote_of(session: Session, goal_id: int, person_id: int) -> GoalVote | None:
    """What one of them said so far."""
    return session.get(GoalVote, (goal_id, person_id))


def own_votes(session: Session, person_id: int, goal_ids: Collection[int]) -> dict[int, Vote | None]:
    """The goals for which somebody is asked, with what they said."""
    query = select(GoalVote).where(GoalVote.person_id == person_id, col(GoalVote.goal_id).in_(list(goal_ids)))
    return {vote.goal_id: vote.vote for vote in session.exec(query)}


def note_asked(session: Session, goal_id: int, people: Collection[int], at: datetime) -> None:
    """The question has reached them."""
    session.execute(
        update(GoalVote)
        .where(
            col(GoalVote.goal_id) == goal_id,
            col(GoalVote.person_id).in_(list(people)),
            col(GoalVote.asked_at).is_(None),
        )
        .values(asked_at=at)
    )


def forget_votes(session: Session, goal_id: int) -> None:
    """Who said what is forgotten."""
    session.execute(delete(GoalVote).where(col(GoalVote.goal_id) == goal_id))


# -- what was said in messages ----


def letters_about(session: Session, kind: str, goal_id: int) -> list[OutboxRow]:
    """The messages of a kind about a goal, whatever became of them."""
    query = select(OutboxRow).where(OutboxRow.kind == kind, OutboxRow.period == str(goal_id))
    return list(session.exec(query.order_by(col(OutboxRow.id))))


def letter_to(session: Session, kind: str, goal_id: int, person_id: int) -> OutboxRow | None:
    """The message of a kind about a goal to somebody."""
    query = select(OutboxRow).where(
        OutboxRow.kind == kind, OutboxRow.period == str(goal_id), OutboxRow.recipient_id == person_id
    )
    return session.exec(query.order_by(col(OutboxRow.id).desc()).limit(1)).first()


# -- what is adopted ----


def adopted_before(session: Session, moment: datetime) -> dict[tuple[str, str], Goal]:
    """The goal of each (measure's key, group's name) at a moment: adopted before, and not ended then."""
    query = (
        select(Goal, Measure.key, PeerGroup.name)
        .join(Measure, col(Measure.id) == Goal.measure_id)
        .join(PeerGroup, col(PeerGroup.id) == Goal.peer_group_id)
        .where(
            col(Goal.state).in_((GoalState.ADOPTED, GoalState.ENDED)),
            col(Goal.decided_at) < moment,
            or_(col(Goal.ended_at).is_(None), col(Goal.ended_at) >= moment),
        )
        .order_by(col(Goal.decided_at), col(Goal.id))
    )
    return {(key, group): goal for goal, key, group in session.exec(query)}


def preferences(session: Session, people: Collection[int]) -> dict[int, DigestPreference]:
    """When these people want their digest, as far as they have said."""
    query = select(DigestPreference).where(col(DigestPreference.person_id).in_(list(people)))
    return {row.person_id: row for row in session.exec(query)}
