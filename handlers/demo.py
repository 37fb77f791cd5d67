"""The demo: a database, made-up data, a local workspace and the bot, all of it gone at the end."""

from __future__ import annotations

import csv
import secrets
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

from pydantic import SecretStr

from bot.clock import Clock, SystemClock
from bot.courier.pace import Pace
from bot.demo.generate import DemoWorld, generate
from bot.demo.ideas import plant_ideas
from bot.digests.plan import KIND, WELCOME
from bot.digests.weeks import IsoWeek
from bot.intake import import_folder
from bot.sandbox import APP_TOKEN, BOT_TOKEN, TEAM_ID, Sandbox, Workspace, start_sandbox
from bot.settings import Settings
from handlers.manifest import MANIFEST
from handlers.runtime import CannotStart, Parts, SocketBot, connect
from storage.digest_queries import states_of_week
from storage.engine import Database
from storage.migrate import upgrade
from storage.terms import DigestState

ORGANISATION_CHANNEL = "#good-ideas"

_WORDS: Mapping[DigestState, str] = {
    DigestState.QUIET: "quiet: nothing to tell them this week",
    DigestState.SKIPPED: "skipped: away, paused or stopped",
    DigestState.HELD: "held: nobody in Slack has their email address",
    DigestState.FAILED: "could not be delivered",
}


class Demo:
    """A complete local Rounds, as a context manager. Nothing of it is kept."""

    def __init__(self, port: int = 0) -> None:
        self._stack = ExitStack()
        self._clock = SystemClock()
        self._port = port
        self._bot: SocketBot | None = None

    def __enter__(self) -> Demo:
        try:
            self._make()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bot is not None:
            self._bot.stop()
        self._stack.close()

    def _make(self) -> None:
        folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="rounds-demo-")))
        self._database = Database(f"sqlite:///{folder / 'demo.db'}")
        self._stack.callback(self._database.close)
        upgrade(self._database)
        settings = Settings.model_construct()
        today = self._clock.now().astimezone(settings.zone).date()
        self.week = IsoWeek.before(today)
        self._world: DemoWorld = generate(folder / "data", last_sunday=self.week.sunday)
        self._sandbox = self._start_sandbox(workspace_of(self._world.directory, self._clock))
        self._settings = settings.model_copy(
            update={
                "slack_bot_token": SecretStr(BOT_TOKEN),
                "slack_app_token": SecretStr(APP_TOKEN),
                "slack_api_url": self._sandbox.api_url,
                # Nothing of the demo is kept, so neither is the way back to whoever is not named.
                "rounds_secret_key": SecretStr(secrets.token_urlsafe(32)),
                "rounds_organisation_channel": ORGANISATION_CHANNEL,
            }
        )
        import_folder(
            self._database,
            self._world.directory,
            clock=self._clock,
            imported_by="demo",
            settings=self._settings,
            team_id=TEAM_ID,
        )
        # The local workspace takes messages as fast as they come: nobody has to wait for Slack's pace.
        pace = Pace(self._clock, messages_per_minute=100_000, per_minute={}, channel_gap=0.0)
        self._parts: Parts = connect(self._database, self._settings, self._clock, pace=pace, file_pause=0.05)

    def _start_sandbox(self, workspace: Workspace) -> Sandbox:
        try:
            return self._stack.enter_context(
                start_sandbox(workspace, manifest=MANIFEST, port=self._port, clock=self._clock)
            )
        except OSError:
            raise CannotStart(
                f"Port {self._port} is in use. `rounds demo --port 0` takes a free one."
            ) from None

    @property
    def clinicians(self) -> int:
        """How many clinicians the data knows."""
        return len(self._world.clinicians)

    @property
    def measures(self) -> int:
        """How many measures there are."""
        return len(self._world.measures)

    @property
    def weeks(self) -> int:
        """How many weeks of data were made."""
        return self._world.weeks

    @property
    def page_url(self) -> str:
        """The page on which to be anybody."""
        return self._sandbox.page_url

    def send_digests(self) -> int:
        """Plan and deliver the week's digests; returns how many arrived."""
        self._parts.sync()
        self._parts.planner.plan_week(self.week)
        self._parts.courier.drain(120.0, kinds=(WELCOME, KIND))
        return self._states().get(DigestState.SENT, 0)

    def others(self) -> list[str]:
        """A line for each way in which somebody got no digest."""
        states = self._states()
        return [f"{states[state]} {words}." for state, words in _WORDS.items() if states.get(state)]

    def plant_ideas(self) -> int:
        """Let half a year of ideas have happened, and put their cards into the channels; returns how many."""
        self._parts.sync()
        return plant_ideas(self._database, self._world, self._settings, self._clock.now(), TEAM_ID)

    def start_bot(self) -> None:
        """Answer commands and buttons from now on."""
        self._bot = SocketBot(self._parts)
        self._bot.start()

    def _states(self) -> dict[DigestState, int]:
        with self._database.read() as session:
            return states_of_week(session, str(self.week))


def workspace_of(folder: Path, clock: Clock) -> Workspace:
    """A workspace with an account for everybody in people.csv, a channel for every unit, and one for all."""
    workspace = Workspace(clock)
    ids: dict[str, str] = {}
    members: dict[str, list[str]] = {}
    leading: dict[str, list[str]] = {}
    units = _rows(folder / "units.csv")
    for row in units:
        for email in _leaders(row):
            leading.setdefault(email, []).append(row["unit"])
    for row in _rows(folder / "people.csv"):
        user = workspace.add_user(
            name=row["email"].partition("@")[0],
            real_name=row["name"],
            email=row["email"],
            title=_title(row, leading.get(row["email"], [])),
        )
        ids[row["email"]] = user.id
        members.setdefault(row["unit"], []).append(user.id)
    for row in units:
        leaders = [ids[email] for email in _leaders(row)]
        everyone = list(dict.fromkeys([*members.get(row["unit"], []), *leaders]))
        workspace.add_channel(row["channel"].removeprefix("#"), members=everyone)
    workspace.add_channel(ORGANISATION_CHANNEL.removeprefix("#"), members=list(ids.values()))
    return workspace


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _leaders(unit: Mapping[str, str]) -> list[str]:
    return [unit[f"{role}_email"] for role in ("leader", "deputy", "manager") if unit[f"{role}_email"]]


def _title(person: Mapping[str, str], leads: list[str]) -> str:
    """Who this is, for the chooser: `doctor, leads Ash Ward, gets a digest`."""
    parts = [person["profession"]]
    if person["unit"] not in leads:
        parts.append(person["unit"])
    parts += [f"leads {unit}" for unit in leads]
    if person["clinician_code"]:
        parts.append("gets a digest")
    return ", ".join(part for part in parts if part)
