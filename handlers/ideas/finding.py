"""Finding: `/ideas`, lists with older and newer pages, and an idea's own page."""

from __future__ import annotations

from functools import partial
from typing import Any

from slack_bolt import App
from sqlmodel import Session

from bot.ideas import names
from bot.ideas.doing import Doing
from bot.ideas.facts import Page
from bot.ideas.finding import find
from bot.ideas.words.lists import list_message, list_view
from bot.leading.names import BOARD
from bot.slack_blocks import View
from handlers.deps import PATIENCE, Deps
from handlers.exchange import add_pages, doing_of, on_command
from handlers.ideas.common import page_view, read_value
from handlers.screen import Press


def register(app: App, deps: Deps) -> None:
    """Add the listeners of finding."""
    app.command("/ideas")(on_command("/ideas", partial(_ideas, deps)))
    add_pages(app, deps, {names.MORE: _idea, names.LIST: _list})
    add_pages(app, deps, {names.LIST_PAGE: _part_of_list}, turns=True)


def _ideas(deps: Deps, press: Press) -> dict[str, Any]:
    """`/ideas`, `/ideas words`, `/ideas mine`: a list that only whoever asks sees."""
    what = "mine" if press.value.lower() == "mine" else f"all:{press.value}"
    with deps.database.read(patience=PATIENCE) as session:
        page = listed(session, doing_of(deps, session, press.user_id), what, 0)
    return list_message(page, title_of(what), what)


def _idea(session: Session, doing: Doing, value: str) -> View:
    """An idea's whole story, with a button for each thing that whoever looks may do."""
    return page_view(session, doing, read_value(value)[0])


def _list(session: Session, doing: Doing, what: str) -> View:
    return list_view(listed(session, doing, what, 0), title_of(what), what)


def _part_of_list(session: Session, doing: Doing, value: str) -> View:
    what, _, first = value.rpartition(":")
    return list_view(listed(session, doing, what, int(first)), title_of(what), what)


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
