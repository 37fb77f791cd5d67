"""From storage to what the ladder plans from: who leads and when they are there, and what waits for them.

Decided here, where the rows leave a choice:

- Somebody's public holidays and hours are those of the first unit that they lead and that has rules of its
  own, else of the unit in which they work, else the site's.
- An idea has one clock at a time: the first until its leaders' first words, then that of the decision. This
  counts from the day on which the decision was due, or from the leaders' last words if these are later:
  whoever has just written is not asked again the next morning.
- An idea that was moved, or opened again, starts its ladder anew: what the level above was told before does
  not count.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Final

from sqlmodel import Session

from bot.clock import local_date
from bot.digests.due import zone_or
from bot.ideas import leading
from bot.ideas.lifecycle import RESPONSES
from bot.ideas.working import WorkingDays
from bot.leading.hearing import hearing_of
from bot.leading.hours import WorkingHours
from bot.leading.ladder_facts import Delegation, Facts, Rungs, Snooze, Told, UnitFacts, Waiting
from bot.settings import Settings
from storage import idea_rows, leading_rows
from storage.leading import UnitRules
from storage.leading_rows import Reader, WaitingRow
from storage.people import Unit
from storage.terms import IdeaEventKind, Which

# Of the messages sent, those of a week are enough.
_SENT_DAYS: Final = timedelta(days=8)
# However much leave there was in it, an idea of that age is past every rung.
_LOOKED_BACK: Final = timedelta(days=400)
_KEPT: Final = timedelta(minutes=1)
# A day somewhere is at most one away from the site's.
_MARGIN: Final = timedelta(days=2)
# What stops the first clock, and begins the counting of the second anew.
WORDS: Final = RESPONSES | {IdeaEventKind.APPROVAL_ASKED}


@dataclass(frozen=True, slots=True)
class Staff:
    """Who may be told anything at all.

    - `readers`: their accounts; `hours`: when they are there, by person.
    - `silent`: units whose leaders are not reminded.
    """

    readers: Mapping[int, Reader]
    hours: Mapping[int, WorkingHours]
    units: Mapping[int, UnitFacts]
    silent: frozenset[int]
    delegations: tuple[Delegation, ...]
    administrators: tuple[int, ...]


class Roster:
    """The staff as of a minute ago at most: it changes with an import, and each message asks for it."""

    def __init__(self, settings: Settings, team_id: str) -> None:
        self._settings, self._team_id = settings, team_id
        self._lock = threading.Lock()
        self._known: tuple[datetime, Staff] | None = None

    def of(self, session: Session, now: datetime) -> Staff:
        """Everybody who leads, stands in or administers."""
        with self._lock:
            known = self._known
        if known is None or not known[0] <= now < known[0] + _KEPT:
            known = now, staff(session, self._settings, self._team_id, now)
            with self._lock:
                self._known = known
        return known[1]


def staff(
    session: Session,
    settings: Settings,
    team_id: str,
    now: datetime,
    *,
    only: Collection[Unit] | None = None,
) -> Staff:
    """Everybody who leads, stands in or administers, and their units, from storage.

    With `only` those who lead these units, whoever stands in for them, and the administrators.
    """
    today = local_date(now, settings.zone)
    first = today - _LOOKED_BACK
    rows = idea_rows.units(session)
    rules = leading_rows.unit_rules(session)
    stand_ins = tuple(
        Delegation(one.person_id, one.delegate_id, one.starts, one.ends)
        for one in leading_rows.delegations(session, first)
    )
    administrators = tuple(leading.administrators(session, settings, today))
    wanted = {person for unit in (rows if only is None else only) for person in leading.leadership(unit)}
    if only is not None:
        stand_ins = tuple(one for one in stand_ins if one.person_id in wanted)
    wanted.update(administrators, (one.delegate_id for one in stand_ins))
    readers = leading_rows.readers(session, wanted, team_id)
    return Staff(
        readers=readers,
        hours=_hours(session, settings, readers, _rules_of(session, rows, rules, readers, today), first),
        units={unit.id: _unit(unit, rules.get(unit.id), settings) for unit in rows if unit.id is not None},
        silent=frozenset(unit_id for unit_id, rule in rules.items() if not rule.nudges),
        delegations=stand_ins,
        administrators=administrators,
    )


def facts(
    session: Session,
    settings: Settings,
    team_id: str,
    now: datetime,
    *,
    only: Collection[int] | None = None,
    person_id: int | None = None,
    team: Staff | None = None,
) -> Facts:
    """All that the ladder plans from, as of now.

    With `only` nothing but these ideas waits; with `person_id` the days on which others had a message are
    left out, as the plan for this person needs none of them; with `team` the staff is not asked for again.
    """
    team = team or staff(session, settings, team_id, now)
    today = local_date(now, settings.zone)
    rows = leading_rows.waiting(session, today + _MARGIN, WORDS, only)
    waiting = tuple(
        _waiting(row, team.units, settings) for row in rows if row.answering_unit_id not in team.silent
    )
    begins = {row.id: _begins(row).date() for row in rows}
    snoozed = [row.id for row in rows if row.snoozed]
    handed_on = [row.id for row in rows if row.handed_on]
    summed_up = [row.id for row in rows if row.summed_up]
    return Facts(
        people=team.hours,
        units=team.units,
        waiting=waiting,
        delegations=team.delegations,
        snoozes=tuple(
            Snooze(one.idea_id, one.person_id, one.day, one.days)
            for one in leading_rows.snoozes(session, snoozed)
        ),
        not_mine=frozenset(leading_rows.not_mine(session, handed_on)),
        sent=_sent(session, team.hours, now, today, person_id),
        told=tuple(
            Told(one.idea_id, one.person_id, one.day, one.rung, one.clock)
            for one in leading_rows.summaries(session, summed_up)
            if one.day >= begins[one.idea_id]
        ),
        administrators=team.administrators,
    )


def by_person(found: Facts, now: datetime) -> dict[int, tuple[Waiting, ...]]:
    """Which of the waiting ideas each person hears of now: a plan for them needs no others."""
    heard: dict[int, list[Waiting]] = {}
    for idea in found.waiting:
        for person in hearing_of(found, idea, now).people:
            heard.setdefault(person, []).append(idea)
    return {person: tuple(ideas) for person, ideas in heard.items()}


def for_one(found: Facts, waiting: Iterable[Waiting]) -> Facts:
    """The same facts with fewer ideas."""
    return replace(found, waiting=tuple(waiting))


def _hours(
    session: Session,
    settings: Settings,
    readers: Mapping[int, Reader],
    rules: Mapping[int, UnitRules],
    since: date,
) -> dict[int, WorkingHours]:
    away = leading_rows.away(session, readers, since)
    found: dict[int, WorkingHours] = {}
    for person, reader in readers.items():
        rule = rules.get(person)
        days = WorkingDays(
            zone_or(reader.zone, settings.zone),
            (rule and rule.holidays) or settings.rounds_holidays,
            away.get(person, ()),
        )
        found[person] = _at_work(days, rule, settings)
    return found


def _at_work(days: WorkingDays, rule: UnitRules | None, settings: Settings) -> WorkingHours:
    starts, ends = settings.rounds_work_starts, settings.rounds_work_ends
    own: tuple[time, time] = (
        (rule and rule.work_starts) or starts,
        (rule and rule.work_ends) or ends,
    )
    # One half of a rule may contradict the site's other half: then the site's hours count.
    return WorkingHours(days, *(own if own[0] < own[1] else (starts, ends)))


def _rules_of(
    session: Session,
    units: Iterable[Unit],
    rules: Mapping[int, UnitRules],
    people: Collection[int],
    today: date,
) -> dict[int, UnitRules]:
    """The rules by which each of these works, where there are any."""
    if not rules:
        return {}
    found: dict[int, UnitRules] = {}
    for unit in sorted(units, key=lambda one: one.id or 0):
        if unit.id is not None and unit.id in rules:
            for person in leading.leadership(unit):
                found.setdefault(person, rules[unit.id])
    others = [person for person in people if person not in found]
    for person, unit_id in leading_rows.home_units(session, others, today).items():
        if unit_id in rules:
            found[person] = rules[unit_id]
    return found


def _unit(unit: Unit, rules: UnitRules | None, settings: Settings) -> UnitFacts:
    assert unit.id is not None
    own = rules.rungs if rules is not None else None
    return UnitFacts(
        unit.id,
        unit.parent_id,
        unit.leader_id,
        unit.manager_id,
        unit.deputy_id,
        Rungs(*(own or settings.rungs)),
    )


def _sent(
    session: Session,
    hours: Mapping[int, WorkingHours],
    now: datetime,
    today: date,
    person_id: int | None,
) -> frozenset[tuple[int, date]]:
    """Who had a message on which day. One that was not sent after all counts on its own day only."""
    people = None if person_id is None else [person_id]
    days = leading_rows.days_with_a_message(session, today - _SENT_DAYS, people)
    return frozenset(
        (person, day)
        for (person, day), reached in days.items()
        if reached or (person in hours and day >= hours[person].day_of(now))
    )


def _begins(row: WaitingRow) -> datetime:
    """When an idea came to those who answer it now."""
    return max(row.handed_in_at, row.anew_at or row.handed_in_at)


def _waiting(row: WaitingRow, units: Mapping[int, UnitFacts], settings: Settings) -> Waiting:
    first = row.first_words_at is None
    due = None if first else row.decide_by
    if due is not None and row.responded_at is not None:
        due = max(due, local_date(row.responded_at, settings.zone))
    return Waiting(
        idea_id=row.id,
        unit_id=row.answering_unit_id,
        clock=Which.FIRST if first else Which.DECISION,
        since=_begins(row),
        due=due,
        supporters=row.supporters,
        passed_over=_own_leaders(units, row.unit_id) if row.above else frozenset(),
        put_offs=row.put_offs,
    )


def _own_leaders(units: Mapping[int, UnitFacts], unit_id: int) -> frozenset[int]:
    """Who leads where an idea applies: those of the nearest unit that has any, as for `bot.ideas.leading`."""
    seen: set[int] = set()
    unit = units.get(unit_id)
    while unit is not None and unit.id not in seen:
        found = frozenset(one for one in (unit.leader, unit.manager, unit.deputy) if one is not None)
        if found:
            return found
        seen.add(unit.id)
        unit = units.get(unit.above) if unit.above is not None else None
    return frozenset()
