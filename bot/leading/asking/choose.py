"""Which question a unit is offered in which week, and when a leader is asked for a lesson of their own. Pure.

Each unit has the questions in an order of its own. Week by week the first is offered and goes to the end; so
does whatever was asked. Thus none comes again before all others had their turn, and the same week always
offers the same.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from datetime import date, timedelta
from hashlib import sha256
from typing import Final

from bot.leading.asking.questions import Question

# The Monday from which weeks are counted.
FIRST_WEEK: Final = date(2024, 1, 1)
MOST_OTHERS: Final = 5
LESSON_EVERY: Final = 6  # weeks
_WEEK: Final = timedelta(weeks=1)
_WORD: Final = re.compile(r"\w+")


def in_turn(
    questions: Sequence[Question], unit_id: int, monday: date, asked: Collection[tuple[date, str]]
) -> tuple[Question, ...]:
    """The questions as they are in turn for a unit in the week of that Monday; the first one is offered.

    `asked`: the days on which the unit was asked before, with the keys. Those of this week and later do not
    count yet, so that what is offered in a week stays.
    """
    order = sorted(questions, key=lambda one: sha256(f"{unit_id}:{one.key}".encode()).digest())
    past: dict[date, list[str]] = {}
    for day, key in sorted(asked):
        past.setdefault(max(monday_of(day), FIRST_WEEK), []).append(key)
    week = FIRST_WEEK
    while order and week < monday:
        order.append(order.pop(0))
        for key in past.get(week, ()):
            found = next((one for one in order if one.key == key), None)
            if found is not None:
                order.remove(found)
                order.append(found)
        week += _WEEK
    return tuple(order)


def others(turn: Sequence[Question], most: int = MOST_OTHERS) -> tuple[Question, ...]:
    """A few others beside the one that is offered: the next of each other kind, as they are in turn."""
    found: list[Question] = []
    kinds = {turn[0].kind} if turn else set()
    for one in turn[1:]:
        if one.kind not in kinds:
            kinds.add(one.kind)
            found.append(one)
    rest = [one for one in turn[1:] if one not in found]
    return tuple([*found, *rest][:most])


def is_lesson_week(person_id: int, monday: date) -> bool:
    """Whether somebody is asked for a lesson in that week: every sixth, not all leaders in the same."""
    weeks = (monday - FIRST_WEEK).days // 7
    shift = int.from_bytes(sha256(f"lesson:{person_id}".encode()).digest()[:4], "big")
    return (weeks + shift) % LESSON_EVERY == 0


def monday_of(day: date) -> date:
    """The Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def taken_from(words: str, question: Question) -> bool:
    """Whether these are a shipped question's words, changed or not, rather than somebody's own question."""
    wanted = {word.casefold() for word in _WORD.findall(question.words)}
    there = {word.casefold() for word in _WORD.findall(words)}
    return 2 * len(wanted & there) > len(wanted)
