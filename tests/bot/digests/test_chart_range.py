"""What the trend shows: its axis, the usual range, few cases, and what was set aside."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.colors import to_hex
from matplotlib.lines import Line2D

from bot.digests import chart_pen as colours
from bot.digests.chart_alt import alt_text
from bot.digests.chart_range import shown_in_trend
from bot.digests.facts import PersonPicture, Spread
from tests.bot.digests.chart_samples import alone, peers, person
from tests.bot.digests.test_chart import assert_readable, boxes, composed, lines_of, words_of

RANGE = "your usual range"


def with_range(low: float, high: float, values: float = 0.08) -> PersonPicture:
    """A person whose months ripple around one value, between two limits."""
    months = values + 0.005 * np.sin(np.arange(24))
    limits = np.ones(24)
    return replace(person(), values=months, centre=limits * values, lower=limits * low, upper=limits * high)


# -- the usual range ------------------------------------------------------------------------------------


def test_a_usual_range_that_fills_the_axis_is_neither_drawn_nor_told() -> None:
    full = with_range(0.0, 1.0, 0.5)
    shown = shown_in_trend(peers(), full)
    assert shown.lower is None
    assert RANGE not in words_of(peers(), full)
    assert RANGE not in alt_text(peers(), full)
    assert shown.high - shown.low < 0.1


def test_a_usual_range_with_an_edge_in_sight_is_drawn_and_told() -> None:
    shown = shown_in_trend(peers(), with_range(0.06, 0.1))
    assert shown.upper is not None
    assert shown.low < 0.06
    assert shown.high > 0.1
    assert RANGE in words_of(peers(), with_range(0.06, 0.1))


@pytest.mark.parametrize(("cases", "drawn"), [(4.0, False), (5.0, True)])
def test_periods_of_under_five_cases_have_no_usual_range(cases: float, drawn: bool) -> None:
    who = replace(
        with_range(0.06, 0.1), numerators=np.zeros(24), denominators=np.where(np.arange(24) < 11, 40, cases)
    )
    assert (RANGE in words_of(peers(), who)) is drawn
    assert (RANGE in alt_text(peers(), who)) is drawn


def test_a_spike_of_the_usual_range_does_not_set_the_axis() -> None:
    who = with_range(0.06, 0.1)
    assert who.upper is not None
    spike = who.upper.copy()
    spike[:2] = 0.7
    assert shown_in_trend(peers(), replace(who, upper=spike)).high < 0.13


def test_a_usual_range_far_from_the_line_does_not_press_it_flat() -> None:
    shown = shown_in_trend(peers(), with_range(0.07, 0.6))
    assert shown.high - shown.low < 0.15


def test_a_tooth_of_the_usual_range_is_drawn_flat_and_a_step_stays() -> None:
    who = with_range(0.06, 0.1)
    assert who.lower is not None
    assert who.upper is not None
    move = np.where(np.arange(24) >= 12, 0.02, 0.0)
    tooth = np.where(np.arange(24) == 6, 0.005, 0.0)
    shown = shown_in_trend(
        peers(), replace(who, lower=who.lower + move + tooth, upper=who.upper + move + tooth)
    )
    assert shown.upper is not None
    assert np.allclose(shown.upper, who.upper + move)


@settings(deadline=None)
@given(st.lists(st.floats(-0.03, 0.03), min_size=24, max_size=24), st.floats(0.005, 0.05))
def test_no_point_is_drawn_on_another_side_of_the_range_than_it_was_judged(
    moves: list[float], half: float
) -> None:
    centre = 0.1 + np.array(moves)
    who = replace(person(), centre=centre, lower=centre - half, upper=centre + half)
    shown = shown_in_trend(peers(), who)
    if shown.lower is None or shown.upper is None:
        return
    lower, upper = np.clip(centre - half, 0, 1), np.clip(centre + half, 0, 1)
    assert ((who.values < shown.lower) == (who.values < lower)).all()
    assert ((who.values > shown.upper) == (who.values > upper)).all()


def test_one_case_does_not_fill_the_height() -> None:
    months = np.where(np.arange(24) % 5 == 0, 0.25, 0.0)
    shown = shown_in_trend(alone(), replace(few(0, 4), values=months))
    assert (shown.low, shown.high) == (0.0, 0.5)


# -- few cases, and what was set aside --------------------------------------------------------------------


def few(count: float, total: float, value: float | None = None) -> PersonPicture:
    """A person whose months are so many of so many; `value`: what is left of it after some were set aside."""
    months = np.full(24, count / total if value is None else value)
    counts, totals = np.full(24, count), np.full(24, total)
    return replace(
        person(), values=months, centre=None, lower=None, upper=None, numerators=counts, denominators=totals
    )


def test_a_latest_period_of_few_cases_is_told_in_counts() -> None:
    assert "0 of 2" in words_of(alone(), few(0, 2))
    assert "to 0 of 2 (Dec 2025)" in alt_text(alone(), few(0, 2)).replace("\u00a0", " ")
    assert "0 of 10" not in words_of(alone(), few(0, 10))


def test_few_cases_of_which_some_were_set_aside_have_their_date_alone() -> None:
    words = words_of(alone(), few(1, 4, 0.0))
    assert words[words.index("Dec") - 1] != "0 %"
    assert "1 of 4" not in words
    assert words[-1] == "Dec"


def test_the_line_says_why_it_stops_where_what_followed_was_set_aside() -> None:
    who = few(1, 4)
    months = who.values.copy()
    months[20:] = np.nan
    gone = np.isnan(months)
    assert "set aside" in words_of(alone(), replace(who, values=months, set_aside=gone))
    assert "set aside" in alt_text(alone(), replace(who, values=months, set_aside=gone))
    assert "set aside" not in words_of(alone(), replace(who, values=months))


@settings(max_examples=20, deadline=None)
@given(st.integers(10, 23), st.floats(0, 1), st.floats(0, 1), st.booleans(), st.booleans())
def test_its_words_stand_clear_of_all_others(
    stop: int, before: float, last: float, side_by_side: bool, with_goal: bool
) -> None:
    months = np.full(24, before)
    months[stop - 1] = last
    months[stop:] = np.nan
    who = replace(few(1, 4), values=months, set_aside=np.isnan(months))
    picture = peers() if side_by_side else alone()
    assert_readable(replace(picture, goal=before if with_goal else None), who)


# -- the group's range ------------------------------------------------------------------------------------


@settings(max_examples=20, deadline=None)
@given(st.floats(0, 0.9), st.floats(0.001, 0.1), st.booleans(), st.floats(0, 1), st.none() | st.floats(0, 1))
def test_the_groups_range_is_a_bar_with_a_label_of_its_own(
    low: float, size: float, middle: bool, own: float, goal: float | None
) -> None:
    picture = replace(alone(), spread=Spread(low, low + size, middle), goal=goal)
    who = replace(person(own), values=np.full(24, own), centre=None, lower=None, upper=None)
    assert_readable(picture, who)
    words = words_of(picture, who)
    assert ("half of" if middle else "your group") in words
    assert any(
        to_hex(line.get_color()) == colours.PEERS and xs[0] == xs[1]
        for line, xs, _ in lines_of(composed(picture, who))
    )


# -- the colleagues' axis ---------------------------------------------------------------------------------


def likely_ends(
    picture_values: tuple[float, ...], interval: tuple[float, float], value: float
) -> list[Line2D]:
    """The lines of the likely range's ends: upright where it ends, three points where it goes on."""
    picture = replace(peers(), values=picture_values, median=0.08, benchmark=0.05)
    found = lines_of(composed(picture, replace(person(value), interval=interval)))
    return [
        line
        for line, xs, ys in found
        if to_hex(line.get_color()) == colours.YOU
        and (len(xs) == 3 or abs(ys[0] - ys[-1]) == 16)
        and xs[0] < 620
    ]


def test_the_axis_holds_the_readers_likely_range() -> None:
    values = tuple(np.linspace(0.05, 0.12, 20).tolist())
    ends = likely_ends(values, (0.1, 0.16), 0.12)
    assert all(len(np.asarray(line.get_xdata())) == 2 for line in ends)


def test_it_leaves_the_colleagues_half_of_the_width() -> None:
    values = tuple(np.linspace(0.05, 0.12, 20).tolist())
    ends = likely_ends(values, (0.06, 0.4), 0.12)
    assert any(len(np.asarray(line.get_xdata())) == 3 for line in ends)


def test_a_tick_near_the_colleagues_has_its_number_though_pointers_stand_there() -> None:
    values = (0.4, *np.linspace(0.7, 0.752, 13).tolist())
    picture = replace(peers(), values=tuple(values), median=0.726, benchmark=0.75, quartiles=(0.71, 0.74))
    figure = composed(picture, person(0.4))
    numbers = {words.replace("\u00a0", " ") for words, _, box in boxes(figure) if box.x1 < 620}
    assert "70 %" in numbers
    assert_readable(picture, person(0.4))
