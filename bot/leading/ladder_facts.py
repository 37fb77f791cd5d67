"""What the ladder is told and what it answers: its facts, a plan for a day and the items in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from bot.leading.hours import WorkingHours
from storage.terms import Rung, Which

SNOOZE_DAYS: Final = (1, 3, 7)


class Why(StrEnum):
    """Why somebody hears of an idea."""

    LEADS = "leads"
    STANDS_IN = "stands in"
    INSTEAD = "instead"  # of a leader who is away, or whose it is not
    AS_WELL = "as well"  # from OTHERS on
    NOBODY_BELOW = "nobody below"
    LEVEL_ABOVE = "level above"  # the summary
    ADMINISTERS = "administers"


class Stands(StrEnum):
    """Where an unanswered idea is. None is ever lost between these."""

    EARLY = "early"  # its first rung is still to come
    HEARD = "heard"  # in the next message of at least one person
    SNOOZED = "snoozed"  # by everybody who would hear of it
    SUMMARY = "summary"  # in the next week of the level above
    BOARD = "board"  # past the last rung
    NOBODY = "nobody"  # everybody is away; it comes back with the first of them


@dataclass(frozen=True, slots=True)
class Rungs:
    """A unit's rungs in working days without a response. Raises ValueError unless they ascend from 1."""

    daily: int = 2
    bold: int = 4
    others: int = 6
    above: int = 8

    def __post_init__(self) -> None:
        if not 1 <= self.daily < self.bold < self.others < self.above:
            raise ValueError("the rungs of a ladder ascend, and the first is at least one working day")

    def at(self, days: int) -> Rung | None:
        """The rung after so many working days; None before the first."""
        if days >= self.above:
            return Rung.ABOVE
        if days >= self.others:
            return Rung.OTHERS
        if days >= self.bold:
            return Rung.BOLD
        return Rung.DAILY if days >= self.daily else None


@dataclass(frozen=True, slots=True)
class UnitFacts:
    """A unit with its leadership pair, their deputy and its rungs; `above` is the unit over it."""

    id: int
    above: int | None = None
    leader: int | None = None
    manager: int | None = None
    deputy: int | None = None
    rungs: Rungs = field(default_factory=Rungs)


@dataclass(frozen=True, slots=True)
class Waiting:
    """An idea without a response, and the clock that counts.

    - `unit_id`: the unit whose leadership answers.
    - `since`: for the first clock when it came to that leadership; for the decision clock unused but for the
      order, where the oldest comes first.
    - `due`: for the decision clock the day on which the decision was due; its rungs count from there.
    - `passed_over`: who is not to hear of it (I22).
    - `put_offs`: how often it got a "not now"; from the third on it is the level above that hears (N11).

    Any response is a fact that ends this one (N9); a question, or an answer to one, is not (N11).
    """

    idea_id: int
    unit_id: int
    clock: Which
    since: datetime
    due: date | None = None
    supporters: int = 0
    passed_over: frozenset[int] = frozenset()
    put_offs: int = 0

    def __post_init__(self) -> None:
        if self.since.tzinfo is None:
            raise ValueError("an idea waits since an aware moment")
        if self.clock is Which.DECISION and self.due is None:
            raise ValueError("the decision clock counts from the day on which the decision was due")


@dataclass(frozen=True, slots=True)
class Delegation:
    """Somebody answers in somebody's place, both days included (N7)."""

    person_id: int
    delegate_id: int
    starts: date
    ends: date


@dataclass(frozen=True, slots=True)
class Snooze:
    """A press of "Snooze": on that day of the person's, for 1, 3 or 7 of their working days (N6)."""

    idea_id: int
    person_id: int
    on: date
    days: int

    def __post_init__(self) -> None:
        if self.days not in SNOOZE_DAYS:
            raise ValueError("an idea can be snoozed for 1, 3 or 7 working days")


@dataclass(frozen=True, slots=True)
class Told:
    """That somebody was told of an idea: a row of an earlier message."""

    idea_id: int
    person_id: int
    day: date
    rung: Rung
    clock: Which


@dataclass(frozen=True, slots=True)
class Facts:
    """All that a plan is made from.

    - `people`: working hours, with absences, by id. Whoever is not in it cannot be told anything.
    - `units`: all units by id.
    - `waiting`: the ideas without a response, as of now.
    - `not_mine`: (idea, person) of each "Not mine".
    - `sent`: (person, day) of the messages sent; this week's are enough.
    - `told`: rows of the rung ABOVE are enough.
    - `administrators`: who hears where nobody leads.
    """

    people: Mapping[int, WorkingHours]
    units: Mapping[int, UnitFacts]
    waiting: tuple[Waiting, ...] = ()
    delegations: tuple[Delegation, ...] = ()
    snoozes: tuple[Snooze, ...] = ()
    not_mine: frozenset[tuple[int, int]] = frozenset()
    sent: frozenset[tuple[int, date]] = frozenset()
    told: tuple[Told, ...] = ()
    administrators: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Hearing:
    """Who hears of an idea at a moment, and why. `days`: working days counted, up to those of ABOVE."""

    days: int
    rung: Rung | None
    people: Mapping[int, Why]


RANK: Final = {rung: number for number, rung in enumerate(Rung)}


@dataclass(frozen=True, slots=True)
class Item:
    """One idea in one person's message. `days`: working days counted, the reason for the rung.

    `with_people`: who else hears of it. `may_snooze`: whether that may still be offered.
    """

    idea_id: int
    unit_id: int
    clock: Which
    rung: Rung
    days: int
    supporters: int
    why: Why
    with_people: tuple[int, ...]
    may_snooze: bool

    @property
    def bold(self) -> bool:
        """Whether it stands in bold, and before those that do not."""
        return RANK[self.rung] >= RANK[Rung.BOLD]


@dataclass(frozen=True, slots=True)
class DayPlan:
    """One person's one message of a day (N3).

    `week`: it is the leader's week. `items`: to answer, in their order. `summary`: what the level below has
    left unanswered; only in the first message of a week. `weak`: rungs of which an administrator hears that
    they do not work.
    """

    person_id: int
    day: date
    week: bool
    items: tuple[Item, ...] = ()
    summary: tuple[Item, ...] = ()
    weak: tuple[Rung, ...] = ()

    @property
    def all_items(self) -> tuple[Item, ...]:
        """Everything that gets a row, each idea once."""
        return self.items + self.summary
