"""The ladder: who hears of what waits, on which working day, in which form, and what stops it (N2 to N11)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any, Final
from zoneinfo import ZoneInfo

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from bot.ideas.working import WorkingDays
from bot.leading.hearing import days_waiting, not_mine_goes_to
from bot.leading.hours import WorkingHours
from bot.leading.ladder import back_on, explain, may_snooze, plan_day, standing, still_to_send, worked
from bot.leading.ladder_facts import (
    DayPlan,
    Delegation,
    Facts,
    Rungs,
    Snooze,
    Stands,
    Told,
    UnitFacts,
    Waiting,
    Why,
)
from storage.terms import Rung, Which

WARD, DIVISION, TRUST = 1, 2, 3
LEADER, MANAGER, DEPUTY = 11, 12, 13
DIVISION_LEADER, DIVISION_MANAGER, DIVISION_DEPUTY = 21, 22, 23
CHIEF, STAND_IN, ADMINISTRATOR = 31, 41, 51
EVERYBODY = (
    LEADER, MANAGER, DEPUTY, DIVISION_LEADER, DIVISION_MANAGER, DIVISION_DEPUTY, CHIEF,
    STAND_IN, ADMINISTRATOR,
)  # fmt: skip

# Monday 2 November 2026; there is no public holiday in England in that month.
ARRIVED = datetime(2026, 11, 2, 10, tzinfo=UTC)
FIRST_DAY = ARRIVED.date()


def person(away: tuple[tuple[date, date], ...] = (), zone: str = "Europe/London", country: str = "GB-ENG"):  # type: ignore[no-untyped-def]
    return WorkingHours(WorkingDays(ZoneInfo(zone), country, away))


PEOPLE: dict[int, WorkingHours] = {one: person() for one in EVERYBODY}
UNITS = {
    WARD: UnitFacts(WARD, DIVISION, LEADER, MANAGER, DEPUTY),
    DIVISION: UnitFacts(DIVISION, TRUST, DIVISION_LEADER, DIVISION_MANAGER, DIVISION_DEPUTY),
    TRUST: UnitFacts(TRUST, None, CHIEF),
}
IDEA = Waiting(7, WARD, Which.FIRST, ARRIVED)
# Everybody who leads had their week on Monday, so that what follows are usual days.
WEEKS = frozenset((one, FIRST_DAY + timedelta(weeks=n)) for one in EVERYBODY for n in range(8))


def facts(*waiting: Waiting, **more: Any) -> Facts:
    given: dict[str, Any] = {"people": PEOPLE, "units": UNITS, "sent": WEEKS, "waiting": waiting or (IDEA,)}
    return Facts(**(given | more))


def away(*people: int, first: date = date(2026, 11, 1), last: date = date(2026, 12, 31)) -> Any:
    return PEOPLE | {one: person(((first, last),)) for one in people}


def working_day(number: int, hour: int = 9) -> datetime:
    """The morning of the n-th working day after the idea came, by counting off weekdays."""
    day = FIRST_DAY
    while number > 0:
        day += timedelta(days=1)
        number -= day.isoweekday() <= 5
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


def told_on(number: int, given: Facts) -> dict[int, str]:
    """Whom a working day's messages tell of the idea, and how."""
    plans = {one: plan_day(given, one, working_day(number)) for one in given.people}
    return {
        one: explain(item)
        for one, plan in plans.items()
        if plan is not None
        for item in plan.all_items
        if item.idea_id == IDEA.idea_id
    }


def plan_of(given: Facts, one: int, now: datetime) -> DayPlan:
    plan = plan_day(given, one, now)
    assert plan is not None
    return plan


# -- N8: the rungs ----


