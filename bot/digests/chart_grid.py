"""What pictures of small panels share: their grid, their key, one time axis for all, their lines and dots."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Final, Generic, TypeVar

import numpy as np

from bot.comparison.types import FloatArray
from bot.digests import chart_pen as colours
from bot.digests.chart_pen import Pen, Ruler, shorten, wrap
from bot.digests.values import format_span
from bot.digests.weeks import bucket, last_day
from storage.terms import PeriodLength

WIDTH: Final = 1200
MARGIN: Final = 36.0
HEADLINE, MEASURE, SMALL = 38.0, 30.0, 26.0
LINE, SMALL_LINE = 36.0, 32.0
YOUNG: Final = "hollow: may still change"
_COLUMNS, _GROUP = 2, 54.0

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Entry(Generic[T]):
    """One measure to place; `below` counts the small lines between its title and its plot."""

    thing: T
    title: str
    period: PeriodLength
    starts: tuple[date, ...]
    below: int = 1


@dataclass(frozen=True, slots=True)
class Placed(Generic[T]):
    """One measure laid out; `x`, the top `y` and `plot_top` are pixels, y downwards from the picture's top.

    `first` and `last` are the numbers of the periods at the ends of the time axis.
    """

    thing: T
    title: tuple[str, ...]
    x: float
    y: float
    plot_top: float
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """The whole picture laid out: headings of the groups with their y, and panels."""

    height: int
    headings: tuple[tuple[str, float], ...]
    placed: tuple[Placed[T], ...]
    left_out: int


@dataclass(frozen=True, slots=True)
class Grid:
    """Sizes in pixels: where panels begin, how high and far apart they are; `left_out`: of a last line."""

    top: float
    plot: float
    gutter: float
    between: float
    gap: float
    left_out: float

    @property
    def column(self) -> float:
        """The width of a panel."""
        return (WIDTH - 2 * MARGIN - (_COLUMNS - 1) * self.gutter) / _COLUMNS

    def lay_out(
        self, entries: Sequence[Entry[T]], left_out: int, heading: Callable[[PeriodLength, str], str]
    ) -> Page[T]:
        """Weeks above months, two panels a row. `heading`: the words over a group, of its period and span."""
        ruler = Ruler()
        placed: list[Placed[T]] = []
        headings: list[tuple[str, float]] = []
        y = self.top
        ordered = sorted(entries, key=lambda entry: entry.period is PeriodLength.MONTH)
        for period, group in groupby(ordered, key=lambda entry: entry.period):
            members = list(group)
            starts = [start for entry in members for start in entry.starts]
            span = format_span(min(starts), last_day(max(starts), period), year=True, short=True)
            headings.append((heading(period, span), y))
            y += _GROUP
            ends = bucket(min(starts), period), bucket(max(starts), period)
            for at in range(0, len(members), _COLUMNS):
                row = members[at : at + _COLUMNS]
                placed += self._row(ruler, row, y, ends)
                y = placed[-1].plot_top + self.plot + self.between
        height = round(y - self.between + MARGIN + (self.left_out if left_out else 0))
        return Page(height, tuple(headings), tuple(placed), left_out)

    def _row(self, ruler: Ruler, row: Sequence[Entry[T]], y: float, ends: tuple[int, int]) -> list[Placed[T]]:
        """The panels of a row share the height of the longest title."""

        def measured(words: str) -> float:
            return ruler.width(words, MEASURE, bold=True)

        titles = [tuple(wrap(" ".join(entry.title.split()), measured, self.column, 2)) for entry in row]
        below = max(entry.below for entry in row)
        # Labels may stand a little over the plot: a second small line keeps out of their way.
        beneath = below * SMALL_LINE + (below - 1) * 14
        plot_top = y + max(len(title) for title in titles) * LINE + beneath + self.gap
        return [
            Placed(entry.thing, title, MARGIN + place * (self.column + self.gutter), y, plot_top, *ends)
            for place, (entry, title) in enumerate(zip(row, titles, strict=True))
        ]


def draw_head(pen: Pen, height: float, title: str, key: str, *, young: bool) -> None:
    """The title, what is hollow beside it, and beneath it what the colours mean."""
    right, taken = WIDTH - MARGIN, 0.0
    if young:
        taken = pen.width(YOUNG, SMALL) + 18
        pen.dots([right - taken], [height - 49], 14.0, colours.WHITE, edge=colours.YOU, edge_width=3.0)
        pen.text(right, height - 58, YOUNG, SMALL, colours.TEXT, align="right")
        taken += 40

    def headline(words: str) -> float:
        return pen.width(words, HEADLINE, bold=True)

    fitted = shorten(title, headline, right - taken - MARGIN)
    pen.text(MARGIN, height - 58, fitted, HEADLINE, colours.INK, bold=True)
    pen.text(MARGIN, height - 96, key, SMALL, colours.TEXT)


def draw_headings(pen: Pen, page: Page[T]) -> None:
    """A line across over each group, and its words."""
    for words, at in page.headings:
        y = page.height - at
        pen.line([MARGIN, WIDTH - MARGIN], [y + 6, y + 6], colours.GRID, 2)
        pen.text(MARGIN, y - 32, words, SMALL, colours.TEXT)


def draw_title(pen: Pen, placed: Placed[T], height: float) -> float:
    """The title's lines; returns the baseline of the small line beneath them."""
    y = height - placed.y - MEASURE
    for line in placed.title:
        pen.text(placed.x, y, line, MEASURE, colours.INK, bold=True)
        y -= LINE
    return y + 4


def places(
    placed: Placed[T], starts: Sequence[date], period: PeriodLength, left: float, width: float
) -> FloatArray:
    """The pixel of each period, on the time axis that all panels of its period share."""
    start, end = left + 8, left + width - 8
    numbers = np.array([bucket(day, period) for day in starts], float)
    if placed.first == placed.last:
        return np.full(len(numbers), (start + end) / 2)
    return np.asarray(start + (numbers - placed.first) / (placed.last - placed.first) * (end - start))


def draw_periods(
    pen: Pen, xs: FloatArray, ys: FloatArray, *, cut: int | None, firm: int, latest: int
) -> None:
    """The line, broken before `cut`; dots where it ends or a value stands alone, hollow after `firm`."""
    line = (xs, ys) if cut is None else (np.insert(xs, cut, np.nan), np.insert(ys, cut, np.nan))
    pen.line(*line, colours.YOU, 4)
    there, index = np.isfinite(ys), np.arange(len(ys))
    before, after = np.r_[False, there[:-1]], np.r_[there[1:], False]
    young = there & (index >= firm)
    last = (index == latest) & ~young
    alone = there & ~before & ~after & ~last & ~young
    pen.dots(xs[alone], ys[alone], 8.0, colours.YOU)
    pen.dots(xs[last], ys[last], 15.0, colours.YOU)
    pen.dots(xs[young], ys[young], 13.0, colours.WHITE, edge=colours.YOU, edge_width=3.0)
