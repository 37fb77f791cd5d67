"""What is due about ideas, without anybody's press: dates that have come, reminders, silence, the batch."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, time, timedelta
from typing import Final

import structlog
from sqlmodel import Session

from bot.access import NOBODY
from bot.clock import Clock, local_date
from bot.ideas import telling
from bot.ideas.anonymous import batch
from bot.ideas.doing import Doing
from bot.ideas.figures import monthly
from bot.ideas.lifecycle import is_possible
from bot.ideas.record import Change, NotDone, record
from bot.ideas.working import days_present
from bot.settings import Settings
from storage import idea_rows
from storage.engine import Database
from storage.ideas import Idea
from storage.outbox import SiteFact
from storage.terms import IdeaEventKind as Event
from storage.terms import Part

log = structlog.stdlib.get_logger()

# Days after which whoever handed it in is asked once more whether it is in place (I9).
REMIND_AFTER: Final = 7
_AT_ONCE: Final = 200
# Before anybody's day begins, and when nobody reads along.
AGES_AT: Final = time(6)
_AGED: Final = "idea_cards_aged_on"


def tick(database: Database, clock: Clock, settings: Settings, team_id: str) -> int:
    """Do what is due. Several processes may do this at once: each thing is done once. Returns how much."""
    now = clock.now()
    done = batch.release(database, now, settings, team_id)
    done += come_due(database, now, settings, team_id)
    done += batch.tell_news(database, now, settings, team_id)
    done += age_cards(database, now, settings)
    return done + monthly.plan_monthly(database, now, settings)


def age_cards(database: Database, now: datetime, settings: Settings) -> int:
    """Each morning the cards of ideas that wait say for how long, and whether their clock has run out."""
    local = now.astimezone(settings.zone)
    if local.time() < AGES_AT:
        return 0
    day = local.date()
    with database.read() as session:
        told = session.get(SiteFact, _AGED)
        if told is not None and told.value == day.isoformat():
            return 0
        waiting = idea_rows.unanswered(session)
    aged = 0
    for idea_id in waiting:
        try:
            with database.write() as session:
                aged += telling.age_cards(session, idea_id, day, now)
        except Exception as error:
            # The others must not wait for it, nor what else is due.
            log.error("idea_stumbled", idea=idea_id, error=type(error).__name__)
    with database.write() as session:
        session.merge(SiteFact(name=_AGED, value=day.isoformat()))
    return aged


def come_due(database: Database, now: datetime, settings: Settings, team_id: str) -> int:
    """Ideas whose day has come, and those that wait for their sender's word. Returns how many changed."""
    doing = Doing(NOBODY, "", team_id, now, settings)
    with database.read() as session:
        back = idea_rows.waiting_again(session, doing.today, _AT_ONCE)
        waiting = idea_rows.unconfirmed(session, now - timedelta(days=REMIND_AFTER))
        due = [(idea.id, kind) for idea in waiting if (kind := _next_of(session, idea, doing)) is not None]
    done = _each(database, doing, ((idea_id, Event.CAME_BACK) for idea_id in back), _comes_back)
    found = ((idea_id, kind) for idea_id, kind in due if idea_id is not None)
    return done + _each(database, doing, found, _is_due)


def _each(
    database: Database,
    doing: Doing,
    due: Iterable[tuple[int, Event]],
    still: Callable[[Session, Idea, Event, Doing], bool],
) -> int:
    """Let each happen in a transaction of its own, if it is still so under the lock."""
    done = 0
    for idea_id, kind in due:
        try:
            with database.write() as session:
                idea = idea_rows.lock_idea(session, idea_id)
                if idea is None or not is_possible(idea.state, kind) or not still(session, idea, kind, doing):
                    continue
                record(session, doing, idea, Change(kind, Part.ROUNDS, None))
        except NotDone:
            continue
        except Exception as error:
            # The others must not wait for it; it is tried again. Nothing that was typed reaches the log.
            log.error("idea_stumbled", idea=idea_id, error=type(error).__name__)
            continue
        done += 1
    return done


def _comes_back(_session: Session, idea: Idea, _kind: Event, doing: Doing) -> bool:
    return idea.look_again_on is not None and idea.look_again_on <= doing.today


def _is_due(session: Session, idea: Idea, kind: Event, doing: Doing) -> bool:
    return _next_of(session, idea, doing) is kind


def _next_of(session: Session, idea: Idea, doing: Doing) -> Event | None:
    """The reminder, or that it shows as unverified; days on which the sender was away do not count."""
    if idea.implemented_at is None or idea.unverified_at is not None:
        return None
    if idea.reminded_at is None:
        present = _days_since(session, idea, idea.implemented_at, doing)
        return Event.REMINDED if present >= REMIND_AFTER else None
    present = _days_since(session, idea, idea.reminded_at, doing)
    return Event.UNVERIFIED if present >= doing.settings.rounds_confirm_days else None


def _days_since(session: Session, idea: Idea, moment: datetime, doing: Doing) -> int:
    start = local_date(moment, doing.settings.zone)
    away = []
    if idea.submitter_id is not None:
        found = idea_rows.absences_of(session, [idea.submitter_id], start)
        away = [(absence.starts, absence.ends) for absence in found.get(idea.submitter_id, ())]
    return days_present(away, start, doing.today)
