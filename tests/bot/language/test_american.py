"""A second language is a file: digests in US English, which differ from the British ones where they should.

Golden files stand in `golden/`; `ROUNDS_GOLDEN=write pytest tests/bot/language` writes them anew.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import replace
from pathlib import Path

import pytest

from bot.digests.chart_alt import alt_text
from bot.digests.counted_page import counted_view
from bot.digests.pages import more_view, who_view, why_view
from bot.digests.select import Choice, choose
from bot.digests.write import WritingContext, compose
from bot.language.language import Language, british
from bot.language.load import language_named
from tests.bot.digests import chart_samples
from tests.bot.digests.made import WEEK
from tests.bot.digests.test_write import CASES
from tests.reading import texts

GOLDEN = Path(__file__).parent / "golden"
US = language_named("en_US")
SHOWN = ("gap-panel", "top-month-lower", "gain-proportion", "figures-new-starter")


def told(name: str, language: Language) -> list[str]:
    """Every text of a digest, with its pages, in their order."""
    choice = choose(CASES[name], [], week=WEEK, language=language)
    assert isinstance(choice, Choice)
    alt = alt_text(replace(chart_samples.peers(), language=language), chart_samples.person())
    context = WritingContext(WEEK, "d_8Kx2", alt, language=language)
    message = compose(choice, context)
    pages = [more_view(choice, context), counted_view(choice.view, language), why_view(choice, language)]
    return [message.text, *texts([*message.blocks, *pages, who_view(context)])]


@pytest.mark.parametrize("name", SHOWN)
def test_each_american_digest_reads_as_its_golden_file(name: str) -> None:
    path = GOLDEN / f"{name}.json"
    text = json.dumps(told(name, US), indent=2, ensure_ascii=False) + "\n"
    if os.environ.get("ROUNDS_GOLDEN") == "write":
        path.write_text(text, encoding="utf-8")
    assert text.encode() == path.read_bytes()


def test_no_golden_file_is_left_over() -> None:
    assert {path.stem for path in GOLDEN.glob("*.json")} == set(SHOWN)


@pytest.mark.parametrize("name", CASES)
def test_days_percentages_and_spelling_are_american_and_nothing_else_changes(name: str) -> None:
    ours, theirs = told(name, british()), told(name, US)
    assert theirs[0] == "Your week in care, July 14–20"
    assert len(ours) == len(theirs)
    said = "\n".join(theirs)
    assert "\u00a0%" not in said
    assert "14–20 July" not in said
    assert "gray band" in said or "grey band" not in "\n".join(ours)
    # The same words, whatever their order: only what stands for days, percentages and colours differs.
    for mine, other in zip(ours, theirs, strict=True):
        american = mine.replace("grey", "gray").replace("recognised", "recognized")
        assert sorted(re.findall(r"\w+|%", american)) == sorted(re.findall(r"\w+|%", other))
