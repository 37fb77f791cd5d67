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
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from sqlmodel import Session

from bot.answers import letters as answer_letters
from bot.clock import Clock, local_date
from bot.courier.courier import Courier, OnFinished
from bot.courier.desk import PROCESSES, Cancel, Go, Verdict
from bot.courier.gateway import Gateway
from bot.courier.outcomes import Done, Misconfigured, Permanent, explain
from bot.courier.pace import Pace
from bot.courier.watch import Watch
from bot.digests.due import zone_or
from bot.digests.letters import digest_finished
from bot.digests.plan import Planner, still_wanted
from bot.digests.weeks import IsoWeek
from bot.doctor.setup import fingerprint, is_local
from bot.doctor.stored import remember_key
from bot.goals import letters as goal_letters
from bot.goals.due import GoalPlanner
from bot.home import letters as home_letters
from bot.home import own_data
from bot.ideas import due as ideas_due
from bot.ideas import from_message
from bot.ideas import letters as idea_letters
from bot.ideas.channels import ChannelChecker
from bot.ideas.effects import effect
from bot.ideas.pictures import PictureFetcher
from bot.leading import effects as nudge_effects
from bot.leading import letters as leader_letters
from bot.leading.asking import letters as asking_letters
from bot.leading.gather import Roster
from bot.leading.plan import LeaderPlanner
from bot.people.accounts import DirectoryReport, sync_accounts
from bot.settings import Settings
from bot.talks import acts as talk_acts
from bot.talks import letters as talk_letters
from bot.unit_month import due as unit_month
from handlers.app import build_app
from handlers.deps import Deps
from handlers.health import DatabaseProbe, Health, HealthServer
from handlers.schedule import TICK_SECONDS, build_schedule
from handlers.sockets import Socket
from handlers.worker import Worker
from storage.digest_queries import hold_back_no_longer, zone_names
from storage.engine import Database
from storage.idea_search import wipe_leftovers
from storage.outbox import OutboxRow
from storage.seen import forget_old

log = structlog.stdlib.get_logger()

DIRECTORY_SECONDS = 3600
HOUSEKEEPING_SECONDS = 6 * 3600
PICTURE_SECONDS = 5
# New figures come with an import, and are there for a week; a nudge has a day and more to be answered.
EFFECT_SECONDS = 3600
# A message in the hand takes Slack this long at most, an unanswered call included.
DRAIN = timedelta(seconds=20)


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
    leaders: LeaderPlanner
    goals: GoalPlanner
    registry: CollectorRegistry
    channels: ChannelChecker
    pictures: PictureFetcher
    worker: Worker

    def ideas_due(self) -> int:
        """Do what is due of ideas: batches, dates, reminders."""
        return ideas_due.tick(self.database, self.clock, self.settings, self.team_id)

    def talks_due(self) -> int:
        """End requests for a talk that nobody has answered in two weeks."""
        return talk_acts.tick(self.database, self.clock.now())

    def effects(self) -> int:
        """Put what measures have done since ideas came into place into their threads, where it is due."""
        return effect.plan_effects(self.database, self.clock.now(), self.settings)

    def unit_months(self) -> int:
        """Put the month's summaries of units into their channels, where they are due."""
        return unit_month.tick(self.database, self.clock.now(), self.settings)

    def nudge_effects(self) -> int:
        """Note which nudges were answered, and which rungs do not work."""
        return nudge_effects.follow_up(self.database, self.settings, self.team_id, self.clock.now())

    def sync(self) -> DirectoryReport:
        """Ask Slack for everybody and match them with the hospital's people.

        Whose digest of the week was held for want of an account gets it now.
        """
        report = sync_accounts(self.database, self.gateway, self.clock, self.team_id)
        if report.error is not None:
            log.error("directory_refused", error=type(report.error).__name__)
        if report.linked_people:
            now = self.clock.now()
            week = IsoWeek.before(local_date(now, self.settings.zone))
            with self.database.write() as session:
                hold_back_no_longer(session, report.linked_people, str(week), now)
        return report

    def housekeep(self) -> None:
        """Forget what need not be kept."""
        with self.database.write() as session:
            forget_old(session, self.clock.now())
        # Of patient details that were taken out while somebody read, the files may still hold some.
        wipe_leftovers(self.database)


