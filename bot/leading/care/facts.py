"""A unit's measures over time, and which of them have moved and stayed there. Pure facts and their judging.

Judged as a clinician's change is (STATISTICS, "Change over time"), with the units beside it as the peers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

import numpy as np

from bot.comparison.change import Change, judge
from bot.comparison.spc import LEAST_POINTS
from bot.comparison.types import FloatArray
from bot.digests.facts import MeasureFacts
from bot.digests.weeks import TREND_LENGTH
from bot.digests.weights import DOMAIN_HELPS
from bot.ideas.effects.unit_trend import Periods, UnitSeries
from storage.terms import Direction

# In one picture; the moved ones come first.
MOST: Final = 6
# Of the periods with figures at least so many must be such that they may be shown: else those left over
# would be the large ones alone.
MOSTLY: Final = 0.8


class Move(StrEnum):
    """Where a measure has gone and stayed; `UNKNOWN` where there is too little to judge by."""

    UP = "up"
    DOWN = "down"
    SAME = "same"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """One measure of one unit.

    `unit` is whose figures they are, another one than `own_unit` where too few contribute to its own (D1).
    Arrays have one entry a period (`starts`, oldest first): `values` is NaN where nothing may be shown,
    `lower` and `upper` (the usual range) where it is not known; `firm` counts the periods that have settled.
    `since` is the first day of a lasting move.
    """

    measure: MeasureFacts
    unit_id: int
    unit: str
    own_unit: str
    starts: tuple[date, ...]
    firm: int
    values: FloatArray
    lower: FloatArray
    upper: FloatArray
    move: Move
    since: date | None = None

    @property
    def moved(self) -> bool:
        """Whether it has gone somewhere and stayed there."""
        return self.move in (Move.UP, Move.DOWN)

    @property
    def gained(self) -> bool:
        """Whether that is the good way; never of a measure that has none (D12)."""
        better = {Direction.HIGHER: Move.UP, Direction.LOWER: Move.DOWN}.get(self.measure.direction)
        return better is self.move

    @property
    def latest(self) -> int:
        """The index of the latest period that has settled and is shown; where none has, the latest shown."""
        seen = np.flatnonzero(np.isfinite(self.values))
        settled = seen[seen < self.firm]
        return int((settled if settled.size else seen)[-1])


def may_be_shown(series: UnitSeries, shown: slice) -> bool:
    """Whether most of a unit's figures in these periods may be shown (D1, D5), and enough for a line."""
    values, figures = series.values[shown], series.any_figures[shown]
    count = int(np.isfinite(values).sum())
    return count >= 2 and count >= MOSTLY * int(figures.sum())


def drawn(measure: MeasureFacts, periods: Periods) -> slice:
    """The periods that are drawn of those that are judged by."""
    return slice(max(0, len(periods.starts) - TREND_LENGTH[measure.period]), len(periods.starts))


def make_panel(
    measure: MeasureFacts,
    periods: Periods,
    own: UnitSeries,
    beside: Sequence[UnitSeries],
    *,
    unit_id: int,
    unit: str,
    own_unit: str,
) -> Panel:
    """Judge a unit's series and keep what is drawn of it."""
    changed = measure.changed
    start = next((i for i, day in enumerate(periods.starts) if changed is not None and day >= changed), 0)
    values = np.array([own.values, *(one.values for one in beside)])
    found = _judged(measure, periods, values, start)
    if (np.isfinite(found.adjusted[0, start:]) & periods.settled[start:]).sum() < LEAST_POINTS:
        # Too often without the other units: then by its own figures alone.
        found = _judged(measure, periods, values[:1], start)
    points = int((np.isfinite(own.values[start:]) & periods.settled[start:]).sum())
    move = {1: Move.UP, 2: Move.DOWN}.get(int(found.shift[0]), Move.SAME)
    cut = drawn(measure, periods)
    began = int(found.since[0])
    settled = periods.settled[cut]
    return Panel(
        measure=measure,
        unit_id=unit_id,
        unit=unit,
        own_unit=own_unit,
        starts=periods.starts[cut],
        firm=len(settled) if settled.all() else int(np.flatnonzero(~settled)[0]),
        values=own.values[cut],
        lower=found.usual[1][0][cut],
        upper=found.usual[2][0][cut],
        move=move if points >= LEAST_POINTS else Move.UNKNOWN,
        since=periods.starts[began] if began >= 0 else None,
    )


def _judged(measure: MeasureFacts, periods: Periods, values: FloatArray, start: int) -> Change:
    return judge(
        values,
        settled=periods.settled,
        comparable=np.ones(len(values), bool),
        min_change=measure.min_change,
        start=start,
    )


def apart(panels: Sequence[Panel], above: Callable[[int], Sequence[int]]) -> list[Panel]:
    """Without the panels of units beneath another one that is shown of the same measure.

    Whoever saw both could tell what the few make up that are left over between them (D1). `above`: a unit,
    the one above it, and so on.
    """
    shown = {(panel.measure.key, panel.unit_id) for panel in panels}
    return [
        panel
        for panel in panels
        if not any((panel.measure.key, unit) in shown for unit in above(panel.unit_id)[1:])
    ]


def in_order(panels: Sequence[Panel]) -> tuple[Panel, ...]:
    """What has moved first, then what is most under the unit's own control (D16); each once."""
    found: dict[tuple[int, str], Panel] = {}
    for panel in panels:
        found.setdefault((panel.unit_id, panel.measure.key), panel)
    return tuple(
        sorted(
            found.values(),
            key=lambda one: (
                not one.moved,
                -DOMAIN_HELPS[one.measure.domain],
                one.measure.key,
                one.unit,
                one.unit_id,
            ),
        )
    )
