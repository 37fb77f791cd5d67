"""Leaders' messages from rows to Slack: one a day, at its time, about what still waits."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from bot.leading import letters
from bot.sandbox import Faults
from bot.settings import Settings
from storage.engine import Database
from storage.people import SlackAccount
from storage.terms import IdeaEventKind, OutboxState, Rung, Which
from tests.bot.leading.house import House, house_on

# Monday 2 November 2026 and the days after; there is no public holiday in England in that month.
MONDAY = date(2026, 11, 2)


def on(day: int, hour: int = 8, minute: int = 30) -> datetime:
    """A moment of November 2026 in London, where the clocks show UTC."""
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


class Ward(House):
    """A ward with its leadership under a hospital with a director."""

    leader: int
    manager: int
    deputy: int
    director: int
    ward: int
    hospital: int


@pytest.fixture
def ward(database: Database) -> Iterator[Ward]:
    with house_on(database) as house:
        yield furnished(house)


@pytest.fixture
def small(sqlite: Database) -> Iterator[Ward]:
    with house_on(sqlite) as house:
        yield furnished(house)


def furnished(house: House) -> Ward:
    ward = Ward(house.database, house.sandbox, house.clock, house.settings)
    ward.director = ward.person("Dana")
    ward.leader, ward.manager, ward.deputy = (ward.person(name) for name in ("Amira", "Tom", "Jo"))
    ward.hospital = ward.unit("Hospital", leader_id=ward.director)
    ward.ward = ward.unit(
        "Ward 4",
        ward.hospital,
        leader_id=ward.leader,
        manager_id=ward.manager,
        deputy_id=ward.deputy,
    )
    return ward


def numbers_in(ward: Ward, person_id: int, which: int = -1) -> set[int]:
    """The numbers of the ideas that a message of somebody's names."""
    said = json.dumps(ward.dm(person_id)[which].blocks)
    return {number for number in range(1, 50) if f"#{number} " in said or f"#{number}*" in said}


def weeks_begun(ward: Ward) -> None:
    """Monday's messages are out of the way."""
    assert ward.at(on(2)) == 3


def test_each_rung_reaches_who_it_should_on_its_working_day(ward: Ward) -> None:
    ward.clock.set(on(2, 7))
    idea = ward.idea(ward.ward)
    weeks_begun(ward)
    for day in (3, 4, 5, 6, 9, 10, 11, 12, 13, 16, 17):
        ward.at(on(day))
    told = [(one.day.day, one.person_id, one.rung) for one in ward.nudges(idea)]
    # Days are counted after the Monday on which it came.
    assert told == [
        (4, ward.leader, Rung.DAILY),
        (5, ward.leader, Rung.DAILY),
        (6, ward.leader, Rung.BOLD),
        (9, ward.leader, Rung.BOLD),
        *((10, person, Rung.OTHERS) for person in (ward.leader, ward.manager, ward.deputy)),
        *((11, person, Rung.OTHERS) for person in (ward.leader, ward.manager, ward.deputy)),
        (16, ward.director, Rung.ABOVE),
    ]
    assert all(one.sent_at is not None and one.clock is Which.FIRST for one in ward.nudges())
    assert len(ward.dm(ward.leader)) == 8
    assert {state for state, _ in ward.states()} == {OutboxState.SENT}


def test_a_message_is_posted_at_its_time_and_only_once_a_day(ward: Ward) -> None:
    assert ward.at(on(2, 8, 29)) == 0
    assert ward.at(on(2, 8, 30)) == 3
    assert ward.at(on(2, 9)) == 0
    assert [len(ward.dm(one)) for one in (ward.director, ward.leader, ward.manager, ward.deputy)] == [
        1,
        1,
        1,
        0,
    ]
    [message] = ward.messages(ward.leader)
    assert message.week
    assert message.day == MONDAY
    assert message.sent_at is not None


