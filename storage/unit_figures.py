"""Queries for a unit's own figures: the tree of units, whose codes counted where, and what is in place."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, col, select

from storage.ideas import Idea
from storage.measures import ImportBatch, Measure, MeasureVersion
from storage.people import ClinicianBinding, Membership, Unit
from storage.terms import BatchState, IdeaState


@dataclass(frozen=True, slots=True)
class UnitCode:
    """A code that was a unit's member's between two days, both included."""

    clinician_id: int
    person_id: int
    unit_id: int
    starts: date
    ends: date


@dataclass(frozen=True, slots=True)
class UnitTree:
    """All units by id: their names, and which one is above each (None: none)."""

    names: dict[int, str]
    parents: dict[int, int | None]

    def within(self, unit_id: int) -> frozenset[int]:
        """The unit with everything below it."""
        found, edge = {unit_id}, {unit_id}
        while edge:
            edge = {unit for unit, parent in self.parents.items() if parent in edge} - found
            found |= edge
        return frozenset(found)

    def above(self, unit_id: int) -> tuple[int, ...]:
        """The unit, the one above it, and so on to the top."""
        chain = [unit_id]
        while (parent := self.parents.get(chain[-1])) is not None and parent not in chain:
            chain.append(parent)
        return tuple(chain)

    def beside(self, unit_id: int) -> tuple[int, ...]:
        """The other units under the same one, in the order of their ids."""
        parent = self.parents.get(unit_id)
        return tuple(
            sorted(unit for unit, other in self.parents.items() if other == parent and unit != unit_id)
        )


def unit_tree(session: Session) -> UnitTree:
    """The tree of all units."""
    rows = session.exec(select(Unit.id, Unit.name, Unit.parent_id)).all()
    return UnitTree(
        {number: name for number, name, _ in rows if number is not None},
        {number: parent for number, _, parent in rows if number is not None},
    )


def unit_codes(session: Session, units: Collection[int], first: date, last: date) -> list[UnitCode]:
    """Whose codes counted in these units at any time between two days, in a stable order."""
    query = (
        select(ClinicianBinding, Membership)
        .join(Membership, col(Membership.person_id) == ClinicianBinding.person_id)
        .where(col(Membership.unit_id).in_(sorted(units)))
        .where(ClinicianBinding.starts <= last, ClinicianBinding.ends >= first)
        .where(Membership.starts <= last, Membership.ends >= first)
        .order_by(col(ClinicianBinding.clinician_id), col(Membership.id), col(ClinicianBinding.id))
    )
    return [
        UnitCode(
            binding.clinician_id,
            binding.person_id,
            membership.unit_id,
            max(binding.starts, membership.starts),
            min(binding.ends, membership.ends),
        )
        for binding, membership in session.exec(query).all()
        if max(binding.starts, membership.starts) <= min(binding.ends, membership.ends)
    ]


def current_measure(session: Session, measure_id: int) -> tuple[str, MeasureVersion] | None:
    """A measure's key and current version; None where no live import has it."""
    query = (
        select(Measure.key, MeasureVersion)
        .join(MeasureVersion, col(MeasureVersion.measure_id) == Measure.id)
        .join(ImportBatch, col(ImportBatch.id) == MeasureVersion.batch_id)
        .where(Measure.id == measure_id, ImportBatch.state == BatchState.LIVE)
        .order_by(col(MeasureVersion.batch_id).desc())
        .limit(1)
    )
    return session.exec(query).first()


def ideas_in_place(session: Session, measure_id: int, units: Collection[int]) -> list[tuple[int, date]]:
    """Number and day of each idea that is in place in these units and was to move a measure.

    Those that not everybody may see are left out.
    """
    query = (
        select(col(Idea.id), col(Idea.implemented_on))
        .where(
            Idea.measure_id == measure_id,
            col(Idea.unit_id).in_(sorted(units)),
            col(Idea.state).in_([IdeaState.IMPLEMENTED, IdeaState.VERIFIED]),
            col(Idea.implemented_on).is_not(None),
            col(Idea.above).is_(False),
        )
        .order_by(col(Idea.implemented_on), col(Idea.id))
    )
    return [(row[0], row[1]) for row in session.execute(query).all()]
