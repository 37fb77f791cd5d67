"""What a member of a peer group may see of the others: names, figures and the spread, together. Pure.

Three rules make up what is shown (D2, D3, D5):

- A name stands beside a figure only where both agreed; where one of the two leads the group, only if the
  other lets leaders see theirs.
- A colleague's figure stands there as one number, never with patient counts: with these, what is told of the
  benchmark or of the whole group could be taken apart to one person's. Figures with small counts stay out.
- If fewer than three colleagues without a name would be left to look for, no colleague's figure is shown,
  the named ones neither: with those the digest's own spread could be taken apart. Whoever once had a name
  before this viewer does not hide the others: the end of a consent gives nobody away.

What is shown of colleagues without a name does not change when two of them change places.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import groupby
from typing import Final

# One or two could be told apart by whoever knows the group.
LEAST_UNNAMED: Final = 3
LEAST_OTHERS: Final = 5
# From so many others on, each colleague's figure has a row; under that only the middle half is told.
LEAST_ROWS: Final = 10


@dataclass(frozen=True, slots=True)
class Consent:
    """What a member said of their name. `ever`: they agreed once, so that some may have seen it."""

    agreed: bool = False
    ever: bool = False
    leaders: bool = False


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who is compared in the group. `small`: their counts are nobody else's to see."""

    person_id: int
    value: float
    small: bool = False


class Refused(StrEnum):
    """Why no colleague's figure is shown."""

    NOT_COMPARED = "not_compared"
    TOO_FEW = "too_few"
    RECOGNISABLE = "recognisable"


@dataclass(frozen=True, slots=True)
class Row:
    """One line: `person_id` is None for "a colleague", `figure` "" where it may not be shown."""

    figure: str
    person_id: int | None = None
    own: bool = False


@dataclass(frozen=True, slots=True)
class GroupTable:
    """What one member sees. `others` counts everybody else who is compared.

    `unnamed` counts those without a name, `hidden` those of them whose figures stay out for small counts.
    `rows`: highest figure first, and last the named whose figures stay out. `spread`: the middle half of the
    group may be told.
    """

    others: int
    rows: tuple[Row, ...] = ()
    unnamed: int = 0
    hidden: int = 0
    spread: bool = False
    refused: Refused | None = None
    named: frozenset[int] = field(default_factory=frozenset)


NOTHING: Final = Consent()


def may_name(viewer: int, other: int, consents: Mapping[int, Consent], leaders: Collection[int]) -> bool:
    """Whether two members see each other's names: it is the same whichever of them looks."""
    mine, theirs = consents.get(viewer, NOTHING), consents.get(other, NOTHING)
    if not (mine.agreed and theirs.agreed):
        return False
    return (viewer not in leaders or theirs.leaders) and (other not in leaders or mine.leaders)


def visible(
    viewer: int,
    members: Sequence[Member],
    consents: Mapping[int, Consent],
    leaders: Collection[int],
    shown: Callable[[float], str],
    *,
    least_rows: int = LEAST_ROWS,
) -> GroupTable:
    """What a member may see of their group. `shown` writes a figure as it stands there, rounded."""
    own = next((one for one in members if one.person_id == viewer), None)
    others = [one for one in members if one.person_id != viewer]
    if own is None:
        return GroupTable(len(others), refused=Refused.NOT_COMPARED)
    mine = Row(shown(own.value), viewer, own=True)
    if len(others) < LEAST_OTHERS:
        return GroupTable(len(others), (mine,), refused=Refused.TOO_FEW)
    named = [one for one in others if may_name(viewer, one.person_id, consents, leaders)]
    unnamed = [one for one in others if one not in named]
    if unnamed and not _is_crowd(viewer, unnamed, consents, shown):
        return GroupTable(len(others), (mine,), refused=Refused.RECOGNISABLE)
    rows = [(own.value, mine)]
    rows += [(one.value, Row(shown(one.value), one.person_id)) for one in named if not one.small]
    if len(others) >= least_rows:
        rows += [(one.value, Row(shown(one.value))) for one in unnamed if not one.small]
    kept_out = [Row("", one.person_id) for one in named if one.small]
    return GroupTable(
        others=len(others),
        rows=(*_in_order(rows), *kept_out),
        unnamed=len(unnamed),
        hidden=sum(one.small for one in unnamed),
        spread=len(others) < least_rows,
        named=frozenset(one.person_id for one in named),
    )


def _is_crowd(
    viewer: int, unnamed: Sequence[Member], consents: Mapping[int, Consent], shown: Callable[[float], str]
) -> bool:
    """Whether nobody among those without a name can be told from two others."""
    looked = consents.get(viewer, NOTHING).ever
    fresh = [
        shown(one.value)
        for one in unnamed
        if not one.small and not (looked and consents.get(one.person_id, NOTHING).ever)
    ]
    # Where all have the same figure, whose it is need not be known.
    return len(fresh) >= LEAST_UNNAMED and len(set(fresh)) > 1


def _in_order(rows: Sequence[tuple[float, Row]]) -> list[Row]:
    """Highest first. Those that read the same stand in an order that has nothing to do with their figures."""
    found: list[Row] = []
    by_value = sorted(rows, key=lambda one: -one[0])
    for _, same in groupby(by_value, key=lambda one: one[1].figure):
        found += sorted(
            (row for _, row in same), key=lambda row: (not row.own, row.person_id is None, row.person_id or 0)
        )
    return found
