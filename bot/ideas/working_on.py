"""Doing it: who, where, how it goes, what a test showed, and that it is in place."""

from __future__ import annotations

from typing import Final

from sqlmodel import Session

from bot.ideas import gather, leading
from bot.ideas.clocks import earlier
from bot.ideas.decisions import Implementation, Study
from bot.ideas.doing import Doing, Done
from bot.ideas.lifecycle import is_possible
from bot.ideas.permits import as_leader, as_worker, chosen_person, future, typed
from bot.ideas.pictures import add_picture
from bot.ideas.record import Change, NotDone, act, idea_for, record, too_late
from storage import idea_rows, idea_search
from storage.ideas import Idea
from storage.people import Unit
from storage.terms import IdeaEventKind as Event
from storage.terms import Part

STUDIES: Final = frozenset({Event.TEST_ADOPTED, Event.TEST_ADAPTED, Event.TEST_ABANDONED})
_UNLIKE: Final = (
    "One of the two was meant for somebody above its unit's leaders, and would be seen by others. They "
    "cannot be joined. Nothing was saved."
)
_NO_SUCH_IDEA: Final = (
    "Idea #{number} is not there, or it is not shown to everybody. Please look at the number once more."
)
_TOO_LATE_FOR_ANOTHER: Final = "#{number} cannot take in another idea any more. Nothing was saved."


@act
def assign(session: Session, doing: Doing, idea_id: int, whom_user: str) -> Done:
    """A leader asks somebody to think about it; they hear at once."""
    idea = idea_for(session, doing, idea_id)
    leader = as_leader(session, doing, idea)
    whom = chosen_person(session, doing, whom_user)
    if whom == idea.assignee_id:
        return Done(idea_id=idea.id, note="They have been asked already.")
    fields = {"assignee_id": whom}
    record(
        session, doing, idea, Change(Event.ASSIGNED, Part.LEADER, leader, facts={"whom": whom}, fields=fields)
    )
    return Done(idea_id=idea.id)


@act
def merge(session: Session, doing: Doing, idea_id: int, into_id: int) -> Done:
    """A leader joins an idea with another one: who supports it goes along, and so do its clocks (I14)."""
    if idea_id == into_id:
        raise NotDone("An idea cannot be joined with itself. Please choose another one.")
    # Always in the same order, so that two who join the same two do not wait for one another.
    other = session.get(Idea, into_id)
    if other is None or not gather.sees(session, doing, other):
        # Its number is typed by hand, so it may be a slip.
        raise NotDone(_NO_SUCH_IDEA.format(number=into_id))
    found = {number: idea_for(session, doing, number) for number in sorted((idea_id, into_id))}
    idea, target = found[idea_id], found[into_id]
    leader = as_leader(session, doing, idea)
    if idea.above != target.above or (idea.above and idea.answering_unit_id != target.answering_unit_id):
        raise NotDone(_UNLIKE)
    if not is_possible(idea.state, Event.MERGED):
        raise NotDone(too_late(session, doing, idea, Event.MERGED))
    if not is_possible(target.state, Event.TOOK_IN):
        raise NotDone(_TOO_LATE_FOR_ANOTHER.format(number=into_id))
    clocks = {name: earlier(getattr(target, name), getattr(idea, name)) for name in _CLOCKS}
    _move_supporters(session, doing, idea, target)
    fields = {"merged_into_id": into_id}
    record(
        session,
        doing,
        idea,
        Change(Event.MERGED, Part.LEADER, leader, facts={"idea": into_id}, fields=fields),
    )
    took_in = Change(Event.TOOK_IN, Part.LEADER, leader, facts={"idea": idea_id}, fields=clocks)
    record(session, doing, target, took_in)
    idea_search.unindex(session, idea_id)
    return Done(idea_id=into_id)


_CLOCKS: Final = ("acknowledge_by", "decide_by", "update_by")


@act
def move(session: Session, doing: Doing, idea_id: int, unit_id: int) -> Done:
    """A leader passes an idea on to the unit where it belongs: its leaders answer, on clocks of their own."""
    idea = idea_for(session, doing, idea_id)
    leader = as_leader(session, doing, idea)
    unit = session.get(Unit, unit_id)
    if unit is None or unit_id == idea.unit_id:
        raise NotDone("Please choose another unit. Nothing was saved.")
    answering = leading.answering_unit(session, unit_id, above=idea.above)
    if idea.above and answering is None:
        raise NotDone("Nobody is set down as leading above that unit. Nothing was saved.")
    answering_id = unit_id if answering is None else answering.id
    fields = {"unit_id": unit_id, "answering_unit_id": answering_id, "assignee_id": None}
    facts = {"unit": unit_id, "from_unit": idea.unit_id}
    record(session, doing, idea, Change(Event.MOVED, Part.LEADER, leader, facts=facts, fields=fields))
    return Done(idea_id=idea.id)


@act
def note(session: Session, doing: Doing, idea_id: int, words: str) -> Done:
    """How it goes, from a leader or whoever does it."""
    idea = idea_for(session, doing, idea_id)
    person, part = as_worker(session, doing, idea)
    words = typed(session, words, "Please say how it goes. Nothing was saved.")
    record(session, doing, idea, Change(Event.NOTED, part, person, words))
    return Done(idea_id=idea.id)


@act
def study(session: Session, doing: Doing, idea_id: int, study: Study) -> Done:
    """What a test showed: keep it, change it and test again, or stop with thanks (I8)."""
    if study.kind not in STUDIES:
        raise ValueError(f"{study.kind} closes no test")
    idea = idea_for(session, doing, idea_id)
    person, part = as_worker(session, doing, idea)
    learned = typed(session, study.learned, "Please say what was learned. Nothing was saved.")
    data = typed(session, study.data, None)
    on = None
    if study.kind is Event.TEST_ADAPTED:
        on = future(
            doing, study.on, "Please choose the day until which it is tested again. Nothing was saved."
        )
    record(session, doing, idea, Change(study.kind, part, person, learned, data, on))
    return Done(idea_id=idea.id)


@act
def implement(session: Session, doing: Doing, idea_id: int, what: Implementation) -> Done:
    """It is in place: what was done, how one can see it, since when. Its sender is asked (I9)."""
    idea = idea_for(session, doing, idea_id)
    person, part = as_worker(session, doing, idea)
    done = typed(session, what.done, "Please say what was done. Nothing was saved.")
    missing = "Please say how one can see that it is in place: words, a link or a picture. Nothing was saved."
    proof = typed(session, what.proof, None if what.file_id else missing)
    if what.on > doing.today:
        raise NotDone("Please choose a day that is not in the future. Nothing was saved.")
    event = record(session, doing, idea, Change(Event.IMPLEMENTED, part, person, done, proof, what.on))
    if what.file_id:
        add_picture(session, event.idea_id, event.seq, what.file_id)
    return Done(idea_id=idea.id)


def _move_supporters(session: Session, doing: Doing, idea: Idea, target: Idea) -> None:
    """Who supports an idea, and a named sender, support the other one now."""
    assert idea.id is not None
    assert target.id is not None
    people = dict.fromkeys([*idea_rows.supporters(session, idea.id), idea.submitter_id])
    for person in people:
        if person is not None and person != target.submitter_id:
            idea_rows.add_support(session, target.id, person, doing.now)
