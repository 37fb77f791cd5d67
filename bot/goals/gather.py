"""From storage to what is told of goals, to one person: what they may not see is left out here."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta
from typing import Final

from sqlmodel import Session

from bot.clock import local_date
from bot.digests.facts import MeasureFacts
from bot.digests.gather import LEAST_OTHERS, GroupFigures, measure_facts, open_book
from bot.digests.plan import windows
from bot.digests.weeks import IsoWeek
from bot.goals.facts import AskFacts, GoalFacts, GoalsAtHome, GoalsInWeek, ToPropose
from bot.goals.rules import (
    Standing,
    can_have_goal,
    deciding_units,
    may_show_counts,
    tally_of,
)
from bot.goals.rules import Tally as Tally
from bot.ideas import leading
from bot.settings import Settings
from storage import goal_rows, idea_rows
from storage.digest_queries import data_version
from storage.figures import current_measures
from storage.goal_rows import GoalRow
from storage.goals import Goal
from storage.terms import Domain, GoalState

# Figures older than that are not what somebody proposes a goal from.
_LOOKED_BACK: Final = timedelta(days=370)
CURRENT: Final = (GoalState.PROPOSED, GoalState.JUDGED, GoalState.ADOPTED)
_CLOSED: Final = frozenset(GoalState) - {GoalState.PROPOSED}
# How long the leader's week tells of something.
_NEWS: Final = timedelta(days=7)


class Standings:
    """Where groups are now. Comparing takes a while, so what was compared is kept until the data change."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._version: tuple[date, tuple[int, ...]] | None = None
        self._known: dict[str, dict[str, Standing]] = {}

    def of(self, session: Session, measure_key: str, group: str, now: datetime) -> tuple[Standing, date]:
        """Where a group is on a measure, and the last day that was looked at."""
        through = IsoWeek.before(local_date(now, self._settings.zone)).sunday
        with self._lock:
            version = through, data_version(session)
            if version != self._version:
                self._version, self._known = version, {}
            if measure_key not in self._known:
                book = open_book(session, through, windows(self._settings), only=measure_key)
                self._known[measure_key] = {one.group: _standing(one) for one in book.figures}
            found = self._known[measure_key].get(group, Standing(compared=False))
        return found, through


def _standing(figure: GroupFigures) -> Standing:
    """What a group's digests say of where it is: under the same conditions as there (D3, D16)."""
    measure, comparison = figure.measure, figure.comparison
    adjusted = bool(measure.adjusted_for) or any(one.expected is not None for one in comparison.results)
    compared = (
        can_have_goal(measure.mode, measure.direction)
        and comparison.clinicians - 1 >= LEAST_OTHERS
        and (measure.domain is not Domain.OUTCOME or adjusted)
    )
    if not compared:
        return Standing(compared=False)
    benchmark = comparison.benchmark.value if comparison.benchmark is not None else None
    return Standing(comparison.median, benchmark)


def deciding(session: Session, group_id: int, today: date) -> frozenset[int]:
    """The units whose leadership decides on a group's goals."""
    units = {one for found in goal_rows.members_of(session, group_id, today).values() for one in found}
    rows = idea_rows.units(session)
    return deciding_units(
        units,
        {unit.id: unit.parent_id for unit in rows if unit.id is not None},
        {unit.id for unit in rows if unit.id is not None and leading.leadership(unit)},
    )


def groups_decided_by(
    session: Session, leads: Collection[int], today: date, among: Collection[int] | None = None
) -> set[int]:
    """The peer groups (all, or among these) on whose goals somebody who leads these units decides."""
    if not leads:
        return set()
    return {
        group_id
        for group_id in (goal_rows.all_groups(session).values() if among is None else among)
        if deciding(session, group_id, today) & set(leads)
    }


def goal_facts(
    session: Session,
    rows: Iterable[GoalRow],
    settings: Settings,
    *,
    person_id: int | None,
    leads: Collection[int],
    today: date,
) -> tuple[GoalFacts, ...]:
    """Goals as one person may see them; those whose measure is not there any more are left out."""
    rows = list(rows)
    deciders = idea_rows.people(
        session, [one for row in rows for one in (row.goal.decided_by, row.goal.ended_by)]
    )
    own = {} if person_id is None else goal_rows.own_votes(session, person_id, [row.id for row in rows])
    decides: dict[int, bool] = {}
    found = []
    for row in rows:
        goal = row.goal
        version = goal_rows.current_version(session, goal.measure_id)
        if version is None:
            continue
        if goal.peer_group_id not in decides:
            units = deciding(session, goal.peer_group_id, today) if leads else frozenset()
            decides[goal.peer_group_id] = bool(units & set(leads))
        tally = counted(session, goal)
        shown = may_show_counts(tally, closed=goal.state in _CLOSED)
        found.append(
            GoalFacts(
                id=row.id,
                measure=measure_facts(row.measure_key, version),
                group=row.group,
                value=goal.value,
                state=goal.state,
                proposed_on=local_date(goal.proposed_at, settings.zone),
                votes_until=goal.votes_until,
                words=goal.words,
                tally=tally if shown else None,
                decided_by="" if goal.decided_by is None else leading.name_of(deciders.get(goal.decided_by)),
                decided_on=None if goal.decided_at is None else local_date(goal.decided_at, settings.zone),
                reason=goal.reason,
                ended_on=None if goal.ended_at is None else local_date(goal.ended_at, settings.zone),
                ended_by="" if goal.ended_by is None else leading.name_of(deciders.get(goal.ended_by)),
                asked=goal.state is GoalState.PROPOSED and row.id in own and today <= goal.votes_until,
                vote=own.get(row.id),
                may_decide=decides[goal.peer_group_id],
                mine=person_id is not None and goal.proposed_by == person_id,
                suggested=is_suggestion(goal),
            )
        )
    return tuple(found)


