"""Killed in the middle, started again: nobody is left out, nobody gets two, no picture twice."""

from __future__ import annotations

import random
import signal
import time
from pathlib import Path

import pytest

from storage.digest_queries import states_of_week
from storage.terms import DigestState
from tests.processes import Command
from tests.scenarios.conftest import WEEK, Hospital, end, wait_until


def _wait_for_posts(hospital: Hospital, process: Command, target: int) -> None:
    calls = hospital.sandbox.workspace.calls
    wait_until(lambda: len(calls("chat.postMessage")) >= target or process.poll() is not None, 60)


@pytest.mark.slow
@pytest.mark.timeout(280)
def test_a_sender_that_is_killed_again_and_again_delivers_everything_once(live_hospital: Hospital) -> None:
    chance = random.Random(20261116)
    workspace = live_hospital.sandbox.workspace
    killed = 0
    for _ in range(6):
        process = live_hospital.rounds("digest", "send", "--week", str(WEEK))
        # At least something new has to happen before the next kill, or nothing would ever be finished.
        _wait_for_posts(
            live_hospital, process, len(workspace.calls("chat.postMessage")) + chance.randint(1, 6)
        )
        time.sleep(chance.random() * 0.3)
        end(process, signal.SIGKILL)
        if process.returncode == 0:
            break
        killed += 1
    assert killed > 0
    code, output = live_hospital.run("digest", "send", "--week", str(WEEK), timeout=200)
    assert code == 0, output
    with live_hospital.database.read() as session:
        assert states_of_week(session, str(WEEK))[DigestState.SENT] == 22
    for clinician in live_hospital.world.clinicians:
        found = live_hospital.digests(clinician)
        assert len(found) <= 1, clinician
        texts = [m.text for m in workspace.dm(live_hospital.user(clinician))]
        assert texts.count("Welcome to Rounds") <= 1
        pictures = [
            b
            for m in workspace.dm(live_hospital.user(clinician))
            for b in m.blocks or ()
            if "slack_file" in b
        ]
        assert len(pictures) == len(found)


def test_a_second_run_on_one_embedded_database_is_refused_with_a_clear_sentence(
    live_hospital: Hospital,
) -> None:
    first = live_hospital.rounds("run")
    try:
        wait_until(lambda: live_hospital.sandbox.connections > 0 or first.poll() is not None, 60)
        code, output = live_hospital.run("run")
        assert code == 1
        assert "already runs on this database" in output
        assert "Traceback" not in output
    finally:
        printed = end(first)
    assert first.returncode == 0
    assert "Traceback" not in printed


def test_send_leaves_delivery_to_the_running_bot_and_waits_for_it(
    live_hospital: Hospital, tmp_path: Path
) -> None:
    bot = live_hospital.rounds("run")
    try:
        wait_until(lambda: live_hospital.sandbox.connections > 0 or bot.poll() is not None, 60)
        code, output = live_hospital.run(
            "digest", "send", "--week", str(WEEK), "--person", live_hospital.email("C01")
        )
        assert code == 0, output
        assert "Rounds is running on this database and delivers them." in output
        assert "1 sent" in output
        assert len(live_hospital.digests("C01")) == 1
    finally:
        printed = end(bot)
    assert bot.returncode == 0
    assert "xoxb" not in printed
    assert "xapp" not in printed
