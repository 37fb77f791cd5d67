"""The leaders' own aim: the button that opens its form, and the form that comes back."""

from __future__ import annotations

from typing import Any

import structlog
from slack_bolt import Ack, App
from slack_sdk import WebClient

from bot.digests.requests import notice_view
from bot.home.choice import BoardChoice, from_metadata
from bot.home.letters import put_home
from bot.ideas.doing import Refused
from bot.leading import aim, names
from handlers.deps import NOT_SAVED, PATIENCE, Deps
from handlers.ideas.common import Listener, doing_of, register_each, say_beside, show
from storage.engine import DatabaseBusy
from storage.seen import first_time

log = structlog.stdlib.get_logger()


def register(app: App, deps: Deps) -> None:
    """Add the listeners of the aim."""
    register_each(app, {names.AIM: open_form(deps)})
    app.view(names.AIM_FORM)(submitted(deps))


def open_form(deps: Deps) -> Listener:
    """The form comes up with the aim as it is now; for anybody else, whose it is to set."""

    def listener(ack: Ack, body: dict[str, Any], action: dict[str, Any], client: WebClient) -> None:
        under = body.get("view") or {}
        choice = from_metadata(under.get("private_metadata")) if under.get("type") == "home" else None
        try:
            with deps.database.read(patience=PATIENCE) as session:
                doing = doing_of(deps, session, body["user"]["id"])
                view = aim.form_of(session, doing, int(action["value"]), choice)
        except DatabaseBusy:
            log.warning("database_busy", listener=names.AIM)
            view = notice_view(NOT_SAVED)
        show(client, body, view or notice_view(aim.NOT_A_LEADER))
        ack()

    return listener


def submitted(deps: Deps) -> Listener:
    """The aim comes back: it is kept and the Home shows it, or the form stays open with what was typed."""

    def listener(ack: Ack, body: dict[str, Any], view: dict[str, Any]) -> None:
        target, words = aim.read_form(view)
        refused = ""
        try:
            with deps.database.write(patience=PATIENCE) as session:
                if first_time(session, view["id"], deps.clock.now()):
                    doing = doing_of(deps, session, body["user"]["id"])
                    outcome = aim.set_aim(session, doing, target, words)
                    if isinstance(outcome, Refused):
                        session.rollback()
                        refused = outcome.reason
                    elif doing.actor.person_id is not None:
                        choice = target.choice or BoardChoice()
                        put_home(session, doing.actor.person_id, doing.now, choice)
        except DatabaseBusy:
            log.warning("database_busy", listener=names.AIM_FORM)
            refused = NOT_SAVED
        ack(**say_beside(view, refused, names.AIM_WORDS)) if refused else ack()

    return listener
