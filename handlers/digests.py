"""`/digest`, the digest's buttons, and what is typed to Rounds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import structlog
from slack_bolt import Ack, App
from slack_sdk import WebClient

from bot.answers import names as answer_names
from bot.answers.words import NOT_RIGHT
from bot.digests.requests import answer_command, answer_message, notice_view, stored_view
from bot.digests.write import COUNTED, WHY_THIS
from bot.names import wire as names_wire
from bot.names.words import SEE_GROUP
from bot.sharing import wire as sharing_wire
from bot.sharing.words import SHARE_IT
from bot.slack_blocks import actions, button
from handlers.deps import NOT_SAVED, PATIENCE, Deps
from handlers.home import asking, settings_page
from handlers.ideas.common import show
from storage.engine import DatabaseBusy
from storage.seen import first_time

log = structlog.stdlib.get_logger()

# The digest's buttons, and the stored page that each one opens.
PAGES = {
    "digest_more": "more",
    "digest_counted": "counted",
    "digest_why_this": "why",
    "digest_who": "who",
}
GONE = "This page is no longer kept. `/digest` shows your latest digest."


def register(app: App, deps: Deps) -> None:
    """Add the listeners of this capability."""
    app.command("/digest")(digest_command(deps))
    for action_id, page in PAGES.items():
        app.action(action_id)(open_page(deps, page))
    app.event("message")(message_to_rounds(deps))


def digest_command(deps: Deps) -> Callable[..., None]:
    """`/digest [settings | pause | resume | stop | looks]`."""

    def listener(ack: Ack, body: dict[str, Any], client: WebClient) -> None:
        if body.get("text", "").lower().split()[:1] == ["settings"]:
            # A trigger works once, so a command that comes twice opens one form.
            client.views_open(trigger_id=body["trigger_id"], view=settings_page(deps, body["user_id"]))
            ack()
            return
        answer: str | None = None
        try:
            with deps.database.write(patience=PATIENCE) as session:
                if first_time(session, body["trigger_id"], deps.clock.now()):
                    answer = answer_command(
                        session, asking(deps, session, body["user_id"]), body.get("text", "")
                    )
        except DatabaseBusy:
            log.warning("database_busy", listener="/digest")
            answer = NOT_SAVED
        ack(answer) if answer else ack()

    return listener


def open_page(deps: Deps, page: str) -> Callable[..., None]:
    """A button under a digest that opens one of its pages, for its subject alone."""

    def listener(ack: Ack, body: dict[str, Any], action: dict[str, Any], client: WebClient) -> None:
        try:
            with deps.database.read(patience=PATIENCE) as session:
                actor = deps.actor(session, body["user"]["id"])
                week = str(action.get("value", ""))
                view = stored_view(session, actor, week, page)
                view = notice_view(GONE) if view is None else with_second_actions(view, page, week)
        except DatabaseBusy:
            log.warning("database_busy", listener=page)
            view = notice_view(NOT_SAVED)
        show(client, body, view)
        ack()

    return listener


def with_second_actions(view: dict[str, Any], page: str, week: str) -> dict[str, Any]:
    """The page behind "More", with what else can be done with this digest; another page as it is."""
    if page != "more":
        return view
    elements = [
        button(names_wire.PEERS, SEE_GROUP, week),
        button(sharing_wire.SHARE, SHARE_IT, week),
        button(answer_names.OTHERS, NOT_RIGHT, week),
        # Where the first row is full, these two stand here alone.
        button(COUNTED, "How is this counted?", week),
        button(WHY_THIS, "Why this one?", week),
    ]
    return {**view, "blocks": [actions(*elements), *view["blocks"][:99]]}


def message_to_rounds(deps: Deps) -> Callable[..., None]:
    """Something typed in the conversation with Rounds."""

    def listener(ack: Ack, body: dict[str, Any], event: dict[str, Any]) -> None:
        if event.get("channel_type") == "im" and not event.get("subtype") and not event.get("bot_id"):
            # Not acknowledged when the database is busy: Slack sends an event again.
            with deps.database.write(patience=PATIENCE) as session:
                if first_time(session, body["event_id"], deps.clock.now()):
                    answer_message(session, asking(deps, session, event["user"]), event["channel"])
        ack()

    return listener
