"""Agreeing to names, and withdrawing: each in the caller's transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time

from sqlmodel import Session

from bot.access import may_share_name
from bot.digests.looks import note_looks
from bot.ideas.doing import Doing, Done, Outcome, Refused
from bot.ideas.leading import known, name_of
from bot.names import gather, words
from bot.names.facts import PeerPage
from storage import consent_rows
from storage.people import Person

NOT_HERE = (
    "Names are not shown in this group, or you are not in it (any more), so nothing was saved. Your Home "
    "shows the groups for which you can say it."
)
NOT_SHOWN = "Your name is shown to nobody in this group. There is nothing to withdraw."
WHAT_WAS_SEEN = "your figure with your name, in the peer group's table"


def agree(session: Session, doing: Doing, group_id: int, *, leaders: bool) -> Outcome:
    """Let the actor's name be shown in a group, to those who agree as well; again changes who is included."""
    person = known(doing.actor)
    groups = {} if person is None else gather.may_answer_in(session, person, doing.today, doing.settings)
    if person is None or not may_share_name(doing.actor, person, groups, group_id):
        return Refused(NOT_HERE)
    consent_rows.set_agreed(session, person, group_id, doing.now, leaders=leaders)
    return Done(note=words.agreed_note(groups[group_id]))


def withdraw(session: Session, doing: Doing, group_id: int) -> Outcome:
    """End it: pages are made when they are opened, so it holds from now on, wherever names stood."""
    person = known(doing.actor)
    if person is None or not consent_rows.set_withdrawn(session, person, group_id, doing.now):
        return Refused(NOT_SHOWN)
    return Done(note=words.WITHDRAWN)


def note_who_looked(session: Session, doing: Doing, page: PeerPage) -> int:
    """Write down that the viewer saw colleagues' figures with their names, for each of them once a day."""
    seen: Sequence[int] = sorted(
        row.person_id for row in page.table.rows if row.person_id in page.table.named and row.figure
    )
    person = known(doing.actor)
    if person is None or not seen:
        return 0
    looker = name_of(session.get(Person, person))
    today = datetime.combine(doing.today, time(), doing.settings.zone)
    return note_looks(session, seen, looker=looker, what=WHAT_WAS_SEEN, now=doing.now, once_since=today)