def test_the_letter_holds_ids_and_no_words(small: Ward) -> None:
    small.clock.set(on(2))
    small.planner().tick()
    row = next(row for row in small.rows() if row.recipient_id == small.leader)
    [message] = small.messages(small.leader)
    assert row.payload == {"render": "leader_message", "person": small.leader, "message": message.id}
    assert row.guard == {"name": "leader_message", "person": small.leader}
    assert (row.kind, row.lane, row.period) == ("leader_message", f"person:{small.leader}", "2026-11-02")
    assert row.expires_at == on(2, 18, 0)


def test_nothing_to_say_is_no_message(small: Ward) -> None:
    weeks_begun(small)
    assert small.at(on(3)) == 0
    assert len(small.messages()) == 3


def test_what_becomes_due_after_the_hour_waits_for_the_next_day(small: Ward) -> None:
    small.clock.set(on(2, 7))
    idea = small.idea(small.ward)
    weeks_begun(small)
    planner = small.planner()
    small.clock.set(on(4))
    assert planner.tick() == 1
    small.courier().drain(60)
    small.not_mine(idea, small.leader)
    small.clock.set(on(4, 14))
    assert planner.tick() == 0
    small.clock.set(on(5))
    assert planner.tick() == 2
    assert {one.person_id for one in small.nudges(idea) if one.day == date(2026, 11, 5)} == {
        small.manager,
        small.deputy,
    }


def test_an_idea_that_was_answered_between_planning_and_sending_is_not_in_it(ward: Ward) -> None:
    ward.clock.set(on(2, 7))
    answered, waits = ward.idea(ward.ward), ward.idea(ward.ward)
    weeks_begun(ward)
    ward.clock.set(on(4))
    assert ward.planner().tick() == 1
    ward.clock.advance(timedelta(seconds=5))
    ward.respond(answered, IdeaEventKind.ACKNOWLEDGED, ward.manager)
    ward.courier().drain(60)
    assert numbers_in(ward, ward.leader) == {waits}
    sent = {one.idea_id: one.sent_at is not None for one in ward.nudges()}
    assert sent == {answered: False, waits: True}


def test_with_everything_answered_meanwhile_nothing_is_sent(ward: Ward) -> None:
    ward.clock.set(on(2, 7))
    idea = ward.idea(ward.ward)
    weeks_begun(ward)
    ward.clock.set(on(4))
    ward.planner().tick()
    ward.respond(idea, IdeaEventKind.DECLINED, ward.leader)
    ward.courier().drain(60)
    assert ward.states()[-1] == (OutboxState.CANCELLED, letters.NOTHING_LEFT)
    assert len(ward.dm(ward.leader)) == 1
    assert [one.sent_at for one in ward.nudges()] == [None]


def test_a_question_stops_nothing_and_an_acknowledgement_the_first_clock_only(small: Ward) -> None:
    small.clock.set(on(2, 7))
    idea = small.idea(small.ward)
    weeks_begun(small)
    small.respond(idea, IdeaEventKind.ASKED, small.leader)
    assert small.at(on(4)) == 1
    small.respond(idea, IdeaEventKind.ACKNOWLEDGED, small.leader)
    for day in (5, 6, 9, 10, 11, 12):
        small.at(on(day))
    # The decision was due on the seventh working day, Wednesday 11 November.
    assert [one.clock for one in small.nudges()] == [Which.FIRST]
    small.at(on(13))
    assert [one.clock for one in small.nudges()] == [Which.FIRST, Which.DECISION]
    # Words begin the counting anew; a decision ends it.
    small.respond(idea, IdeaEventKind.NOTED, small.leader)
    small.at(on(16))
    assert len(small.nudges()) == 2
    small.at(on(17))
    assert len(small.nudges()) == 3
    small.respond(idea, IdeaEventKind.ACCEPTED, small.leader)
    small.at(on(18))
    assert len(small.nudges()) == 3


def test_do_not_disturb_is_waited_for(ward: Ward) -> None:
    ward.sandbox.workspace.set_dnd(ward.users[ward.leader], (time(7), time(11, 15)))
    ward.at(on(2))
    assert ward.dm(ward.leader) == []
    assert len(ward.dm(ward.manager)) == 1
    ward.at(on(2, 11, 10))
    assert ward.dm(ward.leader) == []
    ward.at(on(2, 11, 15))
    assert len(ward.dm(ward.leader)) == 1


