"""The app at Slack, by an app configuration token: the local workspace has no such method."""

from __future__ import annotations

import copy
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import yaml

from bot.clock import SystemClock
from bot.courier.gateway import Gateway
from bot.courier.outcomes import Misconfigured
from bot.doctor.manifest import check_installed
from bot.doctor.slack import read_installed
from handlers.manifest import MANIFEST

CONFIG_TOKEN = "xoxe.xoxp-config"


@pytest.fixture
def wanted() -> dict[str, Any]:
    parsed = yaml.safe_load(MANIFEST.read_text(encoding="utf-8"))
    assert isinstance(parsed, dict)
    return parsed


@pytest.fixture
def slack(wanted: dict[str, Any]) -> Iterator[str]:
    """The two methods that are needed; the app there lacks /digest. Gives the API's address."""
    lacking = copy.deepcopy(wanted)
    lacking["features"]["slash_commands"] = [
        entry for entry in wanted["features"]["slash_commands"] if entry["command"] != "/digest"
    ]

    class Answers(BaseHTTPRequestHandler):
        """Slack's answers."""

        def do_POST(self) -> None:
            """Answer a method."""
            form = self.rfile.read(int(self.headers["Content-Length"])).decode()
            token = self.headers["Authorization"].removeprefix("Bearer ")
            answer: dict[str, Any] = {"ok": True, "bot": {"app_id": "A1"}}
            if self.path.endswith("apps.manifest.export"):
                assert "app_id=A1" in form
                known = token == CONFIG_TOKEN
                answer = (
                    {"ok": True, "manifest": lacking} if known else {"ok": False, "error": "invalid_auth"}
                )
            body = json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/api/"
        server.shutdown()
        thread.join()


def test_a_command_that_the_app_at_slack_lacks_is_found(slack: str, wanted: dict[str, Any]) -> None:
    clock = SystemClock()
    found = read_installed(Gateway("xoxb-1", slack, clock), CONFIG_TOKEN, slack, clock, "B1")
    assert isinstance(found, dict)
    (finding,) = check_installed(wanted, found, socket_mode=True).findings
    assert finding.wrong == "The app at Slack lacks the command /digest."


def test_a_configuration_token_that_is_over_is_told(slack: str) -> None:
    clock = SystemClock()
    found = read_installed(Gateway("xoxb-1", slack, clock), "xoxe.xoxp-old", slack, clock, "B1")
    assert found == Misconfigured("invalid_auth", "")
