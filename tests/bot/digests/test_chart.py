"""The picture as a reader sees it: read back from matplotlib's own artists and from the PNG's pixels."""

from __future__ import annotations

import hashlib
import io
import os
import subprocess
import sys
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text
from matplotlib.transforms import Bbox
from PIL import Image

from bot.comparison.types import FloatArray
from bot.digests import chart_pen as colours
from bot.digests.chart import WIDTH, PeerLayer, compose
from bot.digests.chart_pen import DPI
from bot.digests.facts import PeerPicture, PersonPicture
from storage.terms import Counts, Direction, Kind, PeriodLength
from tests.bot.digests.chart_samples import MEASURE, MONTHS, alone, band, peers, person

# A picture takes a tenth of a second: shrinking a failure would take minutes and say little more.
QUICKLY = (Phase.explicit, Phase.reuse, Phase.generate)
LONG_TITLE = (
    "Proportion of Direct Acting Oral Anticoagulants (DOACs) not prescribed as generic rivaroxaban "
    "or generic apixaban tablets"
)


def composed(picture: PeerPicture, who: PersonPicture) -> Figure:
    figure = Figure(dpi=DPI)
    compose(figure, picture, who)
    return figure


def words_of(picture: PeerPicture, who: PersonPicture) -> list[str]:
    return [text.get_text().replace("\u00a0", " ") for text in texts_of(composed(picture, who))]


def texts_of(figure: Figure) -> list[Text]:
    return [artist for artist in figure.artists if isinstance(artist, Text)]


def lines_of(figure: Figure) -> list[tuple[Line2D, FloatArray, FloatArray]]:
    """Lines (not dots) with their pixels."""
    lines = [artist for artist in figure.artists if isinstance(artist, Line2D)]
    return [
        (line, np.asarray(line.get_xdata(), np.float64), np.asarray(line.get_ydata(), np.float64))
        for line in lines
        if line.get_linestyle() == "-"
    ]


def boxes(figure: Figure) -> list[tuple[str, str, Bbox]]:
    """Each line of text: its words, its colour, and its box without the empty room between lines."""
    found = []
    for text in texts_of(figure):
        box = text.get_window_extent()
        found.append((text.get_text(), to_hex(text.get_color()), box))
    return found


def assert_readable(picture: PeerPicture, who: PersonPicture) -> None:
    figure = composed(picture, who)
    height = figure.get_size_inches()[1] * DPI
    texts = boxes(figure)
    for words, _, box in texts:
        assert box.x0 >= 0, words
        assert box.x1 <= WIDTH, words
        assert box.y0 >= 0, words
        assert box.y1 <= height, words
    for (one, _, a), (two, _, b) in combinations(texts, 2):
        shared = min(a.x1, b.x1) - max(a.x0, b.x0), min(a.y1, b.y1) - max(a.y0, b.y0)
        # Boxes have the font's full line height: lines set close may share a few empty pixels.
        assert shared[0] <= 0 or shared[1] <= 4, (one, two)
    for line, xs, ys in lines_of(figure):
        if len(xs) != 2 or xs[0] != xs[1]:
            continue
        for words, colour, box in texts:
            crossed = box.x0 < xs[0] < box.x1 and min(ys) < box.y1 - 6 and max(ys) > box.y0 + 6
            assert not crossed or to_hex(line.get_color()) == colour, (words, xs[0])


def opened(png: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(png))
    image.load()
    return image


# -- what it says ---------------------------------------------------------------------------------------


def test_you_the_median_and_the_benchmark_are_labelled_with_their_values() -> None:
    words = words_of(peers(), person(0.081))
    assert "you 8.1 %" in words
    assert "some reached 5.0 %" in words
    assert any(w.startswith("half below ") for w in words)


def test_whoever_is_among_those_who_reached_it_reads_so() -> None:
    words = words_of(peers(), replace(person(0.081), sets_benchmark=True))
    assert "you and others 5.0 %" in words
    assert "some reached 5.0 %" not in words


