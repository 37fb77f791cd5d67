"""Queries that lists of ideas start from: who may see which, a leader's board, one's own, a unit's month."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, case, exists, false, func, literal, or_
from sqlalchemy.orm import aliased
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import Session, col, select

from storage.ideas import Delegation, Idea, IdeaEvent, IdeaSupport
from storage.people import Membership, Person, Unit
from storage.terms import FOREVER, IdeaEventKind, IdeaState

UNANSWERED = (IdeaState.NEW, IdeaState.ACKNOWLEDGED)
IN_PROGRESS = (IdeaState.ACCEPTED, IdeaState.PLANNED, IdeaState.TESTING, IdeaState.DISPUTED)
DONE = (IdeaState.VERIFIED, IdeaState.TRIED)
# What is no idea of its own any more stands in nobody's list but its sender's.
_GONE = (IdeaState.MERGED, IdeaState.WITHDRAWN)

_ANSWERS_TO_APPROVAL = (
    IdeaEventKind.ACCEPTED,
    IdeaEventKind.PLANNED,
    IdeaEventKind.TEST_STARTED,
    IdeaEventKind.PUT_OFF,
    IdeaEventKind.DECLINED,
    IdeaEventKind.APPROVED,
    IdeaEventKind.SENT_BACK,
    IdeaEventKind.MERGED,
    IdeaEventKind.WITHDRAWN,
)

Condition = ColumnElement[bool]


@dataclass(frozen=True, slots=True)
class Looker:
    """Who looks, by ids.

    `answers` are the units whose ideas they answer now; `passed_over` those of whose leadership they are
    themselves, so that an idea from there that was meant for somebody above is not for them. `own` are their
    anonymous ideas. `approves` are the units of which they are an approver, None for all.
    """

    person_id: int | None = None
    answers: frozenset[int] = frozenset()
    passed_over: frozenset[int] = frozenset()
    own: frozenset[int] = frozenset()
    approves: frozenset[int] | None = frozenset()


@dataclass(frozen=True, slots=True)
class FoundIdea:
    """An idea with what one line of a list says of it."""

    idea: Idea
    unit: str
    owner: str
    supporters: int


@dataclass(frozen=True, slots=True)
class ColumnCounts:
    """How many ideas stand in each column of a board."""

    waiting: int
    overdue: int
    in_progress: int
    verification: int
    done: int


@dataclass(frozen=True, slots=True)
class MonthCounts:
    """What became of a unit's ideas since a moment."""

    handed_in: int
    answered: int
    tried: int
    in_place: int


def visible_to(looker: Looker) -> Condition:
    """Ideas that somebody may see; the same rule as `bot.ideas.gather.sees`.

    One that was meant for somebody above is its sender's and theirs who answer it, do it, think about it or
    are asked to approve it, until it is verified.
    """
    seen = [col(Idea.above).is_(False), col(Idea.state) == IdeaState.VERIFIED, is_own(looker), is_led(looker)]
    if looker.person_id is not None:
        seen += [col(Idea.owner_id) == looker.person_id, col(Idea.assignee_id) == looker.person_id]
    if looker.approves is None:
        seen.append(_waits_for_approval())
    elif looker.approves:
        seen.append(and_(col(Idea.answering_unit_id).in_(sorted(looker.approves)), _waits_for_approval()))
    return or_(*seen)


def is_own(looker: Looker) -> Condition:
    """Ideas that somebody handed in."""
    named = false() if looker.person_id is None else col(Idea.submitter_id) == looker.person_id
    return or_(named, col(Idea.id).in_(sorted(looker.own))) if looker.own else named


def is_led(looker: Looker, units: Collection[int] | None = None) -> Condition:
    """Ideas that somebody answers; of these units only."""
    units = looker.answers if units is None else looker.answers & set(units)
    if not units:
        return false()
    led = col(Idea.answering_unit_id).in_(sorted(units))
    if not looker.passed_over:
        return led
    return and_(led, or_(col(Idea.above).is_(False), col(Idea.unit_id).not_in(sorted(looker.passed_over))))


def _waits_for_approval() -> Condition:
    """A decision of theirs waits for an approver: nothing has answered the latest asking for approval."""
    asked, later = aliased(IdeaEvent), aliased(IdeaEvent)
    answered = exists().where(
        col(later.idea_id) == col(asked.idea_id),
        col(later.seq) > col(asked.seq),
        col(later.kind).in_(_ANSWERS_TO_APPROVAL),
    )
    return exists().where(
        col(asked.idea_id) == col(Idea.id), col(asked.kind) == IdeaEventKind.APPROVAL_ASKED, ~answered
    )


