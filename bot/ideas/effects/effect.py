"""The picture of an idea and its measure: put into the thread of its card once, and sent to who asks for it.

What is found, said and drawn is in `effect_facts`, `effect_words` and `effect_chart`; here are the letters.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlmodel import Session

from bot.clock import local_date
from bot.courier.letters import THREAD_OF_DEPENDENCY, Letter, put
from bot.digests.facts import PICTURE, Picture
from bot.ideas import gather, leading
from bot.ideas.anonymous import hidden
from bot.ideas.doing import Doing, Done, Outcome, Refused
from bot.ideas.effects.effect_chart import draw_effect
from bot.ideas.effects.effect_facts import Effect, NoEffect, Standing, effect
from bot.ideas.effects.effect_words import effect_words
from bot.settings import Settings
from bot.slack_blocks import section
from bot.slack_text import inert, plain, shorten
from storage import effect_queries
from storage.engine import Database
from storage.ideas import Idea
from storage.terms import IdeaState, Priority

__all__ = [
    "KIND",
    "Effect",
    "NoEffect",
    "draw_effect",
    "effect",
    "effect_words",
    "plan_effects",
    "put_effect",
    "render_effect",
]

KIND: Final = "idea_effect"
RENDER: Final = "idea_effect"
COMING = "The picture is on its way to your messages with Rounds."
NOT_SHOWN = "This idea is not there any more, or it is not shown to everybody."
IN_THREAD = "The picture comes into the thread of the idea's card once there is enough to see."
NO_ACCOUNT = "Rounds does not know you yet, so it cannot send you the picture. Its Home tab says whom to ask."
# Whoever asked is looking now; in an hour it would only surprise.
_ANSWER_LIFE = timedelta(minutes=10)
# Earlier there is nothing to say; much later nobody waits for it any more.
_FIRST, _LAST = timedelta(weeks=8), timedelta(weeks=52)
_MOST_AT_ONCE = 20


def put_effect(session: Session, doing: Doing, idea_id: int) -> Outcome:
    """Send whoever asks the picture by direct message, or say kindly why there is none."""
    person_id = leading.known(doing.actor)
    if not gather.may_see(session, doing, idea_id):
        return Refused(NOT_SHOWN)
    found = effect(session, idea_id, doing.today, doing.settings)
    if isinstance(found, NoEffect):
        return Refused(found.reason)
    if person_id is None:
        return Refused(NO_ACCOUNT)
    if hidden.is_mine(session, doing, idea_id):
        # A message to them about their own idea would tie it to them; the words alone leave no trace.
        return Done(idea_id, note=f"{effect_words(found)} {IN_THREAD}")
    picture = draw_effect(found)
    put(
        session,
        Letter(
            kind=KIND,
            lane=f"person:{person_id}",
            recipient_id=person_id,
            payload=_payload(found, picture),
            picture=picture,
            priority=Priority.ANSWER,
            expires_at=doing.now + _ANSWER_LIFE,
        ),
        now=doing.now,
    )
    return Done(idea_id, note=COMING)


def plan_effects(database: Database, now: datetime, settings: Settings) -> int:
    """Put the pictures that are due into the threads of verified ideas' cards, each once. Returns how many.

    Due is one whose measure has had eight weeks (three months) of settled figures since the idea came into
    place. Drawn outside of the transaction that keeps it.
    """
    today = local_date(now, settings.zone)
    with database.read() as session:
        due = effect_queries.without_effect(session, KIND, today - _LAST, today - _FIRST, most=_MOST_AT_ONCE)
    return sum(_plan_one(database, idea_id, today, now, settings) for idea_id in due)


def render_effect(session: Session, payload: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The message that brings the picture; None where the idea is not in place any more."""
    idea = session.get(Idea, int(payload["idea"]))
    if idea is None or idea.state not in (IdeaState.IMPLEMENTED, IdeaState.VERIFIED):
        return None
    said, title, alt = (str(payload[name]) for name in ("said", "title", "alt"))
    heading = f"*#{idea.id} and {inert(shorten(title, 200))}*"
    return {
        # Seen on lock screens: no measure and no figure (D1).
        "text": f"#{idea.id}: before and since",
        "blocks": [
            section(f"{heading}\n{inert(said)}"),
            {"type": "image", "slack_file": {"id": PICTURE}, "alt_text": plain(alt, 2000)},
        ],
    }


def _payload(found: Effect, picture: Picture) -> dict[str, Any]:
    """No word of the idea's; what is said goes with the picture, so that both have the same figures (D22)."""
    return {
        "render": RENDER,
        "idea": found.mark.number,
        "title": found.measure.title,
        "said": effect_words(found),
        "alt": picture.alt_text,
    }


def _plan_one(database: Database, idea_id: int, today: date, now: datetime, settings: Settings) -> bool:
    with database.read() as session:
        found = effect(session, idea_id, today, settings)
    if isinstance(found, NoEffect) or found.standing is Standing.TOO_EARLY:
        return False
    picture = draw_effect(found)
    put_in = False
    with database.write() as session:
        # Without a channel each leader has a card of their own.
        for card in effect_queries.cards_of(session, idea_id):
            row_id = put(
                session,
                Letter(
                    kind=KIND,
                    lane=card.lane,
                    conversation=card.conversation,
                    recipient_id=card.recipient_id,
                    thread_ts=THREAD_OF_DEPENDENCY,
                    depends_on=card.id,
                    payload=_payload(found, picture),
                    picture=picture,
                    period=effect_queries.period_of(idea_id),
                    priority=Priority.BULK,
                    guard=card.guard,
                ),
                now=now,
            )
            put_in = put_in or row_id is not None
    return put_in
