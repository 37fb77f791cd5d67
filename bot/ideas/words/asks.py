"""The forms behind an idea's buttons; `bot.ideas.words.replies` reads what was filled in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from bot.ideas import names
from bot.ideas.facts import IdeaFacts, Line, Similar, UnitChoice
from bot.ideas.words.deciding import CHOICES, decide_form
from bot.ideas.words.phrases import (
    A_SENTENCE,
    REMOVED,
    STATES,
    form_about,
    name,
    quoted,
    text_box,
    title_of,
    who_said,
)
from bot.ideas.words.replies import (
    NO_PERSON,
    Target,
    coached,
    read_choice,
    read_decision,
    read_implementation,
    read_merge,
    read_share,
    read_study,
    read_target,
    read_unit,
    read_whom,
    read_words,
)
from bot.ideas.words.story import more_label, proposed
from bot.slack_blocks import Block, View, context, field, option, section
from storage.terms import IdeaEventKind as Event

STUDIES: Final[Mapping[Event, tuple[str, str]]] = {
    Event.TEST_ADOPTED: ("Keep it", "It worked: it goes ahead."),
    Event.TEST_ADAPTED: ("Change it and test again", "It showed what to change."),
    Event.TEST_ABANDONED: ("Stop here", "It is kept as tried, with what was learned."),
}
_NEXT_BATCH = (
    "So that its time does not give you away, this appears with the next working day's ideas, without your "
    "name."
)


# -- answering ----


def acknowledge_form(facts: IdeaFacts, words: str = "") -> View:
    """A leader's first words: seen, and being thought about."""
    box = text_box(words, A_SENTENCE)
    hint = "It goes to whoever handed it in, with your name, and onto the card."
    return form_about(
        names.ACKNOWLEDGE,
        facts,
        "Acknowledge",
        [field(names.WORDS, "Your first words", box, hint=hint)],
        submit="Send",
    )


def ask_form(facts: IdeaFacts, words: str = "") -> View:
    """A question to whoever handed it in."""
    hint = "The answer comes back to the idea's thread."
    if facts.anonymous:
        hint = (
            "They see it on their Rounds Home, and the answer comes back to the idea's thread without a name."
        )
    box = text_box(words, "What would you like to know?")
    return form_about(
        names.ASK, facts, "Ask", [field(names.WORDS, "Your question", box, hint=hint)], submit="Ask"
    )


def answer_form(facts: IdeaFacts, seq: int, words: str = "") -> View:
    """The sender's answer to the question in line `seq`."""
    line = _line(facts, seq)
    asked: list[Block] = []
    if line is not None:
        who = name(line.who) if line.who else "The leaders"
        asked = [section(f"{who} asked: {REMOVED if line.removed else quoted(line.words, 2000)}")]
    box = text_box(words, A_SENTENCE)
    blocks = [*asked, field(names.WORDS, "Your answer", box), *_hidden(facts)]
    return form_about(names.ANSWER, facts, "Answer", blocks, submit="Send", seq=seq)


def approve_form(facts: IdeaFacts, seq: int, words: str = "") -> View:
    """An approver's yes to the decision in line `seq`."""
    box = text_box(words, "If there is something to watch for, say it here.")
    blocks = [*_decided(facts, seq), field(names.WORDS, "Your words", box, optional=True)]
    return form_about(names.APPROVE, facts, "Approve", blocks, submit="Approve", seq=seq)


def send_back_form(facts: IdeaFacts, seq: int, words: str = "") -> View:
    """An approver's questions before a yes."""
    box = text_box(words, "What is needed before it can go ahead?")
    blocks = [*_decided(facts, seq), field(names.WORDS, "What is needed", box)]
    return form_about(names.SEND_BACK, facts, "Send back", blocks, submit="Send back", seq=seq)


# -- moving it about ----


def assign_form(facts: IdeaFacts) -> View:
    """Who thinks about it."""
    people: Block = {"type": "users_select"}
    hint = "They are told at once. The leaders still decide."
    return form_about(
        names.ASSIGN,
        facts,
        "Assign",
        [field(names.WHOM, "Who thinks about it?", people, hint=hint)],
        submit="Assign",
    )


def merge_form(facts: IdeaFacts, similar: Sequence[Similar] = ()) -> View:
    """Which idea this one is joined with."""
    blocks: list[Block] = [
        section(
            "Everybody who said “me too” goes along, and the earlier clock goes on. Whoever handed it in is "
            "told."
        )
    ]
    if similar:
        options = [
            option(
                f"#{one.number} {title_of(one.text)}", str(one.number), f"{one.unit} · {STATES[one.state]}"
            )
            for one in similar[:10]
        ]
        element: Block = {"type": "radio_buttons", "options": options}
        blocks.append(field(names.WHICH, "Join it with", element, optional=True))
    label = "Or another idea's number" if similar else "The other idea's number"
    number: Block = {"type": "plain_text_input", "max_length": 12}
    blocks.append(field(names.WHICH_OTHER, label, number, optional=bool(similar)))
    return form_about(names.MERGE, facts, "Join with another", blocks, submit="Join")


