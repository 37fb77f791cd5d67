"""A language from its file to what is kept of a digest: the planner says everything in it."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from babel.messages import Catalog
from sqlmodel import select

from bot.clock import ManualClock
from bot.digests.facts import MessageType
from bot.digests.plan import Planner
from bot.language.extract import extracted, write
from bot.settings import Settings
from storage import consent_rows
from storage.digest_queries import digest_of
from storage.engine import Database
from storage.people import Person
from storage.terms import Blinding, Mode
from tests.bot.digests.product import CELLS, GROUP, ME, NOW, WEEK, Cell, Product
from tests.bot.language.pseudo import CLOSE, OPEN, outside
from tests.reading import texts
from tests.world import TEAM


@pytest.fixture(scope="module")
def brackets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a language in which each sentence stands in brackets."""
    catalog = Catalog(locale="en_GB", charset="utf-8", fuzzy=False)
    for message in extracted():
        if isinstance(message.id, tuple | list):
            catalog.add(message.id, tuple(f"{OPEN}{form}{CLOSE}" for form in message.id))
        elif message.id:
            catalog.add(message.id, f"{OPEN}{message.id}{CLOSE}")
    path = tmp_path_factory.mktemp("language") / "en_GB.po"
    write(catalog, path)
    return path


def planned(database: Database, cell: Cell, language: Path) -> dict[str, Any]:
    """The message and the pages of the digest that is planned in a language."""
    Product(database, cell)
    with database.write() as session:
        # Whoever is asked about names is asked in the same language.
        group = consent_rows.group_named(session, GROUP)
        assert group is not None
        consent_rows.set_blinding(session, group, Blinding.UNBLINDED, NOW)
    settings = Settings.model_construct(rounds_language=str(language), rounds_names_after=0)
    address = f"{ME.lower()}@example.org"
    Planner(database, ManualClock(NOW), settings, TEAM).plan_week(WEEK, [address])
    with database.read() as session:
        person = session.exec(select(Person).where(Person.email == address)).one()
        digest = digest_of(session, person.id or 0, str(WEEK))
        assert digest is not None
        assert digest.message is not None
        return dict(digest.message)


@pytest.mark.parametrize(("kind", "mode"), CELLS)
def test_a_planned_digest_says_nothing_outside_of_its_language(
    kind: MessageType, mode: Mode, brackets: Path, migrated_sqlite: Path, tmp_path: Path
) -> None:
    shutil.copy(migrated_sqlite, tmp_path / "rounds.db")
    database = Database(f"sqlite:///{tmp_path / 'rounds.db'}")
    try:
        message = planned(database, CELLS[kind, mode], brackets)
    finally:
        database.close()
    title = CELLS[kind, mode].measure.get("title", "Screening offered")
    told = [message["text"], *texts([message["blocks"], message["views"]])]
    for text in told:
        assert not re.search(r"[^\W\d_]", outside(text).replace(title, "")), text
    assert any("⟦Names in my group⟧" in text for text in told)
