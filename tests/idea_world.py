"""A hospital to hand ideas in to: two wards under one hospital, their leaders, staff, an approver."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pydantic import SecretStr
from sqlmodel import Session, col, select

from bot.access import identify, with_duties
from bot.clock import ManualClock, local_date
from bot.ideas import acts, gather
from bot.ideas.doing import Doing, Done, Newcomer, Outcome, Refused
from bot.ideas.facts import Draft, IdeaFacts, May
from bot.ideas.letters import renderers
from bot.settings import Settings
from storage import idea_rows
from storage.engine import Database
from storage.ideas import ChannelCheck, Delegation, Idea, IdeaEvent, IdeaMessage
from storage.migrate import upgrade
from storage.outbox import OutboxRow
from storage.people import Absence, Membership, Person, RoleGrant, SlackAccount, Unit
from storage.terms import FOREVER, IdeaEventKind, Op, OutboxState, RoleName

TEAM = "T0LOCAL"
# A Tuesday.
NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
SECRET = "a secret key for tests, long enough to be taken"

# Who is who: the Slack user id, what they are called, what they do and where they work.
PEOPLE = {
    "UDIRECTOR": ("Dana Wells", "medical director", None),
    "UKHAN": ("Amira Khan", "doctor", "Ward 4"),
    "UREED": ("Tom Reed", "nurse", "Ward 4"),
    "UDEPUTY": ("Jo Marsh", "nurse", "Ward 4"),
    "UPRIYA": ("Priya Shah", "nurse", "Ward 4"),
    "USAM": ("Sam Okafor", "pharmacist", "Ward 4"),
    "ULEE": ("Lee Brandt", "nurse", "Ward 4"),
    "USEVEN": ("Nora Quist", "doctor", "Ward 7"),
    "USTAFF7": ("Finn Abel", "nurse", "Ward 7"),
    "UAPPROVER": ("Pat Grove", "pharmacist", None),
    "UADMIN": ("Ada Lind", "", None),
}
LED_BY = {
    "Hospital": ("UDIRECTOR", None, None),
    "Ward 4": ("UKHAN", "UREED", "UDEPUTY"),
    "Ward 7": ("USEVEN", None, None),
    "Ward 9": (None, None, None),
}


@cache
def _migrated() -> bytes:
    """An empty, migrated embedded database; made once, as it takes longer than most tests."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "empty.db"
        database = Database(f"sqlite:///{path}")
        upgrade(database)
        database.close()
        return path.read_bytes()


@contextmanager
def small_world(folder: Path, **settings: Any) -> Iterator[IdeaWorld]:
    """A hospital on an embedded database, for tests in which the kind makes no difference."""
    path = folder / "rounds.db"
    path.write_bytes(_migrated())
    database = Database(f"sqlite:///{path}")
    yield IdeaWorld(database, **settings)
    database.close()


