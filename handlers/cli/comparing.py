"""`rounds compare`: what a digest would say of every clinician, for the analyst to check first."""

from __future__ import annotations

import csv
import io
import math
from datetime import date
from typing import Any

import typer
from rich.table import Table
from sqlmodel import Session

from bot.clock import SystemClock
from bot.comparison.types import ClinicianResult, Signal, Special, Trend
from bot.digests.gather import Book, GroupFigures, Windows, open_book
from bot.digests.looks import record_looks
from bot.digests.plan import windows as windows_by
from bot.digests.values import format_count, format_value
from bot.digests.weeks import last_day
from bot.settings import Settings
from handlers.cli.common import (
    Format,
    WrongInput,
    asker,
    console,
    inert_cell,
    opened,
    parse_day,
    print_json,
)
from storage.figures import current_measures, latest_period
from storage.terms import PeriodLength

_SIGNALS = {
    Signal.HIGHER: "higher",
    Signal.LOWER: "lower",
    Signal.WITHIN: "within",
    Signal.TOO_FEW: "too few",
}


def register(app: typer.Typer) -> None:
    """Add the subcommand to the command."""
    app.command("compare")(compare)


def compare(
    measure: str = typer.Argument(help="The measure's id."),
    through: str | None = typer.Option(None, help="Use periods whose last day is on or before this day."),
    periods: int | None = typer.Option(None, min=1, help="How many periods to compare together."),
    format: Format = typer.Option(Format.TABLE, help="How to print it."),
    reason: str = typer.Option("", help="Why you look; the people concerned can read it."),
) -> None:
    """Compare the clinicians of every peer group on one measure. Each look is recorded."""
    settings, clock = Settings(), SystemClock()
    day = parse_day(through) or clock.now().astimezone(settings.zone).date()
    windows = windows_by(settings, periods)
    with opened(settings) as database:
        with database.read() as session:
            book = open_book(session, day, windows, only=measure)
            if not book.measures:
                raise WrongInput(_unknown(measure))
            if not book.figures:
                raise WrongInput(_no_figures(session, book, measure, day, windows))
        people = [person_id for figure in book.figures for person_id in figure.people]
        record_looks(database, people, looker=asker(), what=f"compare {measure}", reason=reason, clock=clock)
    if format is Format.JSON:
        print_json(as_json(book, measure, day, windows.of(book.measures[0].period)))
    elif format is Format.CSV:
        console().out(as_csv(book), end="", highlight=False)
    else:
        for figure in book.figures:
            _print_table(figure)


def _unknown(measure: str) -> str:
    return f"There is no measure {measure!r}. The ids are those of measures.toml; `rounds import` loads them."


def _no_figures(session: Session, book: Book, measure: str, day: date, windows: Windows) -> str:
    length = book.measures[0].period
    count, unit = windows.of(length), "week" if length is PeriodLength.WEEK else "month"
    span = unit if count == 1 else f"{count} {unit}s"
    said = f"There are no figures for {measure} in the {span} up to {day.isoformat()}"
    start = latest_period(session, current_measures(session)[measure].measure_id)
    if start is None:
        return f"{said}, and none before or after; `rounds import` loads them."
    end = last_day(start, length)
    # Figures of people who are in no list cannot be compared on any day: nothing to try then.
    if not open_book(session, end, windows, only=measure).figures:
        return f"{said} that belong to anybody in people.csv."
    return f"{said}; the latest end on {end.isoformat()}: try --through {end.isoformat()}."


def as_json(book: Book, measure: str, through: date, periods: int) -> dict[str, Any]:
    """The comparison as the contract has it: numbers or null, never NaN."""
    return {
        "measure": measure,
        "through": through.isoformat(),
        "periods": periods,
        "peer_groups": [_group(figure) for figure in book.figures],
    }


def _group(figure: GroupFigures) -> dict[str, Any]:
    comparison = figure.comparison
    benchmark = comparison.benchmark
    return {
        "name": figure.group,
        "clinicians": comparison.clinicians,
        "benchmark": {
            "value": benchmark.value if benchmark else None,
            "clinicians": len(benchmark.members) if benchmark else 0,
            "denominator": benchmark.denominator if benchmark else None,
        },
        "centre": comparison.centre,
        "phi": comparison.phi,
        "tau2": comparison.tau2,
        "results": [_result(result) for result in comparison.results],
    }


