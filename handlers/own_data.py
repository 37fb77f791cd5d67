"""What a person can open and take along of their own from the Home: their measures, and their data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import structlog
from slack_bolt import Ack, App
from slack_sdk import WebClient

from bot.digests.requests import notice_view
from bot.home.measures import MEASURES, PAGE, measures_page
from bot.home.own_data import EXPORT, ask_for_own_data
from bot.ideas import names
from handlers.deps import NOT_SAVED, PATIENCE, Deps
from storage.engine import DatabaseBusy
from storage.seen import first_time

log = structlog.stdlib.get_logger()


def register(app: App, deps: Deps) -> None:
    """Add the listeners of this capability."""
    app.action(MEASURES)(open_measures(deps))
    app.action(names.anywhere(PAGE))(open_measures(deps))
    app.action(EXPORT)(export_own_data(deps))


def open_measures(deps: Deps) -> Callable[..., None]:
    """All measures of whoever asks; another page of them takes the place of the one that is open."""

    def listener(ack: Ack, body: dict[str, Any], action: dict[str, Any], client: WebClient) -> None:
        try:
            with deps.database.read(patience=PATIENCE) as session:
                actor = deps.actor(session, body["user"]["id"])
                page = measures_page(session, actor, str(action.get("value", "")))
        except DatabaseBusy:
            log.warning("database_busy", listener=MEASURES)
            page = notice_view(NOT_SAVED)
        under = body.get("view") or {}
        if under.get("type") == "modal":
            client.views_update(view_id=under["id"], view=page)
        else:
            client.views_open(trigger_id=body["trigger_id"], view=page)
        ack()

    return listener


def export_own_data(deps: Deps) -> Callable[..., None]:
    """Everything that is kept about whoever asks, into their own conversation. Own data: no look is noted."""

    def listener(ack: Ack, body: dict[str, Any], client: WebClient) -> None:
        now = deps.clock.now()
        try:
            with deps.database.write(patience=PATIENCE) as session:
                if not first_time(session, body["trigger_id"], now):
                    ack()
                    return
                answer = ask_for_own_data(session, deps.actor(session, body["user"]["id"]), now)
        except DatabaseBusy:
            log.warning("database_busy", listener=EXPORT)
            answer = NOT_SAVED
        client.views_open(trigger_id=body["trigger_id"], view=notice_view(answer))
        ack()

    return listener
