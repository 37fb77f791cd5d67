"""One measure in one peer group: from counts to everything that a message may say."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bot.comparison import benchmark as abc
from bot.comparison import funnel, intervals, sums
from bot.comparison.change import Change, judge
from bot.comparison.percentile import percentile_ranks, quantiles
from bot.comparison.spc import SPECIALS
from bot.comparison.types import (
    Benchmark,
    BoolArray,
    ClinicianResult,
    Counts,
    Direction,
    FloatArray,
    GroupComparison,
    Kind,
    PeerData,
    Rules,
    Shift,
    Signal,
    Trend,
)

LEAST_CLINICIANS = 5

_SIGNALS = (Signal.WITHIN, Signal.HIGHER, Signal.LOWER, Signal.TOO_FEW)
_SHIFTS = (Shift.NONE, Shift.UP, Shift.DOWN)


@dataclass(frozen=True, slots=True, eq=False)
class _Counts:
    """Checked observations, N × T, and which of them exist."""

    numerator: FloatArray
    denominator: FloatArray
    expected: FloatArray
    squares: FloatArray
    observed: BoolArray
    settled: BoolArray
    comparable: BoolArray


@dataclass(frozen=True, slots=True, eq=False)
class _Look:
    """One window of every clinician: sums, values and, where there are enough, the funnel. Arrays (N,).

    `mask` (N, T) says which cells were summed.
    """

    mask: BoolArray

    numerator: FloatArray
    denominator: FloatArray
    expected: FloatArray
    squares: FloatArray
    observed: BoolArray
    value: FloatArray
    enough: BoolArray
    centre: float
    phi: float
    tau2: float
    limits_95: tuple[FloatArray, FloatArray]
    limits_998: tuple[FloatArray, FloatArray]
    signal: np.ndarray


# Counts near the end of floating point may overflow on the way to "undefined"; that is no news to anybody.
@np.errstate(over="ignore", invalid="ignore")
def compare_group(data: PeerData, rules: Rules) -> GroupComparison:
    """Compare the clinicians of one peer group on one measure.

    The window is the last `rules.window` *settled* periods, pooled for `events`; for a `panel` each
    clinician's latest settled period in it that has data, never a sum. Periods that are not settled are
    drawn (`trend.values`) and nothing else. After a break the window begins there: two ways of counting are
    never added up, and what came before is no previous window.

    Clinicians who are not comparable, or under `min_denominator` in the window, get their own value and
    interval; centre, median, percentiles, limits and benchmark are those of the others. With fewer than five
    of them nobody has a percentile, limits or a signal.

    A ratio's funnel stands around 1, the level that its expected counts promise; other funnels around Σx/Σn.

    Where the numerator is an amount and no count (`rules.amounts`), intervals and funnels take its spread
    from how the clinicians' own periods differ (`sums`).

    Raises ValueError where arrays do not have the shape clinicians × periods, or a rule makes no sense.
    Source: STATISTICS (Spiegelhalter 2005, Weissman 1999, Making Data Count).
    """
    counts = _checked(data, rules)
    current, previous = _windows(counts, rules)
    now, before = _look(counts, rules, current), _look(counts, rules, previous)
    members, bench = _benchmark(data, rules, now)
    change = judge(
        _value(rules, counts.numerator, counts.denominator, counts.expected, counts.observed),
        settled=counts.settled,
        comparable=counts.comparable,
        min_change=rules.min_change,
        start=max((b for b in rules.breaks if b < len(data.periods)), default=0),
    )
    some = bool(now.enough.any())
    enough_value = now.value[now.enough]
    low, middle, high = quantiles(enough_value, [0.25, 0.5, 0.75]).tolist()
    return GroupComparison(
        clinicians=int(now.enough.sum()),
        window=tuple(int(t) for t in np.flatnonzero(current.any(axis=0))),
        centre=_number(now.centre),
        median=middle if some else None,
        quartiles=(low, high) if some else None,
        phi=_number(now.phi),
        tau2=_number(now.tau2),
        benchmark=bench,
        results=_results(data, rules, (now, before), members, change, _interval(counts, rules, now)),
    )


def _checked(data: PeerData, rules: Rules) -> _Counts:
    shape = (len(data.clinicians), len(data.periods))

    def table(name: str, values: FloatArray | None) -> FloatArray:
        if values is None:
            return np.full(shape, np.nan)
        values = np.asarray(values, float)
        if values.shape != shape:
            raise ValueError(f"{name} must have the shape clinicians × periods {shape}, not {values.shape}.")
        return values

    def flags(name: str, values: BoolArray | None, size: int) -> BoolArray:
        if values is None:
            return np.ones(size, bool)
        values = np.asarray(values, bool)
        if values.shape != (size,):
            raise ValueError(f"{name} must have {size} entries, not the shape {values.shape}.")
        return values

    if rules.window < 1 or rules.lag < 1:
        raise ValueError("window and lag must be at least one period.")
    if rules.kind is Kind.RATIO and data.expected is None:
        raise ValueError("A ratio needs expected counts: give PeerData.expected.")
    x, d = table("numerator", data.numerator), table("denominator", data.denominator)
    expected, squares = table("expected", data.expected), table("squares", data.squares)
    observed = np.isfinite(x) & np.isfinite(d) & (d >= 0)
    if rules.kind is Kind.RATIO:
        observed &= np.isfinite(expected) & (expected >= 0)
    return _Counts(
        x,
        d,
        expected,
        squares,
        observed,
        flags("settled", data.settled, shape[1]),
        flags("comparable", data.comparable, shape[0]),
    )


def _windows(counts: _Counts, rules: Rules) -> tuple[BoolArray, BoolArray]:
    """Return which cells make the current and the previous window, two N × T masks."""
    settled = np.flatnonzero(counts.settled)
    start = max((b for b in rules.breaks if (settled >= b).any()), default=0)
    settled = settled[settled >= start]
    usable = counts.observed & counts.settled
    columns = np.zeros((2, counts.settled.size), bool)
    columns[0, settled[-rules.window :]] = True
    if rules.counts is Counts.EVENTS:
        columns[1, settled[-2 * rules.window : -rules.window]] = True
        return usable & columns[0], usable & columns[1]
    index = np.arange(counts.settled.size)
    current = _latest(usable & columns[0])
    latest = np.where(current.any(axis=1), np.where(current, index, 0).sum(axis=1), -1)
    earliest = latest - rules.lag - rules.window
    earlier = (index <= (latest - rules.lag)[:, None]) & (index > earliest[:, None]) & (latest >= 0)[:, None]
    earlier &= index >= start
    return current, _latest(usable & earlier)


def _latest(mask: BoolArray) -> BoolArray:
    """Return the mask with only the last True of each row."""
    later = np.cumsum(mask[:, ::-1], axis=1)[:, ::-1]
    return np.asarray(mask & (later == 1))


def _value(
    rules: Rules, x: FloatArray, d: FloatArray, expected: FloatArray, observed: BoolArray
) -> FloatArray:
    """Return values in the measure's unit from counts of any shape, NaN where undefined."""
    base = expected if rules.kind is Kind.RATIO else d
    valid = observed & (base > 0)
    value = np.where(valid, x, np.nan) / np.where(valid, base, 1.0)
    value = value * rules.per if rules.kind is Kind.RATE else value
    return np.where(np.isfinite(value), value, np.nan)


