"""Erasing and exporting what links somebody with ideas: what they handed in, wrote and look after."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import ColumnElement, Text, cast, or_, update
from sqlmodel import Session, col, select

from bot.people.rights_plain import plain
from storage.ideas import Idea, IdeaEvent

# Which facts of an idea's history are people.
_PEOPLE_IN_FACTS: Final = ("whom", "owner", "approved_by", "asked_by")


def unlink_ideas(session: Session, person_id: int) -> int:
    """Ideas and words are the unit's work and stay; whose they were goes. Returns on how many rows it stood.

    The emptied person keeps a code, and a code can be somebody's number in a public register: so nothing of
    an idea may refer to that row either.
    """
    unlinked = 0
    for place in (Idea.submitter_id, Idea.assignee_id, Idea.owner_id):
        changed = session.execute(update(Idea).where(col(place) == person_id).values({place.key: None}))  # type: ignore[union-attr]
        unlinked += changed.rowcount  # type: ignore[attr-defined]
    named = session.exec(select(IdeaEvent).where(_names(person_id))).all()
    for event in named:
        kept = {
            key: value
            for key, value in event.facts.items()
            if not (key in _PEOPLE_IN_FACTS and value == person_id)
        }
        unlinked += kept != event.facts
        event.facts = kept
        session.add(event)
    session.flush()
    acted = session.execute(
        update(IdeaEvent).where(col(IdeaEvent.actor_id) == person_id).values(actor_id=None)
    )
    return unlinked + int(acted.rowcount)  # type: ignore[attr-defined]


def ideas_that_name(session: Session, person_id: int) -> set[int]:
    """The ids of the ideas of which anything names this person."""
    theirs = or_(
        col(Idea.submitter_id) == person_id,
        col(Idea.assignee_id) == person_id,
        col(Idea.owner_id) == person_id,
    )
    told = or_(col(IdeaEvent.actor_id) == person_id, _names(person_id))
    ideas = session.exec(select(Idea.id).where(theirs)).all()
    events = session.exec(select(IdeaEvent.idea_id).where(told)).all()
    return {idea for idea in (*ideas, *events) if idea is not None}


def _names(person_id: int) -> ColumnElement[bool]:
    """Lines whose facts may name the person; a longer number may begin alike."""
    facts = cast(col(IdeaEvent.facts), Text)
    return or_(*(facts.like(f'%"{key}": {person_id}%') for key in _PEOPLE_IN_FACTS))


def export_ideas(session: Session, person_id: int) -> list[dict[str, Any]]:
    """Those that they handed in with their name, think about or look after; each says which."""
    parts = {"submitter_id": "handed in", "assignee_id": "thinks about it", "owner_id": "looks after it"}
    theirs = or_(*(getattr(Idea, column) == person_id for column in parts))
    lines = []
    for idea in session.exec(select(Idea).where(theirs).order_by(col(Idea.id))):
        kept = {name: value for name, value in plain(idea).items() if name not in parts}
        part = [what for column, what in parts.items() if getattr(idea, column) == person_id]
        lines.append({**kept, "part": part})
    return lines
