"""The Web API as the real slack_sdk meets it: answers, refusals, limits, broken connections, files."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http.client import RemoteDisconnected
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.web import SlackResponse

from bot.clock import ManualClock
from bot.sandbox import BOT_TOKEN, BOT_USER_ID, Faults, Manifest, Sandbox, Workspace, start_sandbox

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + (640).to_bytes(4, "big") + (320).to_bytes(4, "big") + b"pixels"
METADATA = {"event_type": "outbox", "event_payload": {"key": "k1"}}


def upload(client: WebClient, **more: Any) -> str:
    sent = client.files_upload_v2(filename="chart.png", content=PNG, alt_txt="A chart", **more)
    return str(sent["file"]["id"])


def picture(file_id: str) -> list[dict[str, Any]]:
    return [{"type": "image", "slack_file": {"id": file_id}, "alt_text": "A chart"}]


def refused(call: Callable[[], SlackResponse]) -> dict[str, Any]:
    with pytest.raises(SlackApiError) as caught:
        call()
    body: dict[str, Any] = caught.value.response.data
    return body


# -- who and where ----


def test_auth_test_says_who_the_bot_is_and_which_scopes_it_has(client: WebClient) -> None:
    answer = client.auth_test()
    assert answer["user_id"] == BOT_USER_ID
    assert "chat:write" in answer.headers["x-oauth-scopes"].split(",")


def test_a_form_and_json_are_both_understood(client: WebClient, dm: str) -> None:
    by_json = client.api_call("chat.postMessage", json={"channel": dm, "text": "a", "metadata": METADATA})
    by_form = client.api_call(
        "chat.postMessage",
        params={"channel": dm, "text": "b", "blocks": '[{"type": "divider"}]'},
    )
    assert by_json["message"]["metadata"] == METADATA
    assert by_form["message"]["blocks"][0]["type"] == "divider"


def test_the_wrong_token_and_an_unknown_method_are_refused(sandbox: Sandbox, client: WebClient) -> None:
    stranger = WebClient(token="xoxb-other", base_url=sandbox.api_url)
    assert refused(stranger.auth_test)["error"] == "invalid_auth"
    assert refused(WebClient(base_url=sandbox.api_url).auth_test)["error"] == "not_authed"
    assert refused(lambda: client.api_call("files.nonsense"))["error"] == "unknown_method"


def test_users_come_in_pages_and_are_found_by_email(client: WebClient) -> None:
    assert [len(page["members"]) for page in client.users_list(limit=2)] == [2, 1]
    assert client.users_lookupByEmail(email="Ana@Example.org")["user"]["id"] == "U1"
    assert client.users_info(user="U1")["user"]["tz"] == "Europe/Lisbon"
    assert refused(lambda: client.users_info(user="U9"))["error"] == "user_not_found"
    assert refused(lambda: client.users_lookupByEmail(email="x@y.z"))["error"] == "users_not_found"


def test_a_deactivated_person_is_told_apart_and_posting_to_them_succeeds_silently(
    client: WebClient, sandbox: Sandbox, dm: str
) -> None:
    sandbox.workspace.deactivate("U1")
    assert client.users_info(user="U1")["user"]["deleted"] is True
    assert client.chat_postMessage(channel=dm, text="x")["ok"]
    assert refused(lambda: client.conversations_open(users="U1"))["error"] == "user_disabled"


def test_channels_members_and_do_not_disturb_can_be_looked_up(client: WebClient, sandbox: Sandbox) -> None:
    assert client.conversations_info(channel="C1")["channel"]["name"] == "ward-4"
    assert set(client.conversations_members(channel="C1")["members"]) == {"U1", "U2", BOT_USER_ID}
    assert [c["id"] for c in client.conversations_list()["channels"]] == ["C1", "C2"]
    sandbox.workspace.users["U1"].dnd = (datetime.now(UTC), datetime.now(UTC) + timedelta(hours=1))
    seen = client.dnd_teamInfo(users="U1,U2")["users"]
    assert (seen["U1"]["dnd_enabled"], seen["U2"]["dnd_enabled"]) == (True, False)


# -- messages ----


def test_history_leaves_out_replies_and_shows_metadata_only_when_asked(client: WebClient, dm: str) -> None:
    parent = client.chat_postMessage(channel=dm, text="parent", metadata=METADATA)["ts"]
    client.chat_postMessage(channel=dm, text="reply", thread_ts=parent)
    client.chat_postMessage(channel=dm, text="later")
    assert [m["text"] for m in client.conversations_history(channel=dm)["messages"]] == ["later", "parent"]
    plain = client.conversations_history(channel=dm, oldest=parent, inclusive=True)["messages"][-1]
    assert "metadata" not in plain
    full = client.conversations_history(channel=dm, include_all_metadata=True)["messages"][-1]
    assert full["metadata"] == METADATA
    assert full["reply_count"] == 1
    thread = client.conversations_replies(channel=dm, ts=parent, include_all_metadata=True)["messages"]
    assert [m["text"] for m in thread] == ["parent", "reply"]


def test_history_comes_in_pages(client: WebClient, dm: str) -> None:
    for number in range(5):
        client.chat_postMessage(channel=dm, text=str(number))
    pages = client.conversations_history(channel=dm, limit=2)
    assert [[m["text"] for m in page["messages"]] for page in pages] == [["4", "3"], ["2", "1"], ["0"]]


def test_a_message_can_be_changed_and_deleted_by_the_app_alone(
    client: WebClient, dm: str, sandbox: Sandbox
) -> None:
    ts = client.chat_postMessage(channel=dm, text="a", metadata=METADATA)["ts"]
    client.chat_update(channel=dm, ts=ts, text="b")
    (stored,) = sandbox.workspace.dm("U1")
    assert (stored.text, stored.metadata) == ("b", METADATA)
    theirs = sandbox.send_message("U1", "mine").ts
    assert theirs is not None
    assert (
        refused(lambda: client.chat_update(channel=dm, ts=theirs, text="x"))["error"] == "cant_update_message"
    )
    assert refused(lambda: client.chat_delete(channel=dm, ts=theirs))["error"] == "cant_delete_message"
    client.chat_delete(channel=dm, ts=ts)
    assert refused(lambda: client.chat_update(channel=dm, ts=ts, text="c"))["error"] == "message_not_found"
    assert client.chat_getPermalink(channel=dm, message_ts=theirs)["permalink"].endswith(
        theirs.replace(".", "")
    )


def test_an_ephemeral_message_is_shown_to_one_member_and_not_kept(
    client: WebClient, sandbox: Sandbox
) -> None:
    client.chat_postEphemeral(channel="C1", user="U2", text="psst")
    assert [m.text for m in sandbox.workspace.ephemerals_for("U2")] == ["psst"]
    assert sandbox.workspace.messages("C1") == []
    answer = refused(lambda: client.chat_postEphemeral(channel="C1", user="U9", text="x"))
    assert answer["error"] == "user_not_in_channel"


def test_what_would_notify_a_whole_channel_is_found_and_what_is_escaped_is_not(
    client: WebClient, sandbox: Sandbox
) -> None:
    def block(kind: str, text: str) -> dict[str, Any]:
        return {"type": "section", "text": {"type": kind, "text": text}}

    client.chat_postMessage(channel="C1", text="&lt;!channel&gt;", blocks=[block("plain_text", "<!here>")])
    client.chat_postMessage(channel="C1", text="<!channel>", blocks=[block("mrkdwn", "<!here|here> you")])
    assert [m.broadcasts for m in sandbox.workspace.messages("C1")] == [[], ["channel", "here"]]


POSTS: dict[str, tuple[dict[str, Any], str]] = {
    "no such channel": ({"channel": "C9", "text": "x"}, "channel_not_found"),
    "a channel without the bot": ({"channel": "C2", "text": "x"}, "not_in_channel"),
    "no text": ({"channel": "C1", "text": ""}, "no_text"),
    "blocks without a fallback": ({"channel": "C1", "text": "", "blocks": [{"type": "divider"}]}, "no_text"),
    "text too long": ({"channel": "C1", "text": "x" * 40_001}, "msg_too_long"),
    "blocks that are no list": ({"channel": "C1", "text": "x", "blocks": {"a": 1}}, "invalid_blocks_format"),
    "metadata without a payload": (
        {"channel": "C1", "text": "x", "metadata": {"event_type": "k"}},
        "invalid_metadata_schema",
    ),
    "a thread that is not there": ({"channel": "C1", "text": "x", "thread_ts": "1.2"}, "thread_not_found"),
    "a file that is not there": ({"channel": "C1", "text": "x", "blocks": picture("F9")}, "invalid_blocks"),
}


@pytest.mark.parametrize(("body", "error"), POSTS.values(), ids=POSTS.keys())
def test_a_post_that_slack_refuses_is_refused(client: WebClient, body: dict[str, Any], error: str) -> None:
    assert refused(lambda: client.api_call("chat.postMessage", json=body))["error"] == error


def test_archived_channels_and_those_that_the_bot_was_removed_from_refuse_posts(
    client: WebClient, sandbox: Sandbox
) -> None:
    sandbox.workspace.kick_bot("C1")
    assert refused(lambda: client.chat_postMessage(channel="C1", text="x"))["error"] == "not_in_channel"
    sandbox.workspace.archive("C1")
    assert refused(lambda: client.chat_postMessage(channel="C1", text="x"))["error"] == "is_archived"


def test_a_scope_that_the_manifest_does_not_ask_for_is_missing() -> None:
    manifest = Manifest(scopes=frozenset({"users:read"}), messages_tab=False, home_tab=False)
    with start_sandbox(manifest=manifest) as sandbox:
        sandbox.workspace.add_user("U1", name="ana", email="a@b.c")
        client = WebClient(token=BOT_TOKEN, base_url=sandbox.api_url)
        answer = refused(lambda: client.chat_postMessage(channel="U1", text="x"))
        assert answer == {
            "ok": False,
            "error": "missing_scope",
            "needed": "chat:write",
            "provided": "users:read",
        }
        assert "email" not in client.users_info(user="U1")["user"]["profile"]
        home = {"type": "home", "blocks": []}
        assert refused(lambda: client.views_publish(user_id="U1", view=home))["error"] == "not_enabled"


def test_without_a_messages_tab_nobody_can_be_written_to() -> None:
    with start_sandbox(manifest=Manifest(messages_tab=False)) as sandbox:
        sandbox.workspace.add_user("U1", name="ana")
        client = WebClient(token=BOT_TOKEN, base_url=sandbox.api_url)
        answer = refused(lambda: client.chat_postMessage(channel="U1", text="x"))
        assert answer["error"] == "messages_tab_disabled"


# -- limits and broken connections ----


def test_with_the_limits_on_a_second_message_within_a_second_waits(
    client: WebClient, dm: str, sandbox: Sandbox
) -> None:
    sandbox.faults.limits = True
    client.chat_postMessage(channel=dm, text="a")
    client.chat_postMessage(channel="C1", text="another channel")
    with pytest.raises(SlackApiError) as caught:
        client.chat_postMessage(channel=dm, text="b")
    assert caught.value.response.status_code == 429
    assert caught.value.response.headers["Retry-After"] == "1"
    assert caught.value.response["error"] == "ratelimited"
    outcomes = [call.outcome for call in sandbox.workspace.calls("chat.postMessage")]
    assert outcomes == ["ok", "ok", "ratelimited"]


def test_a_method_of_tier_2_is_limited_to_twenty_a_minute() -> None:
    clock = ManualClock(datetime(2026, 11, 23, 9, tzinfo=UTC))
    with start_sandbox(Workspace(clock)) as sandbox:
        sandbox.faults.limits = True
        client = WebClient(token=BOT_TOKEN, base_url=sandbox.api_url)
        for _ in range(20):
            client.users_list()
        clock.advance(timedelta(seconds=15))
        with pytest.raises(SlackApiError) as caught:
            client.users_list()
        assert caught.value.response.headers["Retry-After"] == "45"
        clock.advance(timedelta(seconds=45))
        assert client.users_list()["ok"]


def test_a_call_can_be_rate_limited_by_chance_and_the_same_seed_gives_the_same_calls(
    client: WebClient, sandbox: Sandbox
) -> None:
    sandbox.faults.ratelimit_chance = {"auth.test": 0.5}
    sandbox.faults.retry_after = 7
    waits = []
    for _ in range(20):
        try:
            client.auth_test()
        except SlackApiError as limited:
            waits.append(limited.response.headers["Retry-After"])
    outcomes = [call.outcome for call in sandbox.workspace.calls("auth.test")]
    assert waits == ["7"] * outcomes.count("ratelimited")
    same_seed = Faults(ratelimit_chance={"auth.test": 0.5})
    assert outcomes == ["ratelimited" if same_seed.ratelimits("auth.test") else "ok" for _ in range(20)]


def test_a_connection_that_breaks_before_storing_leaves_nothing(
    client: WebClient, dm: str, sandbox: Sandbox
) -> None:
    sandbox.faults.break_before = {"chat.postMessage": 1}
    with pytest.raises((RemoteDisconnected, ConnectionError, urllib.error.URLError)):
        client.chat_postMessage(channel=dm, text="lost")
    assert sandbox.workspace.dm("U1") == []
    assert client.chat_postMessage(channel=dm, text="second try")["ok"]


def test_a_connection_that_breaks_after_storing_leaves_the_message(
    client: WebClient, dm: str, sandbox: Sandbox
) -> None:
    sandbox.faults.break_after = {"chat.postMessage": 1}
    with pytest.raises((RemoteDisconnected, ConnectionError, urllib.error.URLError)):
        client.chat_postMessage(channel=dm, text="kept", metadata=METADATA)
    (found,) = client.conversations_history(channel=dm, include_all_metadata=True)["messages"]
    assert found["metadata"] == METADATA
    assert [call.outcome for call in sandbox.workspace.calls("chat.postMessage")] == ["broken_after"]


def test_slack_sdks_default_retry_posts_twice_when_the_answer_is_lost(sandbox: Sandbox, dm: str) -> None:
    sandbox.faults.break_after = {"chat.postMessage": 1}
    WebClient(token=BOT_TOKEN, base_url=sandbox.api_url).chat_postMessage(channel=dm, text="twice")
    assert [m.text for m in sandbox.workspace.dm("U1")] == ["twice", "twice"]


def test_a_method_can_be_made_to_fail_and_to_take_long(client: WebClient, sandbox: Sandbox) -> None:
    sandbox.faults.errors = {"auth.test": ["internal_error"]}
    sandbox.faults.slow = {"auth.test": 0.1}
    assert refused(client.auth_test)["error"] == "internal_error"
    assert client.auth_test()["ok"]


# -- files ----


def test_an_upload_is_private_until_a_message_shows_it_in_one_conversation(
    client: WebClient, dm: str, sandbox: Sandbox
) -> None:
    sandbox.faults.file_processing = 0.0
    file_id = upload(client)
    file = sandbox.workspace.files[file_id]
    assert file.conversations == set()
    assert sandbox.workspace.dm("U1") == []
    info = client.files_info(file=file_id)["file"]
    assert (info["mimetype"], info["original_w"], info["original_h"]) == ("image/png", 640, 320)
    client.chat_postMessage(channel=dm, text="x", blocks=picture(file_id))
    assert file.conversations == {dm}


def test_a_file_that_is_not_processed_yet_cannot_be_shown() -> None:
    clock = ManualClock(datetime(2026, 11, 23, 9, tzinfo=UTC))
    with start_sandbox(Workspace(clock)) as sandbox:
        sandbox.workspace.add_user("U1", name="ana")
        sandbox.faults.file_processing = 1.0
        client = WebClient(token=BOT_TOKEN, base_url=sandbox.api_url)
        file_id = upload(client)
        assert client.files_info(file=file_id)["file"]["mimetype"] == ""
        answer = refused(lambda: client.chat_postMessage(channel="U1", text="x", blocks=picture(file_id)))
        assert answer["error"] == "invalid_blocks"
        assert answer["errors"] == ["invalid slack file [json-pointer:/blocks/0/slack_file]"]
        clock.advance(timedelta(seconds=1))
        assert client.chat_postMessage(channel="U1", text="x", blocks=picture(file_id))["ok"]


def test_completing_into_a_channel_posts_a_message_of_its_own_each_time(
    client: WebClient, dm: str, sandbox: Sandbox
) -> None:
    file_id = upload(client, channel=dm)
    client.files_completeUploadExternal(files=[{"id": file_id}], channel_id=dm)
    assert [m.files for m in sandbox.workspace.dm("U1")] == [[file_id], [file_id]]


def test_a_private_file_can_be_made_to_need_sharing_first(
    client: WebClient, dm: str, sandbox: Sandbox
) -> None:
    sandbox.faults.file_processing = 0.0
    sandbox.faults.refuse_unshared_files = True
    file_id = upload(client)
    parent = client.chat_postMessage(channel=dm, text="digest")["ts"]
    answer = refused(lambda: client.chat_postMessage(channel=dm, text="x", blocks=picture(file_id)))
    assert answer["error"] == "invalid_blocks"
    client.files_completeUploadExternal(files=[{"id": file_id}], channel_id=dm, thread_ts=parent)
    assert client.chat_update(channel=dm, ts=parent, text="x", blocks=picture(file_id))["ok"]


def test_deleted_and_unknown_files_are_refused(client: WebClient, dm: str) -> None:
    file_id = upload(client)
    client.files_delete(file=file_id)
    assert refused(lambda: client.files_info(file=file_id))["error"] == "file_deleted"
    assert refused(lambda: client.files_info(file="F9"))["error"] == "file_not_found"
    empty = client.files_getUploadURLExternal(filename="a.png", length=3)["file_id"]
    answer = refused(lambda: client.files_completeUploadExternal(files=[{"id": empty}]))
    assert answer["error"] == "file_not_found"


# -- views ----


def test_home_is_published_and_a_stale_hash_is_refused(client: WebClient, sandbox: Sandbox) -> None:
    home = {"type": "home", "blocks": [{"type": "divider"}]}
    first = client.views_publish(user_id="U1", view=home)["view"]["hash"]
    client.views_publish(user_id="U1", view=home, hash=first)
    stale = refused(lambda: client.views_publish(user_id="U1", view=home, hash=first))
    assert stale["error"] == "hash_conflict"
    stored = sandbox.workspace.home("U1")
    assert stored is not None
    assert stored.payload["type"] == "home"


def test_a_trigger_opens_one_view_within_three_seconds(sandbox: Sandbox, client: WebClient) -> None:
    clock = ManualClock(datetime(2026, 11, 23, 9, tzinfo=UTC))
    sandbox.workspace.clock = clock
    view = {"type": "modal", "title": {"type": "plain_text", "text": "T"}, "blocks": []}
    trigger = sandbox.workspace.new_trigger("U1")
    client.views_open(trigger_id=trigger, view=view)
    again = refused(lambda: client.views_open(trigger_id=trigger, view=view))
    assert again["error"] == "exchanged_trigger_id"
    late = sandbox.workspace.new_trigger("U1")
    clock.advance(timedelta(seconds=3.1))
    assert refused(lambda: client.views_open(trigger_id=late, view=view))["error"] == "expired_trigger_id"
    unknown = refused(lambda: client.views_open(trigger_id="1.2.3", view=view))
    assert unknown["error"] == "invalid_arguments"


def test_a_view_update_with_the_wrong_hash_is_a_conflict(sandbox: Sandbox, client: WebClient) -> None:
    view = {"type": "modal", "title": {"type": "plain_text", "text": "T"}, "blocks": []}
    opened = client.views_open(trigger_id=sandbox.workspace.new_trigger("U1"), view=view)["view"]
    client.views_update(view_id=opened["id"], hash=opened["hash"], view=view)
    stale = refused(lambda: client.views_update(view_id=opened["id"], hash=opened["hash"], view=view))
    assert stale["error"] == "hash_conflict"
    assert refused(lambda: client.views_update(view_id="V9", view=view))["error"] == "not_found"


def test_at_most_three_views_are_stacked(sandbox: Sandbox, client: WebClient) -> None:
    view = {"type": "modal", "title": {"type": "plain_text", "text": "T"}, "blocks": []}
    top = client.views_open(trigger_id=sandbox.workspace.new_trigger("U1"), view=view)["view"]["id"]
    for _ in range(2):
        trigger = sandbox.workspace.new_trigger("U1", top)
        top = client.views_push(trigger_id=trigger, view=view)["view"]["id"]
    trigger = sandbox.workspace.new_trigger("U1", top)
    assert refused(lambda: client.views_push(trigger_id=trigger, view=view))["error"] == "push_limit_reached"


# -- the server ----


def test_it_listens_on_this_machine_only_and_to_its_own_pages(sandbox: Sandbox) -> None:
    assert sandbox.url.startswith("http://127.0.0.1:")
    for headers in ({"Host": "evil.example"}, {"Origin": "https://evil.example"}):
        request = urllib.request.Request(f"{sandbox.url}/sandbox/state?as=U1", headers=headers)
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(request)
        caught.value.close()
        assert caught.value.code == 403


def test_stopping_twice_is_harmless_and_frees_the_port() -> None:
    first = start_sandbox()
    first.stop()
    first.stop()
    with start_sandbox(port=first.port) as second:
        assert second.port == first.port


def test_a_port_that_is_taken_is_an_error(sandbox: Sandbox) -> None:
    with pytest.raises(OSError, match="address already in use"):
        start_sandbox(port=sandbox.port)
