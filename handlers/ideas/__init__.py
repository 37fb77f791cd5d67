"""Everything that comes in about ideas."""

from __future__ import annotations

from slack_bolt import App

from handlers.deps import Deps
from handlers.ideas import answering, doing, finding, from_message, handing_in, places


def register(app: App, deps: Deps) -> None:
    """Add the listeners of ideas."""
    handing_in.register(app, deps)
    from_message.register(app, deps)
    answering.register(app, deps)
    doing.register(app, deps)
    finding.register(app, deps)
    places.register(app, deps)
