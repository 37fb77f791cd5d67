"""All of a person's own trends in one picture: a small panel a measure, each with its words beside it.

Made to be read on a phone: text is at least 26 of 1,200 pixels wide, and nothing needs a legend. The same
input gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from bot.comparison.types import FloatArray
from bot.digests import chart_pen as colours
from bot.digests.chart_layout import Scale, Span, centred, push_apart, value_range
from bot.digests.chart_peers import least_span
from bot.digests.chart_pen import DPI, LayerPen, Pen, Ruler, wrap
from bot.digests.chart_png import SharedPixels
from bot.digests.facts import Picture
from bot.digests.trends import OwnTrend
from bot.digests.values import direction_words, format_count, format_number, format_span, format_value
from bot.digests.weeks import bucket, last_day
from storage.terms import Kind, PeriodLength

WIDTH = 1200
# More would not be looked at; the list of all measures has the rest.
MOST = 24
TITLE = "Your own trends"
LATEST = "blue: your latest figure"
MIDDLE = "; grey: the middle of your colleagues, over that time"
YOUNG = "hollow: may still change"

_MARGIN, _GUTTER, _COLUMNS = 36.0, 40.0, 2
_HEADLINE, _MEASURE, _VALUE, _SMALL = 38.0, 30.0, 36.0, 26.0
# Slack shows a picture no higher than about 500 pixels: what is saved in height is gained in width.
_LINE, _SMALL_LINE, _PLOT, _BETWEEN = 36.0, 32.0, 86.0, 34.0
_TOP, _GROUP = 122.0, 54.0
_PLOT_WIDTH = 300.0
_LABEL_GAP = 18.0
_LONGEST_ALT = 2000


@dataclass(frozen=True, slots=True)
class _Panel:
    """One measure laid out; `x` and the top `y` are pixels, y downwards from the picture's top."""

    trend: OwnTrend
    title: tuple[str, ...]
    x: float
    y: float
    plot_top: float
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class _Heading:
    words: str
    y: float


@dataclass(frozen=True, slots=True)
class _Page:
    height: int
    headings: tuple[_Heading, ...]
    panels: tuple[_Panel, ...]
    left_out: int


def draw_trends(trends: Sequence[OwnTrend]) -> Picture:
    """Draw all trends (1,200 pixels wide, as high as it takes). Raises ValueError where there is none."""
    page = _plan(trends)
    figure = Figure(figsize=(WIDTH / DPI, page.height / DPI), dpi=DPI, facecolor=colours.WHITE)
    agg = FigureCanvasAgg(figure)
    agg.draw()
    blank = SharedPixels(agg.buffer_rgba())
    _draw(LayerPen(figure, agg.get_renderer()), page)
    return Picture(png=blank.encode(agg.buffer_rgba()), title=TITLE, alt_text=alt_text(trends))


def compose(figure: Figure, trends: Sequence[OwnTrend]) -> None:
    """Make the same picture of an empty figure (of `DPI`), artist by artist, and set the figure's size."""
    page = _plan(trends)
    figure.set_size_inches(WIDTH / DPI, page.height / DPI)
    _draw(Pen(figure), page)


def alt_text(trends: Sequence[OwnTrend]) -> str:
    """What the picture shows, in words and numbers (Slack allows 2,000 characters)."""
    count = "1 measure" if len(trends) == 1 else f"{len(trends)} measures"
    for tell in (_in_words, _in_short):
        words = " ".join([f"{TITLE}, {count}.", *(tell(trend) for trend in trends)])
        if len(words) <= _LONGEST_ALT:
            return words
    return words[: _LONGEST_ALT - 1] + "…"


def _in_words(trend: OwnTrend) -> str:
    seen = _seen(trend)
    first, last = seen[0], _latest(trend)
    latest = f"{format_value(trend, _value(trend, last))} ({_when(trend, last)})"
    if first == last:
        told = latest
    else:
        told = f"from {format_value(trend, _value(trend, first))} ({_when(trend, first)}) to {latest}"
    middle = "" if trend.median is None else f"; the middle of colleagues {format_value(trend, trend.median)}"
    return f"{trend.title}: {told}{middle}; {_direction(trend)}."


def _in_short(trend: OwnTrend) -> str:
    return f"{trend.title}: {format_value(trend, _value(trend, _latest(trend)))}."


