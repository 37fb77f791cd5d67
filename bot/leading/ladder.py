"""The ladder: who hears of which waiting idea, on which working day, and in which form (N2 to N11). Pure.

A caller gathers `Facts`, asks `plan_day` for one person, and writes one row for the message (person, day) and
one for each item (idea, person, day, rung, clock). The rungs, with their usual working days:

| rung | working days | who hears of it |
|---|---|---|
| DAILY | 2 | the clinical leader, in the daily message |
| BOLD | 4 | the same, first and in bold |
| OTHERS | 6 | the deputy and the manager as well |
| ABOVE | 8 | the pair of the next level, once, in their week; then it stands on the board only |

Decided here, where the requirements leave a choice:

- Of the leadership pair the clinical leader hears first, the manager from OTHERS on. A unit without a
  clinical leader has its manager in that place, one without either its deputy.
- A leader who is away, or said "Not mine" to an idea, has somebody else hear of it at once: whoever stands in
  for them, else the deputy and the manager, else the level above by the same rule, else the administrators.
  A stand-in comes in a leader's place for the dates of the delegation, whether or not the leader is away.
- The clock of an idea counts the working days of whoever hears first (N1): the leader's, with their weekends
  and public holidays. Leave hands it to whoever hears instead, and does not stop it.
- A snooze keeps an idea out of one person's messages for so many whole working days after the day on which it
  was pressed. It counts for that person only and never for the rung; an idea is snoozed twice at most,
  whoever does it and whichever clock runs.
- An idea leaves the daily messages when it reaches ABOVE. Each of the pair above gets it in one week, as long
  as it is at most a week after the first of them. Where no level is above, it stands on the board at once.
- The week is a person's first message between Monday and Friday of an ISO week: on Monday, after a holiday or
  leave on the first working day, after do-not-disturb when it ends. Whoever leads no unit has no week; for
  them that day's message is a usual one, and carries summaries too if they stand in above.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Final

from bot.ideas.working import add_working_days
from bot.leading.hearing import Case, case_of, day_of, days_in, hearing_in, hearing_of
from bot.leading.hours import WorkingHours
from bot.leading.ladder_facts import (
    RANK,
    DayPlan,
    Facts,
    Item,
    Snooze,
    Stands,
    Waiting,
)
from storage.terms import Rung, Which

SNOOZES_AN_IDEA: Final = 2
# A nudge has worked when an answer came within this much working time (N13).
WORKED_WITHIN: Final = timedelta(hours=24)
_FRIDAY: Final = 5
_CLOCK_RANK: Final = {which: number for number, which in enumerate(Which)}


def plan_day(facts: Facts, person_id: int, now: datetime) -> DayPlan | None:
    """The message that a person gets now, if any.

    None outside their working hours (N2), after that day's message (N3), and where there is nothing to say.
    """
    hours = facts.people.get(person_id)
    if hours is None or not hours.is_working(now):
        return None
    day = hours.day_of(now)
    if (person_id, day) in facts.sent:
        return None
    first_of_week = _is_first_of_week(facts, person_id, day)
    week = first_of_week and _leads(facts, person_id)
    found: dict[int, Item] = {}
    for idea in sorted(facts.waiting, key=lambda idea: (idea.idea_id, _CLOCK_RANK[idea.clock])):
        case = case_of(facts, idea, now)
        if idea.idea_id in found or not _could_hear(case, person_id):
            continue
        item = _item(case, person_id, day)
        if item is not None and (item.rung is not Rung.ABOVE or first_of_week):
            found[idea.idea_id] = item
    since = {idea.idea_id: idea.since for idea in facts.waiting}
    ordered = sorted(found.values(), key=lambda one: (-RANK[one.rung], since[one.idea_id], one.idea_id))
    if not ordered and not week:
        return None
    return DayPlan(
        person_id,
        day,
        week,
        tuple(item for item in ordered if item.rung is not Rung.ABOVE),
        tuple(item for item in ordered if item.rung is Rung.ABOVE),
    )


def still_to_send(plan: DayPlan, facts: Facts, now: datetime) -> DayPlan | None:
    """What of a planned message still holds when it is about to be sent (N9); None where nothing does.

    Items that were answered, snoozed, moved or routed to others since have gone; none are added. Outside
    working hours it is None too: the caller defers the message.
    """
    unsent = replace(facts, sent=facts.sent - {(plan.person_id, plan.day)})
    fresh = plan_day(unsent, plan.person_id, now)
    if fresh is None or fresh.day != plan.day:
        alone = plan.weak and not plan.week and _is_at_work(facts, plan, now)
        return replace(plan, items=(), summary=()) if alone else None
    held = {item.idea_id: item for item in fresh.all_items}
    items = tuple(held[one.idea_id] for one in plan.items if one.idea_id in held)
    summary = tuple(held[one.idea_id] for one in plan.summary if one.idea_id in held)
    if not (items or summary or plan.week or plan.weak):
        return None
    return replace(plan, items=items, summary=summary)


def _is_at_work(facts: Facts, plan: DayPlan, now: datetime) -> bool:
    hours = facts.people.get(plan.person_id)
    return hours is not None and hours.is_working(now) and hours.day_of(now) == plan.day


def explain(item: Item) -> str:
    """An item in a word or two, for metrics and tests: "first/bold/leads"."""
    return f"{item.clock.value}/{item.rung.value}/{item.why.value}"


def standing(facts: Facts, idea: Waiting, now: datetime) -> Stands:
    """Where an unanswered idea is at a moment."""
    hearing = hearing_of(facts, idea, now)
    if hearing.rung is None:
        return Stands.EARLY
    if hearing.rung is Rung.ABOVE:
        return Stands.SUMMARY if hearing.people else Stands.BOARD
    if not hearing.people:
        return Stands.NOBODY
    awake = [one for one in hearing.people if not _is_snoozed(facts, idea, one, day_of(facts, one, now))]
    return Stands.HEARD if awake else Stands.SNOOZED


def may_snooze(snoozes: Iterable[Snooze], idea_id: int) -> bool:
    """Whether an idea may be snoozed once more."""
    return sum(one.idea_id == idea_id for one in snoozes) < SNOOZES_AN_IDEA


def back_on(snooze: Snooze, hours: WorkingHours) -> date:
    """The first day on which a snoozed idea can be in that person's message again."""
    return add_working_days(hours.days, snooze.on, snooze.days + 1)


