"""What an event does to an idea's clocks and dates, beside its state. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from bot.ideas.lifecycle import DECISIONS, IN_PROGRESS, MOVES, RESPONSES, UNANSWERED
from bot.ideas.working import Calendar, add_working_days
from bot.settings import Settings
from storage.ideas import Idea
from storage.terms import IdeaEventKind as Event
from storage.terms import IdeaState as State
from storage.terms import Part

# Whoever wants an update does not count one that they wrote themselves, nor a reminder.
_NO_MOVEMENT: Final = frozenset(
    {
        Event.ASKED,
        Event.ANSWERED,
        Event.DETAIL_ADDED,
        Event.TOOK_IN,
        Event.REMINDED,
        Event.UNVERIFIED,
        Event.SHARED,
        Event.ADOPTED,
        Event.DETAILS_REMOVED,
    }
)
# A leader's words stop the first clock; asking an approver is an answer too.
_FIRST_WORDS: Final = RESPONSES | {Event.APPROVAL_ASKED}
# The day that these are about, and the column that keeps it.
_DAY_OF: Final[Mapping[Event, str]] = {
    Event.ACCEPTED: "due_on",
    Event.PLANNED: "due_on",
    Event.TEST_STARTED: "due_on",
    Event.TEST_ADAPTED: "due_on",
    Event.TEST_ADOPTED: "due_on",
    Event.PUT_OFF: "look_again_on",
    Event.IMPLEMENTED: "implemented_on",
}


@dataclass(frozen=True, slots=True)
class Happening:
    """What happens to an idea: `state` is the one that it leads to, `on` the day that it is about."""

    kind: Event
    part: Part
    state: State
    at: datetime
    on: date | None = None


def clocks_from(start: datetime, days: Calendar, settings: Settings) -> dict[str, date]:
    """Both clocks of an idea that somebody is to answer from a moment on."""
    day = days.day_of(start)
    return {
        "acknowledge_by": add_working_days(days, day, settings.rounds_acknowledge_days),
        "decide_by": add_working_days(days, day, settings.rounds_decide_days),
    }


def fields_after(idea: Idea, event: Happening, days: Calendar, settings: Settings) -> dict[str, Any]:
    """The columns that an event sets: state, movement, clocks, dates. `days` are those of who answers."""
    fields: dict[str, Any] = {"state": event.state}
    if event.kind not in _NO_MOVEMENT:
        fields["moved_at"] = event.at
    if event.part is Part.LEADER and event.kind in _FIRST_WORDS:
        fields["first_words_at"] = idea.first_words_at or event.at
        fields["acknowledge_by"] = None
    if event.kind in DECISIONS:
        fields["decided_at"] = idea.decided_at or event.at
    if event.kind in _DAY_OF:
        fields[_DAY_OF[event.kind]] = event.on
    if event.kind in MOVES[State.IMPLEMENTED] or event.kind is Event.IMPLEMENTED:
        fields |= _confirming(event)
    return fields | _running(idea, event, days, settings)


def earlier(one: date | None, other: date | None) -> date | None:
    """The earlier of two clocks; where the first has stopped it stays so."""
    return min(one, other) if one is not None and other is not None else one


def _running(idea: Idea, event: Happening, days: Calendar, settings: Settings) -> dict[str, Any]:
    """Which of the clocks run in the state that this leads to, and until when."""
    fields: dict[str, Any] = {}
    moved_to_others = event.kind is Event.MOVED and event.state in UNANSWERED
    if event.state not in UNANSWERED:
        fields |= {"acknowledge_by": None, "decide_by": None}
    elif idea.state not in UNANSWERED or moved_to_others:
        anew = clocks_from(event.at, days, settings)
        fields["decide_by"] = anew["decide_by"]
        if event.state is State.NEW and idea.first_words_at is None:
            fields["acknowledge_by"] = anew["acknowledge_by"]
    if event.state not in IN_PROGRESS:
        fields["update_by"] = None
    elif idea.state not in IN_PROGRESS or event.kind not in _NO_MOVEMENT:
        fields["update_by"] = days.day_of(event.at) + timedelta(days=settings.rounds_update_days)
    if event.state is not State.NOT_NOW:
        fields["look_again_on"] = None
    return fields


def _confirming(event: Happening) -> dict[str, Any]:
    match event.kind:
        case Event.IMPLEMENTED:
            return {"implemented_at": event.at, "reminded_at": None, "unverified_at": None}
        case Event.REMINDED:
            return {"reminded_at": event.at}
        case Event.UNVERIFIED:
            return {"unverified_at": event.at}
        case Event.VERIFIED:
            return {"verified_at": event.at, "unverified_at": None}
        case _:
            return {}
