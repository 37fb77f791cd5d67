"""What a person reads of a message or a page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def texts(blocks: Any) -> Iterator[str]:
    """Every text in blocks and views that a person reads, in its order."""
    if isinstance(blocks, dict):
        if blocks.get("type") in ("plain_text", "mrkdwn"):
            yield blocks["text"]
        if "alt_text" in blocks:
            yield blocks["alt_text"]
        for value in blocks.values():
            yield from texts(value)
    elif isinstance(blocks, list | tuple):
        for value in blocks:
            yield from texts(value)
