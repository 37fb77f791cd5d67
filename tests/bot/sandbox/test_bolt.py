"""A real slack_bolt app over slack_sdk's Socket Mode: what people do here, and what comes of it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from slack_bolt import Ack, App, Respond
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient
from slack_sdk.webhook import WebhookClient

from bot.sandbox import BOT_USER_ID, Sandbox

Connect = Callable[[], SocketModeHandler]
Json = dict[str, Any]

BUTTONS: list[Json] = [
    {
        "type": "actions",
        "block_id": "choices",
        "elements": [
            {
                "type": "button",
                "action_id": "useful",
                "value": "yes",
                "text": {"type": "plain_text", "text": "Yes"},
            },
            {
                "type": "overflow",
                "action_id": "more",
                "options": [{"text": {"type": "plain_text", "text": "Why?"}, "value": "why"}],
            },
        ],
    }
]
FORM: Json = {
    "type": "modal",
    "callback_id": "idea",
    "title": {"type": "plain_text", "text": "Idea"},
    "submit": {"type": "plain_text", "text": "Send"},
    "private_metadata": "kept",
    "blocks": [
        {
            "type": "input",
            "block_id": "title",
            "label": {"type": "plain_text", "text": "Title"},
            "element": {"type": "plain_text_input", "action_id": "text", "max_length": 20},
        },
        {
            "type": "input",
            "block_id": "unit",
            "optional": True,
            "label": {"type": "plain_text", "text": "Unit"},
            "element": {
                "type": "static_select",
                "action_id": "unit",
                "options": [
                    {"text": {"type": "plain_text", "text": "Ward 4"}, "value": "w4"},
                    {"text": {"type": "plain_text", "text": "Ward 5"}, "value": "w5"},
                ],
            },
        },
    ],
}


def eventually(true: Callable[[], Any], timeout: float = 30.0) -> None:
    """Waits for what happens after an acknowledgement."""
    deadline = time.monotonic() + timeout
    while not true():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)


def test_a_command_is_acknowledged_and_answered_with_a_message(
    app: App, connect: Connect, sandbox: Sandbox
) -> None:
    @app.command("/digest")
    def digest(ack: Ack, command: Json, client: WebClient) -> None:
        ack("On its way")
        client.chat_postMessage(channel=command["user_id"], text=f"Here: {command['text']}")

    connect()
    result = sandbox.run_command("U1", "/digest", "<!channel>")
    assert result.acked
    assert [m.text for m in sandbox.workspace.dm("U1")] == ["Here: <!channel>"]
    assert [m.text for m in sandbox.workspace.ephemerals_for("U1")] == ["On its way"]


def test_a_button_reaches_its_listener_with_message_and_person(
    app: App, connect: Connect, sandbox: Sandbox, client: WebClient, dm: str
) -> None:
    seen: list[Json] = []

    @app.action("useful")
    def useful(ack: Ack, body: Json) -> None:
        seen.append(body)
        ack()

    @app.action("more")
    def more(ack: Ack, action: Json) -> None:
        seen.append(action)
        ack()

    connect()
    ts = client.chat_postMessage(channel=dm, text="Useful?", blocks=BUTTONS)["ts"]
    assert sandbox.click("U1", ts, "useful").acked
    assert sandbox.click("U1", ts, "more", "why").acked
    body, action = seen
    assert (body["user"]["id"], body["channel"]["id"], body["message"]["ts"]) == ("U1", dm, ts)
    assert (body["actions"][0]["value"], body["container"]["type"]) == ("yes", "message")
    assert action["selected_option"]["value"] == "why"
    gone = sandbox.click("U1", ts, "never")
    assert gone.error == "This button is not there any more."


def test_a_modal_is_opened_filled_in_corrected_and_submitted(
    app: App, connect: Connect, sandbox: Sandbox
) -> None:
    kept: list[Json] = []

    @app.command("/idea")
    def idea(ack: Ack, command: Json, client: WebClient) -> None:
        client.views_open(trigger_id=command["trigger_id"], view=FORM)
        ack()

    @app.view("idea")
    def submitted(ack: Ack, view: Json) -> None:
        if view["state"]["values"]["title"]["text"]["value"] == "bad":
            ack(response_action="errors", errors={"title": "Say a little more."})
            return
        kept.append(view)
        ack()

    connect()
    sandbox.run_command("U1", "/idea")
    assert sandbox.workspace.modal("U1") is not None
    assert sandbox.submit("U1", {}).errors == {"title": "Please complete this required field."}
    too_long = sandbox.submit("U1", {"text": "x" * 21}).errors
    assert too_long == {"title": "Please shorten this to 20 characters or fewer."}
    assert sandbox.submit("U1", {"text": "bad"}).errors == {"title": "Say a little more."}
    assert sandbox.submit("U1", {"title": {"text": "A warmer"}, "unit": {"unit": "w5"}}).ok
    (view,) = kept
    assert view["private_metadata"] == "kept"
    assert view["state"]["values"]["unit"]["unit"]["selected_option"]["value"] == "w5"
    assert sandbox.workspace.modal("U1") is None


def test_a_submission_may_update_push_and_clear_and_a_closed_view_is_told(
    app: App, connect: Connect, sandbox: Sandbox
) -> None:
    answers: list[Json] = []
    told: list[Json] = []
    page: Json = {"type": "modal", "title": {"type": "plain_text", "text": "Page"}, "blocks": []}
    page |= {"callback_id": "page", "submit": {"type": "plain_text", "text": "Next"}}

    @app.shortcut("idea_global")
    def opened(ack: Ack, shortcut: Json, client: WebClient) -> None:
        client.views_open(trigger_id=shortcut["trigger_id"], view=page)
        ack()

    @app.view("page")
    def submitted(ack: Ack) -> None:
        ack(**answers.pop(0))

    @app.view_closed("told")
    def closed(ack: Ack, body: Json) -> None:
        told.append(body)
        ack()

    connect()
    assert sandbox.run_shortcut("U1", "idea_global").acked
    answers[:] = [{"response_action": "push", "view": page}, {"response_action": "update", "view": page}]
    answers.append({"response_action": "clear"})
    sandbox.submit("U1")
    assert len(sandbox.workspace.modals["U1"]) == 2
    sandbox.submit("U1")
    assert len(sandbox.workspace.modals["U1"]) == 2
    sandbox.submit("U1")
    assert sandbox.workspace.modal("U1") is None
    sandbox.run_shortcut("U1", "idea_global")
    answers.append(
        {"response_action": "update", "view": page | {"callback_id": "told", "notify_on_close": True}}
    )
    sandbox.submit("U1")
    sandbox.close_view("U1")
    assert [body["is_cleared"] for body in told] == [False]
    sandbox.run_shortcut("U1", "idea_global")
    answers.append({"response_action": "update", "view": {"type": "modal"}})
    assert not sandbox.submit("U1").ok


def test_messages_home_and_joining_reach_the_app_where_it_subscribes(
    app: App, connect: Connect, sandbox: Sandbox
) -> None:
    heard: list[tuple[str, str]] = []

    @app.event("message")
    def said(event: Json) -> None:
        heard.append((event["channel_type"], event["text"]))

    @app.event("app_home_opened")
    def home(event: Json, client: WebClient) -> None:
        heard.append(("home", event["user"]))
        client.views_publish(user_id=event["user"], view={"type": "home", "blocks": [{"type": "divider"}]})

    @app.event("member_joined_channel")
    def joined(event: Json) -> None:
        heard.append(("joined", event["channel"]))

    connect()
    sandbox.send_message("U1", "hello <!channel> & all")
    sandbox.send_message("U1", "not subscribed to", channel="C1")
    sandbox.open_home("U1")
    sandbox.join_channel("U2", "C1")
    eventually(lambda: len(heard) == 3)
    assert sorted(heard) == sorted(
        [("im", "hello &lt;!channel&gt; &amp; all"), ("home", "U1"), ("joined", "C1")]
    )
    eventually(lambda: sandbox.workspace.home("U1"))


def test_the_apps_own_messages_do_not_come_back_to_it(
    app: App, connect: Connect, sandbox: Sandbox, client: WebClient, dm: str
) -> None:
    heard: list[str] = []
    sent: list[str] = []

    @app.event("message")
    def said(event: Json) -> None:
        heard.append(event["user"])

    handler = connect()
    handler.client.socket_mode_request_listeners.insert(
        0, lambda client, request: sent.append(request.payload["event"]["user"])
    )
    client.chat_postMessage(channel=dm, text="mine")
    sandbox.send_message("U1", "theirs")
    eventually(lambda: heard)
    assert BOT_USER_ID in sent  # Slack does send them; Bolt leaves them alone
    assert BOT_USER_ID not in heard


def test_what_was_chosen_in_a_message_comes_with_the_next_click(
    app: App, connect: Connect, sandbox: Sandbox, client: WebClient, dm: str
) -> None:
    seen: list[Json] = []

    @app.action("when")
    @app.action("useful")
    def chosen(ack: Ack, body: Json) -> None:
        seen.append(body["state"]["values"])
        ack()

    connect()
    picker = {"type": "datepicker", "action_id": "when", "initial_date": "2026-11-23"}
    dates = {"type": "actions", "block_id": "dates", "elements": [picker]}
    ts = client.chat_postMessage(channel=dm, text="When?", blocks=[dates, *BUTTONS])["ts"]
    sandbox.click("U1", ts, "useful")
    sandbox.click("U1", ts, "when", "2026-12-01")
    sandbox.click("U1", ts, "useful")
    days = [values["dates"]["when"]["selected_date"] for values in seen]
    assert days == ["2026-11-23", "2026-12-01", "2026-12-01"]


def test_a_message_shortcut_carries_the_message(app: App, connect: Connect, sandbox: Sandbox) -> None:
    seen: list[Json] = []

    @app.message_shortcut("idea_message")
    def made(ack: Ack, shortcut: Json) -> None:
        seen.append(shortcut)
        ack()

    connect()
    ts = sandbox.send_message("U2", "we run out of blankets", channel="C1").ts
    assert ts is not None
    assert sandbox.run_message_shortcut("U1", "idea_message", "C1", ts).acked
    assert (seen[0]["message"]["text"], seen[0]["user"]["id"]) == ("we run out of blankets", "U1")
    assert not sandbox.run_message_shortcut("U1", "idea_global", "C1", ts).ok


def test_a_response_url_answers_five_times_and_replaces_its_message(
    app: App, connect: Connect, sandbox: Sandbox, client: WebClient, dm: str
) -> None:
    urls: list[str] = []

    @app.action("useful")
    def useful(ack: Ack, body: Json, respond: Respond) -> None:
        urls.append(body["response_url"])
        respond("Thank you.", replace_original=True)
        ack()

    connect()
    ts = client.chat_postMessage(channel=dm, text="Useful?", blocks=BUTTONS)["ts"]
    sandbox.click("U1", ts, "useful")
    (message,) = sandbox.workspace.dm("U1")
    assert (message.text, message.blocks) == ("Thank you.", [])
    webhook = WebhookClient(urls[0])
    answers = [webhook.send(text="again").status_code for _ in range(5)]
    assert answers == [200, 200, 200, 200, 404]
    assert [m.text for m in sandbox.workspace.ephemerals_for("U1")] == ["again"] * 4


def test_what_nobody_acknowledges_is_told_to_the_person(app: App, connect: Connect, sandbox: Sandbox) -> None:
    unheard = sandbox.run_command("U1", "/digest")
    assert unheard.error == "/digest failed because the app did not respond."

    @app.command("/digest")
    def late(ack: Ack) -> None:
        time.sleep(0.3)
        ack()

    connect()
    sandbox.faults.ack_timeout = 0.1
    assert not sandbox.run_command("U1", "/digest").acked
    assert len(sandbox.workspace.notices) == 2
    assert sandbox.run_command("U1", "/unknown").error == "/unknown is not a valid command."


def test_an_event_is_delivered_again_with_its_number_until_it_is_acknowledged(
    app: App, connect: Connect, sandbox: Sandbox
) -> None:
    seen: list[tuple[str, str]] = []
    slow = threading.Event()

    @app.event("message")
    def said(body: Json, request: Any) -> None:
        seen.append((body["event_id"], request.headers.get("x-slack-retry-num", ["?"])[0]))
        if len(seen) < 3:
            slow.wait(0.3)

    connect()
    sandbox.faults.ack_timeout, sandbox.faults.redelivery = 0.1, (0.0, 0.4)
    sandbox.send_message("U1", "hello")
    eventually(lambda: len(seen) == 3)
    assert len({event_id for event_id, _ in seen}) == 1
    assert [number for _, number in seen] == ["0", "1", "2"]


def test_the_same_event_can_come_twice(app: App, connect: Connect, sandbox: Sandbox) -> None:
    seen: list[str] = []

    @app.event("message")
    def said(body: Json) -> None:
        seen.append(body["event_id"])

    connect()
    sandbox.faults.events_twice = True
    sandbox.send_message("U1", "hello")
    eventually(lambda: len(seen) == 2)
    assert seen[0] == seen[1]


@pytest.mark.parametrize("how", ["refresh_sockets", "drop_sockets"])
def test_after_a_refresh_or_a_drop_the_app_is_back(
    app: App, connect: Connect, sandbox: Sandbox, how: str
) -> None:
    @app.command("/digest")
    def digest(ack: Ack) -> None:
        ack()

    connect()
    assert sandbox.run_command("U1", "/digest").acked
    getattr(sandbox, how)()
    eventually(lambda: sandbox.connections == 1 and sandbox.run_command("U1", "/digest").acked, timeout=15)


def test_a_stalled_socket_delivers_nothing_and_the_app_opens_another(
    app: App, connect: Connect, sandbox: Sandbox
) -> None:
    @app.command("/digest")
    def digest(ack: Ack) -> None:
        ack()

    handler = connect()
    stalled = handler.client.session_id()
    sandbox.faults.stall_sockets, sandbox.faults.ack_timeout = True, 0.1
    assert not sandbox.run_command("U1", "/digest").acked
    eventually(lambda: handler.client.session_id() != stalled, timeout=15)
    sandbox.faults.stall_sockets, sandbox.faults.ack_timeout = False, 3.0
    eventually(lambda: sandbox.run_command("U1", "/digest").acked, timeout=15)


def test_an_envelope_goes_to_one_of_several_connections(app: App, connect: Connect, sandbox: Sandbox) -> None:
    seen: list[str] = []

    @app.command("/digest")
    def digest(ack: Ack, command: Json) -> None:
        seen.append(command["trigger_id"])
        ack()

    connect()
    connect()
    assert all(sandbox.run_command("U1", "/digest").acked for _ in range(4))
    assert len(set(seen)) == 4


def test_a_command_whose_acknowledgement_slack_refuses_shows_the_error(
    app: App, connect: Connect, sandbox: Sandbox
) -> None:
    @app.command("/digest")
    def digest(ack: Ack) -> None:
        ack(text="x", blocks=[{"type": "nonsense"}])

    connect()
    error = sandbox.run_command("U1", "/digest").error
    assert error is not None
    assert "invalid_blocks" in error


def test_a_submission_cannot_push_a_fourth_view(app: App, connect: Connect, sandbox: Sandbox) -> None:
    page: Json = {"type": "modal", "title": {"type": "plain_text", "text": "Page"}, "blocks": []}
    page |= {"callback_id": "page", "submit": {"type": "plain_text", "text": "Next"}}

    @app.shortcut("idea_global")
    def opened(ack: Ack, shortcut: Json, client: WebClient) -> None:
        client.views_open(trigger_id=shortcut["trigger_id"], view=page)
        ack()

    @app.view("page")
    def submitted(ack: Ack) -> None:
        ack(response_action="push", view=page)

    connect()
    sandbox.run_shortcut("U1", "idea_global")
    assert [sandbox.submit("U1").ok for _ in range(3)] == [True, True, False]
    assert len(sandbox.workspace.modals["U1"]) == 3
