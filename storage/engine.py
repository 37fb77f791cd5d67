"""The database: how it is opened, and the two ways to use it (`read` and `write`)."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlmodel import Session

# How long a writer waits for another one before it gives up, in seconds.
BUSY_TIMEOUT = 30.0


class DatabaseBusy(Exception):
    """The database did not answer in the time it was given. Nothing was saved."""


class Database:
    """One database. `read()` and `write()` give a session; a write is one short transaction."""

    def __init__(self, url: str) -> None:
        self.url = normalise(url)
        self.engine = _engine(self.url)
        # SQLite lets one writer in at a time and makes the others poll, some of them for very long. Within
        # a process they stand in a queue instead.
        self._writers = threading.Lock() if self.is_sqlite else None

    @property
    def is_sqlite(self) -> bool:
        """Whether this is the embedded database: one courier, no other replica."""
        return self.url.get_backend_name() == "sqlite"

    @property
    def path(self) -> Path | None:
        """The file of an embedded database; None in memory and for a server."""
        name = self.url.database
        return Path(name) if self.is_sqlite and name and name != ":memory:" else None

    @contextmanager
    def read(self, patience: float | None = None) -> Iterator[Session]:
        """A session that sees one consistent state and saves nothing; `patience` as in `write`."""
        with self._session(patience, immediate=False) as session:
            yield session

    @contextmanager
    def write(self, patience: float | None = None) -> Iterator[Session]:
        """A session that commits at the end, or changes nothing where something is raised.

        On SQLite the write lock is taken at the start (`BEGIN IMMEDIATE`): a transaction that reads first
        and asks for the lock later can be refused halfway. With `patience` in seconds, raises DatabaseBusy
        when the database does not answer in that time.
        """
        if self._writers is None:
            with self._session(patience, immediate=True) as session:
                yield session
                session.commit()
            return
        began = time.monotonic()
        if not self._writers.acquire(timeout=BUSY_TIMEOUT if patience is None else patience):
            raise DatabaseBusy("other writers of this process took all the time there was")
        try:
            left = None if patience is None else max(0.0, patience - (time.monotonic() - began))
            with self._session(left, immediate=True) as session:
                yield session
                session.commit()
        finally:
            self._writers.release()

    @contextmanager
    def _session(self, patience: float | None, *, immediate: bool) -> Iterator[Session]:
        try:
            with Session(self.engine, expire_on_commit=False) as session:
                options: dict[str, Any] = {"immediate": immediate, "patience": patience}
                if not self.is_sqlite and not immediate:
                    # One state for all that is read, as on SQLite: an import may be published meanwhile.
                    options["isolation_level"] = "REPEATABLE READ"
                connection = session.connection(execution_options=options)
                if not self.is_sqlite and patience is not None:
                    limit = int(patience * 1000)
                    connection.execute(text(f"SET LOCAL lock_timeout = {limit}"))
                    connection.execute(text(f"SET LOCAL statement_timeout = {limit}"))
                yield session
        except OperationalError as error:
            if patience is not None:
                raise DatabaseBusy(str(error.orig)) from error
            raise
        except PoolTimeout as error:
            raise DatabaseBusy("all connections are in use") from error

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def normalise(url: str) -> URL:
    """The URL with the driver that Rounds brings along (psycopg 3 for PostgreSQL)."""
    parsed = make_url(url)
    if parsed.drivername in ("postgres", "postgresql"):
        return parsed.set(drivername="postgresql+psycopg")
    return parsed


def _engine(url: URL) -> Engine:
    # hide_parameters: what people wrote must not come out in the text of an error.
    if url.get_backend_name() != "sqlite":
        # A server that does not answer must not hold a listener for longer than Slack waits.
        away = {"connect_timeout": 2, "tcp_user_timeout": 2500}
        return create_engine(
            url,
            connect_args=away,
            pool_pre_ping=True,
            # More than the listeners', the courier's and the ticker's threads together.
            pool_size=10,
            max_overflow=40,
            pool_timeout=1.0,
            hide_parameters=True,
        )
    engine = create_engine(
        url,
        connect_args={"timeout": BUSY_TIMEOUT, "check_same_thread": False},
        pool_size=10,
        max_overflow=90,
        hide_parameters=True,
    )
    event.listen(engine, "connect", _on_sqlite_connect)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _on_sqlite_connect(connection: sqlite3.Connection, _record: Any) -> None:
    # sqlite3 begins transactions by itself, and too late; SQLAlchemy's "begin" event does it instead.
    connection.isolation_level = None
    connection.execute(f"PRAGMA busy_timeout = {int(BUSY_TIMEOUT * 1000)}")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = NORMAL")
    # What is deleted is overwritten: patient details that were taken out are in no file any more.
    connection.execute("PRAGMA secure_delete = ON")
    _write_ahead(connection)


def _write_ahead(connection: sqlite3.Connection) -> None:
    # The switch to WAL needs the file for itself and does not honour the busy timeout, so that replicas
    # that start together on a new file would be refused. It is needed once in the life of a file.
    deadline = time.monotonic() + BUSY_TIMEOUT
    while connection.execute("PRAGMA journal_mode").fetchone()[0] not in ("wal", "memory"):
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    patience = options.get("patience")
    limit = int(1000 * (BUSY_TIMEOUT if patience is None else patience))
    # Straight to the driver: this is in the way of every acknowledgement.
    raw = connection.connection.cursor()
    if connection.info.get("busy_timeout") != limit:
        raw.execute(f"PRAGMA busy_timeout = {limit}")
        connection.info["busy_timeout"] = limit
    try:
        raw.execute("BEGIN IMMEDIATE" if options.get("immediate") else "BEGIN")
    except sqlite3.OperationalError as error:
        raise OperationalError("BEGIN", None, error, hide_parameters=True) from error
    finally:
        raw.close()
