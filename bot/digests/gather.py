"""From storage to facts: every clinician's view of every measure in one week, compared once a group."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, date, datetime, time, timedelta

import numpy as np
from sqlmodel import Session

from bot.answers.rules import without
from bot.comparison import compare_group
from bot.comparison.types import (
    BoolArray,
    ClinicianResult,
    FloatArray,
    GroupComparison,
    PeerData,
    Rules,
    Signal,
    Trend,
)
from bot.comparison.types import Counts as ComparedCounts
from bot.comparison.types import Direction as ComparedDirection
from bot.comparison.types import Kind as ComparedKind
from bot.digests.aside import OwnFigure, changed_rows, reported_of, with_row
from bot.digests.facts import Compared, GroupGoal, MeasureFacts, MeasureView, Reported
from bot.digests.framing import counts_money, currency
from bot.digests.layout import Layout, Rows, by_main_group, first_start, lay_out, rows_of
from bot.digests.modes_gather import with_cases
from bot.digests.weeks import TREND_LENGTH, last_day
from storage import answer_rows, goal_rows
from storage.answer_rows import Aside
from storage.figures import (
    absences,
    current_measures,
    current_observations,
    group_members,
)
from storage.measures import MeasureVersion
from storage.terms import Counts, Kind, Mode, PeriodLength

LEAST_OTHERS = 5
# A panel's previous look must be at least four weeks earlier.
_PANEL_LAG = {PeriodLength.WEEK: 4, PeriodLength.MONTH: 1}


@dataclass(frozen=True, slots=True)
class Windows:
    """How many periods are compared together, and which counts are small enough to hide from others."""

    weeks: int = 12
    months: int = 3
    small_count: int = 4

    def of(self, length: PeriodLength) -> int:
        """The window of a measure with periods of this length."""
        return self.weeks if length is PeriodLength.WEEK else self.months


@dataclass(frozen=True, slots=True)
class GroupFigures:
    """One measure in one peer group: what was compared, and over which days.

    `people` are the person ids of `comparison.results`. `numerator` and `denominator` are clinicians ×
    periods as imported, NaN where nothing counts; the comparison is without what was set aside and agreed by
    somebody else, and `own` (by index) without all that its clinician set aside. `covered` (clinicians) is
    the share of the window inside a membership and not away.
    """

    measure: MeasureFacts
    group: str
    people: tuple[int, ...]
    comparison: GroupComparison
    periods: tuple[date, ...]
    settled: BoolArray
    numerator: FloatArray
    denominator: FloatArray
    covered: FloatArray
    small: BoolArray
    changed_at: int | None
    goal: GroupGoal | None = None
    own: Mapping[int, OwnFigure] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Book:
    """All comparisons as of one day. `views` gives a person's own, by person id; without figures none.

    By person and not by code: a code that has passed to somebody else does not take figures along.
    """

    written_on: date
    measures: tuple[MeasureFacts, ...]
    figures: tuple[GroupFigures, ...]
    views: Mapping[int, tuple[MeasureView, ...]]


def open_book(
    session: Session,
    through: date,
    windows: Windows,
    *,
    written_on: date | None = None,
    only: str | None = None,
) -> Book:
    """Compare every peer group on every measure, using periods whose last day is on or before `through`.

    `written_on` (default: the day after) decides which periods have settled. `only` keeps one measure.
    """
    written_on = written_on or through + timedelta(days=1)
    versions = {
        key: version for key, version in current_measures(session).items() if only is None or key == only
    }
    measures = {version.measure_id: measure_facts(key, version) for key, version in versions.items()}
    first = min(
        (first_start(measure, through, windows.of(measure.period)) for measure in measures.values()),
        default=through,
    )
    observed = current_observations(session, list(measures), first, through)
    members = group_members(session, first, through)
    away = absences(session, first, through)
    goals = _goals(session, through)
    asides: dict[int, list[Aside]] = {}
    for aside in answer_rows.standing_asides(session, list(measures)):
        asides.setdefault(aside.measure_id, []).append(aside)
    figures: list[GroupFigures] = []
    views: dict[int, list[MeasureView]] = {}
    for measure_id, measure in measures.items():
        window = windows.of(measure.period)
        rows = rows_of(observed, measure_id, measure, through)
        for group, people in by_main_group(members, measure, rows, window).items():
            layout = lay_out(measure, people, rows, away, window, through)
            if layout is None:
                continue
            figure = _compare(measure, group, layout, windows, written_on)
            if measure_id in asides:
                layouts = [
                    lay_out(measure, people, _left(rows, some, measure), away, window, through)
                    for some in (asides[measure_id], [a for a in asides[measure_id] if a.agreed])
                ]
                figure = _without_asides(figure, layout, layouts, windows, written_on)
            figure = replace(figure, goal=goals.get((measure.key, group)))
            figures.append(figure)
            for index, person_id in enumerate(figure.people):
                views.setdefault(person_id, []).append(_view(figure, index, written_on))
    found = {person_id: tuple(theirs) for person_id, theirs in views.items()}
    if only is None:
        # One measure alone is asked for by pages that show the group, and no cases.
        found = with_cases(session, found, measures, members, through)
    return Book(
        written_on=written_on,
        measures=tuple(measures.values()),
        figures=tuple(figures),
        views=dict(sorted(found.items())),
    )


def _goals(session: Session, through: date) -> dict[tuple[str, str], GroupGoal]:
    """The goal of each (measure, group) as it was when the last day began, wherever that is.

    A week's digests are written over days, and again for a preview: all of them show the same goal.
    """
    before = datetime.combine(through, time(), UTC)
    return {
        key: GroupGoal(
            value=goal.value,
            adopted_on=goal.decided_at.date(),
            attainable=goal.attainable,
            stretch=goal.stretch,
            not_attainable=goal.not_attainable,
        )
        for key, goal in goal_rows.adopted_before(session, before).items()
        if goal.decided_at is not None
    }


def measure_facts(key: str, version: MeasureVersion) -> MeasureFacts:
    """A measure's current definition as plain facts."""
    names = [field.name for field in fields(MeasureFacts) if field.name != "key"]
    return MeasureFacts(key=key, **{name: getattr(version, name) for name in names})


