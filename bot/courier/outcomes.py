"""What came of a call to Slack, and what each of Slack's errors means for the message."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any


@dataclass(frozen=True, slots=True)
class Done:
    """Slack did it; `data` is its answer."""

    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RateLimited:
    """Not now: again after that many seconds. Nothing was stored."""

    retry_after: float


@dataclass(frozen=True, slots=True)
class Permanent:
    """Slack refused, and will again. `error` is its own word; nothing was stored."""

    error: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Misconfigured:
    """Slack refuses everything of this sort until somebody puts the app's setup right."""

    error: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Unknown:
    """The connection broke, timed out or Slack stumbled: it may have been stored, or not."""

    error: str


@dataclass(frozen=True, slots=True)
class Transient:
    """Slack was not reached, or said so itself: nothing was stored, and trying again makes sense."""

    error: str


Refusal = RateLimited | Permanent | Misconfigured | Unknown | Transient
Outcome = Done | Refusal

# Trying again with the next message would fail as well: stop, tell, and lose nothing meanwhile.
MISCONFIGURED: Mapping[str, str] = MappingProxyType(
    {
        "invalid_auth": "Slack does not know the bot's token; check SLACK_BOT_TOKEN",
        "not_authed": "there is no bot token; set SLACK_BOT_TOKEN",
        "account_inactive": "the bot's own account was deactivated; install the app again",
        "token_revoked": "the bot's token was revoked; install the app again",
        "token_expired": "the bot's token has expired; install the app again",
        "not_allowed_token_type": "this is not a bot token; SLACK_BOT_TOKEN begins with xoxb-",
        "missing_scope": "the app lacks a scope; update it from manifest.yml and install it again",
        "no_permission": "the app lacks a permission; update it from manifest.yml and install it again",
        "messages_tab_disabled": "the app may not write direct messages; update it from manifest.yml",
        "access_denied": "the workspace does not let the app in; ask its administrators",
        "team_access_not_granted": "the app was not granted this workspace; ask its administrators",
        "org_login_required": "the workspace is being moved to an organisation; wait until that is done",
        "ekm_access_denied": "the workspace's administrators have suspended access; ask them",
        "accesslimited": "access from this network is restricted; ask the workspace's administrators",
    }
)

# This message cannot be sent; the others can.
PERMANENT: Mapping[str, str] = MappingProxyType(
    {
        "user_not_found": "Slack does not know this account",
        "user_disabled": "the account is deactivated",
        "user_not_visible": "the app may not see this account",
        "users_not_found": "Slack does not know this account",
        "cannot_dm_bot": "the account is a bot",
        "channel_not_found": "there is no such channel, or Rounds is not in it",
        "not_in_channel": "Rounds is not in the channel; invite it",
        "is_archived": "the channel is archived",
        "restricted_action": "the workspace does not let the app post there",
        "restricted_action_read_only_channel": "the channel is read-only",
        "restricted_action_thread_only_channel": "only replies may be posted in the channel",
        "msg_too_long": "the message is too long",
        "no_text": "the message is empty",
        "invalid_blocks": "Slack does not accept the message's blocks",
        "invalid_blocks_format": "Slack does not accept the message's blocks",
        "invalid_arguments": "Slack does not accept the call",
        "message_not_found": "the message to change is no longer there",
        "cant_update_message": "the message to change is not Rounds' own",
        "edit_window_closed": "the message is too old to be changed",
        "thread_not_found": "the message to answer to is no longer there",
        "expired_url": "too much time has passed to answer here",
        "used_url": "this was already answered five times",
        "file_not_found": "the picture is no longer with Slack",
        "file_deleted": "the picture was deleted",
        "cant_delete_file": "Rounds may not delete the picture; delete it in Slack",
    }
)

# Slack itself is not sure whether it was done.
UNSURE = frozenset({"internal_error", "fatal_error", "service_unavailable"})
# Slack says that it was not done.
NOT_DONE = frozenset({"request_timeout", "team_added_to_org"})
LIMITED = frozenset({"ratelimited", "rate_limited"})


def explain(error: str) -> str:
    """What one of Slack's errors means, in words; the error itself where nothing better is known."""
    return MISCONFIGURED.get(error) or PERMANENT.get(error) or error


def classify(error: str, detail: str = "", retry_after: float = 30.0) -> Refusal:
    """What an error that Slack answered with means. An error that is not in the tables is permanent."""
    if error in LIMITED:
        return RateLimited(retry_after)
    if error in MISCONFIGURED:
        return Misconfigured(error, detail)
    if error in UNSURE:
        return Unknown(error)
    if error in NOT_DONE:
        return Transient(error)
    return Permanent(error, detail)
