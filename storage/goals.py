"""Goals that come from the peers: proposed by one of a group, judged by all of it, adopted by its leaders."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Index, Text
from sqlmodel import Field

from storage.base import Table
from storage.columns import OneOf, UtcDateTime, one_of
from storage.terms import GoalState, Vote


class Goal(Table, table=True):
    """A goal for one measure in one peer group. `value` is in the measure's unit (a proportion 0-1).

    `proposed_by` is None where the measure's own file suggested it. The three counts are kept when the vote
    is over; who said what is then forgotten.
    """

    __tablename__ = "goal"
    __table_args__ = (
        one_of("state", GoalState),
        Index("ix_goal_group", "peer_group_id", "measure_id", "state"),
    )

    id: int | None = Field(default=None, primary_key=True)
    measure_id: int = Field(foreign_key="measure.id")
    peer_group_id: int = Field(foreign_key="peer_group.id")
    value: float
    words: str = Field(default="", sa_type=Text)
    state: GoalState = Field(default=GoalState.PROPOSED, sa_type=OneOf(GoalState))
    proposed_by: int | None = Field(default=None, foreign_key="person.id")
    proposed_at: datetime = Field(sa_type=UtcDateTime)
    votes_until: date
    asked: int = 0
    attainable: int = 0
    stretch: int = 0
    not_attainable: int = 0
    judged_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    decided_by: int | None = Field(default=None, foreign_key="person.id")
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    reason: str = Field(default="", sa_type=Text)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    ended_by: int | None = Field(default=None, foreign_key="person.id")


class GoalVote(Table, table=True):
    """One of the peers who is asked for a goal, and what they think; nobody is shown who said what.

    `asked_at` is when the question reached them. The rows go when the vote is over.
    """

    __tablename__ = "goal_vote"
    __table_args__ = (one_of("vote", Vote),)

    goal_id: int = Field(foreign_key="goal.id", primary_key=True)
    person_id: int = Field(foreign_key="person.id", primary_key=True)
    asked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    vote: Vote | None = Field(default=None, sa_type=OneOf(Vote))
    voted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