def test_colleagues_who_are_not_drawn_are_counted_all_the_same() -> None:
    fewer = replace(peers(), values=peers().values[3:])
    assert "you and 105 colleagues (102 drawn)" in words_of(fewer, person())
    assert "you and 105 colleagues (103 drawn)" in words_of(fewer, replace(person(), drawn=False))


def test_a_panel_names_the_day_that_its_figures_are_of() -> None:
    panel = peers(measure=replace(MEASURE, counts=Counts.PANEL))
    assert any(w.endswith(", on 31 Dec 2025") for w in words_of(panel, person()))


def test_the_counts_the_interval_and_the_periods_are_stated() -> None:
    who = replace(person(), interval=(0.066, 0.095))
    words = words_of(peers(), who)
    # Its sample stands between.
    assert "618 of 902 antibiotic items," in words
    assert "likely 6.6–9.5 %, Oct–Dec 2025" in words


def test_an_interval_narrower_than_the_value_is_told_has_more_decimals_and_no_bar() -> None:
    who = replace(person(), interval=(0.0809, 0.0811))
    told = "618 of 902 antibiotic items, likely 8.09–8.11 %, Oct–Dec 2025"
    assert told in words_of(peers(), who)


def test_the_number_of_colleagues_is_stated() -> None:
    assert "you and 105 colleagues" in words_of(peers(106), person())


@pytest.mark.parametrize(
    ("direction", "words"),
    [
        (Direction.LOWER, "share of antibiotic items, lower is better"),
        (Direction.HIGHER, "share of antibiotic items, higher is better"),
        (Direction.NEUTRAL, "share of antibiotic items, neither high nor low is better"),
    ],
)
def test_the_direction_is_always_stated(direction: Direction, words: str) -> None:
    measure = replace(MEASURE, direction=direction)
    assert words in words_of(peers(measure=measure), person())
    assert words in words_of(replace(alone(), measure=measure), person())


def test_the_direction_survives_a_denominator_that_is_too_long_for_the_line() -> None:
    measure = replace(MEASURE, denominator="patients who " + "have a very long description " * 8)
    subtitle = next(w for w in words_of(peers(measure=measure), person()) if w.startswith("share of"))
    assert subtitle.endswith("…, lower is better")


def test_a_neutral_measure_has_no_colour_of_achievement() -> None:
    neutral = peers(measure=replace(MEASURE, direction=Direction.NEUTRAL))
    figure = composed(neutral, person())
    assert colours.REACHED not in {colour for _, colour, _ in boxes(figure)}


def test_a_rate_says_its_unit_with_your_value_and_in_the_subtitle() -> None:
    falls = replace(MEASURE, kind=Kind.RATE, per=1000, numerator="Falls", denominator="Bed days")
    words = words_of(peers(measure=falls, scale=100), person(8.1, scale=100))
    assert "falls per 1,000 bed days, lower is better" in words
    assert "you 8.1 per 1,000" in words


def test_a_mean_counts_what_was_added_up_and_over_how_many() -> None:
    stay = replace(MEASURE, kind=Kind.MEAN, numerator="Days", denominator="Stays")
    words = words_of(peers(measure=stay, scale=100), person(8.1, scale=100))
    assert "days, average over stays, lower is better" in words
    assert "618 days, 902 stays, Oct–Dec 2025" in words


def test_the_latest_value_is_labelled_with_its_period() -> None:
    words = words_of(peers(), replace(person(), values=np.full(24, 0.0771)))
    assert words[words.index("Dec") + 1] == "7.7 %"


def test_without_a_comparison_the_trend_stands_alone_and_says_so() -> None:
    why = "no comparison: fewer than five colleagues"
    words = words_of(alone(), replace(person(0.081), why_alone=why))
    assert why in words
    assert "you 8.1 %: 618 of 902 antibiotic items, Oct–Dec 2025" in words
    assert not any("half " in w or "reached" in w for w in words)


