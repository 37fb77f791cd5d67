"""The form of a decision: which, and what belongs to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bot.ideas import names
from bot.ideas.facts import IdeaFacts
from bot.ideas.lifecycle import is_possible
from bot.ideas.words.phrases import A_SENTENCE, form_about, text_box
from bot.ideas.words.replies import block_of
from bot.slack_blocks import Block, View, field, option
from storage.terms import IdeaEventKind as Event

CHOICES: Final[Mapping[Event, tuple[str, str]]] = {
    Event.ACCEPTED: ("Do it", "It goes ahead."),
    Event.PLANNED: ("Planned", "It goes ahead, on a day and with somebody who looks after it."),
    Event.TEST_STARTED: ("Test it", "A small test first, then we see what it showed."),
    Event.PUT_OFF: ("Not now", "It comes back by itself on the day that you choose."),
    Event.DECLINED: ("No", "With a reason, after two questions."),
}


def decide_form(
    facts: IdeaFacts, choice: Event | None = None, *, words: str = "", touches_care: bool | None = None
) -> View:
    """A decision: first which, then what belongs to it. An update keeps what is typed."""
    possible = [kind for kind in CHOICES if is_possible(facts.state, kind)]
    options = [option(CHOICES[kind][0], kind.value, CHOICES[kind][1]) for kind in possible]
    element: Block = {"type": "radio_buttons", "options": options}
    if choice in possible:
        element["initial_option"] = options[possible.index(choice)]
    blocks = [field(names.CHOICE, "What do you decide?", element, dispatch=True)]
    blocks += _fields_of(choice, facts)
    blocks.append(_words_field(choice, words))
    if choice in (Event.ACCEPTED, Event.PLANNED, Event.TEST_STARTED):
        blocks.append(_care(facts.needs_approval if touches_care is None else touches_care))
    return form_about(names.DECIDE, facts, "Decide", blocks, submit="Decide")


def _fields_of(choice: Event | None, facts: IdeaFacts) -> list[Block]:
    match choice:
        case Event.ACCEPTED:
            return [_owner(facts, optional=True), _on(choice, "Done by", optional=True)]
        case Event.PLANNED:
            return [_on(choice, "Planned for"), _owner(facts)]
        case Event.TEST_STARTED:
            box = text_box("", "For example: nobody waits longer than ten minutes.")
            expect = field(
                block_of(names.MORE_WORDS, choice), "What do you expect to see?", _as(names.MORE_WORDS, box)
            )
            return [expect, _on(choice, "Test until"), _owner(facts)]
        case Event.PUT_OFF:
            return [_on(choice, "Look at it again on")]
        case Event.DECLINED:
            problem = field(
                block_of(names.MORE_WORDS, choice),
                "What is the underlying problem?",
                _as(names.MORE_WORDS, text_box("", "What made somebody write this?")),
                hint="Whoever handed it in reads your answers too.",
            )
            smaller = field(
                block_of(names.SMALLER, choice),
                "Is there a smaller version that you could do?",
                _as(names.SMALLER, text_box("", "If there is, “Test it” may be the better answer.")),
                optional=True,
            )
            return [problem, smaller]
        case _:
            return []


def _words_field(choice: Event | None, words: str) -> Block:
    label = (
        "The reason, in your own words" if choice in (Event.PUT_OFF, Event.DECLINED) else "In your own words"
    )
    hint = "It goes to whoever handed it in, with your name, and onto the card."
    return field(names.WORDS, label, text_box(words, A_SENTENCE), hint=hint)


def _care(ticked: bool) -> Block:
    tick = option(
        "It touches a medicine, a device or a clinical pathway",
        "yes",
        "An approver is asked as well, before it goes ahead.",
    )
    element: Block = {"type": "checkboxes", "options": [tick]}
    if ticked:
        element["initial_options"] = [tick]
    return field(names.CARE, "Approval", element, optional=True)


def _on(choice: Event, label: str, *, optional: bool = False) -> Block:
    return field(block_of(names.ON, choice), label, _as(names.ON, {"type": "datepicker"}), optional=optional)


def _owner(facts: IdeaFacts, *, optional: bool = False) -> Block:
    hint = "Whoever handed it in would like to lead it." if facts.wants_to_lead else ""
    return field(names.WHOM, "Who looks after it?", {"type": "users_select"}, hint=hint, optional=optional)


def _as(action: str, element: Block) -> Block:
    return {**element, "action_id": action}
