"""What every act asks first: who this is, whether they may, whether what they typed can be kept."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from sqlmodel import Session

from bot.ideas import gather, leading
from bot.ideas.anonymous import hidden
from bot.ideas.checking import checks
from bot.ideas.doing import Doing, Done
from bot.ideas.lifecycle import is_possible
from bot.ideas.record import NOT_KNOWN, UNSURE, NotDone, too_late
from bot.slack_text import inert
from storage import idea_rows
from storage.ideas import Idea
from storage.terms import HiddenAct, Part
from storage.terms import IdeaEventKind as Event

LONGEST: Final = 3000
NO_KEY: Final = (
    "This site cannot take anything without a name just now, as the way back to its sender is not set up. "
    "Nothing was saved."
)
NOT_YOURS: Final = "Only whoever handed this idea in can do that. Nothing was saved."


def person_of(doing: Doing) -> int:
    """The person who does this. Raises NotDone where Rounds does not know them, or is not sure."""
    person = leading.known(doing.actor)
    if person is None:
        raise NotDone(NOT_KNOWN if doing.actor.person_id is None else UNSURE)
    return person


def typed(session: Session, words: str, missing: str | None, *, released: bool = False) -> str:
    """What was typed, if it can be kept. `missing` is said where there is nothing; None: it may be empty.

    What comes with the batch (`released`) was looked at when it was kept, and nobody is there to change it:
    a colleague who joined since must not hold it back, nor words that were taken out meanwhile. Raises
    NotDone.
    """
    words = words.strip()
    if released:
        return words
    if not words:
        if missing is not None:
            raise NotDone(missing)
        return ""
    if len(words) > LONGEST:
        raise NotDone("That is longer than 3,000 characters. Please shorten it; nothing was saved.")
    if (wrong := checks.refuse_text(session, words)) is not None:
        raise NotDone(wrong)
    return words


def as_leader(session: Session, doing: Doing, idea: Idea) -> int:
    """The person who answers for the idea's unit. Raises NotDone with who that is."""
    if leading.leads(session, doing.actor, idea):
        return person_of(doing)
    raise NotDone(not_leading(session, doing, idea))


def as_worker(session: Session, doing: Doing, idea: Idea) -> tuple[int, Part]:
    """A leader, or whoever does the work, and in which part. Raises NotDone."""
    if leading.leads(session, doing.actor, idea):
        return person_of(doing), Part.LEADER
    if gather.works_on(doing, idea):
        return person_of(doing), Part.OWNER
    raise NotDone(not_leading(session, doing, idea, "and whoever looks after the idea"))


def not_leading(session: Session, doing: Doing, idea: Idea, others: str = "") -> str:
    """Kindly: who decides here."""
    receipt = gather.receipt_of(session, idea)
    who = " and ".join(inert(name) for name in receipt.leaders)
    unit = inert(receipt.unit)
    if not who:
        return f"Nobody is set down as leading {unit} yet. Whoever runs Rounds can answer. Nothing was saved."
    also = f" {others}" if others else ""
    return f"This is for the leaders of {unit} ({who}){also}. Nothing was saved; thank you for looking."


def as_sender(
    session: Session, doing: Doing, idea: Idea, event: Event, act: HiddenAct, body: dict[str, Any]
) -> Done | None:
    """None where whoever handed the idea in may do this now; raises NotDone for anybody else.

    The sender of an anonymous idea is told with which batch it appears: then it is kept for that one.
    """
    if not gather.is_sender(session, doing, idea):
        raise NotDone(NOT_YOURS)
    if not is_possible(idea.state, event):
        raise NotDone(too_late(session, doing, idea, event))
    if not idea.anonymous or doing.released:
        return None
    return Done(idea_id=idea.id, appears_on=put_off(session, doing, act, idea.id, body))


def put_off(
    session: Session, doing: Doing, act: HiddenAct, idea_id: int | None, body: dict[str, Any]
) -> date:
    """Keep something for the next batch. Raises NotDone where the site has no secret key."""
    try:
        return hidden.put_off(session, doing, act, idea_id, body)
    except hidden.NoKey:
        raise NotDone(NO_KEY) from None


def sender_of(doing: Doing) -> int | None:
    """Who stands in the history for a sender's act: nobody where they are not named."""
    return None if doing.released else leading.known(doing.actor)


def chosen_person(session: Session, doing: Doing, user_id: str) -> int:
    """The person whom somebody chose by their Slack account. Raises NotDone where Rounds knows nobody."""
    account = idea_rows.account_by_user(session, doing.team_id, user_id)
    found = {} if account is None else idea_rows.accounts(session, [account.person_id], doing.team_id)
    if account is None or account.person_id not in found:
        raise NotDone(
            "Rounds does not know the person that you chose. Please choose somebody else, or ask them to "
            "hand in something with `/idea` once; from then on they can be chosen. Nothing was saved."
        )
    return account.person_id


def future(doing: Doing, on: date | None, missing: str) -> date:
    """A day that is still to come. Raises NotDone with a sentence that says so."""
    if on is None:
        raise NotDone(missing)
    if on <= doing.today:
        raise NotDone("Please choose a day that is still to come. Nothing was saved.")
    return on
