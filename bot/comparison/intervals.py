"""Confidence intervals of one clinician's own value: proportion, rate, ratio, mean.

All functions take arrays of shape (N,) (or scalars), work element by element and return `(lower, upper)` of
the same shape, NaN where a limit is undefined. They neither warn nor raise on odd numbers: a zero
denominator, a numerator above its denominator or a missing value gives NaN.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from bot.comparison.types import FloatArray

Interval = tuple[FloatArray, FloatArray]

# Below ten events Byar's approximation is too rough, and the exact interval is used (Breslow & Day 1987).
EXACT_BELOW = 10.0


def critical_value(confidence: float) -> float:
    """Return z = Φ⁻¹(1 − α/2) for a two-sided interval, for example 1.959964 for 0.95.

    Raises ValueError unless 0 < confidence < 1.
    """
    if not 0 < confidence < 1:
        raise ValueError(f"Confidence must lie between 0 and 1, not {confidence}.")
    return float(special.ndtri(1 - (1 - confidence) / 2))


def proportion_interval(numerator: ArrayLike, denominator: ArrayLike, confidence: float = 0.95) -> Interval:
    """Return the Wilson score interval of x/n, between 0 and 1.

    Source: Wilson 1927, as in PHEindicatormethods. Decimals are allowed in both counts.
    """
    x, n = np.asarray(numerator, float), np.asarray(denominator, float)
    z = critical_value(confidence)
    with np.errstate(all="ignore"):
        valid = (n > 0) & (x >= 0) & (x <= n)
        spread = z * np.sqrt(z**2 + 4 * x * (1 - x / n))
        scale = 2 * (n + z**2)
        # Rounding must not put the value itself outside, at 0 and n.
        lower = np.clip((2 * x + z**2 - spread) / scale, 0, x / n)
        upper = np.clip((2 * x + z**2 + spread) / scale, x / n, 1)
    return np.where(valid, lower, np.nan), np.where(valid, upper, np.nan)


def byar_interval(numerator: ArrayLike, confidence: float = 0.95) -> Interval:
    """Return Byar's interval of a Poisson count, in counts; a negative lower limit is NaN.

    Source: Breslow & Day 1987, volume II; PHEindicatormethods.
    """
    x = np.asarray(numerator, float)
    z = critical_value(confidence)
    with np.errstate(all="ignore"):
        lower = x * (1 - 1 / (9 * x) - z / (3 * np.sqrt(x))) ** 3
        upper = (x + 1) * (1 - 1 / (9 * (x + 1)) + z / (3 * np.sqrt(x + 1))) ** 3
        lower = np.where(lower < 0, np.nan, lower)
    return np.where(x > 0, lower, np.nan), np.where(x >= 0, upper, np.nan)


def exact_interval(numerator: ArrayLike, confidence: float = 0.95) -> Interval:
    """Return the exact interval of a Poisson count, in counts: χ²(α/2, 2x)/2 and χ²(1 − α/2, 2x + 2)/2.

    The lower limit of 0 is 0. χ² with 2k degrees of freedom, halved, is the gamma distribution of shape k,
    which is also right for decimals. Source: Breslow & Day 1987.
    """
    x = np.asarray(numerator, float)
    tail = (1 - confidence) / 2
    critical_value(confidence)  # one check of the confidence for all intervals
    with np.errstate(all="ignore"):
        # Under a millionth of an event the limit is zero in floating point, and scipy gives NaN.
        lower = np.where(x > 1e-6, special.gammaincinv(np.maximum(x, 0), tail), 0.0)
        upper = special.gammainccinv(np.maximum(x, 0) + 1, tail)
    return np.where(x >= 0, lower, np.nan), np.where(x >= 0, upper, np.nan)


def rate_interval(
    numerator: ArrayLike, denominator: ArrayLike, confidence: float = 0.95, per: float = 1.0
) -> Interval:
    """Return the interval of x/n per `per`: exact under ten events, Byar's from ten.

    Serves a ratio as well, with the expected count as the denominator. Source: Breslow & Day 1987.
    """
    x, n = np.asarray(numerator, float), np.asarray(denominator, float)
    exact, byar = exact_interval(x, confidence), byar_interval(x, confidence)
    with np.errstate(all="ignore"):
        few = x < EXACT_BELOW
        valid = (n > 0) & (x >= 0)
        lower = np.where(few, exact[0], byar[0]) / n * per
        upper = np.where(few, exact[1], byar[1]) / n * per
    return np.where(valid, lower, np.nan), np.where(valid, upper, np.nan)


def mean_interval(total: ArrayLike, n: ArrayLike, squares: ArrayLike, confidence: float = 0.95) -> Interval:
    """Return the t interval of a mean from its sum, its n and its sum of squares, in the value's unit.

    Undefined for n ≤ 1 and where the squares are missing. Source: Student 1908; PHEindicatormethods.
    """
    x, n, squares = np.asarray(total, float), np.asarray(n, float), np.asarray(squares, float)
    critical_value(confidence)
    with np.errstate(all="ignore"):
        freedom = n - 1
        valid = (freedom > 0) & np.isfinite(x) & np.isfinite(squares)
        # Rounding can leave a hair below zero where all values are the same.
        variance = np.maximum(squares - x**2 / n, 0) / freedom
        t = special.stdtrit(np.where(valid, freedom, 1), 1 - (1 - confidence) / 2)
        half = t * np.sqrt(variance / n)
        mean = x / n
    return np.where(valid, mean - half, np.nan), np.where(valid, mean + half, np.nan)
