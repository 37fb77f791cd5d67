"""cases.csv: the cases behind a number, by references that tell of no patient; observations from them."""

from __future__ import annotations

import csv
import tempfile
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import select
from stdnum.gb import nhs

from bot.clock import ManualClock
from bot.intake import IntakeErrors, undo_batch
from bot.intake.case_refs import LONGEST, may_tell, refuse_reference
from bot.intake.cases import CaseReader
from bot.intake.known import Scope
from bot.intake.lookup import day_of
from bot.intake.problems import Findings
from bot.people.rights import erase_person, export_person
from bot.settings import Settings
from storage.case_queries import (
    Case,
    CaseCount,
    count_person_cases,
    counts_by_clinician,
    person_cases,
)
from storage.cases import CaseRow, Narrative
from storage.engine import Database
from storage.figures import current_observations, measure_keys
from storage.measures import ImportBatch, Measure
from storage.people import Clinician, Person
from storage.terms import ALWAYS, FOREVER, Kind, Mode, PeriodLength
from tests.bot.intake.conftest import GOOD, Importer, dump, write

HEADER = "measure,clinician,date,case_ref,met,weight\n"
OBSERVATIONS = "measure,clinician,period_start,numerator,denominator,expected,squares\n"
# A week that observations.csv does not give, and half a case of it.
WEEK = (
    "clot-risk,C1,2025-07-14,R-1,yes,\n"
    "clot-risk,C1,2025-07-15,R-2,no,1\n"
    "clot-risk,C1,2025-07-20,R-3,TRUE,0.5\n"
)
MONDAY = date(2025, 7, 14)


def counts(report: Any) -> dict[str, tuple[int, int, int]]:
    return {each.file: (each.new, each.changed, each.same) for each in report.files}


def figures(database: Database) -> dict[tuple[str, str, date], tuple[float, float]]:
    """What counts, of every measure, code and period."""
    with database.read() as session:
        keys = measure_keys(session)
        codes = {row.id: row.code for row in session.exec(select(Clinician))}
        found = current_observations(session, list(keys), ALWAYS, FOREVER)
    return {
        (keys[int(measure)], codes[int(who)], period.item()): (float(numerator), float(denominator))
        for measure, who, period, numerator, denominator in zip(
            found.measure, found.clinician, found.period, found.numerator, found.denominator, strict=True
        )
    }


def ids(database: Database, email: str = "anna@ward.example", key: str = "clot-risk") -> tuple[int, int]:
    with database.read() as session:
        person = session.exec(select(Person.id).where(Person.email == email)).one()
        measure = session.exec(select(Measure.id).where(Measure.key == key)).one()
    assert person is not None
    assert measure is not None
    return person, measure


def shown(database: Database, email: str = "anna@ward.example", **page: Any) -> list[Case]:
    person, measure = ids(database, email)
    with database.read() as session:
        return person_cases(session, person, measure, **page)


def refused(database: Database, folder: Path, importer: Importer, cases: str) -> list[str]:
    write(folder, {"cases.csv": HEADER + cases})
    before = dump(database)
    with pytest.raises(IntakeErrors) as caught:
        importer(database, folder)
    assert dump(database) == before
    return str(caught.value).splitlines()


def test_cases_arrive_and_their_week_is_computed(
    database: Database, folder: Path, importer: Importer
) -> None:
    write(folder, {"cases.csv": HEADER + WEEK})
    report = importer(database, folder)
    assert counts(report)["cases.csv"] == (3, 0, 0)
    assert counts(report)["observations from cases.csv"] == (1, 0, 0)
    assert report.warnings == ()
    assert figures(database)["clot-risk", "C1", MONDAY] == (1.5, 2.5)
    assert [(case.day, case.case_ref, case.met, case.weight) for case in shown(database)] == [
        (date(2025, 7, 20), "R-3", True, 0.5),
        (date(2025, 7, 15), "R-2", False, 1.0),
        (date(2025, 7, 14), "R-1", True, 1.0),
    ]
    again = importer(database, folder)
    assert (again.batch, again.changes_anything) == (None, False)


