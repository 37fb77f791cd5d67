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
from bot.digests.modes_gather import with_cases
from bot.digests.weeks import TREND_LENGTH, bucket, last_day, next_start
from storage import answer_rows, goal_rows
from storage.answer_rows import Aside
from storage.figures import (
    CurrentObservations,
    GroupMember,
    absences,
    current_measures,
    current_observations,
    group_members,
)
from storage.measures import MeasureVersion
from storage.people import Absence
from storage.terms import Counts, Kind, Mode, PeriodLength

LEAST_OTHERS = 5
# A panel's previous look must be at least four weeks earlier.
# A change is judged on more than is drawn: a long history makes a steadier usual range.
_HISTORY = {PeriodLength.WEEK: 52, PeriodLength.MONTH: 60}
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
    first = min((_first_start(measure, through, windows) for measure in measures.values()), default=through)
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
        rows = _rows_of(observed, measure_id, measure, through)
        for group, people in _by_main_group(members, measure, rows, windows).items():
            layout = _lay_out(measure, people, rows, away, windows, through)
            if layout is None:
                continue
            figure = _compare(measure, group, layout, windows, written_on)
            if measure_id in asides:
                layouts = [
                    _lay_out(measure, people, _left(rows, some, measure), away, windows, through)
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


@dataclass(frozen=True, slots=True, eq=False)
class _Rows:
    """One measure's observations, with the number of the period that each belongs to."""

    clinician: np.ndarray
    number: np.ndarray
    start: np.ndarray
    end: np.ndarray
    columns: tuple[FloatArray, FloatArray, FloatArray, FloatArray]


def _left(rows: _Rows, asides: Iterable[Aside], measure: MeasureFacts) -> _Rows:
    return replace(rows, columns=without(rows.clinician, rows.start, rows.columns, asides, measure.kind))


def _history(length: PeriodLength, windows: Windows) -> int:
    """How many periods are read: enough for a change, and for two windows that do not overlap."""
    return max(_HISTORY[length], 2 * windows.of(length))


def _first_start(measure: MeasureFacts, through: date, windows: Windows) -> date:
    # One period more than is used: a week may start up to six days before its ISO week.
    start = through.replace(day=1) if measure.period is PeriodLength.MONTH else through
    return next_start(start, measure.period, -_history(measure.period, windows) - 1)


def _rows_of(observed: CurrentObservations, measure_id: int, measure: MeasureFacts, through: date) -> _Rows:
    mine = observed.measure == measure_id
    starts = observed.period[mine]
    ends = np.array([last_day(start, measure.period) for start in starts.tolist()], "datetime64[D]")
    complete = ends <= np.datetime64(through)
    number = np.array([bucket(start, measure.period) for start in starts[complete].tolist()], np.int64)
    columns = (observed.numerator, observed.denominator, observed.expected, observed.squares)
    numerator, denominator, expected, squares = (column[mine][complete] for column in columns)
    return _Rows(
        observed.clinician[mine][complete],
        number,
        starts[complete],
        ends[complete],
        (numerator, denominator, expected, squares),
    )


def _by_main_group(
    members: Sequence[GroupMember], measure: MeasureFacts, rows: _Rows, windows: Windows
) -> dict[str, list[GroupMember]]:
    """Who is compared in which group: each person in the one that covers most of their window."""
    if not len(rows.number):
        return {}
    known = set(rows.clinician.tolist())
    recent = _starts(rows, int(rows.number.max()), windows.of(measure.period), measure.period)
    share: dict[tuple[int, str], int] = {}
    for member in members:
        covered = sum(_inside(member, start, measure.period) for start in recent)
        share[member.person_id, member.group] = share.get((member.person_id, member.group), 0) + covered
    main: dict[int, str] = {}
    for (person_id, group), covered in sorted(share.items()):
        if person_id not in main or covered > share[person_id, main[person_id]]:
            main[person_id] = group
    groups: dict[str, list[GroupMember]] = {}
    for member in members:
        if main[member.person_id] == member.group and member.clinician_id in known:
            groups.setdefault(member.group, []).append(member)
    return groups


def _starts(rows: _Rows, latest: int, count: int, length: PeriodLength) -> list[date]:
    """The starts of the last `count` periods up to number `latest`, as this measure's data has them."""
    at_latest = rows.start[rows.number == latest]
    anchor: date = np.sort(at_latest)[len(at_latest) // 2].item()
    return [next_start(anchor, length, -back) for back in range(count - 1, -1, -1)]


def _inside(member: GroupMember, start: date, length: PeriodLength) -> bool:
    return member.starts <= start and last_day(start, length) <= member.ends


@dataclass(frozen=True, slots=True, eq=False)
class _Layout:
    """One group's observations as people × periods. `labels` are codes; `present` is not away."""

    labels: tuple[str, ...]
    people: tuple[int, ...]
    periods: list[date]
    tables: tuple[FloatArray, FloatArray, FloatArray, FloatArray]
    present: BoolArray


def _lay_out(
    measure: MeasureFacts,
    members: list[GroupMember],
    rows: _Rows,
    away: Mapping[int, Sequence[Absence]],
    windows: Windows,
    through: date,
) -> _Layout | None:
    """Give each person a row with the figures of the time in which the code, and the place, were theirs."""
    cells: list[tuple[int, np.ndarray]] = []
    for member in members:
        theirs = rows.clinician == member.clinician_id
        theirs &= (rows.start >= np.datetime64(member.starts)) & (rows.end <= np.datetime64(member.ends))
        cells.append((member.person_id, np.flatnonzero(theirs)))
    used = np.concatenate([found for _, found in cells]) if cells else np.array([], np.int64)
    if not used.size:
        return None
    # The window ends where the group's codes have their latest figures, whoever's these are by now.
    of_group = np.isin(rows.clinician, [member.clinician_id for member in members])
    latest, earliest = int(rows.number[of_group].max()), int(rows.number[used].min())
    count = min(latest - earliest + 1, _history(measure.period, windows))
    periods = _starts(rows, latest, count, measure.period)
    labels = _labels(members, through)
    people = tuple(sorted({person_id for person_id, found in cells if found.size}, key=labels.__getitem__))
    row_of = {person_id: row for row, person_id in enumerate(people)}
    numerator, denominator, expected, squares = (np.full((len(people), count), np.nan) for _ in range(4))
    tables = (numerator, denominator, expected, squares)
    for person_id, found in cells:
        column = rows.number[found] - (latest - count + 1)
        kept = column >= 0
        for table, values in zip(tables, rows.columns, strict=True):
            if person_id in row_of:
                table[row_of[person_id], column[kept]] = values[found][kept]
    return _Layout(
        labels=tuple(labels[person_id] for person_id in people),
        people=people,
        periods=periods,
        tables=tables,
        present=_present(members, row_of, periods, measure.period, away),
    )


def _labels(members: Sequence[GroupMember], through: date) -> dict[int, str]:
    """What each person is called: their code; one that is not theirs any more says so."""
    latest: dict[int, GroupMember] = {}
    for member in members:
        if member.person_id not in latest or member.bound_until > latest[member.person_id].bound_until:
            latest[member.person_id] = member
    return {
        person_id: member.code
        if member.bound_until >= through
        else f"{member.code} (until {member.bound_until.isoformat()})"
        for person_id, member in latest.items()
    }


def _present(
    members: Sequence[GroupMember],
    row_of: Mapping[int, int],
    periods: Sequence[date],
    length: PeriodLength,
    away: Mapping[int, Sequence[Absence]],
) -> BoolArray:
    """Which periods lie inside a membership, and not wholly inside an absence."""
    present = np.zeros((len(row_of), len(periods)), bool)
    for member in members:
        if member.person_id not in row_of:
            continue
        absent = away.get(member.person_id, ())
        for column, start in enumerate(periods):
            if _inside(member, start, length):
                end = last_day(start, length)
                here = not any(a.starts <= start and end <= a.ends for a in absent)
                present[row_of[member.person_id], column] |= here
    return present


def _compare(
    measure: MeasureFacts, group: str, layout: _Layout, windows: Windows, written_on: date
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
    layout: _Layout,
    layouts: Sequence[_Layout | None],
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


def _reported(figure: GroupFigures, index: int, layout: _Layout, left: _Layout) -> Reported:
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
    )


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
