"""Every rule of SLACK.md, broken: what Slack would say is said here. Each case quotes its rule."""

from __future__ import annotations

import asyncio
import json
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.web import SlackResponse

from bot.clock import ManualClock
from bot.sandbox import APP_TOKEN, BOT_TOKEN, Faults, Manifest, Sandbox, Workspace, start_sandbox
from tests.bot.sandbox import test_blocks as blocks
from tests.bot.sandbox import test_bolt as bolt
from tests.bot.sandbox import test_faults as faults
from tests.bot.sandbox import test_httpmode as httpmode
from tests.bot.sandbox import test_webapi as webapi
from tests.bot.sandbox.conftest import MANIFEST
from tests.bot.sandbox.test_blocks import (
    TEXT_INPUT,
    actions,
    asked,
    button,
    home,
    modal,
    mrkdwn,
    option,
    plain,
    section,
    select,
    table,
)

Json = dict[str, Any]
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + (640).to_bytes(4, "big") + (320).to_bytes(4, "big") + b"pixels"


@dataclass
class Ground:
    """A workspace whose clock stands still, with Ana (U1) and Ben (U2), and the app's client."""

    sandbox: Sandbox
    client: WebClient
    clock: ManualClock

    @property
    def workspace(self) -> Workspace:
        return self.sandbox.workspace

    def post(self, *blocks: Json, channel: str = "U1", **more: Any) -> SlackResponse:
        return self.client.chat_postMessage(channel=channel, text="x", blocks=list(blocks), **more)

    def open(self, view: Json) -> SlackResponse:
        return self.client.views_open(trigger_id=self.workspace.new_trigger("U1"), view=view)

    def upload(self, **more: Any) -> str:
        return str(self.client.files_upload_v2(filename="c.png", content=PNG, **more)["file"]["id"])

    def respond(self, url: str) -> int:
        body = json.dumps({"text": "x"}).encode()
        request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as refused:
            with refused:
                return int(refused.code)


@pytest.fixture
def ground() -> Iterator[Ground]:
    clock = ManualClock(datetime(2026, 11, 23, 9, tzinfo=UTC))
    workspace = Workspace(clock)
    workspace.add_user("U1", name="ana", email="ana@example.org", tz="Europe/Lisbon")
    workspace.add_user("U2", name="ben", email="ben@example.org")
    workspace.add_channel("ward-4", id="C1", members=["U1", "U2"])
    switches = Faults(file_processing=0.0, limits=True)
    with start_sandbox(workspace, manifest=Manifest.parse(MANIFEST), faults=switches) as sandbox:
        client = WebClient(token=BOT_TOKEN, base_url=sandbox.api_url, retry_handlers=[])
        yield Ground(sandbox, client, clock)


Break = Callable[[Ground], Any]
RULES: list[tuple[str, str, Break]] = []


def rule(says: str, *, outcome: str) -> Callable[[Break], Break]:
    """Registers a way to break a rule: what SLACK.md says, and what Slack answers."""

    def register(how: Break) -> Break:
        RULES.append((says, outcome, how))
        return how

    return register


def calls(ground: Ground, method: str, times: int, **arguments: Any) -> None:
    for _ in range(times):
        ground.client.api_call(method, json=arguments)


# -- the pace ----


@rule("`chat.postMessage`: about 1 a second per channel", outcome="429 in 1 s")
def two_posts_in_one_second(ground: Ground) -> None:
    ground.post()
    ground.post()


@rule("several hundred a minute per workspace", outcome="429 in 60 s")
def more_posts_than_a_minute_holds(ground: Ground) -> None:
    for number in range(301):
        ground.workspace.add_channel(f"c{number}", id=f"CX{number}")
        ground.client.chat_postMessage(channel=f"CX{number}", text="x")


@rule("Other methods: tiers of about 1 / 20 / 50 / 100+ a minute", outcome="429 in 60 s")
def a_third_tier_method_fifty_one_times(ground: Ground) -> None:
    calls(ground, "conversations.info", 51, channel="C1")


