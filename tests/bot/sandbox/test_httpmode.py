"""HTTP mode: a real Bolt app behind a WSGI server, reached by signed POSTs."""

from __future__ import annotations

import io
import json
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from socketserver import ThreadingMixIn
from typing import Any
from urllib.parse import parse_qs
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
from slack_bolt import Ack, App, Respond
from slack_bolt.adapter.wsgi import SlackRequestHandler
from slack_sdk import WebClient
from slack_sdk.signature import SignatureVerifier

from bot.clock import ManualClock
from bot.sandbox import SIGNING_SECRET, Sandbox, start_sandbox
from bot.sandbox.httpmode import signature
from tests.bot.sandbox.test_bolt import BUTTONS, FORM, eventually
from tests.bot.sandbox.test_page import post

Json = dict[str, Any]


class Server(ThreadingMixIn, WSGIServer):
    """A small WSGI server that answers several requests at once."""

    daemon_threads = True


class Quiet(WSGIRequestHandler):
    """Writes nothing to the console."""

    def log_message(self, format: str, *args: Any) -> None:
        return


@pytest.fixture
def seen() -> list[Json]:
    """The HTTP requests that the app was sent: headers in WSGI's names, and the body."""
    return []


@pytest.fixture
def app(client: WebClient) -> App:
    return App(client=client, signing_secret=SIGNING_SECRET, process_before_response=True)


@pytest.fixture
def url(app: App, seen: list[Json]) -> Iterator[str]:
    """The app's request URL."""
    handler = SlackRequestHandler(app)

    def noting(environ: Json, start_response: Any) -> Any:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        seen.append({**environ, "body": body})
        environ["wsgi.input"] = io.BytesIO(body)
        return handler(environ, start_response)

    with make_server("127.0.0.1", 0, noting, server_class=Server, handler_class=Quiet) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/slack/events"
        server.shutdown()
        thread.join()


@pytest.fixture
def http(sandbox: Sandbox, url: str) -> Sandbox:
    """The workspace, once it reaches the app over HTTP."""
    sandbox.deliver_to(url)
    return sandbox


def test_the_request_url_answers_the_challenge_before_it_is_used(
    sandbox: Sandbox, url: str, seen: list[Json]
) -> None:
    sandbox.deliver_to(url)
    assert [json.loads(one["body"])["type"] for one in seen] == ["url_verification"]
    with pytest.raises(ValueError, match="did not answer the challenge"):
        sandbox.deliver_to(url, signing_secret="another")
    with pytest.raises(ValueError, match="did not answer the challenge"):
        sandbox.deliver_to("http://127.0.0.1:9/slack/events")


@pytest.mark.parametrize("away", ["http://example.org/slack/events", "https://127.0.0.1/x", "slack/events"])
def test_nothing_is_sent_to_another_machine(sandbox: Sandbox, away: str) -> None:
    with pytest.raises(ValueError, match="is not an address of this machine"):
        sandbox.deliver_to(away)
    with pytest.raises(ValueError, match="is not an address of this machine"):
        start_sandbox(request_url=away)


def test_a_command_is_signed_and_its_response_is_the_answer(
    app: App, http: Sandbox, seen: list[Json]
) -> None:
    @app.command("/digest")
    def digest(ack: Ack, command: Json, respond: Respond) -> None:
        respond(f"Later: {command['text']}")
        ack("On its way & soon")

    result = http.run_command("U1", "/digest", "ward 4 & 5")
    assert result.acked
    told = [m.text for m in http.workspace.ephemerals_for("U1")]
    assert told == ["Later: ward 4 & 5", "On its way & soon"]
    request = seen[-1]
    assert parse_qs(request["body"].decode())["command"] == ["/digest"]
    assert request["CONTENT_TYPE"] == "application/x-www-form-urlencoded"
    stamp, signed = request["HTTP_X_SLACK_REQUEST_TIMESTAMP"], request["HTTP_X_SLACK_SIGNATURE"]
    assert SignatureVerifier(SIGNING_SECRET).is_valid(request["body"], stamp, signed)
    assert "HTTP_X_SLACK_RETRY_NUM" not in request


def test_a_signature_is_the_one_that_slack_sdk_computes() -> None:
    body = "token=x&command=%2Fweather"
    expected = SignatureVerifier("secret").generate_signature(timestamp="1531420618", body=body)
    assert signature("secret", "1531420618", body.encode()) == expected


