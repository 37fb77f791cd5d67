"""The right of the picture: the person's own periods with their usual range."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bot.comparison.types import BoolArray, FloatArray
from bot.digests import chart_pen as colours
from bot.digests import chart_words as say
from bot.digests.chart_layout import Scale, Span, push_apart, spread, tick_values, value_range
from bot.digests.chart_peers import HEADING, SMALL, Frame, least_span
from bot.digests.chart_pen import Pen
from bot.digests.facts import PeerPicture, PeersDrawn, PersonPicture, Spread
from bot.language.language import Language
from storage.terms import Kind

_VALUE_SIZE = 28.0
_LINE = 30.0
_SPREAD_BAR = 16.0
# Room for the heading beside the words about the group.
_SPREAD_HEADING = 270.0


@dataclass(frozen=True, slots=True)
class TrendPlan:
    """Everything about the right panel that does not depend on who looks."""

    frame: Frame
    places: FloatArray


def plan_trend(picture: PeerPicture, frame: Frame) -> TrendPlan:
    """Lay the panel out: every period has its place, whether or not there is a value."""
    count = len(picture.periods)
    if count == 1:
        return TrendPlan(frame, np.array([(frame.left + frame.right) / 2]))
    return TrendPlan(frame, np.linspace(frame.left + 10, frame.right - 10, count))


def draw_trend_axis(pen: Pen, picture: PeerPicture, plan: TrendPlan) -> None:
    """Draw what all members of the group share: heading, time axis, where the measure changed."""
    frame, measure, language = plan.frame, picture.measure, picture.language
    pen.text(frame.left, frame.heading, say.own_periods(measure, language), HEADING, colours.INK)
    pen.line([frame.left, frame.right], [frame.axis, frame.axis], colours.AXIS, 2)
    baseline = frame.axis - 34
    if picture.spread is not None:
        _draw_spread(pen, picture, frame, picture.spread)
    last = say.end_label(measure, picture.periods[-1], language)
    ends = [plan.places[-1]] if len(picture.periods) == 1 else [plan.places[0], plan.places[-1]]
    for x in ends:
        pen.line([x, x], [frame.axis, frame.axis - 7], colours.AXIS, 2)
    if len(ends) == 1:
        pen.text(ends[0], baseline, last, SMALL, colours.TEXT, align="center")
        return
    first = say.end_label(measure, picture.periods[0], language)
    start = max(plan.places[0] - pen.width(first, SMALL) / 2, frame.text.start)
    end = min(plan.places[-1] + pen.width(last, SMALL) / 2, frame.text.end)
    pen.text(start, baseline, first, SMALL, colours.TEXT)
    pen.text(end, baseline, last, SMALL, colours.TEXT, align="right")
    if picture.changed_at is not None and 0 < picture.changed_at < len(picture.periods):
        x = (plan.places[picture.changed_at - 1] + plan.places[picture.changed_at]) / 2
        pen.line([x, x], [frame.axis, frame.top + 4], colours.AXIS, 2, dashed=True)
        words = language.say("counted anew")
        half = pen.width(words, SMALL) / 2
        middle = min(max(x, frame.left + half), frame.right - half)
        pen.text(middle, frame.top + 12, words, SMALL, colours.TEXT, align="center")


def _draw_spread(pen: Pen, picture: PeerPicture, frame: Frame, spread: Spread) -> None:
    """The words and the sample of the group's range; it stands on the person's own axis (D7)."""
    words = " ".join(say.spread_ends(picture, spread))
    x = frame.text.end - 20
    size = pen.fitting(words, SMALL, x - frame.left - _SPREAD_HEADING)
    pen.text(x, frame.heading, words, size, colours.TEXT, align="right")
    x -= pen.width(words, size) + 14
    low, high = frame.heading - 3, frame.heading + 21
    pen.area([(x - _SPREAD_BAR, low), (x, low), (x, high), (x - _SPREAD_BAR, high)], colours.PEERS)


def _draw_spread_bar(pen: Pen, frame: Frame, scale: Scale, spread: Spread) -> None:
    """The group's range beside one's own periods, with nobody's place in it."""
    low, high = scale.at(spread.low), scale.at(spread.high)
    left, right = frame.right + 4, frame.right + 4 + _SPREAD_BAR
    pen.area([(left, low), (right, low), (right, high), (left, high)], colours.PEERS)


