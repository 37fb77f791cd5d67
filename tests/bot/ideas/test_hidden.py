"""Anonymous as DESIGN.md section 5 says: no row, log line, export, message or time ties idea and sender."""

from __future__ import annotations

import json
import logging
import random
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import structlog
from pydantic import SecretStr
from sqlalchemy import inspect, text
from sqlmodel import Session, SQLModel, col, select

from bot.access import NOBODY, identify, with_duties
from bot.clock import ManualClock
from bot.courier.courier import Courier
from bot.courier.gateway import Gateway
from bot.courier.pace import Pace
from bot.ideas import acts, letters
from bot.ideas.anonymous import batch, hidden
from bot.ideas.anonymous.batch import NEWS, release, tell_news
from bot.ideas.anonymous.sealing import SEALED_LENGTH, Sealer
from bot.ideas.decisions import Decision, Implementation
from bot.ideas.doing import Doing, Done, Outcome, Refused
from bot.ideas.facts import Draft
from bot.ideas.words import messages
from bot.people.rights import export_person
from bot.sandbox import BOT_TOKEN, TEAM_ID, Sandbox, start_sandbox
from bot.settings import Settings
from storage.columns import UtcDateTime
from storage.engine import Database
from storage.ideas import HiddenActRow, HiddenNews, Idea, IdeaEvent, IdeaSupport, ReplyHandle
from storage.outbox import OutboxRow
from storage.people import Membership, Person, SlackAccount, Unit
from storage.seen import first_time, forget_old
from storage.terms import HiddenAct, IdeaEventKind, IdeaState, Part

KEY = "a secret key of this test"
TOLD = messages.hidden_news()["text"]
# A Monday; the site is in London, an hour ahead of UTC in July, so the batch of 09:00 is at 08:00.
MONDAY = date(2025, 7, 21)
BATCH_HOUR = 8


def at(day: date, hour: int, minute: int = 0, second: int = 0) -> datetime:
    """A moment in UTC."""
    return datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=UTC)


def after(days: int) -> date:
    """A day of the story, which begins on the Monday."""
    return MONDAY + timedelta(days=days)


