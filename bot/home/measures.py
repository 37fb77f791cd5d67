"""A clinician's measures, each with its figures, its trend, why it matters and when it last led.

In short on the Home, and in full on the page "All my measures".
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from sqlmodel import Session

from bot.access import Actor, may_see_figures
from bot.digests.own_measures import OwnMeasure, from_json
from bot.digests.requests import notice_view
from bot.digests.trends import OwnTrend
from bot.digests.values import format_goal, format_number, format_span, format_value
from bot.digests.weeks import IsoWeek
from bot.home.facts import MeasureLine
from bot.ideas.names import beside
from bot.language.language import NO_BREAK
from bot.slack_blocks import Block, actions, button, divider, modal, mrkdwn, section
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
# On the Home; the page has the rest, and all of the words.
ON_HOME, _SHORT = 15, 200
# Said of a dozen measures in a row, it is noise.
_OVER_THAT_TIME = re.compile(r"(?<=^No lasting change) over the \w+ shown\.$")


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


def measure_lines(
    measures: Sequence[OwnMeasure], trends: Sequence[OwnTrend], led: Mapping[str, str]
) -> tuple[MeasureLine, ...]:
    """The first measures in short; figures stand alone where there are colleagues to read them by."""
    drawn = {trend.key: trend for trend in trends}
    found = []
    for measure in measures[:ON_HOME]:
        title, _, told = measure.told.partition("\n")
        trend = drawn.get(measure.key)
        week = led.get(measure.key)
        found.append(
            MeasureLine(
                title=shorten(title.strip("*"), 200),
                figures=_figures(trend, told),
                trend=shorten(_OVER_THAT_TIME.sub(".", measure.trend), _SHORT),
                why=shorten(measure.why, _SHORT),
                led=f"It led your digest of {_span(IsoWeek.parse(week))}." if week else "",
            )
        )
    return tuple(found)


def _figures(trend: OwnTrend | None, told: str) -> str:
    """`43 % · some have reached 83 % · goal 85 %`; without a comparison the first sentence of it."""
    if trend is None or trend.median is None or trend.value is None:
        first, stop, _ = told.partition(". ")
        return shorten(f"{first}{stop.rstrip()}", _SHORT)
    own = f"*{format_value(trend, trend.value)}*"
    if trend.reported is not None:
        own = f"{format_value(trend, trend.reported)}, {own} without what you set aside"
    parts = [own]
    if trend.benchmark is None:
        parts.append(f"half your colleagues: {format_number(trend, trend.median)}")
    else:
        who = "you and others" if trend.in_set else "some"
        parts.append(f"{who} have reached {format_value(trend, trend.benchmark)}")
    if trend.goal is not None:
        parts.append(f"goal{NO_BREAK}{format_goal(trend, trend.goal)}")
    return " · ".join(parts)


def lines_blocks(lines: Sequence[MeasureLine]) -> list[Block]:
    """The measures below each other: figures on the left, where they go and why they matter on the right."""
    blocks: list[Block] = []
    for line in lines:
        left = f"*{line.title}*" + (f"\n{line.figures}" if line.figures else "")
        right = "\n".join(part for part in (line.trend, line.why, line.led) if part)
        blocks.append({"type": "section", "fields": [mrkdwn(left), mrkdwn(right or "–")]})
    return blocks


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
