"""Slack is called no faster than it accepts."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.clock import ManualClock
from bot.courier.pace import PER_MINUTE, POST, Pace
from storage.terms import OutboxState
from tests.bot.courier.conftest import Post

calls = st.lists(
    st.tuples(
        st.sampled_from([POST, "users.list", "files.info"]),
        st.sampled_from(["C1", "C2", "C3"]),
        st.floats(0, 20),
    ),
    max_size=120,
)


@given(calls=calls, seed=st.integers(0, 9))
def test_no_minute_has_more_calls_and_no_channel_more_posts_than_allowed(
    calls: list[tuple[str, str, float]], seed: int
) -> None:
    clock = ManualClock(datetime.fromisoformat("2025-07-21T08:00:00+00:00"))
    pace = Pace(clock, messages_per_minute=20, chance=random.Random(seed))
    granted: dict[str, list[datetime]] = defaultdict(list)
    for method, channel, idle in calls:
        clock.sleep(idle)
        assert pace.wait(method, channel, longest=10_000) == 0
        granted[method].append(clock.now())
        if method == POST:
            granted[channel].append(clock.now())
            pace.posted(channel)
    for method, most in {POST: 20, "users.list": 20, "files.info": 100}.items():
        times = granted[method]
        windows = zip(times, times[most:], strict=False)
        assert all(last - first >= timedelta(minutes=1) for first, last in windows)
    for channel in ("C1", "C2", "C3"):
        assert all(b - a >= timedelta(seconds=1) for a, b in pairwise(granted[channel]))


def test_retry_after_is_kept_and_other_methods_go_on(clock: ManualClock) -> None:
    pace = Pace(clock, chance=random.Random(1))
    pause = pace.pause(POST, 30)
    assert 30 <= pause <= 30.5
    assert pace.grant(POST, "C1") == pytest.approx(pause, abs=1e-5)
    assert pace.grant("users.info") == 0
    clock.sleep(30)
    assert pace.grant(POST, "C1") == pytest.approx(pause - 30, abs=1e-5)


def test_a_wait_that_is_too_long_is_told_at_once(clock: ManualClock) -> None:
    pace = Pace(clock, chance=random.Random(1))
    pace.pause(POST, 300)
    before = clock.now()
    assert pace.wait(POST, "C1", longest=60) > 290
    assert clock.now() == before


def test_tries_after_failures_come_slower_and_slower_but_never_stop(clock: ManualClock) -> None:
    pace = Pace(clock, chance=random.Random(1))
    pauses = [pace.backoff(attempts) for attempts in range(100)]
    assert 0.75 <= pauses[0] <= 1.25
    assert all(225 <= pause <= 375 for pause in pauses[9:])


def test_the_local_slack_with_slacks_own_limits_never_has_to_refuse(office: Post) -> None:
    office.sandbox.faults.limits = True
    people = [office.add_person(f"person{number}") for number in range(50)]
    for person, _ in people:
        office.put(office.digest(person))
        office.put(office.letter(person, "and this"))
    assert office.deliver(3600, workers=4)
    assert all(office.texts(user) == ["Your week", "and this"] for _, user in people)
    outcomes = {call.outcome for call in office.sandbox.workspace.journal}
    assert outcomes == {"ok"}
    assert set(PER_MINUTE) > {call.method for call in office.sandbox.workspace.journal} - {POST}


def test_random_refusals_over_many_recipients_cost_nobody_a_message(post: Post) -> None:
    post.sandbox.faults.ratelimit_chance["*"] = 0.2
    post.sandbox.faults.retry_after = 7
    people = [post.add_person(f"person{number}") for number in range(20)]
    channel = post.sandbox.workspace.add_channel("ward-7")
    for person, _ in people:
        post.put(post.digest(person))
        post.put(post.letter(person, "to the ward", lane="ward", recipient_id=None, conversation=channel.id))
    assert post.deliver(8 * 3600)

    assert all(post.texts(user) == ["Your week"] for _, user in people)
    assert len(post.sandbox.workspace.messages(channel.id)) == 20
    by_channel: dict[str | None, list[datetime]] = defaultdict(list)
    last_refusal: dict[str, datetime] = {}
    for call in post.sandbox.workspace.journal:
        if call.method == POST:
            by_channel[call.channel].append(call.at)
        if call.outcome == "ratelimited":
            last_refusal[call.method] = call.at
    assert last_refusal
    for times in by_channel.values():
        assert all(b - a >= timedelta(seconds=1) for a, b in pairwise(times))


@pytest.mark.parametrize("method", [POST, "files.getUploadURLExternal"])
def test_slacks_retry_after_is_kept_to_the_second(office: Post, method: str) -> None:
    person, user = office.add_person("ana")
    row_id = office.put(office.digest(person))
    office.sandbox.faults.ratelimit_next[method] = 2
    office.sandbox.faults.retry_after = 90
    assert office.deliver()
    assert office.row(row_id).state is OutboxState.SENT
    assert len(office.sandbox.workspace.dm(user.id)) == 1
    first, second, third = [call.at for call in office.sandbox.workspace.calls(method)]
    assert timedelta(seconds=90) <= second - first < timedelta(seconds=95)
    assert timedelta(seconds=90) <= third - second < timedelta(seconds=95)
    assert not office.sandbox.workspace.calls("conversations.history")
