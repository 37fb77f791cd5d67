"""The care in one picture: a small panel a measure, with its axis, its usual range and its words beside it.

Made to be read on a phone: text is at least 26 of 1,200 pixels wide. The same input gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Final

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from bot.comparison.types import FloatArray
from bot.digests import chart_pen as colours
from bot.digests import chart_words as say
from bot.digests.chart_layout import Scale, tick_values, value_range
from bot.digests.chart_peers import least_span
from bot.digests.chart_pen import DPI, LayerPen, Pen, Ruler, WordImages, shorten, wrap
from bot.digests.chart_png import SharedPixels
from bot.digests.facts import Picture
from bot.digests.values import format_count, format_number, format_span, format_value
from bot.digests.weeks import bucket, last_day
from bot.ideas.words.phrases import listed
from bot.leading.care.facts import MOST, Panel
from bot.leading.care.words import status_words, title_of
from bot.slack_text import plain
from storage.terms import Kind, PeriodLength

WIDTH: Final = 1200
_MARGIN, _GUTTER, _COLUMNS = 36.0, 44.0, 2
_HEADLINE, _MEASURE, _VALUE, _SMALL = 38.0, 30.0, 38.0, 26.0
_LINE, _SMALL_LINE, _PLOT, _BETWEEN = 36.0, 32.0, 108.0, 40.0
_TOP, _GROUP = 114.0, 54.0
_AXIS, _PLOT_WIDTH, _LABEL_GAP = 84.0, 236.0, 20.0
_LONGEST_ALT = 2000
YOUNG: Final = "hollow: may still change"
KEY: Final = "blue: all clinicians together; grey: the usual range"


@dataclass(frozen=True, slots=True)
class _Placed:
    """One panel laid out; `x` and the top `y` are pixels, y downwards from the picture's top."""

    panel: Panel
    title: tuple[str, ...]
    x: float
    y: float
    plot_top: float
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class _Page:
    height: int
    headings: tuple[tuple[str, float], ...]
    placed: tuple[_Placed, ...]
    left_out: int


def draw_care(panels: Sequence[Panel], monday: date, images: WordImages | None = None) -> Picture:
    """Draw the first panels (1,200 pixels wide, as high as it takes). Raises ValueError without any.

    `images` of words are shared by the pictures of one thread.
    """
    page = _plan(panels)
    figure = Figure(figsize=(WIDTH / DPI, page.height / DPI), dpi=DPI, facecolor=colours.WHITE)
    agg = FigureCanvasAgg(figure)
    agg.draw()
    blank = SharedPixels(agg.buffer_rgba())
    _draw(LayerPen(figure, agg.get_renderer(), images), page, panels, monday)
    title = plain(heading(panels), 200)
    return Picture(png=blank.encode(agg.buffer_rgba()), title=title, alt_text=alt_text(panels, monday))


def compose(figure: Figure, panels: Sequence[Panel], monday: date) -> None:
    """Make the same picture of an empty figure (of `DPI`), artist by artist, and set the figure's size."""
    page = _plan(panels)
    figure.set_size_inches(WIDTH / DPI, page.height / DPI)
    _draw(Pen(figure), page, panels, monday)


def heading(panels: Sequence[Panel]) -> str:
    """`The care in Ward 4`: whose figures these are, or whose they were to be."""
    units = dict.fromkeys(panel.own_unit for panel in panels)
    return f"The care in {listed(list(units))}"


def alt_text(panels: Sequence[Panel], monday: date) -> str:
    """What the picture shows, in words and numbers (Slack allows 2,000 characters)."""
    shown = panels[:MOST]
    first = f"{heading(panels)}, {len(shown)} measure{'' if len(shown) == 1 else 's'}."
    for tell in (_in_words, _in_short):
        words = " ".join([first, *(tell(panel, panels, monday) for panel in shown)])
        if len(words) <= _LONGEST_ALT:
            return words
    return words[: _LONGEST_ALT - 1] + "…"