@rule("`users.list` 2", outcome="429 in 60 s")
def everybody_listed_twenty_one_times(ground: Ground) -> None:
    calls(ground, "users.list", 21)


@rule("`conversations.open` 3", outcome="429 in 60 s")
def conversations_opened_fifty_one_times(ground: Ground) -> None:
    calls(ground, "conversations.open", 51, users="U1")


@rule("`views.*` 4", outcome="429 in 60 s")
def homes_published_a_hundred_and_one_times(ground: Ground) -> None:
    calls(ground, "views.publish", 101, user_id="U1", view=home())


@rule("`files.getUploadURLExternal` and `completeUploadExternal` 4", outcome="429 in 60 s")
def uploads_begun_a_hundred_and_one_times(ground: Ground) -> None:
    calls(ground, "files.getUploadURLExternal", 101, filename="a.png", length=1)


@rule("HTTP 429 with `Retry-After` in seconds", outcome="429 in 7 s")
def limited_whatever_the_pace(ground: Ground) -> None:
    ground.sandbox.faults.ratelimit_next, ground.sandbox.faults.retry_after = {"auth.test": 1}, 7
    ground.client.auth_test()


@rule("slack_sdk retries connection errors only", outcome="429 in 1 s")
def trusting_the_client_to_wait(ground: Ground) -> None:
    ground.sandbox.faults.ratelimit_next = {"auth.test": 1}
    WebClient(token=BOT_TOKEN, base_url=ground.sandbox.api_url).auth_test()


# -- acknowledgements, triggers, response_urls ----


@rule("Acknowledge commands, actions, views and events within 3 s", outcome="nothing")
def nobody_there_to_acknowledge(ground: Ground) -> str | None:
    result = ground.sandbox.send_message("U1", "hello")
    return "nothing" if result.ok and not ground.workspace.notices else "something"


@rule(
    "a command or click that is not acknowledged shows the person an error",
    outcome="/digest failed because the app did not respond.",
)
def a_command_without_an_app(ground: Ground) -> str | None:
    assert ground.sandbox.run_command("U1", "/digest").error is not None
    return ground.workspace.notices[-1].text


@rule(
    "a command or click that is not acknowledged shows the person an error",
    outcome="This app did not respond. Try again, or ask an administrator.",
)
def a_click_without_an_app(ground: Ground) -> str | None:
    ts = ground.post(actions(button("go")))["ts"]
    return ground.sandbox.click("U1", ts, "go").error


@rule("`trigger_id` lives 3 s, once", outcome="expired_trigger_id")
def a_late_trigger(ground: Ground) -> None:
    trigger = ground.workspace.new_trigger("U1")
    ground.clock.advance(timedelta(seconds=3.1))
    ground.client.views_open(trigger_id=trigger, view=modal())


@rule("`trigger_id` lives 3 s, once", outcome="exchanged_trigger_id")
def a_trigger_twice(ground: Ground) -> None:
    trigger = ground.workspace.new_trigger("U1")
    for _ in range(2):
        ground.client.views_open(trigger_id=trigger, view=modal())


@rule("`response_url`: 5 uses, 30 minutes", outcome="404")
def a_response_url_six_times(ground: Ground) -> int:
    dm = ground.workspace.open_dm("U1").id
    url = f"{ground.sandbox.url}/response/{ground.workspace.new_response_url('U1', dm)}"
    assert [ground.respond(url) for _ in range(5)] == [200] * 5
    return ground.respond(url)


@rule("`response_url`: 5 uses, 30 minutes", outcome="404")
def a_response_url_after_thirty_one_minutes(ground: Ground) -> int:
    dm = ground.workspace.open_dm("U1").id
    url = f"{ground.sandbox.url}/response/{ground.workspace.new_response_url('U1', dm)}"
    ground.clock.advance(timedelta(minutes=31))
    return ground.respond(url)


# -- how long and how many ----


@rule("A message has ≤ 50 blocks", outcome="no more than 50 items allowed")
def fifty_one_blocks(ground: Ground) -> None:
    ground.post(*[{"type": "divider"}] * 51)


