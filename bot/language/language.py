"""One language: its sentences, numbers and dates. Without a catalogue it is British English."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from gettext import NullTranslations
from string import Formatter

from babel import Locale
from babel.numbers import get_decimal_symbol, get_group_symbol

BRITISH = "en_GB"
# A value keeps its unit on its own line: no break between number and sign.
NO_BREAK = "\u00a0"
_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")


def noted(message: str) -> str:
    """Mark a sentence in a table for the catalogue; whoever says it translates it."""
    return message


# CLDR's British has "Sept", which is wider than the other eleven.
_SHORT_MONTHS = (
    noted("Jan"),
    noted("Feb"),
    noted("Mar"),
    noted("Apr"),
    noted("May"),
    noted("Jun"),
    noted("Jul"),
    noted("Aug"),
    noted("Sep"),
    noted("Oct"),
    noted("Nov"),
    noted("Dec"),
)


@dataclass(frozen=True, slots=True)
class Language:
    """How one site's people are spoken to. `locale` decides numbers and months, `sentences` all the rest."""

    locale: Locale = field(default_factory=lambda: Locale.parse(BRITISH))
    sentences: NullTranslations = field(default_factory=NullTranslations, repr=False, compare=False)

    def say(self, message: str, /, **values: object) -> str:
        """The sentence in this language, with its `{placeholders}` filled; values are never templates."""
        # gettext keeps a file's head under the empty id.
        return filled(self.sentences.gettext(message), values) if message else ""

    def say_many(self, one: str, many: str, count: int, /, **values: object) -> str:
        """The sentence in the form that goes with a count, which stands where `{count}` is."""
        told = self.sentences.ngettext(one, many, int(count))  # of numpy too
        return filled(told, {"count": self.count(count), **values})

    def number(self, value: float, decimals: int = 0, *, trimmed: bool = False) -> str:
        """A number with so many decimals: `1,234.5`; `trimmed` leaves out `.0`."""
        fixed = f"{value:,.{decimals}f}"
        if trimmed:
            fixed = fixed.removesuffix(".0")
        if self.locale.language == "en":
            return fixed
        signs = {ord(","): get_group_symbol(self.locale), ord("."): get_decimal_symbol(self.locale)}
        return fixed.translate(signs)

    def count(self, number: float) -> str:
        """A count; a decimal (shared care counts in part) only below a thousand."""
        whole = abs(number - round(number)) < 0.05 or abs(number) >= 1000
        return self.number(round(number)) if whole else self.number(number, 1)

    def percent(self, number: str) -> str:
        """A percentage from its number: `69 %`, which stays on one line."""
        return self.say("{number}\u00a0%", number=number)

    def day(self, day: date, *, year: bool = False, short: bool = False) -> str:
        """`19 July`, with `year` `19 July 2025`, with `short` `19 Jul`."""
        month = self._month(day, short=short)
        if year:
            return self.say("{day} {month} {year}", day=day.day, month=month, year=day.year)
        return self.say("{day} {month}", day=day.day, month=month)

    def month(self, day: date, *, year: bool = False, short: bool = False) -> str:
        """The month of a day: `July`, with `year` `July 2025`, with `short` `Jul`."""
        month = self._month(day, short=short, alone=True)
        return self.say("{month} {year}", month=month, year=day.year) if year else month

    def span(self, first: date, last: date, *, year: bool = False, short: bool = False) -> str:
        """A span of days, both included: `14–20 July`, `28 April – 20 July`, `October–December`.

        Whole months are told as months. The year stands at the end with `year=True`; a span over a new year
        has both years, always. `short` shortens the months (`28 Apr – 20 Jul`). Raises ValueError where it
        ends before it begins.
        """
        if last < first:
            raise ValueError(
                f"A span ends on or after its first day: {first.isoformat()} to {last.isoformat()}."
            )
        whole_months = first.day == 1 and last.day == monthrange(last.year, last.month)[1]
        told = self.month if whole_months else self.day
        if first.year != last.year:
            start, end = (told(day, year=True, short=short) for day in (first, last))
            return self.say("{start} – {end}", start=start, end=end)
        end = told(last, year=year, short=short)
        if first == last or (whole_months and first.month == last.month):
            return end
        if whole_months:
            return self.say("{start}–{end}", start=self.month(first, short=short), end=end)
        if first.month == last.month:
            return self._days_of_a_month(first, last, year=year, short=short)
        return self.say("{start} – {end}", start=self.day(first, short=short), end=end)

    def _days_of_a_month(self, first: date, last: date, *, year: bool, short: bool) -> str:
        month = self._month(last, short=short)
        if year:
            return self.say(
                "{first}–{last} {month} {year}", first=first.day, last=last.day, month=month, year=last.year
            )
        return self.say("{first}–{last} {month}", first=first.day, last=last.day, month=month)

    def _month(self, day: date, *, short: bool, alone: bool = False) -> str:
        if short:
            return self.say(_SHORT_MONTHS[day.month - 1])
        names = self.locale.months["stand-alone" if alone else "format"]["wide"]
        return str(names[day.month])


def british() -> Language:
    """British English, which the message ids are."""
    return Language()


def filled(template: str, values: dict[str, object]) -> str:
    """Put values where `{name}` stands. Names only: no attribute, index or format can be reached."""
    return _PLACEHOLDER.sub(lambda found: str(values[found[1]]), template)


def placeholders(template: str) -> frozenset[str]:
    """The names in a sentence's braces. Raises ValueError for a brace that is no `{name}`."""
    found: Iterable[tuple[str, str | None, str | None, str | None]] = Formatter().parse(template)
    names = set()
    for _, name, form, conversion in found:
        if name is None:
            continue
        if form or conversion or not _PLACEHOLDER.fullmatch("{" + name + "}"):
            raise ValueError(f"{{{name}}} is no placeholder; they are names in braces, such as {{title}}")
        names.add(name)
    return frozenset(names)
