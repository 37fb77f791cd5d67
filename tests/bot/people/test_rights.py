"""A person can see all that is kept about them, and have it erased without a trace of who they were."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import inspect, text

from bot.clock import ManualClock
from bot.demo.generate import generate
from bot.digests.gather import Windows, open_book
from bot.digests.plan import Planner
from bot.digests.weeks import IsoWeek
from bot.intake import import_folder
from bot.people.rights import NobodyThere, erase_person, export_person
from bot.settings import Settings
from storage.engine import Database
from tests.world import TEAM, World, steady, weeks

MONDAY = date(2025, 7, 14)


@pytest.fixture
def ward(database: Database, clock: ManualClock) -> Database:
    world = World(database)
    measure_id = world.measure()
    for number in range(7):
        world.person(f"C{number}")
        world.observe(measure_id, f"C{number}", steady(weeks(MONDAY, 26), 50 + number))
    world.away(1, date(2025, 1, 1), date(2025, 1, 2))
    Planner(database, clock, Settings.model_construct(), TEAM).plan_week(IsoWeek.parse("2025-W29"))
    return database


def everything(database: Database) -> str:
    """All rows of all tables, as text."""
    with database.engine.connect() as connection:
        tables = inspect(connection).get_table_names()
        return "\n".join(str(row) for t in tables for row in connection.execute(text(f'SELECT * FROM "{t}"')))


def _comparison(database: Database) -> tuple[int, float | None, float | None]:
    with database.read() as session:
        (figure,) = open_book(session, date(2025, 7, 20), Windows()).figures
    benchmark = figure.comparison.benchmark
    return figure.comparison.clinicians, figure.comparison.median, benchmark.value if benchmark else None


def test_an_export_holds_figures_digests_and_settings_of_this_person_alone(ward: Database) -> None:
    found = export_person(ward, "C0@example.org")
    assert found["person"]["email"] == "c0@example.org"
    assert [row["code"] for row in found["codes"]] == ["C0"]
    assert len(found["observations"]) == 26
    assert len(found["digests"]) == 1
    assert found["memberships"] == [{"unit": "Ward 4", "peer_group": "Doctors", "starts": None, "ends": None}]
    told = json.dumps(found)
    assert "c1@example.org" not in told


def test_erasure_leaves_no_name_no_address_no_account_and_no_message(
    ward: Database, clock: ManualClock
) -> None:
    done = erase_person(ward, "c0@example.org", clock=clock)
    assert done.counts["digests"] == 1
    assert done.codes == ("C0",)
    left = everything(ward)
    for trace in ("c0@example.org", "Dr C0", "UC0", "person:1'"):
        assert trace not in left
    with pytest.raises(NobodyThere):
        export_person(ward, "c0@example.org")


def test_the_others_keep_theirs_and_the_group_keeps_its_totals(ward: Database, clock: ManualClock) -> None:
    before = export_person(ward, "c1@example.org")
    compared = _comparison(ward)
    erase_person(ward, "c0@example.org", clock=clock)
    assert export_person(ward, "c1@example.org") == before
    assert _comparison(ward) == compared
    assert (
        Planner(ward, clock, Settings.model_construct(), TEAM).plan_week(IsoWeek.parse("2025-W29")).planned
        == 0
    )


def test_nobody_by_that_name_is_said_in_a_sentence(sqlite: Database) -> None:
    clock = ManualClock(datetime(2025, 7, 21, tzinfo=UTC))
    with pytest.raises(NobodyThere, match="Nobody with the email address"):
        erase_person(sqlite, "x@example.org", clock=clock)


def test_erasure_after_a_real_import_leaves_no_trace_in_the_records_of_imports(
    database: Database, clock: ManualClock, tmp_path: Path
) -> None:
    world = generate(tmp_path / "data", last_sunday=date(2025, 7, 20))
    settings = Settings.model_construct()
    import_folder(database, world.directory, clock=clock, imported_by="test", settings=settings, team_id=TEAM)
    assert "amara.okafor" in everything(database)
    erase_person(database, "amara.okafor@rounds.example", clock=clock)
    left = everything(database)
    assert "amara.okafor" not in left
    assert "Amara Okafor" not in left
