"""The usual hours of somebody who may lead nothing: what need not come at night waits for them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final

from sqlmodel import Session

from bot.clock import local_date
from bot.courier.desk import Defer, Go
from bot.digests.due import zone_or
from bot.ideas.working import WorkingDays
from bot.leading.hours import WorkingHours
from bot.settings import Settings
from storage import idea_rows, leading_rows

_A_DAY: Final = timedelta(days=1)


def usual_hours(
    session: Session, person: int, settings: Settings, team_id: str, now: datetime
) -> WorkingHours | None:
    """The site's holidays, and from 8 to 18 in their own zone; None for whoever cannot be written to."""
    reader = leading_rows.readers(session, [person], team_id).get(person)
    if reader is None:
        return None
    since: date = local_date(now, settings.zone) - _A_DAY
    away = idea_rows.absences_of(session, [person], since).get(person, ())
    spans = tuple((one.starts, one.ends) for one in away)
    return WorkingHours(WorkingDays(zone_or(reader.zone, settings.zone), settings.rounds_holidays, spans))


def in_usual_hours(
    session: Session, person: int, settings: Settings, team_id: str, now: datetime
) -> Defer | Go:
    """A guard's answer for what is no hurry: now, or when their usual hours next begin.

    Where neither is known it goes: whether they can be written to at all is asked elsewhere.
    """
    hours = usual_hours(session, person, settings, team_id, now)
    at = None if hours is None else hours.next_working_moment(now)
    return Go() if at is None or at <= now else Defer(at, "their usual hours have not begun")
