"""What people do, through both doors: Socket Mode and HTTP."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date, timedelta

import pytest
from sqlmodel import select

from bot.clock import SystemClock
from handlers.deps import NOT_SAVED
from storage.engine import Database
from storage.figures import bound_people
from storage.outbox import OutboxRow
from storage.people import DigestPreference
from storage.terms import OutboxState
from tests.scenarios.conftest import (
    SUNDAY,
    WEEK,
    Hospital,
    Imported,
    everything_in,
    opened_hospital,
    wait_until,
)
from tests.scenarios.doors import MODES, Door, opened_door

FAR = date.today() + timedelta(days=400)  # noqa: DTZ011 - any day well in the future


@pytest.fixture(scope="module", params=MODES)
def running(
    request: pytest.FixtureRequest, imported: Imported, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Hospital, Door]]:
    """A hospital whose week has been sent, and `rounds run` on it."""
    folder = tmp_path_factory.mktemp(request.param)
    with opened_hospital(imported, folder, SystemClock()) as made:
        send(made, "C01", "C03")
        with opened_door(request.param, made) as door:
            yield made, door


def send(hospital: Hospital, *codes: str) -> None:
    """Send the week to these clinicians only: pictures take their time."""
    parts = hospital.parts()
    parts.sync()
    parts.planner.plan_week(WEEK, emails=[hospital.email(code) for code in codes])
    parts.courier.drain(60.0)


@contextmanager
def stalled(database: Database) -> Iterator[None]:
    """Somebody else holds the database's write lock."""
    with database.write():
        yield


def paused_until(hospital: Hospital, code: str) -> date | None:
    with hospital.database.read() as session:
        person_id = next(p.id for p, c in bound_people(session, SUNDAY) if c == code)
        preference = session.get(DigestPreference, person_id)
        return preference.paused_until if preference else None


def answers(hospital: Hospital, user: str) -> list[str]:
    return [everything_in([m.text, m.blocks]) for m in hospital.sandbox.workspace.ephemerals_for(user)]


def test_health_is_served(running: tuple[Hospital, Door]) -> None:
    _, door = running
    assert door.get("/healthz") == (200, "ok\n")
    ready = door.ready()
    assert (ready["status"], ready["ready"], ready["database"]) == (200, True, True)
    status, metrics = door.get("/metrics")
    assert status == 200
    assert 'rounds_ready{part="database"} 1.0' in metrics
    assert "rounds_slack_calls_total{" in metrics
    assert door.get("/anything")[0] == 404


def test_a_command_is_answered_and_the_digest_comes_again(running: tuple[Hospital, Door]) -> None:
    hospital, _ = running
    user = hospital.user("C01")
    before = len(hospital.digests("C01"))
    result = hospital.sandbox.run_command(user, "/digest")
    assert result.acked, result
    assert result.seconds < 3
    assert answers(hospital, user)
    wait_until(lambda: len(hospital.sandbox.workspace.dm(user)) > before + 1)


def test_a_pause_is_kept_before_it_is_acknowledged(running: tuple[Hospital, Door]) -> None:
    hospital, _ = running
    assert hospital.sandbox.run_command(hospital.user("C03"), "/digest", f"pause until {FAR}").acked
    assert paused_until(hospital, "C03") == FAR


def test_a_button_opens_its_page(running: tuple[Hospital, Door]) -> None:
    hospital, _ = running
    user = hospital.user("C03")
    digest = hospital.digests("C03")[0]
    result = hospital.sandbox.click(user, digest.ts, "digest_counted")
    assert result.ok, result
    modal = hospital.sandbox.workspace.modal(user)
    assert modal is not None
    assert modal.payload["blocks"]
    hospital.sandbox.close_view(user, everything=True)


def test_a_redelivered_event_is_done_once_and_an_unseen_one_that_is_marked_so_is_done(
    running: tuple[Hospital, Door],
) -> None:
    hospital, _ = running
    sandbox, user = hospital.sandbox, hospital.user("C05")

    def helped() -> int:
        with hospital.database.read() as session:
            rows = session.exec(select(OutboxRow).where(OutboxRow.kind == "help")).all()
        return sum(row.conversation == dm for row in rows)

    sandbox.send_message(user, "hello")
    place = sandbox.workspace.find_dm(user)
    assert place is not None
    dm = place.id
    wait_until(lambda: helped() == 1)
    event = next(e for e in reversed(sandbox.events) if e["event"].get("user") == user)
    assert sandbox.replay_event(event).acked
    assert helped() == 1
    assert sandbox.replay_event({**event, "event_id": "Ev0NEVERSEEN"}).acked
    assert helped() == 2


