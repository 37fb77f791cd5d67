"""Funnel limits with over-dispersion: how far clinicians may differ before one is "different".

Clinicians differ for many small reasons that no one has adjusted for. The additive random-effects model adds
their variance τ² to the sampling variance, so that only those outside the spread of everybody stand out.
Source: Spiegelhalter 2005 (Statistics in Medicine 24:1185 and Qual Saf Health Care 14:347).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from bot.comparison.types import FloatArray

Z_95 = 1.959964
Z_998 = 3.090232
LEAST_EXPECTED = 5.0
TAILS = 0.10


@dataclass(frozen=True, slots=True)
class Dispersion:
    """The funnel's target and spread: φ after winsorising or trimming, τ² on the transformed scale."""

    target: float
    phi: float
    tau2: float


def _additive_variance(z: FloatArray, weights: FloatArray) -> tuple[float, float]:
    """Return φ = Σz²/N and τ² by the method of moments (DerSimonian & Laird), 0 where N < 2."""
    n = z.size
    if n == 0:
        return 0.0, 0.0
    phi = float(np.sum(z**2) / n)
    total = float(np.sum(weights))
    spread = total - float(np.sum(weights**2)) / total if total > 0 else 0.0
    if n < 2 or spread <= 0 or n * phi < n - 1:
        return phi, 0.0
    return phi, max(0.0, (n * phi - (n - 1)) / spread)


def proportion_dispersion(
    numerator: ArrayLike, denominator: ArrayLike, winsorise: float = TAILS
) -> Dispersion:
    """Return target Σx/Σn, φ and τ² of proportions on the arcsine square-root scale.

    `numerator` and `denominator` have shape (N,); rows without patients are left out. z-scores are winsorised
    at the `winsorise` and 1 − `winsorise` quantiles (linear interpolation; 0 for none). Target NaN without
    patients. Source: Spiegelhalter 2005; FunnelPlotR.
    """
    x, n = np.asarray(numerator, float), np.asarray(denominator, float)
    valid = np.isfinite(x) & (n > 0)
    x, n = x[valid], n[valid]
    if n.size == 0:
        return Dispersion(float("nan"), 0.0, 0.0)
    target = float(np.clip(x.sum() / n.sum(), 0, 1))
    z = (np.arcsin(np.sqrt(np.clip(x / n, 0, 1))) - np.arcsin(np.sqrt(target))) * 2 * np.sqrt(n)
    if winsorise > 0:
        low, high = np.quantile(z, [winsorise, 1 - winsorise])
        z = np.clip(z, low, high)
    phi, tau2 = _additive_variance(z, 4 * n)
    return Dispersion(target, phi, tau2)


def proportion_limits(
    denominator: ArrayLike, target: float, tau2: float, z: float
) -> tuple[FloatArray, FloatArray]:
    """Return the limits (0–1) for each denominator, shape (N,); τ² = 0 gives the plain funnel.

    The angles are clipped to [0, π/2] before they go back to proportions: sin² folds over otherwise. NaN
    where there are no patients. Source: Spiegelhalter 2005.
    """
    n = np.asarray(denominator, float)
    with np.errstate(all="ignore"):
        valid = n > 0
        half = z * np.sqrt(1 / (4 * n) + tau2)
        middle = np.arcsin(np.sqrt(np.clip(target, 0, 1)))
        lower = np.sin(np.clip(middle - half, 0, np.pi / 2)) ** 2
        upper = np.sin(np.clip(middle + half, 0, np.pi / 2)) ** 2
    return np.where(valid, lower, np.nan), np.where(valid, upper, np.nan)


def at_least_half(observed: ArrayLike) -> FloatArray:
    """Return the counts as they enter a logarithm: no event counts as half of one."""
    return np.asarray(np.maximum(np.asarray(observed, float), 0.5))


def log_dispersion(observed: ArrayLike, expected: ArrayLike, trim: float = TAILS) -> Dispersion:
    """Return target 1, φ and τ² of ratios O/E on the log scale.

    `observed` and `expected` have shape (N,); rows with E < 5 are left out, O = 0 counts as 0.5 (as does
    anything below: a third of a shared case is not more than none). The lowest
    and the highest `trim` of the z-scores by rank (rounded down) are left out of φ and τ². For a rate,
    E = denominator · pooled rate. Source: Spiegelhalter 2005; NHS Digital's SHMI method.
    """
    o, e = np.asarray(observed, float), np.asarray(expected, float)
    valid = np.isfinite(o) & (o >= 0) & (e >= LEAST_EXPECTED) & np.isfinite(e)
    o, e = o[valid], e[valid]
    z = np.sqrt(e) * np.log(at_least_half(o) / e)
    cut = int(trim * z.size)
    kept = np.argsort(z, kind="stable")[cut : z.size - cut]
    phi, tau2 = _additive_variance(z[kept], e[kept])
    return Dispersion(1.0, phi, tau2)


def log_limits(expected: ArrayLike, tau2: float, z: float) -> tuple[FloatArray, FloatArray]:
    """Return the limits of O/E for each expected count, shape (N,), exp(∓ z√(1/E + τ²)); NaN under E = 5.

    Source: Spiegelhalter 2005; NHS Digital's SHMI method.
    """
    e = np.asarray(expected, float)
    with np.errstate(all="ignore"):
        valid = e >= LEAST_EXPECTED
        half = z * np.sqrt(1 / e + tau2)
        lower, upper = np.exp(-half), np.exp(half)
    return np.where(valid, lower, np.nan), np.where(valid, upper, np.nan)
