"""The words in and about the picture."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np

from bot.comparison.types import FloatArray
from bot.digests.facts import MeasureFacts, PeerPicture, PeersDrawn, PersonPicture, Spread
from bot.digests.framing import in_plain_use
from bot.digests.values import (
    direction_words,
    format_count,
    format_day,
    format_goal,
    format_number,
    format_span,
    format_value,
)
from storage.terms import Counts, Kind, PeriodLength


def goal_words(measure: MeasureFacts, goal: float) -> str:
    """The label of the goal that the group adopted: `your group's goal 78 %`."""
    return f"your group's goal {value_label(measure, goal)}"


def counted(measure: MeasureFacts) -> str:
    """What the values are, without the direction: `share of antibiotic items`."""
    numerator, denominator = _running(measure.numerator), _running(measure.denominator)
    if measure.kind is Kind.PROPORTION:
        return f"share of {denominator}"
    if measure.kind is Kind.RATE:
        if measure.per == 1:
            return f"{numerator} per {denominator}"
        times = " × " if denominator[:1].isdigit() else " "
        return f"{numerator} per {format_count(measure.per)}{times}{denominator}"
    if measure.kind is Kind.MEAN:
        return f"{numerator}, average over {denominator}"
    return f"{numerator} against the number expected, 1 is as expected"


def direction(measure: MeasureFacts) -> str:
    """Which way is better, for the end of a subtitle: `lower is better`."""
    words = direction_words(measure).rstrip(".")
    return words[:1].lower() + words[1:]


def value_label(measure: MeasureFacts, value: float) -> str:
    """A value next to its mark; the unit of a rate stands in the subtitle."""
    return format_number(measure, value) if measure.kind is Kind.RATE else format_value(measure, value)


def tick_label(measure: MeasureFacts, tick: float, decimals: int) -> str:
    """A label of an axis; `tick` is a percentage for a proportion, else in the measure's unit."""
    return f"{tick:,.{decimals}f}\u00a0%" if measure.kind is Kind.PROPORTION else f"{tick:,.{decimals}f}"


def company(picture: PeerPicture) -> str:
    """Who is in the comparison: `you and 105 colleagues`."""
    words = f"you and {format_count(picture.peers)} colleague{'' if picture.peers == 1 else 's'}"
    return f"{words} (bar: middle half)" if picture.drawn is PeersDrawn.BAND else words


def cases(measure: MeasureFacts, person: PersonPicture) -> str:
    """n and N with what they count: `618 of 902 patients`, for a mean `131 days, 27 stays`."""
    numerator, denominator = _running(measure.numerator), _running(measure.denominator).removeprefix("all ")
    if measure.kind is Kind.MEAN:
        return (
            f"{format_count(person.numerator)} {numerator}, {format_count(person.denominator)} {denominator}"
        )
    if denominator[:1].isdigit():
        denominator = f"× {denominator}"
    return f"{bare_cases(person)} {denominator}"


def spread_ends(picture: PeerPicture, spread: Spread) -> tuple[str, str]:
    """What stands at either end of the group's range: `your group in 12 weeks: 5 %`, `to 31 %`."""
    measure, count = picture.measure, len(picture.window_periods)
    whose = "half your group" if spread.middle else "your group"
    if measure.counts is not Counts.PANEL and count:
        unit = measure.period.value
        whose += f" in a {unit}" if count == 1 else f" in {count} {unit}s"
    low, high = (value_label(measure, end).replace(".0", "") for end in (spread.low, spread.high))
    return f"{whose}: {low}", f"to {high}"


def bare_cases(person: PersonPicture) -> str:
    """n and N alone, where there is no room for what they count: `618 of 902`."""
    return f"{format_count(person.numerator)} of {format_count(person.denominator)}"


def interval_words(measure: MeasureFacts, person: PersonPicture) -> str:
    """The interval of the person's value as the message tells it, `, likely 66–72 %`.

    Empty where there is none, or where it is narrower than the value's own rounding.
    """
    if person.interval is None or person.value is None:
        return ""
    low, high = person.interval
    if len({format_number(measure, value) for value in (low, person.value, high)}) == 1:
        return ""
    return f", likely {format_number(measure, low)}–{value_label(measure, high)}"


def window_words(picture: PeerPicture) -> str:
    """The days that are compared: `28 Apr – 20 Jul 2025`."""
    return format_span(*picture.window, year=True, short=True)


def own_periods(measure: MeasureFacts) -> str:
    """The heading of the trend."""
    return "your own weeks" if measure.period is PeriodLength.WEEK else "your own months"


def period_label(measure: MeasureFacts, start: date) -> str:
    """One period, under its year: a week by its last day, `20 Jul`; a month `Dec`."""
    if measure.period is PeriodLength.WEEK:
        return format_day(start + timedelta(days=6), short=True)
    return format_span(start, _month_end(start), short=True)


def end_label(measure: MeasureFacts, start: date) -> str:
    """An end of the trend's axis: `20 Jul 2025`, `Dec 2025`."""
    return f"{period_label(measure, start)} {_period_year(measure, start)}"