@rule("a view ≤ 100 and 250 kB", outcome="no more than 100 items allowed")
def a_view_of_one_hundred_and_one_blocks(ground: Ground) -> None:
    ground.open(modal(blocks=[{"type": "divider"}] * 101))


@rule("a view ≤ 100 and 250 kB", outcome="view_too_large")
def a_view_of_more_than_250_kb(ground: Ground) -> None:
    ground.open(modal(blocks=[section(text=plain("ß" * 1400)) for _ in range(90)]))


@rule("Section text 3,000", outcome="must be less than 3001 characters")
def a_long_section(ground: Ground) -> None:
    ground.post(section(text=mrkdwn("x" * 3001)))


@rule("fields 10 × 2,000", outcome="no more than 10 items allowed")
def eleven_fields(ground: Ground) -> None:
    ground.post({"type": "section", "fields": [mrkdwn()] * 11})


@rule("fields 10 × 2,000", outcome="must be less than 2001 characters")
def a_long_field(ground: Ground) -> None:
    ground.post({"type": "section", "fields": [mrkdwn("x" * 2001)]})


@rule("header 150", outcome="must be less than 151 characters")
def a_long_header(ground: Ground) -> None:
    ground.post({"type": "header", "text": plain("x" * 151)})


@rule("actions 25", outcome="no more than 25 items allowed")
def twenty_six_buttons(ground: Ground) -> None:
    ground.post(actions(*(button(str(n)) for n in range(26))))


@rule("context 10", outcome="no more than 10 items allowed")
def a_context_of_eleven(ground: Ground) -> None:
    ground.post({"type": "context", "elements": [mrkdwn()] * 11})


@rule("overflow 5", outcome="no more than 5 items allowed")
def six_in_an_overflow(ground: Ground) -> None:
    options = [option(str(n)) for n in range(6)]
    ground.post(section(accessory={"type": "overflow", "action_id": "o", "options": options}))


@rule("select options 100, option text 75, value 150", outcome="no more than 100 items allowed")
def a_menu_of_a_hundred_and_one(ground: Ground) -> None:
    ground.post(actions(select(options=[option(str(n)) for n in range(101)])))


@rule("select options 100, option text 75, value 150", outcome="must be less than 76 characters")
def a_long_option(ground: Ground) -> None:
    ground.post(actions(select(options=[option(text="x" * 76)])))


@rule("select options 100, option text 75, value 150", outcome="must be less than 151 characters")
def a_long_option_value(ground: Ground) -> None:
    ground.post(actions(select(options=[option("x" * 151)])))


@rule("button text 75, value 2,000", outcome="must be less than 76 characters")
def a_long_button(ground: Ground) -> None:
    ground.post(actions(button(text=plain("x" * 76))))


@rule("button text 75, value 2,000", outcome="must be less than 2001 characters")
def a_long_button_value(ground: Ground) -> None:
    ground.post(actions(button(value="x" * 2001)))


@rule("image `alt_text` required, ≤ 2,000", outcome="missing required field: alt_text")
def an_image_without_alt_text(ground: Ground) -> None:
    ground.post({"type": "image", "slack_file": {"id": ground.upload()}})


@rule("image `alt_text` required, ≤ 2,000", outcome="must be less than 2001 characters")
def a_long_alt_text(ground: Ground) -> None:
    ground.post({"type": "image", "slack_file": {"id": ground.upload()}, "alt_text": "x" * 2001})


@rule("modal title, submit and close 24", outcome="must be less than 25 characters")
def a_long_title(ground: Ground) -> None:
    ground.open(modal(title=plain("x" * 25)))


@rule("modal title, submit and close 24", outcome="must be less than 25 characters")
def a_long_submit(ground: Ground) -> None:
    ground.open(modal(submit=plain("x" * 25)))


@rule("modal title, submit and close 24", outcome="must be less than 25 characters")
def a_long_close(ground: Ground) -> None:
    ground.open(modal(close=plain("x" * 25)))


@rule("`private_metadata` 3,000", outcome="must be less than 3001 characters")
def long_private_metadata(ground: Ground) -> None:
    ground.open(modal(private_metadata="x" * 3001))


