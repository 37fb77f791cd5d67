from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from bot.comparison import (
    Counts,
    Direction,
    GroupComparison,
    Kind,
    PeerData,
    Rules,
    Shift,
    Signal,
    compare_group,
)
from bot.comparison.types import FloatArray
from tests.bot.comparison.groups import SHARE, group, rules

COLUMN: list[list[float]] = [[50], [52], [48], [51], [49], [50]]


def signals(comparison: GroupComparison) -> list[Signal]:
    return [result.signal for result in comparison.results]


def test_events_pool_the_window_and_compare_it_with_the_one_before() -> None:
    x = [[1, 2, 3, 4, 5, 6]] * 6
    comparison = compare_group(group(x, 10), rules(Kind.PROPORTION, window=2))
    first = comparison.results[0]
    assert comparison.window == (4, 5)
    assert (first.numerator, first.denominator, first.value) == (11, 20, 0.55)
    assert first.previous_value == 0.35
    assert (first.signal, first.previous_signal) == (Signal.WITHIN, Signal.WITHIN)


def test_a_panel_is_its_latest_period_and_never_a_sum() -> None:
    x = np.array([[1, 2, 3, 4, 5, 6]] * 6, float)
    x[1, 5] = np.nan
    x[2, 3:] = np.nan
    data = group(x, 10)
    comparison = compare_group(data, rules(Kind.PROPORTION, counts=Counts.PANEL, window=3, lag=2))
    assert [r.value for r in comparison.results[:3]] == [0.6, 0.5, None]
    assert [r.denominator for r in comparison.results[:3]] == [10, 10, 0]
    assert [r.previous_value for r in comparison.results[:3]] == [0.4, 0.3, None]
    assert comparison.results[2].signal is Signal.TOO_FEW


def test_periods_that_are_not_settled_are_drawn_and_trigger_nothing() -> None:
    x = [[5.0] * 20 + [0.0] * 3] * 6
    settled = np.array([True] * 20 + [False] * 3)
    comparison = compare_group(group(x, 10, settled=settled), rules(Kind.PROPORTION, window=2))
    assert comparison.window == (18, 19)
    assert comparison.results[0].value == 0.5
    assert comparison.results[0].trend.values[-1] == 0
    assert set(comparison.results[0].trend.signals) == {"none"}


def test_one_clinician_far_from_many_is_higher_and_nobody_else() -> None:
    x = [[50.0]] * 30 + [[90.0]]
    comparison = compare_group(group(x, 100), SHARE)
    assert signals(comparison) == [Signal.WITHIN] * 30 + [Signal.HIGHER]
    assert comparison.results[-1].percentile == pytest.approx(100 * 30.5 / 31)
    low, high = comparison.results[0].limits_998 or (1.0, 0.0)
    assert low < (comparison.centre or 0) < high


def test_under_five_clinicians_nobody_is_compared() -> None:
    comparison = compare_group(group(COLUMN[:4], 100), SHARE)
    assert comparison.clinicians == 4
    assert set(signals(comparison)) == {Signal.TOO_FEW}
    first = comparison.results[0]
    assert (first.value, first.percentile, first.limits_95, first.limits_998) == (0.5, None, None, None)
    assert first.interval[0] is not None


def test_too_few_cases_give_own_counts_and_count_for_nobody() -> None:
    x, d = np.array([*COLUMN, [9.0]]), [[100.0]] * 6 + [[9.0]]
    with_small = compare_group(group(x, d), rules(Kind.PROPORTION, min_denominator=10))
    without = compare_group(group(COLUMN, 100), rules(Kind.PROPORTION, min_denominator=10))
    assert with_small.clinicians == 6
    assert (with_small.centre, with_small.tau2, with_small.median, with_small.benchmark) == (
        without.centre,
        without.tau2,
        without.median,
        without.benchmark,
    )
    small = with_small.results[-1]
    assert (small.value, small.percentile, small.signal) == (1.0, None, Signal.TOO_FEW)


def test_who_is_not_comparable_moves_nobody() -> None:
    x = [*([[50.0] * 20] * 6), [100.0] * 20]
    comparable = np.array([True] * 6 + [False])
    comparison = compare_group(group(x, 100, comparable=comparable), SHARE)
    assert (comparison.clinicians, comparison.centre, comparison.median) == (6, 0.5, 0.5)
    outsider = comparison.results[-1]
    assert (outsider.value, outsider.percentile, outsider.limits_998) == (1.0, None, None)
    assert (outsider.signal, outsider.in_benchmark_set) == (Signal.TOO_FEW, False)
    assert outsider.trend.shift is Shift.NONE


