"""Showing one's digest to the leaders of one's unit, taking it back, and the leaders' look at it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import structlog
from slack_bolt import Ack, App
from slack_sdk import WebClient

from bot.digests.requests import notice_view
from bot.ideas.doing import Refused
from bot.ideas.leading import name_of
from bot.ideas.names import form_of
from bot.sharing import acts, gather, wire, words
from bot.slack_blocks import View, value_of
from handlers.deps import NOT_SAVED, PATIENCE, Deps
from handlers.ideas.common import Listener, after, do, doing_of, id_of, register_each, say_beside, show
from storage.engine import DatabaseBusy
from storage.seen import first_time

log = structlog.stdlib.get_logger()

CHOOSE = "Choose a unit."
NOT_OPENED = "Rounds could not reach its database just now. Please try again in a minute."


def register(app: App, deps: Deps) -> None:
    """Add the listeners of this capability."""
    register_each(
        app,
        {
            wire.SHARE: _opens(deps, wire.SHARE, _preview),
            wire.LOOK: _opens(deps, wire.LOOK, _look),
            wire.WITHDRAW: _withdraws(deps),
        },
    )
    app.view(form_of(wire.SHARE))(_shares(deps))


def _opens(deps: Deps, name: str, page: Callable[[Deps, dict[str, Any], str], View]) -> Listener:
    def listener(ack: Ack, body: dict[str, Any], action: dict[str, Any], client: WebClient) -> None:
        try:
            view = page(deps, body, str(action.get("value", "")))
        except DatabaseBusy:
            log.warning("database_busy", listener=name)
            view = notice_view(NOT_OPENED)
        show(client, body, view)
        ack()

    return listener


def _preview(deps: Deps, body: dict[str, Any], week: str) -> View:
    with deps.database.read(patience=PATIENCE) as session:
        doing = doing_of(deps, session, body["user"]["id"])
        return words.share_page(gather.sharable(session, doing, week))


def _look(deps: Deps, body: dict[str, Any], value: str) -> View:
    """What was shared, with the look on record before it is seen; the same press twice is one look."""
    with deps.database.write(patience=PATIENCE) as session:
        doing = doing_of(deps, session, body["user"]["id"])
        again = not first_time(session, body["trigger_id"], deps.clock.now())
        see = gather.shared_with if again else acts.look
        row = see(session, doing, id_of(value))
        if row is None:
            return notice_view(words.ENDED)
        return words.shared_page(name_of(row.person), row.digest.message or {}, row.share.ends_on)


def _shares(deps: Deps) -> Listener:
    def listener(ack: Ack, body: dict[str, Any], view: dict[str, Any]) -> None:
        chosen = value_of(view, "state", "values", wire.UNIT, wire.UNIT, "selected_option", "value")
        week = str(view.get("private_metadata", ""))
        if not chosen:
            ack(**say_beside(view, CHOOSE, wire.UNIT))
            return
        try:
            outcome = do(
                deps,
                body["user"]["id"],
                view["id"],
                lambda session, doing: acts.share(session, doing, week, id_of(chosen)),
            )
        except DatabaseBusy:
            log.warning("database_busy", listener=view["callback_id"])
            outcome = Refused(NOT_SAVED)
        if outcome is None:
            ack(response_action="clear")
        elif isinstance(outcome, Refused):
            ack(**say_beside(view, outcome.reason, wire.UNIT))
        else:
            ack(**after(outcome, deps))

    return listener


def _withdraws(deps: Deps) -> Listener:
    def listener(ack: Ack, body: dict[str, Any], action: dict[str, Any], client: WebClient) -> None:
        share_id = id_of(action.get("value"))
        try:
            outcome = do(
                deps,
                body["user"]["id"],
                body["trigger_id"],
                lambda session, doing: acts.withdraw(session, doing, share_id),
            )
        except DatabaseBusy:
            log.warning("database_busy", listener=wire.WITHDRAW)
            outcome = Refused(NOT_SAVED)
        if outcome is not None:
            said = outcome.reason if isinstance(outcome, Refused) else outcome.note
            show(client, body, notice_view(said))
        ack()

    return listener
