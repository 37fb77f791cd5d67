"""The lines of a leader's week: what became of ideas, who answered, what waits on others. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bot.ideas.figures.metrics_words import working_days
from bot.ideas.words.phrases import listed, long_day, name, plural, short_day
from bot.leading.week import Answers, Unheard, WaitsFor, WeekFacts
from bot.sharing.words import week_line

_MOST_NUMBERS: Final = 6
_MOST_PEOPLE: Final = 4
_MOST_WAITING: Final = 4


def team_lines(week: WeekFacts) -> list[str]:
    """What became of the team's ideas in the week before, and who has not been heard."""
    shared = [line for line in (week_line(week.shared),) if line]
    return [_counts(week), *_median(week), *_by_whom(week.by_whom), *_unheard(week), *shared]


def system_lines(week: WeekFacts) -> list[str]:
    """What waits on others; nothing where nothing does."""
    lines = []
    if week.for_approver:
        oldest = week.for_approver[0]
        since = short_day(oldest.since, week.starts)
        if len(week.for_approver) == 1:
            lines.append(f"#{oldest.number} has waited for an approver since {since}.")
        else:
            numbers = _numbers([one.number for one in week.for_approver])
            lines.append(f"{numbers} have waited for an approver, the first since {since}.")
    if week.overdue:
        lines.append(f"Waiting for news: {listed(_late(week.overdue, week))}.")
    return lines


def mentioned(week: WeekFacts) -> list[int]:
    """The numbers of the ideas that wait on others, as they are told."""
    return list(dict.fromkeys(one.number for one in (*week.for_approver, *week.overdue)))


def _counts(week: WeekFacts) -> str:
    if not (week.came_in or week.answered or week.in_place or week.confirmed):
        return "Last week no idea came in, and none was answered."
    said = [
        f"{plural(week.came_in, 'idea', 'ideas')} came in" if week.came_in else "no idea came in",
        f"{week.answered or 'none'} {'was' if week.answered < 2 else 'were'} answered",
    ]
    if week.in_place:
        said.append(f"{week.in_place} {'was' if week.in_place == 1 else 'were'} put in place")
    if week.confirmed:
        said.append(f"{week.confirmed} {'was' if week.confirmed == 1 else 'were'} confirmed")
    return f"Last week {listed(said)}."


def _median(week: WeekFacts) -> list[str]:
    if week.median is None:
        return []
    return [f"Over four weeks half of the ideas had first words within {working_days(week.median)}."]


def _by_whom(answers: Sequence[Answers]) -> list[str]:
    if not answers:
        return []
    told = [
        f"{'You' if one.me else name(one.who, 60)} answered {_numbers(one.numbers)}"
        for one in answers[:_MOST_PEOPLE]
    ]
    return [f"{'; '.join(told)}."]


def _unheard(week: WeekFacts) -> list[str]:
    if not week.unheard or week.heard_since is None:
        return []
    groups = [_group(one) for one in week.unheard[:3]]
    since = long_day(week.heard_since, week.starts)
    return [f"Since {since} no idea with a name on it came from: {listed(groups)}."]


def _group(one: Unheard) -> str:
    return f"{name(one.profession, 60)} ({one.people} people)"


def _late(overdue: Sequence[WaitsFor], week: WeekFacts) -> list[str]:
    told = [
        f"#{one.number} since {short_day(one.since, week.starts)} ({name(one.who, 60)})"
        for one in overdue[:_MOST_WAITING]
    ]
    rest = len(overdue) - len(told)
    return [*told, f"{rest} more"] if rest else told


def _numbers(numbers: Sequence[int]) -> str:
    told = [f"#{number}" for number in numbers[:_MOST_NUMBERS]]
    rest = len(numbers) - len(told)
    return listed([*told, f"{rest} more"] if rest else told)
