"""`rounds ideas` and `rounds ideas sheet`."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import typer
from rich.table import Table

from bot.clock import SystemClock, local_date
from bot.ideas.figures.sheet import as_pdf, as_png, gather_sheet
from bot.ideas.words.phrases import title_of
from bot.settings import Settings
from handlers.cli.common import Failed, Format, WrongInput, console, inert_cell, opened, print_json
from storage.engine import Database
from storage.idea_figures import ExportRow, export_rows, unit_ids_by_name
from storage.terms import IdeaState


def register(app: typer.Typer) -> None:
    """Add the subcommands to the command."""
    group = typer.Typer(help="The ideas: list and export them; a sheet for the wall.")
    app.add_typer(group, name="ideas", invoke_without_command=True)
    group.callback(invoke_without_command=True)(ideas)
    group.command("sheet")(sheet)


# -- rounds ideas ---------------------------------------------------------------------------------------


def ideas(
    context: typer.Context,
    format: Format = typer.Option(Format.TABLE, help="table, json or csv."),
    state: list[IdeaState] = typer.Option([], help="Only ideas in this state; may be given more than once."),
    unit: str | None = typer.Option(None, help="Only ideas of this unit, by its name."),
) -> None:
    """List all ideas. Of the senders of anonymous ideas nothing is known, and nothing is told."""
    if context.invoked_subcommand is not None:
        return
    settings = Settings()
    with opened(settings) as database:
        unit_id = None if unit is None else _unit_id(database, unit)
        with database.read() as session:
            rows = export_rows(session, states=state, unit_id=unit_id)
            found = [as_record(row, settings.zone) for row in rows]
    if format is Format.JSON:
        print_json(found)
    elif format is Format.CSV:
        # Not through rich, which would turn the tabs of what people typed into spaces.
        typer.echo(_as_csv(found), nl=False)
    else:
        _print_ideas(found)


def _unit_id(database: Database, name: str) -> int:
    with database.read() as session:
        units = unit_ids_by_name(session)
    if name in units:
        return units[name]
    for known, unit_id in units.items():
        if known.casefold() == name.casefold():
            return unit_id
    if not units:
        raise WrongInput("There are no units yet; `rounds import` loads them.")
    raise WrongInput(f"There is no unit {name!r}. The units are {', '.join(units)}.")


def _day(found: date | datetime | None, zone: ZoneInfo) -> str | None:
    if found is None:
        return None
    return (local_date(found, zone) if isinstance(found, datetime) else found).isoformat()


# The sender of an anonymous idea is in no row; its days are those of batches, not of what somebody did.
_COLUMNS: Mapping[str, Callable[[ExportRow, ZoneInfo], Any]] = {
    "number": lambda row, _: row.idea.id,
    "state": lambda row, _: row.idea.state.value,
    "unit": lambda row, _: row.unit,
    "answered_by": lambda row, _: row.answering_unit,
    "text": lambda row, _: "" if row.idea.details_removed_at else row.idea.text,
    "anonymous": lambda row, _: row.idea.anonymous,
    "sender": lambda row, _: row.sender or None,
    "email": lambda row, _: row.email or None,
    "profession": lambda row, _: row.profession or None,
    "from_patient": lambda row, _: row.idea.from_patient,
    "on_behalf": lambda row, _: row.idea.on_behalf,
    "own_control": lambda row, _: row.idea.own_control,
    "wants_to_lead": lambda row, _: row.idea.wants_to_lead,
    "skips_unit_leaders": lambda row, _: row.idea.above,
    "measure": lambda row, _: row.measure or None,
    "supporters": lambda row, _: row.supporters,
    "owner": lambda row, _: row.owner or None,
    "handed_in": lambda row, zone: _day(row.idea.handed_in_at, zone),
    "first_words": lambda row, zone: _day(row.idea.first_words_at, zone),
    "decided": lambda row, zone: _day(row.idea.decided_at, zone),
    "due": lambda row, zone: _day(row.idea.due_on, zone),
    "look_again": lambda row, zone: _day(row.idea.look_again_on, zone),
    "implemented": lambda row, zone: _day(row.idea.implemented_on, zone),
    "verified": lambda row, zone: _day(row.idea.verified_at, zone),
    "shared": lambda row, zone: _day(row.idea.shared_at, zone),
    "merged_into": lambda row, _: row.idea.merged_into_id,
    "adopted_from": lambda row, _: row.idea.adopted_from_id,
    "details_removed": lambda row, zone: _day(row.idea.details_removed_at, zone),
}


def as_record(row: ExportRow, zone: ZoneInfo) -> dict[str, Any]:
    """One idea for the export, with days of the site; None where there is nothing."""
    return {column: read(row, zone) for column, read in _COLUMNS.items()}


def _as_csv(records: Iterable[Mapping[str, Any]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for record in records:
        writer.writerow([inert_cell(record[column]) for column in _COLUMNS])
    return text.getvalue()


def _print_ideas(records: Sequence[Mapping[str, Any]]) -> None:
    out = console()
    if not records:
        out.print("There are no such ideas.")
        return
    table = Table(box=None, pad_edge=False)
    # On a narrow terminal the idea goes over several lines; what it is found by stays whole.
    table.add_column("no.", justify="right", no_wrap=True, min_width=len(str(records[-1]["number"])))
    table.add_column("state", no_wrap=True, min_width=max(len(one["state"]) for one in records))
    table.add_column("unit", no_wrap=True)
    table.add_column("handed in", no_wrap=True, min_width=10)
    table.add_column("from", no_wrap=True)
    table.add_column("idea", min_width=24)
    for record in records:
        sender = "anonymous" if record["anonymous"] else record["sender"] or ""
        words = title_of(record["text"]) if record["text"] else "(details removed)"
        line = (
            record["state"].replace("_", " "),
            record["unit"],
            record["handed_in"],
            sender,
            _visible(words),
        )
        table.add_row(str(record["number"]), *line)
    out.print(table)


def _visible(text: str) -> str:
    """The text without what a terminal would obey."""
    return "".join(sign if sign.isprintable() else " " for sign in text)


# -- rounds ideas sheet ---------------------------------------------------------------------------------


def sheet(
    unit: str = typer.Argument(help="The unit's name."),
    out: Path = typer.Option(..., help="The file to write: .pdf or .png."),
    months: int = typer.Option(3, min=1, max=24, help="How many months it looks back, this one included."),
) -> None:
    """Write "You said, we did" for the wall: what came into place, without anybody's name."""
    draw = {".pdf": as_pdf, ".png": as_png}.get(out.suffix.lower())
    if draw is None:
        raise WrongInput(f"{out} is neither a .pdf nor a .png; give --out one of these endings.")
    if not out.parent.is_dir():
        raise WrongInput(f"There is no folder {out.parent}; make it first, or write elsewhere.")
    settings, clock = Settings(), SystemClock()
    with opened(settings) as database:
        unit_id = _unit_id(database, unit)
        with database.read() as session:
            found = gather_sheet(session, unit_id, unit, clock.now(), settings, months)
    if not found.pairs:
        raise Failed(
            f"No idea of {unit} came into place since {found.first.isoformat()}, so there is no sheet to "
            "write. --months looks back further."
        )
    try:
        out.write_bytes(draw(found))
    except OSError as error:
        raise Failed(f"{out} could not be written: {error.strerror}.") from error
    console().print(f"{len(found.pairs)} of {len(found.pairs) + found.more} ideas in place written to {out}.")
