"""The Achievable Benchmark of Care (ABC): what the best clinicians for a tenth of all patients reach."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from bot.comparison.types import BoolArray, FloatArray

SHARE_OF_PATIENTS = 0.10


def adjusted_performance(numerator: ArrayLike, denominator: ArrayLike) -> FloatArray:
    """Return the adjusted performance fraction (x + 1)/(d + 2), which only ranks and is never shown.

    Source: Weissman 1999.
    """
    fraction = (np.asarray(numerator, float) + 1) / (np.asarray(denominator, float) + 2)
    return np.asarray(fraction, float)


def benchmark_set(
    numerator: ArrayLike, denominator: ArrayLike, *, higher_is_better: bool, min_clinicians: int = 1
) -> BoolArray:
    """Return which clinicians set the benchmark, shape (N,); all False where there are too few.

    Clinicians are added from the top of the ranking until they have at least 10 % of all patients and are at
    least `min_clinicians`; all tied with the last one belong to it too. Where lower is better the ranking is
    read from the other end, the same as ranking d − x. The benchmark is Σx/Σd of the set. Clinicians without
    patients must be left out by the caller. Source: Weissman 1999, Kiefe 2001; the least number of clinicians
    is ours, so that no one colleague's figures can be read from it.
    """
    x, d = np.asarray(numerator, float), np.asarray(denominator, float)
    if x.size == 0 or x.size < min_clinicians:
        return np.zeros(x.shape, bool)
    score = adjusted_performance(x, d)
    score = score if higher_is_better else -score
    order = np.argsort(-score, kind="stable")
    patients = np.cumsum(d[order])
    # Rounding of 0.1 must not ask for one clinician more than a tenth.
    enough = (patients >= SHARE_OF_PATIENTS * patients[-1] * (1 - 1e-12)) & (
        np.arange(1, x.size + 1) >= min_clinicians
    )
    return np.asarray(score >= score[order[int(np.argmax(enough))]])
