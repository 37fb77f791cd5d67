"""Numbers and dates as people read them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.digests.values import (
    direction_words,
    format_count,
    format_day,
    format_difference,
    format_span,
    format_value,
)
from storage.terms import Direction, Kind
from tests.bot.digests.chart_samples import MEASURE

RATE = replace(MEASURE, kind=Kind.RATE, per=1000)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0.0, "0 %"),
        (1.0, "100 %"),
        (0.0812, "8.1 %"),
        (0.05, "5.0 %"),
        (0.6852, "69 %"),
        (0.0996, "10 %"),
        (0.9734, "97.3 %"),
        (0.9999, "99.99 %"),
        (0.0004, "0.04 %"),
        (1.25, "125 %"),
    ],
)
def test_a_share_reads_as_a_percentage(value: float, words: str) -> None:
    assert format_value(MEASURE, value).replace("\u00a0", " ") == words


@given(st.floats(1e-6, 1 - 1e-6))
def test_some_is_never_told_as_none_or_all(value: float) -> None:
    assert float(format_value(MEASURE, value).rstrip("%")) not in (0.0, 100.0)


def test_number_and_percent_sign_stay_on_one_line() -> None:
    assert "\u00a0%" in format_value(MEASURE, 0.5)


def test_rates_means_and_ratios_have_their_own_form() -> None:
    assert format_value(RATE, 12.34) == "12.3 per 1,000"
    assert format_value(replace(RATE, per=1), 0.0456) == "0.046"
    assert format_value(replace(MEASURE, kind=Kind.MEAN), 4.21) == "4.2"
    assert format_value(replace(MEASURE, kind=Kind.MEAN), 1234.5) == "1,234"
    assert format_value(replace(MEASURE, kind=Kind.MEAN), 0.0) == "0"
    assert format_value(replace(MEASURE, kind=Kind.RATIO), 1.084) == "1.08"


def test_differences_have_a_size_and_no_sign() -> None:
    assert format_difference(MEASURE, -0.034) == "3.4 percentage points"
    assert format_difference(MEASURE, 0.01) == "1.0 percentage point"
    assert format_difference(MEASURE, 0.123) == "12 percentage points"
    assert format_difference(RATE, -1.24) == "1.2 per 1,000"


def test_counts_have_commas_and_decimals_only_where_they_say_something() -> None:
    assert format_count(618.0) == "618"
    assert format_count(1234567) == "1,234,567"
    assert format_count(12.5) == "12.5"
    assert format_count(191544.8) == "191,545"


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        (date(2025, 7, 14), date(2025, 7, 20), "14–20 July"),
        (date(2025, 4, 28), date(2025, 7, 20), "28 April – 20 July"),
        (date(2025, 10, 1), date(2025, 12, 31), "October–December"),
        (date(2025, 2, 1), date(2025, 2, 28), "February"),
        (date(2024, 12, 30), date(2025, 1, 5), "30 December 2024 – 5 January 2025"),
        (date(2024, 11, 1), date(2025, 1, 31), "November 2024 – January 2025"),
        (date(2025, 7, 20), date(2025, 7, 20), "20 July"),
    ],
)
def test_spans_are_as_short_as_they_are_clear(first: date, last: date, words: str) -> None:
    assert format_span(first, last) == words


def test_the_year_and_short_months_are_given_on_request() -> None:
    assert format_span(date(2025, 10, 1), date(2025, 12, 31), year=True, short=True) == "Oct–Dec 2025"
    assert format_span(date(2025, 4, 28), date(2025, 7, 20), year=True, short=True) == "28 Apr – 20 Jul 2025"
    assert format_day(date(2025, 7, 9), year=True) == "9 July 2025"


@given(st.dates(date(2000, 1, 1), date(2050, 1, 1)), st.integers(0, 400))
def test_a_span_with_its_year_always_ends_in_the_last_days_year(first: date, days: int) -> None:
    last = first + timedelta(days=days)
    assert format_span(first, last, year=True).endswith(str(last.year))


def test_a_span_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(ValueError, match="on or after its first day"):
        format_span(date(2025, 2, 1), date(2025, 1, 1))


@pytest.mark.parametrize("direction", list(Direction))
def test_every_direction_has_words(direction: Direction) -> None:
    words = direction_words(replace(MEASURE, direction=direction))
    assert words.endswith("is better.")
