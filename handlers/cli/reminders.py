"""Which reminders to leaders work: their part of `rounds metrics`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from bot.leading.effects_figures import ENOUGH, LEAST_SHARE, RungFigures
from bot.leading.weak_words import RUNGS


def as_json(rungs: Sequence[RungFigures]) -> list[dict[str, Any]]:
    """One object for each rung on which anything was sent."""
    return [
        {
            "rung": one.rung.value,
            "sent": one.sent,
            "judged": one.judged,
            "answered_within_24_working_hours": one.worked,
            "share": one.share,
            "weak": one.weak,
        }
        for one in rungs
    ]


def csv_lines(rungs: Sequence[RungFigures]) -> Iterable[Sequence[Any]]:
    """figure, group, count, of, value."""
    for one in rungs:
        yield ("reminders_sent", one.rung.value, one.sent, None, None)
        yield (
            "reminders_answered_within_24_working_hours",
            one.rung.value,
            one.worked,
            one.judged,
            one.share,
        )
        yield ("reminders_weak", one.rung.value, int(one.weak), None, None)


def print_rungs(out: Console, rungs: Sequence[RungFigures]) -> None:
    """A table of the rungs; a rung that does not work says so."""
    out.print("")
    if not rungs:
        out.print("No reminder was sent to a leader yet.")
        return
    table = Table(box=None, pad_edge=False)
    table.add_column("reminders to leaders")
    for heading in ("sent", "answered", "share", ""):
        table.add_column(heading, justify="left" if not heading else "right")
    for one in rungs:
        share = "–" if one.share is None else f"{one.share:.0%}".replace("%", " %")
        mark = "does little" if one.weak else ""
        table.add_row(RUNGS[one.rung], str(one.sent), f"{one.worked} of {one.judged}", share, mark)
    out.print(table)
    out.print("Answered: within 24 working hours, of those of which that is known by now.")
    if any(one.weak for one in rungs):
        out.print(
            f"Does little: under {LEAST_SHARE:.0%} after {ENOUGH}. ".replace("%", " %")
            + "Change the days with `rungs` in units.csv or ROUNDS_RUNGS, or stop a unit's reminders with "
            "`reminders` in units.csv."
        )
