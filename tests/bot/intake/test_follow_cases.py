"""Taking an early import back: what later ones worked out from its cases is worked out again."""

from __future__ import annotations

from datetime import date
from itertools import permutations
from pathlib import Path

import pytest

from bot.clock import ManualClock
from bot.intake import undo_batch
from storage.engine import Database
from tests.bot.intake.conftest import GOOD, Importer, write
from tests.bot.intake.test_cases import HEADER, MONDAY, OBSERVATIONS, figures

PLACE = ("clot-risk", "C1", MONDAY)


def bring(database: Database, folder: Path, importer: Importer, *imports: str, figures: str = "") -> None:
    """Import these cases, each an import of its own."""
    for number, rows in enumerate(imports):
        write(folder, {"cases.csv": HEADER + rows})
        importer(database, folder)
        if not number:
            (folder / "observations.csv").unlink()
            if figures:
                write(folder, {"observations.csv": OBSERVATIONS + figures})


ONE = "clot-risk,C1,2025-07-14,R-1,yes,\nclot-risk,C1,2025-07-15,R-2,no,1\n"
TWO = "clot-risk,C1,2025-07-16,R-3,yes,\n"
THREE = "clot-risk,C1,2025-07-17,R-4,no,0.5\nclot-risk,C1,2025-07-15,R-2,yes,1\n"


def test_a_later_week_is_worked_out_again_without_the_cases_taken_back(
    database: Database, folder: Path, importer: Importer, clock: ManualClock
) -> None:
    # The people and the measure come by themselves, so that the first cases can be taken back alone.
    importer(database, folder)
    bring(database, folder, importer, ONE, TWO)
    assert figures(database)[PLACE] == (2, 3)
    report = undo_batch(database, 2, clock=clock, by="analyst")
    assert figures(database)[PLACE] == (1, 1)
    assert "1 figure of another import was worked out again, from the cases that are left." in str(report)


@pytest.mark.parametrize("order", list(permutations([2, 3, 4])))
def test_in_each_order_the_cases_that_are_left_count(
    database: Database, folder: Path, importer: Importer, clock: ManualClock, order: tuple[int, ...]
) -> None:
    importer(database, folder)
    bring(database, folder, importer, ONE, TWO, THREE)
    cases: dict[int, dict[str, tuple[float, float]]] = {
        2: {"R-1": (1, 1), "R-2": (0, 1)},
        3: {"R-3": (1, 1)},
        4: {"R-4": (0, 0.5), "R-2": (1, 1)},
    }
    for number in order:
        undo_batch(database, number, clock=clock, by="analyst")
        del cases[number]
        left = {ref: value for batch in sorted(cases) for ref, value in cases[batch].items()}
        expected = tuple(sum(value[part] for value in left.values()) for part in (0, 1))
        assert figures(database).get(PLACE) == (expected if left else None)


def test_a_figure_that_was_given_stays(
    database: Database, folder: Path, importer: Importer, clock: ManualClock
) -> None:
    importer(database, folder)
    bring(database, folder, importer, ONE, TWO, figures="clot-risk,C1,2025-07-14,9,10,,\n")
    undo_batch(database, 2, clock=clock, by="analyst")
    assert figures(database)[PLACE] == (9, 10)


def test_cases_count_again_where_the_figure_over_them_is_taken_back(
    database: Database, folder: Path, importer: Importer, clock: ManualClock
) -> None:
    importer(database, folder)
    write(folder, {"observations.csv": OBSERVATIONS + "clot-risk,C1,2025-07-14,9,10,,\n"})
    importer(database, folder)
    (folder / "observations.csv").unlink()
    write(folder, {"cases.csv": HEADER + ONE})
    importer(database, folder)
    assert figures(database)[PLACE] == (9, 10)
    undo_batch(database, 2, clock=clock, by="analyst")
    assert figures(database)[PLACE] == (1, 2)


def test_other_weeks_and_other_people_stay_as_they_are(
    database: Database, folder: Path, importer: Importer, clock: ManualClock
) -> None:
    importer(database, folder)
    other = "clot-risk,C2,2025-07-14,R-9,yes,\nclot-risk,C1,2025-07-21,R-8,no,\n"
    bring(database, folder, importer, ONE, TWO + other)
    before = figures(database)
    undo_batch(database, 2, clock=clock, by="analyst")
    after = figures(database)
    assert {place for place in before if before[place] != after.get(place)} == {PLACE}
    assert after["clot-risk", "C1", date(2025, 6, 30)] == (8, 10)
    assert "clot-risk,C1,2025-06-30,8,10" in GOOD["observations.csv"]
