"""The list of one's own cases as it is read.

Golden files stand in `golden/`. After a wanted change of words write them anew with
`ROUNDS_GOLDEN=write pytest tests/bot/cases/test_pages.py`, read the difference aloud, and commit it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cases import names
from bot.cases.facts import PAGE_CASES, PAGE_STORIES, CaseLine, CasesPage
from bot.cases.pages import NONE_LEFT, aside_view, case_words, cases_view, story_view
from bot.digests.facts import Told
from storage.terms import Mode
from tests.bot.digests.made import measure
from tests.golden import assert_golden, golden_names

GOLDEN = Path(__file__).parent / "golden"
LAST = date(2025, 7, 20)
URL = "https://records.hospital.example/case/"
READERS = "*Who reads it.* Yusuf Rahman, with your name and these figures."


def line(number: int, **changes: Any) -> CaseLine:
    return replace(
        CaseLine(LAST - timedelta(days=number), f"CLO-{40300 - number}", met=number % 4 != 3), **changes
    )


def page(total: int, offset: int = 0, **changes: Any) -> CasesPage:
    made = CasesPage(
        week="2025-W29",
        measure=measure(),
        first=date(2025, 4, 28),
        last=LAST,
        total=total,
        offset=offset,
        lines=tuple(line(number) for number in range(offset, min(total, offset + PAGE_CASES))),
    )
    return replace(made, **changes)


STORIES = (
    Told(date(2025, 7, 17), "Moved on the second evening.\n\nA plan for this was in the notes."),
    Told(date(2025, 7, 3), "Low sodium, found on the day after admission."),
)
SHARED = (
    line(0, weight=0.5),
    line(1, weight=1 / 3, met=False),
    line(2, weight=0.2, aside=True),
    line(3, link=f"{URL}CLO-40297?x=1&y=2"),
)
WORDS_ONLY = page(
    len(STORIES),
    lines=(),
    stories=STORIES,
    measure=measure(mode=Mode.UNCONSTRAINED, title="Unplanned moves to intensive care"),
)
VIEWS: dict[str, dict[str, Any]] = {
    "first-page": cases_view(page(52)),
    "middle-page": cases_view(page(52, 25)),
    "last-page": cases_view(page(52, 50)),
    "with-links": cases_view(page(3, lines=tuple(line(n, link=f"{URL}CLO-{40300 - n}") for n in range(3)))),
    "empty": cases_view(page(0)),
    "one": cases_view(page(1)),
    "shared-and-set-aside": cases_view(page(4, lines=SHARED)),
    "with-stories": cases_view(page(2, stories=STORIES, own_words="It was a busy week.")),
    "stories": cases_view(WORDS_ONLY),
    "form-aside": aside_view(page(4, lines=SHARED), READERS),
    "form-story": story_view(page(4)),
    "form-story-again": story_view(replace(WORDS_ONLY, own_words="She knew before we did.")),
}


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if value.get("type") in ("plain_text", "mrkdwn"):
            yield value["text"]
        for one in value.values():
            yield from texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from texts(one)


def said(view: dict[str, Any]) -> str:
    return "\n".join(texts(view["blocks"]))


def actions(view: dict[str, Any]) -> dict[str, str]:
    return {
        e["action_id"]: e["value"] for b in view["blocks"] if b["type"] == "actions" for e in b["elements"]
    }


@pytest.mark.parametrize("name", VIEWS)
def test_each_page_reads_as_its_golden_file(name: str) -> None:
    assert_golden(GOLDEN, name, VIEWS[name])


def test_no_golden_file_is_left_over() -> None:
    assert golden_names(GOLDEN) == set(VIEWS)


@given(st.integers(0, 130), st.integers(0, 5))
def test_the_pages_lead_through_all_cases_and_end(total: int, place: int) -> None:
    offset = min(place * PAGE_CASES, max(0, total - 1) // PAGE_CASES * PAGE_CASES)
    found = actions(cases_view(page(total, offset)))
    older, newer = found.get(f"{names.PAGE}-1"), found.get(f"{names.PAGE}-0")
    assert (older is not None) is (offset + PAGE_CASES < total)
    assert (newer is not None) is (offset > 0)
    if older is not None:
        assert names.read_value(older) == ("2025-W29", offset + PAGE_CASES)
    if newer is not None:
        assert names.read_value(newer) == ("2025-W29", offset - PAGE_CASES)


@pytest.mark.parametrize("value", ["", "2025-W29", "2025-W29:", "2025-W29:x", "2025-W29:-5", "a:٣٣٣٣٣٣٣٣٣"])
def test_a_value_that_is_none_of_ours_is_the_first_page(value: str) -> None:
    assert names.read_value(value)[1] == 0


@pytest.mark.parametrize(
    ("weight", "words"),
    [
        (1.0, None),
        (0.5, "counts as half: shared with a colleague"),
        (0.333, "counts as a third: shared with colleagues"),
        (0.25, "counts as a quarter: shared with colleagues"),
        (0.2, "counts as 0.2: shared with colleagues"),
    ],
)
def test_shared_care_is_said_plainly(weight: float, words: str | None) -> None:
    told = case_words(line(0, weight=weight))
    assert (words in told) if words else ("counts" not in told)


def test_a_reference_can_neither_fire_nor_break_out_of_its_link() -> None:
    told = case_words(line(0, ref="<!here>|*x*", link="https://x.example/a|b>c<d&e"))
    assert told.count("<") == told.count(">") == 1
    assert re.search(r"<https://x\.example/a%7Cb%3Ec%3Cd&amp;e\|[^<>|]*>", told)


def test_what_is_set_aside_is_not_offered_again() -> None:
    form = json.dumps(aside_view(page(4, lines=SHARED), READERS))
    assert "CLO-40298" not in form
    assert "CLO-40299" in form
    nothing = aside_view(page(1, lines=(line(0, aside=True),)), READERS)
    assert NONE_LEFT in said(nothing)
    assert "submit" not in nothing
    assert names.ASIDE not in actions(cases_view(page(1, lines=(line(0, aside=True),))))


@given(st.text(max_size=64), st.text(max_size=3000))
def test_the_longest_page_is_within_slacks_limits(ref: str, text: str) -> None:
    lines = tuple(line(n, ref=ref, link=URL + "x" * 300, weight=0.5, aside=True) for n in range(PAGE_CASES))
    long = Told(LAST, text or "x")
    views = [
        cases_view(page(2000, 25, lines=lines, stories=(long,) * 3, own_words=text)),
        cases_view(replace(WORDS_ONLY, stories=(long,) * PAGE_STORIES, total=99, own_words=text)),
    ]
    for view in views:
        assert len(view["blocks"]) <= 100
        for block in view["blocks"]:
            if block["type"] == "section":
                assert 0 < len(block["text"]["text"]) <= 3000
                assert block["text"]["verbatim"] is True
