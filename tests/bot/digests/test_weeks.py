"""Weeks and periods: read, counted up, and refused in plain words."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.digests.weeks import IsoWeek, bucket, last_day, next_start
from storage.terms import PeriodLength

DAYS = st.dates(date(2000, 1, 1), date(2050, 12, 31))


def test_a_week_is_read_as_it_is_written() -> None:
    week = IsoWeek.parse("2025-W29")
    assert (week.monday, week.sunday, week.written_on) == (
        date(2025, 7, 14),
        date(2025, 7, 20),
        date(2025, 7, 21),
    )
    assert str(IsoWeek.parse("2026-w1")) == "2026-W01"


@pytest.mark.parametrize("text", ["2025-29", "29", "2025-W54", "2025-W", "last week", "", "2025-W00"])
def test_what_is_not_a_week_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="such as 2025-W29"):
        IsoWeek.parse(text)


@pytest.mark.parametrize("day", [date(2025, 7, 21) + timedelta(days=n) for n in range(6)])
def test_a_digest_sent_on_any_weekday_is_about_the_week_before(day: date) -> None:
    assert str(IsoWeek.before(day)) == "2025-W29"


def test_a_digest_sent_on_a_sunday_is_about_the_last_whole_week() -> None:
    assert str(IsoWeek.before(date(2025, 7, 27))) == "2025-W29"


@given(DAYS, st.sampled_from(list(PeriodLength)), st.integers(-60, 60))
def test_periods_count_up_one_by_one(day: date, length: PeriodLength, count: int) -> None:
    start = day.replace(day=1) if length is PeriodLength.MONTH else day
    later = next_start(start, length, count)
    assert bucket(later, length) == bucket(start, length) + count
    assert next_start(last_day(start, length), length, 0) <= last_day(start, length)


@given(DAYS, st.integers(0, 6))
def test_a_week_belongs_to_the_iso_week_of_its_last_day(day: date, shift: int) -> None:
    start = day + timedelta(days=shift)
    end = last_day(start, PeriodLength.WEEK)
    assert bucket(start, PeriodLength.WEEK) == (IsoWeek.of(end).monday.toordinal() - 1) // 7
