"""HTTP mode: Slack's requests, health and metrics under gunicorn, with the courier in the same process."""

from __future__ import annotations

import logging
import socket
import sys
import threading
import time
from collections.abc import Iterable
from contextlib import ExitStack
from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import structlog
from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]
from gunicorn.glogging import Logger  # type: ignore[import-untyped]
from slack_bolt.adapter.wsgi import SlackRequestHandler

from bot.clock import SystemClock
from bot.settings import Settings
from handlers.health import DatabaseProbe, Health, answer
from handlers.runtime import DRAIN, CannotStart, Engine, bolt_app, connect, taken
from storage.engine import Database
from storage.locks import AlreadyRunning, delivery_lock

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

log = structlog.stdlib.get_logger()

EVENTS = "/slack/events"
DEFAULT_PORT = 3000
THREADS = 16
# Slack's largest payloads (a view with its state) are well under this.
LARGEST_BODY = 1024 * 1024
# Longer than the proxies in front of it keep a connection, so that they never send into a closed one.
KEEP_ALIVE_SECONDS = 75
_LOCK_PATIENCE = 30.0
_RETRY_SECONDS = 5.0


class Door:
    """The WSGI application: `/slack/events` goes to Bolt, which checks the signature; the rest is health."""

    def __init__(self, slack: SlackRequestHandler, health: Health) -> None:
        self._slack, self._health = slack, health

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        if environ.get("PATH_INFO") != EVENTS:
            return self._health(environ, start_response)
        if int(environ.get("CONTENT_LENGTH") or 0) > LARGEST_BODY:
            return answer(start_response, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, b"too large\n")
        try:
            return self._slack(environ, start_response)
        except UnicodeDecodeError:
            return answer(start_response, HTTPStatus.BAD_REQUEST, b"not UTF-8\n")


class HttpBot:
    """The bot behind HTTP, in one process of gunicorn's: listeners, ticker and courier.

    Several of them share a PostgreSQL; on SQLite the lock sees to it that there is one.
    """

    def __init__(self, settings: Settings, team_id: str) -> None:
        self._stack = ExitStack()
        self._stopping = threading.Event()
        database = Database(settings.database_url)
        self._stack.callback(database.close)
        self._hold_lock(database)
        parts = connect(database, settings, SystemClock(), team_id=team_id)
        self._engine = Engine(parts)
        self._beginning = threading.Thread(target=self._begin, name="begin", daemon=True)
        health = Health({"database": DatabaseProbe(database)}, parts.registry)
        self.door = Door(SlackRequestHandler(bolt_app(parts), EVENTS), health)

    def start(self) -> None:
        """Begin to deliver. In the background: asking Slack for everybody can take a minute."""
        self._beginning.start()

    def stop(self) -> None:
        """Finish the message in the hand, and close. The requests in the hand are answered by now."""
        self._stopping.set()
        started = time.monotonic()
        self._beginning.join(DRAIN.total_seconds() / 2)
        self._engine.stop(DRAIN - timedelta(seconds=time.monotonic() - started))
        self._stack.close()

    def _begin(self) -> None:
        while not self._stopping.is_set():
            try:
                self._engine.start()
                return
            except Exception as error:
                # The database is away; what is due stays due, and listeners say so themselves.
                log.error("not_started_yet", error=type(error).__name__)
                self._stopping.wait(_RETRY_SECONDS)

    def _hold_lock(self, database: Database) -> None:
        """Become the one who delivers; a predecessor that was told to end may still be finishing."""
        deadline = time.monotonic() + _LOCK_PATIENCE
        while True:
            try:
                self._stack.enter_context(delivery_lock(database))
                return
            except AlreadyRunning:
                if time.monotonic() > deadline:
                    self._stack.close()
                    raise
                time.sleep(0.2)


class _GunicornLog(Logger):  # type: ignore[misc]
    """gunicorn's log in Rounds' own; no tracebacks, which could hold what was sent."""

    def setup(self, cfg: Any) -> None:
        """Nothing of gunicorn's own is set up."""
        self.loglevel = logging.WARNING

    def critical(self, msg: str, *args: Any, **kwargs: Any) -> None:
        """Log that it cannot go on."""
        log.critical("gunicorn", message=_filled(msg, args))

    def error(self, msg: str, *args: Any, **kwargs: Any) -> None:
        """Log an error."""
        log.error("gunicorn", message=_filled(msg, args))

    def warning(self, msg: str, *args: Any, **kwargs: Any) -> None:
        """Log a warning."""
        log.warning("gunicorn", message=_filled(msg, args))

    def exception(self, msg: str, *args: Any, **kwargs: Any) -> None:
        """Log which kind of exception it was."""
        log.error("http_stumbled", error=type(sys.exc_info()[1]).__name__)

    def info(self, msg: str, *args: Any, **kwargs: Any) -> None:
        """Say nothing of workers that come and go."""

    def debug(self, msg: str, *args: Any, **kwargs: Any) -> None:
        """Say nothing."""

    def access(self, resp: Any, req: Any, environ: Any, request_time: Any) -> None:
        """Say nothing of single requests."""


def _filled(message: str, args: tuple[Any, ...]) -> str:
    return message % args if args else message


class Gunicorn(BaseApplication):  # type: ignore[misc]
    """gunicorn inside `rounds run`: it starts the processes, and drains them at SIGTERM.

    Nothing that holds a connection or a thread is made before the fork.
    """

    def __init__(self, settings: Settings, team_id: str) -> None:
        self._settings, self._team_id = settings, team_id
        self._bot: HttpBot | None = None
        super().__init__()

    def load_config(self) -> None:
        """gunicorn's settings."""
        given = self._settings
        host = f"[{given.rounds_http_host}]" if ":" in given.rounds_http_host else given.rounds_http_host
        for name, value in {
            "bind": f"{host}:{given.rounds_http_port or DEFAULT_PORT}",
            "workers": given.rounds_http_workers,
            "worker_class": "gthread",
            "threads": THREADS,
            "keepalive": KEEP_ALIVE_SECONDS,
            "timeout": 60,
            "graceful_timeout": int(DRAIN.total_seconds()) + 10,
            "control_socket_disable": True,
            "logger_class": _GunicornLog,
            "worker_exit": lambda arbiter, worker: self._end(),
        }.items():
            self.cfg.set(name, value)

    def load(self) -> Door:
        """In the process that serves: make the bot there."""
        self._bot = HttpBot(self._settings, self._team_id)
        self._bot.start()
        return self._bot.door

    def _end(self) -> None:
        if self._bot is not None:
            self._bot.stop()


def serve(settings: Settings, team_id: str) -> None:
    """Serve until SIGTERM or Ctrl-C; then finish what is in the hand and leave with SystemExit(0).

    Raises CannotStart where the settings or the port do not let it.
    """
    if settings.rounds_http_workers > 1 and settings.database_url.startswith("sqlite"):
        raise CannotStart(
            "ROUNDS_HTTP_WORKERS is more than 1, but SQLite is for one process. Set it to 1, or use "
            "PostgreSQL (DATABASE_URL)."
        )
    host, port = settings.rounds_http_host, settings.rounds_http_port or DEFAULT_PORT
    try:
        # gunicorn would try for five seconds and then end without a word that helps.
        socket.create_server((host, port), family=_family(host)).close()
    except OSError as error:
        raise CannotStart(taken(host, port)) from error
    Gunicorn(settings, team_id).run()


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET
