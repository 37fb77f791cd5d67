"""A leader's message as it is kept: its plan as a row, what became of its ideas since, and its updates."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlmodel import Session, col, select

from bot.courier.letters import Letter, put
from bot.leading.ladder_facts import DayPlan, Item, Why
from bot.leading.names import LEADER_UPDATE
from storage import idea_rows
from storage.ideas import Idea, IdeaEvent
from storage.leading import IdeaSnooze, LeaderMessage, NotMine, Nudge
from storage.outbox import OutboxRow
from storage.people import Unit
from storage.terms import IdeaEventKind as Event
from storage.terms import IdeaState, Op, OutboxState, Part, Rung, Which


class Became(StrEnum):
    """What became of an idea since somebody's message told of it."""

    ANSWERED = "answered"
    APPROVER = "approver"  # decided, and an approver is asked first
    MOVED = "moved"
    MERGED = "merged"
    WITHDRAWN = "withdrawn"
    SNOOZED = "snoozed"
    NOT_MINE = "not mine"


@dataclass(frozen=True, slots=True)
class Mark:
    """What became of one idea of a message: by whom, or with which unit it is now (`who`, as typed).

    `days`: for how many working days it was snoozed; `last`: it cannot be snoozed again.
    """

    became: Became
    who: str = ""
    days: int = 0
    last: bool = False


# By which line of history an idea leaves a message, and what is said of it then.
_BY: Final[Mapping[Event, Became]] = {
    Event.ACKNOWLEDGED: Became.ANSWERED,
    Event.ACCEPTED: Became.ANSWERED,
    Event.PLANNED: Became.ANSWERED,
    Event.TEST_STARTED: Became.ANSWERED,
    Event.PUT_OFF: Became.ANSWERED,
    Event.DECLINED: Became.ANSWERED,
    Event.STARTED: Became.ANSWERED,
    Event.NOTED: Became.ANSWERED,
    Event.APPROVAL_ASKED: Became.APPROVER,
    Event.MERGED: Became.MERGED,
    Event.WITHDRAWN: Became.WITHDRAWN,
}
# What a leader's message shows in another way.
CHANGES: Final = frozenset(_BY) | {Event.MOVED, Event.REOPENED, Event.CAME_BACK, Event.SENT_BACK}


# -- the plan as a row ----


def dump_plan(plan: DayPlan) -> dict[str, Any]:
    """A plan's items for the column `contents` of its row; the rest stands in columns of their own."""
    return {
        "items": [_dumped(item) for item in plan.items],
        "summary": [_dumped(item) for item in plan.summary],
        **({"weak": [rung.value for rung in plan.weak]} if plan.weak else {}),
    }


def load_plan(message: LeaderMessage) -> DayPlan:
    """The plan that a row was made from."""
    return DayPlan(
        message.person_id,
        message.day,
        message.week,
        tuple(_loaded(item) for item in message.contents.get("items", ())),
        tuple(_loaded(item) for item in message.contents.get("summary", ())),
        tuple(Rung(rung) for rung in message.contents.get("weak", ())),
    )


def _dumped(item: Item) -> dict[str, Any]:
    return {
        "idea": item.idea_id,
        "unit": item.unit_id,
        "clock": item.clock.value,
        "rung": item.rung.value,
        "days": item.days,
        "supporters": item.supporters,
        "why": item.why.value,
        "with": list(item.with_people),
        "may_snooze": item.may_snooze,
    }


def _loaded(kept: Mapping[str, Any]) -> Item:
    return Item(
        idea_id=kept["idea"],
        unit_id=kept["unit"],
        clock=Which(kept["clock"]),
        rung=Rung(kept["rung"]),
        days=kept["days"],
        supporters=kept["supporters"],
        why=Why(kept["why"]),
        with_people=tuple(kept["with"]),
        may_snooze=kept["may_snooze"],
    )


# -- what became of its ideas ----


def marks_of(session: Session, message: LeaderMessage, plan: DayPlan) -> dict[int, Mark]:
    """What became of the ideas of a message since it was planned; those that still wait are left out."""
    found: dict[int, Mark] = {}
    for item in plan.all_items:
        idea = session.get(Idea, item.idea_id)
        if idea is None:
            continue
        mark = _answered(session, message, item, idea) or _put_aside(session, message, item)
        if mark is not None:
            found[item.idea_id] = mark
    return found


