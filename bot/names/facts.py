"""What pages about names show, as plain facts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.digests.facts import MeasureView
from bot.names.rules import GroupTable


@dataclass(frozen=True, slots=True)
class PeerPage:
    """The table of the viewer's own peer group on one digest's measure.

    `names` are those of the people in the table's rows. `picture` is the file of the digest's own picture,
    which holds no names, and `alt_text` what it shows; None where their conversation does not hold it.
    """

    view: MeasureView
    table: GroupTable
    names: Mapping[int, str] = field(default_factory=dict)
    picture: str | None = None
    alt_text: str = ""


@dataclass(frozen=True, slots=True)
class GroupConsent:
    """What somebody said of their name in one group, and who leads it (names)."""

    group_id: int
    group: str
    agreed: bool = False
    leaders: bool = False
    led_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NamesAtHome:
    """On somebody's own Home: a digest's week, and the groups that they may answer for."""

    week: str = ""
    groups: tuple[GroupConsent, ...] = ()
