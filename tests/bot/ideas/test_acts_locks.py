"""Who acts on an idea and who delivers its letters do not wait for one another in a circle."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import Session, col, select

from bot.ideas import acts
from bot.ideas.doing import Done
from bot.ideas.facts import Draft
from storage import idea_rows, outbox_queue
from storage.engine import Database
from storage.ideas import IdeaMessage
from storage.intake import import_lock
from storage.outbox import OutboxRow
from storage.terms import IdeaMessageKind, OutboxState
from tests.idea_world import IdeaWorld

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)


@pytest.fixture
def world(database: Database) -> IdeaWorld:
    if database.is_sqlite:
        pytest.skip("an embedded database has one writer at a time")
    return IdeaWorld(database)


def first(session: Session) -> OutboxRow:
    return session.exec(select(OutboxRow).order_by(col(OutboxRow.id))).first() or pytest.fail("no letter")


def test_a_picture_comes_to_an_idea_while_somebody_acts_on_it(world: IdeaWorld) -> None:
    number = world.hand_in()
    with world.database.write() as acting:
        assert idea_rows.lock_idea(acting, number) is not None
        with world.database.write(patience=1.0) as fetching:
            letter = fetching.exec(select(OutboxRow).where(OutboxRow.kind == "idea_receipt")).one()
            assert letter.id is not None
            fetching.merge(IdeaMessage(outbox_id=letter.id, idea_id=number, kind=IdeaMessageKind.THREAD))


def test_an_update_is_put_in_while_the_courier_closes_the_card(world: IdeaWorld) -> None:
    number = world.hand_in()
    with world.database.write() as session:
        letter = first(session)
        letter.state, letter.lease_owner = OutboxState.LEASED, "courier"
        letter.leased_until = NOW + timedelta(minutes=5)
        session.add(letter)
    assert letter.id is not None
    with world.database.write() as closing:
        lease = timedelta(minutes=5)
        assert outbox_queue.hold(closing, letter.id, owner="courier", now=NOW, lease=lease) is not None
        with world.database.write(patience=1.0) as session:
            doing = world.doing(session, "ULEE")
            acts.support(session, doing, number)


def test_a_handing_in_does_not_wait_for_an_import(world: IdeaWorld) -> None:
    with import_lock(world.database), world.database.write(patience=1.0) as session:
        draft = Draft(text="A second kettle", unit_id=world.units["Ward 4"])
        assert isinstance(acts.hand_in(session, world.doing(session, "ULEE"), draft), Done)
