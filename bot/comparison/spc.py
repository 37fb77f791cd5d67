"""Statistical process control: XmR limits and the rules for special-cause variation.

Source: NHS England's Making Data Count, as in the R package NHSRplotthedots. All functions take rows of
clinicians and columns of periods, shape (N, T), NaN where there is no point; rules look at a row's points in
order and step over the gaps.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bot.comparison.types import BoolArray, Direction, FloatArray, Special

LIMIT = 2.66
SCREEN = 3.267
RUN = 7
LEAST_POINTS = 13

# In the order in which the rules win; a point's code is its index here.
SPECIALS = (
    Special.NONE,
    Special.ABOVE_LIMIT,
    Special.BELOW_LIMIT,
    Special.RISING,
    Special.FALLING,
    Special.NEAR_UPPER,
    Special.NEAR_LOWER,
    Special.RUN_ABOVE,
    Special.RUN_BELOW,
)


@dataclass(frozen=True, slots=True, eq=False)
class Limits:
    """Process limits of each row, shape (N,), in the value's unit; NaN where a row has too few points."""

    centre: FloatArray
    lower: FloatArray
    upper: FloatArray
    near_lower: FloatArray
    near_upper: FloatArray


def limits_around(centre: FloatArray, half: FloatArray) -> Limits:
    """Return limits at centre ∓ half, the near limits at two thirds of it."""
    near = half * 2 / 3
    return Limits(centre, centre - half, centre + half, centre - near, centre + near)


def pack(values: FloatArray) -> tuple[FloatArray, np.ndarray]:
    """Push each row's points to its right end, in order, gaps to the left; also return the column order."""
    order = np.argsort(np.isfinite(values), axis=1, kind="stable")
    packed = np.take_along_axis(values, order, axis=1)
    return np.where(np.isfinite(packed), packed, np.nan), order


def unpack(packed: np.ndarray, order: np.ndarray) -> np.ndarray:
    """Undo `pack` for an array of the same shape."""
    out = np.empty_like(packed)
    np.put_along_axis(out, order, packed, axis=1)
    return out


def row_means(values: FloatArray) -> FloatArray:
    """Return each row's mean of its points, NaN for a row without any."""
    present = np.isfinite(values)
    count = present.sum(axis=1)
    total = np.where(present, values, 0.0).sum(axis=1)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def xmr_limits(values: FloatArray, *, screen: bool = True, least_points: int = 1) -> Limits:
    """Return XmR limits: mean ∓ 2.66 · mean moving range.

    Moving ranges at or above 3.267 times their mean are dropped once and the mean taken again, unless
    `screen` is off. Rows with fewer than `least_points` points get NaN. Source: Making Data Count;
    NHSRplotthedots (`ptd_spc`, "screen_outliers").
    """
    packed, _ = pack(np.atleast_2d(np.asarray(values, float)))
    centre = row_means(packed)
    moving = np.abs(np.diff(packed, axis=1))
    average = row_means(moving)
    if screen:
        # "At least" by the source; a series without any variation keeps its zeros.
        calm = (moving < SCREEN * average[:, None]) | (average[:, None] == 0)
        average = row_means(np.where(calm, moving, np.nan))
    enough = np.isfinite(packed).sum(axis=1) >= least_points
    return limits_around(np.where(enough, centre, np.nan), np.where(enough, LIMIT * average, np.nan))


def _windows(flags: BoolArray, size: int, least: int) -> BoolArray:
    """Return where the last `size` points hold at least `least` flags, False for the first points."""
    out = np.zeros(flags.shape, bool)
    if flags.shape[1] >= size:
        sums = np.cumsum(np.pad(flags.astype(np.int64), ((0, 0), (1, 0))), axis=1)
        out[:, size - 1 :] = sums[:, size:] - sums[:, :-size] >= least
    return out


def _spread_back(flags: BoolArray, size: int) -> BoolArray:
    """Return every point that belongs to a window of `size` points ending at a flag."""
    out = flags.copy()
    for step in range(1, min(size, flags.shape[1])):
        out[:, :-step] |= flags[:, step:]
    return out


