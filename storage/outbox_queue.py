"""The outbox as a queue: put in, claim with a lease, finish, put back; and what became of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Executable,
    Integer,
    Select,
    Table,
    and_,
    bindparam,
    case,
    delete,
    exists,
    func,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from storage.columns import UtcDateTime
from storage.outbox import OutboxPicture, OutboxRow
from storage.terms import OutboxState, Priority

# In the words of the partial indexes: a parameter in their place would keep SQLite from using them.
_WAITING: ColumnElement[str] = literal_column("'waiting'")
_LEASED: ColumnElement[str] = literal_column("'leased'")


_TABLE: Table = OutboxRow.__table__  # type: ignore[attr-defined]


def is_open(state: Any) -> ColumnElement[bool]:
    """Whether a row is not finished."""
    return col(state).in_([_WAITING, _LEASED])


def _is_waiting(state: Any) -> ColumnElement[bool]:
    return col(state) == _WAITING


# How an outcome begins that may yet be put right: the same message may then be put in again.
HELD = "held: "


def add(session: Session, row: OutboxRow) -> int | None:
    """Put a row in. Returns its id, or None where this was already said (UNIQUE kind, lane, period).

    A row that still waits under the same `coalesce_key` takes over what this one says; one that was held
    and never sent is opened again.
    """
    values = {name: value for name, value in row.model_dump(exclude={"id"}).items() if value is not None}
    if row.coalesce_key is not None and (taken := _coalesce(session, row)) is not None:
        return taken
    statement = _insert(session.get_bind().dialect.name)
    added: int | None = session.execute(statement, values).scalar_one_or_none()
    if added is None and row.coalesce_key is not None:
        # Somebody else put the first one in a moment ago.
        added = _coalesce(session, row)
    if added is None and row.period is not None:
        added = _open_again(session, row)
    return added


@cache
def _insert(dialect: str) -> Any:
    """The statement of `add`, with the row's columns as parameters."""
    insert = sqlite.insert if dialect == "sqlite" else postgresql.insert
    return insert(_TABLE).on_conflict_do_nothing().returning(_TABLE.c.id)


def _coalesce(session: Session, row: OutboxRow) -> int | None:
    statement = (
        update(OutboxRow)
        .where(col(OutboxRow.coalesce_key) == row.coalesce_key, _is_waiting(OutboxRow.state))
        .values(
            payload=row.payload,
            guard=row.guard,
            expires_at=row.expires_at,
            priority=case(
                (col(OutboxRow.priority) < row.priority, col(OutboxRow.priority)), else_=row.priority
            ),
        )
        .returning(col(OutboxRow.id))
    )
    return session.execute(statement).scalar_one_or_none()


def _open_again(session: Session, row: OutboxRow) -> int | None:
    statement = (
        update(OutboxRow)
        .where(
            col(OutboxRow.kind) == row.kind,
            col(OutboxRow.lane) == row.lane,
            col(OutboxRow.period) == row.period,
            col(OutboxRow.state) == OutboxState.CANCELLED,
            col(OutboxRow.outcome).startswith(HELD),
            col(OutboxRow.attempted_at).is_(None),
        )
        .values(
            state=OutboxState.WAITING,
            payload=row.payload,
            guard=row.guard,
            not_before=row.not_before,
            expires_at=row.expires_at,
            created_at=row.created_at,
            outcome="",
            finished_at=None,
            file_id=None,
        )
        .returning(col(OutboxRow.id))
    )
    return session.execute(statement).scalar_one_or_none()


def set_picture(session: Session, picture: OutboxPicture) -> None:
    """Give a row its picture, in place of the one that it had."""
    session.execute(delete(OutboxPicture).where(col(OutboxPicture.outbox_id) == picture.outbox_id))
    session.add(picture)
    session.flush()


