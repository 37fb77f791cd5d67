"""Leaders compared, from storage: which ideas had to be answered, by whose working days, and in whose figure.

The working days are those of the ladder: of whoever hears of an idea first, with leave, stand-ins and public
holidays as they were (N1). Who leads a unit is as it is now: storage keeps no earlier leaders.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time

from sqlmodel import Session

from bot.clock import local_date
from bot.leading import gather
from bot.leading.compared.facts import Counted, LeadersCompared, Standing, months_of, standing_of
from bot.leading.gather import Staff
from bot.leading.hearing import days_waiting
from bot.leading.ladder_facts import Facts, UnitFacts, Waiting
from bot.settings import Settings
from storage import leader_figures
from storage.leader_figures import CameRow
from storage.terms import IdeaState, Which


def week_compared(
    session: Session, person_id: int, day: date, settings: Settings, team_id: str
) -> LeadersCompared | None:
    """What stands of it in the leader's week of a day; None but in their first week of a month."""
    if leader_figures.had_a_week(session, person_id, day.replace(day=1), day):
        return None
    standing = gather_standing(session, person_id, day, settings, team_id)
    return None if standing is None else standing.said


def gather_standing(
    session: Session, person_id: int, day: date, settings: Settings, team_id: str
) -> Standing | None:
    """Where one leader stands as of the beginning of a day; None where no idea came to them."""
    now = datetime.combine(day, time(), settings.zone)
    team = gather.staff(session, settings, team_id, now)
    if person_id not in team.hours:
        return None
    counted = counted_ideas(session, team, day, settings)
    return standing_of(person_id, counted, day, settings.rungs[0])


def counted_ideas(session: Session, team: Staff, day: date, settings: Settings) -> list[Counted]:
    """The ideas of the six months before a day's that had to be answered, as far as their days are over."""
    zone, months = settings.zone, months_of(day)
    until = datetime.combine(day, time(), zone)
    came = leader_figures.came_between(
        session,
        datetime.combine(months[0], time(), zone),
        datetime.combine(day.replace(day=1), time(), zone),
    )
    facts = Facts(
        people=team.hours,
        units=team.units,
        delegations=team.delegations,
        administrators=team.administrators,
    )
    found = []
    for row in came:
        leaders = _leaders(row, team)
        within = _within(facts, row, until, settings.rungs[0]) if leaders else None
        if within is not None:
            found.append(Counted(row.id, leaders, local_date(row.came_at, zone), within))
    return found


def _within(facts: Facts, row: CameRow, until: datetime, rung: int) -> bool | None:
    """Whether first words came in time; None where none were due, or their days are not over."""
    words = row.first_words_at
    if words is not None and words < row.came_at:
        # Others had written to it before it came here.
        return None
    if words is None and row.own_control and row.state is not IdeaState.NEW:
        return None
    waiting = Waiting(
        idea_id=row.id,
        unit_id=row.answering_unit_id,
        clock=Which.FIRST,
        since=row.came_at,
        passed_over=_passed_over(row, facts.units),
    )

    def days(moment: datetime) -> int:
        return days_waiting(facts, waiting, moment, most=rung + 1)

    if days(until) <= rung:
        return None
    if words is not None and words < until:
        return days(words) <= rung
    withdrawn = row.state is IdeaState.WITHDRAWN
    return None if withdrawn and days(min(row.changed_at, until)) <= rung else False


def _leaders(row: CameRow, team: Staff) -> frozenset[int]:
    """In whose figure an idea is: the pair of those who answer it, as far as Rounds can reach them."""
    unit = next(_led(team.units, row.answering_unit_id), None)
    pair = (unit.leader, unit.manager) if unit is not None else ()
    passed_over = _passed_over(row, team.units)
    return frozenset(one for one in pair if one in team.hours and one not in passed_over and one is not None)


def _passed_over(row: CameRow, units: Mapping[int, UnitFacts]) -> frozenset[int]:
    """Who is not to answer an idea that was handed in for somebody above: those who lead where it applies."""
    unit = next(_led(units, row.unit_id), None) if row.above else None
    if unit is None:
        return frozenset()
    return frozenset(one for one in (unit.leader, unit.manager, unit.deputy) if one is not None)


def _led(units: Mapping[int, UnitFacts], unit_id: int) -> Iterator[UnitFacts]:
    """A unit and those above it, as far as anybody leads there; nearest first."""
    seen: set[int] = set()
    unit = units.get(unit_id)
    while unit is not None and unit.id not in seen:
        seen.add(unit.id)
        if any(one is not None for one in (unit.leader, unit.manager, unit.deputy)):
            yield unit
        unit = units.get(unit.above) if unit.above is not None else None
