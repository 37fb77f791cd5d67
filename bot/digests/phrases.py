"""A measure's own words and figures, woven into sentences; everything returned is ready for mrkdwn."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from bot.digests.facts import Compared, MeasureFacts, MeasureView
from bot.digests.framing import currency
from bot.digests.measure_nouns import (
    HALF_A_YEAR,
    WEEKS_A_MONTH,
    Room,
    a_period,
    about,
    amount,
    counted_noun,
    denominator_words,
    duration,
    for_count,
    in_periods,
    in_time,
    more_of,
    noun_in,
    numerator_words,
    singular,
    sum_about,
    with_time,
)
from bot.digests.reach import SIGN, base, own_periods
from bot.digests.select import compares
from bot.digests.values import (
    beyond,
    direction_words,
    format_goal,
    format_number,
    format_range,
    format_value,
)
from bot.language.language import Language, noted
from storage.terms import Counts, Direction, Kind, PeriodLength

_MIDDLE = {
    "at": noted("half your colleagues are at {value}"),
    "above": noted("half your colleagues are above {value}"),
    "below": noted("half your colleagues are below {value}"),
}

_REACHING_SOME = noted("Reaching what some have")
_REACHING_MIDDLE = noted("Reaching the middle of your colleagues")
_REACHING_EXPECTED = noted("Reaching what was expected")


def when(view: MeasureView, language: Language) -> str:
    """The days that the figures are of (D24): a panel's is one day."""
    if view.measure.counts is Counts.PANEL:
        return language.say("on {day}", day=language.day(view.last_day))
    return language.span(view.first_day, view.last_day)


def own_figures(view: MeasureView, room: Room, language: Language) -> str:
    """Numerator, denominator, value and interval in one clause (D6), without its end.

    Where the reader set something aside: what was imported, and the figure without it beside (D19).
    """
    reported, result, measure = view.reported, view.result, view.measure
    if reported is None:
        return _own_figures(view, room, language)
    imported = replace(
        result,
        numerator=reported.numerator,
        denominator=reported.denominator,
        value=reported.value,
        expected=None,
        interval=(None, None),
    )
    told = _own_figures(replace(view, result=imported), room, language)
    if result.value is None:
        return language.say("{told}; you set all of it aside", told=told)
    figures = {
        "told": told,
        "value": format_value(measure, result.value, language),
        "count": amount(measure, result.numerator, language),
        "total": language.count(result.denominator),
        "likely": likely(view, language),
    }
    if measure.kind is Kind.PROPORTION:
        return language.say(
            "{told}; without the {aside} you set aside {value} ({count} of {total}{likely})",
            aside=language.count(reported.set_aside),
            **figures,
        )
    return language.say("{told}; without what you set aside {value} ({count} in {total}{likely})", **figures)


def _own_figures(view: MeasureView, room: Room, language: Language) -> str:
    measure, result = view.measure, view.result
    if result.value is None:
        return language.say("No figures yet")
    told = {
        "count": amount(measure, result.numerator, language),
        "total": language.count(result.denominator),
        "among": denominator_words(measure, room),
        "value": format_value(measure, result.value, language),
        "likely": likely(view, language),
    }
    if measure.kind is Kind.PROPORTION:
        told["among"] = for_count(result.denominator, told["among"])
        return language.say("{count} of your {total} {among} ({value}{likely})", **told)
    told["counted"] = numerator_words(measure, room, language)
    if measure.kind is Kind.RATE:
        return language.say("Yours is {value} ({count} {counted} in {total} {among}{likely})", **told)
    if measure.kind is Kind.MEAN:
        told["value"] = with_time(measure, told["value"])
        return language.say(
            "Yours is {value} on average ({count} {counted} over {total} {among}{likely})", **told
        )
    if result.expected is None:
        return language.say("{count} {counted}, from {total} {among} (ratio {value}{likely})", **told)
    return language.say(
        "{count} {counted} where {expected} were expected, from {total} {among} (ratio {value}{likely})",
        expected=language.count(result.expected),
        **told,
    )


