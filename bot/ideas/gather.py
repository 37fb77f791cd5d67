"""From storage to what is shown of an idea, and what somebody may do with it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Final

from sqlmodel import Session

from bot.access import may_run_rounds
from bot.clock import local_date
from bot.ideas import leading
from bot.ideas.anonymous import hidden
from bot.ideas.anonymous.sealing import sealer_of
from bot.ideas.doing import Doing
from bot.ideas.facts import FormFacts, IdeaFacts, Line, May, MeasureChoice, Receipt, UnitChoice
from bot.ideas.lifecycle import DECISIONS, IN_PROGRESS, SUPPORTABLE, is_possible
from bot.settings import Settings
from storage import idea_rows
from storage.ideas import Idea, IdeaEvent
from storage.people import Person, Unit
from storage.terms import IdeaEventKind as Event
from storage.terms import IdeaState as State

# A group this small may guess who wrote without a name.
FEW: Final = 5
_ANSWERS_TO_APPROVAL: Final = DECISIONS | {Event.APPROVED, Event.SENT_BACK, Event.MERGED, Event.WITHDRAWN}


def idea_facts(
    session: Session, idea_id: int, settings: Settings, now: datetime, team_id: str
) -> IdeaFacts | None:
    """An idea as it is now; None where there is none. Whoever asks has made sure that it may be seen.

    `team_id` is the workspace; nothing of it is shown.
    """
    idea = session.get(Idea, idea_id)
    if idea is None or idea.id is None:
        return None
    events = idea_rows.history(session, idea.id)
    today = local_date(now, settings.zone)
    # First, and held on to: none of them is asked for one by one then.
    units = idea_rows.units(session)
    unit_names = {unit.id: unit.name for unit in units if unit.id is not None}
    answering = leading.answering_now(session, idea)
    leaders = [person for person in (answering.leader_id, answering.manager_id) if person is not None]
    people = idea_rows.people(session, [*_people_in(idea, events), *leading.leadership(answering)])
    if not leaders:
        leaders = list(leading.leadership(answering))
    if idea.above:
        passed_over = leading.own_leaders(session, idea)
        leaders = [person for person in leaders if person not in passed_over] or [
            person for person in leading.leadership(answering) if person not in passed_over
        ]
    origin = session.get(Idea, idea.adopted_from_id) if idea.adopted_from_id is not None else None
    submitter = people.get(idea.submitter_id) if idea.submitter_id is not None else None
    due, around = due_of(idea), idea_rows.around(session, idea.id)
    return IdeaFacts(
        number=idea.id,
        version=idea.version,
        text=idea.text,
        state=idea.state,
        unit=unit_names.get(idea.unit_id, ""),
        answering_unit=answering.name,
        today=today,
        zone=settings.zone,
        handed_in=local_date(idea.handed_in_at, settings.zone),
        anonymous=idea.anonymous,
        submitter="" if idea.anonymous else leading.name_of(submitter),
        profession="" if submitter is None else submitter.profession,
        submitter_unit=_unit_of(session, idea, unit_names, today),
        above=idea.above,
        on_behalf=idea.on_behalf,
        from_patient=idea.from_patient,
        own_control=idea.own_control,
        wants_to_lead=idea.wants_to_lead,
        needs_approval=idea.needs_approval,
        waits_for_approval=pending_approval(events) is not None,
        measure=_measure(session, idea),
        leaders=tuple(leading.name_of(people.get(person)) for person in dict.fromkeys(leaders)),
        assignee=_name(people, idea.assignee_id),
        owner=_name(people, idea.owner_id),
        due=due,
        overdue=is_overdue(idea, today),
        acknowledge_by=idea.acknowledge_by,
        decide_by=idea.decide_by,
        due_on=idea.due_on if idea.state in IN_PROGRESS else None,
        look_again_on=idea.look_again_on,
        implemented_on=idea.implemented_on,
        unverified=idea.unverified_at is not None,
        supporters=around.supporters,
        merged_into=idea.merged_into_id,
        adopted_from=idea.adopted_from_id,
        adopted_from_unit=unit_names.get(origin.unit_id, "") if origin is not None else "",
        adoptions=around.adoptions,
        details_removed=idea.details_removed_at is not None,
        shared=idea.shared_at is not None,
        has_picture=around.has_picture,
        channel=around.in_channel,
        history=_lines(events, people, unit_names),
    )


def due_of(idea: Idea) -> date | None:
    """The day by which the next answer is due: the first words, the decision, or an update."""
    return idea.acknowledge_by or idea.decide_by or idea.update_by


def is_overdue(idea: Idea, today: date) -> bool:
    """Whether the next answer was due before today, or the work itself was."""
    due = due_of(idea)
    late = due is not None and due < today
    return late or (idea.state in IN_PROGRESS and idea.due_on is not None and idea.due_on < today)


def pending_approval(events: Sequence[IdeaEvent]) -> IdeaEvent | None:
    """The decision that waits for an approver; None where none does."""
    asked: IdeaEvent | None = None
    for event in events:
        if event.kind is Event.APPROVAL_ASKED:
            asked = event
        elif event.kind in _ANSWERS_TO_APPROVAL:
            asked = None
    return asked


def open_questions(events: Sequence[IdeaEvent]) -> list[IdeaEvent]:
    """The questions that have no answer yet, oldest first."""
    answered = {event.facts.get("asks") for event in events if event.kind is Event.ANSWERED}
    return [event for event in events if event.kind is Event.ASKED and event.seq not in answered]


def receipt_of(session: Session, idea: Idea) -> Receipt:
    """What is said to whoever handed in an idea with their name."""
    assert idea.id is not None
    answering = leading.answering_now(session, idea)
    passed_over = leading.own_leaders(session, idea) if idea.above else set()
    return replace(
        who_answers(session, answering, passed_over),
        number=idea.id,
        answer_by=idea.acknowledge_by or idea.decide_by,
        started=idea.state is not State.NEW and idea.own_control,
        channel=idea_rows.around(session, idea.id).in_channel,
    )


def who_answers(session: Session, answering: Unit, passed_over: Collection[int]) -> Receipt:
    """A receipt with nothing but who answers, and their deputy. No leaders: nobody leads."""
    pair = [person for person in (answering.leader_id, answering.manager_id) if person is not None]
    leaders = [person for person in dict.fromkeys(pair) if person not in passed_over]
    deputy = answering.deputy_id if answering.deputy_id not in (*passed_over, *leaders) else None
    people = idea_rows.people(session, [*leaders, deputy])
    if not leaders and deputy is not None:
        leaders, deputy = [deputy], None
    return Receipt(
        unit=answering.name,
        leaders=tuple(leading.name_of(people.get(person)) for person in leaders),
        deputy=_name(people, deputy),
    )


# -- who may see and do what ----


def may_see(session: Session, doing: Doing, idea_id: int) -> bool:
    """Whether somebody may see an idea: everybody may, but what was meant for somebody above (I22)."""
    idea = session.get(Idea, idea_id)
    return idea is not None and sees(session, doing, idea)


def sees(session: Session, doing: Doing, idea: Idea) -> bool:
    """As `may_see`.

    What was meant for somebody above is seen by its sender and whoever answers it, and by those whom they
    bring in (who thinks about it, does it, or is to approve it), until it is verified.
    """
    if not idea.above or idea.state is State.VERIFIED:
        return True
    assert idea.id is not None
    if is_sender(session, doing, idea) or leading.leads(session, doing.actor, idea):
        return True
    person = leading.known(doing.actor)
    if person is not None and person in (idea.owner_id, idea.assignee_id):
        return True
    return waits_for(session, doing, idea)


def waits_for(session: Session, doing: Doing, idea: Idea) -> bool:
    """Whether a decision waits for this approver."""
    assert idea.id is not None
    if not leading.approves(doing.actor, idea):
        return False
    return pending_approval(idea_rows.history(session, idea.id)) is not None


def is_sender(session: Session, doing: Doing, idea: Idea) -> bool:
    """Whether somebody handed this idea in, with their name or without."""
    assert idea.id is not None
    if idea.anonymous:
        return doing.released or hidden.is_mine(session, doing, idea.id)
    person = leading.known(doing.actor)
    return person is not None and person == idea.submitter_id


def works_on(doing: Doing, idea: Idea) -> bool:
    """Whether somebody does the work: the owner, who thinks about it, or a named sender who would lead it."""
    person = leading.known(doing.actor)
    if person is None:
        return False
    offered = idea.wants_to_lead and person == idea.submitter_id
    return offered or person in (idea.owner_id, idea.assignee_id)


def may(session: Session, doing: Doing, idea_id: int) -> May:
    """What somebody may do with an idea as it is now: what the acts would let them do."""
    idea = session.get(Idea, idea_id)
    if idea is None or idea.id is None or not sees(session, doing, idea):
        return May()
    person = leading.known(doing.actor)
    mine = is_sender(session, doing, idea)
    lead = leading.leads(session, doing.actor, idea)
    works = works_on(doing, idea)

    def can(*events: Event) -> bool:
        return any(is_possible(idea.state, event) for event in events)

    supports = person is not None and person in idea_rows.supporters(session, idea.id)
    events = idea_rows.history(session, idea.id)
    return May(
        submitter=mine,
        support=idea.state in SUPPORTABLE and not mine and not supports,
        supports=supports,
        acknowledge=lead and can(Event.ACKNOWLEDGED),
        decide=lead and can(*DECISIONS),
        ask=(lead or works or waits_for(session, doing, idea)) and not mine and can(Event.ASKED),
        answer=mine and bool(open_questions(events)) and can(Event.ANSWERED),
        assign=lead and can(Event.ASSIGNED),
        merge=lead and can(Event.MERGED),
        move=lead and can(Event.MOVED),
        note=(lead or works) and can(Event.NOTED),
        study=(lead or works) and can(Event.TEST_ADOPTED),
        implement=(lead or works) and can(Event.IMPLEMENTED),
        verify=mine and can(Event.VERIFIED),
        dispute=mine and can(Event.DISPUTED),
        add_detail=mine and can(Event.DETAIL_ADDED),
        withdraw=mine and can(Event.WITHDRAWN),
        remove_details=may_remove(session, doing, idea) and has_words(idea, events),
        reopen=lead and can(Event.REOPENED),
        adopt=can(Event.ADOPTED) and bool(adopting_units(session, doing, idea)) and bool(idea.text),
        chart=idea.measure_id is not None and idea.implemented_on is not None,
    )


def _unit_of(session: Session, idea: Idea, names: Mapping[int, str], today: date) -> str:
    """Where whoever handed it in works: the idea's unit if they do, else the first of theirs."""
    if idea.submitter_id is None:
        return ""
    theirs = idea_rows.units_of(session, idea.submitter_id, today)
    if not theirs or idea.unit_id in theirs:
        return names.get(idea.unit_id, "") if theirs else ""
    return names.get(theirs[0], "")


