"""Change over time: has a clinician's own figure moved, and stayed moved, against the peers'?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from bot.comparison.spc import (
    LEAST_POINTS,
    RUN,
    Limits,
    limits_around,
    pack,
    row_means,
    special_causes,
    unpack,
    xmr_limits,
)
from bot.comparison.types import BoolArray, FloatArray

LEAST_PEERS = 5
AUTOCORRELATED = 0.4
RECENT = 7
CERTAINTY = 0.95
# A short series' own autocorrelation is uncertain, so it counts for more than Bartlett's formula gives it.
# The exponent and the certainty are chosen by simulation (test_change_simulation).
CAUTION = 1.75


@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """What is known of each clinician's series; arrays of shape (N, T) or (N,).

    `values` is drawn, `adjusted` was judged; `limits` are of the values as drawn; `usual` (centre, lower,
    upper, each N × T) is the usual range that was judged by, moving with the peers' level; `codes` index
    `spc.SPECIALS`; `shift` is 1 (up), 2 (down) or 0, with its size `shifted_by` in the value's unit and
    `since`, the period in which it began (−1: none).
    """

    values: FloatArray
    adjusted: FloatArray
    limits: Limits
    usual: tuple[FloatArray, FloatArray, FloatArray]
    codes: np.ndarray
    shift: np.ndarray
    shifted_by: FloatArray
    since: np.ndarray
    autocorrelation: FloatArray


def peers_median(values: FloatArray, comparable: BoolArray) -> FloatArray:
    """Return for each clinician and period the median of the *other* comparable clinicians, shape (N, T).

    NaN where fewer than five others have a value. Leaving oneself out keeps a small group's own shift whole.
    """
    n, _ = values.shape
    pool = np.where(np.isfinite(values) & comparable[:, None], values, np.inf)
    mine = np.isfinite(pool)
    count = mine.sum(axis=0)
    order = np.argsort(pool, axis=0, kind="stable")
    rank = np.empty_like(order)
    np.put_along_axis(rank, order, np.broadcast_to(np.arange(n)[:, None], order.shape), axis=0)
    ordered = np.take_along_axis(pool, order, axis=0)
    others = count - mine
    rank = np.where(mine, rank, n)  # nothing to leave out

    def at(position: np.ndarray) -> FloatArray:
        index = position + (position >= rank)
        return np.asarray(np.take_along_axis(ordered, np.clip(index, 0, n - 1), axis=0))

    enough = others >= LEAST_PEERS
    low, high = at((others - 1) // 2), at(others // 2)
    return np.where(enough, (np.where(enough, low, 0) + np.where(enough, high, 0)) / 2, np.nan)


def peers_level(values: FloatArray, comparable: BoolArray) -> FloatArray:
    """Return what each value is judged against, (N, T): the peers' median of the period, or 0 (raw series).

    A row is never half raw and half adjusted: it is adjusted where at least 13 periods have five peers
    (other periods are NaN and not judged) or as many as it has points, else raw throughout.
    """
    median = peers_median(values, comparable)
    points = np.isfinite(values).sum(axis=1)
    with_peers = np.isfinite(values - median).sum(axis=1)
    use = comparable & (with_peers > 0) & ((with_peers >= LEAST_POINTS) | (with_peers == points))
    return np.where(use[:, None], median, 0.0)


def lag_one(packed: FloatArray, centre: FloatArray, levels: int = 1) -> FloatArray:
    """Return the lag-1 autocorrelation of each right-packed row around its centre, NaN if constant.

    `centre` has shape (N, T), so that a series with a step in it can be measured around its two `levels`. The
    estimate is too low by about (1 + 4r)/n for every mean taken from n points, which is added back (Kendall
    1954): without it half of the series with an autocorrelation of 0.7 would pass for independent.
    """
    away = packed - centre
    present = np.isfinite(away)
    count = present.sum(axis=1)
    away = np.where(present, away, 0.0)
    square = np.sum(away**2, axis=1)
    product = np.sum(away[:, 1:] * away[:, :-1], axis=1)
    r = np.where(square > 0, product / np.where(square > 0, square, 1), np.nan)
    return np.asarray(np.clip(r + levels * (1 + 4 * r) / np.maximum(count, 1), -1, 1))


def judge(
    values: FloatArray,
    *,
    settled: BoolArray,
    comparable: BoolArray,
    min_change: float | None = None,
    start: int = 0,
    recent: int = RECENT,
    certainty: float = CERTAINTY,
) -> Change:
    """Judge every clinician's series of values, shape (N, T), oldest first.

    Only settled periods from `start` (the last break) on are judged, of comparable clinicians. Limits are
    those of the process as it was: they come from all points before the last `recent` (seven, as many as the
    longest rule looks at), and from no fewer than the first 13, so that a shift does not widen its own limits
    while it is news. The longer the history handed in, the older and steadier that baseline.

    A shift is a special cause that still holds at the last point (`_shift`), is as large as `min_change` (in
    the value's unit; None takes a tenth of the clinician's own mean) and stands clear of chance once the
    autocorrelation is allowed for (`_margin`). Measured on charts of 24 and 26 periods: false alarms under
    5 % of clinician-periods, also with AR(1) 0.7 or shuffled years; 2 SD found within seven periods in over
    80 % without autocorrelation. Source: STATISTICS, "What is shown and acted on"; Making Data Count.
    """
    n, periods = values.shape
    level = peers_level(values, comparable)
    adjusted = values - level
    judged = np.zeros(periods, bool)
    judged[start:] = settled[start:]
    packed, order = pack(np.where(judged, adjusted, np.nan))
    count = np.isfinite(packed).sum(axis=1)
    rank = np.arange(periods) - (periods - count)[:, None]
    length = np.maximum(LEAST_POINTS, count - recent)
    base = (rank >= 0) & (rank < length[:, None])
    enough = count >= LEAST_POINTS
    r = np.where(enough, _autocorrelation(packed, base), np.nan)
    slow = r > AUTOCORRELATED
    limits = _usual_range(packed, base, enough, slow)
    shift, crossed, first = _shift(packed, limits, slow)
    size = _mean_from(packed, first) - limits.centre
    # Judged from the crossing of the centre: the likeliest start is chosen by the data and flatters the size.
    believed = np.abs(_mean_from(packed, crossed) - limits.centre)
    drawn = np.take_along_axis(values, order, axis=1)
    drawn_limits = _usual_range(np.where(np.isfinite(packed), drawn, np.nan), base, enough, slow)
    least = np.abs(drawn_limits.centre) / 10 if min_change is None else np.full(n, float(min_change))
    with np.errstate(invalid="ignore"):
        real = (shift != 0) & comparable & (np.abs(size) >= least)
        real &= believed >= _margin(packed, base, crossed, r, certainty)
    shift = np.where(real, shift, 0)
    since = (
        np.take_along_axis(order, np.clip(first, 0, max(periods - 1, 0))[:, None], axis=1)[:, 0]
        if periods
        else first
    )
    codes = unpack(_codes(packed, limits, slow), order)
    return Change(
        values=values,
        adjusted=adjusted,
        limits=drawn_limits,
        usual=_moved_by(limits, level),
        codes=np.where(comparable[:, None], codes, 0),
        shift=np.where(shift < 0, 2, shift),
        shifted_by=np.where(real, size, np.nan),
        since=np.where(real, since, -1),
        autocorrelation=r,
    )


def _moved_by(limits: Limits, level: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    centre, lower, upper = (
        np.asarray(edge[:, None] + level) for edge in (limits.centre, limits.lower, limits.upper)
    )
    return centre, lower, upper


def _autocorrelation(packed: FloatArray, base: BoolArray) -> FloatArray:
    """Measure lag 1 around the level of the baseline and of what follows it: a step is no autocorrelation."""
    early = row_means(np.where(base, packed, np.nan))
    late = row_means(np.where(base, np.nan, packed))
    return lag_one(packed, np.where(base, early[:, None], late[:, None]), levels=2)


def _margin(
    packed: FloatArray, base: BoolArray, since: np.ndarray, r: FloatArray, certainty: float
) -> FloatArray:
    """Return how far the mean since the shift began must lie from the baseline's to be believed, (N,).

    Welch's idea on autocorrelated points, which say less than their number: n of them count as
    n(1 − r)/(1 + r) or, with `CAUTION`, fewer (Bartlett 1946), in the standard errors and in the degrees of
    freedom of t.
    """
    early = np.where(base, packed, np.nan)
    points = np.isfinite(early).sum(axis=1)
    away = np.where(np.isfinite(early), early - row_means(early)[:, None], 0.0)
    variance = np.sum(away**2, axis=1) / np.maximum(points - 1, 1)
    r = np.clip(np.nan_to_num(r), 0.0, 0.9)
    counts_as = ((1 - r) / (1 + r)) ** CAUTION
    later = np.maximum(packed.shape[1] - since, 1)
    error = np.sqrt(variance / counts_as * (1 / later + 1 / np.maximum(points, 1)))
    t = special.stdtrit(np.maximum(points * counts_as - 1, 1.0), certainty)
    return np.asarray(t * error)


def _usual_range(packed: FloatArray, base: BoolArray, enough: BoolArray, slow: BoolArray) -> Limits:
    """Return XmR limits of the baseline, mean ∓ 3 SD for autocorrelated rows, NaN under 13 points."""
    baseline = np.where(base & enough[:, None], packed, np.nan)
    xmr = xmr_limits(baseline)
    points = np.isfinite(baseline).sum(axis=1)
    away = np.where(np.isfinite(baseline), baseline - xmr.centre[:, None], 0.0)
    sd = np.sqrt(np.sum(away**2, axis=1) / np.maximum(points - 1, 1))
    return limits_around(xmr.centre, np.where(slow, 3 * sd, xmr.upper - xmr.centre))


def _codes(packed: FloatArray, limits: Limits, slow: BoolArray) -> np.ndarray:
    """Return the special causes; an autocorrelated row only has two successive points outside."""
    codes = special_causes(packed, limits)
    pair = np.zeros(codes.shape, bool)
    for code in (1, 2):
        here = codes == code
        both = here[:, 1:] & here[:, :-1]
        pair[:, 1:] |= both
        pair[:, :-1] |= both
    return np.where(slow[:, None] & ~pair, 0, codes)


def _mean_from(packed: FloatArray, column: np.ndarray) -> FloatArray:
    """Return each row's mean from its column on."""
    return row_means(np.where(np.arange(packed.shape[1]) >= column[:, None], packed, np.nan))


