"""`rounds db upgrade`."""

from __future__ import annotations

import typer

from bot.settings import Settings
from handlers.cli.common import console, opened
from storage.migrate import head_revision


def register(app: typer.Typer) -> None:
    """Add the subcommands to the command."""
    group = typer.Typer(help="The database.", no_args_is_help=True)
    app.add_typer(group, name="db")
    group.callback()(lambda: None)
    group.command("upgrade")(upgrade_database)


def upgrade_database() -> None:
    """Bring the database to the current schema; harmless where it already is."""
    with opened(Settings()):
        console().print(f"The database is at the current schema ({head_revision()}).")