def test_under_ten_others_a_band_is_drawn_and_no_dots() -> None:
    figure = composed(band(), person(0.081))
    dots = [a for a in figure.artists if isinstance(a, Line2D) and a.get_marker() == "o"]
    assert dots
    assert all(to_hex(line.get_markerfacecolor()) != colours.PEERS for line in dots)
    assert "you and 6 colleagues (bar: middle half)" in words_of(band(), person())


def test_one_period_leaves_the_whole_width_to_the_distribution() -> None:
    picture = replace(peers(), periods=MONTHS[-1:], window_periods=(0,))
    words = words_of(picture, one_point(person()))
    assert "your own months" not in words
    assert "you 8.1 %" in words


def one_point(who: PersonPicture) -> PersonPicture:
    return replace(who, values=who.values[-1:], settled=who.settled[-1:], centre=None, lower=None, upper=None)


def test_young_periods_are_hollow_and_say_so() -> None:
    settled = np.ones(24, bool)
    settled[-2:] = False
    assert "may still change" in words_of(peers(), replace(person(), settled=settled))
    assert "may still change" not in words_of(peers(), person())


def test_missing_periods_leave_gaps_in_the_line() -> None:
    values = person().values.copy()
    values[5:8] = np.nan
    figure = composed(peers(), replace(person(), values=values))
    own = [ys for line, _, ys in lines_of(figure) if to_hex(line.get_color()) == colours.YOU]
    longest = max(own, key=len)
    assert np.isnan(longest).sum() == 3


def test_a_changed_measure_breaks_the_line_and_is_marked() -> None:
    assert "counted anew" in words_of(replace(peers(), changed_at=10), person())
    assert "counted anew" not in words_of(peers(), person())


def test_a_clinician_without_cases_sees_the_peers_and_is_told() -> None:
    nothing = np.full(24, np.nan)
    who = replace(person(None), values=nothing, centre=None, lower=None, upper=None)
    words = words_of(peers(), who)
    assert "no cases of yours, Oct–Dec 2025" in words
    assert "nothing to show yet" in words


# -- honest axes ----------------------------------------------------------------------------------------


def trend_ticks(picture: PeerPicture, who: PersonPicture) -> list[float]:
    figure = composed(picture, who)
    labels = [w for w, _, box in boxes(figure) if box.x0 >= 630 and box.x1 < 726 and w.endswith("%")]
    return [float(w.rstrip("%\u00a0")) for w in labels]


def test_a_trifling_variation_stays_small_on_the_trends_axis() -> None:
    flat = 0.08 + 0.0001 * np.sin(np.arange(24))
    who = replace(person(0.08), values=flat, centre=None, lower=None, upper=None)
    ticks = trend_ticks(peers(), who)
    assert ticks[-1] - ticks[0] >= 1.0


def test_the_axis_of_a_share_does_not_leave_0_to_100() -> None:
    ones = np.ones(24)
    who = replace(person(1.0), values=ones, centre=ones, lower=ones - 0.1, upper=ones + 0.1)
    ticks = trend_ticks(replace(peers(), benchmark=1.0), who)
    assert max(ticks) == 100


# -- readable whatever the numbers ----------------------------------------------------------------------


@settings(max_examples=60, deadline=None, phases=QUICKLY)
@given(
    you=st.floats(0, 1),
    benchmark=st.none() | st.floats(0, 1),
    median=st.floats(0, 1),
    near=st.sampled_from(["apart", "on the benchmark", "on the median", "all together"]),
    low=st.floats(0, 1),
    high=st.floats(0, 1),
    as_band=st.booleans(),
)
def test_labels_never_meet_or_leave_the_picture(
    you: float, benchmark: float | None, median: float, near: str, low: float, high: float, as_band: bool
) -> None:
    if benchmark is not None and near in ("on the benchmark", "all together"):
        you = min(1.0, benchmark + 0.001)
    if near in ("on the median", "all together"):
        you = median
    if near == "all together" and benchmark is not None:
        benchmark = median
    values = tuple(sorted([low, high, you, *np.linspace(min(low, high), max(low, high), 20).tolist()]))
    picture = replace(
        band() if as_band else peers(),
        values=values,
        benchmark=benchmark,
        median=median,
        quartiles=(min(low, high, median), max(low, high, median)),
    )
    shift = np.clip(person().values + you - 0.08, 0, 1)
    who = replace(person(you), values=shift, lower=shift - 0.02, upper=shift + 0.02, centre=shift)
    assert_readable(picture, replace(who, interval=(max(0.0, you - 0.1), min(1.0, you + 0.1))))


