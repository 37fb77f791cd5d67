"""The control panel's routes: each says how things are and changes them, and refuses what does not fit."""

from __future__ import annotations

import asyncio
import json
import urllib.request
from datetime import UTC, datetime, time
from typing import Any

import aiohttp
import pytest
from slack_sdk import WebClient

from bot.clock import ManualClock
from bot.sandbox import APP_TOKEN, Sandbox
from tests.bot.sandbox.test_page import post

Json = dict[str, Any]


def get(sandbox: Sandbox, path: str) -> Json:
    with urllib.request.urlopen(f"{sandbox.url}{path}") as answer:
        body: Json = json.load(answer)
        return body


def test_all_switches_are_shown_with_their_present_values(sandbox: Sandbox) -> None:
    shown = get(sandbox, "/sandbox/faults")
    assert shown == sandbox.faults.as_json()
    assert (shown["events_twice"], shown["redelivery"]) == (False, [0.0, 60.0, 300.0])
    status, answer = post(sandbox, "/sandbox/faults", {"events_twice": True, "redelivery": [0, 1]})
    assert (status, answer["ok"], answer["events_twice"]) == (200, True, True)
    assert sandbox.faults.redelivery == (0.0, 1.0)
    status, answer = post(sandbox, "/sandbox/faults", {"events_twice": "on"})
    assert (status, answer["error"]) == (400, "events_twice has to be true or false.")


def test_a_clock_of_its_own_can_be_moved_forward(sandbox: Sandbox) -> None:
    sandbox.workspace.clock = ManualClock(datetime(2026, 11, 23, 9, tzinfo=UTC))
    assert get(sandbox, "/sandbox/clock") == {"now": "2026-11-23T09:00:00+00:00", "manual": True}
    moved = post(sandbox, "/sandbox/clock", {"advance_seconds": 90})[1]
    assert moved["now"] == "2026-11-23T09:01:30+00:00"
    moved = post(sandbox, "/sandbox/clock", {"now": "2026-11-30T09:00:00+00:00"})[1]
    assert moved["now"] == "2026-11-30T09:00:00+00:00"


WRONG_TIMES: list[tuple[Json, str]] = [
    ({"advance_seconds": -1}, "The clock only goes forward."),
    ({"now": "2020-01-01T00:00:00+00:00"}, "The clock only goes forward."),
    ({"advance_seconds": "1"}, '"advance_seconds" has to be a number.'),
    (
        {"now": "2026-12-01T00:00:00"},
        "2026-12-01T00:00:00 is not a moment with its zone, like 2026-11-23T08:00:00+00:00.",
    ),
    ({"advance_seconds": 1e300}, "The clock moves ten years at most at once."),
    ({"now": "2999-01-01T00:00:00+00:00"}, "The clock moves ten years at most at once."),
    ({}, 'Say "advance_seconds" or "now".'),
]


@pytest.mark.parametrize(("body", "why"), WRONG_TIMES)
def test_the_clock_is_not_moved_back_or_to_what_is_no_time(sandbox: Sandbox, body: Json, why: str) -> None:
    sandbox.workspace.clock = ManualClock(datetime(2026, 11, 23, 9, tzinfo=UTC))
    status, answer = post(sandbox, "/sandbox/clock", body)
    assert (status, answer["error"]) == (400, why)
    assert get(sandbox, "/sandbox/clock")["now"] == "2026-11-23T09:00:00+00:00"


def test_the_real_time_cannot_be_moved(sandbox: Sandbox) -> None:
    assert get(sandbox, "/sandbox/clock")["manual"] is False
    status, answer = post(sandbox, "/sandbox/clock", {"advance_seconds": 1})
    assert status == 400
    assert answer["error"].startswith("This workspace keeps the real time.")


@pytest.mark.parametrize(
    ("how", "ends"), [("drop", aiohttp.WSMsgType.CLOSED), ("refresh", aiohttp.WSMsgType.TEXT)]
)
def test_sockets_are_dropped_and_refreshed(
    client: WebClient, sandbox: Sandbox, how: str, ends: aiohttp.WSMsgType
) -> None:
    async def last_words() -> aiohttp.WSMsgType:
        async with aiohttp.ClientSession() as session:
            socket = await session.ws_connect(client.apps_connections_open(app_token=APP_TOKEN)["url"])
            await socket.receive_json()
            assert get(sandbox, "/sandbox/sockets") == {"connections": 1, "mode": "socket"}
            done = asyncio.create_task(asyncio.to_thread(post, sandbox, "/sandbox/sockets", {"do": how}))
            heard = await socket.receive()
            await socket.close()
            assert (await done)[0] == 200
            return heard.type

    assert asyncio.run(last_words()) is ends


