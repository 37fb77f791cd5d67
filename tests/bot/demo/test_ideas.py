"""The demo's half year of ideas: every state, real histories, no flood, the same each time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlmodel import col, select

from bot.clock import ManualClock
from bot.demo.generate import DemoWorld, generate
from bot.demo.idea_stories import read_stories
from bot.demo.ideas import plant_ideas
from bot.ideas.figures.metrics import gather_figures
from bot.ideas.lifecycle import ENDED, replay
from bot.intake import import_folder
from bot.settings import Settings
from storage.engine import Database
from storage.ideas import HiddenActRow, Idea, IdeaEvent, IdeaMessage
from storage.migrate import upgrade
from storage.outbox import OutboxRow
from storage.people import Person, SlackAccount
from storage.terms import IdeaMessageKind, IdeaState, OutboxState

NOW = datetime(2026, 11, 23, 11, tzinfo=UTC)
TEAM = "T0DEMO"
STORIES = read_stories()
SETTINGS = Settings.model_construct(rounds_secret_key=SecretStr("only for this test"))


def open_demo(folder: Path) -> tuple[Database, DemoWorld]:
    """A database with the demo's people, each with an account."""
    demo = generate(folder / "data", last_sunday=date(2026, 11, 22), weeks=36)
    # Figures are of no use here, and take the longest to read.
    (folder / "data" / "observations.csv").unlink()
    database = Database(f"sqlite:///{folder / 'demo.db'}")
    upgrade(database)
    clock = ManualClock(NOW)
    import_folder(database, demo.directory, clock=clock, imported_by="test", settings=SETTINGS, team_id=TEAM)
    with database.write() as session:
        for person in session.exec(select(Person)).all():
            assert person.id is not None
            session.add(
                SlackAccount(
                    team_id=TEAM,
                    user_id=f"U{person.id}",
                    person_id=person.id,
                    email=person.email,
                    timezone="Europe/London",
                    checked_at=NOW,
                )
            )
    return database, demo


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    database, demo = open_demo(tmp_path_factory.mktemp("planted"))
    # One of yesterday is anonymous: it appears with tomorrow's batch.
    expected = len(STORIES.ideas) - 1 + len(STORIES.adoptions)
    assert plant_ideas(database, demo, SETTINGS, NOW, TEAM) == expected
    yield database
    database.close()


def ideas(database: Database) -> list[Idea]:
    with database.read() as session:
        return list(session.exec(select(Idea).order_by(col(Idea.id))).all())


def test_there_are_ideas_in_every_state(planted: Database) -> None:
    counts = Counter(idea.state for idea in ideas(planted))
    assert set(IdeaState) - {IdeaState.DISPUTED, IdeaState.PLANNED} <= set(counts)
    assert counts[IdeaState.VERIFIED] >= 12
    assert {IdeaState.DISPUTED, IdeaState.PLANNED} <= set(counts)


def test_every_history_leads_to_its_state_and_ends_before_now(planted: Database) -> None:
    with planted.read() as session:
        for idea in session.exec(select(Idea)).all():
            lines = session.exec(
                select(IdeaEvent).where(IdeaEvent.idea_id == idea.id).order_by(col(IdeaEvent.seq))
            ).all()
            assert replay(line.kind for line in lines) is idea.state
            assert all(a.at <= b.at for a, b in pairwise(lines))
            assert lines[-1].at < NOW


def test_something_waits_something_is_overdue_and_something_waits_to_be_confirmed(planted: Database) -> None:
    with planted.read() as session:
        figures = gather_figures(session, NOW, SETTINGS, months=7)
    assert figures.stuck.unanswered.count >= 3
    assert figures.stuck.overdue.count >= 1
    assert any(idea.state is IdeaState.IMPLEMENTED and not idea.unverified_at for idea in ideas(planted))
    assert figures.wait is not None
    assert figures.wait.median is not None
    assert figures.people.count >= 10


def test_anonymous_ideas_have_no_sender(planted: Database) -> None:
    hidden = [idea for idea in ideas(planted) if idea.anonymous]
    assert len(hidden) == sum(story.anonymous for story in STORIES.ideas) - 1
    with planted.read() as session:
        numbers = [idea.id for idea in hidden]
        acts = session.exec(select(IdeaEvent).where(col(IdeaEvent.idea_id).in_(numbers))).all()
        assert len(session.exec(select(HiddenActRow)).all()) == 1
    assert all(line.actor_id is None for line in acts if line.part == "submitter")


def test_no_flood_only_current_cards_the_last_days_and_last_months_message_wait(planted: Database) -> None:
    with planted.read() as session:
        waiting = session.exec(
            select(OutboxRow, IdeaMessage)
            .join(IdeaMessage, col(IdeaMessage.outbox_id) == OutboxRow.id, isouter=True)
            .where(OutboxRow.state == OutboxState.WAITING)
        ).all()
    cards = [message.idea_id for _, message in waiting if message and message.kind is IdeaMessageKind.CARD]
    shown = [idea.id for idea in ideas(planted) if idea.state not in ENDED]
    assert sorted(cards) == shown
    months = [row for row, _ in waiting if row.kind == "idea_month"]
    assert 1 <= len(months) <= 5
    rest = len(waiting) - len(cards) - len(months)
    assert rest < 20
    per_person = Counter(row.recipient_id for row, _ in waiting if row.recipient_id is not None)
    assert max(per_person.values(), default=0) <= 5


def test_the_same_again_gives_the_same(planted: Database, tmp_path: Path) -> None:
    database, demo = open_demo(tmp_path)
    try:
        plant_ideas(database, demo, SETTINGS, NOW, TEAM)
        assert told(database) == told(planted)
        with pytest.raises(ValueError, match="already"):
            plant_ideas(database, demo, SETTINGS, NOW, TEAM)
    finally:
        database.close()


def told(database: Database) -> list[tuple[object, ...]]:
    with database.read() as session:
        lines = session.exec(select(IdeaEvent).order_by(col(IdeaEvent.idea_id), col(IdeaEvent.seq))).all()
    return [(line.idea_id, line.seq, line.kind, line.at, line.actor_id, line.words) for line in lines]
