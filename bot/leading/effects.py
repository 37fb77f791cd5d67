"""Which nudges work (N13): whether leaders answered, and within 24 working hours; what each rung does."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from sqlmodel import Session

from bot.clock import local_date
from bot.ideas.lifecycle import DECISIONS, RESPONSES
from bot.leading import gather
from bot.leading.hours import WorkingHours
from bot.leading.ladder import WORKED_WITHIN, worked
from bot.leading.weak import announce_weak
from bot.settings import Settings
from storage import nudge_rows
from storage.engine import Database
from storage.nudge_rows import SentNudge
from storage.terms import IdeaEventKind as Event
from storage.terms import Which

# 24 working hours are never over earlier than a day after.
_SOONEST: Final = timedelta(hours=24)
# What of the leadership's doing answers a nudge: what ends the clock that it was about.
_ENDS: Final = frozenset({Event.APPROVAL_ASKED, Event.MERGED, Event.MOVED})
ANSWERS: Final[Mapping[Which, frozenset[Event]]] = {
    Which.FIRST: RESPONSES | _ENDS,
    Which.DECISION: DECISIONS | _ENDS,
}


def follow_up(database: Database, settings: Settings, team_id: str, now: datetime) -> int:
    """Note which nudges were answered and which worked. Returns how many changed. Again is harmless."""
    with database.read() as session:
        answered = nudge_rows.answered_nudges(session, ANSWERS)
    if answered:
        with database.write() as session:
            nudge_rows.set_answered(session, answered)
    with database.read() as session:
        unjudged = nudge_rows.unjudged_nudges(session, now - _SOONEST)
        verdicts = _judge(session, settings, team_id, unjudged, now)
    if verdicts:
        with database.write() as session:
            nudge_rows.set_worked(session, verdicts)
            announce_weak(session, local_date(now, settings.zone))
    return len(answered) + len(verdicts)


def _judge(
    session: Session, settings: Settings, team_id: str, nudges: list[SentNudge], now: datetime
) -> dict[int, bool]:
    """Of each nudge of which it is known by now: whether it was answered within 24 working hours."""
    if not nudges:
        return {}
    hours = gather.staff(session, settings, team_id, now).hours
    found = {nudge.id: _verdict(hours.get(nudge.person_id), nudge, now) for nudge in nudges}
    return {nudge_id: verdict for nudge_id, verdict in found.items() if verdict is not None}


def _verdict(hours: WorkingHours | None, nudge: SentNudge, now: datetime) -> bool | None:
    if hours is None:
        # They lead nothing any more: by the clock on the wall.
        until = nudge.answered_at or now
        in_time = until - nudge.sent_at <= WORKED_WITHIN
        return in_time if nudge.answered_at is not None or not in_time else None
    if nudge.answered_at is not None:
        return worked(hours, nudge.sent_at, nudge.answered_at)
    return None if worked(hours, nudge.sent_at, now) else False
