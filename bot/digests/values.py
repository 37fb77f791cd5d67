"""Numbers, dates and directions as people read them: words and picture both take them from here (D22)."""

from __future__ import annotations

import math
from calendar import monthrange
from datetime import date
from typing import Protocol

from bot.digests.facts import MeasureFacts
from storage.terms import Direction, Kind

# A value keeps its unit on its own line: no break between number and sign.
NO_BREAK = "\u00a0"
_MOST_DECIMALS = 4
# Not strftime: the words must not follow the machine's locale.
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_DIRECTIONS = {
    Direction.HIGHER: "Higher is better.",
    Direction.LOWER: "Lower is better.",
    Direction.NEUTRAL: "Neither high nor low is better.",
}


class Measured(Protocol):
    """What says how a value is written and which way is better: a measure, or a trend of one."""

    @property
    def kind(self) -> Kind: ...
    @property
    def per(self) -> float: ...
    @property
    def direction(self) -> Direction: ...


def format_value(measure: Measured, value: float) -> str:
    """A measure's value with its unit: `8.1 %`, `69 %`, `12.3 per 1,000`, `4.2`, `1.08`.

    `value` is in the measure's unit (a proportion 0–1). A proportion that is neither none nor all never
    rounds to 0 % or 100 %.
    """
    number = format_number(measure, value)
    if measure.kind is Kind.PROPORTION:
        return f"{number}{NO_BREAK}%"
    if measure.kind is Kind.RATE and measure.per != 1:
        return f"{number} per {format_count(measure.per)}"
    return number


def format_goal(measure: Measured, value: float) -> str:
    """A goal with its unit, as people write it: `95 %`, where a value that was measured is `95.0 %`."""
    return format_value(measure, value).replace(f".0{NO_BREAK}%", f"{NO_BREAK}%")


def format_number(measure: Measured, value: float) -> str:
    """The number of `format_value` without its unit (a proportion as a percentage)."""
    if measure.kind is Kind.PROPORTION:
        return _format_percentage(100.0 * value)
    if measure.kind is Kind.RATIO:
        return f"{value:.2f}"
    return _format_amount(value)


def format_difference(measure: MeasureFacts, difference: float) -> str:
    """The size of a difference, without its sign: `3.4 percentage points`, `1.2 per 1,000`."""
    size = abs(difference)
    if measure.kind is Kind.PROPORTION:
        number = _format_amount(100.0 * size, tenths_below=10.0)
        return f"{number} percentage point{'' if number == '1.0' else 's'}"
    return format_value(measure, size)


def format_count(number: float) -> str:
    """A count with commas at thousands; a decimal (shared care counts in part) only below a thousand."""
    if abs(number - round(number)) < 0.05 or abs(number) >= 1000:
        return f"{round(number):,}"
    return f"{number:,.1f}"


def format_day(day: date, *, year: bool = False, short: bool = False) -> str:
    """`19 July`, with `year` `19 July 2025`, with `short` `19 Jul`."""
    words = f"{day.day} {_month(day, short=short)}"
    return f"{words} {day.year}" if year else words


def format_span(first: date, last: date, *, year: bool = False, short: bool = False) -> str:
    """A span of days, both included: `14–20 July`, `28 April – 20 July`, `October–December`.

    Whole months are told as months. The year stands at the end with `year=True`; a span over a new year
    has both years, always. `short` shortens the months (`28 Apr – 20 Jul`).
    """
    if last < first:
        raise ValueError(f"A span ends on or after its first day: {first.isoformat()} to {last.isoformat()}.")
    whole_months = first.day == 1 and last.day == monthrange(last.year, last.month)[1]
    ends = [_month(first, short=short), _month(last, short=short)]
    if not whole_months:
        ends = [f"{first.day} {ends[0]}", f"{last.day} {ends[1]}"]
    if first.year != last.year:
        return f"{ends[0]} {first.year} – {ends[1]} {last.year}"
    same_month = first.month == last.month
    if first == last or (whole_months and same_month):
        words = ends[1]
    elif whole_months:
        words = f"{ends[0]}–{ends[1]}"
    elif same_month:
        words = f"{first.day}–{ends[1]}"
    else:
        words = f"{ends[0]} – {ends[1]}"
    return f"{words} {last.year}" if year else words


def direction_words(measure: Measured) -> str:
    """Which way is better, as a sentence (D12)."""
    return _DIRECTIONS[measure.direction]


def _month(day: date, *, short: bool) -> str:
    name = _MONTHS[day.month - 1]
    return name[:3] if short else name


def _format_percentage(percent: float) -> str:
    from_an_end = min(percent, 100.0 - percent)
    if from_an_end <= 0.0 or round(from_an_end, 1) >= 10.0:
        return f"{percent + 0.0:.0f}"  # + 0.0: never "-0"
    decimals = 1
    while decimals < _MOST_DECIMALS and round(from_an_end, decimals) == 0.0:
        decimals += 1
    return f"{percent:.{decimals}f}"


def _format_amount(value: float, *, tenths_below: float = 100.0) -> str:
    size = abs(value)
    if size == 0.0:
        return "0"
    if round(size, 1) >= tenths_below:
        return f"{value:,.0f}"
    if round(size, 2) >= 1.0:
        return f"{value:.1f}"
    decimals = max(1, -math.floor(math.log10(size)) + 1)
    return f"{value:.{decimals}f}"
