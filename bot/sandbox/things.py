"""What a Slack workspace holds: users, channels, messages, files, views, and how the Web API shows them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

# The same in every sandbox, so that a bot which is started again finds itself where it was.
TEAM_ID = "T0SANDBOX1"
OTHER_TEAM = "T0ELSEWHERE"  # another organisation, with which channels may be shared
TEAM_DOMAIN = "rounds-sandbox"
APP_ID = "A0SANDBOX1"
BOT_ID = "B0SANDBOX1"
BOT_USER_ID = "U0SANDBOX1"
BOT_TOKEN = "xoxb-sandbox"
APP_TOKEN = "xapp-sandbox"
SIGNING_SECRET = "sandbox-signing-secret"

Json = dict[str, Any]


class SlackError(Exception):
    """A refusal in Slack's own words: HTTP 200 with ``{"ok": false, "error": ...}``."""

    def __init__(self, error: str, *messages: str, **extra: Any) -> None:
        super().__init__(error)
        self.error = error
        self.messages = messages
        self.extra = extra

    def body(self) -> Json:
        """The response's body, details included, as Slack lays it out."""
        body: Json = {"ok": False, "error": self.error, **self.extra}
        if self.messages:
            if self.error == "invalid_blocks":
                body["errors"] = list(self.messages)
            body["response_metadata"] = {"messages": [f"[ERROR] {message}" for message in self.messages]}
        return body


# Do-not-disturb: every day between two times of the person's own zone, or once between two aware moments.
QuietHours = tuple[time, time] | tuple[datetime, datetime]


@dataclass
class User:
    """One account. `tz` is an IANA name; a guest is Slack's multi-channel guest, `one_channel` its
    single-channel one; `team` is another workspace's id for somebody who comes in through a shared channel.

    `title` says on the page who this is; the Web API does not show it.
    """

    id: str
    name: str
    real_name: str
    email: str | None = None
    tz: str = "Europe/London"
    deleted: bool = False
    is_bot: bool = False
    guest: bool = False
    dnd: QuietHours | None = None
    title: str = ""
    one_channel: bool = False
    team: str = TEAM_ID

    def quiet_window(self, now: datetime) -> tuple[datetime, datetime] | None:
        """The do-not-disturb that is on, or else the next one, in UTC; None where there is none to come."""
        if self.dnd is None:
            return None
        start, end = self.dnd
        if isinstance(start, datetime) and isinstance(end, datetime):
            return (start.astimezone(UTC), end.astimezone(UTC)) if end > now else None
        assert isinstance(start, time)
        assert isinstance(end, time)
        zone = ZoneInfo(self.tz)
        for days in (-1, 0, 1, 2):
            day = now.astimezone(zone).date() + timedelta(days=days)
            last = day + timedelta(days=1) if end <= start else day
            window = tuple(
                datetime.combine(d, t, zone).astimezone(UTC) for d, t in ((day, start), (last, end))
            )
            if window[1] > now:
                return window[0], window[1]
        return None

    def as_slack(self, now: datetime, *, with_email: bool = True) -> Json:
        """The user object of users.info; the email only with the scope users:read.email."""
        offset = now.astimezone(ZoneInfo(self.tz)).utcoffset() or timedelta()
        profile: Json = {"real_name": self.real_name, "display_name": self.name, "team": self.team}
        if with_email and self.email is not None:
            profile["email"] = self.email
        if self.id == BOT_USER_ID:
            profile |= {"api_app_id": APP_ID, "bot_id": BOT_ID}
        user: Json = {"id": self.id, "team_id": self.team, "name": self.name, "deleted": self.deleted}
        user |= {"profile": profile, "is_bot": self.is_bot, "is_app_user": False, "updated": 0}
        if not self.deleted:  # Slack leaves these out for deactivated accounts
            user |= {"real_name": self.real_name, "tz": self.tz, "tz_label": self.tz}
            user |= {"tz_offset": int(offset.total_seconds()), "is_admin": False, "is_owner": False}
            # A single-channel guest has both marks.
            user |= {"is_restricted": self.guest or self.one_channel, "is_ultra_restricted": self.one_channel}
        return user


