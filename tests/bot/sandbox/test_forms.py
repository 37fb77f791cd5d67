"""Files in forms, choices that an update takes away, and what only some may read."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest
from slack_bolt import Ack, App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.sandbox import BOT_TOKEN, Manifest, Sandbox, Workspace, start_sandbox
from tests.bot.courier.conftest import png
from tests.bot.sandbox.conftest import MANIFEST

Json = dict[str, Any]
Connect = Callable[[], SocketModeHandler]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def option(value: str) -> Json:
    return {"text": plain(value), "value": value}


def field(name: str, element: Json, **more: Any) -> Json:
    element = {**element, "action_id": name}
    return {"type": "input", "block_id": name, "label": plain(name), "element": element, **more}


def form(*blocks: Json) -> Json:
    return {
        "type": "modal",
        "callback_id": "f",
        "title": plain("Form"),
        "submit": plain("Send"),
        "blocks": list(blocks),
    }


PHOTO = field("photo", {"type": "file_input", "filetypes": ["png", "jpg"], "max_files": 1})


def download(url: str, token: str = BOT_TOKEN) -> bytes:
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})
    with urllib.request.urlopen(request) as response:
        content: bytes = response.read()
        return content


@pytest.fixture
def handed_in(app: App, connect: Connect, sandbox: Sandbox) -> Callable[..., Any]:
    """Opens a form with a photo field and submits these values; gives the result and what the app got."""
    got: list[Json] = []

    @app.shortcut("idea_global")
    def opened(ack: Ack, shortcut: Json, client: WebClient) -> None:
        client.views_open(trigger_id=shortcut["trigger_id"], view=form(PHOTO))
        ack()

    @app.view("f")
    def submitted(ack: Ack, view: Json) -> None:
        got.append(view["state"]["values"])
        ack()

    connect()

    def submit(values: Json) -> tuple[Any, list[Json]]:
        sandbox.run_shortcut("U1", "idea_global")
        return sandbox.submit("U1", values), got

    return submit


def test_a_form_takes_a_file_which_the_app_can_fetch_with_its_token(
    handed_in: Callable[..., Any], sandbox: Sandbox, client: WebClient
) -> None:
    file_id = sandbox.upload_file("U1", "photo.png", png())
    result, [values] = handed_in({"photo": [file_id]})
    assert result.ok
    [file] = values["photo"]["photo"]["files"]
    assert (file["id"], file["user"], file["mimetype"]) == (file_id, "U1", "image/png")
    about = client.files_info(file=file_id)["file"]
    assert about["url_private_download"] == file["url_private_download"]
    assert download(file["url_private_download"]) == png()
    assert download(file["url_private"]) == png()


def test_a_form_says_what_is_wrong_with_the_files(handed_in: Callable[..., Any], sandbox: Sandbox) -> None:
    two = [sandbox.upload_file("U1", "a.png", png()) for _ in range(2)]
    assert handed_in({"photo": two})[0].errors == {"photo": "Please choose 1 file at most."}
    letter = sandbox.upload_file("U1", "letter.pdf", b"%PDF")
    assert handed_in({"photo": [letter]})[0].errors == {"photo": "This field takes png, jpg files only."}
    assert handed_in({})[0].errors == {"photo": "Please complete this required field."}
    others = sandbox.upload_file("U2", "b.png", png())
    with pytest.raises(ValueError, match="not there any more"):
        handed_in({"photo": [others]})


def test_an_upload_has_a_limit_and_needs_bytes(sandbox: Sandbox) -> None:
    with pytest.raises(ValueError, match="too large"):
        sandbox.upload_file("U1", "a.png", bytes(10 * 1024 * 1024 + 1))
    with pytest.raises(ValueError, match="empty"):
        sandbox.upload_file("U1", "a.png", b"")


def test_somebodys_upload_is_theirs(sandbox: Sandbox, client: WebClient, dm: str) -> None:
    file_id = sandbox.upload_file("U1", "photo.png", png())
    with pytest.raises(SlackApiError, match="cant_delete_file"):
        client.files_delete(file=file_id)
    with pytest.raises(SlackApiError, match="file_not_found"):
        client.files_completeUploadExternal(files=[{"id": file_id}])
    # The app may read it, and may not show it to others: only its own copy.
    image = {"type": "image", "slack_file": {"id": file_id}, "alt_text": "a photo"}
    with pytest.raises(SlackApiError, match="invalid_blocks"):
        client.chat_postMessage(channel="C1", text="a photo", blocks=[image])
    file = sandbox.workspace.files[file_id]
    assert sandbox.workspace.sees("U1", file)
    assert not sandbox.workspace.sees("U2", file)


def test_a_file_that_did_not_come_through_a_form_is_not_there_for_the_app(
    sandbox: Sandbox, client: WebClient
) -> None:
    file_id = sandbox.upload_file("U1", "photo.png", png())
    file = sandbox.workspace.files[file_id]
    file.in_form = False
    with pytest.raises(SlackApiError, match="file_not_found"):
        client.files_info(file=file_id)
    with pytest.raises(urllib.error.HTTPError, match="404"):
        download(file.as_slack()["url_private_download"])


def test_without_the_token_a_file_is_a_page_for_signing_in(sandbox: Sandbox) -> None:
    file_id = sandbox.upload_file("U1", "photo.png", png())
    url = sandbox.workspace.files[file_id].as_slack()["url_private_download"]
    assert download(url, "xoxb-another").startswith(b"<!doctype html>")


def test_a_form_with_files_needs_the_scope_and_stands_in_modals_alone(workspace: Workspace) -> None:
    scopes = [s for s in MANIFEST["oauth_config"]["scopes"]["bot"] if s != "files:read"]  # type: ignore[index]
    manifest = Manifest.parse(MANIFEST | {"oauth_config": {"scopes": {"bot": scopes}}})
    with start_sandbox(workspace, manifest=manifest) as sandbox:
        client = WebClient(token=BOT_TOKEN, base_url=sandbox.api_url, retry_handlers=[])
        with pytest.raises(SlackApiError) as refused:
            client.views_open(trigger_id=workspace.new_trigger("U1"), view=form(PHOTO))
        assert (refused.value.response["error"], refused.value.response["needed"]) == (
            "missing_scope",
            "files:read",
        )
        with pytest.raises(SlackApiError, match="modals only"):
            client.views_publish(user_id="U1", view={"type": "home", "blocks": [PHOTO]})
        with pytest.raises(SlackApiError, match="modals only"):
            client.chat_postMessage(channel="C1", text="a form", blocks=[PHOTO])


def test_an_update_keeps_what_is_still_offered_and_drops_what_is_not(
    sandbox: Sandbox, client: WebClient, app: App, connect: Connect
) -> None:
    @app.action("choice")
    def chosen(ack: Ack) -> None:
        ack()

    connect()

    def menu(*values: str) -> Json:
        options = [option(value) for value in values]
        return field("choice", {"type": "static_select", "options": options}, dispatch_action=True)

    def ticks(*values: str) -> Json:
        return field("ticks", {"type": "checkboxes", "options": [option(value) for value in values]})

    trigger = sandbox.workspace.new_trigger("U1")
    view = client.views_open(trigger_id=trigger, view=form(menu("a", "b"), ticks("x", "y")))["view"]
    assert sandbox.people is not None
    sandbox.click_view("U1", view["id"], "choice", "b")
    sandbox.workspace.views[view["id"]].values["ticks"]["ticks"]["selected_options"] = [option("y")]
    client.views_update(view_id=view["id"], view=form(menu("b", "c"), ticks("x", "y")))
    state = sandbox.workspace.views[view["id"]].values
    assert state["choice"]["choice"]["selected_option"]["value"] == "b"
    assert [o["value"] for o in state["ticks"]["ticks"]["selected_options"]] == ["y"]
    client.views_update(view_id=view["id"], view=form(menu("c"), ticks("x")))
    state = sandbox.workspace.views[view["id"]].values
    assert state["choice"]["choice"]["selected_option"] is None
    assert state["ticks"]["ticks"]["selected_options"] == []