def _plan(trends: Sequence[OwnTrend]) -> _Page:
    if not trends:
        raise ValueError("there is no trend to draw")
    ruler = Ruler()
    panels: list[_Panel] = []
    headings: list[_Heading] = []
    y = _TOP
    drawn = sorted(trends[:MOST], key=lambda trend: trend.period is PeriodLength.MONTH)
    for period, group in groupby(drawn, key=lambda trend: trend.period):
        members = list(group)
        starts = [start for trend in members for start in trend.starts]
        span = format_span(min(starts), last_day(max(starts), period), year=True, short=True)
        headings.append(_Heading(f"Your {period.value}s, {span}", y))
        y += _GROUP
        first, last = bucket(min(starts), period), bucket(max(starts), period)
        for row in range(0, len(members), _COLUMNS):
            y = _plan_row(ruler, members[row : row + _COLUMNS], y, (first, last), panels)
    left_out = max(0, len(trends) - MOST)
    height = y - _BETWEEN + _MARGIN + (_SMALL_LINE if left_out else 0)
    return _Page(round(height), tuple(headings), tuple(panels), left_out)


def _plan_row(
    ruler: Ruler, row: list[OwnTrend], y: float, ends: tuple[int, int], panels: list[_Panel]
) -> float:
    """Lay one row out: its panels share the height of the longest title. Returns where the next begins."""
    width = _column_width()

    def measured(words: str) -> float:
        return ruler.width(words, _MEASURE, bold=True)

    titles = [tuple(wrap(" ".join(trend.title.split()), measured, width, 2)) for trend in row]
    plot_top = y + max(len(title) for title in titles) * _LINE + _SMALL_LINE + 14
    for column, (trend, title) in enumerate(zip(row, titles, strict=True)):
        x = _MARGIN + column * (width + _GUTTER)
        panels.append(_Panel(trend, title, x, y, plot_top, *ends))
    return plot_top + _PLOT + _BETWEEN


def _column_width() -> float:
    return (WIDTH - 2 * _MARGIN - _GUTTER) / _COLUMNS


def _draw(pen: Pen, page: _Page) -> None:
    height = page.height
    pen.text(_MARGIN, height - 58, TITLE, _HEADLINE, colours.INK, bold=True)
    compared = any(panel.trend.median is not None for panel in page.panels)
    pen.text(_MARGIN, height - 98, LATEST + (MIDDLE if compared else ""), _SMALL, colours.TEXT)
    if any(_is_young(panel.trend) for panel in page.panels):
        right = WIDTH - _MARGIN
        pen.dots(
            [right - pen.width(YOUNG, _SMALL) - 18],
            [height - 49],
            14.0,
            colours.WHITE,
            edge=colours.YOU,
            edge_width=3.0,
        )
        pen.text(right, height - 58, YOUNG, _SMALL, colours.TEXT, align="right")
    for heading in page.headings:
        y = height - heading.y
        pen.line([_MARGIN, WIDTH - _MARGIN], [y + 6, y + 6], colours.GRID, 2)
        pen.text(_MARGIN, y - 32, heading.words, _SMALL, colours.TEXT)
    for panel in page.panels:
        _draw_panel(pen, panel, height)
    if page.left_out:
        words = f"and {page.left_out} more: “More measures” under your digest lists all"
        pen.text(_MARGIN, _MARGIN - 8, words, _SMALL, colours.TEXT)


def _draw_panel(pen: Pen, panel: _Panel, height: int) -> None:
    trend = panel.trend
    y = height - panel.y - _MEASURE
    for line in panel.title:
        pen.text(panel.x, y, line, _MEASURE, colours.INK, bold=True)
        y -= _LINE
    pen.text(panel.x, y + 4, _unit(trend), _SMALL, colours.TEXT)
    bottom, top = height - panel.plot_top - _PLOT, height - panel.plot_top
    xs, values = _places(panel), _values(trend)
    shown, median_at = _median_to_draw(trend, values)
    scale = _scale(trend, values, shown, bottom, top)
    ys = scale.all_at(values)
    pen.line([panel.x, panel.x + _PLOT_WIDTH], [bottom - 8, bottom - 8], colours.GRID, 2)
    if shown is not None:
        _draw_median(pen, trend, xs, scale.at(shown))
    at = trend.changed_at
    xs_line, ys_line = (xs, ys) if at is None else (np.insert(xs, at, np.nan), np.insert(ys, at, np.nan))
    pen.line(xs_line, ys_line, colours.YOU, 4)
    _draw_dots(pen, trend, xs, ys)
    _draw_labels(pen, panel, ys, None if shown is None else scale.at(shown), median_at, Span(bottom, top))


def _draw_dots(pen: Pen, trend: OwnTrend, xs: FloatArray, ys: FloatArray) -> None:
    """The latest firm value, those that stand alone (a line needs two), and hollow what may still change."""
    there = np.isfinite(ys)
    index = np.arange(len(ys))
    before, after = np.r_[False, there[:-1]], np.r_[there[1:], False]
    last = index == _latest(trend)
    alone, young = there & ~before & ~after, there & (index >= trend.firm)
    firm = (alone | last) & ~young
    pen.dots(xs[firm], ys[firm], 14.0, colours.YOU)
    pen.dots(xs[young], ys[young], 14.0, colours.WHITE, edge=colours.YOU, edge_width=3.0)


