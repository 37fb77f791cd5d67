"""What may follow an acknowledgement: a few threads for work that nobody has to wait for."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import wait as wait_for

import structlog

log = structlog.stdlib.get_logger()

THREADS = 4
# As long as a listener's: whoever opened a form is looking at it.
DRAIN_SECONDS = 3.0


class Worker:
    """Runs small jobs beside the listeners, and finishes what it began when it is stopped.

    Nothing that has to happen is given to it: what people are told, and what is kept, goes with the
    listener's own transaction.
    """

    def __init__(self, threads: int = THREADS) -> None:
        # No thread is begun before the first job.
        self._pool = ThreadPoolExecutor(max_workers=threads, thread_name_prefix="worker")
        self._lock = threading.Lock()
        self._jobs: set[Future[None]] = set()
        self._stopped = False

    def later(self, name: str, job: Callable[[], None]) -> None:
        """Run a job as soon as a thread is free. After the stop nothing is begun."""
        with self._lock:
            if self._stopped:
                return
            future = self._pool.submit(_careful, name, job)
            self._jobs.add(future)
        future.add_done_callback(self._forget)

    def wait(self, timeout: float = DRAIN_SECONDS) -> bool:
        """Wait until nothing is left to do. False where it took longer than that."""
        deadline = time.monotonic() + timeout
        while True:
            with self._lock:
                left = set(self._jobs)
            if not left:
                return True
            if wait_for(left, timeout=max(0.0, deadline - time.monotonic())).not_done:
                return False

    def stop(self, timeout: float = DRAIN_SECONDS) -> None:
        """Begin nothing new, and finish what is in the hand for at most `timeout` seconds."""
        with self._lock:
            self._stopped = True
        self.wait(timeout)
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _forget(self, future: Future[None]) -> None:
        with self._lock:
            self._jobs.discard(future)


def _careful(name: str, job: Callable[[], None]) -> None:
    try:
        job()
    except Exception as error:
        # Its own text can hold what somebody typed; its kind is enough to find it.
        log.error("job_failed", job=name, error=type(error).__name__)
