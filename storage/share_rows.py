"""Rows about digests that their subjects showed to a unit's leaders."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from storage.answers import DigestShare
from storage.digests import Digest
from storage.people import Person, Unit


@dataclass(frozen=True, slots=True)
class ShareRow:
    """A share with its digest, its subject and the unit."""

    share: DigestShare
    digest: Digest
    person: Person
    unit: Unit

    @property
    def id(self) -> int:
        """The share's id."""
        assert self.share.id is not None
        return self.share.id


def claim_share(session: Session, share: DigestShare, today: date) -> int | None:
    """Store a share. Returns its id; None where the same digest is shown there already.

    One that has ended by itself is closed first.
    """
    session.execute(
        update(DigestShare)
        .where(col(DigestShare.digest_id) == share.digest_id, col(DigestShare.unit_id) == share.unit_id)
        .where(col(DigestShare.withdrawn_at).is_(None), col(DigestShare.ends_on) < today)
        .values(withdrawn_at=share.shared_at)
    )
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    statement = insert(DigestShare).values(share.model_dump(exclude={"id"})).on_conflict_do_nothing()
    found: int | None = session.execute(statement.returning(col(DigestShare.id))).scalar_one_or_none()
    return found


def withdraw_share(session: Session, share_id: int, now: datetime) -> bool:
    """End a share; False where it has ended before."""
    ended = session.execute(
        update(DigestShare)
        .where(col(DigestShare.id) == share_id, col(DigestShare.withdrawn_at).is_(None))
        .values(withdrawn_at=now)
        .returning(col(DigestShare.id))
        .execution_options(synchronize_session="fetch")
    )
    return ended.scalar_one_or_none() is not None


def share_row(session: Session, share_id: int) -> ShareRow | None:
    """One share, whether it holds or not."""
    return next(iter(_rows(session, ids=[share_id])), None)


def shares_by(session: Session, person_id: int, day: date) -> list[ShareRow]:
    """What somebody shows on a day, the latest first."""
    return _rows(session, person_id=person_id, day=day)


def shares_with(session: Session, unit_ids: Collection[int], day: date) -> list[ShareRow]:
    """What is shown to the leaders of these units on a day, the latest first."""
    return _rows(session, unit_ids=unit_ids, day=day) if unit_ids else []


def count_shares_with(session: Session, unit_ids: Collection[int], day: date, but: int) -> int:
    """How many digests are shown to the leaders of these units on a day; not those of one of them."""
    query = (
        select(func.count(func.distinct(DigestShare.digest_id)))
        .where(col(DigestShare.unit_id).in_(list(unit_ids)), DigestShare.person_id != but)
        .where(col(DigestShare.withdrawn_at).is_(None), DigestShare.ends_on >= day)
    )
    return int(session.exec(query).one())


def _rows(
    session: Session,
    *,
    ids: Collection[int] | None = None,
    person_id: int | None = None,
    unit_ids: Collection[int] | None = None,
    day: date | None = None,
) -> list[ShareRow]:
    query = (
        select(DigestShare, Digest, Person, Unit)
        .join(Digest, col(Digest.id) == DigestShare.digest_id)
        .join(Person, col(Person.id) == DigestShare.person_id)
        .join(Unit, col(Unit.id) == DigestShare.unit_id)
        .where(col(Person.erased_at).is_(None))
        .order_by(col(DigestShare.shared_at).desc(), col(DigestShare.id).desc())
    )
    if ids is not None:
        query = query.where(col(DigestShare.id).in_(list(ids)))
    if person_id is not None:
        query = query.where(DigestShare.person_id == person_id)
    if unit_ids is not None:
        query = query.where(col(DigestShare.unit_id).in_(list(unit_ids)))
    if day is not None:
        query = query.where(col(DigestShare.withdrawn_at).is_(None), DigestShare.ends_on >= day)
    return [ShareRow(*row) for row in session.exec(query)]
