"""How ideas are doing: two rates, two waits, four bottlenecks (I10, I11). Rows in, figures out.

Two rates, which are never drawn on one axis:

- **Of ideas**: verified ÷ all ideas of the month in which they were handed in (the site's own months). The
  unanswered stay in, and so do the withdrawn; only merged ideas leave, as the idea that they were merged into
  stands for them.
- **Of people**: those with at least one idea that was ever put in place ÷ all who handed one in. Named ideas
  only: an anonymous one belongs to nobody here. A merged idea counts for its sender as the idea that it was
  merged into.

**Time to a leader's first words** is told in working days of the site, from midnight to midnight (Friday noon
to Monday noon is one day), as median and 90th percentile of
Kaplan and Meier's estimate (J Am Stat Assoc 1958;53:457): an idea that still waits has waited *at least* so
long. A median of the answered ones alone would look better the more ideas nobody answers. Where too many
still wait for the estimate to get there, it is None. Merged ideas leave; a withdrawn one waited until then;
one that the team could start by itself, and that no leader had to answer, is not among them.

Groups with fewer than five ideas or five people are never broken out (I12). Where those that are held back
add up to fewer than five ideas, the smallest other group is held back with them: else a subtraction from
the total would show them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlmodel import Session

from bot.clock import local_date
from bot.ideas.figures.waits import Wait, time_between, wait_of
from bot.ideas.lifecycle import IN_PROGRESS, OPEN, UNANSWERED
from bot.ideas.working import WorkingDays
from bot.settings import Settings
from storage.idea_figures import IdeaRow, UnitRow, idea_rows, ideas_by_id, unit_rows
from storage.terms import IdeaState

LEAST = 5
UNASSIGNED_DAYS, STILL_DAYS = 7, 30
MONTHS = 12
# Whom the survey of 2012 asked (Gilbert 2012): the words by which lists of staff call them.
_IN_TRAINING = (
    "training",
    "trainee",
    "junior doctor",
    "resident doctor",
    "foundation",
    "registrar",
    "houseman",
)


@dataclass(frozen=True, slots=True)
class Share:
    """`count` of `of`."""

    count: int
    of: int

    @property
    def value(self) -> float | None:
        """The proportion (0–1); None of nothing."""
        return self.count / self.of if self.of else None


@dataclass(frozen=True, slots=True)
class Month:
    """The ideas handed in in one month (`first`: its first day). `wait` None: too few to show."""

    first: date
    ideas: Share
    wait: Wait | None


@dataclass(frozen=True, slots=True)
class Group:
    """A unit or a profession. None: too few to show. A profession has no rate of ideas."""

    name: str
    ideas: Share | None
    wait: Wait | None


@dataclass(frozen=True, slots=True)
class Stuck:
    """How many ideas are held up in one way; of the one that is longest: its number and its days."""

    count: int = 0
    oldest: int | None = None
    days: int | None = None


@dataclass(frozen=True, slots=True)
class Bottlenecks:
    """Where ideas are held up now (I11).

    - `unanswered`: no leader has written a word; days since they were handed in.
    - `unassigned`: with nobody to see to them for more than 7 days; days since they were handed in.
    - `still`: nothing has happened for more than 30 days; days since something did.
    - `overdue`: the day by which an answer, an update or the thing itself was due has passed; days since.
    """

    unanswered: Stuck
    unassigned: Stuck
    still: Stuck
    overdue: Stuck


@dataclass(frozen=True, slots=True)
class Figures:
    """All figures of the ideas handed in from the first of `months` up to `through`, as known by then.

    Bottlenecks are those of `today`. `in_training`: doctors in training among the people, None where too few.
    """

    through: date
    today: date
    months: tuple[Month, ...]
    ideas: Share
    in_place: int
    people: Share
    in_training: Share | None
    wait: Wait | None
    units: tuple[Group, ...]
    professions: tuple[Group, ...]
    stuck: Bottlenecks
    stuck_by_unit: Mapping[str, Bottlenecks]


@dataclass(frozen=True, slots=True)
class Frame:
    """Which moments count, and how time does. `since` and `until` are aware; `through` is the last day."""

    since: datetime
    until: datetime
    through: date
    today: date
    months: tuple[date, ...]
    working: WorkingDays


def frame_of(now: datetime, settings: Settings, months: int = MONTHS, through: date | None = None) -> Frame:
    """The `months` months that end with that of `through` (today where None).

    Raises ValueError for a day that is still to come or for no month at all.
    """
    zone, today = settings.zone, local_date(now, settings.zone)
    last = through or today
    if last > today:
        raise ValueError(f"{last.isoformat()} is still to come.")
    if months < 1:
        raise ValueError("At least one month has to be looked at.")
    firsts = tuple(month_before(last.replace(day=1), back) for back in range(months - 1, -1, -1))
    end = datetime.combine(last + timedelta(days=1), time(), zone)
    return Frame(
        since=datetime.combine(firsts[0], time(), zone),
        until=min(now, end),
        through=last,
        today=today,
        months=firsts,
        working=WorkingDays(zone, settings.rounds_holidays),
    )


def month_before(first: date, back: int) -> date:
    """The first day of the month that many months earlier."""
    months = first.year * 12 + first.month - 1 - back
    return date(months // 12, months % 12 + 1, 1)


def gather_figures(
    session: Session,
    now: datetime,
    settings: Settings,
    *,
    months: int = MONTHS,
    through: date | None = None,
    units: Collection[int] | None = None,
) -> Figures:
    """The figures of all ideas, or of those which the leadership of one of these units answers.

    Raises ValueError as `frame_of`.
    """
    frame = frame_of(now, settings, months, through)
    rows = idea_rows(session, since=frame.since, until=frame.until, open_states=sorted(OPEN), answering=units)
    into: dict[int, IdeaRow] = {row.id: row for row in rows}
    while missing := {row.merged_into_id for row in into.values() if row.merged_into_id} - into.keys():
        into.update((row.id, row) for row in ideas_by_id(session, missing))
    everywhere = unit_rows(session, frame.today)
    shown = [unit for unit in everywhere if units is None or unit.id in units]
    return figures_of(rows, into, shown, people_under(everywhere), frame)


def people_under(units: Sequence[UnitRow]) -> dict[int, int]:
    """How many people work in each unit and in those below it."""
    below: dict[int | None, list[UnitRow]] = defaultdict(list)
    for unit in units:
        below[unit.parent_id].append(unit)

    def count(unit: UnitRow, above: frozenset[int]) -> int:
        # A loop in the tree would be a mistake of the data, not a reason to hang.
        inside = [child for child in below[unit.id] if child.id not in above]
        return unit.people + sum(count(child, above | {unit.id}) for child in inside)

    return {unit.id: count(unit, frozenset({unit.id})) for unit in units}


def figures_of(
    rows: Sequence[IdeaRow],
    into: Mapping[int, IdeaRow],
    units: Sequence[UnitRow],
    people: Mapping[int, int],
    frame: Frame,
) -> Figures:
    """The figures of rows. `into`: by number, all that one of them was merged into; `people` by unit."""
    told = [row for row in rows if frame.since <= row.handed_in_at < frame.until]
    counted = [row for row in told if row.state is not IdeaState.MERGED]
    named = [row for row in counted if row.submitter_id is not None]
    names = {unit.id: unit.name for unit in units}
    by_month: dict[date, list[IdeaRow]] = defaultdict(list)
    for row in counted:
        by_month[local_date(row.handed_in_at, frame.working.zone).replace(day=1)].append(row)
    senders = _senders(told, into, frame.until)
    training = {row.submitter_id for row in told if is_in_training(row.profession, row.grade)}
    return Figures(
        through=frame.through,
        today=frame.today,
        months=tuple(
            Month(first, _verified(by_month[first], frame), wait_in(by_month[first], frame))
            for first in frame.months
        ),
        ideas=_verified(counted, frame),
        in_place=sum(_was_in_place(row, frame.until) for row in counted),
        people=Share(sum(senders.values()), len(senders)),
        in_training=_share_or_none([senders[person] for person in training if person is not None]),
        wait=wait_in(counted, frame),
        units=_groups(
            _grouped(counted, lambda row: names.get(row.answering_unit_id, "")),
            lambda name, _: sum(people[unit.id] for unit in units if unit.name == name),
            frame,
        ),
        professions=_groups(
            _grouped(named, lambda row: row.profession.strip().lower()),
            lambda _, members: len({row.submitter_id for row in members}),
            frame,
            rated=False,
        ),
        stuck=bottlenecks(rows, frame.today, frame.working),
        stuck_by_unit={
            unit.name: bottlenecks(
                [row for row in rows if row.answering_unit_id == unit.id], frame.today, frame.working
            )
            for unit in units
        },
    )


def is_in_training(profession: str, grade: str) -> bool:
    """Whether somebody is a doctor in training, by what the list of staff calls them."""
    words = f"{profession} {grade}".lower()
    return "doctor" in words and any(name in words for name in _IN_TRAINING)


def _verified(rows: Collection[IdeaRow], frame: Frame) -> Share:
    return Share(sum(_by(row.verified_at, frame.until) for row in rows), len(rows))


def _was_in_place(row: IdeaRow, until: datetime) -> bool:
    return _by(row.in_place_at, until) or _by(row.verified_at, until)


def _by(moment: datetime | None, until: datetime) -> bool:
    return moment is not None and moment < until


def _senders(rows: Iterable[IdeaRow], into: Mapping[int, IdeaRow], until: datetime) -> dict[int, bool]:
    """Every named sender, and whether an idea of theirs was ever put in place."""
    found: dict[int, bool] = {}
    for row in rows:
        if row.submitter_id is not None:
            in_place = _was_in_place(_standing_for(row, into), until)
            found[row.submitter_id] = found.get(row.submitter_id, False) or in_place
    return found


def _standing_for(row: IdeaRow, into: Mapping[int, IdeaRow]) -> IdeaRow:
    """The idea that stands for this one: itself, or what it was merged into in the end."""
    passed = {row.id}
    while row.merged_into_id is not None and row.merged_into_id not in passed:
        passed.add(row.merged_into_id)
        if (further := into.get(row.merged_into_id)) is None:
            break
        row = further
    return row


def _share_or_none(outcomes: Collection[bool]) -> Share | None:
    return Share(sum(outcomes), len(outcomes)) if len(outcomes) >= LEAST else None


# -- waiting for first words ----------------------------------------------------------------------------


def wait_in(rows: Collection[IdeaRow], frame: Frame) -> Wait | None:
    """The wait for first words of these ideas; None where fewer than five had to be answered."""
    spans = [span for row in rows if (span := _span(row, frame)) is not None]
    return wait_of(spans) if len(spans) >= LEAST else None


def _span(row: IdeaRow, frame: Frame) -> tuple[float, bool] | None:
    """Working days to the first words, or those waited so far, and whether they came. None: none are due."""
    if row.first_words_at is not None and row.first_words_at < frame.until:
        return time_between(frame.working, row.handed_in_at, row.first_words_at), True
    if row.first_words_at is None and row.own_control and row.state is not IdeaState.NEW:
        return None
    ended = row.moved_at if row.state is IdeaState.WITHDRAWN else frame.until
    return time_between(frame.working, row.handed_in_at, min(ended, frame.until)), False


# -- groups ---------------------------------------------------------------------------------------------


def _grouped(rows: Iterable[IdeaRow], name_of: Callable[[IdeaRow], str]) -> dict[str, list[IdeaRow]]:
    grouped: dict[str, list[IdeaRow]] = defaultdict(list)
    for row in rows:
        if name := name_of(row):
            grouped[name].append(row)
    return dict(sorted(grouped.items()))


def _groups(
    grouped: Mapping[str, list[IdeaRow]],
    people_in: Callable[[str, list[IdeaRow]], int],
    frame: Frame,
    *,
    rated: bool = True,
) -> tuple[Group, ...]:
    sizes = {name: len(members) for name, members in grouped.items()}
    held = held_back(sizes, {name: people_in(name, members) for name, members in grouped.items()})
    return tuple(
        Group(name, None, None)
        if name in held
        else Group(name, _verified(members, frame) if rated else None, wait_in(members, frame))
        for name, members in grouped.items()
    )


def held_back(ideas: Mapping[str, int], people: Mapping[str, int]) -> frozenset[str]:
    """The groups of too few ideas or people to be broken out, and one more where that would show them."""
    held = {name for name in ideas if ideas[name] < LEAST or people[name] < LEAST}
    rest = [name for name in ideas if name not in held]
    if rest and 0 < sum(ideas[name] for name in held) < LEAST:
        held.add(min(rest, key=lambda name: (ideas[name], name)))
    return frozenset(held)


# -- bottlenecks ----------------------------------------------------------------------------------------


def bottlenecks(rows: Iterable[IdeaRow], today: date, working: WorkingDays) -> Bottlenecks:
    """Where these ideas are held up on that day."""
    unanswered, unassigned, still, overdue = (Counter[int]() for _ in range(4))
    for row in rows:
        age = (today - local_date(row.handed_in_at, working.zone)).days
        rest = (today - local_date(row.moved_at, working.zone)).days
        if row.state is IdeaState.NEW and row.first_words_at is None:
            unanswered[row.id] = age
        if row.state in UNANSWERED | IN_PROGRESS:
            if row.owner_id is None and row.assignee_id is None and age > UNASSIGNED_DAYS:
                unassigned[row.id] = age
            if rest > STILL_DAYS:
                still[row.id] = rest
            if (late := _days_late(row, today)) > 0:
                overdue[row.id] = late
    return Bottlenecks(_stuck(unanswered), _stuck(unassigned), _stuck(still), _stuck(overdue))


def _days_late(row: IdeaRow, today: date) -> int:
    clocks = [row.acknowledge_by, row.decide_by, row.update_by]
    if row.state in IN_PROGRESS:
        clocks.append(row.due_on)
    return max(((today - day).days for day in clocks if day is not None), default=0)


def _stuck(days: Mapping[int, int]) -> Stuck:
    if not days:
        return Stuck()
    oldest = min(days, key=lambda number: (-days[number], number))
    return Stuck(len(days), oldest, days[oldest])
