"""Showing one's digest to the leaders of one's unit, taking it back, and the leaders' look at it."""

from __future__ import annotations

from slack_bolt import App
from sqlmodel import Session

from bot.digests.requests import notice_view
from bot.home.settings_form import Mistakes
from bot.ideas.doing import Doing
from bot.ideas.leading import name_of
from bot.sharing import acts, gather, wire, words
from bot.slack_blocks import View, value_of
from handlers.deps import Deps
from handlers.exchange import (
    Act,
    add_deeds,
    add_forms,
    add_pages,
    by_id,
    id_of,
    opens_on_record,
    register_each,
    says,
)

CHOOSE = "Choose a unit."


def register(app: App, deps: Deps) -> None:
    """Add the listeners of this capability."""
    add_pages(app, deps, {wire.SHARE: _preview})
    register_each(app, {wire.LOOK: opens_on_record(deps, wire.LOOK, _shared)})
    add_deeds(app, deps, {wire.WITHDRAW: by_id(acts.withdraw)}, says)
    add_forms(app, deps, {wire.SHARE: (_read_share, wire.UNIT)})


def _preview(session: Session, doing: Doing, week: str) -> View:
    return words.share_page(gather.sharable(session, doing, week))


def _shared(session: Session, doing: Doing, value: str) -> View:
    """What was shared, with the look on record before it is seen."""
    row = acts.look(session, doing, id_of(value))
    if row is None:
        return notice_view(words.ENDED)
    return words.shared_page(name_of(row.person), row.digest.message or {}, row.share.ends_on)


def _read_share(view: View) -> Act | Mistakes:
    chosen = value_of(view, "state", "values", wire.UNIT, wire.UNIT, "selected_option", "value")
    week = str(view.get("private_metadata", ""))
    if not chosen:
        return Mistakes({wire.UNIT: CHOOSE})
    return lambda session, doing: acts.share(session, doing, week, id_of(chosen))
