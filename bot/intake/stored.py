"""Observations against those that are stored already: what is new, what is changed, what does not fit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import repeat

import numpy as np
from sqlmodel import Session

from bot.intake.contents import Contents
from bot.intake.known import Known, Scope
from bot.intake.lookup import DAY_BITS, DAY_MASK, Flags, Floats, Ints, StoredDays, day_of
from bot.intake.measures import MEASURES
from bot.intake.observations import OBSERVATIONS, Rows
from bot.intake.problems import SHOWN, Findings, quoted
from storage.intake import ObservationRow, live_batches, observations_of
from storage.terms import Kind, PeriodLength


@dataclass(frozen=True)
class Difference:
    """The rows that say something new, and how many were new, changed and the same."""

    rows: Rows
    new: int
    changed: int
    same: int


def compare_with_stored(
    session: Session, rows: Rows, scope: Scope, known: Known, contents: Contents, findings: Findings
) -> Difference:
    """Which rows of a file change something; weeks that overlap stored ones go to `findings`."""
    numbers = {
        known.clinicians[code]: number for number, code in enumerate(scope.codes) if code in known.clinicians
    }
    keep = np.ones(len(rows), np.bool_)
    changed = 0
    redefined = {row.key: row.line for row in contents.measures}
    for measure, key in enumerate(scope.measures):
        low, high = np.searchsorted(
            rows.keys,
            [(measure * len(scope.codes)) << DAY_BITS, ((measure + 1) * len(scope.codes)) << DAY_BITS],
        )
        version = known.versions.get(key)
        altered = (
            key in redefined
            and version is not None
            and (version.kind, version.period) != (scope.kinds[measure], scope.periods[measure])
        )
        if key not in known.measure_ids or not (altered or high > low):
            continue
        stored = current_rows(session, known.measure_ids[key], measure, len(scope.codes), numbers)
        if altered:
            assert version is not None
            _still_fits(key, redefined[key], version.period, scope, measure, stored, findings)
        here = rows.pick(np.arange(low, high))
        place = np.searchsorted(stored.keys, here.keys)
        found = place < len(stored)
        found[found] = stored.keys[place[found]] == here.keys[found]
        equal = np.zeros(len(here), np.bool_)
        equal[found] = _equal(here.pick(found), stored.pick(place[found]))
        keep[low:high] = ~equal
        changed += int(np.count_nonzero(found & ~equal))
        if scope.periods[measure] == PeriodLength.WEEK:
            _overlapping_weeks(here, stored, place, found, findings)
    difference = rows if keep.all() else rows.pick(keep)
    return Difference(difference, len(difference) - changed, changed, len(rows) - len(difference))


def current_rows(
    session: Session, measure_id: int, measure: int, codes: int, numbers: dict[int, int]
) -> Rows:
    """A measure's rows that count: of each key the one of the latest live batch."""
    rows = rows_in_batches(session, measure_id, measure, codes, numbers)
    rows = rows.pick(np.isin(rows.lines, live_batches(session)))
    last = np.append(rows.keys[1:] != rows.keys[:-1], True)[: len(rows)]
    rows = rows.pick(last)
    # Of no file, so without lines.
    rows.lines[:] = 0
    return rows


def rows_in_batches(
    session: Session, measure_id: int, measure: int, codes: int, numbers: dict[int, int]
) -> Rows:
    """A measure's rows of all batches in the order of their keys; their batches stand for lines."""
    days = StoredDays()
    parts: list[Rows] = []
    for chunk in observations_of(session, measure_id):
        fields = list(zip(*chunk, strict=True))
        batch = np.array(fields[2], np.int32)
        who = np.array([numbers.get(ident, -1) for ident in fields[0]], np.int64)
        keys = ((measure * codes + who) << DAY_BITS) | np.array([days[day] for day in fields[1]], np.int64)
        numerator, denominator, expected, squares = (np.array(column, np.float64) for column in fields[3:])
        rows = Rows(keys, batch, numerator, denominator, expected, squares)
        parts.append(rows.pick(who >= 0))
    if not parts:
        none = np.empty(0)
        return Rows(np.empty(0, np.int64), np.empty(0, np.int32), none, none, none, none)
    rows = Rows(*(np.concatenate([getattr(part, name) for part in parts]) for name in Rows.__annotations__))
    # Rows come by clinician id, keys go by the clinician's number; batches of one key stay in their order.
    return rows.pick(np.argsort(rows.keys, kind="stable"))


