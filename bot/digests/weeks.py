"""ISO weeks and periods: which of them a digest may use, and what they are called."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta

from storage.terms import PeriodLength

TREND_LENGTH = {PeriodLength.WEEK: 26, PeriodLength.MONTH: 24}


@dataclass(frozen=True, slots=True, order=True)
class IsoWeek:
    """One ISO week, written "2025-W29"."""

    year: int
    number: int

    @classmethod
    def parse(cls, text: str) -> IsoWeek:
        """Read "2025-W29". Raises ValueError with a sentence that says what to write."""
        year, separator, number = text.strip().upper().partition("-W")
        try:
            if not separator:
                raise ValueError
            return cls.of(date.fromisocalendar(int(year), int(number), 1))
        except ValueError:
            raise ValueError(
                f"{text!r} is not a week; write the year and the week, such as 2025-W29"
            ) from None

    @classmethod
    def of(cls, day: date) -> IsoWeek:
        """The week that a day is in."""
        year, number, _ = day.isocalendar()
        return cls(year, number)

    @classmethod
    def before(cls, day: date) -> IsoWeek:
        """The last week that was over on a day: the one a digest sent on that day is about."""
        return cls.of(day - timedelta(days=day.isoweekday()))

    @property
    def monday(self) -> date:
        """The first day."""
        return date.fromisocalendar(self.year, self.number, 1)

    @property
    def sunday(self) -> date:
        """The last day: later periods are not used."""
        return self.monday + timedelta(days=6)

    @property
    def written_on(self) -> date:
        """The Monday after, as of which the digest is written."""
        return self.monday + timedelta(days=7)

    def __str__(self) -> str:
        return f"{self.year}-W{self.number:02d}"


def last_day(start: date, length: PeriodLength) -> date:
    """The last day of a period that starts on a day."""
    if length is PeriodLength.WEEK:
        return start + timedelta(days=6)
    return start.replace(day=calendar.monthrange(start.year, start.month)[1])


def next_start(start: date, length: PeriodLength, count: int = 1) -> date:
    """The start of the period `count` later (or earlier, where negative)."""
    if length is PeriodLength.WEEK:
        return start + timedelta(weeks=count)
    month = start.year * 12 + start.month - 1 + count
    return date(month // 12, month % 12 + 1, 1)


def bucket(start: date, length: PeriodLength) -> int:
    """A number that counts periods up: two starts of the same period give the same, the next one more.

    A week may start on any weekday; it counts as the ISO week in which its last day falls.
    """
    if length is PeriodLength.WEEK:
        return (last_day(start, length).toordinal() - 1) // 7
    return start.year * 12 + start.month - 1