def test_buttons_forms_and_messages_work_as_over_sockets(
    app: App, http: Sandbox, client: WebClient, dm: str
) -> None:
    kept: list[str] = []

    @app.action("useful")
    def useful(ack: Ack, body: Json, client: WebClient) -> None:
        client.views_open(trigger_id=body["trigger_id"], view=FORM)
        ack()

    @app.view("idea")
    def submitted(ack: Ack, view: Json) -> None:
        said = view["state"]["values"]["title"]["text"]["value"]
        if said == "bad":
            ack(response_action="errors", errors={"title": "Say a little more."})
            return
        kept.append(said)
        ack()

    @app.event("message")
    def said(event: Json) -> None:
        kept.append(event["text"])

    ts = client.chat_postMessage(channel=dm, text="Useful?", blocks=BUTTONS)["ts"]
    assert http.click("U1", ts, "useful").acked
    assert http.submit("U1", {"text": "bad"}).errors == {"title": "Say a little more."}
    assert http.submit("U1", {"text": "A warmer"}).ok
    assert http.send_message("U1", "hello").ok
    eventually(lambda: kept == ["A warmer", "hello"])


def test_an_answer_after_three_seconds_is_none(app: App, http: Sandbox) -> None:
    @app.command("/digest")
    def slow(ack: Ack) -> None:
        time.sleep(0.3)
        ack()

    http.faults.ack_timeout = 0.1
    result = http.run_command("U1", "/digest")
    assert (result.acked, result.error) == (False, "/digest failed because the app did not respond.")


def test_an_event_that_is_not_acknowledged_comes_again_with_its_number_and_reason(
    app: App, http: Sandbox, seen: list[Json]
) -> None:
    clock = ManualClock(datetime(2026, 11, 23, 9, tzinfo=UTC))
    http.workspace.clock = clock
    answers = iter(["fail", "late", "ok"])

    @app.event("message")
    def said() -> None:
        answer = next(answers)
        if answer == "fail":
            raise RuntimeError("the listener broke")
        if answer == "late":
            time.sleep(0.8)

    def after_some_more_seconds() -> bool:
        clock.advance(timedelta(seconds=10))
        return len(seen) == 3

    http.faults.ack_timeout = 0.5
    seen.clear()
    http.send_message("U1", "hello")
    eventually(lambda: len(seen) == 2)
    eventually(after_some_more_seconds)
    retries = [(r.get("HTTP_X_SLACK_RETRY_NUM"), r.get("HTTP_X_SLACK_RETRY_REASON")) for r in seen]
    assert retries == [(None, None), ("1", "http_error"), ("2", "http_timeout")]
    assert len({json.loads(r["body"])["event_id"] for r in seen}) == 1
    clock.advance(timedelta(hours=1))
    time.sleep(0.1)
    assert len(seen) == 3


def test_an_app_that_asks_for_no_retry_gets_none(app: App, http: Sandbox, seen: list[Json]) -> None:
    @app.middleware
    def refused(next: Callable[[], Any]) -> Any:
        from slack_bolt import BoltResponse

        return BoltResponse(status=500, headers={"X-Slack-No-Retry": "1"}, body="")

    seen.clear()
    http.send_message("U1", "hello")
    time.sleep(0.2)
    assert len(seen) == 1


@pytest.mark.parametrize("fault", [{"wrong_signature": True}, {"request_age": 600}])
def test_a_forged_or_old_request_is_not_acknowledged(app: App, http: Sandbox, fault: Json) -> None:
    @app.command("/digest")
    def digest(ack: Ack) -> None:
        ack()

    assert http.run_command("U1", "/digest").acked
    http.faults.change(fault)
    assert not http.run_command("U1", "/digest").acked


def test_a_workspace_may_start_before_its_app_and_go_back_to_sockets(url: str) -> None:
    with start_sandbox(request_url=url) as sandbox:
        sandbox.workspace.add_user("U1", name="ana")
        assert post(sandbox, "/sandbox/sockets", {"do": "drop"})[0] == 400
        assert sandbox.send_message("U1", "hello").ok
        sandbox.deliver_to(None)
        assert post(sandbox, "/sandbox/sockets", {"do": "drop"})[1]["mode"] == "socket"
