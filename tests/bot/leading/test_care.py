"""The care in a leader's week: what is said and drawn of a unit's measures, and of whom nothing is."""

from __future__ import annotations

import io
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from PIL import Image
from sqlmodel import select

from bot.digests.blame import blame_words
from bot.digests.weeks import next_start
from bot.leading.care.facts import MOST, Move, Panel, in_order
from bot.leading.care.gather import CareBook, DrawnCare, care_of_units
from bot.leading.care.picture import alt_text, draw_care
from bot.leading.care.words import Care, as_payload, care_blocks, care_words, from_payload, move_words
from storage.engine import Database
from storage.people import Membership, Person, Unit
from storage.terms import BatchState, Direction, Kind, Mode, PeriodLength
from tests.bot.ideas.test_effect import CAUSES, MEASURE
from tests.bot.ideas.test_words_golden import assert_taken
from tests.world import World

MONDAY = date(2026, 7, 6)


def panel(move: Move = Move.SAME, since: date | None = None, **changes: Any) -> Panel:
    """A panel of 26 weeks at about 70 %; `changes` are of the measure, or of the panel itself."""
    pick = random.Random(7)
    starts = tuple(next_start(MONDAY, PeriodLength.WEEK, n) for n in range(-26, 0))
    made = Panel(
        measure=MEASURE,
        unit_id=1,
        unit="Ward 4",
        own_unit="Ward 4",
        starts=starts,
        firm=26,
        values=np.array([0.7 + pick.uniform(-0.03, 0.03) for _ in starts]),
        lower=np.full(26, 0.64),
        upper=np.full(26, 0.76),
        move=move,
        since=since,
    )
    own = {name: value for name, value in changes.items() if name in Panel.__dataclass_fields__}
    rest = {name: value for name, value in changes.items() if name not in own}
    return replace(made, measure=replace(MEASURE, **rest), **own)


GAIN = panel(Move.UP, date(2026, 3, 23), key="bp", title="Blood pressure in range")
RISE = panel(Move.UP, date(2025, 12, 29), key="falls", title="Falls", direction=Direction.LOWER)
STAY = panel(Move.DOWN, date(2026, 4, 27), key="stay", title="Length of stay", direction=Direction.NEUTRAL)
SAME = panel(key="back", title="Readmissions")
NEW = panel(Move.UNKNOWN, key="new", title="Reviews")


def words(*panels: Panel) -> Care:
    return care_words(panels, MONDAY, "alt")


# -- what is said ----


def test_what_moved_is_told_with_its_month_and_the_rest_is_as_usual() -> None:
    assert (
        words(GAIN, SAME).said
        == "Blood pressure in range: a lasting gain since March. As usual: Readmissions."
    )
    assert words(RISE, STAY, NEW).said == (
        "Falls: a lasting rise since January (lower is better); Length of stay: a lasting fall since May. "
        "Too new to tell: Reviews."
    )
    many = [panel(key=f"m{n}", title=f"Measure {n}") for n in range(5)]
    assert words(*many).said == "All 5 measures move as usual."
    assert words(GAIN, *many).said.endswith("since March. 5 others move as usual.")


def test_a_neutral_measure_neither_gains_nor_loses() -> None:
    for move in (Move.UP, Move.DOWN):
        told = move_words(replace(STAY, move=move), MONDAY)
        assert "gain" not in told
        assert "better" not in told
        assert not replace(STAY, move=move).gained


@given(
    st.sampled_from(Move),
    st.sampled_from(Direction),
    st.dates(date(2025, 1, 6), date(2026, 7, 5)),
    st.sampled_from(["Ward 4", "Hospital"]),
)
def test_no_sentence_claims_a_cause_or_blames(
    move: Move, direction: Direction, since: date, unit: str
) -> None:
    one = panel(move, since if move in (Move.UP, Move.DOWN) else None, direction=direction, unit=unit)
    told = words(one)
    for text in (told.said, told.whose, alt_text([one], MONDAY)):
        assert blame_words(text) == ()
        assert CAUSES.search(text) is None
        assert "!" not in text
    up_is_good = direction is Direction.HIGHER
    good = direction is not Direction.NEUTRAL and one.moved and (move is Move.UP) == up_is_good
    assert ("gain" in told.said) == good


def test_the_unit_above_is_named_where_the_own_one_is_too_small() -> None:
    above = replace(SAME, unit="Hospital", unit_id=9)
    told = words(GAIN, above)
    assert told.whose == (
        "All clinicians of Ward 4 together; Readmissions: of all Hospital, as Ward 4 alone is too small "
        "to show · data to 5 July"
    )
    assert "Readmissions (Hospital)" in told.said