def alt_text(picture: PeerPicture, person: PersonPicture) -> str:
    """What the picture shows, in words and numbers (Slack allows 2,000 characters)."""
    measure = picture.measure
    sentences = [
        f"{in_plain_use(measure.title)}. {counted(measure)[:1].upper()}{counted(measure)[1:]}; "
        f"{direction(measure)}."
    ]
    sentences += _peers_sentences(picture, person)
    if picture.goal is not None:
        sentences.append(
            f"Your group's goal is {format_goal(measure, picture.goal)}, drawn as a dashed line."
        )
    sentences += _trend_sentences(picture, person)
    words = " ".join(sentences)
    return words if len(words) <= 2000 else words[:1999] + "…"


def _peers_sentences(picture: PeerPicture, person: PersonPicture) -> list[str]:
    measure = picture.measure
    if person.value is None:
        you = f"No cases of yours, {window_words(picture)}."
    else:
        counts = f"{cases(measure, person)}{interval_words(measure, person)}"
        you = f"You: {format_value(measure, person.value)}, {counts}, {window_words(picture)}."
    if picture.spread is not None:
        start, end = spread_ends(picture, picture.spread)
        return [you, f"{start[:1].upper()}{start[1:]} {end}, drawn without anybody's place in it."]
    if picture.drawn is PeersDrawn.NOTHING:
        return [you]
    parts = []
    if picture.quartiles is not None and picture.drawn is PeersDrawn.BAND:
        low, high = (format_value(measure, q) for q in picture.quartiles)
        parts.append(f"the middle half lies between {low} and {high}")
    if picture.median is not None:
        parts.append(f"the median is {format_value(measure, picture.median)}")
    if picture.benchmark is not None:
        parts.append(f"colleagues have reached {format_value(measure, picture.benchmark)}")
    drawn = "as dots" if picture.drawn is PeersDrawn.DOTS else "as a band"
    among = f"{format_count(picture.peers)} colleagues, drawn {drawn}"
    return [you, f"{among}: {', '.join(parts)}." if parts else f"{among}."]


def _trend_sentences(picture: PeerPicture, person: PersonPicture) -> list[str]:
    measure = picture.measure
    young = int((~person.settled & np.isfinite(person.values)).sum())
    person = firm_part(person)
    seen = np.flatnonzero(np.isfinite(person.values))
    if not seen.size:
        return []
    first, last = int(seen[0]), int(seen[-1])
    latest = format_value(measure, float(person.values[last]))
    if first == last:
        return [f"Your trend has one point: {latest}, {end_label(measure, picture.periods[last])}."]
    lowest, highest = (format_value(measure, float(f(person.values))) for f in (np.nanmin, np.nanmax))
    begin, end = (end_label(measure, picture.periods[index]) for index in (first, last))
    words = (
        f"Your own trend: from {format_value(measure, float(person.values[first]))} ({begin}) "
        f"to {latest} ({end}), between {lowest} and {highest}"
    )
    usual = usual_range_at(person, last)
    if usual is not None:
        low, high = (format_value(measure, limit) for limit in within_measure(measure, usual))
        why = range_label(picture, person).partition(", ")[2].replace("moves", "which moves")
        words += f"; your usual range{f', {why},' if why else ''} is {low} to {high} there"
    period = f"{picture.measure.period.value}{'' if young == 1 else 's'}"
    hollow = young and not person.settled[last + 1 :].all()
    late = f" {young} later {period}, drawn hollow, may still change." if hollow else ""
    at = picture.changed_at
    if at is not None and first < at <= last:
        words += f"; counted in a new way from {end_label(measure, picture.periods[at])}"
    return [f"{words}.{late}"]


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


def range_label(picture: PeerPicture, person: PersonPicture) -> str:
    """What the band is, beside its sample: it goes up and down with the colleagues of each period."""
    if not moves_with_colleagues(person):
        return "your usual range"
    alone = picture.drawn is PeersDrawn.NOTHING
    return "usual range, allowing for seasons" if alone else "usual range, moves with colleagues"


def moves_with_colleagues(person: PersonPicture) -> bool:
    """Whether the usual range follows the colleagues' middle; without five of them it is one's own alone."""
    if person.centre is None:
        return False
    known = person.centre[np.isfinite(person.centre)]
    return bool(known.size and np.ptp(known) > 1e-12)


def usual_range_at(person: PersonPicture, index: int) -> tuple[float, float] | None:
    """The usual range in one period, None where there is none."""
    if person.lower is None or person.upper is None:
        return None
    low, high = float(person.lower[index]), float(person.upper[index])
    return (low, high) if np.isfinite(low) and np.isfinite(high) else None


def within_measure(measure: MeasureFacts, limits: tuple[float, float]) -> tuple[float, float]:
    """Limits cut to what a measure can be: a share has no −2 %."""
    low, high = max(limits[0], 0.0), max(limits[1], 0.0)
    return (min(low, 1.0), min(high, 1.0)) if measure.kind is Kind.PROPORTION else (low, high)


def _running(words: str) -> str:
    """The words as they run inside a sentence: a small first letter, unless it belongs to an abbreviation."""
    words = in_plain_use(words.strip())
    return words if words[1:2].isupper() else words[:1].lower() + words[1:]


def _month_end(start: date) -> date:
    return (start.replace(day=1) + timedelta(days=32)).replace(day=1) - timedelta(days=1)


def _period_year(measure: MeasureFacts, start: date) -> int:
    week = measure.period is PeriodLength.WEEK
    return (start + timedelta(days=6)).year if week else start.year
