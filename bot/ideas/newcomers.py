"""People who are in no list yet can hand in too: they are written down with their first named act (I24)."""

from __future__ import annotations

from typing import Final

from sqlmodel import Session, select

from bot.ideas import leading
from bot.ideas.doing import Doing, Newcomer
from bot.ideas.record import NOT_KNOWN, UNSURE, NotDone
from storage import idea_rows
from storage.people import Membership, Person, SlackAccount

NO_EMAIL: Final = (
    "Rounds does not know you yet, and Slack does not show it your email address, so it cannot write you "
    "down. Nothing was saved. You can hand it in without your name, or ask whoever looks after Rounds."
)


def person_for(session: Session, doing: Doing, unit_id: int | None) -> int:
    """The person who does this; somebody new is written down, as working in that unit from today on.

    Raises NotDone where it is not known, or not certain, who they are.
    """
    if doing.actor.person_id is not None:
        person = leading.known(doing.actor)
        if person is None:
            raise NotDone(UNSURE)
        return person
    if doing.newcomer is None:
        raise NotDone(NO_EMAIL if unit_id is not None else NOT_KNOWN)
    return _write_down(session, doing, doing.newcomer, unit_id)


def _write_down(session: Session, doing: Doing, who: Newcomer, unit_id: int | None) -> int:
    email = who.email.strip().lower()
    if not email or "@" not in email:
        raise NotDone(NO_EMAIL)
    person = session.exec(select(Person).where(Person.email == email)).one_or_none()
    if person is None:
        person = Person(email=email[:254], name=who.name.strip()[:200])
        session.add(person)
        session.flush()
    assert person.id is not None
    _link(session, doing, person.id, email, who.timezone)
    if unit_id is not None and not idea_rows.units_of(session, person.id, doing.today):
        session.add(Membership(person_id=person.id, unit_id=unit_id, starts=doing.today))
        session.flush()
    return person.id


def _link(session: Session, doing: Doing, person_id: int, email: str, timezone: str | None) -> None:
    """The account becomes theirs. Raises NotDone where the person has another one in this workspace."""
    theirs = session.exec(
        select(SlackAccount).where(SlackAccount.person_id == person_id, SlackAccount.team_id == doing.team_id)
    ).one_or_none()
    account = idea_rows.account_by_user(session, doing.team_id, doing.user_id)
    if theirs is not None and theirs.user_id != doing.user_id and not theirs.deleted:
        raise NotDone(UNSURE)
    if theirs is not None and account is not None and theirs.id != account.id:
        raise NotDone(UNSURE)
    account = theirs or account
    if account is None:
        account = SlackAccount(team_id=doing.team_id, user_id=doing.user_id, person_id=person_id)
    elif account.user_id != doing.user_id:
        account.dm_channel = None
    account.user_id, account.person_id, account.email = doing.user_id, person_id, email
    account.timezone, account.deleted, account.checked_at = timezone, False, doing.now
    session.add(account)
    session.flush()
