"""What leaders answer, and what an approver says to it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

from sqlmodel import Session

from bot.ideas import gather, leading
from bot.ideas.decisions import Decision
from bot.ideas.doing import Doing, Done
from bot.ideas.lifecycle import DECISIONS, is_possible
from bot.ideas.permits import as_leader, as_worker, chosen_person, future, person_of, typed
from bot.ideas.record import Change, NotDone, act, check_version, idea_for, record, too_late
from storage import idea_rows
from storage.ideas import Idea, IdeaEvent
from storage.terms import IdeaEventKind as Event
from storage.terms import Part

NO_WORDS: Final[Mapping[Event, str]] = {
    Event.ACCEPTED: "Please say a sentence to whoever had the idea. Nothing was saved.",
    Event.PLANNED: "Please say a sentence to whoever had the idea. Nothing was saved.",
    Event.TEST_STARTED: "Please say what will be tested. Nothing was saved.",
    Event.PUT_OFF: "Please give the reason why not now. Nothing was saved.",
    Event.DECLINED: "Please give the reason. Nothing was saved.",
}
NO_DAY: Final = "Please choose a day. Nothing was saved."
NO_PREDICTION: Final = "Please say what you expect the test to show. Nothing was saved."
NO_APPROVER: Final = (
    "This touches a medicine, a device or a clinical pathway, so it needs an approver, and none is known for "
    "this unit yet. Please ask whoever looks after Rounds to name one in roles.csv (role: approver). Nothing "
    "was saved."
)
NOT_APPROVER: Final = "Only an approver of this unit can do that. Nothing was saved; thank you for looking."
ANSWERED_SINCE: Final = "This is no longer waiting for an approver. Nothing was saved."
GONE: Final = "Whoever handed it in has no Slack account any more, so an answer may not come."
# What goes ahead, and so must be approved where it touches care.
_GOING_AHEAD: Final = frozenset({Event.ACCEPTED, Event.PLANNED, Event.TEST_STARTED})


@act
def acknowledge(session: Session, doing: Doing, idea_id: int, words: str, version: int = 0) -> Done:
    """A leader's first words: the first clock stops."""
    idea = idea_for(session, doing, idea_id)
    leader = as_leader(session, doing, idea)
    check_version(session, doing, idea, version)
    words = typed(session, words, "Please write a sentence; it is enough. Nothing was saved.")
    record(session, doing, idea, Change(Event.ACKNOWLEDGED, Part.LEADER, leader, words))
    return Done(idea_id=idea.id)


@act
def decide(session: Session, doing: Doing, idea_id: int, decision: Decision) -> Done:
    """A leader decides. What touches care waits for an approver first, in the leader's words (I7)."""
    if decision.kind not in DECISIONS:
        raise ValueError(f"{decision.kind} is no decision")
    idea = idea_for(session, doing, idea_id)
    leader = as_leader(session, doing, idea)
    check_version(session, doing, idea, decision.version)
    if not is_possible(idea.state, decision.kind):
        raise NotDone(too_late(session, doing, idea, decision.kind))
    change = _checked(session, doing, decision, leader)
    if decision.kind not in _GOING_AHEAD:
        record(session, doing, idea, change)
        return Done(idea_id=idea.id)
    care = _touches_care(session, idea, decision)
    if care and not leading.approves(doing.actor, idea):
        return _ask_approver(session, doing, idea, change)
    record(session, doing, idea, _with(change, needs_approval=care))
    return Done(idea_id=idea.id)


@act
def approve(session: Session, doing: Doing, idea_id: int, seq: int, words: str = "") -> Done:
    """An approver says yes: what the leader decided in line `seq` holds, in the leader's name."""
    idea = idea_for(session, doing, idea_id)
    asked, approver = _asked(session, doing, idea, seq)
    words = typed(session, words, None)
    decided = Event(asked.facts["kind"])
    if not is_possible(idea.state, decided):
        raise NotDone(too_late(session, doing, idea, decided))
    record(session, doing, idea, Change(Event.APPROVED, Part.APPROVER, approver, words, facts={"asks": seq}))
    on, owner = asked.facts.get("on"), asked.facts.get("owner")
    change = Change(
        decided,
        Part.LEADER,
        asked.actor_id,
        asked.words,
        asked.more,
        on=date.fromisoformat(on) if on else None,
        facts={"approved_by": approver, **({"owner": owner} if owner else {})},
        fields={"owner_id": owner} if owner else {},
    )
    record(session, doing, idea, change)
    return Done(idea_id=idea.id)


