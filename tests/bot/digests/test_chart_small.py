"""The picture of all own trends, read back from matplotlib's own artists and from the PNG's pixels."""

from __future__ import annotations

import io
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text
from PIL import Image

from bot.digests import chart_pen as colours
from bot.digests.chart_grid import WIDTH, YOUNG
from bot.digests.chart_pen import DPI
from bot.digests.chart_small import LATEST, MOST, alt_text, compose, draw_trends
from bot.digests.facts import Compared, GroupGoal, MeasureView, MessageType, Reported
from bot.digests.trends import OwnTrend, as_json, from_json, own_trends
from storage.terms import Direction, Domain, Kind, Mode, PeriodLength
from tests.bot.digests.made import view

QUICKLY = (Phase.explicit, Phase.reuse, Phase.generate)
# 26 of 1,200 pixels are eight on a phone of 360, and ten at 480.
LEAST_TEXT = 25.0


def wavy(made: MeasureView, seed: int = 1) -> MeasureView:
    value = made.result.value or 1.0
    noise = np.random.default_rng(seed).normal(0, 0.05, len(made.periods))
    trend = replace(made.result.trend, values=np.minimum(value * (1 + noise), 1.0 if value <= 1 else np.inf))
    return replace(made, result=replace(made.result, trend=trend))


VIEWS = [
    wavy(view(key="a")),
    wavy(view(Kind.RATE, MessageType.GAP, key="b")),
    wavy(view(Kind.MEAN, key="c")),
    wavy(view(Kind.RATIO, key="d")),
    wavy(view(key="e", period=PeriodLength.MONTH, title="Antibiotics that were broad-spectrum")),
    wavy(view(key="f", compared=Compared.TOO_FEW_PEERS, direction=Direction.NEUTRAL)),
]
TRENDS = own_trends(VIEWS)


def composed(trends: Any = TRENDS) -> Figure:
    figure = Figure(dpi=DPI)
    compose(figure, trends)
    return figure


def texts_of(figure: Figure) -> list[Text]:
    return [artist for artist in figure.artists if isinstance(artist, Text)]


def words_of(trends: Any) -> list[str]:
    return [text.get_text().replace("\u00a0", " ") for text in texts_of(composed(trends))]


def lines_of(figure: Figure, colour: str) -> list[Line2D]:
    return [
        a
        for a in figure.artists
        if isinstance(a, Line2D) and a.get_linestyle() == "-" and to_hex(str(a.get_color())) == colour
    ]


def assert_readable(trends: Any) -> None:
    figure = composed(trends)
    height = figure.get_size_inches()[1] * DPI
    found = [(text, text.get_window_extent()) for text in texts_of(figure)]
    for text, box in found:
        assert box.x0 >= 0, text.get_text()
        assert box.x1 <= WIDTH, text.get_text()
        assert box.y0 >= 0, text.get_text()
        assert box.y1 <= height, text.get_text()
    for (one, a), (other, b) in combinations(found, 2):
        across = min(a.x1, b.x1) - max(a.x0, b.x0)
        # Boxes hold a line's empty room above and below: a fifth may overlap.
        down = min(a.y1, b.y1) - max(a.y0, b.y0)
        close = across > 1 and down > 0.35 * min(a.height, b.height)
        assert not close, (one.get_text(), other.get_text())


def test_every_measure_has_its_panel_with_its_words_beside_it() -> None:
    words = words_of(TRENDS)
    for trend in TRENDS:
        assert trend.title.split()[0] in " ".join(words)
    assert words.count("higher is better") == 2
    assert "per 1,000, lower is better" in words
    assert "neither high nor low is better" in words
    assert any(text.startswith(LATEST) for text in words)
    assert "Your weeks, 20 Jan – 20 Jul 2025" in words
    assert any(text.startswith("Your months, ") for text in words)


