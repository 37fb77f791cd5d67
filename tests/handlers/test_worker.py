"""The worker: small jobs beside the listeners, finished when it is stopped."""

from __future__ import annotations

import threading

from structlog.testing import capture_logs

from handlers.worker import Worker


def test_a_job_runs_and_the_stop_waits_for_it() -> None:
    worker, done, go = Worker(), threading.Event(), threading.Event()

    def job() -> None:
        go.wait(5)
        done.set()

    worker.later("job", job)
    assert not worker.wait(0.01)
    go.set()
    worker.stop()
    assert done.is_set()


def test_after_the_stop_nothing_is_begun() -> None:
    worker, done = Worker(), threading.Event()
    worker.stop()
    worker.later("job", done.set)
    assert worker.wait()
    assert not done.is_set()


def test_an_error_is_logged_by_its_kind_and_stops_no_other_job() -> None:
    worker, done = Worker(threads=1), threading.Event()

    def fail() -> None:
        raise ValueError("what somebody typed")

    with capture_logs() as lines:
        worker.later("failing", fail)
        worker.later("next", done.set)
        worker.stop()
    assert done.is_set()
    assert [(line["job"], line["error"]) for line in lines] == [("failing", "ValueError")]
    assert "what somebody typed" not in str(lines)
