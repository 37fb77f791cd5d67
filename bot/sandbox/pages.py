"""What the page in the browser uses: state as one person sees it, acts, a live stream, pictures.

Also for tests that run the bot in another process. Only this machine's own pages may call it: the Host header
is checked, so that no web site can reach it by giving its name our address.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from aiohttp import web

from bot.sandbox.faults import Faults
from bot.sandbox.manifest import Manifest
from bot.sandbox.people import ActResult, People
from bot.sandbox.socketmode import SocketMode
from bot.sandbox.state import Workspace, slack_files
from bot.sandbox.things import BOT_USER_ID, Channel, Json, Message

PAGE = Path(__file__).parent / "page"
MOST_SHOWN = 200
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"  # no text ever becomes markup
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


@web.middleware
async def local_only(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Refuses requests that came by another name or from another site's page."""
    host = request.host.rsplit(":", 1)[0]
    origin = request.headers.get("Origin")
    if host not in ("127.0.0.1", "localhost") or (origin and origin != f"http://{request.host}"):
        raise web.HTTPForbidden(text="This workspace answers only to pages of this machine.")
    return await handler(request)


class PageRoutes:
    """The page's routes."""

    def __init__(
        self, workspace: Workspace, manifest: Manifest, faults: Faults, people: People, sockets: SocketMode
    ) -> None:
        self.workspace, self.manifest, self.faults = workspace, manifest, faults
        self.people, self.sockets = people, sockets
        self._streams: set[asyncio.Queue[Json | None]] = set()
        self._run = secrets.token_hex(4)  # a page that was left open sees that the workspace is a new one

    def add_to(self, app: web.Application) -> None:
        """Registers them."""
        app.middlewares.append(local_only)
        app.router.add_get("/", self.index)
        for path in sorted((*PAGE.glob("*.js"), *PAGE.glob("*.css"))):
            app.router.add_get(f"/page/{path.name}", self.asset)
        app.router.add_get("/sandbox/state", self.state)
        app.router.add_get("/sandbox/stream", self.stream)
        app.router.add_post("/sandbox/act", self.act)
        app.router.add_get("/sandbox/files/{file}", self.picture)
        app.router.add_post("/sandbox/upload", self.upload)

    def stop(self) -> None:
        """Ends the live streams."""
        for queue in self._streams:
            queue.put_nowait(None)

    async def index(self, request: web.Request) -> web.StreamResponse:
        """The page itself."""
        return web.FileResponse(PAGE / "index.html", headers=HEADERS)

    async def asset(self, request: web.Request) -> web.StreamResponse:
        """Its script and style."""
        return web.FileResponse(PAGE / request.path.rsplit("/", 1)[1], headers=HEADERS)

    async def picture(self, request: web.Request) -> web.Response:
        """A picture, for those who are in a conversation that it was shared into, or see it in a view."""
        file = self.workspace.files.get(request.match_info["file"])
        user = request.query.get("as", "")
        with self.workspace.lock:
            own = slack_files([m.blocks for m in self.workspace.ephemerals_for(user)])
            seen = file is not None and (self.workspace.sees(user, file) or file.id in own)
        if file is None or file.content is None or not seen:
            raise web.HTTPNotFound(text="This file is not shared with this person.")
        kind = {"png": "image/png", "jpg": "image/jpeg", "gif": "image/gif"}.get(file.image_type or "")
        headers = {"X-Content-Type-Options": "nosniff"}
        return web.Response(
            body=file.content, content_type=kind or "application/octet-stream", headers=headers
        )

    async def upload(self, request: web.Request) -> web.Response:
        """A file that somebody (`as`) puts into a form; `name` is what it is called."""
        if request.content_type != "application/octet-stream":
            raise web.HTTPUnsupportedMediaType(text="Send the file's bytes.")
        content = await request.read()
        try:
            file = self.people.upload(request.query.get("as", ""), request.query.get("name", ""), content)
        except ValueError as wrong:
            return web.json_response({"ok": False, "error": str(wrong)})
        picture = file.image_type is not None
        return web.json_response({"ok": True, "file": {"id": file.id, "name": file.name, "picture": picture}})

    async def state(self, request: web.Request) -> web.Response:
        """Everything that the person given by `as` can see; without one, only who there is."""
        user = request.query.get("as", "")
        with self.workspace.lock:
            body: Json = {"people": [self._person(u) for u in self.workspace.users if u != BOT_USER_ID]}
            body |= {
                "app": self.manifest.name,
                "bot": BOT_USER_ID,
                "connected": self.sockets.reachable,
                "now": self.workspace.now().timestamp(),
                "run": self._run,
                "home_tab": self.manifest.home_tab,
                "messages_tab": self.manifest.messages_tab,
                "read_only": self.manifest.messages_read_only,
            }
            body["commands"] = [
                {"command": command, "hint": hint, "description": about}
                for command, hint, about in self.manifest.command_hints
            ]
            body["shortcuts"] = [
                {"callback_id": key, "type": kind, "name": name}
                for key, kind, name in self.manifest.shortcuts or ()
            ]
            if user in self.workspace.users:
                body |= self._seen_by(user)
        return web.json_response(body)

    def _person(self, user: str) -> Json:
        who, dm = self.workspace.users[user], self.workspace.find_dm(user)
        return {
            "id": who.id,
            "name": who.name,
            "real_name": who.real_name,
            "title": who.title,
            "written_to": dm is not None and any(message.by_bot for message in dm.messages),
            "tz": who.tz,
            "deleted": who.deleted,
        }

    def _seen_by(self, user: str) -> Json:
        dm = self.workspace.find_dm(user)
        mine = [c for c in self.workspace.channels.values() if user in c.members and c is not dm]
        mine.sort(key=lambda channel: channel.name)
        conversations = [self._conversation(user, c) for c in ([dm] if dm else []) + mine]
        modal, home = self.workspace.modal(user), self.workspace.home(user)
        return {
            "conversations": conversations,
            "channels": {
                c.id: c.name
                for c in self.workspace.channels.values()
                if c.name and (not c.private or user in c.members)
            },
            "modal": modal.as_slack() if modal else None,
            "home": home.as_slack() if home else None,
            "notices": [n.text for n in self.workspace.notices if n.user == user][-3:],
            "notice_count": sum(n.user == user for n in self.workspace.notices),
        }

    def _conversation(self, user: str, channel: Channel) -> Json:
        read = self.workspace.read.get((user, channel.id), "0")
        own = [m for m in self.workspace.ephemerals_for(user) if m.channel == channel.id]
        shown = sorted([*channel.messages, *own], key=lambda m: float(m.ts))[-MOST_SHOWN:]
        unread = sum(float(m.ts) > float(read) and m.user != user for m in shown)
        body: Json = {"id": channel.id, "name": channel.name, "kind": channel.kind, "unread": unread}
        body |= {"archived": channel.archived, "members": len(channel.members), "read": read}
        return body | {"messages": [self._message(m) for m in shown]}

    def _message(self, message: Message) -> Json:
        body = message.as_slack(self.workspace.files)
        body |= {"ephemeral": message.ephemeral_to is not None, "broadcast": message.broadcast}
        body["values"] = message.values
        return body

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """Server-sent events: a line for each change, so that the page asks for the state again."""
        response = web.StreamResponse()
        response.content_type = "text/event-stream"
        response.headers["Cache-Control"] = "no-store"
        await response.prepare(request)
        queue: asyncio.Queue[Json | None] = asyncio.Queue()
        loop = asyncio.get_running_loop()

        def heard(kind: str, about: Json) -> None:
            loop.call_soon_threadsafe(queue.put_nowait, {"kind": kind, **about})

        forget = self.workspace.on_change(heard)
        self._streams.add(queue)
        try:
            await response.write(b": hello\n\n")
            while (change := await queue.get()) is not None:
                await response.write(f"data: {json.dumps(change)}\n\n".encode())
        except ConnectionError:
            pass  # the page was closed
        finally:
            self._streams.discard(queue)
            forget()
        return response

    async def act(self, request: web.Request) -> web.Response:
        """Does something as a person; see _ACTS for what there is."""
        body = await json_body(request)
        try:
            result = await self._act(str(body.get("as", "")), str(body.get("do", "")), body)
        except KeyError as missing:
            return unclear(f"Something is missing: {missing.args[0]}.")
        except ValueError as wrong:
            return unclear(str(wrong))
        return web.json_response(result.as_json())

    async def _act(self, user: str, do: str, body: Json) -> ActResult:
        people, channel = self.people, body.get("channel")
        if do == "command":
            return await people.command(user, body["command"], body.get("text", ""), channel)
        if do == "message":
            return await people.message(user, body["text"], channel, body.get("thread_ts"))
        if do == "click" and body.get("view_id"):
            return await people.click_view(
                user, body["view_id"], body["action_id"], body.get("value"), body.get("values")
            )
        if do == "click":
            return await people.click(
                user, channel, body["ts"], body["action_id"], body.get("value"), body.get("values")
            )
        return await self._act_more(user, do, body)

    async def _act_more(self, user: str, do: str, body: Json) -> ActResult:
        people = self.people
        if do == "submit":
            return await people.submit(user, body.get("values"), body.get("view_id"))
        if do == "close":
            return await people.close(user, body.get("view_id"), everything=bool(body.get("everything")))
        if do == "shortcut" and body.get("ts"):
            return await people.message_shortcut(user, body["callback_id"], body["channel"], body["ts"])
        if do == "shortcut":
            return await people.shortcut(user, body["callback_id"])
        if do == "open_home":
            return await people.open_home(user, body.get("tab", "home"))
        if do in ("join", "leave"):
            if body["channel"] not in self.workspace.channels:
                raise ValueError("There is no such channel.")
            return await (people.join if do == "join" else people.leave)(user, body["channel"])
        if do == "read":
            self.workspace.read[(user, body["channel"])] = str(body["ts"])
            self.workspace.changed("read", user=user)
            return ActResult(True)
        raise ValueError(f'There is nothing called "{do}" to do here.')


async def json_body(request: web.Request) -> Json:
    """A request's JSON object; refuses what is none."""
    # Only application/json: another site's form cannot send that without asking first.
    if request.content_type != "application/json":
        raise web.HTTPUnsupportedMediaType(text="Send JSON.")
    try:
        body: Any = await request.json()
    except ValueError:
        raise web.HTTPBadRequest(text="This is not JSON.") from None
    if not isinstance(body, dict):
        raise web.HTTPBadRequest(text="Send an object.")
    return body


def unclear(sentence: str) -> web.Response:
    """The answer to what cannot be done, with the reason."""
    return web.json_response({"ok": False, "error": sentence}, status=400)
