"""The words and blocks about goals: the question to the peers, the Home, the leader's week, the forms."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Final

from bot.digests.facts import MeasureFacts
from bot.digests.values import direction_words, format_day, format_goal, format_value
from bot.goals import names
from bot.goals.facts import AskFacts, GoalFacts, GoalsAtHome, GoalsInWeek
from bot.goals.rules import Tally
from bot.ideas.names import beside
from bot.ideas.words.phrases import Message, long_day, name, plural, quoted, short_day
from bot.slack_blocks import Block, actions, button, context, divider, primary, section
from storage.terms import Direction, GoalState, Vote

SAID: Final[Mapping[Vote, str]] = MappingProxyType(
    {Vote.ATTAINABLE: "attainable", Vote.STRETCH: "a stretch", Vote.NOT_ATTAINABLE: "not attainable"}
)
LABELS: Final[Mapping[Vote, str]] = MappingProxyType(
    {Vote.ATTAINABLE: "Attainable", Vote.STRETCH: "A stretch", Vote.NOT_ATTAINABLE: "Not attainable"}
)
PRIVATE: Final = "No colleague and no leader sees who said what; once it is over, only the counts are kept."
# On the Home, and with buttons in a leader's week; the rest stand on the page of all goals.
MOST_AT_HOME: Final = 4
MOST_IN_WEEK: Final = 2
MOST_LINES: Final = 4
LONGEST_QUOTED: Final = 300


# -- pieces ----


def measure_name(measure: MeasureFacts) -> str:
    """A measure's title, inert."""
    return name(measure.title.strip().rstrip(" .:"), 120)


def value_of(goal: GoalFacts) -> str:
    """`78 %`."""
    return format_goal(goal.measure, goal.value)


def counts_words(tally: Tally) -> str:
    """`14 say attainable, 3 a stretch`; each that nobody said is left out."""
    counts = ((tally.attainable, Vote.ATTAINABLE), (tally.stretch, Vote.STRETCH))
    said = [(count, vote) for count, vote in (*counts, (tally.not_attainable, Vote.NOT_ATTAINABLE)) if count]
    return ", ".join(
        f"{count} {'says' if count == 1 else 'say'} {SAID[vote]}" if first else f"{count} {SAID[vote]}"
        for first, (count, vote) in ((index == 0, one) for index, one in enumerate(said))
    )


def standing_words(ask: AskFacts) -> str:
    """`Now half of the group is above 72 %, and some have reached 78 % (to 15 November).`"""
    measure, standing = ask.goal.measure, ask.standing
    if standing.median is None:
        return ""
    side = "below" if measure.direction is Direction.LOWER else "above"
    said = f"Now half of the group is {side} {format_value(measure, standing.median)}"
    if standing.benchmark is not None:
        said += f", and some have reached {format_value(measure, standing.benchmark)}"
    until = "" if ask.through is None else f" (data to {format_day(ask.through)})"
    return f"{said}{until}. {direction_words(measure)}"


def titled(goal: GoalFacts) -> str:
    """`*78 %* for Blood pressure in range`."""
    return f"*{value_of(goal)}* for {measure_name(goal.measure)}"


def vote_buttons(goal: GoalFacts, *, but: Vote | None = None, alone: bool = False) -> list[Block]:
    """A button for each vote; `alone` where no other goal stands in the same place."""
    return [
        button(action if alone else beside(action, goal.id), LABELS[vote], str(goal.id))
        for vote, action in names.VOTES.items()
        if vote is not but
    ]


def source(goal: GoalFacts) -> str:
    """Who proposes it, without a name, and why."""
    if goal.suggested:
        return "It was suggested with the measure; it is no goal unless you and your colleagues say so."
    why = f": {quoted(goal.words, LONGEST_QUOTED)}" if goal.words else "."
    return f"A colleague proposes it{why}"


# -- the question ----


def ask_message(ask: AskFacts) -> Message:
    """What one of the peers is asked by direct message, and what it says after their answer."""
    goal = ask.goal
    heading = f"A goal for your group: {measure_name(goal.measure)}"
    if not goal.asked:
        return {"text": "A vote is over", "blocks": [section(f"*{heading}*\n{over_words(goal)}")]}
    asked = f"Would {titled(goal)} be attainable in {name(goal.group)}?"
    parts = [f"*{heading}*", asked, source(goal), standing_words(ask)]
    until = long_day(goal.votes_until, ask.today)
    if goal.vote is None:
        return {
            "text": "Your colleagues ask what you think of a goal",
            "blocks": [
                section("\n".join(part for part in parts if part)),
                actions(*vote_buttons(goal, alone=True)),
                context(f"Until {until}. {PRIVATE}"),
            ],
        }
    thanks = f"Thank you. You said: *{SAID[goal.vote]}*. You can say otherwise until {until}."
    return {
        "text": "Thank you for your answer",
        "blocks": [
            section(f"*{heading}*\n{asked}\n{thanks}"),
            actions(*vote_buttons(goal, but=goal.vote, alone=True)),
            context(PRIVATE),
        ],
    }