def test_a_dry_run_counts_the_same_and_stores_nothing(
    database: Database, folder: Path, importer: Importer
) -> None:
    write(folder, {"cases.csv": HEADER + WEEK})
    before = dump(database)
    dry = importer(database, folder, dry_run=True)
    assert dump(database) == before
    assert dry.files == importer(database, folder).files


def test_later_cases_change_the_week_and_undo_brings_back_what_was(
    database: Database, folder: Path, importer: Importer, clock: ManualClock
) -> None:
    write(folder, {"cases.csv": HEADER + WEEK})
    importer(database, folder)
    (folder / "observations.csv").unlink()
    write(
        folder, {"cases.csv": HEADER + "clot-risk,C1,2025-07-15,R-2,yes,\nclot-risk,C1,2025-07-16,R-4,no,\n"}
    )
    report = importer(database, folder)
    assert counts(report)["cases.csv"] == (1, 1, 0)
    assert figures(database)["clot-risk", "C1", MONDAY] == (2.5, 3.5)
    assert len(shown(database)) == 4
    undo_batch(database, 2, clock=clock, by="analyst")
    assert figures(database)["clot-risk", "C1", MONDAY] == (1.5, 2.5)
    assert {case.case_ref: case.met for case in shown(database)} == {"R-1": True, "R-2": False, "R-3": True}
    undo_batch(database, 1, clock=clock, by="analyst")
    assert figures(database) == {}


def test_an_observation_that_differs_from_its_cases_is_told_and_counts(
    database: Database, folder: Path, importer: Importer
) -> None:
    row = "clot-risk,C1,2025-07-14,9,10,,\n"
    write(folder, {"cases.csv": HEADER + WEEK, "observations.csv": GOOD["observations.csv"] + row})
    report = importer(database, folder)
    assert report.warnings == (
        "1 period of clot-risk differs from cases.csv, and observations.csv counts:"
        " observations.csv:8 says 9 of 10, the cases 1.5 of 2.5",
    )
    assert "observations from cases.csv" not in counts(report)
    assert figures(database)["clot-risk", "C1", MONDAY] == (9, 10)
    # Without the observation at hand, the stored one was given and stays.
    write(folder, {"observations.csv": GOOD["observations.csv"]})
    (warning,) = importer(database, folder).warnings
    assert "what is stored counts: the period from 2025-07-14 says 9 of 10" in warning
    assert figures(database)["clot-risk", "C1", MONDAY] == (9, 10)


def test_a_week_starts_on_the_weekday_of_the_measure_s_own_data(
    database: Database, folder: Path, importer: Importer
) -> None:
    sunday = OBSERVATIONS + "clot-risk,C1,2025-07-06,8,10,,\n"
    write(folder, {"observations.csv": sunday, "cases.csv": HEADER + WEEK})
    importer(database, folder)
    assert figures(database) == {
        ("clot-risk", "C1", date(2025, 7, 6)): (8, 10),
        ("clot-risk", "C1", date(2025, 7, 13)): (1, 2),
        ("clot-risk", "C1", date(2025, 7, 20)): (0.5, 0.5),
    }


def test_months_are_calendar_months_and_other_kinds_are_only_listed(
    database: Database, folder: Path, importer: Importer
) -> None:
    toml = GOOD["measures.toml"].replace('id = "falls"', 'id = "letters"', 1)
    head, letters = toml.split('id = "letters"')
    letters = letters.replace('kind = "rate"', 'kind = "proportion"', 1)
    write(
        folder,
        {
            "measures.toml": f'{head}id = "letters"{letters}',
            "observations.csv": OBSERVATIONS,
            "cases.csv": HEADER
            + "letters,C1,2025-06-30,A,yes,\nletters,C1,2025-06-01,B,no,\nstay,C1,2025-06-03,C,yes,\n",
        },
    )
    report = importer(database, folder)
    assert figures(database) == {("letters", "C1", date(2025, 6, 1)): (1, 2)}
    assert any(
        "the cases of stay (a mean) are listed for their clinicians" in each for each in report.warnings
    )
    person, stay = ids(database, key="stay")
    with database.read() as session:
        assert [case.case_ref for case in person_cases(session, person, stay)] == ["C"]


