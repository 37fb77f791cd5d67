"""Ideas put straight into a database, as rows with the lines of history that figures read."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from storage.engine import Database
from storage.ideas import Idea, IdeaEvent
from storage.people import Membership, Person, Unit
from storage.terms import IdeaEventKind, IdeaState, Part

Kind, State = IdeaEventKind, IdeaState


class Hospital:
    """Units, people and ideas; each method is one transaction."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def unit(
        self, name: str, *, people: int = 6, parent: int | None = None, channel: str | None = None
    ) -> int:
        """A unit in which that many nurses work; its id."""
        with self.database.write() as session:
            stem = name.lower().replace(" ", "-")
            unit = Unit(name=name, parent_id=parent, channel=f"#{stem}" if channel is None else channel)
            session.add(unit)
            session.flush()
            assert unit.id is not None
            for number in range(people):
                person = Person(
                    email=f"{stem}{number}@x.test", name=f"Nurse {number} of {name}", profession="nurse"
                )
                session.add(person)
                session.flush()
                assert person.id is not None
                session.add(Membership(person_id=person.id, unit_id=unit.id))
            return unit.id

    def people(self, unit_id: int) -> list[int]:
        """The ids of those who work in a unit."""
        with self.database.read() as session:
            query = select(Membership.person_id).where(Membership.unit_id == unit_id)
            return list(session.exec(query.order_by(col(Membership.person_id))).all())

    def person(self, name: str, unit_id: int, profession: str, grade: str = "") -> int:
        """One more person; their id."""
        with self.database.write() as session:
            email = f"{name.lower().replace(' ', '.')}@x.test"
            person = Person(email=email, name=name, profession=profession, grade=grade)
            session.add(person)
            session.flush()
            assert person.id is not None
            session.add(Membership(person_id=person.id, unit_id=unit_id))
            return person.id

    def idea(
        self,
        unit_id: int,
        at: datetime,
        *,
        text: str = "Keep a second blanket warmer in recovery. We run out every morning.",
        sender: int | None = None,
        words_after: timedelta | None = None,
        in_place_after: timedelta | None = None,
        verified_after: timedelta | None = None,
        state: IdeaState | None = None,
        done: str = "A second warmer stands next to bay 3.",
        why: str = "",
        **columns: Any,
    ) -> int:
        """An idea, anonymous without a sender; the spans count from `at`. Its number."""
        words = None if words_after is None else at + words_after
        in_place = None if in_place_after is None else at + in_place_after
        verified = None if verified_after is None else at + verified_after
        if verified is not None and in_place is None:
            in_place = verified
        reached = (
            State.VERIFIED
            if verified
            else State.IMPLEMENTED
            if in_place
            else State.ACKNOWLEDGED
            if words
            else State.NEW
        )
        moved = max(moment for moment in (at, words, in_place, verified) if moment is not None)
        values: dict[str, Any] = {
            "text": text,
            "unit_id": unit_id,
            "answering_unit_id": unit_id,
            "state": state or reached,
            "submitter_id": sender,
            "anonymous": sender is None,
            "handed_in_at": at,
            "moved_at": moved,
            "first_words_at": words,
            "implemented_at": in_place,
            "implemented_on": None if in_place is None else in_place.date(),
            "verified_at": verified,
        }
        with self.database.write() as session:
            idea = Idea(**(values | columns))
            session.add(idea)
            session.flush()
            assert idea.id is not None
            events = [(Kind.HANDED_IN, at, "")]
            if words:
                events.append((Kind.ACKNOWLEDGED, words, "Good catch."))
            if idea.state is State.NOT_NOW:
                assert idea.decided_at is not None
                events.append((Kind.PUT_OFF, idea.decided_at, why))
            if in_place:
                events.append((Kind.IMPLEMENTED, in_place, done))
            if verified:
                events.append((Kind.VERIFIED, verified, ""))
            _write(session, idea.id, events)
            return idea.id


def _write(session: Session, idea_id: int, events: list[tuple[IdeaEventKind, datetime, str]]) -> None:
    for seq, (kind, at, words) in enumerate(events, start=1):
        part = Part.SUBMITTER if kind in (Kind.HANDED_IN, Kind.VERIFIED) else Part.LEADER
        session.add(IdeaEvent(idea_id=idea_id, seq=seq, kind=kind, at=at, part=part, words=words))


def days(number: float) -> timedelta:
    """That many days."""
    return timedelta(days=number)
