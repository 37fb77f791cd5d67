"""The words of leaders compared: counts, interval, where the others are, and a question.

In the digests' voice. Told to nobody but the leader whose figure it is.
"""

from __future__ import annotations

from typing import Final

from bot.comparison.types import Signal
from bot.digests.facts import PICTURE, Compared
from bot.digests.values import direction_words, format_count, format_range, format_span, format_value
from bot.ideas.words.phrases import Message, plural
from bot.leading.compared.facts import LEAST_IDEAS, LeadersCompared, Standing, measure_of
from bot.leading.names import LEADERS_PICTURE
from bot.slack_blocks import Block, button, context, section
from bot.slack_text import plain

HEADING: Final = "Your first words, and the other leaders’"
ONLY_YOU: Final = "Only you are shown this. It is not in any report."
NOTHING: Final = "There is nothing to compare for you here at the moment."
COMING: Final = "The picture comes in your conversation with Rounds in a moment."
_QUESTIONS: Final = {
    Signal.HIGHER: "What helps you to write back so soon, and could another ward use it?",
    Signal.LOWER: "What would make room for a first sentence in your week?",
}
_QUESTION: Final = "What would help a first sentence come sooner?"
_NONE_MISSED: Final = "What helps you to write back so soon?"


def compared_blocks(found: LeadersCompared | None) -> list[Block]:
    """What stands in the leader's week; nothing where there is nothing to say."""
    if found is None:
        return []
    said = section(f"*{HEADING}*\n{compared_text(found)}")
    if found.compared is Compared.YES:
        show = button(LEADERS_PICTURE, "Show the picture", found.asked_on.isoformat())
        said = {**said, "accessory": show}
    return [said, context(_joint(found))]


def compared_text(found: LeadersCompared) -> str:
    """The figure in sentences."""
    measure = measure_of(found.days)
    match found.compared:
        case Compared.TOO_FEW_CASES:
            rest = f"Not enough ideas yet for a comparison: it begins at {LEAST_IDEAS}."
            return f"{_counts(found)}, {_when(found)}. {rest}"
        case Compared.YES:
            own = f"{_counts(found)} ({_value(found)}), {_when(found)}; {_others(found)}."
            parts = [own, direction_words(measure), *_different(found), _question(found)]
            return " ".join(parts)
        case _:
            rest = "No comparison: it needs five other leaders with enough ideas of their own."
            return f"{_counts(found)} ({_value(found)}), {_when(found)}. {rest}"


def picture_message(standing: Standing, alt_text: str) -> Message:
    """The message that brings the picture."""
    found = standing.said
    return {
        "text": "Your picture, as you asked",
        "blocks": [
            section(f"*{HEADING}, {_when(found)}*"),
            {"type": "image", "slack_file": {"id": PICTURE}, "alt_text": plain(alt_text, 2000)},
            context(ONLY_YOU),
        ],
    }


def _counts(found: LeadersCompared) -> str:
    days = plural(found.days, "working day", "working days")
    if found.ideas == 1:
        had = "had" if found.within else "did not have"
        return f"The one idea that came to your units {had} first words within {days}"
    return f"{found.within} of the {found.ideas} ideas that came to your units had first words within {days}"


def _value(found: LeadersCompared) -> str:
    """The share with its interval: `78 %, likely 45–94 %`."""
    measure = measure_of(found.days)
    value = format_value(measure, found.value)
    if found.interval is None:
        return value
    low, high = found.interval
    return f"{value}, likely {format_range(measure, low, high, found.value)}"


def _when(found: LeadersCompared) -> str:
    return format_span(found.first_day, found.last_day)


def _others(found: LeadersCompared) -> str:
    measure = measure_of(found.days)
    assert found.median is not None
    beyond = "at" if found.median >= 1 else "above"
    middle = f"half of the leaders are {beyond} {format_value(measure, found.median)}"
    if found.benchmark is None:
        return middle
    who = "you and others" if found.sets_benchmark else "some"
    reached = format_value(measure, found.benchmark)
    return f"{middle}, and {who} have reached {reached} (of {format_count(found.benchmark_ideas)} ideas)"


def _different(found: LeadersCompared) -> list[str]:
    if found.different is None:
        return []
    many = "many" if found.different is Signal.HIGHER else "few"
    return [f"Chance alone does not explain so {many}, and so it was in the three months before."]


def _question(found: LeadersCompared) -> str:
    if found.different is not None:
        return _QUESTIONS[found.different]
    return _NONE_MISSED if found.within == found.ideas else _QUESTION


def _joint(found: LeadersCompared) -> str:
    together = "You lead together: first words by any of you count for all of you. " if found.joint else ""
    return f"{together}{ONLY_YOU}"