def draw_trend(pen: Pen, picture: PeerPicture, plan: TrendPlan, person: PersonPicture) -> None:
    """Draw the person's periods, usual range and latest value, and the benchmark over its own window."""
    frame = plan.frame
    if picture.drawn is PeersDrawn.NOTHING and picture.spread is None and person.why_alone:
        right = frame.text.end - 20
        size = pen.fitting(person.why_alone, SMALL, right - frame.left - _SPREAD_HEADING)
        pen.text(right, frame.heading, person.why_alone, size, colours.TEXT, align="right")
    young = ~person.settled & np.isfinite(person.values)
    late, person = person.values, say.firm_part(person)
    seen = np.flatnonzero(np.isfinite(person.values))
    if not seen.size:
        words = picture.language.say("nothing to show yet")
        pen.text(frame.left, (frame.axis + frame.top) / 2, words, SMALL, colours.TEXT)
        return
    lower, upper = _usual_range(picture, person)
    benchmark = _near(picture, person, picture.benchmark)
    goal = _near(picture, person, picture.goal)
    group = () if picture.spread is None else (picture.spread.low, picture.spread.high)
    across = [v for v in (benchmark, goal, *group) if v is not None]
    scale = _scale(picture, person, frame, lower, upper, across)
    _draw_value_axis(pen, picture, plan, scale)
    starts = {0, picture.changed_at or 0}
    if lower is not None and upper is not None:
        for part in _parts(np.isfinite(lower) & np.isfinite(upper), starts):
            _draw_band(pen, plan, scale, lower, upper, part)
    if benchmark is not None:
        _draw_benchmark(pen, picture, plan, scale.at(benchmark))
    if goal is not None:
        _draw_goal(pen, picture, plan, scale.at(goal))
    ys = scale.all_at(person.values)
    xs_line, ys_line = _broken(plan.places, ys, starts)
    pen.line(xs_line, ys_line, colours.YOU, 4)
    if picture.spread is not None:
        _draw_spread_bar(pen, frame, scale, picture.spread)
    close = (plan.places[-1] - plan.places[0]) / max(len(plan.places) - 1, 1) < 15
    size = 8.0 if close else 11.0
    firm = person.settled & np.isfinite(ys)
    pen.dots(plan.places[firm], ys[firm], size, colours.YOU)
    # What may still change bends neither the line nor the scale; far off, it waits at the edge.
    hollow = np.clip(scale.all_at(late)[young], frame.axis + 8, frame.top)
    pen.dots(plan.places[young], hollow, size, colours.WHITE, edge=colours.YOU, edge_width=3.0)
    _draw_labels(pen, picture, plan, person, int(seen[-1]), scale, (benchmark, goal))
    label = say.range_label(picture, person) if lower is not None else ""
    still = picture.language.say("may still change")
    _draw_notes(pen, plan, label, still if young.any() else "")


def _usual_range(picture: PeerPicture, person: PersonPicture) -> tuple[FloatArray | None, FloatArray | None]:
    if person.lower is None or person.upper is None:
        return None, None
    ceiling = 1.0 if picture.measure.kind is Kind.PROPORTION else None
    if not (np.isfinite(person.lower) & np.isfinite(person.upper)).any():
        return None, None
    return np.clip(person.lower, 0.0, ceiling), np.clip(person.upper, 0.0, ceiling)


def _own_values(person: PersonPicture, lower: FloatArray | None, upper: FloatArray | None) -> list[float]:
    arrays = [person.values] + [a for a in (lower, upper) if a is not None]
    return [float(v) for array in arrays for v in array[np.isfinite(array)]]


