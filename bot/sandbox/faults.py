"""What can be made to go wrong, by the next calls or by seeded chance."""

from __future__ import annotations

import random
from dataclasses import dataclass, field


@dataclass
class Faults:
    """Switches; all off to begin with. Methods are names such as "chat.postMessage", or "*" for every one.

    `break_before` and `break_after` count the next calls whose connection breaks before or after the
    request was carried out; the `_chance` ones do so with a probability. `errors` lists what the next calls
    of a method are refused with. `limits` keeps to Slack's rate limits. Durations are in seconds.
    "upload" stands for the POST of a file's bytes. With `stall_sockets` the connections stay open and nothing
    comes over them, not even an answer to a ping.
    """

    seed: int = 1
    limits: bool = False
    break_before: dict[str, int] = field(default_factory=dict)
    break_after: dict[str, int] = field(default_factory=dict)
    break_before_chance: dict[str, float] = field(default_factory=dict)
    break_after_chance: dict[str, float] = field(default_factory=dict)
    ratelimit_next: dict[str, int] = field(default_factory=dict)
    ratelimit_chance: dict[str, float] = field(default_factory=dict)
    retry_after: int = 1
    errors: dict[str, list[str]] = field(default_factory=dict)
    slow: dict[str, float] = field(default_factory=dict)
    file_processing: float = 0.05
    refuse_unshared_files: bool = False
    ack_timeout: float = 3.0
    stall_sockets: bool = False
    events_twice: bool = False
    redelivery: tuple[float, ...] = (0.0, 60.0, 300.0)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)

    def breaks_before(self, method: str) -> bool:
        """Whether this call's connection breaks before anything was done."""
        return self._due(self.break_before, self.break_before_chance, method)

    def breaks_after(self, method: str) -> bool:
        """Whether this call's connection breaks after everything was done, its answer lost."""
        return self._due(self.break_after, self.break_after_chance, method)

    def ratelimits(self, method: str) -> bool:
        """Whether this call is answered 429 whatever the pace."""
        return self._due(self.ratelimit_next, self.ratelimit_chance, method)

    def error_for(self, method: str) -> str | None:
        """The error that this call is to be refused with, if any."""
        waiting = self.errors.get(method)
        return waiting.pop(0) if waiting else None

    def delay_for(self, method: str) -> float:
        """Seconds that this call takes longer."""
        return self.slow.get(method, self.slow.get("*", 0.0))

    def _due(self, counts: dict[str, int], chances: dict[str, float], method: str) -> bool:
        for key in (method, "*"):
            if counts.get(key, 0) > 0:
                counts[key] -= 1
                return True
        chance = chances.get(method, chances.get("*", 0.0))
        return chance > 0 and self._random.random() < chance
