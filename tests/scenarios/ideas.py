"""A hospital that hands in and answers ideas, and short ways to say what people do there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from slack_bolt import BoltRequest, BoltResponse
from sqlmodel import col, select

from bot.clock import ManualClock
from bot.ideas import names
from bot.ideas.words.form import ANONYMOUS, NAMED
from bot.ideas.working import WorkingDays
from bot.sandbox import Message, Sandbox
from bot.sandbox.people import ActResult
from bot.sandbox.things import View
from handlers.runtime import Parts, bolt_app
from handlers.sockets import Socket
from storage.ideas import Idea, IdeaEvent, IdeaMessage
from storage.outbox import OutboxRow
from storage.people import Unit
from storage.terms import IdeaEventKind, IdeaMessageKind, IdeaState, OutboxState
from tests.scenarios.conftest import Hospital, Imported, everything_in, opened_hospital

TUESDAY_MORNING = datetime(2026, 11, 17, 10, 15, tzinfo=UTC)
SECRET = "a secret key of this test, long enough to seal with"
ORGANISATION = "northmere-ideas"


@dataclass
class Story:
    """A hospital whose bot listens. Whatever is due or waits in the outbox happens when a test says so."""

    hospital: Hospital
    parts: Parts
    sockets: list[Socket] = field(default_factory=list)
    came_in: list[dict[str, Any]] = field(default_factory=list)

    # -- who and where ----

    @property
    def sandbox(self) -> Sandbox:
        return self.hospital.sandbox

    @property
    def clock(self) -> ManualClock:
        assert isinstance(self.hospital.clock, ManualClock)
        return self.hospital.clock

    @property
    def today(self) -> date:
        return self.clock.now().astimezone(self.hospital.settings.zone).date()

    def user(self, name: str) -> str:
        """The Slack id of somebody, by name."""
        users = self.sandbox.workspace.users.values()
        return next(user.id for user in users if user.real_name == name)

    def channel(self, name: str) -> str:
        """The id of a channel, by name."""
        return next(c.id for c in self.sandbox.workspace.channels.values() if c.name == name)

    # -- what time does ----

    def deliver(self) -> None:
        """Let everything happen that waits: the worker, the channels' check, the outbox."""
        assert self.parts.worker.wait(60)
        self.parts.channels.tick()
        self.parts.pictures.tick()
        assert self.parts.courier.drain(60.0)

    def next_batch(self) -> date:
        """Go on to the next working day, a minute after the hour at which anonymous ideas appear."""
        settings = self.hospital.settings
        days = WorkingDays(settings.zone, settings.rounds_holidays)
        day = self.today + timedelta(days=1)
        while not days.is_working(day):
            day += timedelta(days=1)
        self.go_to(day, time(settings.rounds_anonymous_time.hour, 1))
        return day

    def go_to(self, day: date, at: time = time(10, 0)) -> None:
        """Go on to a moment, with all that is due there, and deliver."""
        self.clock.set(datetime.combine(day, at, self.hospital.settings.zone))
        self.tick()

    def pass_days(self, days: int) -> None:
        """Go on by so many days."""
        self.go_to(self.today + timedelta(days=days))

    def tick(self) -> None:
        """What is due happens, and is delivered."""
        self.parts.ideas_due()
        self.deliver()

    def restart(self) -> None:
        """The bot ends, and another one takes over on the same database."""
        self.stop()
        self.parts = self.hospital.parts()
        self.start()

    def start(self) -> None:
        app = bolt_app(self.parts)

        @app.middleware
        def note(body: dict[str, Any], next: Callable[[], Any]) -> Any:
            self.came_in.append(body)
            return next()

        socket = Socket(app, self.hospital.settings.slack_app_token.get_secret_value())
        socket.open()
        self.sockets.append(socket)
        assert self.sandbox.wait_connected()

    def comes_again(self) -> BoltResponse:
        """Slack delivers the last thing once more: the same body, to the same app."""
        answer = self.sockets[-1].app.dispatch(BoltRequest(body=self.came_in[-1], mode="socket_mode"))
        assert self.parts.worker.wait(60)
        return answer

    def stop(self) -> None:
        while self.sockets:
            self.sockets.pop().drain()
        self.parts.worker.stop()

    # -- what people do ----

    def opens_form(self, who: str, text: str = "") -> View:
        """Run `/idea [text]`; the form, filled in."""
        result = self.sandbox.run_command(self.user(who), "/idea", text)
        assert result.acked, result.error
        assert self.parts.worker.wait(60)
        return self.form(who)

    def form(self, who: str) -> View:
        """The page on top of what somebody has open."""
        view = self.sandbox.workspace.modal(self.user(who))
        assert view is not None
        return view

    def page(self, who: str) -> str:
        """All text of the page that somebody has open; "" for none."""
        view = self.sandbox.workspace.modal(self.user(who))
        return everything_in(view.payload) if view is not None else ""

    def sends(self, who: str, **values: Any) -> ActResult:
        """Fill in what is open, and send it."""
        result = self.sandbox.submit(self.user(who), values)
        assert self.parts.worker.wait(60)
        return result

    def hands_in(
        self,
        who: str,
        text: str,
        *,
        anonymous: bool = False,
        ticks: tuple[str, ...] = (),
        picture: Mapping[str, Any] | None = None,
    ) -> int:
        """Hand an idea in by `/idea`; its number (0: it gets one with its batch)."""
        before = self.newest()
        self.opens_form(who)
        if ticks or picture:
            self.unfolds(who)
        values: dict[str, Any] = {names.TEXT: text, names.NAMED: ANONYMOUS if anonymous else NAMED}
        values |= picture or {}
        if ticks:
            values[names.TICKS] = list(ticks)
        result = self.sends(who, **values)
        if result.ok and self.form(who).payload.get("callback_id") == names.FORM:
            # Similar ideas were shown first.
            result = self.sends(who)
        assert result.ok, (result.error, result.errors)
        assert self.form(who).payload.get("callback_id") != names.FORM, self.page(who)
        self.closes(who)
        self.deliver()
        if anonymous:
            return 0
        assert self.newest() > before
        return self.newest()

    def unfolds(self, who: str) -> None:
        assert self.sandbox.click_view(self.user(who), self.form(who).id, names.UNFOLD).acked

    def closes(self, who: str) -> None:
        self.sandbox.close_view(self.user(who), everything=True)

    def presses(self, who: str, message: Message, action: str) -> ActResult:
        """Press a button of a message in a channel or in the person's own conversation."""
        result = self.sandbox.click(self.user(who), message.ts, action, channel=message.channel)
        assert self.parts.worker.wait(60)
        return result

    def presses_on_page(self, who: str, action: str) -> ActResult:
        """Press a button of the page that is open."""
        result = self.sandbox.click_view(self.user(who), self.form(who).id, action)
        assert self.parts.worker.wait(60)
        return result

    def does(self, who: str, number: int, action: str, **values: Any) -> ActResult:
        """Press a button on an idea's card (or behind "More"), fill in its form, send it, deliver."""
        message = self.card(number)
        if action in buttons_of(message):
            assert self.presses(who, message, action).acked
        else:
            assert self.presses(who, message, names.MORE).acked
            assert self.presses_on_page(who, action).acked, self.page(who)
        return self.completes(who, **values)

    def answers(self, who: str, message: Message, action: str, **values: Any) -> ActResult:
        """Press a button of a message, fill in its form, send it, deliver."""
        assert self.presses(who, message, action).acked
        return self.completes(who, **values)

    def completes(self, who: str, **values: Any) -> ActResult:
        """Fill in the form that is open, send it, deliver."""
        result = self.sends(who, **values)
        self.deliver()
        return result

    def told(self, who: str) -> str:
        """What the form said after it was sent; it is closed then. "" where it just closed."""
        words = self.page(who)
        self.closes(who)
        return words

    def decides(self, who: str, number: int, kind: IdeaEventKind, words: str, **values: Any) -> ActResult:
        """Decide on an idea from its card."""
        assert self.presses(who, self.card(number), names.DECIDE).acked
        view = self.form(who)
        chosen = self.sandbox.click_view(self.user(who), view.id, names.CHOICE, kind.value)
        assert chosen.acked, self.page(who)
        filled: dict[str, Any] = {names.WORDS: words}
        for name, value in values.items():
            block = f"{name}_{kind.value}"
            own = any(b.get("block_id") == block for b in self.form(who).payload["blocks"])
            filled[block if own else name] = {name: value} if own else value
        return self.completes(who, **filled)

    # -- what is to be seen ----

    def newest(self) -> int:
        """The highest number of an idea."""
        with self.hospital.database.read() as session:
            return max((number or 0 for number in session.exec(select(Idea.id))), default=0)

    def idea(self, number: int) -> Idea:
        with self.hospital.database.read() as session:
            return session.get_one(Idea, number)

    def ideas(self) -> list[Idea]:
        with self.hospital.database.read() as session:
            return list(session.exec(select(Idea)))

    def units(self) -> list[Unit]:
        with self.hospital.database.read() as session:
            return list(session.exec(select(Unit)))

    def state(self, number: int) -> IdeaState:
        return self.idea(number).state

    def history(self, number: int) -> list[IdeaEventKind]:
        with self.hospital.database.read() as session:
            lines = select(IdeaEvent).where(IdeaEvent.idea_id == number).order_by(IdeaEvent.seq)  # type: ignore[arg-type]
            return [line.kind for line in session.exec(lines)]

    def card(self, number: int) -> Message:
        """The idea's card as it stands now: in its channel, or the first one in leaders' messages."""
        with self.hospital.database.read() as session:
            row = session.exec(
                select(OutboxRow)
                .join(IdeaMessage, col(IdeaMessage.outbox_id) == col(OutboxRow.id))
                .where(
                    IdeaMessage.idea_id == number,
                    IdeaMessage.kind == IdeaMessageKind.CARD,
                    col(IdeaMessage.current).is_(True),
                    OutboxRow.state == OutboxState.SENT,
                )
                .order_by(col(OutboxRow.id))
            ).first()
        assert row is not None, f"idea #{number} has no card"
        place = self.sandbox.workspace.channels[str(row.slack_channel)]
        return next(message for message in place.messages if message.ts == row.slack_ts)

    def thread(self, number: int) -> str:
        """All that stands in the thread of the idea's card."""
        card = self.card(number)
        place = self.sandbox.workspace.channels[card.channel]
        return " ".join(said(m) for m in place.messages if m.thread_ts == card.ts and m.ts != card.ts)

    def last_dm(self, who: str) -> Message:
        """The last message that Rounds wrote to somebody."""
        return self.sandbox.workspace.dm(self.user(who))[-1]

    def dms(self, who: str) -> list[Message]:
        return list(self.sandbox.workspace.dm(self.user(who)))

    def home(self, who: str) -> str:
        """Open somebody's Home; all that stands on it."""
        assert self.sandbox.open_home(self.user(who)).acked
        view = self.sandbox.workspace.home(self.user(who))
        assert view is not None
        return everything_in(view.payload["blocks"])

    def presses_at_home(self, who: str, action: str) -> ActResult:
        view = self.sandbox.workspace.home(self.user(who))
        assert view is not None
        result = self.sandbox.click_view(self.user(who), view.id, action)
        assert self.parts.worker.wait(60)
        return result

    def outbox(self) -> list[OutboxRow]:
        with self.hospital.database.read() as session:
            return list(session.exec(select(OutboxRow)))


def said(message: Message) -> str:
    """All text of a message."""
    return f"{message.text} {everything_in(message.blocks)}"


def buttons_of(message: Message, number: int | None = None) -> set[str]:
    """The buttons of a message; only those for one idea where its number is given."""
    return {
        element["action_id"]
        for block in message.blocks
        if block["type"] == "actions"
        for element in block["elements"]
        if number is None or str(element.get("value", "")).partition(":")[0] == str(number)
    }


@contextmanager
def opened_story(imported: Imported, folder: Path, **settings: Any) -> Iterator[Story]:
    """A hospital with a secret key and a channel for the whole organisation, on a Tuesday morning."""
    with opened_hospital(imported, folder, ManualClock(TUESDAY_MORNING)) as hospital:
        given = {"rounds_secret_key": SecretStr(SECRET), "rounds_organisation_channel": f"#{ORGANISATION}"}
        hospital.settings = hospital.settings.model_copy(update=given | settings)
        workspace = hospital.sandbox.workspace
        workspace.add_channel(ORGANISATION, members=[u.id for u in workspace.users.values() if not u.is_bot])
        story = Story(hospital, hospital.parts())
        story.parts.sync()
        story.start()
        try:
            yield story
        finally:
            story.stop()