def is_suggestion(goal: Goal) -> bool:
    """Whether it came with the measure. Whoever proposed one said why, and may have been erased since."""
    return goal.proposed_by is None and not goal.words


def counted(session: Session, goal: Goal) -> Tally:
    """The votes on a goal: as they stand, or as they were kept when the vote was over."""
    assert goal.id is not None
    if goal.state is GoalState.PROPOSED:
        votes = goal_rows.votes_of(session, goal.id)
        return tally_of([vote.vote for vote in votes], len(votes))
    return Tally(goal.asked, goal.attainable, goal.stretch, goal.not_attainable)


def goals_at_home(
    session: Session, person_id: int, leads: Collection[int], today: date, settings: Settings
) -> GoalsAtHome:
    """Goals on somebody's own Home: of their peer groups, and of those on whose goals they decide."""
    own = goal_rows.groups_of(session, person_id, today)
    groups = {*own, *groups_decided_by(session, leads, today)}
    if not groups:
        return GoalsAtHome(today)
    rows = goal_rows.goal_rows(session, groups=groups)
    current = [row for row in rows if row.goal.state in CURRENT]
    facts = goal_facts(session, current, settings, person_id=person_id, leads=leads, today=today)
    return GoalsAtHome(today, facts, ever=len(rows), may_propose=bool(own))


def history(
    session: Session, person_id: int, leads: Collection[int], today: date, settings: Settings
) -> tuple[GoalFacts, ...]:
    """All goals that somebody may know of, the latest first."""
    own = goal_rows.groups_of(session, person_id, today)
    groups = {*own, *groups_decided_by(session, leads, today)}
    rows = goal_rows.goal_rows(session, groups=groups)[::-1]
    return goal_facts(session, rows, settings, person_id=person_id, leads=leads, today=today)


def goals_in_week(session: Session, person_id: int, now: datetime, settings: Settings) -> GoalsInWeek | None:
    """Goals in a leader's week; None where there is nothing to say of any."""
    today = local_date(now, settings.zone)
    told = goal_rows.groups_with_goals(session)
    if not told:
        return None
    leads = goal_rows.led_by(session, person_id, today)
    groups = told & goal_rows.groups_of(session, person_id, today).keys()
    groups |= groups_decided_by(session, leads, today, told)
    rows = goal_rows.goal_rows(session, groups=groups) if groups else []
    rows = [row for row in rows if row.goal.state in CURRENT or _is_news(row.goal, now)]
    facts = goal_facts(session, rows, settings, person_id=person_id, leads=leads, today=today)
    new = {row.id for row in rows if _is_news(row.goal, now)}
    week = GoalsInWeek(
        today,
        to_decide=tuple(one for one in facts if one.state is GoalState.JUDGED and one.may_decide),
        to_vote=tuple(one for one in facts if one.asked and one.vote is None),
        asked=tuple(
            one
            for one in facts
            if one.state is GoalState.PROPOSED and not (one.asked and one.vote is None) and one.may_decide
        ),
        news=tuple(
            one
            for one in facts
            if one.id in new
            and (one.may_decide or one.mine)
            and not (one.state is GoalState.JUDGED and one.may_decide)
        ),
    )
    return week if week.to_decide or week.to_vote or week.asked or week.news else None


def _is_news(goal: Goal, now: datetime) -> bool:
    if goal.state in (GoalState.PROPOSED, GoalState.WITHDRAWN):
        return False
    moments = [moment for moment in (goal.judged_at, goal.decided_at, goal.ended_at) if moment is not None]
    return any(now - moment <= _NEWS for moment in moments)


def to_propose(session: Session, person_id: int, today: date) -> ToPropose:
    """For which measures somebody can propose a goal: what is counted in their groups and can have one."""
    measures = {
        version.measure_id: measure_facts(key, version)
        for key, version in current_measures(session).items()
        if can_have_goal(version.mode, version.direction)
    }
    found = []
    for group_id, name in goal_rows.groups_of(session, person_id, today).items():
        if len(goal_rows.members_of(session, group_id, today)) <= LEAST_OTHERS:
            continue
        there = goal_rows.counted_measures(session, group_id, today, today - _LOOKED_BACK)
        found += [(group_id, name, one, measures[one]) for one in measures if one in there]
    return ToPropose(tuple(sorted(found, key=lambda one: (one[1], one[3].title, one[2]))))


def ask_facts(
    session: Session, goal_id: int, person_id: int, now: datetime, settings: Settings, standings: Standings
) -> AskFacts | None:
    """What one of the peers is asked; None where the goal is not there any more."""
    row = goal_rows.goal_row(session, goal_id)
    if row is None:
        return None
    today = local_date(now, settings.zone)
    found = goal_facts(session, [row], settings, person_id=person_id, leads=(), today=today)
    if not found:
        return None
    if not found[0].asked or found[0].vote is not None:
        # It is not said again, and comparing takes a while: the message is written under the lock.
        return AskFacts(found[0], today)
    standing, through = standings.of(session, row.measure_key, row.group, now)
    return AskFacts(found[0], today, standing, through)


def current_measure(session: Session, measure_id: int) -> MeasureFacts | None:
    """A measure as it is defined now."""
    version = goal_rows.current_version(session, measure_id)
    if version is None:
        return None
    key = next((key for key, one in current_measures(session).items() if one.id == version.id), "")
    return measure_facts(key, version)