def claim(
    session: Session,
    *,
    now: datetime,
    owner: str,
    lease: timedelta,
    limit: int,
    urgent_only: bool = False,
) -> list[OutboxRow]:
    """Lease up to `limit` rows that may be worked on now, the most pressing lanes first.

    Of each lane only the oldest: first in, first out. A row that waits behind a less pressing one lends it
    its priority, so that an answer is not kept waiting by a digest in the same conversation. A row that
    was put in for later, and has not been begun, holds nobody up. Rows past `expires_at` come as well, to
    be closed. `urgent_only` leaves bulk alone.
    """
    statement = _claimable(urgent_only)
    claimed = list(session.execute(statement, {"now": now, "most": limit}).scalars())
    for found in claimed:
        found.state = OutboxState.LEASED
        found.lease_owner = owner
        found.leased_until = now + lease
        # From here on a newer update is a message of its own: this one may be on its way already.
        found.coalesce_key = None
        session.add(found)
    session.flush()
    return claimed


@cache
def _claimable(urgent_only: bool) -> Select[Any]:
    """The statement of `claim`, with parameters `now` and `most`. Built once: it is asked all the time."""
    row, now = OutboxRow, bindparam("now", type_=UtcDateTime())
    claimable = or_(_is_waiting(row.state), col(row.leased_until) <= now)
    ready = and_(col(row.not_before) <= now, ~_blocked(now), ~_dependency_open())
    pressing = _lane_priority(now)
    statement = (
        select(row)
        .where(is_open(row.state), claimable, or_(ready, col(row.expires_at) <= now))
        .order_by(pressing, col(row.not_before), col(row.id))
        .limit(bindparam("most", type_=Integer()))
        .with_for_update(skip_locked=True, of=row)
    )
    return statement.where(pressing < Priority.BULK) if urgent_only else statement


def _blocked(now: BindParameter[datetime]) -> ColumnElement[bool]:
    """Whether another row of the lane has to be finished first."""
    other = aliased(OutboxRow)
    is_older = col(other.id) < col(OutboxRow.id)
    begun = or_(col(other.state) == OutboxState.LEASED, col(other.attempts) > 0)
    worked_on = and_(col(other.state) == OutboxState.LEASED, col(other.leased_until) > now)
    return exists().where(
        col(other.lane) == col(OutboxRow.lane),
        col(other.id) != col(OutboxRow.id),
        is_open(other.state),
        or_(worked_on, and_(is_older, or_(begun, col(other.not_before) <= now))),
    )


def _dependency_open() -> ColumnElement[bool]:
    other = aliased(OutboxRow)
    return exists().where(col(other.id) == col(OutboxRow.depends_on), is_open(other.state))


def _lane_priority(now: BindParameter[datetime]) -> ColumnElement[int]:
    other = aliased(OutboxRow)
    least = (
        select(func.min(other.priority))
        .where(col(other.lane) == col(OutboxRow.lane), is_open(other.state), col(other.not_before) <= now)
        .scalar_subquery()
    )
    return func.coalesce(least, col(OutboxRow.priority))


def hold(session: Session, row_id: int, *, owner: str, now: datetime, lease: timedelta) -> OutboxRow | None:
    """The row as it is now, its lease prolonged; None where the lease is no longer this owner's."""
    row = session.execute(_held(), {"row": row_id, "owner": owner}).scalar_one_or_none()
    if row is not None:
        row.leased_until = now + lease
        session.add(row)
    return row


@cache
def _held() -> Executable:
    """The statement of `hold`, with parameters `row` and `owner`."""
    return (
        select(OutboxRow)
        .where(
            col(OutboxRow.id) == bindparam("row"),
            col(OutboxRow.state) == OutboxState.LEASED,
            col(OutboxRow.lease_owner) == bindparam("owner"),
        )
        # Rows may still come to depend on it: their writer may hold what is wanted in closing this one.
        .with_for_update(key_share=True)
    )


def find_open(session: Session, row_id: int) -> OutboxRow | None:
    """The row if it is not finished, locked for the rest of the transaction."""
    return session.execute(_found_open(), {"row": row_id}).scalar_one_or_none()


