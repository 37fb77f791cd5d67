"""Working days: weekends, public holidays, zones and absences stop a clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.ideas.working import (
    WorkingDays,
    add_working_days,
    days_present,
    is_free,
    next_working_day,
)

LONDON = ZoneInfo("Europe/London")
ENGLAND = WorkingDays(LONDON, "GB-ENG")
TUESDAY = date(2026, 11, 24)


def away(*spans: tuple[date, date]) -> WorkingDays:
    return WorkingDays(LONDON, "GB-ENG", spans)


@pytest.mark.parametrize(
    ("start", "number", "end"),
    [
        (TUESDAY, 1, date(2026, 11, 25)),
        (TUESDAY, 2, date(2026, 11, 26)),
        (date(2026, 11, 26), 2, date(2026, 11, 30)),  # over a weekend
        (date(2026, 11, 28), 1, date(2026, 11, 30)),  # handed in on a Saturday
        (date(2026, 12, 24), 1, date(2026, 12, 29)),  # 26 December is a Saturday: its substitute is the 28th
        (date(2026, 4, 2), 1, date(2026, 4, 7)),  # Good Friday to Easter Monday
    ],
)
def test_a_clock_counts_working_days_only(start: date, number: int, end: date) -> None:
    assert add_working_days(ENGLAND, start, number) == end


def test_holidays_are_those_of_the_country_and_region() -> None:
    scotland, germany = WorkingDays(LONDON, "GB-SCT"), WorkingDays(LONDON, "DE")
    assert not scotland.is_working(date(2026, 1, 2))
    assert ENGLAND.is_working(date(2026, 1, 2))
    assert not germany.is_working(date(2025, 10, 3))
    assert ENGLAND.is_working(date(2025, 10, 3))


def test_the_weekend_is_the_countrys_too() -> None:
    friday = date(2026, 11, 27)
    assert is_free("IL", friday + timedelta(days=1))
    assert is_free("DZ", friday)
    assert not is_free("DZ", friday + timedelta(days=2))


def test_ones_own_absence_does_not_count() -> None:
    days = away((date(2026, 11, 25), date(2026, 11, 27)))
    assert add_working_days(days, TUESDAY, 1) == date(2026, 11, 30)


def test_the_day_is_the_right_one_when_the_clocks_change() -> None:
    assert ENGLAND.day_of(datetime(2026, 10, 24, 23, 30, tzinfo=UTC)) == date(2026, 10, 25)
    assert ENGLAND.day_of(datetime(2026, 10, 25, 23, 30, tzinfo=UTC)) == date(2026, 10, 25)


def test_a_clock_ends_even_where_somebody_is_away_for_good() -> None:
    gone = away((date.min, date.max))
    assert add_working_days(gone, TUESDAY, 2) == date(2026, 11, 26)


def test_a_clock_runs_for_one_day_at_least() -> None:
    with pytest.raises(ValueError, match="one working day"):
        add_working_days(ENGLAND, TUESDAY, 0)


def test_days_of_presence_leave_out_absences() -> None:
    span = (date(2026, 11, 26), date(2026, 11, 28))
    assert days_present([span], TUESDAY, date(2026, 12, 1)) == 4
    assert days_present([], TUESDAY, date(2026, 12, 1)) == 7
    assert days_present([], TUESDAY, TUESDAY) == 0


@given(
    st.dates(date(2020, 1, 1), date(2035, 12, 31)),
    st.integers(1, 30),
    st.lists(st.tuples(st.dates(date(2020, 1, 1), date(2036, 1, 1)), st.integers(0, 20)), max_size=4),
)
def test_counting_back_what_was_added_gives_the_same_number(
    start: date, number: int, absences: list[tuple[date, int]]
) -> None:
    days = away(*((first, first + timedelta(days=length)) for first, length in absences))
    end = add_working_days(days, start, number)
    assert days.is_working(end)
    counted = [start + timedelta(days=n) for n in range(1, (end - start).days + 1)]
    assert sum(map(days.is_working, counted)) == number
    assert next_working_day(days, start) <= end
