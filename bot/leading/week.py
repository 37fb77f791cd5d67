"""What stands in the leader's week: the team and the system, gathered from storage (L1, L8).

Counts are of ideas that the leadership of somebody's units answers; the days are those of the site. Who has
not been heard is told of professions of ten people or more only, and of ideas with a name: those without one
belong to nobody here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from sqlmodel import Session

from bot.clock import local_date
from bot.goals.facts import GoalsInWeek
from bot.goals.gather import goals_in_week
from bot.ideas import gather, leading
from bot.ideas.figures.metrics import Frame, wait_in
from bot.ideas.lifecycle import DECISIONS, IN_PROGRESS, OPEN
from bot.ideas.working import WorkingDays
from bot.leading.aim import UnitAim, week_aims
from bot.leading.asking.facts import Asking
from bot.leading.asking.gather import asking_of
from bot.leading.care.words import Care
from bot.leading.compared.facts import LeadersCompared
from bot.leading.compared.gather import week_compared
from bot.leading.presence import Presence, gather_presence
from bot.settings import Settings
from storage import idea_rows, leading_queries, share_rows
from storage.idea_figures import IdeaRow
from storage.idea_figures import idea_rows as figures_rows
from storage.terms import IdeaEventKind as Event
from storage.terms import IdeaState as State

LEAST_TO_BE_HEARD: Final = 10
HEARD_WEEKS: Final = 12
LOOKED_BACK_WEEKS: Final = 104
# Over these weeks a median is told: one week has too few ideas for one.
WAIT_WEEKS: Final = 4
ANSWERS: Final = frozenset({Event.ACKNOWLEDGED, *DECISIONS})


@dataclass(frozen=True, slots=True)
class Answers:
    """Which ideas one of the leadership answered last week, by number. `me`: the one whose week it is."""

    who: str
    numbers: tuple[int, ...]
    me: bool = False


@dataclass(frozen=True, slots=True)
class Unheard:
    """A profession of `people` people, ten or more, from which no idea with a name came."""

    profession: str
    people: int


@dataclass(frozen=True, slots=True)
class WaitsFor:
    """An idea that waits since that day: for an approver (`who` ""), or on whoever looks after it."""

    number: int
    since: date
    who: str = ""


@dataclass(frozen=True, slots=True)
class WeekFacts:
    """One leader's week: `starts` is its Monday, `ends` its Friday; what is counted is of the week before.

    - `units`: the names of those that they lead.
    - `came_in`, `answered` (first words), `in_place`, `confirmed`: numbers of ideas in the week before.
    - `median`: working days to first words over four weeks, for half of the ideas; None where too few.
    - `by_whom`: who of the leadership answered what, oneself first.
    - `unheard`: since `heard_since`.
    - `for_approver`, `overdue`: what waits on others.
    - `aims`: the leaders' own, of the units that they lead.
    - `care`: the words beside the picture that the message brings.
    - `presence`: where to go and see.
    - `compared`: their own first words among the other leaders', in the first week of a month.
    - `asking`: the question that they can put to the team, and whether they are asked for a lesson.
    - `goals`: what the peers propose, what they are asked, and what became of it.
    - `shared`: how many digests colleagues share with them; who does stands on their Home alone.
    """

    starts: date
    ends: date
    units: tuple[str, ...] = ()
    came_in: int = 0
    answered: int = 0
    in_place: int = 0
    confirmed: int = 0
    median: float | None = None
    by_whom: tuple[Answers, ...] = ()
    unheard: tuple[Unheard, ...] = ()
    heard_since: date | None = None
    for_approver: tuple[WaitsFor, ...] = ()
    overdue: tuple[WaitsFor, ...] = ()
    aims: tuple[UnitAim, ...] = ()
    care: Care | None = None
    presence: Presence | None = None
    compared: LeadersCompared | None = None
    asking: Asking | None = None
    goals: GoalsInWeek | None = None
    shared: int = 0


def week_facts(
    session: Session, person_id: int, day: date, now: datetime, settings: Settings, team_id: str = ""
) -> WeekFacts:
    """The week of one leader that holds `day`, a day of theirs, as of now."""
    monday = day - timedelta(days=day.weekday())
    units = leading_queries.led_units(session, person_id)
    ids = [unit.id for unit in units if unit.id is not None]
    frame, heard_since = _frame(monday, now, settings), monday - timedelta(weeks=HEARD_WEEKS)
    everything = figures_rows(
        session, since=frame.since, until=frame.until, open_states=sorted(OPEN), answering=ids
    )
    hidden = _passing_over(session, person_id, ids)
    everything = [row for row in everything if row.id not in hidden]
    rows = [row for row in everything if row.state is not State.MERGED]
    last = _midnight(monday - timedelta(weeks=1), settings), frame.until
    lately = _midnight(monday - timedelta(weeks=WAIT_WEEKS), settings)

    def count(moments: Sequence[datetime | None]) -> int:
        return sum(moment is not None and last[0] <= moment < last[1] for moment in moments)

    wait = wait_in([row for row in rows if row.handed_in_at >= lately], frame)
    return WeekFacts(
        starts=monday,
        ends=monday + timedelta(days=4),
        units=tuple(unit.name for unit in units),
        came_in=count([row.handed_in_at for row in rows]),
        answered=count([row.first_words_at for row in rows]),
        in_place=count([row.implemented_at for row in rows]),
        confirmed=count([row.verified_at for row in rows]),
        median=None if wait is None else wait.median,
        by_whom=_by_whom(session, person_id, ids, hidden, *last),
        unheard=_unheard(session, ids, everything, _midnight(heard_since, settings), day),
        heard_since=heard_since,
        for_approver=_for_approver(session, rows, settings),
        overdue=_overdue(session, person_id, rows, local_date(now, settings.zone)),
        aims=week_aims(session, person_id, monday),
        presence=gather_presence(session, units, monday, settings),
        compared=week_compared(session, person_id, day, settings, team_id),
        asking=asking_of(session, person_id, ids, day, now, settings),
        goals=goals_in_week(session, person_id, now, settings),
        shared=share_rows.count_shares_with(session, ids, local_date(now, settings.zone), but=person_id),
    )


def _passing_over(session: Session, person_id: int, unit_ids: Collection[int]) -> set[int]:
    """The numbers of ideas that were handed in for somebody above this person, though they lead there too."""
    found = leading_queries.above_answered_by(session, unit_ids)
    return {idea.id for idea in found if idea.id and person_id in leading.own_leaders(session, idea)}


def _frame(monday: date, now: datetime, settings: Settings) -> Frame:
    """The weeks before a Monday in which ideas are looked at: what comes into place takes months."""
    return Frame(
        since=_midnight(monday - timedelta(weeks=LOOKED_BACK_WEEKS), settings),
        until=min(now, _midnight(monday, settings)),
        through=monday - timedelta(days=1),
        today=local_date(now, settings.zone),
        months=(),
        working=WorkingDays(settings.zone, settings.rounds_holidays),
    )


def _midnight(day: date, settings: Settings) -> datetime:
    return datetime.combine(day, time(), settings.zone)


def _by_whom(
    session: Session,
    person_id: int,
    unit_ids: Collection[int],
    hidden: Collection[int],
    since: datetime,
    until: datetime,
) -> tuple[Answers, ...]:
    found: dict[int, set[int]] = {}
    for idea_id, actor_id in leading_queries.answers_between(session, unit_ids, ANSWERS, since, until):
        if idea_id not in hidden:
            found.setdefault(actor_id, set()).add(idea_id)
    people = idea_rows.people(session, found)
    made = [
        Answers(leading.name_of(people.get(one)), tuple(sorted(numbers)), me=one == person_id)
        for one, numbers in found.items()
    ]
    return tuple(sorted(made, key=lambda one: (not one.me, one.who)))


def _unheard(
    session: Session, unit_ids: Collection[int], rows: Sequence[IdeaRow], since: datetime, day: date
) -> tuple[Unheard, ...]:
    people = leading_queries.professions_in(session, unit_ids, day)
    heard = {row.profession.strip().lower() for row in rows if row.handed_in_at >= since}
    sizes = Counter(profession.strip().lower() for profession in people.values())
    return tuple(
        Unheard(profession, number)
        for profession, number in sorted(sizes.items(), key=lambda one: (-one[1], one[0]))
        if profession and number >= LEAST_TO_BE_HEARD and profession not in heard
    )


def _for_approver(session: Session, rows: Sequence[IdeaRow], settings: Settings) -> tuple[WaitsFor, ...]:
    found = []
    waiting = [row.id for row in rows if row.state in OPEN]
    for number in leading_queries.asked_for_approval(session, waiting):
        asked = gather.pending_approval(idea_rows.history(session, number))
        if asked is not None:
            found.append(WaitsFor(number, local_date(asked.at, settings.zone)))
    return tuple(sorted(found, key=lambda one: (one.since, one.number)))


def _overdue(session: Session, person_id: int, rows: Sequence[IdeaRow], today: date) -> tuple[WaitsFor, ...]:
    late: list[tuple[date, int, int]] = []
    for row in rows:
        days = [day for day in (row.update_by, row.due_on) if day is not None and day < today]
        if row.state in IN_PROGRESS and row.owner_id is not None and row.owner_id != person_id and days:
            late.append((min(days), row.id, row.owner_id))
    people = idea_rows.people(session, [owner for _, _, owner in late])
    return tuple(
        WaitsFor(number, since, leading.name_of(people.get(owner))) for since, number, owner in sorted(late)
    )
