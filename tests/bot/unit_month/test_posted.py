"""The summary on the local Slack: it reaches the unit's channel with its picture."""

from __future__ import annotations

import random
from datetime import UTC, datetime

from bot.clock import ManualClock
from bot.courier.courier import Courier
from bot.courier.gateway import Gateway
from bot.courier.pace import Pace
from bot.ideas.channels import GUARD, ChannelChecker, channel_guard
from bot.sandbox import BOT_TOKEN, TEAM_ID, start_sandbox
from bot.settings import Settings
from bot.unit_month.due import renderers, tick
from storage.engine import Database
from storage.terms import OutboxState
from tests.bot.leading.house import MANIFEST
from tests.bot.unit_month.test_unit_month import SAID, Month


def test_the_channel_gets_it_with_its_picture(sqlite: Database, settings: Settings) -> None:
    month = Month(sqlite)
    month.clinicians(6)
    month.stories(6)
    clock = ManualClock(datetime(2026, 7, 15, 8, tzinfo=UTC))
    with start_sandbox(clock=clock, manifest=MANIFEST) as sandbox:
        channel = sandbox.workspace.add_channel("ward-4")
        gateway = Gateway(BOT_TOKEN, sandbox.api_url, clock, pace=Pace(clock, chance=random.Random(1)))
        ChannelChecker(sqlite, gateway, clock, TEAM_ID).tick()
        assert tick(sqlite, clock.now(), settings) == 1
        Courier(
            sqlite,
            gateway,
            clock,
            guards={GUARD: channel_guard(clock)},
            renderers=renderers(settings),
            team_id=TEAM_ID,
        ).drain(60)
        (row,) = month.rows()
        assert (row.state, row.outcome) == (OutboxState.SENT, "")
        assert row.slack_channel == channel.id
        (posted,) = channel.messages
        assert posted.text == "The month's care in Ward 4"
        assert str(posted.blocks).count(SAID) == 2
        assert row.file_id is not None
        assert row.file_id in str(posted.blocks)
