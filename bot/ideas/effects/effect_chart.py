"""The picture of a unit's measure with the days on which ideas came into place: read at a glance, on a phone.

1,200 pixels wide with text of at least 26, in the colours of the digest's picture. The same input gives the
same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from bot.comparison.types import FloatArray
from bot.digests import chart_pen as colours
from bot.digests import chart_words as say
from bot.digests.chart_layout import Scale, Span, centred, push_apart, tick_values, value_range
from bot.digests.chart_peers import least_span
from bot.digests.chart_pen import DPI, LayerPen, Pen, shorten, wrap
from bot.digests.chart_png import SharedPixels
from bot.digests.facts import Picture
from bot.digests.values import format_day
from bot.digests.weeks import last_day
from bot.ideas.effects.effect_facts import Effect, Level, Mark, Standing
from bot.ideas.effects.effect_words import effect_words
from storage.terms import Kind

WIDTH, HEIGHT = 1200, 690
MOST_MARKS: Final = 4

_MARGIN, _LEFT, _RIGHT = 36.0, 130.0, 985.0
_HEADLINE, _VALUE, _SMALL = 36.0, 34.0, 26.0
_AXIS, _FOOT = 138.0, 26.0
_LINE = 42.0
_LONGEST_ALT = 2000


@dataclass(frozen=True, slots=True)
class _Plot:
    """Where periods and values stand, in pixels."""

    places: FloatArray
    scale: Scale
    top: float


def draw_effect(found: Effect) -> Picture:
    """Draw the trend with its marks (1,200 × 690 pixels)."""
    figure = Figure(figsize=(WIDTH / DPI, HEIGHT / DPI), dpi=DPI, facecolor=colours.WHITE)
    agg = FigureCanvasAgg(figure)
    agg.draw()
    blank = SharedPixels(agg.buffer_rgba())
    _draw(LayerPen(figure, agg.get_renderer()), found)
    title = f"#{found.mark.number} and {found.measure.title}"
    return Picture(png=blank.encode(agg.buffer_rgba()), title=title[:200], alt_text=alt_text(found))


def compose(figure: Figure, found: Effect) -> None:
    """Make the same picture of an empty figure (of `DPI`), artist by artist, and set the figure's size."""
    figure.set_size_inches(WIDTH / DPI, HEIGHT / DPI)
    _draw(Pen(figure), found)


def alt_text(found: Effect) -> str:
    """What the picture shows, in words and numbers (Slack allows 2,000 characters)."""
    measure = found.measure
    periods = f"{measure.period.value}s from {say.end_label(measure, found.starts[0])} to " + say.end_label(
        measure, found.starts[-1]
    )
    words = (
        f"{measure.title}, {found.unit}, {periods}, with a line at the day on which #{found.mark.number} "
        f"came into place. {effect_words(found)}"
    )
    return words if len(words) <= _LONGEST_ALT else words[: _LONGEST_ALT - 1] + "…"


def _draw(pen: Pen, found: Effect) -> None:
    top = _draw_heading(pen, found)
    plot = _plan(found, top)
    _draw_axes(pen, found, plot)
    if found.lower is not None and found.upper is not None:
        _draw_band(pen, plot, found.lower, found.upper)
    _draw_marks(pen, found, plot)
    ys = plot.scale.all_at(found.values)
    pen.line(plot.places, ys, colours.YOU, 4)
    young = ~found.settled & np.isfinite(ys)
    firm = found.settled & np.isfinite(ys)
    pen.dots(plot.places[firm], ys[firm], 10.0, colours.YOU)
    pen.dots(plot.places[young], ys[young], 12.0, colours.WHITE, edge=colours.YOU, edge_width=3.0)
    _draw_levels(pen, found, plot)
    _draw_notes(pen, found, young=bool(young.any()))


def _draw_heading(pen: Pen, found: Effect) -> float:
    """The measure, and below it whose figures these are. Returns how high the plot may reach."""
    room = WIDTH - 2 * _MARGIN

    def headline(words: str) -> float:
        return pen.width(words, _HEADLINE, bold=True)

    y = HEIGHT - 54.0
    for line in wrap(" ".join(found.measure.title.split()), headline, room, 2):
        pen.text(_MARGIN, y, line, _HEADLINE, colours.INK, bold=True)
        y -= _LINE
    # Which way is better is always told; what is counted gives way.
    better = f"; {say.direction(found.measure)}"
    words = f"{found.unit}, all together · {say.counted(found.measure)}"
    left = room - pen.width(better, _SMALL)
    words = shorten(words, lambda text: pen.width(text, _SMALL), left) + better
    pen.text(_MARGIN, y + 4, words, _SMALL, colours.TEXT)
    return y - 62


