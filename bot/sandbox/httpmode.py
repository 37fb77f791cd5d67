"""HTTP mode: signed POSTs to the app's request URL, acknowledged by their responses.

Source: docs.slack.dev/apis/events-api and docs.slack.dev/authentication/verifying-requests-from-slack.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import secrets
import time
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

import aiohttp

from bot.sandbox.faults import Faults
from bot.sandbox.socketmode import Ack, Delivery
from bot.sandbox.things import Json

HERE = ("127.0.0.1", "localhost", "::1")


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """Slack's v0 signature of a request."""
    signed = b"v0:" + timestamp.encode() + b":" + body
    return "v0=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def encoded(kind: str, payload: Json) -> tuple[bytes, str]:
    """Body and content type of a payload: events as JSON, commands as a form, interactions as JSON in one."""
    if kind == "events_api":
        return json.dumps(payload).encode(), "application/json"
    fields = payload if kind == "slash_commands" else {"payload": json.dumps(payload)}
    return urlencode(fields, errors="replace").encode(), "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class _Response:
    status: int
    text: str
    content_type: str
    no_retry: bool

    def answer(self) -> Json | None:
        """What the body says: an object, or plain text as the `text` of a message."""
        if not self.text.strip():
            return None
        if self.content_type == "application/json":
            try:
                parsed = json.loads(self.text)
            except ValueError:
                return {"text": self.text}
            return parsed if isinstance(parsed, dict) else None
        return {"text": self.text}


class HttpMode:
    """Carries deliveries to one request URL of this machine. Lives on the server's event loop."""

    def __init__(self, url: str, signing_secret: str, faults: Faults) -> None:
        """ValueError where the address is not of this machine: nothing leaves it."""
        address = urlsplit(url)
        if address.scheme != "http" or address.hostname not in HERE:
            raise ValueError(
                f"{url} is not an address of this machine. Use one like http://127.0.0.1:3000/slack/events."
            )
        self.url, self.signing_secret, self.faults = url, signing_secret, faults
        self._session: aiohttp.ClientSession | None = None

    async def carry(self, delivery: Delivery) -> Ack:
        """POSTs it; a response of 2xx within `faults.ack_timeout` is the acknowledgement."""
        body, content_type = encoded(delivery.kind, delivery.payload)
        retry = {}
        if delivery.attempt:
            retry = {"X-Slack-Retry-Num": str(delivery.attempt), "X-Slack-Retry-Reason": delivery.reason}
        started = time.monotonic()
        try:
            response = await self._post(body, content_type, retry)
        except TimeoutError:
            return Ack(False, None, time.monotonic() - started, "http_timeout")
        except (aiohttp.ClientError, OSError):
            return Ack(False, None, time.monotonic() - started, "connection_failed")
        seconds = time.monotonic() - started
        if response.status // 100 != 2:
            return Ack(False, None, seconds, "http_error", again=not response.no_retry)
        return Ack(True, response.answer() if delivery.answer else None, seconds)

    async def verify(self) -> None:
        """Slack's handshake for a new request URL; ValueError where the challenge does not come back."""
        challenge = secrets.token_hex(16)
        body = json.dumps({"token": "sandbox", "challenge": challenge, "type": "url_verification"}).encode()
        try:
            response = await self._post(body, "application/json", {})
            came_back = response.status == 200 and challenge in response.text
        except (TimeoutError, aiohttp.ClientError, OSError):
            came_back = False
        if not came_back:
            raise ValueError(
                f"{self.url} did not answer the challenge. Start the app there, with the same signing secret."
            )

    async def _post(self, body: bytes, content_type: str, more: dict[str, str]) -> _Response:
        # Real time, not the workspace's: the app compares it with its machine's clock.
        timestamp = str(int(time.time() - self.faults.request_age))
        secret = self.signing_secret + ("?" if self.faults.wrong_signature else "")
        headers = {
            "Content-Type": content_type,
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": signature(secret, timestamp, body),
            **more,
        }
        if self._session is None:
            # A connection each: one kept open could be closed by the app just as the next POST sets out.
            connector = aiohttp.TCPConnector(force_close=True)
            self._session = aiohttp.ClientSession(connector=connector)
        timeout = aiohttp.ClientTimeout(total=self.faults.ack_timeout)
        sent = self._session.post(
            self.url, data=body, headers=headers, timeout=timeout, allow_redirects=False
        )
        async with sent as response:
            no_retry = response.headers.get("X-Slack-No-Retry") == "1"
            return _Response(
                response.status, await response.text(errors="replace"), response.content_type, no_retry
            )

    async def stop(self) -> None:
        """Closes what is open."""
        if self._session is not None:
            await self._session.close()
            await asyncio.sleep(0)  # lets the transports go
