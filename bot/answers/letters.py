"""The one message of this room: what became of an answer. Written when it is sent, from the database."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Final

from sqlmodel import Session

from bot.answers import names, words
from bot.answers.gather import own_answer
from bot.courier.desk import Cancel, Go, Guard, Renderer, Verdict
from bot.courier.letters import Letter, put
from bot.settings import Settings
from storage.answers import FigureAnswer
from storage.terms import AnswerState, Priority

TAKEN_BACK: Final = "the answer was withdrawn"
_CLOSED: Final = (AnswerState.AGREED, AnswerState.NOT_AGREED)
_LIFE: Final = timedelta(days=14)


def put_outcome(session: Session, answer_id: int, person_id: int, now: datetime) -> None:
    """Tell whoever gave an answer what came of it."""
    letter = Letter(
        kind=names.OUTCOME,
        lane=f"person:{person_id}",
        recipient_id=person_id,
        payload={"render": names.OUTCOME, "answer": answer_id},
        period=str(answer_id),
        priority=Priority.ANSWER,
        expires_at=now + _LIFE,
        guard={"name": names.OUTCOME, "answer": answer_id},
    )
    put(session, letter, now=now)


def renderers(settings: Settings) -> Mapping[str, Renderer]:
    """What the courier makes when it sends."""

    def outcome(session: Session, payload: Mapping[str, Any]) -> Mapping[str, Any] | None:
        found = own_answer(session, int(payload["answer"]), settings)
        return None if found is None or found.state not in _CLOSED else words.outcome_message(found)

    return MappingProxyType({names.OUTCOME: outcome})


def guards() -> Mapping[str, Guard]:
    """Nothing is said of what was withdrawn meanwhile. Whose the account is, the courier asks."""

    def guard(session: Session, row: Any, about: Mapping[str, Any]) -> Verdict:
        found = session.get(FigureAnswer, int(about["answer"]))
        if found is None or found.state not in _CLOSED or found.person_id != row.recipient_id:
            return Cancel(TAKEN_BACK)
        return Go()

    return MappingProxyType({names.OUTCOME: guard})
