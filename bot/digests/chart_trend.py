"""The right of the picture: the person's own periods with their usual range."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bot.comparison.types import FloatArray
from bot.digests import chart_pen as colours
from bot.digests import chart_words as say
from bot.digests.chart_layout import Scale, Span, centred, push_apart, spread, tick_values
from bot.digests.chart_peers import HEADING, SMALL, Frame
from bot.digests.chart_pen import Pen
from bot.digests.chart_range import Shown, parts, shown_in_trend
from bot.digests.facts import PeerPicture, PeersDrawn, PersonPicture, Spread
from bot.language.language import Language
from storage.terms import Kind

_VALUE_SIZE = 28.0
_ASIDE_SIZE = 22.0
_LINE = 30.0
_SPREAD_BAR = 6.0
# Between the end of the plot and the labels, where the group's bar stands there.
_SPREAD_ROOM = 16.0
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
    """The words about the group's range; it stands on the person's own axis (D7)."""
    words = " ".join(say.spread_ends(picture, spread))
    x = frame.text.end - 20
    size = pen.fitting(words, SMALL, x - frame.left - _SPREAD_HEADING)
    pen.text(x, frame.heading, words, size, colours.TEXT, align="right")


def _draw_spread_bar(pen: Pen, frame: Frame, scale: Scale, spread: Spread) -> None:
    """The group's range beside one's own periods, with nobody's place in it."""
    low, high = scale.at(spread.low), scale.at(spread.high)
    x = frame.right + 10
    pen.line([x, x], [low, high], colours.PEERS, _SPREAD_BAR)
    for y in (low, high):
        pen.line([x - 7, x + 7], [y, y], colours.PEERS, 3)


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
    shown = shown_in_trend(picture, person)
    scale = Scale(shown.low, shown.high, frame.axis + 16, frame.top - 12)
    _draw_value_axis(pen, picture, plan, scale)
    starts = {0, picture.changed_at or 0}
    if shown.lower is not None and shown.upper is not None:
        for part in parts(np.isfinite(shown.lower), starts):
            _draw_band(pen, plan, scale, shown.lower[part], shown.upper[part], part)
    if shown.benchmark is not None:
        _draw_benchmark(pen, picture, plan, scale.at(shown.benchmark))
    if shown.goal is not None:
        _draw_goal(pen, picture, plan, scale.at(shown.goal))
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
    last = int(seen[-1])
    crossing = [scale.at(value) for value in (shown.benchmark, shown.goal) if value is not None]
    _draw_aside(pen, picture, plan, np.r_[ys, crossing], say.aside_after(person, last))
    beside = frame.right + (14 if picture.spread is None else 10 + _SPREAD_ROOM)
    _draw_labels(pen, frame, beside, _labels(picture, person, last, scale, shown))
    label = picture.language.say("your usual range") if shown.lower is not None else ""
    still = picture.language.say("may still change")
    _draw_notes(pen, plan, label, still if young.any() else "")


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
    """One unbroken part of the usual range, as far as the axis reaches."""
    x = plan.places[part]
    low, high = (scale.all_at(np.clip(edge, scale.low, scale.high)) for edge in (lower, upper))
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


@dataclass(frozen=True, slots=True)
class _Label:
    """Lines of text at the right end, around the pixel that they speak of."""

    at: float
    lines: list[str]
    size: float
    leading: float
    colour: str
    bold: bool = False

    @property
    def span(self) -> Span:
        half = len(self.lines) * self.leading / 2
        return Span(self.at - half, self.at + half)


def _labels(
    picture: PeerPicture, person: PersonPicture, last: int, scale: Scale, shown: Shown
) -> list[_Label]:
    """The latest value first, then what it is seen against."""
    measure, language = picture.measure, picture.language
    value = float(person.values[last])
    told = say.period_counts(measure, person, last, language)
    told = say.value_label(measure, value, language) if told is None else told
    own = [say.period_label(measure, picture.periods[last], language), told]
    found = [_Label(scale.at(value), [one for one in own if one], _VALUE_SIZE, _LINE, colours.YOU, bold=True)]
    small, leading = SMALL - 2, _LINE - 2
    if shown.goal is not None:
        words = language.say("goal {value}", value=say.value_label(measure, shown.goal, language))
        found.append(_Label(scale.at(shown.goal), [words], SMALL, _LINE, colours.GOAL))
    if shown.benchmark is not None:
        lines = _reached_lines(person, language)
        found.append(_Label(scale.at(shown.benchmark), lines, small, leading, colours.REACHED))
    if picture.spread is not None:
        middle = (scale.at(picture.spread.low) + scale.at(picture.spread.high)) / 2
        lines = say.spread_label(picture.spread, language)
        found.append(_Label(middle, lines, small, leading, colours.TEXT))
    return found


def _draw_labels(pen: Pen, frame: Frame, x: float, labels: list[_Label]) -> None:
    """The labels at the right end, from the pixel `x` on, moved apart."""
    room = frame.text.end - x
    bounds = Span(frame.axis + 4, frame.top + 10)
    spans = tuple(label.span for label in labels)
    # Of two the own one stays at its value.
    placed = push_apart(*spans, bounds, 4) if len(spans) == 2 else spread(spans, bounds, 4)
    for label, span in reversed(list(zip(labels, placed, strict=True))):
        for line, words in enumerate(label.lines):
            size = pen.fitting(words, label.size, room, bold=label.bold)
            y = span.end - (line + 1) * label.leading + 6
            pen.text(x, y, words, size, label.colour, bold=label.bold)


def _draw_aside(pen: Pen, picture: PeerPicture, plan: TrendPlan, ys: FloatArray, aside: list[int]) -> None:
    """Why the line stops before the end, where the reader set aside what followed.

    `ys`: the own values' pixels, and those of what is drawn across.
    """
    if not aside:
        return
    frame, words = plan.frame, picture.language.say("set aside")
    width = pen.width(words, _ASIDE_SIZE)
    span = centred(float(plan.places[aside].mean()), width, Span(frame.left, frame.right))
    at = np.r_[plan.places, np.full(ys.size - plan.places.size, frame.right)]
    near = ys[np.isfinite(ys) & (at > span.start - 20)]
    heights = np.linspace(frame.axis + 14, frame.top - 40, 6).tolist()
    y = next((y for y in heights if (np.abs(near - y - 8) > _ASIDE_SIZE).all()), heights[0])
    pen.text(span.start, y, words, _ASIDE_SIZE, colours.TEXT)


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


def _broken(xs: FloatArray, ys: FloatArray, starts: set[int]) -> tuple[FloatArray, FloatArray]:
    """The line with a break before each start."""
    at = [s for s in sorted(starts) if 0 < s < len(xs)]
    return np.insert(xs, at, np.nan), np.insert(ys, at, np.nan)