def over_words(goal: GoalFacts) -> str:
    """How a goal stands, once the vote on it is over; where it is not over, until when it lasts."""
    what, counts = titled(goal), f" {_capital(counts_words(goal.tally))}." if goal.tally else ""
    by = f" by {name(goal.decided_by, 60)}" if goal.decided_by else ""
    match goal.state:
        case GoalState.PROPOSED:
            return f"Colleagues are being asked about {what} until {short_day(goal.votes_until)}.{counts}"
        case GoalState.JUDGED:
            return f"The group has said what it thinks of {what}.{counts} Its leaders can adopt it now."
        case GoalState.ADOPTED:
            return f"{what} is the group's goal, adopted{by}{_on(goal.decided_on)}.{counts}"
        case GoalState.UNATTAINABLE:
            return f"{what} is no goal: most of those who answered call it not attainable.{counts}"
        case GoalState.UNHEARD:
            return f"{what} is no goal: too few answered to tell. It can be proposed again."
        case GoalState.NOT_ADOPTED:
            who = name(goal.decided_by, 60) if goal.decided_by else "The leaders"
            said = quoted(goal.reason, LONGEST_QUOTED)
            reason = f" {who} said{_on(goal.decided_on)}: {said}" if goal.reason else ""
            return f"{what} is not adopted for now.{reason}{counts}"
        case GoalState.WITHDRAWN:
            return f"The proposal of {what} was withdrawn."
        case GoalState.ENDED:
            who = f" {name(goal.ended_by, 60)} ended it" if goal.ended_by else " It ended"
            why = f"{who}: {quoted(goal.reason, LONGEST_QUOTED)}" if goal.reason else ""
            if goal.ended_by and not goal.reason:
                why = f"{who}."
            return f"{what} was the group's goal{_between(goal)}, adopted{by}.{why}{counts}"


def _on(day: date | None) -> str:
    return "" if day is None else f" on {format_day(day, year=True)}"


def _between(goal: GoalFacts) -> str:
    if goal.decided_on is None or goal.ended_on is None:
        return ""
    return f" from {format_day(goal.decided_on, year=True)} to {format_day(goal.ended_on, year=True)}"


