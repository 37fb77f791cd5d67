"""`rounds metrics`: how the ideas are doing."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

import typer
from rich.table import Table

from bot.clock import SystemClock
from bot.ideas.figures.metrics import (
    LEAST,
    MONTHS,
    STILL_DAYS,
    UNASSIGNED_DAYS,
    Bottlenecks,
    Figures,
    Group,
    Share,
    Stuck,
    gather_figures,
)
from bot.ideas.figures.waits import Wait
from bot.leading.effects_figures import figures as rung_figures
from bot.settings import Settings
from handlers.cli import reminders
from handlers.cli.common import Format, WrongInput, console, inert_cell, opened, parse_day, print_json

TOO_FEW = "too few to show"
TOYOTA = "Toyota's own report: 95 % of ideas put to use"
SURVEY = "2012 survey: 10.7 % of doctors in training"


def register(app: typer.Typer) -> None:
    """Add the subcommand to the command."""
    app.command("metrics")(metrics)


def metrics(
    format: Format = typer.Option(Format.TABLE, help="table, json or csv."),
    through: str | None = typer.Option(None, help="The last day that counts, such as 2026-10-31."),
    months: int = typer.Option(MONTHS, min=1, max=120, help="How many months of ideas."),
) -> None:
    """Show how the ideas are doing, what is held up, and which reminders to leaders work."""
    settings, clock = Settings(), SystemClock()
    with opened(settings) as database, database.read() as session:
        try:
            figures = gather_figures(
                session, clock.now(), settings, months=months, through=parse_day(through)
            )
        except ValueError as wrong:
            raise WrongInput(str(wrong)) from wrong
        rungs = rung_figures(session)
    if format is Format.JSON:
        print_json(as_json(figures) | {"reminders": reminders.as_json(rungs)})
    elif format is Format.CSV:
        console().out(as_csv(figures, reminders.csv_lines(rungs)), end="", highlight=False)
    else:
        _print_metrics(figures)
        reminders.print_rungs(console(), rungs)


def as_json(figures: Figures) -> dict[str, Any]:
    """The figures as one object: numbers, or null where there is nothing or too few to show."""
    return {
        "through": figures.through.isoformat(),
        "months": [
            {
                "month": f"{month.first:%Y-%m}",
                "ideas": month.ideas.of,
                "verified": month.ideas.count if month.ideas.of >= LEAST else None,
                "share": month.ideas.value if month.ideas.of >= LEAST else None,
                "first_words": _wait_json(month.wait),
            }
            for month in figures.months
        ],
        "ideas": _share_json(figures.ideas) | {"benchmark": {"value": 0.95, "source": "Toyota's own report"}},
        "in_place": figures.in_place,
        "people": _share_json(figures.people) | {"only": "named ideas"},
        "doctors_in_training": None
        if figures.in_training is None
        else _share_json(figures.in_training) | {"benchmark": {"value": 0.107, "source": "2012 survey"}},
        "first_words": _wait_json(figures.wait),
        "units": [_group_json(group) for group in figures.units],
        "professions": [_group_json(group, rated=False) for group in figures.professions],
        "bottlenecks": {
            "as_of": figures.today.isoformat(),
            "all": _stuck_json(figures.stuck),
            "units": {unit: _stuck_json(stuck) for unit, stuck in figures.stuck_by_unit.items()},
        },
    }


def _share_json(share: Share) -> dict[str, Any]:
    return {"count": share.count, "of": share.of, "share": share.value}


def _wait_json(wait: Wait | None) -> dict[str, Any] | None:
    if wait is None:
        return None
    return {
        "median_working_days": _rounded(wait.median),
        "p90_working_days": _rounded(wait.p90),
        "answered": wait.answered,
        "waiting": wait.waiting,
    }


def _rounded(days: float | None) -> float | None:
    return None if days is None else round(days, 2)


def _group_json(group: Group, *, rated: bool = True) -> dict[str, Any]:
    found: dict[str, Any] = {"name": group.name, "first_words": _wait_json(group.wait)}
    if rated:
        found["ideas"] = None if group.ideas is None else _share_json(group.ideas)
    return found


def _stuck_json(stuck: Bottlenecks) -> dict[str, Any]:
    return {
        name: {"count": kind.count, "oldest": kind.oldest, "days": kind.days} for name, kind in _kinds(stuck)
    }


def _kinds(stuck: Bottlenecks) -> tuple[tuple[str, Stuck], ...]:
    return (
        ("unanswered", stuck.unanswered),
        ("unassigned", stuck.unassigned),
        ("no_movement", stuck.still),
        ("overdue", stuck.overdue),
    )


def as_csv(figures: Figures, more: Iterable[Sequence[Any]] = ()) -> str:
    """The figures as CSV, one a line, then `more`; empty where there is nothing or too few to show."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("figure", "group", "count", "of", "value"))
    for line in (*_csv_lines(figures), *more):
        writer.writerow([inert_cell(cell) for cell in line])
    return text.getvalue()


