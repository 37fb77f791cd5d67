"""What a member may see of their group: all combinations of who agreed, who looks and whose counts are small.

The proof is by exchange: if two colleagues without a name change places (with all their counts), and nothing
that the viewer is shown anywhere changes (the table, how many there are, the group's totals, its median, the
benchmark and its total), then nothing tells whose figure is whose. Each of them has to have two such others,
and one of them with another figure.
"""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.names.rules import (
    LEAST_ROWS,
    LEAST_UNNAMED,
    Consent,
    GroupTable,
    Member,
    Refused,
    may_name,
    visible,
)

SMALL = 4
NO, YES, ONCE = Consent(), Consent(agreed=True, ever=True), Consent(ever=True)
# Eight clinicians' counts; each can stand for one with small counts instead.
COUNTS = ((30, 100), (42, 120), (33, 90), (70, 140), (64, 100), (45, 150), (81, 110), (52, 80))
FEW = ((2, 100), (118, 120), (1, 90), (3, 140), (97, 100), (4, 150), (2, 110), (78, 80))


Counts = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Digested:
    """What a digest may tell of a whole group."""

    people: int
    total: tuple[int, int]
    median: float
    benchmark: tuple[int, int]


@cache
def percent(value: float) -> str:
    return f"{100 * value:.0f} %"


@cache
def members(counts: Counts) -> tuple[Member, ...]:
    return tuple(
        Member(person, n / total, small=0 < n <= SMALL or 0 < total - n <= SMALL)
        for person, (n, total) in enumerate(counts)
    )


@cache
def digested(counts: Counts) -> Digested:
    best = sorted(counts, key=lambda one: (one[0] / one[1], one[1]), reverse=True)[:3]
    return Digested(
        people=len(counts),
        total=(sum(n for n, _ in counts), sum(total for _, total in counts)),
        median=statistics.median(n / total for n, total in counts),
        benchmark=(sum(n for n, _ in best), sum(total for _, total in best)),
    )


def swapped(counts: Counts, one: int, other: int) -> Counts:
    found = list(counts)
    found[one], found[other] = found[other], found[one]
    return tuple(found)


def unnamed(viewer: int, consents: dict[int, Consent], people: int) -> list[int]:
    """Those of whom this viewer has never been shown a name."""
    looked = consents[viewer].ever
    return [one for one in range(people) if one != viewer and not (looked and consents[one].ever)]


def combinations(people: int) -> Iterator[tuple[int, tuple[Consent, ...], tuple[bool, ...]]]:
    """Every viewer, every consent of everybody, and small counts of nobody, of each one, and of each two.

    (Of two in groups of up to seven: eight would take a minute, and add only one more to be hidden among.)
    """
    small = [
        tuple(one in few for one in range(people))
        for size in ((0, 1, 2) if people < 8 else (0, 1))
        for few in itertools.combinations(range(people), size)
    ]
    for said in itertools.product((NO, YES), repeat=people):
        # Without a yes of their own all viewers are in the same place: the first of them stands for all.
        silent = [one for one in range(people) if not said[one].ever][:1]
        for viewer in [one for one in range(people) if said[one].ever] + silent:
            for flags in small:
                yield viewer, said, flags


@pytest.mark.parametrize(
    ("people", "least_rows"), [(5, 5), (6, 5), (7, 5), (8, 5), (6, LEAST_ROWS), (8, LEAST_ROWS)]
)
def test_in_every_combination_nobody_without_a_name_can_be_told_from_the_others(
    people: int, least_rows: int
) -> None:
    shown = hidden = 0
    for viewer, said, flags in combinations(people):
        counts = tuple(FEW[one] if few else COUNTS[one] for one, few in enumerate(flags))
        consents = dict(enumerate(said))
        table = visible(viewer, members(counts), consents, (), percent, least_rows=least_rows)
        assert all(row.person_id in (viewer, *table.named) for row in table.rows if row.person_id is not None)
        if table.refused is not None:
            assert [row.own for row in table.rows] in ([], [True])
            hidden += 1
            continue
        shown += 1
        left = unnamed(viewer, consents, people)
        assert len(left) == 0 or len(left) >= LEAST_UNNAMED
        # Around the circle: each changes places with two others.
        for one, other in zip(left, left[1:] + left[:1], strict=True):
            other_way = swapped(counts, one, other)
            assert digested(other_way) == digested(counts)
            assert visible(viewer, members(other_way), consents, (), percent, least_rows=least_rows) == table
        if left and least_rows == 5:
            figures = [row.figure for row in table.rows if row.person_id is None]
            assert len(figures) == len(left) - sum(flags[one] for one in left) >= LEAST_UNNAMED
            assert len(set(figures)) > 1
    if people > 5:
        assert shown
    assert hidden


