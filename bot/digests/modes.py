"""Care that is not compared: few cases are told with their counts (D7), single ones in words (D8). Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from bot.digests.facts import Compared, MeasureView, MessageType, PastDigest, Spread, Told
from bot.digests.weeks import IsoWeek
from bot.digests.weights import CASES_REST_WEEKS
from storage.terms import Kind, Mode

# D3: a range needs five others, and from ten on its ends are nobody's who could be named.
LEAST_OTHERS = 5
LEAST_FOR_ENDS = 10
# Under ten cases a share or an average says less than the counts.
LEAST_CASES = 10
BY_CASES = frozenset({MessageType.CASES, MessageType.STORY})


def spread_of(view: MeasureView) -> Spread | None:
    """The group's range on a constrained measure; None where D3, D5, D9 or D29 forbid one.

    It is the same for all whom it is shown to. Whoever has small counts is not in it.
    """
    if view.measure.mode is not Mode.CONSTRAINED or not view.group or view.result.percentile is None:
        return None
    values = [
        result.value
        for result, small in zip(view.comparison.results, view.small.tolist(), strict=True)
        if result.value is not None and result.percentile is not None and not small
    ]
    # The viewer is one of them, or is left out for small counts: either way so many others at least.
    others = len(values) - 1
    if others < LEAST_OTHERS:
        return None
    middle = others < LEAST_FOR_ENDS
    low, high = np.quantile(values, [0.25, 0.75] if middle else [0.0, 1.0]).tolist()
    low, high = _outwards(low, high)
    return Spread(low, min(high, 1.0) if view.measure.kind is Kind.PROPORTION else high, middle)


def _outwards(low: float, high: float) -> tuple[float, float]:
    """The range to the next round figures beyond its ends: no end is anybody's own figure.

    Whoever lies at an end does not read there that nobody lies beyond (D7).
    """
    size = (high - low) / 6 or abs(high) / 10 or 1.0
    power = 10.0 ** math.floor(math.log10(size))
    step = next(power * nice for nice in (1, 2, 5, 10) if power * nice >= size)
    below, above = (math.ceil(low / step) - 1) * step, (math.floor(high / step) + 1) * step
    return max(0.0, round(below, 9)), round(above, 9)


def leads_by_cases(view: MeasureView) -> bool:
    """Whether a constrained measure has something to tell."""
    return (
        view.measure.mode is Mode.CONSTRAINED
        and not view.past_review
        and view.compared is not Compared.NO_DATA
        and view.result.value is not None
        and not (view.reported is not None and view.reported.for_the_measure)
    )


def untold(view: MeasureView, past: Sequence[PastDigest]) -> Told | None:
    """The newest story of unconstrained care that no digest has told yet."""
    if view.measure.mode is not Mode.UNCONSTRAINED or view.past_review:
        return None
    told = {name for digest in past for name in digest.facts}
    return next((story for story in view.stories if story.key not in told), None)


def cases_rest(past: Sequence[PastDigest], week: IsoWeek) -> bool:
    """Whether few cases led too lately to lead again, or somebody's first digest is not a month ago.

    `past` is newest first.
    """
    if not past:
        return False
    last = next((digest for digest in past if digest.message_type is MessageType.CASES), past[-1])
    return (week.monday - IsoWeek.parse(last.week).monday).days < 7 * CASES_REST_WEEKS


def by_cases(
    views: Sequence[MeasureView], past: Sequence[PastDigest], *, counted: bool
) -> list[tuple[MeasureView, MessageType]]:
    """What constrained and unconstrained measures could say, one message a measure.

    In somebody's first digest they wait for the measures that are `counted`: first comes where one stands.
    """
    if counted and not past:
        return []
    found: dict[str, tuple[MeasureView, MessageType]] = {}
    for view in views:
        if leads_by_cases(view):
            found.setdefault(view.measure.key, (view, MessageType.CASES))
        elif untold(view, past) is not None:
            found.setdefault(view.measure.key, (view, MessageType.STORY))
    return list(found.values())
