"""Rows about what clinicians say of their figures, and what they set aside."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, update
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, select

from storage.answers import FigureAnswer, SetAside
from storage.people import ClinicianBinding, Membership, Person
from storage.terms import AnswerKind, AnswerState


@dataclass(frozen=True, slots=True)
class Aside:
    """One thing set aside by an answer that stands: a period's counts, or one case.

    `agreed`: the analyst, or a colleague of the group, agrees, so that it counts for the group as well (D19).
    """

    answer_id: int
    person_id: int
    measure_id: int
    clinician_id: int
    period_start: date
    case_ref: str
    numerator: float
    denominator: float
    agreed: bool


def counts_for_group() -> ColumnElement[bool]:
    """Answers that somebody else agrees with; an analyst's no weighs more than a colleague's yes."""
    seconded = and_(col(FigureAnswer.state) == AnswerState.OPEN, col(FigureAnswer.seconded_by).is_not(None))
    return or_(col(FigureAnswer.state) == AnswerState.AGREED, seconded)


def standing_asides(
    session: Session, measures: Collection[int] | None = None, *, person_id: int | None = None
) -> list[Aside]:
    """What answers set aside that are not withdrawn, by measure, clinician and period; in a stable order."""
    query = (
        select(
            SetAside,
            FigureAnswer.person_id,
            counts_for_group().label("agreed"),
        )
        .join(FigureAnswer, col(FigureAnswer.id) == SetAside.answer_id)
        .where(col(FigureAnswer.state) != AnswerState.WITHDRAWN)
        .order_by(
            col(SetAside.measure_id),
            col(SetAside.clinician_id),
            col(SetAside.period_start),
            col(SetAside.id),
        )
    )
    if measures is not None:
        query = query.where(col(SetAside.measure_id).in_(sorted(measures)))
    if person_id is not None:
        query = query.where(col(FigureAnswer.person_id) == person_id)
    return [_aside(row, person, bool(agreed)) for row, person, agreed in session.exec(query)]


def asides_of(session: Session, answer_ids: Collection[int]) -> dict[int, list[Aside]]:
    """What each of these answers sets aside, withdrawn or not."""
    found: dict[int, list[Aside]] = {}
    query = (
        select(SetAside, FigureAnswer.person_id)
        .join(FigureAnswer, col(FigureAnswer.id) == SetAside.answer_id)
        .where(col(SetAside.answer_id).in_(sorted(answer_ids)))
        .order_by(col(SetAside.period_start), col(SetAside.id))
    )
    for row, person in session.exec(query):
        found.setdefault(row.answer_id, []).append(_aside(row, person, False))
    return found


def _aside(row: SetAside, person_id: int, agreed: bool) -> Aside:
    return Aside(
        answer_id=row.answer_id,
        person_id=person_id,
        measure_id=row.measure_id,
        clinician_id=row.clinician_id,
        period_start=row.period_start,
        case_ref=row.case_ref,
        numerator=row.numerator,
        denominator=row.denominator,
        agreed=agreed,
    )


def cases_aside(session: Session, person_id: int, measure_id: int) -> dict[tuple[int, date, str], int]:
    """(clinician id, period, reference) of a person's cases that are set aside, with the answer of each."""
    rows = standing_asides(session, [measure_id], person_id=person_id)
    return {(row.clinician_id, row.period_start, row.case_ref): row.answer_id for row in rows if row.case_ref}


def answer_marks(session: Session) -> tuple[int, ...]:
    """Numbers that change whenever what is set aside, or who agrees with it, does."""
    state = col(FigureAnswer.state)
    query = select_columns(
        func.coalesce(func.max(FigureAnswer.id), 0),
        func.count(),
        func.count().filter(state == AnswerState.AGREED),
        func.count().filter(state == AnswerState.NOT_AGREED),
        func.count().filter(state == AnswerState.WITHDRAWN),
        func.count(col(FigureAnswer.seconded_by)),
    )
    (row,) = session.execute(query.select_from(FigureAnswer)).all()
    return tuple(int(value) for value in row)


