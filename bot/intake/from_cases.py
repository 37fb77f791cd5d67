"""Cases against those that are stored already, and the observations that can be computed from them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import repeat

import numpy as np
from sqlmodel import Session

from bot.intake.cases import CASES, CaseRows, join_cases, no_cases
from bot.intake.known import Known, Scope
from bot.intake.lookup import DAY_BITS, DAY_MASK, FIRST_DAY, Flags, Floats, Ints, StoredDays, day_of
from bot.intake.observations import OBSERVATIONS, Rows, no_rows
from bot.intake.problems import Findings
from bot.intake.stored import current_rows
from storage.case_queries import StoredCase, cases_of
from storage.intake import live_batches
from storage.terms import Kind, PeriodLength

# What rounding in a file may take away from a sum of weights.
_ROUNDING = 0.01
_EXAMPLES = 3
_WEEK = 7


@dataclass(frozen=True)
class CaseDifference:
    """The cases that say something new, how many were new, changed and the same, and what they add up to.

    `computed` are observations of periods that have cases and none of their own.
    """

    rows: CaseRows
    new: int
    changed: int
    same: int
    computed: Rows


@dataclass
class _Work:
    changes: list[CaseRows] = field(default_factory=list)
    computed: list[Rows] = field(default_factory=list)
    new: int = 0
    changed: int = 0
    same: int = 0


@dataclass(frozen=True)
class Sums:
    """Cases added up by period; ordered by key."""

    keys: Ints
    numerator: Floats
    denominator: Floats

    def at(self, keys: Ints) -> tuple[Flags, Ints]:
        """Which of these keys are here, and where."""
        place = np.minimum(np.searchsorted(self.keys, keys), max(0, len(self.keys) - 1))
        found = self.keys[place] == keys if len(self.keys) else np.zeros(len(keys), np.bool_)
        return np.asarray(found, np.bool_), place


def work_out_cases(
    session: Session, cases: CaseRows, given: Rows, scope: Scope, known: Known, findings: Findings
) -> CaseDifference:
    """Compare a file's cases with what is stored and with the file's observations.

    Where observations are given and differ, `findings` is told; where none are, they are computed. `cases`
    and `given` are in the order of their keys.
    """
    work = _Work()
    only_listed: list[str] = []
    for measure in np.unique(cases.pairs // max(1, len(scope.codes))).tolist():
        some = cases.pick(_of_measure(cases.keys, measure, scope))
        before = _stored_cases(session, some, measure, scope, known)
        changes, merged = _merge(some, before, work)
        work.changes.append(changes)
        if scope.kinds[measure] != Kind.PROPORTION:
            only_listed.append(f"{scope.measures[measure]} (a {scope.kinds[measure]})")
            continue
        file = given.pick(_of_measure(given.keys, measure, scope))
        work.computed.append(
            _compute(session, measure, (some, before, merged), file, (scope, known), findings)
        )
    if only_listed:
        findings.warn(
            f"{CASES}: the cases of {', '.join(only_listed)} are listed for their clinicians, and nothing is"
            f" computed from them; only a proportion can be, so keep the others in {OBSERVATIONS}"
        )
    return CaseDifference(
        join_cases(work.changes), work.new, work.changed, work.same, join_rows(work.computed)
    )


def join_rows(parts: list[Rows]) -> Rows:
    """Observations with numerator and denominator alone, in one."""
    if not parts:
        return no_rows()
    return Rows(
        np.concatenate([part.keys for part in parts]),
        np.concatenate([part.lines for part in parts]),
        np.concatenate([part.numerator for part in parts]),
        np.concatenate([part.denominator for part in parts]),
        None,
        None,
    )


def _of_measure(keys: Ints, measure: int, scope: Scope) -> Ints:
    codes = len(scope.codes)
    low, high = np.searchsorted(keys, [(measure * codes) << DAY_BITS, ((measure + 1) * codes) << DAY_BITS])
    return np.arange(low, high)


def _stored_cases(session: Session, some: CaseRows, measure: int, scope: Scope, known: Known) -> CaseRows:
    """The measure's current cases that are stored, of the periods that these cases touch."""
    measure_id = known.measure_ids.get(scope.measures[measure])
    if measure_id is None:
        return no_cases()
    days = some.keys & DAY_MASK
    numbers = numbers_of(scope, known)
    span = int(days.min()), int(days.max())
    rows = cases_in_batches(session, measure_id, measure, scope, numbers, span)
    rows = rows.pick(np.isin(rows.lines, live_batches(session)))
    return rows.pick(last_of_each(rows))


def numbers_of(scope: Scope, known: Known) -> dict[int, int]:
    """The number of each code that is stored, by its id."""
    return {
        known.clinicians[code]: number for number, code in enumerate(scope.codes) if code in known.clinicians
    }


