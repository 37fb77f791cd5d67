"""The Web API's front door: token, scope, limits, faults, the journal, then the method itself."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.sandbox.faults import Faults
from bot.sandbox.limits import Limits
from bot.sandbox.manifest import Manifest
from bot.sandbox.scopes import check_conversation_scope, check_scope
from bot.sandbox.state import ApiCall, Workspace
from bot.sandbox.things import APP_TOKEN, BOT_TOKEN, BOT_USER_ID, Channel, Json, SlackError


class BrokenConnectionError(Exception):
    """The connection is to break here, without an answer."""


@dataclass(frozen=True)
class Reply:
    """What goes back over HTTP."""

    body: Json
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Call:
    """One call of one method: its arguments and the workspace that it works on."""

    method: str
    args: Mapping[str, Any]
    workspace: Workspace
    manifest: Manifest
    faults: Faults
    base_url: str

    def text(self, name: str) -> str:
        """A string argument, "" where it is not given."""
        value = self.args.get(name)
        return "" if value is None else str(value)

    def required(self, name: str) -> str:
        """A string argument that has to be there; SlackError invalid_arguments otherwise."""
        value = self.text(name)
        if not value:
            raise SlackError("invalid_arguments", f"missing required field: {name} [json-pointer:/{name}]")
        return value

    def flag(self, name: str) -> bool:
        """A boolean argument, in JSON or as a form sends it."""
        return self.text(name).lower() in ("1", "true")

    def integer(self, name: str, default: int) -> int:
        """A whole number; SlackError invalid_arguments otherwise."""
        value = self.text(name)
        try:
            return int(value) if value else default
        except ValueError:
            raise SlackError("invalid_arguments", f"must be a number [json-pointer:/{name}]") from None

    def structure(self, name: str, error: str) -> Any:
        """A list or object, given as JSON or as a string of it; SlackError `error` where it is neither."""
        value = self.args.get(name)
        if isinstance(value, str) and value:
            try:
                return json.loads(value)
            except ValueError:
                raise SlackError(error) from None
        return value or None

    def conversation(self, *, member: bool = False) -> Channel:
        """The conversation named by `channel`; a user id means that person's DM, as with chat.postMessage."""
        key = self.text("channel")
        found = self.workspace.channels.get(key)
        if found is None or (found.private and BOT_USER_ID not in found.members):
            raise SlackError("channel_not_found")
        if member and BOT_USER_ID not in found.members:
            raise SlackError("not_in_channel")
        return found

    def readable(self) -> Channel:
        """The conversation, where the app's scopes let it be read."""
        found = self.conversation()
        check_conversation_scope(self.manifest, self.method, found)
        return found

    def page(self, items: list[Any], *, default: int = 100, most: int = 1000) -> tuple[list[Any], Json]:
        """One page of the items and the response_metadata that leads on; SlackError invalid_cursor."""
        cursor = self.text("cursor")
        if cursor and not cursor.isdigit():
            raise SlackError("invalid_cursor")
        start, limit = int(cursor or 0), min(most, max(1, self.integer("limit", default)))
        following = str(start + limit) if start + limit < len(items) else ""
        return items[start : start + limit], {"next_cursor": following}


Method = Callable[[Call], Json]


class WebApi:
    """Answers calls of Web API methods against one workspace."""

    def __init__(
        self, workspace: Workspace, manifest: Manifest, faults: Faults, methods: Mapping[str, Method]
    ) -> None:
        self.workspace, self.manifest, self.faults = workspace, manifest, faults
        self.methods = dict(methods)
        self.limits = Limits()
        self.base_url = ""

    def call(self, method: str, args: Mapping[str, Any], token: str) -> Reply:
        """Carries one call out; BrokenConnectionError where its connection is to break."""
        channel = str(args["channel"]) if args.get("channel") else None
        if self.faults.breaks_before(method):
            self._note(method, channel, "broken_before")
            raise BrokenConnectionError
        with self.workspace.lock:
            reply = self._answer(method, channel, args, token)
        if self.faults.breaks_after(method):
            self._note(method, channel, "broken_after")
            raise BrokenConnectionError
        self._note(method, channel, "ok" if reply.body["ok"] else str(reply.body["error"]))
        return reply

    def _answer(self, method: str, channel: str | None, args: Mapping[str, Any], token: str) -> Reply:
        scopes = ",".join(sorted(self.manifest.scopes or ("chat:write",)))
        headers = {"x-oauth-scopes": scopes}
        try:
            self._admit(method, token)
            if (wait := self._wait(method, channel)) is not None:
                return Reply({"ok": False, "error": "ratelimited"}, 429, {"Retry-After": str(wait)})
            if error := self.faults.error_for(method):
                raise SlackError(error)
            check_scope(self.manifest, method)
            call = Call(method, args, self.workspace, self.manifest, self.faults, self.base_url)
            return Reply({"ok": True, **self.methods[method](call)}, headers=headers)
        except SlackError as refused:
            return Reply(refused.body(), headers=headers)

    def _admit(self, method: str, token: str) -> None:
        if method not in self.methods:
            raise SlackError("unknown_method", req_method=method)
        if not token:
            raise SlackError("not_authed")
        if token not in (BOT_TOKEN, APP_TOKEN):
            raise SlackError("invalid_auth")
        if (method == "apps.connections.open") != (token == APP_TOKEN):
            raise SlackError("not_allowed_token_type")

    def _wait(self, method: str, channel: str | None) -> int | None:
        if self.faults.ratelimits(method):
            return self.faults.retry_after
        if self.faults.limits:
            now, distributed = self.workspace.now(), self.faults.distributed
            return self.limits.retry_after(method, channel, now, distributed=distributed)
        return None

    def _note(self, method: str, channel: str | None, outcome: str) -> None:
        line = ApiCall(method, self.workspace.now(), time.monotonic(), channel, outcome)
        with self.workspace.lock:
            self.workspace.journal.append(line)
