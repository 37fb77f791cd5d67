"""Who may see and do what: every handler asks here."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from bot.access import (
    NOBODY,
    Actor,
    identify,
    may_change_digest,
    may_export,
    may_see_figures,
    with_duties,
)
from bot.settings import Settings
from storage.engine import Database
from storage.people import Person, RoleGrant, SlackAccount, Unit
from storage.terms import RoleName
from tests.world import TEAM, World

TODAY = date(2025, 7, 21)
EVERYTHING = frozenset((role, None) for role in RoleName)


def test_figures_are_for_their_subject_alone_whatever_anybodys_role_is() -> None:
    assert may_see_figures(Actor(1, confirmed=True), 1)
    assert not may_see_figures(Actor(2, confirmed=True, roles=EVERYTHING, leads=frozenset({1, 2, 3})), 1)
    assert not may_see_figures(NOBODY, 1)


def test_an_account_that_may_have_passed_to_somebody_else_sees_and_changes_nothing() -> None:
    assert not may_see_figures(Actor(1, confirmed=False), 1)
    assert not may_change_digest(Actor(1, confirmed=False), 1)
    assert may_change_digest(Actor(1, confirmed=True), 1)
    assert not may_change_digest(Actor(2, confirmed=True, roles=EVERYTHING), 1)


def test_what_is_kept_about_somebody_is_brought_to_them_alone() -> None:
    assert may_export(Actor(1, confirmed=True), 1)
    assert not may_export(Actor(1, confirmed=False), 1)
    assert not may_export(Actor(2, confirmed=True, roles=EVERYTHING, leads=frozenset({1, 2})), 1)
    assert not may_export(NOBODY, 1)


def test_an_account_is_its_persons_and_nobody_elses(database: Database) -> None:
    world = World(database)
    first, second = world.person("C1"), world.person("C2", zone="Asia/Tokyo")
    with database.read() as session:
        assert identify(session, TEAM, "UC1") == Actor(first, timezone="Europe/London", confirmed=True)
        assert identify(session, TEAM, "UC2") == Actor(second, timezone="Asia/Tokyo", confirmed=True)
        assert identify(session, "T0OTHER", "UC1") is NOBODY
        assert identify(session, TEAM, "U0NOBODY") is NOBODY


@pytest.mark.parametrize("change", ["deleted", "erased", "other email", "no email"])
def test_who_left_was_erased_or_changed_hands_is_not_confirmed(database: Database, change: str) -> None:
    person_id = World(database).person("C1")
    with database.write() as session:
        account = session.get_one(SlackAccount, 1)
        if change == "deleted":
            account.deleted = True
        elif change == "erased":
            session.get_one(Person, person_id).erased_at = datetime(2025, 7, 1, tzinfo=UTC)
        else:
            account.email = None if change == "no email" else "somebody.else@example.org"
    with database.read() as session:
        assert not may_see_figures(identify(session, TEAM, "UC1"), person_id)


def test_duties_are_roles_of_today_and_units_that_are_led(database: Database) -> None:
    person_id = World(database).person("C1")
    with database.write() as session:
        session.get_one(Unit, 1).deputy_id = person_id
        session.add(RoleGrant(person_id=person_id, role=RoleName.COACH, unit_id=1))
        session.add(RoleGrant(person_id=person_id, role=RoleName.ANALYST, ends=date(2025, 7, 20)))
    settings = Settings.model_construct(rounds_admins="C1@Example.org")
    with database.read() as session:
        actor = with_duties(session, identify(session, TEAM, "UC1"), settings, TODAY)
        assert with_duties(session, NOBODY, settings, TODAY) is NOBODY
    assert actor.leads == {1}
    assert actor.has(RoleName.COACH, 1)
    assert not actor.has(RoleName.COACH)
    assert actor.has(RoleName.ADMINISTRATOR)
    assert not actor.has(RoleName.ANALYST, 1)


def test_a_role_in_a_unit_is_held_in_all_units_beneath_and_nowhere_else(database: Database) -> None:
    person_id = World(database).person("C1")
    with database.write() as session:
        tree = {"Division": None, "Ward A": "Division", "Bay 1": "Ward A", "Elsewhere": None}
        units: dict[str | None, int | None] = {None: None}
        for name, above in tree.items():
            unit = Unit(name=name, parent_id=units[above])
            session.add(unit)
            session.flush()
            units[name] = unit.id
        session.add(RoleGrant(person_id=person_id, role=RoleName.APPROVER, unit_id=units["Ward A"]))
    with database.read() as session:
        actor = with_duties(session, identify(session, TEAM, "UC1"), Settings.model_construct(), TODAY)
    held = [name for name in tree if actor.has(RoleName.APPROVER, units[name])]
    assert held == ["Ward A", "Bay 1"]
    assert not actor.has(RoleName.APPROVER)
    assert not actor.has(RoleName.COACH, units["Bay 1"])
