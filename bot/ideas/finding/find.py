"""Finding ideas: lists, one's own, a leader's board, and what a unit did this month.

Who may see what is part of every query, so that pages are full and totals right.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Final

from sqlmodel import Session

from bot.access import may_run_rounds
from bot.ideas import leading
from bot.ideas.anonymous import hidden
from bot.ideas.doing import Doing
from bot.ideas.facts import Board, BoardCounts, BoardUnit, Listed, Page, UnitMonth
from bot.ideas.finding.synonyms import synonyms_at
from bot.ideas.gather import due_of, is_overdue
from storage import idea_queries, idea_rows, idea_search
from storage.idea_queries import FoundIdea, Looker
from storage.ideas import HiddenActRow
from storage.people import Unit
from storage.terms import HiddenAct, IdeaState, RoleName

WAITING, OVERDUE, IN_PROGRESS, VERIFICATION, DONE = (
    "waiting",
    "overdue",
    "in_progress",
    "verification",
    "done",
)
COLUMNS: Final = (WAITING, OVERDUE, IN_PROGRESS, VERIFICATION, DONE)
_MOST_IN_PLACE = 5


@dataclass(frozen=True, slots=True)
class Finder:
    """Who looks, worked out once: a Home asks for several lists."""

    doing: Doing
    looker: Looker
    waiting: tuple[HiddenActRow, ...] = ()


def finder(session: Session, doing: Doing) -> Finder:
    """Who looks. Whose account has another email by now sees what everybody sees."""
    actor = doing.actor
    if actor.person_id is not None and not actor.confirmed:
        return Finder(doing, Looker())
    looker = Looker(
        person_id=actor.person_id,
        own=frozenset(hidden.mine(session, doing)),
        approves=_approves(doing),
        **_answers(session, doing),
    )
    return Finder(doing, looker, tuple(hidden.waiting_of(session, doing)))


def _approves(doing: Doing) -> frozenset[int] | None:
    """The units whose decisions somebody may approve; None for all."""
    units = {unit_id for role, unit_id in doing.actor.roles if role is RoleName.APPROVER}
    return None if None in units else frozenset(unit for unit in units if unit is not None)


def _answers(session: Session, doing: Doing) -> dict[str, frozenset[int]]:
    """The units whose ideas somebody answers (as `leading.leads`), and those that they lead themselves."""
    actor = doing.actor
    if not actor.leads and not may_run_rounds(actor):
        return {}
    units = {unit.id: unit for unit in idea_rows.units(session) if unit.id is not None}
    answered_by: dict[int, Unit | None] = {}
    for unit_id in units:
        at: int | None = unit_id
        for _ in units:
            if at is None or leading.leadership(units[at]):
                break
            at = units[at].parent_id
        answered_by[unit_id] = None if at is None or not leading.leadership(units[at]) else units[at]
    answers = {
        unit_id
        for unit_id, by in answered_by.items()
        if (by is None and may_run_rounds(actor)) or (by is not None and by.id in actor.leads)
    }
    themselves = {
        unit_id
        for unit_id, by in answered_by.items()
        if by is not None and actor.person_id in leading.leadership(by)
    }
    return {"answers": frozenset(answers), "passed_over": frozenset(themselves)}


def list_ideas(session: Session, doing: Doing, words: str = "", *, first: int = 0, size: int = 8) -> Page:
    """Ideas with these words, best first; without words those of the person's units first, then all."""
    found = finder(session, doing)
    visible = idea_queries.visible_to(found.looker)
    if words.strip():
        hits = idea_search.search(
            session,
            words,
            synonyms=synonyms_at(doing.settings.rounds_synonyms),
            hidden_except=idea_queries.meant_for_above(session, found.looker),
            limit=size,
            offset=first,
        )
        return _page(found, idea_queries.ideas_by_id(session, hits.ids), hits.total, first, size)
    where = (visible, idea_queries.still_there())
    person_id = found.looker.person_id
    units = [] if person_id is None else idea_queries.units_of(session, person_id, doing.today)
    return _page_of(
        session, found, where, idea_queries.units_first([number for number, _ in units]), first, size
    )


def supported(session: Session, doing: Doing, *, first: int = 0, size: int = 8) -> Page:
    """Ideas that the person said "me too" to, the newest movement first."""
    found = finder(session, doing)
    if found.looker.person_id is None:
        return Page((), 0, first, size)
    where = (
        idea_queries.is_supported_by(found.looker.person_id),
        idea_queries.visible_to(found.looker),
        idea_queries.still_there(),
    )
    return _page_of(session, found, where, idea_queries.newest_first(), first, size)


def mine(session: Session, doing: Doing, *, first: int = 0, size: int = 8) -> Page:
    """The person's own ideas, named and not: first those of which something is asked, then what waits for
    its batch, then the newest movement."""
    return mine_of(session, finder(session, doing), first=first, size=size)