def _plan(found: Effect, top: float) -> _Plot:
    count = len(found.starts)
    places = np.linspace(_LEFT + 10, _RIGHT - 10, count) if count > 1 else np.array([(_LEFT + _RIGHT) / 2])
    shown = [found.values]
    shown += [edge for edge in (found.lower, found.upper) if edge is not None]
    levels = [level.value for level in (found.before, found.after) if level is not None]
    values = [float(v) for array in shown for v in _within(found, array)[np.isfinite(array)]] + levels
    ceiling = 1.0 if found.measure.kind is Kind.PROPORTION else None
    low, high = value_range(
        values,
        least=least_span(values, found.measure.kind is Kind.PROPORTION),
        floor=0.0,
        ceiling=ceiling,
    )
    return _Plot(places, Scale(low, high, _AXIS + 18, top - 16), top)


def _within(found: Effect, values: FloatArray) -> FloatArray:
    ceiling = 1.0 if found.measure.kind is Kind.PROPORTION else None
    return np.asarray(np.clip(values, 0.0, ceiling))


def _draw_axes(pen: Pen, found: Effect, plot: _Plot) -> None:
    measure = found.measure
    unit = 100.0 if measure.kind is Kind.PROPORTION else 1.0
    ticks, decimals = tick_values(plot.scale.low * unit, plot.scale.high * unit, 5)
    heights = plot.scale.all_at(np.asarray(ticks) / unit)
    pen.line(np.tile([_LEFT, _RIGHT, np.nan], len(ticks)), np.repeat(heights, 3), colours.GRID, 2)
    for tick, y in zip(ticks, heights.tolist(), strict=True):
        words = say.tick_label(measure, tick, decimals)
        size = pen.fitting(words, _SMALL, _LEFT - 10 - 8)
        pen.text(_LEFT - 10, y - size * 0.36, words, size, colours.TEXT, align="right")
    pen.line([_LEFT, _RIGHT], [_AXIS, _AXIS], colours.AXIS, 2)
    first, last = say.end_label(measure, found.starts[0]), say.end_label(measure, found.starts[-1])
    for x in (plot.places[0], plot.places[-1]):
        pen.line([x, x], [_AXIS, _AXIS - 7], colours.AXIS, 2)
    pen.text(_LEFT, _AXIS - 36, first, _SMALL, colours.TEXT)
    if len(found.starts) > 1:
        pen.text(_RIGHT, _AXIS - 36, last, _SMALL, colours.TEXT, align="right")


def _draw_band(pen: Pen, plot: _Plot, lower: FloatArray, upper: FloatArray) -> None:
    """The usual range as it was before the day, held on past it: what came since is read against it."""
    scale = plot.scale
    low = np.clip(scale.all_at(lower), scale.at(scale.low), scale.at(scale.high))
    high = np.clip(scale.all_at(upper), scale.at(scale.low), scale.at(scale.high))
    x = plot.places
    pen.area(np.column_stack([np.r_[x, x[::-1]], np.r_[low, high[::-1]]]), colours.BAND)


def _draw_marks(pen: Pen, found: Effect, plot: _Plot) -> None:
    """A line at each day; the idea's own one says what it is, others their number where there is room."""
    own = f"#{found.mark.number} in place {_short(found.mark.day, found)}"
    x = _place(found, plot, found.mark.day)
    size = pen.fitting(own, _SMALL, _RIGHT - _LEFT, bold=True)
    label = centred(x, pen.width(own, size, bold=True), Span(_LEFT, float(WIDTH) - _MARGIN))
    taken = _ends(pen, found)
    for mark in _nearest(found, found.others)[:MOST_MARKS]:
        at = _place(found, plot, mark.day)
        words = f"#{mark.number}"
        span = centred(at, pen.width(words, _SMALL), Span(_LEFT, _RIGHT))
        pen.line([at, at], [_AXIS - 7, plot.top + 4], colours.AXIS, 3, dashed=True)
        if not any(span.overlaps(other, 14) for other in taken):
            taken.append(span)
            pen.text(span.start, _AXIS - 36, words, _SMALL, colours.TEXT)
    pen.line([x, x], [_AXIS, plot.top + 4], colours.INK, 4)
    pen.text(label.start, plot.top + 14, own, size, colours.INK, bold=True)