def connect(
    database: Database,
    settings: Settings,
    clock: Clock,
    *,
    pace: Pace | None = None,
    file_pause: float = PROCESSES,
    team_id: str | None = None,
) -> Parts:
    """Ask Slack who we are and make the parts. Raises CannotStart with a sentence that says what to do.

    `pace` and `file_pause` (seconds between two looks whether a file is processed) are for workspaces that
    are faster than Slack. With `team_id` Slack was asked before.
    """
    token = settings.slack_bot_token.get_secret_value()
    if not token:
        raise CannotStart(
            "SLACK_BOT_TOKEN is not set. `rounds demo` needs none; the README says how to get one."
        )
    registry = CollectorRegistry()
    pace = pace or Pace(clock, messages_per_minute=settings.rounds_messages_per_minute)
    gateway = Gateway(token, settings.slack_api_url, clock, pace=pace, watch=Watch(registry))
    if team_id is None:
        team_id = _ask_team(gateway)
    roster = Roster(settings, team_id)
    goals = GoalPlanner(database, clock, settings, team_id)
    courier = Courier(
        database,
        gateway,
        clock,
        guards={
            "digest": _digest_guard(settings, clock, team_id),
            **idea_letters.guards(settings, clock, team_id),
            **leader_letters.guards(settings, clock, team_id, roster),
            **goal_letters.guards(settings, clock, team_id),
            **asking_letters.guards(settings, clock, team_id),
            **talk_letters.guards(settings, clock, team_id, roster),
            **answer_letters.guards(),
        },
        renderers={
            **idea_letters.renderers(settings, clock, team_id),
            **from_message.renderers(team_id),
            **home_letters.renderers(settings, clock, team_id),
            **leader_letters.renderers(settings, clock, team_id, roster),
            **goal_letters.renderers(settings, clock, goals.standings),
            **talk_letters.renderers(team_id),
            **answer_letters.renderers(settings),
            **asking_letters.renderers(),
            **unit_month.renderers(settings),
        },
        files=own_data.files(),
        on_finished=_finished(settings, team_id),
        processes=file_pause,
        team_id=team_id,
    )
    return Parts(
        database=database,
        clock=clock,
        settings=settings,
        team_id=team_id,
        gateway=gateway,
        courier=courier,
        planner=Planner(database, clock, settings, team_id),
        leaders=LeaderPlanner(database, gateway, clock, settings, team_id, roster),
        goals=goals,
        registry=registry,
        channels=ChannelChecker(
            database,
            gateway,
            clock,
            team_id,
            settings.rounds_organisation_channel,
            idea_letters.tell_channel_problem(settings, clock),
        ),
        pictures=PictureFetcher(database, gateway, clock, idea_letters.tell_picture_problem(clock, team_id)),
        worker=Worker(),
    )


def _ask_team(gateway: Gateway) -> str:
    answer = gateway.call("auth.test")
    if isinstance(answer, Done):
        return str(answer.data["team_id"])
    error = getattr(answer, "error", "rate_limited")
    if isinstance(answer, Misconfigured | Permanent):
        raise CannotStart(f"Slack did not accept the bot token: {explain(error)} ({error}).")
    raise CannotStart(f"Slack could not be asked just now ({error}). `rounds doctor` looks at what is wrong.")


def _finished(settings: Settings, team_id: str) -> OnFinished:
    """Whoever put a row in hears, in the transaction that closes it, what became of it."""

    def finished(session: Session, row: OutboxRow) -> None:
        digest_finished(session, row)
        idea_letters.idea_finished(session, row, settings, team_id)
        from_message.finished(session, row)
        leader_letters.finished(session, row)
        goal_letters.finished(session, row)
        asking_letters.finished(session, row, settings)

    return finished


def _digest_guard(settings: Settings, clock: Clock, team_id: str) -> Any:
    def guard(session: Session, _row: OutboxRow, about: Mapping[str, Any]) -> Verdict:
        person_id = int(about["person_id"])
        zone = zone_or(zone_names(session, team_id).get(person_id), settings.zone)
        today: date = local_date(clock.now(), zone)
        reason = still_wanted(session, person_id, today)
        return Cancel(reason) if reason else Go()

    return guard


def bolt_app(parts: Parts) -> App:
    """The Bolt app with its listeners, on a client of its own."""
    settings = parts.settings
    client = WebClient(
        token=settings.slack_bot_token.get_secret_value(),
        base_url=settings.slack_api_url,
        # A listener calls Slack while Slack waits for it: once, and briefly.
        timeout=2,
        retry_handlers=[],
    )
    return build_app(Deps(parts.database, parts.clock, settings, parts.team_id, parts.worker), client)