def test_the_ladder_climbs_with_the_working_days() -> None:
    no_week = facts(sent=frozenset(one for one in WEEKS if one[0] < DIVISION_LEADER))
    expected: dict[int, dict[int, str]] = {
        0: {},
        1: {},
        2: {LEADER: "first/daily/leads"},
        3: {LEADER: "first/daily/leads"},
        4: {LEADER: "first/bold/leads"},
        # The fifth is a Monday: it stands in the leader's week, below.
        6: {
            LEADER: "first/others/leads",
            MANAGER: "first/others/as well",
            DEPUTY: "first/others/as well",
        },
        7: {
            LEADER: "first/others/leads",
            MANAGER: "first/others/as well",
            DEPUTY: "first/others/as well",
        },
        8: {
            DIVISION_LEADER: "first/above/level above",
            DIVISION_MANAGER: "first/above/level above",
        },
    }
    assert {number: told_on(number, no_week) for number in expected} == expected


def test_the_fifth_day_is_a_monday_and_the_idea_stands_in_the_leaders_week() -> None:
    plan = plan_of(facts(sent=frozenset()), LEADER, working_day(5))
    assert plan.week
    assert [explain(item) for item in plan.items] == ["first/bold/leads"]


def test_the_summary_waits_for_the_week_of_the_level_above_and_comes_once() -> None:
    assert told_on(8, facts()) == {}
    monday = datetime(2026, 11, 16, 9, tzinfo=UTC)
    plan = plan_of(facts(sent=frozenset()), DIVISION_LEADER, monday)
    assert (plan.week, plan.items) == (True, ())
    assert [(item.idea_id, item.days) for item in plan.summary] == [(7, 10)]
    row = Told(7, DIVISION_LEADER, monday.date(), Rung.ABOVE, Which.FIRST)
    later = monday + timedelta(weeks=1)
    assert plan_of(facts(sent=frozenset(), told=(row,)), DIVISION_LEADER, later).summary == ()
    # The other of the pair, who was on leave, still gets it the week after, and nobody after that.
    assert plan_of(facts(sent=frozenset(), told=(row,)), DIVISION_MANAGER, later).summary
    assert not plan_of(
        facts(sent=frozenset(), told=(row,)), DIVISION_MANAGER, later + timedelta(weeks=1)
    ).summary
    assert standing(facts(told=(row,)), IDEA, later + timedelta(weeks=1)) is Stands.BOARD


def test_the_decision_clock_has_a_summary_of_its_own() -> None:
    late = Waiting(7, WARD, Which.DECISION, ARRIVED, due=FIRST_DAY)
    row = Told(7, DIVISION_LEADER, working_day(1).date(), Rung.ABOVE, Which.FIRST)
    given = facts(late, sent=frozenset(), told=(row,))
    assert told_on(8, given)[DIVISION_LEADER] == "decision/above/level above"


def test_who_leads_here_and_above_has_no_summary_of_what_they_left_unanswered() -> None:
    units = UNITS | {DIVISION: replace(UNITS[DIVISION], manager=MANAGER)}
    assert set(told_on(8, facts(units=units, sent=frozenset()))) == {DIVISION_LEADER}


def test_a_level_with_the_same_people_is_no_level_above() -> None:
    units = UNITS | {DIVISION: UnitFacts(DIVISION, TRUST, LEADER, MANAGER)}
    assert set(told_on(8, facts(units=units, sent=frozenset()))) == {CHIEF}
    assert set(told_on(2, facts(replace(IDEA, put_offs=3), units=units))) == {CHIEF}


def test_where_no_level_is_above_the_last_rung_is_the_board() -> None:
    top = Waiting(7, TRUST, Which.FIRST, ARRIVED)
    assert standing(facts(top), top, working_day(8)) is Stands.BOARD
    assert all(not told_on(number, facts(top, sent=frozenset())) for number in (8, 9, 10, 14))


def test_rungs_are_the_units_own() -> None:
    quick = UNITS | {WARD: replace(UNITS[WARD], rungs=Rungs(1, 2, 3, 4))}
    assert told_on(1, facts(units=quick)) == {LEADER: "first/daily/leads"}
    assert set(told_on(3, facts(units=quick))) == {LEADER, MANAGER, DEPUTY}
    assert told_on(4, facts(units=quick)) == {}
    with pytest.raises(ValueError, match="ascend"):
        Rungs(2, 2, 6, 8)


