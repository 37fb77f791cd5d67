"""The life of an idea: one table of what may happen when, and what it leads to.

Pure: the state of an idea is what its history leads to, always. Whoever writes history asks `next_state`
first; a test replays it.

What `words` and `more` of a history line hold, by its kind:

| kind | words | more |
|---|---|---|
| acknowledged, accepted, planned, put_off | the leader's own words | |
| test_started | the leader's own words | the prediction |
| test_adopted, test_adapted, test_abandoned | what was learned | what the data said |
| declined | the reason | the coach's questions, answered |
| implemented | what was done | the proof: words or a link |
| disputed | what is missing | |
| asked / answered | the question / the answer | |
| noted, detail_added, withdrawn, sent_back, approved | what was written | |
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from storage.terms import IdeaEventKind as Event
from storage.terms import IdeaState as State


class NotPossible(Exception):
    """An event that cannot happen to an idea in its state."""

    def __init__(self, state: State | None, event: Event) -> None:
        super().__init__(f"{event} cannot happen to an idea that is {state}")
        self.state, self.event = state, event


# Decisions can be made on whatever a leader still has in hand, and be changed until it is in place.
_DECISIONS: Final = {
    Event.ACCEPTED: State.ACCEPTED,
    Event.PLANNED: State.PLANNED,
    Event.TEST_STARTED: State.TESTING,
    Event.PUT_OFF: State.NOT_NOW,
    Event.DECLINED: State.DECLINED,
    Event.MERGED: State.MERGED,
    Event.WITHDRAWN: State.WITHDRAWN,
}
_AGAIN: Final = {Event.REOPENED: State.ACKNOWLEDGED, Event.WITHDRAWN: State.WITHDRAWN}

MOVES: Final[Mapping[State, Mapping[Event, State]]] = MappingProxyType(
    {
        State.NEW: {
            **_DECISIONS,
            Event.ACKNOWLEDGED: State.ACKNOWLEDGED,
            Event.STARTED: State.ACCEPTED,
        },
        State.ACKNOWLEDGED: dict(_DECISIONS),
        State.ACCEPTED: {**_DECISIONS, Event.IMPLEMENTED: State.IMPLEMENTED},
        State.PLANNED: {**_DECISIONS, Event.IMPLEMENTED: State.IMPLEMENTED},
        State.TESTING: {
            Event.TEST_ADOPTED: State.ACCEPTED,
            Event.TEST_ADAPTED: State.TESTING,
            Event.TEST_ABANDONED: State.TRIED,
            Event.MERGED: State.MERGED,
            Event.WITHDRAWN: State.WITHDRAWN,
        },
        State.IMPLEMENTED: {
            Event.VERIFIED: State.VERIFIED,
            Event.DISPUTED: State.DISPUTED,
            Event.REMINDED: State.IMPLEMENTED,
            Event.UNVERIFIED: State.IMPLEMENTED,
        },
        State.DISPUTED: {
            Event.IMPLEMENTED: State.IMPLEMENTED,
            Event.VERIFIED: State.VERIFIED,
            Event.ACCEPTED: State.ACCEPTED,
            Event.PLANNED: State.PLANNED,
            Event.TEST_STARTED: State.TESTING,
            Event.PUT_OFF: State.NOT_NOW,
            Event.DECLINED: State.DECLINED,
        },
        State.NOT_NOW: {
            **_DECISIONS,
            **_AGAIN,
            Event.CAME_BACK: State.ACKNOWLEDGED,
        },
        State.DECLINED: dict(_AGAIN),
        State.TRIED: {Event.REOPENED: State.ACKNOWLEDGED},
        State.VERIFIED: {Event.SHARED: State.VERIFIED, Event.ADOPTED: State.VERIFIED},
        State.MERGED: {},
        State.WITHDRAWN: {},
    }
)

# The states of an idea that somebody still has to do something about.
OPEN: Final = frozenset(
    {
        State.NEW,
        State.ACKNOWLEDGED,
        State.ACCEPTED,
        State.PLANNED,
        State.TESTING,
        State.IMPLEMENTED,
        State.DISPUTED,
    }
)
# Those that one can say “me too” to.
SUPPORTABLE: Final = OPEN | {State.NOT_NOW}
UNANSWERED: Final = frozenset({State.NEW, State.ACKNOWLEDGED})
IN_PROGRESS: Final = frozenset({State.ACCEPTED, State.PLANNED, State.TESTING, State.DISPUTED})
# Nothing more is said or done about these, but taking patient details out.
ENDED: Final = frozenset({State.MERGED, State.WITHDRAWN})

# What happens beside the way, and while: it leaves the state as it is.
_BESIDE: Final[Mapping[Event, frozenset[State]]] = MappingProxyType(
    {
        Event.ASKED: OPEN | {State.NOT_NOW},
        Event.ANSWERED: frozenset(State) - ENDED,
        Event.NOTED: OPEN | {State.NOT_NOW},
        Event.DETAIL_ADDED: OPEN | {State.NOT_NOW},
        Event.ASSIGNED: OPEN | {State.NOT_NOW},
        Event.MOVED: OPEN | {State.NOT_NOW},
        Event.TOOK_IN: frozenset(State) - ENDED - {State.DECLINED, State.TRIED},
        Event.APPROVAL_ASKED: UNANSWERED | IN_PROGRESS | {State.NOT_NOW},
        Event.APPROVED: UNANSWERED | IN_PROGRESS | {State.NOT_NOW},
        Event.SENT_BACK: UNANSWERED | IN_PROGRESS | {State.NOT_NOW},
        Event.DETAILS_REMOVED: frozenset(State),
    }
)

# A leader's own words on an idea: the first of these stops the first clock.
RESPONSES: Final = frozenset(
    {
        Event.ACKNOWLEDGED,
        Event.ACCEPTED,
        Event.PLANNED,
        Event.TEST_STARTED,
        Event.PUT_OFF,
        Event.DECLINED,
        Event.IMPLEMENTED,
        Event.TEST_ADOPTED,
        Event.TEST_ADAPTED,
        Event.TEST_ABANDONED,
        Event.NOTED,
    }
)
DECISIONS: Final = frozenset(
    {Event.ACCEPTED, Event.PLANNED, Event.TEST_STARTED, Event.PUT_OFF, Event.DECLINED}
)


def next_state(state: State | None, event: Event) -> State:
    """The state that an event leads to; None is before there is an idea. Raises NotPossible."""
    if state is None:
        if event is Event.HANDED_IN:
            return State.NEW
        raise NotPossible(state, event)
    if event in MOVES[state]:
        return MOVES[state][event]
    if state in _BESIDE.get(event, frozenset()):
        return state
    raise NotPossible(state, event)


def is_possible(state: State, event: Event) -> bool:
    """Whether an event can happen to an idea in this state."""
    return event in MOVES[state] or state in _BESIDE.get(event, frozenset())


def replay(events: Iterable[Event]) -> State | None:
    """The state that a history leads to. Raises NotPossible where it cannot have happened."""
    state: State | None = None
    for event in events:
        state = next_state(state, event)
    return state
