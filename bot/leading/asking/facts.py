"""What is known of asking, as plain facts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from bot.leading.asking.questions import Question
from storage.terms import Posted


@dataclass(frozen=True, slots=True)
class Asked:
    """Somebody has asked a unit in this week already. `me`: whoever reads this."""

    who: str
    on: date
    unit: str = ""
    me: bool = False


@dataclass(frozen=True, slots=True)
class Asking:
    """What stands in a leader's week and on their Home.

    `unit` is the one that is asked first, of `units` in all that have a channel; `asked` what was asked there
    in this week; `lesson`: whether this is a week in which they are asked for one.
    """

    unit_id: int
    unit: str
    question: Question
    today: date
    units: int = 1
    asked: tuple[Asked, ...] = ()
    lesson: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """A unit that can be asked: `channel` as in "#ward-4"; `problem` says why nothing goes there just now."""

    unit_id: int
    unit: str
    channel: str
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """A form so far.

    `key` is that of the question whose words were filled in last; `version` counts how often words were;
    `seen` is the id of the latest question of this week that the leader was told of.
    """

    kind: Posted
    words: str = ""
    unit_id: int | None = None
    key: str = ""
    version: int = 0
    seen: int = 0


@dataclass(frozen=True, slots=True)
class FormFacts:
    """What a form is drawn from: where it can go, the questions to choose from, what was asked this week."""

    places: tuple[Place, ...]
    today: date
    others: tuple[Question, ...] = ()
    asked: tuple[Asked, ...] = ()


@dataclass(frozen=True, slots=True)
class PostFacts:
    """A post as it stands in the channel. `words` is "" once they were taken away."""

    id: int
    kind: Posted
    who: str
    words: str


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply in the thread of a post: `text` as typed; `reference` for its button."""

    who: str
    text: str
    reference: str
    mine: bool = False
