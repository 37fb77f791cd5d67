"""Rows about talks: who offers one, and who asked whom."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from storage.digest_queries import SETTLED
from storage.digests import Digest
from storage.measures import Measure
from storage.outbox import OutboxRow
from storage.people import Absence, Membership, PeerGroup, Person, RoleGrant
from storage.talks import Offer, Talk
from storage.terms import RoleName, TalkState


@dataclass(frozen=True, slots=True)
class CoachOffer:
    """An open offer to listen, once for each place in which its person is a coach (None: everywhere)."""

    offer: Offer
    unit_id: int | None


# -- offers ----


def coach_offers(session: Session, day: date) -> list[CoachOffer]:
    """Open offers to listen of those who are coaches on a day and not away; the oldest first."""
    away = select(Absence.person_id).where(Absence.starts <= day, Absence.ends >= day)
    query = (
        select(Offer, RoleGrant.unit_id)
        .join(RoleGrant, col(RoleGrant.person_id) == Offer.person_id)
        .join(Person, col(Person.id) == Offer.person_id)
        .where(col(Offer.measure_id).is_(None), col(Offer.ended_at).is_(None))
        .where(RoleGrant.role == RoleName.COACH, RoleGrant.starts <= day, RoleGrant.ends >= day)
        .where(col(Person.erased_at).is_(None), col(Offer.person_id).not_in(away))
        .order_by(col(Offer.id), col(RoleGrant.id))
    )
    return [CoachOffer(offer, unit_id) for offer, unit_id in session.exec(query)]


def tell_offers(session: Session, since: datetime, key: str | None = None) -> list[tuple[str, Offer]]:
    """Open offers to tell how, made after `since`, with their measure's key; optionally of one measure."""
    query = (
        select(Measure.key, Offer)
        .join(Measure, col(Measure.id) == Offer.measure_id)
        .join(Person, col(Person.id) == Offer.person_id)
        .where(col(Offer.ended_at).is_(None), col(Offer.offered_at) > since)
        .where(col(Person.erased_at).is_(None))
        .order_by(col(Offer.id))
    )
    if key is not None:
        query = query.where(Measure.key == key)
    return list(session.exec(query).all())


def own_offers(session: Session, person_id: int) -> list[Offer]:
    """Somebody's offers that they have not ended, the oldest first."""
    query = select(Offer).where(Offer.person_id == person_id, col(Offer.ended_at).is_(None))
    return list(session.exec(query.order_by(col(Offer.id))))


def lock_person(session: Session, person_id: int) -> None:
    """Let nobody else change what this person offers in the meantime."""
    session.exec(select(Person.id).where(Person.id == person_id).with_for_update(key_share=True)).one()


def end_offers(session: Session, person_id: int, measure_id: int | None, now: datetime) -> list[int]:
    """End all open offers of somebody for a measure (None: to listen). Returns their ids."""
    same = col(Offer.measure_id).is_(None) if measure_id is None else col(Offer.measure_id) == measure_id
    ended = session.execute(
        update(Offer)
        .where(col(Offer.person_id) == person_id, col(Offer.ended_at).is_(None), same)
        .values(ended_at=now)
        .returning(col(Offer.id))
    )
    return sorted(ended.scalars())


# -- who they are ----


def places(session: Session, day: date) -> dict[int, set[int]]:
    """The units in which each person works on a day."""
    found: dict[int, set[int]] = {}
    query = select(Membership.person_id, Membership.unit_id)
    for person_id, unit_id in session.exec(query.where(Membership.starts <= day, Membership.ends >= day)):
        found.setdefault(person_id, set()).add(unit_id)
    return found


def in_group(session: Session, group: str, people: Collection[int], day: date) -> set[int]:
    """Those of these people who belong to a peer group on a day."""
    query = (
        select(Membership.person_id)
        .join(PeerGroup, col(PeerGroup.id) == Membership.peer_group_id)
        .where(PeerGroup.name == group, col(Membership.person_id).in_(people))
        .where(Membership.starts <= day, Membership.ends >= day)
    )
    return set(session.exec(query))