@dataclass
class Message:
    """One message. `thread_ts` is the parent's ts; a parent that has replies carries its own."""

    channel: str
    ts: str
    user: str
    text: str
    blocks: list[Json] = field(default_factory=list)
    metadata: Json | None = None
    thread_ts: str | None = None
    files: list[str] = field(default_factory=list)
    subtype: str | None = None
    edited_ts: str | None = None
    ephemeral_to: str | None = None
    replies: int = 0
    broadcast: bool = False
    values: dict[str, dict[str, Json]] = field(default_factory=dict)

    @property
    def broadcasts(self) -> list[str]:
        """The "channel", "here" or "everyone" that this would notify in Slack, in its text and its blocks."""
        return broadcasts_in({"type": "mrkdwn", "text": self.text}) + broadcasts_in(self.blocks)

    @property
    def is_reply(self) -> bool:
        """Whether this sits inside a thread rather than in the conversation itself."""
        return self.thread_ts is not None and self.thread_ts != self.ts

    @property
    def by_bot(self) -> bool:
        """Whether the app posted it."""
        return self.user == BOT_USER_ID

    def as_slack(self, files: dict[str, File], *, with_metadata: bool = False) -> Json:
        """The message object of conversations.history; metadata only when asked for."""
        body: Json = {"type": "message", "user": self.user, "text": self.text, "ts": self.ts}
        if self.by_bot:
            body |= {"bot_id": BOT_ID, "app_id": APP_ID, "bot_profile": BOT_PROFILE}
        body["team"] = TEAM_ID
        if self.subtype:
            body["subtype"] = self.subtype
        if self.blocks:
            body["blocks"] = self.blocks
        if self.files:
            body["files"] = [
                files[f].as_slack() if f in files else {"id": f, "mode": "tombstone"} for f in self.files
            ]
        if self.edited_ts:
            body["edited"] = {"user": self.user, "ts": self.edited_ts}
        if self.thread_ts:
            body["thread_ts"] = self.thread_ts
            if not self.is_reply:
                body["reply_count"] = self.replies
        if self.metadata is not None and with_metadata:
            body["metadata"] = self.metadata
        return body


def broadcasts_in(part: Any) -> list[str]:
    """What in these blocks would notify a whole channel: in mrkdwn and in rich text, not in plain text."""
    if isinstance(part, list):
        return [found for one in part for found in broadcasts_in(one)]
    if not isinstance(part, dict):
        return []
    if part.get("type") == "mrkdwn":
        return re.findall(r"<!(channel|here|everyone)(?:\|[^>]*)?>", str(part.get("text", "")))
    own = [str(part["range"])] if part.get("type") == "broadcast" else []
    return own + [found for one in part.values() for found in broadcasts_in(one)]


BOT_PROFILE: Json = {"id": BOT_ID, "app_id": APP_ID, "name": "Rounds", "deleted": False, "team_id": TEAM_ID}


@dataclass
class Channel:
    """A channel, or with `dm_with` the direct messages between the app and one person."""

    id: str
    name: str
    members: list[str] = field(default_factory=list)
    private: bool = False
    archived: bool = False
    dm_with: str | None = None
    messages: list[Message] = field(default_factory=list)
    ext_shared: bool = False
    org_shared: bool = False
    pending_ext_shared: bool = False

    @property
    def kind(self) -> str:
        """The event API's channel_type."""
        return "im" if self.dm_with else ("group" if self.private else "channel")

    def find(self, ts: str) -> Message | None:
        """The message with this ts, replies included."""
        return next((message for message in reversed(self.messages) if message.ts == ts), None)

    def as_slack(self) -> Json:
        """The channel object of conversations.info."""
        if self.dm_with:
            return {"id": self.id, "is_im": True, "user": self.dm_with, "is_archived": self.archived}
        body: Json = {"id": self.id, "name": self.name, "name_normalized": self.name, "is_im": False}
        body |= {"is_channel": not self.private, "is_group": self.private, "is_private": self.private}
        body |= {"is_mpim": False, "is_archived": self.archived, "is_general": False}
        body |= {"is_shared": self.ext_shared or self.org_shared, "is_ext_shared": self.ext_shared}
        body |= {"is_org_shared": self.org_shared, "is_pending_ext_shared": self.pending_ext_shared}
        return body | {"is_member": BOT_USER_ID in self.members, "num_members": len(self.members)}


