"""How ideas are doing, in words for a leader's Home."""

from __future__ import annotations

from bot.ideas.figures.metrics import Bottlenecks, Figures, Stuck
from bot.ideas.figures.waits import Wait
from bot.ideas.words.phrases import listed, plural
from bot.slack_blocks import Block, section


def metrics_blocks(figures: Figures) -> list[Block]:
    """How the ideas that one answers are doing, for a leader's Home: three lines in one section."""
    months = len(figures.months)
    lines = [
        f"*How ideas are doing* · the last {months} months" if months > 1 else "*How ideas are doing*",
        f"• {_in_place_words(figures)}",
        f"• {_wait_words(figures.wait)}",
        f"• {_stuck_words(figures.stuck)}",
    ]
    return [section("\n".join(lines))]


def _in_place_words(figures: Figures) -> str:
    ideas = figures.ideas
    if not ideas.of:
        return "No idea was handed in yet."
    confirmed = f"{plural(ideas.of, 'idea', 'ideas')} handed in, none in place and confirmed yet"
    if ideas.count:
        confirmed = (
            f"{ideas.count} of {plural(ideas.of, 'idea', 'ideas')} {_is(ideas.count)} in place and confirmed"
        )
    more = figures.in_place - ideas.count
    return f"{confirmed}; {more} more {_is(more)} in place." if more > 0 else f"{confirmed}."


def _wait_words(wait: Wait | None) -> str:
    if wait is None:
        return "Too few ideas yet to say how long first words take."
    if wait.median is None:
        return "More than half of the ideas still wait for a leader's first words."
    half = f"Half of the ideas hear from a leader within {working_days(wait.median)}"
    nine = "" if wait.p90 is None else f", nine in ten within {working_days(wait.p90)}"
    return f"{half}{nine}."


def working_days(days: float) -> str:
    """`1 working day`, `2.4 working days`, `half a working day or less`."""
    if days < 0.05:
        return "an hour or so"
    number = f"{days:.1f}".removesuffix(".0")
    return f"{number} working day{'' if number == '1' else 's'}"


def _stuck_words(stuck: Bottlenecks) -> str:
    kinds = (
        (stuck.unanswered, "without first words"),
        (stuck.unassigned, "with nobody assigned"),
        (stuck.still, "without a step for over 30 days"),
        (stuck.overdue, "overdue"),
    )
    told = [f"{kind.count} {words} ({_oldest(kind)})" for kind, words in kinds if kind.count]
    return f"Waiting now: {listed(told)}." if told else "Nothing is held up."


def _oldest(stuck: Stuck) -> str:
    which = f"#{stuck.oldest}" if stuck.count == 1 else f"longest #{stuck.oldest}"
    return f"{which}, {plural(stuck.days or 0, 'day', 'days')}"


def _is(count: int) -> str:
    return "is" if count == 1 else "are"