def _left(rows: Rows, asides: Iterable[Aside], measure: MeasureFacts) -> Rows:
    return replace(rows, columns=without(rows.clinician, rows.start, rows.columns, asides, measure.kind))


def _compare(
    measure: MeasureFacts, group: str, layout: Layout, windows: Windows, written_on: date
) -> GroupFigures:
    """Compare one group that has been laid out, and keep what is drawn."""
    numerator, denominator, expected, squares = layout.tables
    settles = timedelta(days=measure.settles_after)
    settled = np.array([last_day(start, measure.period) + settles <= written_on for start in layout.periods])
    window = windows.of(measure.period)
    recent = np.flatnonzero(settled)[-window:]
    covered = layout.present[:, recent].mean(axis=1) if len(recent) else np.zeros(len(layout.people))
    has_figures = np.isfinite(numerator[:, recent]).any(axis=1)
    comparison = compare_group(
        PeerData(
            clinicians=layout.labels,
            periods=tuple(layout.periods),
            numerator=numerator,
            denominator=denominator,
            expected=expected if measure.kind is Kind.RATIO else None,
            squares=squares,
            settled=settled,
            comparable=(covered >= 0.5) & bool(group) & has_figures,
        ),
        rules_of(measure, window, _changed_at(measure, layout.periods)),
    )
    cut = max(0, len(layout.periods) - max(TREND_LENGTH[measure.period], window))
    periods = layout.periods[cut:]
    return GroupFigures(
        measure=measure,
        group=group,
        people=layout.people,
        comparison=_drawn_part(comparison, cut),
        periods=tuple(periods),
        settled=settled[cut:],
        numerator=numerator[:, cut:],
        denominator=denominator[:, cut:],
        covered=covered,
        small=np.array(
            [is_small(measure.kind, result, windows.small_count) for result in comparison.results]
        ),
        changed_at=_changed_at(measure, periods),
    )


def _without_asides(
    reported: GroupFigures,
    layout: Layout,
    layouts: Sequence[Layout | None],
    windows: Windows,
    written_on: date,
) -> GroupFigures:
    """The group without what was agreed to be set aside, and each clinician's own without all of theirs.

    `layouts`: without all that is set aside, and without what is agreed. Own results are compared with the
    group as the others see it.
    """
    everything, agreed = layouts
    if everything is None or agreed is None:
        return reported
    measure = reported.measure
    shown = reported
    if changed_rows(agreed.tables, layout.tables):
        shown = _compare(measure, reported.group, agreed, windows, written_on)
    own: dict[int, OwnFigure] = {}
    for index in changed_rows(everything.tables, layout.tables):
        alone = replace(agreed, tables=with_row(agreed.tables, everything.tables, index))
        compared = _compare(measure, reported.group, alone, windows, written_on).comparison
        in_set = shown.comparison.results[index].in_benchmark_set
        own[index] = OwnFigure(
            replace(compared.results[index], in_benchmark_set=in_set),
            compared.window,
            _reported(reported, index, layout, everything),
        )
    return replace(shown, numerator=reported.numerator, denominator=reported.denominator, own=own)


