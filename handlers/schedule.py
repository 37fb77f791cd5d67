"""The schedule is a ticker: one interval job that asks what is due. The truth is in the due rows."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import UTC, datetime

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

log = structlog.stdlib.get_logger()

TICK_SECONDS = 20


def build_schedule(
    jobs: dict[str, tuple[Callable[[], object], int]], at_once: Collection[str] = ()
) -> BackgroundScheduler:
    """A scheduler with interval jobs: name → (what to do, seconds between two runs).

    Those `at_once` run as soon as it starts, too, and through the scheduler, so that no two ever overlap.

    No cron triggers and no job store: APScheduler 3 loses or doubles jobs at clock changes, and doubles
    them where a store is shared. A run that is still going when the next is due makes it wait for its turn.
    """
    scheduler = BackgroundScheduler(
        timezone="UTC",
        executors={"default": ThreadPoolExecutor(4)},
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
    )
    for name, (job, seconds) in jobs.items():
        first = {"next_run_time": datetime.now(UTC)} if name in at_once else {}
        scheduler.add_job(_careful(name, job), "interval", seconds=seconds, id=name, **first)
    return scheduler


def _careful(name: str, job: Callable[[], object]) -> Callable[[], None]:
    """A job that fails is reported and comes again; due rows are still due."""

    def run() -> None:
        try:
            job()
        except Exception as error:
            # The error's own text can hold what people wrote; its kind is enough to find it.
            log.error("job_failed", job=name, error=type(error).__name__)

    return run