def move_form(facts: IdeaFacts, units: Sequence[UnitChoice]) -> View:
    """Which unit it belongs to."""
    told = "Its clock goes on, and whoever handed it in is told."
    return form_about(
        names.MOVE,
        facts,
        "Move it",
        [field(names.UNIT, "Which unit does it belong to?", _units(units), hint=told)],
        submit="Move",
    )


def adopt_form(facts: IdeaFacts, units: Sequence[UnitChoice]) -> View:
    """Which of one's units takes the idea up."""
    told = "It becomes an idea of its own there, tied to this one."
    return form_about(
        names.ADOPT,
        facts,
        "We will adopt this",
        [field(names.UNIT, "For which unit?", _units(units), hint=told)],
        submit="Adopt",
    )


# -- doing it ----


def note_form(facts: IdeaFacts, words: str = "") -> View:
    """What has happened since."""
    box = text_box(words, A_SENTENCE)
    hint = "It stands in the idea's thread; whoever handed it in is told."
    return form_about(
        names.NOTE,
        facts,
        "Add progress",
        [field(names.WORDS, "What has happened?", box, hint=hint)],
        submit="Add",
    )


def study_form(facts: IdeaFacts, words: str = "") -> View:
    """What a test showed: plan, do, study, act."""
    line = next(
        (one for one in reversed(facts.history) if one.kind in (Event.TEST_STARTED, Event.TEST_ADAPTED)), None
    )
    expected = next((one for one in reversed(facts.history) if one.kind is Event.TEST_STARTED), None)
    blocks: list[Block] = []
    if expected is not None and expected.more:
        blocks.append(section(f"*What was expected*\n{quoted(expected.more, 1500)}"))
    if line is not None and line.kind is Event.TEST_ADAPTED and line.words:
        blocks.append(section(f"*What the test before showed*\n{quoted(line.words, 1200)}"))
    data = text_box("", "A count before and after, or what people said.")
    learned = text_box(words, "What surprised you? What would you tell another ward?")
    options = [option(label, kind.value, told) for kind, (label, told) in STUDIES.items()]
    kinds: Block = {"type": "radio_buttons", "options": options}
    blocks += [
        field(names.MORE_WORDS, "What did the data say?", data),
        field(names.WORDS, "What was learned?", learned),
        field(names.CHOICE, "What next?", kinds),
        field(
            names.ON,
            "The next test is done by",
            {"type": "datepicker"},
            hint="Only where you change it and test again.",
            optional=True,
        ),
    ]
    return form_about(names.STUDY, facts, "Study the test", blocks, submit="Save")


def implement_form(facts: IdeaFacts, words: str = "") -> View:
    """It is in place: what was done, how one can see it, since when (I9)."""
    seen = option("No patient, no screen and no notes are in the picture", "yes")
    proof_hint = "Words, a link or a picture: one of them is enough."
    picture: Block = {"type": "file_input", "filetypes": ["jpg", "jpeg", "png"], "max_files": 1}
    day: Block = {"type": "datepicker", "initial_date": facts.today.isoformat()}
    blocks = [
        field(names.WORDS, "What was done?", text_box(words, A_SENTENCE)),
        field(names.MORE_WORDS, "How can one see it?", text_box(), hint=proof_hint, optional=True),
        field(names.PICTURE, "A picture", picture, optional=True),
        field(
            names.PICTURE_OK,
            "If there is a picture",
            {"type": "checkboxes", "options": [seen]},
            optional=True,
        ),
        field(names.ON, "In place since", day),
        context("Whoever handed it in is asked whether it is so."),
    ]
    return form_about(names.IMPLEMENT, facts, "It is in place", blocks, submit="Send")


# -- whoever handed it in ----


def verify_form(facts: IdeaFacts) -> View:
    """Yes, it is in place; and may others see it?"""
    named = "" if facts.anonymous else "Your name stands with it."
    share = option(
        "Show it to other units, so that they can adopt it", "yes", named or "No name stands with it."
    )
    blocks = [
        *_done(facts),
        field(names.SHARE, "Share it", {"type": "checkboxes", "options": [share]}, optional=True),
        *_hidden(facts),
    ]
    return form_about(names.VERIFY, facts, "Yes, it is in place", blocks, submit="Confirm")


