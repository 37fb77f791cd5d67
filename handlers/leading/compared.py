"""Leaders compared: the picture, on request, to nobody but the leader whose figure it is."""

from __future__ import annotations

from slack_bolt import App
from sqlmodel import Session

from bot.ideas.doing import Doing
from bot.leading.compared.letters import draw, put_picture, standing_to_show
from bot.leading.compared.words import COMING, NOTHING
from bot.leading.names import LEADERS_PICTURE
from handlers.deps import Deps
from handlers.exchange import Drawing, sends_picture


def register(app: App, deps: Deps) -> None:
    """Add the listener of the button."""
    app.action(LEADERS_PICTURE)(
        sends_picture(deps, LEADERS_PICTURE, _picture, coming=COMING, nothing=NOTHING)
    )


def _picture(session: Session, doing: Doing, asked_on: str) -> Drawing | None:
    """The leader's own figure beside the others', as of the day in their button."""
    standing = standing_to_show(session, doing.actor, asked_on, doing.now, doing.settings, doing.team_id)
    person = doing.actor.person_id
    if standing is None or person is None:
        return None
    return Drawing(
        lambda: draw(standing),
        lambda session, picture: put_picture(session, person, standing, picture, doing.now),
    )
