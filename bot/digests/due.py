"""When a digest is due: pure functions of the person's own weekday, time and zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from storage.terms import Weekday

_NUMBERS = {weekday: number for number, weekday in enumerate(Weekday, start=1)}


def instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The moment, in UTC, at which a wall clock in a zone shows that time on that day.

    Where the clocks go forward over it: the first moment that exists. Where they go back and it comes twice:
    the first of the two. Where a zone left out the whole day (it moved over the date line): the first moment
    of the next.
    """
    first = datetime.combine(day, at.replace(tzinfo=None, fold=0), zone).astimezone(UTC)
    if first.astimezone(zone).replace(tzinfo=None) == datetime.combine(day, at.replace(tzinfo=None, fold=0)):
        return first
    # In a gap the two folds are the time read with the offset before and after; the gap ends between them.
    # The later offset's reading lies before the gap, the earlier one's after it.
    second = datetime.combine(day, at.replace(tzinfo=None, fold=1), zone).astimezone(UTC)
    before, after = sorted((first, second))
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) / 2
        if middle.astimezone(zone).utcoffset() == before.astimezone(zone).utcoffset():
            before = middle
        else:
            after = middle
    return after.replace(microsecond=0)


def next_due(after: datetime, weekday: Weekday, at: time, zone: ZoneInfo) -> datetime:
    """The first moment later than `after` (aware) that is that weekday and time in the zone, in UTC.

    Every ISO week has exactly one such moment, clock changes included.
    """
    local = after.astimezone(zone).date()
    monday = local - timedelta(days=local.isoweekday())
    for weeks in range(-1, 3):
        day = monday + timedelta(days=_NUMBERS[weekday], weeks=weeks)
        due = instant(day, at, zone)
        if due > after:
            return due
    raise AssertionError("three weeks always hold one of each weekday")


def zone_or(name: str | None, fallback: ZoneInfo) -> ZoneInfo:
    """The zone of that name, or the fallback where Slack gave none or one that nobody knows."""
    if not name:
        return fallback
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return fallback
