"""The picture of a unit's months, read back from matplotlib's own artists and from the PNG."""

from __future__ import annotations

import io
from datetime import date
from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Polygon
from matplotlib.text import Text
from PIL import Image

from bot.digests import chart_pen
from bot.ideas.figures import chart
from bot.ideas.figures.chart import (
    HEIGHT,
    WIDTH,
    MonthOfIdeas,
    alt_text,
    as_payload,
    compose,
    count_months,
    draw_months,
    from_payload,
)
from bot.ideas.figures.metrics import month_before
from storage.terms import IdeaState

TITLE = "Ideas in Ash Ward"
MONTHS = (
    MonthOfIdeas(date(2026, 8, 1), confirmed=3, in_progress=1, otherwise=2),
    MonthOfIdeas(date(2026, 9, 1)),
    MonthOfIdeas(date(2026, 10, 1), confirmed=1, in_progress=2, otherwise=1, waiting=4),
)
# Drawing takes a twentieth of a second: shrinking a failure would take long and say little more.
QUICKLY = (Phase.explicit, Phase.reuse, Phase.generate)


def composed(months: tuple[MonthOfIdeas, ...] = MONTHS, title: str = TITLE) -> Figure:
    figure = Figure(dpi=chart_pen.DPI)
    compose(figure, months, title)
    return figure


def words(figure: Figure) -> list[str]:
    return [artist.get_text() for artist in figure.artists if isinstance(artist, Text)]


def test_the_parts_stand_in_words_with_how_many_there_are() -> None:
    found = words(composed())
    for part, number in (
        ("in place and confirmed", "4"),
        ("in progress", "3"),
        ("no, not now or tried", "3"),
        ("waiting for an answer", "4"),
    ):
        assert found[found.index(part) - 1] == number


def test_each_column_has_its_month_and_its_number() -> None:
    found = words(composed())
    assert [word for word in found if word in ("Aug", "Sep", "Oct", "2026")] == ["Aug", "2026", "Sep", "Oct"]
    assert {"6", "8"} <= set(found)


def test_a_column_is_as_high_as_its_ideas() -> None:
    boxes = [artist.get_xy() for artist in composed().artists if isinstance(artist, Polygon)]
    heights = [float(np.ptp(box[:, 1])) for box in boxes][:7]
    unit = heights[1]
    assert [round(height / unit) for height in heights] == [3, 1, 2, 1, 2, 1, 4]


def test_the_parts_differ_in_lightness_so_that_no_colour_has_to_be_told() -> None:
    def lightness(colour: str) -> float:
        red, green, blue = to_rgb(colour)
        return float(0.2126 * red**2.2 + 0.7152 * green**2.2 + 0.0722 * blue**2.2)

    shades = [chart.CONFIRMED, chart.IN_PROGRESS, chart.OTHERWISE, chart.WAITING]
    light = [lightness(shade) for shade in shades]
    assert light == sorted(light)
    assert all((b + 0.05) / (a + 0.05) > 1.2 for a, b in pairwise(light))


def test_the_alt_text_says_what_the_picture_shows() -> None:
    assert alt_text(MONTHS, TITLE) == (
        "Ideas in Ash Ward, August–October 2026, by the month in which they were handed in: "
        "4 in place and confirmed; 3 in progress; 3 no, not now or tried; 4 waiting for an answer. "
        "August: 3 in place and confirmed; 1 in progress; 2 no, not now or tried. September: none. "
        "October: 1 in place and confirmed; 2 in progress; 1 no, not now or tried; 4 waiting for an answer."
    )


def test_the_same_numbers_give_the_same_bytes_and_survive_being_kept() -> None:
    kept = from_payload(as_payload(MONTHS))
    assert kept == MONTHS
    assert draw_months(kept, TITLE).png == draw_months(MONTHS, TITLE).png


def test_the_png_is_as_wide_as_it_should_be_and_has_no_colour_but_its_own_kind_of_white() -> None:
    image = Image.open(io.BytesIO(draw_months(MONTHS, TITLE).png))
    assert image.size == (WIDTH, HEIGHT)
    assert image.convert("RGB").getpixel((2, 2)) == (255, 255, 255)


def test_merged_and_withdrawn_ideas_are_left_out_and_every_other_state_has_its_part() -> None:
    first = date(2026, 8, 1)
    (month,) = count_months([first], [(first, state) for state in IdeaState])
    assert (month.confirmed, month.in_progress, month.otherwise, month.waiting) == (1, 5, 3, 2)
    assert month.all == len(IdeaState) - 2


def test_no_month_cannot_be_drawn() -> None:
    with pytest.raises(ValueError, match="no month"):
        draw_months((), TITLE)


numbers = st.integers(0, 400)


@settings(max_examples=15, phases=QUICKLY, deadline=None)
@given(
    st.lists(st.tuples(numbers, numbers, numbers, numbers), min_size=1, max_size=12),
    st.text(max_size=200),
)
def test_nothing_is_cut_off_and_no_words_overlap(counts: list[tuple[int, int, int, int]], title: str) -> None:
    last = date(2026, 10, 1)
    months = tuple(
        MonthOfIdeas(month_before(last, back), *parts)
        for back, parts in zip(range(len(counts) - 1, -1, -1), counts, strict=True)
    )
    figure = composed(months, title)
    boxes = [
        (text.get_text(), text.get_window_extent())
        for text in figure.artists
        if isinstance(text, Text) and text.get_text().strip()
    ]
    for word, box in boxes:
        assert box.x0 >= 0, word
        assert box.x1 <= WIDTH, word
        assert box.y0 >= 0, word
        assert box.y1 <= HEIGHT, word
    for (one, a), (two, b) in combinations(boxes, 2):
        shared = min(a.x1, b.x1) - max(a.x0, b.x0), min(a.y1, b.y1) - max(a.y0, b.y0)
        assert shared[0] <= 0 or shared[1] <= 6, (one, two)
    assert len(alt_text(months, title)) <= 2000
    assert to_hex(figure.get_facecolor()) == "#ffffff"
