"""How a leader's message is written when it is sent, when it must not be, and what is noted once it was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Final

from sqlmodel import Session

from bot.clock import Clock
from bot.courier.desk import Cancel, Defer, Go, Guard, Renderer, Verdict
from bot.ideas import gather as idea_gather
from bot.ideas import leading
from bot.leading import gather, quiet
from bot.leading.care.words import Care
from bot.leading.care.words import from_payload as care_from_payload
from bot.leading.gather import Staff
from bot.leading.hours import WorkingHours
from bot.leading.kept import dump_plan, load_plan, marks_of
from bot.leading.ladder import still_to_send
from bot.leading.ladder_facts import DayPlan
from bot.leading.names import LEADER_MESSAGE
from bot.leading.weak import figures_of
from bot.leading.week import week_facts
from bot.leading.words import leader_message
from bot.settings import Settings
from storage import idea_rows, leading_rows, nudge_rows
from storage.leading import LeaderMessage
from storage.outbox import OutboxRow
from storage.terms import OutboxState

NOTHING_LEFT: Final = "nothing is left to say"
OVER: Final = "their working day is over"
# The ticker asks Slack of everybody to whom something is to go.
_ASKED: Final = "leader_message_left"
_ASK_AGAIN: Final = timedelta(seconds=30)


def guards(
    settings: Settings, clock: Clock, team_id: str, roster: gather.Roster | None = None
) -> Mapping[str, Guard]:
    """What is asked again just before posting: their hours, their do-not-disturb, and what still waits."""

    known_staff = roster or gather.Roster(settings, team_id)

    def guard(session: Session, row: OutboxRow, about: Mapping[str, Any]) -> Verdict:
        now, person = clock.now(), int(about["person"])
        message = session.get_one(LeaderMessage, int(row.payload["message"]))
        team = known_staff.of(session, now)
        if (stop := _not_now(team.hours.get(person), message, now)) is not None:
            return stop
        known = leading_rows.quiet_times(session, [person]).get(person)
        if known is None or not quiet.is_fresh(known, now):
            return Defer(now + _ASK_AGAIN, "Slack was not asked lately for their do-not-disturb")
        until = quiet.quiet_until(known, now)
        if until is not None:
            return Defer(until, "do-not-disturb is on")
        left = _left(session, message, team, settings, team_id, now)
        return Go() if left is not None else Cancel(NOTHING_LEFT)

    return MappingProxyType({LEADER_MESSAGE: guard})


def renderers(
    settings: Settings, clock: Clock, team_id: str, roster: gather.Roster | None = None
) -> Mapping[str, Renderer]:
    """A leader's message, from the database when it is sent; and once more, with what became of its ideas."""

    known_staff = roster or gather.Roster(settings, team_id)

    def render(session: Session, payload: Mapping[str, Any]) -> Mapping[str, Any] | None:
        now = clock.now()
        message = session.get(LeaderMessage, int(payload["message"]))
        if message is None:
            return None
        if message.sent_at is None:
            left = _left(session, message, known_staff.of(session, now), settings, team_id, now)
            if left is None:
                return None
            # What was left out of it was not told: neither an update nor a figure counts it.
            message.contents = dump_plan(left)
            session.add(message)
        return _written(session, message, settings, team_id, now, care_from_payload(payload))

    return MappingProxyType({LEADER_MESSAGE: render})


def finished(session: Session, row: OutboxRow) -> None:
    """In the transaction that closes a row: when a leader's message was sent, and the nudges in it."""
    if row.kind != LEADER_MESSAGE or row.state is not OutboxState.SENT or row.id is None:
        return
    message = leading_rows.message_of_row(session, row.id)
    if message is None or row.finished_at is None:
        return
    message.sent_at = row.finished_at
    session.add(message)
    ideas = [item.idea_id for item in load_plan(message).all_items]
    nudge_rows.note_sent(session, message.person_id, message.day, ideas, row.finished_at)


def _not_now(hours: WorkingHours | None, message: LeaderMessage, now: datetime) -> Cancel | Defer | None:
    """Why a message must not go at this time, whatever it says."""
    if hours is None:
        return Cancel("nobody can be told anything there any more")
    span = hours.span(message.day)
    if span is None:
        return Cancel("they do not work on this day any more")
    if now >= span[1]:
        return Cancel(OVER)
    return Defer(span[0], "their working hours have not begun") if now < span[0] else None


def _left(
    session: Session, message: LeaderMessage, team: Staff, settings: Settings, team_id: str, now: datetime
) -> DayPlan | None:
    """What of a message still holds now; the guard and the renderer ask in the same transaction."""
    asked = (message.id, now)
    found: tuple[object, DayPlan | None] | None = session.info.get(_ASKED)
    if found is not None and found[0] == asked:
        return found[1]
    plan = load_plan(message)
    ideas = [item.idea_id for item in plan.all_items]
    facts = gather.facts(session, settings, team_id, now, only=ideas, person_id=message.person_id, team=team)
    left = still_to_send(plan, facts, now)
    session.info[_ASKED] = asked, left
    return left


def _written(
    session: Session,
    message: LeaderMessage,
    settings: Settings,
    team_id: str,
    now: datetime,
    care: Care | None = None,
) -> Mapping[str, Any]:
    """The message as of now; `care` is what its own picture shows, however often it is written anew."""
    plan = load_plan(message)
    week = week_facts(session, message.person_id, message.day, now, settings, team_id) if plan.week else None
    found = {
        item.idea_id: idea_gather.idea_facts(session, item.idea_id, settings, now, team_id)
        for item in plan.all_items
    }
    others = idea_rows.people(session, {one for item in plan.all_items for one in item.with_people})
    return leader_message(
        plan,
        {idea_id: facts for idea_id, facts in found.items() if facts is not None},
        {person_id: leading.name_of(person) for person_id, person in others.items()},
        week=None if week is None else replace(week, care=care),
        marks=marks_of(session, message, plan) if message.sent_at is not None else None,
        weak=figures_of(session, plan.weak),
    )