@dataclass
class File:
    """An upload. `ready_at` is None until it was completed, then the moment when Slack is done with it.

    `conversations` are those that it was shared into, `viewers` the people who were shown it in a view.
    `user` uploaded it; what a person puts into a form (`in_form`) is theirs alone, and the app may read it.
    `base` is the address of the server that has its bytes.
    """

    id: str
    name: str
    length: int
    created: datetime
    alt_txt: str | None = None
    title: str | None = None
    content: bytes | None = None
    ready_at: datetime | None = None
    conversations: set[str] = field(default_factory=set)
    viewers: set[str] = field(default_factory=set)
    deleted: bool = False
    processed: bool = False
    user: str = BOT_USER_ID
    in_form: bool = False
    base: str = "https://files.slack.com"

    @property
    def image_type(self) -> str | None:
        """png, jpg or gif by the file's first bytes, else None."""
        heads = {b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpg", b"GIF8": "gif"}
        content = self.content or b""
        return next((kind for head, kind in heads.items() if content.startswith(head)), None)

    def as_slack(self) -> Json:
        """The file object of files.info: type and size in pixels appear only once it is processed."""
        kind = self.image_type if self.processed else None
        path = f"{TEAM_ID}-{self.id}/{quote(self.name)}"
        body: Json = {"id": self.id, "name": self.name, "title": self.title or self.name, "size": self.length}
        body |= {"created": int(self.created.timestamp()), "user": self.user, "mode": "hosted"}
        body |= {"mimetype": "", "filetype": "", "pretty_type": "", "is_public": False}
        body |= {"alt_txt": self.alt_txt, "url_private": f"{self.base}/files-pri/{path}"}
        body["url_private_download"] = (
            f"{self.base}/files-pri/{TEAM_ID}-{self.id}/download/{quote(self.name)}"
        )
        if self.processed:
            mimetype = {"png": "image/png", "jpg": "image/jpeg", "gif": "image/gif"}.get(kind or "", "")
            body |= {"mimetype": mimetype or "application/octet-stream", "filetype": kind or "binary"}
        if (
            kind == "png" and self.content is not None
        ):  # IHDR: width and height, big-endian, at bytes 16 and 20
            body["original_w"] = int.from_bytes(self.content[16:20], "big")
            body["original_h"] = int.from_bytes(self.content[20:24], "big")
        body["ims"] = sorted(c for c in self.conversations if c.startswith("D"))
        body["channels"] = sorted(c for c in self.conversations if c.startswith("C"))
        body["groups"] = sorted(c for c in self.conversations if c.startswith("G"))
        return body


@dataclass
class View:
    """A modal or Home that one person has. `payload` is the app's view as it was accepted."""

    id: str
    user: str
    payload: Json
    hash: str
    root_id: str
    previous_id: str | None = None
    values: dict[str, dict[str, Json]] = field(default_factory=dict)

    def as_slack(self) -> Json:
        """The view object of views.open and of interaction payloads."""
        body: Json = {"id": self.id, "team_id": TEAM_ID, "app_id": APP_ID, "bot_id": BOT_ID}
        body |= {"app_installed_team_id": TEAM_ID, "hash": self.hash, "root_view_id": self.root_id}
        body |= {"previous_view_id": self.previous_id, "state": {"values": self.values}}
        defaults = {"title": None, "submit": None, "close": None, "private_metadata": "", "callback_id": ""}
        flags = {"clear_on_close": False, "notify_on_close": False, "submit_disabled": False}
        return body | defaults | flags | {"external_id": ""} | self.payload
