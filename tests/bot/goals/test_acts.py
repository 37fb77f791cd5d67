"""What people do with goals, on rows: in whatever order, nothing is adopted that the group was not asked."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session, select

from bot.access import Actor
from bot.clock import ManualClock
from bot.courier.desk import Defer, Go, Verdict
from bot.goals import acts, letters, names
from bot.goals.gather import Standings, ask_facts, goals_in_week, history
from bot.goals.rules import LEAST_VOTES
from bot.ideas.doing import Doing, Done, Outcome, Refused
from bot.settings import Settings
from storage import goal_rows
from storage.engine import Database
from storage.goals import Goal, GoalVote
from storage.measures import ImportBatch, Measure, MeasureVersion
from storage.outbox import OutboxRow
from storage.people import Membership, PeerGroup, Person, SlackAccount, Unit
from storage.terms import BatchState, Direction, Domain, GoalState, Kind, Mode, PeriodLength, Vote

NOW = datetime(2026, 11, 17, 10, 15, tzinfo=UTC)
TODAY = NOW.date()
SETTINGS = Settings.model_construct()
MEMBERS = 6


@dataclass
class Group:
    """Six peers on two wards, the pair of the hospital above, and the leader of one ward."""

    database: Database
    peers: list[int] = field(default_factory=list)
    leader: int = 0
    manager: int = 0
    ward_leader: int = 0
    group: int = 0
    measure: int = 0

    def doing(self, person_id: int, at: datetime = NOW) -> Doing:
        with self.database.read() as session:
            leads = goal_rows.led_by(session, person_id, at.date())
        actor = Actor(person_id, confirmed=True, leads=leads)
        return Doing(actor=actor, user_id=f"U{person_id}", team_id="T", now=at, settings=SETTINGS)

    def proposes(
        self, person_id: int, value: float = 0.78, at: datetime = NOW
    ) -> Goal | acts.First | Refused:
        doing = self.doing(person_id, at)
        with self.database.write() as session:
            return acts.propose(session, doing, acts.Proposal(self.group, self.measure, value, "Why not?"))

    def does(self, act: Callable[[Session, Doing], Outcome], person_id: int, at: datetime = NOW) -> Outcome:
        doing = self.doing(person_id, at)
        with self.database.write() as session:
            outcome = act(session, doing)
            if isinstance(outcome, Refused):
                session.rollback()
            return outcome

    def votes(self, goal_id: int, said: list[Vote]) -> None:
        for peer, vote in zip(self.peers, said, strict=False):
            assert self.does(lambda s, d, v=vote: acts.vote(s, d, goal_id, v), peer) == Done()  # type: ignore[misc]

    def closes(self, goal_id: int, on: date) -> None:
        with self.database.write() as session:
            goal = session.get_one(Goal, goal_id)
            acts.close_if_over(session, goal, datetime(on.year, on.month, on.day, tzinfo=UTC), on)

    def goal(self, goal_id: int) -> Goal:
        with self.database.read() as session:
            return session.get_one(Goal, goal_id)


def made(database: Database) -> Group:
    found = Group(database)
    with database.write() as session:

        def add(row: object) -> int:
            session.add(row)
            session.flush()
            number = row.id  # type: ignore[attr-defined]
            assert isinstance(number, int)
            return number

        people = [add(Person(email=f"p{n}@example.org", name=f"Person {n}")) for n in range(MEMBERS + 3)]
        *found.peers, found.leader, found.manager, found.ward_leader = people
        top = add(Unit(name="Hospital", leader_id=found.leader, manager_id=found.manager))
        wards = [
            add(Unit(name="Ward 1", parent_id=top, leader_id=found.ward_leader)),
            add(Unit(name="Ward 2", parent_id=top)),
        ]
        found.group = add(PeerGroup(name="Physicians"))
        for number, person in enumerate(found.peers):
            session.add(Membership(person_id=person, unit_id=wards[number % 2], peer_group_id=found.group))
        batch = add(ImportBatch(state=BatchState.LIVE, source="x", imported_by="x", started_at=NOW))
        found.measure = add(Measure(key="blood-pressure"))
        session.add(
            MeasureVersion(
                measure_id=found.measure,
                batch_id=batch,
                title="Blood pressure in range",
                why="",
                numerator="patients",
                denominator="patients",
                kind=Kind.PROPORTION,
                direction=Direction.HIGHER,
                mode=Mode.REPETITIVE,
                domain=Domain.PROCESS,
                period=PeriodLength.WEEK,
                min_denominator=10,
                per=1,
                action="",
            )
        )
    return found


@pytest.fixture
def group(database: Database) -> Group:
    return made(database)


def proposed(group: Group, value: float = 0.78, at: datetime = NOW) -> int:
    goal = group.proposes(group.peers[0], value, at)
    assert isinstance(goal, Goal)
    assert goal.id is not None
    return goal.id


def heard(group: Group, value: float = 0.78) -> int:
    goal_id = proposed(group, value)
    group.votes(goal_id, [Vote.ATTAINABLE] * 5 + [Vote.STRETCH])
    return goal_id


def test_when_everybody_has_voted_counts_are_kept_and_who_said_what_is_forgotten(group: Group) -> None:
    goal = group.goal(heard(group))
    assert goal.state is GoalState.JUDGED
    assert (goal.asked, goal.attainable, goal.stretch, goal.not_attainable) == (6, 5, 1, 0)
    with group.database.read() as session:
        assert session.exec(select(GoalVote)).all() == []


def test_either_of_the_pair_adopts_and_the_earlier_goal_ends(group: Group) -> None:
    first, second = heard(group), 0
    assert group.does(lambda s, d: acts.adopt(s, d, first), group.leader) == Done()
    second = heard(group, 0.8)
    assert group.does(lambda s, d: acts.adopt(s, d, second), group.manager) == Done()
    assert group.goal(first).state is GoalState.ENDED
    assert group.goal(first).ended_at == NOW
    assert group.goal(second).decided_by == group.manager
    assert group.does(lambda s, d: acts.adopt(s, d, second), group.leader) == Refused(acts.DECIDED)
    with group.database.read() as session:
        told = history(session, group.peers[2], (), TODAY, SETTINGS)
    assert [(one.value, one.state) for one in told] == [(0.8, GoalState.ADOPTED), (0.78, GoalState.ENDED)]
    assert group.does(lambda s, d: acts.end(s, d, second, ""), group.leader) == Done()
    assert group.goal(second).state is GoalState.ENDED


def test_nobody_else_adopts(group: Group) -> None:
    goal_id = heard(group)
    for person in (group.peers[0], group.ward_leader):
        assert isinstance(group.does(lambda s, d: acts.adopt(s, d, goal_id), person), Refused)
    assert group.goal(goal_id).state is GoalState.JUDGED


def test_one_is_asked_about_at_a_time_and_only_by_somebody_in_the_group(group: Group) -> None:
    goal_id = proposed(group)
    assert group.proposes(group.peers[1], 0.9) == acts.First(goal_id)
    assert isinstance(group.proposes(group.leader, 0.9), Refused)
    assert isinstance(group.does(lambda s, d: acts.vote(s, d, goal_id, Vote.STRETCH), group.leader), Refused)
    assert group.does(lambda s, d: acts.withdraw(s, d, goal_id), group.peers[1]) != Done()
    assert group.does(lambda s, d: acts.withdraw(s, d, goal_id), group.peers[0]) == Done()
    assert isinstance(group.proposes(group.peers[1], 0.9), Goal)


def test_what_a_measure_suggests_is_put_to_a_group_once_by_whichever_replica_is_first(group: Group) -> None:
    proposal = acts.Proposal(group.group, group.measure, 0.8, "")

    def suggested() -> bool:
        with group.database.write() as session:
            return acts.suggest(session, proposal, NOW, TODAY) is not None

    with ThreadPoolExecutor(1) as other:
        with group.database.write() as session:
            assert acts.suggest(session, proposal, NOW, TODAY) is not None
            second = other.submit(suggested)
            wait([second], timeout=0.3)
            assert not second.done()
        assert second.result() is False


def test_what_came_of_a_proposal_is_not_told_at_night(group: Group) -> None:
    with group.database.write() as session:
        email, zone = "p0@example.org", "Asia/Kolkata"
        account = SlackAccount(
            team_id="T", user_id="U0", person_id=group.peers[0], email=email, timezone=zone
        )
        session.add(account)
    goal = group.proposes(group.peers[0])
    assert isinstance(goal, Goal)
    assert goal.id is not None
    group.closes(goal.id, TODAY + timedelta(days=20))
    with group.database.read() as session:
        row = session.exec(select(OutboxRow).where(OutboxRow.kind == names.OUTCOME)).one()
        assert row.guard is not None

        def said(hour: int, minute: int = 0) -> Verdict:
            now = datetime(2026, 12, 8, hour, minute, tzinfo=UTC)
            return letters.guards(SETTINGS, ManualClock(now), "T")[names.OUTCOME](
                session, row, row.guard or {}
            )

        # Eight in the morning in Kolkata.
        assert said(0) == Defer(datetime(2026, 12, 8, 2, 30, tzinfo=UTC), "their usual hours have not begun")
        assert said(2, 30) == Go()


def test_the_group_is_not_compared_for_a_question_that_is_not_asked_any_more(group: Group) -> None:
    goal = group.proposes(group.peers[0])
    assert isinstance(goal, Goal)
    assert goal.id is not None

    def through(person_id: int) -> date | None:
        with group.database.read() as session:
            found = ask_facts(session, goal.id or 0, person_id, NOW, SETTINGS, Standings(SETTINGS))
        assert found is not None
        return found.through

    assert through(group.peers[1]) is not None
    group.votes(goal.id, [Vote.STRETCH])
    assert through(group.peers[0]) is None
    group.closes(goal.id, TODAY + timedelta(days=20))
    assert through(group.peers[1]) is None


def test_too_few_answers_and_most_against_it_end_without_a_goal(group: Group) -> None:
    goal_id = proposed(group)
    group.votes(goal_id, [Vote.ATTAINABLE] * 2)
    group.closes(goal_id, TODAY + timedelta(days=14))
    assert group.goal(goal_id).state is GoalState.PROPOSED
    group.closes(goal_id, TODAY + timedelta(days=15))
    assert group.goal(goal_id).state is GoalState.UNHEARD
    again = proposed(group)
    group.votes(again, [Vote.NOT_ATTAINABLE] * 4 + [Vote.STRETCH] * 2)
    assert group.goal(again).state is GoalState.UNATTAINABLE
    assert group.does(lambda s, d: acts.adopt(s, d, again), group.leader) == Refused(acts.NOT_HEARD)
    late = group.does(lambda s, d: acts.vote(s, d, again, Vote.STRETCH), group.peers[0])
    assert late == Refused(acts.OVER)


def test_whoever_leaves_is_waited_for_no_longer_and_what_they_said_stays(group: Group) -> None:
    goal_id = proposed(group)
    group.votes(goal_id, [Vote.STRETCH] * 4)
    with group.database.write() as session:
        for gone in (group.peers[0], group.peers[5]):
            row = session.exec(select(Membership).where(Membership.person_id == gone)).one()
            row.ends = TODAY - timedelta(days=1)
            session.add(row)
    assert group.does(lambda s, d: acts.vote(s, d, goal_id, Vote.STRETCH), group.peers[4]) == Done()
    goal = group.goal(goal_id)
    assert (goal.state, goal.stretch, goal.asked) == (GoalState.JUDGED, 5, 5)


def test_counts_of_an_open_vote_are_shown_to_nobody(group: Group) -> None:
    goal_id = proposed(group)

    def shown(person: int) -> bool:
        with group.database.read() as session:
            leads = goal_rows.led_by(session, person, TODAY)
            return history(session, person, leads, TODAY, SETTINGS)[0].tally is not None

    seen = []
    for peer in group.peers[:5]:
        group.does(lambda s, d: acts.vote(s, d, goal_id, Vote.STRETCH), peer)
        seen.append((shown(group.leader), shown(group.peers[5])))
    assert seen == [(False, False)] * 5


def test_the_leaders_week_tells_what_waits_for_them_and_of_what_was_decided(group: Group) -> None:
    goal_id = heard(group)
    with group.database.read() as session:
        week = goals_in_week(session, group.leader, NOW, SETTINGS)
        assert goals_in_week(session, group.ward_leader, NOW, SETTINGS) is None
    assert week is not None
    assert [one.id for one in week.to_decide] == [goal_id]
    assert group.does(lambda s, d: acts.adopt(s, d, goal_id), group.leader) == Done()
    with group.database.read() as session:
        week = goals_in_week(session, group.manager, NOW, SETTINGS)
        later = goals_in_week(session, group.manager, NOW + timedelta(days=8), SETTINGS)
    assert week is not None
    assert [(one.id, one.decided_by) for one in week.news] == [(goal_id, "Person 6")]
    assert later is None


STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ["vote", "vote", "vote", "day", "close", "adopt", "not_now", "end", "withdraw", "propose"]
        ),
        st.integers(0, MEMBERS + 2),
        st.sampled_from(list(Vote)),
    ),
    max_size=25,
)


def act_of(what: str, goal_id: int, vote: Vote) -> Callable[[Session, Doing], Outcome]:
    return {
        "vote": lambda s, d: acts.vote(s, d, goal_id, vote),
        "adopt": lambda s, d: acts.adopt(s, d, goal_id),
        "not_now": lambda s, d: acts.not_now(s, d, goal_id, "Later."),
        "end": lambda s, d: acts.end(s, d, goal_id, ""),
        "withdraw": lambda s, d: acts.withdraw(s, d, goal_id),
    }[what]


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_in_no_order_is_a_goal_adopted_before_the_group_was_asked(
    sqlite: Database, steps: list[tuple[str, int, Vote]]
) -> None:
    with sqlite.write() as session:
        for table in (
            "goal_vote",
            "goal",
            "outbox",
            "membership",
            "measure_version",
            "measure",
            "import_batch",
        ):
            session.connection().exec_driver_sql(f"DELETE FROM {table}")
        session.connection().exec_driver_sql("DELETE FROM unit WHERE parent_id IS NOT NULL")
        for table in ("unit", "peer_group", "person"):
            session.connection().exec_driver_sql(f"DELETE FROM {table}")
    group = made(sqlite)
    people = [*group.peers, group.leader, group.manager, group.ward_leader]
    at, goal_id = NOW, proposed(group)
    for what, who, vote in steps:
        person = people[who]
        if what == "day":
            at += timedelta(days=5)
        elif what == "close":
            group.closes(goal_id, at.date())
        elif what == "propose":
            found = group.proposes(person, 0.8, at)
            goal_id = found.id if isinstance(found, Goal) and found.id is not None else goal_id
        else:
            group.does(act_of(what, goal_id, vote), person, at)
        with sqlite.read() as session:
            goals = list(session.exec(select(Goal)))
        for goal in goals:
            votes = goal.attainable + goal.stretch + goal.not_attainable
            if goal.state in (GoalState.ADOPTED, GoalState.ENDED):
                assert votes >= LEAST_VOTES
                assert 2 * goal.not_attainable <= votes
                assert goal.decided_by in (group.leader, group.manager)
        assert sum(goal.state is GoalState.ADOPTED for goal in goals) <= 1
        assert sum(goal.state in (GoalState.PROPOSED, GoalState.JUDGED) for goal in goals) <= 1
