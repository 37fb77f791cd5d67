"""Working time of one person: hours, weekends, public holidays, zone, clocks, absences (N1, N2). Pure.

All moments are aware; those that come out are in UTC. Where the clocks go forward over the beginning or end
of somebody's hours, the first moment that exists counts; where a time comes twice, its first occurrence; a
day that a zone left out (it moved over the date line) is no working day.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from bot.digests.due import instant
from bot.ideas.working import WorkingDays

STARTS: Final = time(8)
ENDS: Final = time(18)
# Whoever does not work for longer than this has no next working moment.
_LONGEST_SEARCH: Final = 370
_NONE: Final = timedelta(0)
_DAY: Final = timedelta(days=1)

Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class WorkingHours:
    """When one person works: from `starts` up to, and without, `ends`, on the wall clock of their zone.

    Raises ValueError where the hours do not lie within one day.
    """

    days: WorkingDays
    starts: time = STARTS
    ends: time = ENDS

    def __post_init__(self) -> None:
        if self.starts.tzinfo is not None or self.ends.tzinfo is not None:
            raise ValueError("working hours are times of the person's own zone; give them without one")
        if self.starts >= self.ends:
            raise ValueError(
                f"working hours from {self.starts:%H:%M} to {self.ends:%H:%M} end before they begin; "
                "hours over midnight are not supported, choose a beginning and an end on the same day"
            )

    def day_of(self, moment: datetime) -> date:
        """The calendar day of an aware moment for this person."""
        return self.days.day_of(_utc(moment))

    def works_on(self, day: date) -> bool:
        """Whether the person works on that calendar day of theirs."""
        return self.span(day) is not None

    def is_away(self, day: date) -> bool:
        """Whether the day lies in an absence of theirs; weekends and public holidays are none."""
        return any(first <= day <= last for first, last in self.days.away)

    def span(self, day: date) -> Span | None:
        """Beginning and end of their working hours on a calendar day, in UTC; None on a day off."""
        if not self.days.is_working(day):
            return None
        return _span(day, self.starts, self.ends, self.days.zone)

    def is_working(self, moment: datetime) -> bool:
        """Whether the moment lies in their working hours: the beginning does, the end does not."""
        span = self.span(self.day_of(moment))
        return span is not None and span[0] <= moment < span[1]

    def next_working_moment(self, moment: datetime) -> datetime | None:
        """The moment itself where they work then, else the beginning of their next working hours.

        None where they do not work within a year: they are away for good.
        """
        start = _utc(moment)
        for begins, ends in self._spans_from(start):
            if start < ends:
                return max(begins, start)
        return None

    def working_time_between(self, start: datetime, end: datetime) -> timedelta:
        """How much of their working time lies between two moments; none where the end is not the later."""
        start, end = _utc(start), _utc(end)
        total, day, last = _NONE, self.day_of(start), self.day_of(end)
        while day <= last:
            span = self.span(day)
            if span is not None:
                total += max(_NONE, min(span[1], end) - max(span[0], start))
            day += _DAY
        return total

    def add_working_time(self, moment: datetime, amount: timedelta) -> datetime | None:
        """The first moment by which that much working time has passed: the inverse of the time between.

        None where it would need somebody who does not work for more than a year. Raises ValueError for less
        than no time.
        """
        if amount < _NONE:
            raise ValueError("working time is added, never taken away; give an amount of zero or more")
        start, left = _utc(moment), amount
        if left == _NONE:
            return start
        for begins, ends in self._spans_from(start):
            worked = max(_NONE, ends - max(begins, start))
            if left <= worked:
                return max(begins, start) + left
            left -= worked
        return None

    def working_days_since(self, moment: datetime, now: datetime) -> int:
        """How many working days have begun since the day of a moment, which itself never counts (N8).

        One day more with each of their working days, from the midnight of their zone on; it agrees with
        `bot.ideas.working.add_working_days`: after two days, this is the second.
        """
        return count_days(self.works_on, self.day_of(moment), self.day_of(now))

    def _spans_from(self, moment: datetime) -> Iterator[Span]:
        """Their working hours from the moment's day on, until there are none for more than a year."""
        day = self.day_of(moment)
        empty = 0
        while empty <= _LONGEST_SEARCH and day < date.max:
            span = self.span(day)
            empty = 0 if span is not None else empty + 1
            if span is not None:
                yield span
            day += _DAY


def count_days(counts: Callable[[date], bool], after: date, last: date, most: int | None = None) -> int:
    """How many days count after one day, up to and with another; no further than `most`."""
    number, day = 0, after
    while day < last and (most is None or number < most):
        day += _DAY
        number += counts(day)
    return number


@lru_cache(maxsize=4096)
def _span(day: date, starts: time, ends: time, zone: ZoneInfo) -> Span | None:
    begins, finishes = (instant(day, at, zone) for at in (starts, ends))
    # Both ends of a day that the zone left out are the same moment: the first of the next day.
    return (begins, finishes) if begins < finishes else None


def _utc(moment: datetime) -> datetime:
    # In UTC before anything is subtracted: two times of one zone are subtracted by the wall clock.
    if moment.tzinfo is None:
        raise ValueError("working time is reckoned from aware moments; give one with its zone")
    return moment.astimezone(UTC)
