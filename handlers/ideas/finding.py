"""Finding: `/ideas`, lists with older and newer pages, and an idea's own page."""

from __future__ import annotations

from typing import Any

import structlog
from slack_bolt import Ack, App
from slack_sdk import WebClient
from sqlmodel import Session

from bot.digests.requests import notice_view
from bot.ideas import names
from bot.ideas.doing import Doing
from bot.ideas.facts import Page
from bot.ideas.finding import find
from bot.ideas.words.lists import list_message, list_view
from bot.leading.names import BOARD
from bot.slack_blocks import View
from handlers.deps import NOT_SAVED, PATIENCE, Deps
from handlers.ideas.common import Listener, doing_of, page_view, read_value, register_each, show
from storage.engine import DatabaseBusy

log = structlog.stdlib.get_logger()


def register(app: App, deps: Deps) -> None:
    """Add the listeners of finding."""
    app.command("/ideas")(ideas_command(deps))
    register_each(
        app,
        {
            names.MORE: open_page(deps),
            names.LIST: open_list(deps),
            names.LIST_PAGE: open_list(deps),
        },
    )


def ideas_command(deps: Deps) -> Listener:
    """`/ideas`, `/ideas words`, `/ideas mine`: a list that only whoever asks sees."""

    def listener(ack: Ack, body: dict[str, Any]) -> None:
        typed = body.get("text", "").strip()
        what = "mine" if typed.lower() == "mine" else f"all:{typed}"
        try:
            with deps.database.read(patience=PATIENCE) as session:
                page = listed(session, doing_of(deps, session, body["user_id"]), what, 0)
        except DatabaseBusy:
            log.warning("database_busy", listener="/ideas")
            ack(NOT_SAVED)
            return
        ack(**list_message(page, title_of(what), what))

    return listener


def open_list(deps: Deps) -> Listener:
    """A list as a page of its own, or another part of the one that is open."""

    def listener(ack: Ack, body: dict[str, Any], action: dict[str, Any], client: WebClient) -> None:
        what, first = action["value"], 0
        if action["action_id"].startswith(names.LIST_PAGE):
            what, _, place = action["value"].rpartition(":")
            first = int(place)
        try:
            view = list_of(deps, body["user"]["id"], what, first)
        except DatabaseBusy:
            log.warning("database_busy", listener=names.LIST)
            view = notice_view(NOT_SAVED)
        under = body.get("view") or {}
        if under.get("type") == "modal" and action["action_id"].startswith(names.LIST_PAGE):
            client.views_update(view_id=under["id"], view=view)
        else:
            show(client, body, view)
        ack()

    return listener


def list_of(deps: Deps, user_id: str, what: str, first: int) -> View:
    """One part of a list."""
    with deps.database.read(patience=PATIENCE) as session:
        page = listed(session, doing_of(deps, session, user_id), what, first)
    return list_view(page, title_of(what), what)


def listed(session: Session, doing: Doing, what: str, first: int) -> Page:
    """The ideas of a list: "mine", "supported", "board" (what waits for one's answer) or "all:words"."""
    if what == BOARD:
        board = find.board(session, doing, first=first, size=10)
        return board.page if board is not None else Page((), 0)
    if what == "mine":
        return find.mine(session, doing, first=first)
    if what == "supported":
        return find.supported(session, doing, first=first)
    return find.list_ideas(session, doing, what.partition(":")[2], first=first)


def title_of(what: str) -> str:
    """What a list is called; a modal's title has 24 characters."""
    titles = {
        "mine": "My ideas",
        "supported": "I said “me too”",
        "all:": "Ideas",
        BOARD: "Waiting for an answer",
    }
    return titles.get(what, f"Ideas for “{what.partition(':')[2]}”")


def open_page(deps: Deps) -> Listener:
    """An idea's whole story, with a button for each thing that whoever looks may do."""

    def listener(ack: Ack, body: dict[str, Any], action: dict[str, Any], client: WebClient) -> None:
        number, _ = read_value(action)
        try:
            with deps.database.read(patience=PATIENCE) as session:
                view = page_view(deps, session, body["user"]["id"], number)
        except DatabaseBusy:
            log.warning("database_busy", listener=names.MORE)
            view = notice_view(NOT_SAVED)
        show(client, body, view)
        ack()

    return listener