def _in_words(panel: Panel, panels: Sequence[Panel], monday: date) -> str:
    measure, last = panel.measure, panel.latest
    first = int(np.flatnonzero(np.isfinite(panel.values))[0])
    told = [f"from {_value_at(panel, first)} to {_value_at(panel, last)}"]
    if np.isfinite(panel.lower[last]):
        low, high = (_kept_in(panel, edge)[last] for edge in (panel.lower, panel.upper))
        told.append(f"usual range {format_number(measure, low)} to {format_value(measure, high)}")
    told += [status_words(panel, monday), say.direction(measure)]
    return f"{title_of(panel, panels)}: {'; '.join(told)}."


def _in_short(panel: Panel, panels: Sequence[Panel], monday: date) -> str:
    value = format_value(panel.measure, float(panel.values[panel.latest]))
    return f"{title_of(panel, panels)}: {value}, {status_words(panel, monday)}."


def _value_at(panel: Panel, index: int) -> str:
    period = panel.measure.period
    end = last_day(panel.starts[index], period)
    when = format_span(end, end, short=True)
    if period is PeriodLength.MONTH:
        when = format_span(panel.starts[index], end, short=True)
    return f"{format_value(panel.measure, float(panel.values[index]))} ({when})"


# -- the layout ----


def _plan(panels: Sequence[Panel]) -> _Page:
    if not panels:
        raise ValueError("there is no measure to draw")
    ruler = Ruler()
    placed: list[_Placed] = []
    headings: list[tuple[str, float]] = []
    y = _TOP
    chosen = sorted(panels[:MOST], key=lambda one: one.measure.period is PeriodLength.MONTH)
    for period, group in groupby(chosen, key=lambda one: one.measure.period):
        members = list(group)
        starts = [start for panel in members for start in panel.starts]
        span = format_span(min(starts), last_day(max(starts), period), year=True, short=True)
        headings.append((f"{period.value.capitalize()}s, {span}", y))
        y += _GROUP
        ends = bucket(min(starts), period), bucket(max(starts), period)
        for row in range(0, len(members), _COLUMNS):
            y = _plan_row(ruler, members[row : row + _COLUMNS], y, ends, placed)
    left_out = max(0, len(panels) - MOST)
    return _Page(
        round(y - _BETWEEN + _MARGIN + (_SMALL_LINE + 14 if left_out else 0)),
        tuple(headings),
        tuple(placed),
        left_out,
    )


def _plan_row(
    ruler: Ruler, row: Sequence[Panel], y: float, ends: tuple[int, int], placed: list[_Placed]
) -> float:
    """Lay one row out: its panels share the height of the longest title. Returns where the next begins."""
    width = _column_width()

    def measured(words: str) -> float:
        return ruler.width(words, _MEASURE, bold=True)

    titles = [tuple(wrap(" ".join(one.measure.title.split()), measured, width, 2)) for one in row]
    plot_top = y + max(len(title) for title in titles) * _LINE + _SMALL_LINE + 18
    for column, (panel, title) in enumerate(zip(row, titles, strict=True)):
        x = _MARGIN + column * (width + _GUTTER)
        placed.append(_Placed(panel, title, x, y, plot_top, *ends))
    return plot_top + _PLOT + _BETWEEN


def _column_width() -> float:
    return (WIDTH - 2 * _MARGIN - _GUTTER) / _COLUMNS


# -- the drawing ----


