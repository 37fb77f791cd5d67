"""A local Slack, a database and a courier between them. The courier's clock is the sandbox's."""

from __future__ import annotations

import random
import struct
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from bot.clock import Clock, ManualClock
from bot.courier.courier import Courier
from bot.courier.gateway import Gateway
from bot.courier.letters import Letter, put
from bot.courier.pace import Pace
from bot.digests.facts import PICTURE, Picture
from bot.sandbox import BOT_TOKEN, TEAM_ID, Message, Sandbox, User, start_sandbox
from storage.engine import Database
from storage.outbox import OutboxRow
from storage.people import Person, SlackAccount
from storage.terms import Priority


def png(width: int = 1, height: int = 1) -> bytes:
    """A small, valid picture."""

    def chunk(name: bytes, content: bytes) -> bytes:
        body = name + content
        return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(b"".join(b"\x00" + b"\xff" * width for _ in range(height)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


PICTURE_BLOCKS: list[dict[str, Any]] = [
    {"type": "section", "text": {"type": "mrkdwn", "text": "Your week"}},
    {"type": "image", "slack_file": {"id": PICTURE}, "alt_text": "Twelve weeks of cultures"},
    {"type": "section", "text": {"type": "mrkdwn", "text": "What helped?"}},
]
CHART = Picture(png(), "Cultures", "Twelve weeks of cultures")


@dataclass
class Post:
    """The post office of a test: people with accounts, letters put in, couriers that take them out."""

    database: Database
    sandbox: Sandbox
    clock: Clock
    people: list[int] = field(default_factory=list)
    users: list[User] = field(default_factory=list)

    def add_person(self, name: str, *, account: bool = True) -> tuple[int, User]:
        """A person with an account in both worlds; returns their id and their Slack user."""
        email = f"{name}@example.org"
        user = self.sandbox.workspace.add_user(name=name, email=email)
        with self.database.write() as session:
            person = Person(email=email, name=name.title())
            session.add(person)
            session.flush()
            assert person.id is not None
            if account:
                session.add(SlackAccount(team_id=TEAM_ID, user_id=user.id, person_id=person.id))
        self.people.append(person.id)
        self.users.append(user)
        return person.id, user

    def letter(self, person: int, text: str = "Your week", **changes: Any) -> Letter:
        """A letter to a person."""
        given: dict[str, Any] = {
            "kind": "notice",
            "lane": f"person:{person}",
            "recipient_id": person,
            "payload": {"text": text},
        }
        return Letter(**(given | changes))

    def digest(self, person: int, week: str = "2025-W29", **changes: Any) -> Letter:
        """A letter with a picture, once a week."""
        given: dict[str, Any] = {
            "kind": "digest",
            "period": week,
            "priority": Priority.BULK,
            "picture": CHART,
            "payload": {"text": "Your week", "blocks": PICTURE_BLOCKS},
        }
        return self.letter(person, **(given | changes))

    def put(self, letter: Letter) -> int | None:
        """Put a letter into the outbox, in a transaction of its own."""
        with self.database.write() as session:
            return put(session, letter, now=self.clock.now())

    def row(self, row_id: int | None) -> OutboxRow:
        """A row as it is now."""
        with self.database.read() as session:
            return session.get_one(OutboxRow, row_id)

    def gateway(self, **options: Any) -> Gateway:
        """The real gateway and the real slack_sdk, on the local Slack."""
        chance = random.Random(1)
        return Gateway(
            BOT_TOKEN,
            self.sandbox.api_url,
            self.clock,
            pace=options.pop("pace", None) or Pace(self.clock, chance=chance),
            **options,
        )

    def courier(self, **options: Any) -> Courier:
        """A courier with nothing special to it."""
        gateway = options.pop("gateway", None) or self.gateway()
        return Courier(self.database, gateway, self.clock, **options)

    def deliver(self, timeout: float = 3600, **options: Any) -> bool:
        """A courier's whole day."""
        return self.courier(**options).drain(timeout)

    def texts(self, user: User) -> list[str]:
        """What is in somebody's direct messages."""
        return [message.text for message in self.sandbox.workspace.dm(user.id)]


def pictures_shown(messages: Sequence[Message]) -> list[str]:
    """The ids of the files that messages show or bring, in order."""
    shown: list[str] = []
    for message in messages:
        shown += [block["slack_file"]["id"] for block in message.blocks if block["type"] == "image"]
        shown += message.files
    return shown


@pytest.fixture
def post(database: Database, clock: ManualClock) -> Iterator[Post]:
    """A post office on each kind of database."""
    with start_sandbox(clock=clock) as sandbox:
        yield Post(database, sandbox, clock)


@pytest.fixture
def office(sqlite: Database, clock: ManualClock) -> Iterator[Post]:
    """A post office on the embedded database, where the kind makes no difference."""
    with start_sandbox(clock=clock) as sandbox:
        yield Post(sqlite, sandbox, clock)


@pytest.fixture
def soon(clock: ManualClock) -> Callable[[float], Any]:
    """A time so many seconds from now."""
    return lambda seconds: clock.now() + timedelta(seconds=seconds)