def _look(counts: _Counts, rules: Rules, mask: BoolArray) -> _Look:
    """Sum one window (a panel's mask has one cell a row) and compare the clinicians in it."""

    def total(table: FloatArray) -> FloatArray:
        return np.asarray(np.where(mask, table, 0.0).sum(axis=1))

    x, d, expected, squares = (
        total(t) for t in (counts.numerator, counts.denominator, counts.expected, counts.squares)
    )
    observed = np.asarray(mask.any(axis=1), bool)
    value = _value(rules, x, d, expected, observed)
    enough = counts.comparable & np.isfinite(value) & (d >= rules.min_denominator)
    base, unit = (expected, 1.0) if rules.kind is Kind.RATIO else (d, 1.0)
    unit = rules.per if rules.kind is Kind.RATE else unit
    centre = float(x[enough].sum() / base[enough].sum()) if enough.any() else np.nan
    nothing = np.full(d.shape, np.nan)
    phi = tau2 = np.nan
    limits_95 = limits_998 = (nothing, nothing)
    judged = _if_several(enough)
    one = _one(counts, rules, mask & enough[:, None])
    if rules.kind is Kind.RATIO and enough.any():
        centre = 1.0
    if judged.any() and rules.kind is Kind.PROPORTION:
        spread = funnel.proportion_dispersion(x[judged] / one, d[judged] / one)
        phi, tau2 = spread.phi, spread.tau2
        limits_95 = funnel.proportion_limits(d / one, spread.target, tau2, funnel.Z_95)
        limits_998 = funnel.proportion_limits(d / one, spread.target, tau2, funnel.Z_998)
    elif judged.any() and rules.kind is not Kind.MEAN:
        e = base * centre / one
        judged = _if_several(judged & (e >= funnel.LEAST_EXPECTED))
        if judged.any():
            spread = funnel.log_dispersion(x[judged] / one, e[judged])
            phi, tau2 = spread.phi, spread.tau2
            level = centre * unit
            limits_95 = _times(funnel.log_limits(e, tau2, funnel.Z_95), level)
            limits_998 = _times(funnel.log_limits(e, tau2, funnel.Z_998), level)
    limits_95, limits_998 = _only(limits_95, judged), _only(limits_998, judged)
    # What the limits are compared with: no event counts as half of one on the log scale.
    seen = np.minimum(value, 1.0) if rules.kind is Kind.PROPORTION else value
    if rules.kind in (Kind.RATE, Kind.RATIO):
        seen = _value(rules, funnel.at_least_half(x / one) * one, d, expected, observed)
    signal = np.select([~judged, seen > limits_998[1], seen < limits_998[0]], [3, 1, 2], default=0)
    return _Look(
        mask,
        x,
        d,
        expected,
        squares,
        observed,
        value,
        enough,
        centre * unit,
        phi,
        tau2,
        limits_95,
        limits_998,
        signal,
    )


