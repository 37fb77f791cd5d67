"""How fast Slack may be called: per method, per channel and per workspace, on the clock handed in."""

from __future__ import annotations

import random
import threading
from collections import defaultdict, deque
from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType

from bot.clock import Clock

MINUTE = timedelta(minutes=1)
TIER_2, TIER_3, TIER_4 = 20, 50, 100

# Calls a minute (docs.slack.dev/apis/web-api/rate-limits).
PER_MINUTE: Mapping[str, int] = MappingProxyType(
    {
        "chat.update": TIER_3,
        "conversations.open": TIER_3,
        "conversations.history": TIER_3,
        "conversations.replies": TIER_3,
        "conversations.list": TIER_2,
        "conversations.info": TIER_3,
        "conversations.members": TIER_4,
        "users.list": TIER_2,
        "users.info": TIER_4,
        "dnd.teamInfo": TIER_2,
        "files.getUploadURLExternal": TIER_4,
        "files.completeUploadExternal": TIER_4,
        "files.info": TIER_4,
        "files.delete": TIER_3,
        "views.publish": TIER_4,
    }
)
POST = "chat.postMessage"
# Slack counts when a call arrives, not when it leaves: stay a little below.
SHARE_OF_TIER = 0.9


class Pace:
    """Grants calls. At most the method's number in any minute, and a pause between posts to one channel.

    The pause is counted from the end of the post before, so that no delay on the way can close the gap.
    `waiting` says how long a call would have to wait; `grant` books it where it need not.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        messages_per_minute: int = 200,
        per_minute: Mapping[str, int] = PER_MINUTE,
        channel_gap: float = 1.05,
        chance: random.Random | None = None,
    ) -> None:
        limits = {method: max(1, int(number * SHARE_OF_TIER)) for method, number in per_minute.items()}
        self._limits = limits | {POST: messages_per_minute}
        self._gap = timedelta(seconds=channel_gap)
        self._clock = clock
        self._chance = chance or random.Random()
        self._lock = threading.Lock()
        self._calls: dict[str, deque[datetime]] = defaultdict(deque)
        self._channels: dict[str, datetime] = {}
        self._paused: dict[str, datetime] = {}

    def grant(self, method: str, channel: str | None = None) -> float:
        """0 where the call may go now, and it is booked; else the seconds until it may, and nothing is."""
        with self._lock:
            now = self._clock.now()
            wait = self._wait(method, channel, now)
            if wait > timedelta():
                return wait.total_seconds()
            self._calls[method].append(now)
            if method == POST and channel is not None:
                self._channels[channel] = now + self._gap
            return 0.0

    def _wait(self, method: str, channel: str | None, now: datetime) -> timedelta:
        free = self._paused.get(method, now)
        calls, limit = self._calls[method], self._limits.get(method)
        while calls and calls[0] <= now - MINUTE:
            calls.popleft()
        if limit is not None and len(calls) >= limit:
            free = max(free, calls[len(calls) - limit] + MINUTE)
        if method == POST and channel is not None:
            free = max(free, self._channels.get(channel, now))
        return free - now

    def wait(self, method: str, channel: str | None = None, *, longest: float) -> float:
        """Sleep until the call may go, and book it: 0. Longer than `longest` seconds: how long, at once."""
        deadline = self._clock.now() + timedelta(seconds=longest)
        while (wait := self.grant(method, channel)) > 0:
            if self._clock.now() + timedelta(seconds=wait) > deadline:
                return wait
            self._clock.sleep(wait + self._chance.uniform(0, 0.02))
        return 0.0

    def posted(self, channel: str) -> None:
        """A post to this channel has ended: the pause before the next one begins."""
        with self._lock:
            now = self._clock.now()
            self._channels[channel] = now + self._gap
            if len(self._channels) > 10_000:
                self._channels = {key: free for key, free in self._channels.items() if free > now}

    def pause(self, method: str, seconds: float) -> float:
        """Slack said Retry-After: no call of this method before that. Returns the pause with its jitter."""
        pause = seconds + self._chance.uniform(0, 0.5)
        with self._lock:
            until = self._clock.now() + timedelta(seconds=pause)
            self._paused[method] = max(until, self._paused.get(method, until))
        return pause

    def backoff(self, attempts: int) -> float:
        """Seconds until another try after that many: 1, 2, 4 … to five minutes, give or take a quarter."""
        return float(min(300, 2 ** min(attempts, 9))) * self._chance.uniform(0.75, 1.25)
