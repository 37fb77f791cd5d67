"""The whole comparison on real prescribing: what DESIGN promises of over-dispersion."""

from __future__ import annotations

import csv
from datetime import date

import numpy as np

from bot.comparison import Direction, Kind, PeerData, Rules, Signal, compare_group, funnel
from tests.bot.comparison.vectors import PRESCRIBING, needs_prescribing


def broad_spectrum() -> PeerData:
    cells: dict[tuple[str, str], tuple[float, float]] = {}
    with (PRESCRIBING / "observations.csv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            if row["measure"] == "broad-spectrum":
                key = row["clinician"], row["period_start"]
                cells[key] = float(row["numerator"]), float(row["denominator"])
    clinicians, periods = (sorted({key[part] for key in cells}) for part in (0, 1))
    nothing = (np.nan, np.nan)
    table = np.array([[cells.get((c, p), nothing) for p in periods] for c in clinicians])
    days = tuple(date.fromisoformat(p) for p in periods)
    return PeerData(tuple(clinicians), days, table[..., 0].copy(), table[..., 1].copy())


@needs_prescribing
def test_two_of_106_differ_where_a_plain_funnel_would_accuse_79() -> None:
    data = broad_spectrum()
    assert data.periods[-1] == date(2025, 12, 1)
    rules = Rules(Kind.PROPORTION, Direction.LOWER, min_denominator=15, window=3, lag=1)
    comparison = compare_group(data, rules)
    signals = [result.signal for result in comparison.results]
    assert comparison.clinicians == len(signals) == 106
    assert sum(signal in (Signal.HIGHER, Signal.LOWER) for signal in signals) == 2

    value = np.array([result.value for result in comparison.results], float)
    denominator = np.array([result.denominator for result in comparison.results])
    assert comparison.centre is not None
    lower, upper = funnel.proportion_limits(denominator, comparison.centre, 0.0, funnel.Z_998)
    plain = int(((value < lower) | (value > upper)).sum())
    assert plain >= 79
