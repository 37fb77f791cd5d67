"""What the courier counts. Kinds, methods and outcomes; never a name, a text or a figure."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from bot.courier.outcomes import Done, Misconfigured, Outcome, Permanent, RateLimited, Transient, Unknown

_WORDS: dict[type, str] = {
    Done: "done",
    RateLimited: "rate_limited",
    Permanent: "refused",
    Misconfigured: "misconfigured",
    Unknown: "unknown",
    Transient: "not_reached",
}


class Watch:
    """The courier's counters, in the registry that is handed in."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        registry = registry or CollectorRegistry()
        self._calls = Counter(
            "rounds_slack_calls", "Calls of Slack's Web API", ["method", "outcome"], registry=registry
        )
        self._finished = Counter(
            "rounds_outbox_finished", "Messages finished", ["kind", "state"], registry=registry
        )
        self._put_back = Counter(
            "rounds_outbox_put_back", "Messages to be tried again", ["kind"], registry=registry
        )
        self._looked_up = Counter(
            "rounds_outbox_looked_up", "Messages looked up after a doubt", ["found"], registry=registry
        )
        self._delay = Histogram(
            "rounds_outbox_delay_seconds",
            "From due to sent",
            ["kind"],
            registry=registry,
            buckets=(1, 2, 5, 10, 30, 60, 300, 900, 3600, 14400),
        )
        self._halted = Gauge("rounds_courier_halted", "1 while Slack refuses everything", registry=registry)

    def called(self, method: str, outcome: Outcome) -> None:
        """A call of the Web API came back."""
        self._calls.labels(method, _WORDS[type(outcome)]).inc()

    def finished(self, kind: str, state: str, delay: float | None = None) -> None:
        """A message is finished; `delay` in seconds for one that was sent."""
        self._finished.labels(kind, state).inc()
        if delay is not None:
            self._delay.labels(kind).observe(max(0.0, delay))

    def put_back(self, kind: str) -> None:
        """A message will be tried again."""
        self._put_back.labels(kind).inc()

    def looked_up(self, found: bool) -> None:
        """A message with an unknown outcome was looked for."""
        self._looked_up.labels("yes" if found else "no").inc()

    def halted(self, halted: bool) -> None:
        """Whether the courier stands still until somebody puts the app's setup right."""
        self._halted.set(int(halted))
