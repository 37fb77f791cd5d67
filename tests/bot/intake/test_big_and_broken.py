"""Imports that are cut off, that meet each other or another writer, and files of any bytes at all."""

from __future__ import annotations

import os
import signal
import tempfile
import threading
import time
import tracemalloc
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlmodel import func, select

from bot.clock import ManualClock
from bot.intake import ImportBusy, IntakeErrors, import_folder, list_batches, undo_batch
from bot.settings import Settings
from storage.engine import Database
from storage.intake import import_lock
from storage.measures import ImportBatch, Observation
from storage.migrate import upgrade
from storage.people import PeerGroup
from tests.bot.intake.conftest import GOOD, Importer, dump, write
from tests.processes import ready_processes

NOW = datetime(2025, 7, 21, 8, tzinfo=UTC)


def many(rows: int) -> str:
    """Weeks back from July 2025, for both clinicians."""
    lines = ["measure,clinician,period_start,numerator,denominator"]
    for number in range(rows):
        day = date(2025, 7, 7) - timedelta(weeks=number // 2)
        lines.append(f"clot-risk,C{number % 2 + 1},{day},{number % 10},10")
    return "\n".join(lines) + "\n"


def stored(database: Database) -> int:
    with database.read() as session:
        return session.exec(select(func.count()).select_from(Observation)).one()


def import_until_killed(url: str, folder: Path) -> None:
    """An import whose process is killed after its first rows were committed."""

    def kill(what: str, _done: int, _total: int) -> None:
        if what == "loading":
            os.kill(os.getpid(), signal.SIGKILL)

    import_folder(
        Database(url),
        folder,
        clock=ManualClock(NOW),
        imported_by="analyst",
        settings=Settings.model_construct(),
        progress=kill,
    )


def test_an_import_that_is_killed_is_never_seen_and_the_next_one_clears_it_up(
    database: Database, folder: Path, importer: Importer
) -> None:
    write(folder, {"observations.csv": many(9_000)})
    url = database.url.render_as_string(hide_password=False)
    process = ready_processes().Process(target=import_until_killed, args=(url, folder))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    assert 0 < stored(database) < 9_000
    assert list_batches(database) == []
    report = importer(database, folder)
    assert report.files[-1].new == 9_000
    assert stored(database) == 9_000
    assert [batch.number for batch in list_batches(database)] == [report.batch]


def test_an_import_that_is_interrupted_leaves_nothing(
    database: Database, folder: Path, clock: ManualClock, settings: Settings
) -> None:
    write(folder, {"observations.csv": many(9_000)})

    def interrupt(what: str, _done: int, _total: int) -> None:
        if what == "loading":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_folder(
            database, folder, clock=clock, imported_by="analyst", settings=settings, progress=interrupt
        )
    assert stored(database) == 0
    with database.read() as session:
        assert session.exec(select(ImportBatch)).all() == []


def test_progress_tells_what_is_done_of_how_much(
    sqlite: Database, folder: Path, clock: ManualClock, settings: Settings
) -> None:
    write(folder, {"observations.csv": many(9_000)})
    told: list[tuple[str, int, int]] = []
    import_folder(
        sqlite,
        folder,
        clock=clock,
        imported_by="analyst",
        settings=settings,
        progress=lambda *said: told.append(said),
    )
    size = (folder / "observations.csv").stat().st_size
    assert [said for said in told if said[0] == "reading"][-1] == ("reading", size, size)
    assert [done for what, done, total in told if what == "loading" and total == 9_000] == [
        4_000,
        8_000,
        9_000,
    ]


def test_one_import_at_a_time(
    database: Database, folder: Path, importer: Importer, clock: ManualClock
) -> None:
    importer(database, folder)
    before = dump(database)
    other = Database(database.url.render_as_string(hide_password=False))
    with import_lock(other):
        with pytest.raises(ImportBusy, match="another import is running; wait until it is done"):
            importer(database, folder)
        with pytest.raises(ImportBusy):
            undo_batch(database, 1, clock=clock, by="analyst")
        assert importer(database, folder, dry_run=True).batch is None
    other.close()
    assert dump(database) == before
    undo_batch(database, 1, clock=clock, by="analyst")


def test_another_writer_gets_in_while_rows_are_loaded(
    database: Database, folder: Path, importer: Importer
) -> None:
    write(folder, {"observations.csv": many(12_000)})
    done = threading.Event()
    waits: list[float] = []
    url = database.url.render_as_string(hide_password=False)

    def keep_writing() -> None:
        other = Database(url)
        while not done.is_set():
            began = time.perf_counter()
            with other.write() as session:
                session.add(PeerGroup(name=f"group {len(waits)}"))
            waits.append(time.perf_counter() - began)
            time.sleep(0.005)
        other.close()

    writer = threading.Thread(target=keep_writing)
    writer.start()
    try:
        report = importer(database, folder)
    finally:
        done.set()
        writer.join()
    assert report.files[-1].new == 12_000
    assert len(waits) >= 3
    assert max(waits) < 5


def test_rows_that_are_loading_count_for_nobody_until_all_are_there(
    database: Database, folder: Path, importer: Importer, clock: ManualClock, settings: Settings
) -> None:
    importer(database, folder)
    write(folder, {"observations.csv": many(9_000)})
    seen: list[list[int]] = []
    import_folder(
        database,
        folder,
        clock=clock,
        imported_by="analyst",
        settings=settings,
        progress=lambda what, *_: seen.append([b.number for b in list_batches(database)]),
    )
    assert {tuple(numbers) for numbers in seen} == {(1,)}
    assert [batch.number for batch in list_batches(database)] == [2, 1]


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URL of a database in which nothing is ever published: all imports into it are dry runs."""
    url = f"sqlite:///{tmp_path_factory.mktemp('db') / 'rounds.db'}"
    database = Database(url)
    upgrade(database)
    database.close()
    return url


PIECES = st.sampled_from(
    [
        b",",
        b"\n",
        b"\r\n",
        b"\r",
        b'"',
        b"\0",
        b"\xff",
        b"\xef\xbb\xbf",
        b";",
        b"C1",
        b"clot-risk",
        b"2025-07-07",
    ]
    + [
        b"1",
        b"-1",
        b"1e999",
        b"nan",
        b"_",
        b" ",
        b"\xe2\x80\xae",
        b"[[measure]]\n",
        b"id = 1\n",
        b"=",
        b"[",
        b"{",
    ]
    + [line.encode() + b"\n" for text in GOOD.values() for line in text.splitlines()]
)
ANY_BYTES = st.one_of(st.binary(max_size=200), st.lists(PIECES, max_size=30).map(b"".join))


@given(name=st.sampled_from([*GOOD, "memberships.csv"]), start=st.booleans(), content=ANY_BYTES)
@hypothesis_settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_bytes_are_taken_or_refused_in_words(
    scratch: str, name: str, start: bool, content: bytes
) -> None:
    header = GOOD.get(name, "email,unit,peer_group,starts,ends\n").splitlines(keepends=True)[0].encode()
    database = Database(scratch)
    try:
        with tempfile.TemporaryDirectory() as place:
            write(Path(place), {**GOOD, name: header + content if start else content})
            report = import_folder(
                database,
                Path(place),
                clock=ManualClock(NOW),
                imported_by="analyst",
                settings=Settings.model_construct(),
                dry_run=True,
            )
        assert report.batch is None
        said = [str(report)]
    except IntakeErrors as refused:
        said = [str(problem) for problem in refused.problems]
    finally:
        database.close()
    assert said
    assert all(sentence.replace("\n", "").isprintable() for sentence in said)


def test_a_file_of_200_megabytes_is_read_in_bounded_memory(
    sqlite: Database, folder: Path, importer: Importer
) -> None:
    block = (b"clot-risk,C1,2025-07-07,-1,10," + b"x" * 2_000 + b"\n") * 10_000
    with (folder / "observations.csv").open("wb") as file:
        file.write(b"measure,clinician,period_start,numerator,denominator,note\n")
        for _ in range(10):
            file.write(block)
    assert (folder / "observations.csv").stat().st_size > 200_000_000
    tracemalloc.start()
    try:
        with pytest.raises(IntakeErrors) as refused:
            importer(sqlite, folder)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert refused.value.total == 100_000
    assert most < 300_000_000
