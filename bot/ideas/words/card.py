"""An idea's card in its unit's channel: always one, brought up to date in place."""

from __future__ import annotations

from typing import Final

from bot.ideas import names
from bot.ideas.facts import IdeaFacts, Line
from bot.ideas.lifecycle import ENDED, UNANSWERED
from bot.ideas.words.phrases import (
    REMOVED,
    Message,
    ago,
    from_whom,
    headed,
    listed,
    me_too_words,
    name,
    quoted,
    rest_of,
    short_day,
)
from bot.slack_blocks import Block, actions, button, context, section
from storage.terms import IdeaEventKind as Event
from storage.terms import IdeaState as State

# What of the text stands on the card; "More" shows all of it.
_REST: Final = 600
_WORDS: Final = 700

# Whose words stand on the card in each state: the latest line of these kinds.
_SPEAKING: Final = {
    State.NEW: (Event.SENT_BACK,),
    State.ACKNOWLEDGED: (Event.ACKNOWLEDGED, Event.REOPENED, Event.SENT_BACK),
    State.ACCEPTED: (Event.ACCEPTED, Event.TEST_ADOPTED, Event.STARTED),
    State.PLANNED: (Event.PLANNED,),
    State.TESTING: (Event.TEST_STARTED, Event.TEST_ADAPTED),
    State.IMPLEMENTED: (Event.IMPLEMENTED,),
    State.VERIFIED: (Event.IMPLEMENTED,),
    State.DISPUTED: (Event.DISPUTED,),
    State.NOT_NOW: (Event.PUT_OFF,),
    State.DECLINED: (Event.DECLINED,),
    State.TRIED: (Event.TEST_ABANDONED,),
}


def card(facts: IdeaFacts) -> Message:
    """The card as it is now: the idea, whose it is, where it stands, and what can be done."""
    if facts.state in ENDED:
        return left_behind(facts, "")
    text = f"#{facts.number} · an idea in {name(facts.unit)}"
    if facts.state is State.NEW:
        text = f"#{facts.number} · a new idea in {name(facts.unit)}"
    blocks = [
        section(_idea(facts)),
        context(_origin(facts), *([marks] if (marks := marks_of(facts)) else [])),
        section(_capital(standing(facts))),
        actions(*_buttons(facts)),
    ]
    return {"text": text, "blocks": blocks}


def left_behind(facts: IdeaFacts, where: str) -> Message:
    """What stays of a card: the idea was joined with another or withdrawn, or is now in `where` (a unit)."""
    if where:
        text = f"#{facts.number} is now with {name(where)}"
        told = f"*#{facts.number} is now with {name(where)}.* It goes on there, and nothing of it is lost."
    elif facts.state is State.MERGED:
        text = f"#{facts.number} was joined with #{facts.merged_into}"
        told = (
            f"*#{facts.number} was joined with #{facts.merged_into}.* "
            f"Everybody who said “me too” counts there now."
        )
    else:
        text = f"#{facts.number} was withdrawn"
        told = f"*#{facts.number} was withdrawn* by whoever handed it in. Thank you for thinking of it."
    return {"text": text, "blocks": [section(told), actions(button(names.MORE, "More", str(facts.number)))]}


def standing(facts: IdeaFacts) -> str:
    """Where an idea stands (`*Being tested* until Tue 5 Dec by Sam Okafor`); below it the leader's words."""
    parts = [_state(facts)]
    if facts.waits_for_approval:
        parts.append("*An approver is asked* before it goes ahead")
    elif facts.state in UNANSWERED:
        parts += [_clock(facts), _thinking(facts)]
    elif facts.overdue and facts.due is not None:
        parts.append(f"news was due {short_day(facts.due, facts.today)}")
    line = _speaking(facts)
    words = _words_of(line) if line is not None else ""
    return "\n".join(part for part in (" · ".join(part for part in parts if part), words) if part)


def _idea(facts: IdeaFacts) -> str:
    rest = rest_of(facts.text)
    if facts.details_removed:
        quote = quoted(rest, _REST) if rest else ""
        removed = "" if not facts.text.strip() else f"_{REMOVED}._"
        return "\n".join(part for part in (headed(facts), quote, removed) if part)
    return f"{headed(facts)}\n{quoted(rest, _REST)}" if rest else headed(facts)


def _origin(facts: IdeaFacts) -> str:
    handed_in = f"handed in {short_day(facts.handed_in, facts.today)}"
    # Told while it waits, when the card is written anew each day; later the day alone is always true.
    age = ago(facts.handed_in, facts.today) if facts.state in UNANSWERED else ""
    parts = (from_whom(facts), handed_in, age, me_too_words(facts.supporters))
    return " · ".join(part for part in parts if part)