def _ends(pen: Pen, found: Effect) -> list[Span]:
    """Where the first and the last period stand written below the axis."""
    first, last = (say.end_label(found.measure, found.starts[index]) for index in (0, -1))
    spans = [Span(_LEFT, _LEFT + pen.width(first, _SMALL)), Span(_RIGHT - pen.width(last, _SMALL), _RIGHT)]
    return spans if len(found.starts) > 1 else spans[:1]


def _nearest(found: Effect, marks: Sequence[Mark]) -> list[Mark]:
    return sorted(marks, key=lambda mark: (abs((mark.day - found.mark.day).days), mark.number))


def _place(found: Effect, plot: _Plot, day: date) -> float:
    """The pixel of a day: a period's place is its middle, so its first day lies half a step before."""
    count = len(found.starts)
    if count == 1:
        return float(plot.places[0])
    step = float(plot.places[1] - plot.places[0])
    period = found.measure.period
    for index, start in enumerate(found.starts):
        end = last_day(start, period)
        if day <= end:
            share = (day - start).days / ((end - start).days + 1)
            return float(np.clip(plot.places[index] + (share - 0.5) * step, _LEFT, _RIGHT))
    return _RIGHT


def _draw_levels(pen: Pen, found: Effect, plot: _Plot) -> None:
    """What it was before and what it is since, as lines with their values: the figures of the statement."""
    x = _place(found, plot, found.mark.day)
    told = found.standing is not Standing.TOO_EARLY
    room = WIDTH - 16 - (_RIGHT + 14)
    labels: list[tuple[float, str, str]] = []
    if found.before is not None:
        y = plot.scale.at(found.before.value)
        left = _left_of(found, plot, found.before)
        pen.line([left, x - 3], [y, y], colours.INK, 4, dashed=True)
        # Thinner past the day: how it would have gone on is not known, only where it was.
        pen.line([x + 3, _RIGHT], [y, y], colours.AXIS, 2, dashed=True)
        labels.append((y, "before", _value(found, found.before)))
    if found.after is not None and told:
        y = plot.scale.at(found.after.value)
        pen.line([x + 3, _RIGHT], [y, y], colours.INK, 4, dashed=True)
        labels.append((y, "since", _value(found, found.after)))
    bounds = Span(_AXIS + 4, plot.top + 10)
    spans = [Span(y - 34, y + 34) for y, _, _ in labels]
    if len(spans) == 2:
        spans = list(push_apart(spans[1], spans[0], bounds, 6))[::-1]
    for span, (_, name, value) in zip(spans, labels, strict=True):
        size = pen.fitting(value, _VALUE, room, bold=True)
        pen.text(_RIGHT + 14, span.end - 30, value, size, colours.INK, bold=True)
        pen.text(_RIGHT + 14, span.end - 60, name, _SMALL, colours.TEXT)


def _value(found: Effect, level: Level) -> str:
    """A value beside its line; the unit of a rate stands in the subtitle."""
    return say.value_label(found.measure, level.value)


def _left_of(found: Effect, plot: _Plot, level: Level) -> float:
    index = found.starts.index(level.first_day) if level.first_day in found.starts else 0
    return float(plot.places[index])


def _draw_notes(pen: Pen, found: Effect, *, young: bool) -> None:
    x, y = _LEFT, _FOOT + 14
    if found.lower is not None:
        words = "usual range before"
        pen.area([(x, y - 4), (x + 30, y - 4), (x + 30, y + 22), (x, y + 22)], colours.BAND)
        pen.text(x + 38, y, words, _SMALL, colours.TEXT)
        x += 38 + pen.width(words, _SMALL) + 26
    if young:
        pen.dots([x + 8], [y + 9], 12, colours.WHITE, edge=colours.YOU, edge_width=3.0)
        pen.text(x + 24, y, "may still change", _SMALL, colours.TEXT)
        x += 24 + pen.width("may still change", _SMALL) + 26
    if found.standing is Standing.CHANGED:
        words = "other things may have changed too"
        pen.text(WIDTH - _MARGIN, y, words, _SMALL, colours.TEXT, align="right")


def _short(day: date, found: Effect) -> str:
    return format_day(day, year=day.year != found.starts[-1].year, short=True)
