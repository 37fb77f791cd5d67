"""The one place that calls Slack's Web API to send, and says what came of each call."""

from __future__ import annotations

import errno
import http.client
import json
import logging
import socket
import ssl
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import SplitResult, urlsplit

from pydantic import SecretStr
from slack_sdk.errors import SlackApiError
from slack_sdk.web import WebClient
from slack_sdk.web.slack_response import SlackResponse
from slack_sdk.webhook import WebhookClient

from bot.clock import Clock
from bot.courier.outcomes import (
    Done,
    Outcome,
    Permanent,
    RateLimited,
    Refusal,
    Transient,
    Unknown,
    classify,
)
from bot.courier.pace import POST, Pace
from bot.courier.watch import Watch

# A longer pause than this, in seconds, is not waited for with a message in the hand.
LONGEST_WAIT = 60.0
TIMEOUT = 15
TIMED_OUT = "timeout"

# These take JSON; the others take a form.
_AS_JSON = frozenset({"chat.postMessage", "chat.update", "views.publish"})

_NEVER_LEFT = frozenset({errno.ECONNREFUSED, errno.ENETUNREACH, errno.EHOSTUNREACH})


class Gateway:
    """Calls Slack at a pace that Slack accepts, once each: whether to try again is the courier's decision.

    slack_sdk's own retries are off: its default handler sends again after a broken connection, also where
    the message had been stored. Its logging is off too, for it would show what messages say.
    """

    def __init__(
        self,
        token: SecretStr | str,
        api_url: str,
        clock: Clock,
        *,
        pace: Pace | None = None,
        watch: Watch | None = None,
        timeout: int = TIMEOUT,
    ) -> None:
        secret = token.get_secret_value() if isinstance(token, SecretStr) else token
        self.clock = clock
        self.pace = pace or Pace(clock)
        self.watch = watch or Watch()
        self._timeout = timeout
        self._silent = logging.Logger("rounds.slack", logging.CRITICAL)
        self._silent.addHandler(logging.NullHandler())
        self._token, self._home = secret, urlsplit(api_url)
        self._client = WebClient(
            token=secret, base_url=api_url, timeout=timeout, retry_handlers=[], logger=self._silent
        )
        self._channel_ids: dict[str, str] = {}
        self._lock = threading.Lock()

    def ready(
        self, method: str, channel: str | None = None, *, longest: float = LONGEST_WAIT
    ) -> RateLimited | None:
        """Wait until the call may go and book it. Where that takes too long: how long, and nothing booked."""
        wait = self.pace.wait(method, channel, longest=longest)
        return RateLimited(wait) if wait > 0 else None

    def call(self, method: str, arguments: Mapping[str, Any] | None = None) -> Outcome:
        """Wait for the pace, then call; again after a short Retry-After, for then nothing was done."""
        deadline = self.clock.now() + timedelta(seconds=LONGEST_WAIT)
        outcome: Outcome = RateLimited(0)
        while isinstance(outcome, RateLimited):
            left = (deadline - self.clock.now()).total_seconds()
            if (limited := self.ready(method, longest=left)) is not None:
                return limited
            outcome = self.call_now(method, arguments)
        return outcome

    def call_now(self, method: str, arguments: Mapping[str, Any] | None = None) -> Outcome:
        """Call once, after `ready`."""
        given = {name: value for name, value in (arguments or {}).items() if value is not None}
        outcome = self._call(method, given)
        if method == POST:
            self.pace.posted(str(given.get("channel")))
        if isinstance(outcome, RateLimited):
            outcome = RateLimited(self.pace.pause(method, outcome.retry_after))
        self.watch.called(method, outcome)
        return outcome

    def _call(self, method: str, given: dict[str, Any]) -> Outcome:
        try:
            if method in _AS_JSON:
                response = self._client.api_call(method, json=given)
            else:
                response = self._client.api_call(method, params=given)
        except SlackApiError as refused:
            return _refusal(refused.response)
        except (OSError, http.client.HTTPException) as error:
            return broken(error)
        assert isinstance(response.data, dict)
        return Done(response.data)

    def pages(self, method: str, arguments: Mapping[str, Any], items: str) -> Iterator[list[Any] | Refusal]:
        """All pages of a listing, one after another; ends after the first refusal."""
        cursor: str | None = None
        while True:
            outcome = self.call(method, {**arguments, "cursor": cursor})
            if not isinstance(outcome, Done):
                yield outcome
                return
            yield list(outcome.data.get(items) or [])
            cursor = (outcome.data.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return

    def upload(self, url: str, content: bytes) -> Outcome:
        """Send a file's bytes to the address that files.getUploadURLExternal gave."""
        if not url.startswith(("http://", "https://")):
            return Permanent("invalid_upload_url")
        headers = {"Content-Type": "application/octet-stream"}
        request = urllib.request.Request(url, data=content, headers=headers, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=self._timeout) as response:
                response.read()
            return Done({})
        except urllib.error.HTTPError as error:
            with error:
                return _http_status(error.code, error.headers.get("Retry-After"))
        except (OSError, http.client.HTTPException) as error:
            return broken(error)

    def download(self, url: str, *, most: int) -> bytes | Refusal:
        """A file's bytes, from its `url_private_download`; Permanent("file_too_large") over `most` bytes.

        The bot's token goes along, so only Slack itself is asked, and no redirection is followed: Slack sends
        whoever may not have the file to a page for signing in.
        """
        if not _is_of_slack(urlsplit(url), self._home):
            return Permanent("invalid_download_url")
        request = urllib.request.Request(url, headers={"Authorization": f"Bearer {self._token}"})
        opener = urllib.request.build_opener(_StayHere)
        outcome: bytes | Refusal
        try:
            with opener.open(request, timeout=self._timeout) as response:
                content: bytes = response.read(most + 1)
                is_page = response.headers.get_content_type() == "text/html"
            outcome = content if len(content) <= most else Permanent("file_too_large")
            outcome = Permanent("no_file") if is_page else outcome
        except urllib.error.HTTPError as error:
            with error:
                outcome = _http_status(error.code, error.headers.get("Retry-After"))
        except (OSError, http.client.HTTPException) as error:
            outcome = broken(error)
        self.watch.called("download", Done({}) if isinstance(outcome, bytes) else outcome)
        return outcome

    def respond(self, response_url: str, body: Mapping[str, Any]) -> Outcome:
        """Answer by a response_url (five uses, thirty minutes)."""
        client = WebhookClient(response_url, timeout=self._timeout, retry_handlers=[], logger=self._silent)
        try:
            response = client.send_dict(dict(body))
        except (OSError, http.client.HTTPException) as error:
            outcome: Outcome = broken(error)
        else:
            if response.status_code == 200 and response.body.strip() in ("ok", ""):
                outcome = Done({})
            elif response.status_code == 429 or response.status_code >= 500:
                outcome = _http_status(response.status_code, response.headers.get("Retry-After"))
            else:
                outcome = Permanent(_webhook_error(response.body, response.status_code))
        self.watch.called("response_url", outcome)
        return outcome

    def forget_channel(self, channel: str) -> None:
        """Ask for the channel's id anew when it is wanted next: it was renamed, or is no longer there."""
        with self._lock:
            self._channel_ids.pop(channel.removeprefix("#"), None)

    def channel_id(self, channel: str) -> str | Refusal:
        """The id of a channel given by its name ("#ward-7"); an id is returned as it is."""
        name = channel.removeprefix("#")
        if name and name[0] in "CGD" and name.isalnum() and name.isupper() and len(name) >= 8:
            return name
        with self._lock:
            known = self._channel_ids.get(name)
        if known is not None:
            return known
        wanted = {"types": "public_channel,private_channel", "limit": 1000}
        for page in self.pages("conversations.list", wanted, "channels"):
            if not isinstance(page, list):
                return page
            with self._lock:
                self._channel_ids.update({found["name"]: found["id"] for found in page if "name" in found})
            if name in self._channel_ids:
                return self._channel_ids[name]
        return Permanent("channel_not_found")


class _StayHere(urllib.request.HTTPRedirectHandler):
    """Follows no redirection: the request carries a token."""

    def redirect_request(self, *_about: Any) -> None:
        """None: the redirection itself is the answer."""
        return None


def _is_of_slack(url: SplitResult, home: SplitResult) -> bool:
    """Whether the token may go there: to the server of the Web API itself, or to Slack's own over TLS."""
    if (url.scheme, url.netloc) == (home.scheme, home.netloc):
        return True
    host = url.hostname or ""
    return url.scheme == "https" and host.endswith((".slack.com", ".slack-gov.com"))


def broken(error: Exception) -> Unknown | Transient:
    """What a broken connection means: whether the call can have reached Slack."""
    cause = error.reason if isinstance(error, urllib.error.URLError) else error
    never_left = isinstance(cause, (ConnectionRefusedError, socket.gaierror, ssl.SSLCertVerificationError))
    if never_left or (isinstance(cause, OSError) and cause.errno in _NEVER_LEFT):
        return Transient("slack_not_reached")
    return Unknown(TIMED_OUT if isinstance(cause, TimeoutError) else "connection_broken")


def _http_status(status: int, retry_after: str | None) -> Refusal:
    if status == 429:
        return RateLimited(_seconds(retry_after))
    return Unknown(f"http_{status}") if status >= 500 else Permanent(f"http_{status}")


def _seconds(retry_after: str | None) -> float:
    try:
        return max(1.0, float(retry_after or ""))
    except ValueError:
        return 30.0


def _refusal(response: SlackResponse) -> Refusal:
    headers = {str(name).lower(): value for name, value in dict(response.headers).items()}
    retry_after = headers.get("retry-after")
    if isinstance(retry_after, list):
        retry_after = retry_after[0]
    if response.status_code == 429 or response.status_code >= 500:
        return _http_status(response.status_code, retry_after)
    data = response.data if isinstance(response.data, dict) else {}
    error = str(data.get("error") or "no_answer")
    if " " in error:
        # Not one of Slack's words: a proxy's page, or half an answer.
        return Unknown("not_slacks_answer")
    detail = f"needs {data['needed']}" if data.get("needed") else ""
    return classify(error, detail, _seconds(retry_after))


def _webhook_error(body: str, status: int) -> str:
    """Slack's word for why an answer was refused: the body itself, or an `error` in it."""
    try:
        word = str(json.loads(body).get("error", ""))
    except (ValueError, AttributeError):
        word = body.strip()
    return word if word and len(word) <= 60 and " " not in word else f"http_{status}"
