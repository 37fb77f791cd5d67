"""After an import is taken back: figures that were worked out from its cases as well are worked out again."""

from __future__ import annotations

from datetime import date

import numpy as np
from sqlmodel import Session

from bot.intake.contents import Contents
from bot.intake.from_cases import (
    Sums,
    add_up,
    agreeing,
    anchor_of,
    cases_in_batches,
    last_of_each,
    numbers_of,
    starts,
)
from bot.intake.known import Known, Scope, what_is_known, what_rows_may_name
from bot.intake.lookup import DAY_BITS, DAY_MASK, Ints, day_number, day_of
from bot.intake.observations import Rows
from bot.intake.stored import rows_in_batches
from storage.case_queries import days_in_batch
from storage.intake import live_batches
from storage.measures import Observation
from storage.terms import Kind, PeriodLength


def follow_cases(session: Session, undone: int) -> int:
    """Work out again what later imports worked out from cases of `undone` too. Returns how many figures.

    To be called when `undone` counts no more. An observation of an import follows its cases where it was
    what the cases up to that import added up to, as when cases come in; another was given, and stays. A
    period of which only cases are left has the figure that they add up to.
    """
    known = what_is_known(session)
    scope = what_rows_may_name(known, Contents())
    followed = 0
    touched = days_in_batch(session, undone)
    for measure, key in enumerate(scope.measures):
        measure_id = known.measure_ids[key]
        if measure_id in touched and scope.kinds[measure] == Kind.PROPORTION:
            days = tuple(map(day_number, touched[measure_id]))
            followed += _Measure(session, undone, measure_id, measure, scope, known, days).follow()
    return followed


class _Measure:
    """One measure's cases and observations in the batches that count, and in the one that did."""

    def __init__(
        self,
        session: Session,
        undone: int,
        measure_id: int,
        measure: int,
        scope: Scope,
        known: Known,
        days: tuple[int, ...],
    ) -> None:
        self._session, self._undone, self._measure_id = session, undone, measure_id
        numbers = numbers_of(scope, known)
        self._clinicians = {number: ident for ident, number in numbers.items()}
        self._codes = len(scope.codes)
        live = live_batches(session)
        cases = cases_in_batches(session, measure_id, measure, scope, numbers, days)
        self._cases = cases.pick(np.isin(cases.lines, [*live, undone]))
        rows = rows_in_batches(session, measure_id, measure, self._codes, numbers)
        self._rows = rows.pick(np.isin(rows.lines, [*live, undone]))
        self._weekly = scope.periods[measure] == PeriodLength.WEEK
        self._there = np.unique(self._rows.keys)
        self._anchor = anchor_of(self._there)
        own = self._cases.keys[self._cases.lines == undone]
        self._touched = np.union1d(self._periods(own), self._rows.keys[self._rows.lines == undone])

    def follow(self) -> int:
        """Change the observations, and make those that are missing."""
        followed = 0
        for batch in np.unique(self._rows.lines[self._rows.lines > self._undone]).tolist():
            rows = self._rows.pick((self._rows.lines == batch) & np.isin(self._rows.keys, self._touched))
            before = self._sums(batch, with_undone=True)
            rows = rows.pick(np.isin(rows.keys, agreeing(rows, before)))
            followed += self._change(rows, self._sums(batch, with_undone=False), batch)
        return followed + self._fill()

    def _place(self, key: int, batch: int) -> tuple[int, int, date, int]:
        """The primary key of an observation."""
        clinician = self._clinicians[(key >> DAY_BITS) % self._codes]
        return self._measure_id, clinician, day_of(key & DAY_MASK), batch

    def _periods(self, keys: Ints) -> Ints:
        return np.unique(starts(keys, self._there, self._anchor, weekly=self._weekly))

    def _sums(self, until: int, *, with_undone: bool) -> Sums:
        """What the cases add up to as the imports up to one of them left them."""
        counts = self._cases.lines <= until
        if not with_undone:
            counts &= self._cases.lines != self._undone
        cases = self._cases.pick(counts)
        return add_up(cases.pick(last_of_each(cases)), self._there, self._anchor, weekly=self._weekly)

    def _change(self, rows: Rows, sums: Sums, batch: int) -> int:
        found, place = sums.at(rows.keys)
        changed = 0
        for index in np.flatnonzero(found).tolist():
            at = int(place[index])
            row = self._session.get_one(Observation, self._place(int(rows.keys[index]), batch))
            now = float(sums.numerator[at]), float(sums.denominator[at])
            changed += (row.numerator, row.denominator) != now
            row.numerator, row.denominator = now
            self._session.add(row)
        self._session.flush()
        return changed

    def _fill(self) -> int:
        """Periods with cases and no figure any more get theirs in the last import that has cases of them."""
        left = self._cases.pick(self._cases.lines != self._undone)
        periods = starts(left.keys, self._there, self._anchor, weekly=self._weekly)
        have = self._rows.keys[self._rows.lines != self._undone]
        bare = np.isin(periods, self._touched) & ~np.isin(periods, have)
        sums = add_up(left.pick(last_of_each(left)), self._there, self._anchor, weekly=self._weekly)
        latest: dict[int, int] = {}
        for period, batch in zip(periods[bare].tolist(), left.lines[bare].tolist(), strict=True):
            latest[period] = max(batch, latest.get(period, 0))
        for period, batch in latest.items():
            at = int(np.searchsorted(sums.keys, period))
            measure, clinician, start, number = self._place(period, batch)
            self._session.add(
                Observation(
                    measure_id=measure,
                    clinician_id=clinician,
                    period_start=start,
                    batch_id=number,
                    numerator=float(sums.numerator[at]),
                    denominator=float(sums.denominator[at]),
                )
            )
        self._session.flush()
        return len(latest)