@settings(max_examples=30, deadline=None, phases=QUICKLY)
@given(
    exponent=st.floats(-3, 5),
    kind=st.sampled_from([Kind.RATE, Kind.MEAN, Kind.RATIO]),
    you=st.floats(0.01, 0.2),
    benchmark=st.none() | st.floats(0.01, 0.2),
)
def test_labels_of_any_magnitude_never_meet(
    exponent: float, kind: Kind, you: float, benchmark: float | None
) -> None:
    scale = 10.0**exponent
    measure = replace(MEASURE, kind=kind, per=1000)
    picture = replace(
        peers(measure=measure, scale=scale), benchmark=None if benchmark is None else benchmark * scale
    )
    assert_readable(picture, person(you * scale, scale=scale))


@pytest.mark.parametrize(
    "title", ["Falls", LONG_TITLE, LONG_TITLE * 3, "W" * 200, "Costs in $ and $x_1$", "血圧"]
)
def test_any_title_fits(title: str) -> None:
    measure = replace(MEASURE, title=title)
    assert_readable(peers(measure=measure), person())
    assert_readable(replace(alone(), measure=measure), person())


def test_weeks_over_a_new_year_fit() -> None:
    measure = replace(MEASURE, period=PeriodLength.WEEK)
    assert_readable(peers(measure=measure), replace(person(), settled=np.arange(24) < 20))


@pytest.mark.parametrize("count", [11, 140, 300])
def test_all_peers_equal_still_make_a_picture(count: int) -> None:
    for value in (0.0, 0.08, 1.0):
        picture = replace(
            peers(count), values=(value,) * count, median=value, quartiles=(value, value), benchmark=value
        )
        assert_readable(picture, person(value))


# -- the file -------------------------------------------------------------------------------------------


def test_the_layer_and_the_long_way_make_the_same_picture() -> None:
    who = replace(person(), interval=(0.066, 0.095))
    quick = opened(PeerLayer(peers()).draw(who).png).convert("RGB")
    slow = io.BytesIO()
    composed(peers(), who).savefig(slow, format="png", facecolor="white")
    reference = opened(slow.getvalue()).convert("RGB")
    assert quick.size == reference.size
    # As people see it; the quick way has fewer colours and sets words on whole pixels.
    shown = [np.asarray(image.resize((480, 264)), float) for image in (quick, reference)]
    assert np.abs(shown[0] - shown[1]).mean() < 1.0


def test_the_picture_is_1200_wide_small_and_on_white() -> None:
    picture = PeerLayer(peers()).draw(person())
    image = opened(picture.png)
    assert image.width == 1200
    assert len(picture.png) < 60_000
    assert image.convert("RGB").getpixel((2, 2)) == (255, 255, 255)


def test_nothing_of_one_person_stays_for_the_next() -> None:
    layer = PeerLayer(peers())
    before = layer.draw(person(0.06)).png
    layer.draw(replace(person(0.11), interval=(0.05, 0.2)))
    layer.draw(person(0.4))
    assert layer.draw(person(0.06)).png == before


def test_a_value_off_the_groups_axis_is_drawn_on_an_axis_of_its_own() -> None:
    layer = PeerLayer(peers())
    far = opened(layer.draw(person(0.4)).png).convert("RGB")
    blue = (np.abs(np.asarray(far, int) - np.array([23, 71, 158])).sum(axis=2) < 30)[150:, :650]
    assert blue.any()
    assert np.flatnonzero(blue.any(axis=0)).max() < 640


