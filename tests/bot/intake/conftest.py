"""A small, right folder of files, and an import with the arguments filled in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from bot.clock import ManualClock
from bot.intake import ImportReport, import_folder
from bot.settings import Settings
from storage.engine import Database

MEASURE = """[[measure]]
id = "{key}"
title = "Clot risk assessed"
why = "Clots can be prevented."
numerator = "patients assessed"
denominator = "patients admitted"
kind = "{kind}"
direction = "higher"
mode = "repetitive"
domain = "process"
period = "{period}"
min_denominator = 10
per = 100
action = "Ask for the form."

"""

GOOD = {
    "people.csv": (
        "email,name,profession,unit,peer_group,clinician_code,slack_user_id\n"
        "anna@ward.example,Anna Abara,doctor,Ward 1,Doctors,C1,U0000AAA1\n"
        "ben@ward.example,Ben Brook,doctor,Ward 1,Doctors,C2,\n"
        "lead@ward.example,Lea Dawes,nurse,Hospital,,,\n"
    ),
    "units.csv": (
        "unit,parent,channel,leader_email,deputy_email,manager_email\n"
        "Hospital,,#hospital,lead@ward.example,,\n"
        "Ward 1,Hospital,#ward-1,lead@ward.example,anna@ward.example,\n"
    ),
    "roles.csv": "email,role,unit\nanna@ward.example,analyst,\nben@ward.example,coach,Ward 1\n",
    "absences.csv": "email,starts,ends\nben@ward.example,2025-07-01,2025-07-14\n",
    "measures.toml": (
        MEASURE.format(key="clot-risk", kind="proportion", period="week")
        + MEASURE.format(key="falls", kind="rate", period="month")
        + MEASURE.format(key="deaths", kind="ratio", period="month")
        + MEASURE.format(key="stay", kind="mean", period="month")
    ),
    "observations.csv": (
        "measure,clinician,period_start,numerator,denominator,expected,squares\n"
        "clot-risk,C1,2025-06-30,8,10,,\n"
        "clot-risk,C1,2025-07-07,9,10,,\n"
        "clot-risk,ben@ward.example,2025-06-30,7.5,10,,\n"
        "falls,C1,2025-06-01,30,20,,\n"
        "deaths,C1,2025-06-01,3,20,2.5,\n"
        "stay,C1,2025-06-01,60,20,,200\n"
    ),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder in which every file is right."""
    place = tmp_path / "data"
    place.mkdir()
    write(place, GOOD)
    return place


def write(folder: Path, files: Mapping[str, str | bytes]) -> None:
    """Write files; text as UTF-8, as it stands."""
    for name, content in files.items():
        (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)


Importer = Callable[..., ImportReport]


@pytest.fixture
def importer(clock: ManualClock, settings: Settings) -> Importer:
    """`import_folder` as the analyst calls it."""

    def run(database: Database, folder: Path, **options: bool | str) -> ImportReport:
        return import_folder(
            database,
            folder,
            clock=clock,
            imported_by="analyst",
            settings=settings,
            **options,  # type: ignore[arg-type]
        )

    return run


def dump(database: Database) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table, in order."""
    from sqlalchemy import select

    from storage.tables import metadata

    with database.engine.connect() as connection:
        return {
            table.name: sorted((tuple(row) for row in connection.execute(select(table))), key=repr)
            for table in metadata.sorted_tables
        }
