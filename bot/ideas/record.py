"""The one place in which something happens to an idea.

The table is asked, the row is compared and set, the history gets its line, and the letters are put that tell
of it: all in the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import wraps
from typing import Any, Concatenate, Final, ParamSpec

from sqlmodel import Session

from bot.digests.due import zone_or
from bot.ideas import gather, leading, telling
from bot.ideas.clocks import Happening, fields_after
from bot.ideas.doing import Doing, Done, Outcome, Refused
from bot.ideas.lifecycle import MOVES, RESPONSES, NotPossible, next_state
from bot.leading.promise import days_of
from bot.slack_text import inert, shorten
from storage import idea_rows
from storage.ideas import Idea, IdeaEvent
from storage.terms import IdeaEventKind as Event
from storage.terms import IdeaState as State
from storage.terms import Part

NOT_THERE: Final = "This idea is not there any more, or it is not shown to everybody."
UNSURE: Final = (
    "Rounds is not sure whose Slack account this is: its email is not the one in your hospital's list. "
    "Nothing was saved. Please ask whoever looks after Rounds to put it right."
)
NOT_KNOWN: Final = (
    "Rounds does not know you yet, so nothing was saved. Hand in an idea of your own with `/idea`; from then "
    "on it does."
)
_STATES: Final[Mapping[State, str]] = {
    State.NEW: "is waiting for an answer",
    State.ACKNOWLEDGED: "is being thought about",
    State.ACCEPTED: "is going ahead",
    State.PLANNED: "is planned",
    State.TESTING: "is being tested",
    State.IMPLEMENTED: "is in place and waits to be confirmed",
    State.VERIFIED: "is in place and confirmed",
    State.DISPUTED: "is not in place yet, its sender says",
    State.NOT_NOW: "was put off",
    State.DECLINED: "was not taken up",
    State.TRIED: "was tried and not kept",
    State.MERGED: "was joined with another idea",
    State.WITHDRAWN: "was withdrawn",
}
# What somebody else may have done first, so that an answer from an older card is no longer one.
_FIRST: Final[Mapping[Event, str]] = {
    Event.ACKNOWLEDGED: "answered first",
    Event.ACCEPTED: "answered first",
    Event.PLANNED: "answered first",
    Event.TEST_STARTED: "answered first",
    Event.PUT_OFF: "answered first",
    Event.DECLINED: "answered first",
    Event.STARTED: "began with it first",
    Event.TEST_ADOPTED: "closed the test first",
    Event.TEST_ADAPTED: "closed the test first",
    Event.TEST_ABANDONED: "closed the test first",
    Event.IMPLEMENTED: "said first that it is in place",
    Event.REOPENED: "took it up again first",
    Event.APPROVAL_ASKED: "asked for approval first",
    Event.APPROVED: "approved it first",
    Event.SENT_BACK: "sent it back first",
    Event.MERGED: "joined it with another idea first",
    Event.MOVED: "moved it to another unit first",
    Event.WITHDRAWN: "withdrew it first",
    Event.VERIFIED: "confirmed it first",
    Event.DISPUTED: "said first that something is missing",
}

# What another one's answer can have come before.
_ANSWERS: Final = RESPONSES | {Event.MERGED, Event.MOVED, Event.REOPENED}

P = ParamSpec("P")


class NotDone(Exception):
    """Why an act is refused; everything that it began is taken back."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def act(do: Callable[Concatenate[Session, P], Done]) -> Callable[Concatenate[Session, P], Outcome]:
    """An act that keeps all of it, or nothing and says why."""

    @wraps(do)
    def whole(session: Session, /, *args: P.args, **kwargs: P.kwargs) -> Outcome:
        try:
            with session.begin_nested():
                return do(session, *args, **kwargs)
        except NotDone as refused:
            return Refused(refused.reason)

    return whole


@dataclass(frozen=True, slots=True)
class Change:
    """What happens: a line of history, and the columns that it sets beside state, clocks and dates.

    `facts` holds what a machine reads, never what somebody typed. `on` is the day that it is about.
    """

    kind: Event
    part: Part
    actor_id: int | None
    words: str = ""
    more: str = ""
    on: date | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    fields: Mapping[str, Any] = field(default_factory=dict)


