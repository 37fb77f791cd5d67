from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.comparison.percentile import percentile_ranks, quantiles
from tests.bot.comparison.vectors import needs_vectors, read_json

values = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40)


def test_ties_share_the_middle() -> None:
    assert percentile_ranks([1, 2, 2, 4], [1, 2, 2, 4]).tolist() == [12.5, 50, 50, 87.5]


def test_missing_values_have_no_rank_and_count_for_nobody() -> None:
    ranks = percentile_ranks([1, np.nan, 3], [1, np.nan, 3])
    assert ranks[[0, 2]].tolist() == [25, 75]
    assert np.isnan(ranks[1])


def test_nobody_to_compare_with_gives_nothing() -> None:
    assert np.isnan(percentile_ranks([1.0], [np.nan])).all()
    assert np.isnan(quantiles([np.nan], [0.5])).all()


@given(values)
def test_ranks_follow_the_values_and_average_fifty(v: list[float]) -> None:
    ranks = percentile_ranks(v, v)
    assert float(ranks.mean()) == pytest.approx(50)
    order = np.argsort(v, kind="stable")
    assert (np.diff(ranks[order]) >= 0).all()
    assert ((ranks > 0) & (ranks < 100)).all()


@needs_vectors
def test_mid_ranks_and_deciles_agree_with_the_references() -> None:
    for case in read_json("percentile_midrank.json")["cases"]:
        rank = percentile_ranks([case["x"]], case["values"])
        assert float(rank[0]) == pytest.approx(case["mid_rank"], rel=1e-9)
        deciles = quantiles(case["values"], np.arange(1, 10) / 10)
        assert deciles == pytest.approx(case["deciles"], rel=1e-9)
