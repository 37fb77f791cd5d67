"""Which letters tell of what happened to an idea, and who gets them.

No letter holds words: each names the idea and the line of its history, and is written when it is sent.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from typing import Any, Final

import structlog
from sqlmodel import Session

from bot.courier.letters import THREAD_OF_DEPENDENCY, Letter, put
from bot.ideas import channels, gather, leading
from bot.ideas.anonymous import hidden
from bot.ideas.doing import Doing
from bot.ideas.lifecycle import DECISIONS
from bot.leading.kept import CHANGES, refresh_leader_messages
from bot.settings import Settings
from storage import idea_rows
from storage.ideas import Idea, IdeaEvent, IdeaMessage
from storage.outbox import OutboxRow
from storage.people import Unit
from storage.terms import IdeaEventKind as Event
from storage.terms import IdeaMessageKind as Message
from storage.terms import Op, OutboxState, Part, Priority

log = structlog.stdlib.get_logger()

# The names of what the courier renders; `bot.ideas.letters` has the renderers.
CARD: Final = "idea_card"
NOTE: Final = "idea_note"
RECEIPT: Final = "idea_receipt"
TO_SUBMITTER: Final = "idea_to_submitter"
TO_LEADER: Final = "idea_to_leader"
TO_APPROVER: Final = "idea_to_approver"
SHARED: Final = "idea_shared"
UPDATE: Final = "idea_update"
# Where a card that was left behind says that its idea is.
TO_UNIT: Final = "unit"
TO_LEADERS: Final = "leaders"

# What the sender hears of; of all but the last two only where somebody else did it.
_SENDER_HEARS: Final = frozenset(
    {
        Event.ACKNOWLEDGED,
        Event.ACCEPTED,
        Event.PLANNED,
        Event.TEST_STARTED,
        Event.TEST_ADOPTED,
        Event.TEST_ADAPTED,
        Event.TEST_ABANDONED,
        Event.PUT_OFF,
        Event.DECLINED,
        Event.CAME_BACK,
        Event.REOPENED,
        Event.MERGED,
        Event.MOVED,
        Event.ASKED,
        Event.NOTED,
        Event.ASSIGNED,
        Event.APPROVAL_ASKED,
        Event.SENT_BACK,
        Event.DETAILS_REMOVED,
        Event.ADOPTED,
        Event.IMPLEMENTED,
        Event.REMINDED,
    }
)
# What they hear as well whose ideas were joined with this one.
_JOINED_HEAR: Final = DECISIONS | {Event.TEST_ADOPTED, Event.TEST_ABANDONED}
_ALWAYS_HEARS: Final = frozenset({Event.IMPLEMENTED, Event.REMINDED})
# What leaves nothing in the thread: the card says it, or it is not worth telling everybody.
_NO_NOTE: Final = frozenset(
    {
        Event.HANDED_IN,
        Event.STARTED,
        Event.REMINDED,
        Event.UNVERIFIED,
        Event.MERGED,
        Event.MOVED,
        Event.WITHDRAWN,
    }
)
# Which earlier lines' messages lose their buttons, or their question, by an event.
_SETTLES: Final[Mapping[Event, Collection[Event]]] = {
    Event.ANSWERED: (Event.ASKED,),
    Event.IMPLEMENTED: (Event.DISPUTED,),
    Event.VERIFIED: (Event.IMPLEMENTED, Event.REMINDED, Event.DISPUTED),
    Event.DISPUTED: (Event.IMPLEMENTED, Event.REMINDED),
    **dict.fromkeys(DECISIONS, (Event.APPROVAL_ASKED, Event.DISPUTED)),
    **dict.fromkeys((Event.APPROVED, Event.SENT_BACK), (Event.APPROVAL_ASKED,)),
    Event.MERGED: (Event.HANDED_IN, Event.APPROVAL_ASKED),
    Event.WITHDRAWN: (Event.HANDED_IN, Event.ASKED, Event.APPROVAL_ASKED),
}


def tell(session: Session, doing: Doing, idea: Idea, event: IdeaEvent) -> None:
    """Put the letters that tell of an event that has just happened to an idea."""
    assert idea.id is not None
    if event.kind is Event.MOVED:
        leave_behind(session, idea.id, TO_UNIT, doing.now)
        put_cards(session, doing.settings, doing.team_id, idea, event.seq, doing.now)
    elif event.kind not in (Event.REMINDED, Event.DETAILS_REMOVED):
        # What was taken out is taken out of every message by itself (`refresh_all`).
        refresh_cards(session, idea.id, doing.now)
    if event.kind in CHANGES:
        refresh_leader_messages(session, idea.id, doing.now)
    if event.kind not in _NO_NOTE:
        put_notes(session, idea, event, doing.now)
    if event.kind in _SENDER_HEARS:
        _tell_sender(session, doing, idea, event)
    _tell_workers(session, doing, idea, event)
    if event.kind in _SETTLES:
        _settle(session, idea.id, _SETTLES[event.kind], doing.now)


# -- cards ----


def put_cards(
    session: Session, settings: Settings, team_id: str, idea: Idea, seq: int, now: datetime
) -> None:
    """Put the idea's card into its unit's channel; where there is none that may have it, to who answers.

    To these as well where nobody leads the unit itself: they do not read its channel.
    """
    assert idea.id is not None
    unit = session.get_one(Unit, idea.unit_id)
    channel = card_channel(session, unit, above=idea.above, now=now)
    if channel is None:
        put_cards_to_leaders(session, settings, team_id, idea, seq, now)
        return
    letter = Letter(
        kind=CARD,
        lane=f"channel:{channel}"[:64],
        payload={"render": CARD, "idea": idea.id},
        conversation=channel,
        guard={"name": channels.GUARD, "channel": channel},
        priority=Priority.ANSWER,
    )
    keep(session, put(session, letter, now=now), idea.id, Message.CARD, seq)
    if not leading.leadership(unit):
        put_cards_to_leaders(session, settings, team_id, idea, seq, now)


def card_channel(session: Session, unit: Unit, *, above: bool, now: datetime) -> str | None:
    """The channel in which an idea's card stands; None where it comes to who answers instead (I22, I26)."""
    channel = "" if above else channels.key_of(unit.channel)
    if not channel or isinstance(channels.channel_problem(session, channel, now), str):
        return None
    return channel


