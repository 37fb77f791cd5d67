"""The picture of leaders compared, into the conversation of the leader who asked for it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final

from sqlmodel import Session

from bot.access import Actor, may_see_figures
from bot.clock import local_date
from bot.courier.letters import Letter, put
from bot.digests.chart import PeerLayer
from bot.digests.facts import Compared, Picture
from bot.leading.compared.facts import Standing, pictures_of
from bot.leading.compared.gather import gather_standing
from bot.leading.compared.words import picture_message
from bot.leading.names import LEADERS_PICTURE
from bot.settings import Settings
from storage.terms import Priority

# Whoever asked is looking now; an hour later it would only surprise.
_ANSWER_LIFE: Final = timedelta(minutes=10)


def standing_to_show(
    session: Session, actor: Actor, asked_on: str, now: datetime, settings: Settings, team_id: str
) -> Standing | None:
    """The actor's own figure as of the day in their button; None where nothing is compared for them.

    `asked_on` comes from Slack: what is no day, or one to come, is nothing.
    """
    try:
        day = date.fromisoformat(asked_on)
    except ValueError:
        return None
    if actor.person_id is None or not may_see_figures(actor, actor.person_id):
        return None
    # A leader's own day may begin before the site's.
    if day > local_date(now, settings.zone) + timedelta(days=1):
        return None
    standing = gather_standing(session, actor.person_id, day, settings, team_id)
    return standing if standing is not None and standing.said.compared is Compared.YES else None


def draw(standing: Standing) -> Picture:
    """The picture; takes a fraction of a second, so not inside a transaction."""
    peers, person = pictures_of(standing)
    return PeerLayer(peers).draw(person)


def put_picture(
    session: Session, person_id: int, standing: Standing, picture: Picture, now: datetime
) -> None:
    """Put the picture into the outbox, for this person's own conversation."""
    put(
        session,
        Letter(
            kind=LEADERS_PICTURE,
            lane=f"person:{person_id}",
            recipient_id=person_id,
            payload=picture_message(standing, picture.alt_text),
            picture=picture,
            priority=Priority.ANSWER,
            expires_at=now + _ANSWER_LIFE,
        ),
        now=now,
    )
