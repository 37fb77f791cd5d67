"""What names somebody elsewhere once they are erased: messages that others have, and records of looks.

Messages are brought up to date through the outbox, in the erasure's own transaction: what stands on Slack
follows as soon as the courier gets there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, or_
from sqlmodel import Session, col, select

from bot.courier.letters import Letter, put
from bot.ideas.leading import FORMER
from bot.ideas.telling import refresh_all
from bot.leading.asking.acts import clear_words
from bot.leading.asking.names import TAKE_BACK
from bot.people.rights_ideas import ideas_that_name
from bot.slack_blocks import section
from bot.talks import names as talk_names
from bot.unit_month.due import KIND as UNIT_MONTH
from storage.case_queries import person_narratives
from storage.digests import Look
from storage.leading import ChannelPost
from storage.outbox import OutboxRow
from storage.people import Person, Unit
from storage.talks import Offer, Talk
from storage.terms import Op, OutboxState, Priority

UPDATE: Final = "erased_elsewhere"
TALK_GONE: Final = "What stood here was about a colleague whose data is erased."
_NEVER_THERE: Final = (OutboxState.FAILED, OutboxState.CANCELLED, OutboxState.EXPIRED)
_LEADER: Final = "leader"


@dataclass(frozen=True, slots=True)
class Traces:
    """Where somebody is named, found before their rows go: ideas, stories of their cases and talks, by id.

    `name` and `role` ("leader" or none) are for the records of whose figures they looked at.
    """

    ideas: frozenset[int]
    stories: frozenset[int]
    talks: frozenset[int]
    name: str
    role: str


def find_traces(session: Session, person: Person) -> Traces:
    """Look for them; nothing is changed."""
    assert person.id is not None
    talks = session.exec(
        select(Talk.id)
        .join(Offer, col(Offer.id) == Talk.offer_id)
        .where(or_(col(Talk.asker_id) == person.id, col(Offer.person_id) == person.id))
    )
    places = (Unit.leader_id, Unit.manager_id, Unit.deputy_id)
    leads = session.exec(select(Unit.id).where(or_(*(col(place) == person.id for place in places)))).first()
    return Traces(
        ideas=frozenset(ideas_that_name(session, person.id)),
        stories=frozenset(story.id for story in person_narratives(session, person.id)),
        talks=frozenset(talk for talk in talks if talk is not None),
        name=person.name,
        role="" if leads is None else _LEADER,
    )


def clear_posts(session: Session, person_id: int, now: datetime) -> int:
    """Take the words of their questions and lessons from the channels and from here. Returns how many."""
    posts = session.exec(
        select(ChannelPost).where(ChannelPost.person_id == person_id, ChannelPost.words != "")
    ).all()
    for post in posts:
        clear_words(session, post, TAKE_BACK, now)
    return len(posts)


def write_anew(session: Session, traces: Traces, now: datetime) -> None:
    """Have others' messages written once more, without them. Their own messages are emptied before."""
    for idea in sorted(traces.ideas):
        refresh_all(session, idea, now)
    for row in _rows(session, OutboxRow.kind == UNIT_MONTH):
        quoted = {int(number) for number in row.payload.get("quotes", ())}
        if quoted & traces.stories:
            _update(session, row, row.payload, now)
    gone = {"text": TALK_GONE, "blocks": [section(TALK_GONE)]}
    periods = [str(talk) for talk in traces.talks]
    kinds = (talk_names.REQUEST, talk_names.ANSWER)
    for row in _rows(session, col(OutboxRow.kind).in_(kinds), col(OutboxRow.period).in_(periods)):
        _update(session, row, gone, now)


def hide_looker(session: Session, traces: Traces) -> int:
    """Their name leaves the records of looks: that somebody looked, as what and when, stays for the subject.

    By the name, as records have it. Where two people share it, the other's looks lose it as well.
    """
    if not traces.name:
        return 0
    found = session.exec(
        select(Look).where(col(Look.looker).startswith(traces.name[:_LOOKER_SEARCHED], autoescape=True))
    ).all()
    hidden = 0
    for look in found:
        role = _role_of(look.looker, traces.name)
        if role is None:
            continue
        role = role or traces.role
        look.looker = f"{_NOBODY} ({role})" if role else _NOBODY
        session.add(look)
        hidden += 1
    session.flush()
    return hidden


# A record is cut where its column ends.
_LOOKER: Final = 200
_LOOKER_SEARCHED: Final = 180
_NOBODY: Final = FORMER[:1].upper() + FORMER[1:]


def _role_of(looker: str, name: str) -> str | None:
    """The role behind a name in a record ("" without one); None where the record is somebody else's."""
    if looker == name[:_LOOKER]:
        return ""
    before, bracket, after = looker.partition(f"{name} (")
    return after.removesuffix(")") if bracket and not before else None


def _rows(session: Session, *which: ColumnElement[bool] | bool) -> list[OutboxRow]:
    """Messages that stand on Slack, or are on their way."""
    there = col(OutboxRow.state).not_in(_NEVER_THERE)
    return list(session.exec(select(OutboxRow).where(OutboxRow.op == Op.POST, there, *which)))


def _update(session: Session, row: OutboxRow, payload: Mapping[str, Any], now: datetime) -> None:
    if not row.payload:
        # It was their own, and is emptied.
        return
    letter = Letter(
        kind=UPDATE,
        lane=row.lane,
        op=Op.UPDATE,
        payload=payload,
        depends_on=row.id,
        coalesce_key=f"{UPDATE}:{row.id}",
        priority=Priority.ANSWER,
    )
    put(session, letter, now=now)