def _equal(some: Rows, others: Rows) -> Flags:
    equal = (some.numerator == others.numerator) & (some.denominator == others.denominator)
    for one, other in ((some.expected, others.expected), (some.squares, others.squares)):
        equal &= _same(one, other, len(some))
    return np.asarray(equal, np.bool_)


def _same(one: Floats | None, other: Floats | None, count: int) -> Flags:
    nothing = np.full(count, np.nan)
    left = nothing if one is None else one
    right = nothing if other is None else other
    return np.asarray((left == right) | (np.isnan(left) & np.isnan(right)), np.bool_)


def _overlapping_weeks(here: Rows, stored: Rows, place: Ints, found: Flags, findings: Findings) -> None:
    if not len(stored):
        return
    before = stored.keys[np.maximum(place - 1, 0)]
    after = stored.keys[np.minimum(place + found, len(stored) - 1)]
    ahead, behind = here.keys - before, after - here.keys
    near_before = (ahead > 0) & (ahead < 7)
    near = np.flatnonzero(near_before | ((behind > 0) & (behind < 7)))
    near = near[np.argsort(here.lines[near])]
    for index in near[:SHOWN].tolist():
        other = before[index] if near_before[index] else after[index]
        findings.problem(
            OBSERVATIONS,
            int(here.lines[index]),
            f"the week from {day_of(int(here.keys[index]))} overlaps the week from {day_of(int(other))},"
            " which is stored already; correct the date, or take the earlier import back first"
            " (rounds import --undo)",
        )
    findings.more(OBSERVATIONS, max(0, len(near) - SHOWN))


def _still_fits(
    key: str, line: int, before: PeriodLength, scope: Scope, measure: int, stored: Rows, findings: Findings
) -> None:
    """Whether figures that are stored make sense under a measure's new kind and period."""
    if not len(stored):
        return
    advice = "give the new one an id of its own"
    kind, period = scope.kinds[measure], scope.periods[measure]
    if period != before:
        said = f"its stored figures are by {before}, so it cannot be by {period}"
    elif kind == Kind.PROPORTION and bool((stored.numerator > stored.denominator).any()):
        said = "stored numerators are over their denominators, so it cannot be a proportion"
    elif kind == Kind.RATIO and not bool(
        (np.nan_to_num(stored.expected if stored.expected is not None else np.zeros(1)) > 0).all()
    ):
        said = "stored figures have no expected number, so it cannot be a ratio"
    else:
        return
    findings.problem(MEASURES, line, f"the measure {quoted(key)}: {said}; {advice}")


def observations_as_stored(
    rows: Rows,
    batch: int,
    measure_ids: Ints,
    clinician_ids: Ints,
    days: dict[int, str],
) -> Iterator[ObservationRow]:
    """The rows as storage takes them. `days` remembers how days are written, from piece to piece."""
    pairs = rows.keys >> DAY_BITS
    numbers = (rows.keys & DAY_MASK).tolist()
    for number in set(numbers) - days.keys():
        days[number] = day_of(number).isoformat()
    return zip(
        measure_ids[pairs // len(clinician_ids)].tolist(),
        clinician_ids[pairs % len(clinician_ids)].tolist(),
        map(days.__getitem__, numbers),
        repeat(batch),
        rows.numerator.tolist(),
        rows.denominator.tolist(),
        _or_null(rows.expected),
        _or_null(rows.squares),
    )


def _or_null(values: Floats | None) -> Iterator[float | None]:
    if values is None:
        return repeat(None)
    return (None if value != value else value for value in values.tolist())
