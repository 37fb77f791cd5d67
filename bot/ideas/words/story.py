"""What each line of an idea's history says: to everybody, and to whoever handed it in."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from bot.ideas.facts import IdeaFacts, Line
from bot.ideas.words.phrases import leaders_of, long_day, name, short_day, who_said
from storage.terms import IdeaEventKind as Event

# {for_day}, {until_day} … are " for Tue 24 Nov", or nothing where the line has no day.
_HAPPENED: Final[Mapping[Event, str]] = MappingProxyType(
    {
        Event.HANDED_IN: "{who} handed it in",
        Event.STARTED: "It is within the team's own control, so the team may start at once",
        Event.ACKNOWLEDGED: "{who} has seen it and is thinking about it",
        Event.ACCEPTED: "{who} decided to do it{by_day}{with_whom}",
        Event.PLANNED: "{who} planned it{for_day}{with_whom}",
        Event.TEST_STARTED: "{who} started a test{until_day}{with_whom}",
        Event.TEST_ADOPTED: "{who} looked at the test: it worked, and it is kept",
        Event.TEST_ADAPTED: "{who} looked at the test: it is changed, and tested again{until_day}",
        Event.TEST_ABANDONED: "{who} looked at the test: it ends here, with thanks and what was learned",
        Event.PUT_OFF: "{who} decided: not now{back_on_day}",
        Event.DECLINED: "{who} decided not to take it up",
        Event.CAME_BACK: "The day to look at it again has come",
        Event.REOPENED: "{who} opened it again",
        Event.IMPLEMENTED: "{who} put it in place{on_day}",
        Event.VERIFIED: "Whoever handed it in confirmed it: yes, it is in place",
        Event.DISPUTED: "Whoever handed it in says that it is not in place yet",
        Event.REMINDED: "Whoever handed it in was asked once more whether it is in place",
        Event.UNVERIFIED: "Nobody has confirmed yet that it is in place; whoever handed it in still can",
        Event.MERGED: "{who} joined it with {whom}",
        Event.WITHDRAWN: "Whoever handed it in withdrew it",
        Event.ASKED: "{who} asked",
        Event.ANSWERED: "{who} answered",
        Event.NOTED: "{who} told how it goes",
        Event.DETAIL_ADDED: "{who} added",
        Event.ASSIGNED: "{who} asked {whom} to think about it",
        Event.MOVED: "{who} moved it to {whom}",
        Event.TOOK_IN: "{whom} was joined with it",
        Event.APPROVAL_ASKED: "{who} would like to {proposed}; an approver is asked first, as it touches a "
        "medicine, a device or a clinical pathway",
        Event.APPROVED: "{who} approved it",
        Event.SENT_BACK: "{who} sent it back, as something is needed first",
        Event.DETAILS_REMOVED: "{who} removed patient details",
        Event.SHARED: "It was shown to other units, with consent",
        Event.ADOPTED: "{whom} is adopting it",
    }
)
# Where a line names nobody (any more).
_UNNAMED: Final[Mapping[Event, str]] = MappingProxyType(
    {
        Event.MERGED: "another idea",
        Event.TOOK_IN: "Another idea",
        Event.ASSIGNED: "somebody",
        Event.MOVED: "another unit",
        Event.ADOPTED: "Another unit",
    }
)

_CONFIRM: Final = "When it is in place, you are the one who is asked whether it is so."
# What happened, and what it means and comes next.
_NEWS: Final[Mapping[Event, tuple[str, str]]] = MappingProxyType(
    {
        Event.STARTED: ("It is within your own control, so your team may start at once.", _CONFIRM),
        Event.ACKNOWLEDGED: (
            "{who} has seen your idea and is thinking about it.",
            "Thank you for it.{decision_due}",
        ),
        Event.ACCEPTED: ("*It goes ahead.* {who} decided to do it{by_day}.", "Thank you.{owner} " + _CONFIRM),
        Event.PLANNED: ("*It is planned{for_day}.* {who} decided that.", "Thank you.{owner} " + _CONFIRM),
        Event.TEST_STARTED: (
            "*It is being tested{until_day}.* {who} decided that.",
            "Thank you.{owner} When the test ends, you will hear what it showed and what comes next.",
        ),
        Event.TEST_ADOPTED: (
            "*The test worked, and it is kept.* {who} writes what was learned:",
            "Thank you.{owner} " + _CONFIRM,
        ),
        Event.TEST_ADAPTED: (
            "*The test showed what to change, and it is tested again{until_day}.* {who} writes what was "
            "learned:",
            "Thank you. You will hear what the next test shows.",
        ),
        Event.TEST_ABANDONED: (
            "*It was tried, and it ends here.* {who} writes what was learned:",
            "Thank you. Without your idea nobody would know this now. It can be found as “tried”, so that "
            "others "
            "learn from it too.",
        ),
        Event.PUT_OFF: (
            "*Not now.* {who} says why:",
            "Thank you. You need not remember it: it comes back by itself{on_day}, and you will hear then.",
        ),
        Event.DECLINED: (
            "*It is not taken up.* {who} says why:",
            "Thank you for raising it. If there is a smaller version that you could try, or something that "
            "was "
            "not known here, hand it in with `/idea`; it is looked at afresh.",
        ),
        Event.CAME_BACK: ("Its day has come: {leaders} look at it again now.", "{answer_due}"),
        Event.REOPENED: ("{who} has opened your idea again.", "{answer_due}"),
        Event.IMPLEMENTED: (
            "{who} says that it has been in place{since_day}. *Is it in place?*",
            "You are the one who can tell. If something is missing, say what; that helps.",
        ),
        Event.REMINDED: (
            "Your idea was put in place, as far as we know. *Is it in place?*",
            "A look is enough, whenever it suits you. This is the only reminder.",
        ),
        Event.UNVERIFIED: (
            "Nobody has confirmed your idea yet, so it shows as not confirmed.",
            "You can still do so whenever it suits you.",
        ),
        Event.VERIFIED: ("You confirmed that your idea is in place.", "Thank you for seeing it through."),
        Event.DISPUTED: ("You said that it is not in place yet.", "The leaders have been told."),
        Event.ASKED: (
            "{who} has a question about your idea:",
            "A sentence is enough. Your answer goes to the idea's thread.",
        ),
        Event.ANSWERED: ("Your answer is in the idea's thread now.", ""),
        Event.MERGED: (
            "{who} joined your idea with {whom}, as they are about the same thing.",
            "Thank you. Everybody who said “me too” counts there now, you too, and you will hear what "
            "becomes "
            "of it.",
        ),
        Event.TOOK_IN: (
            "{whom} was joined with your idea, as they are about the same thing.",
            "Whoever supported it supports yours now.",
        ),
        Event.MOVED: ("{who} passed your idea on to {whom}, where it belongs.", "{answer_due}"),
        Event.ASSIGNED: ("{who} asked {whom} to think about your idea.", ""),
        Event.NOTED: ("{who} tells how your idea goes:", ""),
        Event.APPROVAL_ASKED: (
            "*{who} would like to {proposed}.*",
            "Thank you. As it touches a medicine, a device or a clinical pathway, an approver is asked "
            "before it "
            "goes ahead. You will hear what they say.",
        ),
        Event.APPROVED: ("{who} approved it, so it can go ahead.", "Thank you for your patience."),
        Event.SENT_BACK: (
            "{who} was asked to approve it, and says what is needed first:",
            "It is with {leaders} again, and you will hear how it goes on.",
        ),
        Event.DETAILS_REMOVED: (
            "{who} removed patient details from your idea.",
            "The idea itself goes on. If it needs its words again, add them without anything about a "
            "patient.",
        ),
        Event.SHARED: (
            "Your idea is shown to other units now, as you agreed.",
            "Thank you. Each unit that adopts it is counted.",
        ),
        Event.ADOPTED: ("{whom} is adopting your idea.", "Thank you for sharing it."),
    }
)
# What leaders would like to do, where an approver is asked first.
_PROPOSED: Final[Mapping[Event | None, str]] = MappingProxyType(
    {
        Event.ACCEPTED: "do it{by_day}{with_whom}",
        Event.PLANNED: "plan it{for_day}{with_whom}",
        Event.TEST_STARTED: "test it{until_day}{with_whom}",
        None: "go ahead",
    }
)


def happened(facts: IdeaFacts, line: Line) -> str:
    """One line of history as a sentence without a stop and without its words: `Dr Khan asked`."""
    return _HAPPENED[line.kind].format_map(_pieces(facts, line, long=False))


def news(facts: IdeaFacts, line: Line) -> tuple[str, str]:
    """For whoever handed it in: what happened, and what it means and comes next ("" for nothing)."""
    pieces = _pieces(facts, line, long=True)
    if line.kind not in _NEWS:
        return f"{happened(facts, line)}.", ""
    opening, after = _NEWS[line.kind]
    if line.kind is Event.IMPLEMENTED and line.who and line.who == facts.submitter:
        opening = "You wrote that your idea has been in place{since_day}. *Is it in place?*"
    return opening.format_map(pieces), after.format_map(pieces).strip()


def proposed(facts: IdeaFacts, line: Line) -> str:
    """What leaders would like to do, without a stop: `test it until Tue 24 Nov`."""
    return _pieces(facts, line, long=False)["proposed"]


def more_label(line: Line) -> str:
    """What the second text of a line is."""
    match line.proposes or line.kind:
        case Event.TEST_STARTED:
            return "What we expect to see"
        case Event.TEST_ADOPTED | Event.TEST_ADAPTED | Event.TEST_ABANDONED:
            return "What the data said"
        case Event.IMPLEMENTED:
            return "How one can see it"
        case Event.DECLINED:
            return "What was considered"
        case _:
            return "More"


def open_questions(facts: IdeaFacts) -> list[Line]:
    """The questions that have no answer yet, oldest first."""
    waiting: list[Line] = []
    for line in facts.history:
        if line.kind is Event.ASKED:
            waiting.append(line)
        elif line.kind is Event.ANSWERED and waiting:
            answered = [one for one in waiting if one.seq == line.answers] or waiting[-1:]
            waiting = [one for one in waiting if one not in answered]
    return waiting


def days_of(facts: IdeaFacts, line: Line, *, long: bool = False) -> dict[str, str]:
    """The line's day after each word that may stand before it, such as `by_day`; "" where it has none."""
    day = (long_day if long else short_day)(line.on, facts.today) if line.on else ""
    words = ("for", "until", "since", "by", "on")
    return {
        **{f"{word}_day": f" {word} {day}" if day else "" for word in words},
        "back_on_day": f"; it comes back on {day}" if day else "",
    }


def _pieces(facts: IdeaFacts, line: Line, *, long: bool) -> dict[str, str]:
    whom = name(line.whom) if line.whom else _UNNAMED.get(line.kind, "")
    pieces = {
        "who": who_said(line),
        "whom": whom,
        "leaders": leaders_of(facts),
        "with_whom": f", with {whom} looking after it" if whom else "",
        "owner": f" {name(facts.owner)} looks after it." if facts.owner else "",
        **days_of(facts, line, long=long),
        "decision_due": (
            f" A decision is due by *{long_day(facts.decide_by, facts.today)}*." if facts.decide_by else ""
        ),
        "answer_due": _answer_due(facts),
    }
    proposal = _PROPOSED.get(line.proposes, _PROPOSED[None])
    return {**pieces, "proposed": proposal.format_map(pieces)}


def _answer_due(facts: IdeaFacts) -> str:
    if facts.due is None or facts.overdue:
        return "You will hear what they decide."
    return f"The next answer is due by *{long_day(facts.due, facts.today)}*."
