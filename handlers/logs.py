"""Logs: one JSON object a line; names of things and counts, never a token, a text or a figure."""

from __future__ import annotations

import logging
import sys

import structlog


def configure_logging(level: str) -> None:
    """Send Rounds' own log and the libraries' warnings to standard error.

    slack_sdk and Bolt log whole payloads at DEBUG, so they are held at WARNING whatever the level is.
    """
    number = getattr(logging, level.upper(), logging.INFO)
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s")
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        # Through the standard library: a stream that is gone must not raise in whoever logs.
        logger_factory=lambda *_: logging.getLogger("rounds"),
    )
    rounds = logging.getLogger("rounds")
    rounds.handlers = [logging.StreamHandler(sys.stderr)]
    rounds.setLevel(number)
    rounds.propagate = False
