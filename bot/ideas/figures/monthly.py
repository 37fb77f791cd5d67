"""The month's message to a unit's channel: what was put in place, with thanks, and how long answers took.

It goes out on the first working day of a month at nine, about the month before, to each unit in which an
idea came into place or got an answer; where nothing happened nothing is said. Never about a person: no name
of who raised, answered or did something. No benchmark either (I10). The outbox row holds numbers, no words;
titles are put in when it is sent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from sqlmodel import Session, col, select

from bot.clock import local_date
from bot.courier.desk import Renderer
from bot.courier.letters import Letter, put
from bot.digests.facts import PICTURE
from bot.digests.values import format_span
from bot.ideas.channels import GUARD, key_of
from bot.ideas.figures.chart import (
    LEFT_OUT,
    MonthOfIdeas,
    alt_text,
    as_payload,
    count_months,
    draw_months,
    from_payload,
)
from bot.ideas.figures.metrics import LEAST, Frame, frame_of, month_before, people_under, wait_in
from bot.ideas.figures.metrics_words import working_days
from bot.ideas.figures.waits import Wait
from bot.ideas.words.phrases import name, plural, title
from bot.ideas.working import WorkingDays
from bot.settings import Settings
from bot.slack_blocks import Block, context, section
from bot.slack_text import plain
from storage.engine import Database
from storage.idea_figures import (
    IdeaRow,
    TitleRow,
    UnitRow,
    idea_rows,
    month_is_told,
    remember_month,
    titles_in_place,
    unit_rows,
)
from storage.idea_rows import history
from storage.ideas import Idea
from storage.outbox import OutboxRow
from storage.people import Unit
from storage.terms import IdeaEventKind, IdeaState, Op, OutboxState, Priority

KIND: Final = "idea_month"
RENDER: Final = "idea_month"
AGAIN: Final = "idea_month_again"
# In the site's zone. After an outage it is not sent in the evening, but the next working morning.
FROM, UNTIL = time(9), time(17)
MONTHS_SHOWN = 6
# First words are timed over this many months: a single month of one unit has too few ideas.
MONTHS_TIMED = 3
TITLES = 6


@dataclass(frozen=True, slots=True)
class MonthFacts:
    """What a unit's message about a month (`first`: its first day) says.

    `titles` are ideas put in place, confirmed ones first, `more` those beside. `wait` is of the last three
    months, None where too few. `months` is empty where too few people work there to break anything out.
    """

    unit: str
    first: date
    titles: tuple[TitleRow, ...]
    more: int
    came_in: int
    answered: int
    wait: Wait | None
    months: tuple[MonthOfIdeas, ...] = ()

    @property
    def is_worth_telling(self) -> bool:
        """Whether anything came into place or got an answer."""
        return bool(self.titles or self.answered)


def due_month(now: datetime, settings: Settings) -> date | None:
    """The first day of the month that may be told about now; None outside of the hours for it."""
    local = now.astimezone(settings.zone)
    days = WorkingDays(settings.zone, settings.rounds_holidays)
    if not (FROM <= local.time() < UNTIL and days.is_working(local.date())):
        return None
    return month_before(local.date().replace(day=1), 1)


def plan_monthly(database: Database, now: datetime, settings: Settings) -> int:
    """Put the letters that are due into the outbox. Returns how many. Cheap when there is nothing to do."""
    first = due_month(now, settings)
    return 0 if first is None else plan_month(database, first, now, settings)


def plan_month(database: Database, first: date, now: datetime, settings: Settings) -> int:
    """Put a letter about that month for each unit with something to tell. Returns how many.

    Once a month and unit, whatever happens: the outbox holds the uniqueness. Pictures are drawn outside of
    the short transactions that it makes.
    """
    month = _key(first)
    with database.read() as session:
        if month_is_told(session, month):
            return 0
        told = gather_months(session, first, now, settings)
    planned = 0
    for unit, facts in told:
        letter = _letter(unit, facts, settings)
        with database.write() as session:
            planned += put(session, letter, now=now) is not None
    with database.write() as session:
        remember_month(session, month)
    return planned


def gather_months(
    session: Session, first: date, now: datetime, settings: Settings
) -> list[tuple[UnitRow, MonthFacts]]:
    """The units with a channel that have something to tell of that month, with what."""
    units = unit_rows(session, local_date(now, settings.zone))
    people = people_under(units)
    found = []
    for unit in units:
        if key_of(unit.channel):
            facts = gather_month(session, unit, people[unit.id], first, now, settings)
            if facts.is_worth_telling:
                found.append((unit, facts))
    return found


def gather_month(
    session: Session, unit: UnitRow, people: int, first: date, now: datetime, settings: Settings
) -> MonthFacts:
    """What there is to tell of one unit's month; `people` work there."""
    frame = frame_of(now, settings, MONTHS_SHOWN, month_before(first, -1) - timedelta(days=1))
    start = datetime.combine(first, time(), settings.zone)
    rows = [
        row
        for row in idea_rows(
            session, since=frame.since, until=frame.until, open_states=sorted(IdeaState), units=[unit.id]
        )
        if _is_shown(row)
    ]
    titles = titles_in_place(session, unit.id, start, frame.until)
    enough = people >= LEAST
    return MonthFacts(
        unit=unit.name,
        first=first,
        titles=tuple(titles[:TITLES]),
        more=max(0, len(titles) - TITLES),
        came_in=sum(start <= row.handed_in_at < frame.until for row in rows),
        answered=sum(_was_answered(row, start, frame.until) for row in rows),
        wait=_wait(rows, frame) if enough else None,
        months=_months(rows, frame) if enough else (),
    )


