"""From the demo's files through the import to the choice: Rounds says what was planted."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from bot.clock import ManualClock
from bot.demo.generate import Plant, generate
from bot.digests.facts import MessageType
from bot.digests.gather import Windows, open_book
from bot.digests.select import Choice, choose
from bot.digests.weeks import IsoWeek
from bot.intake import import_folder
from bot.settings import Settings
from storage.engine import Database
from storage.figures import people_behind
from storage.migrate import upgrade

LAST_SUNDAY = date(2026, 11, 15)
FIGURES = (Plant.STARTER, Plant.TOO_FEW, Plant.SMALL_GROUP)
STEADY = (Plant.STEADY, Plant.QUIET, Plant.ON_LEAVE)


def test_rounds_chooses_the_planted_message_for_each_planted_clinician(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # no .env of somebody's
    world = generate(tmp_path / "data", last_sunday=LAST_SUNDAY)
    database = Database(f"sqlite:///{tmp_path / 'rounds.db'}")
    try:
        upgrade(database)
        clock = ManualClock(datetime(2026, 11, 16, 9, tzinfo=UTC))
        import_folder(database, world.directory, clock=clock, imported_by="test", settings=Settings())
        with database.read() as session:
            book = open_book(session, LAST_SUNDAY, Windows())
            person_of = dict(people_behind(session, LAST_SUNDAY))
    finally:
        database.close()
    for story in world.planted:
        choice = choose(book.views.get(person_of[story.clinician_code], ()), (), week=IsoWeek.of(LAST_SUNDAY))
        if story.type is Plant.NO_DATA:
            assert not isinstance(choice, Choice), story
            continue
        assert isinstance(choice, Choice), story
        if story.type in FIGURES:
            assert choice.message_type is MessageType.FIGURES, story
        elif story.type in STEADY:
            assert choice.message_type is MessageType.STEADY, story
        else:
            assert choice.message_type.value == story.type.value, story
            assert choice.view.measure.key == story.measure, story
