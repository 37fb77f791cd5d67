"""What people read of talks, word for word; inert, within Slack's limits, without blame or a name too early.

After a wanted change of words write the golden files anew with
`ROUNDS_GOLDEN=write pytest tests/bot/talks/test_words.py`, read the difference aloud, and commit it.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.talks import words
from bot.talks.facts import Asked, Listener, Offered, TalksAtHome
from bot.talks.words import MOST_LISTENERS
from storage.terms import TalkState
from tests.bot.ideas.test_words_golden import assert_kind, assert_taken
from tests.bot.ideas.test_words_inert import LONGEST, NASTY, assert_inert
from tests.bot.talks.words_made import COACH, TELLER, everything
from tests.golden import assert_golden, golden_names
from tests.reading import texts

GOLDEN = Path(__file__).parent / "golden"
EVERYTHING = everything()
HARMLESS = everything("plain words only")
# The two mentions that Rounds makes itself; nothing else may be live.
MENTION = re.compile(r"<@U0(BEN|GRACE|ANA)>")


def read(made: dict[str, Any]) -> str:
    """All text that a person reads."""
    return " ".join(texts(made["blocks"]))


@pytest.mark.parametrize("name", EVERYTHING)
def test_each_message_and_page_reads_as_its_golden_file(name: str) -> None:
    assert_golden(GOLDEN, name, EVERYTHING[name])


def test_there_is_no_golden_file_that_nothing_is_compared_with() -> None:
    assert golden_names(GOLDEN) == set(EVERYTHING)


@pytest.mark.parametrize("name", EVERYTHING)
def test_slack_takes_it_and_it_neither_blames_nor_shouts(name: str) -> None:
    assert_taken(EVERYTHING[name])
    assert_kind(EVERYTHING[name])


@pytest.mark.parametrize("kind", NASTY)
def test_nothing_that_is_typed_does_anything(kind: str) -> None:
    for name, made in everything(NASTY[kind]).items():
        assert_inert(name, made, HARMLESS[name], kind, MENTION)


@pytest.mark.parametrize("kind", LONGEST)
def test_the_longest_words_fit(kind: str) -> None:
    for made in everything(LONGEST[kind]).values():
        assert_taken(made)


def test_more_coaches_and_requests_than_fit_are_cut() -> None:
    many = [Listener(number, f"Coach {number}", "&" * 300) for number in range(200)]
    asked = tuple(Asked(number, who="Somebody") for number in range(40))
    page = words.talk_page(many, asked)
    assert_taken(page)
    assert f"Coach {MOST_LISTENERS - 1}" in read(page)
    telling = tuple(Offered(number, "A measure") for number in range(40))
    home = words.home_blocks(TalksAtHome(True, Offered(1), telling, asked, listeners=True))
    assert len(home) < 30


@pytest.mark.parametrize("state", [TalkState.ASKED, TalkState.DECLINED, TalkState.WITHDRAWN])
@pytest.mark.parametrize("lapsed", [True, False])
def test_who_offered_to_tell_is_not_named_before_they_say_yes(state: TalkState, lapsed: bool) -> None:
    answer = words.answer_message(replace(TELLER, state=state, lapsed=lapsed))
    assert "Ana Lee" not in str(answer)
    assert "U0ANA" not in str(answer)


def test_a_yes_gives_each_the_others_mention() -> None:
    for request, offerer in ((COACH, "<@U0GRACE>"), (TELLER, "<@U0ANA>")):
        yes = replace(request, state=TalkState.ACCEPTED)
        assert "<@U0BEN>" in read(words.request_message(yes))
        answer = words.answer_message(yes)
        assert answer is not None
        assert offerer in read(answer)


@pytest.mark.parametrize("name", [name for name in EVERYTHING if name.startswith(("request", "answer"))])
def test_a_lock_screen_shows_no_name_no_measure_and_no_figure(name: str) -> None:
    text = EVERYTHING[name]["text"]
    for told in ("Ben Okoro", "Grace Mensah", "Ana Lee", "Clot"):
        assert told not in text
    assert not re.search(r"\d", text)


def test_the_pages_say_who_learns_what() -> None:
    assert "They see your name and that you would like to talk, and nothing of your figures" in read(
        EVERYTHING["page-talk"]
    )
    assert "sees your name and that you ask about this measure" in read(EVERYTHING["page-ask"])
    tell = read(EVERYTHING["page-tell"])
    assert "will be told your name" in tell
    assert "that you are among those who have reached it" in tell
    assert "you can end it" in tell.lower()


def test_nothing_stands_on_a_home_where_nothing_is_offered() -> None:
    assert words.home_blocks(TalksAtHome()) == []
