"""The ladder: who hears of which waiting idea, on which working day, and in which form (N2 to N11). Pure.

A caller gathers `Facts`, asks `plan_day` for one person, and writes one row for the message (person, day) and
one for each item (idea, person, day, rung, clock). The rungs, with their usual working days:

| rung | working days | who hears of it |
|---|---|---|
| DAILY | 2 | the clinical leader, in the daily message |
| BOLD | 4 | the same, first and in bold |
| OTHERS | 6 | the deputy and the manager as well |
| ABOVE | 8 | the pair of the next level, once, in their week; then it stands on the board only |

Decided here, where the requirements leave a choice:

- Of the leadership pair the clinical leader hears first, the manager from OTHERS on. A unit without a
  clinical leader has its manager in that place, one without either its deputy.
- A leader who is away, or said "Not mine" to an idea, has somebody else hear of it at once: whoever stands in
  for them, else the deputy and the manager, else the level above by the same rule, else the administrators.
  A stand-in comes in a leader's place for the dates of the delegation, whether or not the leader is away.
- The clock of an idea counts the working days of whoever hears first (N1): the leader's, with their weekends
  and public holidays. Leave hands it to whoever hears instead, and does not stop it.
- A snooze keeps an idea out of one person's messages for so many whole working days after the day on which it
  was pressed. It counts for that person only and never for the rung; an idea is snoozed twice at most,
  whoever does it and whichever clock runs.
- An idea leaves the daily messages when it reaches ABOVE. Each of the pair above gets it in one week, as long
  as it is at most a week after the first of them. Where no level is above, it stands on the board at once.
- The week is a person's first message between Monday and Friday of an ISO week: on Monday, after a holiday or
  leave on the first working day, after do-not-disturb when it ends. Whoever leads no unit has no week; for
  them that day's message is a usual one, and carries summaries too if they stand in above.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from bot.ideas.working import add_working_days, is_free
from bot.leading.hours import WorkingHours, count_days
from storage.terms import Rung, Which

SNOOZE_DAYS: Final = (1, 3, 7)
SNOOZES_AN_IDEA: Final = 2
# So many times "not now" go one level up.
PUT_OFFS_GO_UP: Final = 3
# A nudge has worked when an answer came within this much working time (N13).
WORKED_WITHIN: Final = timedelta(hours=24)
_FRIDAY: Final = 5
_A_WEEK: Final = timedelta(days=7)


class Why(StrEnum):
    """Why somebody hears of an idea."""

    LEADS = "leads"
    STANDS_IN = "stands in"
    INSTEAD = "instead"  # of a leader who is away, or whose it is not
    AS_WELL = "as well"  # from OTHERS on
    NOBODY_BELOW = "nobody below"
    LEVEL_ABOVE = "level above"  # the summary
    ADMINISTERS = "administers"


class Stands(StrEnum):
    """Where an unanswered idea is. None is ever lost between these."""

    EARLY = "early"  # its first rung is still to come
    HEARD = "heard"  # in the next message of at least one person
    SNOOZED = "snoozed"  # by everybody who would hear of it
    SUMMARY = "summary"  # in the next week of the level above
    BOARD = "board"  # past the last rung
    NOBODY = "nobody"  # everybody is away; it comes back with the first of them


_RANK: Final = {rung: number for number, rung in enumerate(Rung)}
_CLOCK_RANK: Final = {which: number for number, which in enumerate(Which)}


@dataclass(frozen=True, slots=True)
class Rungs:
    """A unit's rungs in working days without a response. Raises ValueError unless they ascend from 1."""

    daily: int = 2
    bold: int = 4
    others: int = 6
    above: int = 8

    def __post_init__(self) -> None:
        if not 1 <= self.daily < self.bold < self.others < self.above:
            raise ValueError("the rungs of a ladder ascend, and the first is at least one working day")

    def at(self, days: int) -> Rung | None:
        """The rung after so many working days; None before the first."""
        if days >= self.above:
            return Rung.ABOVE
        if days >= self.others:
            return Rung.OTHERS
        if days >= self.bold:
            return Rung.BOLD
        return Rung.DAILY if days >= self.daily else None


