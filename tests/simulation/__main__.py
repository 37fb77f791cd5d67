"""`make simulation`: a year of digests over every data set there is, and its tables."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.digests.weeks import IsoWeek
from storage.engine import Database
from storage.migrate import upgrade
from tests.conftest import SHARED
from tests.simulation import report
from tests.simulation.worlds import DETECTABLE, Plan, write
from tests.simulation.year import Year, imported, run

QUIET_YEAR = Plan(seed=2025, clinicians=24, weeks=52)
CHANGED_YEARS = tuple(Plan(seed=seed, clinicians=24, weeks=52, cohorts=(4, 20, 36)) for seed in (2026, 2027))
# The data sets' own last weeks.
SETS = {"clinics": ("2024-W30", 52), "prescribing": ("2024-W02", 104)}


@contextmanager
def _database(folder: Path) -> Iterator[Database]:
    with tempfile.TemporaryDirectory() as scratch:
        database = Database(f"sqlite:///{Path(scratch) / 'rounds.db'}")
        try:
            upgrade(database)
            imported(folder, database)
            yield database
        finally:
            database.close()


def _run(name: str, folder: Path, first: IsoWeek, weeks: int) -> Year:
    with _database(folder) as database:
        return run(name, database, first, weeks, lambda: print(".", end="", flush=True, file=sys.stderr))


def main() -> int:
    """Run everything and print the tables; 1 where a target is missed."""
    years: list[Year] = []
    for name, (first, weeks) in SETS.items():
        folder = SHARED / "data" / name
        if folder.is_dir():
            years.append(_run(name, folder, IsoWeek.parse(first), weeks))
        else:
            print(f"{name}: left out, since {folder} is not there", file=sys.stderr)
    with tempfile.TemporaryDirectory() as scratch:
        plans = {"generated, no change": QUIET_YEAR}
        plans |= {f"generated, changes ({p.seed})": p for p in CHANGED_YEARS}
        moved = {name: write(plan, Path(scratch) / str(plan.seed)) for name, plan in plans.items()}
        made = {
            name: _run(name, Path(scratch) / str(plan.seed), IsoWeek.of(plan.first), plan.weeks)
            for name, plan in plans.items()
        }
    years += made.values()
    quiet, *changed = made
    tables = [report.weights_table(), report.sent_table(years), report.words_table(years)]
    tables.append(report.alarms_table(made[quiet]))
    tables += [report.detection_table(made[name], moved[name]) for name in changed]
    print("\n")
    print("\n\n".join("\n".join(lines) for lines in tables))
    return _verdict(years, made[quiet], [report.detection(made[name], moved[name]) for name in changed])


def _verdict(years: list[Year], quiet: Year, detections: list[dict[str, tuple[int, int]]]) -> int:
    missed = [
        f"{year.name}: somebody was told the same twice running" for year in years if year.twice_running()
    ]
    missed += [f"{year.name}: a blame word" for year in years if any(year.blame.values())]
    missed += [
        f"{series}: too many false alarms"
        for series, shares in report.alarms(quiet).items()
        if max(shares) >= report.MOST_FALSE_ALARMS
    ]
    for series in DETECTABLE:
        hits = sum(d[series][0] for d in detections)
        if hits < report.LEAST_FOUND * sum(d[series][1] for d in detections):
            missed.append(f"{series}: too few changes found")
    print("\n" + ("\n".join(f"Missed: {line}." for line in missed) or "Every target is met."))
    return 1 if missed else 0


if __name__ == "__main__":
    raise SystemExit(main())
