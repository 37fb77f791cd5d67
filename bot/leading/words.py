"""The words of what Rounds sends a leader unasked: the daily message and the week. Facts in, blocks out.

What a lock screen shows (`text`) names no idea. The same message is written again when something became of
its ideas: those say so then, and lose their buttons.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from bot.digests.values import format_span
from bot.goals import words as goal_words
from bot.ideas import names as idea_names
from bot.ideas.facts import IdeaFacts
from bot.ideas.words.phrases import (
    A_SENTENCE,
    SECTION,
    Message,
    form_about,
    from_whom,
    headed,
    listed,
    me_too_words,
    name,
    plural,
    title,
)
from bot.leading import names
from bot.leading.aim import aim_blocks
from bot.leading.asking.words import week_blocks as asking_blocks
from bot.leading.asking.words import week_buttons as asking_buttons
from bot.leading.care.words import care_blocks
from bot.leading.compared.words import compared_blocks
from bot.leading.effects_figures import RungFigures
from bot.leading.kept import Became, Mark
from bot.leading.ladder_facts import SNOOZE_DAYS, DayPlan, Item, Why
from bot.leading.presence import presence_blocks
from bot.leading.weak_words import weak_blocks, weak_heading
from bot.leading.week import WeekFacts
from bot.leading.week_words import mentioned, system_lines, team_lines
from bot.slack_blocks import Block, View, actions, button, context, divider, option, section, words_object
from storage.terms import IdeaState as State
from storage.terms import Which

# With two blocks each, and what stands around them, these stay within Slack's 50.
MOST_ITEMS: Final = 10
_MOST_BLOCKS: Final = 50
# A line, the heading, how many more with a button, and a hint.
_AROUND: Final = 5
MOST_SUMMED_UP: Final = 6
# Ideas that wait on others, with a button each beside "Open the board".
MOST_OPENED: Final = 4
_NUMBERS: Final = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten")
_SMALL: Final = {number: word.lower() for number, word in enumerate(_NUMBERS)}
SNOOZING: Final = "“Snooze” puts an idea off in your messages only: whoever handed it in waits on."
# No idea has such a number: for a second button about the same one.
_SECOND: Final = 10**12


@dataclass(frozen=True, slots=True)
class _Told:
    """One idea of a message, with all that is said of it."""

    item: Item
    facts: IdeaFacts
    mark: Mark | None
    others: tuple[str, ...]


def leader_message(
    plan: DayPlan,
    ideas: Mapping[int, IdeaFacts],
    people: Mapping[int, str],
    *,
    week: WeekFacts | None = None,
    marks: Mapping[int, Mark] | None = None,
    weak: Sequence[RungFigures] = (),
) -> Message:
    """One leader's message of the day, or their week.

    - `ideas`: the facts of every idea of the plan; one without any is left out.
    - `people`: the names of all who hear of one of them as well.
    - `week`: what stands in the week; without it the message is a usual one.
    - `marks`: what became of ideas since the message was sent, for its update.
    - `weak`: the rungs of which an administrator hears that they do not work.
    """
    marks = marks or {}

    def told(items: Iterable[Item]) -> list[_Told]:
        return [
            _Told(
                item,
                ideas[item.idea_id],
                marks.get(item.idea_id),
                tuple(people[one] for one in item.with_people if one in people),
            )
            for item in items
            if item.idea_id in ideas
        ]

    items, summary = told(plan.items), told(plan.summary)
    headline = _headline(items)
    blocks: list[Block] = []
    if week is not None and plan.week:
        blocks += _week_blocks(week)
    end: list[Block] = []
    if summary:
        end += [divider(), *_summary(summary)]
    if weak:
        end += [divider(), *weak_blocks(weak)]
    if items:
        shown = items[: _room_for_items(len(blocks) + len(end))]
        # The week has the way to the board already.
        rest = _more(len(items) - len(shown), with_button=not blocks)
        blocks += [*([divider()] if blocks else []), section(f"*{headline}*"), *_items(shown), *rest]
        blocks += [context(*hints)] if (hints := _hints(shown)) else []
    blocks += end if blocks else end[1:]
    if not blocks:
        # Every idea of it was taken away for good.
        blocks = [section(NOTHING_LEFT)]
    if week is not None and plan.week:
        return {"text": _week_heading(week), "blocks": blocks}
    if weak and not items and not summary:
        return {"text": weak_heading(weak), "blocks": blocks}
    return {"text": headline if items else _summary_heading(summary), "blocks": blocks}


# -- the message of the day ----

NOTHING_LEFT: Final = "Nothing in this message waits for you any more. Thank you."


def _headline(told: Sequence[_Told]) -> str:
    """`Two ideas are waiting for your first words`: those that still do."""
    waiting = [one for one in told if one.mark is None]
    if not waiting:
        return NOTHING_LEFT.partition(".")[0] if told else ""
    clocks = {one.item.clock for one in waiting}
    for_what = "for your answer"
    if clocks == {Which.FIRST}:
        for_what = "for your first words"
    elif clocks == {Which.DECISION}:
        for_what = "for your decision"
    count = len(waiting)
    return f"{_number(count)} {'idea is' if count == 1 else 'ideas are'} waiting {for_what}"


def _room_for_items(taken: int) -> int:
    """How many ideas can stand in a message of which the rest takes so many blocks."""
    return max(1, min(MOST_ITEMS, (_MOST_BLOCKS - taken - _AROUND) // 2))


def _items(told: Sequence[_Told]) -> list[Block]:
    # What was seen to stays in its place, so that nothing moves under a thumb.
    return [block for one in told for block in _item(one)]


def _item(told: _Told) -> list[Block]:
    if told.mark is not None:
        return [_seen_to(told)]
    item, facts = told.item, told.facts
    parts = [_titled(facts, bold=item.bold), _waited(item, bold=item.bold), me_too_words(facts.supporters)]
    lines = [" · ".join(part for part in parts if part), _small(told)]
    row: list[Block] = []
    if facts.state is State.NEW:
        row.append(_beside(idea_names.ACKNOWLEDGE, "Acknowledge", facts))
    row.append(_beside(idea_names.DECIDE, "Decide", facts))
    if item.may_snooze:
        row.append(_snooze_menu(facts.number))
    row.append(_beside(names.NOT_MINE, "Not mine", facts))
    return [section("\n".join(lines)), actions(*row)]


def _titled(facts: IdeaFacts, *, bold: bool) -> str:
    return headed(facts) if bold else f"#{facts.number} {title(facts.text, removed=facts.details_removed)}"


def _waited(item: Item, *, bold: bool) -> str:
    days = plural(item.days, "working day", "working days")
    if item.clock is Which.DECISION:
        days = f"decision due {days} ago"
    return f"*{days}*" if bold else days


def _small(told: _Told) -> str:
    """From whom it is, who else hears of it, and why this person does."""
    parts = [from_whom(told.facts), _why(told), _who_else(told.others)]
    return " · ".join(part for part in parts if part)


def _who_else(others: Sequence[str]) -> str:
    if not others:
        return ""
    known = [name(one, 60) for one in others[:3]]
    verb = "hears" if len(others) == 1 else "hear"
    return f"{listed(known)} {verb} of it too"


def _why(told: _Told) -> str:
    unit = name(told.facts.answering_unit)
    match told.item.why:
        case Why.STANDS_IN:
            return "it comes to you as you stand in for one of its leaders"
        case Why.INSTEAD:
            return "it comes to you in place of whoever usually answers"
        case Why.AS_WELL:
            days = plural(told.item.days, "working day", "working days")
            return f"it comes to you as well after {days}"
        case Why.NOBODY_BELOW:
            return f"it comes to you as nobody who leads {unit} can answer now"
        case Why.ADMINISTERS:
            return f"it comes to you as nobody who leads {unit} can be reached"
        case _:
            return ""


def _snooze_menu(number: int) -> Block:
    choices = [
        option(plural(days, "working day", "working days"), f"{number}:{days}") for days in SNOOZE_DAYS
    ]
    return {
        "type": "static_select",
        "action_id": idea_names.beside(names.SNOOZE, number),
        "placeholder": words_object("Snooze"),
        "options": choices,
    }


def _seen_to(told: _Told) -> Block:
    facts = told.facts
    assert told.mark is not None
    said = f"{_titled(facts, bold=False)} · {_became(told.mark, facts)}"
    return {**section(said), "accessory": _beside(idea_names.MORE, "Open", facts)}


def _became(mark: Mark, facts: IdeaFacts) -> str:
    by = f" by {name(mark.who, 60)}" if mark.who else ""
    match mark.became:
        case Became.ANSWERED:
            return f"*answered{by}*"
        case Became.APPROVER:
            return f"*decided{by}*, and an approver is asked first"
        case Became.MOVED:
            return f"*now with {name(mark.who)}*" if mark.who else "*now with another unit*"
        case Became.MERGED:
            return f"*joined with #{facts.merged_into}{by}*"
        case Became.WITHDRAWN:
            return "*withdrawn* by whoever handed it in"
        case Became.NOT_MINE:
            return "*not yours*: somebody else hears of it instead"
        case Became.SNOOZED:
            days = plural(mark.days, "working day", "working days")
            last = " This was the last time; then it needs a word." if mark.last else ""
            return f"*snoozed for {days}*. Whoever handed it in waits on.{last}"


def _hints(items: Sequence[_Told]) -> list[str]:
    waiting = [one for one in items if one.mark is None]
    if not waiting:
        return []
    snooze = [SNOOZING] if any(one.item.may_snooze for one in waiting) else []
    return [A_SENTENCE, *snooze]


def _more(count: int, *, with_button: bool) -> list[Block]:
    if count <= 0:
        return []
    said = section(f"And {count} more on your board.")
    return [said, actions(_board_button())] if with_button else [said]


def _board_button() -> Block:
    return button(idea_names.LIST, "Open the board", names.BOARD)


def _beside(action: str, label: str, facts: IdeaFacts) -> Block:
    return button(idea_names.beside(action, facts.number), label, str(facts.number))


# -- what the level below left unanswered ----


def _summary(told: Sequence[_Told]) -> list[Block]:
    shown = told[:MOST_SUMMED_UP]
    blocks = [
        section(f"*{_summary_heading(told)}*"),
        *(block for one in shown for block in _summed_up(one)),
    ]
    if len(told) > len(shown):
        blocks.append(section(f"And {len(told) - len(shown)} more on the boards of their units."))
    once = "You hear of this once." if len(told) == 1 else "You hear of each of these once."
    return [*blocks, context(f"{once} A word of yours to whoever leads there may be all that it takes.")]


def _summary_heading(told: Sequence[_Told]) -> str:
    if not told:
        return NOTHING_LEFT.partition(".")[0]
    days = min(one.item.days for one in told)
    number = _SMALL.get(days, str(days))
    ideas = "This idea has" if len(told) == 1 else "These ideas have"
    more = "" if all(one.item.days == days for one in told) else " or more"
    return f"{ideas} waited {number} working days{more} without an answer"


def _summed_up(told: _Told) -> list[Block]:
    if told.mark is not None:
        return [_seen_to(told)]
    facts = told.facts
    answer = [name(one, 60) for one in facts.leaders[:2]]
    verb = "answers" if len(answer) == 1 else "answer"
    where = f"{name(facts.answering_unit)}, where {listed(answer)} {verb}" if answer else name(facts.unit)
    parts = [_titled(facts, bold=True), _waited(told.item, bold=False), me_too_words(facts.supporters)]
    row = [_beside(idea_names.DECIDE, "Decide", facts), _beside(idea_names.MORE, "Open", facts)]
    return [section("\n".join([" · ".join(part for part in parts if part), where])), actions(*row)]


# -- the week ----


def _week_heading(week: WeekFacts) -> str:
    return f"Your week · {_span(week.starts, week.ends)}"


def _span(first: date, last: date) -> str:
    return format_span(first, last)


def _week_blocks(week: WeekFacts) -> list[Block]:
    blocks = [
        section(f"*{_week_heading(week)}*"),
        *aim_blocks(week.aims, week.starts),
        *care_blocks(week.care),
        section("\n".join(["*The team*", *team_lines(week)])),
    ]
    blocks += presence_blocks(week.presence)
    system, goals = system_lines(week) + goal_words.week_lines(week.goals), goal_words.week_blocks(week.goals)
    if system or goals:
        blocks += [*_in_sections(["*The system*", *system]), *goals]
    blocks += compared_blocks(week.compared)
    blocks += asking_blocks(week.asking)
    opens = [
        button(idea_names.beside(idea_names.MORE, _SECOND + number), f"Open #{number}", str(number))
        for number in mentioned(week)[:MOST_OPENED]
    ]
    return [*blocks, actions(*asking_buttons(week.asking), _board_button(), *opens)]


def _in_sections(lines: Iterable[str]) -> list[Block]:
    """Lines in as few sections as Slack lets them stand in; each line is shorter than one."""
    parts: list[str] = []
    for line in lines:
        if parts and len(parts[-1]) + 1 + len(line) <= SECTION:
            parts[-1] += f"\n{line}"
        else:
            parts.append(line)
    return [section(part) for part in parts]


# -- "Not mine" ----


def not_mine_form(facts: IdeaFacts, instead: Sequence[str]) -> View:
    """Whose idea it is then. `instead` are the names of those who hear of it next, if there are any."""
    number = str(facts.number)
    ways = actions(
        button(idea_names.MOVE, "It belongs to another unit", number),
        button(idea_names.ASSIGN, "Ask a colleague's view", number),
    )
    if not instead:
        said = "Rounds knows nobody else who could answer it here. Does it belong to another unit?"
        return form_about(names.NOT_MINE, facts, "Not mine", [section(said), ways], submit="", close="Close")
    verb = "hears" if len(instead) == 1 else "hear"
    said = (
        f"If you send this, *{listed([name(one, 60) for one in instead[:4]])}* {verb} of it instead, and it "
        "comes in no message of yours any more. You can still answer it on the board, and whoever handed it "
        "in waits on."
    )
    return form_about(
        names.NOT_MINE,
        facts,
        "Not mine",
        [section(said), section("Or is one of these better?"), ways],
        submit="Not mine",
    )


def _number(count: int) -> str:
    return _NUMBERS[count] if count < len(_NUMBERS) else str(count)
