"""What somebody chose to look at on their Home; it travels in the page itself."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class BoardChoice:
    """A column of the leaders' board, one of their units (None: all), the place of the first idea shown."""

    column: str = "waiting"
    unit_id: int | None = None
    first: int = 0


def to_metadata(choice: BoardChoice) -> str:
    """The choice as a Home's `private_metadata`."""
    return json.dumps(asdict(choice), separators=(",", ":"))


def from_metadata(metadata: str | None) -> BoardChoice:
    """The choice out of a Home's `private_metadata`; what nobody can read counts as nothing chosen."""
    try:
        return as_choice(json.loads(metadata or ""))
    except (TypeError, ValueError):
        return BoardChoice()


def as_choice(kept: Any) -> BoardChoice:
    """The choice out of its parts."""
    if not isinstance(kept, Mapping):
        return BoardChoice()
    column, unit_id, first = kept.get("column"), kept.get("unit_id"), kept.get("first")
    return BoardChoice(
        column=column if isinstance(column, str) else "waiting",
        unit_id=unit_id if isinstance(unit_id, int) else None,
        first=first if isinstance(first, int) and first >= 0 else 0,
    )


def paged(value: str) -> BoardChoice:
    """The choice that an older or newer button of the board stands for: `board:column:unit:first`."""
    _, _, rest = value.partition(":")
    column, _, rest = rest.partition(":")
    unit, _, first = rest.partition(":")
    return BoardChoice(
        column=column or "waiting",
        unit_id=int(unit) if unit.isdecimal() else None,
        first=int(first) if first.isdecimal() else 0,
    )
