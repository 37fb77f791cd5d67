"""Names and days as numbers, for files with many rows; and what is said of a name that nobody knows.

A row's key is 64 bits: measure, clinician and day, in the order of the tables' primary keys.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
import numpy.typing as npt

from bot.intake.problems import quoted
from bot.intake.values import EARLIEST, Unreadable, read_date

# A day is a number below 2**17 (from 1900 on, for 358 years).
DAY_BITS = 17
DAY_MASK = (1 << DAY_BITS) - 1
FIRST_DAY = EARLIEST.toordinal()
# Looking for a similar name is slow.
_MOST_HINTS, _NAMES_LOOKED_AT = 25, 1_000

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


def day_of(key: int) -> date:
    """The day in a key."""
    return date.fromordinal((key & DAY_MASK) + FIRST_DAY)


def day_number(day: date) -> int:
    """A day as it stands in a key."""
    return day.toordinal() - FIRST_DAY


class Names(dict[str, int]):
    """Names to numbers; a name with spaces around it is found as well, an unknown one is -1."""

    def __init__(self, names: Sequence[str], others: Mapping[str, int] | None = None) -> None:
        super().__init__((name, number) for number, name in enumerate(names))
        self._others = others or {}

    def __missing__(self, name: str) -> int:
        stripped = name.strip()
        if stripped in self:
            return self[stripped]
        return self._others.get(stripped.lower(), -1)


class Days(dict[str, int]):
    """Dates as text to days as numbers; -1 for what is no date. Remembers, as files repeat their dates."""

    def __missing__(self, text: str) -> int:
        try:
            day = day_number(read_date(text.strip(), ""))
        except Unreadable:
            return -1
        self[text] = day
        return day


class StoredDays(dict[date | str, int]):
    """Days as a database gives them (dates, or text) to numbers."""

    def __missing__(self, day: date | str) -> int:
        number = self[day] = day_number(date.fromisoformat(day) if isinstance(day, str) else day)
        return number


class Unknown:
    """What is said of names that are not known, with the nearest one that is. Looks for a few only."""

    def __init__(self) -> None:
        self._hints: dict[str, str] = {}

    def name(self, what: str, value: str, names: Sequence[str], file: str) -> str:
        """A sentence on a name that `file` would have to hold."""
        if not value:
            return f"{what} is empty; fill it in, or remove the row"
        if value not in self._hints and len(self._hints) < _MOST_HINTS:
            near = difflib.get_close_matches(value[:100], names[:_NAMES_LOOKED_AT], n=1, cutoff=0.75)
            self._hints[value] = f"did you mean {quoted(near[0])}? Otherwise" if near else "correct it, or"
        hint = self._hints.get(value, "correct it, or")
        return f"{what} {quoted(value)} is not known; {hint} add it to {file}"
