from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.comparison.benchmark import adjusted_performance, benchmark_set
from tests.bot.comparison.vectors import needs_vectors, read_json

counts = st.lists(
    st.integers(1, 200).flatmap(lambda d: st.tuples(st.integers(0, d), st.just(d))), min_size=1, max_size=30
)


def test_a_small_perfect_clinician_does_not_set_the_benchmark() -> None:
    members = benchmark_set([2, 88, 70, 60, 50], [2, 100, 100, 100, 100], higher_is_better=True)
    assert np.flatnonzero(members).tolist() == [1]


def test_the_set_grows_down_the_ranking_to_three_clinicians() -> None:
    x, d = [90, 80, 70, 60, 50], [100] * 5
    members = benchmark_set(x, d, higher_is_better=True, min_clinicians=3)
    assert np.flatnonzero(members).tolist() == [0, 1, 2]
    lowest = benchmark_set(x, d, higher_is_better=False, min_clinicians=3)
    assert np.flatnonzero(lowest).tolist() == [2, 3, 4]


def test_all_tied_at_the_break_belong_even_after_growing() -> None:
    members = benchmark_set([90, 80, 70, 70, 50], [100] * 5, higher_is_better=True, min_clinicians=3)
    assert members.tolist() == [True, True, True, True, False]


def test_fewer_than_three_clinicians_set_no_benchmark() -> None:
    assert not benchmark_set([9, 8], [10, 10], higher_is_better=True, min_clinicians=3).any()
    assert benchmark_set([], [], higher_is_better=True).shape == (0,)


@given(counts, st.booleans(), st.integers(1, 4))
def test_the_set_is_a_top_of_the_ranking_with_a_tenth_of_the_patients(
    pairs: list[tuple[int, int]], higher: bool, least: int
) -> None:
    x, d = np.array(pairs, float).T
    members = benchmark_set(x, d, higher_is_better=higher, min_clinicians=least)
    if x.size < least:
        assert not members.any()
        return
    assert members.sum() >= least
    assert d[members].sum() >= 0.1 * d.sum() - 1e-9
    score = adjusted_performance(x, d) * (1 if higher else -1)
    if not members.all():
        assert score[members].min() > score[~members].max()


@given(counts)
def test_lower_is_better_is_the_complement(pairs: list[tuple[int, int]]) -> None:
    x, d = np.array(pairs, float).T
    lower = benchmark_set(x, d, higher_is_better=False)
    complement = benchmark_set(d - x, d, higher_is_better=True)
    assert (lower == complement).all()


@needs_vectors
def test_worked_cases_of_the_abc_method() -> None:
    reference = read_json("abc_benchmark.json")
    for case in reference["published_apf"]:
        assert float(adjusted_performance(case["x"], case["d"])) == pytest.approx(case["apf"], rel=1e-12)
    ranking = reference["published_ranking"]
    x, d = np.array(list(ranking["providers"].values()), float).T
    names = list(ranking["providers"])
    order = np.argsort(-adjusted_performance(x, d))
    assert [names[i] for i in order] == ranking["expected_order"]
    for case in reference["worked_cases_constructed_from_published_algorithm"]:
        x, d = np.array(case["x"], float), np.array(case["d"], float)
        members = benchmark_set(x, d, higher_is_better=True)
        assert np.flatnonzero(members).tolist() == sorted(case["subset_index"]), case["name"]
        assert x[members].sum() / d[members].sum() == pytest.approx(case["benchmark"], rel=1e-9)
        other_way = benchmark_set(d - x, d, higher_is_better=False)
        assert np.flatnonzero(other_way).tolist() == sorted(case["subset_index"]), case["name"]
