"""What every delivery needs at hand, and what can come of one."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from sqlmodel import Session

from bot.clock import Clock
from bot.courier.gateway import Gateway
from bot.courier.outcomes import Misconfigured, Permanent, RateLimited, Refusal
from storage import outbox_queue
from storage.engine import Database
from storage.outbox import OutboxRow

# A lease outlasts the longest waits for the pace and a few calls that time out.
LEASE = timedelta(minutes=5)
# How long Slack is given to show a message that it may have stored.
SETTLES = 3.0
# How long Slack usually needs to process a picture.
PROCESSES = 1.0


@dataclass(frozen=True, slots=True)
class Go:
    """A guard's answer: send it."""


@dataclass(frozen=True, slots=True)
class Cancel:
    """A guard's answer: it is no longer true, or no longer wanted. `reason` in words."""

    reason: str


@dataclass(frozen=True, slots=True)
class Defer:
    """A guard's answer: not before then. `reason` in words."""

    until: datetime
    reason: str = ""


Verdict = Go | Cancel | Defer
Guard = Callable[[Session, OutboxRow, Mapping[str, Any]], Verdict]
# From what a payload asks to have rendered to what is sent; None where there is nothing to say any more.
Renderer = Callable[[Session, Mapping[str, Any]], Mapping[str, Any] | None]

# From what a payload says of a file to its bytes; None where there is nothing to bring any more.
FileMaker = Callable[[Session, Mapping[str, Any]], bytes | None]


@dataclass(frozen=True, slots=True)
class Sent:
    """Slack has it. `note` where something less than everything arrived."""

    channel: str | None = None
    ts: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Failed:
    """It cannot be sent. `error` is Slack's own word."""

    error: str


@dataclass(frozen=True, slots=True)
class Cancelled:
    """It is not to be sent."""

    reason: str


@dataclass(frozen=True, slots=True)
class Expired:
    """Its time is over."""


@dataclass(frozen=True, slots=True)
class Again:
    """To be tried again after that many seconds; None: after a pause that grows.

    `attempted_at` is what the row is to hold: None where it is certain that nothing was stored. Only what
    `counts` leads to giving up in the end; being told to wait does not.
    """

    error: str
    after: float | None = None
    attempted_at: datetime | None = None
    counts: bool = True


@dataclass(frozen=True, slots=True)
class Later:
    """Put off by its guard: not begun."""

    until: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Halt:
    """Slack refuses everything until the app's setup is put right. The row stays as it is."""

    error: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Lost:
    """The row is in other hands, of another courier or of this one: nothing more is done here."""


Step = Sent | Failed | Cancelled | Expired | Again | Later | Halt | Lost


@dataclass(frozen=True, slots=True)
class Desk:
    """What a delivery works with.

    `owner` is this courier's name; each claim leases under a name of its own that begins with it. `team_id`
    is the workspace whose accounts are written to; None for any.
    """

    database: Database
    gateway: Gateway
    clock: Clock
    owner: str
    guards: Mapping[str, Guard] = field(default_factory=lambda: MappingProxyType({}))
    renderers: Mapping[str, Renderer] = field(default_factory=lambda: MappingProxyType({}))
    lease: timedelta = LEASE
    settles: float = SETTLES
    processes: float = PROCESSES
    team_id: str | None = None
    files: Mapping[str, FileMaker] = field(default_factory=lambda: MappingProxyType({}))

    def lease_name(self) -> str:
        """A name for one claim: what another loop of the same courier claims later is not this one's."""
        return f"{self.owner}:{secrets.token_hex(4)}"

    def hold(self, session: Session, row: OutboxRow) -> OutboxRow | None:
        """The row as it is now, with the lease prolonged; None where the lease of its claim was lost."""
        assert row.id is not None
        assert row.lease_owner is not None
        return outbox_queue.hold(
            session, row.id, owner=row.lease_owner, now=self.clock.now(), lease=self.lease
        )

    def ask_guard(self, session: Session, row: OutboxRow) -> Cancelled | Later | None:
        """Ask the row's guard, if it has one. None: go on."""
        if row.guard is None:
            return None
        guard = self.guards[str(row.guard["name"])]
        match guard(session, row, row.guard):
            case Cancel(reason):
                return Cancelled(reason)
            case Defer(until, reason):
                return Later(until, reason)
            case Go():
                return None

    def render(self, session: Session, row: OutboxRow) -> dict[str, Any] | Cancelled:
        """What the row says, as of now."""
        name = row.payload.get("render")
        if name is None:
            return dict(row.payload)
        rendered = self.renderers[str(name)](session, row.payload)
        return Cancelled("nothing to say any more") if rendered is None else dict(rendered)

    def is_past(self, row: OutboxRow) -> bool:
        """Whether the row's time is over."""
        return row.expires_at is not None and row.expires_at <= self.clock.now()


def step_after(refusal: Refusal, row: OutboxRow) -> Step:
    """What a refusal means for a row while nothing was posted by this call."""
    match refusal:
        case RateLimited(retry_after):
            return Again("ratelimited", retry_after, row.attempted_at, counts=False)
        case Permanent(error, detail):
            return Failed(f"{error} ({detail})" if detail else error)
        case Misconfigured(error, detail):
            return Halt(error, detail)
        case _:
            return Again(refusal.error, None, row.attempted_at)
