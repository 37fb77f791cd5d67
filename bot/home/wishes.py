"""What a person wishes of their digest, saved; and when the next one comes of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session

from bot.access import Actor, may_change_digest
from bot.clock import local_date
from bot.digests.due import instant, next_due
from bot.digests.plan import set_next_due, wanted_time
from bot.digests.weeks import IsoWeek
from bot.home.facts import DigestSettings
from bot.settings import Settings
from storage.digest_queries import SETTLED, add_preference, away_on, digest_of
from storage.people import DigestPreference
from storage.terms import Frequency, Weekday

# An absence after an absence after an absence: more than a year ahead is not worth telling.
_FURTHEST = 60


@dataclass(frozen=True, slots=True)
class Wishes:
    """Everything that the settings form says."""

    weekday: Weekday
    at: time
    frequency: Frequency
    paused_until: date | None = None
    stopped: bool = False


def save_wishes(
    session: Session, actor: Actor, wishes: Wishes, *, now: datetime, zone: ZoneInfo, settings: Settings
) -> bool:
    """Keep a person's wishes for their own digest, in the caller's transaction. False: nothing of theirs."""
    preference = _own_preference(session, actor)
    if preference is None:
        return False
    preference.weekday, preference.at = wishes.weekday, wishes.at
    preference.frequency = wishes.frequency
    preference.paused_until = wishes.paused_until
    preference.opted_out_at = (preference.opted_out_at or now) if wishes.stopped else None
    # One that is due already is planned within seconds, and gets its next time then.
    if preference.next_due is None or preference.next_due > now:
        set_next_due(preference, now, zone, settings)
    session.add(preference)
    return True


def resume_digest(session: Session, actor: Actor) -> bool:
    """End a person's pause and stop. False: nothing of theirs."""
    preference = _own_preference(session, actor)
    if preference is None:
        return False
    preference.paused_until, preference.opted_out_at = None, None
    session.add(preference)
    return True


def stop_digest(session: Session, actor: Actor, now: datetime) -> bool:
    """End a person's digest until they resume it. False: nothing of theirs."""
    preference = _own_preference(session, actor)
    if preference is None:
        return False
    preference.opted_out_at = preference.opted_out_at or now
    session.add(preference)
    return True


def settings_of(
    session: Session,
    person_id: int,
    preference: DigestPreference | None,
    *,
    now: datetime,
    zone: ZoneInfo,
    settings: Settings,
) -> DigestSettings:
    """A person's settings as they are, with the site's own where they chose none."""
    preference = preference or DigestPreference(person_id=person_id)
    weekday, at = wanted_time(preference, settings)
    stopped = preference.opted_out_at is not None
    paused = preference.paused_until
    if paused is not None and paused <= local_date(now, zone):
        paused = None
    return DigestSettings(
        weekday=weekday,
        at=at,
        frequency=preference.frequency,
        zone=zone,
        paused_until=paused,
        stopped=stopped,
        next_at=None if stopped else _next_at(session, preference, (weekday, at), paused, now, zone),
    )


def _next_at(
    session: Session,
    preference: DigestPreference,
    wanted: tuple[Weekday, time],
    paused: date | None,
    now: datetime,
    zone: ZoneInfo,
) -> datetime:
    """The first moment at which a digest may come: after a pause, not while away, once a week."""
    due = preference.next_due or next_due(now, *wanted, zone)
    if paused is not None:
        start = instant(paused, time(0), zone) - timedelta(seconds=1)
        due = max(due, next_due(start, *wanted, zone)) if due <= start else due
    for _ in range(_FURTHEST):
        day = local_date(due, zone)
        told = digest_of(session, preference.person_id, str(IsoWeek.before(day)))
        if (told is None or told.state not in SETTLED) and not away_on(session, [preference.person_id], day):
            break
        due = next_due(due, *wanted, zone)
    return due


def _own_preference(session: Session, actor: Actor) -> DigestPreference | None:
    if actor.person_id is None or not may_change_digest(actor, actor.person_id):
        return None
    add_preference(session, actor.person_id)
    return session.get_one(DigestPreference, actor.person_id)