@dataclass(frozen=True, slots=True)
class UnitFacts:
    """A unit with its leadership pair, their deputy and its rungs; `above` is the unit over it."""

    id: int
    above: int | None = None
    leader: int | None = None
    manager: int | None = None
    deputy: int | None = None
    rungs: Rungs = field(default_factory=Rungs)


@dataclass(frozen=True, slots=True)
class Waiting:
    """An idea without a response, and the clock that counts.

    - `unit_id`: the unit whose leadership answers.
    - `since`: for the first clock when it came to that leadership; for the decision clock unused but for the
      order, where the oldest comes first.
    - `due`: for the decision clock the day on which the decision was due; its rungs count from there.
    - `passed_over`: who is not to hear of it (I22).
    - `put_offs`: how often it got a "not now"; from the third on it is the level above that hears (N11).

    Any response is a fact that ends this one (N9); a question, or an answer to one, is not (N11).
    """

    idea_id: int
    unit_id: int
    clock: Which
    since: datetime
    due: date | None = None
    supporters: int = 0
    passed_over: frozenset[int] = frozenset()
    put_offs: int = 0

    def __post_init__(self) -> None:
        if self.since.tzinfo is None:
            raise ValueError("an idea waits since an aware moment")
        if self.clock is Which.DECISION and self.due is None:
            raise ValueError("the decision clock counts from the day on which the decision was due")


@dataclass(frozen=True, slots=True)
class Delegation:
    """Somebody answers in somebody's place, both days included (N7)."""

    person_id: int
    delegate_id: int
    starts: date
    ends: date


@dataclass(frozen=True, slots=True)
class Snooze:
    """A press of "Snooze": on that day of the person's, for 1, 3 or 7 of their working days (N6)."""

    idea_id: int
    person_id: int
    on: date
    days: int

    def __post_init__(self) -> None:
        if self.days not in SNOOZE_DAYS:
            raise ValueError("an idea can be snoozed for 1, 3 or 7 working days")


@dataclass(frozen=True, slots=True)
class Told:
    """That somebody was told of an idea: a row of an earlier message."""

    idea_id: int
    person_id: int
    day: date
    rung: Rung
    clock: Which


@dataclass(frozen=True, slots=True)
class Facts:
    """All that a plan is made from.

    - `people`: working hours, with absences, by id. Whoever is not in it cannot be told anything.
    - `units`: all units by id.
    - `waiting`: the ideas without a response, as of now.
    - `not_mine`: (idea, person) of each "Not mine".
    - `sent`: (person, day) of the messages sent; this week's are enough.
    - `told`: rows of the rung ABOVE are enough.
    - `administrators`: who hears where nobody leads.
    """

    people: Mapping[int, WorkingHours]
    units: Mapping[int, UnitFacts]
    waiting: tuple[Waiting, ...] = ()
    delegations: tuple[Delegation, ...] = ()
    snoozes: tuple[Snooze, ...] = ()
    not_mine: frozenset[tuple[int, int]] = frozenset()
    sent: frozenset[tuple[int, date]] = frozenset()
    told: tuple[Told, ...] = ()
    administrators: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Hearing:
    """Who hears of an idea at a moment, and why. `days`: working days counted, up to those of ABOVE."""

    days: int
    rung: Rung | None
    people: Mapping[int, Why]


@dataclass(frozen=True, slots=True)
class Item:
    """One idea in one person's message. `days`: working days counted, the reason for the rung.

    `with_people`: who else hears of it. `may_snooze`: whether that may still be offered.
    """

    idea_id: int
    unit_id: int
    clock: Which
    rung: Rung
    days: int
    supporters: int
    why: Why
    with_people: tuple[int, ...]
    may_snooze: bool

    @property
    def bold(self) -> bool:
        """Whether it stands in bold, and before those that do not."""
        return _RANK[self.rung] >= _RANK[Rung.BOLD]