def test_what_moved_comes_first_and_nothing_twice() -> None:
    assert [one.measure.key for one in in_order([SAME, GAIN, GAIN])] == ["bp", "back"]


def test_the_blocks_keep_a_place_for_the_picture_and_fit_whatever_measures_are_called() -> None:
    assert care_blocks(None) == []
    long = [
        panel(Move.UP, MONDAY, key=f"m{n}", title="<!channel> &*_ " * 13, unit="&" * 200) for n in range(9)
    ]
    for panels in ([GAIN], long):
        care = care_words(panels, MONDAY, alt_text(panels, MONDAY))
        assert from_payload(as_payload(care)) == care
        blocks = care_blocks(care)
        assert [block["type"] for block in blocks] == ["section", "image", "context"]
        assert blocks[1]["slack_file"] == {"id": "PICTURE"}
        assert "<!channel>" not in str(blocks[0])
        shown = [block for block in blocks if block["type"] != "image"]
        assert_taken({"text": "Your week", "blocks": shown})
        assert 0 < len(blocks[1]["alt_text"]) <= 2000


# -- what is drawn ----


def test_the_same_input_gives_the_same_bytes_of_a_small_picture() -> None:
    panels = [GAIN, RISE, STAY, SAME, NEW, replace(SAME, firm=24)]
    first, second = draw_care(panels, MONDAY), draw_care(panels, MONDAY)
    assert first == second
    assert len(first.png) < 150_000
    with Image.open(io.BytesIO(first.png)) as image:
        assert image.size[0] == 1200
        assert 600 < image.size[1] < 1200


def test_the_alt_text_says_what_the_picture_shows() -> None:
    told = alt_text([GAIN, SAME], MONDAY)
    assert told.startswith("The care in Ward 4, 2 measures. Blood pressure in range: from ")
    assert "gain since Mar" in told
    assert "usual range 64 to 76\u00a0%" in told
    assert "higher is better" in told


def test_of_several_units_each_measure_says_whose_it_is() -> None:
    other = replace(SAME, unit="Ward 7", own_unit="Ward 7", unit_id=7)
    told = alt_text([GAIN, other], MONDAY)
    assert "Blood pressure in range (Ward 4): " in told
    assert "Readmissions (Ward 7): " in told
    assert draw_care([GAIN, other], MONDAY).png != draw_care([GAIN, SAME], MONDAY).png


@hypothesis_settings(deadline=None, max_examples=12)
@given(st.data())
def test_any_panel_can_be_drawn(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(Kind))
    top = 1.0 if kind is Kind.PROPORTION else 1e6
    value = st.floats(0, top) | st.just(float("nan"))
    values = np.array(data.draw(st.lists(value, min_size=26, max_size=26)))
    values[data.draw(st.integers(0, 25))] = data.draw(st.floats(0, top))
    edge = data.draw(st.sampled_from([float("nan"), -1.0, top]))
    some = panel(
        data.draw(st.sampled_from(Move)),
        title=data.draw(st.text(min_size=1, max_size=200)),
        kind=kind,
        values=values,
        lower=np.full(26, edge),
        upper=np.full(26, edge + 1),
        firm=data.draw(st.integers(0, 26)),
    )
    panels = [replace(some, unit=data.draw(st.text(max_size=80)))] * data.draw(st.integers(1, MOST + 2))
    picture = draw_care(panels, MONDAY)
    assert 0 < len(picture.alt_text) <= 2000


# -- who is shown ----


class Ward:
    """Ward 4 under a hospital, led by somebody, with figures of its clinicians."""

    def __init__(self, database: Database) -> None:
        self.database, self.world = database, World(database)
        with database.write() as session:
            leader = Person(email="leader@x.test", name="Amira Khan")
            above = Unit(name="Hospital")
            session.add_all([leader, above])
            session.flush()
            assert leader.id is not None
            assert above.id is not None
            ward = session.get_one(Unit, 1)
            ward.leader_id, ward.parent_id = leader.id, above.id
            other = Unit(name="Ward 7", parent_id=above.id)
            session.add_all([ward, other])
            session.flush()
            assert other.id is not None
            self.leader, self.other = leader.id, other.id
        self.measure = self.world.measure()

    def clinicians(
        self,
        count: int,
        *,
        unit: int = 1,
        level: Callable[[int], float] = lambda _: 0.5,
        cases: Callable[[int], int] = lambda _: 60,
        measure: int | None = None,
    ) -> None:
        """So many clinicians of a unit, with 40 weeks of figures (week −1 is the last)."""
        pick = random.Random(unit)
        for n in range(count):
            code = f"U{unit}C{n}"
            person = self.world.person(code, account=False)
            with self.database.write() as session:
                for member in session.exec(select(Membership).where(Membership.person_id == person)):
                    member.unit_id = unit
            rows = [
                (
                    next_start(MONDAY, PeriodLength.WEEK, week),
                    sum(pick.random() < level(week) for _ in range(cases(n))),
                    cases(n),
                )
                for week in range(-40, 0)
            ]
            self.world.observe(measure or self.measure, code, rows)

    def panels(self, monday: date = MONDAY) -> tuple[Panel, ...]:
        with self.database.read() as session:
            return care_of_units(session, monday, 4)[1]


