"""What may become of a goal, and what counts as one: pure functions, the whole of the rules (L5).

A goal is proposed by one of a peer group and judged by all of it. It is one only once the leadership has
adopted it, and it cannot be adopted before its peers were asked: only a vote that was heard, and that did
not call it out of reach, opens that way.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from bot.digests.values import Measured, format_count, format_number, format_value
from storage.terms import Direction, GoalState, Kind, Mode, Vote

VOTE_DAYS: Final = 14
LEAST_VOTES: Final = 3
OPEN: Final = frozenset({GoalState.PROPOSED, GoalState.JUDGED})


class Step(StrEnum):
    """What can happen to a goal."""

    HEARD = "heard"  # the vote is over: enough voted, and most do not call it out of reach
    OUT_OF_REACH = "out_of_reach"  # the vote is over: most of those who voted call it so
    TOO_FEW = "too_few"  # the vote is over: too few voted
    ADOPT = "adopt"
    NOT_NOW = "not_now"
    WITHDRAW = "withdraw"
    END = "end"


STEPS: Final[Mapping[tuple[GoalState, Step], GoalState]] = MappingProxyType(
    {
        (GoalState.PROPOSED, Step.HEARD): GoalState.JUDGED,
        (GoalState.PROPOSED, Step.OUT_OF_REACH): GoalState.UNATTAINABLE,
        (GoalState.PROPOSED, Step.TOO_FEW): GoalState.UNHEARD,
        (GoalState.PROPOSED, Step.WITHDRAW): GoalState.WITHDRAWN,
        (GoalState.JUDGED, Step.WITHDRAW): GoalState.WITHDRAWN,
        (GoalState.JUDGED, Step.ADOPT): GoalState.ADOPTED,
        (GoalState.JUDGED, Step.NOT_NOW): GoalState.NOT_ADOPTED,
        (GoalState.ADOPTED, Step.END): GoalState.ENDED,
    }
)


def after(state: GoalState, step: Step) -> GoalState | None:
    """The state after a step; None where it cannot happen in this state."""
    return STEPS.get((state, step))


@dataclass(frozen=True, slots=True)
class Tally:
    """How many of those `asked` said what."""

    asked: int = 0
    attainable: int = 0
    stretch: int = 0
    not_attainable: int = 0

    @property
    def votes(self) -> int:
        """How many voted."""
        return self.attainable + self.stretch + self.not_attainable


def tally_of(votes: Iterable[Vote | None], asked: int) -> Tally:
    """Votes counted."""
    given = list(votes)
    return Tally(
        asked, given.count(Vote.ATTAINABLE), given.count(Vote.STRETCH), given.count(Vote.NOT_ATTAINABLE)
    )


def is_over(tally: Tally, votes_until: date, today: date) -> bool:
    """Whether a vote is over: its last day has passed, or everybody who is asked has voted."""
    return today > votes_until or (tally.asked > 0 and tally.votes >= tally.asked)


def judge(tally: Tally) -> Step:
    """What a vote that is over says. Under three votes, or a third of those asked, it says nothing."""
    if tally.votes < LEAST_VOTES or 3 * tally.votes < tally.asked:
        return Step.TOO_FEW
    return Step.OUT_OF_REACH if 2 * tally.not_attainable > tally.votes else Step.HEARD


def may_show_counts(tally: Tally, *, closed: bool) -> bool:
    """Whether counts are shown, to anybody: when it is over, and never of fewer than three votes.

    Shown before, the difference between two looks would be somebody's vote.
    """
    return closed and tally.votes >= LEAST_VOTES


# -- who decides ----


def deciding_units(
    members: Collection[int], parents: Mapping[int, int | None], led: Collection[int]
) -> frozenset[int]:
    """The units whose leadership decides on a goal.

    - `members`: the units in which the group's members work; `parents`: the unit above each, None at the top.
    - `led`: the units that have a leadership.

    It is the nearest one that holds all of them, or the next one above that is led. Where there is none, the
    members' own units that are led.
    """
    chains = [_chain(unit, parents) for unit in sorted(set(members))]
    if not chains:
        return frozenset()
    shared = [unit for unit in chains[0] if all(unit in chain for chain in chains) and unit in led]
    return frozenset(shared[:1]) or frozenset(unit for unit in members if unit in led)


def _chain(unit: int, parents: Mapping[int, int | None]) -> list[int]:
    chain: list[int] = []
    at: int | None = unit
    while at is not None and at not in chain:
        chain.append(at)
        at = parents.get(at)
    return chain


# -- when somebody is asked ----


def ask_now(latest: datetime, proposed_at: datetime, now: datetime, late: timedelta) -> bool:
    """Whether it is somebody's time to be asked. `latest` is their last weekly moment until now.

    Not at a moment before the proposal, and not long after one, where Rounds did not run then: that waits
    for the next.
    """
    return proposed_at < latest <= now and now - latest <= late


# -- what is typed ----


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a group is now, as its digests say: the middle, and what colleagues have reached.

    In the measure's unit; None where there is too little to say it. `compared`: whether the group is
    compared on this measure at all.
    """

    median: float | None = None
    benchmark: float | None = None
    compared: bool = True


