"""An idea's own page: its whole story, and all that whoever looks may do with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bot.ideas import names
from bot.ideas.facts import IdeaFacts, Line, May
from bot.ideas.words.card import marks_of, standing
from bot.ideas.words.phrases import (
    REMOVED,
    STATES,
    below_title,
    day_of,
    from_whom,
    headed,
    listed,
    me_too_words,
    name,
    paragraphs,
    plural,
    quoted,
    short_day,
    typed,
)
from bot.ideas.words.story import happened, more_label, open_questions
from bot.slack_blocks import Block, View, actions, button, context, divider, modal, primary, section
from storage.terms import IdeaEventKind as Event
from storage.terms import IdeaState as State

# A view takes 100 blocks and 250 kB; a line of history is one block, and may be in letters of several bytes.
MOST_LINES: Final = 40
_FIRST_LINES: Final = 5
_ALL_WORDS: Final = 14_000
_LONGEST: Final = 2_000
# Where the idea stands says who looks after it.
_OWNER_TOLD: Final = frozenset({State.ACCEPTED, State.PLANNED, State.TESTING})


def idea_page(facts: IdeaFacts, may: May, mine: bool) -> View:
    """The page; `mine`: whoever looks handed it in (an anonymous idea too, and only they are told so)."""
    blocks = [section(headed(facts)), *_text(facts), context(*_facts(facts, mine, may))]
    blocks.append(section(_standing(facts)))
    if facts.state is State.MERGED and facts.merged_into is not None:
        blocks.append(section(f"It goes on as *#{facts.merged_into}*."))
    blocks += _buttons(facts, may, mine)
    blocks += _history(facts)
    return modal(f"Idea #{facts.number}", blocks)


def _standing(facts: IdeaFacts) -> str:
    told = standing(facts)
    # "… are thinking about it" says so already.
    if told.startswith("*") or (facts.state is State.ACKNOWLEDGED and "thinking about it" in told):
        return told[:1].upper() + told[1:]
    return f"*{STATES[facts.state]}*" + (f" · {told}" if told else "")


def _text(facts: IdeaFacts) -> list[Block]:
    # What the title says is not said twice.
    blocks = [section(part) for part in paragraphs(below_title(facts.text))]
    if facts.details_removed:
        blocks.append(context(f"{REMOVED}."))
    return blocks


def _facts(facts: IdeaFacts, mine: bool, may: May) -> list[str]:
    origin = [from_whom(facts), f"handed in {short_day(facts.handed_in, facts.today)}"]
    if facts.supporters:
        origin.append(me_too_words(facts.supporters))
    parts = [" · ".join(origin)]
    if mine:
        parts.append(
            "This idea is yours; only you see that here." if facts.anonymous else "This idea is yours."
        )
    elif may.supports:
        parts.append("You said “me too”.")
    if marks := marks_of(facts):
        parts.append(marks)
    answering = []
    if facts.leaders:
        answering.append(
            f"{listed([name(one, 60) for one in facts.leaders[:4]])} answer for {name(facts.answering_unit)}"
        )
    else:
        answering.append(f"nobody is set down as leading {name(facts.answering_unit)} yet")
    if facts.assignee:
        answering.append(f"{name(facts.assignee)} is thinking about it")
    if facts.owner and facts.state not in _OWNER_TOLD:
        answering.append(f"{name(facts.owner)} looks after it")
    text = " · ".join(answering)
    parts.append(text[:1].upper() + text[1:])
    return parts


# -- what can be done ----


def _buttons(facts: IdeaFacts, may: May, mine: bool) -> list[Block]:
    rows = [_own(facts, may), _answering(facts, may), _doing(facts, may), _keeping(facts, may)]
    return [actions(*row) for row in rows if row]


def _own(facts: IdeaFacts, may: May) -> list[Block]:
    number = str(facts.number)
    question = _open_question(facts)
    row = []
    if may.answer and question is not None:
        row.append(primary(button(names.ANSWER, "Answer", f"{number}:{question.seq}")))
    if may.verify:
        row.append(primary(button(names.VERIFY, "Yes, it is in place", number)))
    if may.dispute:
        row.append(button(names.DISPUTE, "Not in place yet", number))
    if may.support:
        row.append(button(names.ME_TOO, "Me too", number))
    if may.add_detail:
        row.append(button(names.ADD_DETAIL, "Add detail", number))
    if may.withdraw:
        row.append(button(names.WITHDRAW, "Withdraw", number))
    if may.adopt:
        row.append(button(names.ADOPT, "We will adopt this", number))
    if may.chart:
        row.append(button(names.CHART, "Before and after", number))
    return row


def _answering(facts: IdeaFacts, may: May) -> list[Block]:
    choices = (
        (may.acknowledge, names.ACKNOWLEDGE, "Acknowledge"),
        (may.decide, names.DECIDE, "Decide"),
        (may.ask, names.ASK, "Ask"),
        (may.reopen, names.REOPEN, "Think about it again"),
    )
    return _row(facts, choices)


def _doing(facts: IdeaFacts, may: May) -> list[Block]:
    choices = (
        (may.study, names.STUDY, "Study the test"),
        (may.note, names.NOTE, "Add progress"),
        (may.implement, names.IMPLEMENT, "It is in place"),
        (may.assign, names.ASSIGN, "Assign"),
    )
    return _row(facts, choices)


def _keeping(facts: IdeaFacts, may: May) -> list[Block]:
    choices = (
        (may.merge, names.MERGE, "Join with another"),
        (may.move, names.MOVE, "Move to another unit"),
        (may.remove_details, names.REMOVE, "Remove patient details"),
    )
    return _row(facts, choices)


def _row(facts: IdeaFacts, choices: Sequence[tuple[bool, str, str]]) -> list[Block]:
    return [button(action, label, str(facts.number)) for may, action, label in choices if may]


def _open_question(facts: IdeaFacts) -> Line | None:
    return next(iter(open_questions(facts)), None)


# -- the story ----


def _history(facts: IdeaFacts) -> list[Block]:
    lines = facts.history
    if not lines:
        return []
    left = len(lines) - MOST_LINES
    shown = (
        [*lines[:_FIRST_LINES], *lines[len(lines) - (MOST_LINES - _FIRST_LINES) :]]
        if left > 0
        else list(lines)
    )
    room = min(_LONGEST, _ALL_WORDS // len(shown))
    blocks: list[Block] = [divider(), section("*Its story so far*")]
    for place, line in enumerate(shown):
        if left > 0 and place == _FIRST_LINES:
            blocks.append(
                context(f"{plural(left, 'line is', 'lines are')} left out here; Rounds keeps them all.")
            )
        blocks.append(section(_told(facts, line, room)))
    return blocks


def _told(facts: IdeaFacts, line: Line, room: int) -> str:
    day = short_day(day_of(line.at, facts.zone), facts.today)
    parts = [f"*{day}* · {happened(facts, line)}"]
    if line.removed:
        parts.append(f"_{REMOVED}._")
    if line.words:
        parts.append(quoted(line.words, room if not line.more else room * 2 // 3))
    if line.more and line.kind is Event.DECLINED:
        parts.append(f"{more_label(line)}:")
        parts += [f"• {typed(one, room // 6)}" for one in line.more.splitlines()[:2]]
    elif line.more:
        parts.append(f"{more_label(line)}: {quoted(line.more, room // 3)}")
    return "\n".join(parts)
