"""A leader's messages as facts, for the tests of words: realistic ones, and all with whatever is typed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any, Final

from bot.ideas.facts import IdeaFacts
from bot.leading.kept import Became, Mark
from bot.leading.ladder_facts import DayPlan, Item, Why
from bot.leading.week import Answers, Unheard, WaitsFor, WeekFacts
from bot.leading.words import leader_message, not_mine_form
from storage.terms import IdeaState as State
from storage.terms import Rung, Which
from tests.bot.ideas.words_made import FACTS

ME: Final = 1
TUESDAY: Final = date(2026, 11, 24)
PEOPLE: Final[Mapping[int, str]] = {2: "Karen Mulholland", 3: "Jo Marsh", 4: "Dana Wells"}
TEXTS: Final = (
    "Second blanket warmer. We run out of warm blankets every morning after eight.",
    "Move the discharge letters printer. It stands behind the linen trolley.",
    "A line for oxygen on the transfer sheet.",
    "Hold the safety huddle at the whiteboard.",
)
PRINTER, SHEET = 15, 18
IDEAS: Final[Mapping[int, IdeaFacts]] = {
    12: replace(FACTS, text=TEXTS[0]),
    PRINTER: replace(FACTS, number=PRINTER, text=TEXTS[1], supporters=0, submitter="", anonymous=True),
    SHEET: replace(
        FACTS, number=SHEET, text=TEXTS[2], state=State.ACKNOWLEDGED, supporters=1, submitter="Sam Okafor"
    ),
}
SNOOZED: Final = Mark(Became.SNOOZED, days=3)
WEEK: Final = WeekFacts(
    starts=date(2026, 11, 23),
    ends=date(2026, 11, 27),
    units=("Ward 4",),
    came_in=7,
    answered=5,
    in_place=2,
    confirmed=1,
    median=1.3,
    by_whom=(Answers("Dr Imran Khan", (9, 12), me=True), Answers("Karen Mulholland", (10, 11, 14))),
    unheard=(Unheard("health care assistant", 14),),
    heard_since=date(2026, 8, 31),
    for_approver=(WaitsFor(8, date(2026, 11, 12)),),
    overdue=(WaitsFor(3, date(2026, 11, 16), "Sam Okafor"), WaitsFor(5, date(2026, 11, 20), "Lee Brandt")),
)


def item(number: int, rung: Rung = Rung.DAILY, days: int = 2, **changes: Any) -> Item:
    """One idea of a message."""
    made = Item(
        idea_id=number,
        unit_id=1,
        clock=Which.FIRST,
        rung=rung,
        days=days,
        supporters=0,
        why=Why.LEADS,
        with_people=(),
        may_snooze=True,
    )
    return replace(made, **changes)


def above(number: int, days: int = 8) -> Item:
    """One idea of a summary."""
    return item(number, Rung.ABOVE, days, why=Why.LEVEL_ABOVE, may_snooze=False)


def plan(*items: Item, summary: tuple[Item, ...] = (), week: bool = False) -> DayPlan:
    """A message of the day."""
    return DayPlan(ME, TUESDAY, week, items, summary)


def numbered(count: int) -> dict[int, IdeaFacts]:
    """So many ideas, from number 20 on."""
    return {
        number: replace(FACTS, number=number, text=TEXTS[number % len(TEXTS)])
        for number in range(20, 20 + count)
    }


TWO: Final = plan(item(12, days=3), item(PRINTER))
LADDER: Final = plan(
    item(12, Rung.OTHERS, 6, with_people=(2, 3), may_snooze=False),
    item(SHEET, Rung.BOLD, 4, clock=Which.DECISION),
    item(PRINTER),
)
REASONS: Final = (Why.STANDS_IN, Why.INSTEAD, Why.AS_WELL, Why.NOBODY_BELOW, Why.ADMINISTERS)


def everything(typed: str | None = None) -> dict[str, dict[str, Any]]:
    """Every message and form, by name; with `typed` every text and name in them is that."""
    ideas = dict(IDEAS)
    people, week = dict(PEOPLE), WEEK
    who = "Dr Khan"
    many = numbered(26)
    first, last = tuple(many)[:13], tuple(many)[13:]
    if typed is not None:
        ideas = {number: typed_in(facts, typed) for number, facts in ideas.items()}
        many = {number: typed_in(facts, typed) for number, facts in many.items()}
        people = dict.fromkeys(people, typed)
        week = typed_week(typed)
        who = typed
    answered = Mark(Became.ANSWERED, who)
    marks = {
        12: answered,
        SHEET: Mark(Became.APPROVER, who),
        PRINTER: SNOOZED,
    }
    others = {
        12: Mark(Became.MOVED, who),
        SHEET: Mark(Became.WITHDRAWN),
        PRINTER: Mark(Became.NOT_MINE),
    }
    summary = (above(12), above(SHEET, 10))
    return {
        "daily-two": leader_message(TWO, ideas, people),
        "daily-one": leader_message(plan(item(PRINTER)), ideas, people),
        "daily-decision": leader_message(plan(item(SHEET, clock=Which.DECISION, days=2)), ideas, people),
        "daily-ladder": leader_message(LADDER, ideas, people),
        **{
            f"daily-why-{why.value.replace(' ', '-')}": leader_message(
                plan(item(12, Rung.OTHERS, 6, why=why)), ideas, people
            )
            for why in REASONS
        },
        "daily-partly-answered": leader_message(TWO, ideas, people, marks={12: answered}),
        "daily-all-seen-to": leader_message(LADDER, ideas, people, marks=marks),
        "daily-elsewhere": leader_message(LADDER, ideas, people, marks=others),
        "daily-merged": leader_message(
            plan(item(12)),
            {12: replace(ideas[12], state=State.MERGED, merged_into=7)},
            people,
            marks={12: Mark(Became.MERGED, who)},
        ),
        "daily-snoozed-last": leader_message(
            TWO, ideas, people, marks={12: Mark(Became.SNOOZED, days=1, last=True)}
        ),
        "daily-many": leader_message(plan(*(item(number) for number in first)), many, people),
        "week": leader_message(
            replace(LADDER, week=True, summary=(above(7),)),
            {**ideas, 7: replace(ideas[12], number=7, unit="Ward 7", answering_unit="Ward 7")},
            people,
            week=week,
        ),
        "week-quiet": leader_message(plan(week=True), {}, {}, week=WeekFacts(WEEK.starts, WEEK.ends)),
        "week-above": leader_message(
            plan(summary=summary, week=True), ideas, people, week=WeekFacts(WEEK.starts, WEEK.ends)
        ),
        "week-most": leader_message(
            replace(
                plan(*(item(number) for number in first)),
                week=True,
                summary=tuple(above(number) for number in last),
            ),
            many,
            people,
            week=week,
        ),
        "summary-for-a-stand-in": leader_message(plan(summary=summary), ideas, people),
        "form-not-mine": not_mine_form(ideas[12], [people[3], people[2]]),
        "form-not-mine-nobody": not_mine_form(ideas[12], []),
    }


def typed_in(facts: IdeaFacts, typed: str) -> IdeaFacts:
    """An idea in which everything that somebody wrote is this."""
    return replace(
        facts,
        text=typed,
        submitter=typed,
        profession=typed,
        unit=typed,
        answering_unit=typed,
        leaders=(typed, typed),
    )


def typed_week(typed: str) -> WeekFacts:
    """A week in which every name is this."""
    return replace(
        WEEK,
        units=(typed,),
        by_whom=tuple(replace(one, who=typed) for one in WEEK.by_whom),
        unheard=(Unheard(typed, 14),) * 5,
        overdue=tuple(replace(one, who=typed) for one in WEEK.overdue) * 5,
    )
