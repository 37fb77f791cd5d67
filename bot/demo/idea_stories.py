"""Reads `ideas.toml`: what people at Northmere proposed, and what became of it."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LEADER, MANAGER = "leader", "manager"


@dataclass(frozen=True, slots=True)
class Step:
    """What happens `after` days: `act` says what, `who` does it (a name, or a part), `words` are theirs.

    `more` is a test's prediction or its data, or a proof; `on` how many days later it is about; `whom` a
    person, a unit or another idea's key.
    """

    act: str
    after: float
    words: str = ""
    more: str = ""
    on: int = 0
    whom: str = ""
    who: str = LEADER
    care: bool = False


@dataclass(frozen=True, slots=True)
class Story:
    """One idea. `me_too` counts the colleagues who say so; `flags` are the form's ticks."""

    unit: str
    sender: str
    days_ago: float
    text: str
    steps: tuple[Step, ...] = ()
    me_too: int = 0
    anonymous: bool = False
    key: str = ""
    measure: str = ""
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Adoption:
    """A confirmed idea (by its key) that another unit takes up, `after` days; its steps count from there."""

    key: str
    who: str
    unit: str
    after: float
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Stories:
    """All of them, in the order of the file."""

    ideas: tuple[Story, ...]
    adoptions: tuple[Adoption, ...]


def read_stories() -> Stories:
    """The stories of the demo. Raises TypeError for a field that is not known."""
    found = tomllib.loads(Path(__file__).with_name("ideas.toml").read_text(encoding="utf-8"))
    adoptions = tuple(Adoption(steps=_steps(one), **one) for one in found["adoption"])
    return Stories(tuple(_story(idea) for idea in found["idea"]), adoptions)


def _steps(found: dict[str, Any]) -> tuple[Step, ...]:
    """What happens, taken out of what was read."""
    return tuple(Step(**step) for step in found.pop("step", ()))


def _story(idea: dict[str, Any]) -> Story:
    steps = _steps(idea)
    return Story(**idea | {"steps": steps, "flags": tuple(idea.get("flags", ()))})