def test_bold_ones_come_first_then_the_oldest_then_the_lowest_number() -> None:
    recent = working_day(2)
    ideas = (
        Waiting(9, WARD, Which.FIRST, recent),
        Waiting(8, WARD, Which.FIRST, recent),
        Waiting(5, WARD, Which.FIRST, recent + timedelta(hours=1)),
        Waiting(30, WARD, Which.FIRST, ARRIVED),
    )
    plan = plan_of(facts(*ideas), LEADER, working_day(4))
    assert [(item.idea_id, item.bold) for item in plan.items] == [
        (30, True), (8, False), (9, False), (5, False),
    ]  # fmt: skip
    assert plan == plan_of(facts(*reversed(ideas)), LEADER, working_day(4))


def test_an_item_says_who_else_hears_of_it() -> None:
    plan = plan_of(facts(), LEADER, working_day(6))
    assert set(plan.items[0].with_people) == {MANAGER, DEPUTY}


def test_a_weekend_a_holiday_and_a_clock_change_count_for_nothing() -> None:
    # Thursday 24 December; 25 and 28 are public holidays: the second working day is Wednesday 30.
    christmas = Waiting(7, WARD, Which.FIRST, datetime(2026, 12, 24, 10, tzinfo=UTC))
    assert days_waiting(facts(christmas), christmas, datetime(2026, 12, 28, 12, tzinfo=UTC)) == 0
    assert days_waiting(facts(christmas), christmas, datetime(2026, 12, 30, 12, tzinfo=UTC)) == 2


# -- N2, N3: when ----


@pytest.mark.parametrize(
    "now",
    [
        datetime(2026, 11, 4, 7, 59, tzinfo=UTC),
        datetime(2026, 11, 4, 18, 0, tzinfo=UTC),
        datetime(2026, 11, 7, 12, tzinfo=UTC),
    ],
)
def test_nothing_is_sent_out_of_hours(now: datetime) -> None:
    assert plan_day(facts(), LEADER, now) is None


def test_one_message_a_working_day() -> None:
    now = working_day(2)
    assert plan_day(facts(sent=WEEKS | {(LEADER, now.date())}), LEADER, now) is None


def test_nothing_is_sent_where_there_is_nothing_to_say() -> None:
    assert plan_day(facts(), MANAGER, working_day(2)) is None
    assert plan_day(facts(), STAND_IN, working_day(5)) is None
    assert plan_day(facts(), 999, working_day(5)) is None


def test_the_week_is_the_first_message_of_the_week_even_with_nothing_waiting() -> None:
    empty = facts(sent=frozenset(), waiting=())
    monday = datetime(2026, 11, 9, 9, tzinfo=UTC)
    for one in (LEADER, MANAGER):
        plan = plan_of(empty, one, monday)
        assert (plan.week, plan.all_items) == (True, ())
    assert plan_day(empty, DEPUTY, monday) is None
    # After a Monday in do-not-disturb it comes on Tuesday; after one that was sent it does not come again.
    assert plan_of(empty, LEADER, monday + timedelta(days=1)).week
    sent = frozenset({(LEADER, monday.date())})
    assert plan_day(replace(empty, sent=sent), LEADER, monday + timedelta(days=1)) is None
    saturday = person(country="SA")  # who works on Sundays, with a week that was Monday's
    sunday = datetime(2026, 11, 15, 9, tzinfo=UTC)
    assert plan_day(replace(empty, people=PEOPLE | {LEADER: saturday}), LEADER, sunday) is None


def test_after_a_bank_holiday_the_week_comes_on_tuesday() -> None:
    empty = facts(sent=frozenset(), waiting=())
    monday = datetime(2026, 8, 31, 9, tzinfo=UTC)
    assert plan_day(empty, LEADER, monday) is None
    assert plan_of(empty, LEADER, monday + timedelta(days=1)).week


