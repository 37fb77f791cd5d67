"""What is said of a unit's measures in a leader's week: which moved and stayed, and nothing of why. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from itertools import groupby
from typing import Any, Final

from bot.digests.facts import PICTURE
from bot.digests.values import direction_words, format_day, format_span
from bot.digests.weeks import last_day
from bot.ideas.words.phrases import listed, typed
from bot.leading.care.facts import Move, Panel
from bot.slack_blocks import Block, context, section
from bot.slack_text import plain, shorten
from storage.terms import Direction, PeriodLength

_MOST_TOLD: Final = 6
# So many of those that move as usual are named; more are counted.
_MOST_NAMED: Final = 3
_TITLE: Final = 90


@dataclass(frozen=True, slots=True)
class Care:
    """The words beside a picture, plain text; kept with it, so that both have the same figures (D22).

    `said` is what moved, `whose` whose figures these are and to which day, `alt` what the picture shows.
    """

    said: str
    whose: str
    alt: str


def care_words(panels: Sequence[Panel], monday: date, alt: str) -> Care:
    """The words about panels, in their order."""
    return Care(_said(panels, monday), _whose(panels, monday), alt)


def care_blocks(care: Care | None) -> list[Block]:
    """The care in the week: what moved, the picture, whose it is."""
    if care is None:
        return []
    return [
        section(f"*The care*\n{typed(care.said, 2500)}"),
        {"type": "image", "slack_file": {"id": PICTURE}, "alt_text": plain(care.alt, 2000) or "The care."},
        context(typed(care.whose, 2000)),
    ]


def as_payload(care: Care | None) -> dict[str, Any]:
    """What a letter keeps of it."""
    return {} if care is None else {"care": asdict(care)}


def from_payload(payload: Mapping[str, Any]) -> Care | None:
    """What a letter kept of it."""
    kept = payload.get("care")
    return None if kept is None else Care(**kept)


def move_words(panel: Panel, monday: date) -> str:
    """`a lasting gain since March`; the other way, and where no way is better, only where it went."""
    since = "" if panel.since is None else f" since {_month(panel, panel.since, monday)}"
    if panel.gained:
        return f"a lasting gain{since}"
    went = "rise" if panel.move is Move.UP else "fall"
    better = ""
    if panel.measure.direction is not Direction.NEUTRAL:
        words = direction_words(panel.measure).rstrip(".")
        better = f" ({words[:1].lower()}{words[1:]})"
    return f"a lasting {went}{since}{better}"


def status_words(panel: Panel, monday: date) -> str:
    """The same beside a value in the picture: `gain since Mar`, `as usual`."""
    if not panel.moved:
        return "as usual" if panel.move is Move.SAME else "too new to tell"
    went = "gain" if panel.gained else "rise" if panel.move is Move.UP else "fall"
    if panel.since is None:
        return went
    return f"{went} since {_month(panel, panel.since, monday, short=True)}"


def title_of(panel: Panel, panels: Sequence[Panel]) -> str:
    """A measure's title, with its unit where several are told of or it is another one's."""
    title = shorten(" ".join(panel.measure.title.split()), _TITLE)
    several = len({one.own_unit for one in panels}) > 1 or panel.unit != panel.own_unit
    return f"{title} ({shorten(panel.unit, 40)})" if several else title


def data_until(panels: Sequence[Panel]) -> date:
    """The last day of the latest period that has settled, of any of them."""
    return max(last_day(one.starts[one.latest], one.measure.period) for one in panels)


def _said(panels: Sequence[Panel], monday: date) -> str:
    moved = [one for one in panels if one.moved]
    told = [f"{title_of(one, panels)}: {move_words(one, monday)}" for one in moved[:_MOST_TOLD]]
    if len(moved) > _MOST_TOLD:
        told.append(f"{len(moved) - _MOST_TOLD} more have moved and stayed there")
    said = [f"{'; '.join(told)}."] if told else []
    same = [title_of(one, panels) for one in panels if one.move is Move.SAME]
    if same and not moved and len(same) == len(panels) and len(same) > _MOST_NAMED:
        said.append(f"All {len(same)} measures move as usual.")
    elif len(same) > _MOST_NAMED:
        said.append(f"{len(same)} others move as usual." if moved else f"{len(same)} measures move as usual.")
    elif same:
        said.append(f"As usual: {listed(same)}.")
    new = [title_of(one, panels) for one in panels if one.move is Move.UNKNOWN]
    if len(new) > _MOST_NAMED:
        said.append(f"{len(new)} are too new to tell.")
    elif new:
        said.append(f"Too new to tell: {listed(new)}.")
    return " ".join(said)


def _whose(panels: Sequence[Panel], monday: date) -> str:
    own = list(dict.fromkeys(shorten(one.unit, 80) for one in panels if one.unit == one.own_unit))
    parts = [f"All clinicians of {listed(own)} together"] if own else []
    others = sorted(
        (one for one in panels if one.unit != one.own_unit), key=lambda one: (one.unit, one.unit_id)
    )
    for unit, group in groupby(others, key=lambda one: shorten(one.unit, 80)):
        members = list(group)
        alone = list(dict.fromkeys(shorten(one.own_unit, 80) for one in members))
        small = f"as {listed(alone)} alone {'is' if len(alone) == 1 else 'are'} too small to show"
        titles = [shorten(one.measure.title, _TITLE) for one in members]
        what = listed(titles) if len(titles) <= _MOST_NAMED else f"{len(titles)} measures"
        parts.append(f"{what}: of all {unit}, {small}")
    until = data_until(panels)
    return f"{'; '.join(parts)} · data to {format_day(until, year=until.year != monday.year)}"


def _month(panel: Panel, day: date, monday: date, *, short: bool = False) -> str:
    end = last_day(day, PeriodLength.MONTH)
    # A week counts to the month in which it ends.
    day = last_day(day, panel.measure.period) if panel.measure.period is PeriodLength.WEEK else end
    first = day.replace(day=1)
    return format_span(
        first, last_day(first, PeriodLength.MONTH), year=first.year != monday.year, short=short
    )
