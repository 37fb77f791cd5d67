"""Whose Slack account is whose, and whether it still is."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest
from sqlalchemy import text
from sqlmodel import Session, select

from bot.clock import ManualClock
from bot.courier.gateway import Gateway
from bot.courier.outcomes import Misconfigured
from bot.courier.pace import Pace
from bot.people.accounts import (
    Gone,
    Held,
    Mismatch,
    Ok,
    account_of,
    check_account,
    one_at_a_time,
    sync_accounts,
)
from bot.sandbox import BOT_TOKEN, TEAM_ID, Manifest, Sandbox, start_sandbox
from storage.engine import Database
from storage.migrate import upgrade
from storage.people import Person, SlackAccount


@pytest.fixture
def sandbox(clock: ManualClock) -> Iterator[Sandbox]:
    with start_sandbox(clock=clock) as sandbox:
        yield sandbox


@pytest.fixture
def gateway(sandbox: Sandbox, clock: ManualClock) -> Gateway:
    return Gateway(BOT_TOKEN, sandbox.api_url, clock, pace=Pace(clock))


def add_person(database: Database, name: str, *, user_id: str | None = None, team: str = "") -> int:
    with database.write() as session:
        person = Person(email=f"{name}@example.org", name=name.title())
        session.add(person)
        session.flush()
        assert person.id is not None
        if user_id is not None:
            session.add(SlackAccount(team_id=team, user_id=user_id, person_id=person.id))
        return person.id


def account(database: Database, person: int) -> SlackAccount:
    with database.read() as session:
        found = account_of(session, person)
    assert found is not None
    return found


def accounts(session: Session) -> list[tuple[str, str, int]]:
    found = session.exec(select(SlackAccount).order_by(SlackAccount.user_id)).all()
    return [(row.team_id, row.user_id, row.person_id) for row in found]


def test_people_are_matched_by_email_in_any_case(
    database: Database, sandbox: Sandbox, gateway: Gateway, clock: ManualClock
) -> None:
    person = add_person(database, "ana")
    user = sandbox.workspace.add_user(name="ana", email="Ana@Example.ORG", tz="Europe/Vienna")
    report = sync_accounts(database, gateway, clock, TEAM_ID)
    assert (report.linked, report.added, report.unmatched) == (1, 1, ())
    found = account(database, person)
    assert (found.user_id, found.team_id, found.timezone) == (user.id, TEAM_ID, "Europe/Vienna")
    assert (found.email, found.deleted, found.checked_at) == ("ana@example.org", False, clock.now())


def test_asking_again_changes_nothing_and_a_new_zone_is_noticed(
    database: Database, sandbox: Sandbox, gateway: Gateway, clock: ManualClock
) -> None:
    person = add_person(database, "ana")
    user = sandbox.workspace.add_user(name="ana", email="ana@example.org")
    sync_accounts(database, gateway, clock, TEAM_ID)
    user.tz = "Australia/Sydney"
    report = sync_accounts(database, gateway, clock, TEAM_ID)
    assert (report.linked, report.added) == (1, 0)
    assert account(database, person).timezone == "Australia/Sydney"


def test_an_id_from_the_file_is_kept_and_gets_its_workspace(
    database: Database, sandbox: Sandbox, gateway: Gateway, clock: ManualClock
) -> None:
    user = sandbox.workspace.add_user(name="ana", email="ana@example.org")
    person = add_person(database, "ana", user_id=user.id)
    report = sync_accounts(database, gateway, clock, TEAM_ID)
    assert (report.linked, report.added) == (1, 0)
    with database.read() as session:
        assert accounts(session) == [(TEAM_ID, user.id, person)]


def test_an_id_from_the_file_that_is_known_already_is_one_account(
    database: Database, sandbox: Sandbox, gateway: Gateway, clock: ManualClock
) -> None:
    user = sandbox.workspace.add_user(name="ana", email="ana@example.org")
    person = add_person(database, "ana")
    sync_accounts(database, gateway, clock, TEAM_ID)
    with database.write() as session:
        session.add(SlackAccount(team_id="", user_id=user.id, person_id=person))
    sync_accounts(database, gateway, clock, TEAM_ID)
    with database.read() as session:
        assert accounts(session) == [(TEAM_ID, user.id, person)]


def test_who_cannot_be_matched_is_told(
    database: Database, sandbox: Sandbox, gateway: Gateway, clock: ManualClock
) -> None:
    workspace = sandbox.workspace
    for name in ("ana", "ben", "eva"):
        add_person(database, name)
    elsewhere = workspace.add_user(name="cem", email="cem.private@example.com")
    add_person(database, "cem", user_id=elsewhere.id)
    add_person(database, "dee", user_id="U0NOBODY00")
    workspace.add_user(name="ana", email="ana@example.org")
    workspace.add_user(name="ben", email="ben@example.org", is_bot=True)
    workspace.add_user(name="eva", email="eva@example.org", deleted=True)
    report = sync_accounts(database, gateway, clock, TEAM_ID)
    assert report.linked == 1
    assert report.unmatched == ("ben@example.org", "eva@example.org")
    assert report.mismatches == (Mismatch("cem@example.org", "cem.private@example.com", elsewhere.id),)
    assert report.unknown_ids == (("dee@example.org", "U0NOBODY00"),)


def test_an_account_is_never_moved_to_somebody_else_by_itself(
    database: Database, sandbox: Sandbox, gateway: Gateway, clock: ManualClock
) -> None:
    user = sandbox.workspace.add_user(name="ana", email="ana@example.org")
    ana = add_person(database, "ana")
    sync_accounts(database, gateway, clock, TEAM_ID)
    # The address book now has a new colleague's email on the account, and Ana's on a new account.
    user.email = "ben@example.org"
    ben = add_person(database, "ben")
    new = sandbox.workspace.add_user(name="ana2", email="ana@example.org")
    report = sync_accounts(database, gateway, clock, TEAM_ID)
    assert report.linked == 0
    assert report.conflicts == (("ana@example.org", new.id), ("ben@example.org", user.id))
    assert report.mismatches == (Mismatch("ana@example.org", "ben@example.org", user.id),)
    with database.read() as session:
        assert accounts(session) == [(TEAM_ID, user.id, ana)]
        assert account_of(session, ben) is None


def test_a_deactivated_account_is_noticed_and_its_zone_kept(
    database: Database, sandbox: Sandbox, gateway: Gateway, clock: ManualClock
) -> None:
    person = add_person(database, "ana")
    user = sandbox.workspace.add_user(name="ana", email="ana@example.org", tz="Europe/Vienna")
    sync_accounts(database, gateway, clock, TEAM_ID)
    sandbox.workspace.deactivate(user.id)
    report = sync_accounts(database, gateway, clock, TEAM_ID)
    assert report.deactivated == ("ana@example.org",)
    found = account(database, person)
    assert (found.deleted, found.timezone) == (True, "Europe/Vienna")


def test_a_directory_of_several_pages_is_read_to_its_end(
    sqlite: Database, sandbox: Sandbox, gateway: Gateway, clock: ManualClock
) -> None:
    for number in range(450):
        sandbox.workspace.add_user(name=f"user{number}", email=f"user{number}@example.org")
    person = add_person(sqlite, "user449")
    assert sync_accounts(sqlite, gateway, clock, TEAM_ID).added == 1
    assert account(sqlite, person).email == "user449@example.org"
    assert len(sandbox.workspace.calls("users.list")) == 3


def test_erased_people_are_left_alone(
    sqlite: Database, sandbox: Sandbox, gateway: Gateway, clock: ManualClock
) -> None:
    person = add_person(sqlite, "ana")
    with sqlite.write() as session:
        session.get_one(Person, person).erased_at = datetime.fromisoformat("2025-01-01T00:00:00+00:00")
    sandbox.workspace.add_user(name="ana", email="ana@example.org")
    report = sync_accounts(sqlite, gateway, clock, TEAM_ID)
    assert (report.linked, report.unmatched) == (0, ())


def test_what_slack_refuses_is_reported_and_changes_nothing(
    sqlite: Database, sandbox: Sandbox, gateway: Gateway, clock: ManualClock
) -> None:
    add_person(sqlite, "ana")
    sandbox.faults.errors["users.list"] = ["missing_scope"]
    report = sync_accounts(sqlite, gateway, clock, TEAM_ID)
    assert isinstance(report.error, Misconfigured)
    with sqlite.read() as session:
        assert accounts(session) == []


def test_who_can_be_written_to_from_now_on_is_told_once(
    database: Database, sandbox: Sandbox, gateway: Gateway, clock: ManualClock
) -> None:
    user = sandbox.workspace.add_user(name="ana", email="ana@example.org")
    ben_user = sandbox.workspace.add_user(name="ben", email="ben@example.org")
    cem_user = sandbox.workspace.add_user(name="cem", email="somebody@example.org")
    ana = add_person(database, "ana")
    ben = add_person(database, "ben", user_id=ben_user.id)
    cem = add_person(database, "cem", user_id=cem_user.id)

    def linked() -> tuple[int, ...]:
        return sync_accounts(database, gateway, clock, TEAM_ID).linked_people

    assert linked() == (ana, ben)
    assert linked() == ()
    user.email, cem_user.email = "somebody.else@example.org", "cem@example.org"
    assert linked() == (cem,)
    user.email = "ana@example.org"
    assert linked() == (ana,)


def test_an_account_of_another_workspace_is_not_the_persons_here(sqlite: Database) -> None:
    person = add_person(sqlite, "ana", user_id="U0OLD00000", team="TZZZZZZZZ")
    with sqlite.write() as session:
        assert account_of(session, person, TEAM_ID) is None
        session.add(SlackAccount(team_id="", user_id="U0FILE0000", person_id=person))
        session.flush()
        given = account_of(session, person, TEAM_ID)
        assert given is not None
        assert given.user_id == "U0FILE0000"
        session.add(SlackAccount(team_id=TEAM_ID, user_id="U0HERE0000", person_id=person))
        session.flush()
        here = account_of(session, person, TEAM_ID)
        assert here is not None
        assert here.user_id == "U0HERE0000"


def test_two_replicas_that_ask_at_once_add_each_account_once(
    postgres_url: str, sandbox: Sandbox, gateway: Gateway, clock: ManualClock
) -> None:
    with contextlib.closing(Database(postgres_url)) as database, ThreadPoolExecutor(1) as pool:
        upgrade(database)
        person = add_person(database, "ana")
        user = sandbox.workspace.add_user(name="ana", email="ana@example.org")
        with database.write() as session:
            # Another replica, in the middle of it.
            one_at_a_time(session)
            session.add(SlackAccount(team_id=TEAM_ID, user_id=user.id, person_id=person))
            session.flush()
            asked = pool.submit(sync_accounts, database, gateway, clock, TEAM_ID)
            wait_for_a_lock(database)
        report = asked.result(timeout=20)
        with database.read() as session:
            assert accounts(session) == [(TEAM_ID, user.id, person)]
    assert (report.linked, report.added) == (1, 0)


def wait_for_a_lock(database: Database) -> None:
    """Until some session of the database waits for a lock; of whatever kind."""
    for _ in range(200):
        with database.engine.connect() as connection:
            if connection.execute(text("SELECT count(*) FROM pg_locks WHERE NOT granted")).scalar():
                return
        time.sleep(0.05)
    raise AssertionError("nobody waits")


def test_an_account_is_checked_against_slack_each_time(
    database: Database, sandbox: Sandbox, gateway: Gateway, clock: ManualClock
) -> None:
    person = add_person(database, "ana")
    user = sandbox.workspace.add_user(name="ana", email="ana@example.org")
    sync_accounts(database, gateway, clock, TEAM_ID)
    account_id = account(database, person).id
    assert account_id is not None

    def check() -> object:
        return check_account(database, gateway, clock, account_id)

    assert check() == Ok()
    user.email = "somebody.else@example.org"
    assert isinstance(check(), Held)
    user.email = "ana@example.org"
    assert check() == Ok()
    sandbox.workspace.deactivate(user.id)
    assert check() == Gone("account_inactive")
    del sandbox.workspace.users[user.id]
    assert check() == Gone("user_not_found")


def test_an_email_that_slack_does_not_show_holds(sqlite: Database, clock: ManualClock) -> None:
    manifest = Manifest(scopes=frozenset({"users:read"}))
    with start_sandbox(clock=clock, manifest=manifest) as sandbox:
        user = sandbox.workspace.add_user(name="ana", email="ana@example.org")
        person = add_person(sqlite, "ana", user_id=user.id)
        gateway = Gateway(BOT_TOKEN, sandbox.api_url, clock, pace=Pace(clock))
        account_id = account(sqlite, person).id
        assert account_id is not None
        held = check_account(sqlite, gateway, clock, account_id)
    assert isinstance(held, Held)
    assert "users:read.email" in held.reason
