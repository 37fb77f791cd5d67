"""What a leader does with an idea in their message beside answering it: "Snooze" and "Not mine" (N6, N7).

Neither stops a clock of the idea: whoever handed it in waits on, and the ladder goes on counting.
"""

from __future__ import annotations

from typing import Final

from sqlmodel import Session

from bot.clock import local_date
from bot.digests.due import zone_or
from bot.ideas import leading
from bot.ideas.doing import Doing, Done
from bot.ideas.lifecycle import UNANSWERED
from bot.ideas.permits import as_leader
from bot.ideas.record import NotDone, act, idea_for
from bot.leading import gather
from bot.leading.hearing import not_mine_goes_to
from bot.leading.kept import refresh_leader_messages, snoozes_of
from bot.leading.ladder import SNOOZES_AN_IDEA
from bot.leading.ladder_facts import SNOOZE_DAYS
from storage import idea_rows
from storage.ideas import Idea
from storage.leading import IdeaSnooze, NotMine
from storage.terms import IdeaState

ANSWERED: Final = "#{number} is not waiting for an answer any more. Thank you for looking."
SNOOZED_TWICE: Final = (
    "#{number} was snoozed twice already, and whoever handed it in still waits. A sentence is enough: “I "
    "have seen it” or “not before March, because …”."
)
NOBODY_ELSE: Final = (
    "Rounds knows nobody else who could answer #{number}. You can move it to another unit under “Open”, or "
    "ask whoever runs Rounds to set down who leads here. Nothing was changed."
)


@act
def snooze(session: Session, doing: Doing, idea_id: int, days: int) -> Done:
    """Keep an idea out of one's messages for 1, 3 or 7 of one's working days; twice an idea at most (N6).

    Another choice on the same day takes the place of the first one. Raises ValueError for other days.
    """
    if days not in SNOOZE_DAYS:
        raise ValueError(f"an idea cannot be snoozed for {days} working days")
    idea = idea_for(session, doing, idea_id)
    person = as_leader(session, doing, idea)
    _check_waiting(idea)
    day = local_date(doing.now, zone_or(doing.actor.timezone, doing.settings.zone))
    snoozes = snoozes_of(session, idea_id)
    same = next((one for one in snoozes if one.person_id == person and one.day == day), None)
    if same is not None:
        same.days = days
        session.add(same)
    elif len(snoozes) >= SNOOZES_AN_IDEA:
        raise NotDone(SNOOZED_TWICE.format(number=idea_id))
    else:
        session.add(IdeaSnooze(idea_id=idea_id, person_id=person, day=day, days=days))
    session.flush()
    refresh_leader_messages(session, idea_id, doing.now, person_id=person)
    return Done(idea_id=idea_id)


@act
def not_mine(session: Session, doing: Doing, idea_id: int) -> Done:
    """Say that an idea is not one's own to answer: whoever comes next hears of it instead."""
    idea = idea_for(session, doing, idea_id)
    person = as_leader(session, doing, idea)
    _check_waiting(idea)
    if not others_who_answer(session, doing, idea_id):
        raise NotDone(NOBODY_ELSE.format(number=idea_id))
    if session.get(NotMine, (idea_id, person)) is None:
        session.add(NotMine(idea_id=idea_id, person_id=person, at=doing.now))
        session.flush()
    refresh_leader_messages(session, idea_id, doing.now, person_id=person)
    return Done(idea_id=idea_id)


def others_who_answer(session: Session, doing: Doing, idea_id: int) -> tuple[int, ...]:
    """Who would hear of a waiting idea at once, were it not for the one who asks; as the ladder has it."""
    person = leading.known(doing.actor)
    facts = gather.facts(session, doing.settings, doing.team_id, doing.now, only=[idea_id])
    if person is None or not facts.waiting:
        return ()
    return not_mine_goes_to(facts, facts.waiting[0], person, doing.now)


def who_instead(session: Session, doing: Doing, idea_id: int) -> tuple[str, ...]:
    """Their names, as typed; none where there is nobody."""
    found = others_who_answer(session, doing, idea_id)
    people = idea_rows.people(session, found)
    return tuple(leading.name_of(people.get(one)) for one in found)


def waits(state: IdeaState) -> bool:
    """Whether an idea in this state waits for an answer, so that it can be put aside."""
    return state in UNANSWERED


def _check_waiting(idea: Idea) -> None:
    if not waits(idea.state):
        raise NotDone(ANSWERED.format(number=idea.id))
