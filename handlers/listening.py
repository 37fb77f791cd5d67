"""Which slash commands the program answers, asked of Bolt itself."""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import urlencode

from slack_bolt import App, BoltRequest, BoltResponse
from slack_sdk import WebClient

from bot.clock import SystemClock
from bot.settings import Settings
from handlers.app import build_app
from handlers.deps import Deps
from storage.engine import Database

# The commands that Rounds may have; a manifest's own are asked for as well.
COMMANDS = ("/digest", "/idea", "/ideas", "/rounds")


def answered_commands(settings: Settings, others: Collection[str] = ()) -> frozenset[str]:
    """Those of Rounds' commands, and of `others`, that a listener is registered for."""
    # Listeners are registered with it and none of them runs, so it is never opened and no file is made.
    database = Database("sqlite:///never-opened.db")
    try:
        app = build_app(Deps(database, SystemClock(), settings, team_id=""), WebClient(token="xoxb-none"))
        return frozenset(command for command in {*COMMANDS, *others} if _answers(app, command))
    finally:
        database.close()


def _answers(app: App, command: str) -> bool:
    # Bolt has no public list of what is registered; its listeners say themselves what they match.
    request = BoltRequest(body=urlencode({"command": command}), mode="socket_mode")
    return any(listener.matches(req=request, resp=BoltResponse(status=200)) for listener in app._listeners)
