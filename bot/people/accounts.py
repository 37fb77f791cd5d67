"""Slack accounts: whose they are, and whether they still are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import bindparam, func
from sqlmodel import Session, col, select

from bot.clock import Clock
from bot.courier.gateway import Gateway
from bot.courier.outcomes import Done, Permanent, Refusal
from storage.engine import Database
from storage.people import Person, SlackAccount

GONE = "account_inactive"
_SLACKBOT = "USLACKBOT"
# Any number that no other lock of this database has.
_ADVISORY_LOCK = 7_268_375


@dataclass(frozen=True, slots=True)
class Mismatch:
    """An account whose email is not the person's."""

    person_email: str
    slack_email: str | None
    user_id: str


@dataclass(frozen=True, slots=True)
class DirectoryReport:
    """What came of asking Slack who is there. Emails and ids are sorted.

    - `linked`: people with an account now; `added`: those that had none before.
    - `linked_people`: the ids of people whose account became theirs by this look: new, or its email matches,
      or it is in use, and before it was not so.
    - `unmatched`: people whom nobody in the workspace matches.
    - `mismatches`: accounts that Slack has under another email; their digests are held.
    - `deactivated`: people whose account is deactivated.
    - `unknown_ids`: (email, user id) from people.csv of which Slack knows nothing.
    - `conflicts`: (email, user id) where the account is already another person's, or the person has another
      account; `rounds import --rebind` settles it.
    - `error`: Slack's, where it refused; then nothing was changed.
    """

    linked: int = 0
    added: int = 0
    linked_people: tuple[int, ...] = ()
    unmatched: tuple[str, ...] = ()
    mismatches: tuple[Mismatch, ...] = ()
    deactivated: tuple[str, ...] = ()
    unknown_ids: tuple[tuple[str, str], ...] = ()
    conflicts: tuple[tuple[str, str], ...] = ()
    error: Refusal | None = None


@dataclass(frozen=True, slots=True)
class Ok:
    """The account is in use, and the person's."""


@dataclass(frozen=True, slots=True)
class Held:
    """The account may not be this person's: nothing is sent until somebody has looked. `reason` in words."""

    reason: str


@dataclass(frozen=True, slots=True)
class Gone:
    """Nobody reads this account any more. `error` is Slack's word for it."""

    error: str


Check = Ok | Held | Gone | Refusal


def sync_accounts(database: Database, gateway: Gateway, clock: Clock, team_id: str) -> DirectoryReport:
    """Ask Slack for everybody, match people by email, and keep what it says about their accounts.

    People with an id from people.csv keep it. Bots and people of other workspaces are passed over; guests
    are not, they can be locums. Nothing is bound to another person here.
    """
    members: dict[str, Mapping[str, Any]] = {}
    for page in gateway.pages("users.list", {"limit": 200}, "members"):
        if not isinstance(page, list):
            return DirectoryReport(error=page)
        members.update({user["id"]: user for user in page if _is_somebody(user, team_id)})
    with database.write() as session:
        one_at_a_time(session)
        return _match(session, members, team_id, clock.now())


def check_account(
    database: Database, gateway: Gateway, clock: Clock, account_id: int, user_id: str | None = None
) -> Check:
    """Ask Slack about one account, before something private is sent to it.

    A deactivated account takes messages without a word, so it is asked for. An email that is no longer the
    person's, or that cannot be seen, holds: the account may have passed to somebody else. `user_id` is the
    account's, for whoever knows it already.
    """
    if user_id is None:
        with database.read() as session:
            account = session.get(SlackAccount, account_id)
        if account is None:
            return Gone("no_slack_account")
        user_id = account.user_id
    outcome = gateway.call("users.info", {"user": user_id})
    if isinstance(outcome, Permanent):
        return Gone(outcome.error)
    if not isinstance(outcome, Done):
        return outcome
    with database.write() as session:
        account = session.get(SlackAccount, account_id)
        if account is None:
            return Gone("no_slack_account")
        person = session.get_one(Person, account.person_id)
        _note(account, outcome.data["user"], clock.now())
        session.add(account)
        return judge(account, person)


def judge(account: SlackAccount, person: Person) -> Ok | Held | Gone:
    """What is known of an account, as of when Slack was last asked about it."""
    if account.deleted:
        return Gone(GONE)
    if account.email is None:
        return Held("Slack does not show the account's email (scope users:read.email)")
    if account.email != person.email:
        return Held("the Slack account's email is not the person's; check whose account it is")
    return Ok()


def account_of(session: Session, person_id: int, team_id: str | None = None) -> SlackAccount | None:
    """The person's account in this workspace, or in any; one that Slack has confirmed goes before one from
    people.csv that it has not.
    """
    given: dict[str, Any] = {"person": person_id}
    if team_id is not None:
        given["teams"] = [team_id, ""]
    found: SlackAccount | None = session.execute(_account_of(team_id is not None), given).scalar_one_or_none()
    return found


@cache
def _account_of(in_team: bool) -> Any:
    """The statement of `account_of`, with parameters `person` and, where asked for, `teams`."""
    statement = (
        select(SlackAccount)
        .where(col(SlackAccount.person_id) == bindparam("person"))
        .order_by(col(SlackAccount.team_id).desc())
        .limit(1)
    )
    teams: Any = bindparam("teams", expanding=True)
    return statement.where(col(SlackAccount.team_id).in_(teams)) if in_team else statement


