"""Socket Mode: connections, envelopes, acknowledgements, refreshes; and events, which are delivered again.

What is delivered goes through one place, `SocketMode.deliver`, over one of two carriers: these connections,
or signed POSTs (`bot.sandbox.httpmode`).
"""

from __future__ import annotations

import asyncio
import itertools
import json
from collections import deque
from dataclasses import dataclass
from typing import Any, Protocol

from aiohttp import WSMsgType, web

from bot.sandbox.faults import Faults
from bot.sandbox.manifest import Manifest
from bot.sandbox.state import Workspace
from bot.sandbox.things import APP_ID, BOT_USER_ID, TEAM_ID, Json
from bot.sandbox.webapi import Call

MOST_CONNECTIONS = 10
MOST_REMEMBERED = 200
HELD_AT_MOST = 60.0  # seconds of the workspace's clock that an event is held back for the one after it


@dataclass(frozen=True)
class Delivery:
    """One thing on its way to the app. `kind` is "events_api", "slash_commands" or "interactive"."""

    kind: str
    payload: Json
    answer: bool
    attempt: int = 0
    reason: str = ""


@dataclass(frozen=True)
class Ack:
    """How the app answered. `acked` is False where nothing came in time, for this `reason`.

    `again` is False where the app asked not to be sent the event again.
    """

    acked: bool
    payload: Json | None = None
    seconds: float = 0.0
    reason: str = "timeout"
    again: bool = True


class Carrier(Protocol):
    """A way to the app."""

    async def carry(self, delivery: Delivery) -> Ack:
        """Takes it to the app and waits for the acknowledgement."""
        ...

    async def stop(self) -> None:
        """Closes what is open."""
        ...


class SocketMode:
    """The app's connections and what is under way to it. Lives on the server's event loop."""

    def __init__(self, workspace: Workspace, manifest: Manifest, faults: Faults) -> None:
        self.workspace, self.manifest, self.faults = workspace, manifest, faults
        self.carrier: Carrier = self
        self.events: deque[Json] = deque(maxlen=MOST_REMEMBERED)
        self._held: Json | None = None
        self.connections: list[web.WebSocketResponse] = []
        self.base_url = ""
        self._waiting: dict[str, asyncio.Future[Json | None]] = {}
        self._tickets: set[str] = set()
        self._turn = itertools.count()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._changed = asyncio.Event()

    def open(self, call: Call) -> Json:
        """apps.connections.open: an address that can be used once."""
        ticket = self.workspace.new_id("ticket-")
        self._tickets.add(ticket)
        url = self.base_url.replace("http://", "ws://")
        return {"url": f"{url}/link/?ticket={ticket}&app_id={APP_ID}"}

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """One WebSocket connection of the app, from hello to its end."""
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            raise web.HTTPForbidden(text="link_disabled")
        self._tickets.discard(ticket)
        socket = web.WebSocketResponse(autoping=False)
        await socket.prepare(request)
        if len(self.connections) >= MOST_CONNECTIONS:
            await socket.send_json({"type": "disconnect", "reason": "too_many_websockets"})
            await socket.close()
            return socket
        self.connections.append(socket)
        self._note()
        hello = {"type": "hello", "num_connections": len(self.connections)}
        debug = {"host": "sandbox", "build_number": 1, "approximate_connection_time": 18060}
        try:
            await socket.send_json(hello | {"debug_info": debug, "connection_info": {"app_id": APP_ID}})
            async for message in socket:
                if self.faults.stall_sockets:
                    continue
                if message.type is WSMsgType.TEXT:
                    self._acknowledged(message.data)
                elif message.type is WSMsgType.PING:
                    await socket.pong(message.data)
        except ConnectionError:
            pass  # the other side went away in the middle of something; the client connects again
        finally:
            self.connections.remove(socket)
            self._note()
        return socket

    def _note(self) -> None:
        self._changed.set()
        self.workspace.changed("connections", count=len(self.connections))

    def _acknowledged(self, data: str) -> None:
        try:
            envelope = json.loads(data)
        except ValueError:
            return
        waiting = self._waiting.get(str(envelope.get("envelope_id")))
        if waiting is not None and not waiting.done():
            waiting.set_result(envelope.get("payload"))

    async def connected(self, count: int = 1, timeout: float = 10.0) -> bool:
        """Waits until this many connections are open; False where they are not in time."""
        deadline = asyncio.get_running_loop().time() + timeout
        while len(self.connections) < count:
            left = deadline - asyncio.get_running_loop().time()
            if left <= 0:
                return False
            self._changed.clear()
            try:
                await asyncio.wait_for(self._changed.wait(), left)
            except TimeoutError:
                return False
        return True

    @property
    def reachable(self) -> bool:
        """Whether there is a way to the app: a connection, or a request URL."""
        return self.carrier is not self or bool(self.connections)

    async def deliver(
        self, kind: str, payload: Json, *, answer: bool, attempt: int = 0, reason: str = ""
    ) -> Ack:
        """Takes something to the app, by whichever way it has, and waits for the acknowledgement."""
        return await self.carrier.carry(Delivery(kind, payload, answer, attempt, reason))

    async def carry(self, delivery: Delivery) -> Ack:
        """Sends one envelope over one of the connections and waits for its acknowledgement."""
        loop = asyncio.get_running_loop()
        alive = [socket for socket in self.connections if not socket.closed]
        if not alive:
            return Ack(False)
        socket = alive[next(self._turn) % len(alive)]
        envelope_id = self.workspace.new_id("envelope-")
        envelope: Json = {"envelope_id": envelope_id, "type": delivery.kind, "payload": delivery.payload}
        envelope["accepts_response_payload"] = delivery.answer
        if delivery.kind == "events_api":
            envelope |= {"retry_attempt": delivery.attempt, "retry_reason": delivery.reason}
        waiting: asyncio.Future[Json | None] = loop.create_future()
        self._waiting[envelope_id] = waiting
        started = loop.time()
        try:
            if not self.faults.stall_sockets:
                await socket.send_json(envelope)
            body = await asyncio.wait_for(waiting, self.faults.ack_timeout)
        except (TimeoutError, ConnectionError):
            return Ack(False, None, loop.time() - started)
        finally:
            del self._waiting[envelope_id]
        return Ack(True, body if delivery.answer else None, loop.time() - started)

    async def event(self, event: Json, subscription: str | None = None) -> Ack | None:
        """Sends an event to the app; None where its manifest does not subscribe to it, or it is held back.

        Not acknowledged, it is delivered again in the background, after the times in `faults.redelivery`.
        """
        if not self.manifest.subscribes(subscription or str(event["type"])):
            return None
        payload = self._callback(event)
        self.events.append(payload)
        if self.faults.events_out_of_order and self._held is None:
            self._held = payload
            self.spawn(self._let_go_in_time(payload))
            return None
        ack = await self._first(payload)
        if (held := self._held) is not None:
            self._held = None
            await self._first(held)
        return ack

    def _callback(self, event: Json) -> Json:
        channel = self.workspace.channels.get(str(event.get("channel")))
        payload: Json = {"token": "sandbox", "team_id": TEAM_ID, "api_app_id": APP_ID, "event": event}
        payload |= {"type": "event_callback", "event_id": self.workspace.new_id("Ev")}
        payload["event_time"] = int(self.workspace.now().timestamp())
        payload["is_ext_shared_channel"] = channel is not None and channel.ext_shared
        payload["authorizations"] = [
            {"enterprise_id": None, "team_id": TEAM_ID, "user_id": BOT_USER_ID, "is_bot": True}
        ]
        return payload

    async def _first(self, payload: Json) -> Ack:
        if self.faults.events_lost_first:
            self.spawn(self._again(payload, "timeout"))
            return Ack(False)
        ack = await self.deliver("events_api", payload, answer=False)
        if self.faults.events_twice:
            await self.deliver("events_api", payload, answer=False)
        if not ack.acked and ack.again:
            self.spawn(self._again(payload, ack.reason))
        elif ack.acked and self.faults.events_redelivered:
            self.spawn(self.replay(payload))
        return ack

    async def _let_go_in_time(self, payload: Json) -> None:
        await self.workspace.passed(HELD_AT_MOST)
        if self._held is payload:
            self._held = None
            await self._first(payload)

    async def replay(self, payload: Json, attempt: int = 1, reason: str = "timeout") -> Ack:
        """Delivers an event's payload once more, as Slack may do days later."""
        return await self.deliver("events_api", payload, answer=False, attempt=attempt, reason=reason)

    async def _again(self, payload: Json, reason: str) -> None:
        for attempt, wait in enumerate(self.faults.redelivery, start=1):
            await self.workspace.passed(wait)
            ack = await self.replay(payload, attempt, reason)
            if ack.acked or not ack.again:
                return
            reason = ack.reason

    def spawn(self, work: Any) -> None:
        """Runs something in the background until it is done or the server stops."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def refresh(self) -> None:
        """Asks every connection to come anew, as Slack does now and then, and closes it a moment later."""
        asked = list(self.connections)
        for socket in asked:
            debug = {"host": "sandbox"}
            await socket.send_json({"type": "disconnect", "reason": "refresh_requested", "debug_info": debug})
        await asyncio.sleep(0.2)
        for socket in asked:
            await socket.close()

    async def close(self) -> None:
        """Closes every connection in good order."""
        for socket in list(self.connections):
            await socket.close()

    async def drop(self) -> None:
        """Breaks every connection without a word."""
        for socket in list(self.connections):
            transport = socket._req.transport if socket._req is not None else None
            if transport is not None:
                transport.abort()

    async def stop(self) -> None:
        """Ends what is under way and closes the connections."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self.carrier is not self:
            await self.carrier.stop()
        for socket in list(self.connections):
            await socket.close(code=1001)