def _one(counts: _Counts, rules: Rules, mask: BoolArray) -> float:
    """Return what one event is worth in the numerator's unit: 1 for counts."""
    if not rules.amounts:
        return 1.0
    base = counts.expected if rules.kind is Kind.RATIO else counts.denominator
    return sums.amount_of_one(counts.numerator, base, mask, share=rules.kind is Kind.PROPORTION)


def _if_several(rows: BoolArray) -> BoolArray:
    """Return the rows, none of them where they are fewer than five."""
    return rows if rows.sum() >= LEAST_CLINICIANS else np.zeros_like(rows)


def _times(limits: tuple[FloatArray, FloatArray], factor: float) -> tuple[FloatArray, FloatArray]:
    return limits[0] * factor, limits[1] * factor


def _only(limits: tuple[FloatArray, FloatArray], rows: BoolArray) -> tuple[FloatArray, FloatArray]:
    return np.where(rows, limits[0], np.nan), np.where(rows, limits[1], np.nan)


def _benchmark(data: PeerData, rules: Rules, now: _Look) -> tuple[BoolArray, Benchmark | None]:
    """Return who sets the benchmark (N,) and the benchmark; nobody for a mean, a ratio or `neutral`."""
    members = np.zeros(now.enough.shape, bool)
    if rules.kind in (Kind.MEAN, Kind.RATIO) or rules.direction is Direction.NEUTRAL:
        return members, None
    x, d = now.numerator[now.enough], now.denominator[now.enough]
    members[now.enough] = abc.benchmark_set(
        x,
        d,
        higher_is_better=rules.direction is Direction.HIGHER,
        min_clinicians=rules.min_benchmark_clinicians,
    )
    if not members.any():
        return members, None
    patients = float(now.denominator[members].sum())
    value = float(now.numerator[members].sum()) / patients
    names = tuple(data.clinicians[i] for i in np.flatnonzero(members))
    return members, Benchmark(value * (rules.per if rules.kind is Kind.RATE else 1.0), names, patients)


