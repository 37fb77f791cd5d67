"""Late, corrected and changed data (D23, D24, D29): each case from rows to words and picture.

The golden files stand in `golden_changed/`; `ROUNDS_GOLDEN=write` writes them, `ROUNDS_PICTURES=<folder>` the
pictures, to be looked at.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bot.digests.facts import Correction, MessageType, PastDigest
from bot.digests.gather import Windows, open_book
from bot.digests.history import FIRST_DAY, LAST_DAY, corrections_for
from bot.digests.render import Rendered, WeekRenderer
from bot.digests.weeks import IsoWeek
from bot.settings import DEFAULT_PURPOSE
from storage.engine import Database
from storage.terms import Direction, Kind
from tests.world import World, weeks

GOLDEN = Path(__file__).parent / "golden_changed"
WEEK = IsoWeek.parse("2025-W29")
MONDAYS = weeks(WEEK.monday, 52)
ME = "ME"
REVIEWS: dict[str, Any] = {
    "key": "review",
    "title": "Medicines reviewed at discharge",
    "why": "A review at the door prevents a return.",
    "numerator": "patients whose medicines were reviewed",
    "denominator": "discharged patients",
    "action": "Ask the ward pharmacist to join one discharge.",
}
FALLS: dict[str, Any] = {
    "key": "lines",
    "title": "Lines left in longer than needed",
    "why": "Each day with a line is a day at risk of infection.",
    "numerator": "line days beyond need",
    "denominator": "line days",
    "kind": Kind.RATE,
    "per": 100.0,
    "direction": Direction.LOWER,
    "action": "Ask on each round whether the line is still needed.",
}


def series(seed: int, level: float, size: float = 40.0, **steps: float) -> list[tuple[date, float, float]]:
    """A year of weeks around a level; `w40=-12` moves it from the fortieth week on."""
    rng = np.random.default_rng(seed)
    values = level + rng.normal(0, 1.6, len(MONDAYS))
    for name, by in steps.items():
        values[int(name[1:]) :] += by
    counts = np.clip(np.round(values), 0, size)
    return [(monday, float(count), size) for monday, count in zip(MONDAYS, counts, strict=True)]


class Ward:
    """Fourteen doctors and the reader, with one or two measures."""

    def __init__(self, database: Database, *, member: bool = True, **measure: Any) -> None:
        self.world = World(database)
        self.reviews = self.world.measure(**{**REVIEWS, **measure})
        for number in range(14):
            self.world.person(f"C{number:02d}")
        self.me = self.world.person(ME) if member else 0

    def observe(self, measure: int, mine: list[tuple[date, float, float]], **others: float) -> None:
        for number in range(14):
            rows = series(number, 26.0 + number * 0.5, **others)
            self.world.observe(measure, f"C{number:02d}", rows)
        self.world.observe(measure, ME, mine)


def unsettled(database: Database) -> tuple[int, list[PastDigest]]:
    """Records for the last three weeks are still coming in: low counts that mean nothing yet."""
    ward = Ward(database, settles_after=21)
    ward.observe(ward.reviews, series(90, 29.0, w49=-20.0), w49=-14.0)
    return ward.me, []


def corrected(database: Database) -> tuple[int, list[PastDigest]]:
    """Three weeks ago Rounds told 300 of 480; the data now say otherwise."""
    ward = Ward(database)
    ward.observe(ward.reviews, series(90, 29.0))
    then = IsoWeek.of(WEEK.monday - timedelta(weeks=3))
    facts = {
        "numerator": 300.0,
        "denominator": 480.0,
        FIRST_DAY: float((then.monday - timedelta(weeks=11)).toordinal()),
        LAST_DAY: float(then.sunday.toordinal()),
    }
    return ward.me, [PastDigest(str(then), "review", MessageType.STEADY, facts)]


def past_review(database: Database) -> tuple[int, list[PastDigest]]:
    """The measure that has moved is due for its review, so that the other one leads."""
    ward = Ward(database, next_review=date(2025, 6, 30))
    ward.observe(ward.reviews, series(90, 29.0, w38=6.0))
    lines = ward.world.measure(**FALLS)
    ward.observe(lines, series(91, 30.0))
    return ward.me, []


def newly_defined(database: Database) -> tuple[int, list[PastDigest]]:
    """Since seven weeks the review counts only with the patient there: everybody's figures are lower."""
    ward = Ward(database, changed=MONDAYS[45])
    ward.observe(ward.reviews, series(90, 29.0, w45=-9.0), w45=-9.0)
    return ward.me, []