def test_an_unknown_thing_to_do_with_sockets_is_refused(sandbox: Sandbox) -> None:
    status, answer = post(sandbox, "/sandbox/sockets", {"do": "knit"})
    assert (status, answer["error"]) == (400, 'Say what to do with the sockets: "drop" or "refresh".')


def test_people_are_deactivated_moved_and_put_to_sleep(sandbox: Sandbox, client: WebClient) -> None:
    change = {"user": "U1", "deleted": False, "tz": "Asia/Tokyo", "dnd": ["22:00", "07:00"], "guest": True}
    status, answer = post(sandbox, "/sandbox/user", change)
    assert status == 200
    assert answer["users"][0] == {
        "id": "U1",
        "real_name": "Ana Silva",
        "deleted": False,
        "tz": "Asia/Tokyo",
        "guest": True,
        "dnd": ["22:00", "07:00"],
    }
    assert sandbox.workspace.users["U1"].dnd == (time(22), time(7))
    assert client.users_info(user="U1")["user"]["tz_offset"] == 9 * 3600
    assert client.dnd_info(user="U1")["dnd_enabled"]
    post(sandbox, "/sandbox/user", {"user": "U1", "deleted": True, "dnd": None})
    assert client.users_info(user="U1")["user"]["deleted"]
    assert not client.dnd_info(user="U1")["dnd_enabled"]
    once = ["2026-11-23T09:00:00+00:00", "2026-11-23T17:00:00+00:00"]
    assert post(sandbox, "/sandbox/user", {"user": "U2", "dnd": once})[0] == 200


WRONG_PEOPLE: list[tuple[Json, str]] = [
    ({"user": "U9"}, "There is nobody with the id U9 in this workspace."),
    ({"user": "U1", "tz": "Mars/Base"}, "Mars/Base is not a time zone. Use a name like Europe/Lisbon."),
    ({"user": "U1", "deleted": 1}, '"deleted" has to be true or false.'),
    ({"user": "U1", "dnd": ["22:00"]}, '"dnd" has to be two times like ["22:00", "07:00"], or null.'),
    (
        {"user": "U1", "dnd": ["late", "early"]},
        "late is not a moment with its zone, like 2026-11-23T08:00:00+00:00.",
    ),
    (
        {"user": "U1", "dnd": ["2026-11-23T09:00:00+00:00", "2026-11-22T09:00:00+00:00"]},
        "Do-not-disturb has to end after it begins.",
    ),
]


@pytest.mark.parametrize(("body", "why"), WRONG_PEOPLE)
def test_what_does_not_fit_a_person_is_refused(sandbox: Sandbox, body: Json, why: str) -> None:
    status, answer = post(sandbox, "/sandbox/user", {"deleted": True, **body})
    assert (status, answer["error"]) == (400, why)
    assert not sandbox.workspace.users["U1"].deleted


def test_channels_are_archived_shared_and_left_by_the_app(sandbox: Sandbox) -> None:
    change = {"channel": "C1", "archived": True, "ext_shared": True, "bot": False}
    status, answer = post(sandbox, "/sandbox/channel", change)
    assert status == 200
    shown = {"id": "C1", "name": "ward-4", "archived": True, "ext_shared": True, "bot": False}
    assert answer["channels"][0] == shown
    status, answer = post(sandbox, "/sandbox/channel", {"channel": "C9"})
    assert (status, answer["error"]) == (400, "There is no channel with the id C9 in this workspace.")


def test_the_last_event_comes_once_more(sandbox: Sandbox) -> None:
    status, answer = post(sandbox, "/sandbox/events", {"do": "replay"})
    assert (status, answer["error"]) == (400, "There was no such event yet.")
    sandbox.send_message("U1", "hello")
    (shown,) = get(sandbox, "/sandbox/events")["events"]
    assert shown["type"] == "message"
    assert post(sandbox, "/sandbox/events", {"do": "replay", "event_id": shown["event_id"]})[0] == 200
