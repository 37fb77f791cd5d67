"""A hospital with leaders, a local Slack, and what plans and delivers; ideas go straight to rows."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlmodel import Session, col, select

from bot.clock import ManualClock
from bot.courier.courier import Courier
from bot.courier.gateway import Gateway
from bot.courier.pace import Pace
from bot.ideas import leading
from bot.ideas.clocks import Happening, clocks_from, fields_after
from bot.ideas.lifecycle import next_state
from bot.leading import effects, letters
from bot.leading.gather import Roster
from bot.leading.plan import LeaderPlanner
from bot.leading.promise import days_of
from bot.sandbox import BOT_TOKEN, TEAM_ID, Faults, Message, Sandbox, start_sandbox
from bot.settings import Settings
from storage.engine import Database
from storage.ideas import Delegation, Idea, IdeaEvent
from storage.leading import IdeaSnooze, LeaderMessage, NotMine, Nudge, UnitRules
from storage.outbox import OutboxRow
from storage.people import Absence, Person, SlackAccount, Unit
from storage.terms import FOREVER, IdeaEventKind, IdeaState, OutboxState, Part

MANIFEST = Path(__file__).resolve().parents[3] / "manifest.yml"
# A Monday, long before anybody is at work.
START = datetime(2026, 11, 2, 3, tzinfo=UTC)
FIRST_DAY = START.date() - timedelta(days=1)


class House:
    """Each method that changes something is one transaction."""

    def __init__(self, database: Database, sandbox: Sandbox, clock: ManualClock, settings: Settings) -> None:
        self.database, self.sandbox, self.clock, self.settings = database, sandbox, clock, settings
        self.users: dict[int, str] = {}

    # -- making it ----

    def person(self, name: str, zone: str = "Europe/London") -> int:
        """Somebody with an account that is certainly theirs."""
        email = f"{name.lower()}@example.org"
        user = self.sandbox.workspace.add_user(name=name.lower(), real_name=name, email=email, tz=zone)
        with self.database.write() as session:
            person = Person(email=email, name=name)
            session.add(person)
            session.flush()
            assert person.id is not None
            session.add(
                SlackAccount(
                    team_id=TEAM_ID,
                    user_id=user.id,
                    person_id=person.id,
                    email=email,
                    timezone=zone,
                    checked_at=self.clock.now(),
                )
            )
        self.users[person.id] = user.id
        return person.id

    def unit(self, name: str, above: int | None = None, **leaders: Any) -> int:
        """A unit with `leader_id`, `manager_id` and `deputy_id`."""
        return self._add(Unit(name=name, parent_id=above, **leaders))

    def rules(self, unit_id: int, **rules: Any) -> None:
        """A unit's own rules."""
        self.keep(UnitRules(unit_id=unit_id, **rules))

    def idea(self, unit_id: int, *, answering: int | None = None, **fields: Any) -> int:
        """An idea that came in just now, without a name; its number."""
        now = self.clock.now()
        with self.database.write() as session:
            unit = session.get_one(Unit, answering or unit_id)
            days = days_of(session, unit, self.settings, TEAM_ID, now)
            idea = Idea(
                text="A second blanket warmer in recovery",
                unit_id=unit_id,
                answering_unit_id=answering or unit_id,
                anonymous=True,
                handed_in_at=now,
                moved_at=now,
                **{**clocks_from(now, days, self.settings), **fields},
            )
            session.add(idea)
            session.flush()
            assert idea.id is not None
            session.add(_line(idea.id, 1, IdeaEventKind.HANDED_IN, now, Part.SUBMITTER, None))
            return idea.id

    def respond(self, idea_id: int, kind: IdeaEventKind, person_id: int, part: Part = Part.LEADER) -> bool:
        """What a leader's press does to the rows of an idea; False where it cannot happen any more."""
        now = self.clock.now()
        with self.database.write() as session:
            idea = session.get_one(Idea, idea_id)
            if idea.state not in (IdeaState.NEW, IdeaState.ACKNOWLEDGED) or (
                kind is IdeaEventKind.ACKNOWLEDGED and idea.state is not IdeaState.NEW
            ):
                return False
            unit = leading.answering_now(session, idea)
            days = days_of(session, unit, self.settings, TEAM_ID, now)
            on = now.date() + timedelta(days=60)
            happening = Happening(kind, part, next_state(idea.state, kind), now, on)
            for name, value in fields_after(idea, happening, days, self.settings).items():
                setattr(idea, name, value)
            idea.version += 1
            session.add(idea)
            session.add(_line(idea_id, idea.version, kind, now, part, person_id))
        return True

    def snooze(self, idea_id: int, person_id: int, day: date, days: int) -> None:
        """A press of "Snooze"."""
        self.keep(IdeaSnooze(idea_id=idea_id, person_id=person_id, day=day, days=days))

    def not_mine(self, idea_id: int, person_id: int) -> None:
        """A press of "Not mine"."""
        self.keep(NotMine(idea_id=idea_id, person_id=person_id, at=self.clock.now()))

    def away(self, person_id: int, starts: date, ends: date) -> None:
        """An absence."""
        self.keep(Absence(person_id=person_id, starts=starts, ends=ends))

    def stands_in(self, delegate_id: int, person_id: int, starts: date, ends: date = FOREVER) -> None:
        """Somebody answers for somebody else."""
        self.keep(Delegation(person_id=person_id, delegate_id=delegate_id, starts=starts, ends=ends))

    def keep(self, row: Any) -> None:
        """One more row."""
        with self.database.write() as session:
            session.add(row)

    def _add(self, row: Any) -> int:
        self.keep(row)
        assert isinstance(row.id, int)
        return row.id

    # -- what runs ----

    def gateway(self) -> Gateway:
        """The real gateway and the real slack_sdk, on the local Slack."""
        return Gateway(
            BOT_TOKEN, self.sandbox.api_url, self.clock, pace=Pace(self.clock, chance=random.Random(1))
        )

    def planner(self, roster: Roster | None = None) -> LeaderPlanner:
        """A planner that remembers nothing yet."""
        return LeaderPlanner(self.database, self.gateway(), self.clock, self.settings, TEAM_ID, roster)

    def courier(self, roster: Roster | None = None, **options: Any) -> Courier:
        """A courier that knows leaders' messages, and no others; with a planner's roster, or its own."""

        def finished(session: Session, row: OutboxRow) -> None:
            letters.finished(session, row)

        roster = roster or Roster(self.settings, TEAM_ID)
        return Courier(
            self.database,
            self.gateway(),
            self.clock,
            guards=letters.guards(self.settings, self.clock, TEAM_ID, roster),
            renderers=letters.renderers(self.settings, self.clock, TEAM_ID, roster),
            on_finished=finished,
            team_id=TEAM_ID,
            **options,
        )

    def at(self, moment: datetime) -> int:
        """Go to a moment, plan what is due and deliver what can be. Returns how many were planned."""
        self.clock.set(moment)
        planned = self.planner().tick()
        self.courier().drain(120)
        return planned

    def follow_up(self) -> int:
        """Note what nudges did."""
        return effects.follow_up(self.database, self.settings, TEAM_ID, self.clock.now())

    # -- looking ----

    def dm(self, person_id: int) -> list[Message]:
        """What is in somebody's direct messages."""
        return self.sandbox.workspace.dm(self.users[person_id])

    def messages(self, person_id: int | None = None, since: date = FIRST_DAY) -> list[LeaderMessage]:
        """Messages to leaders, or to one of them, in the order of their days."""
        statement = (
            select(LeaderMessage)
            .where(LeaderMessage.day >= since - timedelta(days=1))
            .order_by(col(LeaderMessage.day), col(LeaderMessage.id))
        )
        if person_id is not None:
            statement = statement.where(LeaderMessage.person_id == person_id)
        with self.database.read() as session:
            return list(session.exec(statement))

    def nudges(self, idea_id: int | None = None, since: date = FIRST_DAY) -> list[Nudge]:
        """Nudges since a day, or those about one idea, in the order of their days."""
        statement = select(Nudge).where(Nudge.day >= since).order_by(col(Nudge.day), col(Nudge.id))
        if idea_id is not None:
            statement = statement.where(Nudge.idea_id == idea_id)
        with self.database.read() as session:
            return list(session.exec(statement))

    def rows(self) -> list[OutboxRow]:
        """The outbox, oldest first."""
        with self.database.read() as session:
            return list(session.exec(select(OutboxRow).order_by(col(OutboxRow.id))))

    def states(self) -> list[tuple[OutboxState, str]]:
        """What became of what was put into the outbox, and why."""
        return [(row.state, row.outcome) for row in self.rows()]


def _line(
    idea_id: int, seq: int, kind: IdeaEventKind, at: datetime, part: Part, actor: int | None
) -> IdeaEvent:
    return IdeaEvent(idea_id=idea_id, seq=seq, kind=kind, at=at, part=part, actor_id=actor)


@contextmanager
def house_on(database: Database, faults: Faults | None = None, **settings: Any) -> Iterator[House]:
    """A house on a database, its local Slack granting what the manifest asks for."""
    clock = ManualClock(START)
    with start_sandbox(clock=clock, manifest=MANIFEST, faults=faults) as sandbox:
        yield House(database, sandbox, clock, Settings.model_construct(**settings))