def test_the_middle_of_colleagues_stands_only_where_there_is_a_comparison() -> None:
    compared = lines_of(composed(TRENDS[:1]), colours.PEERS)
    assert len(compared) == 1
    alone = own_trends([view(compared=Compared.TOO_FEW_PEERS)])
    assert alone[0].median is None
    assert lines_of(composed(alone), colours.PEERS) == []
    assert not [text for text in words_of(alone) if "colleagues" in text]


def test_an_unadjusted_outcome_and_a_single_case_are_not_compared() -> None:
    (outcome,) = own_trends([view(domain=Domain.OUTCOME)])
    assert outcome.median is None
    assert own_trends([view(mode=Mode.UNCONSTRAINED, compared=Compared.OTHER_MODE)]) == ()


def test_far_colleagues_are_an_arrow_and_do_not_press_the_line_flat() -> None:
    far = replace(TRENDS[1], median=500.0)
    assert lines_of(composed([far]), colours.PEERS) == []
    assert [text for text in words_of([far]) if text.startswith("↑ colleagues 500")]
    assert [text for text in words_of([replace(far, median=0.001)]) if text.startswith("↓ colleagues")]


def test_an_adopted_goal_is_a_thin_labelled_line_and_a_far_one_an_arrow() -> None:
    goal = replace(TRENDS[0], goal=0.9, window=tuple(range(14, 26)))
    dashed = [
        line
        for line in composed([goal]).artists
        if isinstance(line, Line2D) and to_hex(str(line.get_color())) == colours.GOAL
    ]
    assert len(dashed) == 1
    assert dashed[0].get_linewidth() < 4 * 72 / DPI
    assert "goal 90 %" in words_of([goal])
    assert "goal 90 %" in alt_text([goal]).replace("\u00a0", " ")
    far = replace(TRENDS[1], goal=900.0)
    assert [text for text in words_of([far]) if text.startswith("↑ goal 900")]
    assert not [text for text in words_of(TRENDS) if "goal" in text]
    assert_readable([goal, far, replace(goal, median=0.89)])


def test_what_is_set_aside_is_shown_beside_what_was_imported() -> None:
    aside = replace(TRENDS[0], value=0.91, reported=0.88, set_aside=3.0)
    assert "88 %; 91.0 % without 3 set aside" in words_of([aside])
    assert "91.0 % without 3 set aside" in alt_text([aside]).replace("\u00a0", " ")
    none_left = replace(aside, value=None)
    assert "88 %; all of it is set aside" in words_of([none_left])
    assert_readable([aside, TRENDS[1], replace(TRENDS[2], value=8.1, reported=9.4, set_aside=12.0)])


def test_a_view_with_a_goal_and_something_set_aside_keeps_both() -> None:
    made = replace(
        VIEWS[0],
        goal=GroupGoal(0.95, VIEWS[0].last_day),
        reported=Reported(numerator=80, denominator=100, value=0.8, set_aside=4),
    )
    (trend,) = own_trends([made])
    assert (trend.goal, trend.reported, trend.set_aside) == (0.95, 0.8, 4.0)
    assert trend.value == pytest.approx(made.result.value, rel=1e-4)
    assert trend.key == "a"
    assert from_json(json.loads(json.dumps(as_json(trend)))) == trend


def test_a_trend_from_before_goals_were_kept_is_read() -> None:
    stored = {
        name: value for name, value in as_json(TRENDS[0]).items() if name not in ("key", "value", "benchmark")
    }
    assert from_json(stored) == replace(TRENDS[0], key="", value=None, benchmark=None)


def test_what_may_still_change_is_hollow_and_is_not_the_number_told() -> None:
    trend = TRENDS[0]
    young = replace(trend, firm=len(trend.values) - 2)
    assert YOUNG in words_of([young])
    assert YOUNG not in words_of([trend])
    told = young.values[young.firm - 1]
    assert told is not None
    assert f"{100 * told:.0f} %" in words_of([young])