def starter(database: Database) -> tuple[int, list[PastDigest]]:
    """Began four weeks ago."""
    ward = Ward(database, member=False)
    me = ward.world.person(ME, starts=MONDAYS[48])
    ward.observe(ward.reviews, series(90, 22.0)[48:])
    return me, []


def rotation(database: Database) -> tuple[int, list[PastDigest]]:
    """Came from surgery seven weeks ago, where other patients gave other figures."""
    ward = Ward(database, member=False)
    for number in range(8):
        ward.world.person(f"S{number}", "Surgeons")
        ward.world.observe(ward.reviews, f"S{number}", series(50 + number, 20.0))
    me = ward.world.person(ME, "Surgeons", ends=MONDAYS[45] - timedelta(days=1))
    ward.world.join(me, "Doctors", starts=MONDAYS[45])
    ward.observe(ward.reviews, series(90, 20.0, w45=9.0))
    return me, []


def leave(database: Database) -> tuple[int, list[PastDigest]]:
    """Back from eight weeks of leave."""
    ward = Ward(database)
    ward.world.away(ward.me, MONDAYS[42], MONDAYS[50] - timedelta(days=1))
    mine = series(90, 29.0)
    ward.observe(ward.reviews, [*mine[:42], *mine[50:]])
    return ward.me, []


def two_units(database: Database) -> tuple[int, list[PastDigest]]:
    """Works in two groups at once: compared in the one that covers most of the window."""
    ward = Ward(database, member=False)
    me = ward.world.person(ME, "Clinic doctors", starts=MONDAYS[43])
    ward.world.join(me, "Doctors")
    ward.observe(ward.reviews, series(90, 29.0))
    return me, []


CASES: dict[str, tuple[Callable[[Database], tuple[int, list[PastDigest]]], MessageType]] = {
    "unsettled": (unsettled, MessageType.STEADY),
    "corrected": (corrected, MessageType.STEADY),
    "past-review": (past_review, MessageType.STEADY),
    "newly-defined": (newly_defined, MessageType.STEADY),
    "starter": (starter, MessageType.FIGURES),
    "rotation": (rotation, MessageType.STEADY),
    "leave": (leave, MessageType.FIGURES),
    "two-units": (two_units, MessageType.STEADY),
}


def rendered(database: Database, name: str) -> Rendered:
    person, past = CASES[name][0](database)
    with database.read() as session:
        book = open_book(session, WEEK.sunday, Windows(), written_on=WEEK.written_on)
    corrections: tuple[Correction, ...] = corrections_for(person, book, WEEK, past)
    found = WeekRenderer(book, WEEK, DEFAULT_PURPOSE).render(person, past, corrections)
    assert isinstance(found, Rendered), found
    return found


@pytest.mark.parametrize("name", CASES)
def test_late_and_changed_data_read_as_their_golden_file(sqlite: Database, name: str) -> None:
    found = rendered(sqlite, name)
    assert found.picture is not None
    if folder := os.environ.get("ROUNDS_PICTURES"):
        (Path(folder) / f"{name}.png").write_bytes(found.picture.png)
    assert found.choice.message_type is CASES[name][1]
    path = GOLDEN / f"{name}.json"
    pages = [found.views[page] for page in ("more", "counted", "why")]
    held = {"text": found.message.text, "blocks": found.message.blocks, "pages": pages}
    written = json.dumps(held, indent=2, ensure_ascii=False) + "\n"
    if os.environ.get("ROUNDS_GOLDEN") == "write":
        path.parent.mkdir(exist_ok=True)
        path.write_text(written, encoding="utf-8")
    assert written.encode() == path.read_bytes()
