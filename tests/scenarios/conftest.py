"""A whole hospital over real HTTP and WebSocket: local workspace, imported demo data, the bot."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from bot.clock import Clock, ManualClock, SystemClock
from bot.courier.pace import Pace
from bot.demo.generate import DemoWorld, generate
from bot.digests.weeks import IsoWeek
from bot.intake import import_folder
from bot.sandbox import APP_TOKEN, BOT_TOKEN, TEAM_ID, Message, Sandbox, start_sandbox
from bot.settings import Settings
from handlers.demo import workspace_of
from handlers.manifest import MANIFEST
from handlers.runtime import Parts, connect
from storage.engine import Database
from storage.migrate import upgrade
from tests.processes import Command

SUNDAY = date(2026, 11, 15)
WEEK = IsoWeek.parse("2026-W46")
ROUNDS = Path(sys.executable).with_name("rounds")


@dataclass(frozen=True)
class Imported:
    """The demo data, and an embedded database that holds it: copied for each test."""

    world: DemoWorld
    database: Path


@pytest.fixture(scope="session")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Imported:
    """The demo data, generated and imported once a test run."""
    folder = tmp_path_factory.mktemp("hospital")
    world = generate(folder / "data", last_sunday=SUNDAY)
    database = Database(f"sqlite:///{folder / 'rounds.db'}")
    upgrade(database)
    import_folder(
        database,
        world.directory,
        clock=SystemClock(),
        imported_by="test",
        settings=Settings.model_construct(),
        team_id=TEAM_ID,
    )
    with database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    return Imported(world, folder / "rounds.db")


@dataclass
class Hospital:
    """Everything of one test: the workspace, the database, the settings, and shortcuts to look at them."""

    sandbox: Sandbox
    database: Database
    settings: Settings
    world: DemoWorld
    folder: Path
    clock: Clock

    def parts(self, clock: Clock | None = None) -> Parts:
        """The bot's parts on this hospital, with a pace that does not make tests wait."""
        clock = clock or self.clock
        pace = Pace(clock, messages_per_minute=100_000, per_minute={}, channel_gap=0.0)
        return connect(self.database, self.settings, clock, pace=pace, file_pause=0.05)

    def send(self, parts: Parts | None = None, week: IsoWeek = WEEK) -> Parts:
        """Plan and deliver a week for everybody."""
        parts = parts or self.parts()
        parts.sync()
        parts.planner.plan_week(week)
        parts.courier.drain(60.0)
        return parts

    def user(self, code: str) -> str:
        """The Slack id of the clinician with a code."""
        return self.user_by_email(self.email(code))

    def email(self, code: str) -> str:
        """The email of the clinician with a code."""
        from storage.figures import bound_people

        with self.database.read() as session:
            return next(p.email for p, c in bound_people(session, SUNDAY) if c == code)

    def user_by_email(self, email: str) -> str:
        """The Slack id of somebody."""
        return next(u.id for u in self.sandbox.workspace.users.values() if u.email == email)

    def digests(self, code: str) -> list[Message]:
        """The digests in a clinician's conversation with Rounds."""
        return [m for m in self.sandbox.workspace.dm(self.user(code)) if is_digest(m)]

    def environment(self) -> dict[str, str]:
        """The environment for a `rounds` of its own process."""
        return {
            **os.environ,
            "SLACK_BOT_TOKEN": BOT_TOKEN,
            "SLACK_APP_TOKEN": APP_TOKEN,
            "SLACK_API_URL": self.sandbox.api_url,
            "DATABASE_URL": str(self.database.url.render_as_string(hide_password=False)),
        }

    def rounds(self, *words: str) -> Command:
        """Start `rounds …` as a process of its own."""
        return Command(words, self.environment(), self.folder)

    def run(self, *words: str, timeout: float = 120) -> tuple[int | None, str]:
        """Run `rounds …` to its end; returns the exit code and what it printed."""
        process = self.rounds(*words)
        output, _ = process.communicate(timeout=timeout)
        return process.returncode, output


def is_digest(message: Message) -> bool:
    """Whether a message is a digest: by its notification text."""
    return message.text.startswith("Your week in care")


def everything_in(value: Any) -> str:
    """All text of a message's blocks, for searching."""
    if isinstance(value, dict):
        return " ".join(everything_in(part) for part in value.values())
    if isinstance(value, list):
        return " ".join(everything_in(part) for part in value)
    return str(value)


def wait_until(true: Callable[[], bool], timeout: float = 30.0) -> None:
    """Wait for something to become true. Raises AssertionError where it does not."""
    deadline = time.monotonic() + timeout
    while not true():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def end(process: Command, how: int = signal.SIGTERM) -> str:
    """End a process and return what it printed."""
    process.send_signal(how)
    output, _ = process.communicate(timeout=60)
    return output


MONDAY_MORNING = datetime(2026, 11, 16, 7, 30, tzinfo=UTC)


@contextmanager
def opened_hospital(imported: Imported, folder: Path, clock: Clock) -> Iterator[Hospital]:
    """A workspace and a copy of the database, all on one clock."""
    shutil.copy(imported.database, folder / "rounds.db")
    with start_sandbox(workspace_of(imported.world.directory, clock), manifest=MANIFEST) as sandbox:
        # Three seconds are Slack's. Tests about them look at the time; else a busy machine may take more.
        sandbox.faults.ack_timeout = 15.0
        database = Database(f"sqlite:///{folder / 'rounds.db'}")
        settings = Settings.model_construct().model_copy(
            update={
                "slack_bot_token": SecretStr(BOT_TOKEN),
                "slack_app_token": SecretStr(APP_TOKEN),
                "slack_api_url": sandbox.api_url,
            }
        )
        yield Hospital(sandbox, database, settings, imported.world, folder, clock)
        database.close()


@pytest.fixture
def hospital(imported: Imported, tmp_path: Path) -> Iterator[Hospital]:
    """A hospital of its own for each test, on Monday 16 November 2026, 07:30; time stands until moved."""
    with opened_hospital(imported, tmp_path, ManualClock(MONDAY_MORNING)) as made:
        yield made


@pytest.fixture(scope="session")
def planned(imported: Imported, tmp_path_factory: pytest.TempPathFactory) -> Imported:
    """The same with the week planned and drawn once a test run, to be copied: nothing is sent yet."""
    folder = tmp_path_factory.mktemp("planned")
    with opened_hospital(imported, folder, ManualClock(MONDAY_MORNING)) as made:
        parts = made.parts()
        parts.sync()
        parts.planner.plan_week(WEEK)
        with made.database.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    return Imported(imported.world, folder / "rounds.db")


@pytest.fixture
def waiting(planned: Imported, tmp_path: Path) -> Iterator[Hospital]:
    """A hospital of its own for each test, in which everybody's digest waits to be sent."""
    with opened_hospital(planned, tmp_path, ManualClock(MONDAY_MORNING)) as made:
        yield made


@pytest.fixture
def live_hospital(imported: Imported, tmp_path: Path) -> Iterator[Hospital]:
    """A hospital on the machine's own time, for `rounds` in processes of its own."""
    with opened_hospital(imported, tmp_path, SystemClock()) as made:
        yield made


@pytest.fixture(scope="module")
def sent(planned: Imported, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hospital]:
    """A hospital whose week has been sent, for tests that only look."""
    folder = tmp_path_factory.mktemp("sent")
    with opened_hospital(planned, folder, ManualClock(MONDAY_MORNING)) as made:
        made.send()
        yield made
