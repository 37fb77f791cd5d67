"""What people read of answers: forms, pages, the outcome, the sections of the Home. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from bot.answers import names
from bot.answers.acts import LONGEST_WORDS, period_value
from bot.answers.facts import AnswersAtHome, Item, Line, OwnAnswer, Reason, Waiting, Window
from bot.digests.values import format_count, format_span
from bot.ideas.names import beside, form_of
from bot.ideas.words.phrases import Message, listed, name, plural, quoted, short_day
from bot.language.language import Language, noted
from bot.slack_blocks import (
    Block,
    View,
    actions,
    button,
    confirmation,
    context,
    divider,
    field,
    modal,
    option,
    section,
)
from bot.talks.names import measure_value
from storage.terms import AnswerKind, AnswerState, Kind

LABELS: Final[Mapping[AnswerKind, str]] = MappingProxyType(
    {
        AnswerKind.WARRANTED: "This is warranted",
        AnswerKind.DATA_WRONG: "The data looks wrong",
        AnswerKind.NOT_MY_PATIENT: "Not my patient",
        AnswerKind.WRONG_GROUP: "Wrong peer group",
    }
)
_ABOUT: Final[Mapping[AnswerKind, str]] = MappingProxyType(
    {
        AnswerKind.DATA_WRONG: "Something is counted that is not so, or is missing",
        AnswerKind.NOT_MY_PATIENT: "Patients are counted for you whom somebody else looked after",
        AnswerKind.WRONG_GROUP: "Your patients or your work differ from these colleagues'",
    }
)
NOT_RIGHT: Final = noted("Something not right?")
VARIED: Final = noted("Why colleagues varied")
SAME: Final = "I would have done the same"
MINE: Final = "What you answered"
QUEUE: Final = "Answers that wait"
GONE: Final = "There is nothing of yours to answer here. `/digest` shows your latest digest."
NOT_ENOUGH: Final = (
    "Colleagues' reasons are shown once five others in your group have given theirs and let them be read."
)
_BOXES: Final = 10  # Slack's most in one group of boxes
_MOST_GROUPS: Final = 6
_MOST_NAMES: Final = 3
_WORDS: Final = 1500
_MOST_ROWS: Final = 60
_MOST_BLOCKS: Final = 100


# -- the digest's pages ----


def with_doors(view: View, *doors: Block) -> View:
    """A page of a digest with these blocks at its end, within Slack's hundred."""
    return {**view, "blocks": [*view["blocks"][: _MOST_BLOCKS - len(doors)], *doors]}


def more_doors(varied: Sequence[tuple[str, str]], language: Language) -> list[Block]:
    """Below "More measures": on which of them (key, title) colleagues told why theirs differed."""
    doors: list[Block] = []
    for number, (key, title) in enumerate(varied):
        differed = language.say("Colleagues have told why theirs differed.")
        door = button(beside(names.VARIED, number), language.say(VARIED), key)
        doors.append({**section(f"*{name(title, 200)}*\n{differed}"), "accessory": door})
    return doors


def counted_doors(week: str, key: str, language: Language) -> list[Block]:
    """Below "How is this counted?"."""
    return [actions(button(names.WRONG, language.say(NOT_RIGHT), measure_value(week, key)))]


# -- forms ----


def warranted_form(found: Window, readers: Sequence[str], *, cases: bool) -> View:
    """What was warranted, and why."""
    left = [one for one in found.periods if not one.aside]
    single = " Single cases can be set aside on “My cases”." if cases else ""
    blocks = [
        _about(found),
        section(
            "Sometimes a figure differs for a good reason. Say why, and set aside what should not count. "
            "From your next digest on you see your figure with and without it; the comparison of your "
            "colleagues changes only if the analyst or one of them agrees. You can withdraw it on your "
            f"Home.{single}"
        ),
    ]
    for number in range(0, min(len(left), _BOXES * _MOST_GROUPS), _BOXES):
        boxes = [
            option(
                f"{format_span(one.start, one.end)}: {_counts(one.numerator, one.denominator, found.kind)}",
                period_value(one),
            )
            for one in left[number : number + _BOXES]
        ]
        label = "Which of them should not count?" if number == 0 else "And of these?"
        element: Block = {"type": "checkboxes", "options": boxes}
        blocks.append(field(f"{names.PERIODS}_{number}", label, element, optional=True))
    tick: Block = {
        "type": "checkboxes",
        "options": [option("Colleagues may read my words, without my name", "shown")],
    }
    blocks += [
        _words_field("Why was it right for these patients?"),
        field(names.SHOWN, "For others", tick, optional=True, hint=_shown_hint()),
        section(who_reads(readers)),
    ]
    return modal(
        LABELS[AnswerKind.WARRANTED],
        blocks,
        callback=form_of(names.WARRANTED),
        submit="Send",
        close="Cancel",
        metadata=json.dumps({"week": found.week, "measure": found.key}),
    )