def marks_of(facts: IdeaFacts) -> str:
    """What else is known of an idea, as one line; "" for nothing."""
    marks = []
    if facts.from_patient:
        marks.append("a patient or family suggested this")
    if facts.on_behalf:
        marks.append("handed in for a colleague")
    if facts.wants_to_lead:
        marks.append("would like to lead it")
    if facts.own_control:
        marks.append("within the team's own control")
    if facts.measure:
        marks.append(f"could move {quoted(facts.measure, 90)}")
    if facts.adopted_from is not None:
        unit = f" in {name(facts.adopted_from_unit)}" if facts.adopted_from_unit else ""
        marks.append(f"adopted from #{facts.adopted_from}{unit}")
    if facts.has_picture:
        marks.append("a picture is in the thread")
    if facts.adoptions:
        marks.append(
            "adopted by 1 other unit" if facts.adoptions == 1 else f"adopted by {facts.adoptions} other units"
        )
    return _capital(" · ".join(marks))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _state(facts: IdeaFacts) -> str:
    by = f" by {name(facts.owner)}" if facts.owner else ""
    looks_after = f" · {name(facts.owner)} looks after it" if facts.owner else ""
    due = short_day(facts.due_on, facts.today) if facts.due_on else ""
    since = f" since {short_day(facts.implemented_on, facts.today)}" if facts.implemented_on else ""
    match facts.state:
        case State.ACCEPTED:
            return "*Going ahead*" + (f", due {due}" if due else "") + looks_after
        case State.PLANNED:
            return "*Planned*" + (f" for {due}" if due else "") + looks_after
        case State.TESTING:
            return "*Being tested*" + (f" until {due}" if due else "") + by
        case State.IMPLEMENTED if facts.unverified:
            return f"*In place*{since}, not confirmed yet by whoever raised it"
        case State.IMPLEMENTED:
            return f"*In place*{since} · whoever raised it is asked to confirm it"
        case State.VERIFIED:
            return f"*In place and confirmed*{since}"
        case State.DISPUTED:
            return "*Not in place yet*"
        case State.NOT_NOW:
            again = short_day(facts.look_again_on, facts.today) if facts.look_again_on else ""
            return "*Not now*" + (f" · it comes back on {again}" if again else "")
        case State.DECLINED:
            return "*Not taken up*"
        case State.TRIED:
            return "*Tried, and something learned*"
        case _:
            return ""


def _clock(facts: IdeaFacts) -> str:
    if facts.due is None:
        return "waiting for an answer"
    verb = "was due" if facts.overdue else "due"
    what = "answer" if facts.state is State.NEW else "decision"
    return f"{what} {verb} *{short_day(facts.due, facts.today)}*"


def _thinking(facts: IdeaFacts) -> str:
    if facts.assignee:
        return f"{name(facts.assignee)} is thinking about it"
    if facts.state is not State.ACKNOWLEDGED or not facts.leaders:
        return ""
    verb = "is" if len(facts.leaders) == 1 else "are"
    return f"{listed([name(one, 60) for one in facts.leaders[:2]])} {verb} thinking about it"


def _speaking(facts: IdeaFacts) -> Line | None:
    kinds = _SPEAKING.get(facts.state, ())
    if facts.waits_for_approval:
        kinds = (Event.APPROVAL_ASKED,)
    return next((line for line in reversed(facts.history) if line.kind in kinds), None)


def _words_of(line: Line) -> str:
    if line.removed:
        return f"_{REMOVED}_"
    if not line.words:
        return ""
    who = f" ({name(line.who)})" if line.who else ""
    return f"{quoted(line.words, _WORDS)}{who}"


def _buttons(facts: IdeaFacts) -> list[Block]:
    number = str(facts.number)
    me_too = button(names.ME_TOO, "Me too", number)
    ask = button(names.ASK, "Ask", number)
    more = button(names.MORE, "More", number)
    note = button(names.NOTE, "Add progress", number)
    match facts.state:
        case State.NEW:
            acknowledge = button(names.ACKNOWLEDGE, "Acknowledge", number)
            return [me_too, acknowledge, button(names.DECIDE, "Decide", number), ask, more]
        case State.ACKNOWLEDGED | State.NOT_NOW:
            return [me_too, button(names.DECIDE, "Decide", number), ask, more]
        case State.ACCEPTED | State.PLANNED:
            return [me_too, note, button(names.IMPLEMENT, "It is in place", number), ask, more]
        case State.TESTING:
            return [me_too, button(names.STUDY, "Study the test", number), note, ask, more]
        case State.DISPUTED:
            decide = button(names.DECIDE, "Decide", number)
            return [note, button(names.IMPLEMENT, "It is in place", number), decide, ask, more]
        case State.IMPLEMENTED:
            return [me_too, more]
        case _:
            return [more]
