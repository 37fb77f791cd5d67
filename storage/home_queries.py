"""Queries for a person's own Home: who they are here, and what has been kept for them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func
from sqlmodel import Session, col, select

from storage.digests import Look
from storage.outbox import OutboxRow
from storage.people import Clinician, ClinicianBinding, DigestPreference, Person, SlackAccount, Unit
from storage.terms import OutboxState


@dataclass(frozen=True, slots=True)
class AtHome:
    """A person with what their Home starts from; `code` is theirs on the day."""

    person: Person
    code: str | None
    account: SlackAccount | None
    preference: DigestPreference | None


def at_home(session: Session, person_id: int, team_id: str, day: date) -> AtHome | None:
    """The person, their code, account and wishes; None for somebody who is not there (any more)."""
    query = (
        select(Person, Clinician.code, SlackAccount, DigestPreference)
        .join(
            ClinicianBinding,
            (col(ClinicianBinding.person_id) == Person.id)
            & (col(ClinicianBinding.starts) <= day)
            & (col(ClinicianBinding.ends) >= day),
            isouter=True,
        )
        .join(Clinician, col(Clinician.id) == ClinicianBinding.clinician_id, isouter=True)
        .join(
            SlackAccount,
            (col(SlackAccount.person_id) == Person.id) & (col(SlackAccount.team_id) == team_id),
            isouter=True,
        )
        .join(DigestPreference, col(DigestPreference.person_id) == Person.id, isouter=True)
        .where(Person.id == person_id, col(Person.erased_at).is_(None))
        .limit(1)
    )
    found = session.exec(query).first()
    return AtHome(*found) if found is not None else None


def unit_names(session: Session, unit_ids: Collection[int]) -> list[str]:
    """The names of units, in order."""
    if not unit_ids:
        return []
    return list(session.exec(select(Unit.name).where(col(Unit.id).in_(unit_ids)).order_by(Unit.name)).all())


def count_looks(session: Session, person_id: int) -> int:
    """How many looks at a person's figures are on record."""
    query = select(func.count()).select_from(Look).where(Look.person_id == person_id)
    return session.exec(query).one()


def shown_picture(session: Session, person_id: int, kind: str, since: datetime) -> str | None:
    """The file of the latest message of a kind that a person was sent since then, if it shows its picture."""
    query = (
        select(OutboxRow)
        .where(
            OutboxRow.recipient_id == person_id,
            OutboxRow.kind == kind,
            OutboxRow.state == OutboxState.SENT,
            OutboxRow.created_at >= since,
        )
        .order_by(col(OutboxRow.id).desc())
        .limit(1)
    )
    found = session.exec(query).first()
    # A message can go out without its picture; then the person has not been shown the file.
    return None if found is None or found.outcome.startswith("without") else found.file_id


def person_by_email(session: Session, email: str) -> Person | None:
    """The person with that (lower-case) address, unless erased."""
    return session.exec(
        select(Person).where(Person.email == email, col(Person.erased_at).is_(None))
    ).one_or_none()


def accounts_like(
    session: Session, team_ids: Collection[str], person_id: int, user_id: str
) -> list[SlackAccount]:
    """Accounts that are the person's or have that user id."""
    return list(
        session.exec(
            select(SlackAccount).where(
                col(SlackAccount.team_id).in_(team_ids),
                (col(SlackAccount.person_id) == person_id) | (col(SlackAccount.user_id) == user_id),
            )
        ).all()
    )


def has_code(session: Session, person_id: int, day: date) -> bool:
    """Whether figures of that day would be this person's."""
    query = select(ClinicianBinding.id).where(
        ClinicianBinding.person_id == person_id, ClinicianBinding.starts <= day, ClinicianBinding.ends >= day
    )
    return session.exec(query).first() is not None
