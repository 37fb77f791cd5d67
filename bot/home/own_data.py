"""Everything that is kept about a person, as a file into their own messages, when they ask for it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from sqlmodel import Session

from bot.access import Actor, may_export
from bot.courier.desk import FileMaker
from bot.courier.letters import MADE_FILE, Letter, put
from bot.digests.requests import STRANGER, UNSURE
from bot.people.rights import person_export
from bot.slack_blocks import section
from storage.people import Person
from storage.terms import Priority

EXPORT = "home_export"
OWN_DATA: Final = "own_data"  # the letter's kind, and the name of its file's maker
FILE_NAME = "rounds-my-data.json"
COMING = (
    "Everything that Rounds keeps about you is on its way to your messages with Rounds, as a file that only "
    "you see. From then on it is with Slack as well: delete it there when you have it."
)
_WORDS = (
    "*Everything that Rounds keeps about you*, as you asked: a JSON file, in the thread of this message. If "
    "none comes, please ask again from your Home."
)
# Whoever asked is waiting; a day later it would only surprise.
_LIFE = timedelta(hours=1)


def ask_for_own_data(session: Session, actor: Actor, now: datetime) -> str:
    """Put the letter that brings the file into the outbox; returns what to answer.

    The letter names the person and nothing else: the file is made when it is sent, and never stored.
    """
    person_id = actor.person_id
    if person_id is None:
        return STRANGER
    if not may_export(actor, person_id):
        return UNSURE
    put(
        session,
        Letter(
            kind=OWN_DATA,
            lane=f"person:{person_id}",
            recipient_id=person_id,
            payload={
                "text": "Your data, as you asked",
                "blocks": [section(_WORDS)],
                MADE_FILE: {"maker": OWN_DATA, "name": FILE_NAME, "person": person_id},
            },
            priority=Priority.ANSWER,
            expires_at=now + _LIFE,
            # Pressed twice, it comes once.
            coalesce_key=f"{OWN_DATA}:{person_id}",
        ),
        now=now,
    )
    return COMING


def files() -> Mapping[str, FileMaker]:
    """What the courier makes when it sends: the same JSON as `rounds export` prints."""

    def own_data(session: Session, wanted: Mapping[str, Any]) -> bytes | None:
        person = session.get(Person, int(wanted["person"]))
        if person is None or person.erased_at is not None:
            return None
        text = json.dumps(person_export(session, person), indent=2, ensure_ascii=False, allow_nan=False)
        return f"{text}\n".encode()

    return {OWN_DATA: own_data}
