"""The parts of Block Kit that Rounds is made of: https://docs.slack.dev/reference/block-kit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.slack_text import plain

Block = dict[str, Any]
View = dict[str, Any]


def mrkdwn(text: str) -> Block:
    """A text object with marks; links and names in it stay text. What people typed must be inert before."""
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def words_object(text: str, limit: int = 75) -> Block:
    """A `plain_text` object in which nothing turns into a picture."""
    return {"type": "plain_text", "text": plain(text, limit) or "–", "emoji": False}


def header(text: str) -> Block:
    """A heading."""
    return {"type": "header", "text": words_object(text, 150)}


def section(text: str) -> Block:
    """A paragraph of mrkdwn."""
    return {"type": "section", "text": mrkdwn(text)}


def context(*parts: str) -> Block:
    """Small print: each part is mrkdwn, on a line of its own."""
    # Slack sets several elements side by side, as they come.
    return {"type": "context", "elements": [mrkdwn("\n".join(parts))]}


def divider() -> Block:
    """A line across."""
    return {"type": "divider"}


def actions(*elements: Block) -> Block:
    """A row of buttons and menus."""
    return {"type": "actions", "elements": list(elements)}


def button(action_id: str, label: str, value: str) -> Block:
    """A button that carries an opaque reference."""
    return {"type": "button", "action_id": action_id, "text": words_object(label), "value": value}


def primary(button: Block) -> Block:
    """The same button, as the one that is meant."""
    return {**button, "style": "primary"}


def confirmation(title: str, text: str, *, confirm: str, deny: str) -> Block:
    """What Slack asks before it takes a press."""
    return {
        "title": words_object(title, 100),
        "text": words_object(text, 300),
        "confirm": words_object(confirm, 30),
        "deny": words_object(deny, 30),
    }


def option(label: str, value: str, description: str = "") -> Block:
    """One choice of a menu or of boxes."""
    made: Block = {"text": words_object(label), "value": value}
    return {**made, "description": words_object(description)} if description else made


def modal(
    heading: str,
    blocks: Sequence[Block],
    *,
    callback: str = "",
    submit: str = "",
    close: str = "Close",
    metadata: str = "",
) -> View:
    """A page or a form over the conversation."""
    view: View = {"type": "modal", "title": words_object(heading, 24)}
    if callback:
        view["callback_id"] = callback
    if submit:
        view["submit"] = words_object(submit, 24)
    view["close"] = words_object(close, 24)
    if metadata:
        view["private_metadata"] = metadata
    return {**view, "blocks": list(blocks)}


def field(
    block: str, label: str, element: Block, *, hint: str = "", optional: bool = False, dispatch: bool = False
) -> Block:
    """A labelled input; its element has the block's id unless it brings one."""
    made: Block = {
        "type": "input",
        "block_id": block,
        "label": words_object(label, 150),
        "element": {"action_id": block, **element},
        "optional": optional,
    }
    if dispatch:
        made["dispatch_action"] = True
    return {**made, "hint": words_object(hint, 300)} if hint else made


def value_of(found: Any, *path: str) -> Any:
    """What stands in nested dicts at this path of keys, such as a view's state; None where nothing does."""
    for key in path:
        found = found.get(key) if isinstance(found, dict) else None
    return found
