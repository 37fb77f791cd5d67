"""Guests, people of other organisations, and the channels that they read."""

from __future__ import annotations

from typing import Any

import pytest
from slack_bolt import Ack, App
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.sandbox import BOT_USER_ID, OTHER_TEAM, Manifest, Sandbox, start_sandbox
from tests.bot.sandbox.conftest import MANIFEST
from tests.bot.sandbox.test_forms import Connect

Json = dict[str, Any]


def user(client: WebClient, user_id: str) -> Json:
    found: Json = client.users_info(user=user_id)["user"]
    return found


def test_guests_for_one_channel_and_for_several_are_marked(sandbox: Sandbox, client: WebClient) -> None:
    sandbox.workspace.add_user("G1", name="gail", guest=True)
    sandbox.workspace.add_user("G2", name="solo", one_channel=True)
    marks = ("is_restricted", "is_ultra_restricted")
    assert [user(client, "G1")[mark] for mark in marks] == [True, False]
    assert [user(client, "G2")[mark] for mark in marks] == [True, True]
    assert [user(client, "U1")[mark] for mark in marks] == [False, False]


def test_somebody_of_another_organisation_comes_in_through_a_shared_channel(
    sandbox: Sandbox, client: WebClient
) -> None:
    sandbox.workspace.add_user("X1", name="ext", email="x@elsewhere.example", team=OTHER_TEAM)
    assert user(client, "X1")["is_stranger"] is True
    assert "X1" not in {found["id"] for found in client.users_list()["members"]}
    with pytest.raises(SlackApiError, match="users_not_found"):
        client.users_lookupByEmail(email="x@elsewhere.example")
    sandbox.join_channel("X1", "C1")
    about = client.conversations_info(channel="C1")["channel"]
    assert (about["is_shared"], about["is_ext_shared"], about["is_org_shared"]) == (True, True, False)
    assert "X1" in client.conversations_members(channel="C1")["members"]
    assert (user(client, "X1")["team_id"], user(client, "X1")["is_stranger"]) == (OTHER_TEAM, False)


def test_a_channel_may_be_shared_within_the_organisation_or_about_to_be_shared_outside(
    sandbox: Sandbox, client: WebClient
) -> None:
    sandbox.workspace.channels["C1"].org_shared = True
    about = client.conversations_info(channel="C1")["channel"]
    assert (about["is_shared"], about["is_ext_shared"], about["is_org_shared"]) == (True, False, True)
    sandbox.share_channel("C1", pending=True)
    about = client.conversations_info(channel="C1")["channel"]
    assert (about["is_pending_ext_shared"], about["is_ext_shared"]) == (True, False)


def test_the_app_hears_who_comes_and_goes_where_it_is_itself() -> None:
    kinds = ("member_joined_channel", "member_left_channel", "channel_shared", "channel_unshared")
    events = {"event_subscriptions": {"bot_events": list(kinds)}}
    with start_sandbox(manifest=Manifest.parse(MANIFEST | {"settings": events})) as sandbox:
        workspace = sandbox.workspace
        workspace.add_user("G1", name="gail", guest=True)
        workspace.add_user("X1", name="ext", team=OTHER_TEAM)
        workspace.add_channel("ward-4", id="C1")
        workspace.add_channel("elsewhere", id="C2", bot=False)
        sandbox.join_channel("G1", "C2")
        sandbox.share_channel("C2")
        assert sandbox.events == []
        sandbox.join_channel("G1", "C1")
        sandbox.join_channel("X1", "C1")
        sandbox.leave_channel("G1", "C1")
        sandbox.share_channel("C1", False)
        sandbox.share_channel("C1")
        sandbox.join_channel(BOT_USER_ID, "C2")
        heard = [payload["event"] for payload in sandbox.events]
    told = [(event["type"], event.get("user"), event.get("team")) for event in heard]
    assert told == [
        ("member_joined_channel", "G1", "T0SANDBOX1"),
        ("member_joined_channel", "X1", OTHER_TEAM),
        ("member_left_channel", "G1", "T0SANDBOX1"),
        ("channel_unshared", None, None),
        ("channel_shared", None, None),
        ("member_joined_channel", BOT_USER_ID, "T0SANDBOX1"),
    ]
    assert heard[4]["connected_team_id"] == OTHER_TEAM


def test_an_answer_that_only_one_person_saw_does_not_come_back_with_a_press(
    app: App, connect: Connect, sandbox: Sandbox
) -> None:
    seen: list[Json] = []

    @app.command("/idea")
    def asked(ack: Ack) -> None:
        pressed = {"type": "button", "action_id": "go", "text": {"type": "plain_text", "text": "Go"}}
        ack(text="Only for you", blocks=[{"type": "actions", "elements": [pressed]}])

    @app.action("go")
    def went(ack: Ack, body: Json) -> None:
        seen.append(body)
        ack()

    connect()
    sandbox.run_command("U1", "/idea", channel="C1")
    [message] = sandbox.workspace.ephemerals_for("U1")
    assert sandbox.click("U1", message.ts, "go", channel="C1").acked
    assert seen[0]["container"]["is_ephemeral"] is True
    assert "message" not in seen[0]
