"""Builds the Bolt app and registers the listeners."""

from __future__ import annotations

from typing import Any

import structlog
from slack_bolt import App, BoltResponse
from slack_sdk import WebClient

from handlers import answers, cases, digests, goals, home, ideas, leading, names, own_data, sharing, talks
from handlers.deps import Deps

log = structlog.stdlib.get_logger()

NOT_DONE = "Something went wrong inside Rounds, and nothing was changed. Please try again in a minute."


def build_app(deps: Deps, client: WebClient) -> App:
    """The Bolt app on a client that knows its token and Slack's address.

    `process_before_response`: the acknowledgement leaves when the listener returns, after its commit. So
    "done" on somebody's screen means kept; and Bolt does not wait in steps of ten milliseconds.
    """
    settings = deps.settings
    app = App(
        client=client,
        signing_secret=settings.slack_signing_secret.get_secret_value() or None,
        process_before_response=True,
        token_verification_enabled=False,
    )
    digests.register(app, deps)
    home.register(app, deps)
    ideas.register(app, deps)
    leading.register(app, deps)
    talks.register(app, deps)
    answers.register(app, deps)
    cases.register(app, deps)
    goals.register(app, deps)
    names.register(app, deps)
    sharing.register(app, deps)
    own_data.register(app, deps)
    app.error(report_error)
    return app


def report_error(error: Exception, body: dict[str, Any]) -> BoltResponse | None:
    """A listener failed: log what kind of error it was, and tell whoever ran a command.

    Never its text: what somebody typed can stand there. All else is left unacknowledged: an event comes
    again, and a form stays open with what was filled in.
    """
    log.error("listener_failed", error=type(error).__name__)
    return BoltResponse(status=200, body=NOT_DONE) if "command" in body else None
