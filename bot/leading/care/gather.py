"""From storage to the care in leaders' weeks: computed once a week and state of the data, for all units.

It takes a second or two on a large site, so it is done outside of any write, and kept: both of a pair, and
leaders in other time zones, get the same picture.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

import structlog
from sqlmodel import Session

from bot.digests.chart_pen import WordImages
from bot.digests.facts import MeasureFacts, Picture
from bot.digests.gather import measure_facts
from bot.digests.weeks import last_day, next_start
from bot.ideas.effects.unit_trend import Periods, UnitFigures, UnitSeries
from bot.leading.care.facts import Panel, apart, drawn, in_order, make_panel, may_be_shown
from bot.leading.care.picture import draw_care
from bot.leading.care.words import Care, care_words
from storage import care_queries, leading_queries
from storage.engine import Database
from storage.figures import current_measures
from storage.measures import MeasureVersion
from storage.terms import Mode, PeriodLength
from storage.unit_figures import UnitTree, unit_tree

log = structlog.stdlib.get_logger()

_WEEK: Final = timedelta(weeks=1)
# A change is judged on more than is drawn: a long history makes a steadier usual range.
_HISTORY: Final = {PeriodLength.WEEK: 52, PeriodLength.MONTH: 60}
# Figures that end earlier before the week are no news of it.
_STALE: Final = {PeriodLength.WEEK: timedelta(weeks=12), PeriodLength.MONTH: timedelta(days=186)}


@dataclass(frozen=True, slots=True)
class DrawnCare:
    """What goes into a message: the words, and the picture that belongs to them."""

    care: Care
    picture: Picture


@dataclass(slots=True)
class _Week:
    """Everything of one week. `drawn` is by the units that are shown together; `images` are of words."""

    panels: Mapping[int, tuple[Panel, ...]]
    drawn: dict[tuple[int, ...], DrawnCare | None] = field(default_factory=dict)
    images: WordImages = field(default_factory=dict)


class CareBook:
    """The care of all units in the weeks that were asked for lately. For one thread at a time."""

    def __init__(self, small_count: int) -> None:
        self._small_count = small_count
        self._stamp: object = None
        self._weeks: dict[date, _Week] = {}

    def of(self, database: Database, days: Mapping[int, date]) -> dict[int, DrawnCare]:
        """The care of the units that these people lead, in the weeks of their days, where any is shown.

        A picture that cannot be drawn is left out with its words. Drawn when the database is not held.
        """
        wanted: list[tuple[int, date, tuple[int, ...]]] = []
        with database.read() as session:
            stamp = care_queries.data_stamp(session)
            if stamp is None or not days:
                return {}
            mondays = {person: day - timedelta(days=day.weekday()) for person, day in days.items()}
            self._open(session, stamp, sorted(set(mondays.values())))
            tree = unit_tree(session)
            for person, monday in mondays.items():
                wanted.append((person, monday, _topmost(session, person, tree)))
        found = {person: self._drawn(monday, units, tree) for person, monday, units in wanted}
        return {person: care for person, care in found.items() if care is not None}

    def _open(self, session: Session, stamp: object, mondays: Sequence[date]) -> None:
        if stamp != self._stamp:
            self._weeks.clear()
        self._stamp = stamp
        # Where weeks begin on other days two may take turns; older ones are over.
        self._weeks = {monday: week for monday, week in self._weeks.items() if monday >= mondays[0] - _WEEK}
        for monday in mondays:
            if monday not in self._weeks:
                self._weeks[monday] = _Week(care_of_units(session, monday, self._small_count))

    def _drawn(self, monday: date, units: tuple[int, ...], tree: UnitTree) -> DrawnCare | None:
        week = self._weeks[monday]
        if units not in week.drawn:
            panels = [panel for unit in units for panel in week.panels.get(unit, ())]
            try:
                week.drawn[units] = _draw(apart(panels, tree.above), monday, week.images)
            except Exception as error:
                log.error("care_not_drawn", error=type(error).__name__)
                week.drawn[units] = None
        return week.drawn[units]


def care_of_units(
    session: Session, monday: date, small_count: int, units: Sequence[int] | None = None
) -> dict[int, tuple[Panel, ...]]:
    """The panels of each of these units (default: all that somebody leads), as of a Monday.

    A measure at a time, so that no more than one measure's figures are in memory.
    """
    wanted = care_queries.all_led_units(session) if units is None else list(units)
    found: dict[int, list[Panel]] = {unit: [] for unit in wanted}
    tree = unit_tree(session)
    for key, version in current_measures(session).items():
        measure = measure_facts(key, version)
        if wanted and is_told(measure, monday):
            for unit, panel in _panels(session, measure, version, tree, wanted, monday, small_count):
                found[unit].append(panel)
    return {unit: tuple(panels) for unit, panels in found.items()}


def is_told(measure: MeasureFacts, monday: date) -> bool:
    """Single cases are told and not drawn (D8); what is past its review leads nowhere."""
    past_review = measure.next_review is not None and measure.next_review < monday
    return measure.mode is not Mode.UNCONSTRAINED and not past_review


def figures_of(
    session: Session, measure: MeasureFacts, version: MeasureVersion, tree: UnitTree, through: date
) -> UnitFigures:
    """A measure's figures of all units, in as many periods up to a day as changes are judged on."""
    start = through.replace(day=1) if measure.period is PeriodLength.MONTH else through
    return UnitFigures(
        session,
        measure,
        version.measure_id,
        tree=tree,
        units=frozenset(tree.names),
        first=next_start(start, measure.period, -_HISTORY[measure.period] - 1),
        through=through,
    )


