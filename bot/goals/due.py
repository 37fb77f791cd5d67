"""What is due of goals: who is asked now, which votes are over, what measures suggest.

One of the peers is asked at the weekday and time of their own digest. Whoever leads a unit is asked in their
leader's week and on their Home alone, so that Rounds sends them one message a working day (N3); whoever ended
or paused their digest finds it on their Home.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from sqlmodel import Session

from bot.clock import Clock, local_date
from bot.digests.due import next_due, zone_or
from bot.digests.gather import measure_facts
from bot.digests.plan import wanted_time
from bot.goals import acts, gather, letters, names
from bot.goals.gather import Standings
from bot.goals.rules import OPEN, ask_now, can_have_goal, to_suggest
from bot.settings import Settings
from storage import goal_rows
from storage.digest_queries import away_on, data_version, release_period, zone_names
from storage.engine import Database
from storage.figures import current_measures
from storage.goals import Goal
from storage.people import DigestPreference
from storage.terms import GoalState, OutboxState

_WEEK: Final = timedelta(days=7)
# Where Rounds did not run at somebody's time, the question waits for their next one: not for the night.
_LATE: Final = timedelta(hours=6)


class GoalPlanner:
    """Asks the peers, ends votes and puts what measures suggest to groups."""

    def __init__(self, database: Database, clock: Clock, settings: Settings, team_id: str) -> None:
        self._database, self._clock, self._settings, self._team_id = database, clock, settings, team_id
        self.standings = Standings(settings)
        self._suggested: tuple[date, tuple[int, ...]] | None = None
        self._alone = threading.Lock()

    def tick(self) -> int:
        """Do what is due; returns how much. A tick that comes while another is under way does nothing."""
        if not self._alone.acquire(blocking=False):
            return 0
        try:
            return self._tick(self._clock.now())
        finally:
            self._alone.release()

    def _tick(self, now: datetime) -> int:
        """Each for itself: figures that cannot be compared keep no vote from ending. Raises what failed."""
        done, failed = 0, []
        for step in (self._suggest, self._close, self._ask):
            try:
                done += step(now)
            except Exception as error:
                failed.append(error)
        if failed:
            raise failed[0]
        return done

    # -- what measures suggest ----

    def _suggest(self, now: datetime) -> int:
        """A measure's `goal` is nobody's here until its group was asked: it becomes a proposal, once."""
        today = local_date(now, self._settings.zone)
        with self._database.read() as session:
            looked = today, data_version(session)
            if looked == self._suggested:
                return 0
            wanted = self._suggestions(session, now)
        for proposal in wanted:
            with self._database.write() as session:
                acts.suggest(session, proposal, now, today)
        self._suggested = looked
        return len(wanted)

    def _suggestions(self, session: Session, now: datetime) -> list[acts.Proposal]:
        groups = goal_rows.all_groups(session)
        # One suggestion at a time: a file full of goals is not to become a heap of questions.
        asked = {
            row.goal.peer_group_id
            for row in goal_rows.goal_rows(session, states=OPEN)
            if gather.is_suggestion(row.goal)
        }
        found = []
        for key, version in current_measures(session).items():
            if version.goal is None or not can_have_goal(version.mode, version.direction):
                continue
            measure = measure_facts(key, version)
            for group, group_id in sorted(groups.items()):
                if group_id in asked:
                    continue
                if not to_suggest(measure, version.goal, _had(session, group_id, version.measure_id)):
                    continue
                standing, _ = self.standings.of(session, key, group, now)
                if standing.compared:
                    asked.add(group_id)
                    found.append(acts.Proposal(group_id, version.measure_id, version.goal, ""))
        return found

    # -- votes that are over ----

    def _close(self, now: datetime) -> int:
        today = local_date(now, self._settings.zone)
        with self._database.read() as session:
            rows = goal_rows.goal_rows(session, states=[GoalState.PROPOSED])
            ids = [row.id for row in rows if acts.is_closing(session, row.goal, today)]
        closed = 0
        for goal_id in ids:
            with self._database.write() as session:
                goal = session.get(Goal, goal_id, with_for_update=True)
                closed += goal is not None and acts.close_if_over(session, goal, now, today)
        return closed

    # -- who is asked now ----

    def _ask(self, now: datetime) -> int:
        today = local_date(now, self._settings.zone)
        with self._database.read() as session:
            rows = goal_rows.goal_rows(session, states=[GoalState.PROPOSED])
            due = [(row.goal, *self._due(session, row.goal, now, today)) for row in rows]
            for row in rows:
                # Compared here, so that no message waits for it.
                self.standings.of(session, row.measure_key, row.group, now)
        asked = 0
        for goal, by_message, at_home in due:
            if not by_message and not at_home:
                continue
            assert goal.id is not None
            with self._database.write() as session:
                goal_rows.note_asked(session, goal.id, at_home, now)
                for person_id in by_message:
                    self._release(session, goal.id, person_id)
                    asked += letters.put_ask(session, goal, person_id, self._ends(goal), now)
        return asked

    def _ends(self, goal: Goal) -> datetime:
        """The end of the last day of a vote, at the site."""
        return datetime.combine(goal.votes_until + timedelta(days=1), time(), self._settings.zone).astimezone(
            UTC
        )

    def _due(
        self, session: Session, goal: Goal, now: datetime, today: date
    ) -> tuple[Sequence[int], Sequence[int]]:
        """Who is to get a message now, and who finds the question on their Home and in their week."""
        assert goal.id is not None
        votes = goal_rows.votes_of(session, goal.id)
        open_ones = [vote.person_id for vote in votes if vote.vote is None and vote.asked_at is None]
        if not open_ones:
            return (), ()
        members = goal_rows.members_of(session, goal.peer_group_id, today)
        leaders = goal_rows.leaders_and_stand_ins(session, today)
        waiting = {
            row.recipient_id
            for row in goal_rows.letters_about(session, names.ASK, goal.id)
            if row.state in (OutboxState.WAITING, OutboxState.LEASED)
        }
        away, zones = away_on(session, open_ones, today), zone_names(session, self._team_id)
        wishes = goal_rows.preferences(session, open_ones)
        by_message = [
            person
            for person in open_ones
            if person in members
            and person not in leaders
            and person not in away
            and person not in waiting
            and self._time_has_come(goal, wishes.get(person), zones.get(person), now)
        ]
        return by_message, [person for person in open_ones if person in leaders and person in members]

    def _time_has_come(
        self, goal: Goal, wishes: DigestPreference | None, zone_name: str | None, now: datetime
    ) -> bool:
        zone = zone_or(zone_name, self._settings.zone)
        # The site's own day and time for somebody without wishes.
        preference = wishes or DigestPreference(person_id=0)
        paused = preference.paused_until is not None and local_date(now, zone) < preference.paused_until
        if preference.opted_out_at is not None or paused:
            return False
        weekday, at = wanted_time(preference, self._settings)
        latest = next_due(now - _WEEK, weekday, at, zone)
        return ask_now(latest, goal.proposed_at, now, _LATE)

    def _release(self, session: Session, goal_id: int, person_id: int) -> None:
        """One that was not sent (they were away, or their account was in doubt) is said again."""
        row = goal_rows.letter_to(session, names.ASK, goal_id, person_id)
        if row is not None and row.state is not OutboxState.SENT:
            release_period(session, names.ASK, row.lane, str(goal_id))


def _had(session: Session, group_id: int, measure_id: int) -> list[tuple[GoalState, float]]:
    rows = goal_rows.goal_rows(session, groups=[group_id], measure_id=measure_id)
    return [(row.goal.state, row.goal.value) for row in rows]
