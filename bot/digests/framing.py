"""Overuse and underuse (D17): how a measure of means is told, so that it never reads as somebody's bill.

A measure says so by what it is: of resources, or counted in money, and with a better side. Lower is better
where some of it helps no patient (overuse); higher, where some patients who would gain go without (underuse).
The words name the thing and never the reader: how much of it was too much, only the reader can say.
"""

from __future__ import annotations

import re
from enum import StrEnum

from bot.digests.facts import MeasureFacts
from bot.language.language import Language, british
from storage.terms import Direction, Domain

_CURRENCY = re.compile(r"\(([£€$¥])\)")
# Only where money itself is counted: days in bed may well cost people strength.
_AMOUNTS = re.compile(
    r"(?<![-\w])(costs?(?=\s*\([£€$¥]\)|\s+of\b)|spend(ing)?(?=\s*\([£€$¥]\)|\s+on\b)|expenditure)(?![-\w])",
    re.IGNORECASE,
)


class Framing(StrEnum):
    """What a measure of means looks for."""

    OVERUSE = "overuse"
    UNDERUSE = "underuse"
    NONE = "none"


def framing_of(measure: MeasureFacts) -> Framing:
    """What the measure looks for; `none` for care itself, and where neither side is better."""
    if measure.domain is not Domain.RESOURCE and not counts_money(measure):
        return Framing.NONE
    return {
        Direction.LOWER: Framing.OVERUSE,
        Direction.HIGHER: Framing.UNDERUSE,
        Direction.NEUTRAL: Framing.NONE,
    }[measure.direction]


def counts_money(measure: MeasureFacts) -> bool:
    """Say whether the numerator is an amount of money."""
    return bool(_CURRENCY.search(measure.numerator) or _AMOUNTS.search(measure.numerator))


def currency(measure: MeasureFacts) -> str:
    """The sign that stands before the numerator's amounts; "" where it is no money."""
    found = _CURRENCY.search(measure.numerator)
    return found[1] if found else ""


def in_plain_use(text: str) -> str:
    """Tell money in a measure's own text as use: `cost (£)` is `use (£)`.

    Plain "use", since not all of it is overuse.
    """
    return _AMOUNTS.sub(lambda m: "Use" if m[0][0].isupper() else "use", text)


def most_colleagues(measure: MeasureFacts, language: Language | None = None) -> str:
    """What most colleagues do where the reader is on the other side, for a headline; "" without a framing."""
    language, money = language or british(), counts_money(measure)
    match framing_of(measure):
        case Framing.OVERUSE:
            return language.say("use less for as many patients") if money else language.say("need fewer")
        case Framing.UNDERUSE:
            return language.say("use more for as many patients") if money else language.say("do more")
    return ""


def looks_for(measure: MeasureFacts, counted: str, language: Language | None = None) -> str:
    """What the measure looks for, as a sentence about `counted`, its own numerator; "" without a framing."""
    language = language or british()
    thing = language.say("use") if counts_money(measure) else counted
    match framing_of(measure):
        case Framing.OVERUSE:
            return language.say(
                "Overuse: {thing} that patients would do as well without. Which, if any, you can judge.",
                thing=thing,
            )
        case Framing.UNDERUSE:
            return language.say(
                "Underuse: {thing} that more patients would gain from. Which, you can judge.", thing=thing
            )
    return ""
