"""What Slack sends about leading: each capability registers its own listeners."""

from __future__ import annotations

from slack_bolt import App

from handlers.deps import Deps
from handlers.leading import aim, answering, asking, compared


def register(app: App, deps: Deps) -> None:
    """Add the listeners of leading."""
    answering.register(app, deps)
    asking.register(app, deps)
    aim.register(app, deps)
    compared.register(app, deps)
