"""A folder of files becomes people, units, measures and observations: all of it or nothing, and once."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlmodel import select

from bot.clock import ManualClock
from bot.intake import IntakeErrors, import_folder
from bot.settings import Settings
from storage.engine import Database
from storage.intake import current_versions
from storage.measures import ImportBatch, Measure, Observation
from storage.people import (
    Absence,
    Clinician,
    ClinicianBinding,
    Membership,
    PeerGroup,
    Person,
    RoleGrant,
    SlackAccount,
    Unit,
)
from storage.terms import ALWAYS, FOREVER, BatchState, RoleName
from tests.bot.intake.conftest import GOOD, Importer, dump, write

OBSERVATIONS = "measure,clinician,period_start,numerator,denominator\n"


def codes(database: Database) -> list[tuple[str, str, date, date]]:
    """Who had which code, when."""
    with database.read() as session:
        rows = session.exec(
            select(Clinician.code, Person.email, ClinicianBinding)
            .where(ClinicianBinding.clinician_id == Clinician.id)
            .where(ClinicianBinding.person_id == Person.id)
        ).all()
    return sorted((code, email, binding.starts, binding.ends) for code, email, binding in rows)


def places(database: Database) -> list[tuple[str, str, date, date]]:
    """Who is where, when."""
    with database.read() as session:
        rows = session.exec(
            select(Person.email, Unit.name, Membership)
            .where(Membership.unit_id == Unit.id)
            .where(Membership.person_id == Person.id)
        ).all()
    return sorted((email, unit, row.starts, row.ends) for email, unit, row in rows)


def test_every_file_arrives_in_storage(database: Database, folder: Path, importer: Importer) -> None:
    report = importer(database, folder)
    assert {counts.file: (counts.new, counts.changed, counts.same) for counts in report.files} == {
        "people.csv": (3, 0, 0),
        "units.csv": (2, 0, 0),
        "roles.csv": (2, 0, 0),
        "absences.csv": (1, 0, 0),
        "measures.toml": (4, 0, 0),
        "observations.csv": (6, 0, 0),
    }
    assert report.warnings == ()
    with database.read() as session:
        people = {person.email: person for person in session.exec(select(Person))}
        assert people["anna@ward.example"].name == "Anna Abara"
        ward = session.exec(select(Unit).where(Unit.name == "Ward 1")).one()
        hospital = session.exec(select(Unit).where(Unit.name == "Hospital")).one()
        assert (ward.parent_id, ward.channel) == (hospital.id, "#ward-1")
        assert (ward.leader_id, ward.deputy_id, ward.manager_id) == (
            people["lead@ward.example"].id,
            people["anna@ward.example"].id,
            None,
        )
        group = session.exec(select(PeerGroup)).one()
        assert group.name == "Doctors"
        role = session.exec(select(RoleGrant).where(RoleGrant.role == RoleName.COACH)).one()
        assert (role.person_id, role.unit_id) == (people["ben@ward.example"].id, ward.id)
        absence = session.exec(select(Absence)).one()
        assert (absence.starts, absence.ends) == (date(2025, 7, 1), date(2025, 7, 14))
        account = session.exec(select(SlackAccount)).one()
        assert (account.user_id, account.person_id) == ("U0000AAA1", people["anna@ward.example"].id)
        version = current_versions(session)["clot-risk"]
        assert (version.title, version.per, version.counts) == ("Clot risk assessed", 100.0, "events")
        stay = session.exec(select(Observation).join(Measure).where(Measure.key == "stay")).one()
        assert (stay.period_start, stay.numerator, stay.squares) == (date(2025, 6, 1), 60.0, 200.0)
        assert stay.expected is None
        batch = session.exec(select(ImportBatch)).one()
        assert (batch.id, batch.state, batch.imported_by) == (report.batch, BatchState.LIVE, "analyst")
    assert codes(database) == [
        ("C1", "anna@ward.example", ALWAYS, FOREVER),
        ("C2", "ben@ward.example", ALWAYS, FOREVER),
    ]


def test_the_same_again_changes_nothing(database: Database, folder: Path, importer: Importer) -> None:
    importer(database, folder)
    before = dump(database)
    report = importer(database, folder)
    assert report.batch is None
    assert not report.changes_anything
    assert "Nothing changed" in str(report)
    assert dump(database) == before


def test_a_dry_run_counts_and_stores_nothing(database: Database, folder: Path, importer: Importer) -> None:
    before = dump(database)
    dry = importer(database, folder, dry_run=True)
    assert dump(database) == before
    assert dry.batch is None
    assert dry.files == importer(database, folder).files


def test_a_dry_run_finds_what_would_change(database: Database, folder: Path, importer: Importer) -> None:
    importer(database, folder)
    write(folder, {"people.csv": GOOD["people.csv"].replace("Brook", "Brooke")})
    before = dump(database)
    report = importer(database, folder, dry_run=True)
    assert [(c.new, c.changed, c.same) for c in report.files if c.file == "people.csv"] == [(0, 1, 2)]
    assert dump(database) == before


def test_only_what_differs_is_stored(database: Database, folder: Path, importer: Importer) -> None:
    importer(database, folder)
    rows = GOOD["observations.csv"].replace("2025-07-07,9,10", "2025-07-07,7,10")
    write(folder, {"observations.csv": rows + "clot-risk,C2,2025-07-07,4,10,,\n"})
    report = importer(database, folder)
    assert [(c.new, c.changed, c.same) for c in report.files if c.file == "observations.csv"] == [(1, 1, 5)]
    with database.read() as session:
        stored = session.exec(select(Observation).where(Observation.batch_id == report.batch)).all()
        assert sorted(row.numerator for row in stored) == [4.0, 7.0]


def test_rows_absent_from_a_file_stay(database: Database, folder: Path, importer: Importer) -> None:
    importer(database, folder)
    before = dump(database)
    for name in ("people.csv", "units.csv", "roles.csv", "absences.csv"):
        header, first, *_ = GOOD[name].splitlines(keepends=True)
        write(folder, {name: header + first})
    (folder / "measures.toml").unlink()
    assert importer(database, folder).batch is None
    assert dump(database) == before


def test_observations_alone_use_what_is_stored(database: Database, folder: Path, importer: Importer) -> None:
    importer(database, folder)
    for name in GOOD:
        if name != "observations.csv":
            (folder / name).unlink()
    write(folder, {"observations.csv": OBSERVATIONS + "clot-risk,C2,2025-07-14,4,10\n"})
    assert importer(database, folder).batch is not None


def test_csv_as_people_have_it(database: Database, folder: Path, importer: Importer) -> None:
    importer(database, folder)
    before = dump(database)
    people = (
        GOOD["people.csv"].replace("Anna Abara", '"Anna Abara"').replace(",", " , ").replace("\n", "\r\n\r\n")
    )
    people = people.replace(' "Anna Abara" ', '"Anna Abara"')
    units = "manager_email,UNIT,deputy_email,leader_email,channel,parent,\r" + (
        ",Hospital,,lead@ward.example,#hospital,,\r"
        ",Ward 1,anna@ward.example,LEAD@ward.example,#ward-1,Hospital,"
    )
    write(folder, {"people.csv": b"\xef\xbb\xbf" + people.encode(), "units.csv": units})
    assert importer(database, folder).batch is None
    assert dump(database) == before


def test_unknown_columns_and_keys_are_named(sqlite: Database, folder: Path, importer: Importer) -> None:
    write(
        folder,
        {
            "people.csv": GOOD["people.csv"]
            .replace("slack_user_id", "slack_user_id,shoe size")
            .replace("\n", ",\n")
            .replace("size,", "size"),
            "measures.toml": "version = 3\n" + GOOD["measures.toml"] + "colour = 'red'\n",
        },
    )
    warnings = importer(sqlite, folder).warnings
    assert 'people.csv: the column "shoe size" is not known and not used' in warnings
    assert any('"version" is not known' in warning for warning in warnings)
    assert any('"colour" of the measure "stay" is not known' in warning for warning in warnings)


def test_a_header_alone_is_a_warning(sqlite: Database, folder: Path, importer: Importer) -> None:
    write(folder, {"observations.csv": OBSERVATIONS})
    assert importer(sqlite, folder).warnings == ("observations.csv has a header and no rows below it",)


def test_a_period_that_has_not_ended_is_a_warning(sqlite: Database, folder: Path, importer: Importer) -> None:
    write(
        folder,
        {"observations.csv": OBSERVATIONS + "clot-risk,C1,2025-07-14,4,10\nclot-risk,C1,2025-07-21,1,2\n"},
    )
    (warning,) = importer(sqlite, folder).warnings
    assert "1 rows are of periods that have not ended yet, the first in line 3" in warning


def test_nothing_of_nothing_is_allowed(sqlite: Database, folder: Path, importer: Importer) -> None:
    write(folder, {"observations.csv": OBSERVATIONS + "clot-risk,C1,2025-07-07,0,0\n"})
    assert importer(sqlite, folder).batch == 1


@pytest.mark.parametrize("row", ["clot-risk,C2,2025-06-28,4,10", "clot-risk,C2,2025-07-05,4,10"])
def test_weeks_that_overlap_stored_ones_are_refused(
    database: Database, folder: Path, importer: Importer, row: str
) -> None:
    importer(database, folder)
    before = dump(database)
    write(folder, {"observations.csv": f"{OBSERVATIONS}{row}\n"})
    with pytest.raises(
        IntakeErrors, match=r"observations.csv:2: the week from .* overlaps the week from 2025-06-30"
    ):
        importer(database, folder)
    assert dump(database) == before


def test_every_bad_row_of_every_file_is_named_in_order(
    sqlite: Database, folder: Path, importer: Importer
) -> None:
    write(
        folder,
        {
            "observations.csv": OBSERVATIONS + "x,C1,2025-07-07,-1,0\nclot-risk,C1,2025-07-07,1,0\n",
            "absences.csv": "email,starts,ends\nzoe@x.example,2025-07-01,2025-07-02\n",
        },
    )
    with pytest.raises(IntakeErrors) as refused:
        importer(sqlite, folder)
    places = [(problem.file, problem.line) for problem in refused.value.problems]
    assert places == [
        ("absences.csv", 2),
        ("observations.csv", 2),
        ("observations.csv", 2),
        ("observations.csv", 3),
    ]


def test_of_very_many_problems_the_first_are_shown_and_the_rest_counted(
    sqlite: Database, folder: Path, importer: Importer
) -> None:
    write(folder, {"observations.csv": OBSERVATIONS + "clot-risk,C1,2025-07-07,-1,5\n" * 120_000})
    with pytest.raises(IntakeErrors) as refused:
        importer(sqlite, folder)
    assert refused.value.total == 120_000
    assert [problem.line for problem in refused.value.problems] == list(range(2, 1002))
    assert str(refused.value).endswith("… and 119,980 more in observations.csv")
    assert str(refused.value).count("\n") == 20


def test_problems_of_small_files_are_printed_first_and_never_lost(
    sqlite: Database, folder: Path, importer: Importer
) -> None:
    write(
        folder,
        {
            "observations.csv": OBSERVATIONS + "clot-risk,C1,2025-07-07,-1,5\n" * 5_000,
            "people.csv": GOOD["people.csv"] + "nobody,,doctor,Ward 1,,,\n",
        },
    )
    with pytest.raises(IntakeErrors) as refused:
        importer(sqlite, folder)
    lines = str(refused.value).splitlines()
    assert lines[0].startswith("people.csv:5: ")
    assert lines[-1] == "… and 4,980 more in observations.csv"
    assert "people.csv" in {problem.file for problem in refused.value.problems}


def test_rows_of_a_measure_that_was_refused_are_not_called_unknown(
    sqlite: Database, folder: Path, importer: Importer
) -> None:
    wrong = GOOD["measures.toml"].replace('kind = "rate"', 'kind = "speed"')
    write(
        folder,
        {
            "measures.toml": wrong,
            "observations.csv": GOOD["observations.csv"] + "falls,C9,2025-07-01,1,2,,\n",
        },
    )
    with pytest.raises(IntakeErrors) as refused:
        importer(sqlite, folder)
    said = [str(problem) for problem in refused.value.problems]
    assert [line.partition(":")[0] for line in said] == ["measures.toml", "observations.csv"]
    assert 'clinician "C9" is not known' in said[1]


def test_an_empty_folder_and_none_at_all(sqlite: Database, tmp_path: Path, importer: Importer) -> None:
    with pytest.raises(IntakeErrors, match="there is no such folder"):
        importer(sqlite, tmp_path / "nowhere")
    with pytest.raises(IntakeErrors, match="none of the files is in this folder"):
        importer(sqlite, tmp_path)


def test_a_folder_in_place_of_a_file(sqlite: Database, folder: Path, importer: Importer) -> None:
    for name in ("people.csv", "measures.toml", "observations.csv"):
        (folder / name).unlink()
        (folder / name).mkdir()
    with pytest.raises(IntakeErrors) as refused:
        importer(sqlite, folder)
    assert str(refused.value).count("this is not a file") == 3


# Memberships


def test_memberships_replace_the_whole_time_one(database: Database, folder: Path, importer: Importer) -> None:
    importer(database, folder)
    write(
        folder,
        {
            "memberships.csv": "email,unit,peer_group,starts,ends\n"
            "ben@ward.example,Ward 1,Doctors,2024-01-01,2025-03-31\n"
            "ben@ward.example,Hospital,,2025-04-01,\n"
        },
    )
    importer(database, folder)
    mine = [place for place in places(database) if place[0] == "ben@ward.example"]
    assert mine == [
        ("ben@ward.example", "Hospital", date(2025, 4, 1), FOREVER),
        ("ben@ward.example", "Ward 1", date(2024, 1, 1), date(2025, 3, 31)),
    ]
    assert importer(database, folder).batch is None
    (folder / "memberships.csv").unlink()
    assert importer(database, folder).batch is None


def test_a_person_who_moves_in_people_csv_moves(database: Database, folder: Path, importer: Importer) -> None:
    importer(database, folder)
    write(
        folder,
        {"people.csv": GOOD["people.csv"].replace("Ben Brook,doctor,Ward 1", "Ben Brook,doctor,Hospital")},
    )
    importer(database, folder)
    assert ("ben@ward.example", "Hospital", ALWAYS, FOREVER) in places(database)
    assert len(places(database)) == 3


def test_a_correction_of_a_membership_that_overlaps_is_refused(
    database: Database, folder: Path, importer: Importer
) -> None:
    header = "email,unit,peer_group,starts,ends\n"
    write(folder, {"memberships.csv": header + "ben@ward.example,Ward 1,,2024-01-01,2025-03-31\n"})
    importer(database, folder)
    write(folder, {"memberships.csv": header + "ben@ward.example,Ward 1,,2025-03-01,\n"})
    with pytest.raises(IntakeErrors, match=r"memberships.csv:2: .* in an earlier import"):
        importer(database, folder)
    write(folder, {"memberships.csv": header + "ben@ward.example,Ward 1,,2024-01-01,2025-02-28\n"})
    assert importer(database, folder).batch == 2


# Codes and accounts


def test_people_without_a_code_are_found_by_their_address(
    database: Database, folder: Path, importer: Importer
) -> None:
    write(folder, {"observations.csv": OBSERVATIONS + "clot-risk, LEAD@ward.example ,2025-07-07,4,10\n"})
    importer(database, folder)
    assert ("lead@ward.example", "lead@ward.example", ALWAYS, FOREVER) in codes(database)
    assert importer(database, folder).batch is None


def test_a_code_moves_only_with_rebind(database: Database, folder: Path, importer: Importer) -> None:
    importer(database, folder)
    before = dump(database)
    people = (
        GOOD["people.csv"].replace(",C1,U0000AAA1", ",,") + "cy@ward.example,Cy,doctor,Ward 1,Doctors,C1,\n"
    )
    write(folder, {"people.csv": people})
    with pytest.raises(
        IntakeErrors, match=r'people.csv:5: clinician_code "C1" belongs to anna@ward.example so far'
    ):
        importer(database, folder)
    assert dump(database) == before
    importer(database, folder, rebind=True)
    assert [row for row in codes(database) if row[0] == "C1"] == [
        ("C1", "anna@ward.example", ALWAYS, date(2025, 7, 20)),
        ("C1", "cy@ward.example", date(2025, 7, 21), FOREVER),
    ]
    assert importer(database, folder).batch is None


def test_a_code_moves_on_the_day_that_the_new_person_came(
    database: Database, folder: Path, importer: Importer
) -> None:
    importer(database, folder)
    people = (
        GOOD["people.csv"].replace(",C1,U0000AAA1", ",,") + "cy@ward.example,Cy,doctor,Ward 1,Doctors,C1,\n"
    )
    memberships = "email,unit,peer_group,starts,ends\ncy@ward.example,Ward 1,Doctors,2025-05-01,\n"
    write(folder, {"people.csv": people, "memberships.csv": memberships})
    importer(database, folder, rebind=True)
    assert [row for row in codes(database) if row[0] == "C1"] == [
        ("C1", "anna@ward.example", ALWAYS, date(2025, 4, 30)),
        ("C1", "cy@ward.example", date(2025, 5, 1), FOREVER),
    ]


def test_two_people_swap_their_codes_and_accounts(
    database: Database, folder: Path, importer: Importer
) -> None:
    write(folder, {"people.csv": GOOD["people.csv"].replace(",C2,", ",C2,U0000BBB2")})
    importer(database, folder)
    swapped = (
        GOOD["people.csv"]
        .replace(",C2,", ",C1,U0000AAA1")
        .replace("Doctors,C1,U0000AAA1", "Doctors,C2,U0000BBB2", 1)
    )
    write(folder, {"people.csv": swapped})
    (folder / "observations.csv").unlink()
    with pytest.raises(IntakeErrors) as refused:
        importer(database, folder)
    assert refused.value.total == 4
    importer(database, folder, rebind=True)
    today = date(2025, 7, 21)
    assert [row[:2] for row in codes(database) if row[2] == today] == [
        ("C1", "ben@ward.example"),
        ("C2", "anna@ward.example"),
    ]
    with database.read() as session:
        accounts = session.exec(
            select(SlackAccount.user_id, Person.email).where(SlackAccount.person_id == Person.id)
        ).all()
    assert sorted(tuple(row) for row in accounts) == [
        ("U0000AAA1", "ben@ward.example"),
        ("U0000BBB2", "anna@ward.example"),
    ]


def test_a_person_gets_another_code_only_with_rebind(
    database: Database, folder: Path, importer: Importer
) -> None:
    importer(database, folder)
    write(folder, {"people.csv": GOOD["people.csv"].replace(",C2,", ",C22,")})
    with pytest.raises(
        IntakeErrors, match=r'ben@ward.example has the code "C2" so far, and this row says "C22"'
    ):
        importer(database, folder)
    importer(database, folder, rebind=True)
    assert ("C22", "ben@ward.example", date(2025, 7, 21), FOREVER) in codes(database)


# Measures


def test_a_measure_that_is_worded_anew_gets_a_version(
    database: Database, folder: Path, importer: Importer
) -> None:
    importer(database, folder)
    write(
        folder,
        {"measures.toml": GOOD["measures.toml"].replace("Clot risk assessed", "Clot risk looked at", 1)},
    )
    report = importer(database, folder)
    assert [(c.new, c.changed, c.same) for c in report.files if c.file == "measures.toml"] == [(0, 1, 3)]
    with database.read() as session:
        assert current_versions(session)["clot-risk"].title == "Clot risk looked at"
        assert current_versions(session)["falls"].batch_id == 1


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('kind = "rate"', 'kind = "proportion"', "stored numerators are over their denominators"),
        ('kind = "rate"', 'kind = "ratio"', "stored figures have no expected number"),
        ('period = "week"', 'period = "month"', "its stored figures are by week, so it cannot be by month"),
    ],
)
def test_a_measure_cannot_become_what_its_figures_are_not(
    database: Database, folder: Path, importer: Importer, old: str, new: str, said: str
) -> None:
    importer(database, folder)
    (folder / "observations.csv").unlink()
    write(folder, {"measures.toml": GOOD["measures.toml"].replace(old, new, 1)})
    with pytest.raises(IntakeErrors, match=said):
        importer(database, folder)


@pytest.mark.parametrize("name", ["clinics", "emergency", "hospitals", "prescribing"])
def test_the_shared_sets_import(sqlite: Database, shared: Path, settings: Settings, name: str) -> None:
    clock = ManualClock(datetime(2026, 1, 5, 8, tzinfo=UTC))
    folder = shared / "data" / name
    report = import_folder(sqlite, folder, clock=clock, imported_by="analyst", settings=settings)
    assert report.warnings == ()
    rows = (folder / "observations.csv").read_bytes().count(b"\n") - 1
    assert report.files[-1].new == rows
    with sqlite.read() as session:
        assert len(session.exec(select(Observation.batch_id)).all()) == rows
