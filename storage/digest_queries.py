"""Queries on digests and on who gets one when."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import Executable, func, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from storage.answer_rows import answer_marks
from storage.digests import Digest
from storage.measures import ImportBatch, Measure
from storage.outbox import OutboxRow
from storage.people import (
    Absence,
    Clinician,
    ClinicianBinding,
    DigestPreference,
    Person,
    SlackAccount,
)
from storage.terms import BatchState, DigestState, Frequency, OutboxState

# A digest in one of these states is done with: planning the same week again leaves it alone.
SETTLED = (DigestState.PLANNED, DigestState.SENT)


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody who may get a digest: the person, their code now, their wishes and their account."""

    person: Person
    code: str
    preference: DigestPreference
    account: SlackAccount | None

    @property
    def person_id(self) -> int:
        """The person's id."""
        assert self.person.id is not None
        return self.person.id


def recipients(
    session: Session,
    day: date,
    team_id: str,
    *,
    emails: Collection[str] | None = None,
    ids: Collection[int] | None = None,
) -> list[Recipient]:
    """Everybody with a code on that day and a preference row, ordered by code; optionally only some."""
    query = (
        select(Person, Clinician.code, DigestPreference, SlackAccount)
        .join(ClinicianBinding, col(ClinicianBinding.person_id) == Person.id)
        .join(Clinician, col(Clinician.id) == ClinicianBinding.clinician_id)
        .join(DigestPreference, col(DigestPreference.person_id) == Person.id)
        .join(
            SlackAccount,
            (col(SlackAccount.person_id) == Person.id) & (col(SlackAccount.team_id) == team_id),
            isouter=True,
        )
        .where(ClinicianBinding.starts <= day, ClinicianBinding.ends >= day)
        .where(col(Person.erased_at).is_(None))
        .order_by(Clinician.code)
    )
    if emails is not None:
        query = query.where(col(Person.email).in_(emails))
    if ids is not None:
        query = query.where(col(Person.id).in_(ids))
    return [Recipient(*row) for row in session.exec(query).all()]


def without_preference(session: Session, day: date) -> list[int]:
    """People with a code on that day for whom no digest has been scheduled yet."""
    query = (
        select(ClinicianBinding.person_id)
        .join(Person, col(Person.id) == ClinicianBinding.person_id)
        .join(DigestPreference, col(DigestPreference.person_id) == ClinicianBinding.person_id, isouter=True)
        .where(ClinicianBinding.starts <= day, ClinicianBinding.ends >= day)
        .where(col(Person.erased_at).is_(None), col(DigestPreference.person_id).is_(None))
        .order_by(col(ClinicianBinding.person_id))
    )
    return list(session.exec(query).all())


def add_preference(session: Session, person_id: int) -> None:
    """Give a person the site's own day and time, unless they have wishes already."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    values = DigestPreference(person_id=person_id).model_dump()
    session.execute(insert(DigestPreference).values(values).on_conflict_do_nothing())


def set_wishes(session: Session, person_id: int, **wishes: Any) -> None:
    """Set some columns of a person's digest preference, which is made where there is none yet."""
    values = {"person_id": person_id, "frequency": Frequency.WHEN_NEW, **wishes}
    session.execute(_wish(session.get_bind().dialect.name, tuple(wishes)), values)


@cache
def _wish(dialect: str, names: tuple[str, ...]) -> Executable:
    insert = sqlite.insert if dialect == "sqlite" else postgresql.insert
    # The plain table, and made once: commands wait for this before they are acknowledged.
    statement = insert(DigestPreference.__table__)  # type: ignore[attr-defined]
    given = {name: statement.excluded[name] for name in names}
    return statement.on_conflict_do_update(index_elements=["person_id"], set_=given)


def zone_names(session: Session, team_id: str) -> dict[int, str | None]:
    """Each person's time zone as Slack gave it."""
    rows = session.exec(
        select(SlackAccount.person_id, SlackAccount.timezone).where(SlackAccount.team_id == team_id)
    ).all()
    return dict(rows)


def due_people(session: Session, now: datetime, limit: int) -> list[DigestPreference]:
    """Those whose digest is due, the longest waiting first."""
    query = (
        select(DigestPreference)
        .where(col(DigestPreference.next_due).is_not(None), col(DigestPreference.next_due) <= now)
        .order_by(col(DigestPreference.next_due), col(DigestPreference.person_id))
        .limit(limit)
    )
    return list(session.exec(query).all())


def digest_of(session: Session, person_id: int, week: str) -> Digest | None:
    """A person's digest of a week."""
    return session.exec(
        select(Digest).where(Digest.person_id == person_id, Digest.week == week)
    ).one_or_none()


def latest_digest(session: Session, person_id: int) -> tuple[Digest, OutboxRow] | None:
    """The last digest that was sent to a person, with the message that carried it."""
    query = (
        select(Digest, OutboxRow)
        .join(OutboxRow, col(OutboxRow.id) == Digest.outbox_id)
        .where(Digest.person_id == person_id, Digest.state == DigestState.SENT)
        .order_by(col(Digest.week).desc())
        .limit(1)
    )
    return session.exec(query).first()


