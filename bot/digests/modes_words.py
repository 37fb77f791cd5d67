"""The words for care that is not compared (D7, D8): counts with their range, or one case and a question."""

from __future__ import annotations

import math
from dataclasses import replace

from bot.comparison.types import Shift
from bot.digests import changes, phrases
from bot.digests import measure_nouns as nouns
from bot.digests.facts import MeasureFacts, MeasureView, Spread, Told
from bot.digests.measure_nouns import Room
from bot.digests.modes import LEAST_CASES, LEAST_OTHERS, spread_of
from bot.digests.values import direction_words, format_number, format_value
from bot.language.language import Language
from bot.slack_text import inert
from storage.terms import Counts, Domain, Kind, PeriodLength

# "&" grows to five characters when it is made inert, and a section holds 3,000.
_STORY_CHARACTERS = 580


def counted_cases(view: MeasureView, room: Room, language: Language) -> str:
    """How many there were, for a headline: `16 of your 58 stays in January`, `none in 12 weeks`."""
    result, measure = view.result, view.measure
    when = _in_time(view, language)
    among = nouns.for_count(result.denominator, nouns.denominator_words(measure, _brief(room)))
    among = among if room.in_counts else ""
    if measure.kind is Kind.MEAN:
        return " ".join(part for part in (language.count(result.denominator), among, when) if part)
    said = language.count(result.numerator) if result.numerator else language.say("none")
    if measure.kind is Kind.PROPORTION:
        total = f"{language.count(result.denominator)} {among}".strip()
        said = language.say("{count} of your {total}", count=said, total=total)
    return f"{said} {when}"


def _brief(room: Room) -> Room:
    return replace(room, phrase=min(room.phrase, 4))


def _in_time(view: MeasureView, language: Language) -> str:
    """`in January`, `in 12 weeks`, `on 19 July`."""
    measure, length = view.measure, len(view.comparison.window)
    if measure.counts is Counts.PANEL:
        return phrases.when(view, language)
    if length == 1 and measure.period is PeriodLength.MONTH:
        return language.say("in {month}", month=phrases.when(view, language))
    return nouns.in_periods(max(1, length), measure.period, language)


def happened(view: MeasureView) -> int:
    """How many cases there are to think about."""
    mean = view.measure.kind is Kind.MEAN
    return math.ceil(view.result.denominator if mean else view.result.numerator)


def cases_figures(view: MeasureView, room: Room, language: Language) -> str:
    """Own counts with their interval, the own trend, and the group's range without anybody's place in it."""
    parts = [
        "" if _said(view) else f"{_own_counts(view, room, language)}, {phrases.when(view, language)}.",
        direction_words(view.measure, language),
        _own_course(view, room, language),
        group_range(view, language),
    ]
    return " ".join(part for part in parts if part)


def _said(view: MeasureView) -> bool:
    """Whether the headline has said the counts and their days, and nothing could be added to them."""
    few = view.result.denominator < LEAST_CASES and view.reported is None
    days = view.measure.counts is Counts.PANEL or (
        len(view.comparison.window) == 1 and view.measure.period is PeriodLength.MONTH
    )
    return few and days and view.measure.kind is Kind.PROPORTION


def _own_counts(view: MeasureView, room: Room, language: Language) -> str:
    """The counts; under ten cases without a share or an average, which would say more than they can."""
    measure, result = view.measure, view.result
    if result.denominator >= LEAST_CASES and measure.kind is Kind.PROPORTION and view.reported is None:
        # The headline has said the counts.
        value = format_value(measure, result.value or 0.0, language)
        return language.say("That is {value}{likely}", value=value, likely=phrases.likely(view, language))
    if result.denominator >= LEAST_CASES or measure.kind not in (Kind.PROPORTION, Kind.MEAN):
        return phrases.own_figures(view, room, language)
    among = nouns.for_count(result.denominator, nouns.denominator_words(measure, room))
    told = {
        "count": nouns.amount(measure, result.numerator, language),
        "total": language.count(result.denominator),
        "among": among,
    }
    if measure.kind is Kind.PROPORTION:
        return language.say("{count} of your {total} {among}", **told)
    counted = nouns.numerator_words(measure, room, language)
    return language.say("{count} {counted} over {total} {among}", counted=counted, **told)


def _own_course(view: MeasureView, room: Room, language: Language) -> str:
    """What one's own figures did: only what lasts is told of so few cases (D11)."""
    trend = view.result.trend
    if trend.shift is not Shift.NONE:
        along = changes.before_and_since(view) is not None and changes.went_along(view)
        return changes.change(view, room, language) if along else ""
    if not room.drift or trend.centre is None:
        return ""
    return changes.drift(view, language) or language.say("Your own trend shows no lasting change.")


def group_range(view: MeasureView, language: Language) -> str:
    """Between which figures the group lies, or why that is not said; and why they are expected to differ."""
    spread = spread_of(view)
    unadjusted = view.measure.domain is Domain.OUTCOME and not view.measure.adjusted_for
    if spread is None:
        differ = language.say("This does not allow for how ill your patients were.") if unadjusted else ""
        return f"{differ} {_no_range(view, language)}".strip()
    if unadjusted:
        differ = language.say("These figures do not allow for how ill the patients were.")
    else:
        differ = language.say("Patients differ, and so do figures.")
    low, high = spread_ends(view.measure, spread, language)
    if spread.middle:
        told = language.say("Half of your group lies between {low} and {high}.", low=low, high=high)
    else:
        told = language.say("Your group lies between {low} and {high}.", low=low, high=high)
    return f"{told} {differ}"


def spread_ends(measure: MeasureFacts, spread: Spread, language: Language) -> tuple[str, str]:
    """The ends, as round as they are: `6 %` and `18 %`, `3` and `9 per 1,000`."""
    told = format_value if measure.kind is Kind.PROPORTION else format_number
    low = told(measure, spread.low, language, trimmed=True)
    return low, format_value(measure, spread.high, language, trimmed=True)


def _no_range(view: MeasureView, language: Language) -> str:
    if not view.group:
        return language.say("Your group's range is shown once you are in a peer group.")
    least = view.measure.min_denominator
    if view.comparison.clinicians - 1 < LEAST_OTHERS:
        return language.say("Your group's range is shown once five colleagues have enough cases.")
    if view.result.percentile is None and view.result.denominator < least:
        return language.say("Your group's range is shown once you have {least}.", least=language.count(least))
    if view.result.percentile is None:
        return language.say("Your group's range is shown once you were in it for half of the time.")
    return language.say("Your group's range is not shown: others' counts are too small.")


def story_words(story: Told, room: Room, language: Language) -> str:
    """The case as it was written down, with its day, in so many words."""
    told = inert(nouns.clip(story.text, room.story, _STORY_CHARACTERS))
    return language.say("On {day}:\n>{story}", day=language.day(story.day), story=told)
