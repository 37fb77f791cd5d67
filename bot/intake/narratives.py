"""narratives.csv: cases and observations in words, checked as ideas are, for what identifies anybody."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Set
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sqlmodel import Session

from bot.ideas.checking.checks import Anybody, refuse_words
from bot.intake.csvfile import CsvFile, Record
from bot.intake.known import Known, Scope
from bot.intake.lookup import Ints
from bot.intake.measures import MEASURES
from bot.intake.problems import Findings, quoted
from bot.intake.row_names import RowNames
from bot.intake.values import Unreadable, read_date, read_text
from storage.case_queries import StoredNarrative, known_narratives
from storage.terms import Mode

NARRATIVES = "narratives.csv"
LONGEST = 3_000
_COLUMNS = ("measure", "clinician", "date", "text")


@dataclass(frozen=True, slots=True)
class NarrativeRow:
    """One line: measure and clinician by their numbers in the scope."""

    line: int
    measure: int
    clinician: int
    day: date
    text: str

    @property
    def digest(self) -> str:
        """What makes two texts the same one."""
        return hashlib.sha256(self.text.encode()).hexdigest()


@dataclass(frozen=True)
class NarrativeDifference:
    """The texts that are new, and how many are stored already."""

    rows: list[NarrativeRow]
    same: int


class NarrativeReader:
    """Reads and checks one narratives.csv. Everything that is wrong goes to `findings`.

    `anybody` knows the names of those who work here.
    """

    def __init__(self, scope: Scope, today: date, anybody: Anybody, findings: Findings) -> None:
        self._scope = scope
        self._today = today
        self._anybody = anybody
        self._findings = findings
        self._names = RowNames(scope, findings, NARRATIVES)
        self._said = 0

    def read(self, folder: Path) -> list[NarrativeRow]:
        """The sound rows, in the order of the file. Whether all were sound, `findings` knows."""
        rows: list[NarrativeRow] = []
        seen: dict[tuple[int, int, date, str], int] = {}
        for record in CsvFile(folder / NARRATIVES, _COLUMNS, (), self._findings).records():
            row = self._row(record)
            if row is None:
                continue
            key = (row.measure, row.clinician, row.day, row.digest)
            if key in seen:
                self._problem(record, f"the same text as in line {seen[key]}; keep one of the two")
                continue
            seen[key] = row.line
            rows.append(row)
        return rows

    def _row(self, record: Record) -> NarrativeRow | None:
        fields = record.fields
        self._said = 0
        measure = self._names.measures[fields["measure"]]
        clinician = self._names.clinicians[fields["clinician"]]
        for problem in self._names.problems(fields):
            self._problem(record, problem)
        if measure >= 0 and self._scope.modes[measure] is Mode.REPETITIVE:
            self._problem(
                record,
                f"{quoted(self._scope.measures[measure])} is repetitive: its digest compares counts and has"
                f" no place for a story; remove the row, or set its mode in {MEASURES}",
            )
        day = self._day(record)
        text = self._text(record)
        if measure < 0 or clinician < 0 or day is None or text is None or self._said:
            return None
        return NarrativeRow(record.line, measure, clinician, day, text)

    def _problem(self, record: Record, message: str) -> None:
        self._said += 1
        self._findings.problem(NARRATIVES, record.line, message)

    def _day(self, record: Record) -> date | None:
        try:
            day = read_date(record.fields["date"], "date")
        except Unreadable as error:
            self._problem(record, str(error))
            return None
        if day > self._today:
            self._problem(record, f"date {day} is not over yet; check the year")
        return day

    def _text(self, record: Record) -> str | None:
        text = record.fields["text"].replace("\r\n", "\n").replace("\r", "\n")
        if not text:
            self._problem(record, "text is empty; write what happened in a few sentences, or remove the row")
            return None
        # The text itself is not printed: it tells of a patient.
        if len(text) > LONGEST:
            self._problem(record, f"text has {len(text):,} characters; use at most {LONGEST:,}")
            return None
        try:
            read_text(text, "text", LONGEST, lines=True)
        except Unreadable:
            self._problem(record, "text has an invisible character in it; type it anew, or remove it")
            return None
        if refused := refuse_words(text, self._anybody):
            self._problem(record, f"text: {refused[0].lower()}{refused[1:].removesuffix('.')}")
        return text


def names_of(names: Iterable[str]) -> Anybody:
    """Knows these full names, and the last word of each; capital letters make no difference."""
    whole = {_plain(name) for name in names if name.strip()}
    last = {name.split()[-1] for name in whole if " " in name}

    def anybody(full_names: Set[str], surnames: Set[str]) -> bool:
        return any(_plain(name) in whole for name in full_names) or any(
            _plain(name) in last for name in surnames
        )

    return anybody


def _plain(name: str) -> str:
    return " ".join(name.replace("’", "'").casefold().split())


def compare_narratives(
    session: Session, rows: list[NarrativeRow], scope: Scope, known: Known
) -> NarrativeDifference:
    """Which texts are not stored yet."""
    measure_ids = [known.measure_ids.get(key, 0) for key in scope.measures]
    clinician_ids = [known.clinicians.get(code, 0) for code in scope.codes]
    stored = known_narratives(session, {measure_ids[row.measure] for row in rows})
    new = [
        row
        for row in rows
        if (measure_ids[row.measure], clinician_ids[row.clinician], row.day, row.digest) not in stored
    ]
    return NarrativeDifference(new, len(rows) - len(new))


def narratives_as_stored(
    rows: Collection[NarrativeRow], batch: int, measure_ids: Ints, clinician_ids: Ints
) -> Iterator[StoredNarrative]:
    """The rows as storage takes them."""
    for row in rows:
        yield (
            int(measure_ids[row.measure]),
            int(clinician_ids[row.clinician]),
            row.day.isoformat(),
            row.text,
            row.digest,
            batch,
        )
