"""The fullest week there can be: every part at its longest, in what Slack takes of one message."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from bot.digests.facts import Compared
from bot.goals.facts import GoalFacts, GoalsInWeek
from bot.goals.rules import Tally
from bot.leading.aim import UnitAim
from bot.leading.asking.facts import Asked, Asking
from bot.leading.asking.questions import Question
from bot.leading.care.words import Care
from bot.leading.compared.facts import LeadersCompared
from bot.leading.effects_figures import RungFigures
from bot.leading.kept import Became, Mark
from bot.leading.ladder_facts import Why
from bot.leading.presence import AtOnce, Presence, Quiet
from bot.leading.week import Answers, Unheard, WaitsFor, WeekFacts
from bot.leading.words import leader_message
from storage.terms import Direction, GoalState, Rung
from tests.bot.digests.chart_samples import MEASURE
from tests.bot.ideas.test_words_golden import assert_taken
from tests.bot.leading.words_made import TUESDAY, above, item, numbered, plan, typed_in

MONDAY = TUESDAY - timedelta(days=1)
MANY = range(100_000, 100_025)
TYPED = {
    "plain": "m" * 3000,
    "words": "Nobody waits for anybody here. " * 100,
    "ampersands": "&" * 3000,
    "from right to left": "\u05d0\u05d1 " * 1000,
}


def goal(number: int, typed: str, state: GoalState) -> GoalFacts:
    """A goal with all that can be said of one."""
    return GoalFacts(
        id=number,
        measure=replace(MEASURE, title=typed, direction=Direction.LOWER),
        group=typed,
        value=0.78,
        state=state,
        proposed_on=date(2026, 11, 17),
        votes_until=date(2026, 12, 2),
        words=typed,
        tally=Tally(9999, 3333, 3333, 3333),
        decided_by=typed,
        decided_on=MONDAY,
        reason=typed,
        ended_on=MONDAY,
        ended_by=typed,
        asked=state is GoalState.PROPOSED,
        may_decide=True,
    )


def goals(typed: str) -> GoalsInWeek:
    """Goals of every kind, more than are told."""
    news = (GoalState.NOT_ADOPTED, GoalState.ENDED, GoalState.ADOPTED, GoalState.UNATTAINABLE)
    return GoalsInWeek(
        MONDAY,
        to_decide=tuple(goal(number, typed, GoalState.JUDGED) for number in range(1)),
        to_vote=tuple(goal(number, typed, GoalState.PROPOSED) for number in range(10, 15)),
        asked=tuple(goal(number, typed, GoalState.PROPOSED) for number in range(20, 28)),
        news=tuple(goal(number, typed, news[number % 4]) for number in range(40, 48)),
    )


def fullest(typed: str) -> WeekFacts:
    """A week in which nothing is missing, and everything typed is this."""
    return WeekFacts(
        starts=MONDAY,
        ends=MONDAY + timedelta(days=4),
        units=(typed,) * 9,
        came_in=12_345,
        answered=12_345,
        in_place=12_345,
        confirmed=12_345,
        median=12.5,
        by_whom=(
            Answers(typed, tuple(MANY), me=True),
            *(Answers(typed, tuple(MANY)) for _ in range(8)),
        ),
        unheard=(Unheard(typed, 1234),) * 6,
        heard_since=date(2025, 9, 30),
        for_approver=tuple(WaitsFor(number, date(2025, 9, 30)) for number in MANY),
        overdue=tuple(WaitsFor(number + 50, date(2025, 9, 30), typed) for number in MANY),
        aims=tuple(
            UnitAim(unit, typed, typed, date(2025, 9, 30), typed, own=True, may_set=True) for unit in range(3)
        ),
        care=Care(typed, typed, typed),
        presence=Presence(
            quiet=tuple(Quiet(weeks, (typed,) * 9) for weeks in (104, 52, 12, 8, 4)),
            at_once=(AtOnce(typed, tuple(MANY)),) * 9,
            ask_quiet=("What do you do again and again that should not be needed?",) * 2,
            ask_at_once=("Which of these should we try first?",) * 2,
        ),
        compared=LeadersCompared(
            asked_on=MONDAY,
            first_day=date(2025, 11, 1),
            last_day=date(2026, 1, 31),
            days=12,
            within=12_345,
            ideas=12_346,
            value=0.999,
            interval=(0.9871, 0.9999),
            compared=Compared.YES,
            others=1234,
            median=0.987,
            benchmark=0.999,
            benchmark_ideas=123_456,
            sets_benchmark=True,
            joint=True,
        ),
        asking=Asking(
            1,
            typed,
            Question("key", "kind", typed),
            MONDAY,
            units=9,
            asked=(Asked(typed, MONDAY, typed),),
            lesson=True,
        ),
        goals=goals(typed),
    )


def message(typed: str, *, seen_to: bool = False) -> dict[str, Any]:
    """That week with as many ideas as there can be, those of the level below, and rungs that do little."""
    ideas = {number: typed_in(facts, typed) for number, facts in numbered(60).items()}
    first, last = tuple(ideas)[:30], tuple(ideas)[30:]
    items = (
        item(number, Rung.OTHERS, 99, why=Why.NOBODY_BELOW, with_people=(2, 3, 4, 5)) for number in first
    )
    made = replace(
        plan(*items, week=True, summary=tuple(above(number, 99) for number in last)), weak=tuple(Rung)
    )
    return leader_message(
        made,
        ideas,
        dict.fromkeys((2, 3, 4, 5), typed),
        week=fullest(typed),
        marks=dict.fromkeys(ideas, Mark(Became.ANSWERED, typed)) if seen_to else None,
        weak=tuple(RungFigures(rung, 123_456, 123_456, 1234) for rung in Rung),
    )


def action_ids(value: Any) -> Iterator[str]:
    """What every button and menu is called."""
    if isinstance(value, dict):
        if isinstance(value.get("action_id"), str):
            yield value["action_id"]
        for part in value.values():
            yield from action_ids(part)
    elif isinstance(value, list):
        for part in value:
            yield from action_ids(part)


@pytest.mark.parametrize("seen_to", [False, True])
@pytest.mark.parametrize("typed", TYPED.values(), ids=TYPED)
def test_the_fullest_week_is_taken_by_slack(typed: str, *, seen_to: bool) -> None:
    made = message(typed, seen_to=seen_to)

    assert_taken(made)
    assert len(made["blocks"]) <= 50


def test_in_the_fullest_week_every_button_has_a_name_of_its_own() -> None:
    assert [name for name, count in Counter(action_ids(message("Ward 4"))).items() if count > 1] == []


def test_the_fullest_week_leaves_out_none_of_its_parts() -> None:
    told = str(message("Ward 4"))

    for heading in ("The care", "The team", "Go and see", "The system", "Something you learned"):
        assert f"*{heading}*" in told
    for part in ("Our aim in Ward 4", "Your first words", "A question for Ward 4", "Adopt", "Attainable"):
        assert part in told
