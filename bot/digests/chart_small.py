"""All of a person's own trends in one picture: a small panel a measure, each with its words beside it.

Made to be read on a phone: text is at least 26 of 1,200 pixels wide, and nothing needs a legend. The same
input gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from bot.comparison.types import FloatArray
from bot.digests import chart_pen as colours
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
from bot.digests.chart_layout import Scale, Span, spread, value_range
from bot.digests.chart_peers import least_span
from bot.digests.chart_pen import DPI, LayerPen, Pen, shorten
from bot.digests.chart_png import SharedPixels
from bot.digests.facts import Picture
from bot.digests.trends import OwnTrend
from bot.digests.values import (
    direction_words,
    format_count,
    format_goal,
    format_number,
    format_span,
    format_value,
)
from bot.digests.weeks import last_day
from storage.terms import Kind, PeriodLength

# More would not be looked at; the list of all measures has the rest.
MOST = 24
TITLE = "Your own trends"
LATEST = "blue: your latest figure"
MIDDLE = "; grey: the middle of your colleagues, over that time"

# Slack shows a picture no higher than about 500 pixels: what is saved in height is gained in width.
_GRID = Grid(top=122.0, plot=86.0, gutter=40.0, between=34.0, gap=14.0, left_out=SMALL_LINE)
_VALUE = 36.0
_PLOT_WIDTH = 300.0
_LABEL_GAP = 18.0
_LONGEST_ALT = 2000
_UP, _DOWN = "↑ ", "↓ "


@dataclass(frozen=True, slots=True)
class _Across:
    """What the own line is drawn against: a value, and the words and colour of its label.

    `y` is None where it lies so far away that the own line would be pressed flat; then an arrow says where.
    """

    words: str
    colour: str
    y: float | None
    arrow: str = ""


def draw_trends(trends: Sequence[OwnTrend]) -> Picture:
    """Draw all trends (1,200 pixels wide, as high as it takes). Raises ValueError where there is none."""
    page = _plan(trends)
    figure = Figure(figsize=(WIDTH / DPI, page.height / DPI), dpi=DPI, facecolor=colours.WHITE)
    agg = FigureCanvasAgg(figure)
    agg.draw()
    goals = any(trend.goal is not None for trend in trends)
    blank = SharedPixels(agg.buffer_rgba(), goal=goals)
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
    goal = "" if trend.goal is None else f"; goal {format_goal(trend, trend.goal)}"
    aside = f"; {_aside(trend)}" if _aside(trend) else ""
    return f"{trend.title}: {told}{middle}{goal}{aside}; {_direction(trend)}."


def _in_short(trend: OwnTrend) -> str:
    return f"{trend.title}: {format_value(trend, _value(trend, _latest(trend)))}."


def _plan(trends: Sequence[OwnTrend]) -> Page[OwnTrend]:
    if not trends:
        raise ValueError("there is no trend to draw")
    entries = [
        Entry(trend, trend.title, trend.period, trend.starts, below=2 if _aside(trend) else 1)
        for trend in trends[:MOST]
    ]
    return _GRID.lay_out(
        entries, max(0, len(trends) - MOST), lambda period, span: f"Your {period.value}s, {span}"
    )


def _aside(trend: OwnTrend) -> str:
    """`88 %; 91 % without 3 set aside`: imported and own figure (D19); "" where nothing is set aside."""
    if trend.reported is None:
        return ""
    before = _number(trend, trend.reported)
    if trend.value is None:
        return f"{before}; all of it is set aside"
    what = format_count(trend.set_aside) if trend.kind is Kind.PROPORTION else "those"
    return f"{before}; {_number(trend, trend.value)} without {what} set aside"


def _draw(pen: Pen, page: Page[OwnTrend]) -> None:
    trends = [placed.thing for placed in page.placed]
    compared = any(trend.median is not None for trend in trends)
    key = LATEST + (MIDDLE if compared else "")
    draw_head(pen, page.height, TITLE, key, young=any(_is_young(trend) for trend in trends))
    draw_headings(pen, page)
    for placed in page.placed:
        _draw_panel(pen, placed, page.height)
    if page.left_out:
        words = f"and {page.left_out} more: “More measures” under your digest lists all"
        pen.text(MARGIN, MARGIN - 8, words, SMALL, colours.TEXT)


def _draw_panel(pen: Pen, placed: Placed[OwnTrend], height: int) -> None:
    trend = placed.thing
    y = draw_title(pen, placed, height)
    pen.text(placed.x, y, _unit(trend), SMALL, colours.TEXT)
    if aside := _aside(trend):
        aside = shorten(aside, lambda words: pen.width(words, SMALL), _GRID.column)
        pen.text(placed.x, y - SMALL_LINE, aside, SMALL, colours.YOU)
    bottom, top = height - placed.plot_top - _GRID.plot, height - placed.plot_top
    values = _values(trend)
    xs = places(placed, trend.starts, trend.period, placed.x, _PLOT_WIDTH)
    across = (trend.median if trend.window else None, trend.goal if trend.window else None)
    shown = [value for value in across if value is not None and not _arrow(trend, values, value)]
    scale = _scale(trend, values, shown, bottom, top)
    pen.line([placed.x, placed.x + _PLOT_WIDTH], [bottom - 8, bottom - 8], colours.GRID, 2)
    median, goal = (None if value not in shown or value is None else scale.at(value) for value in across)
    if median is not None:
        _draw_median(pen, trend, xs, median)
    if goal is not None:
        # As in the digest's picture: it was no goal in the time before that.
        pen.line([xs[min(trend.window)], placed.x + _PLOT_WIDTH], [goal, goal], colours.GOAL, 3, dashed=True)
    ys = scale.all_at(values)
    draw_periods(pen, xs, ys, cut=trend.changed_at, firm=trend.firm, latest=_latest(trend))
    labels = []
    if trend.median is not None:
        arrow = "" if median is not None else _arrow(trend, values, trend.median)
        labels.append(_Across(f"colleagues {_number(trend, trend.median)}", colours.TEXT, median, arrow))
    if trend.goal is not None:
        arrow = "" if goal is not None else _arrow(trend, values, trend.goal)
        labels.append(_Across(f"goal {_goal(trend, trend.goal)}", colours.GOAL, goal, arrow))
    _draw_labels(pen, placed, ys, labels, Span(bottom, top))


def _draw_median(pen: Pen, trend: OwnTrend, xs: FloatArray, y: float) -> None:
    """Only over the periods that it was computed for."""
    first, last = xs[min(trend.window)], xs[max(trend.window)]
    reach = 12.0 if first == last else 0.0
    pen.line([first - reach, last + reach], [y, y], colours.PEERS, 5)


def _draw_labels(
    pen: Pen, placed: Placed[OwnTrend], ys: FloatArray, across: Sequence[_Across], plot: Span
) -> None:
    """The latest figure, and what it is drawn against, moved apart so that all can be read."""
    trend = placed.thing
    x = placed.x + _PLOT_WIDTH + _LABEL_GAP
    room = _GRID.column - _PLOT_WIDTH - _LABEL_GAP
    bounds = Span(plot.start - 22, plot.end + 22)
    ends = {_UP: bounds.end - 16, _DOWN: bounds.start + 16}
    last = _latest(trend)
    y = float(ys[last])
    spans = [Span(y - 20, y + 20)]
    for one in across:
        at = ends.get(one.arrow, y) if one.y is None else one.y
        spans.append(Span(at - 16, at + 16))
    value, *others = spread(spans, bounds, 2 if len(spans) > 2 else 4)
    for one, span in zip(across, others, strict=True):
        size = pen.fitting(one.arrow + one.words, SMALL, room)
        pen.text(x, span.middle - size * 0.36, one.arrow + one.words, size, one.colour)
    words = _number(trend, _value(trend, last))
    size = pen.fitting(words, _VALUE, room, bold=True)
    pen.text(x, value.middle - size * 0.36, words, size, colours.YOU, bold=True)


def _arrow(trend: OwnTrend, values: FloatArray, value: float) -> str:
    """Where a value lies that is so far away that the own line would be pressed flat; "" for one to draw."""
    own = values[np.isfinite(values)]
    low, high = float(own.min()), float(own.max())
    away = max(low - value, value - high, 0.0)
    if trend.window and away <= 1.5 * max(high - low, _least(trend, own)):
        return ""
    return _UP if value > high else _DOWN


def _scale(trend: OwnTrend, values: FloatArray, across: Sequence[float], bottom: float, top: float) -> Scale:
    own = values[np.isfinite(values)]
    shown = [*own.tolist(), *across]
    ceiling = 1.0 if trend.kind is Kind.PROPORTION else None
    low, high = value_range(shown, least=_least(trend, own), floor=0.0, ceiling=ceiling)
    return Scale(low, high, bottom, top)


def _least(trend: OwnTrend, own: FloatArray) -> float:
    """Without an axis a ripple has to look like one: the panel spans a fifth of the level at least."""
    return 2 * least_span(own.tolist(), trend.kind is Kind.PROPORTION)


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


def _goal(trend: OwnTrend, value: float) -> str:
    return format_number(trend, value) if trend.kind is Kind.RATE else format_goal(trend, value)


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
