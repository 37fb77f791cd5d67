"""What Rounds writes about ideas: into threads, to whoever handed in, to leaders and approvers.

A `line` is the line of history that a message tells. What a lock screen shows (`text`) holds no free text.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bot.ideas import names
from bot.ideas.facts import IdeaFacts, Line, Receipt
from bot.ideas.lifecycle import DECISIONS, ENDED, UNANSWERED, is_possible
from bot.ideas.words.card import card
from bot.ideas.words.phrases import (
    REMOVED,
    Message,
    from_whom,
    headed,
    listed,
    long_day,
    name,
    paragraphs,
    plural,
    quoted,
    rest_of,
    short_day,
    typed,
    who_said,
)
from bot.ideas.words.story import days_of, happened, more_label, news, open_questions, proposed
from bot.slack_blocks import Block, actions, button, context, primary, section
from bot.slack_text import inert
from storage.terms import IdeaEventKind as Event
from storage.terms import IdeaState as State

_WORDS: Final = 1600
_MORE: Final = 1100


# -- the receipt ----


def receipt(facts: IdeaFacts, given: Receipt) -> Message:
    """To whoever handed in with their name: the number, who answers, by when (I2)."""
    number = str(facts.number)
    thanks = f"Thank you. Your idea is *#{number}*."
    if facts.state is State.WITHDRAWN:
        told = [thanks, "You withdrew it, and nobody has to answer it any more."]
    elif facts.state is State.MERGED:
        told = [thanks, f"It was joined with *#{facts.merged_into}* and goes on there."]
    else:
        told = [thanks, *_who_answers(facts, given)]
    buttons = []
    if is_possible(facts.state, Event.DETAIL_ADDED):
        buttons.append(button(names.ADD_DETAIL, "Add detail", number))
    if is_possible(facts.state, Event.WITHDRAWN):
        buttons.append(button(names.WITHDRAW, "Withdraw", number))
    if not buttons:
        buttons = [button(names.MORE, "More", number)]
    blocks = [section(" ".join(told)), context(headed(facts)), actions(*buttons)]
    return {"text": f"Thank you. Your idea is #{number}.", "blocks": blocks}


def _who_answers(facts: IdeaFacts, given: Receipt) -> list[str]:
    unit = name(given.unit)
    by = f" by *{long_day(given.answer_by, facts.today)}*" if given.answer_by else ""
    told = []
    if given.started:
        told.append("You marked it as within your own control, so your team may start at once.")
    if facts.above:
        told.append("It goes to somebody above your unit's leaders, and not into your unit's channel.")
    if not given.leaders:
        told.append(
            f"Nobody is set down as leading {unit} yet, so whoever runs Rounds here has it and will "
            f"answer{by}."
        )
    else:
        who = f"{listed([name(one, 60) for one in given.leaders[:2]])} will answer{by}"
        if not facts.above and len(given.leaders) > 1:
            who = f"The leaders of {unit} will answer{by}"
        told += [f"{who}.", *_who_else(facts, given)]
    if not facts.channel and not facts.above and given.leaders:
        told.append(f"{unit} has no channel for ideas yet, so it stands in the leaders' own messages.")
    return told


def _who_else(facts: IdeaFacts, given: Receipt) -> list[str]:
    """Who hears of it as well, if it waits (N8)."""
    others = [name(one, 60) for one in (*given.leaders[1:], given.deputy) if one]
    if given.others_after is None or not others or facts.state is not State.NEW:
        return []
    days = plural(given.others_after, "working day", "working days")
    verb = "hears" if len(others) == 1 else "hear"
    return [f"Should it still wait after {days}, {listed(others)} {verb} of it as well."]


# -- the thread beneath the card ----


def thread_note(facts: IdeaFacts, line: Line) -> Message:
    """What happened, beneath the card."""
    blocks = [section(_happened(facts, line))]
    blocks += _words_blocks(line)
    if line in open_questions(facts):
        where = "finds it on their Rounds Home" if facts.anonymous else "has been asked"
        blocks.append(context(f"Whoever handed it in {where}, and the answer will stand here."))
    return {"text": f"#{facts.number} · {_TOPICS.get(line.kind, 'news')}", "blocks": blocks}


_TOPICS: Final = {
    Event.ASKED: "a question",
    Event.ANSWERED: "an answer",
    Event.NOTED: "progress",
    Event.DETAIL_ADDED: "more detail",
    Event.IMPLEMENTED: "it is in place",
    Event.VERIFIED: "in place and confirmed",
    Event.DISPUTED: "not in place yet",
    Event.DETAILS_REMOVED: "patient details were removed",
}


def _happened(facts: IdeaFacts, line: Line) -> str:
    ending = ":" if line.words and not line.removed else "."
    return f"*{happened(facts, line)}{ending}*"


def _words_blocks(line: Line) -> list[Block]:
    if line.removed:
        return [context(f"{REMOVED}.")]
    blocks = _whole(line.words)
    if line.more and line.kind is Event.DECLINED:
        considered = "\n".join(f"• {typed(one, _MORE)}" for one in line.more.splitlines()[:2])
        blocks.append(section(f"*{more_label(line)}*\n{considered}"))
    elif line.more and len(shown := inert(line.more)) <= _MORE:
        blocks.append(section(f"*{more_label(line)}:* “{shown}”"))
    elif line.more:
        blocks += [section(f"*{more_label(line)}*"), *_whole(line.more)]
    return blocks


def _whole(text: str) -> list[Block]:
    """All that somebody wrote, in as many sections as it takes."""
    if not text.strip():
        return []
    if len(shown := inert(text)) <= _WORDS:
        return [section(f"“{shown}”")]
    return [section(part) for part in paragraphs(text)]


# -- to whoever handed it in ----


def to_submitter(facts: IdeaFacts, line: Line) -> Message:
    """News of one's idea: the leader's words, what they mean, what comes next.

    Written anew after an answer, it shows no buttons that have done their work.
    """
    number = str(facts.number)
    opening, after = news(facts, line)
    blocks = [section(f"{headed(facts)}\n{opening}"), *_words_blocks(line)]
    if line.kind in (Event.REMINDED, Event.UNVERIFIED):
        blocks += _what_was_done(facts)
    answered = _answered(facts, line)
    if answered or after:
        blocks.append(section(answered or after))
    blocks.append(actions(*_submitters_buttons(facts, line, answered=bool(answered))))
    return {"text": f"News about your idea #{number}", "blocks": blocks}


_CONFIRMING: Final = (Event.IMPLEMENTED, Event.REMINDED, Event.UNVERIFIED)


def _answered(facts: IdeaFacts, line: Line) -> str:
    """What stands there once the question has its answer; "" while it waits."""
    if line.kind is Event.ASKED:
        waits = is_possible(facts.state, Event.ANSWERED) and line in open_questions(facts)
        return "" if waits else "Thank you. This question needs no answer any more."
    if line.kind not in _CONFIRMING:
        return ""
    last = max((one.seq for one in facts.history if one.kind is Event.IMPLEMENTED), default=0)
    if facts.state is State.VERIFIED and line.seq >= last:
        return "*You confirmed that it is in place.* Thank you for seeing it through."
    if facts.state is State.IMPLEMENTED and line.seq >= last:
        return ""
    return "You said that something is missing, and the leaders have been told. Thank you."


def _what_was_done(facts: IdeaFacts) -> list[Block]:
    line = next((one for one in reversed(facts.history) if one.kind is Event.IMPLEMENTED), None)
    return [] if line is None else _words_blocks(line)


def _submitters_buttons(facts: IdeaFacts, line: Line, *, answered: bool) -> list[Block]:
    number = str(facts.number)
    more = button(names.MORE, "More", number)
    if answered:
        return [more]
    if line.kind is Event.ASKED:
        return [primary(button(names.ANSWER, "Answer", f"{number}:{line.seq}")), more]
    if line.kind in _CONFIRMING:
        yes = primary(button(names.VERIFY, "Yes, it is", number))
        return [yes, button(names.DISPUTE, "Not yet", number), more]
    if line.kind in _INVITING and is_possible(facts.state, Event.DETAIL_ADDED):
        return [button(names.ADD_DETAIL, "Add detail", number), more]
    return [more]


# After these there may be something that the sender wants to add.
_INVITING: Final = frozenset(
    {
        Event.ACKNOWLEDGED,
        Event.CAME_BACK,
        Event.REOPENED,
        Event.MOVED,
        Event.SENT_BACK,
        Event.DETAILS_REMOVED,
    }
)


# -- to leaders and approvers ----


@dataclass(frozen=True, slots=True)
class _Letter:
    """What a leader is told: for the lock screen, before the words, after them, and the buttons."""

    topic: str
    opening: str
    after: str = ""
    buttons: tuple[str, ...] = ()


_LABELS: Final = {
    names.NOTE: "Add progress",
    names.IMPLEMENT: "It is in place",
    names.STUDY: "Study the test",
    names.DECIDE: "Decide",
    names.ASK: "Ask",
}
_LOOKING_AFTER: Final = (
    "A line now and then is enough, and say so when it is in place. Thank you for taking it on."
)
_TO_LEADERS: Final = {
    Event.ASSIGNED: _Letter(
        "you are asked to think about an idea",
        "*{who} asks you to think about this idea.*",
        "Your view helps; {deciding} will decide.",
        (names.NOTE,),
    ),
    Event.ACCEPTED: _Letter(
        "you are asked to look after an idea",
        "*{who} asks you to look after this idea{by_day}.*",
        _LOOKING_AFTER,
        (names.NOTE, names.IMPLEMENT),
    ),
    Event.PLANNED: _Letter(
        "you are asked to look after an idea",
        "*{who} asks you to look after this idea. It is planned{for_day}.*",
        _LOOKING_AFTER,
        (names.NOTE, names.IMPLEMENT),
    ),
    Event.TEST_STARTED: _Letter(
        "you are asked to look after a test",
        "*{who} asks you to look after the test of this idea{until_day}.*",
        "Whatever it shows is worth knowing. Thank you for taking it on.",
        (names.STUDY, names.NOTE),
    ),
    Event.DISPUTED: _Letter(
        "an idea is not in place yet",
        "*It is not in place yet,* says whoever handed it in. What is missing:",
        "Thank you for looking into it. They are asked again once it is in place.",
        (names.IMPLEMENT, names.NOTE, names.DECIDE),
    ),
    Event.CAME_BACK: _Letter(
        "an idea comes back today",
        "*Its day has come:* you wanted to look at it again.",
        "A sentence is enough.",
        (names.DECIDE, names.ASK),
    ),
    Event.ANSWERED: _Letter(
        "your question was answered", "*Your question was answered:*", "", (names.DECIDE,)
    ),
    Event.SENT_BACK: _Letter(
        "an approver needs something first",
        "*{who} was asked to approve it, and needs something first:*",
        "It is with you again: see to what is needed and decide once more, or decide differently.",
        (names.DECIDE,),
    ),
    Event.APPROVED: _Letter(
        "an approver said yes", "*{who} approved it.* It can go ahead.", "", (names.NOTE, names.IMPLEMENT)
    ),
    Event.VERIFIED: _Letter(
        "an idea is in place and confirmed",
        "*It is in place,* says whoever handed it in.",
        "Thank you for seeing it through.",
    ),
}


def to_leader(facts: IdeaFacts, line: Line) -> Message:
    """To a leader or an owner, at once: an assignment, a dispute, an approver's words, the card itself."""
    if line.kind is Event.HANDED_IN:
        # No channel, or above the unit's leaders: the card comes to those who answer.
        return card(facts)
    number = str(facts.number)
    letter = _TO_LEADERS.get(line.kind, _Letter("news", "*{happened}.*"))
    pieces = {
        "happened": happened(facts, line),
        "who": who_said(line),
        "deciding": listed([name(one, 60) for one in facts.leaders[:2]]) or "the leaders",
        **days_of(facts, line),
    }
    opening = letter.opening.format_map(pieces)
    blocks = [section(_idea(facts)), context(from_whom(facts)), section(opening)]
    blocks += _words_blocks(line)
    after = letter.after.format_map(pieces)
    if line.kind is Event.ASSIGNED and facts.state not in UNANSWERED:
        after = "What becomes of it is decided; your view helps with how it is done."
    if after:
        blocks.append(section(after))
    row = [button(action, _LABELS[action], number) for action in letter.buttons if _fits(facts, action)]
    blocks.append(actions(*row, button(names.MORE, "More", number)))
    return {"text": f"#{number} · {letter.topic}", "blocks": blocks}


