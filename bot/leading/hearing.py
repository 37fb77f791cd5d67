"""Who hears of a waiting idea, and how many working days it has waited: the ladder's routing. Pure.

The rules are told in `bot.leading.ladder`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

from bot.ideas.working import is_free
from bot.leading.hours import count_days
from bot.leading.ladder_facts import (
    Facts,
    Hearing,
    Rungs,
    UnitFacts,
    Waiting,
    Why,
)
from storage.terms import Rung, Which

# So many times "not now" go one level up.
PUT_OFFS_GO_UP: Final = 3
_A_WEEK: Final = timedelta(days=7)


def hearing_of(facts: Facts, idea: Waiting, now: datetime) -> Hearing:
    """Who hears of an idea now, snoozes aside; at ABOVE, who is still to have it in their week."""
    return hearing_in(case_of(facts, idea, now))


def days_waiting(facts: Facts, idea: Waiting, now: datetime, most: int | None = None) -> int:
    """Working days that count for an idea so far: those of whoever hears of it first (N1).

    The day on which it came, or the decision was due, is not one of them. Counts no further than `most`.
    """
    return days_in(case_of(facts, idea, now), most)


def counted_by(facts: Facts, idea: Waiting) -> int | None:
    """Whose day it is when the working days of an idea are counted; None where nobody can be told of it."""
    levels = _levels(facts, idea)
    return levels[0].people[0] if levels else None


def counts_on(facts: Facts, idea: Waiting, day: date) -> bool:
    """Whether a day is a working day of an idea: of whoever hears of it first (N1)."""
    return _counts(case_of(facts, idea, idea.since), day)


def not_mine_goes_to(facts: Facts, idea: Waiting, person_id: int, now: datetime) -> tuple[int, ...]:
    """Who hears of an idea at once, when this person has said "Not mine" to it."""
    after = replace(facts, not_mine=facts.not_mine | {(idea.idea_id, person_id)})
    return tuple(person for person, _ in _at_once(case_of(after, idea, now)))


def goes_up(put_offs: int) -> bool:
    """Whether an idea with so many times "not now" goes one level up."""
    return put_offs >= PUT_OFFS_GO_UP


@dataclass(frozen=True, slots=True)
class Level:
    """The leadership of one unit, or the administrators: who hears first, and who in their place or later."""

    leader: int | None
    others: tuple[int, ...]
    pair: tuple[int, ...]
    people: tuple[int, ...]
    administers: bool = False


@dataclass(frozen=True, slots=True)
class Case:
    """One idea at one moment."""

    facts: Facts
    idea: Waiting
    now: datetime
    levels: list[Level]


def case_of(facts: Facts, idea: Waiting, now: datetime) -> Case:
    """An idea at a moment, with the levels that could hear of it."""
    return Case(facts, idea, now, _levels(facts, idea))


def hearing_in(case: Case) -> Hearing:
    """As `hearing_of`, where the case is made already."""
    rungs = _rungs(case)
    days = days_in(case, rungs.above)
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


def days_in(case: Case, most: int | None = None) -> int:
    """As `days_waiting`, where the case is made already."""
    if not case.levels:
        return 0
    first, idea = case.facts.people[case.levels[0].people[0]], case.idea
    start = idea.due if idea.clock is Which.DECISION and idea.due is not None else first.day_of(idea.since)
    return count_days(lambda day: _counts(case, day), start, first.day_of(case.now), most)


def _levels(facts: Facts, idea: Waiting) -> list[Level]:
    """The level that answers, and those above with somebody new, in their order; the administrators last."""
    levels: list[Level] = []
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
        levels.append(Level(None, administrators, (), administrators, administers=True))
    return levels


def _chain(facts: Facts, unit_id: int) -> Iterator[UnitFacts]:
    seen: set[int] = set()
    unit = facts.units.get(unit_id)
    while unit is not None and unit.id not in seen:
        seen.add(unit.id)
        yield unit
        unit = facts.units.get(unit.above) if unit.above is not None else None


def _level(facts: Facts, unit: UnitFacts) -> Level | None:
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
    return Level(first, others, pair, people)


def _at_once(case: Case) -> list[tuple[int, Why]]:
    """Who hears from the first rung on."""
    found = _answering(case)
    return found[1] if found is not None else []


def _answering(case: Case) -> tuple[int, list[tuple[int, Why]]] | None:
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


def _as_well(case: Case) -> list[tuple[int, Why]]:
    """Who of the level that answers hears from OTHERS on."""
    found = _answering(case)
    if found is None:
        return []
    return [one for other in case.levels[found[0]].others for one in _acting(case, other, Why.AS_WELL)]


def _to_summarise(case: Case) -> list[tuple[int, Why]]:
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


def _has_had(case: Case, person_id: int) -> bool:
    """Whether this person was told, or anybody above more than a week ago: then it stops."""
    day = day_of(case.facts, person_id, case.now)
    return any(
        one.person_id == person_id or day - one.day > _A_WEEK
        for one in case.facts.told
        if one.idea_id == case.idea.idea_id and one.clock is case.idea.clock and one.rung is Rung.ABOVE
    )


def _acting(case: Case, person_id: int | None, why: Why) -> list[tuple[int, Why]]:
    """Who acts in somebody's seat for an idea: whoever stands in for them, else they themselves, if there."""
    facts = case.facts
    if person_id is None or not _concerns(case, person_id):
        return []
    day = day_of(facts, person_id, case.now)
    instead = [
        one
        for one in _delegates(facts, person_id, day)
        if _concerns(case, one) and not facts.people[one].is_away(day_of(facts, one, case.now))
    ]
    if instead:
        return [(one, Why.STANDS_IN) for one in instead]
    return [] if facts.people[person_id].is_away(day) else [(person_id, why)]


def _concerns(case: Case, person_id: int) -> bool:
    passed_over = person_id in case.idea.passed_over
    return not passed_over and (case.idea.idea_id, person_id) not in case.facts.not_mine


def _delegates(facts: Facts, person_id: int, day: date) -> list[int]:
    return [
        one.delegate_id
        for one in facts.delegations
        if one.person_id == person_id and one.starts <= day <= one.ends and one.delegate_id in facts.people
    ]


def _counts(case: Case, day: date) -> bool:
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


def day_of(facts: Facts, person_id: int, now: datetime) -> date:
    """The day that it is for a person."""
    return facts.people[person_id].day_of(now)


def _rungs(case: Case) -> Rungs:
    unit = case.facts.units.get(case.idea.unit_id)
    return unit.rungs if unit is not None else Rungs()
