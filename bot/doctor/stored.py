"""What the doctor reads from the database, and the checks of the database itself. Nothing is written."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from alembic.util.exc import CommandError
from sqlalchemy import func, text
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlmodel import Session, col, or_, select

from bot.doctor.data import MeasureFacts
from bot.doctor.findings import Check, Finding, checked
from bot.doctor.setup import FINGERPRINT
from bot.doctor.workspace import Somebody
from storage.engine import Database, DatabaseBusy
from storage.figures import current_measures
from storage.idea_rows import unit_chain
from storage.measures import ImportBatch, Observation
from storage.migrate import current_revision, head_revision
from storage.outbox import SiteFact
from storage.people import ClinicianBinding, Membership, Person, RoleGrant, SlackAccount, Unit
from storage.terms import BatchState, RoleName

PATIENCE = 3.0
UPGRADE = "Run `rounds db upgrade`."


@dataclass(frozen=True, slots=True)
class Stored:
    """What this installation's database says; the doctor needs nothing else of it."""

    key_fingerprint: str | None
    people: tuple[Somebody, ...]
    channels: tuple[tuple[str, str], ...]
    with_leader: tuple[str, ...]
    without_leader: tuple[str, ...]
    approvers: int
    unapproved: tuple[str, ...]
    measures: tuple[MeasureFacts, ...]


def open_database(url: str) -> tuple[Database | None, Check]:
    """The database where it can be used, with what is to be said of it. No file is made here."""
    try:
        database = Database(url)
    except (ArgumentError, ImportError):
        wrong = "DATABASE_URL is not the address of a database that Rounds can use."
        todo = "Write sqlite:///rounds.db, or postgresql://user:password@host/name."
        return None, _failed(wrong, todo)
    found = _file_problem(database.path) or _server_problem(database)
    if found is not None:
        database.close()
        return None, checked("Database", "", [found])
    where = database.url.render_as_string(hide_password=True)
    return database, checked("Database", f"{where} can be read and written.")


def _failed(wrong: str, todo: str) -> Check:
    return checked("Database", "", [Finding(wrong, todo)])


def _file_problem(path: Path | None) -> Finding | None:
    """What keeps an embedded database's file from being written, if anything."""
    if path is None:
        return None
    folder = path.absolute().parent
    if not folder.is_dir():
        return Finding(
            f"The folder of the database, {folder}, is not there.", "Make it, or mend DATABASE_URL."
        )
    if not path.exists():
        return Finding(f"The database {path} is not there yet.", UPGRADE)
    # SQLite writes files beside it as well, so its folder has to be writable too.
    for place in (path, folder):
        if not _writable(place):
            return Finding(
                f"{place} cannot be written by this user.",
                "Give it to the user that runs Rounds, with the folder that it is in.",
            )
    return None


def _writable(place: Path) -> bool:
    if os.access in os.supports_effective_ids:
        return os.access(place, os.W_OK, effective_ids=True)
    return os.access(place, os.W_OK)


def _server_problem(database: Database) -> Finding | None:
    """What keeps the database from taking a write, if anything."""
    where = database.url.render_as_string(hide_password=True)
    try:
        with database.write(patience=PATIENCE) as session:
            if (
                not database.is_sqlite
                and session.execute(text("SHOW transaction_read_only")).scalar() == "on"
            ):
                return Finding(f"{where} takes no writes.", "Point DATABASE_URL at the primary server.")
    except DatabaseBusy as busy:
        if "locked" in str(busy):
            wrong = f"{where} was locked by somebody else for {PATIENCE:.0f} seconds."
            return Finding(wrong, "See which other program holds it open, and end that.")
        return Finding(f"{where} cannot be used.", "Check DATABASE_URL, and that the server is running.")
    except SQLAlchemyError:
        return Finding(f"{where} cannot be used.", "Check DATABASE_URL, and that the server is running.")
    return None


def check_migrated(database: Database) -> Check:
    """The database has the schema that this version of Rounds needs."""
    head = head_revision()
    try:
        current = current_revision(database)
    except (CommandError, SQLAlchemyError):
        return checked("Schema", "", [Finding("The database's schema could not be read.", UPGRADE)])
    if current == head:
        return checked("Schema", f"It is current ({head}).")
    if current is None:
        return checked("Schema", "", [Finding("The database is empty: it has no tables yet.", UPGRADE)])
    wrong = f"The database is at schema {current}; this version of Rounds needs {head}."
    todo = UPGRADE + " Where it was made by a newer Rounds, install that one."
    return checked("Schema", "", [Finding(wrong, todo)])


