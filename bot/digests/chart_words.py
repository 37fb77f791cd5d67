"""The words in and about the picture."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np

from bot.comparison.types import FloatArray
from bot.digests.facts import (
    Compared,
    MeasureFacts,
    MeasureView,
    PeerPicture,
    PeersDrawn,
    PersonPicture,
    Spread,
)
from bot.digests.framing import in_plain_use
from bot.digests.measure_nouns import in_periods
from bot.digests.modes import LEAST_CASES
from bot.digests.select import compares
from bot.digests.values import (
    beyond,
    direction_inside,
    format_number,
    format_range,
    format_value,
)
from bot.language.language import Language, british, noted
from storage.terms import Counts, Kind, PeriodLength

_MIDDLE = {
    "at": noted("half at {value}"),
    "above": noted("half above {value}"),
    "below": noted("half below {value}"),
}


def goal_words(measure: MeasureFacts, goal: float, language: Language) -> str:
    """The label of the goal that the group adopted: `your group's goal 78 %`."""
    return language.say("your group's goal {value}", value=value_label(measure, goal, language))


def counted(measure: MeasureFacts, language: Language | None = None) -> str:
    """What the values are, without the direction: `share of antibiotic items`."""
    language = language or british()
    numerator, denominator = (_running(words, language) for words in (measure.numerator, measure.denominator))
    told = {"numerator": numerator, "denominator": denominator}
    if measure.kind is Kind.PROPORTION:
        return language.say("share of {denominator}", denominator=denominator)
    if measure.kind is Kind.RATE:
        if measure.per == 1:
            return language.say("{numerator} per {denominator}", **told)
        count = language.count(measure.per)
        if denominator[:1].isdigit():
            return language.say("{numerator} per {count} × {denominator}", count=count, **told)
        return language.say("{numerator} per {count} {denominator}", count=count, **told)
    if measure.kind is Kind.MEAN:
        return language.say("{numerator}, average over {denominator}", **told)
    return language.say("{numerator} against the number expected, 1 is as expected", numerator=numerator)


def direction(measure: MeasureFacts, language: Language | None = None) -> str:
    """Which way is better, for the end of a subtitle: `lower is better`."""
    return direction_inside(measure, language)


def value_label(measure: MeasureFacts, value: float, language: Language | None = None) -> str:
    """A value next to its mark; the unit of a rate stands in the subtitle."""
    told = format_number if measure.kind is Kind.RATE else format_value
    return told(measure, value, language)


def tick_label(measure: MeasureFacts, tick: float, decimals: int, language: Language | None = None) -> str:
    """A label of an axis; `tick` is a percentage for a proportion, else in the measure's unit."""
    language = language or british()
    number = language.number(tick, decimals)
    return language.percent(number) if measure.kind is Kind.PROPORTION else number


def company(picture: PeerPicture, person: PersonPicture) -> str:
    """Who is in the comparison: `you and 105 colleagues`, and how many of them are dots where not all are."""
    language = picture.language
    words = language.say_many("you and 1 colleague", "you and {count} colleagues", picture.peers)
    if picture.drawn is PeersDrawn.BAND:
        return language.say("{company} (bar: middle half)", company=words)
    dots = drawn_colleagues(picture, person)
    if dots is None:
        return words
    return language.say("{company} ({count} drawn)", company=words, count=language.count(dots))


def drawn_colleagues(picture: PeerPicture, person: PersonPicture) -> int | None:
    """How many colleagues have a dot, where small counts keep some from having one; None where all have."""
    dots = len(picture.values) - person.drawn
    return dots if picture.drawn is PeersDrawn.DOTS and dots < picture.peers else None


def colleagues_words(picture: PeerPicture) -> str:
    """How many they are: `105 colleagues`."""
    return picture.language.say_many("1 colleague", "{count} colleagues", picture.peers)


def reached_label(picture: PeerPicture, *, with_you: bool) -> str:
    """The label of the benchmark: `some reached 78 %`, `you and others 78 %`."""
    language = picture.language
    value = value_label(picture.measure, picture.benchmark or 0.0, language)
    if with_you:
        return language.say("you and others {value}", value=value)
    return language.say("some reached {value}", value=value)


def middle_label(picture: PeerPicture) -> str:
    """The label of the median, in the message's own words: `half above 72 %`."""
    median = picture.median or 0.0
    value = value_label(picture.measure, median, picture.language)
    return picture.language.say(_MIDDLE[beyond(picture.measure, median)], value=value)


def why_alone(view: MeasureView, language: Language) -> str:
    """Why nobody is compared, short enough to stand in the picture; "" where they are."""
    least = language.count(view.measure.min_denominator)
    few = view.result.percentile is None and view.result.denominator < view.measure.min_denominator
    match view.compared:
        case Compared.TOO_FEW_PEERS:
            return language.say("no comparison: fewer than five colleagues")
        case Compared.TOO_FEW_CASES:
            return language.say("no comparison yet: it begins at {count} cases", count=least)
        case Compared.HALF_WINDOW:
            return language.say("no comparison yet: here for under half of that time")
        case Compared.OTHER_MODE:
            if few:
                return language.say("your group's range is shown from {count} cases on", count=least)
            return language.say("few cases: nobody is compared")
        case Compared.NO_GROUP:
            return language.say("no comparison: you are in no peer group yet")
        case Compared.YES:
            return "" if compares(view) else language.say("no comparison: not adjusted for patients")
    return ""


