"""Socket Mode: slack_sdk's client, with an honest answer to "is it alive?" and a drain that loses nothing."""

from __future__ import annotations

import os
import socket
import threading
import time
from contextlib import suppress

import structlog
from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk.socket_mode import SocketModeClient
from slack_sdk.socket_mode.builtin.connection import Connection
from slack_sdk.socket_mode.request import SocketModeRequest

log = structlog.stdlib.get_logger()

THREADS = 10
PING_SECONDS = 5.0
# Two pings in a row without an answer: slack_sdk itself waits for four before it connects again.
SILENT_SECONDS = 2.4 * PING_SECONDS
# Slack gives up on an answer after three seconds, so there is no use in a longer drain.
DRAIN_SECONDS = 3.0
_LOOK = 0.05
_WATCH_SECONDS = 0.5


class Socket(SocketModeHandler):
    """Bolt's handler for Socket Mode, which also knows what it has in the hand."""

    def __init__(self, app: App, app_token: str) -> None:
        super().__init__(app, app_token=app_token, concurrency=THREADS, ping_interval=PING_SECONDS)
        self._lock = threading.Lock()
        self._in_hand = 0
        self._session: tuple[str, float] = ("", 0.0)
        self._ended = threading.Event()
        self._connecting = threading.Lock()
        self._watcher = threading.Thread(target=self._watch, name="socket-watch", daemon=True)

    def handle(self, client: SocketModeClient, req: SocketModeRequest) -> None:  # type: ignore[override]
        """Run the listeners and acknowledge."""
        with self._lock:
            self._in_hand += 1
        try:
            super().handle(client, req)
        finally:
            with self._lock:
                self._in_hand -= 1

    def open(self) -> None:
        """Connect. Raises SlackApiError where Slack does not accept the token."""
        self.client.connect()
        self._watcher.start()

    def is_alive(self) -> bool:
        """Whether the connection is open and Slack answered one of the last pings."""
        session = self.client.current_session
        if session is None or not session.is_active() or _hung_up(session):
            return False
        with self._lock:
            if self._session[0] != session.session_id:
                self._session = (session.session_id, time.time())
            heard = session.last_ping_pong_time or self._session[1]
        return time.time() - heard < SILENT_SECONDS

    def _watch(self) -> None:
        """Connect again as soon as the other side has hung up.

        slack_sdk reads an end of the stream as "nothing came", over and over, until four pings went without
        an answer; that takes twenty seconds in which commands are lost and a processor is busy.
        """
        while not self._ended.wait(_WATCH_SECONDS):
            session = self.client.current_session
            if session is None or not session.is_active() or self.is_alive():
                continue  # a closed one is slack_sdk's own to open again
            log.warning("socket_lost")
            try:
                session.disconnect()
                with self._connecting:
                    if not self._ended.is_set():
                        self.client.connect_to_new_endpoint()
            except Exception as error:
                # Its monitor tries again every few seconds.
                log.warning("socket_not_back_yet", error=type(error).__name__)

    def drain(self, timeout: float = DRAIN_SECONDS) -> None:
        """Answer all that has come in, for at most `timeout` seconds; then close, and do not connect again.

        slack_sdk's own `close` closes the connection first and finishes the listeners after: what they did
        would be kept, but the person would be told that it failed.
        """
        deadline = time.monotonic() + timeout
        self._ended.set()
        # Without this slack_sdk's monitor would wait for its next look, and might connect again meanwhile.
        self.client.auto_reconnect_enabled = False
        self.client.default_auto_reconnect_enabled = False
        # A connection that the watcher is opening just now has to be there, or nobody would close it.
        if self._connecting.acquire(timeout=timeout):
            self._connecting.release()
        quiet = 0
        # Between the queue and a thread a request is in neither; hence two looks.
        while quiet < 2 and time.monotonic() < deadline:
            busy = self._in_hand > 0 or not self.client.message_queue.empty()
            quiet = 0 if busy else quiet + 1
            time.sleep(_LOOK)
        self._close()

    def _close(self) -> None:
        """Close the connection and end slack_sdk's threads, without its waits.

        Its `close` alone waits until a read gives up (three seconds) and a look into its queue does (one).
        """
        client = self.client
        client.closed = True
        client.current_session_state.terminated = True
        client.message_queue.put(None)
        session = client.current_session
        if session is not None and session.sock is not None:
            with suppress(OSError), _carrier(session.sock) as carrier:
                carrier.shutdown(socket.SHUT_RD)
        client.close()


def _carrier(sock: socket.socket) -> socket.socket:
    """What carries a connection, as a socket to be closed by itself: a TLS socket cannot be peeked at."""
    return socket.socket(fileno=os.dup(sock.fileno()))


def _hung_up(session: Connection) -> bool:
    """Whether the other side has closed the connection, in good order or not."""
    sock = session.sock
    if sock is None:
        return True
    try:
        with _carrier(sock) as carrier:
            return carrier.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True
