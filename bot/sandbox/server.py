"""The server: an aiohttp application on 127.0.0.1, in a thread with an event loop of its own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from aiohttp import web

from bot.clock import Clock
from bot.sandbox import chat, directory, files, views
from bot.sandbox.chat import respond
from bot.sandbox.controls import ControlRoutes
from bot.sandbox.faults import Faults
from bot.sandbox.httpmode import HttpMode
from bot.sandbox.manifest import Manifest
from bot.sandbox.pages import PageRoutes
from bot.sandbox.people import ActResult, People
from bot.sandbox.socketmode import Ack, Carrier, SocketMode
from bot.sandbox.state import Workspace
from bot.sandbox.things import BOT_TOKEN, SIGNING_SECRET, Json, SlackError
from bot.sandbox.webapi import BrokenConnectionError, WebApi

HOST = "127.0.0.1"
LARGEST_BODY = 50 * 1024 * 1024
T = TypeVar("T")


async def _arguments(request: web.Request) -> dict[str, Any]:
    """A call's arguments, from the address, a form or JSON; ValueError where the JSON is none."""
    arguments: dict[str, Any] = dict(request.query)
    if request.content_type == "application/json":
        # slack_sdk says JSON also where it sends nothing at all
        body = await request.json() if await request.read() else {}
        if not isinstance(body, dict):
            raise ValueError("the body is not an object")
        return arguments | body
    if request.method == "POST":
        arguments |= dict(await request.post())
    return arguments


class Routes:
    """The HTTP routes that an app uses: methods, uploads, response_urls and the WebSocket."""

    def __init__(self, api: WebApi, sockets: SocketMode, people: People) -> None:
        self.api, self.sockets, self.people = api, sockets, people

    def add_to(self, app: web.Application) -> None:
        """Registers them."""
        app.router.add_route("*", "/api/{method}", self.method)
        app.router.add_post("/upload/v1/{file}", self.upload)
        app.router.add_post("/response/{key}", self.respond)
        app.router.add_get("/files-pri/{key}/{name}", self.download)
        app.router.add_get("/files-pri/{key}/download/{name}", self.download)
        app.router.add_get("/link/", self.sockets.handle)

    async def method(self, request: web.Request) -> web.StreamResponse:
        """One call of the Web API."""
        method = request.match_info["method"]
        try:
            arguments = await _arguments(request)
        except ValueError:
            return web.json_response({"ok": False, "error": "invalid_json"})
        header = request.headers.get("Authorization", "")
        token = header.removeprefix("Bearer ").strip() or str(arguments.pop("token", ""))
        if (delay := self.api.faults.delay_for(method)) > 0:
            await asyncio.sleep(delay)
        try:
            reply = self.api.call(method, arguments, token)
        except BrokenConnectionError:
            if request.transport is not None:
                request.transport.abort()
            return web.Response()
        if method == "chat.postMessage" and reply.body["ok"] and self.sockets.reachable:
            self.sockets.spawn(self.people.echo(reply.body["channel"], reply.body["ts"]))
        return web.json_response(reply.body, status=reply.status, headers=reply.headers)

    async def upload(self, request: web.Request) -> web.Response:
        """The bytes of a file, as they are or in a form."""
        file = self.api.workspace.files.get(request.match_info["file"])
        if self.api.faults.breaks_before("upload") and request.transport is not None:
            request.transport.abort()
            return web.Response()
        if request.content_type.startswith("multipart/"):
            parts = [part for part in (await request.post()).values() if isinstance(part, web.FileField)]
            content = parts[0].file.read() if parts else b""
        else:
            content = await request.read()
        if file is None or file.deleted:
            return web.Response(status=404, text="file_not_found")
        if len(content) != file.length:
            return web.Response(status=400, text=f"expected {file.length} bytes, got {len(content)}")
        file.content = content
        return web.Response(text=f"OK - {len(content)}")

    async def download(self, request: web.Request) -> web.Response:
        """A file's bytes, for the bot's token; who may not have them is sent to a page for signing in."""
        if self.api.faults.breaks_before("download") and request.transport is not None:
            request.transport.abort()
            return web.Response()
        if (delay := self.api.faults.delay_for("download")) > 0:
            await asyncio.sleep(delay)
        token = request.headers.get("Authorization", "").removeprefix("Bearer ").strip()
        if token != BOT_TOKEN or not self.api.manifest.grants("files:read"):
            raise web.HTTPFound("/?redir=files")
        file = self.api.workspace.files.get(request.match_info["key"].partition("-")[2])
        if file is None or file.content is None or not self.api.workspace.app_reads(file):
            return web.Response(status=404, text="file_not_found")
        return web.Response(body=file.content, content_type="application/octet-stream")

    async def respond(self, request: web.Request) -> web.Response:
        """One use of a response_url."""
        try:
            body = await request.json()
            with self.api.workspace.lock:
                respond(self.api.workspace, request.match_info["key"], body)
        except SlackError as refused:
            status = 404 if refused.error in ("expired_url", "used_url") else 400
            return web.json_response(refused.body(), status=status)
        except (ValueError, AttributeError):
            return web.Response(status=400, text="invalid_payload")
        return web.Response(text="ok")


class Sandbox:
    """A running workspace. Use as a context manager, or call stop()."""

    def __init__(
        self,
        workspace: Workspace,
        manifest: Manifest,
        faults: Faults,
        port: int,
        carrier: Carrier | None = None,
    ) -> None:
        self.workspace, self.manifest, self.faults = workspace, manifest, faults
        methods = {**directory.METHODS, **chat.METHODS, **files.METHODS, **views.METHODS}
        self._loop = asyncio.new_event_loop()
        self._sockets = SocketMode(workspace, manifest, faults)
        self._sockets.carrier = carrier or self._sockets
        self.people = People(workspace, manifest, self._sockets)
        methods["apps.connections.open"] = self._sockets.open
        self._api = WebApi(workspace, manifest, faults, methods)
        self._page = PageRoutes(workspace, manifest, faults, self.people, self._sockets)
        self._controls = ControlRoutes(workspace, faults, self._sockets, self.people)
        self._port = port
        self._thread = threading.Thread(target=self._loop.run_forever, name="sandbox", daemon=True)
        self._runner: web.AppRunner | None = None

    # -- starting and stopping ----

    def start(self) -> Sandbox:
        """Binds to 127.0.0.1 and serves; OSError where the port is taken."""
        self._thread.start()
        try:
            self._port = self._run(self._start())
        except BaseException:
            self.stop()
            raise
        return self

    async def _start(self) -> int:
        app = web.Application(client_max_size=LARGEST_BODY)
        Routes(self._api, self._sockets, self.people).add_to(app)
        self._page.add_to(app)
        self._controls.add_to(app)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        site = web.TCPSite(self._runner, HOST, self._port)
        await site.start()
        port = int(self._runner.addresses[0][1])
        base = f"http://{HOST}:{port}"
        self._api.base_url = self._sockets.base_url = self.people.base_url = base
        return port

    def stop(self) -> None:
        """Closes the connections and ends the thread; harmless when called again."""
        if self._loop.is_closed():
            return
        if self._thread.is_alive():
            self._run(self._stop())
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
        self._loop.close()

    async def _stop(self) -> None:
        self._page.stop()
        await self._sockets.stop()
        if self._runner is not None:
            await self._runner.cleanup()
        await self._loop.shutdown_asyncgens()

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    # -- where it is ----

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return self._port

    @property
    def url(self) -> str:
        """The server's address, without a slash at its end."""
        return f"http://{HOST}:{self._port}"

    @property
    def api_url(self) -> str:
        """What SLACK_API_URL or WebClient's base_url is set to."""
        return f"{self.url}/api/"

    @property
    def page_url(self) -> str:
        """The page for the browser."""
        return f"{self.url}/"

    # -- acting as a person, from a test's thread ----

    def run_command(self, user: str, command: str, text: str = "", channel: str | None = None) -> ActResult:
        """Runs a slash command; see People.command."""
        return self._run(self.people.command(user, command, text, channel))

    def send_message(
        self, user: str, text: str, channel: str | None = None, thread_ts: str | None = None
    ) -> ActResult:
        """Posts a message as this person; see People.message."""
        return self._run(self.people.message(user, text, channel, thread_ts))

    def click(
        self, user: str, ts: str, action_id: str, value: Any = None, channel: str | None = None
    ) -> ActResult:
        """Uses an element of a message, in the person's DM unless a channel is given."""
        return self._run(self.people.click(user, channel, ts, action_id, value))

    def click_view(self, user: str, view_id: str, action_id: str, value: Any = None) -> ActResult:
        """Uses an element of a modal or of the Home."""
        return self._run(self.people.click_view(user, view_id, action_id, value))

    def submit(
        self, user: str, values: dict[str, Any] | None = None, view_id: str | None = None
    ) -> ActResult:
        """Fills in and submits the modal on top; see People.submit."""
        return self._run(self.people.submit(user, values, view_id))

    def close_view(self, user: str, view_id: str | None = None, *, everything: bool = False) -> ActResult:
        """Closes the modal on top."""
        return self._run(self.people.close(user, view_id, everything=everything))

    def run_shortcut(self, user: str, callback_id: str) -> ActResult:
        """Runs a global shortcut."""
        return self._run(self.people.shortcut(user, callback_id))

    def run_message_shortcut(self, user: str, callback_id: str, channel: str, ts: str) -> ActResult:
        """Runs a message shortcut."""
        return self._run(self.people.message_shortcut(user, callback_id, channel, ts))

    def open_home(self, user: str, tab: str = "home") -> ActResult:
        """Opens the app's Home."""
        return self._run(self.people.open_home(user, tab))

    def join_channel(self, user: str, channel: str) -> ActResult:
        """Joins a channel and tells the app."""
        return self._run(self.people.join(user, channel))

    def leave_channel(self, user: str, channel: str) -> ActResult:
        """Leaves a channel and tells the app."""
        return self._run(self.people.leave(user, channel))

    def share_channel(self, channel: str, shared: bool = True, *, pending: bool = False) -> ActResult:
        """Shares a channel with another organisation, or ends that, and tells the app."""
        return self._run(self.people.share_channel(channel, shared, pending=pending))

    def upload_file(self, user: str, name: str, content: bytes) -> str:
        """Uploads a file for a form's file_input and returns its id, for `submit` (`{action_id: [id]}`).

        ValueError where Slack would not take it.
        """
        return self.people.upload(user, name, content).id

    def announce_user(self, user: str) -> ActResult:
        """Tells the app of a new account (team_join)."""
        return self._run(self.people.team_join(user))

    # -- the sockets ----

    @property
    def connections(self) -> int:
        """How many Socket Mode connections the app holds."""
        return len(self._sockets.connections)

    def wait_connected(self, count: int = 1, timeout: float = 10.0) -> bool:
        """Waits until the app holds this many connections; False where it does not in time."""
        return self._run(self._sockets.connected(count, timeout))

    def refresh_sockets(self) -> None:
        """Asks the app to reconnect, as Slack does now and then."""
        self._run(self._sockets.refresh())

    def close_sockets(self) -> None:
        """Closes the app's connections in good order.

        Before a test's SocketModeHandler.close() this saves the three seconds that slack_sdk would wait; set
        its client's auto_reconnect_enabled to False first, and wait until its is_connected() is False.
        """
        self._run(self._sockets.close())

    def drop_sockets(self) -> None:
        """Breaks the app's connections without a word."""
        self._run(self._sockets.drop())

    # -- HTTP mode, and events once more ----

    def deliver_to(self, url: str | None, signing_secret: str = SIGNING_SECRET) -> None:
        """Sends everything as signed POSTs to a request URL of this machine, once it answered the challenge.

        ValueError where it does not, or is not of this machine. None goes back to Socket Mode.
        """
        self._run(self._deliver_to(url, signing_secret))

    async def _deliver_to(self, url: str | None, signing_secret: str) -> None:
        before = self._sockets.carrier
        if url is None:
            self._sockets.carrier = self._sockets
        else:
            http = HttpMode(url, signing_secret, self.faults)
            try:
                await http.verify()
            except ValueError:
                await http.stop()
                raise
            self._sockets.carrier = http
        if before is not self._sockets:
            await before.stop()
        self.workspace.changed("connections", count=len(self._sockets.connections))

    @property
    def events(self) -> list[Json]:
        """The payloads of the last events that the app subscribes to, oldest first."""
        return list(self._sockets.events)

    def replay_event(self, payload: Json) -> Ack:
        """Delivers an event once more, as Slack may do days later."""
        return self._run(self._sockets.replay(payload))


def start_sandbox(
    workspace: Workspace | None = None,
    *,
    manifest: Path | Manifest | None = None,
    port: int = 0,
    faults: Faults | None = None,
    clock: Clock | None = None,
    request_url: str | None = None,
    signing_secret: str = SIGNING_SECRET,
) -> Sandbox:
    """Starts a local Slack workspace on 127.0.0.1 and returns its handle, a context manager.

    Without a manifest everything is granted. Port 0 picks a free one. `clock` is for a workspace that is made
    here; one that is handed in keeps its own. With a `request_url` everything is POSTed there and nothing is
    sent over Socket Mode; it may come up later. OSError where the port is taken, ValueError where the request
    URL is not of this machine.
    """
    if isinstance(manifest, Path):
        manifest = Manifest.read(manifest)
    if workspace is None:
        workspace = Workspace(clock) if clock is not None else Workspace()
    faults = faults or Faults()
    carrier = HttpMode(request_url, signing_secret, faults) if request_url is not None else None
    return Sandbox(workspace, manifest or Manifest(), faults, port, carrier).start()