def mine_of(session: Session, found: Finder, *, first: int = 0, size: int = 8) -> Page:
    """As `mine`, for somebody who was looked up before."""
    states = idea_queries.own_states(session, found.looker)
    put_off = {row.idea_id: row.appears_on for row in found.waiting if row.idea_id is not None}
    questions = idea_queries.open_questions(session, [number for number, _, _ in states])
    asked = {
        number
        for number, state, _ in states
        if number not in put_off and (number in questions or state is IdeaState.IMPLEMENTED)
    }
    new = [_not_yet(row) for row in found.waiting if row.act is HiddenAct.HAND_IN]
    ordered = sorted((number for number, _, _ in states), key=lambda number: number not in asked)
    # What has no number yet stands between what is asked and the rest.
    places: list[int | Listed] = [*ordered[: len(asked)], *new, *ordered[len(asked) :]]
    shown = places[first : first + size]
    rows = {
        item.idea.id: item
        for item in idea_queries.ideas_by_id(session, [one for one in shown if isinstance(one, int)])
    }
    lines = tuple(
        one if isinstance(one, Listed) else _listed(found, rows[one], questions, put_off) for one in shown
    )
    return Page(lines, len(places), first, size)


def board(
    session: Session,
    doing: Doing,
    *,
    unit_id: int | None = None,
    column: str = WAITING,
    first: int = 0,
    size: int = 8,
) -> Board | None:
    """A leader's board: what their units (or one of them) are to answer. None for who leads nothing.

    A unit or a column that is none of theirs counts as not chosen.
    """
    return board_of(session, finder(session, doing), unit_id=unit_id, column=column, first=first, size=size)


def board_of(
    session: Session, found: Finder, *, unit_id: int | None, column: str, first: int = 0, size: int = 8
) -> Board | None:
    """As `board`, for somebody who was looked up before."""
    answers = found.looker.answers
    if not answers:
        return None
    column = column if column in COLUMNS else WAITING
    unit_id = unit_id if unit_id in answers else None
    today = found.doing.today
    led = [idea_queries.is_led(found.looker, None if unit_id is None else [unit_id])]
    counts = idea_queries.count_columns(session, led, today)
    total: int = getattr(counts, column)
    # The last page may have emptied since it was chosen.
    first = 0 if first >= total else first
    order = idea_queries.newest_first() if column == DONE else idea_queries.soonest_first()
    rows = idea_queries.find_ideas(
        session, [*led, idea_queries.in_column(column, today)], order, limit=size, offset=first
    )
    return Board(
        units=tuple(BoardUnit(number, name) for number, name in idea_queries.units_named(session, answers)),
        counts=BoardCounts(
            counts.waiting, counts.overdue, counts.in_progress, counts.verification, counts.done
        ),
        column=column,
        page=_page(found, rows, total, first, size),
        unit_id=unit_id,
    )


def unit_month(session: Session, doing: Doing) -> UnitMonth | None:
    """What became of ideas in the person's unit this month; None for somebody without a unit."""
    return unit_month_of(session, finder(session, doing))


def unit_month_of(session: Session, found: Finder) -> UnitMonth | None:
    """As `unit_month`, for somebody who was looked up before."""
    doing, person_id = found.doing, found.looker.person_id
    units = [] if person_id is None else idea_queries.units_of(session, person_id, doing.today)
    if not units:
        return None
    unit_id, name = units[0]
    month = doing.today.replace(day=1)
    since = datetime.combine(month, time(0), doing.settings.zone)
    counts = idea_queries.count_month(session, unit_id, since)
    rows: list[FoundIdea] = []
    if counts.in_place:
        where = [*idea_queries.open_in_unit(unit_id), idea_queries.in_place_since(since)]
        rows = idea_queries.find_ideas(session, where, idea_queries.newest_first(), limit=_MOST_IN_PLACE)
    return UnitMonth(
        unit=name,
        month=month,
        handed_in=counts.handed_in,
        answered=counts.answered,
        tried=counts.tried,
        in_place_in_all=counts.in_place,
        in_place=tuple(_listed(found, row, {}, {}) for row in rows),
    )


def _page_of(
    session: Session,
    found: Finder,
    where: Sequence[idea_queries.Condition],
    order: Sequence[object],
    first: int,
    size: int,
) -> Page:
    total = idea_queries.count_ideas(session, where)
    rows = idea_queries.find_ideas(session, where, order, limit=size, offset=first)
    return _page(found, rows, total, first, size)


def _page(found: Finder, rows: Sequence[FoundIdea], total: int, first: int, size: int) -> Page:
    return Page(tuple(_listed(found, row, {}, {}) for row in rows), total, first, size)


def _not_yet(row: HiddenActRow) -> Listed:
    """An idea that has no number before its batch."""
    return Listed(
        number=0,
        text=str(row.body.get("text", "")),
        state=IdeaState.NEW,
        unit="",
        handed_in=row.appears_on,
        mine=True,
        appears_on=row.appears_on,
    )


def _listed(
    found: Finder, row: FoundIdea, questions: Mapping[int, int], put_off: Mapping[int, date]
) -> Listed:
    idea, doing = row.idea, found.doing
    assert idea.id is not None
    looker = found.looker
    own = idea.id in looker.own or (idea.submitter_id is not None and idea.submitter_id == looker.person_id)
    asks = own and idea.id not in put_off
    return Listed(
        number=idea.id,
        text=idea.text,
        state=idea.state,
        unit=row.unit,
        handed_in=idea.handed_in_at.astimezone(doing.settings.zone).date(),
        due=due_of(idea),
        overdue=is_overdue(idea, doing.today),
        owner=row.owner,
        supporters=row.supporters,
        unverified=idea.unverified_at is not None and idea.state is IdeaState.IMPLEMENTED,
        mine=own,
        question=asks and idea.id in questions,
        confirm=asks and idea.state is IdeaState.IMPLEMENTED,
        question_seq=questions.get(idea.id, 0) if asks else 0,
        appears_on=put_off.get(idea.id),
    )
