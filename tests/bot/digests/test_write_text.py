"""What people wrote shows as they wrote it, and does nothing (I17)."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.digests.measure_nouns import clip, duration, number_word
from bot.language.language import british
from bot.slack_text import inert, plain, shorten


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<!channel> & <@U1>", "&lt;!channel&gt; &amp; &lt;@U1&gt;"),
        ("*bold* ~gone~ `code`", "∗bold∗ ∼gone∼ ˋcodeˋ"),
        ("_italic_ but snake_case", "ˍitalicˍ but snake_case"),
        (":tada: at 10:30", "∶tada: at 10:30"),
        ("two\n lines\tand\x00null", "two lines and null"),
        ("a\u202eb", "ab"),
        ("חולים", "\u2068חולים\u2069"),
        ("患者 👩🏽‍⚕️", "患者 👩🏽‍⚕️"),
    ],
)
def test_marks_lose_their_force_and_letters_stay(text: str, shown: str) -> None:
    assert inert(text) == shown


@given(st.text())
def test_nothing_that_slack_reads_survives(text: str) -> None:
    made = inert(text)
    assert not re.search(r"[<>*~`\n\x00-\x1f]", made)
    assert not re.search(r"&(?!amp;|lt;|gt;)", made)
    assert not re.search(r"(^|\s)_|_(\s|$)", made)


@given(st.text(), st.integers(2, 60))
def test_a_shortened_text_keeps_its_limit(text: str, limit: int) -> None:
    assert len(shorten(text, limit)) <= limit
    assert len(plain(text, limit)) <= limit


def test_a_shortened_text_ends_at_a_word_and_never_in_an_entity_or_an_emoji() -> None:
    assert shorten("one two three four", 16) == "one two three…"
    assert shorten("xxxxxxxxxxxx&amp;yyy", 16) == "xxxxxxxxxxxx…"
    assert shorten("x" * 10 + "👩\u200d⚕️", 13) == "x" * 10 + "👩…"


@pytest.mark.parametrize(
    ("text", "words", "cut"),
    [
        ("Short enough.", 2, "Short enough."),
        ("One sentence here. Another follows it now", 5, "One sentence here."),
        ("Clots can kill, and most can be prevented", 5, "Clots can kill…"),
        ("A statin in people with vascular disease", 5, "A statin in people…"),
    ],
)
def test_a_cut_text_ends_where_a_reader_would_pause(text: str, words: int, cut: str) -> None:
    assert clip(text, words) == cut


@pytest.mark.parametrize(
    ("weeks", "words"),
    [(0.2, "one week"), (6, "six weeks"), (28.7, "seven months"), (60, "14 months"), (104, "two years")],
)
def test_time_is_told_in_round_words(weeks: float, words: str) -> None:
    assert duration(weeks, british()) == words


def test_small_numbers_are_words() -> None:
    assert [number_word(n) for n in (0, 1, 12, 13, 1200)] == ["0", "one", "twelve", "13", "1,200"]
