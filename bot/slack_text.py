"""Text that people wrote, made safe to stand in a Slack message: it shows as written, does nothing (I17)."""

from __future__ import annotations

import html
import re
import unicodedata

# Slack asks for entities for exactly three: https://docs.slack.dev/messaging/formatting-message-text#escaping
# mrkdwn has no escape for its own marks, so they become their typographic twins.
_HARMLESS = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "*": "∗", "~": "∼", "`": "ˋ"})
# Inside a word Slack leaves an underscore alone (snake_case), elsewhere it would start italics.
_LOOSE_UNDERSCORE = re.compile(r"(?<!\w)_+|_+(?!\w)")
# ":tada:" becomes a picture, also where its second colon comes from the sentence around; "10:30" may stay.
_EMOJI_COLON = re.compile(r"(?<!\d):(?=\S)|:(?=[^\d\s])")
_PART_OF_ENTITY = re.compile(r"&\w{0,3}$")
# "<@U12>", "<#C12|ward-4>", "<!here>", "<https://x.example|x>": what Slack makes of mentions and links.
_MARKUP = re.compile(r"<([@#!][^<>\s]*|(?:https?|mailto|tel):[^<>\n]*)>")
_ISOLATE, _POP = "\u2068", "\u2069"
_BIDI_CONTROLS = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def plain(text: str, limit: int = 3000) -> str:
    """Return text on one line for a `plain_text` object, at most `limit` characters."""
    return shorten(" ".join(_printable(text).split()), limit)


def inert(text: str) -> str:
    """Return text on one line for a `mrkdwn` object: no mention, link, style or emoji code in it fires.

    Text with right-to-left letters is isolated, so that it cannot turn the sentence around it.
    """
    text = " ".join(_printable(text).split())
    isolate = not text.isascii() and any(unicodedata.bidirectional(c) in ("R", "AL", "AN") for c in text)
    text = _LOOSE_UNDERSCORE.sub(lambda marks: "ˍ" * len(marks[0]), text)
    text = _EMOJI_COLON.sub("\u2236", text).translate(_HARMLESS)
    return f"{_ISOLATE}{text}{_POP}" if isolate else text


def as_typed(text: str) -> str:
    """Return the text of a message on Slack as whoever wrote it typed it: no entities, no markup of mentions.

    People and groups become "somebody", so that a name stands there only where it was typed.
    """
    return html.unescape(_MARKUP.sub(_plain_words, text)).strip()


def _plain_words(found: re.Match[str]) -> str:
    target, _, label = found[1].partition("|")
    if target.startswith("@"):
        return "somebody"
    if target.startswith("#"):
        return f"#{label}" if label else "a channel"
    if target.startswith("!"):
        return label or target.partition("^")[0].replace("!", "@")
    return label or target.removeprefix("mailto:")


def shorten(text: str, limit: int) -> str:
    """Cut to `limit` characters, at a space where one is near, and say so with an ellipsis."""
    if len(text) <= limit:
        return text
    cut = text[: limit - 1]
    head, space, _ = cut.rpartition(" ")
    kept = head if space and len(head) > limit * 2 // 3 else cut
    return _whole(kept).rstrip(" ,;:") + "…"


def _printable(text: str) -> str:
    """Drop control characters and direction overrides; keep joiners, which emoji and scripts need."""
    if text.isascii() and text.isprintable():
        return text
    text = _BIDI_CONTROLS.sub("", text)
    return "".join(" " if unicodedata.category(c) in ("Cc", "Cs") else c for c in text)


def _whole(text: str) -> str:
    """Do not end in the middle of a joined emoji or of an entity."""
    return _PART_OF_ENTITY.sub("", text.rstrip("\u200d\ufe0f"))
