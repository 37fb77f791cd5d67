from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from bot.comparison import spc
from bot.comparison.types import Direction, FloatArray, Special
from tests.bot.comparison.vectors import needs_vectors, read_json

NAMES = {
    "Common Cause": Special.NONE,
    "Above UCL": Special.ABOVE_LIMIT,
    "Below LCL": Special.BELOW_LIMIT,
    "7 Points Above CL": Special.RUN_ABOVE,
    "7 Points Below CL": Special.RUN_BELOW,
}


def row(values: Sequence[float]) -> FloatArray:
    return np.array([values], float)


def causes(values: Sequence[float], limits: spc.Limits | None = None) -> list[Special]:
    codes = spc.special_causes(row(values), limits or spc.xmr_limits(row(values)))
    return [spc.SPECIALS[code] for code in codes[0]]


def unit_limits() -> spc.Limits:
    """Mean 0, limits at ∓3, near limits at ∓2."""
    return spc.limits_around(np.array([0.0]), np.array([3.0]))


def test_limits_of_a_small_series_by_hand() -> None:
    limits = spc.xmr_limits(row([3, 1, 4, 1, 5]))
    # moving ranges 2, 3, 3, 4: mean 3
    assert (limits.lower[0], limits.centre[0], limits.upper[0]) == pytest.approx(
        (2.8 - 7.98, 2.8, 2.8 + 7.98)
    )
    assert limits.near_upper[0] == pytest.approx(2.8 + 5.32)


def test_one_wild_point_is_screened_out_of_the_moving_ranges_once() -> None:
    y = row([1, 2, 1, 2, 10, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1])
    assert spc.xmr_limits(y).upper[0] < 5 < spc.xmr_limits(y, screen=False).upper[0]


def test_gaps_are_stepped_over() -> None:
    gappy = spc.xmr_limits(row([np.nan, 3, 1, np.nan, 4, 1, 5, np.nan]))
    assert gappy.upper[0] == spc.xmr_limits(row([3, 1, 4, 1, 5])).upper[0]


def test_fewer_than_the_least_points_have_no_limits() -> None:
    assert np.isnan(spc.xmr_limits(row([1, 2] * 6), least_points=spc.LEAST_POINTS).upper).all()
    assert np.isfinite(spc.xmr_limits(row([1, 2] * 6 + [1]), least_points=spc.LEAST_POINTS).upper).all()


def test_a_constant_series_has_no_signal() -> None:
    assert set(causes([5.0] * 20)) == {Special.NONE}
    assert set(causes([5.0] * 20, unit_limits())) == {Special.NONE}


def test_outside_the_limits_comes_first() -> None:
    rising = [-3.5, -1, 0.5, 1, 1.5, 1.8, 3.5]
    assert causes(rising, unit_limits()) == [
        Special.BELOW_LIMIT,
        *[Special.RISING] * 5,
        Special.ABOVE_LIMIT,
    ]


def test_two_of_three_near_the_limit_name_the_two() -> None:
    assert causes([0, -0.1, 2.5, 0.1, 2.2, -1], unit_limits())[2:5] == [
        Special.NEAR_UPPER,
        Special.NONE,
        Special.NEAR_UPPER,
    ]
    assert causes([1, -2.5, -2.2, -0.1, 1], unit_limits())[1:3] == [Special.NEAR_LOWER] * 2


def test_a_point_beyond_the_limit_does_not_count_as_near() -> None:
    assert causes([0.1, 3.5, 2.5, 0.1, -1], unit_limits()) == [
        Special.NONE,
        Special.ABOVE_LIMIT,
        Special.NONE,
        Special.NONE,
        Special.NONE,
    ]


def test_a_point_on_the_mean_breaks_a_run() -> None:
    assert Special.RUN_ABOVE not in causes([1, 1, 1, 0, 1, 1, 1, 1], unit_limits())
    assert causes([1] * 7 + [-1.0], unit_limits()) == [Special.RUN_ABOVE] * 7 + [Special.NONE]


def test_a_turning_point_belongs_to_the_trend_that_follows() -> None:
    y = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0]
    assert causes(y, unit_limits())[5:8] == [Special.RISING, Special.FALLING, Special.FALLING]


