"""Leaders compared (N12): whose figure is whose, what may be said of the others, and that it is right."""

from __future__ import annotations

from datetime import date
from math import sqrt
from statistics import median

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.comparison import Signal
from bot.digests.facts import Compared, PeersDrawn
from bot.leading.compared.facts import Counted, LeadersCompared, months_of, pictures_of, standing_of
from bot.leading.compared.letters import draw
from bot.leading.compared.words import compared_blocks, compared_text
from tests.bot.leading.compared_made import DAY, ME, USUAL, all_of, ideas

Z = 1.959963984540054


def said(counted: list[Counted], person: int = ME) -> LeadersCompared:
    standing = standing_of(person, counted, DAY, 2)
    assert standing is not None
    return standing.said


def test_the_three_complete_months_before_are_compared_and_three_more_looked_at() -> None:
    assert months_of(DAY)[3:] == (date(2026, 8, 1), date(2026, 9, 1), date(2026, 10, 1))
    assert months_of(date(2027, 1, 29))[0] == date(2026, 7, 1)
    found = said(all_of(USUAL))
    assert (found.first_day, found.last_day) == (date(2026, 8, 1), date(2026, 10, 31))


# -- against brute force ----


def wilson(x: int, n: int) -> tuple[float, float]:
    middle, wide = 2 * x + Z * Z, Z * sqrt(Z * Z + 4 * x * (1 - x / n))
    return (middle - wide) / (2 * (n + Z * Z)), (middle + wide) / (2 * (n + Z * Z))


def reached(figures: list[tuple[int, int]]) -> tuple[float, int]:
    """The benchmark the long way: from the top, at least three, a tenth of all ideas, and ties."""

    def score(one: tuple[int, int]) -> float:
        return (one[0] + 1) / (one[1] + 2)

    ranked = sorted(figures, key=score, reverse=True)
    taken: list[tuple[int, int]] = []
    for one in ranked:
        enough = len(taken) >= 3 and 10 * sum(n for _, n in taken) >= sum(n for _, n in figures)
        if enough and score(one) != score(taken[-1]):
            break
        taken.append(one)
    return sum(x for x, _ in taken) / sum(n for _, n in taken), sum(n for _, n in taken)


a_figure = st.integers(0, 30).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
figures_of_many = st.lists(a_figure, min_size=1, max_size=14)


@settings(max_examples=150, deadline=None)
@given(figures_of_many)
def test_every_number_is_the_one_that_is_counted_by_hand(figures: list[tuple[int, int]]) -> None:
    standing = standing_of(1, all_of(dict(enumerate(figures, start=1))), DAY, 2)
    own = figures[0]
    if own[1] == 0:
        assert standing is None
        return
    assert standing is not None
    found = standing.said
    assert (found.within, found.ideas) == own
    assert found.value == own[0] / own[1]
    assert found.interval is not None
    assert found.interval == pytest.approx(wilson(*own), abs=1e-12)
    enough = [one for one in figures if one[1] >= 5]
    if own[1] < 5:
        assert found.compared is Compared.TOO_FEW_CASES
    elif len(enough) < 6:
        assert found.compared is Compared.TOO_FEW_PEERS
    else:
        assert found.compared is Compared.YES
        assert found.others == len(enough) - 1
        assert found.median == pytest.approx(median(x / n for x, n in enough))
        value, patients = reached(enough)
        assert found.benchmark == pytest.approx(value)
        assert found.benchmark_ideas == patients


# -- what may be said of others ----


leadership = st.frozensets(st.integers(1, 9), min_size=1, max_size=3)
answered = st.tuples(leadership, st.integers(0, 5), st.booleans())