@rule("view stack 3", outcome="push_limit_reached")
def a_fourth_view_on_the_stack(ground: Ground) -> None:
    top = ground.open(modal())["view"]["id"]
    for _ in range(3):
        trigger = ground.workspace.new_trigger("U1", top)
        top = ground.client.views_push(trigger_id=trigger, view=modal())["view"]["id"]


@rule("table 100 × 20, one a message", outcome="no more than 100 items allowed")
def a_long_table(ground: Ground) -> None:
    ground.post(table(101, 2))


@rule("table 100 × 20, one a message", outcome="no more than 20 items allowed")
def a_wide_table(ground: Ground) -> None:
    ground.post(table(2, 21))


@rule("table 100 × 20, one a message", outcome="only one table is allowed in a message")
def two_tables(ground: Ground) -> None:
    ground.post(table(2, 2), table(2, 2))


@rule("`action_id` unique within a view or message", outcome='`action_id` "a" already exists')
def an_action_id_twice_in_a_message(ground: Ground) -> None:
    ground.post(actions(button("a")), actions(button("a")))


@rule("`action_id` unique within a view or message", outcome='`action_id` "t" already exists')
def an_action_id_twice_in_a_view(ground: Ground) -> None:
    second = asked({"type": "plain_text_input", "action_id": "t"})
    ground.open(modal(blocks=[TEXT_INPUT, second], submit=plain()))


@rule("every message with blocks needs a fallback `text`", outcome="no_text")
def blocks_without_a_text(ground: Ground) -> None:
    ground.client.api_call("chat.postMessage", json={"channel": "C1", "blocks": [section()]})


# -- the blocks of 2026 ----


def chart(points: int = 2, series: int = 1) -> Json:
    labels = [f"week {number}" for number in range(points)]
    lines = [
        {"name": f"s{number}", "data": [{"label": label, "value": 1.5} for label in labels]}
        for number in range(series)
    ]
    drawn = {"type": "line", "series": lines, "axis_config": {"categories": labels}}
    return {"type": "data_visualization", "title": "Falls", "chart": drawn}


def data_table(rows: int = 2, **more: Any) -> Json:
    cells = [[{"type": "raw_text", "text": "1"}, {"type": "raw_text", "text": "2"}]] * rows
    return {"type": "data_table", "caption": "Falls by week", "rows": cells, **more}


@rule("2026 brought `alert`, `card`, `carousel`, `container`", outcome="unsupported type: card")
def a_card(ground: Ground) -> None:
    ground.post({"type": "card"})


@rule("stay within 6 series × 20 categories", outcome="no more than 6 items allowed")
def seven_series(ground: Ground) -> None:
    ground.post(chart(series=7))


@rule("A chart of 26 points does not fit one", outcome="no more than 20 items allowed")
def twenty_six_points(ground: Ground) -> None:
    ground.post(chart(points=26))


@rule("a native table or chart may stand beside it for screen readers", outcome="ok")
def a_chart_and_a_table(ground: Ground) -> str:
    return "ok" if ground.post(chart(20, 6), chart(), data_table(101, page_size=10))["ok"] else "refused"


@rule("a native table or chart may stand beside it for screen readers", outcome="no more than 2 charts")
def three_charts(ground: Ground) -> None:
    ground.post(chart(), chart(), chart())


@rule("a native table or chart may stand beside it for screen readers", outcome="missing required field")
def a_data_table_without_a_caption(ground: Ground) -> None:
    ground.post({"type": "data_table", "rows": data_table()["rows"]})


@rule("a native table or chart may stand beside it for screen readers", outcome="one point for each category")
def a_chart_with_a_hole(ground: Ground) -> None:
    broken = chart(3)
    broken["chart"]["series"][0]["data"].pop()
    ground.post(broken)


# -- files ----


@rule("`files.upload` is gone", outcome="method_deprecated")
def the_old_upload(ground: Ground) -> None:
    ground.client.api_call("files.upload", data={"content": "x"})


