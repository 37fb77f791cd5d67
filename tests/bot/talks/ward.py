"""A ward with coaches, people who have reached it and people who ask; on one database."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from bot.access import identify, with_duties
from bot.clock import ManualClock, local_date
from bot.courier.desk import Verdict
from bot.ideas.doing import Doing, Done, Outcome, Refused
from bot.settings import Settings
from bot.talks import acts, gather, letters, names
from bot.talks.rules import Peer, dump_peers
from storage.digests import Digest
from storage.engine import Database
from storage.outbox import OutboxRow
from storage.people import RoleGrant
from storage.talks import Offer, Talk
from storage.terms import DigestState, RoleName
from tests.world import TEAM, World

# A Tuesday.
NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
KEY = "clot-risk"


class Ward:
    """People who are coaches, who have reached it, and who ask; each act is one transaction."""

    def __init__(self, database: Database) -> None:
        self.database, self.clock, self.settings = database, ManualClock(NOW), Settings.model_construct()
        self.world = World(database)
        self.measure = self.world.measure(KEY, title="Clot risk assessed")
        self.ids: dict[str, int] = {}

    def person(self, code: str, group: str | None = "Doctors", **more: Any) -> int:
        self.ids[code] = self.world.person(code, group, **more)
        return self.ids[code]

    def coach(self, code: str, unit_id: int | None = None, **more: Any) -> int:
        found = self.person(code, **more)
        self.keep(RoleGrant(person_id=found, role=RoleName.COACH, unit_id=unit_id))
        return found

    def compared(self, code: str, *, reached: bool, group: str = "Doctors", week: str = "2026-W47") -> None:
        """A digest of theirs was written, which compared them."""
        message = {"text": "", "blocks": [], "peers": dump_peers({KEY: Peer(group, reached)})}
        self.keep(
            Digest(
                person_id=self.ids[code], week=week, state=DigestState.SENT, message=message, planned_at=NOW
            )
        )

    def teller(self, code: str, *, after: timedelta = timedelta(0)) -> int:
        """Somebody who has reached it and offers to tell how; the id of the offer."""
        self.person(code)
        self.compared(code, reached=True)
        self.clock.set(self.clock.now() + after)
        self.done(acts.offer_to_tell, code, KEY)
        return self.offers(code)[-1]

    def asker(self, code: str, group: str = "Doctors") -> None:
        self.person(code, group)
        self.compared(code, reached=False, group=group)

    def keep(self, row: Any) -> None:
        with self.database.write() as session:
            session.add(row)

    def doing(self, session: Session, code: str) -> Doing:
        now = self.clock.now()
        actor = identify(session, TEAM, f"U{code}")
        actor = with_duties(session, actor, self.settings, local_date(now, self.settings.zone))
        return Doing(actor, f"U{code}", TEAM, now, self.settings)

    def do(self, act: Callable[..., Outcome], code: str, *args: Any, **more: Any) -> Outcome:
        with self.database.write() as session:
            return act(session, self.doing(session, code), *args, **more)

    def done(self, act: Callable[..., Outcome], code: str, *args: Any, **more: Any) -> None:
        outcome = self.do(act, code, *args, **more)
        assert isinstance(outcome, Done), outcome

    def refused(self, act: Callable[..., Outcome], code: str, *args: Any, **more: Any) -> str:
        outcome = self.do(act, code, *args, **more)
        assert isinstance(outcome, Refused), outcome
        return outcome.reason

    def offers(self, code: str) -> list[int]:
        """Ids of somebody's open offers."""
        with self.database.read() as session:
            query = select(Offer).where(Offer.person_id == self.ids[code], col(Offer.ended_at).is_(None))
            return [one.id or 0 for one in session.exec(query.order_by(col(Offer.id)))]

    def talks(self) -> list[Talk]:
        with self.database.read() as session:
            return list(session.exec(select(Talk).order_by(col(Talk.id))))

    def asked(self) -> str:
        """Who was asked last, by code."""
        with self.database.read() as session:
            offer = session.get_one(Offer, self.talks()[-1].offer_id)
        return next(code for code, person in self.ids.items() if person == offer.person_id)

    def letters(self, kind: str) -> list[OutboxRow]:
        with self.database.read() as session:
            query = select(OutboxRow).where(OutboxRow.kind == kind).order_by(col(OutboxRow.id))
            return list(session.exec(query))

    def verdict(self, kind: str = names.REQUEST) -> Verdict:
        """What the guard says of the last request, or of another letter, now."""
        guard = letters.guards(self.settings, self.clock, TEAM)[kind]
        row = self.letters(kind)[-1]
        assert row.guard is not None
        with self.database.read() as session:
            return guard(session, row, row.guard)

    def choosable(self, code: str) -> set[str]:
        """The coaches that somebody may choose."""
        with self.database.read() as session:
            now = self.clock.now()
            found = gather.listeners(session, self.ids[code], now.date(), now, TEAM)
        return {one.name.removeprefix("Dr ") for one in found}

    def coached(self) -> set[str]:
        """In whose digest "Talk it through" stands."""
        with self.database.read() as session:
            now = self.clock.now()
            found = gather.offers(session, now.date(), now, TEAM).coached
        return {code for code, person in self.ids.items() if person in found}