DRAW_ONE = """
import hashlib
from bot.digests.chart import PeerLayer
from tests.bot.digests.chart_samples import alone, band, peers, person
for picture in (peers(), band(), alone()):
    made = PeerLayer(picture).draw(person())
    print(hashlib.sha256(made.png + made.alt_text.encode()).hexdigest())
"""


def test_the_bytes_are_the_same_in_another_process_with_another_hash_seed() -> None:
    here = []
    for picture in (peers(), band(), alone()):
        made = PeerLayer(picture).draw(person())
        here.append(hashlib.sha256(made.png + made.alt_text.encode()).hexdigest())
    environment = {**os.environ, "PYTHONHASHSEED": "11", "TZ": "Pacific/Auckland", "LC_ALL": "C"}
    there = subprocess.run(
        [sys.executable, "-c", DRAW_ONE],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
        cwd=Path(__file__).parents[3],
        timeout=120,
    )
    assert there.stdout.split() == here


def test_the_file_carries_no_date_and_no_software() -> None:
    assert set(opened(PeerLayer(peers()).draw(person()).png).info) <= {"transparency"}


def test_arrays_of_another_length_are_refused_with_a_reason() -> None:
    with pytest.raises(ValueError, match="24 periods"):
        PeerLayer(peers()).draw(replace(person(), values=np.ones(3)))


# -- for those who do not see it, or not its colours ----------------------------------------------------


def test_the_alt_text_tells_what_the_picture_shows() -> None:
    alt = PeerLayer(peers()).draw(person(0.081)).alt_text.replace("\u00a0", " ")
    assert len(alt) < 420
    for part in ("Broad-spectrum antibiotics", "lower is better", "You: 8.1 %, 618 of 902", "Oct–Dec 2025"):
        assert part in alt
    assert "105 colleagues" in alt
    assert "some have reached 5.0 %" in alt


def test_the_alt_text_stays_within_slacks_limit() -> None:
    measure = replace(MEASURE, title="Long " * 300, denominator="patients " * 200)
    assert len(PeerLayer(peers(measure=measure)).draw(person()).alt_text) <= 2000


def luminance(colour: str) -> float:
    channels = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
    return float(np.dot([0.2126, 0.7152, 0.0722], channels))


def contrast(one: str, two: str) -> float:
    """WCAG 2.2, contrast ratio."""
    high, low = sorted((luminance(one), luminance(two)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("colour", [colours.INK, colours.TEXT, colours.YOU, colours.REACHED, colours.GOAL])
def test_text_has_the_contrast_that_wcag_asks_for(colour: str) -> None:
    assert contrast(colour, colours.WHITE) >= 4.5


# Viénot, Brettel & Mollon 1999: what is left of linear RGB without long or medium cones.
DICHROMATS = {
    "protan": [[0.11238, 0.88762, 0.0], [0.11238, 0.88762, 0.0], [0.00401, -0.00401, 1.0]],
    "deutan": [[0.29275, 0.70725, 0.0], [0.29275, 0.70725, 0.0], [-0.02234, 0.02234, 1.0]],
}


@pytest.mark.parametrize("kind", sorted(DICHROMATS))
def test_you_colleagues_and_the_benchmark_differ_for_the_colour_blind(kind: str) -> None:
    def seen(colour: str) -> np.ndarray:
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
        left = np.clip(np.array(DICHROMATS[kind]) @ linear, 0, 1)
        return np.asarray(np.where(left <= 0.0031308, 12.92 * left, 1.055 * left ** (1 / 2.4) - 0.055))

    for one, two in combinations(
        (colours.YOU, colours.REACHED, colours.GOAL, colours.PEERS, colours.WHITE), 2
    ):
        assert np.linalg.norm(seen(one) - seen(two)) > 0.25, (one, two)


def test_your_dot_differs_from_a_colleagues_in_lightness_and_size_too() -> None:
    assert contrast(colours.YOU, colours.PEERS) >= 3
