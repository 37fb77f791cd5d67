"""What is set aside, as arithmetic: never below nothing, in any order, gone when it is withdrawn."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.answers.rules import Taken, is_for_the_measure, leave, take_together, without
from storage.answer_rows import Aside
from storage.terms import Kind

MONDAY = date(2026, 8, 3)
STARTS = [MONDAY + timedelta(weeks=week) for week in range(4)]
counts = st.one_of(st.integers(0, 60).map(float), st.floats(0, 60))


@st.composite
def asides(draw: st.DrawFn) -> list[Aside]:
    rows = []
    for _ in range(draw(st.integers(0, 8))):
        denominator = draw(counts)
        numerator = draw(st.floats(0, 1)) * denominator
        ref = draw(st.sampled_from(["", "A1", "A2", "B7"]))
        where = draw(st.sampled_from(STARTS)), draw(st.integers(1, 2))
        rows.append(Aside(1, 5, 9, where[1], where[0], ref, numerator, denominator, draw(st.booleans())))
    return rows


@st.composite
def observed(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, tuple[np.ndarray, ...]]:
    places = [(clinician, start) for clinician in (1, 2, 3) for start in STARTS]
    denominator = np.array([draw(counts) for _ in places])
    numerator = denominator * np.array([draw(st.floats(0, 1)) for _ in places])
    clinician = np.array([one for one, _ in places], np.int64)
    start = np.array([one for _, one in places], "datetime64[D]")
    nothing = np.full(len(places), np.nan)
    return clinician, start, (numerator, denominator, denominator * 0.5, nothing)


@given(observed(), asides(), st.sampled_from(list(Kind)))
def test_what_is_left_is_never_negative_and_never_more_than_there_was(
    data: tuple[np.ndarray, np.ndarray, tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]],
    rows: list[Aside],
    kind: Kind,
) -> None:
    clinician, start, columns = data
    numerator, denominator, _, _ = without(clinician, start, columns, rows, kind)
    there = np.isfinite(denominator)
    assert (numerator[there] >= 0).all()
    assert (numerator[there] <= columns[0][there]).all()
    assert (denominator[there] <= columns[1][there]).all()
    if kind is Kind.PROPORTION:
        assert (numerator[there] <= denominator[there] + 1e-9).all()
    assert (np.isnan(numerator) == np.isnan(denominator)).all()


@given(observed(), asides(), st.randoms())
def test_the_order_in_which_things_are_set_aside_does_not_matter(
    data: tuple[np.ndarray, np.ndarray, tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]],
    rows: list[Aside],
    random: object,
) -> None:
    shuffled = list(rows)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one = without(*data, rows, Kind.PROPORTION)
    other = without(*data, shuffled, Kind.PROPORTION)
    for mine, theirs in zip(one, other, strict=True):
        np.testing.assert_array_equal(mine, theirs)


@given(observed(), asides())
def test_without_anything_set_aside_nothing_changes_and_what_was_given_stays(
    data: tuple[np.ndarray, np.ndarray, tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]],
    rows: list[Aside],
) -> None:
    before = tuple(column.copy() for column in data[2])
    without(*data, rows, Kind.PROPORTION)
    for was, now, left in zip(before, data[2], without(*data, [], Kind.PROPORTION), strict=True):
        np.testing.assert_array_equal(was, now)
        np.testing.assert_array_equal(was, left)


def test_the_same_case_is_taken_off_once_and_is_part_of_its_period() -> None:
    case = Aside(1, 5, 9, 1, MONDAY, "A1", 1.0, 1.0, False)
    again = Aside(2, 5, 9, 1, MONDAY, "A1", 1.0, 1.0, True)
    other = Aside(2, 5, 9, 1, MONDAY, "B7", 0.0, 0.5, True)
    assert take_together([case, again, other]) == {(1, MONDAY): Taken(1.0, 1.5)}
    whole = Aside(3, 5, 9, 1, MONDAY, "", 6.0, 10.0, False)
    assert take_together([case, whole, other]) == {(1, MONDAY): Taken(6.0, 10.0)}


@pytest.mark.parametrize(
    ("counts", "taken", "left", "clipped"),
    [
        ((51, 74), (1, 3), (50, 71), False),
        ((51, 74), (51, 74), (0, 0), False),
        ((6, 10), (8, 12), (0, 0), True),  # an import took cases away
        ((9, 10), (0, 4), (6, 6), True),  # an import made them met
    ],
)
def test_more_than_is_there_is_not_taken_off_and_that_is_known(
    counts: tuple[float, float], taken: tuple[float, float], left: tuple[float, float], clipped: bool
) -> None:
    found = leave(*counts, Taken(*taken), Kind.PROPORTION)
    assert ((found.numerator, found.denominator), found.clipped) == (left, clipped)


def test_above_a_tenth_the_measure_is_looked_at() -> None:
    assert not is_for_the_measure(10, 100)
    assert is_for_the_measure(10.5, 100)
    assert not is_for_the_measure(0, 0)