def change(
    session: Session,
    answer_id: int,
    states: Collection[AnswerState],
    *,
    unseconded: bool = False,
    **values: Any,
) -> bool:
    """Change an answer that is in one of these states; False where it is not (any more)."""
    statement = update(FigureAnswer).where(
        col(FigureAnswer.id) == answer_id, col(FigureAnswer.state).in_(list(states))
    )
    if unseconded:
        statement = statement.where(col(FigureAnswer.seconded_by).is_(None))
    changed = session.execute(
        statement.values(**values)
        .returning(col(FigureAnswer.id))
        .execution_options(synchronize_session="fetch")
    )
    return changed.scalar_one_or_none() is not None


def own_answers(session: Session, person_id: int, *, offset: int = 0, limit: int) -> list[FigureAnswer]:
    """What somebody has said, the latest first; one page of it."""
    query = select(FigureAnswer).where(FigureAnswer.person_id == person_id)
    page = query.order_by(col(FigureAnswer.said_at).desc(), col(FigureAnswer.id).desc())
    return list(session.exec(page.offset(offset).limit(limit)))


def count_own(session: Session, person_id: int) -> int:
    """How many answers somebody has given."""
    query = select(func.count()).select_from(FigureAnswer)
    return session.exec(query.where(FigureAnswer.person_id == person_id)).one()


def waiting(
    session: Session,
    units: Collection[int] | None,
    day: date,
    *,
    but_not: int,
    offset: int = 0,
    limit: int | None = None,
) -> list[FigureAnswer]:
    """Open answers of people who work in these units (None: anywhere), the oldest first.

    Never those of `but_not`: nobody closes an answer of their own.
    """
    query = (
        select(FigureAnswer)
        .where(*_waits(units, day, but_not))
        .order_by(col(FigureAnswer.said_at), col(FigureAnswer.id))
    )
    return list(session.exec(query.offset(offset).limit(limit)))


def count_waiting(session: Session, units: Collection[int] | None, day: date, *, but_not: int) -> int:
    """How many `waiting` there are in all."""
    query = select(func.count()).select_from(FigureAnswer)
    return session.exec(query.where(*_waits(units, day, but_not))).one()


def _waits(units: Collection[int] | None, day: date, but_not: int) -> list[ColumnElement[bool]]:
    found = [col(FigureAnswer.state) == AnswerState.OPEN, col(FigureAnswer.person_id) != but_not]
    if units is not None:
        there = select(Membership.person_id).where(
            col(Membership.unit_id).in_(sorted(units)), Membership.starts <= day, Membership.ends >= day
        )
        found.append(col(FigureAnswer.person_id).in_(there))
    return found


def reasons(session: Session, measure_ids: Collection[int] | None, since: date) -> list[FigureAnswer]:
    """Why figures were warranted, as far as colleagues may read it and nobody said otherwise."""
    query = (
        select(FigureAnswer)
        .join(Person, col(Person.id) == FigureAnswer.person_id)
        .where(
            FigureAnswer.kind == AnswerKind.WARRANTED,
            col(FigureAnswer.shown_to_group).is_(True),
            col(FigureAnswer.state).in_([AnswerState.OPEN, AnswerState.AGREED]),
            FigureAnswer.last_day >= since,
            col(Person.erased_at).is_(None),
        )
    )
    if measure_ids is not None:
        query = query.where(col(FigureAnswer.measure_id).in_(sorted(measure_ids)))
    return list(session.exec(query.order_by(col(FigureAnswer.id))))


def groups_on(session: Session, day: date) -> dict[int, set[int]]:
    """The ids of the peer groups to which each person belongs on a day."""
    query = select(Membership.person_id, Membership.peer_group_id)
    query = query.where(
        Membership.starts <= day, Membership.ends >= day, col(Membership.peer_group_id).is_not(None)
    )
    found: dict[int, set[int]] = {}
    for person_id, group_id in session.exec(query):
        if group_id is not None:
            found.setdefault(person_id, set()).add(group_id)
    return found


def bindings(session: Session, person_id: int) -> list[ClinicianBinding]:
    """The codes that are or were a person's, and from when to when."""
    query = select(ClinicianBinding).where(ClinicianBinding.person_id == person_id)
    return list(session.exec(query.order_by(col(ClinicianBinding.starts))))