def _answered(session: Session, message: LeaderMessage, item: Item, idea: Idea) -> Mark | None:
    since = [
        event
        for event in idea_rows.history(session, item.idea_id)
        if event.at >= message.planned_at and _ends(event)
    ]
    if since:
        last = since[-1]
        return Mark(_BY[last.kind], _who(session, last))
    if idea.answering_unit_id != item.unit_id:
        unit = session.get(Unit, idea.answering_unit_id)
        return Mark(Became.MOVED, "" if unit is None else unit.name)
    waits = idea.first_words_at is None and idea.state is IdeaState.NEW
    if item.clock is Which.DECISION:
        waits = idea.state is IdeaState.ACKNOWLEDGED
    return None if waits else Mark(Became.ANSWERED)


def _ends(event: IdeaEvent) -> bool:
    # Whoever looks after it can note something too: that is no word of a leader's.
    return event.kind in _BY and (event.kind is not Event.NOTED or event.part is Part.LEADER)


def _who(session: Session, event: IdeaEvent) -> str:
    """Who did it; nobody where whoever handed it in did, who may not be named."""
    if event.actor_id is None or event.kind in (Event.WITHDRAWN, Event.STARTED):
        return ""
    person = idea_rows.people(session, [event.actor_id]).get(event.actor_id)
    return "" if person is None or person.erased_at is not None else person.name


def _put_aside(session: Session, message: LeaderMessage, item: Item) -> Mark | None:
    handed_on = session.get(NotMine, (item.idea_id, message.person_id))
    if handed_on is not None and handed_on.at >= message.planned_at:
        return Mark(Became.NOT_MINE)
    snoozes = snoozes_of(session, item.idea_id)
    own = [one for one in snoozes if one.person_id == message.person_id and one.day >= message.day]
    if not own:
        return None
    return Mark(Became.SNOOZED, days=own[-1].days, last=own[-1] is not snoozes[0])


def snoozes_of(session: Session, idea_id: int) -> list[IdeaSnooze]:
    """All snoozes of an idea, oldest first."""
    query = select(IdeaSnooze).where(IdeaSnooze.idea_id == idea_id).order_by(col(IdeaSnooze.id))
    return list(session.exec(query))


# -- its updates ----


def refresh_leader_messages(
    session: Session,
    idea_id: int,
    now: datetime,
    *,
    person_id: int | None = None,
    everything: bool = False,
) -> int:
    """Have each leader's latest message that told of an idea show what became of it. Returns how many.

    `person_id`: only theirs; `everything`: the earlier ones as well, where words were taken out. What still
    waits to be sent is written when it is sent.
    """
    query = (
        select(LeaderMessage, OutboxRow)
        .join(
            Nudge,
            (col(Nudge.person_id) == col(LeaderMessage.person_id)) & (col(Nudge.day) == LeaderMessage.day),
        )
        .join(OutboxRow, col(OutboxRow.id) == col(LeaderMessage.outbox_id))
        .where(Nudge.idea_id == idea_id, OutboxRow.state == OutboxState.SENT)
        .order_by(col(LeaderMessage.day))
    )
    if person_id is not None:
        query = query.where(LeaderMessage.person_id == person_id)
    found = [(message, row) for message, row in session.exec(query) if "render" in row.payload]
    if not everything:
        found = list({message.person_id: (message, row) for message, row in found}.values())
    for message, row in found:
        put(session, _update_of(message, row), now=now)
    return len(found)


def refresh_weeks(session: Session, people: Collection[int], today: date, now: datetime) -> int:
    """Have this week's messages that these people have show what changed at their top. Returns how many."""
    query = (
        select(LeaderMessage, OutboxRow)
        .join(OutboxRow, col(OutboxRow.id) == col(LeaderMessage.outbox_id))
        .where(
            col(LeaderMessage.person_id).in_(sorted(people)),
            col(LeaderMessage.week),
            LeaderMessage.day >= today - timedelta(days=today.weekday()),
            OutboxRow.state == OutboxState.SENT,
        )
        .order_by(col(LeaderMessage.id))
    )
    found = session.exec(query).all()
    for message, row in found:
        put(session, _update_of(message, row), now=now)
    return len(found)


def _update_of(message: LeaderMessage, row: OutboxRow) -> Letter:
    return Letter(
        kind=LEADER_UPDATE,
        lane=row.lane,
        op=Op.UPDATE,
        payload=row.payload,
        depends_on=row.id,
        coalesce_key=f"leader:{message.id}",
    )
