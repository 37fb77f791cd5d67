"""Slack's rate limits (docs.slack.dev/apis/web-api/rate-limits): calls in a sliding window, per method."""

from __future__ import annotations

import math
from collections import defaultdict, deque
from datetime import datetime, timedelta

MINUTE = timedelta(minutes=1)
TIER_1, TIER_2, TIER_3, TIER_4 = 1, 20, 50, 100

PER_MINUTE: dict[str, int] = {
    "auth.test": 600,  # special: hundreds a minute
    "apps.connections.open": 10,  # tier 1 with a little room: a refresh must not cost a minute's silence
    "bots.info": TIER_3,
    "team.info": TIER_3,
    "chat.postMessage": 300,  # per workspace; and one a second per channel, below
    "chat.postEphemeral": TIER_4,
    "chat.update": TIER_3,
    "chat.delete": TIER_3,
    "chat.getPermalink": 600,
    "conversations.open": TIER_3,
    "conversations.history": TIER_3,
    "conversations.replies": TIER_3,
    "conversations.info": TIER_3,
    "conversations.list": TIER_2,
    "conversations.members": TIER_4,
    "users.list": TIER_2,
    "users.info": TIER_4,
    "users.profile.get": TIER_4,
    "users.lookupByEmail": TIER_3,
    "dnd.info": TIER_3,
    "dnd.teamInfo": TIER_2,
    "files.getUploadURLExternal": TIER_4,
    "files.completeUploadExternal": TIER_4,
    "files.info": TIER_4,
    "files.delete": TIER_3,
    "views.open": TIER_4,
    "views.push": TIER_4,
    "views.update": TIER_4,
    "views.publish": TIER_4,
}
# What is left to an app that is distributed outside the Marketplace.
DISTRIBUTED = {"conversations.history": 1, "conversations.replies": 1}
PER_CHANNEL = {"chat.postMessage": timedelta(seconds=1)}
# A client that waits one second to the millisecond must not fail by the network's jitter.
TOLERANCE = timedelta(milliseconds=50)


class Limits:
    """Counts calls and says when to come back. Refused calls do not count."""

    def __init__(self) -> None:
        self._calls: dict[str, deque[datetime]] = defaultdict(deque)
        self._channels: dict[tuple[str, str], datetime] = {}

    def retry_after(
        self, method: str, channel: str | None, now: datetime, *, distributed: bool = False
    ) -> int | None:
        """Seconds to wait (at least 1) where the call is too many, else None and the call is counted."""
        wait = timedelta()
        gap = PER_CHANNEL.get(method)
        if gap and channel and (last := self._channels.get((method, channel))):
            wait = max(wait, last + gap - TOLERANCE - now)
        window = self._calls[method]
        while window and window[0] <= now - MINUTE:
            window.popleft()
        most = (DISTRIBUTED if distributed else {}).get(method) or PER_MINUTE.get(method, TIER_3)
        if len(window) >= most:
            wait = max(wait, window[0] + MINUTE - now)
        if wait > timedelta():
            return max(1, math.ceil(wait.total_seconds()))
        window.append(now)
        if gap and channel:
            self._channels[(method, channel)] = now
        return None
