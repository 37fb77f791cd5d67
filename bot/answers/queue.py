"""The analyst's part: one answer with its figures (a look, on record), and closing it with words."""

from __future__ import annotations

from typing import Final

from sqlmodel import Session

from bot.access import may_close_answer
from bot.answers import gather, letters
from bot.answers.acts import LONGEST_WORDS, NO_WORDS, TOO_LONG
from bot.answers.facts import Item, Line
from bot.answers.rules import Taken, take_together
from bot.clock import local_date
from bot.home.letters import put_home
from bot.ideas.checking.checks import refuse_text
from bot.ideas.doing import Doing, Done, Outcome, Refused
from bot.ideas.leading import name_of
from storage import answer_rows, idea_rows, talk_rows
from storage.answers import FigureAnswer
from storage.digests import Look
from storage.figures import current_measures
from storage.terms import AnswerState

_NONE: Final = Taken(0.0, 0.0)

GONE = "This answer does not wait any more, or it is not for you to close."
CLOSED = "Thank you. Rounds tells them in your words."


def look(session: Session, doing: Doing, answer_id: int) -> Item | None:
    """Open one answer with its figures: a look, on its subject's record (D4). None for who may not."""
    row = session.get(FigureAnswer, answer_id)
    if row is None or row.state is not AnswerState.OPEN or not _may_close(session, doing, row):
        return None
    item = _item(session, doing, row)
    analyst = idea_rows.people(session, [doing.actor.person_id]).get(doing.actor.person_id or 0)
    session.add(
        Look(
            person_id=row.person_id,
            looked_at=doing.now,
            looker=f"{name_of(analyst)} (analyst)"[:200],
            what=f"your figures and words on {item.title}"[:200],
            reason="to answer what you said of them",
        )
    )
    return item


def close(session: Session, doing: Doing, answer_id: int, words: str, *, agreed: bool) -> Outcome:
    """Close an answer with words; whoever gave it hears them."""
    row, words = session.get(FigureAnswer, answer_id), words.strip()
    if row is None or not _may_close(session, doing, row):
        return Refused(GONE)
    if not words:
        return Refused(NO_WORDS)
    wrong = TOO_LONG if len(words) > LONGEST_WORDS else refuse_text(session, words)
    if wrong is not None:
        return Refused(wrong)
    state = AnswerState.AGREED if agreed else AnswerState.NOT_AGREED
    if not answer_rows.change(
        session,
        answer_id,
        (AnswerState.OPEN,),
        state=state,
        answered_by=doing.actor.person_id,
        reply=words,
        closed_at=doing.now,
    ):
        return Refused(GONE)
    letters.put_outcome(session, answer_id, row.person_id, doing.now)
    put_home(session, row.person_id, doing.now)
    return Done(note=CLOSED)


def _may_close(session: Session, doing: Doing, row: FigureAnswer) -> bool:
    units = idea_rows.units_of(session, row.person_id, doing.today)
    return may_close_answer(doing.actor, units, row.person_id)


def _item(session: Session, doing: Doing, row: FigureAnswer) -> Item:
    version = current_measures(session)[talk_rows.key_of_measure(session, row.measure_id)]
    periods = gather.own_periods(session, row.person_id, version, row.first_day, row.last_day)
    recent = gather.recent_periods(session, row.person_id, version, row.last_day, doing.settings)
    theirs = answer_rows.asides_of(session, [row.id or 0]).get(row.id or 0, [])
    taken = take_together(theirs)
    standing = answer_rows.standing_asides(session, [row.measure_id], person_id=row.person_id)
    people = idea_rows.people(session, [row.person_id])
    return Item(
        answer_id=row.id or 0,
        who=name_of(people.get(row.person_id)),
        title=version.title,
        kind=row.kind,
        measure_kind=version.kind,
        words=row.words,
        said_on=local_date(row.said_at, doing.settings.zone),
        first_day=row.first_day,
        last_day=row.last_day,
        lines=tuple(
            Line(
                one.start,
                one.end,
                one.numerator,
                one.denominator,
                taken[one.clinician_id, one.start].denominator
                if (one.clinician_id, one.start) in taken
                else 0.0,
            )
            for one in periods
        ),
        shown=row.shown_to_group,
        seconded=row.seconded_by is not None,
        changed=gather.have_changed(theirs, periods, version),
        for_the_measure=gather.share_is_for_the_measure(standing, recent),
    )