def _near(picture: PeerPicture, person: PersonPicture, value: float | None) -> float | None:
    """A value to draw across, unless it lies so far away that the person's own line would be pressed flat."""
    if value is None or not picture.window_periods:
        return None
    own = _own_values(person, *_usual_range(picture, person))
    low, high = min(own), max(own)
    away = max(low - value, value - high, 0.0)
    span = max(high - low, _least(picture, own))
    return value if away <= 1.5 * span else None


def _least(picture: PeerPicture, own: list[float]) -> float:
    least = least_span(own, picture.measure.kind is Kind.PROPORTION)
    if picture.trend_range is not None:
        # A quarter of what the group's trends span: one's own ripples stay ripples.
        least = max(least, (picture.trend_range[1] - picture.trend_range[0]) / 4)
    return least


def _scale(
    picture: PeerPicture,
    person: PersonPicture,
    frame: Frame,
    lower: FloatArray | None,
    upper: FloatArray | None,
    across: Sequence[float],
) -> Scale:
    own = _own_values(person, lower, upper)
    shown = [*own, *across]
    ceiling = 1.0 if picture.measure.kind is Kind.PROPORTION else None
    low, high = value_range(shown, least=_least(picture, own), floor=0.0, ceiling=ceiling)
    return Scale(low, high, frame.axis + 16, frame.top - 12)


def _draw_value_axis(pen: Pen, picture: PeerPicture, plan: TrendPlan, scale: Scale) -> None:
    frame, measure = plan.frame, picture.measure
    unit = 100.0 if measure.kind is Kind.PROPORTION else 1.0
    ticks, decimals = tick_values(scale.low * unit, scale.high * unit, 5)
    heights = scale.all_at(np.asarray(ticks) / unit)
    across = np.tile([frame.left, frame.right, np.nan], len(ticks))
    pen.line(across, np.repeat(heights, 3), colours.GRID, 2)
    for tick, y in zip(ticks, heights.tolist(), strict=True):
        words = say.tick_label(measure, tick, decimals, picture.language)
        size = pen.fitting(words, SMALL, frame.left - 10 - frame.text.start)
        pen.text(frame.left - 10, y - size * 0.36, words, size, colours.TEXT, align="right")


def _draw_band(
    pen: Pen, plan: TrendPlan, scale: Scale, lower: FloatArray, upper: FloatArray, part: slice
) -> None:
    x = plan.places[part]
    low, high = scale.all_at(lower[part]), scale.all_at(upper[part])
    if x.size == 1:
        x, low, high = x[0] + np.array([-6.0, 6.0]), np.repeat(low, 2), np.repeat(high, 2)
    pen.area(np.column_stack([np.r_[x, x[::-1]], np.r_[low, high[::-1]]]), colours.BAND)


def _draw_benchmark(pen: Pen, picture: PeerPicture, plan: TrendPlan, y: float) -> None:
    """Only over the window that it was computed for."""
    first, last = min(picture.window_periods), max(picture.window_periods)
    step = (plan.places[-1] - plan.places[0]) / max(len(plan.places) - 1, 1)
    reach = max(step / 2, 12.0 if first == last else 0.0)
    pen.line([plan.places[first] - reach, plan.places[last] + reach], [y, y], colours.REACHED, 4)


def _draw_goal(pen: Pen, picture: PeerPicture, plan: TrendPlan, y: float) -> None:
    """From the beginning of the compared periods on: it was no goal in the years before."""
    step = (plan.places[-1] - plan.places[0]) / max(len(plan.places) - 1, 1)
    start = plan.places[min(picture.window_periods)] - max(step / 2, 12.0)
    pen.line([start, plan.frame.right], [y, y], colours.GOAL, 4, dashed=True)


