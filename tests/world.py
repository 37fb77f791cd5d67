"""A small world to test in: rows straight into storage, with sensible defaults for what does not matter."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlmodel import Session, select

from storage.engine import Database
from storage.measures import ImportBatch, Measure, MeasureVersion, Observation
from storage.people import (
    Absence,
    Clinician,
    ClinicianBinding,
    Membership,
    PeerGroup,
    Person,
    SlackAccount,
    Unit,
)
from storage.terms import ALWAYS, FOREVER, BatchState, Counts, Direction, Domain, Kind, Mode, PeriodLength

START = datetime(2025, 1, 6, tzinfo=UTC)
TEAM = "T0LOCAL"


class World:
    """Adds what a test needs; each method is one transaction."""

    def __init__(self, database: Database, unit: str = "Ward 4") -> None:
        self.database = database
        with database.write() as session:
            session.add(Unit(name=unit))
            session.add(
                ImportBatch(source="test", imported_by="test", started_at=START, state=BatchState.LIVE)
            )

    def person(
        self,
        code: str,
        group: str | None = "Doctors",
        *,
        starts: date = ALWAYS,
        ends: date = FOREVER,
        account: bool = True,
        zone: str = "Europe/London",
    ) -> int:
        """A clinician with a code, a membership and, unless told otherwise, an account; the person's id."""
        with self.database.write() as session:
            person = Person(email=f"{code.lower()}@example.org", name=f"Dr {code}", profession="doctor")
            clinician = Clinician(code=code)
            session.add_all([person, clinician])
            session.flush()
            assert person.id is not None
            assert clinician.id is not None
            session.add(ClinicianBinding(clinician_id=clinician.id, person_id=person.id))
            self._join(session, person.id, group, starts, ends)
            if account:
                session.add(
                    SlackAccount(
                        team_id=TEAM,
                        user_id=f"U{code}",
                        person_id=person.id,
                        email=person.email,
                        timezone=zone,
                        checked_at=START,
                    )
                )
            return person.id

    def join(self, person_id: int, group: str | None, starts: date = ALWAYS, ends: date = FOREVER) -> None:
        """One more membership."""
        with self.database.write() as session:
            self._join(session, person_id, group, starts, ends)

    def _join(self, session: Session, person_id: int, group: str | None, starts: date, ends: date) -> None:
        group_id = None
        if group is not None:
            found = session.exec(select(PeerGroup).where(PeerGroup.name == group)).one_or_none()
            if found is None:
                found = PeerGroup(name=group)
                session.add(found)
                session.flush()
            group_id = found.id
        session.add(
            Membership(person_id=person_id, unit_id=1, peer_group_id=group_id, starts=starts, ends=ends)
        )

    def away(self, person_id: int, starts: date, ends: date) -> None:
        """An absence."""
        with self.database.write() as session:
            session.add(Absence(person_id=person_id, starts=starts, ends=ends))

    def measure(self, key: str = "screening", **fields: Any) -> int:
        """A measure with one live version; its id."""
        defaults: dict[str, Any] = {
            "title": "Screening offered",
            "why": "Found early, it can be treated.",
            "numerator": "patients offered screening",
            "denominator": "patients eligible",
            "kind": Kind.PROPORTION,
            "direction": Direction.HIGHER,
            "mode": Mode.REPETITIVE,
            "domain": Domain.PROCESS,
            "period": PeriodLength.WEEK,
            "counts": Counts.EVENTS,
            "min_denominator": 10.0,
            "per": 1.0,
            "action": "Offer it when the patient books.",
        }
        with self.database.write() as session:
            measure = Measure(key=key)
            session.add(measure)
            session.flush()
            assert measure.id is not None
            session.add(MeasureVersion(measure_id=measure.id, batch_id=1, **(defaults | fields)))
            return measure.id

    def observe(
        self,
        measure_id: int,
        code: str,
        values: Iterable[tuple[date, float, float]],
        *,
        batch: int = 1,
    ) -> None:
        """Observations (period start, numerator, denominator) of one code."""
        with self.database.write() as session:
            clinician = session.exec(select(Clinician).where(Clinician.code == code)).one()
            assert clinician.id is not None
            session.add_all(
                Observation(
                    measure_id=measure_id,
                    clinician_id=clinician.id,
                    period_start=start,
                    batch_id=batch,
                    numerator=numerator,
                    denominator=denominator,
                )
                for start, numerator, denominator in values
            )

    def batch(self, state: BatchState = BatchState.LIVE) -> int:
        """One more import batch; its id."""
        with self.database.write() as session:
            batch = ImportBatch(source="test", imported_by="test", started_at=START, state=state)
            session.add(batch)
            session.flush()
            assert batch.id is not None
            return batch.id

    def undo(self, batch_id: int) -> None:
        """Take a batch back, as `rounds import --undo` does for observations."""
        with self.database.write() as session:
            session.get_one(ImportBatch, batch_id).state = BatchState.UNDONE


def weeks(last_monday: date, count: int) -> list[date]:
    """The Mondays of `count` weeks, oldest first."""
    return [last_monday - timedelta(weeks=back) for back in range(count - 1, -1, -1)]


def steady(
    mondays: Iterable[date],
    numerator: float = 60,
    denominator: float = 100,
    wobble: Callable[[int], float] = lambda n: n % 3,
) -> list[tuple[date, float, float]]:
    """A steady series with a little life in it."""
    return [(monday, numerator + wobble(n), denominator) for n, monday in enumerate(mondays)]
