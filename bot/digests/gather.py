"""From storage to facts: every clinician's view of every measure in one week, compared once a group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta

import numpy as np
from sqlmodel import Session

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
from bot.digests.facts import Compared, MeasureFacts, MeasureView
from bot.digests.weeks import TREND_LENGTH, bucket, last_day, next_start
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

    `numerator` and `denominator` are clinicians × periods, NaN where nothing counts; `covered` (clinicians)
    is the share of the window inside a membership and not away.
    """

    measure: MeasureFacts
    group: str
    comparison: GroupComparison
    periods: tuple[date, ...]
    settled: BoolArray
    numerator: FloatArray
    denominator: FloatArray
    covered: FloatArray
    small: BoolArray
    changed_at: int | None


@dataclass(frozen=True, slots=True)
class Book:
    """All comparisons as of one day. `views` gives a code's own; codes without any figure have none."""

    written_on: date
    measures: tuple[MeasureFacts, ...]
    figures: tuple[GroupFigures, ...]
    views: Mapping[str, tuple[MeasureView, ...]]


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
    figures: list[GroupFigures] = []
    views: dict[str, list[MeasureView]] = {}
    for measure_id, measure in measures.items():
        rows = _rows_of(observed, measure_id, measure, through)
        for group, people in _by_main_group(members, measure, rows, windows).items():
            figure = _compare(measure, group, people, rows, away, windows, written_on)
            if figure is None:
                continue
            figures.append(figure)
            for index, result in enumerate(figure.comparison.results):
                views.setdefault(result.clinician, []).append(_view(figure, index, result, written_on))
    return Book(
        written_on=written_on,
        measures=tuple(measures.values()),
        figures=tuple(figures),
        views={code: tuple(found) for code, found in sorted(views.items())},
    )


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
    columns: tuple[FloatArray, FloatArray, FloatArray, FloatArray]


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
    complete = np.array([last_day(start, measure.period) <= through for start in starts.tolist()], bool)
    starts = starts[complete]
    number = np.array([bucket(start, measure.period) for start in starts.tolist()], np.int64)
    columns = (observed.numerator, observed.denominator, observed.expected, observed.squares)
    numerator, denominator, expected, squares = (column[mine][complete] for column in columns)
    return _Rows(
        observed.clinician[mine][complete], number, starts, (numerator, denominator, expected, squares)
    )


def _by_main_group(
    members: Sequence[GroupMember], measure: MeasureFacts, rows: _Rows, windows: Windows
) -> dict[str, list[GroupMember]]:
    """Who is compared in which group: each code in the one that covers most of its window."""
    if not len(rows.number):
        return {}
    latest = int(rows.number.max())
    known = set(rows.clinician.tolist())
    share: dict[tuple[str, str], int] = {}
    for member in members:
        covered = sum(
            _inside(member, start, measure.period)
            for start in _starts(rows, latest, windows.of(measure.period), measure.period)
        )
        share[member.code, member.group] = share.get((member.code, member.group), 0) + covered
    main: dict[str, str] = {}
    for (code, group), covered in sorted(share.items()):
        if code not in main or covered > share[code, main[code]]:
            main[code] = group
    groups: dict[str, list[GroupMember]] = {}
    for member in members:
        if main[member.code] == member.group and member.clinician_id in known:
            groups.setdefault(member.group, []).append(member)
    return groups


def _starts(rows: _Rows, latest: int, count: int, length: PeriodLength) -> list[date]:
    """The starts of the last `count` periods up to number `latest`, as this measure's data has them."""
    at_latest = rows.start[rows.number == latest]
    anchor: date = np.sort(at_latest)[len(at_latest) // 2].item()
    return [next_start(anchor, length, -back) for back in range(count - 1, -1, -1)]


def _inside(member: GroupMember, start: date, length: PeriodLength) -> bool:
    return member.starts <= start and last_day(start, length) <= member.ends


def _compare(
    measure: MeasureFacts,
    group: str,
    people: list[GroupMember],
    rows: _Rows,
    away: Mapping[int, Sequence[Absence]],
    windows: Windows,
    written_on: date,
) -> GroupFigures | None:
    """Lay one group's observations out as clinicians × periods and compare them."""
    codes = sorted({member.code for member in people})
    row_of = {member.clinician_id: codes.index(member.code) for member in people}
    rows_by_id = np.full(max([*row_of, int(rows.clinician.max())]) + 1, -1)
    rows_by_id[list(row_of)] = list(row_of.values())
    at_row = rows_by_id[rows.clinician]
    mine = at_row >= 0
    if not mine.any():
        return None
    latest, earliest = int(rows.number[mine].max()), int(rows.number[mine].min())
    count = min(latest - earliest + 1, _history(measure.period, windows))
    periods = _starts(rows, latest, count, measure.period)
    shape = (len(codes), count)
    member_of, present = np.zeros(shape, bool), np.zeros(shape, bool)
    for member in people:
        row = row_of[member.clinician_id]
        absent = away.get(member.person_id, ())
        for column, start in enumerate(periods):
            if _inside(member, start, measure.period):
                member_of[row, column] = True
                end = last_day(start, measure.period)
                present[row, column] = not any(a.starts <= start and end <= a.ends for a in absent)
    at_column = rows.number - (latest - count + 1)
    use = mine & (at_column >= 0)
    tables = []
    for column_values in rows.columns:
        table = np.full(shape, np.nan)
        table[at_row[use], at_column[use]] = column_values[use]
        table[~member_of] = np.nan
        tables.append(table)
    numerator, denominator, expected, squares = tables
    settled = np.array(
        [
            last_day(start, measure.period) + timedelta(days=measure.settles_after) <= written_on
            for start in periods
        ]
    )
    window = windows.of(measure.period)
    recent = np.flatnonzero(settled)[-window:]
    covered = present[:, recent].mean(axis=1) if len(recent) else np.zeros(len(codes))
    changed_at = _changed_at(measure, periods)
    comparison = compare_group(
        PeerData(
            clinicians=tuple(codes),
            periods=tuple(periods),
            numerator=numerator,
            denominator=denominator,
            expected=expected if measure.kind is Kind.RATIO else None,
            squares=squares,
            settled=settled,
            comparable=(covered >= 0.5) & bool(group) & np.isfinite(numerator[:, recent]).any(axis=1),
        ),
        rules_of(measure, window, changed_at),
    )
    cut = max(0, count - max(TREND_LENGTH[measure.period], window))
    return GroupFigures(
        measure=measure,
        group=group,
        comparison=_drawn_part(comparison, cut),
        periods=tuple(periods[cut:]),
        settled=settled[cut:],
        numerator=numerator[:, cut:],
        denominator=denominator[:, cut:],
        covered=covered,
        small=np.array(
            [is_small(measure.kind, result, windows.small_count) for result in comparison.results]
        ),
        changed_at=_changed_at(measure, periods[cut:]),
    )


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


def _view(figure: GroupFigures, index: int, result: ClinicianResult, written_on: date) -> MeasureView:
    measure, comparison = figure.measure, figure.comparison
    window = comparison.window
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
