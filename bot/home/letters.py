"""What the Home puts into the outbox: itself after a change, and the picture of all trends."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlmodel import Session

from bot.access import Actor, may_see_figures
from bot.courier.letters import Letter, put
from bot.digests.chart_small import draw_trends
from bot.digests.facts import PICTURE, Picture
from bot.digests.trends import OwnTrend
from bot.digests.values import format_span
from bot.digests.weeks import IsoWeek
from bot.digests.write import Block, section
from bot.home.facts import HomeFacts
from bot.home.gather import TRENDS_KIND, stored_trends
from bot.home.view import home_view
from bot.slack_text import plain
from storage.digest_queries import latest_digest
from storage.terms import Op, Priority

# Whoever asked is looking now; an hour later it would only surprise.
_ANSWER_LIFE = timedelta(minutes=10)


def own_trends_of(session: Session, actor: Actor) -> tuple[IsoWeek, tuple[OwnTrend, ...]] | None:
    """The week and the trends of the actor's own latest digest; None where none was kept."""
    if actor.person_id is None or not may_see_figures(actor, actor.person_id):
        return None
    found = latest_digest(session, actor.person_id)
    if found is None:
        return None
    trends = stored_trends(found[0])
    return (IsoWeek.parse(found[0].week), trends) if trends else None


def trends_picture(trends: Sequence[OwnTrend]) -> Picture:
    """The picture for `put_trends`; takes a fraction of a second, so not inside a transaction."""
    return draw_trends(trends)


def put_trends(session: Session, person_id: int, week: IsoWeek, picture: Picture, now: datetime) -> None:
    """Put the picture of all trends into the outbox, for this person's own conversation."""
    put(
        session,
        Letter(
            kind=TRENDS_KIND,
            lane=f"person:{person_id}",
            recipient_id=person_id,
            payload={"text": "Your trends, as you asked", "blocks": trends_blocks(week, picture.alt_text)},
            picture=picture,
            priority=Priority.ANSWER,
            expires_at=now + _ANSWER_LIFE,
        ),
        now=now,
    )


def trends_blocks(week: IsoWeek, alt_text: str) -> list[Block]:
    """The message that brings the picture."""
    return [
        section(f"*Your trends, to {format_span(week.sunday, week.sunday)}*"),
        {"type": "image", "slack_file": {"id": PICTURE}, "alt_text": plain(alt_text, 2000)},
        {
            "type": "context",
            "elements": [
                {
                    "type": "mrkdwn",
                    "text": "Sent only to you. Your Home shows it too, from the next time you open it.",
                    "verbatim": True,
                }
            ],
        },
    ]


def put_home(session: Session, person_id: int, facts: HomeFacts, now: datetime) -> None:
    """Have a person's Home published as it is now, with the change that it shows."""
    put(
        session,
        Letter(
            kind="home",
            lane=f"home:{person_id}",
            op=Op.PUBLISH,
            recipient_id=person_id,
            payload=home_view(facts),
            priority=Priority.ANSWER,
            # Whoever opens it later gets it anew.
            expires_at=now + _ANSWER_LIFE,
            coalesce_key=f"home:{person_id}",
        ),
        now=now,
    )
