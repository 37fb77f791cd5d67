"""What can be made to go wrong, by the next calls or by seeded chance."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from typing import Any

from bot.sandbox.things import Json


@dataclass
class Faults:
    """Switches; all off to begin with. Methods are names such as "chat.postMessage", or "*" for every one.

    `break_before` and `break_after` count the next calls whose connection breaks before or after the
    request was carried out; the `_chance` ones do so with a probability. `errors` lists what the next calls
    of a method are refused with. `limits` keeps to Slack's rate limits, with `distributed` to those of an
    app that is sold outside the Marketplace. "upload" stands for the POST of a file's bytes. Durations are in
    seconds: real ones for `slow` and `ack_timeout`, all others those of the workspace's clock.

    With `stall_sockets` the connections stay open and nothing comes over them, not even an answer to a ping.
    Events: `events_twice` sends each one two times; `events_redelivered` sends each one again as a retry
    though it was acknowledged; `events_lost_first` loses the first delivery of each, so that it comes only as
    a retry; `events_out_of_order` holds every other one until the one after it has gone. `redelivery` says
    when an event that nobody acknowledged comes again. `wrong_signature` and `request_age` spoil signature
    and time of requests in HTTP mode.
    """

    seed: int = 1
    limits: bool = False
    distributed: bool = False
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
    events_redelivered: bool = False
    events_lost_first: bool = False
    events_out_of_order: bool = False
    redelivery: tuple[float, ...] = (0.0, 60.0, 300.0)
    wrong_signature: bool = False
    request_age: float = 0.0

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)

    def as_json(self) -> Json:
        """Every switch with its present value, as the control panel shows them."""
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}

    def change(self, values: Json) -> None:
        """Sets switches by name, all of them or none; ValueError with a sentence where one does not fit."""
        fitting = {}
        for name, value in values.items():
            if name not in _FORMS:
                raise ValueError(f"There is no switch called {name}.")
            fits, form = _FORMS[name]
            if not fits(value):
                raise ValueError(f"{name} has to be {form}.")
            fitting[name] = tuple(float(part) for part in value) if name == "redelivery" else value
        for name, value in fitting.items():
            setattr(self, name, value)
        if "seed" in fitting:
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


# -- what each switch may be set to from outside ----

LONGEST_WAIT = 10**8
_Fits = Callable[[Any], bool]


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_seconds(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= LONGEST_WAIT


def _is_chance(value: Any) -> bool:
    return _is_seconds(value) and bool(value <= 1)


def _is_words(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(word, str) for word in value)


def _is_waits(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(_is_seconds(wait) for wait in value)


def _by_method(fits: _Fits) -> _Fits:
    return lambda value: isinstance(value, dict) and all(fits(part) for part in value.values())


_FLAG = (_is_flag, "true or false")
_COUNT = (_is_count, "a whole number, 0 or more")
_SECONDS = (_is_seconds, "a number of seconds, 0 or more")
_COUNTS = (_by_method(_is_count), "an object of methods with whole numbers")
_CHANCES = (_by_method(_is_chance), "an object of methods with chances between 0 and 1")
_FORMS: dict[str, tuple[_Fits, str]] = {
    **dict.fromkeys(("limits", "distributed", "refuse_unshared_files", "stall_sockets"), _FLAG),
    **dict.fromkeys(("events_twice", "events_redelivered", "events_lost_first"), _FLAG),
    **dict.fromkeys(("events_out_of_order", "wrong_signature"), _FLAG),
    **dict.fromkeys(("seed", "retry_after"), _COUNT),
    **dict.fromkeys(("file_processing", "ack_timeout", "request_age"), _SECONDS),
    **dict.fromkeys(("break_before", "break_after", "ratelimit_next"), _COUNTS),
    **dict.fromkeys(("break_before_chance", "break_after_chance", "ratelimit_chance"), _CHANCES),
    "slow": (_by_method(_is_seconds), "an object of methods with seconds"),
    "errors": (_by_method(_is_words), "an object of methods with lists of errors"),
    "redelivery": (_is_waits, "a list of seconds"),
}
