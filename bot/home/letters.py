"""What the Home puts into the outbox: itself after a change, and the picture of all trends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, Final

from sqlmodel import Session

from bot.access import Actor, identify, may_see_figures, with_duties
from bot.clock import Clock, local_date
from bot.courier.desk import Renderer
from bot.courier.letters import Letter, put
from bot.digests.chart_small import draw_trends
from bot.digests.facts import PICTURE, Picture
from bot.digests.trends import OwnTrend
from bot.digests.values import format_span
from bot.digests.weeks import IsoWeek
from bot.home.choice import BoardChoice, as_choice
from bot.home.gather import TRENDS_KIND, gather_home, stored_trends
from bot.home.view import home_view
from bot.ideas import delegating
from bot.ideas.delegating import render_stand_in
from bot.ideas.effects import effect
from bot.settings import Settings
from bot.slack_blocks import Block, context, section
from bot.slack_text import plain
from storage.digest_queries import latest_digest
from storage.idea_rows import accounts
from storage.terms import Op, Priority

HOME: Final = "home"  # the name of its renderer

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
        context("Sent only to you. Your Home shows it too, from the next time you open it."),
    ]


def put_home(session: Session, person_id: int, now: datetime, choice: BoardChoice | None = None) -> None:
    """Have a person's Home published with the change that it shows; it is made when it is sent.

    Never for what somebody did without their name: its moment would give them away.
    """
    put(
        session,
        Letter(
            kind="home",
            lane=f"home:{person_id}",
            op=Op.PUBLISH,
            recipient_id=person_id,
            payload={"render": HOME, "person": person_id, "choice": asdict(choice or BoardChoice())},
            priority=Priority.ANSWER,
            # Whoever opens it later gets it anew.
            expires_at=now + _ANSWER_LIFE,
            coalesce_key=f"home:{person_id}",
        ),
        now=now,
    )


def renderers(settings: Settings, clock: Clock, team_id: str) -> Mapping[str, Renderer]:
    """What the courier makes when it sends: the Home, what is told of standing in, an idea's picture."""

    def home(session: Session, payload: Mapping[str, Any]) -> Mapping[str, Any] | None:
        account = accounts(session, [int(payload["person"])], team_id).get(int(payload["person"]))
        if account is None:
            return None
        now = clock.now()
        actor = with_duties(
            session,
            identify(session, team_id, account.user_id),
            settings,
            local_date(now, settings.zone),
        )
        choice = as_choice(payload["choice"])
        facts = gather_home(
            session,
            actor,
            now=now,
            team_id=team_id,
            settings=settings,
            user_id=account.user_id,
            choice=choice,
        )
        return home_view(facts, choice=choice)

    return {HOME: home, delegating.RENDER: render_stand_in, effect.RENDER: effect.render_effect}
