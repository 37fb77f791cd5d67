"""A unit's own series of a measure: what its clinicians' figures add up to, where that may be shown.

Shown is a period to which at least five clinicians contribute, none with more than half of the denominator
(D1), and whose counts are not small (D5). Where too few of a unit's periods are, the unit above it is shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sqlmodel import Session

from bot.comparison.types import BoolArray, FloatArray
from bot.digests.facts import MeasureFacts
from bot.digests.weeks import bucket, last_day, next_start
from storage.figures import CurrentObservations, current_observations
from storage.terms import Kind
from storage.unit_figures import UnitCode, UnitTree, unit_codes

LEAST_CLINICIANS: Final = 5
LARGEST_SHARE: Final = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class UnitSeries:
    """One unit's periods, arrays of shape (T,), oldest first.

    `numerator` and `base` (the denominator; of a ratio the number expected) and `values` (in the measure's
    unit) are NaN where nothing may be shown; `any_figures` says where there were figures at all.
    """

    numerator: FloatArray
    base: FloatArray
    values: FloatArray
    any_figures: BoolArray


@dataclass(frozen=True, slots=True, eq=False)
class Periods:
    """The periods that are looked at: the first days, and which of them have settled."""

    starts: tuple[date, ...]
    settled: BoolArray


@dataclass(frozen=True, slots=True, eq=False)
class UnitTable:
    """One unit's counts, arrays of shape (T,), and the denominator of each of its people, (people, T)."""

    people: NDArray[np.int64]
    by_person: FloatArray
    numerator: FloatArray
    denominator: FloatArray
    base: FloatArray


class UnitFigures:
    """Figures of one measure between two days, from which any of the given units' series can be added up."""

    def __init__(
        self,
        session: Session,
        measure: MeasureFacts,
        measure_id: int,
        *,
        tree: UnitTree,
        units: frozenset[int],
        first: date,
        through: date,
    ) -> None:
        """Read what the codes of `units` counted, in periods that begin from `first` and end by `through`."""
        self._measure, self._tree = measure, tree
        codes = unit_codes(session, units, first, through)
        observed = current_observations(
            session, [measure_id], first, through, clinicians={code.clinician_id for code in codes}
        )
        self._ends = np.array(
            [last_day(start, measure.period) for start in observed.period.tolist()], "datetime64[D]"
        )
        self._observed = observed
        self._numbers = np.array(
            [bucket(start, measure.period) for start in observed.period.tolist()], np.int64
        )
        self._complete = self._ends <= np.datetime64(through)
        self._codes = codes

    def periods(self, today: date) -> Periods | None:
        """All periods from the first to the last with figures; None without any."""
        numbers = self._numbers[self._complete]
        if not numbers.size:
            return None
        first, latest = int(numbers.min()), int(numbers.max())
        at_latest = np.sort(self._observed.period[self._complete & (self._numbers == latest)])
        anchor: date = at_latest[len(at_latest) // 2].item()
        starts = tuple(
            next_start(anchor, self._measure.period, number - latest) for number in range(first, latest + 1)
        )
        settles = timedelta(days=self._measure.settles_after)
        settled = np.array([last_day(start, self._measure.period) + settles <= today for start in starts])
        return Periods(starts, settled)

    def series(self, unit_id: int, periods: Periods, small_count: int) -> UnitSeries:
        """What a unit's figures (with those of all units below it) add up to, period by period."""
        table = self.table(unit_id, periods)
        shown = can_be_shown(self._measure.kind, table, small_count)
        factor = self._measure.per if self._measure.kind is Kind.RATE else 1.0
        values = np.where(shown, table.numerator, np.nan) / np.where(shown, table.base, 1.0) * factor
        return UnitSeries(
            numerator=np.where(shown, table.numerator, np.nan),
            base=np.where(shown, table.base, np.nan),
            values=values,
            any_figures=table.denominator > 0,
        )

    def table(self, unit_id: int, periods: Periods) -> UnitTable:
        """The same with what each person adds to it: for judging what may be shown, and never for showing."""
        within = self._tree.within(unit_id)
        index, person = self._cells([code for code in self._codes if code.unit_id in within])
        first = bucket(periods.starts[0], self._measure.period)
        place, count = self._numbers[index] - first, len(periods.starts)
        inside = (place >= 0) & (place < count)
        index, person, place = index[inside], person[inside], place[inside]
        observed = self._observed

        def added(column: NDArray[np.float64]) -> FloatArray:
            return np.asarray(np.bincount(place, weights=column[index], minlength=count), np.float64)

        numerator, denominator = added(observed.numerator), added(observed.denominator)
        people, row = np.unique(person, return_inverse=True)
        by_person = np.zeros((len(people), count))
        np.add.at(by_person, (row, place), observed.denominator[index])
        return UnitTable(
            people=people,
            by_person=by_person,
            numerator=numerator,
            denominator=denominator,
            base=added(observed.expected) if self._measure.kind is Kind.RATIO else denominator,
        )

    def _cells(self, codes: Sequence[UnitCode]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The observations of the time in which the code, and the place, were somebody's; each once."""
        observed: CurrentObservations = self._observed
        person = np.full(len(observed.period), -1, np.int64)
        counted = np.isfinite(observed.numerator) & np.isfinite(observed.denominator) & self._complete
        if self._measure.kind is Kind.RATIO:
            counted &= np.isfinite(observed.expected)
        for code in codes:
            # Ordered by clinician: one code's observations stand together.
            begin, end = np.searchsorted(observed.clinician, [code.clinician_id, code.clinician_id + 1])
            part = slice(int(begin), int(end))
            theirs = observed.period[part] >= np.datetime64(code.starts)
            theirs &= self._ends[part] <= np.datetime64(code.ends)
            person[part] = np.where(theirs, code.person_id, person[part])
        index = np.flatnonzero((person >= 0) & counted)
        return index, person[index]


def can_be_shown(kind: Kind, table: UnitTable, small_count: int) -> BoolArray:
    """In which periods what a table adds up to may be shown (D1, D5)."""
    people = (table.by_person > 0).sum(axis=0)
    largest = table.by_person.max(axis=0, initial=0.0)
    shown = (people >= LEAST_CLINICIANS) & (largest <= LARGEST_SHARE * table.denominator) & (table.base > 0)
    return np.asarray(shown & ~_is_small(kind, table.numerator, table.denominator, small_count))


def _is_small(kind: Kind, numerator: FloatArray, denominator: FloatArray, small_count: int) -> BoolArray:
    """Counts that could give a patient away (D5)."""

    def small(counts: FloatArray) -> BoolArray:
        return (counts > 0) & (counts <= small_count)

    return small(numerator) | small(denominator - numerator) if kind is Kind.PROPORTION else small(numerator)
