"""What the month's summary of a unit says: each measure in the same plain form, and nothing of why. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from itertools import groupby
from typing import Any, Final

import numpy as np

from bot.digests.facts import PICTURE
from bot.digests.framing import looks_for
from bot.digests.values import direction_words, format_day, format_number, format_span, format_value
from bot.digests.weeks import last_day
from bot.ideas.words.phrases import listed, name, quoted, typed
from bot.leading.care.facts import Move, Panel, in_order
from bot.leading.care.words import data_until, move_words
from bot.slack_blocks import Block, context, section
from bot.slack_text import plain, shorten
from storage.terms import Domain, Kind, PeriodLength

# More than these are neither drawn nor told.
MOST: Final = 10
_HEADINGS: Final = {
    Domain.PROCESS: "What we do",
    Domain.OUTCOME: "How patients fare",
    Domain.EXPERIENCE: "How patients find it",
    Domain.RESOURCE: "What it takes",
}
_TITLE, _COUNTED, _QUOTE = 90, 120, 300


@dataclass(frozen=True, slots=True)
class Part:
    """What is told of one domain: its heading, and a line a measure, plain text."""

    heading: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """The words beside a picture; kept with it, so that both have the same figures (D22)."""

    parts: tuple[Part, ...]
    whose: str
    alt: str


def chosen(panels: Sequence[Panel]) -> tuple[Panel, ...]:
    """Some of each domain, in turn, so that no kind of measure crowds out another; each in its order."""
    order, ranks = list(_HEADINGS), Counter[Domain]()
    ranked = []
    for panel in in_order(panels):
        domain = panel.measure.domain
        ranked.append((ranks[domain], order.index(domain), panel))
        ranks[domain] += 1
    ranked.sort(key=lambda one: one[:2])
    return tuple(panel for _, _, panel in ranked[:MOST])


def summary_of(panels: Sequence[Panel], today: date, alt: str) -> Summary:
    """The words about panels, by domain, each in the panels' order."""
    order = list(_HEADINGS)
    several = len({one.unit for one in panels}) > 1
    by_domain = sorted(panels, key=lambda one: order.index(one.measure.domain))
    parts = [
        Part(_HEADINGS[domain], tuple(line_of(one, today, whose=several) for one in group))
        for domain, group in groupby(by_domain, key=lambda one: one.measure.domain)
    ]
    return Summary(tuple(parts), _whose(panels, today), alt)


def line_of(panel: Panel, today: date, *, whose: bool = True) -> str:
    """`Title: 82 % (October); usually 75 to 86 %; a lasting gain since July. Higher is better.`"""
    measure, at = panel.measure, panel.latest
    value = format_value(measure, float(panel.values[at]))
    told = [f"{_title(panel, whose=whose)}: {value} {_when(panel, today)}"]
    if np.isfinite(panel.lower[at]) and np.isfinite(panel.upper[at]):
        ceiling = 1.0 if measure.kind is Kind.PROPORTION else None
        low, high = (float(np.clip(edge[at], 0.0, ceiling)) for edge in (panel.lower, panel.upper))
        told.append(f"usually {format_number(measure, low)} to {format_value(measure, high)}")
    told.append(_moved(panel, today))
    framed = looks_for(measure, shorten(" ".join(measure.numerator.split()), _COUNTED))
    words = f"{'; '.join(told)}. {direction_words(measure)}"
    return f"{words} {framed}" if framed else words


def _title(panel: Panel, *, whose: bool) -> str:
    title = shorten(" ".join(panel.measure.title.split()).rstrip(" .:"), _TITLE)
    return f"{title} (all of {shorten(panel.unit, 40)})" if whose and panel.unit != panel.own_unit else title


def _when(panel: Panel, today: date) -> str:
    start = panel.starts[panel.latest]
    end = last_day(start, panel.measure.period)
    weekly = panel.measure.period is PeriodLength.WEEK
    return f"({format_span(start, end, year=end.year != today.year, short=weekly)})"


def _moved(panel: Panel, today: date) -> str:
    if panel.moved:
        # Which way is better is said of each measure already.
        return move_words(panel, today).partition(" (")[0]
    return "no lasting change" if panel.move is Move.SAME else "too new to tell whether it moves"


def _whose(panels: Sequence[Panel], today: date) -> str:
    """Why a unit's own figure is not shown stays unsaid: it may be another unit that hides behind it."""
    own = shorten(panels[0].own_unit, 80)
    others = list(dict.fromkeys(shorten(one.unit, 80) for one in panels if one.unit != one.own_unit))
    parts = [f"All clinicians of {own} together"] if any(one.unit == one.own_unit for one in panels) else []
    if others:
        parts.append(
            f"all clinicians of {listed(others)} together, where figures of {own} alone are not shown"
        )
    until = data_until(panels)
    words = f"{'; '.join(parts)} · data to {format_day(until, year=until.year != today.year)}"
    return words[:1].upper() + words[1:]


def as_payload(summary: Summary) -> dict[str, Any]:
    """What a letter keeps of it."""
    return asdict(summary)


def from_payload(kept: Mapping[str, Any]) -> Summary:
    """What a letter kept of it."""
    parts = tuple(Part(part["heading"], tuple(part["lines"])) for part in kept["parts"])
    return Summary(parts, kept["whose"], kept["alt"])


def message(unit: str, summary: Summary, quotes: Sequence[str]) -> dict[str, Any]:
    """The message: `{"text", "blocks"}`. Its notification names no measure and no figure (D1)."""
    head = f"The month's care in {name(unit)}"
    blocks: list[Block] = [
        section(f"*{head}*\nFor everybody in the unit: how the care moves.\n{typed(summary.whose, 1500)}")
    ]
    blocks.append(
        {"type": "image", "slack_file": {"id": PICTURE}, "alt_text": plain(summary.alt, 2000) or head}
    )
    for part in summary.parts:
        lines = "\n".join(f"• {typed(line, 560)}" for line in part.lines)
        blocks += [section(text) for text in _cut(f"*{part.heading}*\n{lines}")]
    if quotes:
        told = "\n".join(f"• {quoted(text, _QUOTE)}" for text in quotes)
        blocks.append(section(f"*In patients' own words*\n{told}"))
    blocks.append(
        context(
            "Figures are of five clinicians or more together, without what may still change. "
            "They say what moved, not why.",
            "Something that could go better? Type `/idea`.",
        )
    )
    return {"text": head, "blocks": blocks}


def fits(text: str) -> bool:
    """Whether a narrative can be quoted as it is: whole, and in a few lines."""
    return 0 < len(" ".join(text.split())) <= _QUOTE - 20


def _cut(text: str, most: int = 2900) -> list[str]:
    """Whole lines in as many sections as they take."""
    found: list[str] = []
    for line in text.split("\n"):
        if found and len(found[-1]) + len(line) < most:
            found[-1] += f"\n{line}"
        else:
            found.append(line)
    return found