def _csv_lines(figures: Figures) -> Iterable[Sequence[Any]]:
    for month in figures.months:
        shown = month.ideas.of >= LEAST
        name = f"{month.first:%Y-%m}"
        count, value = (month.ideas.count, month.ideas.value) if shown else (None, None)
        yield ("ideas_verified", name, count, month.ideas.of, value)
        yield from _wait_lines(name, month.wait)
    yield ("ideas_verified", "all", figures.ideas.count, figures.ideas.of, figures.ideas.value)
    yield ("people_with_an_idea_in_place_named_only", "all", *_cells(figures.people))
    yield ("people_with_an_idea_in_place_named_only", "doctors in training", *_cells(figures.in_training))
    yield from _wait_lines("all", figures.wait)
    for group in figures.units:
        yield ("ideas_verified", group.name, *_cells(group.ideas))
        yield from _wait_lines(group.name, group.wait)
    for group in figures.professions:
        yield from _wait_lines(group.name, group.wait)
    for unit, stuck in (("all", figures.stuck), *figures.stuck_by_unit.items()):
        for name, kind in _kinds(stuck):
            yield (f"{name}_on_{figures.today.isoformat()}", unit, kind.count, None, None)


def _cells(share: Share | None) -> tuple[Any, Any, Any]:
    return (None, None, None) if share is None else (share.count, share.of, share.value)


def _wait_lines(name: str, wait: Wait | None) -> Iterable[Sequence[Any]]:
    answered, of = (wait.answered, wait.answered + wait.waiting) if wait else (None, None)
    yield ("first_words_median_working_days", name, answered, of, _rounded(wait.median) if wait else None)
    yield ("first_words_p90_working_days", name, answered, of, _rounded(wait.p90) if wait else None)


def _print_metrics(figures: Figures) -> None:
    out = console()
    first = figures.months[0].first
    out.print(f"Ideas handed in from {first.isoformat()} to {figures.through.isoformat()}")
    out.print("")
    out.print(f"in place and confirmed   {_share(figures.ideas)} of ideas · {TOYOTA}")
    out.print(f"people with one in place {_share(figures.people)} of people · named ideas only")
    if figures.in_training is not None:
        out.print(f"  doctors in training    {_share(figures.in_training)} of people · {SURVEY}")
    median, p90 = _wait(figures.wait)
    out.print(f"first words              half within {median}, nine in ten within {p90} (working days)")
    out.print("")
    out.print(
        _table("month", ((f"{m.first:%Y-%m}", *_month(m.ideas), *_wait(m.wait)) for m in figures.months))
    )
    out.print("Median and p90 of first words, in working days; open: too many still wait to say.")
    out.print("Later months have had less time.")
    out.print("")
    out.print(_table("unit", ((g.name, *_group(g), *_wait(g.wait)) for g in figures.units)))
    out.print("")
    if figures.professions:
        table = _columns("profession (named ideas only)", "median", "p90")
        for group in figures.professions:
            table.add_row(group.name, *((TOO_FEW, "") if group.wait is None else _wait(group.wait)))
        out.print(table)
        out.print("")
    out.print(_stuck_table(figures))
    out.print(
        f"Unassigned: for over {UNASSIGNED_DAYS} days; no movement: for over {STILL_DAYS}. In brackets the "
        "longest, and its days."
    )


def _table(heading: str, rows: Iterable[Sequence[str]]) -> Table:
    table = _columns(heading, "ideas", "confirmed", "median", "p90")
    for row in rows:
        table.add_row(*row)
    return table


def _columns(first: str, *others: str) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column(first)
    for heading in others:
        table.add_column(heading, justify="right")
    return table


def _share(share: Share) -> str:
    value = share.value
    return "none yet" if value is None else f"{share.count} of {share.of} ({value:.0%})".replace("%", " %")


def _month(share: Share) -> tuple[str, str]:
    if not share.of:
        return "0", ""
    return str(share.of), _share(share) if share.of >= LEAST else TOO_FEW


def _group(group: Group) -> tuple[str, str]:
    return (TOO_FEW, "") if group.ideas is None else (str(group.ideas.of), _share(group.ideas))


def _wait(wait: Wait | None) -> tuple[str, str]:
    if wait is None:
        return "–", "–"
    late = "open"
    return (
        late if wait.median is None else f"{wait.median:.1f}",
        late if wait.p90 is None else f"{wait.p90:.1f}",
    )


def _stuck_table(figures: Figures) -> Table:
    headings = ("unanswered", "unassigned", "no movement", "overdue")
    table = _columns(f"held up on {figures.today.isoformat()}", *headings)
    for unit, stuck in (*figures.stuck_by_unit.items(), ("all", figures.stuck)):
        cells = [
            f"{kind.count} (#{kind.oldest}: {kind.days})" if kind.count else "0" for _, kind in _kinds(stuck)
        ]
        table.add_row(unit, *cells)
    return table