def test_a_new_definition_breaks_the_line() -> None:
    trend = replace(TRENDS[0], changed_at=10)
    (line,) = lines_of(composed([trend]), colours.YOU)
    assert np.isnan(np.asarray(line.get_ydata(), float)).sum() == 1


def test_panels_of_one_period_share_their_time_axis() -> None:
    late = replace(
        TRENDS[0], starts=TRENDS[0].starts[13:], values=TRENDS[0].values[13:], firm=13, window=(12,)
    )
    whole, half = lines_of(composed([TRENDS[0], late]), colours.YOU)
    xs, ys = (np.asarray(line.get_xdata(), float) for line in (whole, half))
    assert xs[-1] - xs[13] == pytest.approx(ys[-1] - ys[0])


def test_the_same_trends_give_the_same_bytes() -> None:
    once, twice = draw_trends(TRENDS), draw_trends(TRENDS)
    assert once == twice
    with Image.open(io.BytesIO(once.png)) as image:
        assert image.width == WIDTH
    assert len(once.png) < 300_000


def test_several_at_once_are_drawn_as_one_alone() -> None:
    alone = [draw_trends(TRENDS[:2]), draw_trends(TRENDS[2:])]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(draw_trends, [TRENDS[:2], TRENDS[2:]] * 3))
    assert together == alone * 3


def test_text_is_large_enough_for_a_phone() -> None:
    sizes = {
        round(float(text.get_fontsize()) * DPI / 72, 1): text.get_text() for text in texts_of(composed())
    }
    assert min(sizes) >= LEAST_TEXT, sizes[min(sizes)]


def test_the_words_are_readable() -> None:
    assert_readable(TRENDS)
    assert_readable(TRENDS[:1])


def test_more_than_two_dozen_are_told_and_not_drawn() -> None:
    many = (TRENDS[:4] * 8)[: MOST + 3]
    assert "and 3 more: “More measures” under your digest lists all" in words_of(many)


def test_nothing_to_draw_is_an_error() -> None:
    with pytest.raises(ValueError, match="no trend"):
        draw_trends([])


def test_the_alt_text_tells_each_measure_and_fits() -> None:
    text = alt_text(TRENDS).replace("\u00a0", " ")
    assert text.startswith("Your own trends, 6 measures. Clot risk assessed within 14 hours: from ")
    assert "the middle of colleagues 90 %" in text
    long = [replace(trend, title="x" * 150) for trend in TRENDS * 4]
    assert len(alt_text(long)) <= 2000


def test_a_trend_comes_back_from_storage_as_it_was() -> None:
    moved = (TRENDS[0].starts[0] + timedelta(days=1), *TRENDS[0].starts[1:])
    for trend in [*TRENDS, replace(TRENDS[0], starts=moved)]:
        assert from_json(json.loads(json.dumps(as_json(trend)))) == trend


_titles = st.one_of(st.text(min_size=1, max_size=120), st.sampled_from(["שלום " * 9, "👩🏽‍⚕️" * 9, "W" * 200]))


@settings(max_examples=8, deadline=None, phases=QUICKLY)
@given(
    title=_titles,
    values=st.lists(st.none() | st.floats(0, 1), min_size=1, max_size=26).filter(
        lambda given: any(value is not None for value in given)
    ),
    median=st.none() | st.floats(0, 1),
    firm=st.integers(0, 26),
)
def test_any_title_and_any_values_are_drawn_within_the_picture(
    title: str, values: list[float | None], median: float | None, firm: int
) -> None:
    count = len(values)
    trend = OwnTrend(
        title=title,
        kind=Kind.PROPORTION,
        direction=Direction.HIGHER,
        per=1.0,
        period=PeriodLength.WEEK,
        starts=TRENDS[0].starts[:count],
        values=tuple(values),
        firm=min(firm, count),
        median=median,
        window=tuple(range(max(0, count - 12), count)) if median is not None else (),
    )
    assert_readable([trend, TRENDS[1]])
    assert draw_trends([trend]).png.startswith(b"\x89PNG")
