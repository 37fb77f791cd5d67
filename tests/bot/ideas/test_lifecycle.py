"""The table of an idea's life: whatever happens, its state is what its history leads to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from bot.ideas.lifecycle import (
    ENDED,
    IN_PROGRESS,
    MOVES,
    OPEN,
    UNANSWERED,
    NotPossible,
    is_possible,
    next_state,
    replay,
)
from storage.terms import IdeaEventKind as Event
from storage.terms import IdeaState as State

_EVENTS = st.sampled_from(list(Event))


class Life(RuleBasedStateMachine):
    """Tries anything at any time; what the table refuses leaves no trace."""

    def __init__(self) -> None:
        super().__init__()
        self.history = [Event.HANDED_IN]
        self.state = next_state(None, Event.HANDED_IN)

    @rule(event=_EVENTS)
    def something_happens(self, event: Event) -> None:
        if not is_possible(self.state, event):
            with pytest.raises(NotPossible) as refused:
                next_state(self.state, event)
            assert (refused.value.state, refused.value.event) == (self.state, event)
            return
        after = next_state(self.state, event)
        assert after is self.state or MOVES[self.state][event] is after
        self.state = after
        self.history.append(event)

    @invariant()
    def the_history_replays_to_the_state(self) -> None:
        assert replay(self.history) is self.state

    @invariant()
    def what_has_ended_stays_ended(self) -> None:
        if self.state in ENDED:
            assert all(
                not is_possible(self.state, event) for event in Event if event is not Event.DETAILS_REMOVED
            )

    @invariant()
    def patient_details_can_always_be_taken_out(self) -> None:
        assert next_state(self.state, Event.DETAILS_REMOVED) is self.state


TestLife = Life.TestCase


@given(st.lists(_EVENTS, max_size=30))
def test_no_sequence_of_events_leads_outside_the_table(events: list[Event]) -> None:
    state: State | None = None
    kept: list[Event] = []
    for event in [Event.HANDED_IN, *events]:
        try:
            state = next_state(state, event)
        except NotPossible:
            continue
        kept.append(event)
    assert isinstance(state, State)
    assert replay(kept) is state


def test_nothing_happens_before_an_idea_is_handed_in() -> None:
    for event in Event:
        if event is not Event.HANDED_IN:
            with pytest.raises(NotPossible):
                next_state(None, event)


def test_an_idea_is_handed_in_once() -> None:
    assert not any(is_possible(state, Event.HANDED_IN) for state in State)


def test_only_its_sender_ends_it_well_and_only_once_it_is_in_place() -> None:
    before = {state for state in State if is_possible(state, Event.VERIFIED)}
    assert before == {State.IMPLEMENTED, State.DISPUTED}
    assert {state for state in State if is_possible(state, Event.DISPUTED)} == {State.IMPLEMENTED}


def test_every_state_can_be_reached() -> None:
    reached, latest = {State.NEW}, {State.NEW}
    while latest:
        latest = {after for state in latest for after in MOVES[state].values()} - reached
        reached |= latest
    assert reached == set(State)


def test_what_waits_for_an_answer_and_what_is_in_progress_is_open() -> None:
    assert UNANSWERED | IN_PROGRESS < OPEN
    assert not OPEN & ENDED
