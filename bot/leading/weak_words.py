"""The words on which reminders work: for the administrator's Home, and when a rung turns out not to (N13)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from bot.leading.effects_figures import RungFigures
from bot.slack_blocks import Block, context, section
from storage.terms import Rung

RUNGS: Final[Mapping[Rung, str]] = {
    Rung.DAILY: "in the leader's message",
    Rung.BOLD: "first in it, and in bold",
    Rung.OTHERS: "to the deputy and the manager as well",
    Rung.ABOVE: "to the level above",
}
WHAT_TO_DO: Final = (
    "A reminder that nobody acts on takes attention from those that work. Ask the leaders who get it what "
    "they would need. You can change a unit's days with `rungs` in `units.csv`, or stop its reminders with "
    "`reminders` there, and import it again; `ROUNDS_RUNGS` sets the days of all other units."
)


def weak_heading(weak: Sequence[RungFigures]) -> str:
    """`One kind of reminder does little`."""
    return "One kind of reminder does little" if len(weak) == 1 else "Some kinds of reminder do little"


def weak_blocks(weak: Sequence[RungFigures]) -> list[Block]:
    """What an administrator hears, once a quarter at most."""
    lines = [f"*{weak_heading(weak)}*", *(f"• {_line(one)}" for one in weak)]
    once = "You hear of this as you run Rounds, once a quarter at most. `rounds metrics` shows all kinds."
    return [section("\n".join(lines)), section(WHAT_TO_DO), context(once)]


def home_blocks(rungs: Sequence[RungFigures]) -> list[Block]:
    """The section "Reminders" on an administrator's Home; none before any was sent."""
    if not rungs:
        return []
    lines = [f"• {_line(one)}{' · *does little*' if one.weak else ''}" for one in rungs]
    lines = ["*Reminders* · answered within 24 working hours", *lines]
    return [section("\n".join([*lines, *([WHAT_TO_DO] if any(one.weak for one in rungs) else [])]))]


def _line(one: RungFigures) -> str:
    """`To the level above: 78 sent; of 60 that can be judged, 4 (7 %) were answered`."""
    words = RUNGS[one.rung]
    said = f"{words[0].upper()}{words[1:]}: {one.sent:,} sent"
    if one.share is None:
        return f"{said}; none can be judged yet"
    verb = "was" if one.worked == 1 else "were"
    share = f"{one.share:.0%}".replace("%", " %")
    return f"{said}; of {one.judged:,} that can be judged, {one.worked:,} ({share}) {verb} answered"
