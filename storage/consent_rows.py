"""Rows about names in peer groups: the group's policy, who was asked, who agrees."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import func, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from storage.answers import NameConsent
from storage.digest_queries import SETTLED
from storage.digests import Digest
from storage.people import Membership, PeerGroup
from storage.terms import Blinding


def policies(session: Session) -> list[PeerGroup]:
    """All peer groups, by name."""
    return list(session.exec(select(PeerGroup).order_by(PeerGroup.name)))


def group_named(session: Session, name: str) -> PeerGroup | None:
    """A peer group by its name."""
    return session.exec(select(PeerGroup).where(PeerGroup.name == name)).one_or_none()


def unblinded_groups(session: Session, person_id: int, day: date) -> list[PeerGroup]:
    """The groups that somebody is in on a day and in which names may be shown, by name."""
    query = (
        select(PeerGroup)
        .join(Membership, col(Membership.peer_group_id) == PeerGroup.id)
        .where(Membership.person_id == person_id, Membership.starts <= day, Membership.ends >= day)
        .where(PeerGroup.blinding == Blinding.UNBLINDED)
        .order_by(PeerGroup.name)
        .distinct()
    )
    return list(session.exec(query))


def told_count(session: Session, person_id: int) -> int:
    """How many digests somebody has had."""
    query = select(func.count()).select_from(Digest).where(Digest.person_id == person_id)
    return session.exec(query.where(col(Digest.state).in_(SETTLED))).one()


def consent_of(session: Session, person_id: int, group_id: int) -> NameConsent | None:
    """What somebody said of their name in a group."""
    return session.get(NameConsent, (person_id, group_id))


def consents_of(session: Session, group_id: int) -> dict[int, NameConsent]:
    """What was said in a group, by person."""
    found = session.exec(select(NameConsent).where(NameConsent.peer_group_id == group_id))
    return {one.person_id: one for one in found}


def note_asked(session: Session, person_id: int, group_id: int, now: datetime) -> bool:
    """Write down that somebody is asked; False where they were, or have answered, before."""
    before = consent_of(session, person_id, group_id)
    if before is not None and before.asked_at is not None:
        return False
    _set(session, person_id, group_id, asked_at=now)
    return True


def set_agreed(session: Session, person_id: int, group_id: int, now: datetime, *, leaders: bool) -> None:
    """Write down that somebody agrees, and whether leaders are included."""
    _set(session, person_id, group_id, asked_at=now, agreed_at=now, leaders=leaders, withdrawn_at=None)


def set_withdrawn(session: Session, person_id: int, group_id: int, now: datetime) -> bool:
    """End somebody's consent; False where there is none."""
    ended = session.execute(
        _ending(now).where(
            col(NameConsent.person_id) == person_id, col(NameConsent.peer_group_id) == group_id
        )
    )
    return bool(ended.rowcount)  # type: ignore[attr-defined]


def set_blinding(session: Session, group: PeerGroup, blinding: Blinding, now: datetime) -> int:
    """Say whether names may be shown in a group. Blinding it ends everybody's consent: returns how many.

    If it is unblinded again, everybody is asked anew.
    """
    group.blinding = blinding
    session.add(group)
    session.flush()
    if blinding is Blinding.UNBLINDED:
        return 0
    ended = session.execute(_ending(now).where(col(NameConsent.peer_group_id) == group.id))
    session.execute(
        update(NameConsent).where(col(NameConsent.peer_group_id) == group.id).values(asked_at=None)
    )
    return int(ended.rowcount)  # type: ignore[attr-defined]


def _ending(now: datetime) -> Any:
    # What was agreed stays on record: some may have seen the name.
    return (
        update(NameConsent)
        .where(col(NameConsent.agreed_at).is_not(None), col(NameConsent.withdrawn_at).is_(None))
        .values(withdrawn_at=now, leaders=False)
    )


def _set(session: Session, person_id: int, group_id: int, **values: Any) -> None:
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    row = {"person_id": person_id, "peer_group_id": group_id, "leaders": False, **values}
    statement = insert(NameConsent).values(row)
    session.execute(
        statement.on_conflict_do_update(index_elements=["person_id", "peer_group_id"], set_=values)
    )
    session.expire_all()
