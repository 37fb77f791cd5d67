"""Things that come in are done once: their keys, hashed, in the same transaction as what they change."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from functools import cache

from sqlalchemy import Executable, delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col

from storage.outbox import SeenKey

# Slack may replay an event days later.
KEPT_FOR = timedelta(days=14)


def first_time(session: Session, key: str, now: datetime) -> bool:
    """Whether this key (an event id, a trigger id, a view id) comes for the first time; notes it if so.

    Of several transactions that ask at once, one is told yes; the others wait for it and are told no. Only
    the day is kept: a time would tie whoever pressed something then to what it changed.
    """
    hashed = hashlib.sha256(key.encode()).hexdigest()
    day = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    noted = session.execute(_note(session.get_bind().dialect.name), {"key_hash": hashed, "seen_at": day})
    return noted.first() is not None


def was_seen(session: Session, key: str) -> bool:
    """Whether this key was noted before, by a transaction that is over. Notes nothing."""
    return session.get(SeenKey, hashlib.sha256(key.encode()).hexdigest()) is not None


@cache
def _note(dialect: str) -> Executable:
    insert = sqlite.insert if dialect == "sqlite" else postgresql.insert
    # The plain table: an ORM insert would be slower, and this is in the way of every acknowledgement.
    table = SeenKey.__table__  # type: ignore[attr-defined]
    return insert(table).on_conflict_do_nothing().returning(table.c.key_hash)


def forget_old(session: Session, now: datetime) -> None:
    """Delete keys that Slack will not send again."""
    session.execute(delete(SeenKey).where(col(SeenKey.seen_at) < now - KEPT_FOR))
