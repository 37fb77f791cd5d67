"""Which units' figures may stand in channels beside each other, so that nobody can take them apart (D1).

Everybody may read every channel, and a leader sees the figures of the units that they lead besides. So in
each period what is left of a unit, without those beneath it that are told or that one leader knows, must be
nothing, or enough to be shown itself. What is told of a period depends on that period's figures alone: a
later month's message gives nothing of it away.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from bot.comparison.types import BoolArray, FloatArray
from bot.ideas.effects.unit_trend import UnitTable, can_be_shown
from storage.terms import Kind
from storage.unit_figures import UnitTree

# So many units under one are left to it at most, to hide what a small one has; then it is told as a whole.
_DROPPED: Final = 6
_NOTHING: Final = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class _Rest:
    """What is left of one unit; `people` are the rows of `by_person`."""

    table: UnitTable

    def without(self, other: UnitTable, when: BoolArray) -> _Rest:
        """Less another unit's, in these periods."""
        own = self.table
        by_person = own.by_person.copy()
        rows = np.searchsorted(own.people, other.people)
        by_person[rows] -= np.where(when, other.by_person, 0.0)
        return _Rest(
            UnitTable(
                own.people,
                by_person,
                own.numerator - np.where(when, other.numerator, 0.0),
                own.denominator - np.where(when, other.denominator, 0.0),
                own.base - np.where(when, other.base, 0.0),
            )
        )

    def is_safe(self, kind: Kind, small_count: int) -> BoolArray:
        """In which periods nothing is left, or enough. Less than nothing (people in two units) is neither."""
        table = self.table
        rows = np.where(np.abs(table.by_person) < _NOTHING, 0.0, table.by_person)
        counts = (_clean(column) for column in (table.numerator, table.denominator, table.base))
        rest = UnitTable(table.people, rows, *counts)
        empty = (rows == 0.0).all(axis=0)
        return np.asarray(empty | (can_be_shown(kind, rest, small_count) & (rows >= 0.0).all(axis=0)))


def told_units(
    kind: Kind,
    tables: Mapping[int, UnitTable],
    tree: UnitTree,
    led_together: Sequence[Sequence[int]],
    small_count: int,
) -> dict[int, BoolArray]:
    """In which periods each unit's figures may stand in channels.

    `led_together`: the units of each leader who leads several.
    """
    return _Judge(kind, tables, tree, led_together, small_count).told()


class _Judge:
    def __init__(
        self,
        kind: Kind,
        tables: Mapping[int, UnitTable],
        tree: UnitTree,
        led_together: Sequence[Sequence[int]],
        small_count: int,
    ) -> None:
        self._kind, self._tables, self._tree, self._small = kind, tables, tree, small_count
        # Only of these does anybody see anything.
        self._shown = {unit: can_be_shown(kind, table, small_count) for unit, table in tables.items()}
        self._known = [[unit] for unit in sorted(tables)] + [
            [unit for unit in units if not set(tree.above(unit)[1:]) & set(units)] for units in led_together
        ]
        self._within = {unit: tree.within(unit) for unit in tables}
        self._children = {
            unit: sorted(other for other in tables if other != unit and tree.parents[other] == unit)
            for unit in tables
        }
        # In which periods a unit can be told, and which of those right beneath it are then told with it.
        self._can: dict[int, BoolArray] = {}
        self._kept: dict[int, dict[int, BoolArray]] = {}

    def told(self) -> dict[int, BoolArray]:
        found = {unit: np.zeros(len(table.base), bool) for unit, table in self._tables.items()}
        roots = [unit for unit in self._tables if self._tree.parents[unit] not in self._tables]
        for root in sorted(roots):
            self._look(root)
            self._tell(root, np.ones(len(self._tables[root].base), bool), found)
        return found

    def _tell(self, unit: int, when: BoolArray, found: dict[int, BoolArray]) -> None:
        """Tell a unit where it can be; what nobody sees anything of leaves those beneath to themselves."""
        found[unit] = when & self._can[unit]
        unseen = when & ~self._shown[unit]
        for child in self._children[unit]:
            self._tell(child, (found[unit] & self._kept[unit][child]) | unseen, found)

    def _look(self, unit: int) -> None:
        for child in self._children[unit]:
            self._look(child)
        children = self._children[unit]
        tellable = np.array([self._can[child] for child in children], bool).reshape(
            len(children), len(self._tables[unit].base)
        )
        # The last ones are left out first: always in the same order.
        rank = np.cumsum(tellable[::-1], axis=0)[::-1] if children else tellable
        can = np.zeros(len(self._tables[unit].base), bool)
        kept = {child: can.copy() for child in children}
        for dropped in sorted({*range(min(_DROPPED, len(children)) + 1), len(children)}):
            keep = {child: tellable[row] & (rank[row] > dropped) for row, child in enumerate(children)}
            new = self._shown[unit] & ~can
            if not new.any():
                break
            new &= self._is_safe(unit, keep)
            for child in children:
                kept[child] |= new & keep[child]
            can |= new
        self._can[unit], self._kept[unit] = can, kept

    def _is_safe(self, unit: int, keep: Mapping[int, BoolArray]) -> BoolArray:
        rest = _Rest(self._tables[unit])
        for child, when in keep.items():
            rest = rest.without(self._tables[child], when)
        safe = rest.is_safe(self._kind, self._small)
        for units in self._known:
            left, seen = rest, np.zeros(len(safe), bool)
            for known in sorted(set(units) & self._within[unit] & set(self._tables) - {unit}):
                beneath = [keep[child] for child in keep if known in self._within[child]]
                when = self._shown[known] & ~np.any(beneath, axis=0)
                if when.any():
                    left, seen = left.without(self._tables[known], when), seen | when
            if seen.any():
                safe = safe & (left.is_safe(self._kind, self._small) | ~seen)
        return safe


def _clean(values: FloatArray) -> FloatArray:
    return np.asarray(np.where(np.abs(values) < _NOTHING, 0.0, values))
