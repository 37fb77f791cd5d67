"""Where things stand in the picture: pure geometry in pixels, y upwards; nothing is drawn here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.ticker import MaxNLocator

from bot.comparison.types import FloatArray

_LEAST_DOT = 9.0
_LEAST_IN_FEW = 16.0
_LARGEST_DOT = 24.0


@dataclass(frozen=True, slots=True)
class Scale:
    """A straight line from values (`low`–`high`) to pixels (`start`–`end`)."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        """The pixel of a value."""
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)

    def all_at(self, values: FloatArray) -> FloatArray:
        """The pixels of many values; NaN stays NaN."""
        return self.start + (values - self.low) / (self.high - self.low) * (self.end - self.start)

    def holds(self, value: float) -> bool:
        """Whether a value lies on the axis."""
        slack = 1e-9 * (self.high - self.low)
        return self.low - slack <= value <= self.high + slack


@dataclass(frozen=True, slots=True)
class Span:
    """From–to on one axis, in pixels."""

    start: float
    end: float

    @property
    def middle(self) -> float:
        """The pixel half-way."""
        return (self.start + self.end) / 2

    def overlaps(self, other: Span, gap: float = 0.0) -> bool:
        """Whether two spans come closer than `gap`."""
        return self.start < other.end + gap and other.start < self.end + gap


def value_range(
    values: Sequence[float], *, least: float, floor: float | None, ceiling: float | None
) -> tuple[float, float]:
    """The lowest and highest value of an axis that shows `values`, no narrower than `least`.

    An axis narrower than that would blow a trifle up. It stays within `floor` and `ceiling` as far as the
    values do.
    """
    low, high = min(values), max(values)
    bottom = low if floor is None else min(floor, low)
    top = high if ceiling is None else max(ceiling, high)
    missing = least - (high - low)
    if missing > 0:
        low, high = low - missing / 2, high + missing / 2
        if floor is not None and low < bottom:
            low, high = bottom, high + (bottom - low)
        if ceiling is not None and high > top:
            low, high = low - (high - top), top
            low = low if floor is None else max(bottom, low)
    return low, high


def tick_values(low: float, high: float, most: int) -> tuple[tuple[float, ...], int]:
    """Round values for an axis, all within `low`–`high`, and the decimals that tell them apart."""
    locator = MaxNLocator(nbins=most, steps=[1, 2, 5, 10])
    slack = 1e-6 * (high - low)
    ticks = [float(t) for t in locator.tick_values(low, high) if low - slack <= t <= high + slack]
    if len(ticks) < 2:
        return tuple(ticks), 0
    step = ticks[1] - ticks[0]
    decimals = next((d for d in range(6) if abs(round(step, d) - step) < 1e-6 * step), 6)
    return tuple(round(t, 10) + 0.0 for t in ticks), decimals


@dataclass(frozen=True, slots=True, eq=False)
class Stacks:
    """A dot plot: the centre of each dot, dots' diameter, and what is needed to find one dot again."""

    x: FloatArray
    y: FloatArray
    diameter: float
    first_edge: float

    def column(self, x: float) -> int:
        """The stack that a value at pixel `x` belongs to."""
        return int(np.floor((x - self.first_edge) / self.diameter + 1e-9))

    def centre_of(self, x: float) -> float:
        """The middle of the stack that a value at pixel `x` belongs to."""
        return self.first_edge + (self.column(x) + 0.5) * self.diameter

    def top_of(self, x: float) -> float | None:
        """The centre of the highest dot of the stack at pixel `x`; None where there is no dot."""
        heights = self.y[np.abs(self.x - self.centre_of(x)) < self.diameter / 4]
        return float(heights.max()) if heights.size else None


def stack_dots(x: FloatArray, *, base: float, height: float, anchor: float) -> Stacks:
    """Stack values (pixels `x`) on `base` into columns one dot wide, no higher than `height`.

    Two columns meet at the pixel `anchor`, so that a dot on one side of it has a value on that side; where
    values lie on it exactly, a column stands over it instead. Dots are as large as the highest stack lets
    them be; past the smallest size they overlap upwards.
    """
    on_anchor = bool((np.abs(x - anchor) < 1e-6).any())
    diameter = _LARGEST_DOT
    while True:
        edge = anchor - diameter / 2 if on_anchor else anchor
        first_edge = edge - np.ceil((edge - x.min()) / diameter + 1) * diameter if x.size else edge
        columns = np.floor((x - first_edge) / diameter + 1e-9).astype(int)
        _, where, sizes = np.unique(columns, return_inverse=True, return_counts=True)
        highest = int(sizes.max()) if x.size else 0
        # A few columns stay wide enough to be seen behind a mark on them.
        least = _LEAST_DOT if sizes.size > 3 else _LEAST_IN_FEW
        if diameter <= least or highest * diameter <= height:
            break
        diameter -= 0.5
    step = min(diameter, (height - diameter) / max(highest - 1, 1))
    order = np.argsort(where, kind="stable")
    level = np.empty(x.size)
    level[order] = np.concatenate([np.arange(size) for size in sizes]) if x.size else []
    return Stacks(
        x=first_edge + (columns + 0.5) * diameter,
        y=base + diameter / 2 + level * step,
        diameter=diameter,
        first_edge=float(first_edge),
    )


