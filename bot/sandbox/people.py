"""Acting as a person: each act sends the app what Slack would, and does with the answer what Slack does."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from bot.sandbox.chat import answer
from bot.sandbox.manifest import Manifest
from bot.sandbox.socketmode import Ack, SocketMode
from bot.sandbox.state import Workspace
from bot.sandbox.things import (
    APP_ID,
    BOT_USER_ID,
    OTHER_TEAM,
    TEAM_DOMAIN,
    TEAM_ID,
    Channel,
    File,
    Json,
    Message,
    SlackError,
    User,
    View,
)
from bot.sandbox.values import Values, chosen_value, elements_of, find_element, initial_values, is_empty
from bot.sandbox.views import accept_view, check_view_scopes, close_views, new_view, pop_view, replace_view

LONGEST_TYPED = 40_000
LARGEST_FILE = 10 * 1024 * 1024


@dataclass(frozen=True)
class ActResult:
    """What became of an act.

    `error` is the sentence that the person saw, `errors` those beside a form's fields by block_id,
    `payload` what the app acknowledged with, `seconds` how long that took.
    """

    ok: bool
    acked: bool = False
    payload: Json | None = None
    error: str | None = None
    errors: dict[str, str] | None = None
    seconds: float = 0.0
    ts: str | None = None

    def as_json(self) -> Json:
        """For the page."""
        return {"ok": self.ok, "acked": self.acked, "error": self.error, "errors": self.errors, "ts": self.ts}


def escaped(text: str) -> str:
    """What somebody typed, as Slack hands it on in messages: nothing in it is markup."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _files_it_does_not_take(element: Json, files: list[Json]) -> str | None:
    """What is wrong with the files in a field, in the client's words."""
    if len(files) > (most := element.get("max_files", 10)):
        return f"Please choose {most} {'file' if most == 1 else 'files'} at most."
    kinds = [kind.lower() for kind in element.get("filetypes") or []]
    if kinds and any(file["name"].rsplit(".", 1)[-1].lower() not in kinds for file in files):
        return f"This field takes {', '.join(kinds)} files only."
    return None


def _not_what_it_asks(element: Json, typed: str) -> str | None:
    """What is wrong with a number, an email address or a web address, in the client's words."""
    kind = element["type"]
    if kind == "number_input":
        whole = not element.get("is_decimal_allowed")
        if not re.fullmatch(r"-?\d+" if whole else r"-?\d+([.,]\d+)?", typed.strip()):
            return "Please enter a whole number." if whole else "Please enter a number."
        number = float(typed.replace(",", "."))
        if "min_value" in element and number < float(element["min_value"]):
            return f"Please enter {element['min_value']} or more."
        if "max_value" in element and number > float(element["max_value"]):
            return f"Please enter {element['max_value']} or less."
    if kind == "email_text_input" and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", typed.strip()):
        return "Please enter an email address, like name@hospital.example."
    if kind == "url_text_input" and not re.fullmatch(r"https?://\S+", typed.strip()):
        return "Please enter a web address that begins with https:// or http://."
    return None


