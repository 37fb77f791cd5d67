"""People, the codes they have in the data, their Slack accounts, and where they work."""

from __future__ import annotations

from datetime import date, datetime, time

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field

from storage.base import Table
from storage.columns import OneOf, UtcDateTime, one_of
from storage.terms import ALWAYS, FOREVER, Blinding, Frequency, RoleName, Weekday

_ends_after_start = "ends >= starts"


class Person(Table, table=True):
    """Someone who works here. Known by email; a code and an account are tables of their own."""

    __tablename__ = "person"
    __table_args__ = (CheckConstraint("email = lower(email)", name="email_lower"),)

    id: int | None = Field(default=None, primary_key=True)
    email: str = Field(unique=True, max_length=254)
    name: str = Field(max_length=200)
    profession: str = Field(default="", max_length=100)
    grade: str = Field(default="", max_length=100)
    # After "right to erasure" the row stays, emptied, so that what others did still adds up.
    erased_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Clinician(Table, table=True):
    """A code in the data. Observations belong to the code; a binding says whose code it was when."""

    __tablename__ = "clinician"

    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(unique=True, max_length=254)


class ClinicianBinding(Table, table=True):
    """A code belongs to a person from one day to another: codes get reused, figures must not move along."""

    __tablename__ = "clinician_binding"
    __table_args__ = (
        UniqueConstraint("clinician_id", "starts"),
        CheckConstraint(_ends_after_start, name="ends_after_start"),
        Index(
            "uq_clinician_binding_current_code",
            "clinician_id",
            unique=True,
            sqlite_where=text("ends = '9999-12-31'"),
            postgresql_where=text("ends = '9999-12-31'"),
        ),
        Index(
            "uq_clinician_binding_current_person",
            "person_id",
            unique=True,
            sqlite_where=text("ends = '9999-12-31'"),
            postgresql_where=text("ends = '9999-12-31'"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    clinician_id: int = Field(foreign_key="clinician.id")
    person_id: int = Field(foreign_key="person.id")
    starts: date = Field(default=ALWAYS)
    ends: date = Field(default=FOREVER)


class SlackAccount(Table, table=True):
    """A Slack user of one workspace, and the person it belongs to.

    `email` is the one that Slack had at `checked_at`; if it no longer is the person's, the digest is held.
    An account that Slack has not been asked about yet (an id from people.csv) has no `checked_at`.
    """

    __tablename__ = "slack_account"
    __table_args__ = (UniqueConstraint("team_id", "user_id"), UniqueConstraint("team_id", "person_id"))

    id: int | None = Field(default=None, primary_key=True)
    team_id: str = Field(max_length=24)
    user_id: str = Field(max_length=24)
    person_id: int = Field(foreign_key="person.id", index=True)
    email: str | None = Field(default=None, max_length=254)
    timezone: str | None = Field(default=None, max_length=64)
    deleted: bool = False
    dm_channel: str | None = Field(default=None, max_length=24)
    checked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Unit(Table, table=True):
    """A ward, service or practice in a tree, with its channel, its leadership pair and their deputy."""

    __tablename__ = "unit"
    __table_args__ = (CheckConstraint("parent_id <> id", name="not_own_parent"),)

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True, max_length=200)
    parent_id: int | None = Field(default=None, foreign_key="unit.id", index=True)
    channel: str = Field(default="", max_length=100)
    leader_id: int | None = Field(default=None, foreign_key="person.id")
    manager_id: int | None = Field(default=None, foreign_key="person.id")
    deputy_id: int | None = Field(default=None, foreign_key="person.id")


class PeerGroup(Table, table=True):
    """Clinicians who are fairly compared with one another."""

    __tablename__ = "peer_group"
    __table_args__ = (one_of("blinding", Blinding),)

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True, max_length=200)
    blinding: Blinding = Field(default=Blinding.BLINDED, sa_type=OneOf(Blinding))


class Membership(Table, table=True):
    """A person in a unit, and perhaps in a peer group, from one day to another; several at a time."""

    __tablename__ = "membership"
    __table_args__ = (
        UniqueConstraint("person_id", "unit_id", "starts"),
        CheckConstraint(_ends_after_start, name="ends_after_start"),
    )

    id: int | None = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id")
    unit_id: int = Field(foreign_key="unit.id", index=True)
    peer_group_id: int | None = Field(default=None, foreign_key="peer_group.id", index=True)
    starts: date = Field(default=ALWAYS)
    ends: date = Field(default=FOREVER)


class RoleGrant(Table, table=True):
    """What a person may do beyond their own work; without a unit: everywhere."""

    __tablename__ = "role_grant"
    __table_args__ = (
        one_of("role", RoleName),
        CheckConstraint(_ends_after_start, name="ends_after_start"),
        Index("ix_role_grant_person_role", "person_id", "role"),
    )

    id: int | None = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id")
    role: RoleName = Field(sa_type=OneOf(RoleName))
    unit_id: int | None = Field(default=None, foreign_key="unit.id")
    starts: date = Field(default=ALWAYS)
    ends: date = Field(default=FOREVER)


class Absence(Table, table=True):
    """Days on which a person is away, both ends included. No digest is sent then."""

    __tablename__ = "absence"
    __table_args__ = (
        UniqueConstraint("person_id", "starts"),
        CheckConstraint(_ends_after_start, name="ends_after_start"),
    )

    id: int | None = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id")
    starts: date
    ends: date


class DigestPreference(Table, table=True):
    """When and whether a person wants the digest, and when the next one is due.

    `weekday` and `at` are None for the site's own setting. `next_due` is the truth of the schedule: the
    ticker only asks which of these have passed. `due_zone` is the zone that it was worked out in.
    """

    __tablename__ = "digest_preference"
    __table_args__ = (one_of("weekday", Weekday), one_of("frequency", Frequency))

    person_id: int = Field(foreign_key="person.id", primary_key=True)
    weekday: Weekday | None = Field(default=None, sa_type=OneOf(Weekday))
    at: time | None = None
    frequency: Frequency = Field(default=Frequency.WHEN_NEW, sa_type=OneOf(Frequency))
    paused_until: date | None = None
    opted_out_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    welcomed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    next_due: datetime | None = Field(default=None, sa_type=UtcDateTime, index=True)
    due_zone: str | None = Field(default=None, max_length=64)