def cases_in_batches(
    session: Session,
    measure_id: int,
    measure: int,
    scope: Scope,
    numbers: dict[int, int],
    days: tuple[int, ...],
) -> CaseRows:
    """A measure's cases of all batches, of the periods from the first to the last day, in their order.

    Their batches stand for lines: of the same case the last one counts.
    """
    # A month and a week fit in, on either side.
    first, last = day_of(max(0, days[0] - 31)), day_of(days[-1] + 31)
    stored_days = StoredDays()
    parts: list[CaseRows] = []
    for chunk in cases_of(session, measure_id, first, last):
        who, day, refs, batch, met, weight = zip(*chunk, strict=True)
        number = np.array([numbers.get(ident, -1) for ident in who], np.int64)
        keys = ((measure * len(scope.codes) + number) << DAY_BITS) | np.array(
            [stored_days[each] for each in day], np.int64
        )
        rows = CaseRows(
            keys,
            np.array(batch, np.int32),
            np.array([ref.encode() for ref in refs], np.bytes_),
            np.array(met, np.bool_),
            np.array(weight, np.float64),
        )
        parts.append(rows.pick(number >= 0))
    rows = join_cases(parts)
    return rows.pick(np.lexsort((rows.lines, rows.refs, rows.keys)))


def last_of_each(rows: CaseRows) -> Flags:
    """Of the same case the last one, where rows are in the order of keys and references."""
    last = np.ones(len(rows), np.bool_)
    last[:-1] = (rows.keys[1:] != rows.keys[:-1]) | (rows.refs[1:] != rows.refs[:-1])
    return last


def _merge(some: CaseRows, before: CaseRows, work: _Work) -> tuple[CaseRows, CaseRows]:
    """The cases that change something, and all cases as they are after the import."""
    both = join_cases([before, some])
    from_file = np.arange(len(both)) >= len(before)
    order = np.lexsort((from_file, both.refs, both.keys))
    both, from_file = both.pick(order), from_file[order]
    last = last_of_each(both)
    repeats = np.append(False, ~last[:-1]) & from_file
    alike = np.append(False, (both.met[1:] == both.met[:-1]) & (both.weight[1:] == both.weight[:-1]))
    same = repeats & alike[: len(both)]
    work.same += int(same.sum())
    work.changed += int((repeats & ~same).sum())
    work.new += int((from_file & ~repeats).sum())
    return both.pick(from_file & ~same), both.pick(last)


def _compute(
    session: Session,
    measure: int,
    rows: tuple[CaseRows, CaseRows, CaseRows],
    file: Rows,
    around: tuple[Scope, Known],
    findings: Findings,
) -> Rows:
    """Observations of one proportion's periods that have none; of others, what differs is told."""
    some, before, merged = rows
    scope, known = around
    measure_id = known.measure_ids.get(scope.measures[measure])
    numbers = numbers_of(scope, known)
    stored = (
        no_rows()
        if measure_id is None
        else current_rows(session, measure_id, measure, len(scope.codes), numbers)
    )
    there = np.union1d(file.keys, stored.keys)
    weekly = scope.periods[measure] == PeriodLength.WEEK
    anchor = anchor_of(file.keys if len(file) else stored.keys)
    after = add_up(merged, there, anchor, weekly=weekly)
    earlier = add_up(before, there, anchor, weekly=weekly)
    touched = np.unique(starts(some.keys, there, anchor, weekly=weekly))
    keep, place = after.at(touched)
    after = Sums(touched[keep], after.numerator[place[keep]], after.denominator[place[keep]])
    _tell_differences(after, file, None, scope.measures[measure], findings)
    in_file = np.isin(after.keys, file.keys)
    # An observation that agreed with its cases follows them; another was given, and stays.
    is_stored = np.isin(after.keys, stored.keys)
    followed = np.isin(after.keys, agreeing(stored, earlier))
    _tell_differences(
        _some(after, ~in_file & is_stored & ~followed), stored, "stored", scope.measures[measure], findings
    )
    wanted = _some(after, ~in_file & (~is_stored | followed))
    if weekly:
        wanted = _apart(wanted, there, scope.measures[measure], findings)
    lines = np.zeros(len(wanted.keys), np.int32)
    return Rows(wanted.keys, lines, wanted.numerator, wanted.denominator, None, None)


def _some(sums: Sums, which: Flags) -> Sums:
    return Sums(sums.keys[which], sums.numerator[which], sums.denominator[which])


def anchor_of(keys: Ints) -> int:
    """The weekday (0 is Monday) on which most weeks of a measure's data start."""
    if not len(keys):
        return 0
    weekdays = ((keys & DAY_MASK) + FIRST_DAY - 1) % _WEEK
    return int(np.bincount(weekdays, minlength=_WEEK).argmax())


