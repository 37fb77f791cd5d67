"""Leaders with ideas that had to be answered, for the tests of leaders compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Final

from bot.leading.compared.facts import Counted, months_of

# The first Monday of November 2026: August to October are compared.
DAY: Final = date(2026, 11, 2)
MONTHS: Final = months_of(DAY)
ME: Final = 1


def ideas(
    leaders: Sequence[int], within: int, of: int, *, month: int = 4, first: int = 0, day: int = 3
) -> list[Counted]:
    """So many ideas that came to some leaders in one of the six months, the first of them in time."""
    came = MONTHS[month] + timedelta(days=day)
    return [Counted(first + number, frozenset(leaders), came, within=number < within) for number in range(of)]


def all_of(figures: Mapping[int, tuple[int, int]], month: int = 4) -> list[Counted]:
    """Each leader alone, with (in time, ideas)."""
    return [
        one
        for leader, (within, of) in figures.items()
        for one in ideas([leader], within, of, month=month, first=leader * 10_000 + month * 1000)
    ]


USUAL: Final[Mapping[int, tuple[int, int]]] = {
    ME: (7, 9),
    2: (10, 10),
    3: (20, 22),
    4: (9, 12),
    5: (5, 10),
    6: (12, 20),
    7: (3, 8),
    8: (14, 17),
}
