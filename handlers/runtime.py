"""One running Rounds: everything is made here, once, and handed in."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import structlog
from apscheduler.schedulers.background import BackgroundScheduler
from prometheus_client import CollectorRegistry
from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient
from sqlmodel import Session

from bot.clock import Clock, local_date
from bot.courier.courier import Courier
from bot.courier.desk import PROCESSES, Cancel, Go, Verdict
from bot.courier.gateway import Gateway
from bot.courier.outcomes import Done, explain
from bot.courier.pace import Pace
from bot.courier.watch import Watch
from bot.digests.due import zone_or
from bot.digests.plan import Planner, digest_finished, still_wanted
from bot.people.accounts import DirectoryReport, sync_accounts
from bot.settings import Settings
from handlers.app import build_app
from handlers.deps import Deps
from handlers.schedule import TICK_SECONDS, build_schedule
from storage.digest_queries import zone_names
from storage.engine import Database
from storage.outbox import OutboxRow
from storage.seen import forget_old

log = structlog.stdlib.get_logger()

DIRECTORY_SECONDS = 3600
HOUSEKEEPING_SECONDS = 6 * 3600
SOCKET_THREADS = 10


class CannotStart(Exception):
    """Slack or the settings do not let Rounds start; the text says what to do."""


@dataclass(frozen=True)
class Parts:
    """What talks to Slack and what works on the database, for one workspace."""

    database: Database
    clock: Clock
    settings: Settings
    team_id: str
    gateway: Gateway
    courier: Courier
    planner: Planner
    registry: CollectorRegistry

    def sync(self) -> DirectoryReport:
        """Ask Slack for everybody and match them with the hospital's people."""
        return sync_accounts(self.database, self.gateway, self.clock, self.team_id)

    def housekeep(self) -> None:
        """Forget what need not be kept."""
        with self.database.write() as session:
            forget_old(session, self.clock.now())


def connect(
    database: Database,
    settings: Settings,
    clock: Clock,
    *,
    pace: Pace | None = None,
    file_pause: float = PROCESSES,
) -> Parts:
    """Ask Slack who we are and make the parts. Raises CannotStart with a sentence that says what to do.

    `pace` and `file_pause` (seconds between two looks whether a file is processed) are for workspaces that
    are faster than Slack.
    """
    token = settings.slack_bot_token.get_secret_value()
    if not token:
        raise CannotStart(
            "SLACK_BOT_TOKEN is not set. `rounds demo` needs none; the README says how to get one."
        )
    registry = CollectorRegistry()
    pace = pace or Pace(clock, messages_per_minute=settings.rounds_messages_per_minute)
    gateway = Gateway(token, settings.slack_api_url, clock, pace=pace, watch=Watch(registry))
    answer = gateway.call("auth.test")
    if not isinstance(answer, Done):
        error = getattr(answer, "error", "rate_limited")
        raise CannotStart(f"Slack did not accept the bot token: {explain(error)} ({error}).")
    team_id = str(answer.data["team_id"])
    courier = Courier(
        database,
        gateway,
        clock,
        guards={"digest": _digest_guard(settings, clock, team_id)},
        on_finished=digest_finished,
        processes=file_pause,
    )
    planner = Planner(database, clock, settings, team_id)
    return Parts(database, clock, settings, team_id, gateway, courier, planner, registry)


def _digest_guard(settings: Settings, clock: Clock, team_id: str) -> Any:
    def guard(session: Session, _row: OutboxRow, about: Mapping[str, Any]) -> Verdict:
        person_id = int(about["person_id"])
        zone = zone_or(zone_names(session, team_id).get(person_id), settings.zone)
        today: date = local_date(clock.now(), zone)
        reason = still_wanted(session, person_id, today)
        return Cancel(reason) if reason else Go()

    return guard


class RunningBot:
    """The bot in Socket Mode: listeners, the ticker and the courier, until it is told to stop."""

    def __init__(self, parts: Parts, *, tick_seconds: int = TICK_SECONDS) -> None:
        settings = parts.settings
        self.parts = parts
        self._stop = threading.Event()
        client = WebClient(
            token=settings.slack_bot_token.get_secret_value(), base_url=settings.slack_api_url, timeout=10
        )
        deps = Deps(parts.database, parts.clock, settings, parts.team_id)
        self.app: App = build_app(deps, client)
        self._socket = SocketModeHandler(
            self.app,
            app_token=settings.slack_app_token.get_secret_value(),
            concurrency=SOCKET_THREADS,
            web_client=client,
        )
        self._courier = threading.Thread(target=parts.courier.run, args=(self._stop,), name="courier")
        self._schedule: BackgroundScheduler = build_schedule(
            {
                "due": (parts.planner.tick, tick_seconds),
                "directory": (parts.sync, DIRECTORY_SECONDS),
                "housekeeping": (parts.housekeep, HOUSEKEEPING_SECONDS),
            }
        )

    def start(self) -> None:
        """Connect, catch up on what was due while nobody was running, and begin to deliver."""
        if self.parts.database.is_sqlite:
            # Under the lock there is no other courier: what a dead one held can be looked at now.
            self.parts.courier.take_over()
        self._socket.connect()
        self.parts.sync()
        self._schedule.start()
        self._courier.start()
        self.parts.planner.tick()
        log.info("started", team=self.parts.team_id)

    def stop(self, timeout: timedelta = timedelta(seconds=20)) -> None:
        """Take nothing new, finish the message in the hand, close."""
        # Without this slack_sdk's monitor would wait for its next look, and might connect again meanwhile.
        self._socket.client.auto_reconnect_enabled = False
        self._socket.close()
        if self._schedule.running:
            self._schedule.shutdown(wait=True)
        self._stop.set()
        if self._courier.is_alive():
            self._courier.join(timeout.total_seconds())
        log.info("stopped")
