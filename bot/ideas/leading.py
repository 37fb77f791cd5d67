"""Who answers an idea, and who is told of it."""

from __future__ import annotations

from datetime import date

from sqlmodel import Session

from bot.access import Actor, may_answer, may_approve, may_run_rounds
from bot.settings import Settings
from storage import idea_rows, leading_queries
from storage.ideas import Idea
from storage.people import Person, Unit
from storage.terms import RoleName

FORMER = "a former colleague"


def name_of(person: Person | None) -> str:
    """A person's name as others read it; whoever was erased has none any more."""
    if person is None or person.erased_at is not None:
        return FORMER
    return person.name or "a colleague"


def known(actor: Actor) -> int | None:
    """The person behind an account, where it certainly is theirs."""
    return actor.person_id if actor.confirmed else None


def leadership(unit: Unit) -> tuple[int, ...]:
    """The unit's clinical leader, manager and deputy, as far as it has them; each once."""
    found = (unit.leader_id, unit.manager_id, unit.deputy_id)
    return tuple(dict.fromkeys(person_id for person_id in found if person_id is not None))


def answering_unit(session: Session, unit_id: int, *, above: bool = False) -> Unit | None:
    """Whose leadership answers: the unit's own, or that of the nearest one above it that has any.

    With `above` the nearest one above that, led by somebody who does not lead here. None where nobody leads.
    """
    chain = [unit for unit in idea_rows.unit_chain(session, unit_id) if leadership(unit)]
    if not above or not chain:
        return chain[0] if chain and not above else None
    own = set(leadership(chain[0]))
    return next((unit for unit in chain[1:] if set(leadership(unit)) - own), None)


def own_leaders(session: Session, idea: Idea) -> set[int]:
    """Who leads where the idea applies."""
    unit = answering_unit(session, idea.unit_id)
    return set(leadership(unit)) if unit is not None else set()


def answering_now(session: Session, idea: Idea) -> Unit:
    """The unit whose leadership answers as of now: where the one it went to lost its leaders, one above."""
    return answering_unit(session, idea.answering_unit_id) or session.get_one(Unit, idea.answering_unit_id)


def leads(session: Session, actor: Actor, idea: Idea) -> bool:
    """Whether somebody may answer an idea; administrators where nobody leads; and whom it went up to.

    What was meant for somebody above is not for those whom it passes over, and is the administrators' where
    nobody else leads there any more.
    """
    unit = answering_now(session, idea)
    assert unit.id is not None
    passed_over = own_leaders(session, idea) if idea.above else set()
    if actor.person_id in passed_over:
        return False
    nobody = not set(leadership(unit)) - passed_over
    if may_answer(actor, unit.id) or (nobody and may_run_rounds(actor)):
        return True
    return _was_handed(session, actor, idea, unit)


def _was_handed(session: Session, actor: Actor, idea: Idea, unit: Unit) -> bool:
    """Whether an idea that nobody answered came to somebody above by name, or to whoever runs Rounds (N8)."""
    person, number = known(actor), idea.id
    if person is None or number is None or unit.id is None:
        return False
    above = {one.id for one in idea_rows.unit_chain(session, unit.id)}
    if not (actor.leads & above or may_run_rounds(actor)):
        return False
    return leading_queries.was_told(session, number, person)


def approves(actor: Actor, idea: Idea) -> bool:
    """Whether somebody may approve an idea: for its unit, the one that answers, or the whole site (I7)."""
    return may_approve(actor, idea.unit_id) or may_approve(actor, idea.answering_unit_id)


def approvers(session: Session, idea: Idea, team_id: str, day: date) -> list[int]:
    """Ids of those who may approve an idea, and can be asked on Slack."""
    places = [idea.unit_id, idea.answering_unit_id]
    units = [unit.id for place in places for unit in idea_rows.unit_chain(session, place)]
    people = list(
        dict.fromkeys(
            person
            for unit_id in units
            for person in idea_rows.role_holders(session, RoleName.APPROVER, unit_id, day)
        )
    )
    accounts = idea_rows.accounts(session, people, team_id)
    return [person for person in people if person in accounts]


def answering_people(session: Session, idea: Idea, settings: Settings, day: date) -> list[int]:
    """Ids of those who answer: the leadership, whoever stands in for one of them, or the administrators."""
    unit = answering_now(session, idea)
    passed_over = own_leaders(session, idea) if idea.above else set()
    people = [person for person in leadership(unit) if person not in passed_over]
    if not people:
        return administrators(session, settings, day)
    stand_ins = [one for one in idea_rows.stand_ins(session, people, day) if one not in passed_over]
    return list(dict.fromkeys([*people, *stand_ins]))


def administrators(session: Session, settings: Settings, day: date) -> list[int]:
    """Ids of those who see to the installation."""
    granted = idea_rows.role_holders(session, RoleName.ADMINISTRATOR, None, day)
    return list(dict.fromkeys([*granted, *idea_rows.people_with_emails(session, settings.admin_emails)]))