def test_everything_wrong_is_said_at_once(database: Database, folder: Path, importer: Importer) -> None:
    said = refused(
        database,
        folder,
        importer,
        "clot-rsk,C1,2025-07-14,R-1,yes,\n"
        "clot-risk,C9,14/07/2025,R-1,maybe,2\n"
        "clot-risk,C1,2025-07-14,,,0\n"
        "clot-risk,C1,2027-07-14,R-1,no,half\n"
        "clot-risk,C1,2025-07-14,R-8,no,\n"
        "clot-risk,anna@ward.example,2025-07-14, R-8 ,yes,\n",
    )
    assert said == [
        'cases.csv:2: measure "clot-rsk" is not known; did you mean "clot-risk"?'
        " Otherwise add it to measures.toml",
        'cases.csv:3: clinician "C9" is not known; correct it, or add it to people.csv',
        'cases.csv:3: date "14/07/2025" can be read in two ways;'
        " write it as year-month-day, such as 2025-07-14",
        'cases.csv:3: met "maybe" is neither yes nor no; write yes or no (or 1 or 0)',
        'cases.csv:3: weight "2" is over 1; write the part of the care that was'
        " this clinician's, over 0 and at most 1 (0.5 where two shared it)",
        "cases.csv:4: case_ref is empty; write the hospital's own number of the case, or remove the row",
        "cases.csv:4: met is empty; write yes or no",
        'cases.csv:4: weight "0" is 0; write the part of the care that was'
        " this clinician's, over 0 and at most 1 (0.5 where two shared it)",
        "cases.csv:5: date 2027-07-14 is not over yet; check the year, or import the case later",
        'cases.csv:5: weight "half" is not a number; write digits only, such as 12 or 12.5',
        "cases.csv:7: the same measure, clinician, date and case_ref as line 6; keep one of the two rows",
    ]


def test_a_patient_s_number_is_refused_and_not_printed(
    database: Database, folder: Path, importer: Importer
) -> None:
    (said,) = refused(database, folder, importer, "clot-risk,C1,2025-07-14,943 476 5919,yes,\n")
    assert said == (
        "cases.csv:2: case_ref (…919) holds a valid NHS or CHI number;"
        " write the hospital's own number of the case, such as R-1024"
    )


@pytest.mark.parametrize(
    ("ref", "why"),
    [
        ("9434765919", "NHS"),
        ("P9434765919", "NHS"),
        ("ward-943-476-5919", "NHS"),
        ("９４３４７６５９１９", "NHS"),
        ("MRN1234567", "patient's number"),
        ("SSN123456789", "patient's number"),
        ("07700900123", "telephone"),
        ("hosp no 12345", "patient's number"),
        ("1948-03-12", "date of birth"),
        ("JS12031948", "date of birth"),
        ("12/03/1948", "date of birth"),
        ("19480312", "date of birth"),
        ("Mary Jones", "somebody's name"),
        ("Jones, Mary", "somebody's name"),
        ("Mrs Jones bay 3", "somebody's name"),
        ("mary@home.example.com", "email"),
        ("123-45-6789", "social security"),
        ("R\n1", "invisible"),
        ("R\u200b1", "invisible"),
        ("", "empty"),
        ("R" * 65, "too long"),
    ],
)
def test_what_tells_of_a_patient_is_no_reference(ref: str, why: str) -> None:
    said = refuse_reference(ref, date(2025, 7, 14))
    assert said is not None
    assert why in said
    assert may_tell(["R-1", ref])


