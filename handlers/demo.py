"""The demo: a database, made-up data, a local workspace and the bot, all of it gone at the end."""

from __future__ import annotations

import csv
import secrets
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType

from pydantic import SecretStr
from sqlmodel import select

from bot.clock import Clock, SystemClock
from bot.courier.pace import Pace
from bot.demo import leading
from bot.demo.answers import plant_answers
from bot.demo.consents import plant_names
from bot.demo.generate import DemoWorld, generate
from bot.demo.ideas import plant_ideas
from bot.digests.letters import KIND, WELCOME
from bot.digests.weeks import IsoWeek
from bot.intake import import_folder
from bot.sandbox import APP_TOKEN, BOT_TOKEN, TEAM_ID, Message, Sandbox, Workspace, start_sandbox
from bot.settings import Settings
from handlers.manifest import MANIFEST
from handlers.runtime import CannotStart, Parts, SocketBot, connect
from storage.digest_queries import states_of_week
from storage.engine import Database
from storage.migrate import upgrade
from storage.outbox import OutboxRow
from storage.terms import DigestState, OutboxState

ORGANISATION_CHANNEL = "#good-ideas"
_NEVER = datetime(9000, 1, 1, tzinfo=UTC)

_WORDS: Mapping[DigestState, str] = {
    DigestState.QUIET: "quiet: nothing to tell them this week",
    DigestState.SKIPPED: "skipped: away, paused or stopped",
    DigestState.HELD: "held: nobody in Slack has their email address",
    DigestState.FAILED: "could not be delivered",
}


class _Then(SystemClock):
    """The machine's clock put back to another time: from there it goes on, and waiting takes its time."""

    _by = timedelta()

    def put_back(self, moment: datetime) -> None:
        """Let it be that moment now."""
        self._by = super().now() - moment

    def now(self) -> datetime:
        """The time that it shows, aware, in UTC."""
        return super().now() - self._by


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
                # There is one digest of each clinician here.
                "rounds_names_after": 1,
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
        self._parts: Parts = self._connect(self._clock)

    def _connect(self, clock: Clock) -> Parts:
        # The local workspace takes messages as fast as they come: nobody has to wait for Slack's pace.
        pace = Pace(clock, messages_per_minute=100_000, per_minute={}, channel_gap=0.0)
        return connect(self._database, self._settings, clock, pace=pace, file_pause=0.05)

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
        leading.plant_leading(self._past())
        self._parts.planner.plan_week(self.week)
        self._parts.courier.drain(120.0, kinds=(WELCOME, KIND))
        return self._states().get(DigestState.SENT, 0)

    def others(self) -> list[str]:
        """A line for each way in which somebody got no digest."""
        states = self._states()
        return [f"{states[state]} {words}." for state, words in _WORDS.items() if states.get(state)]

    def plant_ideas(self) -> int:
        """Let half a year of ideas have happened, and put their cards into the channels; returns how many.

        Among them leaders get their messages, ask their team, units are told of their month, and colleagues
        are asked about a goal. Then an answer to a digest waits for the analyst, one digest is shared with
        leaders, and some colleagues have agreed to names.
        """
        self._parts.sync()
        # Nothing is put to a channel before it is known who reads it.
        self._parts.channels.tick()
        past = self._past()
        planted = plant_ideas(
            self._database,
            self._world,
            self._settings,
            past.now,
            TEAM_ID,
            meanwhile=[*self._mornings(past), *leading.votes(past), leading.month_told(past)],
        )
        plant_answers(self._past(), str(self.week))
        plant_names(self._past(), str(self.week))
        return planted

    def _past(self) -> leading.Past:
        return leading.Past(self._database, self._settings, self._clock.now(), TEAM_ID)

    def _mornings(self, past: leading.Past) -> Iterator[leading.Happening]:
        """What Rounds sent at its time, by the same planners and courier under a clock of then.

        The local workspace shows them with the time of today: nothing is posted into the past there.
        """
        clock = _Then()
        then = self._connect(clock)

        def at(moment: datetime, happens: Callable[[], object]) -> leading.Happening:
            def thing() -> None:
                clock.put_back(moment)
                with _held_back(self._database):
                    happens()
                    then.courier.drain(120.0)

            return moment, thing

        asked, ask = leading.question(past)
        yield at(asked, ask)
        # They answer in the next minutes.
        yield asked + timedelta(minutes=5), self._reply
        yield at(leading.asked_at(past), then.goals.tick)
        for morning in leading.mornings(past):
            yield at(morning, then.leaders.tick)

    def _reply(self) -> None:
        """Colleagues answer in the thread of the question that was put to their channel."""
        workspace = self._sandbox.workspace
        users = {user.real_name: user.id for user in workspace.users.values()}
        for channel in list(workspace.channels.values()):
            asked = [message for message in channel.messages if not message.is_reply]
            if channel.kind != "channel" or not asked:
                continue
            for who, text in leading.REPLIES:
                reply = Message(channel.id, workspace.new_ts(), users[who], text, thread_ts=asked[-1].ts)
                workspace.post(channel, reply)

    def start_bot(self) -> None:
        """Answer commands and buttons from now on."""
        self._bot = SocketBot(self._parts)
        self._bot.start()

    def _states(self) -> dict[DigestState, int]:
        with self._database.read() as session:
            return states_of_week(session, str(self.week))


@contextmanager
def _held_back(database: Database) -> Iterator[None]:
    """Meanwhile nothing is sent, and nothing runs out, that waits in the outbox already."""
    with database.write() as session:
        waiting = session.exec(select(OutboxRow).where(OutboxRow.state == OutboxState.WAITING)).all()
        held = {row.id: (row.not_before, row.expires_at) for row in waiting}
        for row in waiting:
            row.not_before, row.expires_at = _NEVER, None
    yield
    with database.write() as session:
        for row in session.exec(select(OutboxRow).where(OutboxRow.not_before == _NEVER)):
            row.not_before, row.expires_at = held[row.id]


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