def last_led(session: Session, person_id: int) -> dict[str, str]:
    """The last week (ISO) whose digest a measure led, by the measure's key; only what was sent."""
    query = (
        select(Measure.key, func.max(Digest.week))
        .join(Digest, col(Digest.measure_id) == Measure.id)
        .where(Digest.person_id == person_id, Digest.state == DigestState.SENT)
        .group_by(Measure.key)
    )
    return dict(session.exec(query).all())


def told_digests(session: Session, person_ids: Collection[int], before: str) -> dict[int, list[Digest]]:
    """Digests that said something (planned or sent) in weeks before that one, the latest first."""
    found: dict[int, list[Digest]] = {}
    query = (
        select(Digest)
        .where(col(Digest.person_id).in_(person_ids), Digest.week < before)
        .where(col(Digest.state).in_(SETTLED))
        .order_by(col(Digest.week).desc())
    )
    for digest in session.exec(query):
        found.setdefault(digest.person_id, []).append(digest)
    return found


def settled_people(session: Session, week: str, person_ids: Collection[int]) -> set[int]:
    """Those of these people whose digest of that week is planned or sent."""
    query = select(Digest.person_id).where(Digest.week == week, col(Digest.state).in_(SETTLED))
    return set(session.exec(query.where(col(Digest.person_id).in_(person_ids))).all())


def claim_digest(session: Session, digest: Digest) -> bool:
    """Store a digest unless that person has one for that week that is planned or sent already.

    One that was quiet, held, skipped or failed is replaced: whoever asks again may have mended why.
    """
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    values = digest.model_dump(exclude={"id"})
    statement = insert(Digest).values(values)
    unfinished = col(Digest.state).not_in(SETTLED)
    result = session.execute(
        statement.on_conflict_do_update(
            index_elements=["person_id", "week"],
            set_={name: statement.excluded[name] for name in values},
            where=unfinished,
        ).returning(col(Digest.id))
    )
    found = result.scalar_one_or_none()
    digest.id = found
    return found is not None


def release_period(session: Session, kind: str, lane: str, period: str) -> None:
    """Let something be said again whose earlier message was not sent: its row keeps all but the period."""
    session.execute(
        update(OutboxRow)
        .where(col(OutboxRow.kind) == kind, col(OutboxRow.lane) == lane, col(OutboxRow.period) == period)
        .values(period=None)
    )


def is_open(session: Session, kind: str, lane: str) -> bool:
    """Whether something of this kind still waits to be said there."""
    query = select(OutboxRow.id).where(OutboxRow.kind == kind, OutboxRow.lane == lane)
    states = (OutboxState.WAITING, OutboxState.LEASED)
    return session.exec(query.where(col(OutboxRow.state).in_(states)).limit(1)).first() is not None


def hold_back_no_longer(session: Session, person_ids: Collection[int], week: str, now: datetime) -> None:
    """Make the digest due now of those of these people whose digest of that week is held."""
    held = select(Digest.person_id).where(Digest.week == week, Digest.state == DigestState.HELD)
    session.execute(
        update(DigestPreference)
        .where(col(DigestPreference.person_id).in_(held.where(col(Digest.person_id).in_(person_ids))))
        .values(next_due=now)
    )


def digest_of_outbox(session: Session, outbox_id: int) -> Digest | None:
    """The digest that a message carries."""
    return session.exec(select(Digest).where(Digest.outbox_id == outbox_id)).one_or_none()


def states_of_week(
    session: Session, week: str, person_ids: Collection[int] | None = None
) -> dict[DigestState, int]:
    """How many digests of a week are in which state."""
    query = select(Digest.state, func.count()).where(Digest.week == week).group_by(col(Digest.state))
    if person_ids is not None:
        query = query.where(col(Digest.person_id).in_(person_ids))
    return {DigestState(state): count for state, count in session.exec(query).all()}


def away_on(session: Session, person_ids: Collection[int], day: date) -> dict[int, Absence]:
    """Who is away on that day."""
    query = select(Absence).where(
        col(Absence.person_id).in_(person_ids), Absence.starts <= day, Absence.ends >= day
    )
    return {absence.person_id: absence for absence in session.exec(query)}


def measure_ids(session: Session) -> dict[str, int]:
    """The id of each measure by its key."""
    return {measure.key: measure.id for measure in session.exec(select(Measure)) if measure.id is not None}


def data_version(session: Session) -> tuple[int, ...]:
    """A mark that changes whenever an import is published or taken back, or what is set aside changes."""
    rows: Sequence[tuple[int | None, int]] = session.exec(
        select(func.max(ImportBatch.id), func.count()).where(ImportBatch.state == BatchState.LIVE)
    ).all()
    highest, count = rows[0]
    return (highest or 0, count, *answer_marks(session))