def put_cards_to_leaders(
    session: Session, settings: Settings, team_id: str, idea: Idea, seq: int, now: datetime
) -> None:
    """Put the idea's card into the direct messages of each of those who answer, and have none yet.

    Where none of them can be reached, the administrators hear of it.
    """
    day = now.astimezone(settings.zone).date()
    people = leading.answering_people(session, idea, settings, day)
    if not _put_cards_to(session, team_id, idea, people, seq, now):
        put_cards_to_administrators(session, settings, team_id, idea, seq, now)


def put_cards_to_administrators(
    session: Session, settings: Settings, team_id: str, idea: Idea, seq: int, now: datetime
) -> None:
    """Put the idea's card into the direct messages of those who see to Rounds: who answers is not there."""
    passed_over = leading.own_leaders(session, idea) if idea.above else set()
    day = now.astimezone(settings.zone).date()
    people = [one for one in leading.administrators(session, settings, day) if one not in passed_over]
    if not _put_cards_to(session, team_id, idea, people, seq, now):
        log.warning("idea_reaches_nobody", idea=idea.id, what_to_do="run `rounds doctor`")


def _put_cards_to(
    session: Session, team_id: str, idea: Idea, people: Iterable[int], seq: int, now: datetime
) -> bool:
    """A card for each of these who has an account in use, and no card yet. Returns whether any has one."""
    assert idea.id is not None
    people = list(people)
    accounts = idea_rows.accounts(session, people, team_id)
    found = idea_rows.messages_of(session, idea.id, kinds=[Message.CARD], current=True)
    have = {row.recipient_id for _, row in found}
    for person in people:
        if person in accounts and person not in have:
            # An approver's or a leader's own idea comes to them as well: their pair may answer it.
            letter = _direct(person, CARD, {"render": CARD, "idea": idea.id, "direct": True}, Priority.ANSWER)
            keep(session, put(session, letter, now=now), idea.id, Message.CARD, seq)
    return bool(accounts)


def refresh_cards(session: Session, idea_id: int, now: datetime) -> None:
    """Bring the idea's cards up to date; changes that wait together are one."""
    for _, row in idea_rows.messages_of(session, idea_id, kinds=[Message.CARD], current=True):
        refresh(session, row, idea_id, now, guard=row.guard)


def age_cards(session: Session, idea_id: int, day: date, now: datetime) -> int:
    """Have the cards of an idea that waits say so of this day, once. Returns how many were put."""
    aged = 0
    for _, row in idea_rows.messages_of(session, idea_id, kinds=[Message.CARD], current=True):
        period = f"{day.isoformat()}:{row.id}"
        aged += refresh(session, row, idea_id, now, guard=row.guard, period=period)
    return aged


