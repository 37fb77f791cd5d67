"""The workspace's memory: pure state under one lock, with the clock handed in."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bot.clock import Clock, SystemClock
from bot.sandbox.things import (
    APP_TOKEN,
    BOT_TOKEN,
    BOT_USER_ID,
    OTHER_TEAM,
    TEAM_ID,
    Channel,
    File,
    Json,
    Message,
    QuietHours,
    SlackError,
    User,
    View,
)

__all__ = [
    "APP_TOKEN",
    "BOT_TOKEN",
    "BOT_USER_ID",
    "OTHER_TEAM",
    "TEAM_ID",
    "Channel",
    "Message",
    "User",
    "Workspace",
]

TRIGGER_LIFE = timedelta(seconds=3)
RESPONSE_URL_LIFE = timedelta(minutes=30)
RESPONSE_URL_USES = 5
TICK = 0.02  # real seconds after which those who wait look at the clock again: it may have been moved


@dataclass(frozen=True)
class ApiCall:
    """One line of the journal. `outcome` is "ok", Slack's error, "broken_before" or "broken_after"."""

    method: str
    at: datetime
    monotonic: float
    channel: str | None
    outcome: str


@dataclass
class Trigger:
    """Leave to open one view for one person, for three seconds."""

    user: str
    at: datetime
    view_id: str | None = None
    used: bool = False


@dataclass
class ResponseUrl:
    """Leave to answer one interaction five times in thirty minutes."""

    user: str
    channel: str
    at: datetime
    message_ts: str | None = None
    uses: int = 0


@dataclass(frozen=True)
class Notice:
    """What Slack itself tells one person, for example that a command had no answer."""

    user: str
    text: str
    at: datetime


