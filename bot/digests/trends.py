"""A person's own trend of each measure as small facts: kept with the digest, drawn when asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from bot.digests.facts import Compared, MeasureView
from bot.digests.framing import in_plain_use
from bot.digests.select import compares
from bot.digests.weeks import next_start
from storage.terms import Counts, Direction, Kind, Mode, PeriodLength

# Enough to draw and to tell; a week's digests of a whole site are kept with this.
_DIGITS = 5
# Kept only where there is something; digests from before these have none of them.
_MORE = ("key", "value", "benchmark", "goal", "reported", "set_aside", "in_set")


@dataclass(frozen=True, slots=True)
class OwnTrend:
    """One measure's own periods.

    `starts` are the first days of the periods, oldest first; `values` (in the measure's unit, a proportion
    0–1) has None where nothing was counted; `firm` counts the leading periods that have settled. `median` is
    the colleagues' over `window` (indices into `starts`), None where there is no comparison.
    `changed_at` is the first period of a new definition. `key` is the measure's. `value` is the own figure
    that is compared, `benchmark` what colleagues have reached (`in_set`: the person among them), `goal` the
    group's own, if it adopted one. `reported` is the own figure as it was imported, where the person set
    `set_aside` of what is counted aside (D19).
    """

    title: str
    kind: Kind
    direction: Direction
    per: float
    period: PeriodLength
    starts: tuple[date, ...]
    values: tuple[float | None, ...]
    firm: int
    median: float | None
    window: tuple[int, ...]
    changed_at: int | None = None
    key: str = ""
    value: float | None = None
    benchmark: float | None = None
    goal: float | None = None
    reported: float | None = None
    set_aside: float = 0.0
    in_set: bool = False


def own_trends(views: Sequence[MeasureView]) -> tuple[OwnTrend, ...]:
    """The trends of all measures that have one, in the order of the views.

    Single cases (unconstrained care) are told, not drawn (D8).
    """
    seen = [view.measure.key for view in views]
    return tuple(
        _trend(view, twice=seen.count(view.measure.key) > 1)
        for view in views
        if view.measure.mode is not Mode.UNCONSTRAINED
        and view.compared is not Compared.NO_DATA
        and np.isfinite(view.result.trend.values).any()
    )


def as_json(trend: OwnTrend) -> dict[str, Any]:
    """A trend as it is stored."""
    return {
        "title": trend.title,
        "kind": trend.kind.value,
        "direction": trend.direction.value,
        "per": trend.per,
        "period": trend.period.value,
        "starts": [start.isoformat() for start in _told_starts(trend)],
        "values": list(trend.values),
        "firm": trend.firm,
        "median": trend.median,
        "window": list(trend.window),
        "changed_at": trend.changed_at,
        **{name: value for name in _MORE if (value := getattr(trend, name)) not in (None, "", 0.0, False)},
    }


def from_json(stored: Mapping[str, Any]) -> OwnTrend:
    """A stored trend."""
    period = PeriodLength(stored["period"])
    starts = tuple(date.fromisoformat(start) for start in stored["starts"])
    if len(starts) == 1:
        starts = _from_first(starts[0], period, len(stored["values"]))
    return OwnTrend(
        title=str(stored["title"]),
        kind=Kind(stored["kind"]),
        direction=Direction(stored["direction"]),
        per=float(stored["per"]),
        period=period,
        starts=starts,
        values=tuple(stored["values"]),
        firm=int(stored["firm"]),
        median=stored["median"],
        window=tuple(stored["window"]),
        changed_at=stored["changed_at"],
        **{name: stored[name] for name in _MORE if name in stored},
    )


def _trend(view: MeasureView, *, twice: bool) -> OwnTrend:
    measure, comparison = view.measure, view.comparison
    title = in_plain_use(measure.title)
    values = view.result.trend.values.tolist()
    window = comparison.window[-1:] if measure.counts is Counts.PANEL else comparison.window
    median = comparison.median if compares(view) else None
    reached = comparison.benchmark if compares(view) else None
    goal = None if view.goal is None else view.goal.value
    before = view.reported
    changed = measure.changed
    later = (index for index, start in enumerate(view.periods) if changed is not None and start >= changed)
    unsettled = np.flatnonzero(~view.settled)
    return OwnTrend(
        title=f"{title} ({view.group})" if twice and view.group else title,
        kind=measure.kind,
        direction=measure.direction,
        per=measure.per,
        period=measure.period,
        starts=view.periods,
        values=tuple(_short(value) if np.isfinite(value) else None for value in values),
        firm=int(unsettled[0]) if unsettled.size else len(values),
        median=_kept(median),
        window=tuple(window) if median is not None or goal is not None else (),
        changed_at=next(later, None) or None,
        key=measure.key,
        value=_kept(view.result.value),
        benchmark=None if reached is None else _short(reached.value),
        goal=_kept(goal),
        reported=None if before is None else _kept(before.value),
        in_set=reached is not None and bool(view.result.in_benchmark_set),
        set_aside=0.0 if before is None else _short(before.set_aside),
    )


def _told_starts(trend: OwnTrend) -> tuple[date, ...]:
    """The first start alone, where the others follow from it: half of what would be kept otherwise."""
    regular = _from_first(trend.starts[0], trend.period, len(trend.starts))
    return trend.starts[:1] if trend.starts == regular else trend.starts


def _from_first(first: date, period: PeriodLength, count: int) -> tuple[date, ...]:
    return tuple(next_start(first, period, index) for index in range(count))


def _kept(value: float | None) -> float | None:
    return None if value is None else _short(value)


def _short(value: float) -> float:
    return float(f"{value:.{_DIGITS}g}")