def one_at_a_time(session: Session) -> None:
    """Wait until no other replica matches people, until the end of the transaction; SQLite has one writer."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(_ADVISORY_LOCK)))


def _is_somebody(user: Mapping[str, Any], team_id: str) -> bool:
    is_stranger = user.get("is_stranger") or user.get("team_id", team_id) != team_id
    return not (user.get("is_bot") or user["id"] == _SLACKBOT or is_stranger)


def _email(user: Mapping[str, Any]) -> str | None:
    email = (user.get("profile") or {}).get("email")
    return str(email).strip().lower() if email else None


def _note(account: SlackAccount, user: Mapping[str, Any], now: datetime) -> None:
    account.deleted = bool(user.get("deleted"))
    # Slack leaves the zone out for a deactivated account; the last one known is kept.
    account.timezone = user.get("tz") or account.timezone
    account.email = _email(user)
    account.checked_at = now


@dataclass(slots=True)
class _Findings:
    linked: int = 0
    added: int = 0
    linked_people: list[int] = field(default_factory=list)
    unmatched: list[str] = field(default_factory=list)
    mismatches: list[Mismatch] = field(default_factory=list)
    deactivated: list[str] = field(default_factory=list)
    unknown_ids: list[tuple[str, str]] = field(default_factory=list)
    conflicts: list[tuple[str, str]] = field(default_factory=list)

    def report(self) -> DirectoryReport:
        return DirectoryReport(
            linked=self.linked,
            added=self.added,
            linked_people=tuple(sorted(self.linked_people)),
            unmatched=tuple(sorted(self.unmatched)),
            mismatches=tuple(sorted(self.mismatches, key=lambda found: found.person_email)),
            deactivated=tuple(sorted(self.deactivated)),
            unknown_ids=tuple(sorted(self.unknown_ids)),
            conflicts=tuple(sorted(self.conflicts)),
        )


def _match(
    session: Session, members: Mapping[str, Mapping[str, Any]], team_id: str, now: datetime
) -> DirectoryReport:
    findings = _Findings()
    people = session.exec(select(Person).where(col(Person.erased_at).is_(None))).all()
    accounts = list(
        session.exec(select(SlackAccount).where(col(SlackAccount.team_id).in_((team_id, "")))).all()
    )
    by_person = {account.person_id: account for account in accounts if account.team_id == team_id}
    owners = {account.user_id: account.person_id for account in accounts if account.team_id == team_id}
    by_csv = {account.person_id: account for account in accounts if account.team_id == ""}
    by_email = _by_email(members)
    for person in people:
        assert person.id is not None
        account = by_person.get(person.id)
        given = by_csv.get(person.id)
        if given is not None:
            account = _confirm(session, person, given, account, owners, team_id, findings)
        if account is None and given is None:
            account = _find(person, by_email.get(person.email), owners, team_id, findings)
        if account is None:
            continue
        owners[account.user_id] = person.id
        _look_at(account, person, members.get(account.user_id), by_email.get(person.email), now, findings)
        session.add(account)
    return findings.report()


def _by_email(members: Mapping[str, Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    found: dict[str, Mapping[str, Any]] = {}
    for user in members.values():
        email = _email(user)
        # An address can belong to an account that is gone and to one that is in use.
        if email is not None and (email not in found or found[email].get("deleted")):
            found[email] = user
    return found


def _confirm(
    session: Session,
    person: Person,
    given: SlackAccount,
    known: SlackAccount | None,
    owners: Mapping[str, int],
    team_id: str,
    findings: _Findings,
) -> SlackAccount | None:
    """An id from people.csv becomes an account of this workspace, unless it contradicts what is known."""
    if known is not None and known.user_id == given.user_id:
        session.delete(given)
        session.flush()
        return known
    if known is not None or owners.get(given.user_id, person.id) != person.id:
        findings.conflicts.append((person.email, given.user_id))
        return None
    given.team_id = team_id
    return given


def _find(
    person: Person,
    user: Mapping[str, Any] | None,
    owners: Mapping[str, int],
    team_id: str,
    findings: _Findings,
) -> SlackAccount | None:
    """A first account for the person, by email."""
    if user is None or user.get("deleted"):
        findings.unmatched.append(person.email)
        return None
    if user["id"] in owners:
        findings.conflicts.append((person.email, user["id"]))
        return None
    assert person.id is not None
    findings.added += 1
    return SlackAccount(team_id=team_id, user_id=user["id"], person_id=person.id)


def _look_at(
    account: SlackAccount,
    person: Person,
    user: Mapping[str, Any] | None,
    namesake: Mapping[str, Any] | None,
    now: datetime,
    findings: _Findings,
) -> None:
    if user is None:
        findings.unknown_ids.append((person.email, account.user_id))
        return
    was_ok = account.checked_at is not None and judge(account, person) == Ok()
    _note(account, user, now)
    if namesake is not None and namesake["id"] != account.user_id and not namesake.get("deleted"):
        # Somebody has the person's email under another account: the same person come back, or a new one.
        findings.conflicts.append((person.email, namesake["id"]))
    match judge(account, person):
        case Ok():
            findings.linked += 1
            if not was_ok:
                findings.linked_people.append(account.person_id)
        case Gone():
            findings.deactivated.append(person.email)
        case Held():
            findings.mismatches.append(Mismatch(person.email, account.email, account.user_id))