# -- N6: snooze ----


def snooze(days: int, on: int, who: int = LEADER, idea: int = 7) -> Snooze:
    return Snooze(idea, who, working_day(on).date(), days)


def test_a_snoozed_idea_is_quiet_for_so_many_working_days_and_its_rung_climbs_on() -> None:
    given = facts(snoozes=(snooze(1, on=2),))
    assert told_on(2, given) == told_on(3, given) == {}
    assert told_on(4, given) == {LEADER: "first/bold/leads"}
    assert back_on(snooze(1, on=2), PEOPLE[LEADER]) == working_day(4).date()
    assert back_on(snooze(3, on=4), PEOPLE[LEADER]) == working_day(8).date()
    assert standing(given, IDEA, working_day(3)) is Stands.SNOOZED


def test_snoozing_stops_neither_the_manager_nor_the_level_above() -> None:
    given = facts(snoozes=(snooze(7, on=2), snooze(7, on=4)))
    assert set(told_on(6, given)) == {MANAGER, DEPUTY}
    assert set(told_on(8, replace(given, sent=frozenset()))) == {DIVISION_LEADER, DIVISION_MANAGER}


def test_a_third_snooze_of_an_idea_counts_for_nothing() -> None:
    both = (snooze(1, on=2), snooze(1, on=4))
    assert may_snooze(both[:1], 7)
    assert not may_snooze(both, 7)
    assert may_snooze(both, 8)
    assert not plan_of(facts(snoozes=both), LEADER, working_day(6)).items[0].may_snooze
    assert LEADER in told_on(7, facts(snoozes=(*both, snooze(7, on=6))))
    with pytest.raises(ValueError, match="1, 3 or 7"):
        snooze(2, on=2)


# -- N7: delegation and absence ----


def test_a_delegate_hears_in_the_leaders_place_and_it_returns_by_itself() -> None:
    given = facts(
        delegations=(Delegation(LEADER, STAND_IN, working_day(2).date(), working_day(3).date()),),
    )
    assert told_on(2, given) == told_on(3, given) == {STAND_IN: "first/daily/stands in"}
    assert told_on(4, given) == {LEADER: "first/bold/leads"}


def test_where_the_delegate_is_away_too_it_goes_on_to_the_deputy() -> None:
    given = facts(
        people=away(LEADER, STAND_IN), delegations=(Delegation(LEADER, STAND_IN, FIRST_DAY, date.max),)
    )
    assert DEPUTY in told_on(2, given)
    assert STAND_IN not in told_on(2, given)


def test_absence_routes_to_the_deputy_and_the_manager_at_once() -> None:
    assert told_on(2, facts(people=away(LEADER))) == {
        DEPUTY: "first/daily/instead",
        MANAGER: "first/daily/instead",
    }


def test_without_anybody_there_the_level_above_hears_at_once() -> None:
    assert told_on(2, facts(people=away(LEADER, MANAGER, DEPUTY))) == {
        DIVISION_LEADER: "first/daily/nobody below"
    }
    lone = UNITS | {WARD: UnitFacts(WARD, DIVISION, LEADER)}
    assert told_on(2, facts(people=away(LEADER), units=lone)) == {DIVISION_LEADER: "first/daily/nobody below"}
    gone = away(LEADER, DIVISION_LEADER)
    assert set(told_on(2, facts(people=gone, units=lone))) == {DIVISION_DEPUTY, DIVISION_MANAGER}
    everybody = away(LEADER, DIVISION_LEADER, DIVISION_DEPUTY, DIVISION_MANAGER)
    assert set(told_on(2, facts(people=everybody, units=lone))) == {CHIEF}


def test_the_summary_of_an_idea_that_went_up_goes_one_further_up() -> None:
    given = facts(people=away(LEADER, MANAGER, DEPUTY), sent=frozenset())
    assert told_on(8, given) == {CHIEF: "first/above/level above"}


