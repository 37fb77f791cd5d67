"""What people let others see, as it is kept: digests shown to leaders, and names in peer groups."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from storage import consent_rows, share_rows
from storage.answers import DigestShare
from storage.digests import Digest
from storage.engine import Database
from storage.terms import Blinding, DigestState
from tests.world import World

NOW = datetime(2026, 11, 17, 10, tzinfo=UTC)
TODAY = date(2026, 11, 17)
LAST = TODAY + timedelta(days=30)


@pytest.fixture
def people(database: Database) -> tuple[int, int]:
    """Two members of one group, the first with a digest."""
    world = World(database)
    first, second = world.person("A1"), world.person("A2")
    with database.write() as session:
        session.add(Digest(person_id=first, week="2026-W46", state=DigestState.SENT, planned_at=NOW))
    return first, second


def share(database: Database, person: int, day: date) -> int | None:
    row = DigestShare(
        person_id=person, digest_id=1, unit_id=1, shared_at=NOW, ends_on=day + timedelta(days=30)
    )
    with database.write() as session:
        return share_rows.claim_share(session, row, day)


def test_a_digest_is_shared_once_and_again_after_its_end(database: Database, people: tuple[int, int]) -> None:
    first, second = people
    assert share(database, first, TODAY) == 1
    assert share(database, first, TODAY) is None
    with database.read() as session:
        assert [row.id for row in share_rows.shares_with(session, [1], LAST)] == [1]
        assert share_rows.shares_with(session, [1], LAST + timedelta(days=1)) == []
        assert share_rows.shares_with(session, [], TODAY) == []
        assert share_rows.shares_by(session, second, TODAY) == []
        assert share_rows.count_shares_with(session, [1], TODAY, but=second) == 1
        assert share_rows.count_shares_with(session, [1], TODAY, but=first) == 0
    again = share(database, first, LAST + timedelta(days=1))
    assert again is not None
    with database.write() as session:
        assert share_rows.withdraw_share(session, again, NOW)
        assert not share_rows.withdraw_share(session, again, NOW)
    assert share(database, first, LAST + timedelta(days=1)) is not None


def test_a_consent_is_asked_for_once_given_changed_and_ended(
    database: Database, people: tuple[int, int]
) -> None:
    first, second = people
    with database.write() as session:
        group = consent_rows.group_named(session, "Doctors")
        assert group is not None
        assert group.id is not None
        assert consent_rows.unblinded_groups(session, first, TODAY) == []
        assert consent_rows.set_blinding(session, group, Blinding.UNBLINDED, NOW) == 0
        assert [one.id for one in consent_rows.unblinded_groups(session, first, TODAY)] == [group.id]
        assert consent_rows.note_asked(session, first, group.id, NOW)
        assert not consent_rows.note_asked(session, first, group.id, NOW)
        consent_rows.set_agreed(session, first, group.id, NOW, leaders=True)
        consent_rows.set_agreed(session, second, group.id, NOW, leaders=False)
        assert not consent_rows.note_asked(session, second, group.id, NOW), "they have answered"
        assert consent_rows.told_count(session, first) == 1
        assert consent_rows.told_count(session, second) == 0
        assert consent_rows.set_withdrawn(session, second, group.id, NOW)
        assert not consent_rows.set_withdrawn(session, second, group.id, NOW)
    with database.write() as session:
        group = consent_rows.group_named(session, "Doctors")
        assert group is not None
        assert group.id is not None
        said = consent_rows.consents_of(session, group.id)
        assert said[first].leaders
        assert said[second].agreed_at is not None, "some may have seen it"
        assert said[second].withdrawn_at == NOW
        # Blinded again: what still held ends, and everybody would be asked anew.
        assert consent_rows.set_blinding(session, group, Blinding.BLINDED, NOW) == 1
        assert consent_rows.note_asked(session, first, group.id, NOW)
