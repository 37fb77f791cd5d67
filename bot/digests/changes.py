"""What a clinician's own figures did over time, in sentences: lasting changes, and slow ones."""

from __future__ import annotations

import numpy as np

from bot.comparison.types import FloatArray, Shift
from bot.digests.facts import MeasureView
from bot.digests.framing import currency
from bot.digests.measure_nouns import Room, a_period, in_time, more_of, sum_about, units, with_time
from bot.digests.reach import base, own_periods
from bot.digests.values import format_difference, format_value
from bot.language.language import Language
from storage.terms import Counts, Kind, PeriodLength

# Below this share of a change seen beside the colleagues, one's own line tells another story.
OWN_SHARE = 0.5
# A figure that went so far over the periods shown, first four against last four, and by more than so many
# times what its ups and downs explain, is seen in the picture and so has to be told.
_ENDS, _MUCH, _TIMES_CHANCE = 4, 0.05, 3.0
# The mean step between neighbours is so many standard deviations (the XmR chart's d2).
_STEPS = 1.128


def since(view: MeasureView, language: Language) -> str:
    """When the change began: `the week of 2 June`, `May`; `then` where it is not known."""
    index = view.result.trend.since
    if index is None or not 0 <= index < len(view.periods):
        return language.say("then")
    start = view.periods[index]
    year = start.year != view.last_day.year
    if view.measure.period is PeriodLength.MONTH:
        return language.month(start, year=year)
    return language.say("the week of {day}", day=language.day(start, year=year))


def before_and_since(view: MeasureView) -> tuple[float, float] | None:
    """The person's own mean before a sustained change and since; None where either is not known."""
    trend = view.result.trend
    if trend.shifted_by is None or trend.since is None or trend.shift is Shift.NONE:
        return None
    settled = _told_values(view)
    before, since = settled[: trend.since], settled[trend.since :]
    if not np.isfinite(before).any() or not np.isfinite(since).any():
        return None
    return float(np.nanmean(before)), float(np.nanmean(since))


def went_along(view: MeasureView) -> bool:
    """Whether the person's own figure moved the way that the comparison says it did.

    A change is judged beside the colleagues: where these moved more, one's own line may have gone the other
    way, or hardly at all, and saying "you gained" would contradict what the reader sees.
    """
    means = before_and_since(view)
    if means is None or view.result.trend.shifted_by is None:
        return True
    return (means[1] - means[0]) / view.result.trend.shifted_by >= OWN_SHARE


def change(view: MeasureView, room: Room, language: Language) -> str:
    """A sustained change in the reader's own figures, with its direction and in counts (D17, D20)."""
    trend = view.result.trend
    if trend.shifted_by is None or trend.shift is Shift.NONE:
        return ""
    size = with_time(view.measure, format_difference(view.measure, trend.shifted_by, language))
    up = trend.shift is Shift.UP
    means = before_and_since(view)
    if means is None:
        if up:
            return language.say("Compared with your colleagues it moved up {size}.", size=size)
        return language.say("Compared with your colleagues it moved down {size}.", size=size)
    start, end = (format_value(view.measure, mean, language) for mean in means)
    if start == end:
        went = language.say("It stayed at {value}", value=start)
    else:
        went = language.say("It went from {start} to {end}", start=start, end=end)
    if went_along(view):
        size = _size_in_counts(view, language) if room.in_counts else ""
        return f"{went}{size}."
    if up:
        return language.say("{went}; compared with your colleagues that is {size} up.", went=went, size=size)
    return language.say("{went}; compared with your colleagues that is {size} down.", went=went, size=size)


def drift(view: MeasureView, language: Language) -> str:
    """What a figure without a sustained change did over the periods shown, where it drifted; else ""."""
    ends = drifted(view)
    if ends is None:
        return ""
    start, end = (format_value(view.measure, value, language) for value in ends)
    return language.say(
        "Over the {periods} shown it went from {start} to {end}.",
        periods=units(view.measure.period, language),
        start=start,
        end=end,
    )


def drifted(view: MeasureView) -> tuple[float, float] | None:
    """Where a figure came from and where it went over the periods shown, if that can be seen; else None."""
    values = _told_values(view)
    values = values[np.isfinite(values)]
    if len(values) < 2 * _ENDS:
        return None
    first, last = float(values[:_ENDS].mean()), float(values[-_ENDS:].mean())
    scatter = float(np.abs(np.diff(values)).mean()) / _STEPS * (2 / _ENDS) ** 0.5
    if abs(last - first) < max(_MUCH * max(abs(first), abs(last)), _TIMES_CHANCE * scatter, 1e-9):
        return None
    return first, last


def _told_values(view: MeasureView) -> FloatArray:
    """One's own values, NaN where they have not settled or are of an earlier way of counting."""
    changed = view.measure.changed
    same = [changed is None or view.last_day < changed or start >= changed for start in view.periods]
    return np.where(view.settled & np.array(same, bool), view.result.trend.values, np.nan)


def _size_in_counts(view: MeasureView, language: Language) -> str:
    """`, about ten fewer patients a week`; "" for a panel, a mean, or less than one."""
    trend = view.result.trend
    mean = view.measure.kind is Kind.MEAN and not in_time(view.measure)
    if trend.shifted_by is None or view.measure.counts is Counts.PANEL or mean:
        return ""
    number = abs(trend.shifted_by) * base(view) / own_periods(view)
    if number < 1:
        return ""
    told = sum_about(currency(view.measure), number, language)
    count = more_of(view.measure, told, up=trend.shift is Shift.UP, language=language)
    return language.say(", about {count}", count=a_period(count, view.measure.period, language))
