"""From storage to what somebody can show of their digest, what they show, and what is shown to them."""

from __future__ import annotations

from sqlmodel import Session

from bot.access import may_see_share, may_share_digest
from bot.digests.weeks import IsoWeek
from bot.ideas.doing import Doing
from bot.ideas.leading import known, leadership, name_of
from bot.sharing.facts import Audience, Sharable, Share, SharingAtHome
from bot.sharing.rules import LASTS, has_small_counts, holds
from storage import idea_rows, share_rows
from storage.digest_queries import digest_of, latest_digest
from storage.digests import Digest
from storage.people import Person
from storage.share_rows import ShareRow
from storage.terms import DigestState


def own_digest(session: Session, doing: Doing, week: str) -> Digest | None:
    """The actor's own digest of a week, if it was sent to them."""
    person = known(doing.actor)
    digest = None if person is None else digest_of(session, person, week)
    if digest is None or digest.message is None or digest.state is not DigestState.SENT:
        return None
    return digest if may_share_digest(doing.actor, digest.person_id) else None


def sharable(session: Session, doing: Doing, week: str) -> Sharable | None:
    """A digest of the actor's own, with those to whom it can be shown; None where there is none."""
    digest = own_digest(session, doing, week)
    if digest is None:
        return None
    return Sharable(
        week=IsoWeek.parse(digest.week),
        who=name_of(session.get(Person, digest.person_id)),
        message=digest.message or {},
        audiences=audiences(session, doing, digest.person_id),
        until=doing.today + LASTS,
        small=has_small_counts(digest.facts, doing.settings.rounds_small_count),
    )


def audiences(session: Session, doing: Doing, person_id: int) -> tuple[Audience, ...]:
    """The units in which somebody works, with their leadership other than themselves; by name."""
    here = set(idea_rows.units_of(session, person_id, doing.today))
    found = []
    for unit in idea_rows.units(session):
        others = [one for one in leadership(unit) if one != person_id]
        if unit.id in here and others and unit.id is not None:
            people = idea_rows.people(session, others)
            found.append(Audience(unit.id, unit.name, tuple(name_of(people.get(one)) for one in others)))
    return tuple(sorted(found, key=lambda one: one.unit))


def shared_with(session: Session, doing: Doing, share_id: int) -> ShareRow | None:
    """What was shared, for one of those it is shared with; None for everybody else, and once it has ended."""
    row = share_rows.share_row(session, share_id)
    if row is None:
        return None
    still = holds(row.share.withdrawn_at is not None, row.share.ends_on, doing.today)
    return row if may_see_share(doing.actor, row.share.unit_id, holds=still) else None


def sharing_at_home(session: Session, doing: Doing) -> SharingAtHome:
    """What stands on somebody's own Home."""
    person = known(doing.actor)
    if person is None:
        return SharingAtHome()
    latest = latest_digest(session, person)
    can = latest is not None and latest[0].message is not None and bool(audiences(session, doing, person))
    with_me = share_rows.shares_with(session, doing.actor.leads, doing.today)
    return SharingAtHome(
        mine=tuple(_share(row) for row in share_rows.shares_by(session, person, doing.today)),
        with_me=tuple(_share(row) for row in with_me if row.share.person_id != person),
        week=latest[0].week if latest is not None and can else "",
    )


def _share(row: ShareRow) -> Share:
    return Share(
        share_id=row.id,
        week=IsoWeek.parse(row.digest.week),
        unit=row.unit.name,
        until=row.share.ends_on,
        who=name_of(row.person),
    )
