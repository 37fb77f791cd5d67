"""What the forms of a card bring in: plain values, checked by `bot.ideas.acts`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from storage.terms import IdeaEventKind


@dataclass(frozen=True, slots=True)
class Decision:
    """What leaders decide on an idea.

    `kind` is one of `lifecycle.DECISIONS`. `words` are the leader's own (the reason of a "No" or "Not now");
    `more` the prediction of a test, or the coach's questions with their answers. `on` is the day planned
    for, the day by which the test is done, or the day to look again. `owner_user` is a Slack user id.
    `version` is the idea's as the leader saw it; 0 where it is not known.
    """

    kind: IdeaEventKind
    words: str
    more: str = ""
    on: date | None = None
    owner_user: str = ""
    touches_care: bool = False
    version: int = 0


@dataclass(frozen=True, slots=True)
class Study:
    """What came of a test: `kind` is test_adopted, test_adapted or test_abandoned.

    `on` is the day by which the next cycle is done, where it is adapted.
    """

    kind: IdeaEventKind
    learned: str
    data: str
    on: date | None = None


@dataclass(frozen=True, slots=True)
class Implementation:
    """What was put in place, its proof (words or a link, or a picture's file id), and since when."""

    done: str
    proof: str
    on: date
    file_id: str = ""
