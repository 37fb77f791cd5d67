"""The questions that ship with Rounds (`questions.csv`): open, about the work, never about a person."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

# A choice of a menu holds 75 characters: each question can be read whole before it is chosen.
LONGEST = 75


@dataclass(frozen=True, slots=True)
class Question:
    """One question. `key` stays what it is when the words are put better; `kind` is what it asks about."""

    key: str
    kind: str
    words: str


@cache
def shipped() -> tuple[Question, ...]:
    """All of them, grouped by kind."""
    text = resources.files("bot.leading.asking").joinpath("questions.csv").read_text(encoding="utf-8")
    return tuple(Question(row["key"], row["kind"], row["words"]) for row in csv.DictReader(text.splitlines()))


def question_of(key: str, among: Sequence[Question] | None = None) -> Question | None:
    """The question with this key; None where there is none (any more)."""
    return next((one for one in among or shipped() if one.key == key), None)
