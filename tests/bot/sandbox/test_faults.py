"""Events that come late, again or in the wrong order; people who sleep; a week that passes in a second."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from datetime import time as clock_time
from functools import partial
from typing import Any

import pytest
from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.webhook import WebhookClient

from bot.clock import ManualClock
from bot.sandbox import Faults, Sandbox, Workspace
from tests.bot.sandbox.test_bolt import eventually

Connect = Callable[[], SocketModeHandler]
Json = dict[str, Any]
START = datetime(2026, 11, 23, 9, tzinfo=UTC)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


@pytest.fixture
def workspace(clock: ManualClock) -> Workspace:
    """As in conftest, but its clock stands still."""
    made = Workspace(clock)
    made.add_user("U1", name="ana", real_name="Ana Silva", email="ana@example.org", tz="Europe/Lisbon")
    made.add_user("U2", name="ben", real_name="Ben Okoro", email="ben@example.org")
    made.add_channel("ward-4", id="C1", members=["U1", "U2"])
    return made


Heard = list[tuple[str, str]]


def has(things: list[Any], number: int) -> bool:
    return len(things) == number


@pytest.fixture
def heard(app: App, connect: Connect) -> Heard:
    """What a connected app hears: the text of each message and the number of its retry."""
    messages: Heard = []

    @app.event("message")
    def said(event: Json, request: Any) -> None:
        messages.append((event["text"], request.headers.get("x-slack-retry-num", ["0"])[0]))

    connect()
    return messages


# -- events ----


def test_an_event_comes_again_as_a_retry_though_it_was_acknowledged(heard: Heard, sandbox: Sandbox) -> None:
    sandbox.faults.events_redelivered = True
    assert sandbox.send_message("U1", "hello").ok
    eventually(lambda: len(heard) == 2)
    assert heard == [("hello", "0"), ("hello", "1")]


def test_an_event_whose_first_delivery_is_lost_comes_only_as_a_retry(heard: Heard, sandbox: Sandbox) -> None:
    sandbox.faults.events_lost_first = True
    sandbox.send_message("U1", "hello")
    eventually(lambda: heard)
    assert heard == [("hello", "1")]


def test_events_come_in_the_wrong_order(heard: Heard, sandbox: Sandbox) -> None:
    sandbox.faults.events_out_of_order = True
    for text in ("first", "second", "third", "fourth"):
        sandbox.send_message("U1", text)
    eventually(lambda: len(heard) == 4)
    assert [text for text, _ in heard] == ["second", "first", "fourth", "third"]


def test_an_event_that_is_held_back_for_none_comes_after_a_minute(
    heard: Heard, sandbox: Sandbox, clock: ManualClock
) -> None:
    sandbox.faults.events_out_of_order = True
    sandbox.send_message("U1", "only")
    time.sleep(0.1)
    assert heard == []
    clock.advance(timedelta(seconds=61))
    eventually(lambda: heard == [("only", "0")])


def test_an_event_is_replayed_days_later_with_its_old_id(
    heard: Heard, sandbox: Sandbox, clock: ManualClock
) -> None:
    sandbox.send_message("U1", "hello")
    clock.advance(timedelta(days=3))
    (payload,) = sandbox.events
    assert payload["event_time"] == START.timestamp()
    assert sandbox.replay_event(payload).acked
    eventually(lambda: heard == [("hello", "0"), ("hello", "1")])


def test_what_nobody_acknowledges_comes_at_once_after_one_minute_and_after_five_by_the_workspaces_clock(
    app: App, connect: Connect, sandbox: Sandbox, clock: ManualClock
) -> None:
    seen: list[tuple[str, timedelta]] = []

    @app.event("message")
    def said(body: Json, request: Any) -> None:
        seen.append((request.headers.get("x-slack-retry-num", ["0"])[0], clock.now() - START))
        time.sleep(0.2)  # later than the workspace waits

    connect()
    sandbox.faults.ack_timeout = 0.05
    assert not sandbox.run_command("U1", "/digest").acked
    sandbox.send_message("U1", "hello")
    for number, minutes in ((2, 0), (3, 1), (4, 5)):
        clock.advance(timedelta(minutes=minutes))
        eventually(partial(has, seen, number))
        time.sleep(0.5)  # nothing comes before its time
        assert len(seen) == number
    minute = timedelta(minutes=1)
    assert seen == [("0", 0 * minute), ("1", 0 * minute), ("2", minute), ("3", 6 * minute)]
    clock.advance(timedelta(hours=1))
    time.sleep(0.3)
    assert len(seen) == 4


# -- people ----


def test_do_not_disturb_is_every_night_in_the_persons_own_zone(
    client: WebClient, sandbox: Sandbox, clock: ManualClock
) -> None:
    sandbox.workspace.set_dnd("U1", (clock_time(22), clock_time(7)))
    sandbox.workspace.change_user("U1", tz="Asia/Tokyo")

    def window() -> tuple[datetime, datetime]:
        seen = client.dnd_teamInfo(users="U1,U2")["users"]
        assert seen["U2"] == {"dnd_enabled": False, "next_dnd_start_ts": 1, "next_dnd_end_ts": 1}
        assert seen["U1"]["dnd_enabled"]
        moments = [datetime.fromtimestamp(seen["U1"][f"next_dnd_{e}_ts"], UTC) for e in ("start", "end")]
        return moments[0], moments[1]

    tonight = datetime(2026, 11, 23, 13, tzinfo=UTC), datetime(2026, 11, 23, 22, tzinfo=UTC)
    assert window() == tonight  # 22:00 in Tokyo is 13:00 UTC
    clock.set(datetime(2026, 11, 23, 20, tzinfo=UTC))
    assert window() == tonight  # on
    clock.set(datetime(2026, 11, 23, 22, tzinfo=UTC))
    assert window() == (tonight[0] + timedelta(days=1), tonight[1] + timedelta(days=1))


def test_do_not_disturb_once_is_over_when_it_is_over(
    client: WebClient, sandbox: Sandbox, clock: ManualClock
) -> None:
    sandbox.workspace.set_dnd("U1", (START, START + timedelta(hours=1)))
    assert client.dnd_info(user="U1")["dnd_enabled"]
    clock.advance(timedelta(hours=1))
    assert not client.dnd_info(user="U1")["dnd_enabled"]


def test_at_most_fifty_people_are_asked_about_at_once(client: WebClient) -> None:
    with pytest.raises(SlackApiError, match="too_many_users"):
        client.dnd_teamInfo(users=",".join(f"U{n}" for n in range(51)))
    with pytest.raises(SlackApiError, match="no_users_provided"):
        client.dnd_teamInfo(users="")


def test_guests_and_channels_shared_with_other_organisations_are_marked(
    client: WebClient, sandbox: Sandbox
) -> None:
    sandbox.workspace.change_user("U2", guest=True)
    restricted = [client.users_info(user=u)["user"]["is_restricted"] for u in ("U1", "U2")]
    assert restricted == [False, True]
    assert client.conversations_info(channel="C1")["channel"]["is_ext_shared"] is False
    sandbox.workspace.share_with_others("C1")
    assert client.conversations_info(channel="C1")["channel"]["is_ext_shared"] is True


# -- the clock ----


def test_a_week_passes_in_a_second(
    heard: Heard, client: WebClient, sandbox: Sandbox, clock: ManualClock
) -> None:
    began = time.monotonic()
    workspace = sandbox.workspace
    workspace.set_dnd("U1", (clock_time(22), clock_time(7)))
    dm = workspace.open_dm("U1").id
    sandbox.faults.limits = True
    sandbox.faults.file_processing = 1.0
    sandbox.faults.redelivery = (3600.0,)
    for day in range(7):
        sandbox.faults.events_lost_first = True
        sandbox.send_message("U1", f"day {day}")  # comes an hour later
        sandbox.faults.events_lost_first = False
        trigger, answer = workspace.new_trigger("U1"), workspace.new_response_url("U1", dm)
        file_id = client.files_upload_v2(filename="a.png", content=b"\x89PNG\r\n\x1a\n")["file"]["id"]
        client.chat_postMessage(channel=dm, text=f"digest {day}")
        with pytest.raises(SlackApiError, match="ratelimited"):
            client.chat_postMessage(channel=dm, text="too soon")
        clock.advance(timedelta(hours=12))
        eventually(partial(has, heard, day + 1))
        client.chat_postMessage(channel=dm, text="half a day later")
        assert client.files_info(file=file_id)["file"]["mimetype"] == "image/png"
        view = {"type": "modal", "title": {"type": "plain_text", "text": "T"}, "blocks": []}
        with pytest.raises(SlackApiError, match="expired_trigger_id"):
            client.views_open(trigger_id=trigger, view=view)
        assert WebhookClient(f"{sandbox.url}/response/{answer}").send(text="x").status_code == 404
        clock.advance(timedelta(hours=12))
    assert [text for text, _ in heard] == [f"day {day}" for day in range(7)]
    newest = client.conversations_history(channel=dm, limit=1)["messages"][0]
    assert datetime.fromtimestamp(float(newest["ts"]), UTC).date() == START.date() + timedelta(days=6)
    assert clock.now() - START == timedelta(days=7)
    assert time.monotonic() - began < 5  # about one second, on a machine that is busy with other things


# -- switches ----


def test_all_switches_have_a_value_that_can_be_written_as_json_and_set_again() -> None:
    faults = Faults()
    values = faults.as_json()
    assert json.loads(json.dumps(values)) == values
    faults.change(values)
    assert faults == Faults()


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("typo", 1, "There is no switch called typo."),
        ("limits", "yes", "limits has to be true or false."),
        ("retry_after", -1, "retry_after has to be a whole number, 0 or more."),
        ("file_processing", True, "file_processing has to be a number of seconds, 0 or more."),
        ("break_after", {"chat.postMessage": 0.5}, "break_after has to be an object of methods"),
        ("break_after_chance", {"chat.postMessage": 2}, "chances between 0 and 1"),
        ("errors", {"auth.test": "internal_error"}, "lists of errors"),
        ("redelivery", 5, "redelivery has to be a list of seconds."),
    ],
)
def test_a_switch_that_does_not_fit_is_refused_and_nothing_is_changed(
    name: str, value: Any, why: str
) -> None:
    faults = Faults()
    with pytest.raises(ValueError, match=why):
        faults.change({"events_twice": True, name: value})
    assert faults == Faults()
