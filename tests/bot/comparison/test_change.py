from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from bot.comparison import Direction, Kind, PeerData, Rules, Shift, Special, compare_group
from bot.comparison.change import judge, lag_one, peers_median
from bot.comparison.types import FloatArray
from tests.bot.comparison.groups import group

RULES = Rules(Kind.PROPORTION, Direction.HIGHER)


def noisy(clinicians: int, periods: int, seed: int = 5) -> FloatArray:
    """Values around 50 with a spread of 2."""
    return np.random.default_rng(seed).normal(50, 2, (clinicians, periods))


def team(values: FloatArray, settled: np.ndarray | None = None) -> PeerData:
    return group(values, 100, settled=settled)


@given(hnp.arrays(float, (8, 4), elements=st.one_of(st.floats(-100, 100), st.just(np.nan))))
def test_the_peers_median_leaves_oneself_out(values: FloatArray) -> None:
    comparable = np.array([True] * 7 + [False])
    medians = peers_median(values, comparable)
    for i in range(8):
        for t in range(4):
            others = [values[j, t] for j in range(7) if j != i and np.isfinite(values[j, t])]
            if len(others) >= 5:
                assert medians[i, t] == pytest.approx(np.median(others))
            else:
                assert np.isnan(medians[i, t])


def test_a_season_that_all_share_is_taken_away() -> None:
    season = 10 * np.sin(np.arange(24) / 2)
    values = np.tile(50 + season, (8, 1)) + np.arange(8.0)[:, None]
    adjusted = judge(values, settled=np.ones(24, bool), comparable=np.ones(8, bool)).adjusted
    assert np.ptp(adjusted, axis=1) == pytest.approx(np.zeros(8), abs=1e-9)


def test_under_five_peers_the_raw_series_is_judged() -> None:
    values = noisy(5, 24)
    change = judge(values, settled=np.ones(24, bool), comparable=np.ones(5, bool))
    assert (change.adjusted == values).all()


def test_lag_one_knows_a_slow_series_from_a_fast_one() -> None:
    slow = np.repeat([1.0, -1, 1, -1], 6)[None, :]
    fast = np.tile([1.0, -1], 12)[None, :]
    zero = np.zeros((1, 24))
    assert lag_one(slow, zero)[0] > 0.6
    assert lag_one(fast, zero)[0] < -0.8
    assert np.isnan(lag_one(zero, zero)[0])


@pytest.mark.parametrize(("step", "shift"), [(12, Shift.UP), (-12, Shift.DOWN)])
def test_a_shift_that_lasts_is_found_with_its_size_and_start(step: float, shift: Shift) -> None:
    values = noisy(10, 24)
    values[3, 18:] += step
    trend = compare_group(team(values), replace(RULES, min_change=0.01)).results[3].trend
    assert trend.shift is shift
    assert trend.since == 18
    assert trend.shifted_by == pytest.approx(step / 100, abs=0.03)
    special = Special.ABOVE_LIMIT if step > 0 else Special.BELOW_LIMIT
    assert special in trend.signals[18:]
    assert trend.centre == pytest.approx(0.5, abs=0.02)  # as the process was, not as it is


def test_a_shift_that_came_back_is_no_shift() -> None:
    values = noisy(10, 26)
    values[3, 15:20] += 12
    trend = compare_group(team(values), replace(RULES, min_change=0.01)).results[3].trend
    assert trend.shift is Shift.NONE
    assert (trend.shifted_by, trend.since) == (None, None)


def test_a_shift_of_all_together_is_nobodys() -> None:
    values = noisy(10, 24)
    values[:, 18:] += 12
    comparison = compare_group(team(values), replace(RULES, min_change=0.01))
    assert {r.trend.shift for r in comparison.results} == {Shift.NONE}


def test_a_change_under_the_least_that_matters_is_a_trifle() -> None:
    values = noisy(10, 24) / 10 + 45
    values[3, 18:] += 3
    assert compare_group(team(values), replace(RULES, min_change=0.02)).results[3].trend.shift is Shift.UP
    assert compare_group(team(values), replace(RULES, min_change=0.04)).results[3].trend.shift is Shift.NONE
    # None: a tenth of the own mean, here 0.05
    assert compare_group(team(values), RULES).results[3].trend.shift is Shift.NONE


def test_the_trend_is_judged_after_the_last_break_only() -> None:
    values = noisy(10, 40)
    values[:, :20] += 25
    values[3, 34:] += 12
    whole = compare_group(team(values), replace(RULES, min_change=0.01, breaks=(5, 20)))
    alone = compare_group(team(values[:, 20:]), replace(RULES, min_change=0.01))
    mine, other = whole.results[3].trend, alone.results[3].trend
    assert mine.shift is other.shift is Shift.UP
    assert (mine.centre, mine.upper) == pytest.approx((other.centre, other.upper))
    assert mine.signals[20:] == other.signals
    assert set(mine.signals[:20]) == {Special.NONE}
    assert mine.since == 20 + (other.since or 0)


def test_fewer_than_thirteen_points_after_a_break_have_no_usual_range() -> None:
    trend = compare_group(team(noisy(10, 24)), replace(RULES, breaks=(12,))).results[0].trend
    assert (trend.centre, trend.lower, trend.upper, trend.autocorrelation) == (None, None, None, None)
    assert compare_group(team(noisy(10, 24)), replace(RULES, breaks=(11,))).results[0].trend.upper is not None


def test_young_periods_are_drawn_and_start_no_shift() -> None:
    values = noisy(10, 24)
    values[3, 18:] += 12
    settled = np.arange(24) < 18
    trend = compare_group(team(values, settled), replace(RULES, min_change=0.01)).results[3].trend
    assert trend.shift is Shift.NONE
    assert np.isfinite(trend.values).all()
    assert set(trend.signals[18:]) == {Special.NONE}


def test_gaps_do_not_hide_a_shift_and_keep_their_place() -> None:
    values = noisy(10, 30)
    values[3, 22:] += 12
    values[3, [2, 9, 24]] = np.nan
    trend = compare_group(team(values), replace(RULES, min_change=0.01)).results[3].trend
    assert (trend.shift, trend.since) == (Shift.UP, 22)
    assert trend.signals[24] is Special.NONE


def test_an_autocorrelated_series_needs_two_points_outside() -> None:
    wave = np.concatenate([np.repeat([2.0, -2, 2, -2, 2, -2, 2], 4), [8.0]])
    settled, comparable = np.ones(29, bool), np.ones(1, bool)
    once = judge(wave[None, :], settled=settled, comparable=comparable, min_change=0)
    assert once.autocorrelation[0] > 0.4
    assert (once.codes[0] == 0).all()
    twice = judge(np.append(wave, 8)[None, :], settled=np.ones(30, bool), comparable=comparable, min_change=0)
    assert twice.codes[0].tolist() == [0] * 28 + [1, 1]
