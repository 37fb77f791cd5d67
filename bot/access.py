"""Who may see and do what. Every handler asks here, and nothing else decides."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date
from functools import cache

from sqlalchemy import Executable, bindparam
from sqlmodel import Session, col, or_, select

from bot.settings import Settings
from storage.ideas import Delegation
from storage.people import Person, RoleGrant, SlackAccount, Unit
from storage.terms import RoleName


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever presses a button or runs a command on Slack.

    `person_id` is None for somebody whom Rounds does not know (yet); `timezone` is what Slack says.
    `confirmed` means that the account's email is the person's: else it may have passed to somebody else. With
    duties, `roles` holds (role, unit id), with None for a role held everywhere, and with each unit beneath
    one that it is held in; `leads` the ids of units of whose leadership (pair or deputy) they are, or for
    one of whom they stand in.
    """

    person_id: int | None
    timezone: str | None = None
    confirmed: bool = False
    roles: frozenset[tuple[RoleName, int | None]] = frozenset()
    leads: frozenset[int] = frozenset()

    def has(self, role: RoleName, unit_id: int | None = None) -> bool:
        """Whether the role is held, everywhere or in that unit."""
        return (role, None) in self.roles or (unit_id is not None and (role, unit_id) in self.roles)


NOBODY = Actor(person_id=None)


def may_see_figures(actor: Actor, subject_id: int) -> bool:
    """An individual's figures are for that individual, whatever anybody else's role is (D1, D4)."""
    return actor.confirmed and actor.person_id is not None and actor.person_id == subject_id


def may_change_digest(actor: Actor, subject_id: int) -> bool:
    """The day, the time, the pause and the end of a digest are its subject's own."""
    return actor.confirmed and actor.person_id is not None and actor.person_id == subject_id


def may_export(actor: Actor, subject_id: int) -> bool:
    """What is kept about somebody is brought to them alone; others need `rounds export`, which is noted."""
    return actor.confirmed and actor.person_id is not None and actor.person_id == subject_id


def may_answer(actor: Actor, unit_id: int) -> bool:
    """Ideas are decided by the leadership pair, their deputy and whoever stands in for one of them."""
    return actor.confirmed and unit_id in actor.leads


def may_set_aim(actor: Actor, unit_id: int) -> bool:
    """A unit's overarching aim is its leadership's own; whoever stands in for one of them may set it too."""
    return actor.confirmed and unit_id in actor.leads


def may_approve(actor: Actor, unit_id: int) -> bool:
    """Medicines, devices and clinical pathways need an approver, of the unit or of the whole site (I7)."""
    return actor.confirmed and actor.has(RoleName.APPROVER, unit_id)


def may_vote(actor: Actor, asked: Collection[int]) -> bool:
    """What the peers think of a goal is asked of the members of the group, each for themselves (L5)."""
    return actor.confirmed and actor.person_id is not None and actor.person_id in asked


def may_adopt_goals(actor: Actor, deciding: Collection[int]) -> bool:
    """A goal is adopted, put off and ended by the leadership of the units that hold the group (L5, L8)."""
    return actor.confirmed and not actor.leads.isdisjoint(deciding)


def may_run_rounds(actor: Actor) -> bool:
    """Administrators see to the installation, and to units that nobody leads."""
    return actor.confirmed and actor.has(RoleName.ADMINISTRATOR)


def may_ask(actor: Actor, unit_id: int) -> bool:
    """A question or a lesson is put to a unit's channel by whoever leads it, or stands in (L2, L3)."""
    return actor.confirmed and unit_id in actor.leads


def may_erase_post(actor: Actor, unit_id: int, author_id: int | None) -> bool:
    """What was put to a channel is taken away by whoever wrote it, the unit's leaders or an administrator."""
    own = actor.person_id is not None and actor.person_id == author_id
    return actor.confirmed and (own or unit_id in actor.leads or may_run_rounds(actor))


def may_see_replies(user_id: str, members: Collection[str]) -> bool:
    """The replies in a thread are for those who are in its channel, known to Rounds or not (I24)."""
    return user_id in members


def may_offer_to_listen(actor: Actor) -> bool:
    """A coach, of a unit or of the whole site, may offer to listen (L6)."""
    return actor.confirmed and any(role is RoleName.COACH for role, _ in actor.roles)


def may_offer_to_tell(actor: Actor, subject_id: int, *, reached: bool) -> bool:
    """Whoever is in the benchmark set themselves may offer to tell how they got there (L7)."""
    return may_see_figures(actor, subject_id) and reached


def may_ask_for_talk(actor: Actor, offerer_id: int) -> bool:
    """Anybody whose account is certainly theirs may ask somebody else who offered (L6, L7)."""
    return actor.confirmed and actor.person_id is not None and actor.person_id != offerer_id


