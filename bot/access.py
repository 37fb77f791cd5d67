"""Who may see and do what. Every handler asks here, and nothing else decides."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, col, or_, select

from bot.settings import Settings
from storage.people import Person, RoleGrant, SlackAccount, Unit
from storage.terms import RoleName


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever presses a button or runs a command on Slack.

    `person_id` is None for somebody whom Rounds does not know (yet). `roles` holds (role, unit id), with None
    for a role held everywhere; `leads` the ids of units of whose leadership (pair or deputy) they are.
    """

    person_id: int | None
    roles: frozenset[tuple[RoleName, int | None]] = frozenset()
    leads: frozenset[int] = frozenset()

    def has(self, role: RoleName, unit_id: int | None = None) -> bool:
        """Whether the role is held, everywhere or in that unit."""
        return (role, None) in self.roles or (unit_id is not None and (role, unit_id) in self.roles)


NOBODY = Actor(person_id=None)


def may_see_figures(actor: Actor, subject_id: int) -> bool:
    """An individual's figures are for that individual, whatever anybody else's role is (D1, D4)."""
    return actor.person_id is not None and actor.person_id == subject_id


def may_change_digest(actor: Actor, subject_id: int) -> bool:
    """The day, the time, the pause and the end of a digest are its subject's own."""
    return actor.person_id is not None and actor.person_id == subject_id


def identify(session: Session, team_id: str, user_id: str, settings: Settings, today: date) -> Actor:
    """Who a Slack user is to Rounds. Erased people and deleted accounts are nobody."""
    found = session.exec(
        select(Person)
        .join(SlackAccount, col(SlackAccount.person_id) == Person.id)
        .where(SlackAccount.team_id == team_id, SlackAccount.user_id == user_id)
        .where(col(SlackAccount.deleted).is_(False), col(Person.erased_at).is_(None))
    ).one_or_none()
    if found is None or found.id is None:
        return NOBODY
    grants = session.exec(
        select(RoleGrant).where(
            RoleGrant.person_id == found.id, RoleGrant.starts <= today, RoleGrant.ends >= today
        )
    ).all()
    roles = {(grant.role, grant.unit_id) for grant in grants}
    if found.email in settings.admin_emails:
        roles.add((RoleName.ADMINISTRATOR, None))
    led = session.exec(
        select(Unit.id).where(
            or_(Unit.leader_id == found.id, Unit.manager_id == found.id, Unit.deputy_id == found.id)
        )
    ).all()
    return Actor(found.id, frozenset(roles), frozenset(unit for unit in led if unit is not None))