def idea_for(session: Session, doing: Doing, idea_id: int) -> Idea:
    """The idea, locked, for somebody who may see it. Raises NotDone."""
    idea = idea_rows.lock_idea(session, idea_id)
    if idea is None or not gather.sees(session, doing, idea):
        raise NotDone(NOT_THERE)
    return idea


def record(session: Session, doing: Doing, idea: Idea, change: Change) -> IdeaEvent:
    """Let something happen to an idea that this transaction has locked. Raises NotDone."""
    assert idea.id is not None
    try:
        state = next_state(idea.state, change.kind)
    except NotPossible:
        raise NotDone(too_late(session, doing, idea, change.kind)) from None
    fields = dict(change.fields)
    unit = leading.answering_unit(session, fields.get("answering_unit_id", idea.answering_unit_id))
    unit = unit or leading.answering_now(session, idea)
    put_offs = idea_rows.count_put_offs(session, idea.id)
    days = days_of(session, unit, doing.settings, doing.team_id, doing.now, put_offs=put_offs)
    happening = Happening(change.kind, change.part, state, doing.now, change.on)
    fields = fields_after(idea, happening, days, doing.settings) | fields
    if not idea_rows.compare_and_set(session, idea, idea.version, fields):
        raise NotDone(too_late(session, doing, idea, change.kind))
    event = add_line(session, doing, idea, change)
    telling.tell(session, doing, idea, event)
    return event


def add_line(session: Session, doing: Doing, idea: Idea, change: Change) -> IdeaEvent:
    """The line of history for the version that the idea has now: they count alike."""
    assert idea.id is not None
    facts = dict(change.facts)
    if change.on is not None:
        facts["on"] = change.on.isoformat()
    event = IdeaEvent(
        idea_id=idea.id,
        seq=idea.version,
        kind=change.kind,
        at=doing.now,
        part=change.part,
        actor_id=change.actor_id,
        words=change.words,
        more=change.more,
        facts=facts,
    )
    session.add(event)
    session.flush()
    return event


def check_version(session: Session, doing: Doing, idea: Idea, seen: int) -> None:
    """That nobody else answered since the version that was seen; 0 asks nothing. Raises NotDone.

    A "me too", a note or a detail in between changes no answer, and neither does what one did oneself.
    """
    assert idea.id is not None
    if seen <= 0 or seen >= idea.version:
        return
    me = leading.known(doing.actor)
    for event in reversed(idea_rows.events_since(session, idea.id, seen)):
        if event.kind in _FIRST and (me is None or event.actor_id != me):
            raise NotDone(who_was_first(session, doing, event))


def too_late(session: Session, doing: Doing, idea: Idea, kind: Event) -> str:
    """Why something cannot happen any more: which other leader was first, and what they said."""
    assert idea.id is not None
    state = f"#{idea.id} {_STATES[idea.state]} now, so this cannot be done any more. Nothing was saved."
    if kind not in _ANSWERS:
        return state
    moving = {kind for moves in MOVES.values() for kind in moves} & set(_FIRST)
    last = idea_rows.last_of(session, idea.id, moving)
    if last is not None and last.actor_id is not None and last.actor_id != leading.known(doing.actor):
        return who_was_first(session, doing, last)
    return state


def who_was_first(session: Session, doing: Doing, event: IdeaEvent) -> str:
    """“Dr Khan answered first, at 10:32: “…”. Yours was not saved.”"""
    people = idea_rows.people(session, [event.actor_id])
    who = "Rounds"
    if event.actor_id is not None:
        who = inert(leading.name_of(people.get(event.actor_id)))
    elif event.part is Part.SUBMITTER:
        who = "Whoever handed it in"
    zone = zone_or(doing.actor.timezone, doing.settings.zone)
    then, now = event.at.astimezone(zone), doing.now.astimezone(zone)
    when = f"at {then:%H:%M}"
    if then.date() != now.date():
        when = f"on {then:%A} {then.day} {then:%B}"
    said = f": “{inert(shorten(event.words, 600))}”" if event.words else ""
    return f"{who[:1].upper()}{who[1:]} {_FIRST[event.kind]}, {when}{said}. Yours was not saved."
