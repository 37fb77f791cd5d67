"""Waits in working days, some of which have not ended: their median by Kaplan and Meier's estimate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import accumulate

from bot.ideas.working import WorkingDays


@dataclass(frozen=True, slots=True)
class Wait:
    """Time to a leader's first words, in working days; None where more than that share still waits."""

    median: float | None
    p90: float | None
    answered: int
    waiting: int


def time_between(days: WorkingDays, start: datetime, end: datetime) -> float:
    """The working days between two aware moments, in parts of a day too; 0 where `end` is not later.

    A day that is no working day takes no time.
    """
    if end <= start:
        return 0.0
    began, ended = start.astimezone(days.zone), end.astimezone(days.zone)
    first, last = began.date(), ended.date()
    whole = _worked(days, last.year)[last.timetuple().tm_yday - 1]
    whole -= _worked(days, first.year)[first.timetuple().tm_yday - 1]
    whole += sum(_worked(days, year)[-1] for year in range(first.year, last.year))
    return max(0.0, whole - _passed(days, began) + _passed(days, ended))


@lru_cache(maxsize=64)
def _worked(days: WorkingDays, year: int) -> tuple[int, ...]:
    """How many working days of a year lie before each of its days, and at the end how many it has."""
    first = date(year, 1, 1)
    length = (date(year + 1, 1, 1) - first).days
    working = (days.is_working(first + timedelta(days=n)) for n in range(length))
    return tuple(accumulate(working, initial=0))


def _passed(days: WorkingDays, moment: datetime) -> float:
    """How much of its own working day has passed at a moment; 0 on other days."""
    if not days.is_working(moment.date()):
        return 0.0
    return (moment.hour * 3600 + moment.minute * 60 + moment.second) / 86400


def wait_of(spans: Sequence[tuple[float, bool]]) -> Wait:
    """Median and 90th percentile of waits, some of which have not ended (False), after Kaplan and Meier.

    Each is the shortest time by which the estimated share of ideas has been answered. Raises ValueError
    where there is nothing.
    """
    if not spans:
        raise ValueError("nothing has waited")
    # Here and not above: it takes a second to load, and most commands never come to it.
    from scipy.stats import CensoredData, ecdf

    ended = [days for days, came in spans if came]
    waiting = [days for days, came in spans if not came]
    left = ecdf(CensoredData(uncensored=ended, right=waiting)).sf
    steps = list(zip(left.quantiles.tolist(), left.probabilities.tolist(), strict=True))

    def reached(share: float) -> float | None:
        # The estimate has steps at the ends of open waits too, of no height: those are no answers.
        return next((days for days, still in steps if still <= 1 - share + 1e-9), None)

    return Wait(reached(0.5), reached(0.9), len(ended), len(waiting))