def may_remove(session: Session, doing: Doing, idea: Idea) -> bool:
    """Whether somebody may take patient details out: whoever sent it, answers it, does it, or runs Rounds."""
    actor, person = doing.actor, leading.known(doing.actor)
    if is_sender(session, doing, idea) or leading.leads(session, actor, idea):
        return True
    runs = may_run_rounds(actor)
    return runs or (person is not None and person in (idea.owner_id, idea.assignee_id))


def has_words(idea: Idea, events: Sequence[IdeaEvent]) -> bool:
    """Whether anything that somebody typed is left."""
    return bool(idea.text) or any(event.words or event.more for event in events)


def adopting_units(session: Session, doing: Doing, idea: Idea) -> list[int]:
    """The units for which somebody may say "we will adopt this": theirs, but where it comes from."""
    person = leading.known(doing.actor)
    if person is None:
        return []
    theirs = [*idea_rows.units_of(session, person, doing.today), *sorted(doing.actor.leads)]
    return [unit for unit in dict.fromkeys(theirs) if unit != idea.unit_id]


# -- the form ----


def form_facts(session: Session, doing: Doing) -> FormFacts:
    """What the form needs to know about whoever fills it in: their own units come first."""
    person = doing.actor.person_id
    mine = idea_rows.units_of(session, person, doing.today) if person is not None else []
    mine += sorted(unit for unit in doing.actor.leads if unit not in mine)
    counts = idea_rows.staff_counts(session, doing.today)
    units = {unit.id: unit for unit in idea_rows.units(session) if unit.id is not None}
    first = [unit_id for unit_id in mine if unit_id in units]
    ordered = [*first, *(unit_id for unit_id in units if unit_id not in first)]
    titles = idea_rows.measure_titles(session)
    chosen = first[0] if first else None
    return FormFacts(
        units=tuple(
            UnitChoice(unit_id, units[unit_id].name, counts.get(unit_id, 0) < FEW) for unit_id in ordered
        ),
        mine=chosen,
        measures=tuple(
            MeasureChoice(measure_id, title)
            for measure_id, title in sorted(titles.items(), key=lambda item: item[1].casefold())
        ),
        has_above=chosen is not None and leading.answering_unit(session, chosen, above=True) is not None,
        anonymous_possible=sealer_of(doing.settings) is not None,
        purpose=doing.settings.rounds_purpose,
        anonymous_time=doing.settings.rounds_anonymous_time,
    )


