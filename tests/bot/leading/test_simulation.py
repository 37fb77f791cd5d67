"""Half a year of a hospital: what reaches its leaders unasked, through the real courier and the local Slack.

What is expected is reckoned here by hand from the calendar, and not by the code that is looked at: who works
when, whose do-not-disturb is on, how old an idea is.
"""

from __future__ import annotations

import gc
import json
import os
import random
import re
import threading
import time as stopwatch
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, partial
from zoneinfo import ZoneInfo

import holidays
import pytest
import structlog

from bot.leading import gather
from bot.leading.effects_figures import figures
from bot.leading.ladder import standing
from bot.leading.ladder_facts import Stands
from bot.sandbox import TEAM_ID, Faults
from storage import outbox_queue
from storage.engine import Database
from storage.leading import LeaderMessage
from storage.terms import IdeaEventKind as Event
from storage.terms import OutboxState, Rung, Which
from tests.bot.leading.house import START, House, house_on

# A quarter in the usual run, to keep it short; ROUNDS_SIMULATION_WEEKS=26 tells the half year (400 ideas).
WEEKS = int(os.environ.get("ROUNDS_SIMULATION_WEEKS", "13"))
# Two replicas on PostgreSQL take longer: a week in the usual run, two with the half year.
WEEKS_OF_TWO = 2 if WEEKS > 13 else 1
STEP = timedelta(minutes=30)
# Zone and public holidays of each part of the hospital.
PLACES = (
    ("Europe/London", "GB-ENG"),
    ("Europe/Berlin", "DE-BE"),
    ("Asia/Kolkata", "IN"),
    ("America/New_York", "US-NY"),
    ("Australia/Adelaide", "AU-SA"),
)
HOURS = (time(8), time(18))
EARLY = (time(7), time(15))
RUNGS = (2, 4, 6, 8)
QUICK = (1, 2, 4, 5)


@dataclass
class One:
    """A leader, as the calendar on their wall has them."""

    id: int
    zone: ZoneInfo
    country: str
    hours: tuple[time, time]
    leave: list[tuple[date, date]] = field(default_factory=list)

    def local(self, moment: datetime) -> datetime:
        return moment.astimezone(self.zone)

    def off(self, day: date) -> bool:
        return day.weekday() >= 5 or day in public(self.country, day.year)

    def works(self, day: date) -> bool:
        return not self.off(day) and not any(first <= day <= last for first, last in self.leave)

    def away(self, moment: datetime) -> bool:
        return any(first <= self.local(moment).date() <= last for first, last in self.leave)

    def at_work(self, moment: datetime) -> bool:
        local = self.local(moment)
        return self.works(local.date()) and self.hours[0] <= local.time() < self.hours[1]


@cache
def public(country: str, year: int) -> frozenset[date]:
    name, _, region = country.partition("-")
    return frozenset(holidays.country_holidays(name, subdiv=region or None, years=year))


@dataclass
class Case:
    """An idea and what became of it. `touched`: its clock cannot be reckoned from one calendar alone."""

    id: int
    unit: int
    since: datetime
    above: bool = False
    words: datetime | None = None
    decided: datetime | None = None
    touched: bool = False


