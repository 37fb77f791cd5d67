"""Put people, units and measures into storage, and record what each row was before."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from sqlmodel import Session

from bot.intake.bindings import Bindings
from bot.intake.contents import Contents, UnitRow
from bot.intake.known import whole_time
from bot.intake.measures import MEASURES
from bot.intake.people import ABSENCES, MEMBERSHIPS, PEOPLE, ROLES, UNITS
from bot.intake.problems import Findings
from bot.intake.recorder import Recorder
from bot.intake.unit_rules import says_anything
from storage.base import Table
from storage.intake import current_versions, every
from storage.leading import UnitRules
from storage.measures import Measure, MeasureVersion
from storage.people import Absence, Membership, PeerGroup, Person, RoleGrant, SlackAccount, Unit

_T = TypeVar("_T", bound=Table)


@dataclass(frozen=True)
class Choices:
    """What the caller decided: whether codes and accounts may move, the workspace, and the day."""

    rebind: bool
    team_id: str | None
    today: date


def publish(
    session: Session,
    contents: Contents,
    email_codes: list[str],
    choices: Choices,
    recorder: Recorder,
    findings: Findings,
) -> dict[str, Counter[str]]:
    """Bring storage to what the files say. Returns how many rows of each file were new, changed, same.

    With a dry recorder nothing is stored. What needs `--rebind` goes to `findings`.
    """
    return _Publisher(session, contents, choices, recorder, findings).run(email_codes)


class _Publisher:
    def __init__(
        self, session: Session, contents: Contents, choices: Choices, recorder: Recorder, findings: Findings
    ) -> None:
        self._session = session
        self._contents = contents
        self._choices = choices
        self._recorder = recorder
        self._findings = findings
        self._people = {person.email: person for person in every(session, Person)}
        self._units = {unit.name: unit for unit in every(session, Unit)}
        self._groups = {group.name: group for group in every(session, PeerGroup)}

    def run(self, email_codes: list[str]) -> dict[str, Counter[str]]:
        self._names()
        self._recorder.flush()
        self._unit_details()
        self._memberships()
        self._roles()
        self._absences()
        self._accounts()
        bindings = Bindings(self._session, self._contents, self._people, self._recorder, self._findings)
        bindings.bind(email_codes, rebind=self._choices.rebind, today=self._choices.today)
        self._measures()
        self._recorder.flush()
        return self._recorder.counts(
            {
                PEOPLE: [row.line for row in self._contents.people],
                UNITS: [row.line for row in self._contents.units],
                ROLES: [row.line for row in self._contents.roles],
                MEMBERSHIPS: [row.line for row in self._contents.memberships],
                ABSENCES: [row.line for row in self._contents.absences],
                MEASURES: [row.line for row in self._contents.measures],
            },
            self._contents.files,
        )

    def _names(self) -> None:
        """Everything that others refer to."""
        for row in self._contents.people:
            values: dict[str, Any] = {"name": row.name, "profession": row.profession}
            if row.grade is not None:
                values["grade"] = row.grade
            person = self._people.get(row.email)
            self._people[row.email] = self._recorder.put(
                Person, person, {"email": row.email, **values}, (PEOPLE, row.line)
            )
        for unit in self._contents.units:
            self._units[unit.name] = self._recorder.put(
                Unit, self._units.get(unit.name), {"name": unit.name}, (UNITS, unit.line)
            )
        groups = [row.peer_group for row in self._contents.people]
        groups += [row.peer_group for row in self._contents.memberships]
        for name in groups:
            if name and name not in self._groups:
                self._groups[name] = self._recorder.put(PeerGroup, None, {"name": name}, None)

    def _unit_details(self) -> None:
        for row in self._contents.units:
            self._recorder.put(Unit, self._units[row.name], self._unit_values(row), (UNITS, row.line))
        self._unit_rules()

    def _unit_rules(self) -> None:
        stored = {row.unit_id: row for row in every(self._session, UnitRules)}
        for row in self._contents.units:
            unit_id = self._units[row.name].id or 0
            rules = stored.get(unit_id)
            if rules is not None or says_anything(row.rules):
                values = {"unit_id": unit_id, **row.rules}
                self._recorder.put(UnitRules, rules, values, (UNITS, row.line), part=True)

    def _unit_values(self, row: UnitRow) -> dict[str, Any]:
        values: dict[str, Any] = {}
        if row.parent is not None:
            values["parent_id"] = self._units[row.parent].id if row.parent else None
        if row.channel is not None:
            values["channel"] = row.channel
        for column, email in (
            ("leader_id", row.leader),
            ("deputy_id", row.deputy),
            ("manager_id", row.manager),
        ):
            if email is not None:
                values[column] = self._people[email].id if email else None
        return values

    def _memberships(self) -> None:
        stored: dict[int | None, list[Membership]] = {}
        for membership in every(self._session, Membership):
            stored.setdefault(membership.person_id, []).append(membership)
        dated = {row.email for row in self._contents.memberships}
        for row in self._contents.people:
            if row.email not in dated:
                place: dict[str, Any] = {"unit_id": self._units[row.unit].id}
                if row.peer_group is not None:
                    place["peer_group_id"] = self._group(row.peer_group)
                self._whole_time(row.email, place, stored.get(self._people[row.email].id, []), row.line)
        kept: set[tuple[int | None, int | None, date]] = {
            (self._people[row.email].id, self._units[row.unit].id, row.starts)
            for row in self._contents.memberships
        }
        for email in sorted(dated):
            rows = stored.get(self._people[email].id, [])
            if len(rows) == 1 and whole_time((rows[0].starts, rows[0].ends)) and _place(rows[0]) not in kept:
                self._recorder.drop(rows[0])
        self._recorder.flush()
        by_key: dict[tuple[int | None, int | None, date], Membership] = {
            _place(row): row for rows in stored.values() for row in rows
        }
        for dates in self._contents.memberships:
            person, unit = self._people[dates.email].id, self._units[dates.unit].id
            values = {
                "person_id": person,
                "unit_id": unit,
                "starts": dates.starts,
                "ends": dates.ends,
                "peer_group_id": self._group(dates.peer_group),
            }
            existing = by_key.get((person, unit, dates.starts))
            self._recorder.put(Membership, existing, values, (MEMBERSHIPS, dates.line))

    def _whole_time(self, email: str, place: dict[str, Any], stored: list[Membership], line: int) -> None:
        default = [row for row in stored if whole_time((row.starts, row.ends))]
        if stored and not (len(stored) == len(default) == 1):
            if place["unit_id"] not in {row.unit_id for row in stored}:
                self._findings.warn(
                    f"{PEOPLE}:{line}: {email} has memberships with dates, so this unit was not used;"
                    f" give it in {MEMBERSHIPS}"
                )
            return
        values = {"person_id": self._people[email].id, **place}
        self._recorder.put(Membership, default[0] if default else None, values, (PEOPLE, line), part=True)

    def _group(self, name: str) -> int | None:
        return self._groups[name].id if name else None

    def _roles(self) -> None:
        stored = {(row.person_id, row.role, row.unit_id): row for row in every(self._session, RoleGrant)}
        for row in self._contents.roles:
            unit = self._units[row.unit].id if row.unit else None
            person = self._people[row.email].id
            values = {"person_id": person, "role": row.role, "unit_id": unit}
            existing = stored.get((person or 0, row.role, unit))
            self._recorder.put(RoleGrant, existing, values, (ROLES, row.line))

    def _absences(self) -> None:
        stored = {(row.person_id, row.starts): row for row in every(self._session, Absence)}
        for row in self._contents.absences:
            person = self._people[row.email].id
            values = {"person_id": person, "starts": row.starts, "ends": row.ends}
            existing = stored.get((person or 0, row.starts))
            self._recorder.put(Absence, existing, values, (ABSENCES, row.line))

    def _accounts(self) -> None:
        """Slack ids that the file names; without a known workspace they are kept under none."""
        team = self._choices.team_id
        rows = [
            row for row in every(self._session, SlackAccount) if team is None or row.team_id in (team, "")
        ]
        by_user = {row.user_id: row for row in rows}
        by_person = {row.person_id: row for row in rows}
        emails = {person.id: email for email, person in self._people.items()}
        for row in self._contents.people:
            if not row.slack_user_id:
                continue
            person = self._people[row.email].id
            of_user, of_person = by_user.get(row.slack_user_id), by_person.get(person or 0)
            if of_user is not None and of_user.person_id == person:
                continue
            for taken in (of_user, of_person):
                if taken is not None and not self._choices.rebind:
                    self._findings.problem(
                        PEOPLE,
                        row.line,
                        f"the Slack account of {emails[taken.person_id]} is {taken.user_id} so far, and this"
                        f" row gives {row.slack_user_id} to {row.email};"
                        " if that is right, import again with --rebind",
                    )
                    break
            else:
                # Slack is asked again about whatever moved, so nothing of the old owner is kept.
                for taken in (of_user, of_person):
                    if taken is not None:
                        del by_user[taken.user_id], by_person[taken.person_id]
                        self._recorder.drop(taken)
                self._recorder.flush()
                values = {"team_id": team or "", "user_id": row.slack_user_id, "person_id": person}
                account = self._recorder.put(SlackAccount, None, values, (PEOPLE, row.line), part=True)
                by_user[row.slack_user_id] = account
                by_person[account.person_id] = account

    def _measures(self) -> None:
        current = current_versions(self._session)
        ids = {measure.key: measure.id for measure in every(self._session, Measure)}
        for row in self._contents.measures:
            version = current.get(row.key)
            if version is not None and all(
                getattr(version, name) == value for name, value in row.values.items()
            ):
                continue
            self._recorder.note((MEASURES, row.line), "changed" if version else "new")
            self._recorder.add_version(MeasureVersion, ids.get(row.key), row.values)


def _place(row: Membership) -> tuple[int, int, date]:
    return row.person_id, row.unit_id, row.starts