class IdeaWorld:
    """Everything a test about ideas needs, on one database; each act is one transaction."""

    def __init__(self, database: Database, now: datetime = NOW, **settings: Any) -> None:
        self.database = database
        self.clock = ManualClock(now)
        given = {"rounds_secret_key": SecretStr(SECRET), **settings}
        self.settings = Settings.model_construct(**given)
        self.people: dict[str, int] = {}
        self.units: dict[str, int] = {}
        with database.write() as session:
            self.people.update(_people(session))
            above: int | None = None
            for name, leaders in LED_BY.items():
                self.units[name] = self._unit(session, name, above, leaders)
                above = self.units["Hospital"]
            for user, (_, _, unit) in PEOPLE.items():
                if unit is not None:
                    session.add(Membership(person_id=self.people[user], unit_id=self.units[unit]))
            session.add(RoleGrant(person_id=self.people["UAPPROVER"], role=RoleName.APPROVER))
            session.add(RoleGrant(person_id=self.people["UADMIN"], role=RoleName.ADMINISTRATOR))
        self.render = renderers(self.settings, self.clock, TEAM)

    def _unit(
        self,
        session: Session,
        name: str,
        above: int | None,
        led_by: tuple[str | None, str | None, str | None],
    ) -> int:
        leader, manager, deputy = (self.people[user] if user else None for user in led_by)
        channel = "" if name in ("Hospital", "Ward 9") else f"#{name.lower().replace(' ', '-')}"
        unit = Unit(
            name=name,
            parent_id=above,
            channel=channel,
            leader_id=leader,
            manager_id=manager,
            deputy_id=deputy,
        )
        session.add(unit)
        if channel:
            session.add(
                ChannelCheck(
                    channel=channel[1:], channel_id="C0000001", checked_at=datetime.max.replace(tzinfo=UTC)
                )
            )
        session.flush()
        assert unit.id is not None
        return unit.id

    # -- doing ----

    def doing(self, session: Session, user: str, **more: Any) -> Doing:
        """Who acts, with all that they are, now."""
        now = self.clock.now()
        actor = identify(session, TEAM, user)
        actor = with_duties(session, actor, self.settings, local_date(now, self.settings.zone))
        return Doing(actor, user, TEAM, now, self.settings, **more)

    def do(self, act: Callable[..., Outcome], user: str, *args: Any, **more: Any) -> Outcome:
        """Do something as a Slack user, in one transaction."""
        with self.database.write() as session:
            return act(session, self.doing(session, user), *args, **more)

    def done(self, act: Callable[..., Outcome], user: str, *args: Any, **more: Any) -> Done:
        """The same; it has to be kept."""
        outcome = self.do(act, user, *args, **more)
        assert isinstance(outcome, Done), outcome
        return outcome

    def refused(self, act: Callable[..., Outcome], user: str, *args: Any, **more: Any) -> str:
        """The same; it has to be refused. The reason."""
        outcome = self.do(act, user, *args, **more)
        assert isinstance(outcome, Refused), outcome
        return outcome.reason

    def hand_in(
        self,
        user: str = "UPRIYA",
        text: str = "A second blanket warmer in recovery",
        unit: str = "Ward 4",
        newcomer: Newcomer | None = None,
        **draft: Any,
    ) -> int:
        """A named idea; its number."""
        with self.database.write() as session:
            doing = replace(self.doing(session, user), newcomer=newcomer)
            outcome = acts.hand_in(session, doing, Draft(text=text, unit_id=self.units[unit], **draft))
        assert isinstance(outcome, Done), outcome
        assert outcome.idea_id is not None
        return outcome.idea_id

    # -- looking ----

    def idea(self, number: int) -> Idea:
        """The row."""
        with self.database.read() as session:
            return session.get_one(Idea, number)

    def history(self, number: int) -> list[IdeaEvent]:
        """All lines, oldest first."""
        with self.database.read() as session:
            return idea_rows.history(session, number)

    def kinds(self, number: int) -> list[IdeaEventKind]:
        """What happened, oldest first."""
        return [event.kind for event in self.history(number)]

    def facts(self, number: int) -> IdeaFacts:
        """What is shown of it."""
        with self.database.read() as session:
            found = gather.idea_facts(session, number, self.settings, self.clock.now(), TEAM)
        assert found is not None
        return found

    def may(self, user: str, number: int) -> May:
        """What somebody may do with it."""
        with self.database.read() as session:
            return gather.may(session, self.doing(session, user), number)

    def sees(self, user: str, number: int) -> bool:
        """Whether somebody may see it."""
        with self.database.read() as session:
            return gather.may_see(session, self.doing(session, user), number)

    # -- letters ----

    def letters(self, *, waiting: bool = True) -> list[OutboxRow]:
        """What was put into the outbox, oldest first; what is still to be sent, or all."""
        with self.database.read() as session:
            rows = session.exec(select(OutboxRow).order_by(col(OutboxRow.id))).all()
        return [row for row in rows if not waiting or row.state is OutboxState.WAITING]

    def letters_to(self, user: str) -> list[str]:
        """The kinds of the letters that wait for somebody, updates left out."""
        person = self.people[user]
        return [row.kind for row in self.letters() if row.recipient_id == person and row.op is Op.POST]

    def send_all(self) -> list[OutboxRow]:
        """As if the courier had sent everything: each is written now, and noted as sent. What was sent."""
        sent = []
        with self.database.write() as session:
            rows = session.exec(
                select(OutboxRow).where(OutboxRow.state == OutboxState.WAITING).order_by(col(OutboxRow.id))
            ).all()
            for row in rows:
                written = self.render[str(row.payload["render"])](session, row.payload)
                assert written is None or written["blocks"]
                row.state, row.finished_at, row.coalesce_key = OutboxState.SENT, self.clock.now(), None
                row.slack_channel, row.slack_ts = f"C{row.lane[-6:]}", f"{row.id}.0001"
                session.add(row)
                sent.append(row)
        return sent

    def written(self, row: OutboxRow) -> str:
        """What a letter says now, as one text."""
        with self.database.read() as session:
            return str(self.render[str(row.payload["render"])](session, row.payload))

    def messages(self, number: int) -> list[IdeaMessage]:
        """Which messages show it, oldest first."""
        with self.database.read() as session:
            return list(
                session.exec(
                    select(IdeaMessage)
                    .where(IdeaMessage.idea_id == number)
                    .order_by(col(IdeaMessage.outbox_id))
                )
            )

    # -- changing the world ----

    def away(self, user: str, starts: date, ends: date) -> None:
        """An absence."""
        with self.database.write() as session:
            session.add(Absence(person_id=self.people[user], starts=starts, ends=ends))

    def stands_in(self, user: str, for_user: str, starts: date = date.min, ends: date = FOREVER) -> None:
        """Somebody answers for somebody else."""
        with self.database.write() as session:
            session.add(
                Delegation(
                    person_id=self.people[for_user], delegate_id=self.people[user], starts=starts, ends=ends
                )
            )

    def change(self, table: type[Any], row_id: int, **fields: Any) -> None:
        """Set columns of one row."""
        with self.database.write() as session:
            row = session.get_one(table, row_id)
            for name, value in fields.items():
                setattr(row, name, value)
            session.add(row)

    def leave(self, user: str) -> None:
        """The account is deactivated."""
        with self.database.write() as session:
            account = session.exec(select(SlackAccount).where(SlackAccount.user_id == user)).one()
            account.deleted = True
            session.add(account)


def _people(session: Session) -> dict[str, int]:
    """Everybody, with an account; their ids."""
    people = {
        user: Person(email=f"{user.lower()}@example.org", name=name, profession=profession)
        for user, (name, profession, _) in PEOPLE.items()
    }
    session.add_all(people.values())
    # All at once, here and below: hundreds of tests begin with this.
    session.flush()
    ids = {user: person.id for user, person in people.items() if person.id is not None}
    session.add_all(
        SlackAccount(
            team_id=TEAM,
            user_id=user,
            person_id=ids[user],
            email=person.email,
            timezone="Europe/London",
            checked_at=NOW,
        )
        for user, person in people.items()
    )
    return ids
