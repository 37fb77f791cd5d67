"""What a person can open and take along of their own from the Home: their measures, and their data."""

from __future__ import annotations

from slack_bolt import App
from sqlmodel import Session

from bot.digests.requests import notice_view
from bot.home.measures import MEASURES, PAGE, measures_page
from bot.home.own_data import EXPORT, ask_for_own_data
from bot.ideas.doing import Doing
from bot.slack_blocks import View
from handlers.deps import Deps
from handlers.exchange import add_pages, opens_on_record, register_each


def register(app: App, deps: Deps) -> None:
    """Add the listeners of this capability."""
    add_pages(app, deps, {MEASURES: _measures, PAGE: _measures}, turns=True)
    register_each(app, {EXPORT: opens_on_record(deps, EXPORT, _own_data)})


def _measures(session: Session, doing: Doing, value: str) -> View:
    return measures_page(session, doing.actor, value)


def _own_data(session: Session, doing: Doing, _value: str) -> View:
    """Everything that is kept about whoever asks is on its way to them. Own data: no look is noted."""
    return notice_view(ask_for_own_data(session, doing.actor, doing.now))
