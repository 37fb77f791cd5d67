"""Where a value stands among its peers."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from bot.comparison.types import FloatArray


def percentile_ranks(values: ArrayLike, peers: ArrayLike) -> FloatArray:
    """Return the mid-rank percentile of each value among the peers: 100(B + ½E)/N.

    B peers lie below, E are equal (the clinician included, who belongs to `peers`). `values` has shape (N,),
    `peers` (M,) in the same unit; missing peers are left out. The result is 0 to 100, NaN for a missing value
    or where there are no peers. Source: the usual mid-rank definition, `scipy.stats.percentileofscore` with
    kind "mean".
    """
    values, peers = np.asarray(values, float), np.asarray(peers, float)
    ordered = np.sort(peers[np.isfinite(peers)])
    if ordered.size == 0:
        return np.full(values.shape, np.nan)
    below = np.searchsorted(ordered, values, side="left")
    not_above = np.searchsorted(ordered, values, side="right")
    return np.where(np.isfinite(values), 50.0 * (below + not_above) / ordered.size, np.nan)


def quantiles(values: ArrayLike, points: ArrayLike) -> FloatArray:
    """Return quantiles (0–1) of the values by linear interpolation (type 7), NaN where there are none.

    Source: Hyndman & Fan 1996, type 7; the numpy default and SQL's PERCENTILE_CONT.
    """
    values, points = np.asarray(values, float), np.asarray(points, float)
    finite = values[np.isfinite(values)]
    if finite.size == 0:
        return np.full(points.shape, np.nan)
    return np.asarray(np.quantile(finite, points), float)
