"""What rows of figures, cases and narratives name: a measure and a clinician; and what is wrong there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from bot.intake.csvfile import Chunk, Columns
from bot.intake.known import Scope
from bot.intake.lookup import DAY_BITS, Days, Flags, Ints, Names, Unknown
from bot.intake.measures import MEASURES
from bot.intake.problems import Findings


class RowNames:
    """Measures and clinicians of one file's rows, by number; -1 for one that nobody knows."""

    def __init__(self, scope: Scope, findings: Findings, file: str) -> None:
        self.measures = Names(scope.measures)
        self.clinicians = Names(scope.codes, scope.emails)
        self._scope = scope
        self._findings = findings
        self._file = file
        self._days = Days()
        self._unknown = Unknown()
        # A measure that was refused is missing here: its rows say nothing new.
        self._measures_wrong = findings.wrong(MEASURES)

    def columns(self, texts: Sequence[Sequence[str]], columns: Columns, day: str) -> tuple[Ints, Ints, Ints]:
        """Measures, clinicians and days (from the column `day`) of a chunk's columns of text."""
        names = ("measure", self.measures), ("clinician", self.clinicians), (day, self._days)
        measures, clinicians, days = (
            np.fromiter(map(found.__getitem__, texts[columns.place[name]]), np.int64) for name, found in names
        )
        return measures, clinicians, days

    def keys(self, measures: Ints, clinicians: Ints, days: Ints) -> Ints:
        """The rows' keys."""
        return ((measures * len(self._scope.codes) + clinicians) << DAY_BITS) | days

    def to_explain(self, bad: Flags, unknown: Flags, measures: Sequence[str]) -> Ints:
        """Which rows have to be told of: those of refused measures are not."""
        if self._measures_wrong:
            unknown = unknown & np.array([not text.strip() for text in measures])
        return np.flatnonzero(bad | unknown)

    def explain(
        self, columns: Columns, chunk: Chunk, bad: Ints, problems: Callable[[dict[str, str]], list[str]]
    ) -> None:
        """Say of each of these rows what is wrong, in the words of `problems`, until findings are full."""
        for count, index in enumerate(bad.tolist()):
            if self._findings.full(self._file):
                self._findings.more(self._file, len(bad) - count)
                return
            row = chunk.rows[index]
            fields = {name: row[place].strip() for name, place in columns.place.items()}
            for message in problems(fields) or ["this row cannot be understood; check its values"]:
                self._findings.problem(self._file, chunk.lines[index], message)

    def problems(self, fields: Mapping[str, str]) -> list[str]:
        """What is wrong with a row's measure and clinician."""
        said: list[str] = []
        measure, clinician = fields["measure"], fields["clinician"]
        if self.measures[measure] < 0 and not (self._measures_wrong and measure):
            said.append(self._unknown.name("measure", measure, self._scope.measures, MEASURES))
        if self.clinicians[clinician] < 0:
            said.append(self._unknown.name("clinician", clinician, self._scope.codes, "people.csv"))
        return said
