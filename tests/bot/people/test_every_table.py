"""Whatever refers to a person is erased with them, and is in what they are given to see.

Rows are planted in every table that has a foreign key to `person`, also in one that comes later: whoever adds
it has to say in `bot.people` what becomes of it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from itertools import count
from typing import Any

import pytest
from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    Date,
    Float,
    Integer,
    LargeBinary,
    Table,
    Time,
    func,
    insert,
    select,
)

from bot.clock import ManualClock
from bot.people.rights import erase_person, export_person
from storage.columns import OneOf, UtcDateTime
from storage.engine import Database
from storage.leading import LeaderMessage
from storage.tables import metadata

ME, COLLEAGUE = 1, 2
NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
OVERRIDES: dict[tuple[str, str], Any] = {("idea_snooze", "days"): 1}
# The place and the code stay with the emptied row: taking them out would change colleagues' figures.
KEPT = {"clinician_binding.person_id", "membership.person_id"}
# Where in the export a row is.
EXPORTED = {
    "absence.person_id": "absences",
    "aim.set_by": "aims",
    "channel_post.person_id": "channel_posts",
    "clinician_binding.person_id": "codes",
    "delegation.delegate_id": "delegations",
    "delegation.person_id": "delegations",
    "digest.person_id": "digests",
    "digest_preference.person_id": "digest_settings",
    "digest_share.person_id": "digests_shared",
    "figure_answer.answered_by": "figure_answers_closed",
    "figure_answer.person_id": "figure_answers",
    "figure_answer.seconded_by": "figure_answers_seconded",
    "goal.decided_by": "goals_decided",
    "goal.ended_by": "goals_ended",
    "goal.proposed_by": "goals_proposed",
    "goal_vote.person_id": "goal_votes",
    "idea.assignee_id": "ideas",
    "idea.owner_id": "ideas",
    "idea.submitter_id": "ideas",
    "idea_event.actor_id": "idea_history",
    "idea_snooze.person_id": "snoozes",
    "idea_support.person_id": "idea_supports",
    "leader_message.person_id": "leader_messages",
    "look.person_id": "looks",
    "membership.person_id": "memberships",
    "name_consent.person_id": "names_in_groups",
    "not_mine.person_id": "ideas_not_mine",
    "nudge.person_id": "reminders",
    "offer.person_id": "offers",
    "quiet_time.person_id": "do_not_disturb",
    "role_grant.person_id": "roles",
    "slack_account.person_id": "slack_accounts",
    "talk.asker_id": "talks_asked_for",
    "unit.deputy_id": "leads",
    "unit.leader_id": "leads",
    "unit.manager_id": "leads",
}
# The queue of messages: they hold no words of their own, and what they bring is in the other parts.
NOT_EXPORTED = {"outbox.recipient_id"}


def columns_of_people() -> Iterator[tuple[Table, Column[Any]]]:
    """Every column that refers to a person."""
    for table in metadata.sorted_tables:
        for column in table.columns:
            if any(key.column.table.name == "person" for key in column.foreign_keys):
                yield table, column


def named(column: Column[Any]) -> str:
    return f"{column.table.name}.{column.name}"


class Planter:
    """Puts a row into any table."""

    def __init__(self, connection: Connection) -> None:
        self.connection, self.numbers = connection, count(10)

    def plant(self, table: Table, **given: Any) -> None:
        values = {
            column.name: given.get(column.name, self._value(table, column))
            for column in table.columns
            if column.name in given or not self._left_out(table, column)
        }
        self.connection.execute(insert(table).values(**values))

    @staticmethod
    def _left_out(table: Table, column: Column[Any]) -> bool:
        counts_itself = column is table.autoincrement_column and not column.foreign_keys
        return bool(column.nullable) or counts_itself or column.default is not None

    def _value(self, table: Table, column: Column[Any]) -> Any:
        number = next(self.numbers)
        if (table.name, column.name) in OVERRIDES:
            return OVERRIDES[table.name, column.name]
        for key in column.foreign_keys:
            return COLLEAGUE if key.column.table.name == "person" else 1
        match column.type:
            case OneOf():
                return next(iter(column.type.terms))
            case UtcDateTime():
                return NOW
            case Date():
                return date(2026, 11, 24)
            case Time():
                return time(8)
            case Boolean():
                return False
            case Integer():
                return number
            case Float():
                return 1.0
            case LargeBinary():
                return b""
            case JSON():
                return {}
            case _:
                return f"x{number}"


@pytest.fixture
def full(database: Database) -> Database:
    """Everything that can refer to the person does, beside the same of a colleague."""
    with database.engine.begin() as connection:
        planter = Planter(connection)
        people = metadata.tables["person"]
        for who in ("me", "colleague"):
            planter.plant(people, email=f"{who}@example.org", name=who.title())
        needed = {key.column.table.name for _, column in everything() for key in column.foreign_keys}
        for table in metadata.sorted_tables:
            if table.name in needed - {"person"}:
                planter.plant(table)
        for table, column in columns_of_people():
            planter.plant(table, **{column.name: ME})
    return database


def everything() -> Iterator[tuple[Table, Column[Any]]]:
    for table in metadata.sorted_tables:
        for column in table.columns:
            yield table, column


def referring(database: Database) -> dict[str, int]:
    """How many rows refer to the person, by column."""
    with database.engine.connect() as connection:
        return {
            named(column): connection.execute(
                select(func.count()).select_from(table).where(column == ME)
            ).scalar_one()
            for table, column in columns_of_people()
        }


def test_nothing_refers_to_somebody_who_was_erased(full: Database, clock: ManualClock) -> None:
    assert all(referring(full).values())
    erase_person(full, "me@example.org", clock=clock)
    left = {name for name, rows in referring(full).items() if rows}
    assert left == KEPT, "say in bot.people what becomes of these when somebody is erased"


def test_everything_that_refers_to_somebody_is_in_their_export(full: Database) -> None:
    names = {named(column) for _, column in columns_of_people()}
    assert names == EXPORTED.keys() | NOT_EXPORTED, "say in bot.people and here where these are exported"
    found = export_person(full, "me@example.org")
    for name, part in EXPORTED.items():
        assert found[part], f"{name} is not in {part}"
    json.dumps(found)


def test_what_a_colleague_has_stays(full: Database, clock: ManualClock) -> None:
    before = export_person(full, "colleague@example.org")
    erase_person(full, "me@example.org", clock=clock)
    after = export_person(full, "colleague@example.org")
    for part in ("offers", "goal_votes", "leader_messages", "snoozes", "do_not_disturb"):
        assert after[part] == before[part]


def test_a_colleagues_message_does_not_keep_who_heard_as_well(full: Database, clock: ManualClock) -> None:
    contents = {"items": [{"idea": 1, "with": [ME, COLLEAGUE, 11]}], "summary": [], "weak": ["bold"]}
    with full.write() as session:
        session.add(
            LeaderMessage(person_id=COLLEAGUE, day=date(2026, 11, 25), planned_at=NOW, contents=contents)
        )
    erase_person(full, "me@example.org", clock=clock)
    with full.read() as session:
        kept = session.execute(
            select(LeaderMessage).where(LeaderMessage.__table__.c.day == date(2026, 11, 25))  # type: ignore[attr-defined]
        ).scalar_one()
        assert kept.contents == {**contents, "items": [{"idea": 1, "with": [COLLEAGUE, 11]}]}