@given(hnp.arrays(float, (3, 20), elements=st.one_of(st.floats(-1e6, 1e6), st.just(np.nan))))
def test_limits_contain_the_centre_and_rows_stand_alone(y: FloatArray) -> None:
    limits = spc.xmr_limits(y)
    known = np.isfinite(limits.upper)
    assert (limits.lower[known] <= limits.centre[known]).all()
    assert (limits.centre[known] <= limits.upper[known]).all()
    codes = spc.special_causes(y, limits)
    assert codes.shape == y.shape
    assert (codes[~np.isfinite(y)] == 0).all()
    alone = spc.special_causes(y[1:2], spc.xmr_limits(y[1:2]))
    assert (alone[0] == codes[1]).all()


@needs_vectors
def test_limits_agree_with_plot_the_dots() -> None:
    reference = read_json("nhs_plotthedots_spc.json")
    for case in reference["limits"]:
        limits = spc.xmr_limits(row(case["y"]))
        expected = case["expected"]
        actual = [
            float(v[0])
            for v in (limits.centre, limits.lower, limits.upper, limits.near_lower, limits.near_upper)
        ]
        keys = ("mean", "lpl", "upl", "nlpl", "nupl")
        assert actual == pytest.approx([expected[k] for k in keys], rel=1e-9, abs=1e-12), case["y"]


@needs_vectors
def test_screening_agrees_with_plot_the_dots() -> None:
    reference = read_json("nhs_plotthedots_spc.json")
    snapshot = reference["snapshot_rnorm123"]
    replaced = list(snapshot["y"])
    replaced[14] = 10.0  # R counts from one
    deviations = reference["deviations"]
    cases = [
        (deviations["y"], True, deviations["screened"], 0.006),  # printed to two decimals
        (deviations["y"], False, deviations["unscreened"], 0.006),
        (snapshot["y"], True, snapshot["screened"], 1e-6),
        (replaced, True, snapshot["y2_screened"], 1e-6),
        (replaced, False, snapshot["y2_unscreened"], 1e-6),
    ]
    for y, screen, expected, tolerance in cases:
        limits = spc.xmr_limits(row(y), screen=screen)
        actual = (float(limits.centre[0]), float(limits.lower[0]), float(limits.upper[0]))
        assert actual == pytest.approx((expected["mean"], expected["lpl"], expected["upl"]), abs=tolerance), (
            screen,
            expected,
        )


@needs_vectors
def test_single_rules_agree_with_plot_the_dots() -> None:
    reference = read_json("nhs_plotthedots_spc.json")
    for case in reference["seven_one_side"]:
        assert spc.seven_on_one_side(row(case["rtm"]))[0].tolist() == [bool(v) for v in case["exp"]]
    for case in reference["part_of_seven"]:
        flags = spc.part_of_seven(row(case["v"]) != 0)
        assert flags[0].tolist() == [bool(v) for v in case["exp"]]
    for case in reference["seven_trend"]:
        assert spc.seven_point_trend(row(case["y"]))[0].tolist() == case["exp"]
    for case in reference["two_in_three"]:
        close = row(case["close"]) == 1
        assert spc.two_in_three(close, row(case["rtm"]))[0].tolist() == [bool(v) for v in case["exp"]]


@needs_vectors
def test_assurance_agrees_with_plot_the_dots() -> None:
    directions = {"increase": Direction.HIGHER, "decrease": Direction.LOWER, "neutral": Direction.NEUTRAL}
    for case in read_json("nhs_plotthedots_spc.json")["assurance"]:
        lower, upper = np.array([case["lpl"]], float), np.array([case["upl"]], float)
        limits = spc.limits_around((lower + upper) / 2, (upper - lower) / 2)
        assert spc.assurance(limits, case["target"], directions[case["improvement"]]) == (case["exp"],)


@needs_vectors
def test_whole_charts_agree_with_plot_the_dots() -> None:
    for case in read_json("nhs_plotthedots_spc.json")["full_cases_recomputed"]:
        limits = spc.xmr_limits(row(case["y"]), screen=case["screen_outliers"])
        actual = (
            limits.centre[0],
            limits.lower[0],
            limits.upper[0],
            limits.near_lower[0],
            limits.near_upper[0],
        )
        expected = tuple(case[key] for key in ("mean", "lpl", "upl", "nlpl", "nupl"))
        assert actual == pytest.approx(expected, rel=1e-9, abs=1e-12), case["name"]
        assert causes(case["y"]) == [NAMES[name] for name in case["special_cause"]], case["name"]
