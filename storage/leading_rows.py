"""Rows about leaders: who they are and when they are there, what waits for them, what they were told."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from types import MappingProxyType
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Date, Executable, bindparam, exists, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, or_

from storage.columns import OneOf, UtcDateTime
from storage.ideas import Delegation, Idea, IdeaEvent, IdeaSupport
from storage.leading import IdeaSnooze, LeaderMessage, NotMine, Nudge, QuietTime, UnitRules
from storage.outbox import OutboxRow
from storage.outbox_queue import is_open
from storage.people import Absence, Membership, Person, SlackAccount
from storage.terms import IdeaEventKind, IdeaState, OutboxState, Part, Rung

_UNANSWERED = (IdeaState.NEW, IdeaState.ACKNOWLEDGED)
_ANEW = (IdeaEventKind.MOVED, IdeaEventKind.REOPENED, IdeaEventKind.CAME_BACK)
_OPEN = (OutboxState.WAITING, OutboxState.LEASED)
# Asked for in one statement at most: SQLite takes no more than some thousand parameters.
_AT_ONCE = 500
# For changes to rows that the session does not hold: nothing in memory is to be brought up to date.
AS_IT_IS: Mapping[str, Any] = MappingProxyType({"synchronize_session": False})


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who may be told something: their account in use, and the zone that it says."""

    person_id: int
    user_id: str
    zone: str | None


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """An idea that waits for its leaders, with what its history says of its clocks.

    `anew_at` is when it last came to other leaders, or back to these; `responded_at` when leaders last wrote
    something on it. `snoozed`, `handed_on` ("Not mine") and `summed_up` (told to somebody above) say whether
    there is anything of that kind to ask for.
    """

    id: int
    unit_id: int
    answering_unit_id: int
    above: bool
    handed_in_at: datetime
    first_words_at: datetime | None
    decide_by: date | None
    anew_at: datetime | None
    responded_at: datetime | None
    put_offs: int
    supporters: int
    snoozed: bool
    handed_on: bool
    summed_up: bool


@dataclass(frozen=True, slots=True)
class OpenMessage:
    """A message to a leader that waits in the outbox, and from when on it may go."""

    person_id: int
    not_before: datetime


# -- people and units ----


def readers(session: Session, person_ids: Collection[int], team_id: str) -> dict[int, Reader]:
    """Who of these can be written to: an account in use that is theirs, or that Slack was not asked about."""
    found: dict[int, Reader] = {}
    for some in parts(person_ids):
        rows = session.execute(_readers(), {"people": some, "teams": [team_id, ""]})
        found |= {row[0]: Reader(*row) for row in rows}
    return found


@cache
def _readers() -> Any:
    """The statement of `readers`, with parameters `people` and `teams`."""
    statement: Any = (
        select(col(SlackAccount.person_id), col(SlackAccount.user_id), col(SlackAccount.timezone))
        .join(Person, col(Person.id) == SlackAccount.person_id)
        .where(
            col(SlackAccount.person_id).in_(bindparam("people", expanding=True)),
            col(SlackAccount.team_id).in_(bindparam("teams", expanding=True)),
            col(SlackAccount.deleted).is_(False),
            col(Person.erased_at).is_(None),
            or_(col(SlackAccount.checked_at).is_(None), col(SlackAccount.email) == Person.email),
        )
        .order_by(col(SlackAccount.team_id))
    )
    return statement


def away(
    session: Session, person_ids: Collection[int], since: date
) -> dict[int, tuple[tuple[date, date], ...]]:
    """First and last days of these people's absences that end on that day or later, by person."""
    found: dict[int, tuple[tuple[date, date], ...]] = {}
    for some in parts(person_ids):
        for person, starts, ends in session.execute(_away(), {"people": some, "since": since}):
            found[person] = (*found.get(person, ()), (starts, ends))
    return found


@cache
def _away() -> Executable:
    """The statement of `away`, with parameters `people` and `since`."""
    people: Any = bindparam("people", expanding=True)
    return (
        select(col(Absence.person_id), col(Absence.starts), col(Absence.ends))
        .where(col(Absence.person_id).in_(people), col(Absence.ends) >= _day("since"))
        .order_by(col(Absence.starts))
    )


def unit_rules(session: Session) -> dict[int, UnitRules]:
    """What units have set for themselves, by unit."""
    return {rules.unit_id: rules for rules in session.execute(_unit_rules()).scalars()}


@cache
def _unit_rules() -> Executable:
    return select(UnitRules)


def home_units(session: Session, person_ids: Collection[int], day: date) -> dict[int, int]:
    """The unit in which each of these works on a day; of several the one they have been in for longest."""
    found: dict[int, int] = {}
    for some in parts(person_ids):
        rows = session.execute(
            select(Membership.person_id, Membership.unit_id)  # type: ignore[call-overload]
            .where(col(Membership.person_id).in_(some), Membership.starts <= day, Membership.ends >= day)
            .order_by(col(Membership.starts), col(Membership.id))
        )
        for row in rows:
            found.setdefault(row.person_id, row.unit_id)
    return found


