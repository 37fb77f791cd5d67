"""Who may deliver from an embedded database: one process, the one that holds the lock file beside it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from filelock import FileLock, Timeout

from storage.engine import Database


class AlreadyRunning(Exception):
    """Another process delivers from this database."""


@contextmanager
def delivery_lock(database: Database) -> Iterator[None]:
    """Hold the right to deliver. On PostgreSQL replicas share the outbox, and there is nothing to hold.

    Raises AlreadyRunning where another process has it. The system frees the lock when a process dies,
    however it dies.
    """
    path = database.path
    if path is None:
        yield
        return
    lock = FileLock(f"{path}.courier.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise AlreadyRunning from None
    try:
        yield
    finally:
        lock.release()