def _fits(facts: IdeaFacts, action: str) -> bool:
    """Whether a button still leads somewhere in the idea's state."""
    needed = {
        names.NOTE: (Event.NOTED,),
        names.IMPLEMENT: (Event.IMPLEMENTED,),
        names.STUDY: (Event.TEST_ADOPTED,),
        names.ASK: (Event.ASKED,),
        names.DECIDE: tuple(DECISIONS),
    }
    return any(is_possible(facts.state, event) for event in needed[action])


def to_approver(facts: IdeaFacts, line: Line) -> Message:
    """To an approver: the idea, what the leaders would like to do (`line`), and the two answers (I7)."""
    number, value = str(facts.number), f"{facts.number}:{line.seq}"
    ended = next((one for one in facts.history if one.seq > line.seq and one.kind in _ENDS_APPROVAL), None)
    blocks = [
        section(_idea(facts)),
        context(from_whom(facts)),
        section(
            f"*{who_said(line)} would like to {proposed(facts, line)}.* It touches a medicine, a device or a "
            "clinical pathway, so an approver is asked first."
        ),
        *_words_blocks(line),
    ]
    more = button(names.MORE, "More", number)
    if ended is not None or facts.state in ENDED:
        told = f"{happened(facts, ended)}." if ended is not None else "It needs no approval any more."
        blocks += [section(f"*{told}*"), actions(more)]
    else:
        yes = primary(button(names.APPROVE, "Approve", value))
        send_back, ask = button(names.SEND_BACK, "Send back", value), button(names.ASK, "Ask", number)
        blocks.append(actions(yes, send_back, ask, more))
    return {"text": f"#{number} · an idea waits for an approver", "blocks": blocks}


