"""What waits for the next batch, and the ways back: rows that say nothing without the site's secret key."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Executable, delete, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col

from storage.ideas import HiddenActRow, HiddenNews, Idea, IdeaSupport, ReplyHandle
from storage.outbox import SiteFact
from storage.terms import HiddenAct

# The site fact under which the day of the last news is kept: nobody is told twice a day.
TOLD = "hidden_news_told_on"
# Two who write all rows anew would meet in the middle: one does at a time.
_ADVISORY_LOCK = 7_268_376


def keep(session: Session, row: HiddenActRow, place: int) -> None:
    """Keep what somebody did, at a random place in the table.

    SQLite would hand its rows out in the order in which they came in; `place` (1 … 2⁶³ - 1) takes its order.
    PostgreSQL would too, and marks each with its transaction, which has neighbours with times: so all that
    wait are written anew, in no order.
    """
    session.add(row)
    session.flush()
    if session.get_bind().dialect.name == "sqlite":
        session.execute(
            text("UPDATE hidden_act SET rowid = :place WHERE token = :token"),
            {"place": place, "token": row.token},
        )
    else:
        _write_all_anew(session)


def _write_all_anew(session: Session) -> None:
    session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _ADVISORY_LOCK})
    table = HiddenActRow.__table__  # type: ignore[attr-defined]
    rows = [dict(row) for row in session.execute(delete(table).returning(table)).mappings()]
    random.SystemRandom().shuffle(rows)
    session.execute(table.insert(), rows)


def due_tokens(session: Session, day: date) -> Sequence[str]:
    """What appears on that day, or should have before, in no particular order."""
    return (
        session.execute(select(col(HiddenActRow.token)).where(col(HiddenActRow.appears_on) <= day))
        .scalars()
        .all()
    )


def take(session: Session, token: str) -> HiddenActRow | None:
    """Take one out of the table, in this transaction; None where somebody else has."""
    statement = delete(HiddenActRow).where(col(HiddenActRow.token) == token).returning(HiddenActRow)
    row: HiddenActRow | None = session.execute(
        statement, execution_options={"synchronize_session": False}
    ).scalar_one_or_none()
    if row is not None:
        session.expunge(row)
    return row


def idea_of(session: Session, token: str) -> int | None:
    """Which idea something that waits is about; None for one that is still to appear, or is gone."""
    return session.execute(
        select(col(HiddenActRow.idea_id)).where(col(HiddenActRow.token) == token)
    ).scalar_one_or_none()


def empty_waiting(session: Session, idea_id: int) -> bool:
    """Take the words out of all that waits for an idea; what is nothing but words goes as a whole.

    Returns whether there were any.
    """
    rows = session.execute(
        select(HiddenActRow).where(col(HiddenActRow.idea_id) == idea_id).with_for_update()
    ).scalars()
    found = False
    for row in rows:
        if not row.body.get("words"):
            continue
        found = True
        if row.act in (HiddenAct.ANSWER, HiddenAct.ADD_DETAIL):
            session.delete(row)
        else:
            row.body = {**row.body, "words": ""}
            session.add(row)
    session.flush()
    return found


def waiting_marks(session: Session) -> Sequence[tuple[str, bytes]]:
    """Token and mark of everything that waits."""
    return _pairs(session, select(col(HiddenActRow.token), col(HiddenActRow.mark)))


def marks(session: Session) -> Sequence[tuple[int, bytes]]:
    """Idea and mark of every way back."""
    return _pairs(session, select(col(ReplyHandle.idea_id), col(ReplyHandle.mark)))


def _pairs(session: Session, statement: Executable) -> Sequence[Any]:
    # Straight from the connection: there can be many, and the session would look at each of them.
    return session.connection().execute(statement).all()


def marks_of(session: Session, idea_id: int) -> Sequence[bytes]:
    """The marks on one idea."""
    return (
        session.execute(select(col(ReplyHandle.mark)).where(col(ReplyHandle.idea_id) == idea_id))
        .scalars()
        .all()
    )


def handles_of(session: Session, idea_ids: Iterable[int]) -> Sequence[ReplyHandle]:
    """The ways back to the senders of these ideas."""
    return (
        session.execute(select(ReplyHandle).where(col(ReplyHandle.idea_id).in_(list(idea_ids))))
        .scalars()
        .all()
    )


def note_news(session: Session, idea_id: int) -> None:
    """Note, once, that an idea has news."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    session.execute(insert(HiddenNews).values(idea_id=idea_id).on_conflict_do_nothing())


def take_news(session: Session) -> Sequence[int]:
    """The ideas that have news; they have none any more."""
    return session.execute(delete(HiddenNews).returning(col(HiddenNews.idea_id))).scalars().all()


def told_on(session: Session) -> str | None:
    """The day (ISO) on which news was told last; None before that."""
    fact = session.get(SiteFact, TOLD)
    return fact.value if fact is not None else None


def begin_telling(session: Session, day: date) -> bool:
    """Whether news may be told on that day: of several that ask, and however often, the first one only."""
    today = day.isoformat()
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    added = session.execute(
        insert(SiteFact).values(name=TOLD, value=today).on_conflict_do_nothing().returning(col(SiteFact.name))
    ).first()
    if added is not None:
        return True
    moved = session.execute(
        update(SiteFact)
        .where(col(SiteFact.name) == TOLD, col(SiteFact.value) < today)
        .values(value=today)
        .returning(col(SiteFact.name))
    ).first()
    return moved is not None


def with_merged(session: Session, idea_id: int) -> set[int]:
    """The idea and all that were merged into it, by however many steps."""
    found, latest = {idea_id}, {idea_id}
    while latest:
        into = select(col(Idea.id)).where(col(Idea.merged_into_id).in_(latest))
        latest = {number for number in session.execute(into).scalars() if number is not None} - found
        found |= latest
    return found


def any_anonymous(session: Session, idea_ids: Iterable[int]) -> bool:
    """Whether one of them has a sender who is not named."""
    statement = select(col(Idea.id)).where(col(Idea.id).in_(list(idea_ids)), col(Idea.anonymous)).limit(1)
    return session.execute(statement).first() is not None


def supporters_of(session: Session, idea_ids: Iterable[int]) -> set[int]:
    """The people who support one of them."""
    statement = select(col(IdeaSupport.person_id)).where(col(IdeaSupport.idea_id).in_(list(idea_ids)))
    return set(session.execute(statement).scalars())