def leave_behind(session: Session, idea_id: int, where: str, now: datetime) -> None:
    """Turn the idea's cards into stubs that say where it is now: TO_UNIT or TO_LEADERS.

    What the leaders have themselves already stays, where it is with them.
    """
    for message, row in idea_rows.messages_of(session, idea_id, kinds=[Message.CARD], current=True):
        if where == TO_LEADERS and row.recipient_id is not None:
            continue
        message.current = False
        session.add(message)
        session.flush()
        refresh(session, row, idea_id, now, left=where)


def refresh(
    session: Session,
    row: OutboxRow,
    idea_id: int,
    now: datetime,
    *,
    guard: Mapping[str, Any] | None = None,
    period: str | None = None,
    **more: Any,
) -> bool:
    """Bring a message up to date with the idea as it will be when it is sent; with a period, once in it.

    With a guard only where its channel may still have more of it. Without one it goes there in any case, as
    what takes words out must, and what says that the card is elsewhere.
    """
    assert row.id is not None
    if "render" not in row.payload:
        # It was somebody's who has been erased: nothing of it is left to change.
        return False
    # What has to go there in any case never waits as one with what has not.
    way = "card" if guard or "left" in more else "text"
    letter = Letter(
        kind=UPDATE,
        lane=row.lane,
        op=Op.UPDATE,
        payload={**row.payload, **more},
        depends_on=row.id,
        period=period,
        # What is said once a day waits on its own; all other changes that wait are one.
        coalesce_key=None if period else f"idea:{idea_id}:{way}:{row.id}",
        guard=guard,
        priority=Priority.BULK if period else Priority.NOTICE,
    )
    return put(session, letter, now=now) is not None


def put_notes(session: Session, idea: Idea, event: IdeaEvent, now: datetime) -> None:
    """Tell an event in the thread of the idea's card; in leaders' own messages, only what others did."""
    assert idea.id is not None
    for _, card in idea_rows.messages_of(session, idea.id, kinds=[Message.CARD], current=True):
        if "render" not in card.payload:
            continue
        if card.recipient_id is not None and (
            event.part is Part.LEADER or card.recipient_id == event.actor_id
        ):
            continue
        letter = Letter(
            kind=NOTE,
            lane=card.lane,
            payload={"render": NOTE, "idea": idea.id, "seq": event.seq},
            recipient_id=card.recipient_id,
            conversation=card.conversation,
            thread_ts=THREAD_OF_DEPENDENCY,
            depends_on=card.id,
            guard=card.guard,
        )
        keep(session, put(session, letter, now=now), idea.id, Message.THREAD, event.seq)


# -- people ----


def put_receipt(session: Session, doing: Doing, idea: Idea) -> None:
    """The receipt of an idea with a name (I2)."""
    assert idea.id is not None
    if idea.submitter_id is None:
        return
    _put_direct(session, doing, idea, [idea.submitter_id], RECEIPT, 1, kind=Message.RECEIPT)


def put_shared(session: Session, doing: Doing, idea: Idea, seq: int) -> None:
    """Show an idea that is in place to the whole organisation."""
    assert idea.id is not None
    channel = channels.key_of(doing.settings.rounds_organisation_channel)
    letter = Letter(
        kind=SHARED,
        lane=f"channel:{channel}"[:64],
        payload={"render": SHARED, "idea": idea.id},
        conversation=channel,
        guard={"name": channels.GUARD, "channel": channel},
    )
    keep(session, put(session, letter, now=doing.now), idea.id, Message.SHARED, seq)


def refresh_shared(session: Session, idea_id: int, now: datetime) -> None:
    """Bring what the whole organisation sees of an idea up to date."""
    for _, row in idea_rows.messages_of(session, idea_id, kinds=[Message.SHARED]):
        refresh(session, row, idea_id, now, guard=row.guard)


def refresh_all(session: Session, idea_id: int, now: datetime) -> None:
    """Write every message about an idea anew: what was taken out of it goes from them too."""
    for message, row in idea_rows.messages_of(session, idea_id):
        if row.op is not Op.POST or row.payload.get("picture") is not None:
            continue
        if row.state is OutboxState.WAITING and row.attempted_at is None:
            # It is written when it is sent.
            continue
        left = {} if message.current or message.kind is not Message.CARD else _left_of(session, row)
        refresh(session, row, idea_id, now, **left)
    refresh_leader_messages(session, idea_id, now, everything=True)


def keep(session: Session, outbox_id: int | None, idea_id: int, kind: Message, seq: int) -> None:
    """Note which message shows the idea."""
    if outbox_id is None:
        return
    session.add(IdeaMessage(outbox_id=outbox_id, idea_id=idea_id, kind=kind, event_seq=seq))
    session.flush()