@pytest.fixture
def ward(database: Database) -> Ward:
    return Ward(database)


def test_a_lasting_move_of_the_whole_unit_is_found(ward: Ward) -> None:
    ward.clinicians(6, level=lambda week: 0.5 if week < -7 else 0.7)
    (one,) = ward.panels()
    assert (one.move, one.gained, one.unit) == (Move.UP, True, "Ward 4")
    assert one.since is not None
    assert abs(one.since - (MONDAY - timedelta(weeks=7))) <= timedelta(weeks=2)
    assert len(one.starts) == 26


def test_four_clinicians_are_too_few_and_the_unit_above_stands_in(ward: Ward) -> None:
    ward.clinicians(4)
    assert ward.panels() == ()
    ward.clinicians(3, unit=ward.other)
    (one,) = ward.panels()
    assert (one.unit, one.own_unit) == ("Hospital", "Ward 4")


def test_nobody_is_shown_a_unit_beside_the_one_above_from_which_the_few_left_over_could_be_told(
    ward: Ward,
) -> None:
    ward.clinicians(6)
    ward.clinicians(1, unit=ward.other, level=lambda _: 0.9)
    with ward.database.write() as session:
        session.get_one(Unit, ward.other).leader_id = ward.leader
    found = CareBook(4).of(ward.database, {ward.leader: MONDAY})[ward.leader]
    assert "(Hospital)" in found.care.alt
    assert "(Ward 4)" not in found.care.alt
    assert found.care.whose.startswith("Screening offered: of all Hospital, as Ward 7 alone is too small")


def test_nothing_is_shown_where_one_clinician_is_more_than_half(ward: Ward) -> None:
    ward.clinicians(6, cases=lambda n: 400 if n == 0 else 60)
    assert ward.panels() == ()


def test_what_the_unit_does_not_do_is_not_shown_though_the_one_above_does(ward: Ward) -> None:
    ward.clinicians(6, unit=ward.other)
    assert ward.panels() == ()


def test_single_cases_reviews_overdue_and_old_figures_are_left_out(ward: Ward) -> None:
    ward.clinicians(6)
    assert len(ward.panels()) == 1
    assert ward.panels(MONDAY + timedelta(weeks=14)) == ()
    fields: tuple[dict[str, Any], ...] = ({"mode": Mode.UNCONSTRAINED}, {"next_review": date(2026, 1, 1)})
    for number, one in enumerate(fields):
        ward.world.measure(f"other{number}", **one)
    assert len(ward.panels()) == 1


def test_it_is_computed_once_a_week_and_state_of_the_data(ward: Ward) -> None:
    ward.clinicians(6)
    book = CareBook(4)

    def care(days: int = 0) -> DrawnCare:
        found = book.of(ward.database, {ward.leader: MONDAY + timedelta(days=days), 99: MONDAY})
        assert set(found) == {ward.leader}
        return found[ward.leader]

    first = care()
    assert first.care.said == "As usual: Screening offered."
    assert care(1) is first
    assert care(7).care.whose == first.care.whose
    assert care() is first
    ward.world.batch(BatchState.LIVE)
    again = care()
    assert again is not first
    # The same input gives the same words and the same picture.
    assert again == first


def test_a_picture_that_cannot_be_drawn_is_left_out(ward: Ward, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError

    ward.clinicians(6)
    monkeypatch.setattr("bot.leading.care.gather.draw_care", broken)
    assert CareBook(4).of(ward.database, {ward.leader: MONDAY}) == {}


def test_without_data_nothing_is_computed(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(database)
    world.undo(1)
    monkeypatch.setattr("bot.leading.care.gather.care_of_units", lambda *_: pytest.fail("computed"))
    assert CareBook(4).of(database, {1: MONDAY}) == {}
