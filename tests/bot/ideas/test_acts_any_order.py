"""Anybody does anything at any time: the state is always what the history leads to, on both databases."""

from __future__ import annotations

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pytest

from bot.ideas import acts, due
from bot.ideas.decisions import Decision, Implementation, Study
from bot.ideas.doing import Done, Outcome
from bot.ideas.lifecycle import IN_PROGRESS, UNANSWERED, replay
from storage.engine import Database
from storage.terms import IdeaEventKind as Event
from storage.terms import IdeaState
from tests.idea_world import TEAM, IdeaWorld

USERS = ("UKHAN", "UREED", "UPRIYA", "USAM", "ULEE", "USEVEN", "UDIRECTOR", "UAPPROVER")
# Most of the time somebody does what is theirs to do, and few ideas are over early.
SENDERS = {acts.answer, acts.verify, acts.dispute, acts.add_detail, acts.withdraw}
APPROVERS = {acts.approve, acts.send_back}
OVER = {acts.merge, acts.withdraw}
STEPS = 45


def _something(
    world: IdeaWorld, chance: random.Random, number: int
) -> tuple[Callable[..., Outcome], tuple[Any, ...]]:
    today = world.clock.now().date()
    later = today + timedelta(days=chance.randint(0, 20))
    seq, version = chance.randint(1, 6), chance.choice((0, 0, world.idea(number).version, 1))
    decision = Decision(
        chance.choice((Event.ACCEPTED, Event.PLANNED, Event.TEST_STARTED, Event.PUT_OFF, Event.DECLINED)),
        "Because it helps",
        "We expect less waiting",
        later,
        chance.choice(("", "USAM", "UPRIYA")),
        chance.random() < 0.3,
        version,
    )
    study = Study(
        chance.choice((Event.TEST_ADOPTED, Event.TEST_ADAPTED, Event.TEST_ABANDONED)), "Something", "", later
    )
    place = Implementation("It was done", "Come and see", today)
    return chance.choice(
        (
            (acts.acknowledge, ("Good", version)),
            (acts.decide, (decision,)),
            (acts.decide, (decision,)),
            (acts.approve, (seq,)),
            (acts.send_back, (seq, "First this")),
            (acts.ask, ("Which one",)),
            (acts.answer, (seq, "That one")),
            (acts.support, ()),
            (acts.assign, ("ULEE",)),
            (acts.merge, (chance.randint(1, 3),)),
            (acts.move, (world.units[chance.choice(("Ward 4", "Ward 7"))],)),
            (acts.note, ("It goes on",)),
            (acts.study, (study,)),
            (acts.implement, (place,)),
            (acts.implement, (place,)),
            (acts.verify, (chance.random() < 0.5,)),
            (acts.dispute, ("A plug",)),
            (acts.add_detail, ("In bay three",)),
            (acts.reopen, ("Again",)),
            (acts.adopt, (world.units["Ward 7"],)),
            (acts.withdraw, ("",) if chance.random() < 0.2 else ("Please",)),
            (acts.remove_details, ()),
        )
    )


def _somebody(chance: random.Random, act: Callable[..., Outcome]) -> str:
    if chance.random() < 0.2:
        return chance.choice(USERS)
    if act in SENDERS:
        return chance.choice(("UPRIYA", "ULEE", "USEVEN"))
    return "UAPPROVER" if act in APPROVERS else chance.choice(("UKHAN", "UREED", "USEVEN"))


def _holds(world: IdeaWorld, number: int) -> None:
    """What is always true of an idea."""
    idea, history = world.idea(number), world.history(number)
    assert replay(event.kind for event in history) is idea.state
    assert [event.seq for event in history] == list(range(1, idea.version + 1))
    assert (idea.state in IN_PROGRESS) == (idea.update_by is not None)
    assert (idea.state in UNANSWERED) == (idea.decide_by is not None)
    assert idea.acknowledge_by is None or idea.state is IdeaState.NEW
    assert (idea.state is IdeaState.NOT_NOW) == (idea.look_again_on is not None)
    assert (idea.state is IdeaState.MERGED) == (idea.merged_into_id is not None)
    assert idea.state is not IdeaState.VERIFIED or idea.verified_at is not None
    cards = [message for message in world.messages(number) if message.kind == "card" and message.current]
    assert len(cards) == 1


@pytest.mark.parametrize("seed", [3, 11])
def test_whatever_people_do_the_history_leads_to_the_state(database: Database, seed: int) -> None:
    world, chance = IdeaWorld(database), random.Random(seed)
    for user in ("UPRIYA", "ULEE", "USEVEN"):
        world.hand_in(user, own_control=chance.random() < 0.3)
    kept = 0
    for _ in range(STEPS):
        number = chance.randint(1, 3)
        act, given = _something(world, chance, number)
        if act in OVER and chance.random() < 0.8:
            continue
        before = world.idea(number).version
        outcome = world.do(act, _somebody(chance, act), number, *given)
        kept += isinstance(outcome, Done)
        if not isinstance(outcome, Done):
            assert world.idea(number).version == before
        if chance.random() < 0.15:
            world.clock.advance(timedelta(days=chance.randint(1, 9)))
            due.come_due(database, world.clock.now(), world.settings, TEAM)
    assert kept > STEPS // 6
    for number in range(1, 4):
        _holds(world, number)
        assert world.facts(number)
    world.send_all()


def test_of_many_leaders_at_the_same_moment_one_is_first(database: Database) -> None:
    world = IdeaWorld(database)
    number = world.hand_in()
    later = date(2026, 12, 8)
    answers: list[tuple[str, Callable[..., Outcome], tuple[Any, ...]]] = [
        ("UKHAN", acts.acknowledge, ("Good catch", 1)),
        ("UREED", acts.acknowledge, ("Thank you", 1)),
        ("UDEPUTY", acts.decide, (Decision(Event.PLANNED, "In spring", on=later, version=1),)),
        ("UKHAN", acts.decide, (Decision(Event.DECLINED, "No room", version=1),)),
    ]
    with ThreadPoolExecutor(4) as pool:
        futures = [pool.submit(world.do, act, user, number, *given) for user, act, given in answers]
        outcomes = [future.result() for future in futures]
    people = {event.actor_id for event in world.history(number)[1:]}
    assert len(people) == 1
    # Whoever was first may do both; the others are told who it was.
    first = next(iter(people))
    for (user, _, _), outcome in zip(answers, outcomes, strict=True):
        if world.people[user] != first:
            assert "answered first" in outcome.reason  # type: ignore[union-attr]
    _holds(world, number)


def test_me_too_from_many_at_once_counts_everybody_once(database: Database) -> None:
    world = IdeaWorld(database)
    number = world.hand_in()
    users = ("ULEE", "USAM", "UKHAN", "ULEE", "USAM", "UREED")
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda user: world.done(acts.support, user, number), users))
    assert world.facts(number).supporters == 4


def test_what_is_due_happens_once_however_many_look(database: Database) -> None:
    world = IdeaWorld(database)
    number = world.hand_in()
    world.done(acts.decide, "UKHAN", number, Decision(Event.PUT_OFF, "No money", on=date(2026, 12, 1)))
    world.clock.advance(timedelta(days=8))
    now = world.clock.now()
    with ThreadPoolExecutor(3) as pool:
        done = list(pool.map(lambda _: due.come_due(database, now, world.settings, TEAM), range(3)))
    assert sum(done) == 1
    assert world.kinds(number).count(Event.CAME_BACK) == 1
