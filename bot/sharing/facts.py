"""What pages about sharing show, as plain facts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from bot.digests.weeks import IsoWeek


@dataclass(frozen=True, slots=True)
class Audience:
    """A unit, and the names of those of its leadership who would see what is shared with it."""

    unit_id: int
    unit: str
    leaders: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Share:
    """One digest that is shown to a unit's leaders until the end of a day. `who` is its subject."""

    share_id: int
    week: IsoWeek
    unit: str
    until: date
    who: str = ""


@dataclass(frozen=True, slots=True)
class Sharable:
    """A digest of one's own that can be shown. `message` was sent; `small`: it tells small counts."""

    week: IsoWeek
    who: str
    message: Mapping[str, Any]
    audiences: tuple[Audience, ...]
    until: date
    small: bool = False


@dataclass(frozen=True, slots=True)
class SharingAtHome:
    """On somebody's own Home: what they show to leaders, what is shown to them, and what they could show."""

    mine: tuple[Share, ...] = ()
    with_me: tuple[Share, ...] = ()
    week: str = field(default="")