def _is_shown(row: IdeaRow) -> bool:
    """Not what skipped the unit's leaders, unless it is confirmed; not what was merged or taken back."""
    return row.state not in LEFT_OUT and (not row.above or row.state is IdeaState.VERIFIED)


def _was_answered(row: IdeaRow, start: datetime, until: datetime) -> bool:
    moments = (row.first_words_at, row.decided_at)
    return any(moment is not None and start <= moment < until for moment in moments)


def _wait(rows: Sequence[IdeaRow], frame: Frame) -> Wait | None:
    since = datetime.combine(frame.months[-MONTHS_TIMED], time(), frame.working.zone)
    return wait_in([row for row in rows if row.handed_in_at >= since], frame)


def _months(rows: Sequence[IdeaRow], frame: Frame) -> tuple[MonthOfIdeas, ...]:
    zone = frame.working.zone
    return count_months(
        frame.months, [(local_date(row.handed_in_at, zone).replace(day=1), row.state) for row in rows]
    )


def _letter(unit: UnitRow, facts: MonthFacts, settings: Settings) -> Letter:
    channel = key_of(unit.channel)
    month = _key(facts.first)
    following = month_before(facts.first, -2)
    return Letter(
        kind=KIND,
        lane=f"channel:{channel}"[:64],
        conversation=channel,
        payload={"render": RENDER, "unit": unit.id, "month": month, "chart": as_payload(facts.months)},
        picture=draw_months(facts.months, _heading(unit.name)) if facts.months else None,
        # Two units may share a channel.
        period=f"{month}:{unit.id}",
        priority=Priority.BULK,
        expires_at=datetime.combine(following, time(), settings.zone),
        guard={"name": GUARD, "channel": channel},
    )


def renderers(settings: Settings) -> Mapping[str, Renderer]:
    """What makes the message when it is sent."""

    def render(session: Session, payload: Mapping[str, Any]) -> Mapping[str, Any] | None:
        return render_month(session, payload, settings)

    return {RENDER: render}


