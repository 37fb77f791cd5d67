"""Who can read a unit's channel may have changed: it is looked at again before anything more goes there."""

from __future__ import annotations

from typing import Any

from slack_bolt import Ack, App

from bot.ideas import channels
from handlers.deps import PATIENCE, Deps
from handlers.exchange import Listener

# Somebody came, or another organisation was let in or left.
EVENTS = ("member_joined_channel", "channel_shared", "channel_unshared")


def register(app: App, deps: Deps) -> None:
    """Add the listeners of what happens to channels."""
    for event in EVENTS:
        app.event(event)(audience_changed(deps))


def audience_changed(deps: Deps) -> Listener:
    """Forget what is known of the channel. Doing that twice is harmless, so no key is kept."""

    def listener(ack: Ack, event: dict[str, Any]) -> None:
        # Not acknowledged when the database is busy: Slack sends an event again.
        with deps.database.write(patience=PATIENCE) as session:
            channels.forget(session, str(event["channel"]))
        ack()

    return listener