def still_there() -> Condition:
    """Ideas that were neither merged into another nor withdrawn."""
    return col(Idea.state).not_in(_GONE)


def in_column(column: str, today: date) -> Condition:
    """Ideas that stand in a column of the board ("waiting", "overdue", …)."""
    match column:
        case "overdue":
            return _overdue(today)
        case "in_progress":
            return col(Idea.state).in_(IN_PROGRESS)
        case "verification":
            return col(Idea.state) == IdeaState.IMPLEMENTED
        case "done":
            return col(Idea.state).in_(DONE)
        case _:
            return col(Idea.state).in_(UNANSWERED)


def find_ideas(
    session: Session,
    where: Sequence[Condition],
    order: Sequence[Any],
    *,
    limit: int,
    offset: int = 0,
) -> list[FoundIdea]:
    """A page of the ideas for which all of `where` holds."""
    query = _listed().where(*where).order_by(*order, col(Idea.id).desc()).limit(limit).offset(offset)
    return [FoundIdea(idea, unit, owner or "", n) for idea, unit, owner, n in session.execute(query).all()]


def count_ideas(session: Session, where: Sequence[Condition]) -> int:
    """How many ideas all of `where` holds for."""
    return session.exec(select(func.count()).select_from(Idea).where(*where)).one()


def ideas_by_id(session: Session, ids: Sequence[int]) -> list[FoundIdea]:
    """These ideas, in this order."""
    if not ids:
        return []
    found = {item.idea.id: item for item in find_ideas(session, [col(Idea.id).in_(ids)], (), limit=len(ids))}
    return [found[number] for number in ids if number in found]


def meant_for_above(session: Session, looker: Looker) -> list[int]:
    """Ids of the ideas that not everybody may see, but this person may."""
    query = select(Idea.id).where(
        col(Idea.above).is_(True),
        col(Idea.state) != IdeaState.VERIFIED,
        still_there(),
        visible_to(looker),
    )
    return [number for number in session.exec(query).all() if number is not None]


def units_first(units: Collection[int]) -> tuple[Any, ...]:
    """The order of a list without words: these units' ideas, then all others, the newest movement first."""
    newest = col(Idea.moved_at).desc()
    if not units:
        return (newest,)
    return (case((col(Idea.unit_id).in_(sorted(units)), 0), else_=1), newest)


def soonest_first() -> tuple[Any, ...]:
    """The order of what waits: the clock that runs out first."""
    return (_due(),)


def newest_first() -> tuple[Any, ...]:
    """The newest movement first."""
    return (col(Idea.moved_at).desc(),)


def is_supported_by(person_id: int) -> Condition:
    """Ideas that somebody said "me too" to."""
    return col(Idea.id).in_(select(IdeaSupport.idea_id).where(IdeaSupport.person_id == person_id))


def own_states(session: Session, looker: Looker) -> list[tuple[int, IdeaState, datetime]]:
    """Number, state and latest movement of everything that somebody handed in; the newest movement first."""
    query = (
        select(Idea.id, Idea.state, Idea.moved_at)
        .where(is_own(looker))
        .order_by(*newest_first(), col(Idea.id).desc())
    )
    return [(row[0], IdeaState(row[1]), row[2]) for row in session.execute(query).all()]


def open_questions(session: Session, ids: Collection[int]) -> dict[int, int]:
    """The latest question of each of these ideas that has no answer yet: the number of its line."""
    if not ids:
        return {}
    query = (
        select(IdeaEvent.idea_id, IdeaEvent.seq, IdeaEvent.kind, IdeaEvent.facts)
        .where(
            col(IdeaEvent.idea_id).in_(ids),
            col(IdeaEvent.kind).in_([IdeaEventKind.ASKED, IdeaEventKind.ANSWERED]),
        )
        .order_by(col(IdeaEvent.idea_id), col(IdeaEvent.seq))
    )
    asked: dict[int, list[int]] = {}
    answered: set[tuple[int, int | None]] = set()
    for idea_id, seq, kind, facts in session.execute(query).all():
        if kind is IdeaEventKind.ASKED:
            asked.setdefault(idea_id, []).append(seq)
        else:
            answered.add((idea_id, facts.get("asks")))
    still = {number: [one for one in seqs if (number, one) not in answered] for number, seqs in asked.items()}
    return {number: seqs[-1] for number, seqs in still.items() if seqs}


