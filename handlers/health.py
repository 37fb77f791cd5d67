"""`/healthz`, `/readyz` and `/metrics`: the same in Socket Mode and in HTTP mode."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from socketserver import TCPServer, ThreadingMixIn
from typing import TYPE_CHECKING
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from storage.engine import Database, DatabaseBusy

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

# As long as a listener waits for the database: past it, people hear that nothing was saved.
PATIENCE = 1.5


class DatabaseProbe:
    """Whether something could be saved just now.

    The look runs in a thread of its own: where a connection hangs for minutes, whoever asks still hears "no"
    after `patience` seconds, and no second look is begun meanwhile.
    """

    def __init__(self, database: Database, patience: float = PATIENCE) -> None:
        self._database, self._patience = database, patience
        self._lock = threading.Lock()
        self._look: _Look | None = None

    def __call__(self) -> bool:
        """Look, and say whether it went well in time."""
        with self._lock:
            if self._look is None or self._look.done.is_set():
                self._look = _Look(self._database, self._patience)
            look = self._look
        return look.done.wait(self._patience + 0.25) and look.well


class _Look:
    def __init__(self, database: Database, patience: float) -> None:
        self.done, self.well = threading.Event(), False
        self._database, self._patience = database, patience
        threading.Thread(target=self._run, name="database-probe", daemon=True).start()

    def _run(self) -> None:
        try:
            # On SQLite this takes the write lock: a database that can only be read is no use to a listener.
            with self._database.write(patience=self._patience) as session:
                session.execute(text("SELECT 1"))
            self.well = True
        except (DatabaseBusy, SQLAlchemyError):
            self.well = False
        finally:
            self.done.set()


class Health:
    """A WSGI application for the three addresses; everything else is 404.

    `parts` are questions by name ("database", "socket"); it is ready when all are answered with yes.
    """

    def __init__(self, parts: Mapping[str, Callable[[], bool]], registry: CollectorRegistry) -> None:
        self._parts = dict(parts)
        # The courier's registry lives longer than one bot; what is asked here is registered apart from it.
        own = CollectorRegistry()
        self._registries = (registry, own)
        self._ready = Gauge("rounds_ready", "1 for each part that is there", ["part"], registry=own)

    def look(self) -> dict[str, bool]:
        """What is there and what is away."""
        found = {name: bool(is_there()) for name, is_there in self._parts.items()}
        for name, there in found.items():
            self._ready.labels(name).set(int(there))
        return found

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        if environ.get("REQUEST_METHOD") not in ("GET", "HEAD"):
            return answer(start_response, HTTPStatus.METHOD_NOT_ALLOWED, b"")
        match environ.get("PATH_INFO"):
            case "/healthz":
                return answer(start_response, HTTPStatus.OK, b"ok\n")
            case "/readyz":
                found = self.look()
                status = HTTPStatus.OK if all(found.values()) else HTTPStatus.SERVICE_UNAVAILABLE
                body = json.dumps({"ready": all(found.values()), **found}).encode()
                return answer(start_response, status, body, "application/json")
            case "/metrics":
                self.look()
                body = b"".join(generate_latest(registry) for registry in self._registries)
                return answer(start_response, HTTPStatus.OK, body, CONTENT_TYPE_LATEST)
        return answer(start_response, HTTPStatus.NOT_FOUND, b"not found\n")


def answer(
    start_response: StartResponse, status: HTTPStatus, body: bytes, kind: str = "text/plain; charset=utf-8"
) -> list[bytes]:
    """Answer a WSGI request."""
    headers = [("content-type", kind), ("content-length", str(len(body)))]
    start_response(f"{status.value} {status.phrase}", headers)
    return [body]


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True

    def server_bind(self) -> None:
        """Bind without looking up the address's name, which can take seconds where there is no DNS."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])
        self.setup_environ()


class _Quiet(WSGIRequestHandler):
    # Somebody who connects and says nothing must not hold a thread for ever.
    timeout = 10

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: probes come every few seconds."""


class HealthServer:
    """Serves the health application in Socket Mode, in threads of its own."""

    def __init__(self, health: Health, host: str, port: int) -> None:
        self._server = make_server(host, port, health, server_class=_Server, handler_class=_Quiet)
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.1}, name="health", daemon=True
        )
        self._thread.start()

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return int(self._server.server_port)

    def stop(self) -> None:
        """Close it."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
