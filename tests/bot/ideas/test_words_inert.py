"""Everything typed is inert on every surface (I17), and everything fits, however long it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from bot.ideas.facts import Page, UnitChoice
from bot.ideas.words import lists, page
from bot.ideas.words.form import idea_form
from bot.ideas.words.page import MOST_LINES
from tests.bot.ideas.test_words_golden import assert_taken
from tests.bot.ideas.words_made import (
    ALL_MAY,
    BOARD,
    DRAFT,
    FACTS,
    FORM_FACTS,
    LISTED,
    MINE,
    everything,
    long_history,
)

NASTY = {
    "everybody": "<!channel> wake up",
    "somebody": "<@U123ABC> look",
    "a channel": "<#C123|general> look",
    "bold": "*bold* words",
    "italics": "_x_ words",
    "struck out": "~x~ words",
    "code": "`code` words",
    "a block of code": "```code``` words",
    "a link": "<https://x.example|y> look",
    "an entity": "&lt;!here&gt; look",
    "an emoji": "well :tada: done",
    "a date": "<!date^1392734382^{date}|when> words",
    "a quotation": ">quoted words",
    "turned around": "words \u202eback\u202c words",
    "all at once": "<!here> *a* _b_ ~c~ `d` <@U1> <https://x.example|y> &lt;!here&gt; :tada: \u202eback",
}
NOTHING = re.compile(r"(?!)")
LIVE = re.compile(r"<[!@#h]|:\w+:|[\u202a-\u202e\u2066\u2067]")


def shown(value: Any) -> Iterator[dict[str, Any]]:
    """Every text object; what stands in an input is text to be edited and is never drawn as markup."""
    if isinstance(value, dict):
        if value.get("type") in ("plain_text", "mrkdwn") and isinstance(value.get("text"), str):
            yield value
        for part in value.values():
            yield from shown(part)
    elif isinstance(value, list):
        for part in value:
            yield from shown(part)


def marks(made: dict[str, Any]) -> dict[str, int]:
    """How many marks of style a message has in all."""
    text = "\n".join(one["text"] for one in shown(made) if one["type"] == "mrkdwn")
    loose = len(re.findall(r"(?<!\w)_+|_+(?!\w)", text))
    return {"*": text.count("*"), "_": loose, "~": text.count("~"), "`": text.count("`")}


def assert_inert(
    name: str,
    made: dict[str, Any],
    harmless: dict[str, Any],
    kind: str,
    own: re.Pattern[str] = NOTHING,
) -> None:
    """What was typed is nothing but words in it. `harmless`: the same where plain words were typed.

    `own` are the mentions that Rounds makes itself.
    """
    for one in shown(made):
        if one["type"] == "mrkdwn":
            assert one.get("verbatim") is True, name
            assert LIVE.search(own.sub("", one["text"])) is None, (name, one["text"])
            assert kind != "an entity" or "&lt;" not in one["text"], (name, one["text"])
        else:
            # Only where an emoji code is not turned into a picture may it stand as it is.
            assert one.get("emoji") is False or ":tada:" not in one["text"], (name, one["text"])
            assert "\u202e" not in one["text"], name
    if "text" in made:
        assert LIVE.search(made["text"]) is None, (name, made["text"])
    assert marks(made) == marks(harmless), name


HARMLESS = everything("plain words only")


@pytest.mark.parametrize("kind", NASTY)
def test_nothing_that_is_typed_does_anything_on_any_surface(kind: str) -> None:
    for name, made in everything(NASTY[kind]).items():
        assert_inert(name, made, HARMLESS[name], kind)


LONGEST = {
    "letters": "a" * 3000,
    "lines": "a\n" * 1500,
    "entities": "&" * 3000,
    "marks": "<*_`~:>" * 428,
    "emoji": "👩🏽‍⚕️" * 600,
    "right to left": "שלום עולם، مرحبا " * 187,
    "chinese in one piece": "暖" * 3000,
    "almost nothing": "a",
    "only marks": "***",
    "only spaces": "  \n ",
}


@pytest.mark.parametrize("kind", LONGEST)
def test_everything_fits_with_the_longest_texts(kind: str) -> None:
    for made in everything(LONGEST[kind][:3000]).values():
        assert_taken(made)


@pytest.mark.parametrize("kind", LONGEST)
def test_a_long_story_fits_and_says_what_is_left_out(kind: str) -> None:
    facts = long_history(replace(FACTS, text=LONGEST[kind]), 400, LONGEST[kind])
    view = page.idea_page(facts, ALL_MAY, mine=True)
    assert_taken(view)
    told = " ".join(one["text"] for one in shown(view))
    assert f"{400 - MOST_LINES} lines are left out" in told


def test_one_line_too_many_is_told_as_one() -> None:
    view = page.idea_page(long_history(FACTS, MOST_LINES + 1), ALL_MAY, mine=False)
    assert "1 line is left out" in " ".join(one["text"] for one in shown(view))
    whole = page.idea_page(long_history(FACTS, MOST_LINES), ALL_MAY, mine=False)
    assert "left out" not in " ".join(one["text"] for one in shown(whole))


@pytest.mark.parametrize("count", [99, 100, 101, 400, 1000])
def test_many_units_fit_and_the_persons_own_comes_first(count: int) -> None:
    units = tuple(UnitChoice(one, f"{'部门' * 35} {one}") for one in range(1, count + 1))
    facts = replace(FORM_FACTS, units=units, mine=count)
    view = idea_form(replace(DRAFT, unfolded=True), facts)
    assert_taken(view)
    (where,) = [block for block in view["blocks"] if block.get("block_id") == "idea_unit"]
    element = where["element"]
    first = (element.get("options") or element["option_groups"][0]["options"])[0]
    assert first == element["initial_option"]
    assert first["value"] == str(count)
    assert ("do not fit" in str(where.get("hint", ""))) == (count > 400)


def test_the_home_stays_small_with_many_ideas() -> None:
    many = tuple(replace(LISTED[0], number=number) for number in range(1, 60))
    page_of = Page(many, total=500, first=10, size=59)
    mine = lists.my_ideas_blocks(replace(MINE, lines=many, total=500))
    board = lists.board_blocks(replace(BOARD, page=page_of))
    assert len(mine) + len(board) + 3 <= 45