@pytest.mark.parametrize("least_rows", [5, LEAST_ROWS])
def test_small_counts_are_shown_to_nobody_else_named_or_not(least_rows: int) -> None:
    for viewer, said, flags in combinations(6):
        counts = tuple(FEW[one] if few else COUNTS[one] for one, few in enumerate(flags))
        table = visible(viewer, members(counts), dict(enumerate(said)), (), percent, least_rows=least_rows)
        secret = {percent(n / total) for one, (n, total) in enumerate(counts) if flags[one] and one != viewer}
        open_ = {percent(n / total) for one, (n, total) in enumerate(counts) if not flags[one]}
        seen = {row.figure for row in table.rows if not row.own}
        assert not seen & (secret - open_)


def test_a_yes_that_was_withdrawn_hides_nobody_and_shows_nothing() -> None:
    """Who withdrew was seen before: the others are not left alone, and nothing appears because of it."""
    for said in itertools.product((NO, YES, ONCE), repeat=7):
        if not said[0].ever:
            continue
        consents = dict(enumerate(said))
        now = visible(0, members(COUNTS[:7]), consents, (), percent, least_rows=5)
        fresh = [one for one in range(1, 7) if not said[one].ever]
        withdrawn = [one for one in range(1, 7) if said[one] == ONCE]
        if now.refused is None:
            assert len(fresh) >= LEAST_UNNAMED or not (fresh or withdrawn or not said[0].agreed)
        if ONCE in said[1:]:
            before = {person: YES if one == ONCE else one for person, one in consents.items()}
            was = visible(0, members(COUNTS[:7]), before, (), percent, least_rows=5)
            assert not (was.refused is Refused.RECOGNISABLE and now.refused is None)


@given(
    consents=st.lists(
        st.builds(Consent, agreed=st.booleans(), ever=st.just(True), leaders=st.booleans()),
        min_size=2,
        max_size=8,
    ),
    leaders=st.sets(st.integers(0, 7)),
)
def test_names_are_seen_both_ways_or_not_at_all(consents: list[Consent], leaders: set[int]) -> None:
    said = dict(enumerate(consents))
    for one, other in itertools.combinations(said, 2):
        both = may_name(one, other, said, leaders)
        assert both == may_name(other, one, said, leaders)
        if both:
            assert said[one].agreed
            assert said[other].agreed
        if one in leaders and not said[other].leaders:
            assert not both


def test_colleagues_of_whom_all_have_the_same_figure_are_not_shown() -> None:
    same = ((30, 100), *[(99, 110)] * 6)
    assert visible(0, members(same), {}, (), percent).refused is Refused.RECOGNISABLE


def test_fewer_than_five_others_or_no_place_in_it_is_no_table() -> None:
    five = members(COUNTS[:5])
    assert visible(0, five, {}, (), percent).refused is Refused.TOO_FEW
    assert visible(9, five, {}, (), percent) == GroupTable(5, refused=Refused.NOT_COMPARED)


def test_the_order_tells_nothing_beyond_the_figures_that_stand_there() -> None:
    """Two who read the same are not set in the order of what is behind the rounding."""
    consents = {0: YES, 1: YES, 2: YES}
    close = (
        (500, 1000),
        (601, 1000),
        (604, 1000),
        (603, 1000),
        (602, 1000),
        (600, 1000),
        (700, 1000),
        (710, 1000),
    )
    table = visible(0, members(close), consents, (), percent, least_rows=5)
    assert [(row.figure, row.person_id) for row in table.rows] == [
        ("71 %", None),
        ("70 %", None),
        ("60 %", 1),
        ("60 %", 2),
        ("60 %", None),
        ("60 %", None),
        ("60 %", None),
        ("50 %", 0),
    ]
