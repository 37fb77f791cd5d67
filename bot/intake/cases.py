"""cases.csv: read in chunks and checked column by column, kept in compact arrays.

A row is a key of 64 bits (measure, clinician and day), its line, its reference as bytes, and two values.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bot.intake.case_refs import may_tell, refuse_reference
from bot.intake.csvfile import Chunk, Columns, CsvFile
from bot.intake.known import Scope
from bot.intake.lookup import DAY_BITS, Flags, Floats, Ints, day_number, day_of
from bot.intake.problems import SHOWN, Findings, quoted
from bot.intake.row_names import RowNames
from bot.intake.values import Unreadable, read_date, read_number

CASES = "cases.csv"
_REQUIRED = ("measure", "clinician", "date", "case_ref", "met")
_OPTIONAL = ("weight",)
_MET = {"yes": 1, "true": 1, "1": 1, "no": 0, "false": 0, "0": 0}

Refs = npt.NDArray[np.bytes_]


@dataclass
class CaseRows:
    """Cases as arrays of equal length; references are UTF-8."""

    keys: Ints
    lines: npt.NDArray[np.int32]
    refs: Refs
    met: Flags
    weight: Floats

    def __len__(self) -> int:
        return len(self.keys)

    def pick(self, which: Flags | Ints) -> CaseRows:
        """Some of the rows."""
        return CaseRows(
            self.keys[which], self.lines[which], self.refs[which], self.met[which], self.weight[which]
        )

    @property
    def pairs(self) -> Ints:
        """Measure and clinician of each."""
        return self.keys >> DAY_BITS


def no_cases() -> CaseRows:
    """None at all."""
    return CaseRows(
        np.empty(0, np.int64), np.empty(0, np.int32), np.empty(0, "S1"), np.empty(0, np.bool_), np.empty(0)
    )


def join_cases(parts: Sequence[CaseRows]) -> CaseRows:
    """All of them in one; in the order given."""
    if not parts:
        return no_cases()
    return CaseRows(*(np.concatenate([getattr(p, name) for p in parts]) for name in CaseRows.__annotations__))


class _Met(dict[str, int]):
    """yes or no as people write it to 1 and 0; -1 for what is neither."""

    def __missing__(self, text: str) -> int:
        met = self[text] = _MET.get(text.strip().lower(), -1)
        return met


class _Weights(dict[str, float]):
    """Weights; an empty one is 1, NaN stands for what is none. Remembers: files repeat them."""

    def __missing__(self, text: str) -> float:
        stripped = text.strip()
        try:
            value = read_number(stripped, "") if stripped else 1.0
        except Unreadable:
            value = float("nan")
        value = value if 0 < value <= 1 else float("nan")
        if len(self) < SHOWN:
            self[text] = value
        return value


class CaseReader:
    """Reads and checks one cases.csv. Everything that is wrong goes to `findings`."""

    def __init__(self, scope: Scope, today: date, findings: Findings) -> None:
        self._today = today
        self._findings = findings
        self._names = RowNames(scope, findings, CASES)
        self._met = _Met()
        self._weights = _Weights()

    def read(self, folder: Path, progress: Callable[[int, int], None] | None = None) -> CaseRows:
        """The sound rows in the order of keys and references. Whether all were sound, `findings` knows."""
        file = CsvFile(folder / CASES, _REQUIRED, _OPTIONAL, self._findings)
        rows = join_cases([self._take(columns, chunk) for columns, chunk in file.read(progress)])
        rows = rows.pick(np.lexsort((rows.lines, rows.refs, rows.keys)))
        self._duplicates(rows)
        return rows

    def _take(self, columns: Columns, chunk: Chunk) -> CaseRows:
        fields = list(zip(*chunk.rows, strict=True))
        count, place = len(chunk.rows), columns.place
        measures, clinicians, days = self._names.columns(fields, columns, "date")
        met = np.fromiter(map(self._met.__getitem__, fields[place["met"]]), np.int8, count)
        weight = np.ones(count)
        if "weight" in place:
            weight = np.fromiter(map(self._weights.__getitem__, fields[place["weight"]]), np.float64, count)
        refs = [ref.strip() for ref in fields[place["case_ref"]]]
        unknown = measures < 0
        bad = (clinicians < 0) | (days < 0) | (met < 0) | np.isnan(weight)
        bad |= days > day_number(self._today)
        bad |= self._telling(refs, days)
        named = self._names.to_explain(bad, unknown, fields[place["measure"]])
        if len(named):
            self._names.explain(columns, chunk, named, self._row_problems)
        sound = np.flatnonzero(~(bad | unknown))
        keys = self._names.keys(measures, clinicians, days)
        return CaseRows(
            keys[sound],
            np.array(chunk.lines, np.int32)[sound],
            np.array([refs[index].encode() for index in sound.tolist()] or [b""], np.bytes_)[: len(sound)],
            met[sound] == 1,
            weight[sound],
        )

    def _telling(self, refs: list[str], days: Ints) -> Flags:
        """Which references may not be kept. One look at all of them tells that most chunks hold none."""
        if not may_tell(refs):
            return np.zeros(len(refs), np.bool_)
        return np.array(
            [
                refuse_reference(ref, day_of(day) if day >= 0 else None) is not None
                for ref, day in zip(refs, days.tolist(), strict=True)
            ],
            np.bool_,
        )

    def _duplicates(self, rows: CaseRows) -> None:
        same = np.flatnonzero((rows.keys[1:] == rows.keys[:-1]) & (rows.refs[1:] == rows.refs[:-1]))
        for index in same[np.argsort(rows.lines[same + 1], kind="stable")][:SHOWN].tolist():
            self._findings.problem(
                CASES,
                int(rows.lines[index + 1]),
                f"the same measure, clinician, date and case_ref as line {rows.lines[index]};"
                " keep one of the two rows",
            )
        self._findings.more(CASES, max(0, len(same) - SHOWN))

    # What is wrong with one row, in words. The columns above only find out that something is.

    def _row_problems(self, fields: dict[str, str]) -> list[str]:
        said = self._names.problems(fields)
        day = None
        try:
            day = read_date(fields["date"], "date")
            if day > self._today:
                said.append(f"date {day} is not over yet; check the year, or import the case later")
        except Unreadable as error:
            said.append(str(error))
        if refused := refuse_reference(fields["case_ref"], day):
            said.append(refused)
        if self._met[fields["met"]] < 0:
            said.append(
                "met is empty; write yes or no"
                if not fields["met"]
                else f"met {quoted(fields['met'])} is neither yes nor no; write yes or no (or 1 or 0)"
            )
        if np.isnan(self._weights[fields.get("weight", "")]):
            said.append(_wrong_weight(fields["weight"]))
        return said


def _wrong_weight(text: str) -> str:
    try:
        value = read_number(text, "weight")
    except Unreadable as error:
        return str(error)
    return (
        f"weight {quoted(text)} is {'0' if value == 0 else 'over 1'}; write the part of the care that was"
        " this clinician's, over 0 and at most 1 (0.5 where two shared it)"
    )
