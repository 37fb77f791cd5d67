"""Amounts such as money: their spread is seen from the periods, and does not depend on the unit."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from bot.comparison import Counts, Direction, Kind, PeerData, Rules, Signal, compare_group, intervals, sums
from tests.bot.comparison.groups import group, rules
from tests.bot.comparison.vectors import PRESCRIBING, needs_prescribing

MONEY = replace(rules(Kind.RATE, Direction.LOWER, window=12, per=1000), amounts=True)


def spending(seed: int, clinicians: int = 20, periods: int = 12, spread: float = 0.2) -> np.ndarray:
    """Pounds in each period, around 5,000, that vary by a fifth from period to period."""
    generator = np.random.default_rng(seed)
    return np.asarray(generator.normal(5000, 5000 * spread, (clinicians, periods)).clip(1))


def test_a_ratio_is_as_sure_as_its_periods_agree() -> None:
    amount, base = np.array([[10.0, 12.0, 14.0, 12.0]]), np.full((1, 4), 4.0)
    lower, upper = sums.ratio_interval(amount, base, np.ones((1, 4), bool))
    # r = 48/16; residuals −2, 0, 2, 0; variance 4/3 · 8 / 16² = 1/24; t(3) = 3.182446
    half = 3.1824463 / np.sqrt(24)
    assert (lower[0], upper[0]) == pytest.approx((3 - half, 3 + half))


def test_the_ratio_of_equal_bases_has_the_t_interval_of_a_mean() -> None:
    amount = spending(1, 3)
    mine = sums.ratio_interval(amount, np.ones(amount.shape), np.ones(amount.shape, bool))
    mean = intervals.mean_interval(amount.sum(axis=1), 12, (amount**2).sum(axis=1))
    np.testing.assert_allclose(mine, mean)


@pytest.mark.parametrize("periods", [0, 1, 2])
def test_too_few_periods_have_no_interval(periods: int) -> None:
    mask = np.arange(12) < periods
    found = sums.ratio_interval(spending(2), np.ones((20, 12)), np.broadcast_to(mask, (20, 12)))
    assert np.isnan(found).all()


def test_the_same_amount_every_time_is_no_certainty() -> None:
    found = sums.ratio_interval(np.full((1, 6), 70.0), np.full((1, 6), 7.0), np.ones((1, 6), bool))
    assert np.isnan(found).all()


def test_pounds_of_a_person_are_not_counted_one_by_one() -> None:
    (one, *_) = compare_group(group(spending(3), 1.0), MONEY).results
    low, high = one.interval
    assert one.value is not None
    assert low is not None
    assert high is not None
    assert low < one.value < high
    counted = intervals.rate_interval(one.numerator, one.denominator, per=1000)
    assert high - low > 5 * float(counted[1] - counted[0])


def test_about_95_of_100_intervals_hold_what_a_clinician_spends_in_the_long_run() -> None:
    found = compare_group(group(spending(4, 1000), 1.0), MONEY).results
    held = [low <= 5_000_000 <= high for low, high in (r.interval for r in found) if low and high]
    assert 0.93 < np.mean(held) < 0.97


def test_the_single_period_of_a_panel_has_no_interval() -> None:
    found = compare_group(group(spending(5), 1.0), replace(MONEY, counts=Counts.PANEL))
    assert {result.interval for result in found.results} == {(None, None)}
    assert all(result.limits_998 is not None for result in found.results)


def test_a_rate_of_counts_keeps_its_poisson_interval() -> None:
    found = compare_group(group(spending(6), 1.0), replace(MONEY, amounts=False)).results[0]
    low, high = intervals.rate_interval(found.numerator, found.denominator, per=1000)
    assert found.interval == (float(low), float(high))


@given(
    arrays.arrays(float, (7, 4), elements=st.floats(1, 1e4, allow_subnormal=False)),
    st.sampled_from([0.01, 0.12, 100.0, 1e4]),
    st.sampled_from([Kind.RATE, Kind.RATIO]),
)
def test_pence_say_the_same_as_pounds(pounds: np.ndarray, factor: float, kind: Kind) -> None:
    rule = replace(rules(kind, Direction.LOWER, window=2), amounts=True, min_change=None)
    base = np.full(pounds.shape, 9.0)
    one, other = (
        compare_group(group(x, base, expected=base * at), rule)
        for x, at in ((pounds, 1.0), (pounds * factor, factor if kind is Kind.RATIO else 1.0))
    )
    scale = factor if kind is Kind.RATE else 1.0
    for mine, theirs in zip(one.results, other.results, strict=True):
        for here, there in ((mine.interval, theirs.interval), (mine.limits_998, theirs.limits_998)):
            assert (here is None) == (there is None)
            for low, high in zip(here or (), there or (), strict=True):
                assert (low is None) == (high is None)
                assert high is None or high == pytest.approx((low or 0) * scale, rel=1e-6)


def test_who_stays_within_the_usual_spread_of_a_small_practice_does_not_stand_out() -> None:
    """Small practices vary by chance as much as their few patients let them."""
    generator = np.random.default_rng(7)
    patients = np.where(np.arange(100) < 50, 1.0, 100.0)[:, None] * np.ones((1, 6))
    # each prescription costs 20 to 400 pounds
    items = generator.poisson(patients * 2)
    pounds = np.array([[generator.uniform(20, 400, n).sum() for n in row] for row in items])
    rule = replace(rules(Kind.RATE, Direction.LOWER, window=6), amounts=True)
    found = compare_group(group(pounds, patients), rule).results
    assert sum(r.signal in (Signal.HIGHER, Signal.LOWER) for r in found) <= 3
    small, large = found[0].limits_998, found[-1].limits_998
    assert small is not None
    assert large is not None
    assert small[1] / small[0] > 2 * large[1] / large[0]


@needs_prescribing
def test_the_shipped_measure_of_costs_tells_wider_intervals_than_its_pounds_would_as_counts() -> None:
    cells: dict[tuple[str, str], tuple[float, float]] = {}
    with (PRESCRIBING / "observations.csv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            if row["measure"] == "lpzomnibus":
                key = row["clinician"], row["period_start"]
                cells[key] = float(row["numerator"]), float(row["denominator"])
    who, when = (sorted({key[part] for key in cells}) for part in (0, 1))
    table = np.array([[cells.get((c, p), (np.nan, np.nan)) for p in when] for c in who])
    days = tuple(date.fromisoformat(p) for p in when)
    data = PeerData(tuple(who), days, table[..., 0].copy(), table[..., 1].copy())
    rule = Rules(Kind.RATE, Direction.LOWER, min_denominator=1, window=3, lag=1, amounts=True)
    widths = []
    for result in compare_group(data, rule).results:
        if result.interval[1] is not None and result.interval[0] is not None and result.numerator > 0:
            low, high = intervals.rate_interval(result.numerator, result.denominator)
            widths.append((result.interval[1] - result.interval[0]) / float(high - low))
    assert len(widths) > 50
    assert np.median(widths) > 3