def _reported(figure: GroupFigures, index: int, layout: Layout, left: Layout) -> Reported:
    result, window = figure.comparison.results[index], figure.comparison.window
    panel = figure.measure.counts is Counts.PANEL
    if panel:
        window = tuple(i for i in window if np.isfinite(result.trend.values[i]))[-1:]
    columns = [layout.periods.index(figure.periods[i]) for i in window]
    before, after = (one.tables[1][index, columns].tolist() for one in (layout, left))
    return reported_of(result, before, after, panel=panel)


def _drawn_part(comparison: GroupComparison, cut: int) -> GroupComparison:
    """The comparison with its trends cut to what is drawn; what was judged on all of them stays."""
    return replace(
        comparison,
        window=tuple(index - cut for index in comparison.window if index >= cut),
        results=tuple(replace(result, trend=_shortened(result.trend, cut)) for result in comparison.results),
    )


def _shortened(trend: Trend, cut: int) -> Trend:
    def drawn(usual: FloatArray | None) -> FloatArray | None:
        return None if usual is None else usual[cut:]

    return replace(
        trend,
        values=trend.values[cut:],
        adjusted=trend.adjusted[cut:],
        usual_centre=drawn(trend.usual_centre),
        usual_lower=drawn(trend.usual_lower),
        usual_upper=drawn(trend.usual_upper),
        signals=trend.signals[cut:],
        since=None if trend.since is None else max(0, trend.since - cut),
    )


def rules_of(measure: MeasureFacts, window: int, changed_at: int | None) -> Rules:
    """How a measure is compared, in the comparison's own terms."""
    return Rules(
        kind=ComparedKind(measure.kind),
        direction=ComparedDirection(measure.direction),
        counts=ComparedCounts(measure.counts),
        per=measure.per,
        min_denominator=measure.min_denominator,
        min_change=measure.min_change,
        window=window,
        lag=_PANEL_LAG[measure.period],
        breaks=() if changed_at is None else (changed_at,),
        amounts=_is_amount(measure),
    )


def _is_amount(measure: MeasureFacts) -> bool:
    """Whether pounds are added up; "patients told the costs of" care are counted, not their costs."""
    if measure.kind is Kind.PROPORTION:
        return bool(currency(measure))
    return counts_money(measure)


def _changed_at(measure: MeasureFacts, periods: Sequence[date]) -> int | None:
    if measure.changed is None:
        return None
    return next((index for index, start in enumerate(periods) if start >= measure.changed and index), None)


def is_small(kind: Kind, result: ClinicianResult, small_count: int) -> bool:
    """Whether counts could give a patient away, so that nobody but their clinician may see them (D5)."""
    counts = [result.numerator]
    if kind is Kind.PROPORTION:
        counts.append(result.denominator - result.numerator)
    return any(0 < count <= small_count for count in counts)


def _view(figure: GroupFigures, index: int, written_on: date) -> MeasureView:
    measure, comparison = figure.measure, figure.comparison
    theirs = figure.own.get(index)
    result = comparison.results[index] if theirs is None else theirs.result
    window = comparison.window if theirs is None else theirs.window
    if measure.counts is Counts.PANEL and window:
        # A panel's figure is that of one period: the latest that this clinician has in the window.
        own = [i for i in window if np.isfinite(result.trend.values[i])]
        window = (own[-1],) if own else window[-1:]
    first = figure.periods[window[0]] if window else figure.periods[-1]
    last = last_day(figure.periods[window[-1]] if window else figure.periods[-1], measure.period)
    return MeasureView(
        measure=measure,
        group=figure.group,
        compared=_compared(figure, index, result),
        comparison=comparison,
        result=result,
        first_day=first,
        last_day=last,
        periods=figure.periods,
        settled=figure.settled,
        past_review=measure.next_review is not None and measure.next_review < written_on,
        small=figure.small,
        goal=figure.goal,
        reported=None if theirs is None or not theirs.reported.set_aside else theirs.reported,
    )


def _compared(figure: GroupFigures, index: int, result: ClinicianResult) -> Compared:
    """Whether this clinician can be compared on this measure, and if not, the first reason why not."""
    measure = figure.measure
    if result.value is None:
        return Compared.NO_DATA
    if measure.mode is not Mode.REPETITIVE:
        return Compared.OTHER_MODE
    if not figure.group:
        return Compared.NO_GROUP
    if figure.covered[index] < 0.5:
        return Compared.HALF_WINDOW
    if result.denominator < measure.min_denominator:
        return Compared.TOO_FEW_CASES
    if figure.comparison.clinicians - 1 < LEAST_OTHERS:
        return Compared.TOO_FEW_PEERS
    if result.signal is Signal.TOO_FEW and measure.kind is Kind.RATIO:
        return Compared.TOO_FEW_CASES
    return Compared.YES