def _shift(packed: FloatArray, limits: Limits, slow: BoolArray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the direction (+1, −1, 0) of a shift that still holds, and two packed columns: where the series
    crossed the centre for the last time, and where the shift most likely began.

    It holds where the last seven points lie on one side of the centre; or two of the last three lie beyond
    the near limit, the third on the same side. An autocorrelated row needs its last two points outside.
    """
    n, periods = packed.shape
    if periods < RUN:
        return np.zeros(n, np.int64), np.full(n, periods), np.full(n, periods)
    side = np.nan_to_num(np.sign(packed - limits.centre[:, None]))
    direction = side[:, -1]
    same = side == direction[:, None]
    # the columns since the last point on the other side
    held = np.cumprod(same[:, ::-1], axis=1)[:, ::-1].sum(axis=1)
    signed = (packed - limits.centre[:, None]) * direction[:, None]
    half = limits.upper - limits.centre
    outside = signed > half[:, None]
    near = signed > half[:, None] * 2 / 3
    run = held >= RUN
    two = (near[:, -3:].sum(axis=1) >= 2) & (held >= 3)
    pair = outside[:, -2:].all(axis=1)
    found = np.where(slow, pair, run | two | pair) & np.isfinite(half) & (half > 0)
    # The likeliest start of a step: the column from which on most lies beyond half its size (as in a CUSUM).
    holds = np.arange(periods) >= (periods - held)[:, None]
    half_size = row_means(np.where(holds, signed, np.nan)) / 2
    gain = np.where(holds, signed - half_size[:, None], 0.0)
    evidence = np.where(holds, np.cumsum(gain[:, ::-1], axis=1)[:, ::-1], -np.inf)
    shift = np.where(found, direction, 0).astype(np.int64)
    return shift, periods - held.astype(np.int64), np.argmax(evidence, axis=1)