@dataclass(frozen=True, slots=True)
class DayPlan:
    """One person's one message of a day (N3).

    `week`: it is the leader's week. `items`: to answer, in their order. `summary`: what the level below has
    left unanswered; only in the first message of a week. `weak`: rungs of which an administrator hears that
    they do not work.
    """

    person_id: int
    day: date
    week: bool
    items: tuple[Item, ...] = ()
    summary: tuple[Item, ...] = ()
    weak: tuple[Rung, ...] = ()

    @property
    def all_items(self) -> tuple[Item, ...]:
        """Everything that gets a row, each idea once."""
        return self.items + self.summary


# -- the plan ----


def plan_day(facts: Facts, person_id: int, now: datetime) -> DayPlan | None:
    """The message that a person gets now, if any.

    None outside their working hours (N2), after that day's message (N3), and where there is nothing to say.
    """
    hours = facts.people.get(person_id)
    if hours is None or not hours.is_working(now):
        return None
    day = hours.day_of(now)
    if (person_id, day) in facts.sent:
        return None
    first_of_week = _is_first_of_week(facts, person_id, day)
    week = first_of_week and _leads(facts, person_id)
    found: dict[int, Item] = {}
    for idea in sorted(facts.waiting, key=lambda idea: (idea.idea_id, _CLOCK_RANK[idea.clock])):
        case = _case(facts, idea, now)
        if idea.idea_id in found or not _could_hear(case, person_id):
            continue
        item = _item(case, person_id, day)
        if item is not None and (item.rung is not Rung.ABOVE or first_of_week):
            found[idea.idea_id] = item
    since = {idea.idea_id: idea.since for idea in facts.waiting}
    ordered = sorted(found.values(), key=lambda one: (-_RANK[one.rung], since[one.idea_id], one.idea_id))
    if not ordered and not week:
        return None
    return DayPlan(
        person_id,
        day,
        week,
        tuple(item for item in ordered if item.rung is not Rung.ABOVE),
        tuple(item for item in ordered if item.rung is Rung.ABOVE),
    )


def still_to_send(plan: DayPlan, facts: Facts, now: datetime) -> DayPlan | None:
    """What of a planned message still holds when it is about to be sent (N9); None where nothing does.

    Items that were answered, snoozed, moved or routed to others since have gone; none are added. Outside
    working hours it is None too: the caller defers the message.
    """
    unsent = replace(facts, sent=facts.sent - {(plan.person_id, plan.day)})
    fresh = plan_day(unsent, plan.person_id, now)
    if fresh is None or fresh.day != plan.day:
        alone = plan.weak and not plan.week and _is_at_work(facts, plan, now)
        return replace(plan, items=(), summary=()) if alone else None
    held = {item.idea_id: item for item in fresh.all_items}
    items = tuple(held[one.idea_id] for one in plan.items if one.idea_id in held)
    summary = tuple(held[one.idea_id] for one in plan.summary if one.idea_id in held)
    if not (items or summary or plan.week or plan.weak):
        return None
    return replace(plan, items=items, summary=summary)


def _is_at_work(facts: Facts, plan: DayPlan, now: datetime) -> bool:
    hours = facts.people.get(plan.person_id)
    return hours is not None and hours.is_working(now) and hours.day_of(now) == plan.day


def explain(item: Item) -> str:
    """An item in a word or two, for metrics and tests: "first/bold/leads"."""
    return f"{item.clock.value}/{item.rung.value}/{item.why.value}"


def standing(facts: Facts, idea: Waiting, now: datetime) -> Stands:
    """Where an unanswered idea is at a moment."""
    hearing = hearing_of(facts, idea, now)
    if hearing.rung is None:
        return Stands.EARLY
    if hearing.rung is Rung.ABOVE:
        return Stands.SUMMARY if hearing.people else Stands.BOARD
    if not hearing.people:
        return Stands.NOBODY
    awake = [one for one in hearing.people if not _is_snoozed(facts, idea, one, _day(facts, one, now))]
    return Stands.HEARD if awake else Stands.SNOOZED


