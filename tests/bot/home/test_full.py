"""The fullest Home there can be stands within what Slack takes of one."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date

from bot.goals.facts import GoalFacts, GoalsAtHome
from bot.home.facts import MeasureLine
from bot.home.measures import ON_HOME as ON_LIST
from bot.home.view import home_view
from bot.ideas.facts import Listed, Page
from bot.ideas.words.lists import ON_HOME
from bot.leading.aim import UnitAim
from bot.leading.asking.facts import Asking
from bot.leading.asking.questions import shipped
from bot.leading.effects_figures import RungFigures
from bot.talks.facts import Asked, Offered, TalksAtHome
from storage.terms import GoalState, IdeaState, Rung
from tests.bot.digests.chart_samples import MEASURE
from tests.bot.home.test_view import BOARD, HOMES, MONTH, SHOWN, STANDS_IN, TODAY
from tests.bot.ideas.test_words_golden import assert_taken
from tests.bot.leading.test_week_full import action_ids


def lines(first: int) -> Page:
    """As many ideas as stand on a Home, of many more."""
    made = Listed(first, "A second blanket warmer", IdeaState.NEW, "Ash Ward", TODAY, mine=True)
    return Page(tuple(replace(made, number=first + number) for number in range(ON_HOME)), 99, 40, ON_HOME)


def test_the_fullest_home_is_taken_by_slack_and_each_button_has_a_name_of_its_own() -> None:
    goal = GoalFacts(
        id=1,
        measure=MEASURE,
        group="Physicians",
        value=0.78,
        state=GoalState.PROPOSED,
        proposed_on=TODAY,
        votes_until=date(2025, 8, 5),
        words="Why not?",
        asked=True,
        mine=True,
        may_decide=True,
    )
    facts = replace(
        HOMES["clinician-with-picture"],
        latest=replace(
            SHOWN, measures=99, lines=(MeasureLine("Falls", "*4 %*", "None.", "They hurt."),) * ON_LIST
        ),
        leads=("Ash Ward",) * 5,
        runs_rounds=True,
        ideas=replace(
            HOMES["clinician-who-leads"].ideas,
            mine=lines(100),
            month=MONTH,
            board=replace(BOARD, page=lines(200)),
            stand_ins=tuple(replace(STANDS_IN, id=number) for number in range(9)),
            may_ask=True,
            aims=tuple(
                UnitAim(unit, "Ash Ward", "Nobody waits", TODAY, "Dana Wells", may_set=True)
                for unit in range(3)
            ),
            asking=Asking(1, "Ash Ward", shipped()[0], TODAY, lesson=True),
        ),
        goals=GoalsAtHome(
            TODAY, tuple(replace(goal, id=number) for number in range(9)), 99, may_propose=True
        ),
        talks=TalksAtHome(
            may_listen=True,
            listening=Offered(99, words="I mostly ask questions."),
            telling=tuple(Offered(number, "Blood pressure", until=TODAY) for number in range(20)),
            asked=tuple(Asked(number, "Dana Wells") for number in range(20)),
            listeners=True,
        ),
        reminders=tuple(RungFigures(rung, 99, 99, 3) for rung in Rung),
    )
    made = home_view(facts)
    assert_taken(made)
    assert [name for name, count in Counter(action_ids(made)).items() if count > 1] == []
