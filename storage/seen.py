"""Things that come in are done once: their keys, hashed, in the same transaction as what they change."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col

from storage.outbox import SeenKey

# Slack may replay an event days later.
KEPT_FOR = timedelta(days=14)


def first_time(session: Session, key: str, now: datetime) -> bool:
    """Whether this key (an event id, a trigger id, a view id) comes for the first time; notes it if so.

    Of several transactions that ask at once, one is told yes; the others wait for it and are told no.
    """
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    hashed = hashlib.sha256(key.encode()).hexdigest()
    statement = insert(SeenKey).values(key_hash=hashed, seen_at=now)
    result = session.execute(statement.on_conflict_do_nothing().returning(col(SeenKey.key_hash)))
    return result.first() is not None


def forget_old(session: Session, now: datetime) -> None:
    """Delete keys that Slack will not send again."""
    session.execute(delete(SeenKey).where(col(SeenKey.seen_at) < now - KEPT_FOR))