def _draw_median(pen: Pen, trend: OwnTrend, xs: FloatArray, y: float) -> None:
    """Only over the periods that it was computed for."""
    first, last = xs[min(trend.window)], xs[max(trend.window)]
    reach = 12.0 if first == last else 0.0
    pen.line([first - reach, last + reach], [y, y], colours.PEERS, 5)


def _draw_labels(
    pen: Pen, panel: _Panel, ys: FloatArray, median_y: float | None, arrow: str, plot: Span
) -> None:
    trend = panel.trend
    x = panel.x + _PLOT_WIDTH + _LABEL_GAP
    room = _column_width() - _PLOT_WIDTH - _LABEL_GAP
    last = _latest(trend)
    bounds = Span(plot.start - 22, plot.end + 22)
    y = float(ys[last])
    value = Span(y - 20, y + 20)
    if trend.median is not None:
        ends = {"↑ ": bounds.end - 16, "↓ ": bounds.start + 16}
        at = ends[arrow] if median_y is None else median_y
        value, middle = push_apart(value, Span(at - 16, at + 16), bounds, 4)
        words = f"{arrow}colleagues {_number(trend, trend.median)}"
        size = pen.fitting(words, _SMALL, room)
        pen.text(x, middle.middle - size * 0.36, words, size, colours.TEXT)
    else:
        value = centred(value.middle, 40, bounds)
    words = _number(trend, _value(trend, last))
    size = pen.fitting(words, _VALUE, room, bold=True)
    pen.text(x, value.middle - size * 0.36, words, size, colours.YOU, bold=True)


def _median_to_draw(trend: OwnTrend, values: FloatArray) -> tuple[float | None, str]:
    """The median; where it is so far away that the own line would be pressed flat, an arrow instead."""
    if trend.median is None or not trend.window:
        return None, ""
    own = values[np.isfinite(values)]
    low, high = float(own.min()), float(own.max())
    away = max(low - trend.median, trend.median - high, 0.0)
    if away <= 1.5 * max(high - low, _least(trend, own)):
        return trend.median, ""
    return None, "↑ " if trend.median > high else "↓ "


def _scale(trend: OwnTrend, values: FloatArray, median: float | None, bottom: float, top: float) -> Scale:
    own = values[np.isfinite(values)]
    shown = [*own.tolist(), *([] if median is None else [median])]
    ceiling = 1.0 if trend.kind is Kind.PROPORTION else None
    low, high = value_range(shown, least=_least(trend, own), floor=0.0, ceiling=ceiling)
    return Scale(low, high, bottom, top)


def _least(trend: OwnTrend, own: FloatArray) -> float:
    """Without an axis a ripple has to look like one: the panel spans a fifth of the level at least."""
    return 2 * least_span(own.tolist(), trend.kind is Kind.PROPORTION)


def _places(panel: _Panel) -> FloatArray:
    """The pixel of each period, on the time axis that all panels of its period share."""
    left, right = panel.x + 8, panel.x + _PLOT_WIDTH - 8
    numbers = np.array([bucket(start, panel.trend.period) for start in panel.trend.starts], float)
    if panel.first == panel.last:
        return np.full(len(numbers), (left + right) / 2)
    return left + (numbers - panel.first) / (panel.last - panel.first) * (right - left)


def _values(trend: OwnTrend) -> FloatArray:
    return np.array([np.nan if value is None else value for value in trend.values], float)


def _seen(trend: OwnTrend) -> list[int]:
    return [index for index, value in enumerate(trend.values) if value is not None]


def _latest(trend: OwnTrend) -> int:
    """The latest period that has settled; where none has, the latest."""
    seen = _seen(trend)
    return max((index for index in seen if index < trend.firm), default=seen[-1])


def _is_young(trend: OwnTrend) -> bool:
    """Whether a value is drawn that may still change."""
    return _seen(trend)[-1] >= trend.firm


def _value(trend: OwnTrend, index: int) -> float:
    value = trend.values[index]
    assert value is not None
    return value


def _number(trend: OwnTrend, value: float) -> str:
    """A value beside its mark; the unit of a rate stands under the title."""
    return format_number(trend, value) if trend.kind is Kind.RATE else format_value(trend, value)


def _unit(trend: OwnTrend) -> str:
    rate = trend.kind is Kind.RATE and trend.per != 1
    return f"per {format_count(trend.per)}, {_direction(trend)}" if rate else _direction(trend)


def _direction(trend: OwnTrend) -> str:
    words = direction_words(trend).rstrip(".")
    return words[:1].lower() + words[1:]


def _when(trend: OwnTrend, index: int) -> str:
    start = trend.starts[index]
    if trend.period is PeriodLength.WEEK:
        end = last_day(start, trend.period)
        return format_span(end, end, short=True)
    return format_span(start, last_day(start, trend.period), short=True)