def _draw(pen: Pen, page: _Page, panels: Sequence[Panel], monday: date) -> None:
    height, room = page.height, WIDTH - 2 * _MARGIN

    def headline(words: str) -> float:
        return pen.width(words, _HEADLINE, bold=True)

    title = shorten(heading(panels), headline, room)
    pen.text(_MARGIN, height - 56, title, _HEADLINE, colours.INK, bold=True)
    pen.text(_MARGIN, height - 94, KEY, _SMALL, colours.TEXT)
    if any(_is_young(one.panel) for one in page.placed):
        right = WIDTH - _MARGIN
        x = right - pen.width(YOUNG, _SMALL) - 18
        pen.dots([x], [height - 85], 14.0, colours.WHITE, edge=colours.YOU, edge_width=3.0)
        pen.text(right, height - 94, YOUNG, _SMALL, colours.TEXT, align="right")
    for words, at in page.headings:
        y = height - at
        pen.line([_MARGIN, WIDTH - _MARGIN], [y + 6, y + 6], colours.GRID, 2)
        pen.text(_MARGIN, y - 32, words, _SMALL, colours.TEXT)
    several = len({panel.own_unit for panel in panels}) > 1
    for one in page.placed:
        _draw_panel(pen, one, height, monday, several=several)
    if page.left_out:
        more = "measure is" if page.left_out == 1 else "measures are"
        pen.text(_MARGIN, 28, f"{page.left_out} more {more} told of in words", _SMALL, colours.TEXT)


def _draw_panel(pen: Pen, placed: _Placed, height: int, monday: date, *, several: bool) -> None:
    panel = placed.panel
    y = height - placed.y - _MEASURE
    for line in placed.title:
        pen.text(placed.x, y, line, _MEASURE, colours.INK, bold=True)
        y -= _LINE
    below = _below_title(panel, several=several)
    room = _column_width()
    pen.text(
        placed.x,
        y + 4,
        shorten(below, lambda words: pen.width(words, _SMALL), room),
        _SMALL,
        colours.TEXT,
    )
    bottom, top = height - placed.plot_top - _PLOT, height - placed.plot_top
    scale = _scale(panel, bottom, top)
    left = placed.x + _AXIS
    _draw_axis(pen, panel, scale, placed.x, left)
    xs = _places(placed, left)
    _draw_range(pen, panel, scale, xs)
    ys = scale.all_at(panel.values)
    changed = panel.measure.changed
    cut = next(
        (i for i, day in enumerate(panel.starts) if i and changed is not None and day >= changed), None
    )
    xs_line, ys_line = (xs, ys) if cut is None else (np.insert(xs, cut, np.nan), np.insert(ys, cut, np.nan))
    pen.line(xs_line, ys_line, colours.YOU, 4)
    _draw_dots(pen, panel, xs, ys)
    x = left + _PLOT_WIDTH + _LABEL_GAP
    _draw_labels(pen, panel, x, placed.x + room - x, (bottom + top) / 2, monday)


def _draw_axis(pen: Pen, panel: Panel, scale: Scale, x: float, left: float) -> None:
    """Two or three round values: the panels' axes differ, and none of them begins at nought by rule."""
    unit = 100.0 if panel.measure.kind is Kind.PROPORTION else 1.0
    ticks, decimals = tick_values(scale.low * unit, scale.high * unit, 3)
    for tick in ticks:
        y = scale.at(tick / unit)
        pen.line([left, left + _PLOT_WIDTH], [y, y], colours.GRID, 2)
        words = say.tick_label(panel.measure, tick, decimals)
        size = pen.fitting(words, _SMALL, _AXIS - 10)
        pen.text(x + _AXIS - 10, y - size * 0.36, words, size, colours.TEXT, align="right")


def _draw_range(pen: Pen, panel: Panel, scale: Scale, xs: FloatArray) -> None:
    """The usual range wherever it is known, in one piece a stretch of periods without a gap."""
    low, high = (
        np.clip(scale.all_at(_kept_in(panel, edge)), scale.start, scale.end)
        for edge in (panel.lower, panel.upper)
    )
    known = np.flatnonzero(np.isfinite(low) & np.isfinite(high))
    for piece in np.split(known, np.flatnonzero(np.diff(known) > 1) + 1):
        if piece.size > 1:
            x = xs[piece]
            outline = np.column_stack([np.r_[x, x[::-1]], np.r_[low[piece], high[piece][::-1]]])
            pen.area(outline, colours.BAND)