def may_snooze(snoozes: Iterable[Snooze], idea_id: int) -> bool:
    """Whether an idea may be snoozed once more."""
    return sum(one.idea_id == idea_id for one in snoozes) < SNOOZES_AN_IDEA


def back_on(snooze: Snooze, hours: WorkingHours) -> date:
    """The first day on which a snoozed idea can be in that person's message again."""
    return add_working_days(hours.days, snooze.on, snooze.days + 1)


def not_mine_goes_to(facts: Facts, idea: Waiting, person_id: int, now: datetime) -> tuple[int, ...]:
    """Who hears of an idea at once, when this person has said "Not mine" to it."""
    after = replace(facts, not_mine=facts.not_mine | {(idea.idea_id, person_id)})
    return tuple(person for person, _ in _at_once(_case(after, idea, now)))


def goes_up(put_offs: int) -> bool:
    """Whether an idea with so many times "not now" goes one level up."""
    return put_offs >= PUT_OFFS_GO_UP


def worked(hours: WorkingHours, sent_at: datetime, answered_at: datetime | None) -> bool:
    """Whether a nudge was answered within 24 hours of the person's working time (N13)."""
    if answered_at is None or answered_at < sent_at:
        return False
    return hours.working_time_between(sent_at, answered_at) <= WORKED_WITHIN


def hearing_of(facts: Facts, idea: Waiting, now: datetime) -> Hearing:
    """Who hears of an idea now, snoozes aside; at ABOVE, who is still to have it in their week."""
    return _hearing(_case(facts, idea, now))


def days_waiting(facts: Facts, idea: Waiting, now: datetime, most: int | None = None) -> int:
    """Working days that count for an idea so far: those of whoever hears of it first (N1).

    The day on which it came, or the decision was due, is not one of them. Counts no further than `most`.
    """
    return _days(_case(facts, idea, now), most)


def counted_by(facts: Facts, idea: Waiting) -> int | None:
    """Whose day it is when the working days of an idea are counted; None where nobody can be told of it."""
    levels = _levels(facts, idea)
    return levels[0].people[0] if levels else None


def counts_on(facts: Facts, idea: Waiting, day: date) -> bool:
    """Whether a day is a working day of an idea: of whoever hears of it first (N1)."""
    return _counts(_case(facts, idea, idea.since), day)


# -- who ----


@dataclass(frozen=True, slots=True)
class _Level:
    """The leadership of one unit, or the administrators: who hears first, and who in their place or later."""

    leader: int | None
    others: tuple[int, ...]
    pair: tuple[int, ...]
    people: tuple[int, ...]
    administers: bool = False


@dataclass(frozen=True, slots=True)
class _Case:
    """One idea at one moment."""

    facts: Facts
    idea: Waiting
    now: datetime
    levels: list[_Level]


def _case(facts: Facts, idea: Waiting, now: datetime) -> _Case:
    return _Case(facts, idea, now, _levels(facts, idea))


def _hearing(case: _Case) -> Hearing:
    rungs = _rungs(case)
    days = _days(case, rungs.above)
    rung = rungs.at(days)
    people: list[tuple[int, Why]] = []
    if rung is Rung.ABOVE:
        people = _to_summarise(case)
    elif rung is not None:
        people = _at_once(case) + (_as_well(case) if rung is Rung.OTHERS else [])
    found: dict[int, Why] = {}
    for person, why in people:
        found.setdefault(person, why)
    return Hearing(days, rung, found)


def _days(case: _Case, most: int | None = None) -> int:
    if not case.levels:
        return 0
    first, idea = case.facts.people[case.levels[0].people[0]], case.idea
    start = idea.due if idea.clock is Which.DECISION and idea.due is not None else first.day_of(idea.since)
    return count_days(lambda day: _counts(case, day), start, first.day_of(case.now), most)


