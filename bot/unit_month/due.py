"""When the month's summary of a unit's care goes out, and the letter: once a month and unit.

On the first working day from the 15th, at nine, about the month before: the month's message about ideas goes
on the first working day of the month, and never on the same day as this one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from types import MappingProxyType
from typing import Any, Final

import structlog
from sqlmodel import Session

from bot.courier.desk import Renderer
from bot.courier.letters import Letter, put
from bot.digests.chart_pen import WordImages
from bot.ideas.channels import GUARD, key_of
from bot.ideas.figures import monthly as ideas_month
from bot.ideas.figures.metrics import month_before
from bot.ideas.working import WorkingDays
from bot.leading.care.facts import Panel
from bot.leading.care.picture import draw_care
from bot.settings import Settings
from bot.unit_month.gather import UnitMonth, gather_units
from bot.unit_month.words import as_payload, from_payload, message, summary_of
from storage import unit_month_queries as queries
from storage.care_queries import data_stamp
from storage.engine import Database
from storage.idea_figures import UnitRow, month_is_told, unit_rows
from storage.people import Unit
from storage.terms import Priority

log = structlog.stdlib.get_logger()

KIND: Final = "unit_month"
RENDER: Final = "unit_month"
FROM_DAY: Final = 15
FROM, UNTIL = time(9), time(17)


def due_month(now: datetime, settings: Settings) -> date | None:
    """The first day of the month that may be told of now; None outside of the days and hours for it."""
    local = now.astimezone(settings.zone)
    days = WorkingDays(settings.zone, settings.rounds_holidays)
    in_time = local.day >= FROM_DAY and FROM <= local.time() < UNTIL
    if not (settings.rounds_unit_summary and in_time and days.is_working(local.date())):
        return None
    return month_before(local.date().replace(day=1), 1)


def tick(database: Database, now: datetime, settings: Settings) -> int:
    """Put the letters that are due into the outbox. Returns how many. Several processes may do it at once."""
    first = due_month(now, settings)
    return 0 if first is None else plan_month(database, first, now, settings)


def plan_month(database: Database, first: date, now: datetime, settings: Settings) -> int:
    """Put a letter about that month for each unit with a channel and figures. Returns how many.

    Pictures are drawn outside of the short transactions that it makes.
    """
    month, today = _key(first), now.astimezone(settings.zone).date()
    with database.read() as session:
        if queries.summary_is_told(session, month) or data_stamp(session) is None:
            return 0
        if not month_is_told(session, month):
            # The message about ideas comes first.
            return 0
        midnight = datetime.combine(today, time(), settings.zone)
        if queries.said_since(session, ideas_month.KIND, midnight):
            # After an outage it was late: tomorrow, then.
            return 0
        units = {unit.id: unit for unit in unit_rows(session, today) if key_of(unit.channel)}
        found = gather_units(session, list(units), first, today, settings.rounds_small_count)
    images: WordImages = {}
    planned = 0
    for unit_id, told in found.items():
        try:
            letter = _letter(units[unit_id], told, first, today, settings, images)
        except Exception as error:
            # The other units must not wait for it.
            log.error("unit_month_not_drawn", unit=unit_id, error=type(error).__name__)
            continue
        with database.write() as session:
            planned += put(session, letter, now=now) is not None
    with database.write() as session:
        queries.remember_summary(session, month)
    return planned


def _letter(
    unit: UnitRow, told: UnitMonth, first: date, today: date, settings: Settings, images: WordImages
) -> Letter:
    channel, month = key_of(unit.channel), _key(first)
    picture = draw_care(_titled(told.panels), today, images)
    summary = summary_of(told.panels, today, picture.alt_text)
    return Letter(
        kind=KIND,
        lane=f"channel:{channel}"[:64],
        conversation=channel,
        payload={
            "render": RENDER,
            "unit": unit.id,
            "month": month,
            "summary": as_payload(summary),
            "quotes": list(told.quotes),
        },
        picture=picture,
        # Two units may share a channel.
        period=f"{month}:{unit.id}",
        priority=Priority.BULK,
        expires_at=datetime.combine(month_before(today.replace(day=1), -1), time(), settings.zone)
        - timedelta(hours=7),
        guard={"name": GUARD, "channel": channel},
    )


def _titled(panels: Sequence[Panel]) -> list[Panel]:
    """Figures that are all of one unit above stand beneath its name, not each with it."""
    one_unit = len({panel.unit_id for panel in panels}) == 1
    return [replace(panel, own_unit=panel.unit) if one_unit else panel for panel in panels]


def renderers(settings: Settings) -> Mapping[str, Renderer]:
    """What makes the message when it is sent: the outbox keeps no patient's words."""

    def render(session: Session, payload: Mapping[str, Any]) -> Mapping[str, Any] | None:
        unit = session.get(Unit, int(payload["unit"]))
        if unit is None or not settings.rounds_unit_summary:
            return None
        quotes = queries.narrative_texts(session, [int(number) for number in payload["quotes"]])
        return message(unit.name, from_payload(payload["summary"]), quotes)

    return MappingProxyType({RENDER: render})


def _key(first: date) -> str:
    return f"{first.year}-{first.month:02d}"