@settings(max_examples=200, deadline=None)
@given(st.lists(answered, max_size=90))
def test_with_fewer_than_five_others_nothing_of_theirs_is_told(
    drawn: list[tuple[frozenset[int], int, bool]],
) -> None:
    """In whatever way people lead together or alone: two who lead the same never count as two."""
    counted = [
        Counted(number, leaders, months_of(DAY)[month], within)
        for number, (leaders, month, within) in enumerate(drawn)
    ]
    window = [one for one in counted if one.came >= months_of(DAY)[3]]
    by_leader = {
        leader: frozenset(one.idea_id for one in window if leader in one.leaders) for leader in range(1, 10)
    }
    for person in range(1, 10):
        standing = standing_of(person, counted, DAY, 2)
        if standing is None:
            assert by_leader[person] == frozenset()
            continue
        others = {own for own in by_leader.values() if len(own) >= 5} - {by_leader[person]}
        may_compare = len(others) >= 5 and len(by_leader[person]) >= 5
        found = standing.said
        assert (found.compared is Compared.YES) is may_compare
        assert pictures_of(standing)[0].drawn is (PeersDrawn.BAND if may_compare else PeersDrawn.NOTHING)
        if not may_compare:
            assert (found.others, found.median, found.benchmark, found.different) == (0, None, None, None)
            assert "half of" not in compared_text(found)
            assert "accessory" not in compared_blocks(found)[0]
        assert found.benchmark is None or len(others) + 1 >= 3


def test_a_pair_is_one_leadership_and_both_read_the_same() -> None:
    counted = [
        one
        for unit in range(6)
        for one in ideas([2 * unit + 1, 2 * unit + 2], 4 + unit % 3, 8, first=100 * unit)
    ]
    first, second = said(counted, 1), said(counted, 2)
    assert first == second
    assert first.joint
    assert first.others == 5
    # Eight others lead, in four other pairs: that is too few.
    fewer = [one for one in counted if max(one.leaders) <= 10]
    assert said(fewer, 1).compared is Compared.TOO_FEW_PEERS


def test_who_leads_several_units_counts_once_over_all_of_them() -> None:
    counted = [
        *all_of(USUAL),
        *ideas([ME, 20], 2, 6, first=500),
        *ideas([21], 5, 5, first=900),
    ]
    found = said(counted)
    assert (found.within, found.ideas) == (9, 15)
    assert said(counted, 20).ideas == 6


def test_the_months_before_count_for_no_figure_of_these() -> None:
    counted = [*all_of(USUAL), *all_of({ME: (0, 40)}, month=1)]
    assert (said(counted).within, said(counted).ideas) == (7, 9)


# -- different ----


ALIKE = dict.fromkeys(range(2, 12), (30, 40))


@pytest.mark.parametrize(
    ("now", "before", "different"),
    [
        ((2, 40), (2, 40), Signal.LOWER),
        ((40, 40), (40, 40), Signal.HIGHER),
        ((2, 40), (30, 40), None),
        ((2, 40), (40, 40), None),
        ((28, 40), (28, 40), None),
    ],
)
def test_different_is_only_who_is_so_in_both_windows(
    now: tuple[int, int], before: tuple[int, int], different: Signal | None
) -> None:
    counted = [*all_of({ME: now, **ALIKE}), *all_of({ME: before, **ALIKE}, month=1)]
    assert said(counted).different is different


def test_where_everybody_differs_nobody_is_different() -> None:
    spread = {leader: (4 * leader, 40) for leader in range(1, 11)}
    counted = [*all_of(spread), *all_of(spread, month=1)]
    assert all(said(counted, leader).different is None for leader in spread)


# -- the picture ----


def test_under_ten_others_a_band_is_drawn_and_no_colleague() -> None:
    standing = standing_of(ME, all_of(USUAL), DAY, 2)
    assert standing is not None
    peers, person = pictures_of(standing)
    assert peers.drawn is PeersDrawn.BAND
    assert len(person.values) == len(peers.periods) == 1


def test_dots_are_drawn_only_of_ten_others_whose_counts_are_large() -> None:
    large = {leader: (20 + leader, 40) for leader in range(1, 13)}
    standing = standing_of(ME, all_of(large), DAY, 2)
    assert standing is not None
    assert pictures_of(standing)[0].drawn is PeersDrawn.DOTS
    small = dict.fromkeys(range(2, 13), (38, 40)) | {ME: (20, 40)}
    standing = standing_of(ME, all_of(small), DAY, 2)
    assert standing is not None
    assert pictures_of(standing)[0].drawn is PeersDrawn.BAND


def test_the_picture_says_what_the_message_says() -> None:
    standing = standing_of(ME, all_of(USUAL), DAY, 2)
    assert standing is not None
    picture = draw(standing)
    assert picture.png == draw(standing).png
    words = compared_text(standing.said)
    for number in ("78\u00a0%, ", "likely 45–94\u00a0%", "76\u00a0%", "90\u00a0%"):
        assert number in words
        assert number in picture.alt_text
    assert "Aug" in picture.alt_text