@dataclass(frozen=True, slots=True)
class BadValue:
    """Why a value cannot be a goal: a sentence to stand beside the field."""

    reason: str


_TYPED = re.compile(
    r"(?P<number>[+-]?\d[\d., \u00a0]*|[.,]\d+)\s*(?P<percent>%|per\s?cent)?\s*(?P<rest>\D.*)?", re.DOTALL
)
_PER = re.compile(r"(?:per|in|/|of)\s*(\d[\d,.]*)", re.IGNORECASE)
EXAMPLES: Final = MappingProxyType(
    {Kind.PROPORTION: "78 %", Kind.RATE: "4.2", Kind.MEAN: "2.5", Kind.RATIO: "0.95"}
)


def can_have_goal(mode: Mode, direction: Direction) -> bool:
    """Only where people are compared, and one way is better."""
    return mode is Mode.REPETITIVE and direction is not Direction.NEUTRAL


def read_value(measure: Measured, typed: str) -> float | BadValue:
    """A goal as people write it (`78`, `78 %`, `2.5 days`, `4 per 1,000`) in the measure's unit."""
    example = EXAMPLES[measure.kind]
    match = _TYPED.fullmatch(typed.strip())
    number = None if match is None else _number(match["number"])
    if match is None or number is None:
        return BadValue(f"Please write one number, such as {example}.")
    if not math.isfinite(number) or abs(number) > 1e9:
        return BadValue(f"That number is too large. Please write one such as {example}.")
    if number < 0:
        return BadValue("A goal cannot be below nothing.")
    rest = (match["rest"] or "").strip()
    if any(sign.isdigit() for sign in _PER.sub("", rest)):
        return BadValue(f"Please write one number, such as {example}.")
    per = _PER.search(rest)
    if measure.kind is Kind.PROPORTION:
        return _share(number, percent=bool(match["percent"]), rest=per is not None)
    if match["percent"]:
        return BadValue(f"This measure is not a percentage. Please write a number such as {example}.")
    if per is not None and (measure.kind is not Kind.RATE or _number(per[1]) != measure.per):
        unit = f"is counted per {format_count(measure.per)}" if measure.kind is Kind.RATE else "has no “per”"
        return BadValue(f"This measure {unit}. Please write a number such as {example}.")
    return number


def _share(number: float, *, percent: bool, rest: bool) -> float | BadValue:
    if rest:
        return BadValue("Please write it as a percentage, such as 78 %.")
    if number > 100:
        return BadValue("More than 100 % cannot be: a goal for a share is between 0 and 100 %.")
    if 0 < number < 1 and not percent:
        return BadValue(
            f"Is that {format_count(100 * number)} %, or {number:g} %? Please write it with the sign."
        )
    return number / 100


def _number(typed: str) -> float | None:
    text = re.sub(r"[ \u00a0]", "", typed).rstrip(".,")
    if re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?", text):
        text = text.replace(",", "")
    elif text.count(",") == 1 and "." not in text:
        text = text.replace(",", ".")
    try:
        return float(text)
    except ValueError:
        return None


def look_at_value(measure: Measured, value: float, standing: Standing) -> BadValue | str:
    """What to say of a value before it is proposed: a reason against it, or a remark ("" for none)."""
    if not standing.compared or standing.median is None:
        return BadValue(
            "Your group is not compared on this measure yet, so there is nothing to set a goal from. "
            "It needs six colleagues with enough cases."
        )
    shown = format_value(measure, value)
    if format_number(measure, value) == format_number(measure, standing.median):
        return BadValue(
            f"Half of the group is at {shown} or beyond already: please choose a value to work towards."
        )
    better = 1 if measure.direction is Direction.HIGHER else -1
    if better * (value - standing.median) < 0:
        middle = format_value(measure, standing.median)
        return f"The middle of the group is at {middle} already, which is beyond {shown}."
    return ""


def same_value(measure: Measured, one: float, other: float) -> bool:
    """Whether two goals read the same."""
    return format_number(measure, one) == format_number(measure, other)


def to_suggest(measure: Measured, value: float, had: Sequence[tuple[GoalState, float]]) -> bool:
    """Whether a measure's own suggestion is to be put to a group, which had these goals before.

    Once, and not while another one is open: no goal is imposed, and none is asked for again and again.
    """
    return not any(state in OPEN or same_value(measure, value, other) for state, other in had)
