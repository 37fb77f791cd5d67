"""Who gets a leader's message today: due rows in, one message and its nudges out (N3).

The time of the message is half an hour after somebody's working hours begin, once a day, so that it comes
when it is expected. What becomes due later that day waits for the next one. Only do-not-disturb moves it:
then it comes when that ends, within the same day's hours.

The row of the message is the truth: with `UNIQUE(person, day)` a restart, or a second replica, plans nothing
twice. What is remembered here is only of whom there was nothing to say today.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

import structlog
from sqlmodel import Session

from bot.clock import Clock, local_date
from bot.courier.gateway import Gateway
from bot.courier.letters import PICTURE_MAY_MISS, Letter, put
from bot.leading import gather, quiet
from bot.leading.care.gather import CareBook, DrawnCare
from bot.leading.care.words import as_payload
from bot.leading.gather import Staff
from bot.leading.hours import WorkingHours
from bot.leading.kept import dump_plan
from bot.leading.ladder import plan_day
from bot.leading.ladder_facts import DayPlan
from bot.leading.names import LEADER_MESSAGE
from bot.leading.weak import riding, to_tell
from bot.settings import Settings
from storage import leading_rows
from storage.engine import Database
from storage.leading import LeaderMessage, Nudge
from storage.terms import Priority

log = structlog.stdlib.get_logger()

# After the beginning of somebody's working hours.
AFTER_START: Final = timedelta(minutes=30)
# How many messages one transaction puts in: listeners wait for the same lock.
_AT_ONCE: Final = 50
# What may go within that time is asked of Slack now.
_SOON: Final = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class _Due:
    """Somebody whose time has come, on which day of theirs, and until when it makes sense."""

    person_id: int
    day: date
    until: datetime


class LeaderPlanner:
    """Plans what leaders are sent unasked, and asks Slack for their do-not-disturb."""

    def __init__(
        self,
        database: Database,
        gateway: Gateway,
        clock: Clock,
        settings: Settings,
        team_id: str,
        roster: gather.Roster | None = None,
    ) -> None:
        self._database, self._gateway, self._clock = database, gateway, clock
        self._settings, self._team_id = settings, team_id
        self._roster = roster or gather.Roster(settings, team_id)
        self._care = CareBook(settings.rounds_small_count)
        self._looked: dict[int, date] = {}
        self._alone = threading.Lock()

    def tick(self) -> int:
        """Do what is due. Returns how many messages were planned.

        A tick that comes while another is under way does nothing: what is due is still due.
        """
        if not self._alone.acquire(blocking=False):
            return 0
        try:
            return self._tick()
        finally:
            self._alone.release()

    def _tick(self) -> int:
        now = self._clock.now()
        with self._database.read() as session:
            team = self._roster.of(session, now)
            due = self._due(session, team, now)
            plans = self._plans(session, team, due, now)
        self._ask_quiet(team, [plan.person_id for plan, _ in plans], now)
        # Before anything is written: it may take a second.
        cares = self._cares([plan for plan, _ in plans if plan.week])
        planned = 0
        for some in (plans[start : start + _AT_ONCE] for start in range(0, len(plans), _AT_ONCE)):
            with self._database.write() as session:
                planned += sum(
                    _keep(session, plan, until, now, cares.get(plan.person_id)) for plan, until in some
                )
        self._looked.update((one.person_id, one.day) for one in due)
        return planned

    def _due(self, session: Session, team: Staff, now: datetime) -> list[_Due]:
        """Whose time has come, and who has no message of this day yet."""
        found = [
            _Due(person, day, until)
            for person, hours in sorted(team.hours.items())
            if (day := hours.day_of(now)) != self._looked.get(person)
            and (until := _time_has_come(hours, day, now)) is not None
        ]
        if not found:
            return []
        had = leading_rows.days_with_a_message(session, min(one.day for one in found))
        return [one for one in found if (one.person_id, one.day) not in had]

    def _plans(
        self, session: Session, team: Staff, due: Collection[_Due], now: datetime
    ) -> list[tuple[DayPlan, datetime]]:
        if not due:
            return []
        facts = gather.facts(session, self._settings, self._team_id, now, team=team)
        heard = gather.by_person(facts, now)
        found: list[tuple[DayPlan, datetime]] = []
        administrators = [one.person_id for one in due if one.person_id in team.administrators]
        weak = to_tell(session, administrators, local_date(now, self._settings.zone))
        for one in due:
            own = gather.for_one(facts, heard.get(one.person_id, ()))
            plan = plan_day(own, one.person_id, now)
            plan = riding(plan, one.person_id, one.day, weak.get(one.person_id, ()))
            if plan is not None:
                found.append((plan, one.until))
        return found

    def _cares(self, weeks: Iterable[DayPlan]) -> dict[int, DrawnCare]:
        """The care in somebody's week with its picture, by person. Without it a week goes out as well."""
        days = {plan.person_id: plan.day for plan in weeks}
        if not days:
            return {}
        try:
            return self._care.of(self._database, days)
        except Exception as error:
            # The database is away for a moment, or there is something in the data that cannot be judged.
            log.error("care_not_gathered", error=type(error).__name__)
            return {}

    def _ask_quiet(self, team: Staff, planned: Iterable[int], now: datetime) -> None:
        """Ask Slack of everybody to whom something may go soon and of whom it was not asked lately."""
        with self._database.read() as session:
            waiting = [one.person_id for one in leading_rows.open_messages(session, now + _SOON)]
            wanted = {*planned, *waiting}
            known = leading_rows.quiet_times(session, wanted)
        users = {
            person: team.readers[person].user_id
            for person in wanted
            if person in team.readers and not quiet.is_fresh(known.get(person), now, quiet.RENEW)
        }
        quiet.ask(self._database, self._gateway, self._clock, self._team_id, users)


def _time_has_come(hours: WorkingHours, day: date, now: datetime) -> datetime | None:
    """Until when somebody's message of a day can go, if it is time for it; None where it is not."""
    span = hours.span(day)
    if span is None:
        return None
    begins, ends = span
    at = begins + min(AFTER_START, (ends - begins) / 2)
    return ends if at <= now < ends else None


def _keep(
    session: Session, plan: DayPlan, until: datetime, now: datetime, care: DrawnCare | None = None
) -> bool:
    """Store the message, its nudges and its letter together; False where the day has one already."""
    message = LeaderMessage(
        person_id=plan.person_id, day=plan.day, week=plan.week, planned_at=now, contents=dump_plan(plan)
    )
    message_id = leading_rows.claim_message(session, message)
    if message_id is None:
        return False
    letter = Letter(
        kind=LEADER_MESSAGE,
        lane=f"person:{plan.person_id}",
        payload={
            "render": LEADER_MESSAGE,
            "person": plan.person_id,
            "message": message_id,
            **({} if care is None else {**as_payload(care.care), PICTURE_MAY_MISS: True}),
        },
        picture=None if care is None else care.picture,
        recipient_id=plan.person_id,
        period=plan.day.isoformat(),
        priority=Priority.NOTICE,
        expires_at=until,
        guard={"name": LEADER_MESSAGE, "person": plan.person_id},
    )
    leading_rows.set_outbox_row(session, message_id, put(session, letter, now=now))
    session.add_all(
        Nudge(
            idea_id=item.idea_id,
            person_id=plan.person_id,
            day=plan.day,
            rung=item.rung,
            clock=item.clock,
        )
        for item in plan.all_items
    )
    session.flush()
    return True
