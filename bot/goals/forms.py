"""The pages and forms about goals: to propose one, to say why not, and to look at all of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final

from bot.digests.facts import MeasureFacts
from bot.digests.values import direction_words, format_day
from bot.goals import names
from bot.goals.facts import GoalFacts, ToPropose
from bot.goals.rules import EXAMPLES, LEAST_VOTES
from bot.goals.words import LONGEST_QUOTED, PRIVATE, SAID, over_words, source, titled, vote_buttons
from bot.ideas.names import form_of
from bot.ideas.words.phrases import long_day, name, plural, quoted, text_box
from bot.slack_blocks import Block, View, actions, context, field, modal, option, section
from bot.slack_text import shorten
from storage.terms import Kind

MOST_IN_HISTORY: Final = 40
MOST_CHOICES: Final = 100
LONGEST_WORDS: Final = 300


def opening_view() -> View:
    """What stands there while the form is being made."""
    return modal("Propose a goal", [section("One moment…")])


def propose_form(found: ToPropose) -> View:
    """The form of a proposal."""
    if not found.choices:
        said = (
            "There is no measure here on which your group is compared, so there is nothing to propose a goal "
            "for yet."
        )
        return modal("Propose a goal", [section(said)])
    several = len({group for group, _, _, _ in found.choices}) > 1
    options = [
        option(
            shorten(f"{measure.title.strip().rstrip(' .:')}{f' · {group}' if several else ''}", 75),
            f"{group_id}:{measure_id}",
            _unit_hint(measure),
        )
        for group_id, group, measure_id, measure in found.choices[:MOST_CHOICES]
    ]
    select: Block = {"type": "static_select", "options": options}
    if len(options) == 1:
        select["initial_option"] = options[0]
    blocks = [
        section(
            "Everybody in your group is asked once what they think of it: attainable, a stretch, or not "
            "attainable. It becomes a goal only if they were heard and the leaders adopt it."
        ),
        field(names.MEASURE, "Which measure", select),
        field(
            names.VALUE,
            "The goal",
            {"type": "plain_text_input", "max_length": 40},
            hint="As you would write it: 78 %, 2.5 days, 4.2.",
        ),
        field(
            names.WORDS,
            "Why this one, in a sentence",
            {**text_box(lines=False), "max_length": LONGEST_WORDS},
            hint="Your colleagues read it without your name.",
        ),
    ]
    return modal(
        "Propose a goal", blocks, callback=form_of(names.PROPOSE), submit="Ask the group", close="Cancel"
    )


def _unit_hint(measure: MeasureFacts) -> str:
    example = EXAMPLES[measure.kind]
    per = f" per {measure.per:,.0f}" if measure.kind is Kind.RATE and measure.per != 1 else ""
    return f"{direction_words(measure)} Written as {example}{per}"


def proposed_view(goal: GoalFacts, asked: int, remark: str) -> View:
    """The proposal is on its way."""
    until = long_day(goal.votes_until)
    parts = [
        f"Thank you. {plural(asked, 'colleague is', 'colleagues are')} asked about {titled(goal)} until "
        f"{until}, each at their own time; so are you.",
        remark,
        f"It takes {LEAST_VOTES} answers at least, and a third of those asked. You hear what comes of it.",
    ]
    return modal("Propose a goal", [section("\n".join(part for part in parts if part))])


def already_view(goal: GoalFacts) -> View:
    """Somebody else was first: what they propose, to be voted on."""
    first = f"The group has a proposal for this measure already: {titled(goal)}."
    if not goal.asked:
        return modal("Propose a goal", [section(f"{first} {over_words(goal)}")])
    rest = "One is asked about at a time, so nothing was added. What do you think of this one?"
    said = f" You said *{SAID[goal.vote]}* before." if goal.vote is not None else ""
    return modal(
        "Propose a goal",
        [
            section(f"{first} {source(goal)}\n{rest}{said}"),
            actions(*vote_buttons(goal, but=goal.vote)),
            context(f"Until {long_day(goal.votes_until)}. {PRIVATE}"),
        ],
    )


def reason_form(goal: GoalFacts, action: str) -> View:
    """Why a goal is not adopted for now, or why it ends."""
    ends = action == names.END
    heading, submit = ("End this goal", "End it") if ends else ("Not now", "Not now")
    label = "Why it ends, in a sentence" if ends else "Why not now, in a sentence"
    what = (
        "It is no longer shown in digests after this; the history keeps it."
        if ends
        else "Whoever proposed it reads this, and so can the group."
    )
    return modal(
        heading,
        [
            section(f"{over_words(goal)}\n{what}"),
            field(names.WORDS, label, {**text_box(), "max_length": LONGEST_WORDS}, optional=ends),
        ],
        callback=form_of(action),
        submit=submit,
        close="Cancel",
        metadata=json.dumps({"goal": goal.id}),
    )


def history_view(goals: Sequence[GoalFacts]) -> View:
    """All goals of somebody's groups, the latest first."""
    if not goals:
        return modal("All goals", [section("There has been no goal here yet.")])
    blocks: list[Block] = []
    for goal in goals[:MOST_IN_HISTORY]:
        small = [f"{name(goal.group)} · proposed {format_day(goal.proposed_on, year=True)}"]
        if goal.words:
            small.append(quoted(goal.words, LONGEST_QUOTED))
        blocks += [section(over_words(goal)), context(*small)]
    left = len(goals) - MOST_IN_HISTORY
    if left > 0:
        blocks.append(section(f"{plural(left, 'older one is', 'older ones are')} kept as well."))
    return modal("All goals", blocks)
