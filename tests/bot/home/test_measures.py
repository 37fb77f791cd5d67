"""The page "All my measures": from what a digest kept, in pages, without a word about colleagues where none
may be told."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.digests.blame import blame_words
from bot.digests.facts import Compared, GroupGoal, MeasureView, MessageType, Reported
from bot.digests.own_measures import OwnMeasure, as_json, from_json, own_measures, trend_words
from bot.digests.select import Choice, choose
from bot.digests.trends import own_trends
from bot.digests.values import format_value
from bot.home.facts import MeasureLine
from bot.home.measures import MEASURES, ON_A_PAGE, PAGE, lines_blocks, measure_lines, measures_view
from bot.language.language import NO_BREAK, british
from storage.terms import Kind, Mode
from tests.bot.digests.made import WEEK, view


def kept(*views: MeasureView) -> tuple[OwnMeasure, ...]:
    choice = choose(views, [], week=WEEK)
    assert isinstance(choice, Choice)
    return own_measures(choice, WEEK, british())


def words(page: dict[str, object]) -> str:
    blocks = page["blocks"]
    assert isinstance(blocks, list)
    return "\n".join(block["text"]["text"] for block in blocks if block["type"] == "section")


def test_a_measure_tells_its_figures_its_trend_why_it_matters_and_when_it_led() -> None:
    (one,) = kept(view(says=MessageType.GAIN))
    text = words(measures_view((one,), {one.key: "2025-W20"}, WEEK))
    assert text.splitlines() == [
        "Your one measure, as of your digest of 14–20 July. Only you see this.",
        *one.told.splitlines(),
        f"*Trend.* {one.trend}",
        f"*Why it matters.* {one.why}",
        "*Last message.* It led your digest of 12–18 May.",
    ]
    assert "some have reached 96" in one.told
    assert one.trend.startswith("It went from ")
    assert not blame_words(text)


def test_a_measure_that_never_led_says_so_and_a_steady_one_says_that_nothing_lasted() -> None:
    level = replace(view().result.trend, values=np.full(26, 0.6))
    (one,) = kept(view(result={"trend": level}))
    assert one.trend == "No lasting change over the weeks shown."
    assert "It has not led a digest yet." in words(measures_view((one,), {}, WEEK))


@pytest.mark.parametrize("mode", [Mode.CONSTRAINED, Mode.UNCONSTRAINED])
def test_where_nobody_is_compared_no_colleague_is_in_what_is_kept(mode: Mode) -> None:
    told = kept(
        view(says=MessageType.GAIN),
        view(mode=mode, compared=Compared.OTHER_MODE, says=MessageType.GAIN, key="other"),
    )
    other = next(one for one in told if one.key == "other")
    assert "olleagues" not in f"{other.told} {other.trend}"
    assert "moved" not in other.trend


def test_of_single_cases_there_is_no_trend() -> None:
    assert trend_words(view(mode=Mode.UNCONSTRAINED, compared=Compared.OTHER_MODE), british()) == ""


@pytest.mark.parametrize("kind", list(Kind))
def test_what_is_stored_is_what_is_read(kind: Kind) -> None:
    told = kept(view(kind), view(kind, MessageType.GAIN, key="another"))
    assert from_json(json.loads(json.dumps(as_json(told)))) == told


@given(count=st.integers(1, 60), first=st.integers(0, 100))
def test_pages_are_within_slacks_limits_and_together_hold_every_measure_once(count: int, first: int) -> None:
    many = tuple(OwnMeasure(f"m{i}", f"*{i}*\n{'word ' * 900}", "t " * 900, "w " * 900) for i in range(count))
    page = measures_view(many, {}, WEEK, first)
    assert len(page["blocks"]) <= 100
    assert len(json.dumps(page)) < 250_000
    assert all(len(block["text"]["text"]) <= 3000 for block in page["blocks"] if block["type"] == "section")
    seen = []
    for start in range(0, count, ON_A_PAGE):
        lines = words(measures_view(many, {}, WEEK, start)).splitlines()
        seen += [line for line in lines if line.startswith("*") and line.strip("*").isdecimal()]
    assert seen == [f"*{i}*" for i in range(count)]


def test_the_buttons_that_turn_pages_are_there_where_there_is_a_page() -> None:
    many = tuple(OwnMeasure(f"m{i}", f"*{i}*") for i in range(2 * ON_A_PAGE + 1))

    def turning(first: int) -> list[str]:
        last = measures_view(many, {}, WEEK, first)["blocks"][-1]
        return [one["value"] for one in last.get("elements", [])]

    assert turning(0) == [f"{WEEK}:{ON_A_PAGE}"]
    assert turning(ON_A_PAGE) == [f"{WEEK}:0", f"{WEEK}:{2 * ON_A_PAGE}"]
    assert turning(2 * ON_A_PAGE) == turning(999) == [f"{WEEK}:{ON_A_PAGE}"]
    assert PAGE != MEASURES


def lines_of(*views: MeasureView) -> tuple[MeasureLine, ...]:
    told = kept(*views)
    return measure_lines(told, own_trends(views), {told[0].key: "2025-W20"})


def test_the_home_lists_a_measure_with_figure_benchmark_goal_trend_why_and_last_message() -> None:
    made = replace(view(), goal=GroupGoal(0.98, view().last_day))
    (line,) = lines_of(made)
    value = format_value(made.measure, made.result.value or 0.0)
    reached = format_value(made.measure, made.comparison.benchmark.value if made.comparison.benchmark else 0)
    assert line.figures.startswith(f"*{value}* · some have reached {reached} · goal{NO_BREAK}")
    assert line.trend
    assert line.why
    assert line.led == "It led your digest of 12–18 May."
    (block,) = lines_blocks([line])
    left, right = (field["text"] for field in block["fields"])
    assert left == f"*{line.title}*\n{line.figures}"
    assert right.splitlines() == [line.trend, line.why, line.led]


def test_where_nobody_is_compared_the_home_says_no_word_of_colleagues() -> None:
    (line,) = lines_of(view(mode=Mode.CONSTRAINED, compared=Compared.OTHER_MODE))
    assert "olleagues" not in line.figures
    assert len(line.figures) <= 200


def test_what_is_set_aside_stands_beside_what_was_imported_on_the_home() -> None:
    made = replace(view(), reported=Reported(80, 100, 0.8, 4))
    (line,) = lines_of(made)
    value = format_value(made.measure, made.result.value or 0.0)
    assert line.figures.replace(NO_BREAK, " ").startswith(
        f"80 %, *{value}* without what you set aside".replace(NO_BREAK, " ")
    )


@pytest.mark.parametrize("period", ["weeks", "months"])
def test_that_nothing_lasted_is_said_in_three_words_on_the_home(period: str) -> None:
    told = OwnMeasure("falls", "*Falls*\n3 in 12 weeks.", f"No lasting change over the {period} shown.")
    (line,) = measure_lines([told], [], {})
    assert (line.title, line.figures, line.trend) == ("Falls", "3 in 12 weeks.", "No lasting change.")