def worked(hours: WorkingHours, sent_at: datetime, answered_at: datetime | None) -> bool:
    """Whether a nudge was answered within 24 hours of the person's working time (N13)."""
    if answered_at is None or answered_at < sent_at:
        return False
    return hours.working_time_between(sent_at, answered_at) <= WORKED_WITHIN


def _item(case: Case, person_id: int, day: date) -> Item | None:
    facts, idea, hearing = case.facts, case.idea, hearing_in(case)
    if hearing.rung is None or person_id not in hearing.people:
        return None
    if hearing.rung is not Rung.ABOVE and _is_snoozed(facts, idea, person_id, day):
        return None
    return Item(
        idea.idea_id,
        idea.unit_id,
        idea.clock,
        hearing.rung,
        days_in(case) if hearing.rung is Rung.ABOVE else hearing.days,
        idea.supporters,
        hearing.people[person_id],
        tuple(one for one in hearing.people if one != person_id),
        hearing.rung is not Rung.ABOVE and may_snooze(facts.snoozes, idea.idea_id),
    )


def _is_snoozed(facts: Facts, idea: Waiting, person_id: int, day: date) -> bool:
    """Whether a person has snoozed an idea; only the first two snoozes of an idea count."""
    of_idea = sorted(
        (one for one in facts.snoozes if one.idea_id == idea.idea_id),
        key=lambda one: (one.on, one.person_id, one.days),
    )
    return any(
        one.person_id == person_id and one.on <= day < back_on(one, facts.people[person_id])
        for one in of_idea[:SNOOZES_AN_IDEA]
    )


def _could_hear(case: Case, person_id: int) -> bool:
    """Whether somebody is anywhere near an idea: most are not, and need no counting of days."""
    near = {one for level in case.levels for one in level.people}
    return person_id in near or any(
        one.delegate_id == person_id and one.person_id in near for one in case.facts.delegations
    )


def _leads(facts: Facts, person_id: int) -> bool:
    return any(person_id in (unit.leader, unit.manager) for unit in facts.units.values())


def _is_first_of_week(facts: Facts, person_id: int, day: date) -> bool:
    """Whether a message on a day is the first of its ISO week, Monday to Friday."""
    if day.isoweekday() > _FRIDAY:
        return False
    return all((person_id, day - timedelta(days=n)) not in facts.sent for n in range(day.isoweekday()))
