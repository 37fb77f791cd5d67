"""A local Slack workspace: Web API, Socket Mode and a page in the browser, for the demo and the tests.

Nothing here leaves the machine: the server binds to 127.0.0.1 only, and makes requests only in HTTP mode, to
an app of the same machine.
"""

from bot.sandbox.faults import Faults
from bot.sandbox.manifest import Manifest
from bot.sandbox.server import Sandbox, start_sandbox
from bot.sandbox.socketmode import Ack
from bot.sandbox.state import (
    APP_TOKEN,
    BOT_TOKEN,
    BOT_USER_ID,
    OTHER_TEAM,
    TEAM_ID,
    Channel,
    Message,
    User,
    Workspace,
)
from bot.sandbox.things import SIGNING_SECRET

__all__ = [
    "APP_TOKEN",
    "BOT_TOKEN",
    "BOT_USER_ID",
    "OTHER_TEAM",
    "SIGNING_SECRET",
    "TEAM_ID",
    "Ack",
    "Channel",
    "Faults",
    "Manifest",
    "Message",
    "Sandbox",
    "User",
    "Workspace",
    "start_sandbox",
]
