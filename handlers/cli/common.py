"""What the subcommands share: opening the database, who is asking, and the two ways to fail."""

from __future__ import annotations

import getpass
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from enum import StrEnum
from typing import Any

from rich.console import Console

from bot.settings import Settings
from storage.engine import Database
from storage.migrate import upgrade


class WrongInput(Exception):
    """What was typed or what stands in a file is wrong; the text says what to do. Exit code 2."""


class Failed(Exception):
    """The work could not be done; the text says why and what to do. Exit code 1."""


class Format(StrEnum):
    """How a table is printed."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


@contextmanager
def opened(settings: Settings) -> Iterator[Database]:
    """The database of the settings, brought to the current schema."""
    database = Database(settings.database_url)
    try:
        upgrade(database)
        yield database
    finally:
        database.close()


def asker() -> str:
    """Who is at the keyboard, as the operating system knows them."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


def parse_day(text: str | None) -> date | None:
    """Read a day such as 2025-12-31. Raises WrongInput."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise WrongInput(f"{text!r} is not a day; write it as 2025-12-31.") from None


def console() -> Console:
    """Where results go: plain text, no colours in a pipe, nothing wrapped there."""
    return Console(highlight=False, markup=False, emoji=False, soft_wrap=True)


def print_json(value: Any) -> None:
    """Print a value as JSON, the same bytes for the same value."""
    console().out(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False), highlight=False)


def inert_cell(value: Any) -> Any:
    """A cell that a spreadsheet does not take for a formula, whatever spaces stand before it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str) and (value.lstrip()[:1] in tuple("=+-@") or value[:1] in ("\t", "\r", "\n")):
        return f"'{value}"
    return value
