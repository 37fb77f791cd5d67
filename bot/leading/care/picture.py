"""The care in one picture: a small panel a measure, with its axis, its usual range and its words beside it.

Made to be read on a phone: text is at least 26 of 1,200 pixels wide. The same input gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from bot.comparison.types import FloatArray
from bot.digests import chart_pen as colours
from bot.digests import chart_words as say
from bot.digests.chart_grid import (
    MARGIN,
    SMALL,
    SMALL_LINE,
    WIDTH,
    Entry,
    Grid,
    Page,
    Placed,
    draw_head,
    draw_headings,
    draw_periods,
    draw_title,
    places,
)
from bot.digests.chart_layout import Scale, tick_values, value_range
from bot.digests.chart_peers import least_span
from bot.digests.chart_pen import DPI, LayerPen, Pen, WordImages, shorten
from bot.digests.chart_png import SharedPixels
from bot.digests.facts import Picture
from bot.digests.values import format_count, format_number, format_span, format_value
from bot.digests.weeks import last_day
from bot.ideas.words.phrases import listed
from bot.leading.care.facts import MOST, Panel
from bot.leading.care.words import status_words, title_of
from bot.slack_text import plain
from storage.terms import Kind, PeriodLength

_GRID: Final = Grid(top=114.0, plot=108.0, gutter=44.0, between=40.0, gap=18.0, left_out=46.0)
_VALUE: Final = 38.0
_AXIS, _PLOT_WIDTH, _LABEL_GAP = 84.0, 236.0, 20.0
_LONGEST_ALT: Final = 2000
KEY: Final = "blue: all clinicians together; grey: the usual range"


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


def _plan(panels: Sequence[Panel]) -> Page[Panel]:
    if not panels:
        raise ValueError("there is no measure to draw")
    several = _several(panels)
    entries = [
        Entry(
            panel, panel.measure.title, panel.measure.period, panel.starts, len(_below_title(panel, several))
        )
        for panel in panels[:MOST]
    ]
    return _GRID.lay_out(
        entries, max(0, len(panels) - MOST), lambda period, span: f"{period.value.capitalize()}s, {span}"
    )


# -- the drawing ----


def _draw(pen: Pen, page: Page[Panel], panels: Sequence[Panel], monday: date) -> None:
    young = any(_is_young(one.thing) for one in page.placed)
    draw_head(pen, page.height, heading(panels), KEY, young=young)
    draw_headings(pen, page)
    several = _several(panels)
    for one in page.placed:
        _draw_panel(pen, one, page.height, monday, several)
    if page.left_out:
        more = "measure is" if page.left_out == 1 else "measures are"
        pen.text(MARGIN, 28, f"{page.left_out} more {more} told of in words", SMALL, colours.TEXT)


def _draw_panel(pen: Pen, placed: Placed[Panel], height: int, monday: date, several: bool) -> None:
    panel, room = placed.thing, _GRID.column
    y = draw_title(pen, placed, height)
    for line in _below_title(panel, several):
        fitted = shorten(line, lambda words: pen.width(words, SMALL), room)
        pen.text(placed.x, y, fitted, SMALL, colours.TEXT)
        y -= SMALL_LINE
    bottom, top = height - placed.plot_top - _GRID.plot, height - placed.plot_top
    scale = _scale(panel, bottom, top)
    left = placed.x + _AXIS
    _draw_axis(pen, panel, scale, placed.x, left)
    xs = places(placed, panel.starts, panel.measure.period, left, _PLOT_WIDTH)
    _draw_range(pen, panel, scale, xs)
    changed = panel.measure.changed
    cut = next(
        (i for i, day in enumerate(panel.starts) if i and changed is not None and day >= changed), None
    )
    draw_periods(pen, xs, scale.all_at(panel.values), cut=cut, firm=panel.firm, latest=panel.latest)
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
        size = pen.fitting(words, SMALL, _AXIS - 10)
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


def _draw_labels(pen: Pen, panel: Panel, x: float, room: float, middle: float, monday: date) -> None:
    """The latest value, and below it whether it has moved; what has stands in darker and heavier letters."""
    value = float(panel.values[panel.latest])
    words = format_number(panel.measure, value)
    if panel.measure.kind is not Kind.RATE:
        words = format_value(panel.measure, value)
    size = pen.fitting(words, _VALUE, room, bold=True)
    pen.text(x, middle + 6, words, size, colours.YOU, bold=True)
    status = status_words(panel, monday)
    size = pen.fitting(status, SMALL, room, bold=panel.moved)
    colour = colours.INK if panel.moved else colours.TEXT
    pen.text(x, middle - 30, status, size, colour, bold=panel.moved)


def _several(panels: Sequence[Panel]) -> bool:
    return len({panel.own_unit for panel in panels}) > 1


def _below_title(panel: Panel, several: bool) -> list[str]:
    """The direction, and on a line of its own whose figures these are where that is not plain."""
    measure = panel.measure
    direction = say.direction(measure)
    if measure.kind is Kind.RATE and measure.per != 1:
        direction = f"per {format_count(measure.per)}, {direction}"
    if panel.unit != panel.own_unit:
        return [direction, f"all of {panel.unit}"]
    return [direction, panel.unit] if several else [direction]


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


def _is_young(panel: Panel) -> bool:
    """Whether a value is drawn that may still change."""
    return bool(np.isfinite(panel.values[panel.firm :]).any())
