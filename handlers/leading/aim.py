"""The leaders' own aim: the button that opens its form, and the form that comes back."""

from __future__ import annotations

from typing import Any

from slack_bolt import App

from bot.digests.requests import notice_view
from bot.home.choice import from_metadata
from bot.ideas.doing import Refused
from bot.leading import aim, names
from bot.slack_blocks import View
from handlers.deps import PATIENCE, Deps
from handlers.exchange import doing_of, id_of, on_form, on_press, once, register_each
from handlers.screen import Press, say_beside


def register(app: App, deps: Deps) -> None:
    """Add the listeners of the aim."""
    register_each(app, {names.AIM: on_press(names.AIM, lambda press: _open_form(deps, press))})
    app.view(names.AIM_FORM)(on_form(lambda user_id, view: _set(deps, user_id, view), names.AIM_WORDS))


def _open_form(deps: Deps, press: Press) -> None:
    """The form comes up with the aim as it is now; for anybody else, whose it is to set."""
    choice = from_metadata(press.under.get("private_metadata")) if press.on_home else None
    with deps.database.read(patience=PATIENCE) as session:
        view = aim.form_of(session, doing_of(deps, session, press.user_id), id_of(press.value), choice)
    press.show(view or notice_view(aim.NOT_A_LEADER))


def _set(deps: Deps, user_id: str, view: View) -> dict[str, Any]:
    """The aim is kept and the Home shows it as it was chosen; or the form stays open with what was typed."""
    target, words = aim.read_form(view)
    outcome = once(
        deps,
        user_id,
        view["id"],
        lambda session, doing: aim.set_aim(session, doing, target, words),
        choice=target.choice,
    )
    return say_beside(view, outcome.reason, names.AIM_WORDS) if isinstance(outcome, Refused) else {}
