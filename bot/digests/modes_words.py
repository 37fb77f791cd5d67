"""The words for care that is not compared (D7, D8): counts with their range, or one case and a question."""

from __future__ import annotations

import re

from bot.comparison.types import Shift
from bot.digests import phrases
from bot.digests.facts import MeasureFacts, MeasureView, Spread, Told
from bot.digests.modes import LEAST_OTHERS, spread_of
from bot.digests.phrases import Room
from bot.digests.values import direction_words, format_count, format_day, format_number, format_value
from bot.slack_text import inert
from storage.terms import Counts, Domain, Kind

# "&" grows to five characters when it is made inert, and a section holds 3,000.
_STORY_CHARACTERS = 580
_ROUND = re.compile(r"\.0(?=$|\D)")


def counted_cases(view: MeasureView, room: Room) -> str:
    """How many there were, for a headline: `16 of 58 in a month`, `9 in 12 weeks`, `none in 12 weeks`."""
    result, measure = view.result, view.measure
    when = (
        phrases.when(view)
        if measure.counts is Counts.PANEL
        else f"in {phrases.periods(max(1, len(view.comparison.window)), measure.period)}"
    )
    if measure.kind is Kind.MEAN:
        among = phrases.own_words(measure.denominator, min(room.phrase, 4), 60)
        return f"{format_count(result.denominator)} {among} {when}"
    said = format_count(result.numerator) if result.numerator else "none"
    if measure.kind is Kind.PROPORTION:
        said += f" of {format_count(result.denominator)}"
    return f"{said} {when}"


def had_none(view: MeasureView) -> bool:
    """Whether nothing happened that could be read about."""
    return view.measure.kind is not Kind.MEAN and not view.result.numerator


def cases_figures(view: MeasureView, room: Room) -> str:
    """Own counts with their interval, the own trend, and the group's range without anybody's place in it."""
    parts = [
        f"{phrases.own_figures(view, room)}, {phrases.when(view)}.",
        direction_words(view.measure),
        _own_course(view, room),
        group_range(view),
    ]
    return " ".join(part for part in parts if part)


def _own_course(view: MeasureView, room: Room) -> str:
    """What one's own figures did: only what lasts is told of so few cases (D11)."""
    trend = view.result.trend
    if trend.shift is not Shift.NONE:
        along = phrases.before_and_since(view) is not None and phrases.went_along(view)
        return phrases.change(view, room) if along else ""
    return "Your own trend shows no lasting change." if room.drift and trend.centre is not None else ""


def group_range(view: MeasureView) -> str:
    """Between which figures the group lies, or why that is not said; and that they are expected to differ."""
    spread = spread_of(view)
    differ = "Patients differ, so figures do"
    if view.measure.domain is Domain.OUTCOME and not view.measure.adjusted_for:
        differ += "; it is not adjusted for that"
    if spread is None:
        return f"{differ}. {_no_range(view)}"
    whose = "Half your group" if spread.middle else "Your group"
    return f"{whose}: {spread_figures(view.measure, spread)}. {differ}."


def spread_figures(measure: MeasureFacts, spread: Spread) -> str:
    """The ends, as round as they are: `6–18 %`, `3–9 per 1,000`."""
    low, high = format_number(measure, spread.low), format_value(measure, spread.high)
    return f"{low.removesuffix('.0')}–{_ROUND.sub('', high)}"


def _no_range(view: MeasureView) -> str:
    if not view.group:
        return "No range of a group: you are in no peer group here yet."
    least = view.measure.min_denominator
    if view.comparison.clinicians - 1 < LEAST_OTHERS:
        return "No range of your group: it needs five colleagues with enough cases."
    if view.result.percentile is None and view.result.denominator < least:
        return f"No range of your group yet: it begins at {format_count(least)} of your own."
    if view.result.percentile is None:
        return "No range of your group yet: you were in it for less than half of that time."
    return "No range of your group: others' counts are too small to show."


def story_words(story: Told, room: Room) -> str:
    """The case as it was written down, with its day, in so many words."""
    told = inert(phrases.clip(story.text, room.story, _STORY_CHARACTERS))
    return f"On {format_day(story.day)}:\n>{told}"