def delegations(session: Session, since: date) -> list[Delegation]:
    """Who stands in for whom, as far as it ends on that day or later."""
    return list(session.execute(_delegations(), {"since": since}).scalars())


@cache
def _delegations() -> Executable:
    """The statement of `delegations`, with the parameter `since`."""
    return select(Delegation).where(col(Delegation.ends) >= _day("since")).order_by(col(Delegation.id))


# -- what waits ----


def waiting(
    session: Session,
    day: date,
    responses: Collection[IdeaEventKind],
    only: Collection[int] | None = None,
) -> list[WaitingRow]:
    """Ideas without their first words, or past the day of their decision on `day`; of some, or of all.

    `responses` are the kinds of a leader's own words.
    """
    if only is None:
        return _waiting(session, day, responses, None)
    return [row for some in parts(only) for row in _waiting(session, day, responses, some)]


def _waiting(
    session: Session, day: date, responses: Collection[IdeaEventKind], only: Collection[int] | None
) -> list[WaitingRow]:
    given: dict[str, Any] = {"day": day, "responses": sorted(responses)}
    if only is not None:
        given["only"] = list(only)
    rows = session.execute(_waiting_statement(only is not None), given)
    return [WaitingRow(*row) for row in rows]


@cache
def _waiting_statement(narrowed: bool) -> Any:
    """The statement of `waiting`, with parameters `day`, `responses` and, where narrowed, `only`.

    Built once: it is asked before every message.
    """
    kinds = bindparam("responses", type_=OneOf(IdeaEventKind), expanding=True)
    of_idea = select(func.max(col(IdeaEvent.at))).where(col(IdeaEvent.idea_id) == col(Idea.id))
    anew = of_idea.where(col(IdeaEvent.kind).in_(_ANEW))
    responded = of_idea.where(col(IdeaEvent.part) == Part.LEADER, col(IdeaEvent.kind).in_(kinds))
    put_offs = select(func.count()).where(
        col(IdeaEvent.idea_id) == col(Idea.id), col(IdeaEvent.kind) == IdeaEventKind.PUT_OFF
    )
    liked = select(func.count()).where(col(IdeaSupport.idea_id) == col(Idea.id))
    statement: Any = (
        select(
            col(Idea.id),
            col(Idea.unit_id),
            col(Idea.answering_unit_id),
            col(Idea.above),
            col(Idea.handed_in_at),
            col(Idea.first_words_at),
            col(Idea.decide_by),
            anew.scalar_subquery(),
            responded.scalar_subquery(),
            put_offs.scalar_subquery(),
            liked.scalar_subquery(),
            exists().where(col(IdeaSnooze.idea_id) == col(Idea.id)),
            exists().where(col(NotMine.idea_id) == col(Idea.id)),
            exists().where(col(Nudge.idea_id) == col(Idea.id), *_summed_up()),
        )
        .where(
            col(Idea.state).in_(_UNANSWERED),
            or_(col(Idea.first_words_at).is_(None), col(Idea.decide_by) < _day("day")),
        )
        .order_by(col(Idea.id))
    )
    return statement.where(col(Idea.id).in_(bindparam("only", expanding=True))) if narrowed else statement


def snoozes(session: Session, ids: Collection[int]) -> list[IdeaSnooze]:
    """All presses of "Snooze" on these ideas, oldest first."""
    return [row for some in parts(ids) for row in session.execute(_snoozes(), {"ids": some}).scalars()]


@cache
def _snoozes() -> Executable:
    """The statement of `snoozes`, with the parameter `ids`."""
    ids: Any = bindparam("ids", expanding=True)
    return select(IdeaSnooze).where(col(IdeaSnooze.idea_id).in_(ids)).order_by(col(IdeaSnooze.id))


def not_mine(session: Session, ids: Collection[int]) -> set[tuple[int, int]]:
    """(idea, person) of each "Not mine" on these ideas."""
    return {
        (idea, person) for some in parts(ids) for idea, person in session.execute(_not_mine(), {"ids": some})
    }


@cache
def _not_mine() -> Executable:
    """The statement of `not_mine`, with the parameter `ids`."""
    ids: Any = bindparam("ids", expanding=True)
    return select(col(NotMine.idea_id), col(NotMine.person_id)).where(col(NotMine.idea_id).in_(ids))


# -- messages ----


def claim_message(session: Session, message: LeaderMessage) -> int | None:
    """Store a person's message of a day. Returns its id; None where there is one already (N3)."""
    statement = _claim_message(session.get_bind().dialect.name)
    values = message.model_dump(exclude={"id"})
    added: int | None = session.execute(statement, values).scalar_one_or_none()
    return added