def centred(at: float, width: float, bounds: Span) -> Span:
    """A label of `width` around `at`, moved into `bounds` (to their start where it is the wider)."""
    start = max(min(at - width / 2, bounds.end - width), bounds.start)
    return Span(start, start + width)


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a mark's label stands: its span, and its row below the axis (0 is nearest)."""

    span: Span
    row: int


def place_below(marks: Sequence[tuple[float, float]], bounds: Span, gap: float) -> tuple[Placed, ...]:
    """Place the labels of at most two marks (pixel, label width) below the axis.

    Labels never touch each other, and no mark's pointer crosses the other's label, as long as both labels
    and two gaps fit side by side into `bounds`.
    """
    if len(marks) < 2:
        return tuple(Placed(centred(x, width, bounds), 0) for x, width in marks)
    swapped = marks[0][0] > marks[1][0]
    (x_left, w_left), (x_right, w_right) = (marks[1], marks[0]) if swapped else (marks[0], marks[1])
    left, right = centred(x_left, w_left, bounds), centred(x_right, w_right, bounds)
    if left.overlaps(right, gap):
        # Side by side as long as each label still stands over its own mark.
        middle = min(
            max((left.end + right.start) / 2, bounds.start + w_left + gap / 2), bounds.end - w_right - gap / 2
        )
        left = Span(middle - gap / 2 - w_left, middle - gap / 2)
        right = Span(middle + gap / 2, middle + gap / 2 + w_right)
    over_own_marks = left.start <= x_left <= left.end and right.start <= x_right <= right.end
    if over_own_marks and left.start >= bounds.start and right.end <= bounds.end:
        placed = Placed(left, 0), Placed(right, 0)
    elif x_right - gap - w_left >= bounds.start:
        end = min(centred(x_left, w_left, bounds).end, x_right - gap)
        placed = Placed(Span(end - w_left, end), 0), Placed(centred(x_right, w_right, bounds), 1)
    else:
        start = max(centred(x_right, w_right, bounds).start, x_left + gap)
        placed = Placed(centred(x_left, w_left, bounds), 1), Placed(Span(start, start + w_right), 0)
    return (placed[1], placed[0]) if swapped else placed


def push_apart(first: Span, second: Span, bounds: Span, gap: float) -> tuple[Span, Span]:
    """Move two spans apart along their axis, `second` first, so that they do not come closer than `gap`.

    Both stay within `bounds` where they fit.
    """
    height_first, height_second = first.end - first.start, second.end - second.start
    first = centred(first.middle, height_first, bounds)
    second = centred(second.middle, height_second, bounds)
    if not first.overlaps(second, gap):
        return first, second
    if second.middle >= first.middle:
        start = min(first.end + gap, bounds.end - height_second)
        second = Span(start, start + height_second)
        start = max(min(first.start, start - gap - height_first), bounds.start)
        return Span(start, start + height_first), second
    start = max(first.start - gap - height_second, bounds.start)
    second = Span(start, start + height_second)
    start = max(first.start, second.end + gap)
    return Span(start, start + height_first), second


def spread(spans: Sequence[Span], bounds: Span, gap: float) -> tuple[Span, ...]:
    """Move several spans apart along their axis, in their order, so that none comes closer than `gap`.

    All stay within `bounds` where they fit.
    """
    order = sorted(range(len(spans)), key=lambda index: spans[index].middle)
    placed: dict[int, Span] = {}
    edge = bounds.start
    for index in order:
        span = spans[index]
        start = max(min(span.start, bounds.end - (span.end - span.start)), edge)
        placed[index] = Span(start, start + span.end - span.start)
        edge = placed[index].end + gap
    edge = bounds.end
    for index in reversed(order):
        span = placed[index]
        end = min(span.end, edge)
        placed[index] = Span(end - (span.end - span.start), end)
        edge = placed[index].start - gap
    return tuple(placed[index] for index in range(len(spans)))
