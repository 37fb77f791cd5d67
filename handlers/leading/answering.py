"""What leaders do with an idea in their message beside answering it: "Snooze" and "Not mine"."""

from __future__ import annotations

from datetime import date
from typing import Any

import structlog
from slack_bolt import Ack, App
from slack_sdk import WebClient

from bot.digests.requests import notice_view
from bot.ideas.doing import Refused
from bot.ideas.words import asks
from bot.leading import names, snoozing
from bot.leading.words import not_mine_form
from bot.slack_blocks import View
from handlers.deps import NOT_SAVED, Deps
from handlers.ideas.answering import LEADERS
from handlers.ideas.common import (
    Button,
    Listener,
    Opening,
    Reader,
    Submission,
    do,
    register_each,
    register_forms,
    show,
)
from storage.engine import DatabaseBusy

log = structlog.stdlib.get_logger()


def register(app: App, deps: Deps) -> None:
    """Add the listeners of a leader's message."""
    register_forms(app, deps, BUTTONS, READERS)
    register_each(app, {names.SNOOZE: snooze_chosen(deps)})


def snooze_chosen(deps: Deps) -> Listener:
    """So many days were chosen: the message itself shows it; only a refusal is said."""

    def listener(ack: Ack, body: dict[str, Any], action: dict[str, Any], client: WebClient) -> None:
        number, _, days = str(action["selected_option"]["value"]).partition(":")
        try:
            outcome = do(
                deps,
                body["user"]["id"],
                body["trigger_id"],
                lambda session, doing: snoozing.snooze(session, doing, int(number), int(days)),
            )
        except DatabaseBusy:
            log.warning("database_busy", listener=names.SNOOZE)
            show(client, body, notice_view(NOT_SAVED))
            ack()
            return
        if isinstance(outcome, Refused):
            show(client, body, notice_view(outcome.reason))
        ack()

    return listener


def _not_mine(opening: Opening) -> View:
    number = opening.facts.number
    return not_mine_form(opening.facts, snoozing.who_instead(opening.session, opening.doing, number))


def _may_answer(opening: Opening) -> bool:
    return opening.may.decide and snoozing.waits(opening.facts.state)


BUTTONS = (Button(names.NOT_MINE, LEADERS, _may_answer, _not_mine),)


def _is_not_mine(_view: View, target: asks.Target, _today: date) -> Submission:
    return Submission((), lambda session, doing: snoozing.not_mine(session, doing, target.idea))


READERS: dict[str, Reader] = {names.NOT_MINE: _is_not_mine}
