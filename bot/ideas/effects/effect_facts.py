"""An idea that is in place, and the measure that it was to move: what the unit's figure has done since.

Nothing here says that the idea did it (I25), and nothing shows an individual (D1).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

import numpy as np
from sqlmodel import Session

from bot.comparison.change import Change, judge
from bot.comparison.spc import LEAST_POINTS
from bot.comparison.types import BoolArray, FloatArray
from bot.digests.facts import MeasureFacts
from bot.digests.gather import measure_facts
from bot.digests.weeks import last_day, next_start
from bot.ideas.effects.unit_trend import Periods, UnitFigures, UnitSeries
from bot.settings import Settings
from storage.ideas import Idea
from storage.terms import Counts, IdeaState, Kind, Mode, PeriodLength
from storage.unit_figures import UnitTree, current_measure, ideas_in_place, unit_tree

# What is judged and drawn: so many periods before the day, and so many since.
BEFORE: Final = {PeriodLength.WEEK: 26, PeriodLength.MONTH: 24}
SINCE: Final = {PeriodLength.WEEK: 52, PeriodLength.MONTH: 24}
# Earlier it is too early to say anything.
LEAST_SINCE: Final = {PeriodLength.WEEK: 8, PeriodLength.MONTH: 3}
# Of the periods with figures, at least so many must be such that they may be shown, before as well as since:
# else those left over would be the large ones alone.
MOSTLY: Final = 0.8
_LAST_BEFORE: Final = 3


class Standing(StrEnum):
    """What can be said of the figure since the day."""

    TOO_EARLY = "too_early"
    TOO_LITTLE_BEFORE = "too_little_before"
    NO_CHANGE = "no_change"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class NoEffect:
    """Nothing can be shown. `reason` says kindly why, as a sentence."""

    reason: str


@dataclass(frozen=True, slots=True)
class Level:
    """A figure over several periods: its value (in the measure's unit) and counts.

    A panel's is that of its latest period.
    """

    value: float
    numerator: float
    base: float
    first_day: date
    last_day: date


@dataclass(frozen=True, slots=True)
class Mark:
    """An idea that came into place on a day."""

    number: int
    day: date


@dataclass(frozen=True, slots=True, eq=False)
class Effect:
    """A unit's trend of a measure, with the day on which an idea came into place.

    `unit` is whose figures are shown; `own_unit` the idea's, another one where too few contribute to its own.
    Arrays have one entry a period (`starts`, oldest first); `values` is NaN where nothing may be shown,
    `lower` and `upper` the usual range before the day (NaN or None: not known). `since` counts the settled
    periods after the day that are shown. `began` is the first day of the move, where it lies elsewhere than
    at the day; `moved_before` says that it had begun to move before. `others` are further ideas in place.
    """

    mark: Mark
    others: tuple[Mark, ...]
    measure: MeasureFacts
    unit: str
    own_unit: str
    starts: tuple[date, ...]
    settled: BoolArray
    values: FloatArray
    lower: FloatArray | None
    upper: FloatArray | None
    standing: Standing
    since: int
    before: Level | None
    after: Level | None
    began: date | None = None
    moved_before: bool = False


NO_MEASURE = "No measure was named for this idea, so there is no figure to look at."
NOT_IN_PLACE = "This idea is not in place yet, so there is no before and after."
NOT_COUNTED = "The measure that was named for this idea is not collected at present."
SINGLE_CASES = "This measure is about single cases, which a picture over time would not do justice to."
COUNTED_ANEW = "The measure has been counted in a new way since this idea came into place."
NO_FIGURES = "There are no figures of {unit} on this measure yet."
TOO_FEW = (
    "Too few clinicians' figures would stand in this picture, or the counts are too small, so it is not "
    "shown: it could give somebody away."
)


def effect(session: Session, idea_id: int, today: date, settings: Settings) -> Effect | NoEffect:
    """What the measure of an idea that is in place has done in its unit, before and since.

    Who may see the idea is for the caller to ask. Source: STATISTICS, "Change over time"; EVIDENCE I25, D1.
    """
    idea = session.get(Idea, idea_id)
    if idea is None or idea.implemented_on is None or not _is_in_place(idea):
        return NoEffect(NOT_IN_PLACE)
    if idea.measure_id is None:
        return NoEffect(NO_MEASURE)
    found = current_measure(session, idea.measure_id)
    if found is None:
        return NoEffect(NOT_COUNTED)
    measure = measure_facts(*found)
    day = idea.implemented_on
    if measure.mode is Mode.UNCONSTRAINED:
        return NoEffect(SINGLE_CASES)
    if measure.changed is not None and measure.changed > day:
        return NoEffect(COUNTED_ANEW)
    assert idea.id is not None
    shown = _shown_unit(session, idea, measure, day, today, settings.rounds_small_count)
    if isinstance(shown, NoEffect):
        return shown
    marks = ideas_in_place(session, idea.measure_id, shown.tree.within(shown.unit_id))
    judged = _judge(measure, shown, day)
    first_day, until = shown.periods.starts[0], last_day(shown.periods.starts[-1], measure.period)
    return Effect(
        mark=Mark(idea.id, day),
        others=tuple(Mark(n, on) for n, on in marks if n != idea.id and first_day <= on <= until),
        measure=measure,
        unit=shown.tree.names[shown.unit_id],
        own_unit=shown.tree.names[idea.unit_id],
        starts=shown.periods.starts,
        settled=shown.periods.settled,
        values=shown.own.values,
        lower=judged.lower,
        upper=judged.upper,
        standing=judged.standing,
        since=int((shown.usable & shown.is_since).sum()),
        before=_level(measure, shown, shown.is_before),
        after=_level(measure, shown, shown.is_since),
        began=judged.began,
        moved_before=judged.moved_before,
    )


def _is_in_place(idea: Idea) -> bool:
    return idea.state in (IdeaState.IMPLEMENTED, IdeaState.VERIFIED)


@dataclass(frozen=True, slots=True, eq=False)
class _Shown:
    """The unit that may be shown, with the others beside it. The period of the day itself is neither before
    nor since."""

    tree: UnitTree
    unit_id: int
    periods: Periods
    own: UnitSeries
    beside: tuple[UnitSeries, ...]
    is_before: BoolArray
    is_since: BoolArray

    @property
    def usable(self) -> BoolArray:
        """Periods that are shown and have settled."""
        return np.isfinite(self.own.values) & self.periods.settled


def _shown_unit(
    session: Session, idea: Idea, measure: MeasureFacts, day: date, today: date, small_count: int
) -> _Shown | NoEffect:
    """The idea's unit, or the nearest one above it to which enough clinicians contribute."""
    assert idea.measure_id is not None
    tree = unit_tree(session)
    first = _first_day(measure, day)
    through = min(today, last_day(next_start(day, measure.period, SINCE[measure.period]), measure.period))
    reason = NoEffect(NO_FIGURES.format(unit=tree.names[idea.unit_id]))
    for unit_id in tree.above(idea.unit_id):
        beside = tree.beside(unit_id)
        figures = UnitFigures(
            session,
            measure,
            idea.measure_id,
            tree=tree,
            units=tree.within(unit_id).union(*(tree.within(other) for other in beside)),
            first=first,
            through=through,
        )
        periods = figures.periods(today)
        if periods is None:
            continue
        own = figures.series(unit_id, periods, small_count)
        if not own.any_figures.any():
            continue
        ends = np.array([last_day(start, measure.period) < day for start in periods.starts])
        begins = np.array([start >= day for start in periods.starts])
        if _is_mostly_shown(own, ends) and _is_mostly_shown(own, begins):
            others = tuple(figures.series(other, periods, small_count) for other in beside)
            return _Shown(tree, unit_id, periods, own, others, ends, begins)
        reason = NoEffect(TOO_FEW)
    return reason


def _first_day(measure: MeasureFacts, day: date) -> date:
    first = day.replace(day=1) if measure.period is PeriodLength.MONTH else day
    first = next_start(first, measure.period, -BEFORE[measure.period] - 1)
    return first if measure.changed is None else max(first, measure.changed)


def _is_mostly_shown(series: UnitSeries, part: BoolArray) -> bool:
    with_figures = series.any_figures & part
    shown = np.isfinite(series.values) & part
    return bool(shown.sum() >= MOSTLY * with_figures.sum())


@dataclass(frozen=True, slots=True, eq=False)
class _Judged:
    standing: Standing
    lower: FloatArray | None = None
    upper: FloatArray | None = None
    began: date | None = None
    moved_before: bool = False


def _judge(measure: MeasureFacts, shown: _Shown, day: date) -> _Judged:
    """Judge what came since by the usual range before: as a clinician's change, with other units as peers."""
    usable = shown.usable
    before, since = usable & shown.is_before, usable & shown.is_since
    enough = int(since.sum()) >= LEAST_SINCE[measure.period]
    if before.sum() < LEAST_POINTS:
        return _Judged(Standing.TOO_LITTLE_BEFORE if enough else Standing.TOO_EARLY)
    units = [shown.own, *shown.beside]
    change = _change(measure, shown, units)
    if (np.isfinite(change.adjusted[0]) & before).sum() < LEAST_POINTS:
        # Too often without the other units: then by its own figures alone.
        units = [shown.own]
        change = _change(measure, shown, units)
    if enough and not change.shift[0]:
        # A move that came later would hide in all that came since: the latest periods alone show it. Measured
        # on 26 periods before: false alarms stay under 3 %, late shifts of 2 SD are found in 85 %, not 60 %.
        late = _change(measure, shown, units, latest=LEAST_SINCE[measure.period])
        direction, start = _late_move(late, change, before, since)
    else:
        direction = {1: 1, 2: -1}.get(int(change.shift[0]), 0)
        start = int(change.since[0])
    usual_lower, usual_upper = change.usual[1][0], change.usual[2][0]
    known = bool(np.isfinite(usual_lower).any())
    # The period of the day itself is not judged; the range runs on through it.
    lower, upper = (_filled(edge) if known else None for edge in (usual_lower, usual_upper))
    if not enough:
        return _Judged(Standing.TOO_EARLY, lower, upper)
    levels = _level(measure, shown, shown.is_before), _level(measure, shown, shown.is_since)
    assert levels[0] is not None
    assert levels[1] is not None
    was, now = levels[0].value, levels[1].value
    moved_before = _moved_before(measure, shown, before, was, now)
    if (now - was) * direction <= 0:
        return _Judged(Standing.NO_CHANGE, lower, upper, moved_before=moved_before)
    began = _began(shown, start, day)
    return _Judged(Standing.CHANGED, lower, upper, began=began, moved_before=moved_before)


def _change(
    measure: MeasureFacts, shown: _Shown, units: Sequence[UnitSeries], *, latest: int | None = None
) -> Change:
    """Judge the first of these units; of the periods since only the `latest`, where given."""
    values = np.array([series.values for series in units])
    since = np.flatnonzero(shown.usable & shown.is_since)
    judged = shown.is_before.copy()
    judged[since if latest is None else since[-latest:]] = True
    return judge(
        np.where(judged, values, np.nan),
        settled=shown.periods.settled,
        comparable=np.ones(len(values), bool),
        min_change=measure.min_change,
        # Limits come from the periods before the day and no others.
        recent=len(since) if latest is None else min(latest, len(since)),
    )


def _late_move(late: Change, change: Change, before: BoolArray, since: BoolArray) -> tuple[int, int]:
    """The direction (1, −1; 0: none) of a move that the latest periods show, and the period it began in.

    That is where most of what followed lies beyond half of its size, as in a CUSUM.
    """
    direction = {1: 1, 2: -1}.get(int(late.shift[0]), 0)
    if not direction:
        return 0, -1
    away = change.adjusted[0] - np.nanmean(np.where(before, change.adjusted[0], np.nan))
    there = np.flatnonzero(since & np.isfinite(away))
    gain = away[there] * direction - abs(float(late.shifted_by[0])) / 2
    return direction, int(there[np.argmax(np.cumsum(gain[::-1])[::-1])])


def _filled(edge: FloatArray) -> FloatArray:
    """The usual range without gaps: between two known periods it runs straight on."""
    known = np.flatnonzero(np.isfinite(edge))
    return np.asarray(np.interp(np.arange(len(edge)), known, edge[known]))


def _began(shown: _Shown, index: int, day: date) -> date | None:
    """The first day of the move, unless it began about when the idea came into place."""
    first_since = int(np.flatnonzero(shown.is_since)[0])
    if index < 0 or abs(index - first_since) <= 2:
        return None
    return shown.periods.starts[index]


def _moved_before(measure: MeasureFacts, shown: _Shown, before: BoolArray, was: float, now: float) -> bool:
    """Whether the last periods before the day lay nearer to what came since than to what went before.

    Such a figure had begun to move already, whatever the limits say, which it widened.
    """
    last = float(np.mean(shown.own.values[np.flatnonzero(before)[-_LAST_BEFORE:]]))
    least = abs(was) / 10 if measure.min_change is None else measure.min_change
    return abs(now - was) >= least and abs(last - now) < abs(last - was)


def _level(measure: MeasureFacts, shown: _Shown, part: BoolArray) -> Level | None:
    """What all periods of a part add up to; of a panel the latest."""
    index: Sequence[int] = np.flatnonzero(shown.usable & part).tolist()
    if not index:
        return None
    if measure.counts is Counts.PANEL:
        index = index[-1:]
    chosen = np.array(index)
    numerator, base = float(shown.own.numerator[chosen].sum()), float(shown.own.base[chosen].sum())
    factor = measure.per if measure.kind is Kind.RATE else 1.0
    starts = shown.periods.starts
    return Level(
        value=numerator / base * factor,
        numerator=numerator,
        base=base,
        first_day=starts[index[0]],
        last_day=last_day(starts[index[-1]], measure.period),
    )