class HalfYear:
    """The story, told half hour by half hour."""

    def __init__(self, house: House, seed: int, weeks: int, replicas: int = 1) -> None:
        self.house, self.chance = house, random.Random(seed)
        self.weeks, self.ideas, self.replicas = weeks, round(400 * weeks / 26), replicas
        self.people: dict[int, One] = {}
        self.teams: dict[int, tuple[int, int]] = {}  # who leads a unit, and the other one
        self.over: dict[int, int | None] = {}
        self.rungs: dict[int, tuple[int, int, int, int]] = {}
        self.cases: dict[int, Case] = {}
        self.events: list[tuple[datetime, int, Callable[[], None]]] = []
        self.read: Counter[int] = Counter()
        self.days: Counter[tuple[int, date]] = Counter()
        self.numbers: Counter[str] = Counter()
        self.pressed: Counter[int] = Counter()
        self._due: datetime | None = None
        self._delegated: list[tuple[int, date, date]] = []
        self.wrong: list[str] = []
        self.checked = 0
        self._start()
        self._units()
        self._calendars()
        self._ideas()
        self.starts = {(person.zone, person.hours[0]) for person in self.people.values()}
        self.events.sort(key=lambda event: event[:2])

    # -- the world ----

    def _units(self) -> None:
        hospital = self._unit("Hospital", None, 0)
        divisions = [self._unit(f"Division {n}", hospital, n) for n in range(1, 4)]
        for n in range(8):
            self._unit(f"Ward {n + 1}", divisions[n % 3], n, deputy=n % 4 > 0)
        assert (len(self.teams), len(self.people)) == (12, 24)

    def _unit(self, name: str, above: int | None, place: int, *, deputy: bool = False) -> int:
        zone, country = PLACES[place % len(PLACES)]
        hours, rungs = (EARLY, RUNGS) if name == "Ward 3" else (HOURS, QUICK if name == "Ward 5" else RUNGS)
        pair = tuple(self.house.person(f"{name.replace(' ', '')}{part}", zone) for part in ("lead", "other"))
        unit = self.house.unit(
            name, above, leader_id=pair[0], **{"deputy_id" if deputy else "manager_id": pair[1]}
        )
        own = {"rungs": list(rungs)} if rungs is QUICK else {}
        self.house.rules(unit, holidays=country, work_starts=hours[0], work_ends=hours[1], **own)
        for person in pair:
            self.people[person] = One(person, ZoneInfo(zone), country, hours)
        self.teams[unit], self.over[unit], self.rungs[unit] = (pair[0], pair[1]), above, rungs
        return unit

    def _calendars(self) -> None:
        first = START.date()
        for person in self.people.values():
            for _ in range(self.chance.randint(1, 3)):
                starts = first + timedelta(days=self.chance.randint(3, max(self.weeks * 7 - 20, 6)))
                ends = starts + timedelta(days=self.chance.choice((0, 2, 4, 11)))
                if not any(starts <= last and ends >= begun for begun, last in person.leave):
                    person.leave.append((starts, ends))
                    self.house.away(person.id, starts, ends)
        for unit, (leader, other) in self.teams.items():
            if self.chance.random() < 0.5:
                starts = first + timedelta(days=self.chance.randint(5, max(self.weeks * 7 - 30, 8)))
                ends = starts + timedelta(days=self.chance.randint(1, 10))
                self.house.stands_in(other, leader, starts, ends)
                self.numbers["delegations"] += 1
                self._delegated.append((unit, starts, ends))
        users, workspace = self.house.users, self.house.sandbox.workspace
        for n, person in enumerate(self.people.values()):
            if n % 4 == 0:
                workspace.set_dnd(users[person.id], (time(22), time(7)))
            elif n % 4 == 1:
                workspace.set_dnd(users[person.id], (time(7, 30), time(9, 45)))
            else:
                for _ in range(6):
                    self._quiet_once(person)

    def _quiet_once(self, person: One) -> None:
        """Some hours, or a whole day, put on early in the morning."""
        day = START.date() + timedelta(days=self.chance.randint(1, self.weeks * 7 - 2))
        begins = datetime.combine(day, time(6), person.zone).astimezone(UTC)
        ends = begins + timedelta(hours=self.chance.choice((3, 5, 8, 13)))
        user = self.house.users[person.id]
        self._later(begins, lambda: self.house.sandbox.workspace.set_dnd(user, (begins, ends)))

    def _later(self, moment: datetime, do: Callable[[], None]) -> None:
        self.events.append((moment, len(self.events), do))

    def _ideas(self) -> None:
        units = list(self.teams)
        for _ in range(self.ideas):
            unit = self.chance.choice(units[1:])
            minutes = self.chance.randint(0, max(self.weeks - 3, 1) * 7 * 24 * 60)
            self._later(START + timedelta(minutes=minutes), partial(self._hand_in, unit))

    def _hand_in(self, unit: int) -> None:
        over = self.over[unit]
        above = self.chance.random() < 0.05 and over is not None
        idea = self.house.idea(unit, answering=over if above else None, above=above)
        now = self.house.clock.now()
        case = Case(idea, over if above and over is not None else unit, now, above)
        self.cases[idea] = case
        fate, actor = self.chance.random(), self.chance.choice(self.teams[case.unit])
        if fate < 0.45:
            self._press(case, Event.ACKNOWLEDGED, actor, self.chance.uniform(0.1, 2.5))
            self._press(case, Event.ACCEPTED, actor, self.chance.uniform(3, 10))
        elif fate < 0.7:
            self._press(
                case, self.chance.choice((Event.DECLINED, Event.PUT_OFF)), actor, self.chance.uniform(0.5, 8)
            )
        elif fate < 0.82:
            self._press(case, Event.ACKNOWLEDGED, actor, self.chance.uniform(1, 14))
            self._press(case, Event.ACCEPTED, actor, self.chance.uniform(15, 30))
        elif fate < 0.92:
            self._press(case, Event.ACKNOWLEDGED, actor, self.chance.uniform(0.5, 9))

    def _press(self, case: Case, kind: Event, actor: int, days: float) -> None:
        """An answer, at whatever time of the day; also while a message about it is on its way."""

        def press() -> None:
            if not self.house.respond(case.id, kind, actor):
                return
            now = self.house.clock.now()
            case.words = case.words or now
            if kind is not Event.ACKNOWLEDGED:
                case.decided = case.decided or now
            self.numbers["responses"] += 1

        moment = case.since + timedelta(days=days)
        self.events.append((moment, len(self.events) + self.ideas * 10, press))
        self.events.sort(key=lambda event: event[:2])

    # -- telling it ----

    def tell(self) -> None:
        """Half an hour after another; what talks to Slack is asked where there may be something to do."""
        clock, end = self.house.clock, START + timedelta(weeks=self.weeks)
        moment = START
        while moment < end:
            moment += STEP
            self._happen(moment)
            if clock.now() < moment:
                clock.set(moment)
            if self._worth_a_tick(moment):
                self._tick()
                self._look()
            if (moment.hour, moment.minute) == (23, 30):
                self.house.follow_up()
                self._check_ages(moment)

    def _happen(self, moment: datetime) -> None:
        while self.events and self.events[0][0] <= moment:
            at, _, do = self.events.pop(0)
            if self.house.clock.now() < at:
                self.house.clock.set(at)
            do()

    def _worth_a_tick(self, moment: datetime) -> bool:
        # Now and then at any hour, where nothing is to come of it.
        if self.chance.random() < 0.02 or (self._due is not None and self._due <= moment):
            return True
        return any(
            (local := moment.astimezone(zone)).weekday() < 5 and local.time() == starts.replace(minute=30)
            for zone, starts in self.starts
        )

    def _tick(self) -> None:
        chance = self.chance.random()
        if chance < 0.05:
            # Another process: nothing of what this one knew is left.
            self._start()
            self.courier.take_over()
            self.numbers["restarts"] += 1
        if chance > 0.95 or self.replicas > 1:
            twin = self.twin if self.replicas > 1 else self.house.planner()
            at_once([self.planner.tick, twin.tick])
            self.numbers["twins"] += 1
        else:
            self.planner.tick()
        if 0.05 <= chance < 0.08:
            self._die_with_rows_in_hand()
        if self._waits():
            couriers = [self.courier, self.second] if self.replicas > 1 else [self.courier]
            at_once([partial(courier.drain, 120) for courier in couriers])
            self._waits()

    def _waits(self) -> bool:
        """Whether anything waits in the outbox; and note for when."""
        with self.house.database.read() as session:
            left, self._due = outbox_queue.open_work(session)
        return left > 0

    def _start(self) -> None:
        """A process begins, in which the planner and the courier know the same staff, as in the real one."""
        roster = gather.Roster(self.house.settings, TEAM_ID)
        self.planner, self.courier = self.house.planner(roster), self.house.courier(roster, workers=1)
        self.twin, self.second = self.house.planner(), self.house.courier(workers=1)

    def _die_with_rows_in_hand(self) -> None:
        now = self.house.clock.now()
        with self.house.database.write() as session:
            taken = outbox_queue.claim(session, now=now, owner="dead", lease=timedelta(minutes=5), limit=3)
        self.numbers["died holding"] += len(taken)
        self.courier = self.house.courier(workers=1)
        self.courier.take_over()

    # -- looking ----

    def _look(self) -> None:
        """At every message that has come since: may it have, and may it say what it says?"""
        sent = None
        for person in self.people.values():
            messages = self.house.dm(person.id)
            for message in messages[self.read[person.id] :]:
                moment = datetime.fromtimestamp(float(message.ts), UTC)
                if sent is None:
                    sent = {(one.person_id, one.day): one for one in self.house.messages(since=moment.date())}
                self._look_at(person, moment, json.dumps(message.blocks), sent)
            self.read[person.id] = len(messages)

    def _look_at(
        self, person: One, moment: datetime, said: str, sent: dict[tuple[int, date], LeaderMessage]
    ) -> None:
        day = person.local(moment).date()
        self.days[person.id, day] += 1
        self.numbers["messages"] += 1
        if not person.at_work(moment):
            self.wrong.append(f"{person.id} had a message out of hours, at {person.local(moment)}")
        quiet = self.house.sandbox.workspace.users[self.house.users[person.id]].quiet_window(moment)
        if quiet is not None and quiet[0] <= moment < quiet[1]:
            self.wrong.append(f"{person.id} had a message in do-not-disturb, at {moment}")
        message = sent[person.id, day]
        self.numbers["weeks"] += message.week
        items = [*message.contents["items"], *message.contents["summary"]]
        for item in items:
            case = self.cases[item["idea"]]
            ended = case.words if item["clock"] == Which.FIRST else case.decided
            if ended is not None and ended <= moment:
                self.wrong.append(
                    f"#{case.id} was answered at {ended}, and {person.id} told of it at {moment}"
                )
            if case.above and person.id in self.teams[self._applies(case)]:
                self.wrong.append(f"#{case.id} was not for {person.id}")
        named = {int(number) for number in re.findall(r"#(\d+)", said)}
        if not message.week and not named <= {item["idea"] for item in items}:
            self.wrong.append(f"{person.id} read of {named} at {moment}, and not of {items}")
        self._press_something(person, day, items)

    def _applies(self, case: Case) -> int:
        return next(unit for unit, over in self.over.items() if over == case.unit and unit != case.unit)

    def _press_something(self, person: One, day: date, items: list[dict[str, object]]) -> None:
        for item in items:
            case, chance = self.cases[int(str(item["idea"]))], self.chance.random()
            if item["may_snooze"] and self.pressed[case.id] < 2 and chance < 0.05:
                self.pressed[case.id] += 1
                self.house.snooze(case.id, person.id, day, self.chance.choice((1, 3, 7)))
                case.touched = True
                self.numbers["snoozes"] += 1
            elif chance > 0.985 and not case.touched:
                self.house.not_mine(case.id, person.id)
                case.touched = True
                self.numbers["not mine"] += 1

    # -- ages ----

    def _check_ages(self, moment: datetime) -> None:
        """At the end of each day: is every unanswered idea where its age says?"""
        told: dict[int, dict[tuple[int, date], Rung]] = {}
        for one in self.house.nudges(since=moment.date() - timedelta(days=20)):
            if one.sent_at is not None:
                told.setdefault(one.idea_id, {})[one.person_id, one.day] = one.rung
        for case in self.cases.values():
            if case.words is None and not case.touched:
                self._check_age(case, moment, told.get(case.id, {}))
        if moment.weekday() == 4:
            self._check_none_is_lost(moment)

    def _check_age(self, case: Case, moment: datetime, told: dict[tuple[int, date], Rung]) -> None:
        leader, other = (self.people[one] for one in self.teams[case.unit])
        begun, today = leader.local(case.since).date(), leader.local(moment).date()
        # The last day of theirs that is over.
        if leader.local(moment).time() < leader.hours[1]:
            today -= timedelta(days=1)
        days = [begun + timedelta(days=n) for n in range(1, (today - begun).days + 1)]
        stood_in = any(
            unit == case.unit and starts <= today and ends >= begun for unit, starts, ends in self._delegated
        )
        if not days or stood_in or not all(leader.works(day) or leader.off(day) for day in days):
            return
        age = sum(leader.works(day) for day in days)
        daily, bold, others, above = self.rungs[case.unit]
        self.checked += 1
        if leader.works(today) and (leader.id, today) in self.days:
            due = (
                Rung.OTHERS
                if age >= others
                else Rung.BOLD
                if age >= bold
                else Rung.DAILY
                if age >= daily
                else None
            )
            if age >= above:
                due = None
            if told.get((leader.id, today)) is not due:
                self.wrong.append(
                    f"#{case.id} is {age} days old on {today}; its leader had {told.get((leader.id, today))}"
                )
            had_too = (other.id, today) in self.days and other.works(today)
            if due is Rung.OTHERS and had_too and told.get((other.id, today)) is not Rung.OTHERS:
                self.wrong.append(f"#{case.id} is {age} days old on {today}; the other one did not hear")
        if above + 10 <= age < above + 12 and self.over[case.unit] is not None:
            above_them = {person for (person, _), rung in told.items() if rung is Rung.ABOVE}
            if not above_them or above_them & {leader.id, other.id}:
                self.wrong.append(f"#{case.id} is {age} days old, and above it {above_them} heard")

    def _somebody_is_there(self, idea_id: int, moment: datetime) -> bool:
        """Whether anybody who leads where an idea waits, or above that, is not on leave."""
        case = self.cases[idea_id]
        unit: int | None = case.unit
        there = False
        while unit is not None:
            people = [self.people[one] for one in self.teams[unit]]
            there = there or any(not one.away(moment) for one in people)
            unit = self.over[unit]
        return there and not case.touched

    def _check_none_is_lost(self, moment: datetime) -> None:
        """Whatever happened to it, an unanswered idea is somewhere; and what is to be heard was heard."""
        with self.house.database.read() as session:
            facts = gather.facts(session, self.house.settings, TEAM_ID, moment)
        waiting = {idea.idea_id for idea in facts.waiting if idea.clock is Which.FIRST}
        expected = {case.id for case in self.cases.values() if case.words is None}
        if waiting != expected:
            self.wrong.append(f"at {moment} {waiting ^ expected} wait in one place only")
        for idea in facts.waiting:
            self.numbers[f"stood: {standing(facts, idea, moment).value}"] += 1
            if standing(facts, idea, moment) is Stands.NOBODY and self._somebody_is_there(
                idea.idea_id, moment
            ):
                self.wrong.append(f"#{idea.idea_id} is with nobody at {moment}")