def _levels(facts: Facts, idea: Waiting) -> list[_Level]:
    """The level that answers, and those above with somebody new, in their order; the administrators last."""
    levels: list[_Level] = []
    met: set[int] = set()
    for unit in _chain(facts, idea.unit_id):
        level = _level(facts, unit)
        if level is not None and not met.issuperset(level.people):
            levels.append(level)
            met.update(level.people)
    if goes_up(idea.put_offs) and len(levels) > 1:
        del levels[0]
    administrators = tuple(one for one in facts.administrators if one in facts.people)
    if administrators and not met.issuperset(administrators):
        levels.append(_Level(None, administrators, (), administrators, administers=True))
    return levels


def _chain(facts: Facts, unit_id: int) -> Iterator[UnitFacts]:
    seen: set[int] = set()
    unit = facts.units.get(unit_id)
    while unit is not None and unit.id not in seen:
        seen.add(unit.id)
        yield unit
        unit = facts.units.get(unit.above) if unit.above is not None else None


def _level(facts: Facts, unit: UnitFacts) -> _Level | None:
    leader, manager, deputy = (
        one if one in facts.people else None for one in (unit.leader, unit.manager, unit.deputy)
    )
    pair = tuple(dict.fromkeys(one for one in (leader, manager) if one is not None))
    people = tuple(dict.fromkeys([*pair, *([deputy] if deputy is not None else [])]))
    if not people:
        return None
    first = people[0]
    # In a leader's place the deputy is meant first, then the other one of the pair.
    others = tuple(dict.fromkeys(one for one in (deputy, manager) if one is not None and one != first))
    return _Level(first, others, pair, people)


def _at_once(case: _Case) -> list[tuple[int, Why]]:
    """Who hears from the first rung on."""
    found = _answering(case)
    return found[1] if found is not None else []


def _answering(case: _Case) -> tuple[int, list[tuple[int, Why]]] | None:
    """The number of the level at which somebody is there, and who of it hears from the first rung on."""
    for number, level in enumerate(case.levels):
        usual = Why.LEADS if number == 0 else Why.NOBODY_BELOW
        first = _acting(case, level.leader, usual)
        if first:
            return number, first
        instead = Why.INSTEAD if number == 0 else Why.NOBODY_BELOW
        instead = Why.ADMINISTERS if level.administers else instead
        found = [one for other in level.others for one in _acting(case, other, instead)]
        if found:
            return number, found
    return None


def _as_well(case: _Case) -> list[tuple[int, Why]]:
    """Who of the level that answers hears from OTHERS on."""
    found = _answering(case)
    if found is None:
        return []
    return [one for other in case.levels[found[0]].others for one in _acting(case, other, Why.AS_WELL)]


def _to_summarise(case: _Case) -> list[tuple[int, Why]]:
    """Who is to have an idea in their next week: the pair above, else whoever is there above that; once."""
    levels = [level for level in case.levels if not level.administers]
    answering = _answering(case)
    number = answering[0] if answering is not None else 0
    knows = {person for person, _ in [*_at_once(case), *_as_well(case)]}
    knows.update(levels[number].people if number < len(levels) else ())
    for level in levels[number + 1 :]:
        for seats in (level.pair, level.people):
            acting = [one for seat in seats for one in _acting(case, seat, Why.LEVEL_ABOVE)]
            found = [(person, why) for person, why in acting if person not in knows]
            if found:
                return [one for one in found if not _has_had(case, one[0])]
    return []


def _has_had(case: _Case, person_id: int) -> bool:
    """Whether this person was told, or anybody above more than a week ago: then it stops."""
    day = _day(case.facts, person_id, case.now)
    return any(
        one.person_id == person_id or day - one.day > _A_WEEK
        for one in case.facts.told
        if one.idea_id == case.idea.idea_id and one.clock is case.idea.clock and one.rung is Rung.ABOVE
    )


