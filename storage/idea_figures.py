"""Queries for figures on ideas, for their export and for the sheet on the wall."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from storage.ideas import Idea, IdeaEvent, IdeaSupport
from storage.measures import Measure
from storage.outbox import SiteFact
from storage.people import Membership, Person, Unit
from storage.terms import IdeaEventKind, IdeaState

# Asked for in one statement at most: SQLite takes no more than some thousand parameters.
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class IdeaRow:
    """One idea as figures need it: nothing that somebody typed, and no name.

    `submitter_id`, `profession` and `grade` are those of a named sender. `in_place_at` is when it was first
    said to be in place, whatever came after.
    """

    id: int
    state: IdeaState
    unit_id: int
    answering_unit_id: int
    anonymous: bool
    above: bool
    own_control: bool
    submitter_id: int | None
    profession: str
    grade: str
    merged_into_id: int | None
    assignee_id: int | None
    owner_id: int | None
    handed_in_at: datetime
    moved_at: datetime
    first_words_at: datetime | None
    decided_at: datetime | None
    implemented_at: datetime | None
    verified_at: datetime | None
    acknowledge_by: date | None
    decide_by: date | None
    update_by: date | None
    due_on: date | None
    in_place_at: datetime | None


@dataclass(frozen=True, slots=True)
class UnitRow:
    """A unit, where it stands in the tree, its channel, and how many people work in it itself."""

    id: int
    name: str
    parent_id: int | None
    channel: str
    people: int


@dataclass(frozen=True, slots=True)
class TitleRow:
    """An idea with its words; `done` is what was done, or why not now (the latest such line)."""

    id: int
    state: IdeaState
    text: str
    above: bool
    done: str
    on: date | None
    at: datetime | None
    verified_at: datetime | None


@dataclass(frozen=True, slots=True)
class ExportRow:
    """An idea for the export. Of the sender of an anonymous idea there is nothing here."""

    idea: Idea
    unit: str
    answering_unit: str
    sender: str
    email: str
    profession: str
    measure: str
    owner: str
    supporters: int


def idea_rows(
    session: Session,
    *,
    since: datetime,
    until: datetime,
    open_states: Collection[IdeaState] = (),
    answering: Collection[int] | None = None,
    units: Collection[int] | None = None,
) -> list[IdeaRow]:
    """Ideas handed in from `since` up to `until`, and all those in `open_states`, by number.

    `answering`: only those which the leadership of one of these units answers; `units`: only those that
    apply to one of them. An idea that one of them was merged into is not among them for that alone.
    """
    wanted = or_(col(Idea.handed_in_at) >= since, col(Idea.state).in_(list(open_states)))
    query = _idea_rows().where(wanted, col(Idea.handed_in_at) < until)
    if answering is not None:
        query = query.where(col(Idea.answering_unit_id).in_(list(answering)))
    if units is not None:
        query = query.where(col(Idea.unit_id).in_(list(units)))
    return [IdeaRow(*row) for row in session.execute(query.order_by(col(Idea.id)))]


def ideas_by_id(session: Session, ids: Collection[int]) -> list[IdeaRow]:
    """These ideas, by number."""
    wanted, found = sorted(ids), list[IdeaRow]()
    for first in range(0, len(wanted), _AT_ONCE):
        query = _idea_rows().where(col(Idea.id).in_(wanted[first : first + _AT_ONCE]))
        found += [IdeaRow(*row) for row in session.execute(query.order_by(col(Idea.id)))]
    return found


def _idea_rows() -> Select[Any]:
    in_place = (
        select(func.min(IdeaEvent.at))
        .where(col(IdeaEvent.idea_id) == Idea.id, col(IdeaEvent.kind) == IdeaEventKind.IMPLEMENTED)
        .scalar_subquery()
    )
    others: dict[str, Any] = {
        "profession": func.coalesce(Person.profession, ""),
        "grade": func.coalesce(Person.grade, ""),
        "in_place_at": in_place,
    }
    columns = [
        others[field.name] if field.name in others else getattr(Idea, field.name) for field in fields(IdeaRow)
    ]
    return select(*columns).join(Person, col(Person.id) == Idea.submitter_id, isouter=True)


def unit_rows(session: Session, day: date) -> list[UnitRow]:
    """All units by name, with the people who work in each on that day."""
    people = (
        select(col(Membership.unit_id), func.count(func.distinct(Membership.person_id)).label("people"))
        .where(col(Membership.starts) <= day, col(Membership.ends) >= day)
        .group_by(col(Membership.unit_id))
        .subquery()
    )
    query = (
        select(
            col(Unit.id),
            col(Unit.name),
            col(Unit.parent_id),
            col(Unit.channel),
            func.coalesce(people.c.people, 0),
        )
        .join(people, people.c.unit_id == Unit.id, isouter=True)
        .order_by(col(Unit.name))
    )
    return [UnitRow(*row) for row in session.execute(query)]


def titles_in_place(session: Session, unit_id: int, since: datetime, until: datetime) -> list[TitleRow]:
    """Ideas of a unit that came into place, or were confirmed, in that time; the latest first.

    Not those whose words were taken out, and those that skipped the unit's leaders only once confirmed.
    """
    in_time = or_(
        (col(Idea.implemented_at) >= since) & (col(Idea.implemented_at) < until),
        (col(Idea.verified_at) >= since) & (col(Idea.verified_at) < until),
    )
    states = (IdeaState.IMPLEMENTED, IdeaState.VERIFIED)
    shown = or_(col(Idea.above).is_(False), col(Idea.state) == IdeaState.VERIFIED)
    query = _titles(IdeaEventKind.IMPLEMENTED, col(Idea.implemented_on)).where(
        col(Idea.unit_id) == unit_id, col(Idea.state).in_(states), in_time, shown
    )
    found = [TitleRow(*row) for row in session.execute(query)]
    # Confirmed ones first, then by when: the same order on both kinds of database.
    return sorted(found, key=lambda row: (row.verified_at is None, -(_latest(row).timestamp()), row.id))


def titles_not_now(session: Session, unit_id: int, since: datetime, until: datetime) -> list[TitleRow]:
    """Ideas of a unit that were answered "not now" in that time, with the reason; the latest first."""
    query = _titles(IdeaEventKind.PUT_OFF, col(Idea.look_again_on)).where(
        col(Idea.unit_id) == unit_id,
        col(Idea.state) == IdeaState.NOT_NOW,
        col(Idea.above).is_(False),
        col(Idea.decided_at) >= since,
        col(Idea.decided_at) < until,
    )
    found = [TitleRow(*row) for row in session.execute(query)]
    return sorted(found, key=lambda row: (-(_latest(row).timestamp()), row.id))


def _titles(kind: IdeaEventKind, on: Any) -> Select[Any]:
    # A table of its own: it stands inside of the join that it is compared with.
    line = aliased(IdeaEvent)
    last = (
        select(func.max(line.seq))
        .where(col(line.idea_id) == Idea.id, col(line.kind) == kind)
        .correlate(Idea)
        .scalar_subquery()
    )
    return (
        select(
            col(Idea.id),
            col(Idea.state),
            col(Idea.text),
            col(Idea.above),
            func.coalesce(IdeaEvent.words, ""),
            on,
            col(IdeaEvent.at),
            col(Idea.verified_at),
        )
        .join(IdeaEvent, (col(IdeaEvent.idea_id) == Idea.id) & (col(IdeaEvent.seq) == last), isouter=True)
        .where(col(Idea.details_removed_at).is_(None))
    )


def _latest(row: TitleRow) -> datetime:
    moments = [moment for moment in (row.verified_at, row.at) if moment is not None]
    assert moments, "an idea in place has a line of history that says so"
    return max(moments)


def export_rows(
    session: Session, *, states: Collection[IdeaState] = (), unit_id: int | None = None
) -> list[ExportRow]:
    """All ideas by number, or those in these states and of this unit."""
    answering, owner = aliased(Unit), aliased(Person)
    supporters = (
        select(func.count())
        .select_from(IdeaSupport)
        .where(col(IdeaSupport.idea_id) == Idea.id)
        .scalar_subquery()
    )
    query = (
        select(
            Idea,
            col(Unit.name),
            col(answering.name),
            func.coalesce(Person.name, ""),
            func.coalesce(Person.email, ""),
            func.coalesce(Person.profession, ""),
            func.coalesce(Measure.key, ""),
            func.coalesce(owner.name, ""),
            supporters,
        )
        .join(Unit, col(Unit.id) == Idea.unit_id)
        .join(answering, col(answering.id) == Idea.answering_unit_id)
        .join(Person, (col(Person.id) == Idea.submitter_id) & col(Person.erased_at).is_(None), isouter=True)
        .join(Measure, col(Measure.id) == Idea.measure_id, isouter=True)
        .join(owner, (col(owner.id) == Idea.owner_id) & col(owner.erased_at).is_(None), isouter=True)
        .order_by(col(Idea.id))
    )
    if states:
        query = query.where(col(Idea.state).in_(list(states)))
    if unit_id is not None:
        query = query.where(col(Idea.unit_id) == unit_id)
    return [ExportRow(*row) for row in session.execute(query)]


def unit_ids_by_name(session: Session) -> Mapping[str, int]:
    """The id of each unit by its name."""
    rows = session.execute(select(col(Unit.name), col(Unit.id)).order_by(col(Unit.name)))
    return {str(name): int(unit_id) for name, unit_id in rows}


def month_is_told(session: Session, month: str) -> bool:
    """Whether the messages about a month (2026-10) were planned."""
    fact = session.get(SiteFact, _TOLD)
    return fact is not None and fact.value >= month


def remember_month(session: Session, month: str) -> None:
    """Note that the messages about a month were planned."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    statement = insert(SiteFact).values(name=_TOLD, value=month)
    session.execute(statement.on_conflict_do_update(index_elements=["name"], set_={"value": month}))


_TOLD = "ideas_month_told"