def may_settle_talk(actor: Actor, person_id: int) -> bool:
    """A request for a talk is its two people's: one answers it, the other takes it back, nobody else."""
    return actor.confirmed and actor.person_id is not None and actor.person_id == person_id


def may_share_name(actor: Actor, person_id: int, groups: Collection[int], group_id: int) -> bool:
    """Whether a name is shown in a peer group is its owner's to say, for groups that they may answer for."""
    return actor.confirmed and actor.person_id == person_id and group_id in groups


def may_share_digest(actor: Actor, subject_id: int) -> bool:
    """A digest is shown to leaders by its subject alone, and by them it is withdrawn (D4)."""
    return may_see_figures(actor, subject_id)


def may_see_share(actor: Actor, unit_id: int, *, holds: bool) -> bool:
    """What somebody shared with a unit's leadership: for whoever leads it, or stands in, while it holds."""
    return actor.confirmed and holds and unit_id in actor.leads


def may_answer_figures(actor: Actor, subject_id: int) -> bool:
    """What is said of a figure, and withdrawn, is its subject's own (D18, D19)."""
    return may_see_figures(actor, subject_id)


def may_close_answer(actor: Actor, units: Collection[int], subject_id: int) -> bool:
    """An analyst, of a unit of the subject or of the whole site; never of an answer of their own."""
    there = any(actor.has(RoleName.ANALYST, unit_id) for unit_id in units)
    analyst = there or actor.has(RoleName.ANALYST)
    return actor.confirmed and analyst and actor.person_id is not None and actor.person_id != subject_id


def may_second(actor: Actor, author_id: int, shown: Collection[int], answer_id: int) -> bool:
    """A colleague may say that they would have done the same, of a reason that they are shown (D19)."""
    return actor.confirmed and actor.person_id not in (None, author_id) and answer_id in shown


def identify(session: Session, team_id: str, user_id: str) -> Actor:
    """Who a Slack user is to Rounds, without duties. Erased people and deleted accounts are nobody."""
    found = session.execute(_account(), {"team": team_id, "user": user_id}).first()
    if found is None:
        return NOBODY
    confirmed = found.account_email is not None and found.account_email == found.person_email
    return Actor(found.person_id, timezone=found.timezone, confirmed=confirmed)


def with_duties(session: Session, actor: Actor, settings: Settings, today: date) -> Actor:
    """The same actor with the roles that they hold and the units that they lead on that day."""
    if actor.person_id is None:
        return actor
    grants = session.exec(
        select(RoleGrant).where(
            RoleGrant.person_id == actor.person_id, RoleGrant.starts <= today, RoleGrant.ends >= today
        )
    ).all()
    roles = {(grant.role, grant.unit_id) for grant in grants}
    if any(unit_id is not None for _, unit_id in roles):
        roles |= _beneath(session, roles)
    if session.get_one(Person, actor.person_id).email in settings.admin_emails:
        roles.add((RoleName.ADMINISTRATOR, None))
    stands_in_for = session.exec(
        select(Delegation.person_id).where(
            Delegation.delegate_id == actor.person_id, Delegation.starts <= today, Delegation.ends >= today
        )
    ).all()
    leaders = [actor.person_id, *stands_in_for]
    led = session.exec(
        select(Unit.id).where(
            or_(
                col(Unit.leader_id).in_(leaders),
                col(Unit.manager_id).in_(leaders),
                col(Unit.deputy_id).in_(leaders),
            )
        )
    ).all()
    leads = frozenset(unit for unit in led if unit is not None)
    return replace(actor, roles=frozenset(roles), leads=leads)


def _beneath(
    session: Session, roles: Collection[tuple[RoleName, int | None]]
) -> set[tuple[RoleName, int | None]]:
    """The same roles in all units beneath: who is an approver for a division is one for its wards."""
    children: dict[int | None, list[int]] = {}
    for unit_id, parent_id in session.exec(select(Unit.id, Unit.parent_id)):
        if unit_id is not None:
            children.setdefault(parent_id, []).append(unit_id)
    found: set[tuple[RoleName, int | None]] = set()
    left = [(role, unit_id) for role, unit_id in roles if unit_id is not None]
    while left:
        role, unit_id = left.pop()
        new = [(role, child) for child in children.get(unit_id, ()) if (role, child) not in found]
        found.update(new)
        left += new
    return found


@cache
def _account() -> Executable:
    # The plain tables: through the ORM it would take longer, and this is in the way of every acknowledgement.
    account, person = SlackAccount.__table__, Person.__table__  # type: ignore[attr-defined]
    return (
        select(
            account.c.person_id,
            account.c.timezone,
            account.c.email.label("account_email"),
            person.c.email.label("person_email"),
        )
        .join_from(account, person, person.c.id == account.c.person_id)
        .where(account.c.team_id == bindparam("team"), account.c.user_id == bindparam("user"))
        .where(account.c.deleted.is_(False), person.c.erased_at.is_(None))
    )
