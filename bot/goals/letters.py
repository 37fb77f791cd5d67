"""How messages about goals are written when they are sent, when they must not be, and what is noted then."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Final

from sqlmodel import Session, col, select

from bot.clock import Clock, local_date
from bot.courier.desk import Cancel, Go, Guard, Renderer, Verdict
from bot.courier.letters import Letter, put
from bot.goals import names
from bot.goals.gather import Standings, ask_facts, goal_facts
from bot.goals.words import ask_message, outcome_message
from bot.leading.names import LEADER_UPDATE
from bot.leading.usual import in_usual_hours
from bot.settings import Settings
from storage import goal_rows
from storage.digest_queries import away_on
from storage.goals import Goal
from storage.leading import LeaderMessage
from storage.outbox import OutboxRow
from storage.terms import GoalState, Op, OutboxState, Priority

OVER: Final = "the vote is over"
VOTED: Final = "they have voted"
NOT_A_MEMBER: Final = "they are not asked any more"
LEADS: Final = "they lead a unit: it stands in their week"
AWAY: Final = "they are away"
_OUTCOME_LIFE: Final = timedelta(days=14)
# A week's message is changed for as long as it is the latest one.
_LATEST: Final = timedelta(days=8)


def put_ask(session: Session, goal: Goal, person_id: int, until: datetime, now: datetime) -> bool:
    """Ask one of the peers. False where that was done before."""
    assert goal.id is not None
    letter = Letter(
        kind=names.ASK,
        lane=f"person:{person_id}",
        recipient_id=person_id,
        payload={"render": names.ASK, "goal": goal.id, "person": person_id},
        period=str(goal.id),
        priority=Priority.BULK,
        expires_at=until,
        guard={"name": names.ASK, "goal": goal.id, "person": person_id},
    )
    return put(session, letter, now=now) is not None


def refresh_ask(session: Session, row: OutboxRow, now: datetime, *, priority: int = Priority.ANSWER) -> None:
    """Have a question that was sent show how it stands now."""
    if row.state is not OutboxState.SENT:
        return
    letter = Letter(
        kind=names.ASK_UPDATE,
        lane=row.lane,
        op=Op.UPDATE,
        payload=row.payload,
        depends_on=row.id,
        coalesce_key=f"{names.ASK}:{row.id}",
        priority=priority,
    )
    put(session, letter, now=now)


def put_outcome(session: Session, goal: Goal, now: datetime) -> None:
    """Tell the proposer what came of it; whoever leads a unit reads it in their week and on their Home."""
    person_id = goal.proposed_by
    if person_id is None or person_id in goal_rows.leaders_and_stand_ins(session, now.date()):
        return
    letter = Letter(
        kind=names.OUTCOME,
        lane=f"person:{person_id}",
        recipient_id=person_id,
        payload={"render": names.OUTCOME, "goal": goal.id, "person": person_id, "state": goal.state.value},
        period=f"{goal.id}:{goal.state.value}",
        expires_at=now + _OUTCOME_LIFE,
        # A vote ends with its last day, at midnight.
        guard={"name": names.OUTCOME, "person": person_id},
    )
    put(session, letter, now=now)


def refresh_weeks(session: Session, people: Iterable[int], now: datetime) -> None:
    """Have the latest weeks of these leaders show what became of goals; others stay as they are."""
    query = (
        select(LeaderMessage, OutboxRow)
        .join(OutboxRow, col(OutboxRow.id) == col(LeaderMessage.outbox_id))
        .where(
            col(LeaderMessage.person_id).in_(sorted(set(people))),
            col(LeaderMessage.week).is_(True),
            col(LeaderMessage.planned_at) > now - _LATEST,
            OutboxRow.state == OutboxState.SENT,
        )
        .order_by(col(LeaderMessage.day))
    )
    latest = {message.person_id: (message, row) for message, row in session.exec(query)}
    for message, row in latest.values():
        letter = Letter(
            kind=LEADER_UPDATE,
            lane=row.lane,
            op=Op.UPDATE,
            payload=row.payload,
            depends_on=row.id,
            coalesce_key=f"leader:{message.id}",
        )
        put(session, letter, now=now)


def guards(settings: Settings, clock: Clock, team_id: str) -> Mapping[str, Guard]:
    """What is asked again just before a question goes out, and when an outcome may be told.

    Whose the account is, the courier asks.
    """

    def ask(session: Session, _row: OutboxRow, about: Mapping[str, Any]) -> Verdict:
        goal_id, person_id = int(about["goal"]), int(about["person"])
        goal, vote = session.get(Goal, goal_id), goal_rows.vote_of(session, goal_id, person_id)
        today = local_date(clock.now(), settings.zone)
        if goal is None or goal.state is not GoalState.PROPOSED or today > goal.votes_until:
            return Cancel(OVER)
        if vote is None or person_id not in goal_rows.members_of(session, goal.peer_group_id, today):
            return Cancel(NOT_A_MEMBER)
        if vote.vote is not None:
            return Cancel(VOTED)
        if person_id in goal_rows.leaders_and_stand_ins(session, today):
            return Cancel(LEADS)
        return Cancel(AWAY) if away_on(session, [person_id], today) else Go()

    def outcome(session: Session, _row: OutboxRow, about: Mapping[str, Any]) -> Verdict:
        return in_usual_hours(session, int(about["person"]), settings, team_id, clock.now())

    return MappingProxyType({names.ASK: ask, names.OUTCOME: outcome})


def renderers(settings: Settings, clock: Clock, standings: Standings) -> Mapping[str, Renderer]:
    """The question, and what came of it, from the database when it is sent."""

    def ask(session: Session, payload: Mapping[str, Any]) -> Mapping[str, Any] | None:
        goal_id, person_id = int(payload["goal"]), int(payload["person"])
        facts = ask_facts(session, goal_id, person_id, clock.now(), settings, standings)
        return None if facts is None else ask_message(facts)

    def outcome(session: Session, payload: Mapping[str, Any]) -> Mapping[str, Any] | None:
        row = goal_rows.goal_row(session, int(payload["goal"]))
        if row is None or row.goal.state.value != payload["state"]:
            # It has gone on: that is told in a message of its own.
            return None
        today, person_id = local_date(clock.now(), settings.zone), int(payload["person"])
        found = goal_facts(session, [row], settings, person_id=person_id, leads=(), today=today)
        return outcome_message(found[0]) if found else None

    return MappingProxyType({names.ASK: ask, names.OUTCOME: outcome})


def finished(session: Session, row: OutboxRow) -> None:
    """In the transaction that closes a row: the question has reached somebody."""
    if row.kind == names.ASK and row.state is OutboxState.SENT and row.recipient_id is not None:
        assert row.finished_at is not None
        goal_rows.note_asked(session, int(row.payload["goal"]), [row.recipient_id], row.finished_at)
