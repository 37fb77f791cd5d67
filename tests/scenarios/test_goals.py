"""A goal from the peers: proposed, asked for, judged, adopted and shown, over the local workspace (L5)."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlmodel import col, select

from bot.clock import ManualClock
from bot.courier.desk import Cancel, Go
from bot.digests.plan import Planner
from bot.digests.render import Rendered
from bot.digests.weeks import IsoWeek
from bot.goals import letters, names
from bot.goals.due import GoalPlanner
from bot.ideas.names import beside
from bot.sandbox import TEAM_ID, Message
from bot.sandbox.people import ActResult
from bot.settings import Settings
from storage import goal_rows
from storage.digest_queries import set_wishes
from storage.engine import Database
from storage.goals import Goal, GoalVote
from storage.measures import Measure
from storage.outbox import OutboxRow
from storage.people import Absence, Person, Unit
from storage.terms import GoalState, Op, Vote
from tests.scenarios.conftest import Imported
from tests.scenarios.ideas import Story, buttons_of, opened_story, said

AMARA, PRIYA, DANIEL, FIONA, ELEANOR = (
    "Amara Okafor",
    "Priya Nair",
    "Daniel Osei",
    "Fiona Galbraith",
    "Eleanor Blake",
)
# In the group, and the deputy of Ash Ward; the pair above the whole group; in no group.
JAMES, RUTH, PETER, MARIA = "James Hartley", "Ruth Adeyemi", "Peter Standish", "Maria Santos"
GROUP = "Physicians"
TUESDAY = date(2026, 11, 17)
NOON = datetime(2026, 11, 17, 12, tzinfo=UTC)
MONDAY = date(2026, 11, 23)
AFTER = TUESDAY + timedelta(days=15)
WHY = "Half of us are there on the days with a second reading."


@pytest.fixture
def story(imported: Imported, tmp_path: Path) -> Iterator[Story]:
    """A hospital on Tuesday 17 November 2026."""
    with opened_story(imported, tmp_path) as made:
        yield made


def to(story: Story, day: date, at: time, *, weeks: bool = False) -> None:
    """Go on to a moment; what is due of goals happens, and leaders' weeks come."""
    story.go_to(day, at)
    story.parts.goals.tick()
    if weeks:
        story.parts.leaders.tick()
    story.deliver()


def measure_id(story: Story, key: str) -> int:
    with story.hospital.database.read() as session:
        found = session.exec(select(Measure.id).where(Measure.key == key)).one()
    assert found is not None
    return found


def chosen(story: Story, key: str = "blood-pressure", group: str = GROUP) -> str:
    with story.hospital.database.read() as session:
        return f"{goal_rows.all_groups(session)[group]}:{measure_id(story, key)}"


def proposes(story: Story, who: str, value: str, why: str = WHY, *, key: str = "blood-pressure") -> ActResult:
    """Open the form at home, fill it in and send it."""
    story.home(who)
    assert story.presses_at_home(who, names.PROPOSE).acked
    return story.completes(who, **{names.MEASURE: chosen(story, key), names.VALUE: value, names.WORDS: why})


def goals(story: Story, key: str = "blood-pressure") -> list[Goal]:
    with story.hospital.database.read() as session:
        query = select(Goal).where(Goal.measure_id == measure_id(story, key)).order_by(Goal.id)  # type: ignore[arg-type]
        return list(session.exec(query))


def question(story: Story, who: str, title: str = "Blood pressure") -> Message:
    """The question in somebody's messages, as it stands now."""
    return [one for one in story.dms(who) if "A goal for your group" in said(one) and title in said(one)][-1]


def questions(story: Story, who: str) -> list[Message]:
    return [one for one in story.dms(who) if "A goal for your group" in said(one)]


def person(story: Story, name: str) -> int:
    with story.hospital.database.read() as session:
        found = session.exec(select(Person.id).where(Person.name == name)).one()
    assert found is not None
    return found