def wrong_form(
    week: str, measures: Sequence[tuple[str, str]], readers: Sequence[str], found: Window | None
) -> View:
    """What is not right, about one measure (`found`) or one that is chosen."""
    kinds = [option(LABELS[kind], kind.value, about) for kind, about in _ABOUT.items()]
    blocks: list[Block] = []
    if found is not None:
        blocks.append(_about(found))
    else:
        choices = [option(title, key) for key, title in measures[:100]]
        menu: Block = {"type": "static_select", "options": choices}
        blocks.append(field(names.MEASURE, "Which measure?", menu))
    blocks += [
        field(names.KIND, "What is not right?", {"type": "radio_buttons", "options": kinds}),
        _words_field("What did you see?"),
        section(who_reads(readers)),
    ]
    return modal(
        NOT_RIGHT,
        blocks,
        callback=form_of(names.WRONG),
        submit="Send",
        close="Cancel",
        metadata=json.dumps({"week": week, "measure": found.key if found is not None else ""}),
    )


def who_reads(readers: Sequence[str]) -> str:
    """Who reads it, as it is (D18)."""
    if not readers:
        return (
            "*Who reads it.* The analyst for your unit, once there is one: there is none yet. They will see "
            "your name and these figures, and the look stands on your record. Your leaders are not shown it."
        )
    shown = [name(one) for one in readers[:_MOST_NAMES]]
    left = len(readers) - len(shown)
    who = listed([*shown, plural(left, "other analyst", "other analysts")] if left else shown)
    return (
        f"*Who reads it.* {who}, with your name and these figures; each look stands on your record. Your "
        "leaders are not shown it. You hear from Rounds what comes of it."
    )


def _shown_hint() -> str:
    return "They appear once five colleagues have given reasons, in no order that tells who or when."


def _words_field(label: str) -> Block:
    box: Block = {"type": "plain_text_input", "multiline": True, "max_length": LONGEST_WORDS}
    return field(names.WORDS, label, box, hint="Please leave out patient details and names.")


# -- why colleagues varied ----


def varied_page(title: str, key: str, reasons: Sequence[Reason]) -> View:
    """Colleagues' reasons, without names."""
    if not reasons:
        return modal(VARIED, [section(NOT_ENOUGH)])
    blocks = [
        section(f"*{name(title, 200)}*\nWhat colleagues in your group said, without names."),
        context(
            "“I would have done the same” leaves what was set aside out for the group as well. Nobody is "
            "told who says so."
        ),
    ]
    for one in reasons[:_MOST_ROWS]:
        said = section(quoted(one.words, _WORDS))
        same = button(beside(names.SECOND, one.answer_id), SAME, measure_value(str(one.answer_id), key))
        blocks.append({**said, "accessory": same} if one.open else said)
    return modal(VARIED, blocks)


# -- one's own answers ----


def mine_page(mine: Sequence[OwnAnswer], first: int, in_all: int) -> View:
    """All that somebody has said, a page of it."""
    if not mine:
        return modal(MINE, [section("You have answered nothing yet.")])
    rows = [block for one in mine for block in _own(one)]
    return modal(MINE, [*rows, *_turn(names.MINE, first, len(mine), in_all)])


def outcome_message(one: OwnAnswer) -> Message:
    """What came of an answer. The notification names no measure (D1)."""
    head = f"*{name(one.title, 200)}: you said “{LABELS[one.kind]}”*\n{quoted(one.words, _WORDS)}"
    return {
        "text": "About something that you told Rounds",
        "blocks": [
            section(head),
            section(_outcome(one)),
            context("Sent only to you. Your Home shows what you have answered, and can withdraw it."),
        ],
    }


def _own(one: OwnAnswer) -> list[Block]:
    aside = f" · {format_count(one.aside)} set aside" if one.aside else ""
    head = f"*{name(one.title, 200)}* · {LABELS[one.kind]} · {short_day(one.said_on)}{aside}"
    made = section(f"{head}\n{quoted(one.words, 700)}\n{_state(one)}")
    if one.state is AnswerState.WITHDRAWN:
        return [made]
    back = {
        **button(beside(names.WITHDRAW, one.answer_id), "Withdraw", str(one.answer_id)),
        "confirm": confirmation(
            "Withdraw it?",
            "Your figures are then as they were, for you and for the group.",
            confirm="Withdraw",
            deny="Keep it",
        ),
    }
    return [{**made, "accessory": back}]


def _state(one: OwnAnswer) -> str:
    if one.state is AnswerState.WITHDRAWN:
        return "You have withdrawn it."
    if one.state is AnswerState.OPEN:
        same = " A colleague would have done the same." if one.seconded else ""
        return f"The analyst has not answered yet.{same}"
    return _outcome(one)


def _outcome(one: OwnAnswer) -> str:
    who = name(one.by) or "The analyst"
    reply = quoted(one.reply, 800)
    if one.state is AnswerState.AGREED:
        left = " What you set aside no longer counts for the group either." if one.aside else ""
        return f"{who} agrees: {reply}{left}"
    left = " Your own digest goes on to show both figures, until you withdraw it." if one.aside else ""
    return f"{who} sees it otherwise: {reply}{left}"


# -- the analyst ----


