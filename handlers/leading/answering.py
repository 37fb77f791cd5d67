"""What leaders do with an idea in their message beside answering it: "Snooze" and "Not mine"."""

from __future__ import annotations

from datetime import date

from slack_bolt import App
from sqlmodel import Session

from bot.ideas.doing import Doing, Outcome
from bot.ideas.words import asks
from bot.leading import names, snoozing
from bot.leading.words import not_mine_form
from bot.slack_blocks import View
from handlers.deps import Deps
from handlers.exchange import add_deeds
from handlers.ideas.answering import LEADERS
from handlers.ideas.common import Button, Opening, Reader, Submission, register_forms


def register(app: App, deps: Deps) -> None:
    """Add the listeners of a leader's message."""
    register_forms(app, deps, BUTTONS, READERS)
    # The message itself shows for how many days.
    add_deeds(app, deps, {names.SNOOZE: _snooze})


def _snooze(session: Session, doing: Doing, value: str) -> Outcome:
    number, _, days = value.partition(":")
    return snoozing.snooze(session, doing, int(number), int(days))


def _not_mine(opening: Opening) -> View:
    number = opening.facts.number
    return not_mine_form(opening.facts, snoozing.who_instead(opening.session, opening.doing, number))


def _may_answer(opening: Opening) -> bool:
    return opening.may.decide and snoozing.waits(opening.facts.state)


BUTTONS = (Button(names.NOT_MINE, LEADERS, _may_answer, _not_mine),)


def _is_not_mine(_view: View, target: asks.Target, _today: date) -> Submission:
    return Submission((), lambda session, doing: snoozing.not_mine(session, doing, target.idea))


READERS: dict[str, Reader] = {names.NOT_MINE: _is_not_mine}