def counts_only(view: MeasureView, room: Room, language: Language) -> str:
    """Numerator and denominator without a value."""
    measure, result = view.measure, view.result
    return language.say(
        "{count} {counted}, among {total} {among}",
        count=amount(measure, result.numerator, language),
        counted=numerator_words(measure, room, language),
        total=language.count(result.denominator),
        among=denominator_words(measure, room),
    )


def peers_figures(view: MeasureView, room: Room, language: Language) -> str:
    """Where colleagues are, and what they have reached with its patient count (D6, D15); "" without them.

    Whoever is among those who set it is told so: their own figure may lie on either side of it.
    """
    measure, comparison = view.measure, view.comparison
    if not compares(view) or comparison.median is None:
        return ""
    # A rate's "per 1,000" has just been said.
    told = format_number if measure.kind is Kind.RATE else format_value
    median = told(measure, comparison.median, language)
    middle = language.say(_MIDDLE[beyond(measure, comparison.median)], value=median)
    if comparison.benchmark is None or not room.reached:
        return middle
    among = noun_in(measure.denominator)
    if not among and room.peers_phrase:
        among = denominator_words(measure, room)
    reached = {
        "middle": middle,
        "value": told(measure, comparison.benchmark.value, language),
        "counts": f"{language.count(comparison.benchmark.denominator)} {among}".strip(),
    }
    share = measure.kind is Kind.PROPORTION
    if view.result.in_benchmark_set:
        if share:
            return language.say(
                "{middle}, and you and others together average {value} (of {counts})", **reached
            )
        return language.say(
            "{middle}, and you and others together average {value} (over {counts})", **reached
        )
    if share:
        return language.say("{middle}, and some have reached {value} (of their {counts})", **reached)
    return language.say("{middle}, and some have reached {value} (over their {counts})", **reached)


def figures(view: MeasureView, room: Room, language: Language) -> str:
    """Own and colleagues' figures, their days and the direction, as sentences."""
    peers = peers_figures(view, room, language)
    own = f"{own_figures(view, room, language)}, {when(view, language)}"
    direction = direction_words(view.measure, language)
    return f"{own}; {peers}. {direction}" if peers else f"{own}. {direction}"


def goal(view: MeasureView, language: Language) -> str:
    """The goal that the group adopted, as a sentence; "" without one."""
    if view.goal is None:
        return ""
    return language.say(
        "Your group's goal is {goal}.", goal=format_goal(view.measure, view.goal.value, language)
    )


def no_comparison(view: MeasureView, language: Language) -> str:
    """Why there is no comparison, in plain words (D3, D7–D9, D16, D29); "" where there is one."""
    match view.compared:
        case Compared.TOO_FEW_PEERS:
            return language.say("No comparison: it needs five colleagues with enough cases.")
        case Compared.TOO_FEW_CASES:
            least = language.count(view.measure.min_denominator)
            return language.say("Not enough cases yet for a comparison: it begins at {least}.", least=least)
        case Compared.HALF_WINDOW:
            return language.say("No comparison yet: you were here for less than half of that time.")
        case Compared.OTHER_MODE:
            return language.say("No comparison: read the cases, not the rate.")
        case Compared.NO_GROUP:
            return language.say("No comparison: you are in no peer group here yet.")
        case Compared.NO_DATA:
            return "" if view.reported is not None else language.say("No figures yet.")
        case Compared.YES:
            if not compares(view):
                return language.say("No comparison: it is not adjusted for patient mix.")
    return ""


def still_coming_in(view: MeasureView, language: Language) -> str:
    """Why the figures end where they do, where younger ones are there and may still change; else ""."""
    young = ~view.settled & np.isfinite(view.result.trend.values)
    if not young.any():
        return ""
    count = int(young.sum())
    if view.measure.period is PeriodLength.WEEK:
        return language.say_many(
            "The week since may still change.", "The weeks since may still change.", count
        )
    return language.say_many("The month since may still change.", "The months since may still change.", count)