@rule("`getUploadURLExternal` (with `alt_txt`)", outcome="alt_txt_too_large")
def an_upload_with_a_long_alt_txt(ground: Ground) -> None:
    ground.client.files_getUploadURLExternal(filename="a.png", length=1, alt_txt="x" * 2001)


@rule("POST the bytes", outcome="file_not_found")
def completing_without_the_bytes(ground: Ground) -> None:
    begun = ground.client.files_getUploadURLExternal(filename="a.png", length=3)
    ground.client.files_completeUploadExternal(files=[{"id": begun["file_id"]}])


@rule("Processing is asynchronous", outcome="invalid slack file")
def showing_a_file_that_is_not_processed(ground: Ground) -> None:
    ground.sandbox.faults.file_processing = 1.0
    ground.post(image(ground.upload()))


@rule("ask `files.info` until it is processed (about a second)", outcome="image/png")
def asking_after_a_second(ground: Ground) -> str:
    ground.sandbox.faults.file_processing = 1.0
    file_id = ground.upload()
    assert ground.client.files_info(file=file_id)["file"]["mimetype"] == ""
    ground.clock.advance(timedelta(seconds=1))
    return str(ground.client.files_info(file=file_id)["file"]["mimetype"])


def image(file_id: str) -> Json:
    return {"type": "image", "slack_file": {"id": file_id}, "alt_text": "A chart"}


@rule(
    "needs a file that is shared or visible to the viewer, else `invalid_blocks`",
    outcome="invalid slack file",
)
def showing_an_unknown_file(ground: Ground) -> None:
    ground.post(image("F9"))


@rule("on `invalid_blocks` share it into the digest's own thread", outcome="ok")
def sharing_into_the_thread_first(ground: Ground) -> str:
    ground.sandbox.faults.refuse_unshared_files = True
    file_id, sent = ground.upload(), ground.post()
    with pytest.raises(SlackApiError, match="invalid_blocks"):
        ground.client.chat_update(channel=sent["channel"], ts=sent["ts"], text="x", blocks=[image(file_id)])
    ground.client.files_completeUploadExternal(
        files=[{"id": file_id}], channel_id=sent["channel"], thread_ts=sent["ts"]
    )
    ground.client.chat_update(channel=sent["channel"], ts=sent["ts"], text="x", blocks=[image(file_id)])
    return "ok"


@rule("complete *without* a channel", outcome="2 messages")
def completing_into_the_dm_twice(ground: Ground) -> str:
    dm = ground.workspace.open_dm("U1").id
    file_id = ground.upload(channel=dm)
    ground.client.files_completeUploadExternal(files=[{"id": file_id}], channel_id=dm)
    return f"{len(ground.workspace.dm('U1'))} messages"


@rule("Its id appears in no other conversation", outcome="invalid slack file")
def a_private_chart_in_another_dm(ground: Ground) -> None:
    file_id = ground.upload()
    ground.post(image(file_id), channel="U1")
    ground.post(image(file_id), channel="U2")


@rule("Its id appears in no other conversation", outcome="invalid slack file")
def a_private_chart_in_a_channel_that_its_reader_is_in(ground: Ground) -> None:
    file_id = ground.upload()
    ground.post(image(file_id), channel="U1")
    ground.post(image(file_id), channel="C1")


@rule("Its id appears in no other conversation", outcome="invalid slack file")
def a_private_chart_on_another_home(ground: Ground) -> None:
    file_id = ground.upload()
    ground.client.views_publish(user_id="U1", view=home(blocks=[image(file_id)]))
    ground.post(image(file_id), channel="U1")
    ground.client.views_publish(user_id="U2", view=home(blocks=[image(file_id)]))


# -- Socket Mode ----


async def first_words(ground: Ground, connections: int) -> list[Json]:
    """The first thing that each of so many connections hears."""
    async with aiohttp.ClientSession() as session:
        sockets = []
        for _ in range(connections):
            address = ground.client.apps_connections_open(app_token=APP_TOKEN)["url"]
            sockets.append(await session.ws_connect(address))
        return [await socket.receive_json() for socket in sockets]


