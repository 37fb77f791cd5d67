"""Rungs that do not work are told to the administrators: once each, and not again for a quarter (N13).

It rides in the one message of a working day (N3), in their working hours (N2), whether or not they lead: the
row of that message says of which rungs it told.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import date, timedelta
from typing import Final

import structlog
from sqlmodel import Session

from bot.leading.effects_figures import RungFigures, figures
from bot.leading.ladder_facts import DayPlan
from storage import weak_rungs
from storage.terms import Rung

log = structlog.stdlib.get_logger()

NOT_AGAIN: Final = timedelta(days=91)
# A day somewhere is at most one away from the site's.
_MARGIN: Final = timedelta(days=1)


def announce_weak(session: Session, today: date) -> None:
    """Note of each rung that does not work that it is to be told now, unless that was within a quarter."""
    weak = [one for one in figures(session) if one.weak]
    if not weak:
        return
    before = weak_rungs.announced(session)
    for one in weak:
        if one.rung not in before or today - before[one.rung] >= NOT_AGAIN:
            log.warning("rung_does_not_work", rung=one.rung.value, judged=one.judged, worked=one.worked)
            weak_rungs.announce(session, one.rung, today)


def to_tell(session: Session, administrators: Collection[int], today: date) -> dict[int, tuple[Rung, ...]]:
    """Of which rungs each of these administrators is still to hear."""
    if not administrators:
        return {}
    open_now = {
        rung: day for rung, day in weak_rungs.announced(session).items() if today - day < NOT_AGAIN - _MARGIN
    }
    if not open_now:
        return {}
    heard = weak_rungs.heard(session, administrators, min(open_now.values()) - _MARGIN)
    found = {
        person: tuple(
            rung
            for rung in Rung
            if rung in open_now
            and not any(
                (who, which) == (person, rung) and day >= open_now[rung] - _MARGIN
                for who, which, day in heard
            )
        )
        for person in administrators
    }
    return {person: rungs for person, rungs in found.items() if rungs}


def riding(plan: DayPlan | None, person_id: int, day: date, rungs: tuple[Rung, ...]) -> DayPlan | None:
    """Somebody's plan of a day with the rungs that they are to hear of; a new one where there is no other."""
    if not rungs:
        return plan
    return replace(plan or DayPlan(person_id, day, week=False), weak=rungs)


def figures_of(session: Session, rungs: Collection[Rung]) -> tuple[RungFigures, ...]:
    """The figures of these rungs, as they are now."""
    return tuple(one for one in figures(session) if one.rung in rungs) if rungs else ()
