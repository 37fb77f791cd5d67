"""What HTTP mode alone must hold: signatures, sizes, ports, and how many processes there may be."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest

from bot.clock import SystemClock
from bot.sandbox import SIGNING_SECRET
from storage.engine import Database
from storage.migrate import upgrade
from tests.processes import Command
from tests.scenarios.conftest import ROUNDS, Hospital, Imported, opened_hospital, wait_until
from tests.scenarios.doors import Door, environment, free_port, opened_door

COMMAND = urlencode({"command": "/digest", "text": "", "user_id": "U1", "team_id": "T1", "trigger_id": "1"})


@pytest.fixture(scope="module")
def door(imported: Imported, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """`rounds run` behind HTTP."""
    folder = tmp_path_factory.mktemp("http")
    with opened_hospital(imported, folder, SystemClock()) as made, opened_door("http", made) as opened:
        yield opened


def post(
    door: Door, body: bytes, *, secret: str = SIGNING_SECRET, age: float = 0.0, signed: bool = True
) -> int:
    """POST to the request URL as Slack would, or nearly; returns the status."""
    stamp = str(int(time.time() - age))
    mac = hmac.new(secret.encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    if signed:
        headers |= {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={mac}"}
    connection = http.client.HTTPConnection("127.0.0.1", door.port, timeout=10)
    try:
        connection.request("POST", "/slack/events", body, headers)
        return connection.getresponse().status
    finally:
        connection.close()


def test_a_request_that_slack_signed_is_answered(door: Door) -> None:
    assert post(door, COMMAND.encode()) == 200


@pytest.mark.parametrize(
    "wrong", [{"secret": "another"}, {"signed": False}, {"age": 600.0}], ids=["secret", "unsigned", "old"]
)
def test_a_request_that_slack_did_not_sign_just_now_is_refused(door: Door, wrong: dict[str, object]) -> None:
    assert post(door, COMMAND.encode(), **wrong) == 401  # type: ignore[arg-type]


def test_a_body_that_is_too_large_or_not_text_is_refused(door: Door) -> None:
    assert post(door, b"x" * (1024 * 1024 + 1)) == 413
    assert post(door, b"\xff\xfe") == 400
    assert door.get("/healthz")[0] == 200


def test_the_request_url_takes_no_get(door: Door) -> None:
    assert door.get("/slack/events")[0] == 404


def test_a_second_one_on_the_embedded_database_is_refused_with_a_clear_sentence(
    live_hospital: Hospital,
) -> None:
    with opened_door("http", live_hospital):
        code, output = _run(live_hospital, free_port())
        assert code == 1
        assert "already runs on this database" in output


def test_a_port_that_is_taken_is_named(live_hospital: Hospital) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = int(other.getsockname()[1])
        for mode in ("http", "socket"):
            code, output = _run(live_hospital, port, mode)
            assert code == 1
            assert f"cannot listen on 127.0.0.1:{port}" in output
            assert "Traceback" not in output


def test_several_processes_are_refused_on_the_embedded_database(live_hospital: Hospital) -> None:
    code, output = _run(live_hospital, free_port(), ROUNDS_HTTP_WORKERS="2")
    assert code == 1
    assert "SQLite is for one process" in output


def test_without_any_way_in_both_are_named(live_hospital: Hospital) -> None:
    # The installed command itself, for once: the others are copies of a process that has imported it.
    done = subprocess.run(
        [str(ROUNDS), "run"],
        env=_given(live_hospital, free_port(), SLACK_SIGNING_SECRET=""),
        cwd=live_hospital.folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 1
    assert "SLACK_APP_TOKEN" in done.stderr
    assert "SLACK_SIGNING_SECRET" in done.stderr


def test_a_socket_token_that_slack_refuses_is_named_and_not_shown(live_hospital: Hospital) -> None:
    code, output = _run(live_hospital, free_port(), "socket", SLACK_APP_TOKEN="xapp-wrong")
    assert code == 1
    assert "Slack did not accept SLACK_APP_TOKEN" in output
    assert "xapp-wrong" not in output
    assert "Traceback" not in output


def test_a_process_that_dies_is_replaced_and_delivers_again(live_hospital: Hospital) -> None:
    with opened_door("http", live_hospital) as door:
        (serving,) = _children(door.process.pid)
        os.kill(serving, signal.SIGKILL)
        wait_until(lambda: _children(door.process.pid) not in ([], [serving]))
        wait_until(lambda: door.ready()["status"] == 200)
        assert live_hospital.sandbox.run_command(live_hospital.user("C01"), "/digest").acked


def test_two_processes_share_a_postgresql_and_both_end_well(
    live_hospital: Hospital, postgres_url: str
) -> None:
    database = Database(postgres_url)
    upgrade(database)
    database.close()
    with opened_door("http", live_hospital, postgres_url, ROUNDS_HTTP_WORKERS="2") as door:
        wait_until(lambda: len(_children(door.process.pid)) == 2)
        for _ in range(6):
            assert live_hospital.sandbox.run_command(live_hospital.user("C01"), "/digest").acked
    assert door.process.returncode == 0


def _children(parent: int) -> list[int]:
    with open(f"/proc/{parent}/task/{parent}/children", encoding="ascii") as file:
        return [int(pid) for pid in file.read().split()]


def _run(hospital: Hospital, port: int, mode: str = "http", **more: str) -> tuple[int | None, str]:
    process = Command(["run"], _given(hospital, port, mode, **more), hospital.folder)
    output, _ = process.communicate(timeout=60)
    return process.returncode, output


def _given(hospital: Hospital, port: int, mode: str = "http", **more: str) -> dict[str, str]:
    url = hospital.database.url.render_as_string(hide_password=False)
    return environment(mode, hospital.sandbox, url, port) | more