class Engine:
    """What runs whichever door people come in by: the ticker plans, the courier delivers."""

    def __init__(self, parts: Parts, *, tick_seconds: int = TICK_SECONDS) -> None:
        self.parts = parts
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._courier = threading.Thread(target=parts.courier.run, args=(self._stop,), name="courier")
        self._schedule: BackgroundScheduler = build_schedule(
            {
                "due": (parts.planner.tick, tick_seconds),
                "ideas": (parts.ideas_due, tick_seconds),
                "leaders": (parts.leaders.tick, tick_seconds),
                "goals": (parts.goals.tick, tick_seconds),
                "talks": (parts.talks_due, EFFECT_SECONDS),
                "unit_month": (self.parts.unit_months, EFFECT_SECONDS),
                "nudge_effects": (parts.nudge_effects, EFFECT_SECONDS),
                "channels": (parts.channels.tick, tick_seconds),
                "pictures": (parts.pictures.tick, PICTURE_SECONDS),
                "effects": (parts.effects, EFFECT_SECONDS),
                "directory": (parts.sync, DIRECTORY_SECONDS),
                "housekeeping": (parts.housekeep, HOUSEKEEPING_SECONDS),
            },
            at_once=("due", "ideas"),
        )

    def start(self) -> None:
        """Catch up on what was due while nobody was running, and begin to deliver."""
        if self.parts.database.is_sqlite:
            # Under the lock there is no other courier: what a dead one held can be looked at now.
            self.parts.courier.take_over()
        self._remember_key()
        try:
            self.parts.sync()
        except Exception as error:
            # It comes again within the hour; people who are known already get their digests.
            log.error("job_failed", job="directory", error=type(error).__name__)
        try:
            # Cards wait until it is known who reads their channel.
            self.parts.channels.tick()
        except Exception as error:
            log.error("job_failed", job="channels", error=type(error).__name__)
        with self._lock:
            if self._stop.is_set():
                return
            self._schedule.start()
            self._courier.start()
        log.info("started", team=self.parts.team_id)

    def stop(self, timeout: timedelta = DRAIN) -> None:
        """Begin nothing new, and finish the message in the hand."""
        with self._lock:
            self._stop.set()
        self.parts.worker.stop()
        if self._schedule.running:
            self._schedule.shutdown(wait=True)
        if self._courier.is_alive():
            self._courier.join(timeout.total_seconds())
        log.info("stopped")

    def _remember_key(self) -> None:
        """Note which secret key this installation uses, so that a lost or changed one is noticed."""
        settings = self.parts.settings
        key = settings.rounds_secret_key.get_secret_value()
        if not key:
            if not is_local(settings.slack_api_url):
                log.warning("secret_key_missing", what_to_do="run `rounds doctor`")
            return
        with self.parts.database.write() as session:
            same = remember_key(session, fingerprint(key))
        if not same:
            log.error("secret_key_changed", what_to_do="run `rounds doctor`")


class SocketBot:
    """The bot in Socket Mode; with ROUNDS_HTTP_PORT its health is served there."""

    def __init__(self, parts: Parts, *, tick_seconds: int = TICK_SECONDS) -> None:
        self.parts = parts
        self.app: App = bolt_app(parts)
        self._stopping = False
        self._engine = Engine(parts, tick_seconds=tick_seconds)
        self._socket = Socket(self.app, parts.settings.slack_app_token.get_secret_value())
        self._health: HealthServer | None = None

    def start(self) -> None:
        """Connect, then catch up and deliver. Raises CannotStart where Slack refuses or the port is taken."""
        self._health = self._serve_health()
        try:
            self._socket.open()
        except SlackApiError as refused:
            error = str(refused.response.get("error"))
            raise CannotStart(
                f"Slack did not accept SLACK_APP_TOKEN ({error}). `rounds doctor` says what to do."
            ) from refused
        self._engine.start()

    def stop(self, timeout: timedelta = DRAIN) -> None:
        """Answer what has come in, take nothing new, finish the message in the hand, close."""
        self._stopping = True
        self._socket.drain()
        self._engine.stop(timeout)
        if self._health is not None:
            self._health.stop()

    def _serve_health(self) -> HealthServer | None:
        settings, port = self.parts.settings, self.parts.settings.rounds_http_port
        if port is None:
            return None
        health = Health(
            {
                "running": lambda: not self._stopping,
                "socket": self._socket.is_alive,
                "database": DatabaseProbe(self.parts.database),
            },
            self.parts.registry,
        )
        try:
            return HealthServer(health, settings.rounds_http_host, port)
        except OSError as error:
            raise CannotStart(taken(settings.rounds_http_host, port)) from error


def taken(host: str, port: int) -> str:
    """What to say where an address cannot be listened on."""
    return (
        f"Rounds cannot listen on {host}:{port}; another program does, or the address is not this machine's. "
        "Set ROUNDS_HTTP_PORT and ROUNDS_HTTP_HOST to others."
    )
