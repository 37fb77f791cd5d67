"""From the form to the idea, and what its sender and colleagues add to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any, Final

from sqlmodel import Session

from bot.ideas import gather, leading, newcomers, telling
from bot.ideas.anonymous.sealing import sealer_of
from bot.ideas.checking import checks
from bot.ideas.clocks import clocks_from
from bot.ideas.doing import Doing, Done
from bot.ideas.facts import Draft
from bot.ideas.lifecycle import SUPPORTABLE
from bot.ideas.permits import NO_KEY, as_sender, person_of, put_off, sender_of, typed
from bot.ideas.pictures import add_picture
from bot.ideas.record import Change, NotDone, act, add_line, idea_for, record, too_late
from bot.leading.promise import days_of
from storage import idea_rows, idea_search
from storage.ideas import Idea
from storage.people import Unit
from storage.terms import HiddenAct, Part
from storage.terms import IdeaEventKind as Event

NO_TEXT: Final = "Please say in a sentence what your idea is."
NO_UNIT: Final = "Please choose the unit in which it applies."
NOBODY_ABOVE: Final = (
    "Nobody is set down as leading above this unit, so nobody else could answer. Please take that choice "
    "out, or choose another unit. Nothing was saved."
)
NO_PICTURE: Final = (
    "A picture can come with a named idea only: it could say who took it. Please take it out, or give your "
    "name. Nothing was saved."
)
_FOLLOWS: Final = 20


@act
def hand_in(session: Session, doing: Doing, draft: Draft) -> Done:
    """Hand in an idea. `Done.receipt` says who answers and by when.

    Without a name it is kept for the next batch (`Done.appears_on`), and nothing else is written. Whoever is
    in no list yet is written down with a named idea, if `doing.newcomer` says who they are.
    """
    text = typed(session, draft.text, NO_TEXT, released=doing.released)
    draft = replace(draft, text=text)
    unit = _unit(session, doing, draft)
    assert unit.id is not None
    answering = leading.answering_unit(session, unit.id, above=draft.above)
    if draft.above and answering is None:
        raise NotDone(NOBODY_ABOVE)
    answering = answering or unit
    if draft.anonymous and draft.file_id:
        raise NotDone(NO_PICTURE)
    if draft.anonymous and not doing.released:
        return _kept_for_later(session, doing, draft, unit, answering)
    submitter = None if draft.anonymous else newcomers.person_for(session, doing, unit.id)
    idea = new_idea(session, doing, draft, unit, answering, submitter)
    assert idea.id is not None
    if draft.file_id:
        add_picture(session, idea.id, 1, draft.file_id)
    return Done(idea_id=idea.id, receipt=None if draft.anonymous else gather.receipt_of(session, idea))


def new_idea(
    session: Session,
    doing: Doing,
    draft: Draft,
    unit: Unit,
    answering: Unit,
    submitter: int | None,
    *,
    adopted_from: int | None = None,
    facts: Mapping[str, Any] | None = None,
) -> Idea:
    """Write an idea down, with its first line of history, its clocks, its card and its receipt."""
    assert unit.id is not None
    assert answering.id is not None
    care = checks.touches_care(draft.text)
    days = days_of(session, answering, doing.settings, doing.team_id, doing.now)
    clocks = clocks_from(doing.now, days, doing.settings)
    idea = Idea(
        text=draft.text,
        unit_id=unit.id,
        answering_unit_id=answering.id,
        submitter_id=submitter,
        anonymous=draft.anonymous,
        above=draft.above,
        on_behalf=draft.on_behalf,
        from_patient=draft.from_patient,
        own_control=draft.own_control,
        wants_to_lead=draft.wants_to_lead,
        needs_approval=care,
        measure_id=draft.measure_id if draft.measure_id in idea_rows.measure_titles(session) else None,
        adopted_from_id=adopted_from,
        handed_in_at=doing.now,
        moved_at=doing.now,
        acknowledge_by=clocks["acknowledge_by"],
        decide_by=clocks["decide_by"],
    )
    session.add(idea)
    session.flush()
    assert idea.id is not None
    add_line(
        session, doing, idea, Change(Event.HANDED_IN, Part.SUBMITTER, submitter, facts=dict(facts or {}))
    )
    idea_search.index(session, idea.id, idea.text)
    telling.put_cards(session, doing.settings, doing.team_id, idea, 1, doing.now)
    if idea.own_control and not care and not idea.above:
        # The fast lane: nobody has to be asked. The leaders see the card, and may decide otherwise (I7).
        record(
            session,
            doing,
            idea,
            Change(Event.STARTED, Part.SUBMITTER, submitter, fields={"owner_id": submitter}),
        )
    telling.put_receipt(session, doing, idea)
    return idea


@act
def support(session: Session, doing: Doing, idea_id: int) -> Done:
    """Say "me too". An idea that was joined with another one passes it on."""
    idea = idea_for(session, doing, _joined_with(session, doing, idea_id))
    assert idea.id is not None
    if gather.is_sender(session, doing, idea):
        raise NotDone("This idea is your own, so you support it already.")
    if idea.state not in SUPPORTABLE:
        raise NotDone(too_late(session, doing, idea, Event.TOOK_IN))
    if doing.actor.person_id is None and doing.newcomer is not None:
        person = newcomers.person_for(session, doing, None)
    else:
        person = person_of(doing)
    if not idea_rows.add_support(session, idea.id, person, doing.now):
        return Done(idea_id=idea.id, note="You said so before; it counts once.")
    telling.refresh_cards(session, idea.id, doing.now)
    return Done(idea_id=idea.id)


def _joined_with(session: Session, doing: Doing, idea_id: int) -> int:
    """The idea that this one was joined with, by however many steps; itself where it was not.

    Nothing is locked on the way: whoever joins ideas locks them in another order.
    """
    for _ in range(_FOLLOWS):
        idea = session.get(Idea, idea_id)
        if idea is None or idea.merged_into_id is None or not gather.sees(session, doing, idea):
            break
        idea_id = idea.merged_into_id
    return idea_id


@act
def add_detail(session: Session, doing: Doing, idea_id: int, words: str) -> Done:
    """Its sender adds something to an idea."""
    idea = idea_for(session, doing, idea_id)
    words = typed(session, words, "Please say what you would like to add.", released=doing.released)
    body = {"words": words}
    if put := as_sender(session, doing, idea, Event.DETAIL_ADDED, HiddenAct.ADD_DETAIL, body):
        return put
    record(session, doing, idea, Change(Event.DETAIL_ADDED, Part.SUBMITTER, sender_of(doing), words))
    index_again(session, idea)
    return Done(idea_id=idea.id)


@act
def withdraw(session: Session, doing: Doing, idea_id: int, words: str) -> Done:
    """Its sender takes an idea back; a reason may be given."""
    idea = idea_for(session, doing, idea_id)
    words = typed(session, words, None, released=doing.released)
    body = {"words": words}
    if put := as_sender(session, doing, idea, Event.WITHDRAWN, HiddenAct.WITHDRAW, body):
        return put
    record(session, doing, idea, Change(Event.WITHDRAWN, Part.SUBMITTER, sender_of(doing), words))
    assert idea.id is not None
    idea_search.unindex(session, idea.id)
    return Done(idea_id=idea.id)


@act
def answer(session: Session, doing: Doing, idea_id: int, seq: int, words: str) -> Done:
    """Its sender answers the question that stands in line `seq` of the history."""
    idea = idea_for(session, doing, idea_id)
    words = typed(session, words, "Please write your answer; a sentence is enough.", released=doing.released)
    question = idea_rows.event_of(session, idea_id, seq)
    if question is None or question.kind is not Event.ASKED:
        raise NotDone("This question is not there any more. Nothing was saved.")
    body = {"words": words, "seq": seq}
    if put := as_sender(session, doing, idea, Event.ANSWERED, HiddenAct.ANSWER, body):
        return put
    record(
        session,
        doing,
        idea,
        Change(Event.ANSWERED, Part.SUBMITTER, sender_of(doing), words, facts={"asks": seq}),
    )
    return Done(idea_id=idea.id)


def index_again(session: Session, idea: Idea) -> None:
    """Make an idea findable by its words and the details that were added."""
    assert idea.id is not None
    details = [
        event.words for event in idea_rows.history(session, idea.id) if event.kind is Event.DETAIL_ADDED
    ]
    idea_search.index(session, idea.id, "\n".join([idea.text, *details]))


def _unit(session: Session, doing: Doing, draft: Draft) -> Unit:
    unit_id = draft.unit_id
    if unit_id is None and doing.actor.person_id is not None:
        mine = idea_rows.units_of(session, doing.actor.person_id, doing.today)
        unit_id = mine[0] if mine else None
    unit = session.get(Unit, unit_id) if unit_id is not None else None
    if unit is None:
        raise NotDone(NO_UNIT)
    return unit


def _kept_for_later(session: Session, doing: Doing, draft: Draft, unit: Unit, answering: Unit) -> Done:
    if sealer_of(doing.settings) is None:
        raise NotDone(NO_KEY)
    assert unit.id is not None
    kept = asdict(
        replace(draft, unit_id=unit.id, unfolded=False, seen_similar=False, seen_concern=False, origin="")
    )
    day = put_off(session, doing, HiddenAct.HAND_IN, None, kept)
    normal = leading.answering_unit(session, unit.id)
    passed_over = set(leading.leadership(normal)) if draft.above and normal is not None else set()
    receipt = gather.who_answers(session, answering, passed_over)
    in_channel = telling.card_channel(session, unit, above=draft.above, now=doing.now) is not None
    return Done(appears_on=day, receipt=replace(receipt, appears_on=day, channel=in_channel))
