"""Leaders compared: the picture, on request, to nobody but the leader whose figure it is."""

from __future__ import annotations

from typing import Any

import structlog
from slack_bolt import Ack, App
from slack_sdk import WebClient

from bot.digests.requests import notice_view
from bot.leading.compared.letters import draw, put_picture, standing_to_show
from bot.leading.compared.words import COMING, NOTHING
from bot.leading.names import LEADERS_PICTURE
from handlers.deps import NOT_SAVED, PATIENCE, Deps
from handlers.ideas.common import Listener, show
from storage.engine import DatabaseBusy
from storage.seen import first_time

log = structlog.stdlib.get_logger()


def register(app: App, deps: Deps) -> None:
    """Add the listener of the button."""
    app.action(LEADERS_PICTURE)(show_picture(deps))


def show_picture(deps: Deps) -> Listener:
    """The picture into the person's own conversation.

    Drawn between two short transactions: nobody waits for a lock that is held by a drawing hand.
    """

    def listener(ack: Ack, body: dict[str, Any], action: dict[str, Any], client: WebClient) -> None:
        answer = NOTHING
        now = deps.clock.now()
        try:
            with deps.database.read(patience=PATIENCE) as session:
                actor = deps.actor(session, body["user"]["id"])
                asked_on = str(action.get("value", ""))
                standing = standing_to_show(session, actor, asked_on, now, deps.settings, deps.team_id)
            if standing is not None and actor.person_id is not None:
                picture = draw(standing)
                with deps.database.write(patience=PATIENCE) as session:
                    if not first_time(session, body["trigger_id"], now):
                        ack()
                        return
                    put_picture(session, actor.person_id, standing, picture, now)
                answer = COMING
        except DatabaseBusy:
            log.warning("database_busy", listener=LEADERS_PICTURE)
            answer = NOT_SAVED
        show(client, body, notice_view(answer))
        ack()

    return listener