@pytest.mark.parametrize(
    "ref",
    ["R-1024", "48213", "20250714", "2025-07-14/03", "a4f9c2d1e8b7", "Ward 3 case 7", "R-19480312", "ü-7"],
)
def test_a_hospital_s_own_numbers_are_taken(ref: str) -> None:
    assert refuse_reference(ref, date(2025, 7, 14)) is None


@given(
    st.integers(0, 999_999_999), st.sampled_from(["", "R", "case-", "x_"]), st.sampled_from(["", "-a", "B"])
)
def test_no_valid_nhs_number_passes_whatever_stands_beside_it(number: int, before: str, after: str) -> None:
    for digits in (f"{number:09d}{check}" for check in range(10)):
        if nhs.is_valid(digits):
            ref = f"{before}{digits}{after}"
            assert refuse_reference(ref) is not None
            assert may_tell([ref])


@given(st.lists(st.text(max_size=LONGEST + 2), max_size=6))
def test_the_quick_look_misses_nothing_that_the_close_look_finds(refs: list[str]) -> None:
    if any(refuse_reference(ref) for ref in refs):
        assert may_tell(refs)


def test_a_code_that_passed_on_does_not_take_cases_along(
    database: Database, folder: Path, importer: Importer, clock: ManualClock
) -> None:
    write(folder, {"cases.csv": HEADER + WEEK})
    importer(database, folder)
    today = clock.now().date()
    people = GOOD["people.csv"].replace(",C1,U0000AAA1", ",,").replace(",C2,", ",C1,")
    write(
        folder,
        {
            "people.csv": people,
            "observations.csv": OBSERVATIONS,
            "cases.csv": HEADER + f"clot-risk,C1,{today},N,no,\n",
        },
    )
    importer(database, folder, rebind=True)
    assert [case.case_ref for case in shown(database)] == ["R-3", "R-2", "R-1"]
    assert [case.case_ref for case in shown(database, "ben@ward.example")] == ["N"]


def test_pages_counts_and_what_a_clinician_has(database: Database, folder: Path, importer: Importer) -> None:
    write(folder, {"cases.csv": HEADER + WEEK + "clot-risk,C2,2025-07-14,R-1,no,\n"})
    importer(database, folder)
    assert [case.case_ref for case in shown(database, offset=1, limit=1)] == ["R-2"]
    assert [case.case_ref for case in shown(database, first=date(2025, 7, 15), last=date(2025, 7, 19))] == [
        "R-2"
    ]
    person, measure = ids(database)
    with database.read() as session:
        assert count_person_cases(session, person, measure) == 3
        codes = {row.code: row.id for row in session.exec(select(Clinician))}
        assert counts_by_clinician(session, measure) == {
            codes["C1"]: CaseCount(3, 1.5, 2.5),
            codes["C2"]: CaseCount(1, 0, 1),
        }


def test_a_person_s_cases_are_exported_and_erased(
    database: Database, folder: Path, importer: Importer, clock: ManualClock
) -> None:
    write(folder, {"cases.csv": HEADER + WEEK + "clot-risk,C2,2025-07-14,R-1,no,\n"})
    importer(database, folder)
    assert export_person(database, "anna@ward.example")["cases"][0] == {
        "measure": "clot-risk",
        "date": "2025-07-20",
        "case_ref": "R-3",
        "met": True,
        "weight": 0.5,
    }
    erased = erase_person(database, "anna@ward.example", clock=clock)
    assert erased.counts["cases"] == 3
    with database.read() as session:
        assert [row.case_ref for row in session.exec(select(CaseRow))] == ["R-1"]
    assert figures(database)["clot-risk", "C1", MONDAY] == (1.5, 2.5)


def test_an_import_that_other_cases_need_is_not_taken_back(
    database: Database, folder: Path, importer: Importer, clock: ManualClock
) -> None:
    write(folder, {"observations.csv": OBSERVATIONS})
    importer(database, folder)
    write(folder, {"cases.csv": HEADER + "stay,C1,2025-06-03,C,yes,\n"})
    importer(database, folder)
    with pytest.raises(IntakeErrors, match="take back import 2 first"):
        undo_batch(database, 1, clock=clock, by="analyst")