@dataclass
class Ward:
    """A ward with a leader and staff, a local Slack, and what Rounds does by the clock."""

    database: Database
    sandbox: Sandbox
    clock: ManualClock
    settings: Settings
    users: dict[str, str] = field(default_factory=dict)
    people: dict[str, int] = field(default_factory=dict)

    def add(self, name: str, *, known: bool = True) -> None:
        """Somebody with a Slack account whom Rounds knows, or not."""
        email = f"{name.lower()}@example.org"
        self.users[name] = self.sandbox.workspace.add_user(name=name, email=email).id
        if not known:
            return
        with self.database.write() as session:
            # An id that stands for nothing else, so that it can be looked for everywhere.
            person_id = self.people[name] = 700_001 + len(self.people)
            session.add(Person(id=person_id, email=email, name=f"{name} Featherstone", profession="nurse"))
            session.flush()
            session.add(Membership(person_id=person_id, unit_id=1))
            session.add(
                SlackAccount(
                    team_id=TEAM_ID,
                    user_id=self.users[name],
                    person_id=person_id,
                    email=email,
                    timezone="Europe/London",
                    checked_at=at(after(-5), 3),
                )
            )

    def doing(self, session: Session, name: str, now: datetime | None = None) -> Doing:
        """Somebody does something now."""
        now = now or self.clock.now()
        actor = identify(session, TEAM_ID, self.users[name])
        actor = with_duties(session, actor, self.settings, now.date()) if actor != NOBODY else actor
        return Doing(actor, self.users[name], TEAM_ID, now, self.settings)

    def do(self, name: str, act: Any, *args: Any) -> Outcome:
        """One act in a transaction of its own, as a handler does it."""
        with self.database.write() as session:
            first_time(session, f"{name}{self.clock.now()}", self.clock.now())
            outcome: Outcome = act(session, self.doing(session, name), *args)
        return outcome

    def done(self, name: str, act: Any, *args: Any) -> Done:
        """An act that is not refused."""
        outcome = self.do(name, act, *args)
        assert isinstance(outcome, Done), outcome
        return outcome

    def tick(self, day: date, hour: int = BATCH_HOUR, minute: int = 3) -> None:
        """What is due then, and the post after it."""
        self.clock.set(at(day, hour, minute))
        release(self.database, self.clock.now(), self.settings, TEAM_ID)
        tell_news(self.database, self.clock.now(), self.settings, TEAM_ID)
        self.deliver()

    def deliver(self) -> None:
        """A courier delivers all there is."""
        gateway = Gateway(
            BOT_TOKEN, self.sandbox.api_url, self.clock, pace=Pace(self.clock, chance=random.Random(1))
        )
        courier = Courier(
            self.database,
            gateway,
            self.clock,
            renderers=letters.renderers(self.settings, self.clock, TEAM_ID),
            guards=letters.guards(self.settings, self.clock, TEAM_ID),
            on_finished=lambda session, row: letters.idea_finished(session, row, self.settings, TEAM_ID),
            team_id=TEAM_ID,
        )
        assert courier.drain(600)

    def ideas(self) -> list[Idea]:
        """All ideas."""
        with self.database.read() as session:
            return list(session.exec(select(Idea).order_by(col(Idea.id))))

    def rows(self, table: type[Any]) -> list[Any]:
        """All rows of a table."""
        with self.database.read() as session:
            return list(session.exec(select(table)))

    def mine(self, name: str) -> list[int]:
        """The anonymous ideas that somebody's Home would list."""
        with self.database.read() as session:
            return hidden.mine(session, self.doing(session, name))

    def lose_key(self, key: str = "") -> None:
        """The site starts again with another key, or none."""
        self.settings = settings_with(key)

    def dump(self) -> dict[str, str]:
        """Each table of the database as text."""
        found = {}
        with self.database.engine.connect() as connection:
            for table in inspect(connection).get_table_names():
                rows = connection.execute(text(f'SELECT * FROM "{table}"')).all()
                found[table] = "\n".join(str(tuple(row)) for row in rows)
        return found

    def moments(self) -> list[tuple[str, datetime]]:
        """Every time that stands anywhere in the database, with where."""
        found = []
        with self.database.read() as session:
            for table in SQLModel.metadata.sorted_tables:
                for column in table.columns:
                    if isinstance(column.type, UtcDateTime):
                        found += [
                            (f"{table.name}.{column.name}", moment)
                            for moment in session.execute(select(column)).scalars()
                            if moment is not None
                        ]
        return found


def settings_with(key: str, **changes: Any) -> Settings:
    """The defaults with a secret key."""
    return Settings.model_construct(rounds_secret_key=SecretStr(key), **changes)


def opened(database: Database, clock: ManualClock) -> Iterator[Ward]:
    """A ward on a database."""
    clock.set(at(MONDAY, 8, 30))
    with start_sandbox(clock=clock) as sandbox:
        with database.write() as session:
            session.add(Unit(name="Ward 4"))
        found = Ward(database, sandbox, clock, settings_with(KEY))
        for name in ("Lena", "Priya", "Omar", "Sam"):
            found.add(name)
        with database.write() as session:
            unit = session.get_one(Unit, 1)
            unit.leader_id = found.people["Lena"]
        yield found


@pytest.fixture
def ward(database: Database, clock: ManualClock) -> Iterator[Ward]:
    """A ward on each kind of database."""
    yield from opened(database, clock)


@pytest.fixture
def small(sqlite: Database, clock: ManualClock) -> Iterator[Ward]:
    """The same on one kind of database, where the kind makes no difference."""
    yield from opened(sqlite, clock)


IDEA = Draft(text="Put the wound trolley next to the door", unit_id=1, anonymous=True)