class People:
    """The acts. All of them run on the server's event loop."""

    def __init__(self, workspace: Workspace, manifest: Manifest, sockets: SocketMode) -> None:
        self.workspace, self.manifest, self.sockets = workspace, manifest, sockets
        self.base_url = ""

    # -- commands and shortcuts ----

    async def command(self, user: str, command: str, text: str = "", channel: str | None = None) -> ActResult:
        """Runs a slash command, in the person's DM with the app unless another conversation is given."""
        who, where = self._person(user), self._place(user, channel)
        if self.manifest.commands is not None and command not in self.manifest.commands:
            return self._failed(user, f"{command} is not a valid command.")
        payload = self._whole(who, where) | {"command": command, "text": text}
        payload |= {
            "response_url": self._response_url(user, where),
            "trigger_id": self.workspace.new_trigger(user),
        }
        ack = await self.sockets.deliver("slash_commands", payload, answer=True)
        if not ack.acked:
            return self._failed(user, f"{command} failed because the app did not respond.", ack)
        if ack.payload and (ack.payload.get("text") or ack.payload.get("blocks")):
            try:
                answer(self.workspace, user, where, ack.payload)
            except SlackError as refused:
                details = "; ".join(refused.messages)
                return self._failed(
                    user, f'{command} failed with the error "{refused.error}". {details}', ack
                )
        return self._done(ack)

    async def shortcut(self, user: str, callback_id: str) -> ActResult:
        """Runs a global shortcut."""
        if not self._has_shortcut(callback_id, "global"):
            return self._failed(user, "This shortcut is not in the app's manifest.")
        body = self._interaction("shortcut", user) | {"callback_id": callback_id}
        return await self._interact(user, body)

    async def message_shortcut(self, user: str, callback_id: str, channel: str, ts: str) -> ActResult:
        """Runs a message shortcut on a message."""
        if not self._has_shortcut(callback_id, "message"):
            return self._failed(user, "This shortcut is not in the app's manifest.")
        where = self._place(user, channel)
        message = where.find(ts)
        if message is None:
            return self._failed(user, "This message is not there any more.")
        body = self._interaction("message_action", user) | {"callback_id": callback_id, "message_ts": ts}
        body |= {"channel": self._channel(where), "message": message.as_slack(self.workspace.files)}
        body["response_url"] = self._response_url(user, where, ts)
        return await self._interact(user, body)

    # -- messages and Home ----

    async def message(
        self, user: str, text: str, channel: str | None = None, thread_ts: str | None = None
    ) -> ActResult:
        """Posts a message as this person; what was typed is escaped as Slack does."""
        self._person(user)
        where = self._place(user, channel)
        if where.archived:
            return self._failed(user, "This channel is archived.")
        if where.dm_with and (not self.manifest.messages_tab or self.manifest.messages_read_only):
            return self._failed(user, "Sending messages to this app has been turned off.")
        if not text.strip() or len(text) > LONGEST_TYPED:
            return self._failed(user, "A message needs between 1 and 40,000 characters.")
        message = Message(where.id, self.workspace.new_ts(), user, escaped(text), thread_ts=thread_ts)
        self.workspace.post(where, message)
        if BOT_USER_ID in where.members:
            await self._said(where, message)
        return ActResult(True, ts=message.ts)

    async def echo(self, channel: str, ts: str) -> None:
        """Tells the app of its own message, as Slack does; Bolt's middleware is there to leave it alone."""
        where = self.workspace.channels[channel]
        message = where.find(ts)
        if message is not None:
            await self._said(where, message)

    async def _said(self, where: Channel, message: Message) -> None:
        event = message.as_slack(self.workspace.files, with_metadata=True)
        event |= {"channel": where.id, "channel_type": where.kind, "event_ts": message.ts}
        plural = {"channel": "channels", "group": "groups", "im": "im"}[where.kind]
        await self.sockets.event(event, f"message.{plural}")

    async def open_home(self, user: str, tab: str = "home") -> ActResult:
        """Opens the app's Home, or its messages tab."""
        self._person(user)
        event: Json = {"type": "app_home_opened", "user": user, "tab": tab}
        event |= {"channel": self.workspace.open_dm(user).id, "event_ts": self.workspace.new_ts()}
        if tab == "home" and (home := self.workspace.home(user)):
            event["view"] = home.as_slack()
        return self._told(await self.sockets.event(event))

    async def join(self, user: str, channel: str) -> ActResult:
        """Joins a channel, and tells the app if it is there too; `user` may be the app's own bot."""
        self.workspace.join(channel, user)
        return await self._came_or_went("member_joined_channel", user, channel)

    async def leave(self, user: str, channel: str) -> ActResult:
        """Leaves a channel, and tells the app if it is there."""
        self.workspace.leave(channel, user)
        return await self._came_or_went("member_left_channel", user, channel)

    async def _came_or_went(self, kind: str, user: str, channel: str) -> ActResult:
        where = self.workspace.channels[channel]
        if BOT_USER_ID not in where.members:
            return ActResult(True)
        event: Json = {"type": kind, "user": user, "channel": channel}
        event |= {"channel_type": "G" if where.private else "C", "team": self.workspace.users[user].team}
        return self._told(await self.sockets.event(event | {"event_ts": self.workspace.new_ts()}))

    async def share_channel(self, channel: str, shared: bool = True, *, pending: bool = False) -> ActResult:
        """Shares a channel with another organisation, or ends that, and tells the app if it is there."""
        self.workspace.share_with_others(channel, shared, pending=pending)
        if pending or BOT_USER_ID not in self.workspace.channels[channel].members:
            return ActResult(True)
        event: Json = {"type": "channel_shared" if shared else "channel_unshared", "channel": channel}
        event |= {"connected_team_id": OTHER_TEAM} if shared else {"previously_connected_team_id": OTHER_TEAM}
        event |= {} if shared else {"is_ext_shared": False}
        return self._told(await self.sockets.event(event | {"event_ts": self.workspace.new_ts()}))

    def upload(self, user: str, name: str, content: bytes) -> File:
        """Puts a file into a form: private to this person, and the app may read it.

        ValueError with a sentence where Slack would not take it.
        """
        self._person(user)
        if not content:
            raise ValueError("This file is empty.")
        if len(content) > LARGEST_FILE:
            raise ValueError("This file is too large. The limit is 10 MB.")
        now = self.workspace.now()
        file = File(self.workspace.new_id("F"), name.replace("/", "_") or "file", len(content), now)
        file.content, file.ready_at, file.processed = content, now, True
        file.user, file.in_form, file.base = user, True, self.base_url or file.base
        with self.workspace.lock:
            self.workspace.files[file.id] = file
        return file

    async def team_join(self, user: str) -> ActResult:
        """Tells the app of a new account."""
        who = self._person(user).as_slack(
            self.workspace.now(), with_email=self.manifest.grants("users:read.email")
        )
        event: Json = {"type": "team_join", "user": who, "event_ts": self.workspace.new_ts()}
        return self._told(await self.sockets.event(event))

    # -- blocks in messages and views ----

    async def click(
        self,
        user: str,
        channel: str | None,
        ts: str,
        action_id: str,
        value: Any = None,
        values: Json | None = None,
    ) -> ActResult:
        """Uses a button, menu or picker in a message.

        `value` is what was chosen, where there is a choice; `values` (block_id to action_id to value) what
        stands in the message's fields at that moment without having been sent.
        """
        where = self._place(user, channel)
        ephemeral = next((m for m in self.workspace.ephemerals_for(user) if m.ts == ts), None)
        message = ephemeral or where.find(ts)
        found = find_element(message.blocks, action_id) if message else None
        if message is None or found is None:
            return self._failed(user, "This button is not there any more.")
        container = {"type": "message", "message_ts": ts, "channel_id": where.id}
        body = self._interaction("block_actions", user)
        body |= {"container": container | {"is_ephemeral": ephemeral is not None}}
        body["channel"] = self._channel(where)
        if ephemeral is None:  # what only one person was shown does not come back
            body["message"] = message.as_slack(self.workspace.files)
        given = self._by_block(message.blocks, values or {})
        if found[1]["type"] not in ("button", "overflow"):
            given.setdefault(found[0]["block_id"], {})[action_id] = value
        self._type_in(user, message.blocks, message.values, given)
        state = initial_values(message.blocks)
        for block_id, actions in state.items():
            actions.update(message.values.get(block_id, {}))
        body |= {"state": {"values": state}, "response_url": self._response_url(user, where, ts)}
        body["actions"] = [self._action(*found, value)]
        return await self._interact(user, body)

    async def click_view(
        self, user: str, view_id: str, action_id: str, value: Any = None, values: Json | None = None
    ) -> ActResult:
        """Uses a button, menu or picker in a modal or on the Home; `values` as in click."""
        view = self.workspace.views.get(view_id)
        found = find_element(view.payload["blocks"], action_id) if view and view.user == user else None
        if view is None or found is None:
            return self._failed(user, "This button is not there any more.")
        block, element = found
        given = self._by_block(view.payload["blocks"], values or {})
        given.setdefault(block["block_id"], {})[action_id] = value
        self._type_in(user, view.payload["blocks"], view.values, given)
        modal = view.payload["type"] == "modal"
        body = self._interaction("block_actions", user, view if modal else None)
        body |= {"container": {"type": "view", "view_id": view.id}, "view": view.as_slack()}
        body["actions"] = [self._action(block, element, value)]
        return await self._interact(user, body)

    async def submit(self, user: str, values: Json | None = None, view_id: str | None = None) -> ActResult:
        """Fills in the modal on top of the person's stack and submits it.

        `values` maps block_id to action_id to what was chosen or typed; or, shorter, action_id to that.
        """
        view = self.workspace.modal(user)
        if view is None or (view_id and view.id != view_id):
            return self._failed(user, "This form is not open any more.")
        blocks = view.payload["blocks"]
        self._type_in(user, blocks, view.values, self._by_block(blocks, values or {}))
        if missing := self._missing(view):
            return ActResult(False, error="Please complete this required field.", errors=missing)
        body = self._interaction("view_submission", user, view) | {
            "view": view.as_slack(),
            "response_urls": [],
        }
        ack = await self.sockets.deliver("interactive", body, answer=True)
        if not ack.acked:
            return self._failed(user, "We had some trouble connecting. Try again?", ack)
        try:
            return self._after_submission(user, view, ack)
        except (SlackError, KeyError, TypeError) as refused:
            return self._failed(user, f"We had some trouble connecting. Try again? ({refused!r})", ack)

    async def close(self, user: str, view_id: str | None = None, *, everything: bool = False) -> ActResult:
        """Closes the modal on top, or the whole stack; the app hears of it where it asked to."""
        view = self.workspace.modal(user)
        if view is None or (view_id and view.id != view_id):
            return ActResult(True)
        shown = view.as_slack()
        everything = everything or bool(shown["clear_on_close"])
        if everything:
            close_views(self.workspace, user)
        else:
            pop_view(self.workspace, user)
        if not shown["notify_on_close"]:
            return ActResult(True)
        body = self._interaction("view_closed", user, view) | {"view": shown, "is_cleared": everything}
        return self._done(await self.sockets.deliver("interactive", body, answer=False))

    def _after_submission(self, user: str, view: View, ack: Ack) -> ActResult:
        payload = ack.payload or {}
        action = payload.get("response_action")
        if action == "errors":
            known = {block["block_id"] for block in view.payload["blocks"] if block["type"] == "input"}
            if not payload["errors"] or not set(payload["errors"]) <= known:
                raise SlackError("invalid_arguments", "errors must name input blocks of this view")
            return ActResult(False, True, payload, errors=dict(payload["errors"]), seconds=ack.seconds)
        if action in ("update", "push") and isinstance(payload.get("view"), dict):
            check_view_scopes(self.manifest, {"blocks": payload["view"].get("blocks") or []})
        if action == "update":
            accepted = accept_view(self.workspace, payload["view"], "modal", user, replacing=view)
            replace_view(self.workspace, view, accepted)
        elif action == "push":
            if len(self.workspace.modals.get(user, [])) >= 3:
                raise SlackError("push_limit_reached")
            new_view(self.workspace, user, accept_view(self.workspace, payload["view"], "modal", user), view)
        elif action == "clear":
            close_views(self.workspace, user)
        elif action is None and not payload:
            pop_view(self.workspace, user)
        else:
            raise SlackError("invalid_arguments", f"unknown response_action: {action}")
        return self._done(ack)

    # -- the parts of payloads ----

    def _person(self, user: str) -> User:
        found = self.workspace.users.get(user)
        if found is None:
            raise ValueError(f"There is nobody with the id {user} in this workspace.")
        if found.deleted:
            raise ValueError(f"{found.real_name}'s account is deactivated, so nothing can be done with it.")
        return found

    def _place(self, user: str, channel: str | None) -> Channel:
        where = self.workspace.channels.get(channel) if channel else self.workspace.open_dm(user)
        if where is None or user not in where.members:
            raise ValueError("This person is not in that conversation.")
        return where

    def _whole(self, who: User, where: Channel) -> Json:
        """What a slash command carries about its place and its person."""
        name = "directmessage" if where.dm_with else ("privategroup" if where.private else where.name)
        body: Json = {
            "token": "sandbox",
            "team_id": TEAM_ID,
            "team_domain": TEAM_DOMAIN,
            "api_app_id": APP_ID,
        }
        body |= {"channel_id": where.id, "channel_name": name, "user_id": who.id, "user_name": who.name}
        return body | {"is_enterprise_install": "false"}

    def _channel(self, where: Channel) -> Json:
        return {"id": where.id, "name": "directmessage" if where.dm_with else where.name}

    def _interaction(self, kind: str, user: str, view: View | None = None) -> Json:
        who = self._person(user)
        body: Json = {
            "type": kind,
            "token": "sandbox",
            "api_app_id": APP_ID,
            "action_ts": self.workspace.new_ts(),
        }
        body["team"] = {"id": TEAM_ID, "domain": TEAM_DOMAIN}
        body["user"] = {"id": who.id, "username": who.name, "name": who.name, "team_id": TEAM_ID}
        body |= {"enterprise": None, "is_enterprise_install": False}
        if kind not in ("view_closed",):
            body["trigger_id"] = self.workspace.new_trigger(user, view.id if view else None)
        return body

    def _response_url(self, user: str, where: Channel, ts: str | None = None) -> str:
        return f"{self.base_url}/response/{self.workspace.new_response_url(user, where.id, ts)}"

    def _action(self, block: Json, element: Json, value: Any) -> Json:
        action: Json = {"type": element["type"], "action_id": element["action_id"]}
        action |= {"block_id": block["block_id"], "action_ts": self.workspace.new_ts()}
        if element["type"] == "button":
            action["text"] = element["text"]
            return action | {key: element[key] for key in ("value", "style", "url") if key in element}
        return action | chosen_value(element, value)

    @staticmethod
    def _by_block(blocks: list[Json], values: Json) -> dict[str, dict[str, Any]]:
        by_block: dict[str, dict[str, Any]] = {}
        named = {block["block_id"]: block for block in blocks}
        for key, given in values.items():
            found = find_element(blocks, key)
            inside = {e["action_id"] for e in elements_of(named[key])} if key in named else set()
            if isinstance(given, dict) and given.keys() <= inside:
                by_block.setdefault(key, {}).update(given)
            elif found is not None:
                by_block.setdefault(found[0]["block_id"], {})[key] = given
            else:
                raise ValueError(f'There is no field "{key}" in this form.')
        return by_block

    def _type_in(
        self, user: str, blocks: list[Json], state: Values, values: dict[str, dict[str, Any]]
    ) -> None:
        for block_id, actions in values.items():
            for action_id, given in actions.items():
                found = find_element(blocks, action_id)
                if found is None:
                    raise ValueError(f'There is no field "{action_id}" in this form.')
                if found[1]["type"] == "file_input":
                    given = self._files(user, given)
                if found[1]["type"] not in ("button", "overflow"):
                    state.setdefault(block_id, {})[action_id] = chosen_value(found[1], given)

    def _files(self, user: str, given: Any) -> list[Json]:
        """The person's own uploads as a form's state shows them; `given` are ids, or objects with one."""
        shown = []
        for one in given or []:
            file = self.workspace.files.get(str(one["id"] if isinstance(one, dict) else one))
            if file is None or file.deleted or file.user != user:
                raise ValueError("This file is not there any more.")
            shown.append(file.as_slack() | {"user_team": TEAM_ID})
        return shown

    def _missing(self, view: View) -> dict[str, str]:
        missing = {}
        for block in view.payload["blocks"]:
            if block["type"] == "input":
                value = view.values[block["block_id"]][block["element"]["action_id"]]
                problem = self._problem(block, value)
                if problem:
                    missing[block["block_id"]] = problem
        return missing

    @staticmethod
    def _problem(block: Json, value: Json) -> str | None:
        """What Slack's own client would say beside this field before it sends anything."""
        if is_empty(value):
            return None if block.get("optional") else "Please complete this required field."
        typed, element = value.get("value"), block["element"]
        if element["type"] == "file_input":
            return _files_it_does_not_take(element, value["files"])
        if isinstance(typed, str) and (wrong := _not_what_it_asks(element, typed)):
            return wrong
        if isinstance(typed, str) and element["type"] == "plain_text_input":
            least, most = element.get("min_length", 0), element.get("max_length", 3000)
            if len(typed) > most:
                return f"Please shorten this to {most} characters or fewer."
            if len(typed) < least:
                return f"Please write at least {least} characters."
        return None

    def _has_shortcut(self, callback_id: str, kind: str) -> bool:
        known = self.manifest.shortcuts
        return known is None or any(s[0] == callback_id and s[1] == kind for s in known)

    async def _interact(self, user: str, body: Json) -> ActResult:
        ack = await self.sockets.deliver("interactive", body, answer=True)
        if not ack.acked:
            return self._failed(user, "This app did not respond. Try again, or ask an administrator.", ack)
        return self._done(ack)

    @staticmethod
    def _told(ack: Ack | None) -> ActResult:
        return ActResult(True, bool(ack and ack.acked), seconds=ack.seconds if ack else 0.0)

    @staticmethod
    def _done(ack: Ack) -> ActResult:
        return ActResult(ack.acked, ack.acked, ack.payload, seconds=ack.seconds)

    def _failed(self, user: str, sentence: str, ack: Ack | None = None) -> ActResult:
        self.workspace.notify(user, sentence)
        acked, payload, seconds = (ack.acked, ack.payload, ack.seconds) if ack else (False, None, 0.0)
        return ActResult(False, acked, payload, error=sentence, seconds=seconds)
