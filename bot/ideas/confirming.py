"""Its end: confirmed or not, shown to others, adopted by them; and patient details taken out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time
from typing import Final

from sqlmodel import Session

from bot.ideas import gather, leading, pictures, telling
from bot.ideas.doing import Doing, Done
from bot.ideas.facts import Draft
from bot.ideas.figures import monthly
from bot.ideas.handing_in import new_idea
from bot.ideas.lifecycle import is_possible
from bot.ideas.permits import as_sender, person_of, sender_of, typed
from bot.ideas.record import Change, NotDone, act, idea_for, record, too_late
from storage import hidden_rows, idea_rows, idea_search
from storage.ideas import Idea
from storage.people import Unit
from storage.terms import HiddenAct, Part
from storage.terms import IdeaEventKind as Event

NOT_TO_REMOVE: Final = (
    "Patient details can be taken out by whoever handed the idea in, its leaders, whoever looks after it and "
    "whoever runs Rounds. Please tell one of them now."
)
NOTHING_LEFT: Final = "Nothing that somebody typed is left on this idea."


@act
def verify(session: Session, doing: Doing, idea_id: int, share: bool) -> Done:
    """Its sender confirms that it is in place; with consent the whole organisation sees it (I20)."""
    idea = idea_for(session, doing, idea_id)
    if put := as_sender(session, doing, idea, Event.VERIFIED, HiddenAct.VERIFY, {"share": share}):
        return put
    sender = sender_of(doing)
    record(session, doing, idea, Change(Event.VERIFIED, Part.SUBMITTER, sender))
    if share and doing.settings.rounds_organisation_channel and idea.text:
        shared = Change(Event.SHARED, Part.SUBMITTER, sender, fields={"shared_at": doing.now})
        event = record(session, doing, idea, shared)
        telling.put_shared(session, doing, idea, event.seq)
    return Done(idea_id=idea.id)


@act
def dispute(session: Session, doing: Doing, idea_id: int, words: str) -> Done:
    """Its sender says what is missing; the leaders hear at once."""
    idea = idea_for(session, doing, idea_id)
    words = typed(
        session, words, "Please say what is missing; a sentence is enough.", released=doing.released
    )
    if put := as_sender(session, doing, idea, Event.DISPUTED, HiddenAct.DISPUTE, {"words": words}):
        return put
    record(session, doing, idea, Change(Event.DISPUTED, Part.SUBMITTER, sender_of(doing), words))
    return Done(idea_id=idea.id)


@act
def remove_details(session: Session, doing: Doing, idea_id: int) -> Done:
    """Empty all that was typed on an idea, and its pictures, everywhere; who did it and when stays (I15).

    At once for everybody: this must not wait for a batch. Where the sender of an anonymous idea does it, no
    time is kept but the day.
    """
    idea = idea_for(session, doing, idea_id)
    assert idea.id is not None
    if not gather.may_remove(session, doing, idea):
        raise NotDone(NOT_TO_REMOVE)
    doing = _without_time(session, doing, idea)
    waited = hidden_rows.empty_waiting(session, idea.id)
    found = pictures.remove_pictures(session, idea.id, doing.now) > 0 or waited
    if not found and not gather.has_words(idea, idea_rows.history(session, idea.id)):
        return Done(idea_id=idea.id, note=NOTHING_LEFT)
    idea_rows.empty_words(session, idea.id)
    idea_search.unindex(session, idea.id)
    part, person = _remover(session, doing, idea)
    fields = {"text": "", "details_removed_at": doing.now}
    record(session, doing, idea, Change(Event.DETAILS_REMOVED, part, person, fields=fields))
    telling.refresh_all(session, idea.id, doing.now)
    monthly.write_anew(session, idea, doing.settings, doing.now)
    copies = idea_rows.adoptions(session, idea.id)
    if not copies:
        return Done(idea_id=idea.id)
    numbers = ", ".join(f"#{number}" for number in copies)
    return Done(idea_id=idea.id, note=f"Other units adopted its words ({numbers}). Please look there too.")


@act
def adopt(session: Session, doing: Doing, idea_id: int, unit_id: int) -> Done:
    """Another unit makes a confirmed idea one of its own, tied to the first."""
    original = idea_for(session, doing, idea_id)
    assert original.id is not None
    person = person_of(doing)
    unit = session.get(Unit, unit_id)
    if unit is None or unit_id not in gather.adopting_units(session, doing, original):
        raise NotDone(
            "Please choose a unit that you work in, or lead, other than its own. Nothing was saved."
        )
    if not is_possible(original.state, Event.ADOPTED):
        raise NotDone(too_late(session, doing, original, Event.ADOPTED))
    if not original.text:
        raise NotDone("Its words were taken out, so there is nothing to adopt. Nothing was saved.")
    if (already := idea_rows.adopted_in(session, idea_id, unit_id)) is not None:
        raise NotDone(f"This unit has adopted it already: it is #{already} there.")
    draft = Draft(text=original.text, unit_id=unit_id, measure_id=original.measure_id)
    answering = leading.answering_unit(session, unit_id) or unit
    adopted = new_idea(
        session, doing, draft, unit, answering, person, adopted_from=idea_id, facts={"idea": idea_id}
    )
    part = Part.LEADER if unit_id in doing.actor.leads else Part.COLLEAGUE
    facts = {"unit": unit_id, "adopted_as": adopted.id}
    record(session, doing, original, Change(Event.ADOPTED, part, person, facts=facts))
    telling.refresh_shared(session, idea_id, doing.now)
    receipt = gather.receipt_of(session, adopted)
    return Done(idea_id=adopted.id, receipt=receipt)


def _without_time(session: Session, doing: Doing, idea: Idea) -> Doing:
    """For the sender of an anonymous idea: as if at midnight, or with the batch that brought the idea."""
    if not (idea.anonymous and gather.is_sender(session, doing, idea)):
        return doing
    midnight = datetime.combine(doing.today, time(), doing.settings.zone).astimezone(UTC)
    return replace(doing, now=max(midnight, idea.handed_in_at))


def _remover(session: Session, doing: Doing, idea: Idea) -> tuple[Part, int | None]:
    """In which part, and who; the sender of an anonymous idea stands as a colleague without a name."""
    if idea.anonymous and gather.is_sender(session, doing, idea):
        return Part.COLLEAGUE, None
    person = leading.known(doing.actor)
    if leading.leads(session, doing.actor, idea):
        return Part.LEADER, person
    if person is not None and person == idea.submitter_id:
        return Part.SUBMITTER, person
    if person is not None and person in (idea.owner_id, idea.assignee_id):
        return Part.OWNER, person
    return Part.COLLEAGUE, person
