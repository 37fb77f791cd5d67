"""Making an idea of somebody else's message: what is asked, and what it says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.ideas.from_message import (
    ASKED,
    ASKED_BEFORE,
    NOT_KNOWN,
    Borrowed,
    asked_author,
    author_declined,
    question,
    suggested_by,
)
from bot.sandbox.blocks import check_message_blocks
from bot.slack_text import as_typed
from storage.terms import Op
from tests.idea_world import TEAM, IdeaWorld, small_world

REFERENCE = Borrowed("U1", "U2", "C1", "1700000000.000100", "1699999999.000001", "northmere")


def test_a_button_carries_all_but_the_author_and_is_read_again() -> None:
    again = Borrowed.read(REFERENCE.reference, author="U1")
    assert (again.author, again.asker, again.channel) == ("U1", "U2", "C1")
    assert (again.ts, again.thread_ts) == ("1700000000.000100", "1699999999.000001")
    assert len(REFERENCE.reference) <= 200


def test_the_link_leads_to_the_message_in_its_thread() -> None:
    assert REFERENCE.link == (
        "https://northmere.slack.com/archives/C1/p1700000000000100?thread_ts=1699999999.000001&cid=C1"
    )
    assert Borrowed("U1", "U2", "C1", "1.2", "", "evil.example/x").link == ""


@pytest.mark.parametrize(
    ("text", "typed"),
    [
        ("We need &lt;2 chairs &amp; a lamp", "We need <2 chairs & a lamp"),
        ("Ask <@U12AB> or <!subteam^S1|@porters>", "Ask somebody or @porters"),
        ("See <https://x.example/a?b=1|the page> and <#C12|ward-4>", "See the page and #ward-4"),
        ("<!here> look at <https://x.example>", "@here look at https://x.example"),
        ("a < b", "a < b"),
    ],
)
def test_a_message_is_read_as_it_was_typed(text: str, typed: str) -> None:
    assert as_typed(text) == typed


@pytest.fixture
def world(tmp_path: Path) -> Iterator[IdeaWorld]:
    with small_world(tmp_path) as made:
        yield made


def asked(world: IdeaWorld, borrowed: Borrowed) -> str:
    with world.database.write() as session:
        return asked_author(session, world.doing(session, borrowed.asker), borrowed)


OF_PRIYA = replace(REFERENCE, author="UPRIYA", asker="ULEE")


def test_the_author_is_asked_once_for_each_message(world: IdeaWorld) -> None:
    assert asked(world, OF_PRIYA) == ASKED
    assert asked(world, OF_PRIYA) == ASKED_BEFORE
    assert asked(world, replace(OF_PRIYA, asker="USAM")) == ASKED_BEFORE
    assert asked(world, replace(OF_PRIYA, ts="1700000000.000200")) == ASKED
    assert [row.recipient_id for row in world.letters()] == [world.people["UPRIYA"]] * 2


def test_an_author_whom_nobody_knows_is_not_asked(world: IdeaWorld) -> None:
    assert asked(world, replace(OF_PRIYA, author="USTRANGER")) == NOT_KNOWN
    assert world.letters() == []


def test_the_question_names_who_asked_and_links_to_the_message(world: IdeaWorld) -> None:
    asked(world, OF_PRIYA)
    (row,) = world.letters()
    with world.database.read() as session:
        message = question(session, row.payload, TEAM)
        without = question(session, {**row.payload, "link": "", "asker": "UNOBODY"}, TEAM)
    assert "Lee Brandt" in str(message["blocks"])
    assert OF_PRIYA.link in str(message["blocks"])
    assert "A colleague" in str(without["blocks"])
    for one in (message, without):
        assert check_message_blocks(one["blocks"], lambda _: True) == []


def test_a_no_is_told_to_whoever_asked_and_takes_the_question_away(world: IdeaWorld) -> None:
    with world.database.write() as session:
        author_declined(session, world.doing(session, "UPRIYA"), OF_PRIYA, "https://hooks.example/1")
    told, answered = world.letters()
    assert told.recipient_id == world.people["ULEE"]
    assert (answered.op, answered.payload["replace_original"]) == (Op.RESPOND, True)


def test_the_form_says_who_suggested_it_and_that_they_may_guess(world: IdeaWorld) -> None:
    with world.database.read() as session:
        said = suggested_by(session, world.doing(session, "UPRIYA"), OF_PRIYA)
    assert said.startswith("*Lee Brandt suggested that you hand this in.*")
    assert "may guess" in said
