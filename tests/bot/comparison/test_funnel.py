from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.comparison import funnel
from tests.bot.comparison.vectors import needs_vectors, read_json

counts = st.lists(
    st.integers(1, 500).flatmap(lambda d: st.tuples(st.integers(0, d), st.just(d))), min_size=1, max_size=40
)


def test_like_clinicians_have_no_over_dispersion() -> None:
    spread = funnel.proportion_dispersion([10, 20, 30, 40, 50], [20, 40, 60, 80, 100])
    assert (spread.target, spread.phi, spread.tau2) == (0.5, 0.0, 0.0)
    lower, upper = funnel.proportion_limits([100], 0.5, 0.0, funnel.Z_95)
    # asin√½ = π/4; sin²(π/4 ∓ a) = ½(1 ∓ sin 2a), a = 1.959964/20
    assert (float(lower[0]), float(upper[0])) == pytest.approx(
        (0.5 - math.sin(0.1959964) / 2, 0.5 + math.sin(0.1959964) / 2)
    )


def test_limits_never_fold_back_over_0_or_1() -> None:
    lower, upper = funnel.proportion_limits([2, 2], 0.02, 0.1, funnel.Z_998)
    assert lower.tolist() == [0, 0]
    assert (upper > 0.02).all()
    assert funnel.proportion_limits([1], 0.99, 0.1, funnel.Z_998)[1].tolist() == [1]


def test_ratios_at_their_expected_counts_leave_the_plain_limits() -> None:
    spread = funnel.log_dispersion([10, 20, 30, 40, 50], [10, 20, 30, 40, 50])
    assert (spread.target, spread.phi, spread.tau2) == (1, 0, 0)
    lower, upper = funnel.log_limits([25], 0.0, funnel.Z_998)
    assert (float(lower[0]), float(upper[0])) == pytest.approx(
        (math.exp(-3.090232 / 5), math.exp(3.090232 / 5))
    )


def test_over_dispersed_ratios_worked_by_hand() -> None:
    # E = 100 throughout, O/E = e^±0.2: z = ±2; φ = 4; w = 100; τ² = (4·4 − 3)/(400 − 100)
    spread = funnel.log_dispersion([100 * math.exp(s) for s in (0.2, -0.2, 0.2, -0.2)], [100] * 4)
    assert (spread.phi, spread.tau2) == pytest.approx((4, 13 / 300))


def test_a_tenth_at_each_end_is_trimmed_by_rank() -> None:
    observed = [100.0] * 8 + [1000, 1]
    spread = funnel.log_dispersion(observed, [100] * 10)
    assert (spread.phi, spread.tau2) == (0, 0)
    assert funnel.log_dispersion(observed, [100] * 10, trim=0).tau2 > 0


def test_too_few_expected_events_have_no_limits_and_no_event_counts_half() -> None:
    assert np.isnan(funnel.log_limits([4.99], 0, funnel.Z_95)).all()
    spread = funnel.log_dispersion([0, 0], [5, 4])
    assert spread.phi == pytest.approx(5 * math.log(0.5 / 5) ** 2)


def test_nobody_gives_no_target_and_no_warning() -> None:
    assert math.isnan(funnel.proportion_dispersion([0], [0]).target)
    assert np.isnan(funnel.proportion_limits([0], 0.5, 0, funnel.Z_95)).all()
    assert funnel.log_dispersion([], []).tau2 == 0


@given(counts)
def test_proportion_limits_hold_the_target_and_widen_with_fewer_patients(
    pairs: list[tuple[int, int]],
) -> None:
    x, n = np.array(pairs, float).T
    spread = funnel.proportion_dispersion(x, n)
    inner = funnel.proportion_limits(n, spread.target, spread.tau2, funnel.Z_95)
    outer = funnel.proportion_limits(n, spread.target, spread.tau2, funnel.Z_998)
    assert (outer[0] <= inner[0]).all()
    assert (inner[0] <= spread.target).all()
    assert (inner[1] >= spread.target).all()
    assert (outer[1] >= inner[1]).all()
    order = np.argsort(n)
    assert (np.diff(outer[0][order]) >= 0).all()
    assert (np.diff(outer[1][order]) <= 0).all()


@given(counts)
def test_the_order_of_clinicians_does_not_matter(pairs: list[tuple[int, int]]) -> None:
    x, n = np.array(pairs, float).T
    turned = funnel.proportion_dispersion(x[::-1], n[::-1])
    spread = funnel.proportion_dispersion(x, n)
    assert (turned.target, turned.phi, turned.tau2) == pytest.approx(
        (spread.target, spread.phi, spread.tau2), rel=1e-9, abs=1e-12
    )


@needs_vectors
def test_proportions_agree_with_funnelplotr() -> None:
    case = read_json("funnelplotr_proportion_od.json")
    x, n = case["numerator"], case["denominator"]
    plain, adjusted = funnel.proportion_dispersion(x, n, winsorise=0), funnel.proportion_dispersion(x, n)
    assert adjusted.target == pytest.approx(case["target"], rel=1e-9)
    assert plain.phi == pytest.approx(case["phi_unwinsorised"], rel=1e-9)
    assert plain.tau2 == pytest.approx(case["tau2_unwinsorised"], rel=1e-9)
    assert adjusted.phi == pytest.approx(case["phi_winsor10"], rel=1e-9)
    assert adjusted.tau2 == pytest.approx(case["tau2_winsor10"], rel=1e-9)
    for name, tau2 in (("limits_unadjusted", 0.0), ("limits_od_winsor10", adjusted.tau2)):
        for denominator, expected in case[name].items():
            low95, high95 = funnel.proportion_limits([float(denominator)], adjusted.target, tau2, funnel.Z_95)
            low, high = funnel.proportion_limits([float(denominator)], adjusted.target, tau2, funnel.Z_998)
            actual = [float(v[0]) for v in (low95, high95, low, high)]
            assert actual == pytest.approx(expected, rel=1e-9), (name, denominator)