def _acting(case: _Case, person_id: int | None, why: Why) -> list[tuple[int, Why]]:
    """Who acts in somebody's seat for an idea: whoever stands in for them, else they themselves, if there."""
    facts = case.facts
    if person_id is None or not _concerns(case, person_id):
        return []
    day = _day(facts, person_id, case.now)
    instead = [
        one
        for one in _delegates(facts, person_id, day)
        if _concerns(case, one) and not facts.people[one].is_away(_day(facts, one, case.now))
    ]
    if instead:
        return [(one, Why.STANDS_IN) for one in instead]
    return [] if facts.people[person_id].is_away(day) else [(person_id, why)]


def _concerns(case: _Case, person_id: int) -> bool:
    passed_over = person_id in case.idea.passed_over
    return not passed_over and (case.idea.idea_id, person_id) not in case.facts.not_mine


def _delegates(facts: Facts, person_id: int, day: date) -> list[int]:
    return [
        one.delegate_id
        for one in facts.delegations
        if one.person_id == person_id and one.starts <= day <= one.ends and one.delegate_id in facts.people
    ]


def _counts(case: _Case, day: date) -> bool:
    """Whether one of those who would hear first, as the absences are that day, works on it."""
    for level in case.levels:
        for seats in ((level.leader,), level.others):
            there = {one for seat in seats if seat is not None for one in _there(case.facts, seat, day)}
            if there:
                return any(case.facts.people[one].works_on(day) for one in there)
    # Everybody is away: the days of the calendar count, so that a clock always ends.
    return not is_free(case.facts.people[case.levels[0].people[0]].days.holidays, day)


def _there(facts: Facts, person_id: int, day: date) -> list[int]:
    """Who is there in somebody's seat on a day: whoever stands in for them, else they themselves."""
    stand_ins = [one for one in _delegates(facts, person_id, day) if not facts.people[one].is_away(day)]
    return stand_ins or ([] if facts.people[person_id].is_away(day) else [person_id])


# -- one person ----


def _item(case: _Case, person_id: int, day: date) -> Item | None:
    facts, idea, hearing = case.facts, case.idea, _hearing(case)
    if hearing.rung is None or person_id not in hearing.people:
        return None
    if hearing.rung is not Rung.ABOVE and _is_snoozed(facts, idea, person_id, day):
        return None
    return Item(
        idea.idea_id,
        idea.unit_id,
        idea.clock,
        hearing.rung,
        _days(case) if hearing.rung is Rung.ABOVE else hearing.days,
        idea.supporters,
        hearing.people[person_id],
        tuple(one for one in hearing.people if one != person_id),
        hearing.rung is not Rung.ABOVE and may_snooze(facts.snoozes, idea.idea_id),
    )


def _is_snoozed(facts: Facts, idea: Waiting, person_id: int, day: date) -> bool:
    """Whether a person has snoozed an idea; only the first two snoozes of an idea count."""
    of_idea = sorted(
        (one for one in facts.snoozes if one.idea_id == idea.idea_id),
        key=lambda one: (one.on, one.person_id, one.days),
    )
    return any(
        one.person_id == person_id and one.on <= day < back_on(one, facts.people[person_id])
        for one in of_idea[:SNOOZES_AN_IDEA]
    )


def _could_hear(case: _Case, person_id: int) -> bool:
    """Whether somebody is anywhere near an idea: most are not, and need no counting of days."""
    near = {one for level in case.levels for one in level.people}
    return person_id in near or any(
        one.delegate_id == person_id and one.person_id in near for one in case.facts.delegations
    )


def _leads(facts: Facts, person_id: int) -> bool:
    return any(person_id in (unit.leader, unit.manager) for unit in facts.units.values())


def _is_first_of_week(facts: Facts, person_id: int, day: date) -> bool:
    """Whether a message on a day is the first of its ISO week, Monday to Friday."""
    if day.isoweekday() > _FRIDAY:
        return False
    return all((person_id, day - timedelta(days=n)) not in facts.sent for n in range(day.isoweekday()))


def _day(facts: Facts, person_id: int, now: datetime) -> date:
    return facts.people[person_id].day_of(now)


def _rungs(case: _Case) -> Rungs:
    unit = case.facts.units.get(case.idea.unit_id)
    return unit.rungs if unit is not None else Rungs()