_ENDS_APPROVAL: Final = DECISIONS | {Event.APPROVED, Event.SENT_BACK}


# -- anonymous, shared ----


def hidden_news() -> Message:
    """To the sender of an anonymous idea: nothing but where to look."""
    text = "There is news on your Rounds Home."
    return {"text": text, "blocks": [section(text)]}


def shared(facts: IdeaFacts) -> Message:
    """In the organisation's channel: an idea that is in place, for others to adopt (I20)."""
    number = str(facts.number)
    line = next((one for one in reversed(facts.history) if one.kind is Event.IMPLEMENTED), None)
    parts = paragraphs(facts.text, 1200)[:1]
    blocks = [section("\n".join([f"*{name(facts.unit)} put this in place: #{number}*", *parts]))]
    if line is not None and line.words and not line.removed:
        proof = f"\n*How one can see it:* {quoted(line.more, 800)}" if line.more else ""
        blocks.append(section(f"*What was done:* {quoted(line.words, 1200)}{proof}"))
    told = [from_whom(facts), "in place and confirmed"]
    if facts.implemented_on:
        told[1] += f" since {short_day(facts.implemented_on, facts.today)}"
    if facts.adoptions:
        told.append(
            "adopted by 1 other unit" if facts.adoptions == 1 else f"adopted by {facts.adoptions} other units"
        )
    blocks.append(context(" · ".join(told)))
    blocks.append(
        actions(button(names.ADOPT, "We will adopt this", number), button(names.MORE, "More", number))
    )
    return {"text": f"#{number} · an idea from {name(facts.unit)} that is in place", "blocks": blocks}


def _idea(facts: IdeaFacts) -> str:
    rest = rest_of(facts.text)
    return f"{headed(facts)}\n{quoted(rest, 700)}" if rest else headed(facts)
