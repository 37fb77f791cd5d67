"""`rounds run` as a process of its own, in Socket Mode or behind HTTP, and what can be asked of it."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from bot.sandbox import APP_TOKEN, BOT_TOKEN, SIGNING_SECRET, Sandbox
from tests.processes import Command
from tests.scenarios.conftest import Hospital, wait_until

MODES = ("socket", "http")


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def environment(mode: str, sandbox: Sandbox, database_url: str, port: int) -> dict[str, str]:
    """The settings of one mode; its own and nothing of the other's."""
    given = {
        **os.environ,
        "SLACK_BOT_TOKEN": BOT_TOKEN,
        "SLACK_API_URL": sandbox.api_url,
        "DATABASE_URL": database_url,
        "ROUNDS_HTTP_PORT": str(port),
        "ROUNDS_MESSAGES_PER_MINUTE": "6000",
    }
    own = {"SLACK_APP_TOKEN": APP_TOKEN} if mode == "socket" else {"SLACK_SIGNING_SECRET": SIGNING_SECRET}
    return given | own


@dataclass
class Door:
    """A running bot."""

    mode: str
    sandbox: Sandbox
    process: Command
    port: int

    def get(self, path: str) -> tuple[int, str]:
        """Ask one of the health addresses; status 0 where nobody listens."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.read().decode()
        except OSError:
            return 0, ""
        finally:
            connection.close()

    def ready(self) -> dict[str, Any]:
        """What /readyz says, with its status."""
        status, body = self.get("/readyz")
        return {"status": status, **(json.loads(body) if body else {})}

    def wait_ready(self) -> None:
        """Wait until it is ready and people's acts reach it."""
        wait_until(lambda: self.ready()["status"] == 200 or self.process.poll() is not None, 60)
        assert self.process.poll() is None, self.process.communicate()[0]
        if self.mode == "http":
            self.sandbox.deliver_to(f"http://127.0.0.1:{self.port}/slack/events")
        else:
            assert self.sandbox.wait_connected()

    def end(self, how: int = signal.SIGTERM) -> str:
        """End it and return what it printed."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        return self.process.communicate(timeout=60)[0]


@contextmanager
def opened_door(
    mode: str, hospital: Hospital, database_url: str | None = None, **more: str
) -> Iterator[Door]:
    """`rounds run` in a mode, ready; ended at the end."""
    port = free_port()
    url = database_url or hospital.database.url.render_as_string(hide_password=False)
    process = Command(["run"], environment(mode, hospital.sandbox, url, port) | more, hospital.folder)
    door = Door(mode, hospital.sandbox, process, port)
    try:
        door.wait_ready()
        yield door
    finally:
        if process.poll() is None:
            door.end()
        if mode == "http":
            hospital.sandbox.deliver_to(None)
