"""The question about names beneath a digest: once, to members of an unblinded group, after some digests."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from sqlmodel import Session

from bot.digests.write import Message
from bot.language.language import Language
from bot.names import words
from bot.settings import Settings
from storage import consent_rows, goal_rows
from storage.terms import Blinding


def question_for(session: Session, person_id: int, group: str, day: date, settings: Settings) -> int | None:
    """The group about which a digest that is being kept has to ask; None for no question.

    Nobody is asked before they had a number of digests without names, or twice.
    """
    row = consent_rows.group_named(session, group) if group else None
    if row is None or row.id is None or row.blinding is not Blinding.UNBLINDED:
        return None
    said = consent_rows.consent_of(session, person_id, row.id)
    if said is not None and said.asked_at is not None:
        return None
    if person_id not in goal_rows.members_of(session, row.id, day):
        return None
    enough = consent_rows.told_count(session, person_id) >= settings.rounds_names_after
    return row.id if enough else None


def with_question(message: Message, group_id: int, language: Language) -> Message:
    """The digest with the question beneath it."""
    return replace(message, blocks=(*message.blocks, *words.question_blocks(group_id, language)))