def test_a_rate_is_per_its_unit_with_limits_on_the_log_scale() -> None:
    x = [[20.0]] * 5
    comparison = compare_group(group(x, 400), rules(Kind.RATE, Direction.LOWER, per=1000))
    assert (comparison.centre, comparison.results[0].value) == (50, 50)
    low, high = comparison.results[0].limits_998 or (0, 0)
    # E = 20, τ² = 0: 50 · exp(∓ 3.090232/√20)
    assert (low, high) == pytest.approx((50 * np.exp(-3.090232 / 20**0.5), 50 * np.exp(3.090232 / 20**0.5)))
    assert comparison.benchmark is not None
    assert comparison.benchmark.value == 50


def test_under_five_expected_events_are_too_few() -> None:
    x, d = [[20.0]] * 5 + [[1.0]], [[400.0]] * 5 + [[40.0]]
    comparison = compare_group(group(x, d), rules(Kind.RATE, per=1000))
    assert comparison.results[5].signal is Signal.TOO_FEW
    assert comparison.results[5].limits_998 is None
    assert comparison.results[0].signal is Signal.WITHIN


def test_a_ratio_stands_against_one_and_has_no_benchmark() -> None:
    x = [[80.0]] * 5
    comparison = compare_group(group(x, 400, expected=[[100.0]] * 5), rules(Kind.RATIO))
    assert (comparison.centre, comparison.results[0].value, comparison.benchmark) == (1, 0.8, None)
    low, high = comparison.results[0].limits_998 or (0, 0)
    assert low * high == pytest.approx(1)


def test_a_mean_has_an_interval_from_its_squares_and_no_funnel() -> None:
    x, d, squares = [[4.0]] * 5, 2.0, [[10.0]] * 5
    comparison = compare_group(group(x, d, squares=squares), rules(Kind.MEAN))
    first = comparison.results[0]
    assert first.interval == pytest.approx((2 - 12.7062047, 2 + 12.7062047))
    assert (first.signal, first.limits_95, comparison.phi, comparison.benchmark) == (
        Signal.WITHIN,
        None,
        None,
        None,
    )
    assert compare_group(group(x, d), rules(Kind.MEAN)).results[0].interval == (None, None)


def test_a_neutral_measure_has_no_benchmark() -> None:
    comparison = compare_group(group(COLUMN, 100), rules(Kind.PROPORTION, Direction.NEUTRAL))
    assert comparison.benchmark is None
    assert not any(r.in_benchmark_set for r in comparison.results)


def test_the_benchmark_set_has_three_clinicians_at_least() -> None:
    comparison = compare_group(group(COLUMN, 100), SHARE)
    assert comparison.benchmark is not None
    assert comparison.benchmark.members == ("a0", "a1", "a3", "a5")  # a0 and a5 tie at the break
    assert comparison.benchmark.value == pytest.approx(203 / 400)
    least = compare_group(group(COLUMN, 100), replace(SHARE, min_benchmark_clinicians=1)).benchmark
    assert least is not None
    assert least.members == ("a1",)


def test_shapes_that_do_not_fit_are_refused_in_a_sentence() -> None:
    data = group(COLUMN, 100)
    with pytest.raises(ValueError, match="numerator must have the shape"):
        compare_group(replace(data, numerator=np.zeros((2, 2))), SHARE)
    with pytest.raises(ValueError, match="comparable must have 6 entries"):
        compare_group(replace(data, comparable=np.ones(2, bool)), SHARE)
    with pytest.raises(ValueError, match="expected counts"):
        compare_group(data, rules(Kind.RATIO))
    with pytest.raises(ValueError, match="at least one period"):
        compare_group(data, rules(Kind.PROPORTION, window=0))


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("shape", [(0, 0), (0, 5), (3, 0), (1, 1), (1, 30), (8, 1), (8, 30)])
@pytest.mark.parametrize("fill", [(0, 0), (0, 10), (10, 10), (np.nan, np.nan), (5, 0), (12, 10)])
@pytest.mark.parametrize("counts", list(Counts))
def test_empty_constant_and_odd_groups_pass_in_silence(
    kind: Kind, shape: tuple[int, int], fill: tuple[float, float], counts: Counts
) -> None:
    x, d = np.full(shape, fill[0]), np.full(shape, fill[1])
    data = PeerData(
        tuple(map(str, range(shape[0]))), group([[0.0] * shape[1]], 1).periods, x, d, expected=d, squares=x
    )
    comparison = compare_group(data, rules(kind, counts=counts, window=3))
    assert len(comparison.results) == shape[0]
    assert all(r.signal in (Signal.WITHIN, Signal.TOO_FEW) for r in comparison.results)
    assert all(r.trend.shift is Shift.NONE for r in comparison.results)


