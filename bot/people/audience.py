"""Who can read a channel: colleagues alone, or guests and people of other organisations as well."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.courier.gateway import Gateway
from bot.courier.outcomes import Refusal

User = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Audience:
    """What Slack says of a channel and of those who are in it.

    `here`: Rounds is in it. `shared`: with another organisation, or about to be, or somebody who does not
    belong to this workspace is in it. `guests` are names, sorted.
    """

    archived: bool
    here: bool
    shared: bool
    guests: tuple[str, ...]


def audience(
    channel: Mapping[str, Any], members: Iterable[str], users: Mapping[str, User], team_id: str
) -> Audience:
    """Who reads a channel. `channel` is of conversations.info, `users` of users.list by id; who is not among
    them is passed over.
    """
    known = [users[member] for member in members if member in users]
    shared = bool(channel.get("is_ext_shared") or channel.get("is_pending_ext_shared"))
    return Audience(
        archived=bool(channel.get("is_archived")),
        here=bool(channel.get("is_member")),
        shared=shared or any(from_outside(user, team_id) for user in known),
        guests=tuple(sorted(label(user) for user in known if is_guest(user))),
    )


def is_guest(user: User) -> bool:
    """A guest's account, for one channel or several, that is in use."""
    return bool(user.get("is_restricted") or user.get("is_ultra_restricted")) and not user.get("deleted")


def from_outside(user: User, team_id: str) -> bool:
    """Somebody who does not belong to this workspace; of several of one organisation, one may be in many."""
    teams = (user.get("enterprise_user") or {}).get("teams") or ()
    return bool(user.get("is_stranger")) or team_id not in (user.get("team_id", team_id), *teams)


def label(user: User) -> str:
    """What somebody is called."""
    return str(user.get("real_name") or user.get("name") or user["id"])


def named(channel: str) -> str:
    """A channel in a sentence: "#ward-4", or its id as it is."""
    is_id = channel[:1] in ("C", "G") and channel.isalnum() and channel.isupper()
    return channel if is_id else f"#{channel.removeprefix('#')}"


def read_users(gateway: Gateway) -> dict[str, User] | Refusal:
    """Everybody in the workspace, by id: people, bots, guests, the deactivated."""
    return collect(gateway, "users.list", {"limit": 200}, "members")


def read_members(gateway: Gateway, channel_id: str) -> tuple[str, ...] | Refusal:
    """The ids of those who are in a channel."""
    members: list[str] = []
    for page in gateway.pages("conversations.members", {"channel": channel_id, "limit": 1000}, "members"):
        if not isinstance(page, list):
            return page
        members += page
    return tuple(members)


def collect(
    gateway: Gateway, method: str, arguments: Mapping[str, Any], items: str
) -> dict[str, Mapping[str, Any]] | Refusal:
    """A whole listing, by id."""
    found: dict[str, Mapping[str, Any]] = {}
    for page in gateway.pages(method, arguments, items):
        if not isinstance(page, list):
            return page
        found.update({str(item["id"]): item for item in page})
    return found
