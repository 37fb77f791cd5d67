"""Bring a database to the current schema. Replicas that start together wait for one another."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from storage.engine import Database

# Any number will do, as long as all replicas of Rounds use the same one.
_ADVISORY_LOCK = 7_268_373


def upgrade(database: Database) -> None:
    """Run the migrations that are missing, in one transaction; safe to call from several processes."""
    with database.engine.connect() as connection:
        connection = connection.execution_options(immediate=True)
        with connection.begin():
            if not database.is_sqlite:
                connection.execute(text(f"SELECT pg_advisory_xact_lock({_ADVISORY_LOCK})"))
            config = _config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")


def current_revision(database: Database) -> str | None:
    """The revision that the database is at; None for an empty one."""
    with database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def head_revision() -> str:
    """The revision that this program needs."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    assert head is not None
    return head


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config