def cases(measure: MeasureFacts, person: PersonPicture, language: Language) -> str:
    """n and N with what they count: `618 of 902 patients`, for a mean `131 days, 27 stays`."""
    numerator = _running(measure.numerator, language)
    denominator = _running(measure.denominator, language).removeprefix("all ")
    count, total = language.count(person.numerator), language.count(person.denominator)
    if measure.kind is Kind.MEAN:
        return language.say(
            "{count} {numerator}, {total} {denominator}",
            count=count,
            numerator=numerator,
            total=total,
            denominator=denominator,
        )
    if denominator[:1].isdigit():
        denominator = f"× {denominator}"
    return language.say("{count} of {total} {denominator}", count=count, total=total, denominator=denominator)


def spread_ends(picture: PeerPicture, spread: Spread) -> tuple[str, str]:
    """What stands at either end of the group's range: `your group in 12 weeks: 5 %`, `to 31 %`."""
    language, measure = picture.language, picture.measure
    told = format_number if measure.kind is Kind.RATE else format_value
    low, high = (told(measure, end, language, trimmed=True) for end in (spread.low, spread.high))
    count = len(picture.window_periods)
    end = language.say("to {value}", value=high)
    if measure.counts is Counts.PANEL or not count:
        if spread.middle:
            return language.say("half your group: {value}", value=low), end
        return language.say("your group: {value}", value=low), end
    when = in_periods(count, measure.period, language)
    if spread.middle:
        return language.say("half your group {when}: {value}", when=when, value=low), end
    return language.say("your group {when}: {value}", when=when, value=low), end


def bare_cases(person: PersonPicture, language: Language) -> str:
    """n and N alone, where there is no room for what they count: `618 of 902`."""
    return _of(person.numerator, person.denominator, language)


def _of(count: float, total: float, language: Language) -> str:
    return language.say("{count} of {total}", count=language.count(count), total=language.count(total))


def period_counts(measure: MeasureFacts, person: PersonPicture, index: int, language: Language) -> str | None:
    """What one period of under ten cases is told by instead of a share: `0 of 2`.

    "" where only some of them were set aside, so that the counts are not at hand; None where the value itself
    is told.
    """
    if measure.kind is not Kind.PROPORTION or person.numerators is None or person.denominators is None:
        return None
    count, total = float(person.numerators[index]), float(person.denominators[index])
    if not 0 < total < LEAST_CASES:
        return None
    whole = abs(count / total - float(person.values[index])) < 1e-6
    return _of(count, total, language) if whole else ""


def interval_words(measure: MeasureFacts, person: PersonPicture, language: Language) -> str:
    """The interval of the person's value as the message tells it, `likely 66–72 %`; "" without one."""
    if person.interval is None or person.value is None:
        return ""
    told = format_range(measure, *person.interval, person.value, language)
    return language.say("likely {range}", range=told)


def window_words(picture: PeerPicture) -> str:
    """The days that are compared: `28 Apr – 20 Jul 2025`; of a panel one day, `on 20 Jul 2025`."""
    language = picture.language
    if picture.measure.counts is Counts.PANEL:
        return language.say("on {day}", day=language.day(picture.window[1], year=True, short=True))
    return language.span(*picture.window, year=True, short=True)


def own_periods(measure: MeasureFacts, language: Language) -> str:
    """The heading of the trend."""
    if measure.period is PeriodLength.WEEK:
        return language.say("your own weeks")
    return language.say("your own months")


def period_label(measure: MeasureFacts, start: date, language: Language, *, year: bool = False) -> str:
    """One period: a week by its last day, `20 Jul`; a month `Dec`; with `year` `Dec 2025`."""
    if measure.period is PeriodLength.WEEK:
        return language.day(start + timedelta(days=6), short=True, year=year)
    return language.month(start, short=True, year=year)


def end_label(measure: MeasureFacts, start: date, language: Language | None = None) -> str:
    """An end of the trend's axis: `20 Jul 2025`, `Dec 2025`."""
    return period_label(measure, start, language or british(), year=True)


def firm_part(person: PersonPicture) -> PersonPicture:
    """The person without what may still change; as they are where nothing else is there."""
    firm = person.settled & np.isfinite(person.values)
    if person.settled.all() or not firm.any():
        return person

    def settled(array: FloatArray | None) -> FloatArray | None:
        return None if array is None else np.where(person.settled, array, np.nan)

    return replace(
        person,
        values=np.where(firm, person.values, np.nan),
        centre=settled(person.centre),
        lower=settled(person.lower),
        upper=settled(person.upper),
    )


def aside_after(person: PersonPicture, last: int) -> list[int]:
    """The periods after the last one with a value that are empty because the reader set them aside."""
    if person.set_aside is None:
        return []
    return [last + 1 + int(index) for index in np.flatnonzero(person.set_aside[last + 1 :])]


def spread_label(spread: Spread, language: Language) -> list[str]:
    """What the bar beside the trend is, in lines."""
    if spread.middle:
        return language.say("half of\nyour group").splitlines()
    return [language.say("your group")]


def moves_with_colleagues(person: PersonPicture) -> bool:
    """Whether the usual range follows the colleagues' middle; without five of them it is one's own alone."""
    if person.centre is None:
        return False
    known = person.centre[np.isfinite(person.centre)]
    return bool(known.size and np.ptp(known) > 1e-12)


def _running(words: str, language: Language) -> str:
    """The words as they run inside a sentence: a small first letter, unless it belongs to an abbreviation."""
    words = in_plain_use(words.strip())
    # Other languages have capitals inside a sentence.
    if words[1:2].isupper() or language.locale.language != "en":
        return words
    return words[:1].lower() + words[1:]
