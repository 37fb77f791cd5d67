"""How far a clinician is from what colleagues have reached, and whether that matters. Pure."""

from __future__ import annotations

from bot.digests.facts import MeasureView
from storage.terms import Direction, Kind

SIGN = {Direction.HIGHER: 1, Direction.LOWER: -1, Direction.NEUTRAL: 0}
# Less than this is no distance to close: percentage points of a share, a part of any other value; and fewer
# than so many of what is counted, unless they are much of it.
_POINT, _PART = 0.01, 0.02
_FEW, _MUCH = 5, 0.05


def distance_to_benchmark(view: MeasureView) -> float | None:
    """How far the value is from the benchmark, in the measure's unit; negative beyond it."""
    benchmark, value = view.comparison.benchmark, view.result.value
    if benchmark is None or value is None:
        return None
    return (benchmark.value - value) * SIGN[view.measure.direction]


def is_there(view: MeasureView) -> bool:
    """Whether what is left to the benchmark is nothing, or less than what matters (`min_change`)."""
    left = distance_to_benchmark(view)
    if left is None or SIGN[view.measure.direction] == 0:
        return False
    if left <= 0:
        return True
    measure, value = view.measure, view.result.value or 0.0
    if measure.min_change is not None:
        return left < measure.min_change
    proportion = measure.kind is Kind.PROPORTION
    size = 1.0 if proportion else abs(value)
    if left < (_POINT if proportion else _PART) * size:
        return True
    return measure.kind is not Kind.MEAN and left * base(view) < _FEW and left <= _MUCH * size


def base(view: MeasureView) -> float:
    """What a difference of one unit of the value is in counts."""
    result, measure = view.result, view.measure
    match measure.kind:
        case Kind.PROPORTION:
            return result.denominator
        case Kind.RATE:
            return result.denominator / measure.per
        case Kind.RATIO:
            return result.expected or 0.0
        case Kind.MEAN:
            return result.denominator


def own_periods(view: MeasureView) -> int:
    """In how many of the compared periods the reader has figures: a starter's are fewer than colleagues'."""
    own = view.result.trend.values
    return sum(own[i] == own[i] for i in view.comparison.window if i < len(own)) or 1