@cache
def _found_open() -> Executable:
    """The statement of `find_open`, with the parameter `row`."""
    return (
        select(OutboxRow)
        .where(col(OutboxRow.id) == bindparam("row"), is_open(OutboxRow.state))
        .with_for_update(key_share=True)
    )


def finish(session: Session, row: OutboxRow, state: OutboxState, outcome: str, *, now: datetime) -> None:
    """Close a row: nothing will be done with it any more, and its picture's bytes go."""
    row.state = state
    row.outcome = outcome[:300]
    row.finished_at = now
    row.lease_owner = row.leased_until = None
    session.add(row)
    session.execute(_without_picture(), {"row": row.id}, execution_options={"synchronize_session": False})
    session.flush()


@cache
def _without_picture() -> Executable:
    return delete(OutboxPicture).where(col(OutboxPicture.outbox_id) == bindparam("row"))


def put_back(session: Session, row: OutboxRow, *, not_before: datetime, why: str) -> None:
    """Give up the lease; the row may be claimed again from `not_before` on."""
    row.state = OutboxState.WAITING
    row.not_before = not_before
    row.outcome = why[:300]
    row.lease_owner = row.leased_until = None
    session.add(row)
    session.flush()


def take_over(session: Session, *, now: datetime) -> int:
    """End all leases at once: only for a courier that knows that it is alone (SQLite, under its lock)."""
    statement = update(OutboxRow).where(col(OutboxRow.state) == OutboxState.LEASED).values(leased_until=now)
    return _rows(session.execute(statement))


def _rows(result: Any) -> int:
    return int(result.rowcount)


def next_due(session: Session) -> datetime | None:
    """When the next open row may be worked on, or its lease ends; None where nothing is open."""
    return open_work(session)[1]


def open_work(session: Session) -> tuple[int, datetime | None]:
    """How many rows are not finished, and when the next of them may be worked on, or its lease ends."""
    number, due = session.execute(_open_work()).one()
    return int(number), due


@cache
def _open_work() -> Executable:
    due = case(
        (col(OutboxRow.state) == OutboxState.LEASED, col(OutboxRow.leased_until)),
        else_=col(OutboxRow.not_before),
    )
    return select(func.count(), func.min(due, type_=UtcDateTime())).where(is_open(OutboxRow.state))


def outstanding(session: Session, kinds: Collection[str] | None = None) -> int:
    """How many rows are not finished; of these kinds, or of all."""
    if kinds is None:
        return open_work(session)[0]
    statement = select(func.count()).select_from(OutboxRow).where(is_open(OutboxRow.state))
    return int(session.execute(statement.where(col(OutboxRow.kind).in_(kinds))).scalar_one())


def counts(
    session: Session, *, kinds: Collection[str] | None = None, since: datetime | None = None
) -> dict[OutboxState, int]:
    """How many rows are in which state; of these kinds, and put in since then."""
    statement = select(col(OutboxRow.state), func.count()).group_by(col(OutboxRow.state))
    if kinds is not None:
        statement = statement.where(col(OutboxRow.kind).in_(kinds))
    if since is not None:
        statement = statement.where(col(OutboxRow.created_at) >= since)
    return {state: int(number) for state, number in session.execute(statement).all()}


def failures(session: Session, since: datetime) -> Sequence[OutboxRow]:
    """What could not be sent since then, with Slack's own error in `outcome`; held messages as well."""
    statement = (
        select(OutboxRow)
        .where(
            col(OutboxRow.finished_at) >= since,
            or_(
                col(OutboxRow.state) == OutboxState.FAILED,
                and_(col(OutboxRow.state) == OutboxState.CANCELLED, col(OutboxRow.outcome).startswith(HELD)),
            ),
        )
        .order_by(col(OutboxRow.finished_at), col(OutboxRow.id))
    )
    return session.execute(statement).scalars().all()


def picture_of(session: Session, row_id: int) -> OutboxPicture | None:
    """The row's picture, while its bytes are still kept."""
    return session.get(OutboxPicture, row_id)