def test_a_summary_goes_on_to_the_deputy_where_the_pair_above_is_away() -> None:
    given = facts(people=away(DIVISION_LEADER, DIVISION_MANAGER), sent=frozenset())
    assert set(told_on(8, given)) == {DIVISION_DEPUTY}


def test_a_unit_without_a_clinical_leader_has_its_manager_and_one_with_neither_its_deputy() -> None:
    for unit, first in (
        (UnitFacts(WARD, DIVISION, None, MANAGER, DEPUTY), MANAGER),
        (UnitFacts(WARD, DIVISION, None, None, DEPUTY), DEPUTY),
        (UnitFacts(WARD, DIVISION), DIVISION_LEADER),
    ):
        assert set(told_on(2, facts(units=UNITS | {WARD: unit}))) == {first}


def test_administrators_hear_where_nobody_leads_and_somebody_who_cannot_be_told_is_nobody() -> None:
    empty = {WARD: UnitFacts(WARD)}
    assert told_on(2, facts(units=empty, administrators=(ADMINISTRATOR,))) == {
        ADMINISTRATOR: "first/daily/administers"
    }
    assert standing(facts(units=empty), IDEA, working_day(4)) is Stands.EARLY
    unknown = {one: hours for one, hours in PEOPLE.items() if one != LEADER}
    assert set(told_on(2, facts(people=unknown))) == {MANAGER}


def test_with_everybody_away_the_idea_waits_for_the_first_to_come_back() -> None:
    one = {WARD: UnitFacts(WARD, None, LEADER)}
    given = facts(units=one, people=away(LEADER, last=working_day(5).date()))
    assert standing(given, IDEA, working_day(3)) is Stands.NOBODY
    assert told_on(6, given) == {LEADER: "first/others/leads"}


def test_not_mine_moves_an_idea_to_the_deputy_and_the_manager_then_up() -> None:
    assert set(not_mine_goes_to(facts(), IDEA, LEADER, working_day(2))) == {DEPUTY, MANAGER}
    given = facts(not_mine=frozenset({(7, LEADER)}))
    assert set(told_on(2, given)) == {DEPUTY, MANAGER}
    nobody = facts(not_mine=frozenset((7, one) for one in (LEADER, DEPUTY, MANAGER)))
    assert set(told_on(2, nobody)) == {DIVISION_LEADER}
    assert LEADER in told_on(2, facts(not_mine=frozenset({(8, LEADER)})))


def test_what_is_for_somebody_above_is_not_for_those_whom_it_passes_over() -> None:
    above = Waiting(7, DIVISION, Which.FIRST, ARRIVED, passed_over=frozenset({DIVISION_LEADER}))
    assert set(told_on(2, facts(above))) == {DIVISION_MANAGER, DIVISION_DEPUTY}


# -- N9, N11: what stops it, and what does not ----


def test_the_decision_clock_counts_from_the_day_the_decision_was_due() -> None:
    due = working_day(7).date()
    late = Waiting(7, WARD, Which.DECISION, ARRIVED, due=due)
    assert [told_on(number, facts(late)) for number in (2, 7, 8)] == [{}, {}, {}]
    assert told_on(9, facts(late)) == {LEADER: "decision/daily/leads"}
    assert told_on(11, facts(late)) == {LEADER: "decision/bold/leads"}
    assert set(told_on(13, facts(late))) == {LEADER, MANAGER, DEPUTY}
    with pytest.raises(ValueError, match="was due"):
        Waiting(7, WARD, Which.DECISION, ARRIVED)


def test_an_idea_stands_in_a_message_once_even_where_both_clocks_are_given() -> None:
    both = (IDEA, Waiting(7, WARD, Which.DECISION, ARRIVED, due=FIRST_DAY))
    plan = plan_of(facts(*reversed(both)), LEADER, working_day(4))
    assert [explain(item) for item in plan.items] == ["first/bold/leads"]


