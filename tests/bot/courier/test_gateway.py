"""What came of a call: done, not now, never, or nobody knows."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import RemoteDisconnected
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.error import URLError

import pytest

from bot.clock import ManualClock
from bot.courier.gateway import Gateway, broken
from bot.courier.outcomes import (
    MISCONFIGURED,
    PERMANENT,
    Done,
    Misconfigured,
    Outcome,
    Permanent,
    RateLimited,
    Transient,
    Unknown,
    classify,
    explain,
)
from bot.courier.pace import Pace


@contextmanager
def answering(status: int, body: bytes, headers: dict[str, str] | None = None) -> Iterator[str]:
    """A server that gives everybody the same answer; yields its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def ask(clock: ManualClock, url: str, timeout: int = 5) -> Outcome:
    gateway = Gateway("xoxb-token", f"{url}/api/", clock, pace=Pace(clock), timeout=timeout)
    return gateway.call_now("chat.postMessage", {"channel": "C0WARD0007", "text": "x", "thread_ts": None})


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (200, b'{"ok": true, "ts": "1.2"}', Done({"ok": True, "ts": "1.2"})),
        (200, b'{"ok": false, "error": "is_archived"}', Permanent("is_archived")),
        (200, b'{"ok": false, "error": "a_new_word"}', Permanent("a_new_word")),
        (200, b'{"ok": false, "error": "token_revoked"}', Misconfigured("token_revoked")),
        (
            200,
            b'{"ok": false, "error": "missing_scope", "needed": "files:write"}',
            Misconfigured("missing_scope", "needs files:write"),
        ),
        (200, b'{"ok": false, "error": "fatal_error"}', Unknown("fatal_error")),
        (200, b'{"ok": false, "error": "request_timeout"}', Transient("request_timeout")),
        (200, b"<html>a proxy's page</html>", Unknown("not_slacks_answer")),
        (500, b"", Unknown("http_500")),
        (503, b"<html>maintenance</html>", Unknown("http_503")),
    ],
)
def test_every_answer_has_a_meaning(clock: ManualClock, status: int, body: bytes, outcome: Outcome) -> None:
    with answering(status, body) as url:
        assert ask(clock, url) == outcome


@pytest.mark.parametrize(
    ("header", "least"), [({"Retry-After": "42"}, 42), ({"retry-after": "7"}, 7), ({}, 30)]
)
def test_too_many_calls_says_when_to_come_back(
    clock: ManualClock, header: dict[str, str], least: float
) -> None:
    with answering(429, b'{"ok": false, "error": "ratelimited"}', header) as url:
        outcome = ask(clock, url)
    assert isinstance(outcome, RateLimited)
    assert least <= outcome.retry_after <= least + 0.5


def test_a_server_that_says_nothing_leaves_it_open(clock: ManualClock) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert ask(clock, f"http://127.0.0.1:{silent.getsockname()[1]}", timeout=1) == Unknown("timeout")


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (URLError(ConnectionRefusedError(111, "refused")), Transient("slack_not_reached")),
        (URLError(socket.gaierror(-2, "unknown name")), Transient("slack_not_reached")),
        (URLError(ssl.SSLCertVerificationError("bad")), Transient("slack_not_reached")),
        (URLError(ConnectionResetError(104, "reset")), Unknown("connection_broken")),
        (RemoteDisconnected("gone"), Unknown("connection_broken")),
        (TimeoutError("read"), Unknown("timeout")),
    ],
)
def test_only_what_cannot_have_arrived_is_tried_again_unseen(error: Exception, outcome: Outcome) -> None:
    assert broken(error) == outcome


def test_every_listed_error_is_explained_and_means_one_thing() -> None:
    assert not set(MISCONFIGURED) & set(PERMANENT)
    for error in MISCONFIGURED:
        assert isinstance(classify(error), Misconfigured)
    for error in PERMANENT:
        assert classify(error) == Permanent(error)
        assert explain(error) != error
    assert explain("a_new_word") == "a_new_word"