def read_stored(database: Database, team_id: str | None, today: date) -> Stored:
    """Read what is to be checked. Without a team id nobody's account is known."""
    with database.read() as session:
        fact = session.get(SiteFact, FINGERPRINT)
        units = session.exec(select(Unit).order_by(Unit.name)).all()
        erased = set(session.exec(select(Person.id).where(col(Person.erased_at).is_not(None))))
        led = {unit.name: unit.leader_id is not None and unit.leader_id not in erased for unit in units}
        return Stored(
            key_fingerprint=fact.value if fact else None,
            people=tuple(_people(session, team_id, today, units)),
            channels=tuple((unit.name, unit.channel) for unit in units if unit.channel),
            with_leader=tuple(name for name, has in led.items() if has),
            without_leader=tuple(name for name, has in led.items() if not has),
            approvers=len(_approvers(session, today)),
            unapproved=_unapproved(session, today, units),
            measures=tuple(_measures(session)),
        )


def _approvers(session: Session, today: date) -> dict[int, set[int | None]]:
    """In which units (None: everywhere) somebody is an approver on that day, by person."""
    found: dict[int, set[int | None]] = {}
    query = (
        select(RoleGrant)
        .join(Person, col(Person.id) == RoleGrant.person_id)
        .where(RoleGrant.role == RoleName.APPROVER, RoleGrant.starts <= today, RoleGrant.ends >= today)
        .where(col(Person.erased_at).is_(None))
    )
    for grant in session.exec(query):
        found.setdefault(grant.person_id, set()).add(grant.unit_id)
    return found


def _unapproved(session: Session, today: date, units: Sequence[Unit]) -> tuple[str, ...]:
    """The units that no approver is for: neither there, nor in one above, nor everywhere."""
    places = {unit_id for theirs in _approvers(session, today).values() for unit_id in theirs}
    if None in places:
        return ()
    return tuple(
        unit.name
        for unit in units
        if unit.id is not None and not places & {above.id for above in unit_chain(session, unit.id)}
    )


def remember_key(session: Session, key_fingerprint: str) -> bool:
    """Note which secret key this installation uses. Returns False where another one was noted before."""
    fact = session.get(SiteFact, FINGERPRINT)
    if fact is None:
        session.add(SiteFact(name=FINGERPRINT, value=key_fingerprint))
        return True
    return fact.value == key_fingerprint


def _people(session: Session, team_id: str | None, today: date, units: Iterable[Unit]) -> Iterable[Somebody]:
    """Who works here today: has a code, belongs to a unit, leads one, or holds a role."""
    here: set[int | None] = set()
    for table in (ClinicianBinding, Membership, RoleGrant):
        current = select(table.person_id).where(table.starts <= today, table.ends >= today)
        here.update(session.exec(current).all())
    for unit in units:
        here |= {unit.leader_id, unit.manager_id, unit.deputy_id}
    query = select(SlackAccount).where(or_(SlackAccount.team_id == team_id, SlackAccount.team_id == ""))
    # One that Slack has confirmed goes before one that is only in the file.
    accounts = {
        account.person_id: account.user_id
        for account in sorted(session.exec(query), key=lambda account: account.team_id)
    }
    people = session.exec(select(Person).where(col(Person.erased_at).is_(None)).order_by(Person.email))
    for person in people:
        if person.id is not None and person.id in here:
            yield Somebody(person.email, accounts.get(person.id))


def _measures(session: Session) -> Iterable[MeasureFacts]:
    newest: dict[int | None, date] = dict(
        session.exec(
            select(Observation.measure_id, func.max(Observation.period_start))
            .join(ImportBatch, col(ImportBatch.id) == Observation.batch_id)
            .where(ImportBatch.state == BatchState.LIVE)
            .group_by(col(Observation.measure_id))
        ).all()
    )
    for measure in current_measures(session).values():
        yield MeasureFacts(
            title=measure.title,
            mode=measure.mode,
            period=measure.period,
            settles_after=measure.settles_after,
            next_review=measure.next_review,
            newest=newest.get(measure.measure_id),
        )