def test_a_third_not_now_goes_one_level_up() -> None:
    assert set(told_on(2, facts(replace(IDEA, put_offs=2)))) == {LEADER}
    assert set(told_on(2, facts(replace(IDEA, put_offs=3)))) == {DIVISION_LEADER}
    top = Waiting(7, TRUST, Which.FIRST, ARRIVED, put_offs=3)
    assert set(told_on(2, facts(top))) == {CHIEF}


def test_a_response_before_sending_takes_the_item_out_and_nothing_comes_in() -> None:
    other = Waiting(8, WARD, Which.FIRST, ARRIVED)
    now = working_day(2)
    plan = plan_of(facts(IDEA, other), LEADER, now)
    late = Waiting(9, WARD, Which.FIRST, ARRIVED)
    left = still_to_send(plan, facts(other, late, sent=WEEKS | {(LEADER, now.date())}), now)
    assert left is not None
    assert [item.idea_id for item in left.items] == [8]
    assert still_to_send(plan, facts(waiting=()), now) is None
    assert still_to_send(plan, facts(IDEA, snoozes=(snooze(1, on=2), snooze(1, 2, idea=8))), now) is None
    assert still_to_send(plan, facts(IDEA, other), now.replace(hour=19)) is None
    assert still_to_send(plan, facts(IDEA, other), now + timedelta(days=1)) is None


def test_a_week_is_sent_even_when_its_items_were_answered() -> None:
    plan = plan_of(facts(sent=frozenset()), LEADER, working_day(5))
    left = still_to_send(plan, facts(waiting=(), sent=frozenset({(LEADER, plan.day)})), working_day(5))
    assert left == DayPlan(LEADER, plan.day, week=True)


def test_a_nudge_worked_when_it_was_answered_within_a_day_of_working_time() -> None:
    sent = working_day(2, hour=8)  # Wednesday; 24 hours of ten a day end on Friday at noon
    assert worked(PEOPLE[LEADER], sent, datetime(2026, 11, 6, 12, tzinfo=UTC))
    assert not worked(PEOPLE[LEADER], sent, datetime(2026, 11, 6, 12, 1, tzinfo=UTC))
    assert not worked(PEOPLE[LEADER], sent, None)
    assert not worked(PEOPLE[LEADER], sent, sent - timedelta(minutes=1))


# -- anything that may happen in seven weeks ----

ZONES = [
    ("Europe/London", "GB-SCT"),
    ("America/New_York", "US-NY"),
    ("Asia/Kathmandu", "NP"),
    ("Pacific/Chatham", "NZ"),
    ("Asia/Riyadh", "SA"),
]
WEEKS_RUN = 6
# What shrinking and explaining would add takes minutes: a run is long, and its seed is printed.
FAST: Final = (Phase.explicit, Phase.reuse, Phase.generate)
START = datetime(2026, 10, 19, tzinfo=UTC)  # before the clocks go back
TICKS = [START + timedelta(hours=4 * n) for n in range(6 * 7 * WEEKS_RUN)]
LEADING = (LEADER, MANAGER, DEPUTY, DIVISION_LEADER, DIVISION_MANAGER, CHIEF)

days_run = st.dates(START.date(), START.date() + timedelta(weeks=WEEKS_RUN))
spans = st.tuples(days_run, st.integers(0, 14)).map(lambda one: (one[0], one[0] + timedelta(days=one[1])))