def _draw_dots(pen: Pen, panel: Panel, xs: FloatArray, ys: FloatArray) -> None:
    """The latest firm value, those that stand alone (a line needs two), and hollow what may still change."""
    there = np.isfinite(ys)
    index = np.arange(len(ys))
    before, after = np.r_[False, there[:-1]], np.r_[there[1:], False]
    young = there & (index >= panel.firm)
    last = (index == panel.latest) & ~young
    alone = there & ~before & ~after & ~last & ~young
    pen.dots(xs[alone], ys[alone], 8.0, colours.YOU)
    pen.dots(xs[last], ys[last], 15.0, colours.YOU)
    pen.dots(xs[young], ys[young], 12.0, colours.WHITE, edge=colours.YOU, edge_width=3.0)


def _draw_labels(pen: Pen, panel: Panel, x: float, room: float, middle: float, monday: date) -> None:
    """The latest value, and below it whether it has moved; what has stands in darker and heavier letters."""
    value = float(panel.values[panel.latest])
    words = format_number(panel.measure, value)
    if panel.measure.kind is not Kind.RATE:
        words = format_value(panel.measure, value)
    size = pen.fitting(words, _VALUE, room, bold=True)
    pen.text(x, middle + 6, words, size, colours.YOU, bold=True)
    status = status_words(panel, monday)
    size = pen.fitting(status, _SMALL, room, bold=panel.moved)
    colour = colours.INK if panel.moved else colours.TEXT
    pen.text(x, middle - 30, status, size, colour, bold=panel.moved)


def _below_title(panel: Panel, *, several: bool) -> str:
    measure = panel.measure
    parts = [say.direction(measure)]
    if measure.kind is Kind.RATE and measure.per != 1:
        parts.insert(0, f"per {format_count(measure.per)}")
    if panel.unit != panel.own_unit:
        parts.append(f"all of {panel.unit}")
    elif several:
        parts.append(panel.unit)
    return ", ".join(parts)


def _scale(panel: Panel, bottom: float, top: float) -> Scale:
    """All values, and the usual range as far as it does not press them flat."""
    own = panel.values[np.isfinite(panel.values)]
    edges = np.concatenate([_kept_in(panel, panel.lower), _kept_in(panel, panel.upper)])
    edges = edges[np.isfinite(edges)]
    reach = max(
        float(own.max() - own.min()), 2 * least_span(own.tolist(), panel.measure.kind is Kind.PROPORTION)
    )
    edges = np.clip(edges, own.min() - reach, own.max() + reach)
    shown = [*own.tolist(), *edges.tolist()]
    ceiling = 1.0 if panel.measure.kind is Kind.PROPORTION else None
    least = 2 * least_span(own.tolist(), panel.measure.kind is Kind.PROPORTION)
    low, high = value_range(shown, least=least, floor=0.0, ceiling=ceiling)
    return Scale(low, high, bottom, top)


def _kept_in(panel: Panel, edge: FloatArray) -> FloatArray:
    ceiling = 1.0 if panel.measure.kind is Kind.PROPORTION else None
    return np.asarray(np.clip(edge, 0.0, ceiling))


def _places(placed: _Placed, left: float) -> FloatArray:
    """The pixel of each period, on the time axis that all panels of its period share."""
    start, end = left + 8, left + _PLOT_WIDTH - 8
    numbers = np.array([bucket(day, placed.panel.measure.period) for day in placed.panel.starts], float)
    if placed.first == placed.last:
        return np.full(len(numbers), (start + end) / 2)
    return np.asarray(start + (numbers - placed.first) / (placed.last - placed.first) * (end - start))


def _is_young(panel: Panel) -> bool:
    """Whether a value is drawn that may still change."""
    return bool(np.isfinite(panel.values[panel.firm :]).any())
