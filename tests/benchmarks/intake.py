"""One million observations: time beside a bare `csv.reader` + `executemany`, memory, and who has to wait."""

from __future__ import annotations

import csv
import multiprocessing
import resource
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import TypeVar

import numpy as np

from bot.clock import ManualClock
from bot.intake import import_folder
from bot.settings import Settings
from storage.engine import Database
from storage.migrate import upgrade

_Said = TypeVar("_Said")

ROWS = 1_000_000
WEEKS = 50
CLINICIANS = 2_000
MOST_TIMES, MOST_MEGABYTES = 4.0, 1_000.0

MEASURE = """[[measure]]
id = "measure-{number}"
title = "Measure {number}"
why = "Because it matters."
numerator = "patients seen in time"
denominator = "patients"
kind = "proportion"
direction = "higher"
mode = "repetitive"
domain = "process"
period = "week"
min_denominator = 10
per = 100
action = "Ask for the form."

"""


def write_folder(folder: Path, rows: int = ROWS) -> None:
    """Write a folder with so many observations, period by period, as an export gives them."""
    folder.mkdir()
    (folder / "units.csv").write_text(
        "unit,parent,channel,leader_email,deputy_email,manager_email\nHospital,,#h,,,\n", encoding="utf-8"
    )
    with (folder / "people.csv").open("w", encoding="utf-8") as file:
        file.write("email,name,profession,unit,peer_group,clinician_code,slack_user_id\n")
        for number in range(CLINICIANS):
            file.write(f"p{number}@h.example,Person {number},doctor,Hospital,Doctors,C{number:04d},\n")
    measures = -(-rows // (WEEKS * CLINICIANS))
    (folder / "measures.toml").write_text(
        "".join(MEASURE.format(number=number) for number in range(measures)), encoding="utf-8"
    )
    random = np.random.default_rng(1)
    denominators = random.integers(10, 200, rows)
    numerators = random.binomial(denominators, 0.7)
    with (folder / "observations.csv").open("w", encoding="utf-8", newline="") as file:
        file.write("measure,clinician,period_start,numerator,denominator,expected\n")
        place = 0
        for week in range(WEEKS):
            day = (date(2024, 7, 29) + timedelta(weeks=week)).isoformat()
            for measure in range(measures):
                for clinician in range(CLINICIANS):
                    if place < rows:
                        numbers = f"{numerators[place]},{denominators[place]}"
                        file.write(f"measure-{measure},C{clinician:04d},{day},{numbers},\n")
                        place += 1


def bare(folder: Path, path: Path) -> float:
    """Seconds that a bare `csv.reader` and one `executemany` take for the same rows and the same schema."""
    database = Database(f"sqlite:///{path}")
    upgrade(database)
    database.close()
    connection = sqlite3.connect(path)
    connection.execute("INSERT INTO import_batch VALUES (1, 'live', '', '', '', '', NULL, '', '{}')")
    measures = {f"measure-{number}": number + 1 for number in range(1_000)}
    clinicians = {f"C{number:04d}": number + 1 for number in range(CLINICIANS)}
    connection.executemany(
        "INSERT INTO measure (id, key) VALUES (?, ?)", ((i, k) for k, i in measures.items())
    )
    connection.executemany(
        "INSERT INTO clinician (id, code) VALUES (?, ?)", ((i, k) for k, i in clinicians.items())
    )
    connection.commit()
    start = time.perf_counter()
    with (folder / "observations.csv").open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        next(reader)
        connection.executemany(
            "INSERT INTO observation VALUES (?, ?, ?, 1, ?, ?, NULL, NULL)",
            ((measures[m], clinicians[c], day, n, d) for m, c, day, n, d, _ in reader),
        )
        connection.commit()
    took = time.perf_counter() - start
    connection.close()
    return took


def ours(folder: Path, path: Path) -> tuple[float, float]:
    """Seconds that the import takes, and the most memory that its process had, in MB."""
    database = Database(f"sqlite:///{path}")
    upgrade(database)
    start = time.perf_counter()
    import_folder(
        database,
        folder,
        clock=ManualClock(datetime(2025, 7, 21, 8, tzinfo=UTC)),
        imported_by="benchmark",
        settings=Settings.model_construct(),
    )
    took = time.perf_counter() - start
    database.close()
    # Kilobytes on Linux, bytes on macOS.
    unit = 1_000_000 if sys.platform == "darwin" else 1_000
    return took, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def write_meanwhile(path: Path, done: Event, answer: Connection) -> None:
    """Another process that writes a row every 20 ms; tells how often, and its longest wait in seconds."""
    database = Database(f"sqlite:///{path}")
    waits: list[float] = []
    while not done.is_set():
        start = time.perf_counter()
        with database.write() as session:
            session.connection().exec_driver_sql(
                "INSERT INTO peer_group (name, blinding) VALUES (?, 'blinded')", (f"other {len(waits)}",)
            )
        waits.append(time.perf_counter() - start)
        time.sleep(0.02)
    database.close()
    answer.send(
        (len(waits), max(waits, default=0.0), sorted(waits)[len(waits) * 99 // 100] if waits else 0.0)
    )


def _child(measure: Callable[[Path, Path], _Said], folder: Path, path: Path, answer: Connection) -> None:
    answer.send(measure(folder, path))


def in_a_process(measure: Callable[[Path, Path], _Said], folder: Path, path: Path) -> _Said:
    """Run a measurement in a fresh process, so that memory is its own."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_child, args=(measure, folder, path, there))
    process.start()
    there.close()
    said: _Said = here.recv()
    process.join()
    return said


def beside_a_writer(folder: Path, path: Path) -> tuple[float, int, float, float]:
    """Seconds of an import while another process writes; how often it did, its longest and 99th wait."""
    database = Database(f"sqlite:///{path}")
    upgrade(database)
    database.close()
    context = multiprocessing.get_context("spawn")
    done = context.Event()
    here, there = context.Pipe()
    writer = context.Process(target=write_meanwhile, args=(path, done, there))
    writer.start()
    took, _ = in_a_process(ours, folder, path)
    done.set()
    count, longest, usual = here.recv()
    writer.join()
    return took, count, longest, usual


def main(rows: int = ROWS) -> None:
    """Print the comparison."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "data"
        write_folder(folder, rows)
        plain = in_a_process(bare, folder, Path(place) / "bare.db")
        took, memory = in_a_process(ours, folder, Path(place) / "ours.db")
        print(f"{rows:,} observations, bare csv.reader + executemany: {plain:.1f} s")
        print(
            f"rounds import, with all checks: {took:.1f} s, {took / plain:.1f} times as long"
            f" (at most {MOST_TIMES:.0f}); at most {memory:.0f} MB (under {MOST_MEGABYTES:.0f})"
        )
        _, count, longest, usual = beside_a_writer(folder, Path(place) / "both.db")
        print(
            f"another process wrote {count:,} times meanwhile; it waited {longest:.2f} s at most,"
            f" {usual * 1000:.0f} ms or less in 99 of 100"
        )


if __name__ == "__main__":
    main()