@cache
def _claim_message(dialect: str) -> Any:
    """The statement of `claim_message`, with the message's columns as parameters."""
    insert = sqlite.insert if dialect == "sqlite" else postgresql.insert
    table = LeaderMessage.__table__  # type: ignore[attr-defined]
    return insert(table).on_conflict_do_nothing().returning(table.c.id)


def set_outbox_row(session: Session, message_id: int, outbox_id: int | None) -> None:
    """Note which row of the outbox brings a message."""
    statement = update(LeaderMessage).where(col(LeaderMessage.id) == message_id)
    session.execute(statement.values(outbox_id=outbox_id), execution_options=AS_IT_IS)


def days_with_a_message(
    session: Session, since: date, person_ids: Collection[int] | None = None
) -> dict[tuple[int, date], bool]:
    """(person, day) of the messages since a day, and whether each was sent, or still may be."""
    given: dict[str, Any] = {"since": since}
    if person_ids is not None:
        given["people"] = list(person_ids)
    reached = (*_OPEN, OutboxState.SENT)
    found = session.execute(_days_with_a_message(person_ids is not None), given)
    return {(person, day): state in reached for person, day, state in found}


@cache
def _days_with_a_message(narrowed: bool) -> Any:
    """The statement of `days_with_a_message`, with parameters `since` and, where narrowed, `people`."""
    statement: Any = (
        select(col(LeaderMessage.person_id), col(LeaderMessage.day), col(OutboxRow.state))
        .join(OutboxRow, col(OutboxRow.id) == LeaderMessage.outbox_id, isouter=True)
        .where(col(LeaderMessage.day) >= _day("since"))
    )
    people: Any = bindparam("people", expanding=True)
    return statement.where(col(LeaderMessage.person_id).in_(people)) if narrowed else statement


def summaries(session: Session, ids: Collection[int]) -> list[Nudge]:
    """What of these ideas was told to somebody above, and sent."""
    return [row for some in parts(ids) for row in session.execute(_summaries(), {"ids": some}).scalars()]


@cache
def _summaries() -> Executable:
    """The statement of `summaries`, with the parameter `ids`."""
    return select(Nudge).where(col(Nudge.idea_id).in_(bindparam("ids", expanding=True)), *_summed_up())


def _summed_up() -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return col(Nudge.rung) == Rung.ABOVE, col(Nudge.sent_at).is_not(None)


def open_messages(session: Session, before: datetime) -> list[OpenMessage]:
    """The messages to leaders that wait in the outbox and may go before a moment."""
    found = session.execute(_open_messages(), {"before": before})
    return [OpenMessage(person, not_before) for person, not_before in found]


@cache
def _open_messages() -> Executable:
    """The statement of `open_messages`, with the parameter `before`."""
    return (
        select(col(LeaderMessage.person_id), col(OutboxRow.not_before))
        .join(OutboxRow, col(OutboxRow.id) == LeaderMessage.outbox_id)
        .where(
            is_open(OutboxRow.state),
            col(OutboxRow.not_before) <= bindparam("before", type_=UtcDateTime()),
        )
    )


def message_of_row(session: Session, outbox_id: int) -> LeaderMessage | None:
    """The message that a row of the outbox brings."""
    return session.execute(_message_of_row(), {"row": outbox_id}).scalar_one_or_none()


@cache
def _message_of_row() -> Executable:
    """The statement of `message_of_row`, with the parameter `row`."""
    return select(LeaderMessage).where(col(LeaderMessage.outbox_id) == bindparam("row"))


# -- do-not-disturb ----


def quiet_times(session: Session, person_ids: Collection[int]) -> dict[int, QuietTime]:
    """What Slack last said of these people's do-not-disturb."""
    return {
        row.person_id: row
        for some in parts(person_ids)
        for row in session.execute(_quiet_times(), {"people": some}).scalars()
    }


@cache
def _quiet_times() -> Executable:
    """The statement of `quiet_times`, with the parameter `people`."""
    return select(QuietTime).where(col(QuietTime.person_id).in_(bindparam("people", expanding=True)))


def keep_quiet_times(session: Session, rows: Sequence[QuietTime]) -> None:
    """Keep what Slack says now; a later answer that another replica has kept meanwhile stays."""
    if not rows:
        return
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    table = QuietTime.__table__  # type: ignore[attr-defined]
    statement = insert(table).values([row.model_dump() for row in rows])
    new = statement.excluded
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["person_id"],
            set_={"starts": new.starts, "ends": new.ends, "asked_at": new.asked_at},
            where=table.c.asked_at <= new.asked_at,
        )
    )


def _day(name: str) -> BindParameter[date]:
    return bindparam(name, type_=Date())


def parts(ids: Collection[int]) -> list[list[int]]:
    """Ids in as many pieces as one statement each takes."""
    wanted = sorted(set(ids))
    return [wanted[start : start + _AT_ONCE] for start in range(0, len(wanted), _AT_ONCE)]
