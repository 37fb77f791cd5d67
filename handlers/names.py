"""The table of one's own peer group, and the names in it: agreeing, and withdrawing."""

from __future__ import annotations

from typing import Any

import structlog
from slack_bolt import Ack, App
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from sqlmodel import Session

from bot.digests.requests import notice_view
from bot.ideas.doing import Doing, Refused
from bot.ideas.leading import known
from bot.ideas.names import form_of
from bot.names import acts, gather, wire, words
from bot.slack_blocks import View, value_of
from handlers.deps import NOT_SAVED, PATIENCE, Deps
from handlers.ideas.common import (
    Listener,
    after,
    do,
    doing_of,
    id_of,
    open_page,
    register_each,
    say_beside,
    show,
)
from storage.engine import DatabaseBusy

log = structlog.stdlib.get_logger()


def register(app: App, deps: Deps) -> None:
    """Add the listeners of this capability."""
    register_each(
        app,
        {
            wire.PEERS: _opens_table(deps),
            wire.NAMES: _opens_form(deps),
            wire.WITHDRAW: _withdraws(deps),
        },
    )
    app.view(form_of(wire.NAMES))(_agrees(deps))


def _opens_table(deps: Deps) -> Listener:
    """The page comes up at once; the group is compared while it waits."""

    def listener(ack: Ack, body: dict[str, Any], action: dict[str, Any], client: WebClient) -> None:
        user_id, week = body["user"]["id"], str(action.get("value", ""))
        opened = open_page(client, body, notice_view(words.ONE_MOMENT))
        ack()
        if opened is not None:
            view_id = opened["id"]
            deps.later(
                "peer_table",
                lambda: _bring(client, view_id, table_of(deps, user_id, week)),
            )

    return listener


def _bring(client: WebClient, view_id: str, view: View) -> None:
    try:
        client.views_update(view_id=view_id, view=view)
    except SlackApiError as refused:
        # It was closed in the meantime.
        if refused.response["error"] != "not_found":
            raise


def table_of(deps: Deps, user_id: str, week: str) -> View:
    """The table as somebody may see it; whom they see by name has the look on record first."""
    try:
        with deps.database.read() as session:
            page = gather.peer_page(session, doing_of(deps, session, user_id), week)
        if page is None:
            return notice_view(words.NO_PAGE)
        if page.table.named:
            with deps.database.write() as session:
                acts.note_who_looked(session, doing_of(deps, session, user_id), page)
    except DatabaseBusy:
        log.warning("database_busy", listener=wire.PEERS)
        return notice_view(NOT_SAVED)
    return words.peers_view(page)


def _opens_form(deps: Deps) -> Listener:
    """The page on which somebody agrees; a group that is not theirs to answer for has none."""

    def listener(ack: Ack, body: dict[str, Any], action: dict[str, Any], client: WebClient) -> None:
        try:
            with deps.database.read(patience=PATIENCE) as session:
                doing = doing_of(deps, session, body["user"]["id"])
                view = _form(session, doing, id_of(action.get("value")))
        except DatabaseBusy:
            log.warning("database_busy", listener=wire.NAMES)
            view = notice_view(NOT_SAVED)
        show(client, body, view)
        ack()

    return listener


def _form(session: Session, doing: Doing, group_id: int) -> View:
    person = known(doing.actor)
    groups = {} if person is None else gather.may_answer_in(session, person, doing.today, doing.settings)
    if person is None or group_id not in groups:
        return notice_view(acts.NOT_HERE)
    return words.names_form(gather.group_consent(session, person, group_id, groups[group_id], doing.today))


def _agrees(deps: Deps) -> Listener:
    def listener(ack: Ack, body: dict[str, Any], view: dict[str, Any]) -> None:
        group_id = id_of(view.get("private_metadata"))
        ticked = value_of(view, "state", "values", wire.LEADERS, wire.LEADERS, "selected_options") or []
        try:
            outcome = do(
                deps,
                body["user"]["id"],
                view["id"],
                lambda session, doing: acts.agree(session, doing, group_id, leaders=bool(ticked)),
            )
        except DatabaseBusy:
            log.warning("database_busy", listener=view["callback_id"])
            outcome = Refused(NOT_SAVED)
        if outcome is None:
            ack(response_action="clear")
        elif isinstance(outcome, Refused):
            ack(**say_beside(view, outcome.reason, wire.LEADERS))
        else:
            ack(**after(outcome, deps))

    return listener


def _withdraws(deps: Deps) -> Listener:
    def listener(ack: Ack, body: dict[str, Any], action: dict[str, Any], client: WebClient) -> None:
        group_id = id_of(action.get("value"))
        try:
            outcome = do(
                deps,
                body["user"]["id"],
                body["trigger_id"],
                lambda session, doing: acts.withdraw(session, doing, group_id),
            )
        except DatabaseBusy:
            log.warning("database_busy", listener=wire.WITHDRAW)
            outcome = Refused(NOT_SAVED)
        said = None if outcome is None else outcome.reason if isinstance(outcome, Refused) else outcome.note
        if said is not None:
            under = body.get("view") or {}
            if under.get("type") == "modal" and outcome is not None and not isinstance(outcome, Refused):
                # The form would go on saying that they agree.
                client.views_update(view_id=under["id"], view=notice_view(said))
            else:
                show(client, body, notice_view(said))
        ack()

    return listener
