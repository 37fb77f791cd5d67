"""The courier: takes what is due out of the outbox, delivers it, and writes down what became of it."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from types import MappingProxyType

import structlog
from sqlmodel import Session

from bot.clock import Clock
from bot.courier import others, posting
from bot.courier.desk import (
    LEASE,
    PROCESSES,
    SETTLES,
    Again,
    Cancelled,
    Desk,
    Expired,
    Failed,
    FileMaker,
    Guard,
    Halt,
    Later,
    Lost,
    Renderer,
    Sent,
    Step,
)
from bot.courier.gateway import Gateway
from bot.courier.outcomes import explain
from storage import outbox_queue
from storage.engine import Database
from storage.outbox import OutboxRow
from storage.terms import Op, OutboxState

log = structlog.get_logger()

# In the transaction that closes the row: what else is true now that it was sent, or was not.
OnFinished = Callable[[Session, OutboxRow], None]

_DELIVERIES: Mapping[Op, Callable[[Desk, OutboxRow], Step]] = MappingProxyType(
    {Op.POST: posting.post, Op.UPDATE: others.update, Op.RESPOND: others.respond, Op.PUBLISH: others.publish}
)

# Tries with backoff reach eight hours by then.
MOST_ATTEMPTS = 100
# While Slack refuses everything: seconds until it is asked again.
HALT = 60.0
IDLE = 0.2
# Others may put something in while there is nothing to do.
LONGEST_NAP = 5.0


class Courier:
    """Delivers the outbox. Several may work on one PostgreSQL; on SQLite there is one.

    `workers` rows are delivered at a time, each of another lane. `settles` and `processes` are seconds: how
    long Slack is given to show a message that it may have stored, and to process a picture. `halted` says
    in words why nothing is sent, while Slack refuses everything. With `team_id` people are written to in that
    workspace only.
    """

    def __init__(
        self,
        database: Database,
        gateway: Gateway,
        clock: Clock,
        *,
        guards: Mapping[str, Guard] | None = None,
        renderers: Mapping[str, Renderer] | None = None,
        files: Mapping[str, FileMaker] | None = None,
        on_finished: OnFinished | None = None,
        owner: str = "courier",
        workers: int = 8,
        lease: timedelta = LEASE,
        settles: float = SETTLES,
        processes: float = PROCESSES,
        team_id: str | None = None,
    ) -> None:
        # A restarted courier is another one: what its predecessor held, it must look up.
        name = f"{owner[:40]}:{secrets.token_hex(4)}"
        self._desk = Desk(
            database,
            gateway,
            clock,
            name,
            dict(guards or {}),
            dict(renderers or {}),
            lease,
            settles,
            processes,
            team_id,
            dict(files or {}),
        )
        self._database, self._gateway, self._clock = database, gateway, clock
        self._on_finished = on_finished
        self._workers = workers
        self._halted: str | None = None
        self._halted_until: datetime | None = None

    @property
    def halted(self) -> str | None:
        """Why nothing is sent, in words; None while all is well."""
        return self._halted

    def take_over(self) -> int:
        """End all leases at once: for the only courier there is, when it starts. Returns how many."""
        with self._database.write() as session:
            return outbox_queue.take_over(session, now=self._clock.now())

    def run_once(self, *, urgent_only: bool = False) -> list[bool]:
        """Work on one batch of what is due. Says of each row whether it is finished now."""
        now = self._clock.now()
        if self._halted_until is not None and now < self._halted_until:
            return []
        desk = self._desk
        with self._database.write() as session:
            rows = outbox_queue.claim(
                session,
                now=now,
                owner=desk.lease_name(),
                lease=desk.lease,
                limit=self._workers,
                urgent_only=urgent_only,
            )
        if len(rows) <= 1:
            return [self._work(row) for row in rows]
        with ThreadPoolExecutor(max_workers=self._workers, thread_name_prefix="courier") as pool:
            return list(pool.map(self._work, rows))

    def run(self, stop: threading.Event) -> None:
        """Deliver until told to stop; a message in the hand is finished first.

        Answers have a thread of their own, so that they never wait for digests that wait for Slack.
        """
        answers = threading.Thread(target=self._loop, args=(stop, True), name="courier-answers")
        answers.start()
        try:
            self._loop(stop, False)
        finally:
            stop.set()
            answers.join()

    def _loop(self, stop: threading.Event, urgent_only: bool) -> None:
        while not stop.is_set():
            try:
                worked = bool(self.run_once(urgent_only=urgent_only))
            except Exception as error:
                # The database is away for a moment: what is in the outbox stays there.
                log.error("courier_stumbled", error=type(error).__name__)
                worked = False
            if not worked:
                stop.wait(IDLE)

    def drain(self, timeout: float, *, kinds: Collection[str] | None = None) -> bool:
        """Deliver until nothing (of these kinds) is left, for at most `timeout` seconds. True: nothing is.

        Ends early where Slack refuses everything, and where what is left is for later than that.
        """
        deadline = self._clock.now() + timedelta(seconds=timeout)
        while True:
            worked = bool(self.run_once())
            with self._database.read() as session:
                left, due = outbox_queue.open_work(session)
                if kinds is not None:
                    left = outbox_queue.outstanding(session, kinds)
            now = self._clock.now()
            if left == 0 or due is None:
                return left == 0
            if self._halted is not None or now >= deadline or due > deadline:
                return False
            if not worked:
                self._clock.sleep(min(LONGEST_NAP, max(0.05, (due - now).total_seconds())))

    def outstanding(self, kinds: Collection[str] | None = None) -> int:
        """How many rows are not finished; of these kinds, or of all."""
        with self._database.read() as session:
            return outbox_queue.outstanding(session, kinds)

    def _work(self, row: OutboxRow) -> bool:
        """Deliver one row. Returns whether it is finished now."""
        try:
            step = _DELIVERIES[row.op](self._desk, row)
        except Exception as error:
            # A message that stumbles must not stop the others. Its text may be in the error: only its name.
            log.error("delivery_stumbled", row=row.id, kind=row.kind, error=type(error).__name__)
            step = Again(type(error).__name__, None, row.attempted_at)
        try:
            return self._settle(row, step)
        except Exception as error:
            # Its lease runs out, and then it is looked up.
            log.error("not_written_down", row=row.id, kind=row.kind, error=type(error).__name__)
            return False

    def _settle(self, row: OutboxRow, step: Step) -> bool:
        match step:
            case Sent(channel, ts, note):
                return self._close(row, OutboxState.SENT, note, channel, ts)
            case Failed(error):
                return self._close(row, OutboxState.FAILED, error)
            case Cancelled(reason):
                return self._close(row, OutboxState.CANCELLED, reason)
            case Expired():
                return self._close(row, OutboxState.EXPIRED, "its time was over before it could be sent")
            case Again() if step.counts and row.attempts + 1 >= MOST_ATTEMPTS:
                return self._close(row, OutboxState.FAILED, f"gave up: {step.error}")
            case Again(error, after, attempted_at):
                pause = self._gateway.pace.backoff(row.attempts) if after is None else after
                self._put_back(row, pause, error, attempted_at, begun=True)
            case Later(until, reason):
                pause = (until - self._clock.now()).total_seconds()
                self._put_back(row, max(1.0, pause), reason, row.attempted_at, begun=False)
            case Halt(error, detail):
                self._halt(row, error, detail)
            case Lost():
                log.warning("lease_lost", row=row.id, kind=row.kind)
        return False

    def _close(
        self,
        row: OutboxRow,
        state: OutboxState,
        outcome: str,
        channel: str | None = None,
        ts: str | None = None,
    ) -> bool:
        now = self._clock.now()
        assert row.id is not None
        with self._database.write() as session:
            if state is OutboxState.SENT:
                # It is with Slack, whoever holds the lease by now.
                found = outbox_queue.find_open(session, row.id)
            else:
                found = self._desk.hold(session, row)
            if found is None:
                return False
            found.slack_channel, found.slack_ts = channel, ts
            outbox_queue.finish(session, found, state, outcome, now=now)
            if self._on_finished is not None:
                self._on_finished(session, found)
        delay = (now - row.not_before).total_seconds() if state is OutboxState.SENT else None
        self._gateway.watch.finished(row.kind, state.value, delay)
        if state is OutboxState.SENT:
            self._all_is_well()
        report = log.warning if state is OutboxState.FAILED else log.info
        report("finished", row=row.id, kind=row.kind, state=state.value, outcome=outcome)
        return True

    def _put_back(
        self, row: OutboxRow, pause: float, why: str, attempted_at: datetime | None, *, begun: bool
    ) -> None:
        with self._database.write() as session:
            found = self._desk.hold(session, row)
            if found is None:
                return
            found.attempts += int(begun)
            found.attempted_at = attempted_at
            not_before = self._clock.now() + timedelta(seconds=pause)
            outbox_queue.put_back(session, found, not_before=not_before, why=why)
        self._gateway.watch.put_back(row.kind)
        log.info("put_back", row=row.id, kind=row.kind, outcome=why, seconds=round(pause, 1))

    def _halt(self, row: OutboxRow, error: str, detail: str) -> None:
        """Nothing can be sent until somebody acts: say so, and keep everything as it is."""
        what = f"{explain(error)} ({error}{': ' + detail if detail else ''})"
        self._halted = what
        self._halted_until = self._clock.now() + timedelta(seconds=HALT)
        self._gateway.watch.halted(True)
        log.error("halted", outcome=what)
        self._put_back(row, HALT, error, row.attempted_at, begun=True)

    def _all_is_well(self) -> None:
        if self._halted is not None:
            self._halted = self._halted_until = None
            self._gateway.watch.halted(False)
