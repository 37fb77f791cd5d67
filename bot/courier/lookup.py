"""Was it posted? Messages carry their row's key, so that one can look before trying again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from bot.courier.gateway import Gateway
from bot.courier.outcomes import Permanent, Refusal
from storage.outbox import OutboxRow

EVENT_TYPE = "rounds_message"
# Slack's clock and ours need not agree.
MARGIN = timedelta(minutes=5)


def metadata(key: str) -> dict[str, Any]:
    """What travels with a message so that it can be found again; it says nothing of its content."""
    return {"event_type": EVENT_TYPE, "event_payload": {"key": key}}


def find_posted(
    gateway: Gateway, row: OutboxRow, channel: str, thread_ts: str | None
) -> Mapping[str, Any] | Refusal | None:
    """The message that an earlier try of this row left in Slack; None where there is none."""
    assert row.attempted_at is not None
    arguments = {
        "channel": channel,
        "oldest": f"{(row.attempted_at - MARGIN).timestamp():.6f}",
        "include_all_metadata": True,
        "limit": 200,
    }
    method = "conversations.history"
    if thread_ts is not None:
        # A conversation's history does not hold the replies in its threads.
        method, arguments = "conversations.replies", {**arguments, "ts": thread_ts}
    for page in gateway.pages(method, arguments, "messages"):
        if not isinstance(page, list):
            # With its thread, a message that was posted into it is gone as well.
            return None if page == Permanent("thread_not_found") else page
        for message in page:
            if _key_of(message) == row.key:
                found: Mapping[str, Any] = message
                return found
    return None


def is_in_thread(gateway: Gateway, channel: str, thread_ts: str, file_id: str) -> bool | Refusal:
    """Whether a file was shared into a thread already."""
    arguments = {"channel": channel, "ts": thread_ts, "limit": 200}
    for page in gateway.pages("conversations.replies", arguments, "messages"):
        if not isinstance(page, list):
            return page
        if any(shared.get("id") == file_id for message in page for shared in message.get("files") or []):
            return True
    return False


def _key_of(message: Mapping[str, Any]) -> str | None:
    found = message.get("metadata") or {}
    if found.get("event_type") != EVENT_TYPE:
        return None
    key = (found.get("event_payload") or {}).get("key")
    return str(key) if key else None
