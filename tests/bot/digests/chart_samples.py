"""Pictures to test with."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np

from bot.digests.facts import MeasureFacts, PeerPicture, PeersDrawn, PersonPicture
from storage.terms import Counts, Direction, Domain, Kind, Mode, PeriodLength

MEASURE = MeasureFacts(
    key="broad-spectrum",
    title="Broad-spectrum antibiotics",
    why="Narrow antibiotics keep the broad ones working.",
    numerator="Broad-spectrum items",
    denominator="Antibiotic items",
    kind=Kind.PROPORTION,
    direction=Direction.LOWER,
    mode=Mode.REPETITIVE,
    domain=Domain.PROCESS,
    period=PeriodLength.MONTH,
    counts=Counts.EVENTS,
    min_denominator=15,
    per=100,
    action="Look at the ten latest.",
)
MONTHS = tuple(date(2024 + m // 12, m % 12 + 1, 1) for m in range(24))


def peers(count: int = 106, measure: MeasureFacts = MEASURE, scale: float = 1.0) -> PeerPicture:
    """A peer group with the viewer and `count` − 1 others, the same each time."""
    values = np.sort(np.random.default_rng(5).beta(12, 140, count)) * scale
    low, median, high = np.quantile(values, [0.25, 0.5, 0.75]).tolist()
    return PeerPicture(
        measure=measure,
        drawn=PeersDrawn.DOTS,
        values=tuple(values.tolist()),
        peers=count - 1,
        median=median,
        quartiles=(low, high),
        benchmark=None if measure.direction is Direction.NEUTRAL else 0.05 * scale,
        window=(date(2025, 10, 1), date(2025, 12, 31)),
        periods=MONTHS,
        span=(date(2024, 1, 1), date(2025, 12, 31)),
        window_periods=(21, 22, 23),
        trend_range=(0.03 * scale, 0.14 * scale),
    )


def band() -> PeerPicture:
    """A group too small for dots."""
    return replace(peers(7), drawn=PeersDrawn.BAND)


def alone() -> PeerPicture:
    """No comparison."""
    nothing = PeersDrawn.NOTHING
    return replace(peers(), drawn=nothing, values=(), median=None, quartiles=None, benchmark=None)


def person(value: float | None = 0.081, scale: float = 1.0) -> PersonPicture:
    """A person with 24 months and a usual range that follows the season."""
    season = 0.08 + 0.01 * np.sin(np.arange(24) / 2)
    values = (season + np.random.default_rng(7).normal(0, 0.003, 24)) * scale
    return PersonPicture(
        value=value,
        numerator=618,
        denominator=902,
        values=values,
        centre=season * scale,
        lower=(season - 0.01) * scale,
        upper=(season + 0.01) * scale,
        settled=np.ones(24, bool),
    )
