"""Until when a digest is shown, and what of it a leader sees. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any, Final

from bot.cases import names as case_names
from bot.digests.facts import MeasureView
from bot.slack_blocks import Block, section
from bot.slack_text import inert, shorten

LASTS: Final = timedelta(days=30)
# What a digest says of itself in these kinds of blocks is for its subject alone: buttons, and who gets it.
_KEPT: Final = frozenset({"header", "section", "image"})
_BESIDE_WORDS: Final = frozenset({case_names.SHOW, case_names.TELL})


def holds(withdrawn: bool, ends_on: date, today: date) -> bool:
    """Whether a leader may still see it: up to the end of its last day."""
    return not withdrawn and today <= ends_on


def has_small_counts(facts: Mapping[str, Any], most: int) -> bool:
    """Whether a digest tells counts by which a patient could be recognised (D5), its corrections included.

    `facts` are those that are kept with it: "numerator" and "denominator", alone or after a prefix.
    """
    for key, value in facts.items():
        if not key.endswith("numerator") or not _is_number(value):
            continue
        rest = facts.get(f"{key.removesuffix('numerator')}denominator", value)
        counts = [float(value), float(rest) - float(value)]
        if any(0 < count <= most for count in counts):
            return True
    return False


def more_counts(view: MeasureView) -> dict[str, float]:
    """What a digest's words say of counts beyond its facts, to be kept with these: what was set aside."""
    if view.reported is None:
        return {}
    return {
        "own:numerator": view.result.numerator,
        "own:denominator": view.result.denominator,
        "aside:numerator": float(view.reported.set_aside),
    }


def as_shared(blocks: Iterable[Mapping[str, Any]]) -> list[Block]:
    """A digest's blocks as a leader sees them: the words as they were sent, and the picture in words.

    Its buttons are its subject's. The picture stands in their conversation alone: a copy that is sent can
    not be taken back.
    """
    found: list[Block] = []
    for block in blocks:
        if block.get("type") not in _KEPT:
            continue
        if "accessory" in block:
            if block["accessory"].get("action_id") not in _BESIDE_WORDS:
                continue
            # The words are the digest's own; only the button beside them is its subject's.
            block = {name: value for name, value in block.items() if name != "accessory"}
        if block["type"] == "image":
            alt_text = inert(shorten(str(block.get("alt_text", "")), 2000))
            found.append(section(f"*The picture, in words.* {alt_text}"))
        else:
            found.append(dict(block))
    return found


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
