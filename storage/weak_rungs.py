"""Rungs of which it was said that they do not work: when, and which administrators have heard of it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Final

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col

from storage.leading import LeaderMessage
from storage.outbox import OutboxRow, SiteFact
from storage.terms import OutboxState, Rung

_NAME: Final = "weak_rung_"
_REACHED: Final = (OutboxState.WAITING, OutboxState.LEASED, OutboxState.SENT)


def announced(session: Session) -> dict[Rung, date]:
    """The day on which each rung was last said not to work."""
    names = {_NAME + rung.value: rung for rung in Rung}
    found = session.execute(select(SiteFact).where(col(SiteFact.name).in_(list(names)))).scalars()
    return {names[fact.name]: date.fromisoformat(fact.value) for fact in found}


def announce(session: Session, rung: Rung, day: date) -> None:
    """Note that it is said on a day. Another replica may do so at the same moment."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    statement = insert(SiteFact.__table__).values(name=_NAME + rung.value, value=day.isoformat())  # type: ignore[attr-defined]
    session.execute(
        statement.on_conflict_do_update(index_elements=["name"], set_={"value": statement.excluded.value})
    )


def heard(session: Session, person_ids: Collection[int], since: date) -> set[tuple[int, Rung, date]]:
    """(person, rung, day) of the messages since a day that said so, and were sent or still may be."""
    rows = session.execute(
        select(col(LeaderMessage.person_id), col(LeaderMessage.day), col(LeaderMessage.contents))
        .join(OutboxRow, col(OutboxRow.id) == LeaderMessage.outbox_id)
        .where(
            col(LeaderMessage.person_id).in_(sorted(person_ids)),
            col(LeaderMessage.day) >= since,
            col(OutboxRow.state).in_(_REACHED),
        )
    )
    return {(person, Rung(rung), day) for person, day, contents in rows for rung in contents.get("weak", ())}
