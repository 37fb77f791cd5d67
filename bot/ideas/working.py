"""Working days: weekends, public holidays, the time zone and one's own absences are none (N1). Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from typing import Protocol
from zoneinfo import ZoneInfo

import holidays

from bot.clock import local_date

# Somebody who is away without an end in sight stops a clock for this long at most.
_LONGEST_SEARCH = 370


class Days(Protocol):
    """Says of a day whether it counts."""

    def is_working(self, day: date) -> bool:
        """Whether work is done on that day."""
        ...


class Calendar(Days, Protocol):
    """Says also on which day a moment falls."""

    def day_of(self, moment: datetime) -> date:
        """The calendar day of an aware moment."""
        ...


@dataclass(frozen=True, slots=True)
class WorkingDays:
    """One person's working days.

    - `holidays`: whose public holidays are none, as in the settings ("GB-ENG", "DE"); the weekend is that
      country's too.
    - `zone`: in which the day begins and ends.
    - `away`: first and last days of absences.
    """

    zone: ZoneInfo
    holidays: str
    away: tuple[tuple[date, date], ...] = field(default=())

    def is_working(self, day: date) -> bool:
        """Whether the person works on that day."""
        if is_free(self.holidays, day):
            return False
        return not any(first <= day <= last for first, last in self.away)

    def day_of(self, moment: datetime) -> date:
        """The calendar day on which an aware moment falls for this person."""
        return local_date(moment, self.zone)


def add_working_days(days: Days, start: date, number: int) -> date:
    """The `number`-th working day after `start`, which itself never counts.

    Where hardly a day counts for more than a year, weekdays do instead: a clock always ends.
    """
    if number < 1:
        raise ValueError("a clock runs for one working day at least")
    day, left = start, number
    for _ in range(_LONGEST_SEARCH + number):
        day += timedelta(days=1)
        left -= days.is_working(day)
        if left == 0:
            return day
    return _add_weekdays(start, number)


def next_working_day(days: Days, after: date) -> date:
    """The first working day after a day."""
    return add_working_days(days, after, 1)


def days_present(away: Iterable[tuple[date, date]], start: date, end: date) -> int:
    """How many calendar days after `start`, up to and with `end`, the person was not away."""
    spans = tuple(away)
    return sum(
        not any(first <= day <= last for first, last in spans)
        for day in (start + timedelta(days=n) for n in range(1, (end - start).days + 1))
    )


def is_free(calendar: str, day: date) -> bool:
    """Whether a day is a weekend day or a public holiday. `calendar` as in the settings ("GB-SCT")."""
    public, weekend = _free_days(calendar, day.year)
    return day.weekday() in weekend or day in public


def _add_weekdays(start: date, number: int) -> date:
    day, left = start, number
    while left > 0:
        day += timedelta(days=1)
        left -= day.weekday() < 5
    return day


@cache
def _free_days(calendar: str, year: int) -> tuple[frozenset[date], frozenset[int]]:
    country, _, region = calendar.partition("-")
    found = holidays.country_holidays(country, subdiv=region or None, years=year)
    return frozenset(found), frozenset(found.weekend)
