"""Due rows in, digest and outbox rows out: once, at the right time, or recorded as skipped."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import func
from sqlmodel import col, select

from bot.clock import ManualClock
from bot.digests.letters import KIND, WELCOME, digest_finished
from bot.digests.plan import Planner, still_wanted
from bot.digests.render import Rendered
from bot.digests.weeks import IsoWeek
from bot.settings import Settings
from storage.digest_queries import digest_of
from storage.digests import Digest
from storage.engine import Database
from storage.outbox import OutboxPicture, OutboxRow
from storage.people import DigestPreference, SlackAccount
from storage.terms import DigestState, Frequency, OutboxState, Weekday
from tests.processes import ready_processes
from tests.world import TEAM, World, steady, weeks

WEEK = IsoWeek.parse("2025-W29")
MONDAY = date(2025, 7, 14)
LAST_26 = weeks(MONDAY, 26)
# Sunday afternoon: everybody's first digest is due on Monday 21 July at 07:30 of their own.
SUNDAY_EVENING = datetime(2025, 7, 20, 17, tzinfo=UTC)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(SUNDAY_EVENING)


def ward(database: Database, size: int = 8, **person: Any) -> World:
    world = World(database)
    measure_id = world.measure()
    for number in range(size):
        world.person(f"C{number}", **person)
        world.observe(measure_id, f"C{number}", steady(LAST_26, 50 + 3 * number))
    return world


def planner(database: Database, clock: ManualClock, **settings: Any) -> Planner:
    return Planner(database, clock, Settings.model_construct(**settings), TEAM)


def states(database: Database, week: IsoWeek = WEEK) -> list[tuple[DigestState, str]]:
    with database.read() as session:
        rows = session.exec(select(Digest).where(Digest.week == str(week)).order_by(col(Digest.person_id)))
        return [(row.state, row.reason) for row in rows]


def outbox(database: Database) -> list[OutboxRow]:
    with database.read() as session:
        return list(session.exec(select(OutboxRow).order_by(col(OutboxRow.id))))


def preference(database: Database, person_id: int, **changes: Any) -> None:
    with database.write() as session:
        row = session.get_one(DigestPreference, person_id)
        for name, value in changes.items():
            setattr(row, name, value)


def test_nothing_is_planned_before_it_is_due_and_everything_once_when_it_is(
    database: Database, clock: ManualClock
) -> None:
    ward(database)
    plan = planner(database, clock)
    assert plan.tick() == 0
    clock.set(datetime(2025, 7, 21, 6, 29, tzinfo=UTC))
    assert plan.tick() == 0
    clock.set(datetime(2025, 7, 21, 6, 30, tzinfo=UTC))  # 07:30 in London
    assert plan.tick() == 8
    assert plan.tick() == 0
    assert states(database) == [(DigestState.PLANNED, "")] * 8
    assert [row.kind for row in outbox(database)] == [WELCOME, KIND] * 8


def test_each_digest_is_kept_with_its_picture_its_facts_and_its_pages(
    sqlite: Database, clock: ManualClock
) -> None:
    ward(sqlite)
    planner(sqlite, clock).plan_week(WEEK)
    with sqlite.read() as session:
        digest = digest_of(session, 1, str(WEEK))
        assert digest is not None
        assert session.exec(select(func.count(col(OutboxPicture.outbox_id)))).one() == 8
        row = session.get_one(OutboxRow, digest.outbox_id)
    assert digest.message is not None
    assert row.payload == {name: digest.message[name] for name in ("text", "blocks")}
    assert set(digest.message["views"]) == {"more", "counted", "why", "who"}
    assert digest.facts["denominator"] == 1200
    assert row.depends_on is not None


def test_the_digest_comes_at_seven_thirty_of_the_persons_own_zone(
    sqlite: Database, clock: ManualClock
) -> None:
    ward(sqlite, zone="Asia/Kathmandu")
    plan = planner(sqlite, clock)
    plan.tick()
    clock.set(datetime(2025, 7, 21, 1, 44, tzinfo=UTC))
    assert plan.tick() == 0
    clock.set(datetime(2025, 7, 21, 1, 45, tzinfo=UTC))
    assert plan.tick() == 8


def test_a_zone_that_changed_on_slack_moves_the_next_digest_along(
    sqlite: Database, clock: ManualClock
) -> None:
    ward(sqlite)
    plan = planner(sqlite, clock)
    plan.tick()
    with sqlite.write() as session:
        for account in session.exec(select(SlackAccount)):
            account.timezone = "America/New_York"
    plan.tick()
    clock.set(datetime(2025, 7, 21, 11, 29, tzinfo=UTC))
    assert plan.tick() == 0
    clock.set(datetime(2025, 7, 21, 11, 30, tzinfo=UTC))
    assert plan.tick() == 8


@pytest.mark.parametrize(
    ("zone", "now"),
    [
        ("Europe/Athens", datetime(2025, 7, 21, 5, 45, tzinfo=UTC)),  # 07:30 in Athens is over
        ("Europe/Dublin", datetime(2025, 7, 21, 7, 0, tzinfo=UTC)),  # due at 06:30, Rounds came up late
    ],
)
def test_a_changed_zone_never_loses_a_week(
    sqlite: Database, clock: ManualClock, zone: str, now: datetime
) -> None:
    ward(sqlite)
    plan = planner(sqlite, clock)
    plan.tick()
    clock.set(now)
    with sqlite.write() as session:
        for account in session.exec(select(SlackAccount)):
            account.timezone = zone
    assert plan.tick() == 8
    clock.advance(timedelta(hours=2))
    assert plan.tick() == 0


def test_two_rounds_of_planning_never_overlap(sqlite: Database, clock: ManualClock) -> None:
    ward(sqlite)
    plan = planner(sqlite, clock)
    plan.tick()
    clock.set(datetime(2025, 7, 21, 7, tzinfo=UTC))
    with ThreadPoolExecutor(3) as pool:
        planned = [round_.result() for round_ in [pool.submit(plan.tick) for _ in range(3)]]
    assert sum(planned) == 8
    with sqlite.read() as session:
        stored = {row.outbox_id: row.png for row in session.exec(select(OutboxPicture))}
        drawn = {row.id: row.recipient_id for row in session.exec(select(OutboxRow))}
    for outbox_id, png in stored.items():
        person_id = drawn[outbox_id]
        assert person_id is not None
        alone = planner(sqlite, clock).renderer(WEEK).render(person_id, [])
        assert isinstance(alone, Rendered)
        assert alone.picture is not None
        assert png == alone.picture.png


def test_a_welcome_that_did_not_arrive_is_said_again_before_the_next_digest(
    sqlite: Database, clock: ManualClock
) -> None:
    ward(sqlite)
    plan = planner(sqlite, clock)
    plan.plan_week(WEEK)
    _finish_all(sqlite, OutboxState.CANCELLED)
    plan.plan_week(WEEK)
    waiting = [row for row in outbox(sqlite) if row.state is OutboxState.WAITING]
    assert [row.kind for row in waiting] == [WELCOME, KIND] * 8
    assert all(row.depends_on for row in waiting if row.kind == KIND)
    _finish_all(sqlite, OutboxState.SENT)
    clock.advance(timedelta(weeks=1))
    preference(sqlite, 1, frequency=Frequency.EVERY_WEEK)
    plan.plan_week(IsoWeek.parse("2025-W30"))
    assert [row.kind for row in outbox(sqlite) if row.state is OutboxState.WAITING] == [KIND]


def _finish_all(database: Database, state: OutboxState) -> None:
    with database.write() as session:
        for row in session.exec(select(OutboxRow).where(OutboxRow.state == OutboxState.WAITING)).all():
            row.state, row.finished_at = state, SUNDAY_EVENING
            session.add(row)
            digest_finished(session, row)


def test_own_weekday_and_time_are_kept(sqlite: Database, clock: ManualClock) -> None:
    ward(sqlite)
    plan = planner(sqlite, clock)
    plan.tick()
    preference(sqlite, 1, weekday=Weekday.WEDNESDAY, at=time(18, 0), next_due=None)
    plan.tick()
    clock.set(datetime(2025, 7, 23, 16, 59, tzinfo=UTC))
    assert plan.tick() == 7
    clock.set(datetime(2025, 7, 23, 17, 0, tzinfo=UTC))
    assert plan.tick() == 1
    assert len(states(sqlite)) == 8


def test_down_over_the_due_time_it_is_sent_once_at_the_restart(sqlite: Database, clock: ManualClock) -> None:
    ward(sqlite)
    planner(sqlite, clock).tick()
    clock.advance(timedelta(days=3))
    plan = planner(sqlite, clock)
    assert plan.tick() == 8
    clock.advance(timedelta(hours=1))
    assert plan.tick() == 0


def test_down_for_too_long_it_is_recorded_as_skipped_and_never_silently_missed(
    sqlite: Database, clock: ManualClock
) -> None:
    ward(sqlite)
    planner(sqlite, clock).tick()
    clock.advance(timedelta(days=18))  # Thursday 7 August
    plan = planner(sqlite, clock)
    assert plan.tick() == 0
    assert (
        states(sqlite, IsoWeek.parse("2025-W31"))
        == [(DigestState.SKIPPED, "Rounds was not running when it was due.")] * 8
    )
    with sqlite.read() as session:
        due = session.get_one(DigestPreference, 1).next_due
    assert due == datetime(2025, 8, 11, 6, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"opted_out_at": SUNDAY_EVENING}, "They ended their digest."),
        ({"paused_until": date(2025, 7, 22)}, "They paused their digest."),
    ],
)
def test_who_paused_or_ended_it_gets_none(
    sqlite: Database, clock: ManualClock, changes: dict[str, Any], reason: str
) -> None:
    ward(sqlite)
    plan = planner(sqlite, clock)
    plan.tick()
    preference(sqlite, 1, **changes)
    clock.set(datetime(2025, 7, 21, 6, 30, tzinfo=UTC))
    assert plan.tick() == 7
    assert states(sqlite)[0] == (DigestState.SKIPPED, reason)


def test_a_pause_ends_on_its_day(sqlite: Database, clock: ManualClock) -> None:
    ward(sqlite)
    plan = planner(sqlite, clock)
    plan.tick()
    preference(sqlite, 1, paused_until=date(2025, 7, 21))
    clock.set(datetime(2025, 7, 21, 6, 30, tzinfo=UTC))
    assert plan.tick() == 8


def test_somebody_away_gets_none(sqlite: Database, clock: ManualClock) -> None:
    world = ward(sqlite)
    world.away(1, date(2025, 7, 20), date(2025, 7, 30))
    planner(sqlite, clock).plan_week(WEEK)
    assert states(sqlite)[0] == (DigestState.SKIPPED, "They are away.")


def test_without_a_slack_account_it_is_held_and_planned_once_there_is_one(
    sqlite: Database, clock: ManualClock
) -> None:
    world = ward(sqlite)
    world.person("LATE", account=False)
    world.observe(1, "LATE", steady(LAST_26))
    plan = planner(sqlite, clock)
    plan.plan_week(WEEK)
    assert states(sqlite)[-1] == (DigestState.HELD, "Nobody in Slack has this email address.")
    with sqlite.write() as session:
        session.add(SlackAccount(team_id=TEAM, user_id="ULATE", person_id=9, email="late@example.org"))
    assert plan.plan_week(WEEK).planned == 1
    assert states(sqlite)[-1] == (DigestState.PLANNED, "")


def test_a_failed_digest_can_be_sent_again_and_a_sent_one_cannot(
    sqlite: Database, clock: ManualClock
) -> None:
    ward(sqlite)
    plan = planner(sqlite, clock)
    plan.plan_week(WEEK)
    with sqlite.write() as session:
        failed, sent = (session.get_one(OutboxRow, number) for number in (2, 4))
        failed.state, failed.outcome = OutboxState.FAILED, "channel_not_found"
        sent.state = OutboxState.SENT
        for row in (failed, sent):
            session.add(row)
            digest_finished(session, row)
    assert states(sqlite)[:2] == [(DigestState.FAILED, "channel_not_found"), (DigestState.SENT, "")]
    assert plan.plan_week(WEEK).planned == 1
    assert len([row for row in outbox(sqlite) if row.kind == KIND]) == 9
    assert states(sqlite)[:2] == [(DigestState.PLANNED, ""), (DigestState.SENT, "")]


def test_a_week_without_new_figures_is_quiet_unless_every_week_was_asked_for(
    sqlite: Database, clock: ManualClock
) -> None:
    ward(sqlite)
    plan = planner(sqlite, clock)
    plan.plan_week(WEEK)
    preference(sqlite, 1, frequency=Frequency.EVERY_WEEK)
    later = IsoWeek.parse("2025-W30")
    clock.advance(timedelta(weeks=1))
    assert plan.plan_week(later).planned == 1
    assert [state for state, _ in states(sqlite, later)] == [DigestState.PLANNED] + [DigestState.QUIET] * 7


def test_a_correction_of_a_figure_that_was_sent_is_told_first_and_once(
    sqlite: Database, clock: ManualClock
) -> None:
    world = ward(sqlite)
    plan = planner(sqlite, clock)
    plan.plan_week(WEEK)
    batch = world.batch()
    world.observe(1, "C0", [(LAST_26[-2], 10, 100)], batch=batch)
    later, latest = IsoWeek.parse("2025-W30"), IsoWeek.parse("2025-W31")
    clock.advance(timedelta(weeks=1))
    assert plan.plan_week(later).planned == 1
    with sqlite.read() as session:
        digest = digest_of(session, 1, str(later))
    assert digest is not None
    assert digest.message is not None
    first = digest.message["blocks"][1]["text"]["text"]
    assert "correction" in first.lower()
    clock.advance(timedelta(weeks=1))
    assert plan.plan_week(latest).planned == 0


def test_a_guard_is_asked_again_just_before_posting(sqlite: Database, clock: ManualClock) -> None:
    world = ward(sqlite)
    plan = planner(sqlite, clock)
    plan.tick()
    with sqlite.read() as session:
        assert still_wanted(session, 1, date(2025, 7, 21)) is None
    preference(sqlite, 1, opted_out_at=SUNDAY_EVENING)
    world.away(2, date(2025, 7, 20), date(2025, 7, 30))
    with sqlite.read() as session:
        assert still_wanted(session, 1, date(2025, 7, 21)) == "They ended their digest."
        assert still_wanted(session, 2, date(2025, 7, 21)) == "They are away."


def _tick(url: str) -> None:
    database = Database(url)
    Planner(
        database, ManualClock(datetime(2025, 7, 21, 7, tzinfo=UTC)), Settings.model_construct(), TEAM
    ).tick()
    database.close()


def test_four_processes_on_one_due_slot_make_one_digest_each(database: Database, clock: ManualClock) -> None:
    ward(database, 6)
    planner(database, clock).tick()
    url = database.url.render_as_string(hide_password=False)
    processes = [ready_processes().Process(target=_tick, args=(url,)) for _ in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0] * 4
    assert len(states(database)) == 6
    assert sorted(row.kind for row in outbox(database)) == [KIND] * 6 + [WELCOME] * 6


def test_the_same_data_gives_the_same_bytes(sqlite: Database, clock: ManualClock) -> None:
    ward(sqlite)
    first, second = (planner(sqlite, clock).renderer(WEEK).render(4, []) for _ in range(2))
    assert repr(first) == repr(second)
