"""An import can be taken back, in whatever order, and the values before it return."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select

from bot.clock import ManualClock
from bot.intake import IntakeErrors, NoSuchBatch, list_batches, undo_batch
from storage.digests import Digest, Look
from storage.engine import Database
from storage.intake import current_versions
from storage.people import Person, Unit
from storage.terms import BatchState, DigestState
from tests.bot.intake.conftest import GOOD, Importer, dump, write

OBSERVATIONS = "measure,clinician,period_start,numerator,denominator\n"
# What says who did what when is not undone; bare ids of measures and codes are seen by nobody.
HISTORY = ("import_batch", "batch_change", "measure", "clinician", "observation", "measure_version")


def standing(database: Database) -> dict[str, list[Any]]:
    """Everything that people would see, whatever the ids."""
    return {name: rows for name, rows in dump(database).items() if name not in HISTORY}


def undo(database: Database, number: int, clock: ManualClock) -> str:
    return str(undo_batch(database, number, clock=clock, by="analyst"))


def name_of(database: Database, email: str) -> str:
    with database.read() as session:
        return session.exec(select(Person.name).where(Person.email == email)).one()


def test_everything_is_as_it_was_before(
    database: Database, folder: Path, importer: Importer, clock: ManualClock
) -> None:
    before = standing(database)
    importer(database, folder)
    undo(database, 1, clock)
    assert standing(database) == before
    with database.read() as session:
        assert current_versions(session) == {}
    (batch,) = list_batches(database)
    assert (batch.state, batch.undone_at, batch.undone_by) == (BatchState.UNDONE, clock.now(), "analyst")
    assert importer(database, folder).batch == 2


def test_a_second_import_with_every_kind_of_change_is_taken_back(
    database: Database, folder: Path, importer: Importer, clock: ManualClock
) -> None:
    importer(database, folder)
    before = standing(database)
    people = GOOD["people.csv"].replace("Brook", "Brooke").replace(",C1,U0000AAA1", ",,")
    write(
        folder,
        {
            "people.csv": people + "cy@ward.example,Cy,doctor,Ward 2,Doctors,C1,U0000AAA1\n",
            "units.csv": GOOD["units.csv"].replace("#ward-1,lead", "#one,ben")
            + "Ward 2,Ward 1,,cy@ward.example,,\n",
            "memberships.csv": "email,unit,peer_group,starts,ends\nben@ward.example,Ward 2,New,2025-01-01,\n",
            "absences.csv": GOOD["absences.csv"].replace("07-14", "07-15"),
        },
    )
    importer(database, folder, rebind=True)
    assert standing(database) != before
    undo(database, 2, clock)
    assert standing(database) == before


def test_the_first_of_two_is_taken_back_and_the_later_values_stay(
    database: Database, folder: Path, importer: Importer, clock: ManualClock
) -> None:
    importer(database, folder)
    write(folder, {"people.csv": GOOD["people.csv"].replace("Ben Brook", "Ben B")})
    importer(database, folder)
    write(folder, {"people.csv": GOOD["people.csv"].replace("Ben Brook,doctor", "Ben C,nurse")})
    importer(database, folder)
    undo(database, 2, clock)
    assert name_of(database, "ben@ward.example") == "Ben C"
    undo(database, 3, clock)
    assert name_of(database, "ben@ward.example") == "Ben Brook"
    with database.read() as session:
        person = session.exec(select(Person).where(Person.email == "ben@ward.example")).one()
        assert person.profession == "doctor"


def test_columns_that_later_imports_left_alone_return(
    database: Database, folder: Path, importer: Importer, clock: ManualClock
) -> None:
    importer(database, folder)
    write(folder, {"people.csv": GOOD["people.csv"].replace("Ben Brook", "Ben B")})
    importer(database, folder)
    write(folder, {"people.csv": GOOD["people.csv"].replace("Ben Brook,doctor", "Ben B,nurse")})
    importer(database, folder)
    undo(database, 2, clock)
    assert name_of(database, "ben@ward.example") == "Ben Brook"
    undo(database, 3, clock)
    assert name_of(database, "ben@ward.example") == "Ben Brook"


@pytest.mark.parametrize("order", [(3, 2), (2, 3)])
def test_corrected_figures_return_in_each_order(
    database: Database, folder: Path, importer: Importer, clock: ManualClock, order: tuple[int, int]
) -> None:
    importer(database, folder)
    for value in ("5", "6"):
        write(folder, {"observations.csv": OBSERVATIONS + f"clot-risk,C1,2025-07-07,{value},10\n"})
        importer(database, folder)
    # What counts is seen through an import that would change nothing.
    undo(database, order[0], clock)
    left = {3: 5, 2: 6}[order[0]]
    write(folder, {"observations.csv": OBSERVATIONS + f"clot-risk,C1,2025-07-07,{left},10\n"})
    assert importer(database, folder).batch is None
    undo(database, order[1], clock)
    write(folder, {"observations.csv": GOOD["observations.csv"]})
    assert importer(database, folder).batch is None


def test_a_measure_has_its_earlier_words_again(
    database: Database, folder: Path, importer: Importer, clock: ManualClock
) -> None:
    importer(database, folder)
    write(folder, {"measures.toml": GOOD["measures.toml"].replace("Clot risk assessed", "Something else", 1)})
    importer(database, folder)
    undo(database, 2, clock)
    with database.read() as session:
        assert current_versions(session)["clot-risk"].title == "Clot risk assessed"


def test_what_later_figures_need_is_not_taken_away(
    database: Database, folder: Path, importer: Importer, clock: ManualClock
) -> None:
    importer(database, folder)
    write(folder, {"observations.csv": OBSERVATIONS + "clot-risk,C1,2025-07-14,5,10\n"})
    importer(database, folder)
    before = dump(database)
    with pytest.raises(
        IntakeErrors, match='import 1: later figures need its measure "clot-risk"; take back import 2'
    ):
        undo(database, 1, clock)
    assert dump(database) == before
    undo(database, 2, clock)
    undo(database, 1, clock)


def test_what_later_people_need_is_not_taken_away(
    database: Database, folder: Path, importer: Importer, clock: ManualClock
) -> None:
    (folder / "observations.csv").unlink()
    importer(database, folder)
    write(folder, {"people.csv": GOOD["people.csv"] + "cy@ward.example,Cy,doctor,Ward 1,,,\n"})
    importer(database, folder)
    before = dump(database)
    with pytest.raises(
        IntakeErrors, match='the unit "Ward 1" is used by later imports; take back import 2 first'
    ):
        undo(database, 1, clock)
    assert dump(database) == before


def test_later_figures_do_not_change_their_owner(
    database: Database, folder: Path, importer: Importer, clock: ManualClock
) -> None:
    importer(database, folder)
    people = (
        GOOD["people.csv"].replace(",C1,U0000AAA1", ",,") + "cy@ward.example,Cy,doctor,Ward 1,Doctors,C1,\n"
    )
    write(folder, {"people.csv": people})
    importer(database, folder, rebind=True)
    write(folder, {"observations.csv": OBSERVATIONS + "clot-risk,C1,2025-07-14,5,10\n"})
    importer(database, folder)
    with pytest.raises(
        IntakeErrors, match='later figures need its clinician_code "C1"; take back import 3 first'
    ):
        undo(database, 2, clock)


def test_people_who_had_digests_stay_without_a_place(
    database: Database, folder: Path, importer: Importer, clock: ManualClock
) -> None:
    importer(database, folder)
    with database.write() as session:
        person = session.exec(select(Person).where(Person.email == "ben@ward.example")).one()
        session.add(
            Digest(person_id=person.id or 0, week="2025-W29", state=DigestState.SENT, planned_at=clock.now())
        )
    said = undo(database, 1, clock)
    assert '1 person ("ben@ward.example") stays on the list, because they were sent digests' in said
    assert "(digest)" not in said
    with database.read() as session:
        assert session.exec(select(Person.email)).all() == ["ben@ward.example"]
        assert session.exec(select(Unit)).all() == []
    assert importer(database, folder).batch == 2


def test_people_who_were_looked_at_stay_and_are_told_of_together(
    sqlite: Database, folder: Path, importer: Importer, clock: ManualClock
) -> None:
    more = "".join(f"p{n}@ward.example,P {n},nurse,Ward 1,,,\n" for n in range(5))
    write(folder, {"people.csv": GOOD["people.csv"] + more})
    importer(sqlite, folder)
    with sqlite.write() as session:
        for person in session.exec(select(Person).where(col(Person.email).startswith("p"))).all():
            session.add(
                Look(person_id=person.id or 0, looker="analyst", what="compare x", looked_at=clock.now())
            )
    said = undo(sqlite, 1, clock).splitlines()
    assert said[-1] == (
        '5 people ("p0@ward.example", "p1@ward.example", "p2@ward.example" and 2 more) stay on the list, '
        "because somebody looked at their figures and that record is kept."
    )


def test_what_people_changed_by_hand_since_is_left_alone(
    database: Database, folder: Path, importer: Importer, clock: ManualClock
) -> None:
    importer(database, folder)
    write(folder, {"people.csv": GOOD["people.csv"].replace("Ben Brook", "Ben B")})
    importer(database, folder)
    with database.write() as session:
        session.exec(select(Person).where(Person.email == "ben@ward.example")).one().name = "Benjamin"
    undo(database, 2, clock)
    assert name_of(database, "ben@ward.example") == "Benjamin"


def test_an_import_is_taken_back_once(
    database: Database, folder: Path, importer: Importer, clock: ManualClock
) -> None:
    importer(database, folder)
    undo(database, 1, clock)
    with pytest.raises(IntakeErrors, match="import 1: it was taken back already, on 2025-07-21"):
        undo(database, 1, clock)
    with pytest.raises(NoSuchBatch, match="there is no import 7; `rounds imports` lists them"):
        undo(database, 7, clock)


def test_the_list_shows_the_latest_first(
    database: Database, folder: Path, importer: Importer, clock: ManualClock
) -> None:
    importer(database, folder)
    write(folder, {"people.csv": GOOD["people.csv"].replace("Ben Brook", "Ben B")})
    importer(database, folder)
    second, first = list_batches(database)
    assert (second.number, first.number) == (2, 1)
    assert second.counts["people.csv"] == 1
    assert first.counts["observations.csv"] == 6
    assert first.imported_by == "analyst"
    assert first.source == str(folder)