def votes(story: Story, who: str, vote: Vote, title: str = "Blood pressure") -> None:
    assert story.presses(who, question(story, who, title), names.VOTES[vote]).acked
    story.deliver()


def others_vote(story: Story, goal_id: int, said_by: dict[str, Vote]) -> None:
    """Others of the group say what they think, straight into rows."""
    with story.hospital.database.write() as session:
        for who, vote in said_by.items():
            row = session.get_one(GoalVote, (goal_id, person(story, who)))
            row.vote = vote
            session.add(row)


MORE = ("Rebecca Thornton", "Imran Siddiqui", ELEANOR, "Mateusz Nowak", "Siobhan Kelly")


def test_a_goal_goes_from_one_of_the_peers_to_everybodys_digest(story: Story) -> None:
    assert proposes(story, AMARA, "78 %").ok
    assert "20 colleagues are asked" in story.told(AMARA)
    goal_id = goals(story)[0].id
    assert goal_id is not None
    # Nobody is asked at once, and leaders never by a message of its own.
    assert questions(story, PRIYA) == []
    to(story, MONDAY, time(7, 31))
    asked = question(story, PRIYA)
    assert "Would *78\u00a0%* for Blood pressure in range be attainable in Physicians?" in said(asked)
    assert "Now half of the group is above" in said(asked)
    assert "and some have reached" in said(asked)
    assert AMARA not in said(asked)
    assert "blood" not in asked.text.lower()
    assert questions(story, JAMES) == []
    votes(story, PRIYA, Vote.STRETCH)
    assert "You said: *a stretch*" in said(question(story, PRIYA))
    votes(story, PRIYA, Vote.ATTAINABLE)
    assert "You said: *attainable*" in said(question(story, PRIYA))
    assert len(questions(story, PRIYA)) == len({one.ts for one in questions(story, PRIYA)})
    # A deputy of a ward votes at home.
    action = beside(names.VOTES[Vote.ATTAINABLE], goal_id)
    assert action in home_actions(story, JAMES)
    assert story.presses_at_home(JAMES, action).acked
    story.deliver()
    assert questions(story, JAMES) == []
    votes(story, FIONA, Vote.STRETCH)
    others_vote(story, goal_id, dict.fromkeys(MORE, Vote.ATTAINABLE))
    # Before it is over nobody can adopt it.
    assert beside(names.ADOPT, goal_id) not in story.home(RUTH)
    to(story, AFTER, time(9, 0))
    goal = goals(story)[0]
    assert goal.state is GoalState.JUDGED
    assert (goal.asked, goal.attainable, goal.stretch, goal.not_attainable) == (20, 7, 1, 0)
    with story.hospital.database.read() as session:
        assert goal_rows.votes_of(session, goal_id) == []
    assert "The vote is over" not in said(question(story, PRIYA))
    assert buttons_of(question(story, PRIYA)) == set()
    assert "can adopt it now" in said(story.last_dm(AMARA))
    # The pair above all of the group: both see it, either may adopt it.
    to(story, MONDAY + timedelta(days=14), time(8, 31), weeks=True)
    weeks = {who: [m for m in story.dms(who) if m.text.startswith("Your week")][-1] for who in (RUTH, PETER)}
    assert (
        "The peers propose *78\u00a0%* for Blood pressure in range: 7 say attainable, 1 a stretch."
        in said(weeks[PETER])
    )
    assert story.presses(PETER, weeks[PETER], beside(names.ADOPT, goal_id)).acked
    story.deliver()
    assert goals(story)[0].state is GoalState.ADOPTED
    for who in (RUTH, PETER):
        now = next(one for one in story.dms(who) if one.ts == weeks[who].ts)
        assert "adopted by Peter Standish" in said(now)
        assert beside(names.ADOPT, goal_id) not in buttons_of(now)
    assert "adopted by Peter Standish" in story.home(RUTH)
    assert "It was adopted by Peter Standish" in said(story.last_dm(AMARA))
    # The same press once more does no harm.
    assert story.comes_again().status == 200


