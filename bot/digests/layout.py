"""From observations to tables: whose figures a peer group's periods hold, clinicians × periods."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from bot.comparison.types import BoolArray, FloatArray
from bot.digests.facts import MeasureFacts
from bot.digests.weeks import bucket, last_day, next_start
from storage.figures import CurrentObservations, GroupMember
from storage.people import Absence
from storage.terms import PeriodLength

# A change is judged on more than is drawn: a long history makes a steadier usual range.
_HISTORY = {PeriodLength.WEEK: 52, PeriodLength.MONTH: 60}


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """One measure's observations, with the number of the period that each belongs to."""

    clinician: np.ndarray
    number: np.ndarray
    start: np.ndarray
    end: np.ndarray
    columns: tuple[FloatArray, FloatArray, FloatArray, FloatArray]


def _history(length: PeriodLength, window: int) -> int:
    """How many periods are read: enough for a change, and for two windows that do not overlap."""
    return max(_HISTORY[length], 2 * window)


def first_start(measure: MeasureFacts, through: date, window: int) -> date:
    """The first day of which observations are read."""
    # One period more than is used: a week may start up to six days before its ISO week.
    start = through.replace(day=1) if measure.period is PeriodLength.MONTH else through
    return next_start(start, measure.period, -_history(measure.period, window) - 1)


def rows_of(observed: CurrentObservations, measure_id: int, measure: MeasureFacts, through: date) -> Rows:
    """One measure's observations of periods that have ended by then."""
    mine = observed.measure == measure_id
    starts = observed.period[mine]
    ends = np.array([last_day(start, measure.period) for start in starts.tolist()], "datetime64[D]")
    complete = ends <= np.datetime64(through)
    number = np.array([bucket(start, measure.period) for start in starts[complete].tolist()], np.int64)
    columns = (observed.numerator, observed.denominator, observed.expected, observed.squares)
    numerator, denominator, expected, squares = (column[mine][complete] for column in columns)
    return Rows(
        observed.clinician[mine][complete],
        number,
        starts[complete],
        ends[complete],
        (numerator, denominator, expected, squares),
    )


def by_main_group(
    members: Sequence[GroupMember], measure: MeasureFacts, rows: Rows, window: int
) -> dict[str, list[GroupMember]]:
    """Who is compared in which group: each person in the one that covers most of their window."""
    if not len(rows.number):
        return {}
    known = set(rows.clinician.tolist())
    recent = _starts(rows, int(rows.number.max()), window, measure.period)
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


def _starts(rows: Rows, latest: int, count: int, length: PeriodLength) -> list[date]:
    """The starts of the last `count` periods up to number `latest`, as this measure's data has them."""
    at_latest = rows.start[rows.number == latest]
    anchor: date = np.sort(at_latest)[len(at_latest) // 2].item()
    return [next_start(anchor, length, -back) for back in range(count - 1, -1, -1)]


def _inside(member: GroupMember, start: date, length: PeriodLength) -> bool:
    return member.starts <= start and last_day(start, length) <= member.ends


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """One group's observations as people × periods. `labels` are codes; `present` is not away."""

    labels: tuple[str, ...]
    people: tuple[int, ...]
    periods: list[date]
    tables: tuple[FloatArray, FloatArray, FloatArray, FloatArray]
    present: BoolArray


def lay_out(
    measure: MeasureFacts,
    members: list[GroupMember],
    rows: Rows,
    away: Mapping[int, Sequence[Absence]],
    window: int,
    through: date,
) -> Layout | None:
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
    count = min(latest - earliest + 1, _history(measure.period, window))
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
    return Layout(
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
