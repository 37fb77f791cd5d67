"""What people read of their peer group, and of names in it."""

from __future__ import annotations

import json

import pytest

from bot.digests.facts import Compared
from bot.names import wire, words
from bot.names.facts import GroupConsent, NamesAtHome, PeerPage
from bot.names.rules import GroupTable, Refused, Row
from tests.bot.digests.made import view

CONSENT = GroupConsent(7, "Medicine", led_by=("Dr <!channel> Khan", "Tom Reed"))


def page(table: GroupTable, compared: Compared = Compared.YES) -> str:
    made = words.peers_view(PeerPage(view(compared=compared), table, {2: "Priya *Nair*"}))
    return json.dumps(made, ensure_ascii=False)


def test_a_small_group_is_told_its_middle_half_and_the_named() -> None:
    rows = (Row("82 %", 1, own=True), Row("75 %", 2))
    said = page(GroupTable(6, rows, unnamed=5, hidden=1, spread=True, named=frozenset({2})))
    assert "82 %  You" in said
    assert "Priya" in said
    assert "*Nair*" not in said, "what stands in a name is inert"
    assert "5 colleagues are here without a name." in said
    assert "The middle half of all of you is between 81\u00a0% and 94" in said
    assert "Each of them can see that you looked." in said


def test_in_a_large_group_what_is_left_out_for_small_counts_is_said() -> None:
    rows = (Row("82 %", 1, own=True), Row("75 %"), Row("", 2))
    said = page(GroupTable(12, rows, unnamed=11, hidden=1, named=frozenset({2})))
    assert "75 %  a colleague" in said
    assert "1 figure of colleagues without a name is left out" in said
    assert "too few cases on one side to show it" in said
    assert "middle half" not in said


@pytest.mark.parametrize(
    ("refused", "compared", "reason"),
    [
        (Refused.RECOGNISABLE, Compared.YES, "could tell whose they are"),
        (Refused.TOO_FEW, Compared.YES, "Fewer than five colleagues"),
        (Refused.NOT_COMPARED, Compared.TOO_FEW_CASES, "Not enough cases yet"),
        (Refused.NOT_COMPARED, Compared.OTHER_MODE, "Your group's range is not shown"),
    ],
)
def test_where_nothing_is_shown_the_reason_is(refused: Refused, compared: Compared, reason: str) -> None:
    said = page(GroupTable(6, (Row("82 %", 1, own=True),), refused=refused), compared)
    assert reason in said
    assert "41 of your 50" in said
    assert "a colleague" not in said.replace("a colleague's", "")
    assert "between 81" not in said


def test_the_page_names_the_leaders_and_leaves_them_out_until_ticked() -> None:
    made = words.names_form(CONSENT)
    said = json.dumps(made, ensure_ascii=False)
    assert "Tom Reed" in said
    assert "<!channel>" not in said
    box = next(block for block in made["blocks"] if block.get("block_id") == wire.LEADERS)
    assert "initial_options" not in box["element"]
    assert wire.WITHDRAW not in said
    agreed = json.dumps(words.names_form(GroupConsent(7, "Medicine", agreed=True, leaders=True)))
    assert wire.WITHDRAW in agreed
    assert "initial_options" in agreed


def test_a_home_without_digest_and_group_says_nothing_of_names() -> None:
    assert words.home_blocks(NamesAtHome()) == []
    said = json.dumps(words.home_blocks(NamesAtHome("2026-W46", (CONSENT,))), ensure_ascii=False)
    assert "Your name is shown to nobody, and you see none." in said
    assert words.SEE_GROUP in said
