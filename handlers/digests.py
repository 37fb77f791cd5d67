"""`/digest`, the digest's buttons, and what is typed to Rounds."""

from __future__ import annotations

from functools import partial
from typing import Any

from slack_bolt import Ack, App

from bot.answers import names as answer_names
from bot.answers.words import NOT_RIGHT
from bot.digests.requests import answer_command, answer_message, notice_view, stored_view
from bot.digests.write import COUNTED, WHY_THIS
from bot.names import wire as names_wire
from bot.names.words import SEE_GROUP
from bot.sharing import wire as sharing_wire
from bot.sharing.words import SHARE_IT
from bot.slack_blocks import View, actions, button
from handlers.deps import PATIENCE, Deps
from handlers.exchange import Listener, doing_of, on_command, on_press, unless_busy
from handlers.home import asking, settings_page
from handlers.screen import Press
from storage.seen import first_time

# The digest's buttons, and the stored page that each one opens.
PAGES = {
    "digest_more": "more",
    "digest_counted": "counted",
    "digest_why_this": "why",
    "digest_who": "who",
}
GONE = "This page is no longer kept. `/digest` shows your latest digest."


def register(app: App, deps: Deps) -> None:
    """Add the listeners of this capability."""
    app.command("/digest")(on_command("/digest", partial(_digest, deps)))
    for action_id, page in PAGES.items():
        app.action(action_id)(on_press(action_id, partial(_open_page, deps, page)))
    app.event("message")(message_to_rounds(deps))


def _digest(deps: Deps, press: Press) -> dict[str, Any]:
    """`/digest [settings | pause | resume | stop | looks]`."""
    if press.value.lower().split()[:1] == ["settings"]:
        # A trigger works once, so a command that comes twice opens one form.
        press.show(unless_busy("/digest", lambda: _settings(deps, press.user_id)))
        return {}
    with deps.database.write(patience=PATIENCE) as session:
        if not first_time(session, press.key, deps.clock.now()):
            return {}
        answer = answer_command(session, asking(deps, deps.actor(session, press.user_id)), press.value)
    return {"text": answer}


def _settings(deps: Deps, user_id: str) -> View:
    with deps.database.read(patience=PATIENCE) as session:
        return settings_page(session, doing_of(deps, session, user_id), "")


def _open_page(deps: Deps, page: str, press: Press) -> None:
    """A button under a digest opens one of its pages, for its subject alone."""
    with deps.database.read(patience=PATIENCE) as session:
        view = stored_view(session, deps.actor(session, press.user_id), press.value, page)
    press.show(notice_view(GONE) if view is None else with_second_actions(view, page, press.value))


def with_second_actions(view: View, page: str, week: str) -> View:
    """The page behind "More", with what else can be done with this digest; another page as it is."""
    if page != "more":
        return view
    elements = [
        button(names_wire.PEERS, SEE_GROUP, week),
        button(sharing_wire.SHARE, SHARE_IT, week),
        button(answer_names.OTHERS, NOT_RIGHT, week),
        # Where the first row is full, these two stand here alone.
        button(COUNTED, "How is this counted?", week),
        button(WHY_THIS, "Why this one?", week),
    ]
    return {**view, "blocks": [actions(*elements), *view["blocks"][:99]]}


def message_to_rounds(deps: Deps) -> Listener:
    """Something typed in the conversation with Rounds."""

    def listener(ack: Ack, body: dict[str, Any], event: dict[str, Any]) -> None:
        if event.get("channel_type") == "im" and not event.get("subtype") and not event.get("bot_id"):
            # Not acknowledged when the database is busy: Slack sends an event again.
            with deps.database.write(patience=PATIENCE) as session:
                if first_time(session, body["event_id"], deps.clock.now()):
                    who = asking(deps, deps.actor(session, event["user"]))
                    answer_message(session, who, event["channel"])
        ack()

    return listener