def test_a_leader_who_is_in_the_group_is_asked_in_their_week(story: Story) -> None:
    with story.hospital.database.write() as session:
        ward = session.exec(select(Unit).where(Unit.name == "Ash Ward")).one()
        ward.manager_id = session.exec(select(Person.id).where(Person.name == JAMES)).one()
        session.add(ward)
    assert proposes(story, AMARA, "78 %").ok
    goal_id = goals(story)[0].id
    assert goal_id is not None
    to(story, MONDAY, time(7, 31))
    assert story.dms(JAMES) == []
    to(story, MONDAY, time(8, 31), weeks=True)
    week = next(one for one in story.dms(JAMES) if one.text.startswith("Your week"))
    action = beside(names.VOTES[Vote.STRETCH], goal_id)
    assert action in buttons_of(week)
    assert story.presses(JAMES, week, action).acked
    story.deliver()
    assert action not in buttons_of(story.dms(JAMES)[0])
    assert len(story.dms(JAMES)) == 1
    assert "You said *a stretch*" in story.home(JAMES)


# -- without Slack: the same data, and what is planned from it ----


@pytest.fixture
def data(imported: Imported, tmp_path: Path) -> Iterator[Database]:
    """The hospital's database alone."""
    shutil.copy(imported.database, tmp_path / "rounds.db")
    database = Database(f"sqlite:///{tmp_path / 'rounds.db'}")
    yield database
    database.close()


SETTINGS = Settings.model_construct()


def planner(data: Database, day: date, at: time = time(7, 31)) -> GoalPlanner:
    clock = ManualClock(datetime.combine(day, at, SETTINGS.zone))
    return GoalPlanner(data, clock, SETTINGS, TEAM_ID)


def put_goal(data: Database, **fields: Any) -> int:
    """A goal of the physicians for blood pressure, proposed on Tuesday unless said otherwise."""
    with data.write() as session:
        measure = session.exec(select(Measure.id).where(Measure.key == "blood-pressure")).one()
        assert measure is not None
        goal = Goal(
            measure_id=measure,
            peer_group_id=goal_rows.all_groups(session)[GROUP],
            **{"value": 0.79, "proposed_at": NOON, "votes_until": TUESDAY + timedelta(days=14), **fields},
        )
        session.add(goal)
        session.flush()
        assert goal.id is not None
        members = goal_rows.members_of(session, goal.peer_group_id, TUESDAY)
        if goal.state is GoalState.PROPOSED:
            goal_rows.add_votes(session, goal.id, members)
        return goal.id


def asked(data: Database, goal_id: int) -> list[str]:
    """To whom a question is in the outbox."""
    with data.read() as session:
        rows = goal_rows.letters_about(session, names.ASK, goal_id)
        return sorted(session.get_one(Person, row.recipient_id).name for row in rows)


def all_goals(data: Database, key: str) -> list[Goal]:
    with data.read() as session:
        query = select(Goal).join(Measure, col(Measure.id) == Goal.measure_id).where(Measure.key == key)
        return list(session.exec(query))


def digest_pages(data: Database) -> str:
    """All that the digests of a week say, with their pages and what their pictures show."""
    week = IsoWeek.parse("2026-W46")
    renderer = Planner(data, ManualClock(NOON), SETTINGS, TEAM_ID).renderer(week)
    with data.read() as session:
        people = list(goal_rows.members_of(session, goal_rows.all_groups(session)[GROUP], week.sunday))
    made: list[Any] = [renderer.render(one, ()) for one in people[:4]]
    pages = [
        [one.message.blocks, one.views, one.picture and one.picture.alt_text]
        for one in made
        if isinstance(one, Rendered)
    ]
    assert pages
    return json.dumps(pages, ensure_ascii=False)