# -- lines ----


def _people_in(idea: Idea, events: Sequence[IdeaEvent]) -> set[int | None]:
    found: set[int | None] = {idea.submitter_id, idea.owner_id, idea.assignee_id}
    for event in events:
        found |= {event.actor_id, event.facts.get("whom"), event.facts.get("owner")}
        found.add(event.facts.get("approved_by"))
    return found


def _lines(
    events: Sequence[IdeaEvent], people: Mapping[int, Person], unit_names: Mapping[int, str]
) -> tuple[Line, ...]:
    return tuple(
        Line(
            seq=event.seq,
            kind=event.kind,
            at=event.at,
            part=event.part,
            who=_name(people, event.actor_id),
            words=event.words,
            more=event.more,
            on=date.fromisoformat(event.facts["on"]) if "on" in event.facts else None,
            whom=_whom(event, people, unit_names),
            removed=bool(event.facts.get("removed")),
            proposes=Event(event.facts["kind"]) if event.kind is Event.APPROVAL_ASKED else None,
            answers=int(event.facts.get("asks", 0)) if event.kind is Event.ANSWERED else 0,
        )
        for event in events
    )


def _whom(event: IdeaEvent, people: Mapping[int, Person], unit_names: Mapping[int, str]) -> str:
    facts = event.facts
    if "unit" in facts:
        return unit_names.get(facts["unit"], "")
    if "idea" in facts:
        return f"#{facts['idea']}"
    return _name(people, facts.get("whom") or facts.get("owner"))


def _name(people: Mapping[int, Person], person_id: int | None) -> str:
    return "" if person_id is None else leading.name_of(people.get(person_id))


def _measure(session: Session, idea: Idea) -> str:
    if idea.measure_id is None:
        return ""
    return idea_rows.measure_titles(session).get(idea.measure_id, "")