def kept_peers(session: Session, person_id: int) -> dict[str, Any]:
    """Where somebody stood when their latest digest was written, as it was kept with it; {} without one."""
    query = (
        select(Digest.message)
        .where(Digest.person_id == person_id, col(Digest.state).in_(SETTLED))
        .order_by(col(Digest.week).desc())
        .limit(1)
    )
    message = session.exec(query).first()
    found = (message or {}).get("peers", {})
    return found if isinstance(found, dict) else {}


def measure_of_key(session: Session, key: str) -> int | None:
    """The id of a measure."""
    return session.exec(select(Measure.id).where(Measure.key == key)).first()


def key_of_measure(session: Session, measure_id: int) -> str:
    """The key of a measure."""
    return session.get_one(Measure, measure_id).key


# -- requests ----


def claim_talk(session: Session, talk: Talk) -> int | None:
    """Store a request. Returns its id; None where the same is open already."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    statement = insert(Talk).values(talk.model_dump(exclude={"id"})).on_conflict_do_nothing()
    found: int | None = session.execute(statement.returning(col(Talk.id))).scalar_one_or_none()
    return found


def settle(session: Session, talk_id: int, state: TalkState, now: datetime) -> bool:
    """Answer or end a request that waits; False where it does not wait any more."""
    changed = session.execute(
        update(Talk)
        .where(col(Talk.id) == talk_id, col(Talk.state) == TalkState.ASKED)
        .values(state=state, answered_at=now)
        .returning(col(Talk.id))
        .execution_options(synchronize_session="fetch")
    )
    return changed.scalar_one_or_none() is not None


def waiting_by(session: Session, asker_id: int) -> list[tuple[Talk, Offer]]:
    """The requests of somebody that wait for an answer, the oldest first."""
    query = (
        select(Talk, Offer)
        .join(Offer, col(Offer.id) == Talk.offer_id)
        .where(Talk.asker_id == asker_id, Talk.state == TalkState.ASKED)
        .order_by(col(Talk.id))
    )
    return list(session.exec(query).all())


def waiting_for(session: Session, offer_ids: Collection[int]) -> list[int]:
    """Ids of the requests that wait for an answer to one of these offers."""
    query = select(Talk.id).where(col(Talk.offer_id).in_(offer_ids), Talk.state == TalkState.ASKED)
    return [one for one in session.exec(query.order_by(col(Talk.id))) if one is not None]


def overdue(session: Session, before: datetime, limit: int) -> list[int]:
    """Ids of requests that were made by then and still wait, the oldest first."""
    query = select(Talk.id).where(Talk.state == TalkState.ASKED, col(Talk.asked_at) <= before)
    return [one for one in session.exec(query.order_by(col(Talk.id)).limit(limit)) if one is not None]


def last_asked(session: Session, people: Collection[int], measure_id: int) -> dict[int, datetime]:
    """When each of these people was last asked about a measure; who never was is left out."""
    query = (
        select(Offer.person_id, func.max(Talk.asked_at))
        .join(Talk, col(Talk.offer_id) == Offer.id)
        .where(col(Offer.person_id).in_(people), Offer.measure_id == measure_id)
        .group_by(col(Offer.person_id))
    )
    return dict(session.exec(query).all())


def said_not_now(session: Session, asker_id: int, since: datetime) -> set[tuple[int, int | None]]:
    """(person, measure or None) of those who said "Not now" to somebody since then."""
    query = (
        select(Offer.person_id, Offer.measure_id)
        .join(Talk, col(Talk.offer_id) == Offer.id)
        .where(Talk.asker_id == asker_id, Talk.state == TalkState.DECLINED)
        .where(col(Talk.answered_at) > since)
    )
    return set(session.exec(query).all())


def message_of(session: Session, kind: str, talk_id: int) -> OutboxRow | None:
    """The message that brought a request to whoever is asked."""
    query = select(OutboxRow).where(OutboxRow.kind == kind, OutboxRow.period == str(talk_id))
    return session.exec(query).first()
