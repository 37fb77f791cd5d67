"""Reads the written files as the contract describes them, with nothing of the generator's own knowledge."""

from __future__ import annotations

import csv
import tomllib
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from bot.comparison.compare import compare_group
from bot.comparison.types import (
    ClinicianResult,
    Counts,
    Direction,
    GroupComparison,
    Kind,
    PeerData,
    Rules,
    Shift,
    Signal,
)

TREND_WEEKS = 26


class Files:
    """The files of a directory in the import format."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def rows(self, name: str) -> list[dict[str, str]]:
        with (self.directory / name).open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    @cached_property
    def people(self) -> list[dict[str, str]]:
        return self.rows("people.csv")

    @cached_property
    def clinicians(self) -> list[dict[str, str]]:
        return [person for person in self.people if person["clinician_code"]]

    @cached_property
    def observations(self) -> list[dict[str, str]]:
        return self.rows("observations.csv")

    @cached_property
    def measures(self) -> dict[str, dict[str, Any]]:
        text = (self.directory / "measures.toml").read_text(encoding="utf-8")
        return {measure["id"]: measure for measure in tomllib.loads(text)["measure"]}

    def compare(self, measure: str, peer_group: str, through: date) -> GroupComparison:
        """What the comparison says of a peer group over the 12 weeks up to a Sunday."""
        about = self.measures[measure]
        codes = tuple(p["clinician_code"] for p in self.clinicians if p["peer_group"] == peer_group)
        mine = [row for row in self.observations if row["measure"] == measure]
        mondays = sorted({date.fromisoformat(row["period_start"]) for row in mine})
        mondays = [monday for monday in mondays if monday + timedelta(days=6) <= through][-TREND_WEEKS:]
        shape = (len(codes), len(mondays))
        columns = ("numerator", "denominator", "expected", "squares")
        tables = {column: np.full(shape, np.nan) for column in columns}
        for row in mine:
            monday = date.fromisoformat(row["period_start"])
            if row["clinician"] in codes and monday in mondays:
                for column in columns:
                    if row[column]:
                        at = codes.index(row["clinician"]), mondays.index(monday)
                        tables[column][at] = float(row[column])
        age = [(through + timedelta(days=1) - monday).days - 7 for monday in mondays]
        changed = about.get("changed")
        rules = Rules(
            kind=Kind(about["kind"]),
            direction=Direction(about["direction"]),
            counts=Counts(about["counts"]),
            per=about.get("per", 1.0),
            min_denominator=about["min_denominator"],
            min_change=about.get("min_change"),
            breaks=(mondays.index(changed),) if changed in mondays else (),
        )
        settled = np.array(age) >= about.get("settles_after", 0)
        covered = np.isfinite(tables["denominator"])[:, -12:].sum(axis=1) >= 6
        return compare_group(
            PeerData(codes, tuple(mondays), **tables, settled=settled, comparable=covered), rules
        )


def candidate(about: dict[str, Any], group: GroupComparison, result: ClinicianResult) -> str:
    """Which digest this measure could give this clinician, by the definitions of DESIGN.md section 4."""
    direction = about["direction"]
    if direction == "neutral" or result.denominator < about["min_denominator"]:
        return "steady"
    up = direction == "higher"
    if result.trend.shift is not Shift.NONE:
        return "gain" if (result.trend.shift is Shift.UP) == up else "loss"
    wrong = Signal.LOWER if up else Signal.HIGHER
    if result.signal is wrong and result.previous_signal is wrong:
        return "gap"
    if result.signal is Signal.TOO_FEW or result.percentile is None or about["mode"] != "repetitive":
        return "steady"
    if result.in_benchmark_set:
        return "top"
    if group.benchmark is not None and group.median is not None and result.value is not None:
        way = (result.value - group.median) / (group.benchmark.value - group.median)
        if way >= 0.75:
            return "near"
    return "steady"
