"""What is set aside, as arithmetic on counts: pure, in any order, never below nothing (D19)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from storage.answer_rows import Aside
from storage.terms import Kind

FloatArray = NDArray[np.float64]

# Above this share of the denominator the measure is looked at, and not the person.
MEASURE_NOT_PERSON: Final = 0.1
# "Why colleagues varied" tells nothing before so many different colleagues said something.
LEAST_REASONS: Final = 5
# Rounding of parts of cases.
_NOTHING: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Taken:
    """What is taken off one period of one code."""

    numerator: float
    denominator: float


@dataclass(frozen=True, slots=True)
class Left:
    """What is left of one period. `clipped`: more was set aside than is there now."""

    numerator: float
    denominator: float
    clipped: bool = False

    @property
    def nothing(self) -> bool:
        """No cases are left: the period counts as one without figures."""
        return self.denominator <= 0


def take_together(rows: Iterable[Aside]) -> dict[tuple[int, date], Taken]:
    """What is taken off each (clinician id, period) by all of them together.

    The same case, or the same period, is taken off once however often it was set aside; single cases of a
    period that is set aside as a whole are part of it.
    """
    whole: dict[tuple[int, date], Taken] = {}
    cases: dict[tuple[int, date], dict[str, Taken]] = {}
    for row in rows:
        key, taken = (row.clinician_id, row.period_start), Taken(row.numerator, row.denominator)
        if row.case_ref:
            same = cases.setdefault(key, {})
            same[row.case_ref] = _larger(same.get(row.case_ref), taken)
        else:
            whole[key] = _larger(whole.get(key), taken)
    found = dict(whole)
    for key, single in cases.items():
        # In the order of references: floats do not add up to the same in every order.
        parts = [single[ref] for ref in sorted(single)]
        together = Taken(sum(part.numerator for part in parts), sum(part.denominator for part in parts))
        found[key] = _larger(whole.get(key), together)
    return found


def leave(numerator: float, denominator: float, taken: Taken, kind: Kind) -> Left:
    """What is left of a period's counts.

    Of counts that an import has changed since, no more is taken off than is there; a proportion stays one.
    """
    d = max(0.0, denominator - taken.denominator)
    x = max(0.0, numerator - taken.numerator)
    clipped = taken.denominator > denominator + _NOTHING or taken.numerator > numerator + _NOTHING
    if d <= _NOTHING:
        return Left(0.0, 0.0, clipped)
    if kind is Kind.PROPORTION and x > d and numerator <= denominator:
        return Left(d, d, clipped or x > d + _NOTHING)
    return Left(x, d, clipped)


def without(
    clinician: NDArray[np.int64],
    start: NDArray[Any],
    columns: tuple[FloatArray, FloatArray, FloatArray, FloatArray],
    rows: Iterable[Aside],
    kind: Kind,
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Observations (numerator, denominator, expected, squares) without what is set aside; new arrays.

    A period of which nothing is left has NaN, as if there had been none. What was expected shrinks with the
    denominator. Squares of single cases are not known: a mean that lost some has no interval.
    """
    made = tuple(column.copy() for column in columns)
    numerator, denominator, expected, squares = made
    for (clinician_id, period), taken in take_together(rows).items():
        for index in np.flatnonzero((clinician == clinician_id) & (start == np.datetime64(period))):
            before = float(denominator[index])
            left = leave(float(numerator[index]), before, taken, kind)
            if left.nothing:
                for column in made:
                    column[index] = np.nan
                continue
            numerator[index], denominator[index] = left.numerator, left.denominator
            expected[index] *= left.denominator / before
            if taken.denominator > 0 or taken.numerator > 0:
                squares[index] = np.nan
    return numerator, denominator, expected, squares


def is_for_the_measure(set_aside: float, denominator: float) -> bool:
    """Whether so much of the denominator is set aside that the measure is to be reviewed (D19)."""
    return denominator > 0 and set_aside / denominator > MEASURE_NOT_PERSON


def _larger(one: Taken | None, other: Taken) -> Taken:
    if one is None:
        return other
    return Taken(max(one.numerator, other.numerator), max(one.denominator, other.denominator))
