"""Presence: where no idea came from for four weeks, or three came at once, "go and see" (L4).

Decided here, where the requirement leaves a choice:

- Silence is told when four whole weeks have passed since the last idea of a unit, and again at eight, twelve
  and so on: never two weeks running. It is counted from the site's first use of Rounds, and from the unit's
  first day there, at the earliest.
- Three or more ideas that were handed in from one Monday to the next are told once, in the week after.
- Only units in which at least three people work. An idea without a name counts when it has appeared, as on
  the board. One that was handed in for somebody above never counts here: its leaders do not know of it, and
  neither its arrival nor its absence is to tell them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from sqlmodel import Session

from bot.clock import local_date
from bot.digests.measure_nouns import number_word
from bot.ideas.words.phrases import listed, name
from bot.settings import Settings
from bot.slack_blocks import Block, section
from storage import leader_figures as rows
from storage.people import Unit

LEAST_PEOPLE: Final = 3
SILENT_WEEKS: Final = 4
AT_ONCE: Final = 3
_MOST_UNITS: Final = 3
_MOST_NUMBERS: Final = 6
# So many of the questions are offered in one message.
_ASKED: Final = 2

# What to ask there. Open, short, and about the work and not about anybody.
WHERE_QUIET: Final = (
    "What got in your way this week?",
    "What do you do again and again that should not be needed?",
    "What would you change first if it were yours to change?",
    "What do patients wait for here?",
    "What was better somewhere else you have worked?",
    "What would make tomorrow a little easier?",
)
WHERE_MUCH_CAME: Final = (
    "What happened that made you write?",
    "Would you show me where it happens?",
    "Which of these should we try first?",
    "What have you tried already?",
    "Who else is touched by this?",
    "What could I take out of your way?",
)


@dataclass(frozen=True, slots=True)
class UnitIdeas:
    """A unit as its leaders see it on a Monday.

    - `since`: from which day on silence counts at the earliest; None where Rounds is not in use yet.
    - `last`: the day of the latest idea before that Monday.
    - `lately`: the numbers of the ideas of the week before.
    """

    unit_id: int
    name: str
    people: int
    since: date | None
    last: date | None = None
    lately: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Quiet:
    """Units from which no idea has come for so many weeks: four, eight, twelve …"""

    weeks: int
    units: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AtOnce:
    """A unit from which three ideas or more came in one week, by number."""

    unit: str
    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Presence:
    """Where to go and see, and what could be asked there."""

    quiet: tuple[Quiet, ...] = ()
    at_once: tuple[AtOnce, ...] = ()
    ask_quiet: tuple[str, ...] = ()
    ask_at_once: tuple[str, ...] = ()


def presence_of(units: Iterable[UnitIdeas], monday: date) -> Presence | None:
    """Where a leader of these units may want to be seen in the week of a Monday; None for nowhere."""
    told = sorted((unit for unit in units if unit.people >= LEAST_PEOPLE), key=lambda one: one.name)
    by_weeks: dict[int, list[UnitIdeas]] = defaultdict(list)
    for unit in told:
        weeks = quiet_weeks(unit, monday)
        if weeks >= SILENT_WEEKS and weeks % SILENT_WEEKS == 0:
            by_weeks[weeks].append(unit)
    much = [unit for unit in told if len(unit.lately) >= AT_ONCE]
    if not by_weeks and not much:
        return None
    quiet = sorted(by_weeks.items(), reverse=True)
    return Presence(
        quiet=tuple(Quiet(weeks, tuple(unit.name for unit in some)) for weeks, some in quiet),
        at_once=tuple(AtOnce(unit.name, tuple(sorted(unit.lately))) for unit in much),
        ask_quiet=_questions(WHERE_QUIET, quiet[0][1][0], monday) if quiet else (),
        ask_at_once=_questions(WHERE_MUCH_CAME, much[0], monday) if much else (),
    )


def quiet_weeks(unit: UnitIdeas, monday: date) -> int:
    """How many whole weeks have passed on a Monday without an idea of the unit."""
    starts = [day for day in (unit.since, unit.last) if day is not None]
    if unit.since is None or not starts:
        return 0
    return max(0, (monday - max(starts)).days // 7)


def _questions(among: Sequence[str], unit: UnitIdeas, monday: date) -> tuple[str, ...]:
    """Two of them: the same for both of a pair, and others another time."""
    first = (monday.toordinal() // 7 * _ASKED // SILENT_WEEKS + unit.unit_id) % len(among)
    return tuple(among[(first + n) % len(among)] for n in range(_ASKED))


# -- words ----


def presence_lines(presence: Presence | None) -> list[str]:
    """What stands in the week, ready for mrkdwn; nothing where there is nothing to go and see."""
    if presence is None:
        return []
    lines = [_quiet(one) for one in presence.quiet[:_MOST_UNITS]]
    if presence.quiet:
        lines.append(
            "That need not mean anything, and some ideas are only ever said aloud. "
            f"If you can, go and see. {_ask(presence.ask_quiet)}"
        )
    if presence.at_once:
        lines += [_at_once(one) for one in presence.at_once[:_MOST_UNITS]]
        also = "There too: go and see. " if presence.quiet else "Something is on people’s minds: go and see. "
        lines.append(f"{also}{_ask(presence.ask_at_once)}")
    return lines


def presence_blocks(presence: Presence | None) -> list[Block]:
    """The part of the week that says where to go and see."""
    lines = presence_lines(presence)
    return [section("\n".join(["*Go and see*", *lines]))] if lines else []


def _quiet(one: Quiet) -> str:
    units = [name(unit, 60) for unit in one.units[:_MOST_UNITS]]
    if rest := len(one.units) - len(units):
        units.append(f"{rest} more")
    return f"No idea has come to you from {listed(units)} for {number_word(one.weeks)} weeks."


def _at_once(one: AtOnce) -> str:
    numbers = [f"#{number}" for number in one.numbers[:_MOST_NUMBERS]]
    if rest := len(one.numbers) - len(numbers):
        numbers.append(f"{rest} more")
    count = number_word(len(one.numbers)).capitalize()
    return f"{count} ideas came from {name(one.unit, 60)} last week: {listed(numbers)}."


def _ask(questions: Sequence[str]) -> str:
    return f"You could ask: {' '.join(f'“{one}”' for one in questions)}"


# -- from storage ----


def gather_presence(
    session: Session, units: Sequence[Unit], monday: date, settings: Settings
) -> Presence | None:
    """Where a leader of these units may want to be seen in the week of a Monday."""
    names = {unit.id: unit.name for unit in units if unit.id is not None}
    people = rows.people_in(session, names, monday) if names else {}
    # Of smaller units nothing is told, whatever else there is to know.
    names = {unit_id: unit for unit_id, unit in names.items() if people.get(unit_id, 0) >= LEAST_PEOPLE}
    used_since = rows.first_use(session) if names else None
    if used_since is None:
        return None
    zone = settings.zone
    until = datetime.combine(monday, time(), zone)
    week = datetime.combine(monday - timedelta(weeks=1), time(), zone)
    last, members = rows.last_ideas(session, names, until), rows.first_members(session, names)
    made = rows.imported_at(session, names)
    lately: dict[int, list[int]] = defaultdict(list)
    for idea in rows.ideas_of_units(session, names, week, until):
        lately[idea.unit_id].append(idea.id)

    def since(unit_id: int) -> date:
        began = [local_date(used_since, zone)]
        began += [members[unit_id]] if unit_id in members else []
        began += [local_date(made[unit_id], zone)] if unit_id in made else []
        return max(began)

    return presence_of(
        (
            UnitIdeas(
                unit_id,
                unit,
                people.get(unit_id, 0),
                since(unit_id),
                local_date(last[unit_id], zone) if unit_id in last else None,
                tuple(lately[unit_id]),
            )
            for unit_id, unit in names.items()
        ),
        monday,
    )
