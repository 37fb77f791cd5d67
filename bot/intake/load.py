"""Import a folder: read and check everything, load it unseen, publish it in one flip."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import numpy as np
from sqlmodel import Session, col, select

from bot.clock import Clock, local_date
from bot.intake.cases import CASES, CaseReader, CaseRows
from bot.intake.check import check_contents
from bot.intake.contents import Contents
from bot.intake.from_cases import CaseDifference, cases_as_stored, work_out_cases
from bot.intake.known import Known, Scope, what_is_known, what_rows_may_name
from bot.intake.lookup import DAY_BITS, Ints
from bot.intake.measures import MEASURES, read_measures
from bot.intake.narratives import (
    NARRATIVES,
    NarrativeDifference,
    NarrativeReader,
    NarrativeRow,
    compare_narratives,
    names_of,
    narratives_as_stored,
)
from bot.intake.observations import OBSERVATIONS, ObservationReader, Rows, no_rows
from bot.intake.people import ABSENCES, MEMBERSHIPS, PEOPLE, ROLES, UNITS, read_people
from bot.intake.problems import Findings, IntakeErrors, Problem
from bot.intake.publish import Choices, publish
from bot.intake.recorder import Recorder
from bot.intake.report import FileCounts, ImportReport
from bot.intake.stored import Difference, compare_with_stored, observations_as_stored
from bot.settings import Settings
from storage.case_queries import add_cases, add_narratives
from storage.engine import Database
from storage.intake import ImportRunning, add_observations, every, import_lock, remove_batch
from storage.measures import ImportBatch, Measure
from storage.people import Clinician, Person
from storage.terms import BatchState

FILES = (PEOPLE, UNITS, ROLES, MEMBERSHIPS, ABSENCES, MEASURES, OBSERVATIONS, CASES, NARRATIVES)
# Their counts are told under a name of their own.
COMPUTED = f"observations from {CASES}"
Progress = Callable[[str, int, int], None]
_Row = TypeVar("_Row")

# One transaction of this many rows takes some 20 ms; the rest after it lets other writers in.
_ROWS_AT_A_TIME = 4_000
_SHORTEST_REST, _LONGEST_REST = 0.004, 0.1


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
    cases: CaseDifference | None
    computed: Difference | None
    narratives: NarrativeDifference | None
    email_codes: list[str] = field(default_factory=list)
    changes: bool = False

    def report(self, warnings: list[str], batch: int | None, *, dry_run: bool) -> ImportReport:
        files = [
            FileCounts(name, had["new"], had["changed"], had["same"]) for name, had in self.counts.items()
        ]
        if self.observations is not None:
            rows = self.observations
            files.append(FileCounts(OBSERVATIONS, rows.new, rows.changed, rows.same))
        if self.cases is not None:
            files.append(FileCounts(CASES, self.cases.new, self.cases.changed, self.cases.same))
        if self.computed is not None:
            rows = self.computed
            files.append(FileCounts(COMPUTED, rows.new, rows.changed, rows.same))
        if self.narratives is not None:
            files.append(FileCounts(NARRATIVES, len(self.narratives.rows), 0, self.narratives.same))
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
        cases = self._cases(scope)
        narratives = self._narratives(scope, contents)
        findings.stop_if_any()
        with self._database.read() as session, session.no_autoflush:
            difference = self._difference(session, rows, scope, known, contents)
            given = rows if rows is not None else no_rows()
            worked_out = computed = told = None
            if cases is not None:
                worked_out = work_out_cases(session, cases, given, scope, known, findings)
                if len(worked_out.computed):
                    computed = compare_with_stored(
                        session, worked_out.computed, scope, known, Contents(), findings
                    )
            if narratives is not None:
                told = compare_narratives(session, narratives, scope, known)
            codes = _codes_in_use(scope, rows, cases, narratives)
            dry = Recorder(session, None)
            counts = publish(session, contents, codes, self._choices, dry, findings)
        findings.stop_if_any()
        return _Prepared(
            contents,
            scope,
            known,
            counts,
            difference,
            worked_out,
            computed,
            told,
            codes,
            dry.any_change or any(map(_says_new, (difference, worked_out, computed, told))),
        )

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
        if not self._is_there(OBSERVATIONS):
            return None
        reader = ObservationReader(scope, self._choices.today, self._findings)
        return reader.read(self._folder, lambda done, total: self._progress("reading", done, total))

    def _cases(self, scope: Scope) -> CaseRows | None:
        if not self._is_there(CASES):
            return None
        reader = CaseReader(scope, self._choices.today, self._findings)
        return reader.read(self._folder, lambda done, total: self._progress("reading cases", done, total))

    def _narratives(self, scope: Scope, contents: Contents) -> list[NarrativeRow] | None:
        if not self._is_there(NARRATIVES):
            return None
        with self._database.read() as session:
            names = [person.name for person in every(session, Person)]
        anybody = names_of([*names, *(row.name for row in contents.people)])
        return NarrativeReader(scope, self._choices.today, anybody, self._findings).read(self._folder)

    def _is_there(self, file: str) -> bool:
        path = self._folder / file
        if path.exists() and not path.is_file():
            self._findings.problem(file, 0, "this is not a file; a CSV file is expected here")
        return path.is_file()

    def _difference(
        self, session: Session, rows: Rows | None, scope: Scope, known: Known, contents: Contents
    ) -> Difference | None:
        difference = compare_with_stored(
            session, rows if rows is not None else no_rows(), scope, known, contents, self._findings
        )
        return None if rows is None else difference

    def carry_out(self, prepared: _Prepared) -> ImportReport:
        """Load and publish. On any failure what was loaded is removed again."""
        if not prepared.changes:
            return prepared.report(self.warnings, None, dry_run=False)
        batch, measures, clinicians = self._begin(prepared)
        try:
            self._load_all(batch, prepared, measures, clinicians)
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

    def _load_all(
        self, batch: int, prepared: _Prepared, measures: dict[str, int], clinicians: dict[str, int]
    ) -> None:
        ids = np.array([measures.get(key, 0) for key in prepared.scope.measures], np.int64)
        codes = np.array([clinicians.get(code, 0) for code in prepared.scope.codes], np.int64)
        for difference in (prepared.observations, prepared.computed):
            if difference is not None:
                self._load_observations(difference.rows, batch, ids, codes)
        if prepared.cases is not None:
            cases = prepared.cases.rows
            self._load(
                len(cases),
                "loading cases",
                lambda some: cases_as_stored(cases.pick(some), batch, ids, codes),
                add_cases,
            )
        if prepared.narratives is not None:
            told = prepared.narratives.rows
            self._load(
                len(told),
                "loading narratives",
                lambda some: narratives_as_stored([told[each] for each in some], batch, ids, codes),
                add_narratives,
            )

    def _load_observations(self, rows: Rows, batch: int, ids: Ints, codes: Ints) -> None:
        days: dict[int, str] = {}
        self._load(
            len(rows),
            "loading",
            lambda some: observations_as_stored(rows.pick(some), batch, ids, codes, days),
            add_observations,
        )

    def _load(
        self,
        count: int,
        what: str,
        values: Callable[[Ints], Iterator[_Row]],
        add: Callable[[Session, list[_Row]], None],
    ) -> None:
        """Store rows in short transactions; `values` gives those of these places."""
        for start in range(0, count, _ROWS_AT_A_TIME):
            end = min(start + _ROWS_AT_A_TIME, count)
            some = list(values(np.arange(start, end)))
            began = time.perf_counter()
            with self._database.write() as session:
                add(session, some)
            took = time.perf_counter() - began
            self._progress(what, end, count)
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


def _says_new(
    difference: Difference | CaseDifference | NarrativeDifference | None,
) -> bool:
    return difference is not None and len(difference.rows) > 0


def _codes_in_use(
    scope: Scope, rows: Rows | None, cases: CaseRows | None, told: list[NarrativeRow] | None
) -> list[str]:
    """Addresses that stand for a code, and that a row names."""
    if not scope.email_codes:
        return []
    used = {row.clinician for row in told or ()}
    for some in (rows, cases):
        if some is not None:
            used |= set(np.unique((some.keys >> DAY_BITS) % len(scope.codes)).tolist())
    return [scope.email_codes[number] for number in sorted(used) if number in scope.email_codes]