@contextmanager
def seldom_collected() -> Iterator[None]:
    """What is loaded already stays anyway: Python need not look through it for what is free, all the time."""
    thresholds = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
        gc.unfreeze()


def at_once(jobs: Sequence[Callable[[], object]]) -> None:
    """Do these in threads, and wait for all of them."""
    if len(jobs) == 1:
        jobs[0]()
        return
    threads = [threading.Thread(target=job) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.mark.slow
@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_two_replicas_on_postgresql_tell_each_leader_once(database: Database) -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    faults = Faults(seed=7, break_after_chance={"chat.postMessage": 0.02})
    with seldom_collected(), house_on(database, faults) as house:
        story = HalfYear(house, 20261102, WEEKS_OF_TWO, replicas=2)
        story.tell()
        states = Counter(state for state, _ in house.states())
    assert story.wrong == []
    assert max(story.days.values()) == 1
    assert states[OutboxState.SENT] == story.numbers["messages"] == sum(story.days.values())
    assert story.numbers["messages"] >= 24 * WEEKS_OF_TWO


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_half_a_year_of_leaders_messages(sqlite: Database, capsys: pytest.CaptureFixture[str]) -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    began = stopwatch.monotonic()
    faults = Faults(
        seed=7,
        break_after_chance={"chat.postMessage": 0.02},
        break_before_chance={"chat.postMessage": 0.02},
        ratelimit_chance={"dnd.teamInfo": 0.02},
    )
    with seldom_collected(), house_on(sqlite, faults) as house:
        story = HalfYear(house, 20261102, WEEKS)
        story.tell()
        with sqlite.read() as session:
            rungs = figures(session)
        states = Counter(state for state, _ in house.states())
    took = stopwatch.monotonic() - began
    with capsys.disabled():
        print(f"\n{WEEKS} weeks, {len(story.people)} leaders, {len(story.cases)} ideas in {took:.0f} s")
        print(", ".join(f"{name} {number}" for name, number in sorted(story.numbers.items())))
        print(", ".join(f"{state.value} {number}" for state, number in states.items()))
        for one in rungs:
            share = "" if one.share is None else f", {one.share:.0%} answered within 24 working hours"
            print(f"{one.rung.value}: {one.sent} sent{share}")
        print(f"{story.checked} ages reckoned by hand")
    assert story.wrong == []
    assert max(story.days.values()) == 1
    assert len(story.cases) == story.ideas
    assert states[OutboxState.SENT] == story.numbers["messages"] == sum(story.days.values())
    # The story is worth telling: everything in it happened.
    assert story.checked > 38 * WEEKS
    for what in (
        "restarts",
        "twins",
        "died holding",
        "snoozes",
        "not mine",
        "delegations",
        "responses",
        "weeks",
    ):
        assert story.numbers[what] > 0, what
    assert {one.rung for one in rungs} == set(Rung)
