"""From storage to the month's summary of each unit: its measures, and what patients said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

import numpy as np
from sqlmodel import Session

from bot.comparison.types import BoolArray
from bot.digests.blame import blame_words
from bot.digests.facts import MeasureFacts
from bot.digests.framing import in_plain_use
from bot.digests.gather import measure_facts
from bot.digests.weeks import last_day
from bot.ideas.checking.checks import refuse_text
from bot.ideas.effects.unit_trend import LARGEST_SHARE, LEAST_CLINICIANS, Periods, UnitFigures, UnitSeries
from bot.leading.care.facts import Panel, drawn, make_panel, may_be_shown
from bot.leading.care.gather import figures_of, is_stale, is_told
from bot.unit_month.apart import told_units
from bot.unit_month.words import chosen, fits
from storage import unit_month_queries as queries
from storage.figures import current_measures
from storage.measures import MeasureVersion
from storage.terms import Domain, Kind, Mode, PeriodLength
from storage.unit_figures import UnitTree, unit_tree

LEAST_NARRATIVES: Final = 5
QUOTES: Final = 2
# Narratives are counted over this many months; quoted are those of the last one.
MONTHS: Final = 3


@dataclass(frozen=True, slots=True)
class UnitMonth:
    """What there is to tell of one unit; `quotes` are the numbers of narratives."""

    panels: tuple[Panel, ...]
    quotes: tuple[int, ...]


def gather_units(
    session: Session, units: Sequence[int], first: date, today: date, small_count: int
) -> dict[int, UnitMonth]:
    """What there is to tell of the month that begins on `first`, of those units where there is anything."""
    tree = unit_tree(session)
    through = last_day(first, PeriodLength.MONTH)
    together = queries.led_together(session)
    found: dict[int, list[Panel]] = {unit: [] for unit in units}
    words: list[int] = []
    for key, version in current_measures(session).items():
        measure = measure_facts(key, version)
        if measure.mode is Mode.UNCONSTRAINED and measure.domain is Domain.EXPERIENCE:
            words.append(version.measure_id)
        elif _is_summed_up(measure, today):
            ask = _Ask(tree, units, through, today, small_count, together)
            for unit, panel in _panels(session, measure, version, ask):
                found[unit].append(panel)
    return {
        unit: UnitMonth(chosen(panels), choose_quotes(session, words, tree, unit, first))
        for unit, panels in found.items()
        if panels
    }


def _is_summed_up(measure: MeasureFacts, today: date) -> bool:
    """As in a leader's week; an outcome only where it is adjusted for how patients differ (D16)."""
    adjusted = measure.kind is Kind.RATIO or bool(measure.adjusted_for)
    return is_told(measure, today) and (measure.domain is not Domain.OUTCOME or adjusted)


@dataclass(frozen=True, slots=True)
class _Ask:
    tree: UnitTree
    units: Sequence[int]
    through: date
    today: date
    small_count: int
    together: Sequence[Sequence[int]]


def _panels(
    session: Session, measure: MeasureFacts, version: MeasureVersion, ask: _Ask
) -> list[tuple[int, Panel]]:
    tree = ask.tree
    figures = figures_of(session, measure, version, tree, ask.through)
    periods = _settled(figures.periods(ask.today))
    if periods is None or is_stale(measure, periods, ask.today):
        return []
    told = _told(measure, figures, periods, ask)
    known = {unit: figures.series(unit, periods, ask.small_count) for unit in tree.names}
    titled = replace(measure, title=in_plain_use(measure.title))
    found = []
    for unit in ask.units:
        shown = _shown_unit(measure, periods, tree, unit, known, told)
        if shown is not None:
            panel = make_panel(
                titled,
                periods,
                _masked(known[shown], told[shown]),
                [known[other] for other in tree.beside(shown)],
                unit_id=shown,
                unit=tree.names[shown],
                own_unit=tree.names[unit],
            )
            found.append((unit, panel))
    return found


def _settled(periods: Periods | None) -> Periods | None:
    """Only what will not change any more (D23)."""
    if periods is None or not periods.settled[0]:
        return None
    count = len(periods.starts) if periods.settled.all() else int(np.flatnonzero(~periods.settled)[0])
    return Periods(periods.starts[:count], periods.settled[:count])


def _told(
    measure: MeasureFacts, figures: UnitFigures, periods: Periods, ask: _Ask
) -> Mapping[int, BoolArray]:
    """In which periods each unit's figures may stand in channels; earlier ones are not drawn."""
    part = drawn(measure, periods)
    shown = Periods(periods.starts[part], periods.settled[part])
    tables = {unit: figures.table(unit, shown) for unit in ask.tree.names}
    told = told_units(measure.kind, tables, ask.tree, ask.together, ask.small_count)
    before = np.ones(part.start, bool)
    return {unit: np.concatenate([before, when]) for unit, when in told.items()}


def _masked(series: UnitSeries, told: BoolArray) -> UnitSeries:
    """What is drawn of a series is only what may stand in channels; what is judged by goes further back."""
    return replace(series, values=np.where(told, series.values, np.nan))


def _shown_unit(
    measure: MeasureFacts,
    periods: Periods,
    tree: UnitTree,
    unit: int,
    known: Mapping[int, UnitSeries],
    told: Mapping[int, BoolArray],
) -> int | None:
    """The unit, or the nearest above it, whose figures may be told; None where it has none of its own."""
    part = drawn(measure, periods)
    if not known[unit].any_figures[part].any():
        return None
    return next((one for one in tree.above(unit) if may_be_shown(_masked(known[one], told[one]), part)), None)


def choose_quotes(
    session: Session, measures: Sequence[int], tree: UnitTree, unit: int, first: date
) -> tuple[int, ...]:
    """At most two narratives of the month, each of another clinician's patients.

    None where the unit has fewer than five, or they are of fewer than five clinicians, or mostly of one (D1).
    """
    if not measures:
        return ()
    since = first
    for _ in range(MONTHS - 1):
        since = (since - timedelta(days=1)).replace(day=1)
    last = last_day(first, PeriodLength.MONTH)
    rows = queries.narratives_of_units(session, measures, tree.within(unit), since, last)
    people = [person for person, *_ in rows]
    each = {person: people.count(person) for person in people}
    if (
        len(rows) < LEAST_NARRATIVES
        or len(each) < LEAST_CLINICIANS
        or max(each.values()) > LARGEST_SHARE * len(rows)
    ):
        return ()
    chosen: dict[int, int] = {}
    for person, number, day, text in rows:
        if day >= first and person not in chosen and len(chosen) < QUOTES and _is_quoted(session, text):
            chosen[person] = number
    return tuple(sorted(chosen.values()))


def _is_quoted(session: Session, text: str) -> bool:
    """Short enough, without blame, and naming nobody who came to work here since it was imported."""
    return fits(text) and not blame_words(text) and refuse_text(session, text) is None