@dataclass
class Workspace:
    """Everything that the local Slack knows, at the time that its clock shows."""

    clock: Clock = field(default_factory=SystemClock)
    users: dict[str, User] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    files: dict[str, File] = field(default_factory=dict)
    views: dict[str, View] = field(default_factory=dict)
    modals: dict[str, list[str]] = field(default_factory=dict)
    homes: dict[str, str] = field(default_factory=dict)
    ephemerals: list[Message] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    triggers: dict[str, Trigger] = field(default_factory=dict)
    response_urls: dict[str, ResponseUrl] = field(default_factory=dict)
    read: dict[tuple[str, str], str] = field(default_factory=dict)
    journal: list[ApiCall] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.lock = threading.RLock()
        self._counts: Counter[str] = Counter()
        self._dms: dict[str, str] = {}
        self._last_ts = (0, 0)
        self._listeners: list[Callable[[str, Json], None]] = []
        if BOT_USER_ID not in self.users:
            self.add_user(BOT_USER_ID, name="rounds", real_name="Rounds", is_bot=True)

    # -- making it ----

    def add_user(
        self,
        id: str | None = None,
        *,
        name: str,
        real_name: str | None = None,
        email: str | None = None,
        tz: str = "Europe/London",
        deleted: bool = False,
        is_bot: bool = False,
        guest: bool = False,
        one_channel: bool = False,
        team: str = TEAM_ID,
        title: str = "",
    ) -> User:
        """Adds an account; the id is made up where none is given. The page shows `title` beside the name.

        With `team` it is somebody of another workspace, who can come in through a shared channel.
        """
        with self.lock:
            user = User(id or self.new_id("U"), name, real_name or name, email, tz, deleted, is_bot, guest)
            user.title, user.one_channel, user.team = title, one_channel, team
            self.users[user.id] = user
        self.changed("user", user=user.id)
        return user

    def add_channel(
        self,
        name: str,
        *,
        id: str | None = None,
        members: list[str] | None = None,
        private: bool = False,
        bot: bool = True,
    ) -> Channel:
        """Adds a channel with these people in it, and the app too unless `bot` is False."""
        with self.lock:
            everyone = [*(members or []), *([BOT_USER_ID] if bot else [])]
            channel = Channel(id or self.new_id("C"), name, everyone, private)
            self.channels[channel.id] = channel
        self.changed("channel", channel=channel.id)
        return channel

    def archive(self, channel: str) -> None:
        """Archives a channel: nothing can be posted there any more."""
        self.channels[channel].archived = True
        self.changed("channel", channel=channel)

    def deactivate(self, user: str) -> None:
        """Deactivates an account."""
        self.change_user(user, deleted=True)

    def change_user(self, user: str, **values: Any) -> None:
        """Sets `deleted`, `tz`, `guest` or `dnd` of an account; KeyError where there is nobody of this id."""
        with self.lock:
            for name, value in values.items():
                setattr(self.users[user], name, value)
        self.changed("user", user=user)

    def set_dnd(self, user: str, hours: QuietHours | None) -> None:
        """Do-not-disturb every day between two local times, once between two aware moments, or not at all."""
        self.change_user(user, dnd=hours)

    def share_with_others(self, channel: str, shared: bool = True, *, pending: bool = False) -> None:
        """Shares a channel with another organisation (Slack Connect), or ends that; or it is `pending`."""
        found = self.channels[channel]
        found.ext_shared, found.pending_ext_shared = shared and not pending, shared and pending
        self.changed("channel", channel=channel)

    def kick_bot(self, channel: str) -> None:
        """Takes the app out of a channel."""
        self.leave(channel, BOT_USER_ID)

    def join(self, channel: str, user: str) -> None:
        """Puts somebody into a channel; with somebody of another workspace it is a shared one."""
        where = self.channels[channel]
        if user not in where.members:
            where.members.append(user)
        if user in self.users and self.users[user].team != TEAM_ID:
            where.ext_shared, where.pending_ext_shared = True, False
        self.changed("channel", channel=channel)

    def leave(self, channel: str, user: str) -> None:
        """Takes somebody out of a channel."""
        if user in self.channels[channel].members:
            self.channels[channel].members.remove(user)
        self.changed("channel", channel=channel)

    # -- asking it ----

    def messages(self, channel: str) -> list[Message]:
        """A channel's messages, replies included, oldest first; with a user id those of that person's DM."""
        with self.lock:
            found = self.channels.get(channel) or self.find_dm(channel)
            return list(found.messages) if found else []

    def dm(self, user: str) -> list[Message]:
        """The messages between the app and this person, oldest first."""
        return self.messages(user)

    def find_dm(self, user: str) -> Channel | None:
        """The DM with this person, if one was opened."""
        return self.channels.get(self._dms.get(user, ""))

    def ephemerals_for(self, user: str) -> list[Message]:
        """What only this person was shown, oldest first."""
        with self.lock:
            return [m for m in self.ephemerals if m.ephemeral_to == user]

    def modal(self, user: str) -> View | None:
        """The view on top of this person's stack, if any is open."""
        with self.lock:
            stack = self.modals.get(user) or []
            return self.views[stack[-1]] if stack else None

    def home(self, user: str) -> View | None:
        """What the app last published on this person's Home."""
        with self.lock:
            return self.views.get(self.homes.get(user, ""))

    def calls(self, method: str) -> list[ApiCall]:
        """The journal's lines for one method, oldest first."""
        with self.lock:
            return [call for call in self.journal if call.method == method]

    # -- used by the server ----

    def now(self) -> datetime:
        """The time here, aware, in UTC."""
        return self.clock.now()

    async def passed(self, seconds: float) -> None:
        """Returns once so much time has gone by on this workspace's clock, whoever moves it."""
        due = self.now() + timedelta(seconds=seconds)
        while (left := (due - self.now()).total_seconds()) > 0:
            await asyncio.sleep(min(left, TICK))

    def on_change(self, listener: Callable[[str, Json], None]) -> Callable[[], None]:
        """Calls the listener, in whatever thread, after each change; returns the way to stop that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def changed(self, kind: str, **about: Any) -> None:
        """Tells the listeners of a change."""
        for listener in list(self._listeners):
            listener(kind, about)

    def new_id(self, prefix: str) -> str:
        """An id that looks like one of Slack's and is the same in every run."""
        with self.lock:
            self._counts[prefix] += 1
            return f"{prefix}0{self._counts[prefix]:07d}X"

    def new_ts(self) -> str:
        """The time as Slack's ts; always later than the one before, also while the clock stands still."""
        with self.lock:
            now = self.now()
            stamp = max((int(now.timestamp()), now.microsecond), self._last_ts)
            if stamp == self._last_ts:
                stamp = (stamp[0], stamp[1] + 1) if stamp[1] < 999_999 else (stamp[0] + 1, 0)
            self._last_ts = stamp
            return f"{stamp[0]}.{stamp[1]:06d}"

    def open_dm(self, user: str) -> Channel:
        """The DM with this person, made if it is not there."""
        with self.lock:
            channel = self.find_dm(user)
            if channel is None:
                channel = Channel(self.new_id("D"), "", [user, BOT_USER_ID], dm_with=user)
                self.channels[channel.id] = channel
                self._dms[user] = channel.id
                self.changed("channel", channel=channel.id)
            return channel

    def post(self, channel: Channel, message: Message) -> Message:
        """Stores a message and shares the files that its blocks show with the conversation."""
        with self.lock:
            if message.is_reply and (parent := channel.find(message.thread_ts or "")):
                parent.thread_ts, parent.replies = parent.ts, parent.replies + 1
            channel.messages.append(message)
            self.share(channel, message)
        self.changed("message", channel=channel.id, ts=message.ts)
        return message

    def share(self, channel: Channel, message: Message) -> None:
        """Lets the members of the conversation see the files of this message."""
        for file_id in [*message.files, *slack_files(message.blocks)]:
            if file_id in self.files:
                self.files[file_id].conversations.add(channel.id)

    def show(self, user: str, blocks: Any) -> None:
        """Lets one person see the files of a view."""
        for file_id in slack_files(blocks):
            if file_id in self.files:
                self.files[file_id].viewers.add(user)

    def sees(self, place: Channel | str, file: File) -> bool:
        """Whether a file is visible in a conversation, or to the person with this id."""
        if isinstance(place, str) and place == file.user:
            return True
        shared = [self.channels[c] for c in file.conversations if c in self.channels]
        if any(channel.kind == "channel" or channel is place for channel in shared):
            return True
        user = place.dm_with if isinstance(place, Channel) else place
        return user is not None and (user in file.viewers or any(user in c.members for c in shared))

    def remove(self, channel: Channel, message: Message) -> None:
        """Deletes a message."""
        with self.lock:
            channel.messages.remove(message)
            if message.is_reply and (parent := channel.find(message.thread_ts or "")):
                parent.replies -= 1
                parent.thread_ts = parent.ts if parent.replies else None
        self.changed("message", channel=channel.id, ts=message.ts)

    def notify(self, user: str, text: str) -> None:
        """Shows one person something in Slack's own voice."""
        with self.lock:
            self.notices.append(Notice(user, text, self.now()))
        self.changed("notice", user=user)

    def file(self, file_id: str) -> File:
        """The file, processed if its time has come; SlackError file_not_found or file_deleted."""
        found = self.files.get(file_id)
        if found is None:
            raise SlackError("file_not_found")
        if found.deleted:
            raise SlackError("file_deleted")
        if found.ready_at is not None and self.now() >= found.ready_at:
            found.processed = True
        return found

    def app_reads(self, file: File) -> bool:
        """Whether the app may see a file: its own, one out of its form, or one of its conversations."""
        shared = [self.channels[c] for c in file.conversations if c in self.channels]
        return file.user == BOT_USER_ID or file.in_form or any(BOT_USER_ID in c.members for c in shared)

    def new_trigger(self, user: str, view_id: str | None = None) -> str:
        """A trigger_id for this person; from a modal also `view_id`, for views.push."""
        with self.lock:
            self._counts["trigger"] += 1
            key = f"{self._counts['trigger']}.{TEAM_ID[1:]}.{self.new_id('')}"
            self.triggers[key] = Trigger(user, self.now(), view_id)
            return key

    def use_trigger(self, key: str) -> Trigger:
        """Exchanges a trigger; SlackError where it is unknown, used up or older than three seconds."""
        with self.lock:
            trigger = self.triggers.get(key)
            if trigger is None:
                raise SlackError("invalid_arguments", "invalid `trigger_id` [json-pointer:/trigger_id]")
            if trigger.used:
                raise SlackError("exchanged_trigger_id")
            if self.now() - trigger.at > TRIGGER_LIFE:
                raise SlackError("expired_trigger_id")
            trigger.used = True
            return trigger

    def new_response_url(self, user: str, channel: str, message_ts: str | None = None) -> str:
        """The key at the end of a response_url."""
        with self.lock:
            key = self.new_id("R")
            self.response_urls[key] = ResponseUrl(user, channel, self.now(), message_ts)
            return key

    def use_response_url(self, key: str) -> ResponseUrl:
        """Counts one use; SlackError expired_url or used_url."""
        with self.lock:
            url = self.response_urls.get(key)
            if url is None or self.now() - url.at > RESPONSE_URL_LIFE:
                raise SlackError("expired_url")
            if url.uses >= RESPONSE_URL_USES:
                raise SlackError("used_url")
            url.uses += 1
            return url


def slack_files(blocks: Any) -> list[str]:
    """The ids of the files that image blocks and elements show, wherever they sit."""
    if isinstance(blocks, list):
        return [file_id for block in blocks for file_id in slack_files(block)]
    if isinstance(blocks, dict):
        own = blocks.get("slack_file") if blocks.get("type") == "image" else None
        rest = [file_id for value in blocks.values() for file_id in slack_files(value)]
        return ([str(own["id"])] if isinstance(own, dict) and "id" in own else []) + rest
    return []
