"""Each planted fault is found, and the local workspace as it comes passes."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import delete
from sqlmodel import Session, col, select

from bot.clock import Clock, ManualClock, SystemClock
from bot.demo.generate import generate
from bot.doctor import Check, Finding, examine
from bot.doctor.setup import fingerprint
from bot.doctor.stored import remember_key
from bot.intake import import_folder
from bot.sandbox import APP_TOKEN, BOT_TOKEN, TEAM_ID, Manifest, Sandbox, start_sandbox
from bot.settings import Settings
from handlers.demo import workspace_of
from handlers.listening import answered_commands
from handlers.manifest import MANIFEST
from storage.engine import Database
from storage.measures import ImportBatch, Measure, MeasureVersion
from storage.migrate import upgrade
from storage.outbox import SiteFact
from storage.people import Person, RoleGrant, SlackAccount, Unit
from storage.terms import BatchState, RoleName


@dataclass(frozen=True)
class Hospital:
    """Demo data in a database of its own, and where its files are."""

    data: Path
    database: Path


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Hospital:
    """The demo data up to last week, imported once."""
    folder = tmp_path_factory.mktemp("doctor")
    today = datetime.now(UTC).date()
    world = generate(folder / "data", last_sunday=today - timedelta(days=today.isoweekday()))
    database = Database(f"sqlite:///{folder / 'rounds.db'}")
    upgrade(database)
    import_folder(
        database,
        world.directory,
        clock=SystemClock(),
        imported_by="test",
        settings=Settings.model_construct(),
        team_id=TEAM_ID,
    )
    with database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    return Hospital(world.directory, folder / "rounds.db")


@dataclass
class Clinic:
    """A local workspace with its database, to plant a fault in and to send the doctor to."""

    sandbox: Sandbox
    settings: Settings
    path: Path
    manifest: Path = MANIFEST
    clock: Clock = field(default_factory=SystemClock)
    answered: Callable[[Collection[str]], Collection[str]] | None = None

    def given(self, **values: Any) -> None:
        """Set settings."""
        self.settings = self.settings.model_copy(update=values)

    def change(self, work: Callable[[Any], object]) -> None:
        """Change the database in one transaction."""
        database = Database(f"sqlite:///{self.path}")
        with database.write() as session:
            work(session)
        database.close()

    def look(self) -> dict[str, Check]:
        """What the doctor says, by check."""
        answered = self.answered or (lambda others: answered_commands(self.settings, others))
        found = examine(self.settings, self.clock, self.manifest, answered)
        return {check.name: check for check in found}

    def finds(self, name: str) -> Finding:
        """The one finding of the one check that fails."""
        checks = self.look()
        assert [check.name for check in checks.values() if check.failed] == [name]
        (finding,) = checks[name].findings
        assert finding.todo
        return finding


@pytest.fixture
def clinic(imported: Hospital, tmp_path: Path) -> Iterator[Clinic]:
    """The local workspace as it comes."""
    shutil.copy(imported.database, tmp_path / "rounds.db")
    with start_sandbox(workspace_of(imported.data, SystemClock()), manifest=MANIFEST) as sandbox:
        settings = Settings.model_construct().model_copy(
            update={
                "slack_bot_token": SecretStr(BOT_TOKEN),
                "slack_app_token": SecretStr(APP_TOKEN),
                "slack_api_url": sandbox.api_url,
                "database_url": f"sqlite:///{tmp_path / 'rounds.db'}",
            }
        )
        yield Clinic(sandbox, settings, tmp_path / "rounds.db")


def channel(clinic: Clinic, name: str = "ward-ash") -> str:
    return next(c.id for c in clinic.sandbox.workspace.channels.values() if c.name == name)


def test_the_local_workspace_passes(clinic: Clinic) -> None:
    checks = clinic.look()
    assert {name: check.findings for name, check in checks.items() if check.failed} == {}
    assert [name for name, check in checks.items() if not check.made] == ["Installed app"]


def test_nothing_is_changed_by_looking(clinic: Clinic) -> None:
    before = clinic.path.read_bytes()
    clinic.look()
    assert clinic.path.read_bytes() == before
    methods = {call.method for call in clinic.sandbox.workspace.journal}
    assert methods <= {
        "auth.test",
        "apps.connections.open",
        "users.list",
        "conversations.list",
        "conversations.members",
    }


@pytest.mark.parametrize(
    ("token", "kind"), [("xoxp-1", "a user token"), ("xapp-1", "an app-level token"), ("abc", "no token")]
)
def test_a_bot_token_of_the_wrong_kind(clinic: Clinic, token: str, kind: str) -> None:
    clinic.given(slack_bot_token=SecretStr(token))
    finding = clinic.finds("Tokens")
    assert f"SLACK_BOT_TOKEN is {kind}" in finding.wrong
    assert token not in finding.wrong + finding.todo


def test_a_missing_bot_token(clinic: Clinic) -> None:
    clinic.given(slack_bot_token=SecretStr(""))
    assert clinic.finds("Tokens").wrong == "SLACK_BOT_TOKEN is not set."


def test_a_bot_token_that_slack_does_not_know(clinic: Clinic) -> None:
    clinic.given(slack_bot_token=SecretStr("xoxb-other"))
    assert "invalid_auth" in clinic.finds("Slack").wrong


def test_a_socket_token_of_the_wrong_kind(clinic: Clinic) -> None:
    clinic.given(slack_app_token=SecretStr(BOT_TOKEN))
    assert clinic.finds("Tokens").wrong == "SLACK_APP_TOKEN is a bot token."


def test_a_socket_token_that_slack_does_not_know(clinic: Clinic) -> None:
    clinic.given(slack_app_token=SecretStr("xapp-other"))
    assert clinic.finds("Socket Mode").wrong == "Slack does not know SLACK_APP_TOKEN."


def test_no_way_in_at_all(clinic: Clinic) -> None:
    clinic.given(slack_app_token=SecretStr(""))
    assert "nothing can come in" in clinic.finds("Tokens").wrong
    clinic.given(slack_signing_secret=SecretStr("8f742231b10e8888abcd99yyyzzz85a5"))
    assert not clinic.look()["Tokens"].failed


def test_slack_not_reached(clinic: Clinic) -> None:
    clinic.given(slack_api_url="http://127.0.0.1:9/api/")
    assert clinic.finds("Slack").wrong == "Slack was not reached at http://127.0.0.1:9/api/."


def test_a_missing_scope(clinic: Clinic, imported: Hospital) -> None:
    whole = Manifest.read(MANIFEST)
    less = replace(whole, scopes=(whole.scopes or frozenset()) - {"files:write"})
    with start_sandbox(workspace_of(imported.data, SystemClock()), manifest=less) as sandbox:
        clinic.given(slack_api_url=sandbox.api_url)
        assert clinic.finds("Scopes").wrong == "The app lacks the scope files:write."


def test_a_command_missing_in_the_manifest(clinic: Clinic, tmp_path: Path) -> None:
    clinic.manifest = tmp_path / "manifest.yml"
    clinic.manifest.write_text(MANIFEST.read_text().replace("command: /digest", "command: /digests"))
    wrong = [finding.wrong for finding in clinic.look()["Commands"].findings]
    assert wrong == [
        "/digest is missing in manifest.yml, so Slack does not know it.",
        "/digests is in manifest.yml, but this version of Rounds does not answer it.",
    ]


def test_a_manifest_that_is_not_there(clinic: Clinic, tmp_path: Path) -> None:
    clinic.manifest = tmp_path / "manifest.yml"
    assert "manifest.yml is not there" in clinic.look()["Commands"].findings[0].wrong


def test_a_database_that_is_not_there_is_not_made_either(clinic: Clinic, tmp_path: Path) -> None:
    clinic.given(database_url=f"sqlite:///{tmp_path / 'new.db'}")
    assert "is not there yet" in clinic.finds("Database").wrong
    assert not (tmp_path / "new.db").exists()


def test_a_database_that_is_not_migrated(clinic: Clinic, tmp_path: Path) -> None:
    empty = Database(f"sqlite:///{tmp_path / 'empty.db'}")
    with empty.engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE other (id INTEGER)")
    empty.close()
    clinic.given(database_url=f"sqlite:///{tmp_path / 'empty.db'}")
    assert clinic.finds("Schema").todo == "Run `rounds db upgrade`."


def test_a_database_of_another_version(clinic: Clinic) -> None:
    database = Database(clinic.settings.database_url)
    with database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    database.close()
    assert "is at schema 9999" in clinic.finds("Schema").wrong


def test_an_address_that_is_no_database(clinic: Clinic) -> None:
    clinic.given(database_url="mongodb://somewhere")
    assert "DATABASE_URL" in clinic.finds("Database").wrong


def test_a_database_server_that_is_away_and_its_password_is_not_shown(clinic: Clinic) -> None:
    clinic.given(database_url="postgresql://rounds:hunter2@127.0.0.1:9/rounds")
    wrong = clinic.finds("Database").wrong
    assert "cannot be used" in wrong
    assert "hunter2" not in wrong


def test_a_file_that_this_user_cannot_write(clinic: Clinic, imported: Hospital) -> None:
    folder = Path(tempfile.mkdtemp())
    try:
        shutil.copy(imported.database, folder / "rounds.db")
        folder.chmod(0o755 if os.geteuid() == 0 else 0o555)
        (folder / "rounds.db").chmod(0o644 if os.geteuid() == 0 else 0o444)
        clinic.given(database_url=f"sqlite:///{folder / 'rounds.db'}")
        with_rights = os.geteuid()
        if with_rights == 0:
            os.seteuid(65534)  # nobody: whoever is root can write everything
        try:
            check = clinic.look()["Database"]
        finally:
            os.seteuid(with_rights)
        assert "cannot be written by this user" in check.findings[0].wrong
    finally:
        folder.chmod(0o755)
        shutil.rmtree(folder)


def test_a_missing_secret_key(clinic: Clinic) -> None:
    clinic.change(lambda session: remember_key(session, fingerprint("the first key")))
    assert "has been used with one" in clinic.finds("Secret key").wrong


def test_a_changed_secret_key(clinic: Clinic) -> None:
    clinic.change(lambda session: remember_key(session, fingerprint("the first key")))
    clinic.given(rounds_secret_key=SecretStr("the first key"))
    assert not clinic.look()["Secret key"].failed
    clinic.given(rounds_secret_key=SecretStr("another key"))
    assert "is not the one" in clinic.finds("Secret key").wrong


def test_the_key_that_was_noted_first_stays_noted(clinic: Clinic) -> None:
    clinic.change(lambda session: remember_key(session, fingerprint("first")))
    clinic.change(lambda session: remember_key(session, fingerprint("second")))
    database = Database(clinic.settings.database_url)
    with database.read() as session:
        fact = session.get(SiteFact, "secret_key_fingerprint")
        assert fact is not None
        assert fact.value == fingerprint("first")
        assert "first" not in fact.value
    database.close()


def test_a_channel_that_rounds_is_not_in(clinic: Clinic) -> None:
    clinic.sandbox.workspace.kick_bot(channel(clinic))
    finding = clinic.finds("Channels")
    assert finding.wrong == "Rounds is not in #ward-ash of Ash Ward."
    assert "/invite @Rounds" in finding.todo


def test_a_private_channel_that_rounds_is_not_in(clinic: Clinic) -> None:
    clinic.sandbox.workspace.channels[channel(clinic)].private = True
    clinic.sandbox.workspace.kick_bot(channel(clinic))
    assert "was not found" in clinic.finds("Channels").wrong


def test_an_archived_channel(clinic: Clinic) -> None:
    clinic.sandbox.workspace.archive(channel(clinic))
    assert clinic.finds("Channels").wrong == "#ward-ash of Ash Ward is archived."


def test_a_channel_with_a_guest(clinic: Clinic) -> None:
    guest = clinic.sandbox.workspace.add_user(name="guest", real_name="Gail Guest", guest=True)
    clinic.sandbox.workspace.join(channel(clinic), guest.id)
    assert clinic.finds("Channels").wrong == "#ward-ash of Ash Ward has 1 guest: Gail Guest."


def test_a_channel_with_another_organisation(clinic: Clinic) -> None:
    clinic.sandbox.workspace.share_with_others(channel(clinic))
    assert "shared with another organisation" in clinic.finds("Channels").wrong


def test_somebody_who_matches_nobody_in_slack(clinic: Clinic) -> None:
    user = next(u for u in clinic.sandbox.workspace.users.values() if u.email)
    email, user.email = user.email, "another@rounds.example"
    assert clinic.finds("People").wrong == f"1 person matches nobody in Slack: {email}."


def test_an_account_whose_email_is_another(clinic: Clinic) -> None:
    user = next(u for u in clinic.sandbox.workspace.users.values() if u.email)
    email = user.email

    def bind(session: Any) -> None:
        person = next(p for p in session.exec(_everybody(Person)) if p.email == email)
        session.add(SlackAccount(team_id=TEAM_ID, user_id=user.id, person_id=person.id))

    clinic.change(bind)
    assert not clinic.look()["People"].failed
    user.email = "another@rounds.example"
    assert "another email address" in clinic.finds("People").wrong


def _everybody(table: Any) -> Any:
    return select(table)


def test_a_unit_without_a_leader(clinic: Clinic) -> None:
    def unseat(session: Any) -> None:
        unit = next(u for u in session.exec(_everybody(Unit)) if u.name == "Ash Ward")
        unit.leader_id = None
        session.add(unit)

    clinic.change(unseat)
    assert clinic.finds("Units").wrong.startswith("Ash Ward has no leader")


def test_measures_without_data_for_three_periods(clinic: Clinic) -> None:
    clinic.clock = _Later(timedelta(days=33))
    checks = clinic.look()
    wrong = [finding.wrong for finding in checks["Measures"].findings]
    assert any("no data for 3 weeks or more" in sentence for sentence in wrong)


def test_a_measure_that_is_past_its_review(clinic: Clinic) -> None:
    def age(session: Any) -> None:
        version = next(v for v in session.exec(_everybody(MeasureVersion)) if v.title.startswith("Clot"))
        version.next_review = date(2020, 1, 31)
        session.add(version)

    clinic.change(age)
    finding = clinic.finds("Measures")
    assert "Clot risk assessed within 14 hours was due for review on 31 January 2020" in finding.wrong


def test_a_measure_without_any_data(clinic: Clinic) -> None:
    def add(session: Any) -> None:
        known = session.exec(_everybody(MeasureVersion)).first()
        batch = ImportBatch(
            state=BatchState.LIVE, source="x", imported_by="test", started_at=datetime.now(UTC)
        )
        measure = Measure(key="new-one")
        session.add_all([batch, measure])
        session.flush()
        values = known.model_dump(exclude={"id"}) | {"title": "New one"}
        session.add(MeasureVersion(**values | {"measure_id": measure.id, "batch_id": batch.id}))

    clinic.change(add)
    assert clinic.finds("Measures").wrong == "There is no data at all for New one."


@pytest.mark.parametrize("skew", [timedelta(minutes=-5), timedelta(minutes=5)])
def test_a_clock_that_is_wrong(clinic: Clinic, skew: timedelta) -> None:
    clinic.clock = _Later(skew)
    way = "ahead of" if skew > timedelta() else "behind"
    assert clinic.finds("Clock").wrong == f"This machine's clock is 5 minutes {way} Slack's."


class _Later(SystemClock):
    """A clock that goes wrong by a fixed time."""

    def __init__(self, by: timedelta) -> None:
        self._by = by

    def now(self) -> datetime:
        return super().now() + self._by


def test_a_clock_that_stands_is_no_trouble_for_the_pace(clinic: Clinic) -> None:
    clinic.clock = ManualClock(datetime.now(UTC))
    assert not clinic.look()["Clock"].failed


# -- ideas ----


def test_an_organisation_channel_that_is_not_there(clinic: Clinic) -> None:
    clinic.given(rounds_organisation_channel="#everybody-here")
    found = clinic.finds("Channels")
    assert found.wrong.startswith("#everybody-here of the whole organisation was not found")
    assert "ROUNDS_ORGANISATION_CHANNEL" in found.todo


def test_synonyms_that_cannot_be_read(clinic: Clinic, tmp_path: Path) -> None:
    table = tmp_path / "words.csv"
    table.write_text("word,means\nvenflon\n", encoding="utf-8")
    clinic.given(rounds_synonyms=str(table))
    assert clinic.finds("Synonyms").wrong.startswith("Words.csv:2: there are 1 fields")


def test_nobody_who_may_approve(clinic: Clinic) -> None:
    clinic.change(
        lambda session: session.exec(delete(RoleGrant).where(col(RoleGrant.role) == RoleName.APPROVER))
    )
    assert clinic.finds("Approvers").wrong.startswith("Nobody is an approver")


def test_a_unit_that_no_approver_is_for(clinic: Clinic) -> None:
    def only_in_ash(session: Session) -> None:
        ash = session.exec(select(Unit).where(Unit.name == "Ash Ward")).one()
        session.exec(delete(RoleGrant).where(col(RoleGrant.role) == RoleName.APPROVER))
        assert ash.leader_id is not None
        session.add(RoleGrant(person_id=ash.leader_id, role=RoleName.APPROVER, unit_id=ash.id))

    clinic.change(only_in_ash)
    found = clinic.finds("Approvers")
    assert found.wrong.startswith("No approver is for ")
    assert "Ash Ward" not in found.wrong
