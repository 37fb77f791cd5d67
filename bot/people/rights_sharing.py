"""Erasing and exporting what somebody let others see: digests shown to leaders, and their name in a group."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, select
from sqlmodel import Session, col

from storage.answers import DigestShare, NameConsent
from storage.digests import Digest
from storage.people import PeerGroup, Unit


def erase_sharing(session: Session, person_id: int) -> dict[str, int]:
    """Erase it, before the digests that it refers to. Returns how many rows of each kind."""
    shares = session.execute(delete(DigestShare).where(col(DigestShare.person_id) == person_id))
    names = session.execute(delete(NameConsent).where(col(NameConsent.person_id) == person_id))
    return {
        "digests shared": int(shares.rowcount),  # type: ignore[attr-defined]
        "names in peer groups": int(names.rowcount),  # type: ignore[attr-defined]
    }


def export_sharing(session: Session, person_id: int) -> dict[str, list[dict[str, Any]]]:
    """What they shared with whose leaders, and what they said of their name in which group."""
    shares = session.execute(
        select(DigestShare, col(Digest.week), col(Unit.name))
        .join(Digest, col(Digest.id) == col(DigestShare.digest_id))
        .join(Unit, col(Unit.id) == col(DigestShare.unit_id))
        .where(col(DigestShare.person_id) == person_id)
        .order_by(col(DigestShare.id))
    )
    names = session.execute(
        select(NameConsent, col(PeerGroup.name))
        .join(PeerGroup, col(PeerGroup.id) == col(NameConsent.peer_group_id))
        .where(col(NameConsent.person_id) == person_id)
        .order_by(col(PeerGroup.name))
    )
    return {
        "digests_shared": [
            {
                "week": week,
                "unit": unit,
                "shared_at": _moment(share.shared_at),
                "ends_on": share.ends_on.isoformat(),
                "withdrawn_at": _moment(share.withdrawn_at),
            }
            for share, week, unit in shares
        ],
        "names_in_groups": [
            {
                "peer_group": group,
                "asked_at": _moment(said.asked_at),
                "agreed_at": _moment(said.agreed_at),
                "leaders": said.leaders,
                "withdrawn_at": _moment(said.withdrawn_at),
            }
            for said, group in names
        ],
    }


def _moment(at: Any) -> str | None:
    return None if at is None else at.isoformat()
