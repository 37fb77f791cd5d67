"""Whose working days the clocks of an idea count: those by which the ladder counts for whoever hears first.

The dates that a sender is promised, and the days after which leaders are reminded, are the same days then: of
the unit's own public holidays, with the leave of its leaders and whoever stands in for them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session

from bot.ideas.working import Calendar, WorkingDays
from bot.leading.gather import staff
from bot.leading.hearing import counted_by, counts_on
from bot.leading.ladder_facts import Facts, Waiting
from bot.settings import Settings
from storage import idea_rows
from storage.people import Unit
from storage.terms import Which


@dataclass(frozen=True, slots=True)
class _AsTheLadder:
    """The days that count for an idea which waits for one unit's leaders."""

    facts: Facts
    idea: Waiting
    first: WorkingDays

    def is_working(self, day: date) -> bool:
        """Whether one of those who would hear of the idea first works on that day."""
        return counts_on(self.facts, self.idea, day)

    def day_of(self, moment: datetime) -> date:
        """The calendar day of an aware moment, for whoever hears first."""
        return self.first.day_of(moment)


def days_of(
    session: Session, unit: Unit, settings: Settings, team_id: str, now: datetime, *, put_offs: int = 0
) -> Calendar:
    """The working days that count for an idea which this unit's leadership is to answer.

    `put_offs`: how often it got a "not now"; from the third on the level above answers. Where nobody can be
    told anything the days are the site's.
    """
    assert unit.id is not None
    team = staff(session, settings, team_id, now, only=idea_rows.unit_chain(session, unit.id))
    facts = Facts(
        people=team.hours,
        units=team.units,
        delegations=team.delegations,
        administrators=team.administrators,
    )
    idea = Waiting(0, unit.id, Which.FIRST, now, put_offs=put_offs)
    first = counted_by(facts, idea)
    if first is None:
        return WorkingDays(settings.zone, settings.rounds_holidays)
    return _AsTheLadder(facts, idea, facts.people[first].days)
