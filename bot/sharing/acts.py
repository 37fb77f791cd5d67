"""Showing a digest to a unit's leaders, and taking it back: each in the caller's transaction."""

from __future__ import annotations

from sqlmodel import Session

from bot.access import may_share_digest
from bot.digests.looks import note_looks
from bot.home.letters import put_home
from bot.ideas.doing import Doing, Done, Outcome, Refused
from bot.ideas.leading import known, leadership, name_of
from bot.sharing import gather, words
from bot.sharing.rules import LASTS, holds
from storage import idea_rows, share_rows
from storage.answers import DigestShare
from storage.people import Person, Unit
from storage.share_rows import ShareRow

ALREADY = "These leaders can see this digest already. Your Home shows until when."
ENDED = "This digest is not shared any more."


def share(session: Session, doing: Doing, week: str, unit_id: int) -> Outcome:
    """Show one digest of the actor's own to the leaders of a unit in which they work."""
    found = gather.sharable(session, doing, week)
    digest = gather.own_digest(session, doing, week)
    if found is None or digest is None or digest.id is None:
        return Refused(words.NO_DIGEST)
    if found.small:
        return Refused(words.SMALL)
    if unit_id not in {one.unit_id for one in found.audiences}:
        return Refused(words.NO_LEADERS)
    row = DigestShare(
        person_id=digest.person_id,
        digest_id=digest.id,
        unit_id=unit_id,
        shared_at=doing.now,
        ends_on=doing.today + LASTS,
    )
    if share_rows.claim_share(session, row, doing.today) is None:
        return Refused(ALREADY)
    _homes_follow(session, doing, unit_id)
    return Done(note=words.shared_note(row.ends_on))


def withdraw(session: Session, doing: Doing, share_id: int) -> Outcome:
    """Take it back: leaders' pages are made when they are opened, so it holds at once."""
    row = share_rows.share_row(session, share_id)
    if row is None or not may_share_digest(doing.actor, row.share.person_id):
        return Refused(ENDED)
    if not holds(row.share.withdrawn_at is not None, row.share.ends_on, doing.today):
        return Refused(ENDED)
    share_rows.withdraw_share(session, share_id, doing.now)
    _homes_follow(session, doing, row.share.unit_id)
    return Done(note=words.WITHDRAWN)


def look(session: Session, doing: Doing, share_id: int) -> ShareRow | None:
    """What was shared with the actor, with their look on record before they see it; None for nobody else."""
    row, person = gather.shared_with(session, doing, share_id), known(doing.actor)
    if row is None or person is None:
        return None
    if person != row.share.person_id:
        looker = name_of(session.get(Person, person))
        what = words.what_was_seen(row.digest.week)
        note_looks(session, [row.share.person_id], looker=looker, what=what, now=doing.now)
    return row


def _homes_follow(session: Session, doing: Doing, unit_id: int) -> None:
    """Their own Home is all that leaders notice: no message comes of it (N3)."""
    leaders = leadership(session.get_one(Unit, unit_id))
    for person in {*leaders, *idea_rows.stand_ins(session, leaders, doing.today)}:
        put_home(session, person, doing.now)