@act
def send_back(session: Session, doing: Doing, idea_id: int, seq: int, words: str) -> Done:
    """An approver says what is needed first; the leaders have it again."""
    idea = idea_for(session, doing, idea_id)
    asked, approver = _asked(session, doing, idea, seq)
    words = typed(session, words, "Please say what is needed first. Nothing was saved.")
    facts = {"asks": seq, "asked_by": asked.actor_id}
    record(session, doing, idea, Change(Event.SENT_BACK, Part.APPROVER, approver, words, facts=facts))
    return Done(idea_id=idea.id)


@act
def ask(session: Session, doing: Doing, idea_id: int, words: str) -> Done:
    """A question to whoever handed it in; no clock stops by it."""
    idea = idea_for(session, doing, idea_id)
    if gather.waits_for(session, doing, idea):
        person, part = person_of(doing), Part.APPROVER
    else:
        person, part = as_worker(session, doing, idea)
    words = typed(session, words, "Please write your question. Nothing was saved.")
    record(session, doing, idea, Change(Event.ASKED, part, person, words))
    sender = idea.submitter_id
    gone = sender is not None and sender not in idea_rows.accounts(session, [sender], doing.team_id)
    return Done(idea_id=idea.id, note=GONE if gone else "")


@act
def reopen(session: Session, doing: Doing, idea_id: int, words: str) -> Done:
    """A leader takes up again what was put off, not taken up or tried."""
    idea = idea_for(session, doing, idea_id)
    leader = as_leader(session, doing, idea)
    words = typed(session, words, "Please say why you open it again. Nothing was saved.")
    record(session, doing, idea, Change(Event.REOPENED, Part.LEADER, leader, words))
    return Done(idea_id=idea.id)


def _checked(session: Session, doing: Doing, decision: Decision, leader: int) -> Change:
    """The decision as a line of history, if all that it needs is there. Raises NotDone."""
    kind, on = decision.kind, decision.on
    words = typed(session, decision.words, NO_WORDS[kind])
    more = typed(session, decision.more, NO_PREDICTION if kind is Event.TEST_STARTED else None)
    if kind is Event.DECLINED:
        on = None
    elif kind is not Event.ACCEPTED or on is not None:
        on = future(doing, on, NO_DAY)
    change = Change(kind, Part.LEADER, leader, words, more, on)
    if not decision.owner_user or kind not in _GOING_AHEAD:
        return change
    owner = chosen_person(session, doing, decision.owner_user)
    return Change(kind, Part.LEADER, leader, words, more, on, {"owner": owner}, {"owner_id": owner})


def _with(change: Change, **fields: object) -> Change:
    return Change(
        change.kind,
        change.part,
        change.actor_id,
        change.words,
        change.more,
        change.on,
        change.facts,
        {**change.fields, **fields},
    )


def _touches_care(session: Session, idea: Idea, decision: Decision) -> bool:
    """Whether it needs an approver. A leader may clear what a word made look so, not an approver's no."""
    assert idea.id is not None
    if decision.touches_care or not idea.needs_approval:
        return decision.touches_care
    return idea_rows.last_of(session, idea.id, [Event.APPROVAL_ASKED]) is not None


def _ask_approver(session: Session, doing: Doing, idea: Idea, change: Change) -> Done:
    if not leading.approvers(session, idea, doing.team_id, doing.today):
        raise NotDone(NO_APPROVER)
    record(
        session,
        doing,
        idea,
        Change(
            Event.APPROVAL_ASKED,
            Part.LEADER,
            change.actor_id,
            change.words,
            change.more,
            change.on,
            {**change.facts, "kind": change.kind.value},
            {"needs_approval": True},
        ),
    )
    note = "As it touches a medicine, a device or a clinical pathway, an approver has been asked first."
    return Done(idea_id=idea.id, note=note)


def _asked(session: Session, doing: Doing, idea: Idea, seq: int) -> tuple[IdeaEvent, int]:
    """The decision that waits for this approver. Raises NotDone."""
    assert idea.id is not None
    if not leading.approves(doing.actor, idea) or leading.known(doing.actor) is None:
        raise NotDone(NOT_APPROVER)
    pending = gather.pending_approval(idea_rows.history(session, idea.id))
    if pending is None or pending.seq != seq:
        raise NotDone(_answered_since(session, doing, idea, seq))
    return pending, person_of(doing)


def _answered_since(session: Session, doing: Doing, idea: Idea, seq: int) -> str:
    try:
        check_version(session, doing, idea, seq)
    except NotDone as refused:
        return refused.reason
    return ANSWERED_SINCE