def test_what_a_broken_import_left_is_seen_by_nobody_and_removed(
    database: Database, folder: Path, importer: Importer, clock: ManualClock
) -> None:
    write(folder, {"cases.csv": HEADER + WEEK})
    importer(database, folder)
    _, measure = ids(database)
    with database.write() as session:
        batch = ImportBatch(source="x", imported_by="x", started_at=clock.now())
        session.add(batch)
        session.flush()
        (code,) = session.exec(select(Clinician.id).where(Clinician.code == "C1"))
        row: dict[str, Any] = {
            "measure_id": measure,
            "clinician_id": code,
            "day": MONDAY,
            "batch_id": batch.id,
        }
        session.add(CaseRow(**row, case_ref="R-1", met=False))
        session.add(Narrative(**row, text="Half.", text_hash="0"))
    assert shown(database)[-1].met
    write(folder, {"cases.csv": HEADER + WEEK + "clot-risk,C1,2025-07-14,R-9,no,\n"})
    importer(database, folder)
    with database.read() as session:
        assert session.exec(select(Narrative)).all() == []
        assert {row.case_ref for row in session.exec(select(CaseRow))} == {"R-1", "R-2", "R-3", "R-9"}
    assert shown(database)[-1].case_ref == "R-9"
    assert len(shown(database)) == 4


_case = st.tuples(
    st.sampled_from(["C1", "C2"]),
    st.integers(0, 20),
    st.text(st.characters(categories=["L", "P", "S"], exclude_characters="@"), min_size=1, max_size=8),
    st.booleans(),
    st.sampled_from([0.25, 0.5, 1.0]),
)


@given(rows=st.lists(_case, max_size=12, unique_by=lambda row: row[:3]))
def test_what_was_written_is_read(rows: list[Any]) -> None:
    start = date(2025, 6, 2)
    wanted = {
        (who, start + timedelta(days=day), ref.strip()): (met, weight)
        for who, day, ref, met, weight in rows
        if refuse_reference(ref.strip()) is None
    }
    scope = Scope(["m"], [Kind.PROPORTION], [PeriodLength.WEEK], [Mode.REPETITIVE], ["C1", "C2"], {}, {})
    findings = Findings()
    with tempfile.TemporaryDirectory() as folder:
        with (Path(folder) / "cases.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["clinician", "measure", "case_ref", "weight", "met", "date"])
            for (who, day, ref), (met, weight) in wanted.items():
                writer.writerow([who, "m", ref, weight, "yes" if met else "no", day])
        read = CaseReader(scope, date(2025, 7, 21), findings).read(Path(folder))
    findings.stop_if_any()
    assert {
        (scope.codes[pair % 2], day_of(key), ref.decode()): (met, weight)
        for pair, key, ref, met, weight in zip(
            read.pairs.tolist(),
            read.keys.tolist(),
            read.refs.tolist(),
            read.met.tolist(),
            read.weight.tolist(),
            strict=True,
        )
    } == wanted


def test_a_link_to_a_case_holds_its_reference_quoted() -> None:
    settings = Settings(_env_file=None, rounds_case_url="https://records.hospital.example/case/{ref}?x=1")
    assert settings.case_link("a/b ü&1") == "https://records.hospital.example/case/a%2Fb%20%C3%BC%261?x=1"
    assert Settings(_env_file=None).case_link("R-1") is None


@pytest.mark.parametrize(
    "wrong",
    [
        "http://records.example/{ref}",
        "https://records.example/",
        "https://{ref}.example/",
        "https:///x/{ref}",
        "https://records.example/{ref}/{id}",
        "javascript:{ref}",
        "https://records.example/{ref}|x>",
    ],
)
def test_a_link_that_leads_nowhere_is_refused_in_words(wrong: str) -> None:
    with pytest.raises(ValueError, match="must start with https://"):
        Settings(_env_file=None, rounds_case_url=wrong)
