"""From rows to comparisons: what counts, for whom, in which window."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlmodel import select

from bot.digests.facts import Compared, MeasureView
from bot.digests.gather import Book, Windows, open_book, rules_of
from storage.engine import Database
from storage.figures import people_behind
from storage.people import ClinicianBinding
from storage.terms import BatchState, Counts, Kind, Mode, PeriodLength
from tests.world import World, steady, weeks

SUNDAY = date(2025, 7, 20)
MONDAY = date(2025, 7, 14)
LAST_26 = weeks(MONDAY, 26)


def ward(database: Database, size: int = 12, **measure: Any) -> tuple[World, int]:
    """A peer group of doctors with half a year of figures."""
    world = World(database)
    measure_id = world.measure(**measure)
    for number in range(size):
        world.person(f"C{number:02d}")
        world.observe(measure_id, f"C{number:02d}", steady(LAST_26, 50 + 2 * number))
    return world, measure_id


def book(database: Database, through: date = SUNDAY) -> Book:
    with database.read() as session:
        return open_book(session, through, Windows())


def views(database: Database, code: str, through: date = SUNDAY) -> tuple[MeasureView, ...]:
    with database.read() as session:
        (person_id,) = (person_id for held, person_id in people_behind(session, through) if held == code)
    return book(database, through).views[person_id]


def view(database: Database, code: str, through: date = SUNDAY) -> MeasureView:
    (found,) = views(database, code, through)
    return found


def test_the_last_twelve_whole_weeks_are_pooled(database: Database) -> None:
    ward(database)
    found = view(database, "C00")
    assert (found.first_day, found.last_day) == (LAST_26[-12], SUNDAY)
    assert found.result.denominator == 1200
    assert found.result.numerator == sum(n for _, n, _ in steady(LAST_26, 50)[-12:])
    assert found.compared is Compared.YES
    assert found.comparison.clinicians == 12


def test_a_period_that_ends_after_the_week_is_not_used(sqlite: Database) -> None:
    world, measure_id = ward(sqlite)
    world.observe(measure_id, "C00", [(MONDAY + timedelta(weeks=1), 0, 5000)])
    assert view(sqlite, "C00").result.denominator == 1200
    assert view(sqlite, "C00", SUNDAY + timedelta(days=6)).result.denominator == 1200
    assert view(sqlite, "C00", SUNDAY + timedelta(weeks=1)).result.denominator == 6100


def test_a_panel_is_its_latest_period_and_never_a_sum(sqlite: Database) -> None:
    ward(sqlite, counts=Counts.PANEL)
    found = view(sqlite, "C03")
    assert found.result.denominator == 100
    assert (found.first_day, found.last_day) == (MONDAY, SUNDAY)


def test_the_latest_live_import_counts_and_undoing_it_brings_the_old_value_back(database: Database) -> None:
    world, measure_id = ward(database)
    before = view(database, "C00").result.numerator
    loading = world.batch(BatchState.LOADING)
    world.observe(measure_id, "C00", [(MONDAY, 1, 100)], batch=loading)
    assert view(database, "C00").result.numerator == before
    later = world.batch()
    world.observe(measure_id, "C00", [(MONDAY, 99, 100)], batch=later)
    assert view(database, "C00").result.numerator == before - steady(LAST_26, 50)[-1][1] + 99
    world.undo(later)
    assert view(database, "C00").result.numerator == before


def test_only_periods_inside_a_membership_count(sqlite: Database) -> None:
    world, measure_id = ward(sqlite)
    world.person("NEW", starts=LAST_26[-8])
    world.observe(measure_id, "NEW", steady(LAST_26, 70))
    found = view(sqlite, "NEW")
    assert found.result.denominator == 800
    assert found.compared is Compared.YES


@pytest.mark.parametrize(("joined", "expected"), [(-6, Compared.YES), (-5, Compared.HALF_WINDOW)])
def test_a_starter_is_compared_once_half_of_the_window_is_theirs(
    sqlite: Database, joined: int, expected: Compared
) -> None:
    world, measure_id = ward(sqlite)
    world.person("NEW", starts=LAST_26[joined])
    world.observe(measure_id, "NEW", steady(LAST_26, 70))
    found = view(sqlite, "NEW")
    assert found.compared is expected
    assert found.result.denominator == 100 * -joined
    assert (found.result.percentile is None) == (expected is not Compared.YES)


def test_weeks_of_leave_do_not_count_towards_half_of_the_window(sqlite: Database) -> None:
    world, measure_id = ward(sqlite)
    person = world.person("AWAY")
    world.observe(measure_id, "AWAY", steady(LAST_26[:-7], 70))
    world.away(person, LAST_26[-7], SUNDAY)
    assert view(sqlite, "AWAY").compared is Compared.HALF_WINDOW


def test_a_person_in_two_groups_is_compared_where_most_of_the_window_was(sqlite: Database) -> None:
    world, measure_id = ward(sqlite)
    moved = world.person("MOVED", group="Surgeons", ends=LAST_26[-4] - timedelta(days=1))
    world.join(moved, "Doctors", starts=LAST_26[-4])
    world.observe(measure_id, "MOVED", steady(LAST_26, 70))
    found = view(sqlite, "MOVED")
    assert found.group == "Surgeons"
    assert found.result.denominator == 800
    assert found.compared is Compared.TOO_FEW_PEERS


@pytest.mark.parametrize(("size", "expected"), [(5, Compared.TOO_FEW_PEERS), (6, Compared.YES)])
def test_a_comparison_needs_five_others(sqlite: Database, size: int, expected: Compared) -> None:
    ward(sqlite, size)
    assert view(sqlite, "C00").compared is expected


def test_without_a_peer_group_there_are_own_counts_only(sqlite: Database) -> None:
    world, measure_id = ward(sqlite)
    world.person("ALONE", group=None)
    world.observe(measure_id, "ALONE", steady(LAST_26, 70))
    found = view(sqlite, "ALONE")
    assert found.compared is Compared.NO_GROUP
    assert found.result.value == pytest.approx(0.71, abs=0.01)
    assert found.result.percentile is None
    assert view(sqlite, "C00").comparison.clinicians == 12


def test_too_few_cases_and_other_modes_say_so(sqlite: Database) -> None:
    world, _ = ward(sqlite, min_denominator=2000.0)
    other = world.measure("deaths", mode=Mode.CONSTRAINED)
    world.observe(other, "C00", steady(LAST_26))
    told = {found.measure.key: found.compared for found in views(sqlite, "C00")}
    assert told == {"screening": Compared.TOO_FEW_CASES, "deaths": Compared.OTHER_MODE}


def test_a_code_that_passes_to_somebody_else_does_not_take_figures_along(database: Database) -> None:
    world, _ = ward(database)
    moved = LAST_26[-8]
    heir = world.person("SPARE")
    with database.write() as session:
        session.delete(session.exec(select(ClinicianBinding).where(ClinicianBinding.person_id == heir)).one())
        old = session.exec(select(ClinicianBinding).where(ClinicianBinding.clinician_id == 1)).one()
        former, old.ends = old.person_id, moved - timedelta(days=1)
        session.flush()
        session.add(ClinicianBinding(clinician_id=1, person_id=heir, starts=moved))
    found = book(database)
    (theirs,), (formers,) = found.views[heir], found.views[former]
    assert theirs.result.denominator == 800
    assert formers.result.denominator == 400
    assert theirs.result.clinician == "C00"
    assert formers.result.clinician == f"C00 (until {moved - timedelta(days=1)})"


def test_months_are_compared_three_at_a_time(sqlite: Database) -> None:
    world = World(sqlite)
    measure_id = world.measure(period=PeriodLength.MONTH)
    months = [date(2023 + n // 12, n % 12 + 1, 1) for n in range(31)]
    for number in range(8):
        world.person(f"C{number}")
        world.observe(measure_id, f"C{number}", steady(months, 50 + number))
    found = view(sqlite, "C0", date(2025, 7, 20))
    assert (found.first_day, found.last_day) == (date(2025, 4, 1), date(2025, 6, 30))
    assert len(found.periods) == 24


def test_weeks_that_start_on_any_weekday_end_up_in_the_week_of_their_last_day(sqlite: Database) -> None:
    world = World(sqlite)
    measure_id = world.measure()
    for number in range(7):
        world.person(f"C{number}")
        shifted = [monday - timedelta(days=number) for monday in LAST_26]
        world.observe(measure_id, f"C{number}", steady(shifted, 60, wobble=lambda n: 1 if n == 25 else 0))
    (figure,) = book(sqlite).figures
    assert len(figure.periods) == 26
    for result in figure.comparison.results:
        assert result.numerator == 60 * 12 + 1


def test_unsettled_weeks_are_drawn_and_not_compared(sqlite: Database) -> None:
    ward(sqlite, settles_after=10)
    found = view(sqlite, "C00")
    assert found.settled.tolist() == [True] * 24 + [False] * 2
    assert found.last_day == SUNDAY - timedelta(weeks=2)
    assert len(found.result.trend.values) == 26


def test_counts_from_one_to_four_are_marked_small(sqlite: Database) -> None:
    world, measure_id = ward(sqlite)
    world.person("FEW")
    world.observe(measure_id, "FEW", [(monday, 0 if n else 3, 30) for n, monday in enumerate(LAST_26[-12:])])
    world.person("ALL")
    world.observe(measure_id, "ALL", [(monday, 30, 30) for monday in LAST_26])
    (figure,) = book(sqlite).figures
    small = dict(zip([r.clinician for r in figure.comparison.results], figure.small.tolist(), strict=True))
    assert small["FEW"]
    assert not small["ALL"]
    assert not small["C00"]


def test_pounds_are_as_sure_as_a_clinicians_weeks_agree(sqlite: Database) -> None:
    ward(sqlite, kind=Kind.RATE, numerator="cost (£)", denominator="patients")
    spent = view(sqlite, "C00").result
    assert spent.interval[0] is not None
    assert spent.interval[1] is not None
    # Of twelve weeks that differ by a few in a hundred; as counts they would lie 8 % to either side.
    assert spent.interval[1] - spent.interval[0] < 0.06 * (spent.value or 0)


@pytest.mark.parametrize(
    ("kind", "numerator", "amounts"),
    [
        (Kind.RATE, "cost (£)", True),
        (Kind.RATE, "spending on dressings", True),
        (Kind.RATE, "falls", False),
        (Kind.PROPORTION, "spend on branded items (£)", True),
        (Kind.PROPORTION, "patients told the cost of their care", False),
    ],
)
def test_amounts_of_money_are_told_from_counts(
    sqlite: Database, kind: Kind, numerator: str, amounts: bool
) -> None:
    ward(sqlite, 6, kind=kind, numerator=numerator)
    (found,) = book(sqlite).figures
    assert rules_of(found.measure, 12, None).amounts is amounts


def test_a_measure_past_its_review_is_marked(sqlite: Database) -> None:
    ward(sqlite, next_review=date(2025, 7, 20))
    assert view(sqlite, "C00").past_review


def test_nothing_is_found_where_nothing_was_imported(database: Database) -> None:
    assert book(database).views == {}


def test_the_wall_clock_makes_no_difference(sqlite: Database) -> None:
    ward(sqlite, kind=Kind.RATE, per=100.0)
    assert repr(view(sqlite, "C05")) == repr(view(sqlite, "C05"))