@pytest.mark.parametrize(("day", "shown"), [(10, True), (16, False)])
def test_digests_show_the_goal_as_it_was_when_their_week_ended(data: Database, day: int, shown: bool) -> None:
    at = NOON.replace(day=day)
    put_goal(data, state=GoalState.ADOPTED, decided_at=at, attainable=9, stretch=2)
    put_goal(data, state=GoalState.JUDGED, value=0.81)
    pages = digest_pages(data)
    assert ("Your group's goal is 79\u00a0%." in pages) is shown
    assert "81\u00a0%." not in pages
    # What a measure's own file suggests is never shown by itself.
    assert "goal is 95" not in pages


def test_what_a_measure_suggests_becomes_a_question_to_each_compared_group_once(data: Database) -> None:
    assert planner(data, TUESDAY).tick() == 1
    found = all_goals(data, "clot-risk")
    assert [(one.value, one.proposed_by, one.state) for one in found] == [(0.95, None, GoalState.PROPOSED)]
    planner(data, TUESDAY).tick()
    assert len(all_goals(data, "clot-risk")) == 1
    # Too few answered: the suggestion does not come again by itself.
    planner(data, AFTER).tick()
    planner(data, AFTER + timedelta(days=1)).tick()
    assert [one.state for one in all_goals(data, "clot-risk")] == [GoalState.UNHEARD]


def test_whoever_is_away_or_leads_gets_no_question_and_whoever_is_back_does(data: Database) -> None:
    goal_id = put_goal(data)
    with data.write() as session:
        daniel = session.exec(select(Person.id).where(Person.name == DANIEL)).one()
        assert daniel is not None
        session.add(Absence(person_id=daniel, starts=TUESDAY, ends=MONDAY))
    planner(data, MONDAY, time(7, 29)).tick()
    assert asked(data, goal_id) == []
    planner(data, MONDAY).tick()
    first = asked(data, goal_id)
    assert PRIYA in first
    assert DANIEL not in first
    assert JAMES not in first
    # Another replica, and a restart: nobody twice. In the evening nobody for the first time.
    planner(data, MONDAY).tick()
    planner(data, MONDAY, time(22, 0)).tick()
    assert asked(data, goal_id) == first
    planner(data, MONDAY + timedelta(days=7)).tick()
    assert set(asked(data, goal_id)) - set(first) == {DANIEL}


def test_whoever_stopped_or_paused_their_digest_finds_the_question_at_home_only(data: Database) -> None:
    goal_id = put_goal(data)
    with data.write() as session:
        for who, wish in ((PRIYA, {"opted_out_at": NOON}), (DANIEL, {"paused_until": AFTER})):
            found = session.exec(select(Person.id).where(Person.name == who)).one()
            assert found is not None
            set_wishes(session, found, **wish)
    planner(data, MONDAY).tick()
    assert FIONA in asked(data, goal_id)
    assert not {PRIYA, DANIEL} & set(asked(data, goal_id))


def test_figures_that_cannot_be_read_keep_no_vote_from_ending(data: Database) -> None:
    goal_id = put_goal(data)
    with data.write() as session:
        session.execute(text("UPDATE measure_version SET goal = 0.99"))
        session.execute(text("ALTER TABLE observation RENAME TO elsewhere"))
    with pytest.raises(OperationalError):
        planner(data, AFTER).tick()
    with data.read() as session:
        assert session.get_one(Goal, goal_id).state is GoalState.UNHEARD