def count_columns(session: Session, where: Sequence[Condition], today: date) -> ColumnCounts:
    """How many of these ideas stand in each column."""

    def how_many(column: str) -> ColumnElement[int]:
        return func.coalesce(func.sum(case((in_column(column, today), 1), else_=0)), 0)

    names = ("waiting", "overdue", "in_progress", "verification", "done")
    row = session.execute(select(*(how_many(name) for name in names)).select_from(Idea).where(*where)).one()
    return ColumnCounts(*(int(number) for number in row))


def in_place_since(moment: datetime) -> Condition:
    """Ideas that came into place, or were confirmed, since then."""
    return and_(
        col(Idea.state).in_([IdeaState.IMPLEMENTED, IdeaState.VERIFIED]),
        or_(col(Idea.implemented_at) >= moment, col(Idea.verified_at) >= moment),
    )


def open_in_unit(unit_id: int) -> tuple[Condition, ...]:
    """Ideas of a unit that everybody in it may see."""
    return (col(Idea.unit_id) == unit_id, col(Idea.above).is_(False), still_there())


def count_month(session: Session, unit_id: int, since: datetime) -> MonthCounts:
    """What became of a unit's ideas since then, those apart that not everybody in it may see."""

    def how_many(condition: Condition) -> ColumnElement[int]:
        return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)

    row = session.execute(
        select(
            how_many(col(Idea.handed_in_at) >= since),
            how_many(col(Idea.first_words_at) >= since),
            how_many(and_(col(Idea.state) == IdeaState.TRIED, col(Idea.moved_at) >= since)),
            how_many(in_place_since(since)),
        )
        .select_from(Idea)
        .where(*open_in_unit(unit_id))
    ).one()
    return MonthCounts(*(int(number) for number in row))


def units_of(session: Session, person_id: int, day: date) -> list[tuple[int, str]]:
    """The units (id, name) that somebody belongs to on a day, the latest membership first."""
    query = (
        select(Unit.id, Unit.name)
        .join(Membership, col(Membership.unit_id) == Unit.id)
        .where(Membership.person_id == person_id, Membership.starts <= day, Membership.ends >= day)
        .order_by(col(Membership.starts).desc(), col(Membership.id))
    )
    found = {number: name for number, name in session.exec(query).all() if number is not None}
    return list(found.items())


def units_named(session: Session, ids: Collection[int]) -> list[tuple[int, str]]:
    """These units (id, name) in the order of their names."""
    if not ids:
        return []
    query = select(Unit.id, Unit.name).where(col(Unit.id).in_(sorted(ids))).order_by(Unit.name)
    return [(number, name) for number, name in session.exec(query).all() if number is not None]


def delegations_about(session: Session, person_id: int, day: date) -> list[tuple[Delegation, str, str]]:
    """Who stands in for somebody, and for whom they stand in, from that day on: with both names."""
    led, stands = aliased(Person), aliased(Person)
    query = (
        select(Delegation, led.name, stands.name)
        .join(led, col(led.id) == Delegation.person_id)
        .join(stands, col(stands.id) == Delegation.delegate_id)
        .where(
            or_(col(Delegation.person_id) == person_id, col(Delegation.delegate_id) == person_id),
            Delegation.ends >= day,
        )
        .order_by(col(Delegation.starts), col(Delegation.id))
    )
    return [(row[0], row[1], row[2]) for row in session.execute(query).all()]


def _listed() -> Any:
    supporters = (
        select(func.count())
        .select_from(IdeaSupport)
        .where(col(IdeaSupport.idea_id) == col(Idea.id))
        .scalar_subquery()
    )
    return (
        select(Idea, Unit.name, Person.name, supporters)
        .join(Unit, col(Unit.id) == Idea.unit_id)
        .join(Person, col(Person.id) == Idea.owner_id, isouter=True)
    )


def _due() -> ColumnElement[date]:
    """The day by which the next answer is due: the first words, the decision, or an update; else FOREVER."""
    clocks = (col(Idea.acknowledge_by), col(Idea.decide_by), col(Idea.update_by))
    return func.coalesce(*clocks, literal(FOREVER))


def _overdue(today: date) -> Condition:
    """As `bot.ideas.gather.is_overdue`."""
    late = and_(col(Idea.state).in_(IN_PROGRESS), col(Idea.due_on) < today)
    return or_(_due() < today, late)