def _result(result: ClinicianResult) -> dict[str, Any]:
    return {
        "clinician": result.clinician,
        "numerator": result.numerator,
        "denominator": result.denominator,
        "value": result.value,
        "interval": list(result.interval),
        "percentile": result.percentile,
        "limits_95": list(result.limits_95 or (None, None)),
        "limits_998": list(result.limits_998 or (None, None)),
        "signal": result.signal.value,
        "trend": _trend(result.trend),
    }


def _trend(trend: Trend) -> dict[str, Any]:
    return {
        "centre": trend.centre,
        "lower": trend.lower,
        "upper": trend.upper,
        "signals": [None if signal is Special.NONE else signal.value for signal in trend.signals],
    }


_COLUMNS = (
    "peer_group",
    "clinician",
    "numerator",
    "denominator",
    "value",
    "interval_low",
    "interval_high",
    "percentile",
    "limit_95_low",
    "limit_95_high",
    "limit_998_low",
    "limit_998_high",
    "signal",
)


def as_csv(book: Book) -> str:
    """The comparison as CSV: one row a clinician, empty where undefined."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for figure in book.figures:
        for result in figure.comparison.results:
            limits = (*(result.limits_95 or (None, None)), *(result.limits_998 or (None, None)))
            writer.writerow(
                [figure.group, inert_cell(result.clinician), result.numerator, result.denominator]
                + [
                    "" if value is None else value
                    for value in (result.value, *result.interval, result.percentile)
                ]
                + ["" if value is None else value for value in limits]
                + [result.signal.value]
            )
    return text.getvalue()


def _print_table(figure: GroupFigures) -> None:
    measure, comparison = figure.measure, figure.comparison

    def shown(value: float | None) -> str:
        return "–" if value is None or not math.isfinite(value) else format_value(measure, value)

    out = console()
    out.print(
        f"{measure.title} · {figure.group or 'no peer group'} · {comparison.clinicians} with enough cases"
    )
    if comparison.window:
        first, last = comparison.window[0], comparison.window[-1]
        end = last_day(figure.periods[last], measure.period)
        out.print(
            f"{figure.periods[first].isoformat()} to {end.isoformat()}, {measure.direction.value} is better"
            if measure.direction != "neutral"
            else f"{figure.periods[first].isoformat()} to {end.isoformat()}, neither way is better"
        )
    benchmark = comparison.benchmark
    reached = f"{shown(benchmark.value)} by {len(benchmark.members)} clinicians" if benchmark else "none"
    phi = "–" if comparison.phi is None else f"{comparison.phi:.2f}"
    tau2 = "–" if comparison.tau2 is None else f"{comparison.tau2:.5f}"
    out.print(
        f"group {shown(comparison.centre)}, median {shown(comparison.median)}, benchmark {reached}, "
        f"over-dispersion φ {phi} τ² {tau2}"
    )
    signals = [result.signal for result in comparison.results]
    out.print(
        f"{signals.count(Signal.HIGHER)} higher and {signals.count(Signal.LOWER)} lower than their peers, "
        f"{signals.count(Signal.TOO_FEW)} with too few cases"
    )
    table = Table(box=None, pad_edge=False)
    for heading in (
        "clinician",
        "count",
        "value",
        "95 % interval",
        "percentile",
        "99.8 % limits",
        "signal",
        "trend",
    ):
        table.add_column(heading, justify="left" if heading in ("clinician", "signal", "trend") else "right")
    for result in comparison.results:
        limits = result.limits_998 or (None, None)
        table.add_row(
            result.clinician,
            f"{format_count(result.numerator)} / {format_count(result.denominator)}",
            shown(result.value),
            f"{shown(result.interval[0])} – {shown(result.interval[1])}",
            "–" if result.percentile is None else f"{result.percentile:.0f}",
            f"{shown(limits[0])} – {shown(limits[1])}",
            _SIGNALS[result.signal],
            "" if result.trend.shift == "none" else f"moved {result.trend.shift.value}",
        )
    out.print(table)
    out.print("")
