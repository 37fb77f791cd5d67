"""The page and what it calls: one person's view of the workspace, acts, the live stream, switches."""

from __future__ import annotations

import json
import shutil
import urllib.error
import urllib.request
from collections.abc import Callable
from http.client import HTTPResponse
from typing import Any

import pytest
from slack_bolt import Ack, App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient

from bot.sandbox import Sandbox

Json = dict[str, Any]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
PNG = bytes.fromhex(  # one grey pixel
    "89504e470d0a1a0a0000000d4948445200000001000000010800000000"
    "3a7e9b550000000a49444154789c63a80700008100811e8c1b0f0000000049454e44ae426082"
)


def post(sandbox: Sandbox, path: str, body: Json, content_type: str = "application/json") -> tuple[int, Json]:
    request = urllib.request.Request(
        f"{sandbox.url}{path}", json.dumps(body).encode(), {"Content-Type": content_type}
    )
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refused:
        with refused:
            text = refused.read().decode()
            return refused.code, json.loads(text) if text.startswith("{") else {"error": text}


def seen_by(sandbox: Sandbox, user: str) -> Json:
    with urllib.request.urlopen(f"{sandbox.url}/sandbox/state?as={user}") as answer:
        state: Json = json.load(answer)
        return state


def status_of(url: str) -> int:
    try:
        with urllib.request.urlopen(url) as answer:
            status: int = answer.status
            return status
    except urllib.error.HTTPError as refused:
        refused.close()
        return refused.code


def test_each_person_sees_their_own_conversations_alone(client: WebClient, sandbox: Sandbox) -> None:
    client.chat_postMessage(channel="U1", text="for Ana")
    client.chat_postMessage(channel="U2", text="for Ben")
    sandbox.workspace.add_channel("secret", id="C3", members=["U2"], private=True)
    ana, ben = seen_by(sandbox, "U1"), seen_by(sandbox, "U2")
    assert [m["text"] for m in ana["conversations"][0]["messages"]] == ["for Ana"]
    assert {c["name"] for c in ana["conversations"]} == {"", "no-bots", "ward-4"}
    assert {c["name"] for c in ben["conversations"]} == {"", "ward-4", "secret"}


def test_the_page_knows_what_people_are_and_to_whom_the_app_has_written(
    client: WebClient, sandbox: Sandbox
) -> None:
    sandbox.workspace.add_user("U9", name="ruth", title="doctor, leads Ward 4")
    client.chat_postMessage(channel="U2", text="for Ben")
    people = {person["id"]: person for person in seen_by(sandbox, "U1")["people"]}
    assert (people["U9"]["title"], people["U9"]["written_to"]) == ("doctor, leads Ward 4", False)
    assert (people["U2"]["title"], people["U2"]["written_to"]) == ("", True)


def test_reading_clears_the_unread_mark(client: WebClient, sandbox: Sandbox) -> None:
    ts = client.chat_postMessage(channel="C1", text="new")["ts"]
    unread = {c["id"]: c["unread"] for c in seen_by(sandbox, "U1")["conversations"]}
    assert unread["C1"] == 1
    assert post(sandbox, "/sandbox/act", {"as": "U1", "do": "read", "channel": "C1", "ts": ts})[1]["ok"]
    unread = {c["id"]: c["unread"] for c in seen_by(sandbox, "U1")["conversations"]}
    assert unread["C1"] == 0


def test_a_picture_is_shown_only_to_those_whom_it_was_shared_with(
    client: WebClient, sandbox: Sandbox
) -> None:
    sandbox.faults.file_processing = 0.0
    file_id = client.files_upload_v2(filename="a.png", content=PNG)["file"]["id"]
    address = f"{sandbox.url}/sandbox/files/{file_id}?as="
    assert status_of(f"{address}U1") == 404
    block = {"type": "image", "slack_file": {"id": file_id}, "alt_text": "x"}
    client.chat_postMessage(channel="U1", text="x", blocks=[block])
    assert (status_of(f"{address}U1"), status_of(f"{address}U2")) == (200, 404)


def test_acts_and_switches_over_http(sandbox: Sandbox) -> None:
    status, result = post(sandbox, "/sandbox/act", {"as": "U1", "do": "message", "text": "hello"})
    assert (status, result["ok"]) == (200, True)
    status, result = post(sandbox, "/sandbox/act", {"as": "U1", "do": "fly"})
    assert (status, result["error"]) == (400, 'There is nothing called "fly" to do here.')
    status, result = post(sandbox, "/sandbox/act", {"as": "U9", "do": "message", "text": "x"})
    assert (status, result["error"]) == (400, "There is nobody with the id U9 in this workspace.")
    status, result = post(sandbox, "/sandbox/act", {"as": "U1", "do": "command"})
    assert (status, result["error"]) == (400, "Something is missing: command.")
    assert post(sandbox, "/sandbox/faults", {"break_before": {"auth.test": 1}})[0] == 200
    assert sandbox.faults.break_before == {"auth.test": 1}
    assert post(sandbox, "/sandbox/faults", {"typo": 1})[0] == 400
    assert post(sandbox, "/sandbox/act", {"as": "U1", "do": "message", "text": "x"}, "text/plain")[0] == 415


def test_the_live_stream_tells_of_a_message(client: WebClient, sandbox: Sandbox) -> None:
    stream: HTTPResponse
    with urllib.request.urlopen(f"{sandbox.url}/sandbox/stream", timeout=5) as stream:
        assert stream.readline() == b": hello\n"
        client.chat_postMessage(channel="C1", text="x")
        lines = (line for line in stream if line.startswith(b"data: "))
        change = json.loads(next(lines)[6:])
    assert (change["kind"], change["channel"]) == ("message", "C1")


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
def test_a_person_uses_a_button_and_a_form_in_the_browser_and_what_is_typed_is_inert(
    app: App, connect: Callable[[], SocketModeHandler], sandbox: Sandbox, client: WebClient
) -> None:
    from playwright.sync_api import sync_playwright

    @app.action("open")
    def opened(ack: Ack, body: Json, client: WebClient) -> None:
        field = {"type": "plain_text_input", "action_id": "text"}
        block = {"type": "input", "block_id": "b", "element": field}
        block |= {"label": {"type": "plain_text", "text": "Your idea"}}
        view: Json = {"type": "modal", "callback_id": "idea", "blocks": [block]}
        view |= {
            "title": {"type": "plain_text", "text": "Idea"},
            "submit": {"type": "plain_text", "text": "Send"},
        }
        client.views_open(trigger_id=body["trigger_id"], view=view)
        ack()

    @app.view("idea")
    def submitted(ack: Ack, view: Json, client: WebClient) -> None:
        said = view["state"]["values"]["b"]["text"]["value"]
        ack()
        client.chat_postMessage(channel="U1", text=f"Kept: {said}")

    connect()
    button = {"type": "button", "action_id": "open", "text": {"type": "plain_text", "text": "Hand in"}}
    client.chat_postMessage(channel="U1", text="x", blocks=[{"type": "actions", "elements": [button]}])
    asked: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 360, "height": 700})
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{sandbox.page_url}?as=U1")
        page.get_by_role("button", name="Hand in").click()
        page.get_by_label("Your idea").fill("<img src=x onerror=document.title='hacked'>")
        page.get_by_role("button", name="Send", exact=True).last.click()
        page.get_by_text("Kept: <img src=x").first.wait_for()
        assert "hacked" not in page.title()
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        browser.close()
    assert all(url.startswith((sandbox.url, "data:")) for url in asked)
