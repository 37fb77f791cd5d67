"""From a comparison to the two layers of its picture: what may be drawn of the peers, and of oneself."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from bot.digests.chart_words import why_alone
from bot.digests.facts import Compared, MeasureView, PeerPicture, PeersDrawn, PersonPicture
from bot.digests.gather import GroupFigures
from bot.digests.modes import spread_of
from bot.digests.select import compares
from bot.digests.weeks import last_day
from bot.language.language import Language, british
from storage.terms import Counts

# Under ten others each dot could be put a name to: then the middle half is drawn as a band (D3).
LEAST_DOTS = 10


def peer_picture(figure: GroupFigures, view: MeasureView, language: Language | None = None) -> PeerPicture:
    """The layer that everybody in this group who may be compared on this measure shares.

    `view` is any one member's: it decides whether peers are drawn at all. Colleagues with small counts are
    not drawn (D5), nor is anybody whose figure is not compared.
    """
    comparison, measure = figure.comparison, figure.measure
    compared = compares(view)
    shown = [
        result.value
        for result, small in zip(comparison.results, figure.small.tolist(), strict=True)
        if result.value is not None and result.percentile is not None and not small
    ]
    window = comparison.window
    first = figure.periods[window[0]] if window else figure.periods[-1]
    if measure.counts is Counts.PANEL and window:
        first = figure.periods[window[-1]]
    last = last_day(figure.periods[window[-1] if window else -1], measure.period)
    return PeerPicture(
        measure=measure,
        drawn=_drawn(len(shown) - 1, comparison.clinicians - 1) if compared else PeersDrawn.NOTHING,
        values=tuple(sorted(shown)),
        peers=comparison.clinicians - 1,
        median=comparison.median if compared else None,
        quartiles=comparison.quartiles if compared else None,
        benchmark=comparison.benchmark.value if compared and comparison.benchmark else None,
        window=(first, last),
        periods=figure.periods,
        span=(figure.periods[0], last_day(figure.periods[-1], measure.period)),
        window_periods=window[-1:] if measure.counts is Counts.PANEL else window,
        trend_range=_trend_range(figure) if compared else None,
        changed_at=figure.changed_at,
        goal=figure.goal.value if figure.goal is not None else None,
        spread=spread_of(view),
        language=language or british(),
    )


def _drawn(dots: int, others: int) -> PeersDrawn:
    if min(dots, others) >= LEAST_DOTS:
        return PeersDrawn.DOTS
    return PeersDrawn.BAND


def _trend_range(figure: GroupFigures) -> tuple[float, float] | None:
    """Where nine tenths of the group's periods lie: one odd period must not flatten everybody's line."""
    values = np.array([result.trend.values for result in figure.comparison.results])
    values = values[np.isfinite(values)]
    if not values.size:
        return None
    low, high = np.quantile(values, [0.05, 0.95]).tolist()
    return low, high


def person_picture(
    view: MeasureView, language: Language | None = None, figure: GroupFigures | None = None
) -> PersonPicture:
    """The layer of one person: their value, their counts and their own periods with the usual range.

    `figure`, the group's, knows the counts of each period; without it none is told.
    """
    result = view.result
    trend = result.trend
    usual = view.compared is not Compared.HALF_WINDOW
    person = PersonPicture(
        value=result.value,
        numerator=result.numerator,
        denominator=result.denominator,
        values=trend.values,
        centre=trend.usual_centre if usual else None,
        lower=trend.usual_lower if usual else None,
        upper=trend.usual_upper if usual else None,
        settled=view.settled,
        interval=_interval(result.interval),
        drawn=_is_drawn(view),
        sets_benchmark=result.in_benchmark_set,
        why_alone=why_alone(view, language or british()),
    )
    return person if figure is None else _with_counts(person, figure, result.clinician)


def _with_counts(person: PersonPicture, figure: GroupFigures, clinician: str) -> PersonPicture:
    labels = [result.clinician for result in figure.comparison.results]
    row = labels.index(clinician)
    numerators, denominators = figure.numerator[row], figure.denominator[row]
    # Imported, and yet without a value: the reader set all of it aside (D19).
    aside = np.isnan(person.values) & np.isfinite(numerators) & (denominators > 0)
    theirs = aside if row in figure.own else None
    return replace(person, numerators=numerators, denominators=denominators, set_aside=theirs)


def worth_drawing(view: MeasureView) -> bool:
    """Whether a picture shows more than the words: colleagues, or more than one period of one's own."""
    return compares(view) or int(np.isfinite(view.result.trend.values).sum()) > 1


def _is_drawn(view: MeasureView) -> bool:
    """Whether the reader's own figure is one of the dots: small counts, or what they set aside, are not."""
    pairs = zip(view.comparison.results, view.small.tolist(), strict=True)
    return any(result is view.result and not small for result, small in pairs)


def _interval(interval: tuple[float | None, float | None]) -> tuple[float, float] | None:
    low, high = interval
    return None if low is None or high is None else (low, high)
