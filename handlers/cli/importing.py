"""`rounds import` and `rounds imports`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table

from bot.clock import SystemClock
from bot.intake import IntakeErrors, NoSuchBatch, import_folder, list_batches, undo_batch
from bot.settings import Settings
from handlers.cli.common import WrongInput, asker, console, opened


def register(app: typer.Typer) -> None:
    """Add the subcommands to the command."""
    app.command("import")(import_files)
    app.command("imports")(show_imports)


def import_files(
    directory: Path | None = typer.Argument(None, help="The folder with the files.", metavar="DIR"),
    dry_run: bool = typer.Option(False, "--dry-run", help="Check everything, change nothing."),
    rebind: bool = typer.Option(
        False, "--rebind", help="Allow a code or a Slack account to move to another person."
    ),
    undo: str | None = typer.Option(
        None, "--undo", metavar="NUMBER", help="Take an import back: the values before it return."
    ),
) -> None:
    """Read people, units, measures, observations, cases and narratives from a folder; all or nothing."""
    if (directory is None) == (undo is None):
        raise WrongInput("Give either the folder with the files, or --undo and the number of an import.")
    number = None if undo is None else _number(undo)
    settings = Settings()
    with opened(settings) as database:
        try:
            if number is not None:
                report = undo_batch(database, number, clock=SystemClock(), by=asker())
                console().print(str(report))
                return
            assert directory is not None
            with _progress() as progress:
                done = import_folder(
                    database,
                    directory,
                    clock=SystemClock(),
                    imported_by=asker(),
                    dry_run=dry_run,
                    rebind=rebind,
                    settings=settings,
                    progress=progress,
                )
        except (IntakeErrors, NoSuchBatch) as wrong:
            raise WrongInput(str(wrong)) from wrong
    console().print(str(done))


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 9):
        raise WrongInput(f"{text!r} is not the number of an import; `rounds imports` lists them.")
    return int(text)


def show_imports() -> None:
    """List the imports, the latest first."""
    with opened(Settings()) as database:
        batches = list_batches(database)
    if not batches:
        console().print("Nothing has been imported yet. `rounds import DIR` reads a folder.")
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("number", "state", "when (UTC)", "by", "from", "rows"):
        table.add_column(heading)
    for batch in batches:
        when = batch.published_at or batch.started_at
        table.add_row(
            str(batch.number),
            batch.state.value,
            f"{when:%Y-%m-%d %H:%M}",
            batch.imported_by,
            batch.source,
            ", ".join(f"{count} {name}" for name, count in batch.counts.items()),
        )
    console().print(table)


@contextmanager
def _progress() -> Iterator[Callable[[str, int, int], None] | None]:
    """A progress bar on a terminal; nothing in a pipe."""
    errors = Console(stderr=True)
    if not errors.is_terminal:
        yield None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=errors, transient=True) as bar:
        tasks: dict[str, TaskID] = {}

        def show(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bar.add_task(what, total=total)
            bar.update(tasks[what], completed=done, total=total)

        yield show
