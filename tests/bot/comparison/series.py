"""Seeded series for measuring how often a shift is announced, rightly and wrongly."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from bot.comparison.change import Change, judge
from bot.comparison.types import FloatArray

Make = Callable[[np.random.Generator, tuple[int, int]], FloatArray]
BLOCK = 12


def independent(rng: np.random.Generator, shape: tuple[int, int]) -> FloatArray:
    return rng.normal(size=shape)


def seasonal(rng: np.random.Generator, shape: tuple[int, int]) -> FloatArray:
    """A yearly season of twice the noise, shared by the peers."""
    phase = rng.integers(BLOCK)
    season = 2 * np.sin(2 * np.pi * (np.arange(shape[1]) + phase) / BLOCK)
    return np.asarray(rng.normal(size=shape) + season)


def autocorrelated(rng: np.random.Generator, shape: tuple[int, int]) -> FloatArray:
    """AR(1) of 0.7 with variance 1."""
    noise = rng.normal(size=shape)
    out = noise.copy()
    for t in range(1, shape[1]):
        out[:, t] = 0.7 * out[:, t - 1] + np.sqrt(1 - 0.7**2) * noise[:, t]
    return out


def shuffled(values: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Blocks of twelve periods in another order, the same for the whole group (peers share a season)."""
    clinicians, periods = values.shape
    blocks = periods // BLOCK
    last = values[:, periods - blocks * BLOCK :].reshape(clinicians, blocks, BLOCK)
    return last[:, rng.permutation(blocks)].reshape(clinicians, blocks * BLOCK)


def block_shuffled(rng: np.random.Generator, shape: tuple[int, int]) -> FloatArray:
    """An autocorrelated series with a season, 60 periods long, shuffled, the end of it."""
    long = autocorrelated(rng, (shape[0], 60)) + seasonal(rng, (1, 60))
    return shuffled(long, rng)[:, -shape[1] :]


def judged(values: FloatArray, min_change: float | None = 0.0) -> Change:
    clinicians, periods = values.shape
    return judge(
        values,
        settled=np.ones(periods, bool),
        comparable=np.ones(clinicians, bool),
        min_change=min_change,
    )