def test_a_day_of_do_not_disturb_passes_without_a_message_and_the_week_comes_the_next_day(ward: Ward) -> None:
    ward.sandbox.workspace.set_dnd(ward.users[ward.leader], (on(2, 6), on(2, 19)))
    ward.at(on(2))
    ward.at(on(2, 20))
    assert ward.dm(ward.leader) == []
    assert OutboxState.EXPIRED in {state for state, _ in ward.states()}
    ward.at(on(3))
    assert len(ward.dm(ward.leader)) == 1
    assert [(one.day.day, one.week, one.sent_at is not None) for one in ward.messages(ward.leader)] == [
        (2, True, False),
        (3, True, True),
    ]


def test_an_old_answer_about_do_not_disturb_is_not_relied_on(small: Ward) -> None:
    small.clock.set(on(2))
    planner, courier = small.planner(), small.courier()
    assert planner.tick() == 3
    small.clock.advance(timedelta(minutes=10))
    assert sum(courier.run_once()) == 0
    assert all(state is OutboxState.WAITING for state, _ in small.states())
    small.sandbox.workspace.set_dnd(small.users[small.leader], (time(8), time(9)))
    planner.tick()
    small.clock.advance(timedelta(seconds=30))
    assert sum(courier.run_once()) == 2
    assert small.dm(small.leader) == []


def test_without_an_answer_about_do_not_disturb_nothing_goes(sqlite: Database) -> None:
    with house_on(sqlite, Faults(errors={"dnd.teamInfo": ["missing_scope"] * 100})) as house:
        ward = furnished(house)
        ward.at(on(2))
        ward.at(on(2, 12))
        assert ward.dm(ward.leader) == []
        ward.at(on(2, 18, 0))
        assert {state for state, _ in ward.states()} == {OutboxState.EXPIRED}


def test_leave_that_begins_between_planning_and_sending_stops_it(small: Ward) -> None:
    small.clock.set(on(2))
    small.planner().tick()
    small.away(small.leader, MONDAY, MONDAY)
    small.courier().drain(60)
    assert small.dm(small.leader) == []
    assert len(small.dm(small.manager)) == 1


def test_absence_and_delegation_hand_an_idea_on(small: Ward) -> None:
    small.clock.set(on(2, 7))
    idea = small.idea(small.ward)
    small.away(small.leader, date(2026, 11, 4), date(2026, 11, 4))
    stand_in = small.person("Lee")
    small.stands_in(stand_in, small.leader, date(2026, 11, 6), date(2026, 11, 6))
    weeks_begun(small)
    for day in (4, 5, 6, 9):
        small.at(on(day))
    told: dict[int, set[int]] = {}
    for one in small.nudges(idea):
        told.setdefault(one.day.day, set()).add(one.person_id)
    assert told == {
        4: {small.manager, small.deputy},
        5: {small.leader},
        6: {stand_in},
        9: {small.leader},
    }


def test_whoever_an_idea_passes_over_never_hears_of_it(small: Ward) -> None:
    small.clock.set(on(2, 7))
    idea = small.idea(small.ward, answering=small.hospital, above=True)
    weeks_begun(small)
    for day in (*range(3, 7), *range(9, 14), 16):
        small.at(on(day))
    assert {one.person_id for one in small.nudges(idea)} == {small.director}


def test_a_unit_can_switch_its_reminders_off_and_have_rungs_and_hours_of_its_own(small: Ward) -> None:
    other = small.person("Nora")
    silent = small.unit("Ward 7", small.hospital, leader_id=other)
    small.rules(silent, nudges=False)
    small.rules(small.ward, rungs=[1, 2, 3, 4], work_starts=time(10), work_ends=time(12))
    small.clock.set(on(2, 7))
    idea, unheard = small.idea(small.ward), small.idea(silent)
    small.at(on(2, 8, 30))
    assert [len(small.dm(one)) for one in (small.director, small.leader)] == [1, 0]
    small.at(on(2, 10, 30))
    small.at(on(3, 10, 30))
    small.at(on(4, 10, 30))
    assert [(one.day.day, one.rung) for one in small.nudges(idea)] == [(3, Rung.DAILY), (4, Rung.BOLD)]
    assert small.nudges(unheard) == []
    assert small.rows()[-1].expires_at == on(4, 12, 0)


