"""Which nudges were answered, which worked, and which rungs do not (N13)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from bot.leading.effects_figures import RungFigures, figures
from storage.engine import Database
from storage.leading import Nudge
from storage.terms import IdeaEventKind as Event
from storage.terms import Part, Rung, Which
from tests.bot.leading.house import House, house_on


def on(day: int, hour: int = 8, minute: int = 30) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


class Ward(House):
    """A ward with a leader, and one idea that was nudged on Wednesday 4 November at half past eight."""

    leader: int
    idea_id: int
    unit_id: int


@pytest.fixture
def ward(database: Database) -> Iterator[Ward]:
    with house_on(database) as house:
        ward = Ward(house.database, house.sandbox, house.clock, house.settings)
        ward.leader = ward.person("Amira")
        ward.unit_id = ward.unit("Ward 4", leader_id=ward.leader)
        ward.clock.set(on(2, 7))
        ward.idea_id = ward.idea(ward.unit_id)
        ward.at(on(2))
        ward.at(on(4))
        assert [one.sent_at is not None for one in ward.nudges()] == [True]
        yield ward


def test_an_answer_within_24_working_hours_worked(ward: Ward) -> None:
    assert ward.follow_up() == 0
    # Two and a half working days of ten hours: Wednesday, Thursday, and Friday until half past twelve.
    ward.clock.set(on(6, 12))
    ward.respond(ward.idea_id, Event.ACKNOWLEDGED, ward.leader)
    ward.follow_up()
    [nudge] = ward.nudges()
    assert (nudge.answered_at, nudge.worked) == (on(6, 12), True)
    assert ward.follow_up() == 0


def test_a_later_answer_is_noted_and_did_not_work(ward: Ward) -> None:
    ward.clock.set(on(6, 12))
    ward.follow_up()
    assert [one.worked for one in ward.nudges()] == [None]
    ward.clock.set(on(6, 13))
    ward.follow_up()
    assert [(one.answered_at, one.worked) for one in ward.nudges()] == [(None, False)]
    ward.clock.set(on(10, 9))
    ward.respond(ward.idea_id, Event.DECLINED, ward.leader)
    ward.follow_up()
    assert [(one.answered_at, one.worked) for one in ward.nudges()] == [(on(10, 9), False)]


def test_the_weekend_is_no_time_to_answer_in(ward: Ward) -> None:
    idea = ward.idea(ward.unit_id)
    ward.clock.set(on(6))
    ward.at(on(6))
    # Sent on Friday; Monday is the second working day.
    ward.clock.set(on(9, 17))
    ward.respond(idea, Event.PUT_OFF, ward.leader)
    ward.follow_up()
    assert [one.worked for one in ward.nudges(idea)] == [True]


def test_neither_a_question_nor_the_sender_answers_a_nudge(ward: Ward) -> None:
    ward.clock.set(on(4, 10))
    ward.respond(ward.idea_id, Event.ASKED, ward.leader)
    ward.respond(ward.idea_id, Event.WITHDRAWN, ward.leader, Part.SUBMITTER)
    ward.follow_up()
    assert [one.answered_at for one in ward.nudges()] == [None]


def test_what_was_never_sent_counts_nowhere(ward: Ward) -> None:
    other = ward.idea(ward.unit_id)
    ward.keep(nudge(ward, other, date(2026, 11, 5), None))
    ward.clock.set(on(5))
    ward.respond(other, Event.ACCEPTED, ward.leader)
    ward.follow_up()
    with ward.database.read() as session:
        assert [(one.rung, one.sent) for one in figures(session)] == [(Rung.DAILY, 1)]


def nudge(ward: Ward, idea: int, day: date, sent_at: datetime | None) -> Nudge:
    return Nudge(
        idea_id=idea, person_id=ward.leader, day=day, rung=Rung.DAILY, clock=Which.FIRST, sent_at=sent_at
    )


def test_a_rung_that_does_not_work_is_reported_once_a_quarter(ward: Ward) -> None:
    for n in range(49):
        sent_at = on(4) - timedelta(days=20 + n)
        ward.keep(nudge(ward, ward.idea_id, sent_at.date(), sent_at))
    ward.clock.set(on(5))
    with capture_logs() as logs:
        ward.follow_up()
    # Fifty were sent, and one of them is not judged yet.
    assert [one["event"] for one in logs if one["log_level"] == "warning"] == []
    ward.clock.set(on(6, 13))
    with capture_logs() as logs:
        ward.follow_up()
        ward.follow_up()
    said = [one for one in logs if one["event"] == "rung_does_not_work"]
    assert [(one["rung"], one["judged"], one["worked"]) for one in said] == [("daily", 50, 0)]


def test_a_rung_is_weak_under_a_tenth_of_fifty() -> None:
    assert RungFigures(Rung.BOLD, 60, 50, 4).weak
    assert not RungFigures(Rung.BOLD, 60, 50, 5).weak
    assert not RungFigures(Rung.BOLD, 60, 49, 0).weak
    assert RungFigures(Rung.BOLD, 3, 0, 0).share is None
