"""What every listener is given: made once, at the start, and handed in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from zoneinfo import ZoneInfo

from sqlmodel import Session

from bot.access import Actor, identify, with_duties
from bot.clock import Clock
from bot.digests.due import zone_or
from bot.settings import Settings
from handlers.worker import Worker
from storage.engine import Database

# Slack waits three seconds for an answer; the database gets half of that.
PATIENCE = 1.5

NOT_SAVED = (
    "Rounds could not reach its database just now, so nothing was saved. Please try again in a minute."
)


@dataclass(frozen=True, slots=True)
class Deps:
    """The database, the clock and the settings of one running Rounds, its Slack workspace, and its worker."""

    database: Database
    clock: Clock
    settings: Settings
    team_id: str
    worker: Worker = field(default_factory=Worker)

    def later(self, name: str, job: Callable[[], None]) -> None:
        """Do something that nobody has to wait for; an error is logged by its kind under this name."""
        self.worker.later(name, job)

    def today(self) -> date:
        """The day at the site."""
        return self.clock.now().astimezone(self.settings.zone).date()

    def actor(self, session: Session, user_id: str) -> Actor:
        """Who a Slack user is to Rounds."""
        return identify(session, self.team_id, user_id)

    def actor_with_duties(self, session: Session, user_id: str) -> Actor:
        """Who a Slack user is to Rounds, with the roles that they hold and the units that they lead."""
        return with_duties(session, self.actor(session, user_id), self.settings, self.today())

    def zone(self, actor: Actor) -> ZoneInfo:
        """The zone in which somebody's days are."""
        return zone_or(actor.timezone, self.settings.zone)