def is_stale(measure: MeasureFacts, periods: Periods, day: date) -> bool:
    """Whether the last of these periods ended too long before a day to be news of it."""
    return last_day(periods.starts[-1], measure.period) + _STALE[measure.period] < day


def _panels(
    session: Session,
    measure: MeasureFacts,
    version: MeasureVersion,
    tree: UnitTree,
    units: Sequence[int],
    monday: date,
    small_count: int,
) -> list[tuple[int, Panel]]:
    figures = figures_of(session, measure, version, tree, monday - timedelta(days=1))
    periods = figures.periods(monday)
    if periods is None or is_stale(measure, periods, monday - timedelta(days=1)):
        return []
    known: dict[int, UnitSeries] = {}

    def series(unit: int) -> UnitSeries:
        if unit not in known:
            known[unit] = figures.series(unit, periods, small_count)
        return known[unit]

    made: dict[int, Panel] = {}
    found = []
    for unit in units:
        shown = _shown_unit(measure, periods, tree, unit, series)
        if shown is None:
            continue
        if (panel := made.get(shown)) is None or panel.own_unit != tree.names[unit]:
            beside = [series(other) for other in tree.beside(shown)]
            panel = make_panel(
                measure,
                periods,
                series(shown),
                beside,
                unit_id=shown,
                unit=tree.names[shown],
                own_unit=tree.names[unit],
            )
            made[shown] = panel
        found.append((unit, panel))
    return found


def _shown_unit(
    measure: MeasureFacts,
    periods: Periods,
    tree: UnitTree,
    unit: int,
    series: Callable[[int], UnitSeries],
) -> int | None:
    """The unit, or the nearest above it, whose figures may be shown; None where it has none of its own."""
    part = drawn(measure, periods)
    if not series(unit).any_figures[part].any():
        return None
    return next((one for one in tree.above(unit) if may_be_shown(series(one), part)), None)


def _topmost(session: Session, person_id: int, tree: UnitTree) -> tuple[int, ...]:
    """The units that somebody leads, without those that another of them holds already."""
    led = [unit.id for unit in leading_queries.led_units(session, person_id) if unit.id is not None]
    return tuple(sorted(unit for unit in led if not set(tree.above(unit)[1:]) & set(led)))


def _draw(panels: Sequence[Panel], monday: date, images: WordImages) -> DrawnCare | None:
    ordered = in_order(panels)
    if not ordered:
        return None
    picture = draw_care(ordered, monday, images)
    return DrawnCare(care_words(ordered, monday, picture.alt_text), picture)
