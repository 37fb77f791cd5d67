"""What the doctor asks Slack: who the token is, what the channels and the people are. Nothing is changed."""

from __future__ import annotations

import http.client
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web import WebClient

from bot.clock import Clock
from bot.courier.gateway import Gateway
from bot.courier.outcomes import Done, Outcome, Refusal, explain
from bot.doctor.findings import Check, Finding, checked
from bot.doctor.workspace import Place
from bot.people.audience import collect, read_members

_TIMEOUT = 15
_APP_TOKEN_ERRORS: Mapping[str, Finding] = {
    "invalid_auth": Finding(
        "Slack does not know SLACK_APP_TOKEN.",
        "Copy it again from api.slack.com/apps → Basic Information → App-Level Tokens.",
    ),
    "not_allowed_token_type": Finding(
        "SLACK_APP_TOKEN is not an app-level token.",
        "Set the one that begins with xapp- (api.slack.com/apps → Basic Information → App-Level Tokens).",
    ),
    "missing_scope": Finding(
        "SLACK_APP_TOKEN lacks the scope connections:write.", "Make a new app-level token that has it."
    ),
}


@dataclass(frozen=True, slots=True)
class Identity:
    """Slack's answer to auth.test: the workspace, the bot, and two headers."""

    team: str
    team_id: str
    bot_id: str
    scopes: str | None
    date: str | None


def identify_bot(token: str, api_url: str) -> Identity | Finding:
    """Ask Slack who the token is."""
    silent = logging.Logger("rounds.doctor", logging.CRITICAL)
    client = WebClient(token=token, base_url=api_url, timeout=_TIMEOUT, retry_handlers=[], logger=silent)
    try:
        response = client.api_call("auth.test")
    except SlackApiError as refused:
        error = str(refused.response.get("error") or "no_answer")
        if " " in error:
            return Finding(
                f"What answers at {api_url} is not Slack.", "Check SLACK_API_URL, and any proxy on the way."
            )
        return Finding(f"Slack did not accept the bot token: {explain(error)} ({error}).", _TOKEN_TODO)
    except (OSError, http.client.HTTPException):
        return Finding(
            f"Slack was not reached at {api_url}.",
            "Check this machine's network, its proxy (HTTPS_PROXY) and SLACK_API_URL.",
        )
    headers = {str(name).lower(): _first(value) for name, value in dict(response.headers).items()}
    return Identity(
        team=str(response.get("team") or ""),
        team_id=str(response["team_id"]),
        bot_id=str(response.get("bot_id") or ""),
        scopes=headers.get("x-oauth-scopes"),
        date=headers.get("date"),
    )


_TOKEN_TODO = "Copy the Bot User OAuth Token from api.slack.com/apps → OAuth & Permissions."


def _first(value: Any) -> str:
    return str(value[0] if isinstance(value, list) else value)


def check_socket(app_token: str, api_url: str, clock: Clock) -> Check:
    """Slack lets the app open a socket with this token."""
    name = "Socket Mode"
    answer = Gateway(app_token, api_url, clock).call("apps.connections.open")
    if isinstance(answer, Done):
        return checked(name, "Slack accepts the app-level token.")
    error = str(getattr(answer, "error", ""))
    known = _APP_TOKEN_ERRORS.get(error)
    return checked(name, "", [known or Finding(f"Slack refuses a socket: {reason(answer)}.", _SOCKET_TODO)])


_SOCKET_TODO = "See that Socket Mode is on at api.slack.com/apps → Socket Mode, and try again in a minute."


def reason(refusal: Refusal | Outcome) -> str:
    """Why Slack refused, in words."""
    error = getattr(refusal, "error", "")
    return f"{explain(error)} ({error})" if error else "too many calls just now"


def read_places(gateway: Gateway, wanted: Iterable[tuple[str, str]]) -> list[Place] | Refusal:
    """Each unit's channel (unit, channel) as Slack has it, with its members where they can be seen."""
    wanted = list(wanted)
    if not wanted:
        return []
    kinds = {"types": "public_channel,private_channel", "limit": 1000}
    listing = collect(gateway, "conversations.list", kinds, "channels")
    if not isinstance(listing, Mapping):
        return listing
    by_name = {str(channel.get("name")): channel for channel in listing.values()}
    places = []
    for unit, channel in wanted:
        found = listing.get(channel) or by_name.get(channel.removeprefix("#"))
        members: tuple[str, ...] | Refusal = ()
        if found is not None and not found.get("is_archived"):
            members = read_members(gateway, found["id"])
        if not isinstance(members, tuple):
            return members
        places.append(Place(unit, channel, found, members))
    return places


def read_installed(
    gateway: Gateway, config_token: str, api_url: str, clock: Clock, bot_id: str
) -> Mapping[str, Any] | Refusal:
    """The app's manifest as Slack has it, with an app configuration token (apps.manifest.export)."""
    bot = gateway.call("bots.info", {"bot": bot_id})
    if not isinstance(bot, Done):
        return bot
    app_id = (bot.data.get("bot") or {}).get("app_id")
    answer = Gateway(config_token, api_url, clock).call("apps.manifest.export", {"app_id": app_id})
    if not isinstance(answer, Done):
        return answer
    manifest = answer.data.get("manifest")
    return manifest if isinstance(manifest, Mapping) else {}
