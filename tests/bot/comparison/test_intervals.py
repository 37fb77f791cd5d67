from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.comparison import intervals
from tests.bot.comparison.vectors import needs_vectors, number, read_csv

CONFIDENCE = {"95_0cl": 0.95, "99_8cl": 0.998}


def close(actual: float, expected: float, relative: float = 1e-9) -> bool:
    if math.isnan(expected):
        return math.isnan(actual)
    return math.isclose(actual, expected, rel_tol=relative)


def test_wilson_of_eight_of_ten() -> None:
    lower, upper = intervals.proportion_interval(8, 10)
    # (16 + 3.8415 ∓ 1.96 · √(3.8415 + 32 · 0.2)) / 27.683
    assert float(lower) == pytest.approx(0.490162, abs=1e-6)
    assert float(upper) == pytest.approx(0.943318, abs=1e-6)


def test_exact_interval_of_no_event_and_of_one() -> None:
    lower, upper = intervals.rate_interval([0, 1], [1, 1])
    assert lower == pytest.approx([0, -math.log(0.975)])
    assert float(upper[0]) == pytest.approx(-math.log(0.025))


def test_byar_takes_over_at_ten_events() -> None:
    lower, upper = intervals.rate_interval([9.999, 10], [1, 1])
    exact, byar = intervals.exact_interval([9.999, 10]), intervals.byar_interval([9.999, 10])
    assert [lower[0], upper[0]] == [exact[0][0], exact[1][0]]
    assert [lower[1], upper[1]] == [byar[0][1], byar[1][1]]


def test_mean_of_two_values_has_a_wide_interval() -> None:
    # values 1 and 3: mean 2, SD √2, t(1) = 12.7062
    lower, upper = intervals.mean_interval(4, 2, 10)
    assert (float(lower), float(upper)) == pytest.approx((2 - 12.7062047, 2 + 12.7062047))


def test_undefined_intervals_are_missing_and_silent() -> None:
    nothing = [
        intervals.proportion_interval([0, 5, -1, np.nan], [0, 3, 3, 3]),
        intervals.rate_interval([0, 5, -1, np.nan], [0, 0, 3, 3]),
        intervals.mean_interval([5, 5, np.nan, 5], [1, 0, 3, 3], [25, 25, 25, np.nan]),
    ]
    assert all(np.isnan(limit).all() for pair in nothing for limit in pair)


@pytest.mark.parametrize("confidence", [0, 1, 1.5, -0.1])
def test_a_confidence_outside_of_0_and_1_is_refused(confidence: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        intervals.proportion_interval(1, 2, confidence)


@given(st.floats(0, 1), st.floats(0.01, 1e7), st.sampled_from([0.9, 0.95, 0.998]))
def test_a_wilson_interval_contains_the_value(share: float, n: float, confidence: float) -> None:
    x = share * n
    lower, upper = intervals.proportion_interval(x, n, confidence)
    assert 0 <= float(lower) <= x / n <= float(upper) <= 1


@given(st.floats(0, 1e6), st.floats(0.01, 1e6))
def test_a_rate_interval_contains_the_value(x: float, n: float) -> None:
    lower, upper = intervals.rate_interval(x, n, per=1000)
    value = x / n * 1000
    assert lower <= value * (1 + 1e-12)
    assert upper >= value * (1 - 1e-12)


@given(st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=20), st.floats(0.1, 100))
def test_a_mean_interval_contains_the_mean_and_scales_with_the_unit(
    values: list[float], factor: float
) -> None:
    v = np.array(values)
    lower, upper = intervals.mean_interval(v.sum(), v.size, np.sum(v**2))
    assert lower <= v.mean() + 1e-9
    assert upper >= v.mean() - 1e-9
    scaled = intervals.mean_interval((factor * v).sum(), v.size, np.sum((factor * v) ** 2))
    # the sum of squares cannot resolve a spread far below the values themselves
    slack = 1e-5 * (1 + factor * np.abs(v).max())
    assert (float(scaled[0]), float(scaled[1])) == pytest.approx(
        (float(lower) * factor, float(upper) * factor), abs=slack
    )


@given(st.floats(0, 1000), st.floats(0.01, 1000))
def test_more_events_never_lower_a_limit(x: float, more: float) -> None:
    # within one method: at ten events the exact interval hands over to Byar's
    for method in (intervals.exact_interval, intervals.byar_interval):
        few, many = method(x), method(x + more)
        for low, high in zip(few, many, strict=True):
            assert np.isnan(low) or np.isnan(high) or low <= high * (1 + 1e-9)


@needs_vectors
@pytest.mark.parametrize("name", list(CONFIDENCE))
def test_proportions_agree_with_phe(name: str) -> None:
    for row in read_csv("phe_proportion_wilson.csv"):
        factor = float(row["multiplier"])
        limits = intervals.proportion_interval(
            number(row["Numerator"]), number(row["Denominator"]), CONFIDENCE[name]
        )
        for limit, column in zip(limits, (f"lower{name}", f"upper{name}"), strict=True):
            expected = number(row[column])
            assert close(float(limit) * factor, expected), row


@needs_vectors
@pytest.mark.parametrize("name", list(CONFIDENCE))
def test_rates_agree_with_phe(name: str) -> None:
    for row in read_csv("phe_rate_byar_exact.csv"):
        limits = intervals.rate_interval(
            number(row["Numerator"]),
            number(row["Denominator"]),
            CONFIDENCE[name],
            per=float(row["multiplier"]),
        )
        for limit, column in zip(limits, (f"lower{name}", f"upper{name}"), strict=True):
            assert close(float(limit), number(row[column])), row


@needs_vectors
def test_byar_and_wilson_agree_with_phe() -> None:
    for row in read_csv("phe_byar_wilson.csv"):
        x, confidence = float(row["x"]), float(row["confidence"].rstrip("%")) / 100
        if row["method"] == "Wilson":
            limits = intervals.proportion_interval(x, float(row["n"]), confidence)
        else:
            limits = intervals.byar_interval(x, confidence)
        assert close(float(limits[0]), number(row["lowercl"])), row
        assert close(float(limits[1]), number(row["uppercl"])), row


@needs_vectors
def test_means_agree_with_phe() -> None:
    areas: dict[str, list[float]] = {}
    for row in read_csv("phe_mean_input.csv"):
        areas.setdefault(row["area"], []).append(float(row["values"]))
        areas.setdefault("No grouping", []).append(float(row["values"]))
    for row in read_csv("phe_mean_expected.csv"):
        v = np.array(areas[row["area"]])
        assert close(v.mean(), float(row["value"]))
        for name, confidence in CONFIDENCE.items():
            lower, upper = intervals.mean_interval(v.sum(), v.size, np.sum(v**2), confidence)
            assert close(float(lower), float(row[f"lower{name}"]))
            assert close(float(upper), float(row[f"upper{name}"]))
