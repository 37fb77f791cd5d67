"""Two rates, two waits, four bottlenecks: what counts, what leaves, and what is too few to show."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.ideas.figures.metrics import (
    LEAST,
    Figures,
    Share,
    bottlenecks,
    frame_of,
    gather_figures,
    held_back,
    is_in_training,
)
from bot.ideas.figures.metrics_words import metrics_blocks
from bot.ideas.figures.waits import time_between, wait_of
from bot.ideas.working import WorkingDays
from bot.settings import Settings
from storage.engine import Database
from storage.idea_figures import IdeaRow
from storage.terms import IdeaState
from tests.bot.ideas.planted import Hospital, days

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)  # a Friday
OCTOBER = datetime(2026, 10, 5, 9, tzinfo=UTC)  # a Monday
LONDON = WorkingDays(Settings.model_construct().zone, "GB-ENG")


def figures(database: Database, settings: Settings, **options: object) -> Figures:
    with database.read() as session:
        return gather_figures(session, NOW, settings, **options)  # type: ignore[arg-type]


def row(**changes: object) -> IdeaRow:
    plain = IdeaRow(
        id=1,
        state=IdeaState.NEW,
        unit_id=1,
        answering_unit_id=1,
        anonymous=True,
        above=False,
        own_control=False,
        submitter_id=None,
        profession="",
        grade="",
        merged_into_id=None,
        assignee_id=None,
        owner_id=None,
        handed_in_at=NOW,
        moved_at=NOW,
        first_words_at=None,
        decided_at=None,
        implemented_at=None,
        verified_at=None,
        acknowledge_by=None,
        decide_by=None,
        update_by=None,
        due_on=None,
        in_place_at=None,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


# -- of ideas -------------------------------------------------------------------------------------------


def test_the_rate_of_ideas_keeps_the_unanswered_and_the_withdrawn_and_lets_merged_ones_leave(
    database: Database, settings: Settings
) -> None:
    hospital = Hospital(database)
    ward = hospital.unit("Ash Ward")
    first = hospital.idea(ward, OCTOBER, words_after=days(1), verified_after=days(20))
    hospital.idea(ward, OCTOBER)
    hospital.idea(ward, OCTOBER, state=IdeaState.WITHDRAWN)
    hospital.idea(ward, OCTOBER, state=IdeaState.MERGED, merged_into_id=first)
    assert figures(database, settings).ideas == Share(1, 3)


def test_an_idea_counts_in_the_month_of_handing_in_in_the_sites_own_zone(
    sqlite: Database, settings: Settings
) -> None:
    hospital = Hospital(sqlite)
    ward = hospital.unit("Ash Ward")
    # Half past midnight on 1 October in London, still September in UTC; confirmed in November.
    hospital.idea(ward, datetime(2026, 9, 30, 23, 30, tzinfo=UTC), verified_after=days(40))
    months = figures(sqlite, settings, months=3).months
    assert [(month.first, month.ideas) for month in months] == [
        (date(2026, 9, 1), Share(0, 0)),
        (date(2026, 10, 1), Share(1, 1)),
        (date(2026, 11, 1), Share(0, 0)),
    ]


def test_through_a_day_counts_what_was_known_by_its_end(sqlite: Database, settings: Settings) -> None:
    hospital = Hospital(sqlite)
    ward = hospital.unit("Ash Ward")
    hospital.idea(ward, OCTOBER, verified_after=days(10))
    hospital.idea(ward, OCTOBER + days(20))
    assert figures(sqlite, settings, through=date(2026, 10, 14)).ideas == Share(0, 1)
    assert figures(sqlite, settings, through=date(2026, 10, 15)).ideas == Share(1, 1)


def test_a_day_to_come_and_no_month_are_refused(settings: Settings) -> None:
    with pytest.raises(ValueError, match="still to come"):
        frame_of(NOW, settings, 3, date(2026, 11, 21))
    with pytest.raises(ValueError, match="one month"):
        frame_of(NOW, settings, 0)


# -- of people ------------------------------------------------------------------------------------------


def test_people_are_counted_once_by_named_ideas_that_were_ever_put_in_place(
    database: Database, settings: Settings
) -> None:
    hospital = Hospital(database)
    ward = hospital.unit("Ash Ward")
    ann, ben, cleo, *_ = hospital.people(ward)
    hospital.idea(ward, OCTOBER, sender=ann, verified_after=days(9))
    hospital.idea(ward, OCTOBER, sender=ann)
    # In place once, then disputed: it was in place, though not confirmed.
    hospital.idea(ward, OCTOBER, sender=ben, in_place_after=days(9), state=IdeaState.DISPUTED)
    hospital.idea(ward, OCTOBER, sender=cleo)
    hospital.idea(ward, OCTOBER, verified_after=days(9))  # anonymous
    found = figures(database, settings)
    assert found.people == Share(2, 3)
    assert found.ideas == Share(2, 5)
    assert found.in_place == 3


def test_a_merged_idea_counts_for_its_sender_as_the_one_it_ended_in(
    database: Database, settings: Settings
) -> None:
    hospital = Hospital(database)
    ward = hospital.unit("Ash Ward")
    ann, *_ = hospital.people(ward)
    long_ago = OCTOBER - days(900)
    last = hospital.idea(ward, long_ago, verified_after=days(9))
    between = hospital.idea(ward, long_ago, state=IdeaState.MERGED, merged_into_id=last)
    hospital.idea(ward, OCTOBER, sender=ann, state=IdeaState.MERGED, merged_into_id=between)
    found = figures(database, settings)
    assert found.people == Share(1, 1)
    assert found.ideas == Share(0, 0)


def test_doctors_in_training_are_told_apart_from_five_on(sqlite: Database, settings: Settings) -> None:
    hospital = Hospital(sqlite)
    ward = hospital.unit("Ash Ward")
    for number in range(LEAST):
        assert figures(sqlite, settings).in_training is None
        doctor = hospital.person(f"Doctor {number}", ward, "doctor", "doctor in training")
        hospital.idea(ward, OCTOBER, sender=doctor, verified_after=days(3) if number else None)
    assert figures(sqlite, settings).in_training == Share(4, 5)


@pytest.mark.parametrize(
    ("profession", "grade", "expected"),
    [
        ("doctor", "doctor in training", True),
        ("Doctor", "Foundation year 2", True),
        ("resident doctor", "", True),
        ("doctor", "consultant", False),
        ("nurse", "trainee", False),
        ("", "", False),
    ],
)
def test_who_is_a_doctor_in_training(profession: str, grade: str, expected: bool) -> None:
    assert is_in_training(profession, grade) is expected


# -- waiting --------------------------------------------------------------------------------------------


def test_the_unanswered_count_so_that_silence_never_looks_quick() -> None:
    # Of ten ideas four were answered, after one day each; six have waited for ten. A median of the answered
    # ones would say one day.
    wait = wait_of([(1.0, True)] * 4 + [(10.0, False)] * 6)
    assert (wait.median, wait.p90) == (None, None)
    assert (wait.answered, wait.waiting) == (4, 6)


def test_the_estimate_is_that_of_kaplan_and_meier() -> None:
    # By hand: still waiting after 1: 5/6; after 3: 5/6 · 3/4 = 0.625; after 4: · 2/3 = 0.417; after 6: 0.
    spans = [(1.0, True), (2.0, False), (3.0, True), (4.0, True), (5.0, False), (6.0, True)]
    wait = wait_of(spans)
    assert (wait.median, wait.p90) == (4.0, 6.0)


@given(st.lists(st.floats(0, 100), min_size=1, max_size=60))
def test_with_all_answered_half_have_heard_by_the_median_and_nine_in_ten_by_the_other(
    waits: list[float],
) -> None:
    wait = wait_of([(days, True) for days in waits])
    assert wait.median is not None
    assert wait.p90 is not None
    for value, share in ((wait.median, 0.5), (wait.p90, 0.9)):
        assert sum(days <= value for days in waits) >= share * len(waits) - 1e-6
        assert sum(days < value for days in waits) < share * len(waits)


def test_nothing_has_no_wait() -> None:
    with pytest.raises(ValueError, match="nothing has waited"):
        wait_of([])


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2026-11-20 12:00", "2026-11-23 12:00", 1.0),  # Friday noon to Monday noon
        ("2026-11-21 09:00", "2026-11-22 09:00", 0.0),  # within a weekend
        ("2026-11-18 06:00", "2026-11-18 18:00", 0.5),
        ("2026-12-24 12:00", "2026-12-29 12:00", 1.0),  # Christmas, a substitute day and a weekend
        ("2026-11-23 12:00", "2026-11-20 12:00", 0.0),
    ],
)
def test_time_is_told_in_working_days(start: str, end: str, expected: float) -> None:
    began, ended = (datetime.fromisoformat(text).replace(tzinfo=LONDON.zone) for text in (start, end))
    assert time_between(LONDON, began, ended) == pytest.approx(expected)


def test_a_withdrawn_idea_stopped_waiting_and_what_the_team_began_itself_never_waited(
    sqlite: Database, settings: Settings
) -> None:
    hospital = Hospital(sqlite)
    ward = hospital.unit("Ash Ward")
    for _ in range(LEAST):
        hospital.idea(ward, OCTOBER, words_after=days(1))
    hospital.idea(ward, OCTOBER, state=IdeaState.WITHDRAWN, moved_at=OCTOBER + timedelta(hours=1))
    hospital.idea(ward, OCTOBER, state=IdeaState.ACCEPTED, own_control=True)
    wait = figures(sqlite, settings).wait
    assert wait is not None
    assert (wait.median, wait.p90, wait.answered, wait.waiting) == (1.0, 1.0, LEAST, 1)


def test_fewer_than_five_ideas_have_no_wait(sqlite: Database, settings: Settings) -> None:
    hospital = Hospital(sqlite)
    ward = hospital.unit("Ash Ward")
    for number in range(LEAST):
        assert (figures(sqlite, settings).wait is None) is (number < LEAST)
        hospital.idea(ward, OCTOBER, words_after=days(1))
    assert figures(sqlite, settings).wait is not None


# -- groups ---------------------------------------------------------------------------------------------


def test_groups_of_fewer_than_five_ideas_or_people_are_never_broken_out(
    sqlite: Database, settings: Settings
) -> None:
    hospital = Hospital(sqlite)
    large, quiet, small = (
        hospital.unit("Ash Ward"),
        hospital.unit("Beech Ward"),
        hospital.unit("Night team", people=4),
    )
    for unit, number in ((large, 9), (quiet, 2), (small, 9)):
        for _ in range(number):
            hospital.idea(unit, OCTOBER, words_after=days(1))
    shown = {group.name: group.ideas for group in figures(sqlite, settings).units}
    assert shown == {"Ash Ward": Share(0, 9), "Beech Ward": None, "Night team": None}


def test_a_small_group_is_not_left_to_be_worked_out_from_the_total() -> None:
    people = dict.fromkeys("abc", 20)
    assert held_back({"a": 30, "b": 8, "c": 3}, people) == {"b", "c"}
    assert held_back({"a": 30, "b": 3, "c": 4}, people) == {"b", "c"}
    assert held_back({"a": 30, "b": 8}, people) == frozenset()
    assert held_back({"a": 3}, people) == {"a"}


@given(st.dictionaries(st.text("abcdef", min_size=1), st.integers(1, 30), max_size=6), st.data())
def test_what_is_held_back_is_never_a_handful(ideas: dict[str, int], data: st.DataObject) -> None:
    people = {name: data.draw(st.integers(0, 12)) for name in ideas}
    held = held_back(ideas, people)
    assert all(ideas[name] >= LEAST and people[name] >= LEAST for name in ideas.keys() - held)
    together = sum(ideas[name] for name in held)
    assert together == 0 or together >= LEAST or held == ideas.keys()


def test_professions_are_those_of_named_senders_and_of_five_people_at_least(
    sqlite: Database, settings: Settings
) -> None:
    hospital = Hospital(sqlite)
    ward = hospital.unit("Ash Ward")
    clerk = hospital.person("Clerk", ward, "ward clerk")
    for nurse in hospital.people(ward)[:6]:
        hospital.idea(ward, OCTOBER, sender=nurse, words_after=days(1))
    for _ in range(6):
        hospital.idea(ward, OCTOBER, sender=clerk, words_after=days(1))
        hospital.idea(ward, OCTOBER, words_after=days(1))
    found = {group.name: group.wait for group in figures(sqlite, settings).professions}
    assert found.keys() == {"nurse", "ward clerk"}
    assert found["nurse"] is not None
    assert found["nurse"].answered == 6
    assert found["ward clerk"] is None


def test_a_leader_sees_the_ideas_that_their_units_answer(sqlite: Database, settings: Settings) -> None:
    hospital = Hospital(sqlite)
    top = hospital.unit("Medicine")
    ward = hospital.unit("Ash Ward", parent=top)
    hospital.idea(ward, OCTOBER)
    hospital.idea(ward, OCTOBER, answering_unit_id=top, above=True)
    assert figures(sqlite, settings, units=[ward]).ideas == Share(0, 1)
    assert figures(sqlite, settings, units=[top]).ideas == Share(0, 1)
    assert figures(sqlite, settings).ideas == Share(0, 2)
    assert list(figures(sqlite, settings, units=[ward]).stuck_by_unit) == ["Ash Ward"]


# -- bottlenecks ----------------------------------------------------------------------------------------


def test_the_four_bottlenecks_and_the_oldest_of_each() -> None:
    today = date(2026, 11, 20)
    mine = {"assignee_id": 7}
    rows = [
        row(id=1, handed_in_at=NOW - days(9), moved_at=NOW - days(9)),
        row(id=2, handed_in_at=NOW - days(7), acknowledge_by=date(2026, 11, 17)),
        row(id=3, state=IdeaState.ACCEPTED, moved_at=NOW - days(31), handed_in_at=NOW - days(60), **mine),
        row(id=4, state=IdeaState.PLANNED, due_on=date(2026, 11, 1), handed_in_at=NOW - days(60), **mine),
        row(id=5, state=IdeaState.PLANNED, due_on=today, update_by=today, **mine),
        row(id=6, state=IdeaState.VERIFIED, moved_at=NOW - days(300), handed_in_at=NOW - days(300)),
        row(id=7, state=IdeaState.IMPLEMENTED, moved_at=NOW - days(40), handed_in_at=NOW - days(50)),
    ]
    found = bottlenecks(rows, today, LONDON)
    assert (found.unanswered.count, found.unanswered.oldest, found.unanswered.days) == (2, 1, 9)
    assert (found.unassigned.count, found.unassigned.oldest) == (1, 1)
    assert (found.still.count, found.still.oldest, found.still.days) == (1, 3, 31)
    assert (found.overdue.count, found.overdue.oldest, found.overdue.days) == (2, 4, 19)


def test_ideas_of_long_ago_that_are_still_open_are_held_up_but_not_of_the_cohort(
    database: Database, settings: Settings
) -> None:
    hospital = Hospital(database)
    ward = hospital.unit("Ash Ward")
    number = hospital.idea(ward, NOW - days(800))
    found = figures(database, settings)
    assert found.ideas == Share(0, 0)
    assert (found.stuck.unanswered.count, found.stuck.unanswered.oldest) == (1, number)


# -- the Home -------------------------------------------------------------------------------------------


def test_the_home_says_it_in_three_lines(sqlite: Database, settings: Settings) -> None:
    hospital = Hospital(sqlite)
    ward = hospital.unit("Ash Ward")
    for _ in range(6):
        hospital.idea(ward, OCTOBER, words_after=days(2), verified_after=days(30))
    hospital.idea(ward, OCTOBER, words_after=days(1), in_place_after=days(30))
    late = hospital.idea(ward, NOW - days(4), acknowledge_by=date(2026, 11, 18))
    (block,) = metrics_blocks(figures(sqlite, settings, units=[ward]))
    assert block["text"]["text"].split("\n") == [
        "*How ideas are doing* · the last 12 months",
        "• 6 of 8 ideas are in place and confirmed; 1 more is in place.",
        "• Half of the ideas hear from a leader within 2 working days.",
        f"• Waiting now: 1 without first words (#{late}, 4 days) and 1 overdue (#{late}, 2 days).",
    ]
    assert block["text"]["verbatim"] is True


def test_the_home_of_a_new_site_says_so_kindly(sqlite: Database, settings: Settings) -> None:
    Hospital(sqlite).unit("Ash Ward")
    (block,) = metrics_blocks(figures(sqlite, settings))
    assert block["text"]["text"].split("\n")[1:] == [
        "• No idea was handed in yet.",
        "• Too few ideas yet to say how long first words take.",
        "• Nothing is held up.",
    ]


def test_where_most_still_wait_no_median_is_told(sqlite: Database, settings: Settings) -> None:
    hospital = Hospital(sqlite)
    ward = hospital.unit("Ash Ward")
    for _ in range(6):
        hospital.idea(ward, OCTOBER)
    (block,) = metrics_blocks(figures(sqlite, settings))
    assert "More than half of the ideas still wait for a leader's first words." in block["text"]["text"]
