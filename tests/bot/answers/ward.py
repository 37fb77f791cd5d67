"""A ward with a peer group of clinicians with figures and an analyst; on one database."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

from sqlmodel import select

from bot.access import identify, with_duties
from bot.answers import acts, gather, queue
from bot.clock import ManualClock, local_date
from bot.digests.facts import MeasureView
from bot.digests.gather import GroupFigures, Windows, open_book
from bot.digests.history import FIRST_DAY, LAST_DAY
from bot.digests.select import through
from bot.digests.weeks import IsoWeek
from bot.ideas.doing import Doing, Done, Outcome, Refused
from bot.settings import Settings
from storage.answers import FigureAnswer
from storage.digests import Digest
from storage.engine import Database
from storage.people import Person, RoleGrant, SlackAccount
from storage.terms import DigestState, RoleName
from tests.world import TEAM, World, steady, weeks

# A Tuesday; the digest was of the week before.
NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
WEEK = IsoWeek.parse("2026-W47")
KEY = "clot-risk"
LAST = WEEK.monday
MONDAYS = weeks(LAST, 12)
CODES = ("ANN", "BEN", "CAT", "DEV", "EVE", "FAY", "GUS")
WHY = "They came with a plan that says otherwise."


class Ward:
    """Seven clinicians who are compared, each with a digest; each act is one transaction."""

    def __init__(self, database: Database) -> None:
        self.database, self.clock, self.settings = database, ManualClock(NOW), Settings.model_construct()
        self.world = World(database)
        self.measure = self.world.measure(KEY, title="Clot risk assessed", **self.definition())
        self.ids: dict[str, int] = {}
        for number, code in enumerate(CODES):
            self.ids[code] = self.world.person(code)
            self.world.observe(self.measure, code, steady(MONDAYS, 60 + 3 * number))
            self.digest(code)

    def definition(self) -> dict[str, Any]:
        return {}

    def digest(self, code: str) -> None:
        facts = {
            FIRST_DAY: float(MONDAYS[0].toordinal()),
            LAST_DAY: float(WEEK.sunday.toordinal()),
            through(KEY): float(WEEK.sunday.toordinal()),
        }
        self.keep(
            Digest(
                person_id=self.ids[code],
                week=str(WEEK),
                state=DigestState.SENT,
                measure_id=self.measure,
                facts=facts,
                message={"text": "", "blocks": []},
                planned_at=NOW,
            )
        )

    def analyst(self, code: str, unit_id: int | None = None, *, known: str | None = None) -> None:
        """An analyst without figures, or one of the clinicians (`known`)."""
        if known is not None:
            self.keep(RoleGrant(person_id=self.ids[known], role=RoleName.ANALYST, unit_id=unit_id))
            return
        with self.database.write() as session:
            person = Person(email=f"{code.lower()}@example.org", name=code.title())
            session.add(person)
            session.flush()
            assert person.id is not None
            self.ids[code] = person.id
            session.add(RoleGrant(person_id=person.id, role=RoleName.ANALYST, unit_id=unit_id))
            session.add(
                SlackAccount(team_id=TEAM, user_id=f"U{code}", person_id=person.id, email=person.email)
            )

    def keep(self, row: Any) -> None:
        with self.database.write() as session:
            session.add(row)

    def do(self, act: Callable[..., Any], code: str, *args: Any, **more: Any) -> Any:
        with self.database.write() as session:
            now = self.clock.now()
            actor = identify(session, TEAM, f"U{code}")
            actor = with_duties(session, actor, self.settings, local_date(now, self.settings.zone))
            doing = Doing(actor, f"U{code}", TEAM, now, self.settings)
            return act(session, doing, *args, **more)

    def done(self, act: Callable[..., Outcome], code: str, *args: Any, **more: Any) -> str:
        outcome = self.do(act, code, *args, **more)
        assert isinstance(outcome, Done), outcome
        return outcome.note

    def refused(self, act: Callable[..., Outcome], code: str, *args: Any, **more: Any) -> str:
        outcome = self.do(act, code, *args, **more)
        assert isinstance(outcome, Refused), outcome
        return outcome.reason

    def warrants(self, code: str, periods: int = 1, *, words: str = WHY, shown: bool = False) -> int:
        """Set the latest so many periods aside; the answer's id."""
        with self.database.read() as session:
            found = gather.window(session, self.ids[code], str(WEEK), "", self.settings)
        assert found is not None
        starts = [acts.period_value(one) for one in found.periods][len(found.periods) - periods :]
        self.done(acts.warrant, code, str(WEEK), "", starts, words, shown=shown)
        return self.answers()[-1].id or 0

    def closes(self, answer_id: int, *, agreed: bool, words: str = "I have looked at the plans.") -> None:
        self.done(queue.close, "YUSUF", answer_id, words, agreed=agreed)

    def answers(self) -> list[FigureAnswer]:
        with self.database.read() as session:
            return sorted(session.exec(select(FigureAnswer)), key=lambda one: one.id or 0)

    def figures(self, through_day: date = WEEK.sunday) -> GroupFigures:
        with self.database.read() as session:
            return open_book(session, through_day, Windows()).figures[0]

    def view(self, code: str) -> MeasureView:
        with self.database.read() as session:
            return open_book(session, WEEK.sunday, Windows()).views[self.ids[code]][0]

    def group(self) -> tuple[object, ...]:
        """What everybody sees of the group."""
        found = self.figures().comparison
        return (
            found.centre,
            found.median,
            found.quartiles,
            found.benchmark,
            tuple((one.numerator, one.denominator) for one in found.results),
        )