def counted_anew(view: MeasureView, language: Language) -> str:
    """From when on it is counted in a new way, where the periods shown reach back before that; else ""."""
    changed = view.measure.changed
    if changed is None or not view.periods or not view.periods[0] < changed <= view.last_day:
        return ""
    day = language.day(changed, year=changed.year != view.last_day.year)
    return language.say("Counted in a new way since {day}.", day=day)


def gap(view: MeasureView) -> tuple[float, str]:
    """The distance to what colleagues have reached, in counts, and what is counted.

    Against the benchmark; for a ratio against what was expected; else against the middle of the colleagues.
    A mean's is in its own hours or days. (0, "") where a count makes no sense or nothing is left.
    """
    measure, result, comparison = view.measure, view.result, view.comparison
    sign = SIGN[measure.direction]
    target = comparison.benchmark.value if comparison.benchmark else comparison.median
    if measure.kind is Kind.RATIO:
        target = 1.0
    if target is None or result.value is None or sign == 0 or not compares(view):
        return 0.0, ""
    if measure.kind is Kind.MEAN and (measure.counts is Counts.PANEL or not in_time(measure)):
        return 0.0, ""
    left = (target - result.value) * sign * base(view)
    return (left, counted_noun(measure)) if left > 0 else (0.0, "")


def way_to_go(view: MeasureView, room: Room, language: Language) -> str:
    """The gap in patients and in time (D20, D26), as a sentence that says to what; "" without one.

    A panel's gap is closed patient by patient, so it has a pace; a gap in events comes again every period.
    """
    left, noun = gap(view)
    if left <= 0:
        return ""
    measure, unit = view.measure, view.measure.period
    reaching = language.say(_reaching(view))
    count, sign, up = round(left), currency(measure), measure.direction is Direction.HIGHER
    if count < 1:
        one = singular(noun) if noun else language.say("case")
        return language.say("{reaching} would take less than one {noun}.", reaching=reaching, noun=one)
    whole = f"{sign}{language.count(count)}"
    more = more_of(measure, whole, up=up, language=language, one=count == 1 and not sign)
    if measure.counts is Counts.PANEL:
        if count == 1 or not room.pace:
            return language.say("{reaching} would take {count}.", reaching=reaching, count=more)
        return language.say(
            "{reaching} would take {count}: {pace}.",
            reaching=reaching,
            count=more,
            pace=_pace(count, measure, language),
        )
    length = own_periods(view)
    when = in_periods(length, unit, language)
    if length == 1 or count < length:
        return language.say("{reaching} would take {count} {when}.", reaching=reaching, count=more, when=when)
    each = sum_about(sign, count / length, language)
    told = {
        "reaching": reaching,
        "count": a_period(more_of(measure, each, up=up, language=language), unit, language),
    }
    if not room.pace:
        return language.say("{reaching} would take about {count}.", **told)
    return language.say(
        "{reaching} would take about {count} ({total} {when}).", total=whole, when=when, **told
    )


def _reaching(view: MeasureView) -> str:
    """What a gap is a gap to."""
    if view.measure.kind is Kind.RATIO:
        return _REACHING_EXPECTED
    return _REACHING_SOME if view.comparison.benchmark else _REACHING_MIDDLE


def _pace(count: int, measure: MeasureFacts, language: Language) -> str:
    weekly = measure.period is PeriodLength.WEEK
    pace = max(1, round(count / (HALF_A_YEAR if weekly else 6)))
    steps = count / pace
    return language.say(
        "at {pace}, about {duration}",
        pace=a_period(about(pace, language), measure.period, language),
        duration=duration(steps if weekly else steps * WEEKS_A_MONTH, language),
    )


def likely(view: MeasureView, language: Language) -> str:
    """`, likely 69–77 %`: the interval behind a value; "" where there is none (D6)."""
    low, high = view.result.interval
    if high is None or not math.isfinite(high) or view.result.value is None:
        return ""
    if low is None:
        told = format_value if view.measure.kind is Kind.PROPORTION else format_number
        return language.say(", likely up to {value}", value=told(view.measure, high, language))
    return language.say(
        ", likely {range}", range=format_range(view.measure, low, high, view.result.value, language)
    )
