"""A unit's own rules come with units.csv: holidays, working hours, rungs, and whether it is reminded."""

from __future__ import annotations

from datetime import time
from pathlib import Path

import pytest
from sqlmodel import select

from bot.clock import ManualClock
from bot.intake import IntakeErrors, undo_batch
from storage.engine import Database
from storage.leading import UnitRules
from storage.people import Unit
from tests.bot.intake.conftest import GOOD, Importer, dump, write

HEADER = "unit,parent,channel,leader_email,holidays,work_starts,work_ends,rungs,reminders\n"
HOSPITAL = "Hospital,,#hospital,lead@ward.example,,,,,\n"
WARD = "Ward 1,Hospital,#ward-1,lead@ward.example,GB-SCT,7:30,16:00,1 3 5 7,no\n"
Rules = tuple[str | None, time | None, time | None, list[int] | None, bool]
SCOTTISH: Rules = ("GB-SCT", time(7, 30), time(16), [1, 3, 5, 7], False)


def rules(database: Database) -> dict[str, Rules]:
    with database.read() as session:
        rows = session.exec(select(Unit.name, UnitRules).where(UnitRules.unit_id == Unit.id)).all()
        return {
            name: (row.holidays, row.work_starts, row.work_ends, row.rungs, row.nudges) for name, row in rows
        }


def test_rules_arrive_once_and_empty_is_the_site_s(
    database: Database, folder: Path, importer: Importer
) -> None:
    write(folder, {"units.csv": HEADER + HOSPITAL + WARD})
    assert importer(database, folder, dry_run=True).batch is None
    assert rules(database) == {}
    importer(database, folder)
    assert rules(database) == {"Ward 1": SCOTTISH}
    before = dump(database)
    again = importer(database, folder)
    assert again.batch is None
    assert not again.changes_anything
    assert dump(database) == before


def test_a_column_that_is_absent_leaves_what_is_stored_and_an_empty_one_takes_it_back(
    database: Database, folder: Path, importer: Importer
) -> None:
    write(folder, {"units.csv": HEADER + HOSPITAL + WARD})
    importer(database, folder)
    write(folder, {"units.csv": GOOD["units.csv"]})
    importer(database, folder)
    assert rules(database) == {"Ward 1": SCOTTISH}
    write(folder, {"units.csv": "unit,holidays,reminders\nHospital,,yes\nWard 1,,yes\n"})
    report = importer(database, folder)
    counts = {one.file: (one.new, one.changed, one.same) for one in report.files}
    assert counts["units.csv"] == (0, 1, 1)
    assert rules(database) == {"Ward 1": (None, time(7, 30), time(16), [1, 3, 5, 7], True)}


def test_taking_an_import_back_takes_its_rules_back(
    database: Database, folder: Path, importer: Importer, clock: ManualClock
) -> None:
    importer(database, folder)
    write(folder, {"units.csv": HEADER + HOSPITAL + WARD + "Ward 2,Ward 1,,,DE,,,2;4;6;8,\n"})
    importer(database, folder)
    write(folder, {"units.csv": HEADER + HOSPITAL + WARD.replace("GB-SCT,7:30", "GB-NIR,08:00")})
    importer(database, folder)
    assert rules(database)["Ward 1"] == ("GB-NIR", time(8), time(16), [1, 3, 5, 7], False)
    undo_batch(database, 3, clock=clock, by="analyst")
    assert rules(database) == {"Ward 1": SCOTTISH, "Ward 2": ("DE", None, None, [2, 4, 6, 8], True)}
    undo_batch(database, 2, clock=clock, by="analyst")
    assert rules(database) == {}
    undo_batch(database, 1, clock=clock, by="analyst")
    assert importer(database, folder).batch == 4
    assert set(rules(database)) == {"Ward 1"}


def test_a_unit_with_rules_from_a_later_import_is_not_taken_away_under_them(
    database: Database, folder: Path, importer: Importer, clock: ManualClock
) -> None:
    importer(database, folder)
    write(folder, {"units.csv": HEADER + HOSPITAL + WARD})
    importer(database, folder)
    with pytest.raises(IntakeErrors, match="take back import"):
        undo_batch(database, 1, clock=clock, by="analyst")
    assert rules(database) == {"Ward 1": SCOTTISH}


WRONG = {
    "a country": ("England,,,,", 'holidays "England" is no country, or country and region, whose public'),
    "a region": ("GB-,,,,", 'holidays "GB-" is no country'),
    "a time": (",half past,16:00,,", 'work_starts "half past" is not a time of day; write one such as 07:30'),
    "an hour": (",08:00,24:00,,", 'work_ends "24:00" is not a time of day'),
    "half of the hours": (",08:00,,,", "work_starts and work_ends go together; fill in both"),
    "a night": (",20:00,06:00,,", "work_ends 06:00 is not after work_starts 20:00; write two times of the"),
    "three rungs": (",,,2 4 6,", 'rungs "2 4 6" are no rungs; write four ascending numbers'),
    "descending rungs": (",,,8 6 4 2,", 'rungs "8 6 4 2" are no rungs'),
    "a maybe": (",,,,maybe", 'reminders "maybe" is neither yes nor no; write one of them'),
}


@pytest.mark.parametrize("case", sorted(WRONG))
def test_what_means_nothing_is_told_with_its_line(
    sqlite: Database, folder: Path, importer: Importer, case: str
) -> None:
    cells, expected = WRONG[case]
    write(folder, {"units.csv": HEADER + HOSPITAL + f"Ward 1,Hospital,#w,lead@ward.example,{cells}\n"})
    before = dump(sqlite)
    with pytest.raises(IntakeErrors) as caught:
        importer(sqlite, folder)
    assert f"units.csv:3: {expected}" in str(caught.value)
    assert dump(sqlite) == before


def test_every_mistake_of_a_row_is_told_at_once(sqlite: Database, folder: Path, importer: Importer) -> None:
    write(folder, {"units.csv": HEADER + HOSPITAL + "Ward 1,Hospital,,,XX,8,9,1,2\n"})
    with pytest.raises(IntakeErrors) as caught:
        importer(sqlite, folder)
    for column in ("holidays", "work_starts", "work_ends", "rungs", "reminders"):
        assert f"units.csv:3: {column} " in str(caught.value)