def story(ward: Ward) -> list[datetime]:
    """An anonymous idea from handing in to verified. Returns when its sender did something."""
    when: list[datetime] = []

    def sender(day: date, clock_time: tuple[int, int, int], act: Any, *args: Any) -> Done:
        ward.clock.set(at(day, *clock_time))
        when.append(ward.clock.now())
        done = ward.done("Priya", act, *args)
        assert done.appears_on is not None
        return done

    assert sender(MONDAY, (13, 37, 11), acts.hand_in, IDEA).appears_on == after(1)
    ward.clock.set(at(MONDAY, 15, 5))
    ward.done("Omar", acts.hand_in, Draft(text="A second kettle", unit_id=1))
    ward.deliver()
    ward.tick(after(1))
    (number,) = ward.mine("Priya")
    ward.clock.set(at(after(1), 10))
    ward.done("Sam", acts.support, number)
    ward.done("Lena", acts.ask, number, "Which door do you mean?")
    ward.deliver()
    ward.tick(after(2))
    sender(after(2), (13, 41, 7), acts.answer, number, question(ward, number), "The one to bay 2")
    sender(after(2), (13, 52, 43), acts.add_detail, number, "It is also nearer to the sluice")
    ward.tick(after(3))
    ward.clock.set(at(after(3), 10))
    what = Implementation("It stands there now", "See for yourself", after(3))
    ward.done("Lena", acts.decide, number, decision())
    ward.done("Lena", acts.implement, number, what)
    ward.deliver()
    ward.tick(after(4))
    sender(after(4), (16, 44, 9), acts.verify, number, False)
    ward.tick(after(5))  # a Saturday
    ward.tick(after(7))
    return when


def decision() -> Decision:
    """A leader says yes."""
    return Decision(IdeaEventKind.ACCEPTED, "Good, we will do that")


def question(ward: Ward, number: int) -> int:
    """The line of history of the latest question."""
    with ward.database.read() as session:
        asked = session.exec(select(IdeaEvent).where(IdeaEvent.idea_id == number, IdeaEvent.kind == "asked"))
        return max(event.seq for event in asked)


def test_an_anonymous_idea_goes_from_handing_in_to_verified(small: Ward) -> None:
    story(small)
    (number,) = small.mine("Priya")
    idea = small.ideas()[number - 1]
    assert idea.state is IdeaState.VERIFIED
    assert idea.anonymous
    assert small.mine("Omar") == small.mine("Lena") == []
    with small.database.read() as session:
        history = list(session.exec(select(IdeaEvent).where(IdeaEvent.idea_id == number)))
    assert [event.at for event in history if event.part is Part.SUBMITTER] == [
        at(after(1), BATCH_HOUR),
        at(after(3), BATCH_HOUR),
        at(after(3), BATCH_HOUR),
        at(after(7), BATCH_HOUR),
    ]