@dataclass
class Run:
    """What happened: every message, with the moment at which it was sent and the facts of that moment."""

    facts: Facts
    sent: list[tuple[datetime, DayPlan, Facts]] = field(default_factory=list)
    ended: dict[int, datetime] = field(default_factory=dict)

    def tick(self, now: datetime, presses: Random | None) -> None:
        for one in self.facts.people:
            plan = plan_day(self.facts, one, now)
            if plan is None:
                continue
            self.sent.append((now, plan, self.facts))
            rows = tuple(Told(item.idea_id, one, plan.day, item.rung, item.clock) for item in plan.all_items)
            self.facts = replace(
                self.facts, sent=self.facts.sent | {(one, plan.day)}, told=self.facts.told + rows
            )
            if presses is not None and plan.items:
                self.press(plan, now, presses)

    def press(self, plan: DayPlan, now: datetime, presses: Random) -> None:
        item = presses.choice(plan.items)
        kind = presses.choice(["", "", "", "snooze", "decide", "acknowledge", "not mine"])
        given = self.facts
        if kind == "snooze" and item.may_snooze:
            one = Snooze(item.idea_id, plan.person_id, plan.day, presses.choice((1, 3, 7)))
            self.facts = replace(given, snoozes=(*given.snoozes, one))
        if kind == "not mine":
            self.facts = replace(given, not_mine=given.not_mine | {(item.idea_id, plan.person_id)})
        if kind == "decide":
            self.ended[item.idea_id] = now
            self.facts = replace(
                given, waiting=tuple(one for one in given.waiting if one.idea_id != item.idea_id)
            )
        if kind == "acknowledge" and item.clock is Which.FIRST:
            due = plan.day + timedelta(days=5)
            self.facts = replace(
                given,
                waiting=tuple(
                    replace(one, clock=Which.DECISION, due=due) if one.idea_id == item.idea_id else one
                    for one in given.waiting
                ),
            )


@st.composite
def beginnings(draw: st.DrawFn, leave: bool = True) -> Facts:
    people = {}
    for one in (*LEADING, STAND_IN):
        zone, country = draw(st.sampled_from(ZONES))
        people[one] = person(tuple(draw(st.lists(spans, max_size=2 * leave))), zone, country)
    delegations = draw(st.lists(st.tuples(st.sampled_from(LEADING), spans), max_size=2 * leave))
    hours = draw(st.lists(st.integers(0, 24 * 20), min_size=1, max_size=4))
    return Facts(
        people=people,
        units=UNITS | {WARD: replace(UNITS[WARD], deputy=draw(st.sampled_from([DEPUTY, None])))},
        waiting=tuple(
            Waiting(
                number,
                draw(st.sampled_from([WARD, WARD, DIVISION])),
                Which.FIRST,
                START + timedelta(hours=hour),
                put_offs=draw(st.sampled_from([0, 0, 3])),
            )
            for number, hour in enumerate(hours, start=1)
        ),
        delegations=tuple(Delegation(one, STAND_IN, *span) for one, span in delegations),
    )


@given(beginnings(), st.randoms(use_true_random=True))
@settings(max_examples=6, deadline=None, phases=FAST)
def test_whatever_happens_the_manners_are_kept(given: Facts, presses: Random) -> None:
    run = Run(given)
    for now in TICKS:
        run.tick(now, presses)
    days: set[tuple[int, date]] = set()
    weeks: set[tuple[int, tuple[int, int]]] = set()
    steps: dict[tuple[int, Which], list[int]] = defaultdict(list)
    for now, plan, known in run.sent:
        assert (plan.person_id, plan.day) not in days, "two messages on one day"
        days.add((plan.person_id, plan.day))
        assert known.people[plan.person_id].is_working(now), "out of working time"
        iso = plan.day.isocalendar()
        assert not plan.week or (plan.person_id, iso[:2]) not in weeks, "two weeks in one"
        if plan.week:
            weeks.add((plan.person_id, iso[:2]))
        assert plan.week or plan.all_items, "nothing to say"
        ids = [item.idea_id for item in plan.all_items]
        assert len(ids) == len(set(ids)), "an idea twice in one message"
        bold = [item.bold for item in plan.items]
        assert bold == sorted(bold, reverse=True), "a bold one after another"
        for item in plan.all_items:
            assert item.idea_id not in run.ended or now <= run.ended[item.idea_id], "after its response"
            assert item.rung is Rungs().at(item.days), "another rung than its days say"
            assert (item.idea_id, plan.person_id) not in known.not_mine, "after a Not mine"
            steps[item.idea_id, item.clock].append(item.days)
    assert all(counted == sorted(counted) for counted in steps.values()), "down the ladder"
    for idea in given.waiting:
        assert sum(one.idea_id == idea.idea_id for one in run.facts.snoozes) <= 2


