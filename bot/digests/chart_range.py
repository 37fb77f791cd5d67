"""What the trend's axis has to show: one's own values, what is drawn across them, and the usual range."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from bot.comparison.types import BoolArray, FloatArray
from bot.digests.chart_layout import value_range
from bot.digests.chart_peers import least_span
from bot.digests.facts import PeerPicture, PersonPicture
from storage.terms import Kind

# How far beyond one's own values, in their own span, something may lie and still be drawn with them.
_FAR = 1.5
# White around the band, in its own height: a band without an edge in sight says nothing.
_MARGIN = 0.12
_FULL = 0.9
# Of fewer cases a period's share or average jumps, and so its usual range holds nearly all that can be.
_LEAST_CASES = 5
# A tooth of the band that may be drawn flat, in the band's height: about one case at the colleagues' middle.
_TOOTH = 0.25


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """The ends of the trend's axis, and what of the usual range, benchmark and goal is drawn on it."""

    low: float
    high: float
    lower: FloatArray | None
    upper: FloatArray | None
    benchmark: float | None
    goal: float | None


def shown_in_trend(picture: PeerPicture, person: PersonPicture) -> Shown:
    """Decide what the trend shows; the person has a value in at least one period.

    The usual range moves the axis only as far as it does not press the line flat, and is left out where it
    would fill the axis.
    """
    shown = _shown(picture, person, _usual_range(picture, person))
    if shown.lower is None or shown.upper is None:
        return shown
    low, high = (np.clip(edge, shown.low, shown.high) for edge in (shown.lower, shown.upper))
    share = (high - low)[np.isfinite(high - low)] / (shown.high - shown.low)
    return _shown(picture, person, None) if (share > _FULL).mean() > 0.5 else shown


def parts(there: BoolArray, starts: set[int]) -> list[slice]:
    """Runs of periods without a gap and without a change of the measure inside."""
    found: list[slice] = []
    begin: int | None = None
    for index, present in enumerate([*there.tolist(), False]):
        if begin is not None and (not present or index in starts):
            found.append(slice(begin, index))
            begin = None
        if present and begin is None:
            begin = index
    return found


def _shown(picture: PeerPicture, person: PersonPicture, usual: tuple[FloatArray, FloatArray] | None) -> Shown:
    own = person.values[np.isfinite(person.values)].tolist()
    ceiling = _ceiling(picture)
    if usual is not None:
        own += _ends(usual, own, _least(picture, person, own), ceiling)
    least = _least(picture, person, own)
    benchmark, goal = (_near(picture, own, value, least) for value in (picture.benchmark, picture.goal))
    group = () if picture.spread is None else (picture.spread.low, picture.spread.high)
    values = [*own, *(v for v in (benchmark, goal, *group) if v is not None)]
    low, high = value_range(values, least=_least(picture, person, own), floor=0.0, ceiling=ceiling)
    lower, upper = (None, None) if usual is None else usual
    return Shown(low, high, lower, upper, benchmark, goal)


def _ends(
    usual: tuple[FloatArray, FloatArray], own: list[float], least: float, ceiling: float | None
) -> list[float]:
    """How far the usual range takes the axis: not for a spike, and not so far that the line lies flat."""
    low = float(np.nanquantile(usual[0], 0.1))
    high = float(np.nanquantile(usual[1], 0.9))
    margin = _MARGIN * (high - low)
    most = _FAR * max(max(own) - min(own), least)
    low, high = max(low - margin, min(own) - most, 0.0), min(high + margin, max(own) + most)
    return [low, high if ceiling is None else min(high, ceiling)]


def _usual_range(picture: PeerPicture, person: PersonPicture) -> tuple[FloatArray, FloatArray] | None:
    if person.lower is None or person.upper is None:
        return None
    there = np.isfinite(person.lower) & np.isfinite(person.upper)
    if not there.any() or _few_cases(picture, person):
        return None
    lower, upper = (np.where(there, edge, np.nan) for edge in (person.lower, person.upper))
    for part in parts(there, {0, picture.changed_at or 0}):
        lower[part], upper[part] = _without_teeth(lower[part], upper[part], person.values[part])
    return np.clip(lower, 0.0, _ceiling(picture)), np.clip(upper, 0.0, _ceiling(picture))


def _few_cases(picture: PeerPicture, person: PersonPicture) -> bool:
    """Whether one's periods have usually too few cases for a share or an average of each."""
    cases = _usual_cases(person)
    shares = picture.measure.kind in (Kind.PROPORTION, Kind.MEAN)
    return shares and cases is not None and cases < _LEAST_CASES


def _usual_cases(person: PersonPicture) -> float | None:
    """How many cases a period of one's own usually has; None where that is not known."""
    if person.denominators is None:
        return None
    cases = person.denominators[np.isfinite(person.values) & (person.denominators > 0)]
    return float(np.median(cases)) if cases.size else None


def _without_teeth(lower: FloatArray, upper: FloatArray, own: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The range, each edge the middle of three neighbours, where that is a trifle.

    The colleagues' middle moves by whole cases. What was judged stays as it was: no point changes its side.
    """
    if lower.size < 3:
        return lower, upper
    low, high = (
        np.median(sliding_window_view(np.pad(edge, 1, mode="reflect"), 3), axis=1) for edge in (lower, upper)
    )
    trifle = np.maximum(np.abs(low - lower), np.abs(high - upper)) <= _TOOTH * (upper - lower)
    with np.errstate(invalid="ignore"):
        same = ((own < low) == (own < lower)) & ((own > high) == (own > upper))
    return np.where(trifle & same, low, lower), np.where(trifle & same, high, upper)


def _near(picture: PeerPicture, own: list[float], value: float | None, least: float) -> float | None:
    """A value to draw across, unless it lies so far away that the person's own line would be pressed flat."""
    if value is None or not picture.window_periods:
        return None
    low, high = min(own), max(own)
    away = max(low - value, value - high, 0.0)
    return value if away <= _FAR * max(high - low, least) else None


def _least(picture: PeerPicture, person: PersonPicture, own: list[float]) -> float:
    least = least_span(own, picture.measure.kind is Kind.PROPORTION)
    if picture.trend_range is not None:
        # A quarter of what the group's trends span: one's own ripples stay ripples.
        least = max(least, (picture.trend_range[1] - picture.trend_range[0]) / 4)
    cases = _usual_cases(person)
    if picture.measure.kind is Kind.PROPORTION and cases:
        # One case more or less does not fill the height.
        least = max(least, min(2 / cases, 1.0))
    return least


def _ceiling(picture: PeerPicture) -> float | None:
    return 1.0 if picture.measure.kind is Kind.PROPORTION else None