def queue_page(waiting: Sequence[Waiting], first: int, in_all: int) -> View:
    """What waits for an analyst, the oldest first."""
    if not waiting:
        return modal(QUEUE, [section("Nothing waits for you.")])
    rows = [_waiting(one) for one in waiting]
    return modal(QUEUE, [context(_ON_RECORD), *rows, *_turn(names.QUEUE, first, len(waiting), in_all)])


def item_form(item: Item) -> View:
    """One answer with its figures, to be closed with words."""
    days = format_span(item.first_day, item.last_day, year=True)
    x, n = sum(one.numerator for one in item.lines), sum(one.denominator for one in item.lines)
    head = f"*{name(item.who)}: {LABELS[item.kind]}*\n{name(item.title, 200)}, {days}"
    blocks = [
        section(f"{head}: {_counts(x, n, item.measure_kind)}."),
        section(quoted(item.words, _WORDS)),
    ]
    lines = [_line(one, item.measure_kind) for one in item.lines]
    blocks += [section("\n".join(lines[at : at + 30])) for at in range(0, min(len(lines), 120), 30)]
    blocks += [section(note) for note in _notes(item)]
    verdicts = [option("I agree", names.AGREE), option("I see it otherwise", names.NOT_AGREE)]
    blocks += [
        field(names.VERDICT, "What do you say?", {"type": "radio_buttons", "options": verdicts}),
        _words_field("In your words"),
        context(f"{name(item.who)} reads your words and your name. {_NOTED}"),
    ]
    return modal(
        "Answer a clinician",
        blocks,
        callback=form_of(names.LOOK),
        submit="Send",
        close="Cancel",
        metadata=json.dumps({"answer": item.answer_id}),
    )


_ON_RECORD: Final = "Looking shows a clinician's name and figures, and stands on their record."
_NOTED: Final = "That you looked stands on their record."


def _notes(item: Item) -> list[str]:
    found = []
    if item.for_the_measure:
        found.append(
            "*More than a tenth of these cases is set aside.* Please look at the measure, not at the person: "
            "what it counts, and for whom. Until then it does not lead their digest."
        )
    if item.changed:
        found.append(
            "*An import has changed these counts since.* No more is taken off than is there now; please look "
            "whether what was set aside still holds."
        )
    if item.seconded:
        found.append("A colleague of the group would have done the same, so it counts for the group already.")
    if any(one.aside for one in item.lines) and not item.seconded:
        found.append("If you agree, what is set aside no longer counts for the group either.")
    return found


def _line(one: Line, kind: Kind) -> str:
    aside = f" · {format_count(one.aside)} set aside" if one.aside else ""
    return f"• {format_span(one.start, one.end)}: {_counts(one.numerator, one.denominator, kind)}{aside}"


def _waiting(one: Waiting) -> Block:
    said = section(f"*{name(one.title, 200)}* · {LABELS[one.kind]} · since {short_day(one.said_on)}")
    return {**said, "accessory": button(beside(names.LOOK, one.answer_id), "Look", str(one.answer_id))}


# -- the sections of the Home ----


def home_blocks(found: AnswersAtHome) -> list[Block]:
    """What waits for an analyst, and what one has said oneself; nothing where there is neither."""
    blocks: list[Block] = []
    if found.waiting:
        many = plural(found.waiting_in_all, "waits", "wait")
        oldest = short_day(found.waiting[0].said_on)
        blocks += [
            divider(),
            section(f"*Answers from clinicians*\n{many} for you, the oldest since {oldest}. {_ON_RECORD}"),
            *(_waiting(one) for one in found.waiting),
        ]
        if found.waiting_in_all > len(found.waiting):
            blocks.append(actions(button(names.QUEUE, f"All {found.waiting_in_all}", "0")))
    if found.mine:
        blocks += [divider(), section(f"*{MINE}*")]
        blocks += [block for one in found.mine for block in _own(one)]
        if found.mine_in_all > len(found.mine):
            blocks.append(actions(button(names.MINE, f"All {found.mine_in_all}", "0")))
    return blocks


def _turn(action: str, first: int, shown: int, in_all: int) -> list[Block]:
    """Buttons to the pages before and after."""
    turns = []
    if first > 0:
        turns.append(button(beside(action, 0), "Back", str(max(0, first - shown))))
    if first + shown < in_all:
        turns.append(button(beside(action, 1), "Further", str(first + shown)))
    return [actions(*turns)] if turns else []


def _counts(x: float, n: float, kind: Kind) -> str:
    joint = "of" if kind is Kind.PROPORTION else "in"
    return f"{format_count(x)} {joint} {format_count(n)}"


def _about(found: Window) -> Block:
    """The measure, and one's own counts where there are any."""
    head = f"*{name(found.title, 200)}*"
    if not found.periods:
        return section(head)
    days = format_span(found.first_day, found.last_day)
    return section(f"{head}\n{_counts(*found.counts, found.kind)}, {days}.")


def read_week(metadata: Any) -> tuple[str, str]:
    """The week and the measure that a form carries."""
    held = json.loads(metadata)
    return str(held["week"]), str(held["measure"])
