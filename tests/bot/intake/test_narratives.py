"""narratives.csv: cases in words, given back with their line where they name anybody."""

from __future__ import annotations

import csv
import tempfile
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import select

from bot.clock import ManualClock
from bot.intake import IntakeErrors, undo_batch
from bot.intake.known import Scope
from bot.intake.narratives import LONGEST, NarrativeReader, names_of
from bot.intake.problems import Findings
from bot.people.rights import erase_person, export_person
from storage.case_queries import person_narratives
from storage.engine import Database
from storage.measures import Measure
from storage.people import Person
from storage.terms import Kind, Mode, PeriodLength
from tests.bot.intake.conftest import GOOD, Importer, dump, write

HEADER = "measure,clinician,date,text\n"
TWO = (
    'moves,C1,2025-07-01,"Moved in the evening, after a calm day.\nThe night team had called early."\n'
    "moves,anna@ward.example,2025-07-03,A second look at noon might have shown it.\n"
)


@pytest.fixture
def told(folder: Path) -> Path:
    """A folder with a measure in words."""
    head, tail = GOOD["measures.toml"].split('id = "falls"')
    tail = tail.replace('mode = "repetitive"', 'mode = "unconstrained"', 1)
    observations = "\n".join(line for line in GOOD["observations.csv"].split("\n") if "falls" not in line)
    write(folder, {"measures.toml": f'{head}id = "moves"{tail}', "observations.csv": observations})
    write(folder, {"narratives.csv": HEADER + TWO})
    return folder


def texts(database: Database, email: str = "anna@ward.example") -> list[tuple[date, str]]:
    with database.read() as session:
        person = session.exec(select(Person.id).where(Person.email == email)).one()
        measure = session.exec(select(Measure.id).where(Measure.key == "moves")).one()
        assert person is not None
        return [(story.day, story.text) for story in person_narratives(session, person, measure)]


def test_stories_arrive_once_newest_first(database: Database, told: Path, importer: Importer) -> None:
    report = importer(database, told)
    assert "narratives.csv: 2 new, 0 changed, 0 the same" in str(report)
    assert texts(database) == [
        (date(2025, 7, 3), "A second look at noon might have shown it."),
        (date(2025, 7, 1), "Moved in the evening, after a calm day.\nThe night team had called early."),
    ]
    assert importer(database, told).batch is None
    write(told, {"narratives.csv": HEADER + TWO.replace("\n", "\r\n") + "moves,C2,2025-07-01,Another.\n"})
    assert "narratives.csv: 1 new, 0 changed, 2 the same" in str(importer(database, told))
    assert len(texts(database)) == 2


def test_undo_takes_stories_back_and_a_dry_run_brings_none(
    database: Database, told: Path, importer: Importer, clock: ManualClock
) -> None:
    assert importer(database, told, dry_run=True).batch is None
    importer(database, told)
    undo_batch(database, 1, clock=clock, by="analyst")
    importer(database, told)
    assert len(texts(database)) == 2


def test_what_names_anybody_is_given_back_with_its_line(
    database: Database, told: Path, importer: Importer
) -> None:
    write(
        told,
        {
            "narratives.csv": HEADER
            + '\nmoves,C1,2025-07-01,"Calm.\n\nNHS number 943 476 5919."\n'
            + "moves,C1,2025-07-01,Ben Brook had called early.\n"
            + "moves,C1,2025-07-02,Sister Dawes was there.\n"
            + "moves,C1,2025-07-02,Mrs Jones was moved.\n"
            + "clot-risk,C1,2025-07-02,A fine day.\n"
            + "moves,C1,2027-07-02,A fine day.\n"
            + f"moves,C1,2025-07-02,{'x' * 3001}\n"
            + "moves,C9,July,\n"
            + "moves,C1,2025-07-05,Twice.\nmoves,C1,2025-07-05,Twice.\n"
        },
    )
    before = dump(database)
    with pytest.raises(IntakeErrors) as caught:
        importer(database, told)
    assert dump(database) == before
    lines = str(caught.value).splitlines()
    assert [line.split(": ")[0] for line in lines] == [
        f"narratives.csv:{line}" for line in (3, 6, 7, 8, 9, 10, 11, 12, 12, 12, 14)
    ]
    assert lines[0].startswith(
        "narratives.csv:3: text: this looks like an NHS number (…919). Please take it out"
    )
    for line in lines[1:3]:
        assert "text: please write the role rather than a colleague's name" in line
    assert "somebody's name" in lines[3]
    assert '"clot-risk" is repetitive' in lines[4]
    assert "text has 3,001 characters; use at most 3,000" in lines[6]
    assert "the same text as in line 13" in lines[-1]
    assert "form" not in str(caught.value)


def test_stories_are_exported_and_erased(
    database: Database, told: Path, importer: Importer, clock: ManualClock
) -> None:
    importer(database, told)
    exported = export_person(database, "anna@ward.example")["narratives"]
    assert exported[0] == {
        "measure": "moves",
        "date": "2025-07-03",
        "text": "A second look at noon might have shown it.",
    }
    assert erase_person(database, "anna@ward.example", clock=clock).counts["narratives"] == 2
    assert "second look" not in repr(dump(database))


_words = st.text(st.characters(categories=["Ll", "Po", "Zs"], include_characters="\n"), max_size=60)


@given(st.lists(st.tuples(st.integers(1, 28), _words), max_size=6))
def test_what_was_written_is_read(rows: list[tuple[int, str]]) -> None:
    scope = Scope(["m"], [Kind.RATE], [PeriodLength.WEEK], [Mode.CONSTRAINED], ["C1"], {}, {})
    findings = Findings()
    wanted = {(date(2025, 6, day), text.strip()) for day, text in rows if text.strip()}
    with tempfile.TemporaryDirectory() as folder:
        with (Path(folder) / "narratives.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["text", "date", "clinician", "measure"])
            writer.writerows([text, day, "C1", "m"] for day, text in wanted)
        reader = NarrativeReader(scope, date(2025, 7, 21), names_of([]), findings)
        read = reader.read(Path(folder))
    findings.stop_if_any()
    assert {(row.day, row.text) for row in read} == wanted
    assert all(len(row.digest) == 64 and len(row.text) <= LONGEST for row in read)


@pytest.mark.parametrize("named", ["ben brook", "BEN  BROOK", "Sister O’Hara"])
def test_names_are_known_however_they_are_written(named: str) -> None:
    anybody = names_of(["Ben Brook", "Sinead O'Hara", ""])
    assert anybody({named}, {named.removeprefix("Sister ")})
    assert not anybody({"Ben Broke", ""}, {"Brooks", ""})