def dispute_form(facts: IdeaFacts, words: str = "") -> View:
    """Not in place yet: what is missing."""
    box = text_box(words, A_SENTENCE)
    hint = "" if facts.anonymous else "The leaders are told at once."
    blocks = [*_done(facts), field(names.WORDS, "What is missing?", box, hint=hint), *_hidden(facts)]
    return form_about(names.DISPUTE, facts, "Not in place yet", blocks, submit="Send")


def detail_form(facts: IdeaFacts, words: str = "") -> View:
    """Something to add to one's idea."""
    box = text_box(words, A_SENTENCE)
    blocks = [field(names.WORDS, "What would you like to add?", box), *_hidden(facts)]
    return form_about(names.ADD_DETAIL, facts, "Add detail", blocks, submit="Add")


def withdraw_form(facts: IdeaFacts, words: str = "") -> View:
    """Taking one's idea back."""
    box = text_box(words, "Only if you like.")
    blocks = [
        section("It is closed, and nobody has to answer it any more. Its number and its story stay."),
        field(names.WORDS, "Why", box, optional=True),
        *_hidden(facts),
    ]
    return form_about(names.WITHDRAW, facts, "Withdraw", blocks, submit="Withdraw", close="Keep it")


# -- leaders, later ----


def remove_form(facts: IdeaFacts) -> View:
    """Before patient details are taken out everywhere: what that means."""
    blocks = [
        section(
            "*This empties every text and picture of the idea,* in Rounds, in its search and exports, and "
            "in the "
            "messages that Rounds has posted. Its number, its dates and what was decided stay, and so does "
            "who "
            "removed the details and when. It cannot be undone."
        ),
        section(
            "What people have read or copied, and copies that Slack itself keeps, are out of reach. If a "
            "patient "
            "was named, please tell whoever looks after information governance as well."
        ),
    ]
    return form_about(names.REMOVE, facts, "Remove patient details", blocks, submit="Remove", close="Keep it")


def reopen_form(facts: IdeaFacts, words: str = "") -> View:
    """Thinking about it again."""
    box = text_box(words, "What has changed?")
    blocks = [field(names.WORDS, "Why now?", box)]
    return form_about(names.REOPEN, facts, "Think about it again", blocks, submit="Open again")


# -- pieces ----


def _units(units: Sequence[UnitChoice]) -> Block:
    options = [option(unit.name, str(unit.id)) for unit in units]
    if len(options) == 1:
        return {"type": "static_select", "options": options, "initial_option": options[0]}
    if len(options) <= 100:
        return {"type": "static_select", "options": options}
    groups = [options[first : first + 100] for first in range(0, min(len(options), 400), 100)]
    return {
        "type": "static_select",
        "option_groups": [{"label": group[0]["text"], "options": group} for group in groups],
    }


def _decided(facts: IdeaFacts, seq: int) -> list[Block]:
    line = _line(facts, seq)
    if line is None or not line.words:
        return []
    told = section(f"*{who_said(line)} would like to {proposed(facts, line)}*\n{quoted(line.words, 1800)}")
    expected = [section(f"*{more_label(line)}:* {quoted(line.more, 1500)}")] if line.more else []
    return [told, *expected]


def _done(facts: IdeaFacts) -> list[Block]:
    line = next((one for one in reversed(facts.history) if one.kind is Event.IMPLEMENTED), None)
    if line is None or not line.words:
        return []
    proof = f"\n*How one can see it:* {quoted(line.more, 900)}" if line.more else ""
    return [section(f"*What was done:* {quoted(line.words, 1500)}{proof}")]


def _hidden(facts: IdeaFacts) -> list[Block]:
    return [context(_NEXT_BATCH)] if facts.anonymous else []


def _line(facts: IdeaFacts, seq: int) -> Line | None:
    return next((line for line in facts.history if line.seq == seq), None)


__all__ = [
    "CHOICES",
    "NO_PERSON",
    "STUDIES",
    "Target",
    "acknowledge_form",
    "adopt_form",
    "answer_form",
    "approve_form",
    "ask_form",
    "assign_form",
    "coached",
    "decide_form",
    "detail_form",
    "dispute_form",
    "implement_form",
    "merge_form",
    "move_form",
    "note_form",
    "read_choice",
    "read_decision",
    "read_implementation",
    "read_merge",
    "read_share",
    "read_study",
    "read_target",
    "read_unit",
    "read_whom",
    "read_words",
    "remove_form",
    "reopen_form",
    "send_back_form",
    "study_form",
    "verify_form",
    "withdraw_form",
]