@rule("Socket Mode: up to 10 connections", outcome="too_many_websockets")
def an_eleventh_connection(ground: Ground) -> str:
    ground.sandbox.faults.limits = False
    heard = asyncio.run(first_words(ground, 11))
    assert [first["type"] for first in heard] == ["hello"] * 10 + ["disconnect"]
    return str(heard[-1]["reason"])


@rule("a payload goes to one of them", outcome="1 of 3")
def a_payload_on_three_connections(ground: Ground) -> str:
    async def heard() -> int:
        async with aiohttp.ClientSession() as session:
            sockets = []
            for _ in range(3):
                ticket = ground.client.apps_connections_open(app_token=APP_TOKEN)["url"]
                sockets.append(await session.ws_connect(ticket))
                await sockets[-1].receive_json()
            said = asyncio.create_task(asyncio.to_thread(ground.sandbox.send_message, "U1", "hello"))
            reading = [asyncio.create_task(socket.receive_json()) for socket in sockets]
            done, waiting = await asyncio.wait(reading, timeout=0.2)
            for task in done:
                socket = sockets[reading.index(task)]
                await socket.send_json({"envelope_id": task.result()["envelope_id"]})
            await said
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)
            return len(done)

    return f"{asyncio.run(heard())} of 3"


@rule("Slack asks for a refresh now and then", outcome="refresh_requested")
def a_refresh(ground: Ground) -> str:
    async def heard() -> str:
        async with aiohttp.ClientSession() as session:
            socket = await session.ws_connect(ground.client.apps_connections_open(app_token=APP_TOKEN)["url"])
            await socket.receive_json()
            refreshed = asyncio.create_task(asyncio.to_thread(ground.sandbox.refresh_sockets))
            reason = (await socket.receive_json())["reason"]
            assert (await socket.receive()).type is aiohttp.WSMsgType.CLOSE
            await refreshed
            return str(reason)

    return asyncio.run(heard())


# -- people, conversations, the app itself ----


@rule("Posting to a deactivated user succeeds silently: look at `deleted` first", outcome="stored, deleted")
def posting_to_somebody_who_left(ground: Ground) -> str:
    ground.workspace.deactivate("U1")
    ground.post()
    deleted = ground.client.users_info(user="U1")["user"]["deleted"]
    return f"{'stored' if ground.workspace.dm('U1') else 'lost'}, {'deleted' if deleted else 'there'}"


@rule("`conversations.history` of a thread does not hold its replies", outcome="1 in history, 2 in replies")
def looking_for_a_reply_in_history(ground: Ground) -> str:
    ground.sandbox.faults.limits = False
    sent = ground.post()
    ground.post(thread_ts=sent["ts"])
    history = ground.client.conversations_history(channel=sent["channel"])["messages"]
    replies = ground.client.conversations_replies(channel=sent["channel"], ts=sent["ts"])["messages"]
    return f"{len(history)} in history, {len(replies)} in replies"


@rule("For internal apps both are Tier 3", outcome="429 in 60 s")
def history_fifty_one_times(ground: Ground) -> None:
    calls(ground, "conversations.history", 51, channel="C1")


@rule("distributed apps outside the Marketplace get one call a minute", outcome="429 in 60 s")
def history_twice_by_a_distributed_app(ground: Ground) -> None:
    ground.sandbox.faults.distributed = True
    calls(ground, "conversations.history", 2, channel="C1")


@rule("The App Home's messages tab must be enabled in the manifest for DMs", outcome="messages_tab_disabled")
def a_dm_without_the_messages_tab(ground: Ground) -> None:
    with start_sandbox(manifest=Manifest(messages_tab=False)) as other:
        other.workspace.add_user("U1", name="ana")
        WebClient(token=BOT_TOKEN, base_url=other.api_url).chat_postMessage(channel="U1", text="x")


@rule("also where the message had been stored: a duplicate", outcome="2 messages")
def the_default_retry(ground: Ground) -> str:
    ground.sandbox.faults.limits = False
    ground.sandbox.faults.break_after = {"chat.postMessage": 1}
    WebClient(token=BOT_TOKEN, base_url=ground.sandbox.api_url).chat_postMessage(channel="U1", text="x")
    return f"{len(ground.workspace.dm('U1'))} messages"