def starts(keys: Ints, there: Ints, anchor: int, *, weekly: bool) -> Ints:
    """The period of each case, as a key: one that is there if it holds the day, otherwise a new one."""
    days = keys & DAY_MASK
    epoch = FIRST_DAY - np.datetime64("1970-01-01").astype(object).toordinal()
    if not weekly:
        months = (days + epoch).astype("datetime64[D]").astype("datetime64[M]")
        first = months.astype("datetime64[D]").astype(np.int64) - epoch
        return np.asarray((keys & ~DAY_MASK) | first, np.int64)
    own = keys - np.minimum((days + FIRST_DAY - 1 - anchor) % _WEEK, days)
    if not len(there):
        return np.asarray(own, np.int64)
    before = there[np.maximum(np.searchsorted(there, keys, side="right") - 1, 0)]
    inside = (before <= keys) & (keys - before < _WEEK)
    return np.where(inside, before, own)


def add_up(cases: CaseRows, there: Ints, anchor: int, *, weekly: bool) -> Sums:
    """The cases by period."""
    keys, where = np.unique(starts(cases.keys, there, anchor, weekly=weekly), return_inverse=True)
    count = len(keys)
    return Sums(
        keys,
        np.round(np.bincount(where, cases.weight * cases.met, count), 6),
        np.round(np.bincount(where, cases.weight, count), 6),
    )


def agreeing(stored: Rows, sums: Sums) -> Ints:
    """The keys of stored observations that are what these cases add up to."""
    found, place = sums.at(stored.keys)
    if not found.any():
        return np.empty(0, np.int64)
    agree = found & (np.abs(sums.numerator[place] - stored.numerator) <= _ROUNDING)
    agree &= np.abs(sums.denominator[place] - stored.denominator) <= _ROUNDING
    return np.asarray(stored.keys[agree], np.int64)


def _tell_differences(sums: Sums, rows: Rows, which: str | None, measure: str, findings: Findings) -> None:
    """Warn of observations that differ from their cases, with the first few."""
    found, place = sums.at(rows.keys)
    if not found.any():
        return
    differ = np.abs(sums.numerator[place] - rows.numerator) > _ROUNDING
    differ |= np.abs(sums.denominator[place] - rows.denominator) > _ROUNDING
    differ &= found
    where = np.flatnonzero(differ)
    if not len(where):
        return
    where = where[np.argsort(rows.lines[where], kind="stable")]
    periods = "1 period" if len(where) == 1 else f"{len(where):,} periods"
    verb = "differs" if len(where) == 1 else "differ"
    shown = "; ".join(_difference(index, rows, sums, int(place[index])) for index in where[:_EXAMPLES])
    more = f"; and {len(where) - _EXAMPLES:,} more" if len(where) > _EXAMPLES else ""
    source = OBSERVATIONS if which is None else "what is stored"
    findings.warn(f"{periods} of {measure} {verb} from {CASES}, and {source} counts: {shown}{more}")


def _difference(index: int, rows: Rows, sums: Sums, place: int) -> str:
    line = int(rows.lines[index])
    where = f"{OBSERVATIONS}:{line}" if line else f"the period from {day_of(int(rows.keys[index]))}"
    return (
        f"{where} says {rows.numerator[index]:g} of {rows.denominator[index]:g},"
        f" the cases {sums.numerator[place]:g} of {sums.denominator[place]:g}"
    )


def _apart(sums: Sums, there: Ints, measure: str, findings: Findings) -> Sums:
    """Without weeks that would overlap weeks that are there."""
    if not len(there) or not len(sums.keys):
        return sums
    after = np.searchsorted(there, sums.keys)
    ahead = sums.keys - there[np.maximum(after - 1, 0)]
    behind = there[np.minimum(after, len(there) - 1)] - sums.keys
    overlap = ((ahead > 0) & (ahead < _WEEK)) | ((behind > 0) & (behind < _WEEK))
    if overlap.any():
        findings.warn(
            f"{CASES}: {int(overlap.sum()):,} weeks of {measure} were not computed, because they overlap"
            f" weeks that start on another day; give these in {OBSERVATIONS}"
        )
    return _some(sums, ~overlap)


def cases_as_stored(
    rows: CaseRows, batch: int, measure_ids: Ints, clinician_ids: Ints
) -> Iterator[StoredCase]:
    """The rows as storage takes them."""
    pairs = rows.pairs
    numbers = (rows.keys & DAY_MASK).tolist()
    days = {number: day_of(number).isoformat() for number in set(numbers)}
    return zip(
        measure_ids[pairs // len(clinician_ids)].tolist(),
        clinician_ids[pairs % len(clinician_ids)].tolist(),
        map(days.__getitem__, numbers),
        map(bytes.decode, rows.refs.tolist()),
        repeat(batch),
        rows.met.tolist(),
        rows.weight.tolist(),
    )
