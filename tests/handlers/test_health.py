"""Health: what is asked, what is answered, and that a database that hangs hangs nobody."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Iterator

import pytest
from prometheus_client import CollectorRegistry, Counter

from handlers.health import DatabaseProbe, Health, HealthServer
from storage.engine import Database


@pytest.fixture
def switches() -> dict[str, bool]:
    """What is there."""
    return {"socket": True, "database": True}


@pytest.fixture
def server(switches: dict[str, bool]) -> Iterator[HealthServer]:
    """The health server on a free port."""
    registry = CollectorRegistry()
    Counter("rounds_things", "Things", registry=registry).inc()
    parts = {name: (lambda name=name: switches[name]) for name in switches}
    made = HealthServer(Health(parts, registry), "127.0.0.1", 0)
    yield made
    made.stop()


def ask(server: HealthServer, path: str, method: str = "GET") -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
    try:
        connection.request(method, path)
        response = connection.getresponse()
        return response.status, response.read().decode()
    finally:
        connection.close()


def test_ready_only_while_every_part_is_there(server: HealthServer, switches: dict[str, bool]) -> None:
    assert ask(server, "/readyz")[0] == 200
    switches["socket"] = False
    status, body = ask(server, "/readyz")
    assert status == 503
    assert json.loads(body) == {"ready": False, "socket": False, "database": True}
    assert ask(server, "/healthz")[0] == 200
    switches["socket"] = True
    assert ask(server, "/readyz")[0] == 200


def test_metrics_hold_the_couriers_and_what_is_ready(server: HealthServer, switches: dict[str, bool]) -> None:
    switches["database"] = False
    status, body = ask(server, "/metrics")
    assert status == 200
    assert "rounds_things_total 1.0" in body
    assert 'rounds_ready{part="socket"} 1.0' in body
    assert 'rounds_ready{part="database"} 0.0' in body


def test_other_addresses_and_methods_are_refused(server: HealthServer) -> None:
    assert ask(server, "/")[0] == 404
    assert ask(server, "/healthz", "POST")[0] == 405


def test_two_bots_one_after_another_share_a_registry() -> None:
    registry = CollectorRegistry()
    for _ in range(2):
        Health({"database": lambda: True}, registry)


def test_a_database_that_can_be_written_is_there(database: Database) -> None:
    assert DatabaseProbe(database)()


def test_a_database_that_somebody_holds_is_away_until_it_is_let_go(sqlite: Database) -> None:
    probe = DatabaseProbe(sqlite, patience=0.2)
    with sqlite.write():
        began = time.monotonic()
        assert not probe()
        assert time.monotonic() - began < 1
    assert probe()


def test_a_look_that_hangs_is_waited_for_by_nobody_and_is_not_begun_twice(sqlite: Database) -> None:
    class Hanging(Database):
        """A database whose connections hang."""

        def __init__(self) -> None:
            self.let_go, self.looks = threading.Event(), 0

        def write(self, patience: float | None = None):  # type: ignore[no-untyped-def]
            """Hang, then work."""
            self.looks += 1
            self.let_go.wait(10)
            return sqlite.write(patience)

    hanging = Hanging()
    probe = DatabaseProbe(hanging, patience=0.1)
    began = time.monotonic()
    assert not probe()
    assert not probe()
    assert time.monotonic() - began < 2
    assert hanging.looks == 1
    hanging.let_go.set()
    time.sleep(0.2)
    assert probe()