def _interval(counts: _Counts, rules: Rules, now: _Look) -> tuple[FloatArray, FloatArray]:
    x, d = np.where(now.observed, now.numerator, np.nan), now.denominator
    if rules.amounts and rules.kind is not Kind.MEAN:
        base = counts.expected if rules.kind is Kind.RATIO else counts.denominator
        per = rules.per if rules.kind is Kind.RATE else 1.0
        low, high = sums.ratio_interval(counts.numerator, base, now.mask, per=per)
        return low, np.minimum(high, 1.0) if rules.kind is Kind.PROPORTION else high
    match rules.kind:
        case Kind.PROPORTION:
            return intervals.proportion_interval(x, d)
        case Kind.RATE:
            return intervals.rate_interval(x, d, per=rules.per)
        case Kind.RATIO:
            return intervals.rate_interval(x, now.expected)
        case Kind.MEAN:
            return intervals.mean_interval(x, d, now.squares)


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _numbers(values: FloatArray) -> list[float | None]:
    return [v if f else None for v, f in zip(values.tolist(), np.isfinite(values).tolist(), strict=True)]


def _pairs(limits: tuple[FloatArray, FloatArray]) -> list[tuple[float, float] | None]:
    known = np.isfinite(limits[0]) & np.isfinite(limits[1])
    rows = zip(limits[0].tolist(), limits[1].tolist(), known.tolist(), strict=True)
    return [(low, high) if ok else None for low, high, ok in rows]


def _trends(values: FloatArray, change: Change) -> list[Trend]:
    centre, lower, upper = (
        _numbers(v) for v in (change.limits.centre, change.limits.lower, change.limits.upper)
    )
    sizes, r = _numbers(change.shifted_by), _numbers(change.autocorrelation)
    since, shift, codes = change.since.tolist(), change.shift.tolist(), change.codes.tolist()
    return [
        Trend(
            values=values[i],
            adjusted=change.adjusted[i],
            centre=centre[i],
            lower=lower[i],
            upper=upper[i],
            usual_centre=None if centre[i] is None else change.usual[0][i],
            usual_lower=None if centre[i] is None else change.usual[1][i],
            usual_upper=None if centre[i] is None else change.usual[2][i],
            signals=tuple(SPECIALS[code] for code in codes[i]),
            shift=_SHIFTS[shift[i]],
            shifted_by=sizes[i],
            since=since[i] if since[i] >= 0 else None,
            autocorrelation=r[i],
        )
        for i in range(len(values))
    ]


def _results(
    data: PeerData,
    rules: Rules,
    looks: tuple[_Look, _Look],
    members: BoolArray,
    change: Change,
    interval: tuple[FloatArray, FloatArray],
) -> tuple[ClinicianResult, ...]:
    now, before = looks
    compared = _if_several(now.enough)
    ranks = percentile_ranks(np.where(compared, now.value, np.nan), now.value[now.enough])
    low, high = (_numbers(v) for v in interval)
    value, earlier, percentile = _numbers(now.value), _numbers(before.value), _numbers(ranks)
    limits_95, limits_998 = _pairs(now.limits_95), _pairs(now.limits_998)
    trends = _trends(change.values, change)
    x, d, expected = now.numerator.tolist(), now.denominator.tolist(), now.expected.tolist()
    return tuple(
        ClinicianResult(
            clinician=name,
            numerator=x[i],
            denominator=d[i],
            expected=expected[i] if rules.kind is Kind.RATIO else None,
            value=value[i],
            interval=(low[i], high[i]),
            percentile=percentile[i],
            limits_95=limits_95[i],
            limits_998=limits_998[i],
            signal=_SIGNALS[int(now.signal[i])],
            previous_signal=_SIGNALS[int(before.signal[i])],
            in_benchmark_set=bool(members[i]),
            previous_value=earlier[i],
            trend=trends[i],
        )
        for i, name in enumerate(data.clinicians)
    )