def test_nothing_in_the_database_the_logs_or_the_workspace_ties_it_to_its_sender(
    ward: Ward, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    before = ward.dump()
    with structlog.testing.capture_logs() as logged:
        when = story(ward)
    number = ward.mine("Priya")[0]
    traces = [ward.users["Priya"], "Priya", "priya@example.org", str(ward.people["Priya"])]
    tables = ward.dump()
    # What is known of a person was there before, and is as it was: even when Slack was last asked.
    assert row_of(tables["slack_account"], ward.users["Priya"]) == row_of(
        before["slack_account"], ward.users["Priya"]
    )
    for name, dumped in tables.items():
        if name not in ("person", "slack_account", "membership"):
            assert not [trace for trace in traces if trace in dumped], name
    assert tables["membership"] == before["membership"]
    _assert_unlinked(ward, number)
    for place, moment in ward.moments():
        assert all(abs(moment - acted) > timedelta(minutes=1) for acted in when), place
    told = json.dumps(logged, default=str) + caplog.text
    assert logged
    assert not [trace for trace in traces if trace in told]
    assert not [line for line in logged if line.get("kind") == NEWS and "idea" in json.dumps(line)]
    for other in ("Lena", "Omar", "Sam"):
        exported = json.dumps(export_person(ward.database, f"{other.lower()}@example.org"))
        assert not [trace for trace in traces if trace in exported]
    assert "wound trolley" not in json.dumps(export_person(ward.database, "priya@example.org"))
    _assert_workspace_says_nothing(ward, traces, when)


def row_of(dumped: str, user_id: str) -> str:
    """The line that holds a Slack user."""
    (found,) = [line for line in dumped.splitlines() if user_id in line]
    return found


def _assert_unlinked(ward: Ward, number: int) -> None:
    person = ward.people["Priya"]
    idea = ward.ideas()[number - 1]
    assert idea.submitter_id is idea.owner_id is idea.assignee_id is None
    with ward.database.read() as session:
        for event in session.exec(select(IdeaEvent).where(IdeaEvent.idea_id == number)):
            assert event.actor_id != person
            assert str(person) not in json.dumps(event.facts)
        supporters = set(session.exec(select(IdeaSupport.person_id).where(IdeaSupport.idea_id == number)))
        assert supporters == {ward.people["Sam"]}
        assert session.exec(select(OutboxRow).where(OutboxRow.recipient_id == person)).all() == []
        assert session.exec(select(OutboxRow).where(OutboxRow.kind == NEWS)).all() == []
        room = ward.sandbox.workspace.find_dm(ward.users["Priya"])
        assert room is not None
        assert session.exec(select(OutboxRow).where(OutboxRow.slack_channel == room.id)).all() == []
    assert ward.rows(HiddenActRow) == ward.rows(HiddenNews) == []


def _assert_workspace_says_nothing(ward: Ward, traces: list[str], when: list[datetime]) -> None:
    workspace = ward.sandbox.workspace
    for name in ("Lena", "Omar", "Sam"):
        messages = workspace.dm(ward.users[name])
        said = " ".join(f"{message.text} {json.dumps(message.blocks)}" for message in messages)
        assert not [trace for trace in traces if trace in said], name
        for message in messages:
            sent = datetime.fromtimestamp(float(message.ts), UTC)
            assert all(abs(sent - acted) > timedelta(minutes=1) for acted in when), name
    to_sender = {message.text for message in workspace.dm(ward.users["Priya"])}
    assert to_sender == {TOLD}


def test_while_it_waits_no_row_has_a_time_or_says_who(ward: Ward) -> None:
    before = {name: rows for name, rows in ward.dump().items() if name != "seen_key"}
    ward.clock.set(at(MONDAY, 13, 37, 11))
    ward.done("Priya", acts.hand_in, IDEA)
    tables = ward.dump()
    (row,) = ward.rows(HiddenActRow)
    assert len(row.sealed) == SEALED_LENGTH
    assert row.appears_on == after(1)
    assert {name for name, rows in tables.items() if rows != before.get(name)} == {"hidden_act", "seen_key"}
    changed = tables["hidden_act"] + tables["seen_key"]
    for trace in (ward.users["Priya"], "Priya", "priya@example.org", "13:37", "13, 37"):
        assert trace not in changed
    assert not [column for column in HiddenActRow.__table__.columns if isinstance(column.type, UtcDateTime)]  # type: ignore[attr-defined]
    with ward.database.read() as session:
        assert [one.token for one in hidden.waiting_of(session, ward.doing(session, "Priya"))] == [row.token]
        assert hidden.waiting_of(session, ward.doing(session, "Omar")) == []


def test_rows_that_wait_and_ideas_that_appear_are_in_no_order(small: Ward) -> None:
    texts = [f"Idea with a number of words like {word}" for word in "abcdefghijklmnop"]
    for text_ in texts:
        small.clock.advance(timedelta(minutes=1))
        small.done("Priya", acts.hand_in, Draft(text=text_, unit_id=1, anonymous=True))
    with small.database.engine.connect() as connection:
        kept = [row.body["text"] for row in small.rows(HiddenActRow)]
        places = connection.execute(text("SELECT rowid FROM hidden_act")).scalars().all()
    assert sorted(kept) == texts != kept
    assert max(places) > 1000
    small.tick(after(1))
    appeared = [idea.text for idea in small.ideas()]
    assert sorted(appeared) == texts != appeared
    assert {idea.handed_in_at for idea in small.ideas()} == {at(after(1), BATCH_HOUR)}
    assert small.mine("Priya") == [idea.id for idea in small.ideas()]
    handles = small.rows(ReplyHandle)
    assert (
        len({handle.mark for handle in handles}) == len({handle.sealed for handle in handles}) == len(texts)
    )


def test_a_server_does_not_keep_what_waits_by_transaction(ward: Ward) -> None:
    """PostgreSQL marks each row with its transaction, whose neighbours in other tables have times."""
    if ward.database.is_sqlite:
        pytest.skip("an embedded database marks no row with its transaction")
    texts = [f"Idea with a number of words like {word}" for word in "abcdefghijkl"]
    for text_ in texts:
        ward.done("Priya", acts.hand_in, Draft(text=text_, unit_id=1, anonymous=True))
    with ward.database.engine.connect() as connection:
        marks = connection.execute(text("SELECT DISTINCT xmin FROM hidden_act")).all()
    assert len(marks) == 1
    kept = [row.body["text"] for row in ward.rows(HiddenActRow)]
    assert sorted(kept) == texts != kept
    ward.tick(after(1))
    assert len(ward.mine("Priya")) == len(texts)


@pytest.mark.parametrize("key", ["", "another key"])
def test_losing_the_key_loses_the_way_back_and_nothing_else(small: Ward, key: str) -> None:
    small.done("Priya", acts.hand_in, IDEA)
    small.tick(after(1))
    (number,) = small.mine("Priya")
    small.clock.set(at(after(1), 12))
    small.done("Priya", acts.hand_in, Draft(text="Another one of mine", unit_id=1, anonymous=True))
    small.done("Priya", acts.add_detail, number, "One more thing")
    small.lose_key(key)
    small.done("Sam", acts.support, number)
    small.done("Lena", acts.ask, number, "Which door?")
    small.tick(after(2))
    # What waited appears all the same; only nobody can be led back to it.
    assert sorted(idea.text for idea in small.ideas()) == ["Another one of mine", IDEA.text]
    assert len(small.rows(ReplyHandle)) == 1
    assert small.mine("Priya") == []
    assert isinstance(small.do("Priya", acts.add_detail, number, "And another"), Refused)
    small.done("Lena", acts.decide, number, decision())
    small.tick(after(3))
    workspace = small.sandbox.workspace
    assert [message.text for message in workspace.dm(small.users["Sam"])].count(TOLD) == 2
    assert workspace.dm(small.users["Priya"]) == []
    small.lose_key(KEY)
    assert small.mine("Priya") == [number]


def test_without_a_key_nothing_can_be_handed_in_without_a_name(small: Ward) -> None:
    small.lose_key("")
    refused = small.do("Priya", acts.hand_in, IDEA)
    assert isinstance(refused, Refused)
    assert small.rows(HiddenActRow) == small.ideas() == []
    with small.database.write() as session, pytest.raises(hidden.NoKey):
        hidden.put_off(session, small.doing(session, "Priya"), HiddenAct.HAND_IN, None, asdict(IDEA))


def test_the_batch_comes_at_its_hour_of_the_next_working_day(small: Ward) -> None:
    friday = after(4)
    small.clock.set(at(friday, 16))
    small.done("Priya", acts.hand_in, IDEA)
    for moment in (at(friday, 22), at(after(5), 12), at(after(6), 12), at(after(7), BATCH_HOUR - 1, 59)):
        assert release(small.database, moment, small.settings, TEAM_ID) == 0
    assert release(small.database, at(after(7), 13), small.settings, TEAM_ID) == 1
    (idea,) = small.ideas()
    assert idea.handed_in_at == at(after(7), BATCH_HOUR)


@pytest.mark.parametrize(
    ("day", "holidays", "expected"),
    [
        (date(2025, 12, 24), "GB-ENG", date(2025, 12, 29)),
        (date(2025, 12, 24), "US", date(2025, 12, 26)),
        (date(2025, 4, 17), "GB-ENG", date(2025, 4, 22)),
        (date(2025, 10, 2), "DE", date(2025, 10, 6)),
        (date(2025, 7, 21), "GB-ENG", date(2025, 7, 22)),
    ],
)
def test_weekends_and_the_sites_own_holidays_have_no_batch(day: date, holidays: str, expected: date) -> None:
    assert hidden.batch_after(day, settings_with(KEY, rounds_holidays=holidays)) == expected


def test_what_can_no_longer_be_done_is_dropped_with_news_and_an_idea_never_is(small: Ward) -> None:
    small.done("Priya", acts.hand_in, IDEA)
    small.tick(after(1))
    (number,) = small.mine("Priya")
    small.clock.set(at(after(1), 12))
    small.done("Priya", acts.withdraw, number, "")
    small.done("Priya", acts.add_detail, number, "One more thing")
    small.done("Priya", acts.hand_in, Draft(text="Another one of mine", unit_id=1, anonymous=True))
    with small.database.write() as session:
        row = session.exec(select(HiddenActRow).where(HiddenActRow.act == HiddenAct.HAND_IN)).one()
        row.body = {**row.body, "unit_id": 99, "a_field_of_an_earlier_version": 1}
        withdrawn = session.exec(select(HiddenActRow).where(HiddenActRow.act == HiddenAct.WITHDRAW)).one()
        withdrawn.appears_on = MONDAY
        session.add_all([row, withdrawn])
    hidden_only = small.rows(HiddenActRow)
    assert len(hidden_only) == 3
    _release_first(small, HiddenAct.WITHDRAW)
    small.tick(after(2))
    (idea,) = small.ideas()
    assert idea.state is IdeaState.WITHDRAWN
    (kept,) = small.rows(HiddenActRow)
    assert (kept.act, kept.appears_on) == (HiddenAct.HAND_IN, after(3))
    assert [message.text for message in small.sandbox.workspace.dm(small.users["Priya"])] == [TOLD]
    with small.database.write() as session:
        session.add(Unit(id=99, name="Ward 9"))
    small.tick(after(3))
    assert [idea.text for idea in small.ideas()] == [IDEA.text, "Another one of mine"]
    assert len(small.mine("Priya")) == 2


def _release_first(ward: Ward, act: HiddenAct) -> None:
    """Do what waits of this kind before the rest: the batch's own order is not known."""
    (first,) = [row for row in ward.rows(HiddenActRow) if row.act is act]
    doing = hidden.hidden_doing(at(after(2), BATCH_HOUR), ward.settings, TEAM_ID)
    assert batch._release_one(ward.database, first.token, doing) == 1


def test_several_processes_release_each_act_once(ward: Ward) -> None:
    for number in range(12):
        ward.done("Priya", acts.hand_in, Draft(text=f"Idea {number}", unit_id=1, anonymous=True))
    now = at(after(1), BATCH_HOUR, 1)
    released: list[int] = []

    def process() -> None:
        released.append(release(ward.database, now, ward.settings, TEAM_ID))

    threads = [threading.Thread(target=process) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(released) == len(ward.ideas()) == len(ward.rows(ReplyHandle)) == 12
    assert ward.rows(HiddenActRow) == []


def test_an_act_that_stumbles_keeps_nobody_up_and_is_tried_again(small: Ward) -> None:
    small.done("Priya", acts.hand_in, IDEA)
    small.done("Omar", acts.hand_in, Draft(text="One of Omar's", unit_id=1, anonymous=True))
    with small.database.write() as session:
        row = next(one for one in session.exec(select(HiddenActRow)) if one.body["text"] == IDEA.text)
        body, row.body = row.body, {"text": ["not", "a", "text"], "unit_id": 1, "anonymous": True}
        session.add(row)
    with structlog.testing.capture_logs() as logged:
        small.tick(after(1))
    assert [idea.text for idea in small.ideas()] == ["One of Omar's"]
    assert [line for line in logged if line["event"] == "batch_stumbled"] == [
        {"event": "batch_stumbled", "error": "AttributeError", "log_level": "error"}
    ]
    with small.database.write() as session:
        row = session.exec(select(HiddenActRow)).one()
        row.body = body
        session.add(row)
    small.tick(after(1), 9)
    assert len(small.ideas()) == 2


def test_news_comes_once_a_day_to_sender_and_supporters_alike(small: Ward) -> None:
    for text_ in ("First idea of a quiet person", "Second idea of a quiet person"):
        small.done("Priya", acts.hand_in, Draft(text=text_, unit_id=1, anonymous=True))
    small.tick(after(1))
    small.clock.set(at(after(1), 12))
    for number in small.mine("Priya"):
        small.done("Sam", acts.support, number)
        small.done("Lena", acts.acknowledge, number, "Thank you, I will look")
        small.done("Lena", acts.ask, number, "Where exactly?")
    small.deliver()
    workspace = small.sandbox.workspace
    told = {
        name: lambda name=name: [m.text for m in workspace.dm(small.users[name])].count(TOLD)
        for name in small.users
    }
    assert told["Priya"]() == told["Sam"]() == 0
    small.tick(after(2))
    assert told["Priya"]() == told["Sam"]() == 1
    small.done("Lena", acts.note, small.mine("Priya")[0], "We are measuring the corridor")
    small.tick(after(2), 15)
    assert told["Priya"]() == told["Sam"]() == 1
    small.tick(after(3))
    assert told["Priya"]() == told["Sam"]() == 2
    small.tick(after(4))
    assert told["Priya"]() == 2
    assert told["Omar"]() == 0
    assert small.rows(HiddenNews) == []


def test_somebody_in_no_list_is_told_too_and_nothing_of_them_is_kept(small: Ward) -> None:
    small.add("Bea", known=False)
    small.done("Bea", acts.hand_in, IDEA)
    small.tick(after(1))
    (number,) = small.mine("Bea")
    small.done("Lena", acts.ask, number, "Which door?")
    small.tick(after(2))
    assert [m.text for m in small.sandbox.workspace.dm(small.users["Bea"])] == [TOLD]
    assert not [name for name, rows in small.dump().items() if small.users["Bea"] in rows or "Bea" in rows]


def test_news_of_an_idea_reaches_the_senders_of_those_that_were_merged_into_it(small: Ward) -> None:
    small.done("Priya", acts.hand_in, IDEA)
    small.done("Omar", acts.hand_in, Draft(text="The trolley belongs by the door", unit_id=1))
    small.tick(after(1))
    (number,) = small.mine("Priya")
    (into,) = [idea.id for idea in small.ideas() if not idea.anonymous]
    small.done("Lena", acts.merge, number, into)
    small.tick(after(2))
    with small.database.write() as session:
        assert into is not None
        hidden.news(session, into)
        hidden.news(session, into)
    small.tick(after(3))
    texts = [message.text for message in small.sandbox.workspace.dm(small.users["Priya"])]
    assert texts.count(TOLD) == 2


def test_a_message_of_news_that_cannot_be_sent_leaves_no_row_either(small: Ward) -> None:
    small.done("Priya", acts.hand_in, IDEA)
    small.tick(after(1))
    small.done("Lena", acts.ask, small.mine("Priya")[0], "Which door?")
    small.sandbox.workspace.deactivate(small.users["Priya"])
    small.tick(after(2))
    assert [row for row in small.rows(OutboxRow) if row.kind == NEWS] == []


def test_ones_own_are_found_among_twenty_thousand(small: Ward) -> None:
    sealer = Sealer(KEY)
    with small.database.write() as session:
        session.add(
            Idea(
                text="One",
                unit_id=1,
                answering_unit_id=1,
                anonymous=True,
                handed_in_at=small.clock.now(),
                moved_at=small.clock.now(),
            )
        )
        session.flush()
        sealed = sealer.seal("T:U")
        session.bulk_insert_mappings(
            ReplyHandle,
            [
                {
                    "token": f"{number:032x}",
                    "idea_id": 1,
                    "sealed": sealed,
                    "key_id": sealer.key_id,
                    "mark": sealer.mark(f"{TEAM_ID}:U{number}", "idea:1"),
                }
                for number in range(20_000)
            ],
        )
    took = []
    for _ in range(3):
        with small.database.read() as session:
            doing = small.doing(session, "Priya")
            doing = Doing(doing.actor, "U19999", TEAM_ID, doing.now, doing.settings)
            began = time.thread_time()
            assert hidden.mine(session, doing) == [1]
            took.append(time.thread_time() - began)
            assert hidden.is_mine(session, doing, 1)
    # About 0.05 s, of the processor: this machine may be busy.
    assert min(took) < 0.3


def test_a_key_that_came_in_keeps_its_day_only_and_is_forgotten_in_time(database: Database) -> None:
    now = at(MONDAY, 13, 37, 11)
    with database.write() as session:
        assert first_time(session, "a trigger", now)
        assert not first_time(session, "a trigger", now + timedelta(hours=3))
    with database.read() as session:
        seen = session.execute(text("SELECT seen_at FROM seen_key")).scalar_one()
        assert "13:37" not in str(seen)
    with database.write() as session:
        forget_old(session, now + timedelta(days=13))
        assert not first_time(session, "a trigger", now)
    with database.write() as session:
        forget_old(session, now + timedelta(days=14))
        assert first_time(session, "a trigger", now)
