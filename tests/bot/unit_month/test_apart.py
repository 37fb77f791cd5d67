"""Nobody can take a unit's figure and its parent's apart: not from channels, nor with what a leader knows."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from bot.ideas.effects.unit_trend import UnitTable, can_be_shown
from bot.unit_month.apart import told_units
from storage.terms import Kind
from storage.unit_figures import UnitTree

SMALL = 4


def tables(tree: UnitTree, people: dict[int, list[float]]) -> dict[int, UnitTable]:
    """Of one period; half of each denominator counts. Each person works in one unit."""
    ids = {unit: [unit * 100 + n for n in range(len(own))] for unit, own in people.items()}
    found = {}
    for unit in tree.names:
        within = sorted(tree.within(unit))
        numbers = np.array([number for one in within for number in ids.get(one, [])], np.int64)
        sizes = np.array([[size] for one in within for size in people.get(one, [])], float).reshape(-1, 1)
        total = sizes.sum(axis=0)
        found[unit] = UnitTable(numbers, sizes, total / 2, total, total)
    return found


def told(tree: UnitTree, people: dict[int, list[float]], led: list[list[int]] | None = None) -> set[int]:
    found = told_units(Kind.PROPORTION, tables(tree, people), tree, led or [], SMALL)
    return {unit for unit, when in found.items() if when[0]}


def under(*children: int) -> UnitTree:
    """A hospital (9) with these units."""
    return UnitTree(
        {9: "Hospital", **{n: f"Ward {n}" for n in children}}, {9: None, **dict.fromkeys(children, 9)}
    )


def test_units_that_leave_nothing_over_are_told_beside_the_one_above() -> None:
    assert told(under(1, 2), {1: [20.0] * 6, 2: [20.0] * 5}) == {9, 1, 2}


def test_a_small_unit_hides_among_two_others() -> None:
    wards = {1: [20.0] * 6, 2: [20.0] * 6, 3: [20.0] * 6, 4: [20.0] * 2}
    # The leader of ward 3 knows its figures: with ward 2 left out as well, that tells nobody ward 4's.
    assert told(under(1, 2, 3, 4), wards) == {9, 1}
    # Whoever leads both of them would know.
    assert told(under(1, 2, 3, 4), wards, [[2, 3]]) == {9}


def test_beside_one_other_unit_a_small_one_cannot_hide() -> None:
    assert told(under(1, 2), {1: [20.0] * 6, 2: [20.0]}) == set()


def test_a_small_count_left_over_is_as_telling_as_few_people() -> None:
    assert told(under(1, 2), {1: [20.0] * 6, 2: [1.0] * 6}) == set()


def test_units_under_one_of_which_nobody_sees_anything_stand_alone() -> None:
    assert told(under(1, 2), {1: [20.0] * 6, 2: [900.0]}) == {1}


def test_somebody_who_works_in_two_units_leaves_less_than_nothing() -> None:
    tree = under(1, 2)
    made = tables(tree, {1: [20.0] * 6, 2: [20.0] * 6})
    both = made[9].by_person.copy()
    made[2] = UnitTable(
        made[1].people, made[1].by_person, made[1].numerator, made[1].denominator, made[1].base
    )
    made[9] = UnitTable(made[9].people, both, *(3 * [both.sum(axis=0)]))
    found = told_units(Kind.PROPORTION, made, tree, [], SMALL)
    assert not (found[1][0] and found[2][0] and found[9][0])


TREE = UnitTree({n: str(n) for n in range(8)}, {0: None, 1: 0, 2: 0, 3: 1, 4: 1, 5: 2, 6: 2, 7: 0})


@hypothesis_settings(deadline=None, max_examples=150)
@given(
    st.dictionaries(st.integers(0, 7), st.lists(st.sampled_from([3.0, 20.0, 90.0]), min_size=1, max_size=7))
)
def test_no_sum_or_difference_gives_the_few_away(people: dict[int, list[float]]) -> None:
    """Whatever anybody adds and subtracts of what is told, with one more unit's that they lead, is enough."""
    made = tables(TREE, people)
    shown = {unit for unit in made if can_be_shown(Kind.PROPORTION, made[unit], SMALL)[0]}
    seen = told(TREE, people)
    assert seen <= shown
    for known in [None, *sorted(shown)]:
        family = seen | ({known} if known is not None else set())
        for unit in family:
            beneath = [one for one in family if one != unit and one in TREE.within(unit)]
            if not (unit in seen or any(one in seen for one in beneath)):
                continue
            top = [one for one in beneath if not any(one in TREE.within(o) - {o} for o in beneath)]
            for count in range(len(top) + 1):
                for some in combinations(top, count):
                    gone = set().union(*(TREE.within(one) for one in some))
                    left = [size for one in TREE.within(unit) - gone for size in people.get(one, [])]
                    assert not left or _enough(left)


def _enough(left: list[float]) -> bool:
    return len(left) >= 5 and max(left) <= sum(left) / 2 and sum(left) / 2 > SMALL