def _draw_labels(
    pen: Pen,
    picture: PeerPicture,
    plan: TrendPlan,
    person: PersonPicture,
    last: int,
    scale: Scale,
    across: tuple[float | None, float | None],
) -> None:
    """The labels at the right end: the latest value, and those of the benchmark and the goal (`across`)."""
    frame, measure, language = plan.frame, picture.measure, picture.language
    benchmark, goal = across
    x = max(frame.right, plan.places[last]) + 14 + (_SPREAD_BAR if picture.spread is not None else 0)
    room = frame.text.end - x
    y = scale.at(float(person.values[last]))
    bounds = Span(frame.axis + 4, frame.top + 10)
    label = Span(y - _LINE, y + _LINE)
    reached = None
    if benchmark is not None:
        at = scale.at(benchmark)
        half = len(_reached_lines(person, language)) * (_LINE - 2) / 2
        reached = Span(at - half, at + half)
    if goal is not None:
        # Three may come together: all move apart.
        at = scale.at(goal)
        mine = Span(at - _LINE / 2, at + _LINE / 2)
        others = () if reached is None else (reached,)
        label, mine, *rest = spread((label, mine, *others), bounds, 4)
        reached = rest[0] if rest else None
        words = language.say("goal {value}", value=say.value_label(measure, goal, language))
        pen.text(x, mine.end - _LINE + 8, words, pen.fitting(words, SMALL, room), colours.GOAL)
    elif reached is not None:
        label, reached = push_apart(label, reached, bounds, 4)
    else:
        label, _ = push_apart(label, Span(-1e6, -1e6 + 1), Span(bounds.start, bounds.end), 0)
    if reached is not None:
        for line, words in enumerate(_reached_lines(person, language)):
            size = pen.fitting(words, SMALL - 2, room)
            pen.text(x, reached.end - (line + 1) * (_LINE - 2) + 6, words, size, colours.REACHED)
    own = (
        say.period_label(measure, picture.periods[last], language),
        say.value_label(measure, float(person.values[last]), language),
    )
    for line, words in enumerate(own):
        size = pen.fitting(words, _VALUE_SIZE, room, bold=True)
        pen.text(x, label.end - (line + 1) * _LINE + 6, words, size, colours.YOU, bold=True)


def _reached_lines(person: PersonPicture, language: Language) -> list[str]:
    """The benchmark's label: whoever is among those who reached it reads so."""
    if person.sets_benchmark:
        return language.say("reached by\nyou and\nothers").splitlines()
    return language.say("some have\nreached").splitlines()


def _draw_notes(pen: Pen, plan: TrendPlan, label: str, still: str) -> None:
    """Under the trend: what the band is, and what hollow dots are (`still`, "" without any)."""
    x, y = plan.frame.left, plan.frame.axis - 72
    if label:
        size = pen.fitting(label, SMALL, plan.frame.text.end - x - 38)
        pen.area([(x, y - 4), (x + 30, y - 4), (x + 30, y + 22), (x, y + 22)], colours.BAND)
        pen.text(x + 38, y, label, size, colours.TEXT)
        after = x + 38 + pen.width(label, size) + 18
        fits = after + 24 + pen.width(still, SMALL) <= plan.frame.text.end
        x, y = (after, y) if fits else (x, y - _LINE - 2)
    if still:
        pen.dots([x + 8], [y + 9], 12, colours.WHITE, edge=colours.YOU, edge_width=3.0)
        pen.text(x + 24, y, still, SMALL, colours.TEXT)


def _parts(there: BoolArray, starts: set[int]) -> list[slice]:
    """Runs of periods without a gap and without a change of the measure inside."""
    parts: list[slice] = []
    begin: int | None = None
    for index, present in enumerate([*there.tolist(), False]):
        if begin is not None and (not present or index in starts):
            parts.append(slice(begin, index))
            begin = None
        if present and begin is None:
            begin = index
    return parts


def _broken(xs: FloatArray, ys: FloatArray, starts: set[int]) -> tuple[FloatArray, FloatArray]:
    """The line with a break before each start."""
    at = [s for s in sorted(starts) if 0 < s < len(xs)]
    return np.insert(xs, at, np.nan), np.insert(ys, at, np.nan)
