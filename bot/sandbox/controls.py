"""What the control panel uses: switches, the clock, the sockets, people and channels, events once more.

Each is a GET that says how things are, and a POST of JSON that changes them; what does not fit is answered
with 400 and a sentence.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from aiohttp import web

from bot.clock import ManualClock
from bot.sandbox.faults import Faults
from bot.sandbox.pages import json_body, unclear
from bot.sandbox.people import People
from bot.sandbox.socketmode import SocketMode
from bot.sandbox.state import Workspace
from bot.sandbox.things import BOT_USER_ID, Channel, Json, QuietHours, User

FURTHEST = timedelta(days=3653)
Change = Callable[[Json], Awaitable[None]]


class ControlRoutes:
    """The control panel's routes."""

    def __init__(self, workspace: Workspace, faults: Faults, sockets: SocketMode, people: People) -> None:
        self.workspace, self.faults, self.sockets, self.people = workspace, faults, sockets, people

    def add_to(self, app: web.Application) -> None:
        """Registers them."""
        self._add(app, "faults", self.faults.as_json, self._set_faults)
        self._add(app, "clock", self._clock, self._set_clock)
        self._add(app, "sockets", self._connections, self._do_sockets)
        self._add(app, "user", self._users, self._set_user)
        self._add(app, "channel", self._channels, self._set_channel)
        self._add(app, "events", self._events, self._do_events)

    @staticmethod
    def _add(app: web.Application, name: str, shown: Callable[[], Json], change: Change) -> None:
        async def get(request: web.Request) -> web.Response:
            return web.json_response(shown())

        async def post(request: web.Request) -> web.Response:
            body = await json_body(request)
            try:
                await change(body)
            except ValueError as wrong:
                return unclear(str(wrong))
            return web.json_response({"ok": True, **shown()})

        app.router.add_get(f"/sandbox/{name}", get)
        app.router.add_post(f"/sandbox/{name}", post)

    # -- switches ----

    async def _set_faults(self, body: Json) -> None:
        self.faults.change(body)
        self.workspace.changed("faults")

    # -- the clock ----

    def _clock(self) -> Json:
        manual = isinstance(self.workspace.clock, ManualClock)
        return {"now": self.workspace.now().isoformat(), "manual": manual}

    async def _set_clock(self, body: Json) -> None:
        clock = self.workspace.clock
        if not isinstance(clock, ManualClock):
            raise ValueError("This workspace keeps the real time. To move it, start one with its own clock.")
        if "now" in body:
            by = _moment(body["now"]) - clock.now()
        elif "advance_seconds" in body:
            by = timedelta(seconds=_seconds(body["advance_seconds"]))
        else:
            raise ValueError('Say "advance_seconds" or "now".')
        if by < timedelta():
            raise ValueError("The clock only goes forward.")
        if by > FURTHEST:
            raise ValueError("The clock moves ten years at most at once.")
        clock.advance(by)
        self.workspace.changed("clock")

    # -- sockets and events ----

    def _connections(self) -> Json:
        mode = "socket" if self.sockets.carrier is self.sockets else "http"
        return {"connections": len(self.sockets.connections), "mode": mode}

    async def _do_sockets(self, body: Json) -> None:
        if self.sockets.carrier is not self.sockets:
            raise ValueError("The app is reached over HTTP here, so it has no sockets.")
        todo = {"drop": self.sockets.drop, "refresh": self.sockets.refresh}.get(str(body.get("do")))
        if todo is None:
            raise ValueError('Say what to do with the sockets: "drop" or "refresh".')
        await todo()

    def _events(self) -> Json:
        shown = [
            {"event_id": payload["event_id"], "type": payload["event"]["type"], "time": payload["event_time"]}
            for payload in self.sockets.events
        ]
        return {"events": shown}

    async def _do_events(self, body: Json) -> None:
        if body.get("do") != "replay":
            raise ValueError('Say what to do with an event: "replay".')
        wanted = body.get("event_id")
        known = [p for p in self.sockets.events if wanted in (None, p["event_id"])]
        if not known:
            raise ValueError("There was no such event yet.")
        await self.sockets.replay(known[-1])

    # -- people and channels ----

    def _users(self) -> Json:
        return {"users": [_shown(user) for user in self.workspace.users.values() if user.id != BOT_USER_ID]}

    async def _set_user(self, body: Json) -> None:
        user = self.workspace.users.get(str(body.get("user")))
        if user is None or user.id == BOT_USER_ID:
            raise ValueError(f"There is nobody with the id {body.get('user')} in this workspace.")
        changes: Json = {name: _flag(name, body[name]) for name in ("deleted", "guest") if name in body}
        if "tz" in body:
            changes["tz"] = _zone(body["tz"])
        if "dnd" in body:
            changes["dnd"] = _quiet_hours(body["dnd"])
        self.workspace.change_user(user.id, **changes)

    def _channels(self) -> Json:
        shown = [_channel(channel) for channel in self.workspace.channels.values() if not channel.dm_with]
        return {"channels": shown}

    async def _set_channel(self, body: Json) -> None:
        channel = self.workspace.channels.get(str(body.get("channel")))
        if channel is None or channel.dm_with:
            raise ValueError(f"There is no channel with the id {body.get('channel')} in this workspace.")
        changes = {
            name: _flag(name, body[name]) for name in ("archived", "ext_shared", "bot") if name in body
        }
        channel.archived = changes.get("archived", channel.archived)
        if changes.get("ext_shared", channel.ext_shared) != channel.ext_shared:
            await self.people.share_channel(channel.id, changes["ext_shared"])
        if "bot" in changes:
            await (self.people.join if changes["bot"] else self.people.leave)(BOT_USER_ID, channel.id)
        if "join" in body:
            if body["join"] not in self.workspace.users:
                raise ValueError(f"There is nobody with the id {body['join']} in this workspace.")
            await self.people.join(str(body["join"]), channel.id)
        self.workspace.changed("channel", channel=channel.id)


