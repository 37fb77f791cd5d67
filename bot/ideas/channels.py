"""Ideas are for colleagues: a channel that guests or other organisations read gets none of them.

What Slack says of each unit's channel, and of the organisation's, is kept in `channel_check`. It is asked
once an hour, and at once where an event says that something changed; what is not known is put off, not sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from sqlmodel import Session, col, select

from bot.clock import Clock
from bot.courier.desk import Cancel, Defer, Go, Guard, Verdict
from bot.courier.gateway import Gateway
from bot.courier.outcomes import Done, Permanent, Refusal
from bot.people.audience import Audience, User, audience, named, read_members, read_users
from storage.engine import Database
from storage.ideas import ChannelCheck
from storage.outbox import OutboxRow
from storage.people import Unit

log = structlog.get_logger()

EVERY: Final = timedelta(hours=1)
STALE: Final = timedelta(hours=3)
WAIT: Final = timedelta(seconds=30)
GUARD: Final = "idea_channel"  # a letter's guard: {"name": GUARD, "channel": the unit's channel}
UNUSED: Final = "No unit uses this channel any more."
# More new faces than these are looked up by asking for everybody.
_FEW: Final = 30
_NAMED: Final = 3


@dataclass(frozen=True, slots=True)
class Unchecked:
    """Nobody knows just now who reads the channel: wait."""


@dataclass(frozen=True, slots=True)
class ChannelProblem:
    """A channel that gets no ideas. `reason` is a sentence; `units` use the channel (their ids)."""

    channel: str
    reason: str
    units: tuple[int, ...]


# Tells the leaders of those units and the administrators; in the transaction that notes that they were told.
Tell = Callable[[Session, ChannelProblem], None]


# -- what is known ----


def channel_problem(session: Session, channel: str, now: datetime) -> str | Unchecked | None:
    """Why this channel (as units.csv names it) gets no ideas; None where it may have them."""
    found = session.get(ChannelCheck, key_of(channel))
    if found is not None and found.problem == UNUSED:
        return UNUSED
    if found is None or found.checked_at is None or now - found.checked_at > STALE:
        return Unchecked()
    return found.problem or None


def channel_guard(clock: Clock) -> Guard:
    """The guard of letters to channels, asked before each posting: `{"name": GUARD, "channel": ...}`."""

    def guard(session: Session, _row: OutboxRow, about: Mapping[str, Any]) -> Verdict:
        now = clock.now()
        match channel_problem(session, str(about["channel"]), now):
            case None:
                return Go()
            case Unchecked():
                return Defer(now + WAIT, "it is not known yet who reads the channel")
            case str(problem):
                return Cancel(problem)

    return guard


def forget(session: Session, channel_id: str) -> bool:
    """Somebody joined the channel, or it was shared: nothing goes there until it was looked at again.

    Returns whether it is one that Rounds cares about.
    """
    found = session.exec(select(ChannelCheck).where(ChannelCheck.channel_id == channel_id)).all()
    for check in found:
        check.checked_at = None
        session.add(check)
    return bool(found)


def key_of(channel: str) -> str:
    """How a channel is written in `channel_check`, with or without "#" in units.csv."""
    return channel.strip().removeprefix("#")


# -- finding out ----


class ChannelChecker:
    """Asks Slack about the channels, once an hour and where it was forgotten. One for each running Rounds.

    `organisation_channel` is the setting. `tell` is called once for each channel that has a problem.
    """

    def __init__(
        self,
        database: Database,
        gateway: Gateway,
        clock: Clock,
        team_id: str,
        organisation_channel: str = "",
        tell: Tell | None = None,
    ) -> None:
        self._database, self._gateway, self._clock = database, gateway, clock
        self._team_id, self._organisation_channel = team_id, organisation_channel
        self._tell = tell
        self._users: dict[str, User] = {}
        self._users_at: datetime | None = None

    def tick(self) -> int:
        """Look at the channels whose time has come. Returns how many were looked at.

        Where Slack cannot be asked, what is known grows old, and then nothing is sent.
        """
        now = self._clock.now()
        with self._database.write() as session:
            due = _due(session, self._organisation_channel, now)
        looked = 0
        for channel in due:
            found = self._look(channel)
            if isinstance(found, _Found):
                looked += self._keep(channel, found)
            else:
                log.warning("channel_not_checked", outcome=getattr(found, "error", "ratelimited"))
        self._tell_all()
        return looked

    def _look(self, channel: str) -> _Found | Refusal:
        found = self._look_once(channel)
        if found is not None:
            return found
        # What Rounds remembers under this name is another channel by now, or none.
        self._gateway.forget_channel(channel)
        return self._look_once(channel) or _Found(self._begin(channel, None), _missing(channel))

    def _look_once(self, channel: str) -> _Found | Refusal | None:
        """None where the channel is not the one of this name."""
        channel_id = self._gateway.channel_id(channel)
        if isinstance(channel_id, Permanent):
            return _Found(self._begin(channel, None), _missing(channel))
        if not isinstance(channel_id, str):
            return channel_id
        mark = self._begin(channel, channel_id)
        answer = self._gateway.call("conversations.info", {"channel": channel_id})
        if isinstance(answer, Permanent):
            return None
        if not isinstance(answer, Done):
            return answer
        if answer.data["channel"].get("name") != channel != channel_id:
            return None
        members = read_members(self._gateway, channel_id)
        if not isinstance(members, tuple):
            return members
        users = self._know(members)
        if not isinstance(users, dict):
            return users
        seen = audience(answer.data["channel"], members, users, self._team_id)
        return _Found(mark, _problem(channel, seen) or "")

    def _begin(self, channel: str, channel_id: str | None) -> datetime | None:
        """Leave a mark on the row before Slack is asked: whoever forgets the channel meanwhile takes it away.

        What was known stays known while it is looked at again.
        """
        with self._database.write() as session:
            check = session.get_one(ChannelCheck, channel)
            check.channel_id = channel_id
            check.checked_at = check.checked_at or self._clock.now() - 2 * STALE
            session.add(check)
            return check.checked_at

    def _know(self, members: Iterable[str]) -> dict[str, User] | Refusal:
        """Who these are: from the last listing of everybody, if it is of this hour, and else from Slack."""
        now = self._clock.now()
        new = [member for member in members if member not in self._users]
        if self._users_at is None or now - self._users_at >= EVERY or len(new) > _FEW:
            everybody = read_users(self._gateway)
            if not isinstance(everybody, dict):
                return everybody
            self._users, self._users_at = everybody, now
            new = [member for member in new if member not in everybody]
        for member in new:
            # People of other organisations are not in the listing.
            answer = self._gateway.call("users.info", {"user": member})
            if isinstance(answer, Done):
                self._users[member] = answer.data["user"]
            elif isinstance(answer, Permanent):
                self._users[member] = {"id": member, "is_stranger": True}
            else:
                return answer
        return self._users

    def _keep(self, channel: str, found: _Found) -> bool:
        with self._database.write() as session:
            check = session.get(ChannelCheck, channel, with_for_update=True)
            if check is None or check.checked_at != found.mark:
                return False  # somebody joined while Slack was asked: it is looked at once more
            check.problem, check.checked_at = found.problem[:300], self._clock.now()
            if not found.problem:
                check.told_at = None
            session.add(check)
            return True

    def _tell_all(self) -> None:
        if self._tell is None:
            return
        with self._database.write() as session:
            for problem in untold(session):
                self._tell(session, problem)
                check = session.get_one(ChannelCheck, problem.channel)
                check.told_at = self._clock.now()
                session.add(check)


@dataclass(frozen=True, slots=True)
class _Found:
    mark: datetime | None
    problem: str


def untold(session: Session) -> Sequence[ChannelProblem]:
    """Channels with a problem that nobody was told of."""
    units: dict[str, list[int]] = {}
    for unit in session.exec(select(Unit).where(Unit.channel != "").order_by(col(Unit.id))):
        assert unit.id is not None
        units.setdefault(key_of(unit.channel), []).append(unit.id)
    checks = session.exec(
        select(ChannelCheck)
        .where(col(ChannelCheck.problem).not_in(("", UNUSED)), col(ChannelCheck.told_at).is_(None))
        .order_by(ChannelCheck.channel)
    )
    return [
        ChannelProblem(check.channel, check.problem, tuple(units.get(check.channel, ()))) for check in checks
    ]


def _due(session: Session, organisation_channel: str, now: datetime) -> list[str]:
    """The channels to look at now."""
    wanted = {key_of(name) for name in session.exec(select(Unit.channel)).all()}
    wanted = (wanted | {key_of(organisation_channel)}) - {""}
    known = {check.channel: check for check in session.exec(select(ChannelCheck)).all()}
    for name, check in known.items():
        if (check.problem == UNUSED) == (name in wanted):
            check.problem = "" if name in wanted else UNUSED
            check.checked_at = check.told_at = None
            session.add(check)
    for name in wanted - known.keys():
        known[name] = ChannelCheck(channel=name)
        session.add(known[name])
    session.flush()
    since = {name: known[name].checked_at for name in wanted}
    return sorted(name for name, at in since.items() if at is None or now - at >= EVERY)


def _missing(channel: str) -> str:
    return (
        f"{named(channel)} was not found: there is no such channel, or it is private and Rounds is not in it."
    )


def _problem(channel: str, seen: Audience) -> str | None:
    name = named(channel)
    if seen.archived:
        return f"{name} is archived."
    if not seen.here:
        return f"Rounds is not in {name}. Somebody there can type /invite @Rounds."
    if seen.shared:
        return f"{name} is shared with another organisation, and ideas are for colleagues."
    if seen.guests:
        some, more = seen.guests[:_NAMED], len(seen.guests) - _NAMED
        names = ", ".join(name[:40] for name in some) + (f" and {more} more" if more > 0 else "")
        return f"{name} has guests in it ({names}), and ideas are for colleagues."
    return None
