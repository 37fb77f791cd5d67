"""Erasing and exporting what somebody said of figures, set aside, closed as an analyst or agreed with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Select, delete, select, update
from sqlmodel import Session, col

from storage.answers import FigureAnswer, SetAside

# In somebody else's answer, what is not this person's to have; and who read or agreed with their own.
OTHERS: Final[Mapping[str, tuple[str, ...]]] = {
    "figure_answers": ("answered_by", "seconded_by"),
    "figure_answers_closed": ("person_id", "digest_id", "words", "seconded_by"),
    "figure_answers_seconded": ("person_id", "digest_id", "words", "reply", "answered_by"),
}


def erase_answers(session: Session, person_id: int) -> dict[str, int]:
    """Erase a person's answers with what they set aside: the group's figures are as imported again.

    To be called before their digests are erased. What they wrote to others stays theirs, without a name.
    """
    own = select(col(FigureAnswer.id)).where(col(FigureAnswer.person_id) == person_id)
    _count(session, delete(SetAside).where(col(SetAside.answer_id).in_(own)))
    answers = _count(session, delete(FigureAnswer).where(col(FigureAnswer.person_id) == person_id))
    unlinked = sum(
        _count(
            session,
            update(FigureAnswer).where(getattr(FigureAnswer, column) == person_id).values({column: None}),
        )
        for column in ("answered_by", "seconded_by")
    )
    return {"answers to figures": answers, "names on colleagues' answers": unlinked}


def export_answers(session: Session, person_id: int) -> dict[str, list[Any]]:
    """The rows that are theirs, by what they are."""

    def rows(query: Select[Any]) -> list[Any]:
        return list(session.execute(query).scalars())

    def answers(column: str) -> list[Any]:
        found = select(FigureAnswer).where(getattr(FigureAnswer, column) == person_id)
        return rows(found.order_by(col(FigureAnswer.id)))

    own = select(col(FigureAnswer.id)).where(col(FigureAnswer.person_id) == person_id)
    return {
        "figure_answers": answers("person_id"),
        "set_aside": rows(
            select(SetAside).where(col(SetAside.answer_id).in_(own)).order_by(col(SetAside.id))
        ),
        "figure_answers_closed": answers("answered_by"),
        "figure_answers_seconded": answers("seconded_by"),
    }


def _count(session: Session, statement: Any) -> int:
    return int(session.execute(statement).rowcount)  # type: ignore[attr-defined]
