"""observations.csv: read in chunks and checked column by column, kept in compact arrays.

A row is a key of 64 bits (measure, clinician and day, in the order of the table's primary key), its line
and two numbers: 28 bytes, so that ten million rows stay far under a gigabyte.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bot.intake.csvfile import Chunk, Columns, CsvFile
from bot.intake.known import Scope
from bot.intake.lookup import DAY_BITS, FIRST_DAY, Flags, Floats, Ints, day_of
from bot.intake.problems import SHOWN, Findings, quoted
from bot.intake.row_names import RowNames
from bot.intake.values import LARGEST_NUMBER, Unreadable, read_date, read_number
from storage.terms import Kind, PeriodLength

OBSERVATIONS = "observations.csv"
# Later than this is a slip of the finger; sooner may be a period that has begun.
_FURTHEST_AHEAD = timedelta(days=366)
_REQUIRED = ("measure", "clinician", "period_start", "numerator", "denominator")
_OPTIONAL = ("expected", "squares")
# What rounding in a file may take away from a sum of squares.
_ROUNDING = 1e-6


@dataclass
class Rows:
    """Observations as arrays of equal length.

    `expected` and `squares` are NaN where empty, and None where all are.
    """

    keys: Ints
    lines: npt.NDArray[np.int32]
    numerator: Floats
    denominator: Floats
    expected: Floats | None
    squares: Floats | None

    def __len__(self) -> int:
        return len(self.keys)

    def pick(self, which: npt.NDArray[np.bool_] | Ints) -> Rows:
        """Some of the rows."""
        return Rows(
            self.keys[which],
            self.lines[which],
            self.numerator[which],
            self.denominator[which],
            None if self.expected is None else self.expected[which],
            None if self.squares is None else self.squares[which],
        )


def no_rows() -> Rows:
    """None at all."""
    none = np.empty(0)
    return Rows(np.empty(0, np.int64), np.empty(0, np.int32), none, none, None, None)


class ObservationReader:
    """Reads and checks one observations.csv. Everything that is wrong goes to `findings`."""

    def __init__(self, scope: Scope, today: date, findings: Findings) -> None:
        self._scope = scope
        self._today = today
        self._findings = findings
        self._names = RowNames(scope, findings, OBSERVATIONS)
        self._kinds = {kind: np.array([k == kind for k in scope.kinds] + [False]) for kind in Kind}
        self._monthly = np.array([period == PeriodLength.MONTH for period in scope.periods] + [False])
        self._parts: list[Rows] = []
        self._unfinished = 0
        self._unfinished_line = 0

    def read(self, folder: Path, progress: Callable[[int, int], None] | None = None) -> Rows:
        """The sound rows in the order of their keys. Whether all were sound, `findings` knows."""
        file = CsvFile(folder / OBSERVATIONS, _REQUIRED, _OPTIONAL, self._findings)
        for columns, chunk in file.read(progress):
            self._take(columns, chunk)
        if self._unfinished:
            self._findings.warn(
                f"{OBSERVATIONS}: {self._unfinished:,} rows are of periods that have not ended yet, the"
                f" first in line {self._unfinished_line}; they count from their last day on"
            )
        rows = self._joined()
        rows = rows.pick(np.argsort(rows.keys, kind="stable"))
        self._duplicates(rows)
        return rows

    def _take(self, columns: Columns, chunk: Chunk) -> None:
        fields = list(zip(*chunk.rows, strict=True))
        place = columns.place
        measures, clinicians, days = self._names.columns(fields, columns, "period_start")
        numerator = _numbers(fields[place["numerator"]])
        denominator = _numbers(fields[place["denominator"]])
        expected = _numbers_if_any(fields[place["expected"]]) if "expected" in place else None
        squares = _numbers_if_any(fields[place["squares"]]) if "squares" in place else None
        unknown = measures < 0
        bad = (clinicians < 0) | (days < 0)
        bad |= _no_count(numerator) | _no_count(denominator)
        for optional in (expected, squares):
            if optional is not None:
                bad |= _no_count(optional) & ~np.isnan(optional)
        bad |= self._unfit(measures, numerator, denominator, expected, squares)
        bad |= self._wrong_day(measures, days, chunk.lines, bad | unknown)
        named = self._names.to_explain(bad, unknown, fields[place["measure"]])
        bad |= unknown
        lines = np.array(chunk.lines, np.int32)
        if len(named):
            self._names.explain(columns, chunk, named, self._row_problems)
        keys = self._names.keys(measures, clinicians, days)
        rows = Rows(keys, lines, numerator, denominator, _blank(expected), _blank(squares))
        self._parts.append(rows.pick(~bad) if bad.any() else rows)

    def _unfit(
        self,
        measures: Ints,
        numerator: Floats,
        denominator: Floats,
        expected: Floats | None,
        squares: Floats | None,
    ) -> Flags:
        """Rows whose numbers do not go together."""
        unfit = self._kinds[Kind.PROPORTION][measures] & (numerator > denominator)
        unfit |= (denominator == 0) & (numerator > 0)
        ratios = self._kinds[Kind.RATIO][measures]
        unfit |= ratios if expected is None else ratios & ~(expected > 0)
        if squares is not None:
            with np.errstate(invalid="ignore", divide="ignore"):
                unfit |= squares * denominator * (1 + _ROUNDING) < numerator * numerator
        return np.asarray(unfit, np.bool_)

    def _wrong_day(self, measures: Ints, days: Ints, lines: list[int], bad: Flags) -> Flags:
        dates = (days + (FIRST_DAY - date(1970, 1, 1).toordinal())).astype("datetime64[D]")
        months = dates.astype("datetime64[M]")
        monthly = self._monthly[measures]
        today = np.datetime64(self._today)
        wrong = monthly & (dates != months.astype("datetime64[D]"))
        wrong |= dates > today + np.timedelta64(_FURTHEST_AHEAD.days, "D")
        after = np.where(monthly, (months + 1).astype("datetime64[D]"), dates + 7)
        unfinished = np.flatnonzero((after > today + 1) & ~wrong & ~bad)
        if len(unfinished):
            self._unfinished_line = self._unfinished_line or lines[unfinished[0]]
            self._unfinished += len(unfinished)
        return np.asarray(wrong, np.bool_)

    def _joined(self) -> Rows:
        if not self._parts:
            return no_rows()

        def whole(name: str) -> npt.NDArray[np.float64] | None:
            columns = [getattr(part, name) for part in self._parts]
            if all(column is None for column in columns):
                return None
            filled = [
                np.full(len(part), np.nan) if column is None else column
                for part, column in zip(self._parts, columns, strict=True)
            ]
            for part in self._parts:
                setattr(part, name, None)  # the pieces are freed column by column
            return np.concatenate(filled)

        optional = whole("expected"), whole("squares")
        numerator, denominator = whole("numerator"), whole("denominator")
        assert numerator is not None
        assert denominator is not None
        keys = np.concatenate([part.keys for part in self._parts])
        lines = np.concatenate([part.lines for part in self._parts])
        self._parts.clear()
        return Rows(keys, lines, numerator, denominator, *optional)

    def _duplicates(self, rows: Rows) -> None:
        """Name rows of the same period, and weeks that overlap."""
        steps = np.diff(rows.keys)
        # A step within 7 days is within one measure and clinician: no two of them are that close.
        close = np.flatnonzero(steps < 7)
        measures = (rows.keys[close + 1] >> DAY_BITS) // max(1, len(self._scope.codes))
        close = close[(steps[close] == 0) | ~self._monthly[measures]]
        later = np.maximum(rows.lines[close], rows.lines[close + 1])
        order = np.argsort(later, kind="stable")
        for index in close[order[:SHOWN]].tolist():
            here, there = sorted((int(rows.lines[index]), int(rows.lines[index + 1])), reverse=True)
            if steps[index] == 0:
                message = f"the same measure, clinician and period as line {there}; keep one of the two rows"
            else:
                first, second = day_of(int(rows.keys[index])), day_of(int(rows.keys[index + 1]))
                message = (
                    f"its week overlaps with line {there} (weeks from {first} and from {second});"
                    " weeks start 7 days apart or more"
                )
            self._findings.problem(OBSERVATIONS, here, message)
        self._findings.more(OBSERVATIONS, max(0, len(close) - SHOWN))

    # What is wrong with one row, in words. The columns above only find out that something is.

    def _row_problems(self, fields: dict[str, str]) -> list[str]:
        said = self._names.problems(fields)
        measure = self._names.measures[fields["measure"]]
        try:
            day = read_date(fields["period_start"], "period_start")
            said += self._day_problems(measure, day)
        except Unreadable as error:
            said.append(str(error))
        numbers: dict[str, float] = {}
        for name in ("numerator", "denominator", "expected", "squares"):
            if fields.get(name) or name in _REQUIRED:
                try:
                    numbers[name] = read_number(fields[name], name)
                except Unreadable as error:
                    said.append(str(error))
        return said + self._number_problems(measure, fields, numbers)

    def _day_problems(self, measure: int, day: date) -> list[str]:
        if day > self._today + _FURTHEST_AHEAD:
            return [f"period_start {day} is over a year ahead; check the year"]
        if measure >= 0 and self._monthly[measure] and day.day != 1:
            return [
                f"period_start {day} is not the first of a month, and {quoted(self._scope.measures[measure])}"
                f" is counted by month; write {day.replace(day=1)}"
            ]
        return []

    def _number_problems(self, measure: int, fields: dict[str, str], numbers: dict[str, float]) -> list[str]:
        kind = self._scope.kinds[measure] if measure >= 0 else None
        if kind == Kind.RATIO and not fields.get("expected"):
            return ["expected is empty, and a ratio needs it; write the number that was expected"]
        if kind == Kind.RATIO and numbers.get("expected") == 0:
            return ["expected is 0, and nothing can be divided by it; leave the row out, or correct it"]
        if "numerator" not in numbers or "denominator" not in numbers:
            return []
        numerator, denominator = numbers["numerator"], numbers["denominator"]
        if denominator == 0 and numerator > 0:
            return [f"numerator {fields['numerator']} of a denominator of 0; correct one of them"]
        if kind == Kind.PROPORTION and numerator > denominator:
            return [
                f"numerator {fields['numerator']} is over denominator {fields['denominator']}, which a"
                " proportion cannot be; swap them, or correct one"
            ]
        squares = numbers.get("squares")
        if squares is not None and squares * denominator * (1 + _ROUNDING) < numerator * numerator:
            return [
                f"squares {fields['squares']} is too small for these counts;"
                " it is the sum of each value squared"
            ]
        return []


def _numbers(texts: Sequence[str]) -> Floats:
    """Numbers, NaN for what is none. `float` alone would also take 1_000 and digits of other scripts."""
    whole = "".join(texts)
    if whole.isascii() and "_" not in whole:
        try:
            return np.fromiter(map(float, texts), np.float64, len(texts))
        except ValueError:
            pass
    return np.fromiter(map(_number, texts), np.float64, len(texts))


def _number(text: str) -> float:
    try:
        return read_number(text.strip(), "")
    except Unreadable:
        return float("nan")


def _numbers_if_any(texts: Sequence[str]) -> Floats | None:
    """Numbers, NaN for an empty text, -1 for what is none; None if all are empty."""
    if not any(texts):
        return None

    def number(text: str) -> float:
        if not text or not text.strip():
            return float("nan")
        value = _number(text)
        return -1.0 if value != value else value

    return np.fromiter(map(number, texts), np.float64, len(texts))


def _no_count(values: Floats) -> Flags:
    return ~((values >= 0) & (values <= LARGEST_NUMBER))


def _blank(values: Floats | None) -> Floats | None:
    return None if values is None or bool(np.isnan(values).all()) else values