def test_a_question_is_not_sent_once_it_is_no_longer_one(data: Database) -> None:
    goal_id = put_goal(data)
    guard = letters.guards(SETTINGS, ManualClock(NOON), TEAM_ID)[names.ASK]
    with data.write() as session:
        priya = session.exec(select(Person.id).where(Person.name == PRIYA)).one()
        james = session.exec(select(Person.id).where(Person.name == JAMES)).one()
        row = OutboxRow(
            key="k", op=Op.POST, kind=names.ASK, lane="x", not_before=NOON, created_at=NOON, payload={}
        )
        about = {"goal": goal_id}
        assert guard(session, row, {**about, "person": priya}) == Go()
        assert guard(session, row, {**about, "person": james}) == Cancel(letters.LEADS)
        vote = session.get_one(GoalVote, (goal_id, priya))
        vote.vote = Vote.STRETCH
        session.add(vote)
        assert guard(session, row, {**about, "person": priya}) == Cancel(letters.VOTED)
        session.delete(vote)
        session.flush()
        assert guard(session, row, {**about, "person": priya}) == Cancel(letters.NOT_A_MEMBER)
        session.get_one(Goal, goal_id).state = GoalState.UNHEARD
        assert guard(session, row, {**about, "person": priya}) == Cancel(letters.OVER)


# -- over the local workspace ----


def test_what_cannot_be_a_goal_is_said_beside_its_field(story: Story) -> None:
    story.home(AMARA)
    assert story.presses_at_home(AMARA, names.PROPOSE).acked
    measure = {names.MEASURE: chosen(story)}
    for value, why, expected in (
        ("a lot", WHY, "one number"),
        ("178 %", WHY, "More than 100"),
        ("67 %", WHY, "already"),
        ("0.78", WHY, "with the sign"),
        ("78 %", "Dr Priya Nair reaches it.", "role"),
    ):
        result = story.sends(AMARA, **measure, **{names.VALUE: value, names.WORDS: why})
        assert not result.ok
        assert expected in str(result.errors)
    assert goals(story) == []


def test_the_second_proposer_is_shown_the_first_and_asked_to_vote(story: Story) -> None:
    assert proposes(story, AMARA, "78").ok
    story.closes(AMARA)
    assert proposes(story, PRIYA, "80 %").ok
    page = story.page(PRIYA)
    assert "The group has a proposal for this measure already: *78\u00a0%*" in page
    goal_id = goals(story)[0].id
    assert goal_id is not None
    assert len(goals(story)) == 1
    assert story.presses_on_page(PRIYA, beside(names.VOTES[Vote.ATTAINABLE], goal_id)).acked
    story.deliver()
    assert "You said *attainable*" in story.home(PRIYA)


def test_only_the_groups_leaders_decide_and_a_reason_is_asked_for(story: Story) -> None:
    goal_id = put_goal(
        story.hospital.database,
        state=GoalState.JUDGED,
        judged_at=NOON,
        proposed_by=person(story, AMARA),
        words=WHY,
        asked=20,
        attainable=7,
    )
    assert beside(names.ADOPT, goal_id) not in home_actions(story, "David Llewellyn")
    assert beside(names.NOT_NOW, goal_id) in home_actions(story, RUTH)
    assert story.presses_at_home(RUTH, beside(names.NOT_NOW, goal_id)).acked
    assert not story.completes(RUTH).ok
    assert story.completes(RUTH, **{names.WORDS: "First the new cuffs have to come."}).ok
    assert goals(story)[0].state is GoalState.NOT_ADOPTED
    assert "First the new cuffs have to come." in said(story.last_dm(AMARA))
    story.home(AMARA)
    assert story.presses_at_home(AMARA, names.HISTORY).acked
    assert "not adopted" in story.page(AMARA)


def home_actions(story: Story, who: str) -> set[str]:
    story.home(who)
    view = story.sandbox.workspace.home(story.user(who))
    assert view is not None
    return {
        element["action_id"]
        for block in view.payload["blocks"]
        if block["type"] == "actions"
        for element in block["elements"]
    }


def test_somebody_in_no_group_has_nothing_to_propose(story: Story) -> None:
    assert names.PROPOSE not in home_actions(story, MARIA)
    assert names.PROPOSE in home_actions(story, FIONA)
