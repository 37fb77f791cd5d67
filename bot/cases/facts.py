"""What a page of cases is made from: plain facts of one person, for that person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from bot.digests.facts import MeasureFacts, Told

PAGE_CASES = 25
PAGE_STORIES = 5


@dataclass(frozen=True, slots=True)
class CaseLine:
    """One case. `link` is its address in the hospital's own record system, where there is one.

    `weight` is the person's part of care that was shared, 1 where it was theirs alone; `aside`: they set it
    aside.
    """

    day: date
    ref: str
    met: bool
    weight: float = 1.0
    link: str | None = None
    aside: bool = False


@dataclass(frozen=True, slots=True)
class CasesPage:
    """One page of a person's own cases behind one digest's figure, newest first, and what is told of them.

    `total` counts all cases between `first` and `last` (of unconstrained care: all stories), `offset` those
    on the pages before. `own_words` are what the person told of them.
    """

    week: str
    measure: MeasureFacts
    first: date
    last: date
    total: int
    offset: int
    lines: tuple[CaseLine, ...] = ()
    stories: tuple[Told, ...] = ()
    own_words: str = ""