def write_anew(session: Session, idea: Idea, settings: Settings, now: datetime) -> None:
    """Have each month's message that may have the idea's title written once more, without what was taken out.

    It may be any of a month in which the idea came into place or was confirmed, in a unit where it was.
    """
    assert idea.id is not None
    units, months = {idea.unit_id}, set[str]()
    for event in history(session, idea.id):
        units |= {int(event.facts[name]) for name in ("unit", "from_unit") if name in event.facts}
        if event.kind in (IdeaEventKind.IMPLEMENTED, IdeaEventKind.VERIFIED):
            months.add(_key(local_date(event.at, settings.zone).replace(day=1)))
    told = session.exec(
        select(OutboxRow).where(
            OutboxRow.kind == KIND,
            OutboxRow.op == Op.POST,
            col(OutboxRow.period).in_([f"{month}:{unit}" for month in months for unit in units]),
            # One that still waits is written when it is sent.
            col(OutboxRow.state).in_([OutboxState.LEASED, OutboxState.SENT]),
        )
    )
    for row in told.all():
        letter = Letter(
            kind=AGAIN,
            lane=row.lane,
            op=Op.UPDATE,
            payload={**row.payload, "again": True},
            depends_on=row.id,
            coalesce_key=f"idea_month:{row.id}",
        )
        put(session, letter, now=now)


def render_month(session: Session, payload: Mapping[str, Any], settings: Settings) -> dict[str, Any] | None:
    """The message of a payload, from what is stored now; None where there is nothing to tell any more.

    The picture's numbers are those of the payload, so that words and picture agree. One that was posted
    (`again` in the payload) is always written, as what it said before must not stay.
    """
    unit = session.get(Unit, int(payload["unit"]))
    if unit is None or unit.id is None:
        return None
    first = date.fromisoformat(f"{payload['month']}-01")
    end = datetime.combine(month_before(first, -1), time(), settings.zone)
    months = from_payload(payload.get("chart", ()))
    row = UnitRow(unit.id, unit.name, unit.parent_id, unit.channel, 0)
    facts = gather_month(session, row, LEAST if months else 0, first, end, settings)
    return month_message(facts, months) if facts.is_worth_telling or payload.get("again") else None


def month_message(facts: MonthFacts, months: Sequence[MonthOfIdeas]) -> dict[str, Any]:
    """The message: `{"text", "blocks"}`. `months` are the numbers of its picture, none where it has none."""
    span = format_span(facts.first, month_before(facts.first, -1) - timedelta(days=1))
    blocks: list[Block] = [section(f"*Ideas in {name(facts.unit)} · {span}*\n{_in_place(facts, span)}")]
    blocks.append(section(_numbers(facts)))
    if months:
        shown = alt_text(months, _heading(facts.unit))
        blocks.append({"type": "image", "slack_file": {"id": PICTURE}, "alt_text": plain(shown, 2000)})
    blocks.append(context("Something that could go better? Type `/idea`."))
    return {"text": f"Ideas in {name(facts.unit)} · {span}", "blocks": blocks}


def _in_place(facts: MonthFacts, span: str) -> str:
    if not facts.titles:
        return f"Nothing new came into place in {span}; the next thing may be yours."
    lines = [f"• #{row.id} {title(row.text)}{_confirmed(row)}" for row in facts.titles]
    if facts.more:
        lines.append(f"• and {plural(facts.more, 'other', 'others')}")
    return "\n".join(["Put in place, with thanks to everybody who raised, built or tried it:", *lines])


def _confirmed(row: TitleRow) -> str:
    return " · confirmed" if row.state is IdeaState.VERIFIED else ""


def _numbers(facts: MonthFacts) -> str:
    came = f"{plural(facts.came_in, 'idea', 'ideas')} came in" if facts.came_in else "No new idea came in"
    said = f"{came}, and {facts.answered} got an answer." if facts.answered else f"{came}."
    if facts.wait is None or facts.wait.median is None:
        return said
    return f"{said} Over three months, half of the ideas heard back within {_span(facts.wait.median)}."


def _span(days: float) -> str:
    # As people say it: "0.9 working days" is exact to nobody's use.
    return "a working day" if days <= 1 else working_days(days)


def _heading(unit: str) -> str:
    return f"Ideas in {unit}"


def _key(first: date) -> str:
    return f"{first.year}-{first.month:02d}"
