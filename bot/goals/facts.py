"""What is told of goals, as plain facts: nothing here knows storage or Slack."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from bot.digests.facts import MeasureFacts
from bot.goals.rules import Standing, Tally
from storage.terms import GoalState, Vote


@dataclass(frozen=True, slots=True)
class GoalFacts:
    """One goal as one person may see it.

    - `tally` is None where it may not be shown; `words` are the proposer's own, `reason` the leaders'.
    - `decided_by` and `ended_by` are names, "" for nobody; days are the site's.
    - `asked`: the vote is open and this person is among those who are asked; `vote`: what they said.
    - `may_decide`: adopting it, or ending it, is for them; `mine`: they proposed it.
    - `suggested`: it came with the measure, nobody here proposed it.
    """

    id: int
    measure: MeasureFacts
    group: str
    value: float
    state: GoalState
    proposed_on: date
    votes_until: date
    words: str = ""
    tally: Tally | None = None
    decided_by: str = ""
    decided_on: date | None = None
    reason: str = ""
    ended_on: date | None = None
    ended_by: str = ""
    asked: bool = False
    vote: Vote | None = None
    may_decide: bool = False
    mine: bool = False
    suggested: bool = False


@dataclass(frozen=True, slots=True)
class GoalsAtHome:
    """Goals on somebody's Home: those that are adopted, asked for or judged now, and how many there are.

    `today` is the site's. `may_propose`: they are in a peer group.
    """

    today: date
    goals: tuple[GoalFacts, ...] = ()
    ever: int = 0
    may_propose: bool = False


@dataclass(frozen=True, slots=True)
class GoalsInWeek:
    """Goals in a leader's week.

    - `to_decide`: judged, and theirs to adopt; `to_vote`: they are asked as a member of the group.
    - `asked`: the peers are being asked, in groups that they lead; `news`: decided or over since last week.
    """

    today: date
    to_decide: tuple[GoalFacts, ...] = ()
    to_vote: tuple[GoalFacts, ...] = ()
    asked: tuple[GoalFacts, ...] = ()
    news: tuple[GoalFacts, ...] = ()


@dataclass(frozen=True, slots=True)
class AskFacts:
    """What is asked of one of the peers, with where their group is now (to that day)."""

    goal: GoalFacts
    today: date
    standing: Standing = field(default_factory=Standing)
    through: date | None = None


@dataclass(frozen=True, slots=True)
class ToPropose:
    """What the form of a proposal offers: (group's id, its name, the measure's id, the measure)."""

    choices: tuple[tuple[int, str, int, MeasureFacts], ...] = ()
