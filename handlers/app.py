"""Builds the Bolt app and registers the listeners."""

from __future__ import annotations

from slack_bolt import App
from slack_sdk import WebClient

from handlers import digests, home
from handlers.deps import Deps


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
    return app
