"""Do-not-disturb: Slack is asked before a leader gets anything unasked; while it is on nothing goes (N2)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import structlog

from bot.clock import Clock
from bot.courier.gateway import Gateway
from bot.courier.outcomes import Done, Misconfigured, explain
from storage import leading_rows
from storage.engine import Database
from storage.leading import QuietTime

log = structlog.stdlib.get_logger()

# Slack answers for this many people a call.
AT_ONCE: Final = 50
# Somebody may put it on at any time: an older answer is none.
FRESH: Final = timedelta(minutes=10)
# The ticker asks again a little before that, so that nothing has to wait for it.
RENEW: Final = timedelta(minutes=8)


def ask(
    database: Database, gateway: Gateway, clock: Clock, team_id: str, users: Mapping[int, str]
) -> set[int]:
    """Ask Slack of these people (person → user id) and keep what it says. Returns of whom it answered.

    Where it refuses, what was known stays and grows old, and their messages wait.
    """
    wanted = sorted(users.items())
    answered: set[int] = set()
    for some in (dict(wanted[start : start + AT_ONCE]) for start in range(0, len(wanted), AT_ONCE)):
        asked_at = clock.now()
        outcome = gateway.call("dnd.teamInfo", {"users": ",".join(some.values()), "team_id": team_id})
        if not isinstance(outcome, Done):
            what = explain(outcome.error) if isinstance(outcome, Misconfigured) else type(outcome).__name__
            log.error("quiet_times_refused", people=len(some), outcome=what)
            continue
        said = outcome.data.get("users") or {}
        # Of whom Slack says nothing there is nothing to wait for: whether they are there is asked elsewhere.
        rows = [_row(person, said.get(user) or {}, asked_at) for person, user in some.items()]
        with database.write() as session:
            leading_rows.keep_quiet_times(session, rows)
        answered.update(some)
    return answered


def is_fresh(quiet: QuietTime | None, now: datetime, within: timedelta = FRESH) -> bool:
    """Whether Slack was asked lately enough."""
    return quiet is not None and now - quiet.asked_at < within


def quiet_until(quiet: QuietTime, now: datetime) -> datetime | None:
    """When the do-not-disturb ends that somebody is in; None where they are in none."""
    if quiet.starts is None or quiet.ends is None:
        return None
    return quiet.ends if quiet.starts <= now < quiet.ends else None


def _row(person_id: int, said: Mapping[str, Any], asked_at: datetime) -> QuietTime:
    # Slack always gives two times; without `dnd_enabled` they mean nothing.
    if not said.get("dnd_enabled"):
        return QuietTime(person_id=person_id, asked_at=asked_at)
    starts, ends = (
        datetime.fromtimestamp(float(said[name]), UTC) for name in ("next_dnd_start_ts", "next_dnd_end_ts")
    )
    return QuietTime(person_id=person_id, starts=starts, ends=ends, asked_at=asked_at)
