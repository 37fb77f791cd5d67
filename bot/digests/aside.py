"""What a clinician set aside, in a comparison: whose counts it changes, and what was imported (D19)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bot.answers.rules import is_for_the_measure
from bot.comparison.types import ClinicianResult, FloatArray
from bot.digests.facts import Reported

# Numerator, denominator, expected and squares: people × periods each.
Tables = tuple[FloatArray, FloatArray, FloatArray, FloatArray]


@dataclass(frozen=True, slots=True)
class OwnFigure:
    """One clinician's result without what they set aside, the periods of it, and what was imported."""

    result: ClinicianResult
    window: tuple[int, ...]
    reported: Reported


def changed_rows(tables: Tables, others: Tables) -> list[int]:
    """Indices of the people whose counts differ."""
    differ = np.zeros(len(others[0]), bool)
    for table, other in zip(tables[:2], others[:2], strict=True):
        differ |= ~((table == other) | (np.isnan(table) & np.isnan(other))).all(axis=1)
    return [int(index) for index in np.flatnonzero(differ)]


def with_row(tables: Tables, others: Tables, index: int) -> Tables:
    """The tables with one person's row taken from the others; new arrays."""
    numerator, denominator, expected, squares = (table.copy() for table in tables)
    made = (numerator, denominator, expected, squares)
    for table, other in zip(made, others, strict=True):
        table[index] = other[index]
    return made


def reported_of(
    result: ClinicianResult, before: Sequence[float], after: Sequence[float], *, panel: bool
) -> Reported:
    """What was imported, from the result with everything in it and the window's denominators then and now."""
    was, left = np.nan_to_num(np.asarray(before, float)), np.nan_to_num(np.asarray(after, float))
    gone = float((was - left).sum())
    return Reported(
        numerator=result.numerator,
        denominator=result.denominator,
        value=result.value,
        set_aside=gone,
        for_the_measure=is_for_the_measure(gone, result.denominator),
        same_days=not panel or bool(left.any()),
    )
