"""Numbers and directions as people read them: words and picture both take them from here (D22).

Without a `language` they are British, as in the rooms of Rounds that speak no other yet.
"""

from __future__ import annotations

import math
from datetime import date
from typing import Protocol

from bot.digests.facts import MeasureFacts
from bot.language.language import Language, british, noted
from storage.terms import Direction, Kind

_MOST_DECIMALS = 4
_DIRECTIONS = {
    Direction.HIGHER: noted("Higher is better."),
    Direction.LOWER: noted("Lower is better."),
    Direction.NEUTRAL: noted("Neither high nor low is better."),
}
_DIRECTIONS_INSIDE = {
    Direction.HIGHER: noted("higher is better"),
    Direction.LOWER: noted("lower is better"),
    Direction.NEUTRAL: noted("neither high nor low is better"),
}


class Measured(Protocol):
    """What says how a value is written and which way is better: a measure, or a trend of one."""

    @property
    def kind(self) -> Kind: ...
    @property
    def per(self) -> float: ...
    @property
    def direction(self) -> Direction: ...


def format_value(
    measure: Measured, value: float, language: Language | None = None, *, trimmed: bool = False
) -> str:
    """A measure's value with its unit: `8.1 %`, `69 %`, `12.3 per 1,000`, `4.2`, `1.08`.

    `value` is in the measure's unit (a proportion 0–1). A proportion that is neither none nor all never
    rounds to 0 % or 100 %. `trimmed` leaves out `.0`.
    """
    language = language or british()
    number = format_number(measure, value, language, trimmed=trimmed)
    if measure.kind is Kind.PROPORTION:
        return language.percent(number)
    if measure.kind is Kind.RATE and measure.per != 1:
        return language.say("{number} per {count}", number=number, count=language.count(measure.per))
    return number


def format_goal(measure: Measured, value: float, language: Language | None = None) -> str:
    """A goal with its unit, as people write it: `95 %`, where a value that was measured is `95.0 %`."""
    return format_value(measure, value, language, trimmed=measure.kind is Kind.PROPORTION)


def format_number(
    measure: Measured, value: float, language: Language | None = None, *, trimmed: bool = False
) -> str:
    """The number of `format_value` without its unit (a proportion as a percentage)."""
    language = language or british()
    if measure.kind is Kind.PROPORTION:
        percent = 100.0 * value + 0.0  # never "-0"
        return language.number(percent, _decimals_of_percentage(percent), trimmed=trimmed)
    if measure.kind is Kind.RATIO:
        return language.number(value, 2, trimmed=trimmed)
    return language.number(value, _decimals(value), trimmed=trimmed)


def format_difference(measure: MeasureFacts, difference: float, language: Language | None = None) -> str:
    """The size of a difference, without its sign: `3.4 percentage points`, `1.2 per 1,000`."""
    language = language or british()
    size = abs(difference)
    if measure.kind is not Kind.PROPORTION:
        return format_value(measure, size, language)
    points = 100.0 * size
    number = language.number(points, _decimals(points, tenths_below=10.0))
    one = number == language.number(1.0, 1)
    return language.say_many(
        "{number} percentage point",
        "{number} percentage points",
        1 if one else max(2, round(points)),
        number=number,
    )


def format_range(
    measure: Measured, low: float, high: float, value: float, language: Language | None = None
) -> str:
    """A range around `value` as people write it, both ends to the same decimals: `66–72 %`, `2.4–5.1`.

    The decimals are the value's; more where an end would read as none or all, or as the other end (D6).
    """
    language = language or british()
    scale = 100.0 if measure.kind is Kind.PROPORTION else 1.0
    least = len(format_number(measure, value).partition(".")[2])
    ends: list[str] = []
    for decimals in range(least, least + 6):
        ends = [language.number(edge * scale + 0.0, decimals) for edge in (low, high)]
        apart = ends[0] != ends[1] or low == high
        if apart and not any(_rounded_away(measure, edge, decimals) for edge in (low, high)):
            break
    ends_told = f"{ends[0]}–{ends[1]}"
    return language.percent(ends_told) if measure.kind is Kind.PROPORTION else ends_told


def beyond(measure: Measured, median: float) -> str:
    """The side of the median that is better, or `at` where nobody can be beyond it."""
    lower = measure.direction is Direction.LOWER
    most = 1.0 if measure.kind is Kind.PROPORTION else math.inf
    if median <= 0 if lower else median >= most:
        return "at"
    return "below" if lower else "above"


def format_count(number: float) -> str:
    """A count in British English, with commas at thousands."""
    return british().count(number)


def format_day(day: date, *, year: bool = False, short: bool = False) -> str:
    """A day in British English: `19 July`, with `year` `19 July 2025`, with `short` `19 Jul`."""
    return british().day(day, year=year, short=short)


def format_span(first: date, last: date, *, year: bool = False, short: bool = False) -> str:
    """A span of days in British English (see `Language.span`)."""
    return british().span(first, last, year=year, short=short)


def direction_words(measure: Measured, language: Language | None = None) -> str:
    """Which way is better, as a sentence (D12)."""
    return (language or british()).say(_DIRECTIONS[measure.direction])


def direction_inside(measure: Measured, language: Language | None = None) -> str:
    """Which way is better, inside a sentence: `lower is better`."""
    return (language or british()).say(_DIRECTIONS_INSIDE[measure.direction])


def _decimals_of_percentage(percent: float) -> int:
    from_an_end = min(percent, 100.0 - percent)
    if from_an_end <= 0.0 or round(from_an_end, 1) >= 10.0:
        return 0
    decimals = 1
    while decimals < _MOST_DECIMALS and round(from_an_end, decimals) == 0.0:
        decimals += 1
    return decimals


def _decimals(value: float, *, tenths_below: float = 100.0) -> int:
    size = abs(value)
    if size == 0.0 or round(size, 1) >= tenths_below:
        return 0
    if round(size, 2) >= 1.0:
        return 1
    return max(1, -math.floor(math.log10(size)) + 1)


def _rounded_away(measure: Measured, edge: float, decimals: int) -> bool:
    """Whether so many decimals would turn something into none, or nearly all into all."""
    ends = (0.0, 1.0) if measure.kind is Kind.PROPORTION else (0.0,)
    scale = 100.0 if measure.kind is Kind.PROPORTION else 1.0
    return any(abs(edge - end) > 1e-9 and round(edge * scale, decimals) == end * scale for end in ends)