def _left_of(session: Session, row: OutboxRow) -> dict[str, Any]:
    """Where a card that was left behind says that its idea is."""
    assert row.id is not None
    for update in idea_rows.updates_of(session, row.id):
        if "left" in update.payload:
            return {"left": update.payload["left"]}
    return {}


def _tell_sender(session: Session, doing: Doing, idea: Idea, event: IdeaEvent) -> None:
    assert idea.id is not None
    # Whoever sent an idea without a name, or one that was joined with it, finds the news on their Home.
    hidden.news(session, idea.id)
    if event.kind in _JOINED_HEAR:
        joined = [
            person for person in idea_rows.merged_submitters(session, idea.id) if person != event.actor_id
        ]
        _put_direct(session, doing, idea, joined, TO_SUBMITTER, event.seq)
    if idea.submitter_id is None:
        return
    if event.actor_id == idea.submitter_id and event.kind not in _ALWAYS_HEARS:
        return
    _put_direct(session, doing, idea, [idea.submitter_id], TO_SUBMITTER, event.seq)


def _tell_workers(session: Session, doing: Doing, idea: Idea, event: IdeaEvent) -> None:
    """Who is to do something about it hears at once: an assignment, a dispute, an approval and its answer."""
    people: list[int | None] = []
    render = TO_LEADER
    match event.kind:
        case Event.ASSIGNED:
            people = [idea.assignee_id]
        case Event.DISPUTED:
            leaders = leading.answering_people(session, idea, doing.settings, doing.today)
            people = [*leaders, idea.owner_id]
        case Event.APPROVAL_ASKED:
            people, render = [], TO_APPROVER
            people += leading.approvers(session, idea, doing.team_id, doing.today)
        case Event.MOVED:
            _ask_approvers_there(session, doing, idea)
            return
        case Event.SENT_BACK:
            people = [event.facts.get("asked_by")]
        case Event.ACCEPTED | Event.PLANNED | Event.TEST_STARTED:
            owner = event.facts.get("owner")
            people = [owner] if owner != idea.submitter_id else []
        case Event.ANSWERED:
            question = idea_rows.event_of(session, event.idea_id, event.facts["asks"])
            # Leaders read it in the thread; an approver does not.
            if question is not None and question.part is Part.APPROVER:
                people = [question.actor_id]
        case _:
            return
    told = [person for person in dict.fromkeys(people) if person is not None and person != event.actor_id]
    _put_direct(session, doing, idea, told, render, event.seq)


def _ask_approvers_there(session: Session, doing: Doing, idea: Idea) -> None:
    """A decision that waits for an approver waits for those of the new unit too: who was not asked, is."""
    assert idea.id is not None
    asked = gather.pending_approval(idea_rows.history(session, idea.id))
    if asked is None:
        return
    sent = idea_rows.messages_of(session, idea.id, kinds=[Message.DIRECT], seqs=[asked.seq])
    have = {row.recipient_id for _, row in sent if row.kind == TO_APPROVER}
    people = leading.approvers(session, idea, doing.team_id, doing.today)
    _put_direct(session, doing, idea, [one for one in people if one not in have], TO_APPROVER, asked.seq)


def _settle(session: Session, idea_id: int, kinds: Collection[Event], now: datetime) -> None:
    seqs = [event.seq for event in idea_rows.history(session, idea_id) if event.kind in kinds]
    if not seqs:
        return
    direct = (Message.DIRECT, Message.RECEIPT)
    for _, row in idea_rows.messages_of(session, idea_id, kinds=direct, seqs=seqs):
        refresh(session, row, idea_id, now)


def _put_direct(
    session: Session,
    doing: Doing,
    idea: Idea,
    people: Iterable[int],
    render: str,
    seq: int,
    *,
    kind: Message = Message.DIRECT,
) -> None:
    """A direct message to each of these people who has an account in use; the others are passed over."""
    assert idea.id is not None
    people = list(people)
    accounts = idea_rows.accounts(session, people, doing.team_id)
    for person in people:
        if person in accounts:
            payload = {"render": render, "idea": idea.id, "seq": seq}
            letter = _direct(person, render, payload, Priority.ANSWER)
            keep(session, put(session, letter, now=doing.now), idea.id, kind, seq)


def _direct(person: int, kind: str, payload: Mapping[str, Any], priority: int) -> Letter:
    return Letter(kind=kind, lane=f"person:{person}", payload=payload, recipient_id=person, priority=priority)
