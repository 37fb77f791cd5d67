"""What people do with goals: propose, vote, adopt, put off, end. Each is part of the caller's transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from sqlmodel import Session

from bot.access import may_adopt_goals, may_vote
from bot.goals import gather, letters, names
from bot.goals.rules import OPEN, VOTE_DAYS, Step, after, is_over, judge, tally_of, to_suggest
from bot.home.letters import put_home
from bot.ideas import leading
from bot.ideas.doing import Doing, Done, Outcome, Refused
from bot.ideas.leading import known
from storage import goal_rows, idea_rows
from storage.goals import Goal, GoalVote
from storage.people import PeerGroup
from storage.terms import GoalState, Priority, Vote

GONE: Final = "This goal is not there any more."
NOT_MEMBER: Final = "A goal is proposed by somebody in the group: you are in none of these today."
NOT_ASKED: Final = "This is asked of those who were in the group when it was proposed."
OVER: Final = "The vote on this goal is over. Thank you all the same."
NOT_HEARD: Final = "The peers have not been heard on this goal, so it cannot be adopted."
DECIDED: Final = "This was decided before: your Home shows how it stands now."


@dataclass(frozen=True, slots=True)
class Proposal:
    """What somebody proposes, once it was looked at."""

    group_id: int
    measure_id: int
    value: float
    words: str


@dataclass(frozen=True, slots=True)
class First:
    """Somebody proposed one before: that is the one to vote on."""

    goal_id: int


def propose(session: Session, doing: Doing, proposal: Proposal) -> Goal | First | Refused:
    """Ask a group what it thinks of a goal; one for each measure at a time."""
    person_id = known(doing.actor)
    if person_id is None or proposal.group_id not in goal_rows.groups_of(session, person_id, doing.today):
        return Refused(NOT_MEMBER)
    # Two at the same moment: the second waits here, and then sees the first.
    _hold(session, proposal.group_id)
    open_one = _open_one(session, proposal.group_id, proposal.measure_id)
    if open_one is not None:
        return First(open_one)
    return put_to_group(session, proposal, doing.now, doing.today, proposed_by=person_id)


def put_to_group(
    session: Session, proposal: Proposal, now: datetime, today: date, *, proposed_by: int | None
) -> Goal:
    """A new proposal, and everybody who is in the group as of now is to be asked."""
    goal = Goal(
        measure_id=proposal.measure_id,
        peer_group_id=proposal.group_id,
        value=proposal.value,
        words=proposal.words,
        proposed_by=proposed_by,
        proposed_at=now,
        votes_until=today + timedelta(days=VOTE_DAYS),
    )
    session.add(goal)
    session.flush()
    assert goal.id is not None
    members = goal_rows.members_of(session, proposal.group_id, today)
    goal.asked = len(members)
    goal_rows.add_votes(session, goal.id, members)
    return goal


def suggest(session: Session, proposal: Proposal, now: datetime, today: date) -> Goal | None:
    """Put to a group what a measure suggests; None where that was done meanwhile, or another one is open."""
    _hold(session, proposal.group_id)
    rows = goal_rows.goal_rows(session, groups=[proposal.group_id], measure_id=proposal.measure_id)
    version = goal_rows.current_version(session, proposal.measure_id)
    had = [(row.goal.state, row.goal.value) for row in rows]
    if version is None or not to_suggest(version, proposal.value, had):
        return None
    return put_to_group(session, proposal, now, today, proposed_by=None)


def _hold(session: Session, group_id: int) -> None:
    session.get(PeerGroup, group_id, with_for_update=True)


def _open_one(session: Session, group_id: int, measure_id: int) -> int | None:
    rows = goal_rows.goal_rows(session, groups=[group_id], measure_id=measure_id, states=OPEN)
    return rows[0].id if rows else None


def vote(session: Session, doing: Doing, goal_id: int, said: Vote) -> Outcome:
    """What one of the peers thinks; until the vote is over they may say otherwise."""
    goal = session.get(Goal, goal_id, with_for_update=True)
    if goal is None:
        return Refused(GONE)
    if goal.state is not GoalState.PROPOSED or doing.today > goal.votes_until:
        return Refused(OVER)
    rows = {row.person_id: row for row in goal_rows.votes_of(session, goal_id)}
    members = goal_rows.members_of(session, goal.peer_group_id, doing.today)
    person_id = known(doing.actor)
    if person_id is None or not may_vote(doing.actor, rows.keys() & members.keys()):
        return Refused(NOT_ASKED)
    row = rows[person_id]
    row.vote, row.voted_at = said, doing.now
    row.asked_at = row.asked_at or doing.now
    session.add(row)
    session.flush()
    if not close_if_over(session, goal, doing.now, doing.today):
        sent = goal_rows.letter_to(session, names.ASK, goal_id, person_id)
        if sent is not None:
            letters.refresh_ask(session, sent, doing.now)
        letters.refresh_weeks(session, [person_id], doing.now)
    return Done()


def is_closing(session: Session, goal: Goal, today: date) -> bool:
    """Whether the vote on a goal is to be ended now."""
    return goal.state is GoalState.PROPOSED and _is_over(_counting(session, goal, today), goal, today)


def _counting(session: Session, goal: Goal, today: date) -> list[GoalVote]:
    """Whose vote counts: whoever has left can say nothing any more, and what they said before stays."""
    assert goal.id is not None
    members = goal_rows.members_of(session, goal.peer_group_id, today)
    rows = goal_rows.votes_of(session, goal.id)
    return [row for row in rows if row.vote is not None or row.person_id in members]


def _is_over(rows: Sequence[GoalVote], goal: Goal, today: date) -> bool:
    return is_over(tally_of([row.vote for row in rows], len(rows)), goal.votes_until, today)


def close_if_over(session: Session, goal: Goal, now: datetime, today: date) -> bool:
    """End a vote whose days are over, or in which everybody has voted; who said what is forgotten then."""
    if goal.state is not GoalState.PROPOSED:
        return False
    assert goal.id is not None
    rows = _counting(session, goal, today)
    if not _is_over(rows, goal, today):
        return False
    reached = sum(row.asked_at is not None or row.vote is not None for row in rows)
    tally = tally_of([row.vote for row in rows], reached)
    state = after(goal.state, judge(tally))
    assert state is not None
    goal.state, goal.judged_at = state, now
    goal.asked, goal.attainable = tally.asked, tally.attainable
    goal.stretch, goal.not_attainable = tally.stretch, tally.not_attainable
    session.add(goal)
    goal_rows.forget_votes(session, goal.id)
    session.flush()
    for row in goal_rows.letters_about(session, names.ASK, goal.id):
        # They lose their buttons, and what each said.
        letters.refresh_ask(session, row, now, priority=Priority.BULK)
    letters.put_outcome(session, goal, now)
    _tell_leaders(session, goal, now, today)
    return True


def adopt(session: Session, doing: Doing, goal_id: int) -> Outcome:
    """The leadership adopts what its peers were heard on; the earlier goal of this measure ends."""
    goal = _deciding(session, doing, goal_id)
    if isinstance(goal, Refused):
        return goal
    if not _go(goal, Step.ADOPT):
        return Refused(NOT_HEARD if goal.state in _NOT_HEARD else DECIDED)
    earlier = goal_rows.goal_rows(
        session, groups=[goal.peer_group_id], measure_id=goal.measure_id, states=[GoalState.ADOPTED]
    )
    for row in earlier:
        if row.id != goal_id and _go(row.goal, Step.END):
            row.goal.ended_at = doing.now
            session.add(row.goal)
    _decided(session, doing, goal)
    return Done()


_NOT_HEARD: Final = frozenset(
    {GoalState.PROPOSED, GoalState.UNHEARD, GoalState.UNATTAINABLE, GoalState.WITHDRAWN}
)


def not_now(session: Session, doing: Doing, goal_id: int, reason: str) -> Outcome:
    """The leadership does not adopt it for now, and says why."""
    goal = _deciding(session, doing, goal_id)
    if isinstance(goal, Refused):
        return goal
    if not reason.strip():
        return Refused("Please say why in a sentence: whoever proposed it reads it.")
    if not _go(goal, Step.NOT_NOW):
        return Refused(NOT_HEARD if goal.state in _NOT_HEARD else DECIDED)
    goal.reason = reason.strip()
    _decided(session, doing, goal)
    return Done()


def end(session: Session, doing: Doing, goal_id: int, reason: str) -> Outcome:
    """The leadership ends a goal that is adopted; it stays in the history."""
    goal = _deciding(session, doing, goal_id)
    if isinstance(goal, Refused):
        return goal
    if not _go(goal, Step.END):
        return Refused(DECIDED)
    goal.ended_at, goal.ended_by, goal.reason = doing.now, known(doing.actor), reason.strip()
    session.add(goal)
    session.flush()
    _tell_leaders(session, goal, doing.now, doing.today)
    return Done()


def withdraw(session: Session, doing: Doing, goal_id: int) -> Outcome:
    """Whoever proposed it takes it back, as long as it is not decided."""
    goal = session.get(Goal, goal_id, with_for_update=True)
    if goal is None:
        return Refused(GONE)
    if known(doing.actor) is None or goal.proposed_by != doing.actor.person_id:
        return Refused("Only whoever proposed a goal can withdraw it.")
    asked = goal.state is GoalState.PROPOSED
    if not _go(goal, Step.WITHDRAW):
        return Refused(DECIDED)
    goal.ended_at = doing.now
    session.add(goal)
    session.flush()
    if asked:
        goal_rows.forget_votes(session, goal_id)
        for row in goal_rows.letters_about(session, names.ASK, goal_id):
            letters.refresh_ask(session, row, doing.now, priority=Priority.BULK)
    _tell_leaders(session, goal, doing.now, doing.today)
    return Done()


def _deciding(session: Session, doing: Doing, goal_id: int) -> Goal | Refused:
    """The goal, if whoever acts decides on it."""
    goal = session.get(Goal, goal_id, with_for_update=True)
    if goal is None:
        return Refused(GONE)
    units = gather.deciding(session, goal.peer_group_id, doing.today)
    if may_adopt_goals(doing.actor, units):
        return goal
    led = [unit for unit in idea_rows.units(session) if unit.id in units]
    people = sorted({person for unit in led for person in leading.leadership(unit)})
    found = idea_rows.people(session, people)
    who = ", ".join(leading.name_of(found.get(one)) for one in people)
    return Refused(f"The group's leaders decide on its goals: {who}." if who else "Its leaders decide on it.")


def _go(goal: Goal, step: Step) -> bool:
    state = after(goal.state, step)
    if state is None:
        return False
    goal.state = state
    return True


def _decided(session: Session, doing: Doing, goal: Goal) -> None:
    goal.decided_by, goal.decided_at = known(doing.actor), doing.now
    session.add(goal)
    session.flush()
    letters.put_outcome(session, goal, doing.now)
    _tell_leaders(session, goal, doing.now, doing.today)


def _tell_leaders(session: Session, goal: Goal, now: datetime, today: date) -> None:
    """Both of the pair see who did what: on their Home, and in the week that they have (L8)."""
    units = gather.deciding(session, goal.peer_group_id, today)
    leaders = {
        person for unit in idea_rows.units(session) if unit.id in units for person in leading.leadership(unit)
    }
    leaders.update(idea_rows.stand_ins(session, sorted(leaders), today))
    letters.refresh_weeks(session, leaders, now)
    for person_id in sorted(leaders):
        put_home(session, person_id, now)
