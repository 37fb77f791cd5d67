"""The letters of a talk: the request to whoever offered, and the answer to whoever asked.

They hold the request's id and nothing else; each is written when it is sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from sqlmodel import Session

from bot.clock import Clock
from bot.courier.desk import Cancel, Defer, Go, Guard, Renderer, Verdict
from bot.courier.letters import Letter, put
from bot.leading import quiet
from bot.leading.gather import Roster
from bot.leading.usual import in_usual_hours, usual_hours
from bot.settings import Settings
from bot.talks import gather, names, words
from bot.talks.rules import REQUEST_LASTS, has_lapsed, is_overdue
from storage import leading_rows, talk_rows
from storage.talks import Offer, Talk
from storage.terms import Op, OutboxState, Priority, TalkState

SETTLED: Final = "the request was answered or taken back"
NOBODY: Final = "nobody can be told anything there any more"
_ENDED: Final = (OutboxState.FAILED, OutboxState.CANCELLED, OutboxState.EXPIRED)


def put_request(session: Session, talk_id: int, person_id: int, now: datetime) -> None:
    """Ask somebody who offered, in their working hours."""
    letter = _letter(names.REQUEST, talk_id, person_id, Priority.NOTICE, until=now + REQUEST_LASTS)
    put(session, letter, now=now)


def refresh_request(session: Session, talk_id: int, now: datetime) -> None:
    """Have the message to whoever is asked say what became of the request.

    One that was not sent yet is cancelled by its guard.
    """
    row = talk_rows.message_of(session, names.REQUEST, talk_id)
    if row is None or row.state in _ENDED:
        return
    letter = Letter(
        kind=names.UPDATE,
        lane=row.lane,
        op=Op.UPDATE,
        payload={"render": names.REQUEST, "talk": talk_id},
        depends_on=row.id,
        coalesce_key=f"talk:{talk_id}",
        priority=Priority.ANSWER,
    )
    put(session, letter, now=now)


def put_answer(session: Session, talk_id: int, person_id: int, now: datetime) -> None:
    """Tell whoever asked what came of it."""
    put(session, _letter(names.ANSWER, talk_id, person_id, Priority.ANSWER), now=now)


def _letter(
    kind: str, talk_id: int, person_id: int, priority: int, *, until: datetime | None = None
) -> Letter:
    """One to somebody about a talk; its renderer and its guard have the name of its kind."""
    return Letter(
        kind=kind,
        lane=f"person:{person_id}",
        payload={"render": kind, "talk": talk_id},
        recipient_id=person_id,
        period=str(talk_id),
        priority=priority,
        expires_at=until,
        guard={"name": kind, "talk": talk_id},
    )


def renderers(team_id: str) -> Mapping[str, Renderer]:
    """What the courier makes when it sends."""

    def request(session: Session, payload: Mapping[str, Any]) -> Mapping[str, Any] | None:
        found = gather.request(session, int(payload["talk"]), team_id)
        return None if found is None else words.request_message(found)

    def answer(session: Session, payload: Mapping[str, Any]) -> Mapping[str, Any] | None:
        found = gather.request(session, int(payload["talk"]), team_id)
        return None if found is None else words.answer_message(found)

    return MappingProxyType({names.REQUEST: request, names.ANSWER: answer})


def guards(
    settings: Settings, clock: Clock, team_id: str, roster: Roster | None = None
) -> Mapping[str, Guard]:
    """A request still waits, and it is within the working hours of whoever is asked.

    That one has lapsed is told within the usual hours of whoever asked: it does so at any time of the day.
    """
    known_staff = roster or Roster(settings, team_id)

    def guard(session: Session, _row: Any, about: Mapping[str, Any]) -> Verdict:
        now = clock.now()
        talk = session.get(Talk, int(about["talk"]))
        if talk is None or talk.state is not TalkState.ASKED or is_overdue(talk.asked_at, now):
            return Cancel(SETTLED)
        person = session.get_one(Offer, talk.offer_id).person_id
        hours = known_staff.of(session, now).hours.get(person)
        hours = hours or usual_hours(session, person, settings, team_id, now)
        if hours is None:
            return Cancel(NOBODY)
        at = hours.next_working_moment(now) or talk.asked_at + REQUEST_LASTS
        if at > now:
            return Defer(at, "their working hours have not begun")
        # Of leaders Slack was asked for their message of the day.
        known = leading_rows.quiet_times(session, [person]).get(person)
        until = None if known is None else quiet.quiet_until(known, now)
        return Go() if until is None else Defer(until, "do-not-disturb is on")

    def answer(session: Session, _row: Any, about: Mapping[str, Any]) -> Verdict:
        talk = session.get(Talk, int(about["talk"]))
        if talk is None or not has_lapsed(talk.state, talk.asked_at, talk.answered_at):
            return Go()
        return in_usual_hours(session, talk.asker_id, settings, team_id, clock.now())

    return MappingProxyType({names.REQUEST: guard, names.ANSWER: answer})