def test_a_snooze_keeps_an_idea_out_of_one_persons_messages(small: Ward) -> None:
    small.clock.set(on(2, 7))
    idea = small.idea(small.ward)
    weeks_begun(small)
    small.at(on(4))
    small.snooze(idea, small.leader, date(2026, 11, 4), 3)
    for day in (5, 6, 9, 10):
        small.at(on(day))
    told = [(one.day.day, one.person_id) for one in small.nudges(idea)]
    assert told == [(4, small.leader), (10, small.leader), (10, small.manager), (10, small.deputy)]


def test_two_replicas_plan_and_send_a_day_once(ward: Ward) -> None:
    ward.clock.set(on(2, 7))
    ward.idea(ward.ward)
    ward.clock.set(on(4))
    planners = [ward.planner() for _ in range(3)]
    planned: list[int] = []
    threads = [threading.Thread(target=lambda one=one: planned.append(one.tick())) for one in planners]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(planned) == 3
    assert len(ward.messages()) == 3
    assert len(ward.nudges()) == 1
    couriers = [ward.courier() for _ in range(2)]
    deliveries = [threading.Thread(target=one.drain, args=(60,)) for one in couriers]
    for thread in deliveries:
        thread.start()
    for thread in deliveries:
        thread.join()
    assert [len(ward.dm(one)) for one in (ward.leader, ward.manager, ward.director)] == [1, 1, 1]


@pytest.mark.parametrize(
    "fault", [{"break_after": {"chat.postMessage": 1}}, {"break_before": {"chat.postMessage": 1}}]
)
def test_a_connection_that_breaks_and_a_restart_send_nothing_twice(
    sqlite: Database, fault: dict[str, Any]
) -> None:
    with house_on(sqlite, Faults(**fault)) as house:
        leader = house.person("Amira")
        house.unit("Ward 4", leader_id=leader)
        house.clock.set(on(2))
        house.planner().tick()
        house.courier().run_once()
        # Another process takes over where this one stopped.
        house.clock.advance(timedelta(minutes=1))
        assert house.planner().tick() == 0
        house.courier().drain(120)
        assert len(house.dm(leader)) == 1
        assert [one.sent_at is not None for one in house.messages()] == [True]


def test_an_account_that_is_not_theirs_any_more_hands_their_ideas_on(small: Ward) -> None:
    small.clock.set(on(2, 7))
    idea = small.idea(small.ward)
    weeks_begun(small)
    with small.database.write() as session:
        account = session.get_one(SlackAccount, 2)
        assert account.person_id == small.leader
        account.deleted = True
        session.add(account)
    small.at(on(4))
    assert {one.person_id for one in small.nudges(idea)} == {small.manager}


@pytest.mark.parametrize("rungs", ["2,4,6", "2,4,4,8", "0,1,2,3", "two", "2,4,6,8,10", "-1,2,3,4", ""])
def test_rungs_that_do_not_ascend_are_refused_with_what_to_write(
    monkeypatch: pytest.MonkeyPatch, rungs: str
) -> None:
    monkeypatch.setenv("ROUNDS_RUNGS", rungs)
    with pytest.raises(ValueError, match="four ascending numbers of working days such as 2,4,6,8"):
        Settings(_env_file=None)


def test_hours_that_end_before_they_begin_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROUNDS_RUNGS", " 1, 3,5 ,7")
    assert Settings(_env_file=None).rungs == (1, 3, 5, 7)
    monkeypatch.setenv("ROUNDS_WORK_STARTS", "19:00")
    with pytest.raises(ValueError, match="ROUNDS_WORK_STARTS has to be before ROUNDS_WORK_ENDS"):
        Settings(_env_file=None)