cells = st.one_of(st.floats(0, 500), st.just(0.0), st.just(np.nan))
tables = st.tuples(st.integers(1, 9), st.integers(1, 30)).flatmap(
    lambda shape: st.tuples(*(hnp.arrays(float, shape, elements=cells) for _ in range(3)))
)


@settings(deadline=None, max_examples=60)
@given(tables, st.sampled_from(list(Kind)), st.sampled_from(list(Counts)), st.sampled_from(list(Direction)))
def test_any_table_gives_ordered_limits_and_the_same_for_any_order(
    arrays: tuple[FloatArray, FloatArray, FloatArray], kind: Kind, counts: Counts, direction: Direction
) -> None:
    x, d, e = arrays
    if kind is Kind.PROPORTION:
        x = np.minimum(x, d)
    rule = Rules(kind, direction, counts, window=4, lag=2, min_denominator=3)
    comparison = compare_group(group(x, d, expected=e), rule)
    turned = compare_group(group(x[::-1], d[::-1], expected=e[::-1]), rule)
    assert comparison.clinicians == turned.clinicians
    for result, other in zip(comparison.results, reversed(turned.results), strict=True):
        if result.limits_998 and result.limits_95 and comparison.centre is not None:
            assert result.limits_998[0] <= result.limits_95[0] <= comparison.centre * (1 + 1e-9)
            assert comparison.centre * (1 - 1e-9) <= result.limits_95[1] <= result.limits_998[1]
        if result.value is not None and None not in result.interval:
            low, high = result.interval
            assert low is not None
            assert high is not None
            assert low * (1 - 1e-9) - 1e-9 <= result.value <= high * (1 + 1e-9) + 1e-9
        assert result.value == other.value
        assert result.percentile == other.percentile
        assert result.signal == other.signal


@settings(deadline=None, max_examples=40)
@given(hnp.arrays(float, (7, 16), elements=st.integers(0, 50)), st.sampled_from([2.0, 10.0, 0.25]))
def test_a_rate_in_another_unit_is_the_same_comparison(x: FloatArray, factor: float) -> None:
    one = compare_group(group(x, 100), rules(Kind.RATE, window=4, per=1))
    other = compare_group(group(x, 100), rules(Kind.RATE, window=4, per=factor))
    for a, b in zip(one.results, other.results, strict=True):
        assert (a.signal, a.percentile, a.trend.shift) == (b.signal, b.percentile, b.trend.shift)
        assert (a.value or 0) * factor == pytest.approx(b.value or 0)
        assert np.multiply(a.limits_998 or 0, factor) == pytest.approx(np.array(b.limits_998 or 0))


@settings(deadline=None, max_examples=30)
@given(hnp.arrays(float, (6, 10), elements=st.integers(0, 20)))
def test_what_a_panel_held_before_its_latest_period_changes_no_value(x: FloatArray) -> None:
    rule = rules(Kind.PROPORTION, counts=Counts.PANEL, window=6)
    changed = x.copy()
    changed[:, :-1] = 0
    now, then = compare_group(group(x, 20), rule), compare_group(group(changed, 20), rule)
    assert [r.value for r in now.results] == [r.value for r in then.results]
    assert [r.denominator for r in now.results] == [20] * 6
    assert (now.centre, now.tau2, now.benchmark) == (then.centre, then.tau2, then.benchmark)


@pytest.mark.parametrize("counts", Counts)
def test_after_a_break_only_what_is_counted_in_the_new_way_is_compared(counts: Counts) -> None:
    x = np.tile(np.arange(1.0, 9.0)[:, None], (1, 8))
    x[:, :5] = 0
    rule = replace(rules(Kind.PROPORTION, counts=counts, window=4, min_denominator=5), breaks=(5,))
    both = compare_group(group(x, 10), rule)
    first = 5 if counts is Counts.EVENTS else 7
    assert [r.numerator for r in both.results] == x[:, first:].sum(axis=1).tolist()
    assert min(both.window) >= 5
    # A panel's look before is the period before, here still counted in the new way.
    assert all((r.previous_value is None) is (counts is Counts.EVENTS) for r in both.results)
    young = np.array([True] * 5 + [False] * 3)
    before = compare_group(group(x, 10, settled=young), rule)
    assert {r.value for r in before.results} == {0.0}
