"""What a folder of files says, read and checked, with the line of each statement. Not yet in storage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from storage.terms import ALWAYS, FOREVER, RoleName


@dataclass(frozen=True)
class PersonRow:
    """A line of people.csv. None: the file has no such column, so what is stored stays."""

    line: int
    email: str
    name: str
    profession: str
    unit: str
    grade: str | None
    peer_group: str | None
    clinician_code: str | None
    slack_user_id: str | None


@dataclass(frozen=True)
class UnitRow:
    """A line of units.csv. None: the file has no such column; empty: nobody, nothing.

    `rules` are the unit's own (`UnitRules`), as far as the file has their columns; None is the site's.
    """

    line: int
    name: str
    parent: str | None
    channel: str | None
    leader: str | None
    deputy: str | None
    manager: str | None
    rules: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class RoleRow:
    """A line of roles.csv; an empty unit means everywhere."""

    line: int
    email: str
    role: RoleName
    unit: str


@dataclass(frozen=True)
class MembershipRow:
    """A line of memberships.csv, both ends included."""

    line: int
    email: str
    unit: str
    peer_group: str
    starts: date = ALWAYS
    ends: date = FOREVER


@dataclass(frozen=True)
class AbsenceRow:
    """A line of absences.csv, both ends included."""

    line: int
    email: str
    starts: date
    ends: date


@dataclass(frozen=True)
class MeasureRow:
    """A `[[measure]]`: its id, and the columns of its version."""

    line: int
    key: str
    values: dict[str, Any]


@dataclass
class Contents:
    """All files but observations.csv. `files` are those that are there; the lists of others are empty."""

    files: list[str] = field(default_factory=list)
    people: list[PersonRow] = field(default_factory=list)
    units: list[UnitRow] = field(default_factory=list)
    roles: list[RoleRow] = field(default_factory=list)
    memberships: list[MembershipRow] = field(default_factory=list)
    absences: list[AbsenceRow] = field(default_factory=list)
    measures: list[MeasureRow] = field(default_factory=list)
