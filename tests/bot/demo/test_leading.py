"""How the demo's hospital is led: aims, goals, offers, and when its leaders had their messages."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import col, select

from bot.demo.leading import AIMS, Past, asked_at, month_told, mornings, plant_leading, votes
from bot.ideas.figures.metrics import month_before
from bot.settings import Settings
from bot.unit_month.due import FROM, due_month
from storage.engine import Database
from storage.goals import Goal, GoalVote
from storage.leading import Aim
from storage.outbox import OutboxRow
from storage.talks import Offer
from storage.terms import FOREVER, GoalState, OutboxState
from tests.bot.demo.test_ideas import NOW, SETTINGS, TEAM, open_demo

MINUTE = timedelta(minutes=1)
# Minutes of three years.
MOMENTS = st.integers(0, 3 * 365 * 24 * 60).map(lambda n: datetime(2025, 1, 1, tzinfo=UTC) + n * MINUTE)


def past(database: Database, now: datetime = NOW, settings: Settings = SETTINGS) -> Past:
    return Past(database, settings, now, TEAM)


@pytest.fixture(scope="module")
def led(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    database, _ = open_demo(tmp_path_factory.mktemp("led"))
    plant_leading(past(database))
    yield database
    database.close()


def goals(database: Database) -> list[Goal]:
    with database.read() as session:
        return list(session.exec(select(Goal).order_by(col(Goal.id))).all())


def test_one_goal_is_under_vote_one_may_be_adopted_and_one_took_the_place_of_another(led: Database) -> None:
    found = {goal.state: goal for goal in goals(led)}
    assert set(found) == {GoalState.PROPOSED, GoalState.JUDGED, GoalState.ADOPTED, GoalState.ENDED}
    assert found[GoalState.ADOPTED].measure_id == found[GoalState.ENDED].measure_id
    assert found[GoalState.ENDED].ended_at == found[GoalState.ADOPTED].decided_at
    today = past(led).day_of(NOW)
    assert found[GoalState.PROPOSED].votes_until > today > found[GoalState.JUDGED].votes_until
    for goal in found.values():
        times = [goal.proposed_at, goal.judged_at, goal.decided_at, goal.ended_at]
        known = [at for at in times if at is not None]
        assert known == sorted(known)
        assert known[-1] < NOW


def test_who_said_what_is_kept_of_the_open_vote_alone(led: Database) -> None:
    (open_one,) = [goal.id for goal in goals(led) if goal.state is GoalState.PROPOSED]
    with led.read() as session:
        assert {row.goal_id for row in session.exec(select(GoalVote))} == {open_one}


def test_aims_follow_each_other_and_offers_stand(led: Database) -> None:
    with led.read() as session:
        aims = session.exec(select(Aim)).all()
        offers = session.exec(select(Offer)).all()
    assert len(aims) == len(AIMS)
    assert sum(aim.ended_on == FOREVER for aim in aims) == 2
    assert [offer.measure_id is None for offer in offers] == [True, True, False]
    assert all(offer.ended_at is None and offer.offered_at < NOW for offer in offers)


def test_nobody_is_told_now_what_was_done_long_ago(led: Database) -> None:
    with led.read() as session:
        waiting = select(OutboxRow.id).where(OutboxRow.state == OutboxState.WAITING)
        assert session.exec(waiting).all() == []


def test_the_first_votes_are_given_after_the_question_and_before_now(led: Database) -> None:
    at = past(led)
    moments = [moment for moment, _ in votes(at)]
    assert moments == sorted(moments)
    assert asked_at(at) < moments[0] < moments[-1] < NOW


@given(now=MOMENTS)
def test_leaders_had_a_week_and_a_day_within_one_in_working_hours_before_now(
    led: Database, now: datetime
) -> None:
    at = past(led, now)
    found = mornings(at)
    days = [at.day_of(moment) for moment in found]
    assert found == sorted(found)
    assert len(set(days)) == len(days)
    assert found[-1] <= now < found[-1] + timedelta(days=14)
    assert not [day for day in days if at.is_free(day)]
    firsts = [day for day in days if all(at.is_free(day - timedelta(n + 1)) for n in range(day.weekday()))]
    # One day within a week; on the first of a week the one before it as well.
    assert len(days) - len(firsts) == 1
    assert days[0] == firsts[0]


@given(now=MOMENTS)
def test_peers_were_asked_within_the_last_week(led: Database, now: datetime) -> None:
    assert now - timedelta(days=7) <= asked_at(past(led, now)) <= now


@given(now=MOMENTS)
def test_the_month_was_told_on_a_working_day_from_the_fifteenth_in_its_hours(
    led: Database, now: datetime
) -> None:
    at, _ = month_told(past(led, now))
    local = at.astimezone(SETTINGS.zone)
    assert now - timedelta(days=40) < at < now
    assert local.day >= 15
    assert local.time() >= FROM
    assert due_month(at, SETTINGS) == month_before(local.date().replace(day=1), 1)
