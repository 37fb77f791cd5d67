"""Small peer groups for the tests."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
from numpy.typing import ArrayLike

from bot.comparison import Counts, Direction, Kind, PeerData, Rules
from bot.comparison.types import BoolArray

SHARE = Rules(Kind.PROPORTION, Direction.HIGHER, window=1)


def group(
    numerator: ArrayLike | Sequence[Sequence[float]],
    denominator: ArrayLike | Sequence[Sequence[float]],
    *,
    expected: ArrayLike | None = None,
    squares: ArrayLike | None = None,
    settled: BoolArray | None = None,
    comparable: BoolArray | None = None,
) -> PeerData:
    """Rows of clinicians "a0", "a1", …, columns of weeks."""
    x = np.asarray(numerator, float)
    return PeerData(
        tuple(f"a{i}" for i in range(x.shape[0])),
        tuple(date(2024, 1, 1) + timedelta(weeks=t) for t in range(x.shape[1])),
        x,
        np.broadcast_to(np.asarray(denominator, float), x.shape).copy(),
        None if expected is None else np.asarray(expected, float),
        None if squares is None else np.asarray(squares, float),
        settled,
        comparable,
    )


def rules(
    kind: Kind,
    direction: Direction = Direction.HIGHER,
    *,
    counts: Counts = Counts.EVENTS,
    window: int = 1,
    per: float = 1.0,
    lag: int = 1,
    min_denominator: float = 0.0,
) -> Rules:
    return Rules(kind, direction, counts, per=per, window=window, lag=lag, min_denominator=min_denominator)