@given(beginnings())
@settings(max_examples=6, deadline=None, phases=FAST)
def test_no_idea_is_lost(given: Facts) -> None:
    """An idea that nobody touches is on its way to somebody, at every moment until it is on the board."""
    run = Run(given)
    seen: dict[int, set[Stands]] = defaultdict(set)
    for now in TICKS:
        run.tick(now, None)
        for idea in given.waiting:
            days, state = days_waiting(run.facts, idea, now), standing(run.facts, idea, now)
            if days < 2:
                assert state is Stands.EARLY
            elif days < 8:
                assert state in (Stands.HEARD, Stands.NOBODY)
            else:
                assert state in (Stands.SUMMARY, Stands.BOARD)
            seen[idea.idea_id].add(state)
    heard = {item.idea_id for _, plan, _ in run.sent for item in plan.items}
    assert heard >= {
        number
        for number, states in seen.items()
        if Stands.NOBODY not in states and {Stands.HEARD, Stands.BOARD} <= states
    }


@given(beginnings(leave=False))
@settings(max_examples=6, deadline=None, phases=FAST)
def test_with_everybody_there_an_untouched_idea_is_heard_on_every_rung(given: Facts) -> None:
    run = Run(given)
    for now in TICKS:
        run.tick(now, None)
    for idea in given.waiting:
        rows = [item for _, plan, _ in run.sent for item in plan.all_items if item.idea_id == idea.idea_id]
        days = days_waiting(run.facts, idea, TICKS[-1])
        top = idea.unit_id == DIVISION and idea.put_offs == 3
        expected = {rung for rung in Rung if rung is not Rung.ABOVE or not top}
        if days >= 18:  # the last rung, and two Mondays
            assert {item.rung for item in rows} == expected
            assert standing(run.facts, idea, TICKS[-1]) is Stands.BOARD
        summaries = [item for item in rows if item.rung is Rung.ABOVE]
        assert len(summaries) <= 2  # once to each of the pair above


@given(st.integers(0, 60), st.sampled_from(ZONES), st.lists(spans, max_size=2))
@settings(max_examples=40, deadline=None)
def test_a_lone_leaders_idea_climbs_exactly_with_their_working_days(
    offset: int, place: tuple[str, str], leave: list[tuple[date, date]]
) -> None:
    hours = person(tuple(leave), *place)
    given = Facts({LEADER: hours, CHIEF: person(zone=place[0], country=place[1])}, {})
    units = {WARD: UnitFacts(WARD, TRUST, LEADER), TRUST: UnitFacts(TRUST, None, CHIEF)}
    since = START + timedelta(hours=offset)
    given = replace(given, units=units, waiting=(Waiting(7, WARD, Which.FIRST, since),))
    run = Run(given)
    for now in TICKS[offset // 4 + 1 :]:
        run.tick(now, None)
    # Days of leave count as well: the level above hears then.
    whole = person((), *place)
    start = whole.day_of(since)
    expected = {}
    counted, day = 0, start
    while counted < 8:
        day += timedelta(days=1)
        if whole.works_on(day):
            counted += 1
            if 2 <= counted < 8:
                expected[day] = (LEADER if not hours.is_away(day) else CHIEF, Rungs().at(counted))
    told = {plan.day: (plan.person_id, item.rung) for _, plan, _ in run.sent for item in plan.items}
    assert told == expected
    assert not [item for _, plan, _ in run.sent for item in plan.items if item.why is Why.AS_WELL]
