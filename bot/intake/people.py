"""people.csv, units.csv, roles.csv, memberships.csv and absences.csv: read, each row on its own."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from typing import TypeVar

from bot.intake.contents import AbsenceRow, Contents, MembershipRow, PersonRow, RoleRow, UnitRow
from bot.intake.csvfile import CsvFile, Record
from bot.intake.problems import Findings, quoted
from bot.intake.unit_rules import RULES, read_rules
from bot.intake.values import Unreadable, read_date, read_email, read_text
from storage.terms import ALWAYS, FOREVER, RoleName

PEOPLE, UNITS, ROLES = "people.csv", "units.csv", "roles.csv"
MEMBERSHIPS, ABSENCES = "memberships.csv", "absences.csv"
_SLACK_USER = re.compile(r"[UW][A-Z0-9]{2,23}")
_Row = TypeVar("_Row")
_Value = TypeVar("_Value")


class _Fields:
    """One row being read: notes each field that means nothing, and goes on to the next."""

    def __init__(self, file: str, record: Record, findings: Findings) -> None:
        self._file = file
        self._record = record
        self._findings = findings
        self.sound = True

    def problem(self, message: str) -> None:
        self.sound = False
        self._findings.problem(self._file, self._record.line, message)

    def _read(self, read: Callable[[], _Value], otherwise: _Value) -> _Value:
        try:
            return read()
        except Unreadable as error:
            self.problem(str(error))
            return otherwise

    def text(self, column: str, longest: int, *, needed: bool = False) -> str:
        value = self._record.get(column) or ""
        if needed and not value:
            self.problem(f"{column} is empty; fill it in, or remove the row")
        return self._read(lambda: read_text(value, column, longest), "")

    def text_if_there(self, column: str, longest: int) -> str | None:
        return None if self._record.get(column) is None else self.text(column, longest)

    def email(self, column: str) -> str:
        return self._read(lambda: read_email(self._record.get(column) or "", column), "")

    def email_or_nobody(self, column: str) -> str | None:
        value = self._record.get(column)
        return self.email(column) if value else value

    def day(self, column: str, otherwise: date | None) -> date:
        value = self._record.get(column) or ""
        if not value and otherwise is not None:
            return otherwise
        return self._read(lambda: read_date(value, column), ALWAYS)

    def slack_user(self) -> str | None:
        value = self._record.get("slack_user_id")
        if value and not _SLACK_USER.fullmatch(value):
            self.problem(
                f"slack_user_id {quoted(value)} is not an id of Slack's; copy the member ID from the"
                " person's profile (such as U024BE7LH), or leave it empty"
            )
        return value


def read_people(folder: Path, contents: Contents, findings: Findings) -> None:
    """Read the five files, as far as they are there, into `contents`."""
    contents.people = _read(
        folder / PEOPLE,
        ("email", "name", "profession", "unit"),
        ("peer_group", "clinician_code", "slack_user_id", "grade"),
        _person,
        contents,
        findings,
    )
    contents.units = _read(
        folder / UNITS,
        ("unit",),
        ("parent", "channel", "leader_email", "deputy_email", "manager_email", *RULES),
        _unit,
        contents,
        findings,
    )
    contents.roles = _read(folder / ROLES, ("email", "role", "unit"), (), _role, contents, findings)
    contents.memberships = _read(
        folder / MEMBERSHIPS,
        ("email", "unit", "peer_group", "starts", "ends"),
        (),
        _membership,
        contents,
        findings,
    )
    contents.absences = _read(
        folder / ABSENCES, ("email", "starts", "ends"), (), _absence, contents, findings
    )
    _twice(PEOPLE, ((row.line, ("the address", row.email)) for row in contents.people), findings)
    _twice(
        PEOPLE,
        ((row.line, ("clinician_code", row.clinician_code)) for row in contents.people if row.clinician_code),
        findings,
    )
    _twice(
        PEOPLE,
        ((row.line, ("slack_user_id", row.slack_user_id)) for row in contents.people if row.slack_user_id),
        findings,
    )
    _twice(UNITS, ((row.line, ("the unit", row.name)) for row in contents.units), findings)
    _twice(
        ROLES,
        ((row.line, ("this role of", row.email, row.role, row.unit)) for row in contents.roles),
        findings,
    )


def _read(
    path: Path,
    required: tuple[str, ...],
    optional: tuple[str, ...],
    make: Callable[[_Fields, Record], _Row],
    contents: Contents,
    findings: Findings,
) -> list[_Row]:
    if not path.exists():
        return []
    contents.files.append(path.name)
    if not path.is_file():
        findings.problem(path.name, 0, "this is not a file; a CSV file is expected here")
        return []
    rows = []
    for record in CsvFile(path, required, optional, findings).records():
        fields = _Fields(path.name, record, findings)
        row = make(fields, record)
        if fields.sound:
            rows.append(row)
    return rows


def _twice(file: str, keys: Iterable[tuple[int, tuple[str, ...]]], findings: Findings) -> None:
    first: dict[tuple[str, ...], int] = {}
    for line, key in keys:
        if key in first:
            findings.problem(
                file,
                line,
                f"{key[0]} {quoted(key[1])} is already in line {first[key]}; keep one of the two rows",
            )
        else:
            first[key] = line


def _person(fields: _Fields, record: Record) -> PersonRow:
    return PersonRow(
        line=record.line,
        email=fields.email("email"),
        name=fields.text("name", 200, needed=True),
        profession=fields.text("profession", 100),
        unit=fields.text("unit", 200, needed=True),
        grade=fields.text_if_there("grade", 100),
        peer_group=fields.text_if_there("peer_group", 200),
        clinician_code=fields.text_if_there("clinician_code", 254),
        slack_user_id=fields.slack_user(),
    )


def _unit(fields: _Fields, record: Record) -> UnitRow:
    return UnitRow(
        line=record.line,
        name=fields.text("unit", 200, needed=True),
        parent=fields.text_if_there("parent", 200),
        channel=fields.text_if_there("channel", 100),
        leader=fields.email_or_nobody("leader_email"),
        deputy=fields.email_or_nobody("deputy_email"),
        manager=fields.email_or_nobody("manager_email"),
        rules=read_rules(record.get, fields.problem),
    )


def _role(fields: _Fields, record: Record) -> RoleRow:
    word = (record.get("role") or "").lower()
    if word not in set(RoleName):
        fields.problem(f"role {quoted(word)} is not known; use one of {', '.join(RoleName)}")
        word = RoleName.ANALYST
    return RoleRow(record.line, fields.email("email"), RoleName(word), fields.text("unit", 200))


def _membership(fields: _Fields, record: Record) -> MembershipRow:
    starts, ends = _span(fields, optional=True)
    return MembershipRow(
        record.line,
        fields.email("email"),
        fields.text("unit", 200, needed=True),
        fields.text("peer_group", 200),
        starts,
        ends,
    )


def _absence(fields: _Fields, record: Record) -> AbsenceRow:
    starts, ends = _span(fields, optional=False)
    return AbsenceRow(record.line, fields.email("email"), starts, ends)


def _span(fields: _Fields, *, optional: bool) -> tuple[date, date]:
    starts = fields.day("starts", ALWAYS if optional else None)
    ends = fields.day("ends", FOREVER if optional else None)
    if fields.sound and ends < starts:
        fields.problem(f"ends {ends} is before starts {starts}; swap them, or correct one")
    return starts, ends
