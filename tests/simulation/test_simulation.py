"""A short run of what `make simulation` runs over whole years; `-s` prints its tables."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.digests.facts import MessageType
from bot.digests.weeks import IsoWeek
from storage.engine import Database
from tests.simulation import report
from tests.simulation.worlds import DETECTABLE, SERIES, Moved, Plan, write
from tests.simulation.year import Year, imported, run

Run = Callable[[Plan], tuple[Year, list[Moved]]]
QUIET = Plan(seed=2025, clinicians=16, weeks=8, shapes=("share", "rate"))
CHANGED = Plan(
    seed=2026, clinicians=24, weeks=9, shapes=("share", "average"), series=DETECTABLE, cohorts=(1,), movers=12
)


@pytest.fixture
def simulated(migrated_sqlite: Path, tmp_path: Path) -> Run:
    def go(plan: Plan) -> tuple[Year, list[Moved]]:
        shutil.copy(migrated_sqlite, tmp_path / "rounds.db")
        database = Database(f"sqlite:///{tmp_path / 'rounds.db'}")
        try:
            moved = write(plan, tmp_path / "files")
            imported(tmp_path / "files", database)
            return run("generated", database, IsoWeek.of(plan.first), plan.weeks), moved
        finally:
            database.close()

    return go


def check(year: Year) -> None:
    """What holds of every run."""
    print("\n" + "\n".join(report.sent_table([year]) + report.words_table([year])))
    assert year.sent
    assert year.twice_running() == []
    assert sum(year.blame.values()) == 0, year.blame
    assert year.too_long == 0


def test_where_nothing_happens_few_are_told_that_something_did(simulated: Run) -> None:
    year, _ = simulated(QUIET)
    check(year)
    print("\n".join(report.alarms_table(year)))
    alarms = report.alarms(year)
    assert alarms.keys() == SERIES.keys()
    assert max(max(shares) for shares in alarms.values()) < report.MOST_FALSE_ALARMS, alarms


def test_lasting_changes_are_found_and_told(simulated: Run) -> None:
    year, moved = simulated(CHANGED)
    check(year)
    print("\n".join(report.detection_table(year, moved)))
    for series, (hits, count) in report.detection(year, moved).items():
        assert hits >= report.LEAST_FOUND * count, series
    assert year.types[MessageType.GAIN] + year.types[MessageType.LOSS] > len(moved) / 4


@pytest.mark.parametrize(
    ("data", "week", "weeks"), [("clinics", "2025-W27", 3), ("prescribing", "2026-W01", 2)]
)
def test_real_data_give_messages_that_are_kind_and_not_repeated(
    sqlite: Database, shared: Path, data: str, week: str, weeks: int
) -> None:
    imported(shared / "data" / data, sqlite)
    check(run(data, sqlite, IsoWeek.parse(week), weeks))


def test_the_same_plan_gives_the_same_files(tmp_path: Path) -> None:
    first, second = (write(QUIET, tmp_path / name) for name in ("a", "b"))
    assert first == second
    for file in ("people.csv", "measures.toml", "observations.csv"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()