@rule("the app's name ≤ 35 characters", outcome="is too long: Slack takes 35 characters")
def a_long_name(ground: Ground) -> None:
    Manifest.parse({"display_information": {"name": "x" * 36}})


@rule("commands begin with `/`", outcome='has to begin with "/"')
def a_command_without_a_slash(ground: Ground) -> None:
    Manifest.parse({"features": {"slash_commands": [{"command": "digest"}]}})


@pytest.mark.parametrize(("says", "outcome", "how"), RULES, ids=[how.__name__ for _, _, how in RULES])
def test_a_rule_that_is_broken_is_answered_as_slack_does(
    ground: Ground, says: str, outcome: str, how: Break
) -> None:
    try:
        heard = str(how(ground))
    except SlackApiError as refused:
        response = refused.response
        heard = "; ".join([response["error"], *response.get("response_metadata", {}).get("messages", [])])
        if response.status_code == 429:
            heard = f"429 in {response.headers['Retry-After']} s"
    except ValueError as refused_here:
        heard = str(refused_here)
    assert outcome in heard


# Rules that need a connected app are broken elsewhere, as is what breaks bots like this one.
ELSEWHERE: dict[str, list[Callable[..., None]]] = {
    "Only events are redelivered": [bolt.test_what_nobody_acknowledges_is_told_to_the_person],
    "Events are redelivered up to 3 times (at once, 1 min, 5 min)": [
        faults.test_what_nobody_acknowledges_comes_at_once_after_one_minute_and_after_five_by_the_workspaces_clock,
        httpmode.test_an_event_that_is_not_acknowledged_comes_again_with_its_number_and_reason,
    ],
    "may be replayed days later: keep `event_id`s": [
        faults.test_an_event_is_replayed_days_later_with_its_old_id
    ],
    "Bolt has no deduplication: the same envelope twice runs the listener twice": [
        bolt.test_the_same_event_can_come_twice
    ],
    "`slack_sdk.models.blocks` checks lengths when it serialises": [
        blocks.test_what_slack_refuses_is_refused_with_its_complaint
    ],
    "A redelivered event is done once": [
        faults.test_an_event_comes_again_as_a_retry_though_it_was_acknowledged
    ],
    "an unseen event that carries a retry header is still done": [
        faults.test_an_event_whose_first_delivery_is_lost_comes_only_as_a_retry
    ],
    "Random 429s over many recipients": [
        webapi.test_a_call_can_be_rate_limited_by_chance_and_the_same_seed_gives_the_same_calls
    ],
    "A deleted user, a left channel, an archived channel": [
        webapi.test_archived_channels_and_those_that_the_bot_was_removed_from_refuse_posts
    ],
    "`<!channel>` in an idea's title is inert on every surface": [
        webapi.test_what_would_notify_a_whole_channel_is_found_and_what_is_escaped_is_not
    ],
    "The socket drops, stalls or is refreshed": [
        bolt.test_after_a_refresh_or_a_drop_the_app_is_back,
        bolt.test_a_stalled_socket_delivers_nothing_and_the_app_opens_another,
    ],
}


def test_left_alone_the_workspace_waits_as_long_as_slack_does() -> None:
    assert (Faults().ack_timeout, Faults().redelivery) == (3.0, (0.0, 60.0, 300.0))


def test_every_rule_is_quoted_from_the_list_and_every_line_of_the_limits_has_one(shared: Path) -> None:
    text = (shared / "SLACK.md").read_text(encoding="utf-8")
    quotes = {says for says, _, _ in RULES} | ELSEWHERE.keys()
    assert {quote for quote in quotes if quote not in text} == set()
    limits = text.split("## Limits")[1].split("## Bolt")[0]
    lines = [line for line in limits.splitlines() if line.startswith("- ")]
    assert [line for line in lines if not any(quote in line for quote in quotes)] == []