def _shown(user: User) -> Json:
    body: Json = {"id": user.id, "real_name": user.real_name, "deleted": user.deleted, "tz": user.tz}
    dnd = None
    if user.dnd is not None:
        dnd = [t.isoformat(timespec="minutes") for t in user.dnd]
    return body | {"guest": user.guest, "dnd": dnd}


def _channel(channel: Channel) -> Json:
    body: Json = {"id": channel.id, "name": channel.name, "archived": channel.archived}
    return body | {"ext_shared": channel.ext_shared, "bot": BOT_USER_ID in channel.members}


def _flag(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f'"{name}" has to be true or false.')
    return value


def _seconds(value: Any) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise ValueError('"advance_seconds" has to be a number.')
    if not abs(value) <= FURTHEST.total_seconds():
        raise ValueError("The clock moves ten years at most at once.")
    return float(value)


def _moment(value: Any) -> datetime:
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        moment = None
    if moment is None or moment.tzinfo is None:
        raise ValueError(f"{value} is not a moment with its zone, like 2026-11-23T08:00:00+00:00.")
    return moment


def _zone(value: Any) -> str:
    try:
        return ZoneInfo(value).key
    except (TypeError, ValueError, OSError, ZoneInfoNotFoundError):
        raise ValueError(f"{value} is not a time zone. Use a name like Europe/Lisbon.") from None


def _quiet_hours(value: Any) -> QuietHours | None:
    if value is None:
        return None
    if not isinstance(value, list) or len(value) != 2 or not all(isinstance(part, str) for part in value):
        raise ValueError('"dnd" has to be two times like ["22:00", "07:00"], or null.')
    try:
        daily = time.fromisoformat(value[0]), time.fromisoformat(value[1])
    except ValueError:
        start, end = _moment(value[0]), _moment(value[1])
        if end <= start:
            raise ValueError("Do-not-disturb has to end after it begins.") from None
        return start, end
    return daily
