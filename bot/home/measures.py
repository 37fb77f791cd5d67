"""The page "All my measures": each with its figures, its trend, why it matters and when it last led."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlmodel import Session

from bot.access import Actor, may_see_figures
from bot.digests.own_measures import OwnMeasure, from_json
from bot.digests.requests import notice_view
from bot.digests.values import format_span
from bot.digests.weeks import IsoWeek
from bot.ideas.names import beside
from bot.slack_blocks import Block, actions, button, divider, modal, section
from bot.slack_text import shorten
from storage.digest_queries import digest_of, last_led

View = dict[str, Any]

MEASURES = "home_measures"
PAGE = "home_measures_page"
# Each is a few lines long: more of them at once nobody reads.
ON_A_PAGE = 12
NONE_KEPT = "There are no measures to show yet. They come with your next digest."
# Slack's: 3,000 characters a section. What is told has been inert since it was written.
_TOLD, _SENTENCE = 1500, 600


def measures_page(session: Session, actor: Actor, value: str) -> View:
    """The actor's own measures as their digest of a week kept them; `value` is `week:first`."""
    week, _, first = value.partition(":")
    digest = None if actor.person_id is None else digest_of(session, actor.person_id, week)
    if digest is None or not may_see_figures(actor, digest.person_id):
        return notice_view(NONE_KEPT)
    measures = from_json((digest.message or {}).get("measures", ()))
    if not measures:
        return notice_view(NONE_KEPT)
    led = last_led(session, digest.person_id)
    return measures_view(measures, led, IsoWeek.parse(week), int(first) if first.isdecimal() else 0)


def measures_view(
    measures: Sequence[OwnMeasure], led: Mapping[str, str], week: IsoWeek, first: int = 0
) -> View:
    """One page of them. `led`: the last week (ISO) whose digest a measure led, by its key."""
    last_page = (len(measures) - 1) // ON_A_PAGE * ON_A_PAGE
    first = min(first // ON_A_PAGE * ON_A_PAGE, last_page)
    shown = measures[first : first + ON_A_PAGE]
    count = "Your one measure" if len(measures) == 1 else f"Your {len(measures)} measures"
    intro = f"{count}, as of your digest of {_span(week)}. Only you see this."
    if len(shown) < len(measures):
        intro += f" Here are {first + 1} to {first + len(shown)}."
    blocks: list[Block] = [section(intro)]
    for measure in shown:
        blocks += [divider(), section(_words(measure, led))]
    turning = []
    if first:
        turning.append(button(beside(PAGE, 1), "Earlier ones", f"{week}:{first - ON_A_PAGE}"))
    if first < last_page:
        turning.append(button(beside(PAGE, 2), "More of them", f"{week}:{first + ON_A_PAGE}"))
    if turning:
        blocks.append(actions(*turning))
    return modal("All my measures", blocks)


def _words(measure: OwnMeasure, led: Mapping[str, str]) -> str:
    lines = [shorten(measure.told, _TOLD)]
    if measure.trend:
        lines.append(f"*Trend.* {shorten(measure.trend, _SENTENCE)}")
    if measure.why:
        lines.append(f"*Why it matters.* {shorten(measure.why, _SENTENCE)}")
    week = led.get(measure.key)
    last = f"It led your digest of {_span(IsoWeek.parse(week))}." if week else "It has not led a digest yet."
    lines.append(f"*Last message.* {last}")
    return "\n".join(lines)


def _span(week: IsoWeek) -> str:
    return format_span(week.monday, week.sunday)
