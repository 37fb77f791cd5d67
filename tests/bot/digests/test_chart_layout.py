"""The picture's geometry, without a picture."""

from __future__ import annotations

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.digests.chart_layout import (
    Scale,
    Span,
    place_below,
    push_apart,
    stack_dots,
    tick_values,
    value_range,
)

ROOM = Span(36, 612)
GAP = 16.0
places = st.floats(54, 576)


@given(first=places, second=places, width_first=st.floats(20, 330), width_second=st.floats(20, 214))
def test_two_labels_below_the_axis_never_meet_and_no_pointer_crosses_one(
    first: float, second: float, width_first: float, width_second: float
) -> None:
    one, two = place_below([(first, width_first), (second, width_second)], ROOM, GAP)
    for placed, width in ((one, width_first), (two, width_second)):
        assert abs(placed.span.end - placed.span.start - width) < 1e-6
        assert placed.span.start >= ROOM.start - 1e-6
        assert placed.span.end <= ROOM.end + 1e-6
    if one.row == two.row:
        assert not one.span.overlaps(two.span)
    # A pointer runs from the axis to its own row: it must not cross a label of a row above.
    for upper, mark, lower in ((one, second, two), (two, first, one)):
        if lower.row > upper.row:
            assert not upper.span.start < mark < upper.span.end


@given(first=places, second=places)
def test_labels_that_fit_stay_in_one_row_over_their_own_marks(first: float, second: float) -> None:
    assume(abs(first - second) > 130)
    placed = place_below([(first, 100), (second, 100)], ROOM, GAP)
    for mark, label in zip((first, second), placed, strict=True):
        assert label.row == 0
        assert label.span.start <= mark <= label.span.end


@given(
    one=st.floats(-50, 350),
    two=st.floats(-50, 350),
    height_one=st.floats(10, 70),
    height_two=st.floats(10, 70),
)
def test_spans_pushed_apart_do_not_overlap_and_stay_inside(
    one: float, two: float, height_one: float, height_two: float
) -> None:
    bounds = Span(0, 300)
    first, second = push_apart(Span(one, one + height_one), Span(two, two + height_two), bounds, 4)
    assert not first.overlaps(second, 3.99)
    for span in (first, second):
        assert span.start >= -1e-9
        assert span.end <= 300 + 1e-9


@given(
    x=st.lists(places, min_size=1, max_size=300),
    height=st.floats(120, 280),
    anchor=st.floats(54, 576),
    together=st.booleans(),
)
def test_dots_stay_within_their_height_and_next_to_their_value(
    x: list[float], height: float, anchor: float, together: bool
) -> None:
    pixels = np.full(len(x), x[0]) if together else np.array(x)
    stacks = stack_dots(pixels, base=100, height=height, anchor=anchor)
    assert stacks.x.shape == pixels.shape
    assert (np.abs(stacks.x - pixels) <= stacks.diameter / 2 + 1e-6).all()
    assert (stacks.y - stacks.diameter / 2 >= 100 - 1e-6).all()
    assert (stacks.y + stacks.diameter / 2 <= 100 + height + 1e-6).all()
    assert len(set(zip(stacks.x.tolist(), stacks.y.tolist(), strict=True))) == len(x)


@given(x=st.lists(places, min_size=1, max_size=120), anchor=places)
def test_a_dot_stands_on_the_same_side_of_the_benchmark_as_its_value(x: list[float], anchor: float) -> None:
    pixels = np.array(x)
    assume((np.abs(pixels - anchor) > 1e-3).all())
    stacks = stack_dots(pixels, base=0, height=250, anchor=anchor)
    assert ((stacks.x > anchor) == (pixels > anchor)).all()


def test_values_on_the_benchmark_stand_over_it() -> None:
    stacks = stack_dots(np.full(5, 300.0), base=0, height=250, anchor=300.0)
    assert set(stacks.x.tolist()) == {300.0}


@given(x=st.lists(places, min_size=1, max_size=120))
def test_every_value_finds_its_own_stack(x: list[float]) -> None:
    stacks = stack_dots(np.array(x), base=0, height=250, anchor=200.0)
    assert all(stacks.top_of(value) is not None for value in x)


@given(
    values=st.lists(st.floats(0, 1), min_size=1, max_size=10),
    least=st.floats(0.01, 0.5),
)
def test_an_axis_holds_its_values_is_wide_enough_and_stays_a_share(values: list[float], least: float) -> None:
    low, high = value_range(values, least=least, floor=0.0, ceiling=1.0)
    assert 0 <= low <= min(values)
    assert max(values) <= high <= 1
    assert high - low >= least - 1e-9


@given(low=st.floats(0, 1e5), span=st.floats(1e-2, 1e5), most=st.integers(2, 5))
def test_ticks_lie_on_the_axis_and_read_differently(low: float, span: float, most: int) -> None:
    assume(span > low * 0.05)
    ticks, decimals = tick_values(low, low + span, most)
    assert all(low - 1e-5 * span <= t <= low + span * 1.00001 for t in ticks)
    labels = [f"{t:.{decimals}f}" for t in ticks]
    assert len(set(labels)) == len(labels)


def test_a_scale_maps_its_ends_and_knows_what_it_holds() -> None:
    scale = Scale(0.0, 0.5, 100.0, 200.0)
    assert scale.at(0.25) == 150.0
    assert scale.all_at(np.array([0.0, 0.5])).tolist() == [100.0, 200.0]
    assert scale.holds(0.5)
    assert not scale.holds(0.51)