def test_a_database_that_stalls_is_told_of_within_three_seconds_and_works_again_after(
    running: tuple[Hospital, Door],
) -> None:
    hospital, door = running
    user = hospital.user("C06")
    began = time.monotonic()
    with stalled(hospital.database):
        result = hospital.sandbox.run_command(user, "/digest", f"pause until {FAR}")
        assert result.acked, result
        assert result.seconds < 3
        assert NOT_SAVED in answers(hospital, user)[-1]
        ready = door.ready()
        assert (ready["status"], ready["database"]) == (503, False)
        assert door.get("/healthz")[0] == 200
        time.sleep(max(0.0, 5 - (time.monotonic() - began)))
    assert paused_until(hospital, "C06") is None
    assert hospital.sandbox.run_command(user, "/digest", f"pause until {FAR}").acked
    assert paused_until(hospital, "C06") == FAR
    assert door.ready()["status"] == 200


@pytest.mark.parametrize("mode", MODES)
def test_sigterm_finishes_what_is_in_the_hand(mode: str, live_hospital: Hospital) -> None:
    hospital = live_hospital
    send(hospital, "C01")
    sandbox, user = hospital.sandbox, hospital.user("C01")
    posted = len(sandbox.workspace.calls("chat.postMessage"))
    with opened_door(mode, hospital) as door, ThreadPoolExecutor(1) as person:
        # A message that takes Slack a while is on its way, and a command waits for the database.
        sandbox.faults.slow = {"chat.postMessage": 1.5}
        assert sandbox.run_command(user, "/digest").acked
        wait_until(lambda: _leased(hospital) == 1)
        held, release = threading.Event(), threading.Event()

        def hold() -> None:
            with stalled(hospital.database):
                held.set()
                release.wait(60)

        holder = threading.Thread(target=hold)
        holder.start()
        assert held.wait(60)
        waiting = person.submit(sandbox.run_command, hospital.user("C07"), "/digest", f"pause until {FAR}")
        time.sleep(0.4)
        door.process.terminate()
        # Long enough to have heard it, and well before a listener gives up on the database.
        time.sleep(0.1)
        release.set()
        holder.join()
        result = waiting.result(60)
        printed = door.end()
    assert result.acked, (result, printed)
    assert paused_until(hospital, "C07") == FAR
    assert door.process.returncode == 0, printed
    assert "Traceback" not in printed
    assert "xoxb" not in printed
    assert _leased(hospital) == 0
    assert len(sandbox.workspace.calls("chat.postMessage")) == posted + 1


def _leased(hospital: Hospital) -> int:
    with hospital.database.read() as session:
        rows = session.exec(select(OutboxRow).where(OutboxRow.state == OutboxState.LEASED)).all()
        return len(rows)


def test_while_the_socket_is_away_ready_says_no(live_hospital: Hospital) -> None:
    sandbox, user = live_hospital.sandbox, live_hospital.user("C01")
    with opened_door("socket", live_hospital) as door:
        sandbox.faults.errors["apps.connections.open"] = ["internal_error"] * 2
        sandbox.drop_sockets()
        wait_until(lambda: door.ready()["status"] == 503)
        assert door.ready()["socket"] is False
        assert door.ready()["database"] is True
        assert door.get("/healthz")[0] == 200
        wait_until(lambda: door.ready()["status"] == 200, 60)
        assert sandbox.run_command(user, "/digest").acked
        sandbox.refresh_sockets()
        assert sandbox.wait_connected()
        wait_until(lambda: sandbox.run_command(user, "/digest").acked)
    assert door.process.returncode == 0


@pytest.mark.slow
def test_a_socket_that_is_open_but_silent_is_not_ready(live_hospital: Hospital) -> None:
    with opened_door("socket", live_hospital) as door:
        time.sleep(1)  # the first ping's answer is with it
        live_hospital.sandbox.faults.stall_sockets = True
        wait_until(lambda: door.ready()["status"] == 503, 30)
        live_hospital.sandbox.faults.stall_sockets = False
        wait_until(lambda: door.ready()["status"] == 200, 60)