def part_of_seven(flags: BoolArray) -> BoolArray:
    """Return all seven points of each run whose seventh point is flagged, shape (N, T)."""
    return _spread_back(flags, RUN)


def seven_on_one_side(side: FloatArray) -> BoolArray:
    """Return where the last seven points lie on one side (+1 or −1; 0 breaks the run), shape (N, T)."""
    return _windows(side > 0, RUN, RUN) | _windows(side < 0, RUN, RUN)


def seven_point_trend(values: FloatArray) -> np.ndarray:
    """Return +1 where the last seven points each rise, −1 where each falls, else 0, shape (N, T)."""
    step = np.zeros(values.shape)
    step[:, 1:] = np.diff(values, axis=1)
    rising = _windows(step > 0, RUN - 1, RUN - 1)
    falling = _windows(step < 0, RUN - 1, RUN - 1)
    return rising.astype(np.int64) - falling.astype(np.int64)


def two_in_three(close: BoolArray, side: FloatArray) -> BoolArray:
    """Return the points of every three in a row, on one side of the mean, of which two are close, (N, T).

    `close` is beyond the near limit and *within* the limit: the R package does not count points beyond the
    limit, while the programme said in November 2023 that they count. We follow the package.
    """
    two = _windows(close, 3, 2)
    one_side = _windows(side > 0, 3, 3) | _windows(side < 0, 3, 3)
    return _spread_back(two & one_side, 3)


def special_causes(values: FloatArray, limits: Limits) -> np.ndarray:
    """Return for every point the index in `SPECIALS` of the first rule that it meets, shape (N, T).

    The order: outside the limits; seven rising or falling; two of three beyond the near limit; seven on one
    side of the mean. 0 where there is no point, no limits, or a row is constant. Source: NHSRplotthedots.
    """
    packed, order = pack(np.atleast_2d(np.asarray(values, float)))
    side = np.nan_to_num(np.sign(packed - limits.centre[:, None]))
    above, below = packed > limits.upper[:, None], packed < limits.lower[:, None]
    near_high = (packed > limits.near_upper[:, None]) & ~above
    near_low = (packed < limits.near_lower[:, None]) & ~below
    close = near_high | near_low
    trend = seven_point_trend(packed)
    rising, falling = part_of_seven(trend > 0), part_of_seven(trend < 0)
    # A turning point belongs to both; the trend that follows it names it.
    both = rising & falling
    following = np.zeros(packed.shape)
    following[:, :-1] = np.nan_to_num(np.diff(packed, axis=1))
    rising, falling = rising & ~(both & (following < 0)), falling & ~(both & (following >= 0))
    near = two_in_three(close, side) & close
    run = part_of_seven(seven_on_one_side(side))
    rules = [
        above,
        below,
        rising,
        falling,
        near & (side > 0),
        near & (side < 0),
        run & (side > 0),
        run & (side < 0),
    ]
    codes = np.select(rules, list(range(1, len(SPECIALS))), default=0)
    judged = np.isfinite(packed) & np.isfinite(limits.upper)[:, None]
    varies = np.isfinite(packed) & (packed != packed[:, -1:])
    codes = np.where(judged & varies.any(axis=1)[:, None], codes, 0)
    return unpack(codes, order)


def assurance(limits: Limits, target: float, direction: Direction) -> tuple[str | None, ...]:
    """Return for each row whether the process meets a target: "consistent_pass", "consistent_fail",
    "inconsistent", or None for a neutral measure or where there are no limits.

    Source: Making Data Count; NHSRplotthedots (`ptd_calculate_assurance_type`).
    """
    if direction is Direction.NEUTRAL:
        return (None,) * limits.centre.size
    over, under = limits.lower > target, limits.upper < target
    passes, fails = (over, under) if direction is Direction.HIGHER else (under, over)
    known = np.isfinite(limits.upper)
    words = np.select([~known, passes, fails], [0, 1, 2], default=3)
    names = (None, "consistent_pass", "consistent_fail", "inconsistent")
    return tuple(names[int(word)] for word in words)
