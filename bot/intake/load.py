"""Import a folder: read and check everything, load it unseen, publish it in one flip."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from itertools import repeat
from pathlib import Path

import numpy as np
from sqlmodel import Session, col, select

from bot.clock import Clock, local_date
from bot.intake.check import check_contents
from bot.intake.contents import Contents
from bot.intake.known import Known, Scope, what_is_known, what_rows_may_name
from bot.intake.measures import MEASURES, read_measures
from bot.intake.observations import DAY_BITS, DAY_MASK, OBSERVATIONS, ObservationReader, Rows, day_of
from bot.intake.people import ABSENCES, MEMBERSHIPS, PEOPLE, ROLES, UNITS, read_people
from bot.intake.problems import Findings, IntakeErrors, Problem
from bot.intake.publish import Choices, publish
from bot.intake.recorder import Recorder
from bot.intake.stored import Difference, compare_with_stored
from bot.settings import Settings
from storage.engine import Database
from storage.intake import ImportRunning, ObservationRow, add_observations, import_lock, remove_batch
from storage.measures import ImportBatch, Measure
from storage.people import Clinician
from storage.terms import BatchState

FILES = (PEOPLE, UNITS, ROLES, MEMBERSHIPS, ABSENCES, MEASURES, OBSERVATIONS)
Progress = Callable[[str, int, int], None]

# One transaction of this many rows takes some 20 ms; the rest after it lets other writers in.
_ROWS_AT_A_TIME = 4_000
_SHORTEST_REST, _LONGEST_REST = 0.004, 0.1


@dataclass(frozen=True)
class FileCounts:
    """How many rows of a file were new, changed what was stored, or were the same."""

    file: str
    new: int
    changed: int
    same: int


@dataclass(frozen=True)
class ImportReport:
    """What an import did, or would do. `batch` is its number; None where nothing changed, or on a dry run."""

    files: tuple[FileCounts, ...]
    warnings: tuple[str, ...]
    batch: int | None
    dry_run: bool

    @property
    def changes_anything(self) -> bool:
        """Whether there is anything new or changed in the files."""
        return any(counts.new or counts.changed for counts in self.files)

    def __str__(self) -> str:
        """The counts by file, the warnings, and what became of it."""
        lines = [
            f"{counts.file}: {counts.new:,} new, {counts.changed:,} changed, {counts.same:,} the same"
            for counts in self.files
        ]
        lines += [f"Please note: {warning}." for warning in self.warnings]
        if self.batch is not None:
            lines.append(
                f"Imported as number {self.batch}; `rounds import --undo {self.batch}` takes it back."
            )
        elif self.dry_run and self.changes_anything:
            lines.append("The files are right. This was a dry run: nothing was changed.")
        else:
            lines.append("Nothing changed: all of this is stored already.")
        return "\n".join(lines)


class ImportBusy(IntakeErrors):
    """Another import or undo is going on."""

    def __init__(self) -> None:
        super().__init__(
            [Problem("import", 0, "another import is running; wait until it is done, then try again")]
        )


@contextmanager
def exclusive(database: Database) -> Iterator[None]:
    """Hold the right to change figures. Raises ImportBusy."""
    try:
        with import_lock(database):
            yield
    except ImportRunning as error:
        raise ImportBusy from error


def import_folder(
    database: Database,
    folder: Path,
    *,
    clock: Clock,
    imported_by: str,
    settings: Settings,
    dry_run: bool = False,
    rebind: bool = False,
    team_id: str | None = None,
    progress: Progress | None = None,
) -> ImportReport:
    """Import the files that are in a folder, all or nothing.

    `progress` is told what is being done, how much of it is done, and how much there is. Raises IntakeErrors,
    with every problem and its line, and has then changed nothing.
    """
    today = local_date(clock.now(), settings.zone)
    work = _Import(database, folder, clock, imported_by, Choices(rebind, team_id, today), progress or _silent)
    if dry_run:
        return work.prepare().report(work.warnings, None, dry_run=True)
    with exclusive(database):
        work.clear_up()
        return work.carry_out(work.prepare())


def _silent(_what: str, _done: int, _total: int) -> None:
    pass


@dataclass
class _Prepared:
    """Files that were read and found to be right, and what they would change."""

    contents: Contents
    scope: Scope
    known: Known
    counts: dict[str, Counter[str]]
    observations: Difference | None
    email_codes: list[str] = field(default_factory=list)
    changes: bool = False

    def report(self, warnings: list[str], batch: int | None, *, dry_run: bool) -> ImportReport:
        files = [
            FileCounts(name, had["new"], had["changed"], had["same"]) for name, had in self.counts.items()
        ]
        if self.observations is not None:
            rows = self.observations
            files.append(FileCounts(OBSERVATIONS, rows.new, rows.changed, rows.same))
        return ImportReport(tuple(files), tuple(warnings), batch, dry_run)


class _Import:
    def __init__(
        self,
        database: Database,
        folder: Path,
        clock: Clock,
        imported_by: str,
        choices: Choices,
        progress: Progress,
    ) -> None:
        self._database = database
        self._folder = folder
        self._clock = clock
        self._imported_by = imported_by
        self._choices = choices
        self._progress = progress
        self._findings = Findings()

    @property
    def warnings(self) -> list[str]:
        return list(dict.fromkeys(self._findings.warnings))

    def prepare(self) -> _Prepared:
        """Read and check everything. Writes nothing."""
        self._folder_has_files()
        findings = self._findings
        contents = Contents()
        read_people(self._folder, contents, findings)
        read_measures(self._folder, contents, findings)
        with self._database.read() as session:
            known = what_is_known(session)
        check_contents(contents, known, findings)
        scope = what_rows_may_name(known, contents)
        rows = self._observations(scope)
        findings.stop_if_any()
        with self._database.read() as session, session.no_autoflush:
            difference = self._difference(session, rows, scope, known, contents)
            codes = [] if rows is None else _codes_in_use(rows, scope)
            dry = Recorder(session, None)
            counts = publish(session, contents, codes, self._choices, dry, findings)
        findings.stop_if_any()
        changes = dry.any_change or (difference is not None and len(difference.rows) > 0)
        return _Prepared(contents, scope, known, counts, difference, codes, changes)

    def _folder_has_files(self) -> None:
        name = self._folder.name or str(self._folder)
        if not self._folder.is_dir():
            raise IntakeErrors(
                [Problem(name, 0, "there is no such folder; give the folder that holds the files")]
            )
        if not any((self._folder / file).exists() for file in FILES):
            raise IntakeErrors(
                [Problem(name, 0, f"none of the files is in this folder; put in {', '.join(FILES)}")]
            )

    def _observations(self, scope: Scope) -> Rows | None:
        path = self._folder / OBSERVATIONS
        if not path.exists():
            return None
        if not path.is_file():
            self._findings.problem(OBSERVATIONS, 0, "this is not a file; a CSV file is expected here")
            return None
        reader = ObservationReader(scope, self._choices.today, self._findings)
        return reader.read(self._folder, lambda done, total: self._progress("reading", done, total))

    def _difference(
        self, session: Session, rows: Rows | None, scope: Scope, known: Known, contents: Contents
    ) -> Difference | None:
        difference = compare_with_stored(
            session, rows if rows is not None else _no_rows(), scope, known, contents, self._findings
        )
        return None if rows is None else difference

    def carry_out(self, prepared: _Prepared) -> ImportReport:
        """Load and publish. On any failure what was loaded is removed again."""
        if not prepared.changes:
            return prepared.report(self.warnings, None, dry_run=False)
        batch, measures, clinicians = self._begin(prepared)
        try:
            if prepared.observations is not None:
                self._load(batch, prepared.observations.rows, prepared.scope, measures, clinicians)
            self._publish(batch, prepared)
        except BaseException:
            remove_batch(self._database, batch, time.sleep)
            raise
        return prepared.report(self.warnings, batch, dry_run=False)

    def _begin(self, prepared: _Prepared) -> tuple[int, dict[str, int], dict[str, int]]:
        """Make the batch, and the ids that its rows need; a bare id is seen by nobody."""
        codes = [row.clinician_code for row in prepared.contents.people if row.clinician_code]
        with self._database.write() as session:
            batch = ImportBatch(
                source=str(self._folder)[-500:],
                imported_by=self._imported_by[:100],
                started_at=self._clock.now(),
            )
            session.add(batch)
            for key in [row.key for row in prepared.contents.measures]:
                if key not in prepared.known.measure_ids:
                    session.add(Measure(key=key))
            for code in dict.fromkeys([*codes, *prepared.email_codes]):
                if code not in prepared.known.clinicians:
                    session.add(Clinician(code=code))
            session.flush()
            assert batch.id is not None
            measures = {measure.key: measure.id or 0 for measure in session.exec(select(Measure))}
            clinicians = {clinician.code: clinician.id or 0 for clinician in session.exec(select(Clinician))}
            return batch.id, measures, clinicians

    def _load(
        self, batch: int, rows: Rows, scope: Scope, measures: dict[str, int], clinicians: dict[str, int]
    ) -> None:
        measure_ids = np.array([measures.get(key, 0) for key in scope.measures], np.int64)
        clinician_ids = np.array([clinicians.get(code, 0) for code in scope.codes], np.int64)
        days: dict[int, str] = {}
        for start in range(0, len(rows), _ROWS_AT_A_TIME):
            some = rows.pick(np.arange(start, min(start + _ROWS_AT_A_TIME, len(rows))))
            values = list(_as_stored(some, batch, measure_ids, clinician_ids, days))
            began = time.perf_counter()
            with self._database.write() as session:
                add_observations(session, values)
            took = time.perf_counter() - began
            self._progress("loading", start + len(some), len(rows))
            # Not the clock's sleep: another process waits for the database, in its own real time.
            time.sleep(min(max(took / 2, _SHORTEST_REST), _LONGEST_REST))

    def _publish(self, number: int, prepared: _Prepared) -> None:
        findings = Findings()
        with self._database.write() as session:
            recorder = Recorder(session, number)
            publish(session, prepared.contents, prepared.email_codes, self._choices, recorder, findings)
            findings.stop_if_any()
            recorder.save_changes()
            batch = session.get_one(ImportBatch, number)
            batch.state = BatchState.LIVE
            batch.published_at = self._clock.now()
            batch.counts = {
                counts.file: {"new": counts.new, "changed": counts.changed, "same": counts.same}
                for counts in prepared.report([], number, dry_run=False).files
            }

    def clear_up(self) -> None:
        """Remove what an import that was cut off has left. Nobody else is importing: the lock is ours."""
        with self._database.read() as session:
            left = session.exec(
                select(ImportBatch.id).where(col(ImportBatch.state) == BatchState.LOADING)
            ).all()
        for number in left:
            assert number is not None
            remove_batch(self._database, number, time.sleep)


def _no_rows() -> Rows:
    none = np.empty(0)
    return Rows(np.empty(0, np.int64), np.empty(0, np.int32), none, none, None, None)


def _codes_in_use(rows: Rows, scope: Scope) -> list[str]:
    """Addresses that stand for a code, and that a row names."""
    if not scope.email_codes:
        return []
    used = np.unique((rows.keys >> DAY_BITS) % len(scope.codes))
    return [scope.email_codes[number] for number in used.tolist() if number in scope.email_codes]


def _as_stored(
    rows: Rows,
    batch: int,
    measure_ids: np.ndarray[tuple[int], np.dtype[np.int64]],
    clinician_ids: np.ndarray[tuple[int], np.dtype[np.int64]],
    days: dict[int, str],
) -> Iterator[ObservationRow]:
    pairs = rows.keys >> DAY_BITS
    numbers = (rows.keys & DAY_MASK).tolist()
    for number in set(numbers) - days.keys():
        days[number] = _iso(day_of(number))
    return zip(
        measure_ids[pairs // len(clinician_ids)].tolist(),
        clinician_ids[pairs % len(clinician_ids)].tolist(),
        map(days.__getitem__, numbers),
        repeat(batch),
        rows.numerator.tolist(),
        rows.denominator.tolist(),
        _or_null(rows.expected),
        _or_null(rows.squares),
    )


def _iso(day: date) -> str:
    return day.isoformat()


def _or_null(values: np.ndarray[tuple[int], np.dtype[np.float64]] | None) -> Iterator[float | None]:
    if values is None:
        return repeat(None)
    return (None if value != value else value for value in values.tolist())
