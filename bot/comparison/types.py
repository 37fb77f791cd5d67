"""The shapes that go into a comparison and come out of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


class Kind(StrEnum):
    """How a measure's value comes from its counts."""

    PROPORTION = "proportion"
    RATE = "rate"
    MEAN = "mean"
    RATIO = "ratio"


class Counts(StrEnum):
    """Whether periods add up (`events`) or look at the same patients again (`panel`)."""

    EVENTS = "events"
    PANEL = "panel"


class Direction(StrEnum):
    """Which way is better, if any."""

    HIGHER = "higher"
    LOWER = "lower"
    NEUTRAL = "neutral"


class Signal(StrEnum):
    """A clinician against the over-dispersed 99.8 % limits: facts, neither good nor bad."""

    HIGHER = "higher"
    LOWER = "lower"
    WITHIN = "within"
    TOO_FEW = "too_few"


class Special(StrEnum):
    """Why a point of a trend stands out from its own usual range (special-cause variation)."""

    NONE = "none"
    ABOVE_LIMIT = "above_limit"
    BELOW_LIMIT = "below_limit"
    RISING = "rising"
    FALLING = "falling"
    NEAR_UPPER = "near_upper"
    NEAR_LOWER = "near_lower"
    RUN_ABOVE = "run_above"
    RUN_BELOW = "run_below"


class Shift(StrEnum):
    """A sustained change of a clinician against the peers' median, as a fact about numbers."""

    NONE = "none"
    UP = "up"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class Rules:
    """How one measure is compared.

    `window` is in periods. `min_change` is in the value's own unit (a proportion 0–1, a rate per `per`);
    None takes a tenth of the clinician's own mean. `lag` is how many periods earlier a panel's previous
    look lies (four weeks; one month). `breaks` are the period indices at which the measure changed.
    `amounts`: the numerator is a sum of amounts, such as money, and no count.
    """

    kind: Kind
    direction: Direction
    counts: Counts = Counts.EVENTS
    per: float = 1.0
    min_denominator: float = 0.0
    min_change: float | None = None
    window: int = 12
    lag: int = 4
    min_benchmark_clinicians: int = 3
    breaks: tuple[int, ...] = ()
    amounts: bool = False


@dataclass(frozen=True, slots=True)
class PeerData:
    """One measure's observations in one peer group: rows are clinicians, columns periods, oldest first.

    Arrays are N × T, NaN where there is no observation (or where it must not count: outside of a
    membership). `settled` (T) is False for periods too young to be judged. `comparable` (N) is False for
    clinicians with under half of the window covered: they see own counts only, and nobody is compared
    with them.
    """

    clinicians: tuple[str, ...]
    periods: tuple[date, ...]
    numerator: FloatArray
    denominator: FloatArray
    expected: FloatArray | None = None
    squares: FloatArray | None = None
    settled: BoolArray | None = None
    comparable: BoolArray | None = None


@dataclass(frozen=True, slots=True)
class Benchmark:
    """The Achievable Benchmark of Care: Σx/Σd of the clinicians who set it."""

    value: float
    members: tuple[str, ...]
    denominator: float


@dataclass(frozen=True, slots=True, eq=False)
class Trend:
    """A clinician's own periods with their usual range; arrays have the length of the group's periods.

    `values` is what is drawn (NaN: nothing that period), `adjusted` what was judged (the value minus the
    peers' median of the same period, or the raw value under five peers). `centre`, `lower` and `upper`
    are the usual range of the raw values (None: fewer than 13 points); `usual_centre`, `usual_lower` and
    `usual_upper` the range that was judged by, one entry a period: it moves with the peers, and so with
    the seasons. `signals` has one entry a
    period. `shift` is the sustained change at the end of the series, if any, `shifted_by` its size in
    the value's unit, and `since` the index of the period in which it began. `autocorrelation` is lag 1.
    """

    values: FloatArray
    adjusted: FloatArray
    centre: float | None
    lower: float | None
    upper: float | None
    usual_centre: FloatArray | None
    usual_lower: FloatArray | None
    usual_upper: FloatArray | None
    signals: tuple[Special, ...]
    shift: Shift
    shifted_by: float | None
    since: int | None
    autocorrelation: float | None


@dataclass(frozen=True, slots=True)
class ClinicianResult:
    """One clinician in a comparison. Values are in the measure's unit; None where undefined.

    `percentile` and the limits are None where there is no comparison. `signal` is of this window,
    `previous_signal` of the previous window that does not overlap it (a panel: `lag` periods earlier).
    """

    clinician: str
    numerator: float
    denominator: float
    expected: float | None
    value: float | None
    interval: tuple[float | None, float | None]
    percentile: float | None
    limits_95: tuple[float, float] | None
    limits_998: tuple[float, float] | None
    signal: Signal
    previous_signal: Signal
    in_benchmark_set: bool
    previous_value: float | None
    trend: Trend = field(repr=False)


@dataclass(frozen=True, slots=True)
class GroupComparison:
    """A peer group on one measure, over the last window.

    `clinicians` counts those with enough cases. `centre` is Σx/Σn of those (the funnel's target),
    `median` and `quartiles` describe their values. `phi` is after winsorising. `window` are the period
    indices pooled; `benchmark` is None for means, ratios, `neutral` measures and fewer than three.
    """

    clinicians: int
    window: tuple[int, ...]
    centre: float | None
    median: float | None
    quartiles: tuple[float, float] | None
    phi: float | None
    tau2: float | None
    benchmark: Benchmark | None
    results: tuple[ClinicianResult, ...]
