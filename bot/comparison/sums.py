"""Amounts such as money: a sum is no count, and how much it varies has to be seen, not assumed.

A count tells its own uncertainty (Poisson), an amount does not: told in pence it would be a hundred times as
large and no surer. So its spread is taken from how a clinician's own periods differ.
"""

from __future__ import annotations

import numpy as np
from scipy import special

from bot.comparison.intervals import Interval, critical_value
from bot.comparison.types import BoolArray, FloatArray

# With fewer periods the spread is hardly known: t has 12.7 at one degree of freedom, 4.3 at two.
LEAST_PERIODS = 3
_NEXT_TO_NOTHING = 1e-6


def ratio_interval(
    amount: FloatArray, base: FloatArray, mask: BoolArray, confidence: float = 0.95, per: float = 1.0
) -> Interval:
    """Return the interval of Σx/Σd per `per` from the periods in `mask`, each (N,); not below 0.

    `amount`, `base` and `mask` have shape (N, T). The variance is that of the ratio estimator,
    n/(n − 1) · Σ(x − rd)² / (Σd)², with the t quantile of n − 1. NaN with fewer than three periods, and where
    they do not differ at all: that is no sign of certainty. Source: Cochran 1977, Sampling Techniques, 6.4.
    """
    critical_value(confidence)
    used = mask & np.isfinite(amount) & (base > 0)
    n = used.sum(axis=1)
    rate, away = _residuals(amount, base, used)
    total = np.where(used, base, 0.0).sum(axis=1)
    freedom = np.maximum(n - 1, 1)
    variance = np.sum(away**2, axis=1) * n / freedom / np.where(total > 0, total, 1.0) ** 2
    valid = (n >= LEAST_PERIODS) & (variance > (1e-9 * rate) ** 2)
    half = special.stdtrit(freedom, 1 - (1 - confidence) / 2) * np.sqrt(variance)
    lower, upper = np.maximum(rate - half, 0.0) * per, (rate + half) * per
    return np.where(valid, lower, np.nan), np.where(valid, upper, np.nan)


def amount_of_one(amount: FloatArray, base: FloatArray, mask: BoolArray, *, share: bool = False) -> float:
    """Return how much of the amount is worth one event: what turns the sums of a group into counts.

    Pearson's χ² of the periods in `mask` (N, T) around each clinician's own level, over its degrees of
    freedom; all clinicians together, as one alone has too few periods. x over it varies as a count does,
    whatever the unit; `share` for a part of a whole, where Var = φ·r(1 − r)d. Where no two periods can be
    compared (a panel's), or none differ, next to nothing: then the spread among clinicians is all that
    limits are made from. Source: McCullagh & Nelder 1989, Generalized Linear Models, chapter 9
    (quasi-likelihood).
    """
    used = mask & np.isfinite(amount) & (base > 0)
    rate, away = _residuals(amount, base, used)
    fitted = rate[:, None] * base
    spread = fitted * (1 - rate[:, None]) if share else fitted
    judged = used & (spread > 0)
    total, clinicians = float(amount[judged].sum()), int(judged.any(axis=1).sum())
    if clinicians == 0:
        return 1.0
    # A clinician with a single period has no residual.
    freedom = int(np.maximum(judged.sum(axis=1) - 1, 0).sum())
    square = float((away[judged] ** 2 / spread[judged]).sum())
    return max(square / max(freedom, 1), _NEXT_TO_NOTHING * total / clinicians)


def _residuals(amount: FloatArray, base: FloatArray, used: BoolArray) -> tuple[FloatArray, FloatArray]:
    """Return each row's Σx/Σd (0 without any) and x − rd in its periods, 0 elsewhere."""
    total = np.where(used, base, 0.0).sum(axis=1)
    rate = np.where(used, amount, 0.0).sum(axis=1) / np.where(total > 0, total, 1.0)
    return rate, np.where(used, amount - rate[:, None] * base, 0.0)
