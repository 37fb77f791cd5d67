"""Generated data in the import format: clinicians whose figures only wobble, or move once by 2 SD."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from bot.comparison.types import FloatArray
from tests.bot.comparison.series import Make, autocorrelated, independent, seasonal, shuffled

BLOCK = 12


def block_shuffled(rng: np.random.Generator, shape: tuple[int, int]) -> FloatArray:
    """Autocorrelated and seasonal, in blocks of twelve periods put into another order."""
    clinicians, periods = shape
    longer = -(-periods // BLOCK) * BLOCK
    values = autocorrelated(rng, (clinicians, longer)) + seasonal(rng, (1, longer))
    return shuffled(values, rng)[:, -periods:]


SERIES: Mapping[str, Make] = {
    "independent": independent,
    "seasonal": seasonal,
    "AR(1) 0.7": autocorrelated,
    "block-shuffled": block_shuffled,
}
# Where 2 SD are news at all; an autocorrelation of 0.7 wanders as far by itself.
DETECTABLE = ("independent", "seasonal")


@dataclass(frozen=True, slots=True)
class Shape:
    """How one kind of measure gets its counts: a level and an SD in the value's unit, a usual denominator."""

    level: float
    sd: float
    denominator: float
    lines: str


SHAPES: Mapping[str, Shape] = {
    "share": Shape(
        0.6,
        0.05,
        200,
        'kind = "proportion"\ndirection = "higher"\nnumerator = "patients assessed"\n'
        'denominator = "admitted patients"\n',
    ),
    "rate": Shape(
        12.0,
        1.3,
        400,
        'kind = "rate"\nper = 100\ndirection = "lower"\nnumerator = "scans requested"\n'
        'denominator = "admitted patients"\n',
    ),
    "average": Shape(
        4.0,
        0.4,
        120,
        'kind = "mean"\ndirection = "lower"\nnumerator = "hours waited"\ndenominator = "admissions"\n',
    ),
}


@dataclass(frozen=True, slots=True)
class Moved:
    """A lasting change that was put into the data: whose, in which measure, from which day, which way."""

    clinician: str
    measure: str
    since: date
    up: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """What to generate. `cohorts` are the weeks (counted from the first digest) in which some people move."""

    seed: int
    clinicians: int
    weeks: int
    history: int = 52
    shapes: tuple[str, ...] = ("share", "rate", "average")
    series: tuple[str, ...] = tuple(SERIES)
    cohorts: tuple[int, ...] = ()
    movers: int = 8
    first: date = date(2025, 1, 6)


def measure_key(series: str, shape: str) -> str:
    """The id of a generated measure."""
    return f"{''.join(c if c.isalnum() else '-' for c in series.lower())}-{shape}"


def series_of(key: str) -> str:
    """Which series a generated measure's data are."""
    return next(series for series in SERIES if any(measure_key(series, s) == key for s in SHAPES))


def write(plan: Plan, folder: Path) -> list[Moved]:
    """Write the files; returns what was moved. The same plan gives the same files."""
    folder.mkdir()
    rng = np.random.default_rng(plan.seed)
    codes = [f"C{number:02d}" for number in range(plan.clinicians)]
    people = [f"{c.lower()}@ward.example,Dr {c},doctor,Ward 4,Doctors,{c}" for c in codes]
    header = "email,name,profession,unit,peer_group,clinician_code"
    (folder / "people.csv").write_text("\n".join([header, *people]) + "\n", encoding="utf-8")
    units = "unit,parent,channel,leader_email,deputy_email,manager_email\nWard 4,,,,,\n"
    (folder / "units.csv").write_text(units, encoding="utf-8")
    starts = [
        plan.first + timedelta(weeks=number - plan.history) for number in range(plan.history + plan.weeks)
    ]
    rows, measures, moved = ["measure,clinician,period_start,numerator,denominator"], [], []
    for series in plan.series:
        for name in plan.shapes:
            shape, key = SHAPES[name], measure_key(series, name)
            measures.append(_measure(key, f"{name.capitalize()} with {series} weeks", shape))
            noise = SERIES[series](rng, (plan.clinicians, len(starts)))
            moved += _move(plan, rng, key, codes, starts, noise)
            values = np.maximum(shape.level + shape.sd * noise, 0.0)
            values = np.minimum(values, 1.0) if name == "share" else values
            per = 100 if name == "rate" else 1
            counts = values * shape.denominator / per
            rows += [
                f"{key},{code},{start.isoformat()},{counts[row, column]:.2f},{shape.denominator:g}"
                for row, code in enumerate(codes)
                for column, start in enumerate(starts)
            ]
    (folder / "measures.toml").write_text("\n".join(measures), encoding="utf-8")
    (folder / "observations.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return moved


def _move(
    plan: Plan, rng: np.random.Generator, key: str, codes: list[str], starts: list[date], noise: FloatArray
) -> list[Moved]:
    """Add 2 SD, half of them up and half down, so that the peers' middle stays where it is."""
    order = rng.permutation(plan.clinicians).tolist()
    found = []
    for number, week in enumerate(plan.cohorts):
        column = plan.history + week
        for place, row in enumerate(order[number * plan.movers : (number + 1) * plan.movers]):
            noise[row, column:] += 2 if place % 2 else -2
            found.append(Moved(codes[row], key, starts[column], up=bool(place % 2)))
    return found


def _measure(key: str, title: str, shape: Shape) -> str:
    return (
        f'[[measure]]\nid = "{key}"\ntitle = "{title}"\nwhy = "An early look settles the plan."\n'
        f'action = "Ask one colleague how they do it."\nmode = "repetitive"\ndomain = "process"\n'
        f'period = "week"\nmin_denominator = 10\n{shape.lines}'
    )