def _capital(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"


def outcome_message(goal: GoalFacts) -> Message | None:
    """What the proposer hears once it is decided; None where nothing is yet."""
    measure = measure_name(goal.measure)
    match goal.state:
        case GoalState.UNATTAINABLE:
            kind = "Most of those who answered call it not attainable for now, so it is not shown as a goal."
            said = f"{kind} Asking has shown where colleagues see the limits; a nearer one can be proposed."
        case GoalState.UNHEARD:
            said = "Too few answered to tell what the group thinks. You can propose it again."
        case GoalState.JUDGED:
            said = "The vote is over, and the group's leaders can adopt it now. You hear what they say."
        case GoalState.ADOPTED:
            by = f" by {name(goal.decided_by)}" if goal.decided_by else ""
            said = f"It was adopted{by}. It stands in the group's digests from next week on."
        case GoalState.NOT_ADOPTED:
            said = f"The leaders have not adopted it for now. They say: {quoted(goal.reason, LONGEST_QUOTED)}"
        case _:
            return None
    counts = f"\n{_capital(counts_words(goal.tally))}." if goal.tally else ""
    text = f"*Your proposal: {value_of(goal)} for {measure}*\n{said}{counts}"
    return {
        "text": "News of the goal that you proposed",
        "blocks": [section(text), actions(button(names.HISTORY, "All goals", "all"))],
    }


# -- the Home ----


def home_blocks(home: GoalsAtHome | None) -> list[Block]:
    """The section of goals; nothing for somebody who is in no group and leads none."""
    if home is None or not (home.goals or home.may_propose or home.ever):
        return []
    shown = sorted(home.goals, key=_first)[:MOST_AT_HOME]
    groups = {goal.group for goal in shown}
    # Of one group it is said once.
    blocks = [block for goal in shown for block in _at_home(goal, home.today, of_several=len(groups) > 1)]
    if not shown:
        blocks = [section("*Goals*\nYour group has no goal now. Anyone in it can propose one.")]
    else:
        of = f" · {name(next(iter(groups)))}" if len(groups) == 1 else ""
        blocks = [section(f"*Goals*{of}"), *blocks]
    row = []
    if home.may_propose:
        row.append(button(names.PROPOSE, "Propose a goal", "home"))
    if home.ever:
        left = len(home.goals) - len(shown)
        row.append(button(names.HISTORY, f"All goals ({left} more)" if left else "All goals", "all"))
    return [*blocks, *([actions(*row)] if row else []), divider()]


def _first(goal: GoalFacts) -> tuple[int, int]:
    """What waits for this person stands first."""
    if goal.asked and goal.vote is None:
        return 0, goal.id
    if goal.state is GoalState.JUDGED and goal.may_decide:
        return 1, goal.id
    order = {GoalState.ADOPTED: 2, GoalState.JUDGED: 3}
    return order.get(goal.state, 4), goal.id


def _at_home(goal: GoalFacts, today: date, *, of_several: bool) -> list[Block]:
    where = f"\n_{name(goal.group)}_" if of_several else ""
    if goal.asked:
        until = long_day(goal.votes_until, today)
        if goal.vote is None:
            text = f"What do you think of {titled(goal)}? {source(goal)}\nUntil {until}. {PRIVATE}{where}"
        else:
            said = SAID[goal.vote]
            text = f"You said *{said}* of {titled(goal)}. You can say otherwise until {until}.{where}"
        return [section(text), actions(*vote_buttons(goal, but=goal.vote), *_own(goal))]
    row = [*_deciding(goal), *_own(goal)]
    return [section(f"{over_words(goal)}{where}"), *([actions(*row)] if row else [])]


def _own(goal: GoalFacts) -> list[Block]:
    if not goal.mine or goal.state not in (GoalState.PROPOSED, GoalState.JUDGED):
        return []
    return [button(beside(names.WITHDRAW, goal.id), "Withdraw", str(goal.id))]


def _deciding(goal: GoalFacts) -> list[Block]:
    if goal.may_decide and goal.state is GoalState.JUDGED:
        return [
            primary(button(beside(names.ADOPT, goal.id), "Adopt", str(goal.id))),
            button(beside(names.NOT_NOW, goal.id), "Not now", str(goal.id)),
        ]
    if goal.may_decide and goal.state is GoalState.ADOPTED:
        return [button(beside(names.END, goal.id), "End this goal", str(goal.id))]
    return []


# -- the leader's week ----


def week_lines(week: GoalsInWeek | None) -> list[str]:
    """What the system part says of goals beside those that stand there with buttons."""
    if week is None:
        return []
    rest = [*week.to_decide[MOST_IN_WEEK:], *week.to_vote[_votes_in_week(week) :]]
    lines = [_asked_line(goal) for goal in week.asked[:MOST_LINES]]
    lines += [over_words(goal) for goal in week.news[:MOST_LINES]]
    if rest:
        lines.append(f"{plural(len(rest), 'more goal stands', 'more goals stand')} on your Home.")
    return lines


def week_blocks(week: GoalsInWeek | None) -> list[Block]:
    """The goals that wait for this leader, each with its buttons."""
    if week is None:
        return []
    blocks: list[Block] = []
    for goal in week.to_decide[:MOST_IN_WEEK]:
        blocks += [section(_proposed_line(goal)), actions(*_deciding(goal))]
    for goal in week.to_vote[: _votes_in_week(week)]:
        until = short_day(goal.votes_until, week.today)
        text = f"What do you think of {titled(goal)}? {source(goal)}\nUntil {until}. {PRIVATE}"
        blocks += [section(text), actions(*vote_buttons(goal))]
    return blocks


def _votes_in_week(week: GoalsInWeek) -> int:
    return max(0, MOST_IN_WEEK - len(week.to_decide))


def _proposed_line(goal: GoalFacts) -> str:
    """`The peers propose 78 % for blood pressure: 14 say attainable, 3 a stretch.`"""
    counts = f": {counts_words(goal.tally)}" if goal.tally else ""
    why = f"\n{quoted(goal.words, LONGEST_QUOTED)}" if goal.words else ""
    return f"The peers propose {titled(goal)}{counts}.{why}"


def _asked_line(goal: GoalFacts) -> str:
    so_far = f" So far {counts_words(goal.tally)}." if goal.tally else ""
    until = short_day(goal.votes_until)
    return f"The peers are being asked about {titled(goal)} until {until}.{so_far}"
