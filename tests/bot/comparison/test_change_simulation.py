"""How often a sustained shift is announced: seeded simulations, with no least change to help.

Each clinician-period is one question: is there a shift message now? `-s` prints the tables.
"""

from __future__ import annotations

import csv
from collections import defaultdict

import numpy as np
import pytest

from tests.bot.comparison.series import (
    Make,
    autocorrelated,
    block_shuffled,
    independent,
    judged,
    seasonal,
    shuffled,
)
from tests.bot.comparison.vectors import PRESCRIBING, needs_prescribing

GROUPS, CLINICIANS, SHIFTED, WITHIN = 150, 24, 3, 7
LOOKS = 90
MAKES: dict[str, Make] = {
    "independent": independent,
    "seasonal": seasonal,
    "AR(1) 0.7": autocorrelated,
    "block-shuffled": block_shuffled,
}


def false_alarms(make: Make, periods: int, clinicians: int = CLINICIANS, groups: int = GROUPS) -> float:
    """The share of clinician-periods with a shift message where nothing ever happened."""
    rng = np.random.default_rng(2025)
    return float(np.mean([(judged(make(rng, (clinicians, periods))).shift != 0) for _ in range(groups)]))


def found(make: Make, periods: int) -> float:
    """The share of shifts of 2 SD that are announced in one of their first seven periods.

    The chart always shows the last `periods` periods, so that the shift also slides into the baseline.
    """
    rng = np.random.default_rng(2026)
    hits = []
    for _ in range(LOOKS):
        values = make(rng, (CLINICIANS, periods + WITHIN - 1))
        values[:SHIFTED, periods - 1 :] += 2
        looks = [judged(values[:, k : k + periods]).shift[:SHIFTED] == 1 for k in range(WITHIN)]
        hits.append(np.any(looks, axis=0))
    return float(np.mean(hits))


@pytest.mark.parametrize("periods", [24, 26])
def test_false_alarms_stay_under_five_per_cent_on_a_chart_of_this_length(periods: int) -> None:
    print(f"\nfalse alarms, {periods} periods, {GROUPS * CLINICIANS} clinician-periods each")
    shares = {name: false_alarms(make, periods) for name, make in MAKES.items()}
    shares["seasonal, no peers"] = false_alarms(seasonal, periods, clinicians=4, groups=2 * GROUPS)
    for name, share in shares.items():
        print(f"  {name:<20} {share:6.1%}")
    assert max(shares.values()) < 0.05, shares


@pytest.mark.parametrize("periods", [24, 26])
def test_a_lasting_shift_of_two_sd_is_found_within_seven_periods(periods: int) -> None:
    print(f"\nshifts of 2 SD found within {WITHIN} of {periods} periods, {LOOKS * SHIFTED} each")
    shares = {name: found(MAKES[name], periods) for name in ("independent", "seasonal")}
    for name, share in shares.items():
        print(f"  {name:<20} {share:6.1%}")
    # No promise is made for an autocorrelation of 0.7, where 2 SD are hardly news (found: about 30 %).
    assert min(shares.values()) >= 0.8, shares


@needs_prescribing
def test_real_prescribing_in_shuffled_years_raises_few_alarms() -> None:
    rng = np.random.default_rng(2027)
    cells: dict[str, dict[tuple[str, str], float]] = defaultdict(dict)
    with (PRESCRIBING / "observations.csv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            denominator = float(row["denominator"])
            if denominator >= 15:
                key = row["clinician"], row["period_start"]
                cells[row["measure"]][key] = float(row["numerator"]) / denominator
    print("\nshift messages on real prescribing, years shuffled, 24 and 60 months")
    shares = []
    for measure, values in sorted(cells.items()):
        clinicians, periods = (sorted({key[part] for key in values}) for part in (0, 1))
        table = np.array([[values.get((c, p), np.nan) for p in periods] for c in clinicians])
        shuffles = [shuffled(table, rng) for _ in range(8)]
        both = [
            float(np.mean([judged(s[:, -t:], min_change=None).shift != 0 for s in shuffles]))
            for t in (24, 60)
        ]
        shares.append(both)
        print(f"  {measure:<22} {both[0]:6.1%} {both[1]:6.1%}")
    mean = np.mean(shares, axis=0)
    print(f"  {'all measures':<22} {mean[0]:6.1%} {mean[1]:6.1%}")
    assert (mean < 0.05).all()
