"""Who does something to an idea, and what comes of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from bot.access import Actor
from bot.clock import local_date
from bot.ideas.facts import Receipt
from bot.settings import Settings


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Whoever is in no list yet, as Slack knows them: what is needed to write them down."""

    email: str
    name: str
    timezone: str | None = None


@dataclass(frozen=True, slots=True)
class Doing:
    """Who does something to an idea, and when.

    `actor` with duties; `user_id` and `team_id` are Slack's; `now` is aware UTC. `newcomer` is filled in for
    somebody whom Rounds does not know yet and who hands in with their name. `released`: this is the sender of
    an anonymous idea, whose act comes with the batch (`bot.ideas.anonymous.hidden`); then nothing here says
    who it is, and `user_id` is "".
    """

    actor: Actor
    user_id: str
    team_id: str
    now: datetime
    settings: Settings
    newcomer: Newcomer | None = None
    released: bool = False

    @property
    def today(self) -> date:
        """The day at the site."""
        return local_date(self.now, self.settings.zone)

    @property
    def sender(self) -> str:
        """The Slack account, as it is sealed for somebody who is not named."""
        return f"{self.team_id}:{self.user_id}"


@dataclass(frozen=True, slots=True)
class Done:
    """It is kept.

    `appears_on` is the day of the batch with which an anonymous sender's act appears; `note` something to
    tell them beside, a sentence.
    """

    idea_id: int | None = None
    appears_on: date | None = None
    receipt: Receipt | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """It is not kept. `reason` says kindly why, and what to do."""

    reason: str


Outcome = Done | Refused
