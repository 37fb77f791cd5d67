"""A measure since an idea came into place: what is said, what is never said, and what is not shown."""

from __future__ import annotations

import io
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from PIL import Image
from pydantic import SecretStr
from sqlmodel import Session, select

from bot.access import identify, with_duties
from bot.digests.blame import blame_words
from bot.digests.facts import MeasureFacts
from bot.digests.weeks import next_start
from bot.ideas.doing import Doing, Done, Refused
from bot.ideas.effects import effect_facts
from bot.ideas.effects.effect import KIND, draw_effect, plan_effects, put_effect, render_effect
from bot.ideas.effects.effect_facts import Effect, Level, Mark, NoEffect, Standing, effect
from bot.ideas.effects.effect_words import OTHER_THINGS, effect_words
from bot.sandbox.blocks import check_message_blocks
from bot.settings import Settings
from storage.engine import Database
from storage.ideas import Idea, IdeaMessage
from storage.migrate import upgrade
from storage.outbox import OutboxPicture, OutboxRow
from storage.people import Membership, SlackAccount, Unit
from storage.terms import (
    Counts,
    Direction,
    Domain,
    IdeaMessageKind,
    IdeaState,
    Kind,
    Mode,
    Op,
    OutboxState,
    PeriodLength,
)
from tests.world import START, TEAM, World

DAY = date(2026, 7, 6)  # a Monday
SETTINGS = Settings.model_construct().model_copy(update={"rounds_secret_key": SecretStr("of the tests")})
MEASURE = MeasureFacts(
    key="screening",
    title="Screening offered",
    why="Found early, it can be treated.",
    numerator="patients offered screening",
    denominator="patients eligible",
    kind=Kind.PROPORTION,
    direction=Direction.HIGHER,
    mode=Mode.REPETITIVE,
    domain=Domain.PROCESS,
    period=PeriodLength.WEEK,
    counts=Counts.EVENTS,
    min_denominator=10.0,
    per=1.0,
    action="Offer it when the patient books.",
)
CAUSES = re.compile(
    r"\b(because|caus\w+|due to|thanks to|led to|result\w*|made|makes|work(s|ed)|help\w*|effect\w*|impact\w*|"
    r"achiev\w*|improv\w*|success\w*|so that|therefore|reduc\w*|rais(ed|es)|brought)\b",
    re.IGNORECASE,
)


class Ward:
    """A ward with clinicians and a measure, and an idea that came into place on `DAY`."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.world = World(database)
        self.measure = 0

    def figures(
        self,
        clinicians: int = 6,
        *,
        before: int = 26,
        since: int = 10,
        level: Callable[[int], float] = lambda week: 0.5,
        cases: int | Callable[[int], int] = 60,
        unit: int = 1,
        seed: int = 4,
        **measure: Any,
    ) -> int:
        """Figures of a unit's clinicians, `level` by the period (0: the first since); the idea's number."""
        self.measure = self.measure or self.world.measure(**measure)
        length = measure.get("period", PeriodLength.WEEK)
        pick = random.Random(seed)
        for n in range(clinicians):
            code = f"U{unit}C{n}"
            person = self.world.person(code)
            with self.database.write() as session:
                for member in session.exec(select(Membership).where(Membership.person_id == person)):
                    member.unit_id = unit
            number = cases(n) if callable(cases) else cases
            start = DAY.replace(day=1) if length is PeriodLength.MONTH else DAY
            self.world.observe(
                self.measure,
                code,
                [
                    (
                        next_start(start, length, period),
                        sum(pick.random() < level(period) for _ in range(number)),
                        number,
                    )
                    for period in range(-before, since)
                ],
            )
        return self.idea(unit=unit)

    def idea(self, unit: int = 1, on: date = DAY, **fields: Any) -> int:
        values = {"state": IdeaState.VERIFIED, "measure_id": self.measure, "implemented_on": on, **fields}
        with self.database.write() as session:
            made = Idea(
                text="A tick on the chart",
                unit_id=unit,
                answering_unit_id=unit,
                handed_in_at=START,
                moved_at=START,
                **values,
            )
            session.add(made)
            session.flush()
            assert made.id is not None
            return made.id

    def look(self, idea: int, weeks: int = 10) -> Effect | NoEffect:
        with self.database.read() as session:
            return effect(session, idea, DAY + timedelta(weeks=weeks), SETTINGS)

    def shown(self, idea: int, weeks: int = 10) -> Effect:
        found = self.look(idea, weeks)
        assert isinstance(found, Effect), found
        return found


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("effect")
    database = Database(f"sqlite:///{folder / 'rounds.db'}")
    upgrade(database)
    with database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    return folder / "rounds.db"


@pytest.fixture
def ward(empty: Path, tmp_path: Path) -> Iterator[Ward]:
    (tmp_path / "rounds.db").write_bytes(empty.read_bytes())
    database = Database(f"sqlite:///{tmp_path / 'rounds.db'}")
    yield Ward(database)
    database.close()


def rise(week: int) -> float:
    return 0.62 if week >= 0 else 0.5


# -- what is said ----


def test_a_shift_is_told_with_both_figures_and_no_cause(ward: Ward) -> None:
    found = ward.shown(ward.figures(level=rise))
    assert found.standing is Standing.CHANGED
    said = effect_words(found)
    assert re.match(
        r"Since 6 July it went from (50|51)\u00a0% to (61|62|63)\u00a0%; "
        r"that is more than it usually moves\. " + OTHER_THINGS,
        said,
    )
    assert "Higher is better." in said
    assert not CAUSES.search(said)
    # The counts are those of the periods that are told.
    assert found.before is not None
    assert found.before.base == 26 * 6 * 60
    assert found.before.value == found.before.numerator / found.before.base


def test_a_steady_figure_is_told_as_no_change(ward: Ward) -> None:
    found = ward.shown(ward.figures())
    assert found.standing is Standing.NO_CHANGE
    assert "no change beyond what it usually moves so far" in effect_words(found)
    assert OTHER_THINGS not in effect_words(found)


def test_a_fall_where_lower_is_better_is_told_in_the_same_words(ward: Ward) -> None:
    idea = ward.figures(
        level=lambda week: 0.3 if week >= 0 else 0.5,
        kind=Kind.RATE,
        per=1000.0,
        direction=Direction.LOWER,
    )
    found = ward.shown(idea)
    assert found.standing is Standing.CHANGED
    assert "that is more than it usually moves" in effect_words(found)
    assert "Lower is better." in effect_words(found)


def test_a_neutral_measure_is_told_without_good_or_bad(ward: Ward) -> None:
    said = effect_words(ward.shown(ward.figures(level=rise, direction=Direction.NEUTRAL)))
    assert "more than it usually moves" in said
    assert "Neither high nor low is better." in said


@pytest.mark.parametrize(
    ("since", "says"),
    [
        (3, "Too early to say: 3 weeks since 6 July."),
        (1, "Too early to say: 1 week since 6 July."),
        (0, "Too early to say: there is no whole week since 6 July yet."),
    ],
)
def test_before_eight_weeks_it_is_too_early_whatever_the_figures(ward: Ward, since: int, says: str) -> None:
    found = ward.shown(ward.figures(level=rise, since=since))
    assert found.standing is Standing.TOO_EARLY
    assert effect_words(found).startswith(says)


def test_figures_that_may_still_change_do_not_count(ward: Ward) -> None:
    found = ward.shown(ward.figures(level=rise, settles_after=21))
    assert (found.since, found.standing) == (7, Standing.TOO_EARLY)


def test_with_little_from_before_nothing_is_claimed(ward: Ward) -> None:
    found = ward.shown(ward.figures(level=rise, before=9))
    assert found.standing is Standing.TOO_LITTLE_BEFORE
    assert "too little from before" in effect_words(found)
    assert found.lower is None


@pytest.mark.parametrize("lead", [3, 5])
def test_a_figure_that_had_begun_to_move_before_says_so(ward: Ward, lead: int) -> None:
    found = ward.shown(ward.figures(level=lambda week: 0.65 if week >= -lead else 0.5))
    assert "It had begun to move before that day." in effect_words(found)
    assert "had begun" not in effect_words(replace(found, moved_before=False))


def test_a_move_that_began_weeks_after_says_so(ward: Ward) -> None:
    found = ward.shown(ward.figures(level=lambda week: 0.7 if week >= 6 else 0.5, since=16), weeks=16)
    assert found.standing is Standing.CHANGED
    assert "The move began around 17 August, after this idea was in place." in effect_words(found)


def test_a_season_that_all_units_share_is_no_change(ward: Ward) -> None:
    with ward.database.write() as session:
        session.add(Unit(name="Top"))
        session.flush()
        session.add_all(Unit(name=f"Ward {n}", parent_id=2) for n in range(5, 11))
        session.get_one(Unit, 1).parent_id = 2
    idea = ward.figures(level=rise)
    for unit in range(3, 9):
        ward.figures(level=rise, unit=unit, seed=unit)
    found = ward.shown(idea)
    assert found.unit == "Ward 4"
    assert found.standing is Standing.NO_CHANGE


def test_a_monthly_measure_needs_three_months(ward: Ward) -> None:
    idea = ward.figures(level=rise, before=20, since=5, period=PeriodLength.MONTH)
    assert ward.shown(idea, weeks=12).standing is Standing.TOO_EARLY
    found = ward.shown(idea, weeks=21)
    # July, in which it came into place, is neither before nor since.
    assert (found.since, found.standing) == (4, Standing.CHANGED)
    assert found.before is not None
    assert found.before.last_day == date(2026, 6, 30)


def test_a_panel_is_never_added_up(ward: Ward) -> None:
    found = ward.shown(ward.figures(level=rise, counts=Counts.PANEL))
    assert found.before is not None
    assert found.after is not None
    assert found.before.base == found.after.base == 6 * 60
    assert (found.before.last_day, found.after.last_day) == (date(2026, 7, 5), date(2026, 9, 13))


# -- who is shown (D1, D5) ----


def test_four_clinicians_are_too_few_and_nobody_is_above(ward: Ward) -> None:
    assert ward.look(ward.figures(4)) == NoEffect(effect_facts.TOO_FEW)


def test_one_clinician_with_more_than_half_is_too_much(ward: Ward) -> None:
    idea = ward.figures(6, cases=lambda n: 300 if n == 0 else 50)
    assert ward.look(idea) == NoEffect(effect_facts.TOO_FEW)


def test_one_clinician_with_half_is_not_more_than_half(ward: Ward) -> None:
    assert isinstance(ward.look(ward.figures(6, cases=lambda n: 250 if n == 0 else 50)), Effect)


def test_the_unit_above_is_shown_where_too_few_contribute_and_it_says_so(ward: Ward) -> None:
    with ward.database.write() as session:
        session.add(Unit(name="Northmere"))
        session.flush()
        session.add(Unit(name="Beech Ward", parent_id=2))
        session.get_one(Unit, 1).parent_id = 2
    idea = ward.figures(4, level=rise)
    ward.figures(4, level=rise, unit=3, seed=8)
    found = ward.shown(idea)
    assert (found.unit, found.own_unit, found.standing) == ("Northmere", "Ward 4", Standing.CHANGED)
    assert "All of Northmere together" in effect_words(found)
    assert "Ward 4 alone is too small to show" in effect_words(found)
    assert [mark.number for mark in found.others] == [2]


def test_small_counts_are_not_shown(ward: Ward) -> None:
    assert ward.look(ward.figures(6, cases=1)) == NoEffect(effect_facts.TOO_FEW)


def test_a_clinician_of_two_places_in_the_same_unit_counts_once(ward: Ward) -> None:
    with ward.database.write() as session:
        session.add(Unit(name="Bay 2", parent_id=1))
    idea = ward.figures(5)
    once = ward.shown(idea)
    with ward.database.write() as session:
        for member in session.exec(select(Membership)).all():
            session.add(Membership(person_id=member.person_id, unit_id=2))
    twice = ward.shown(idea)
    assert once.before == twice.before


def test_only_the_time_in_the_unit_counts(ward: Ward) -> None:
    idea = ward.figures(6, level=rise)
    with ward.database.write() as session:
        member = session.exec(select(Membership)).all()[0]
        member.ends = DAY - timedelta(days=1)
    found = ward.shown(idea)
    assert found.after is not None
    assert found.after.base == 10 * 5 * 60


# -- when there is nothing to show ----


def test_why_there_is_nothing_to_show_is_said(ward: Ward) -> None:
    idea = ward.figures()
    assert ward.look(ward.idea(measure_id=None)) == NoEffect(effect_facts.NO_MEASURE)
    assert ward.look(ward.idea(implemented_on=None)) == NoEffect(effect_facts.NOT_IN_PLACE)
    assert ward.look(ward.idea(state=IdeaState.DISPUTED)) == NoEffect(effect_facts.NOT_IN_PLACE)
    assert ward.look(9_999) == NoEffect(effect_facts.NOT_IN_PLACE)
    ward.world.undo(1)
    assert ward.look(idea) == NoEffect(effect_facts.NOT_COUNTED)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"mode": Mode.UNCONSTRAINED}, effect_facts.SINGLE_CASES),
        ({"changed": DAY + timedelta(days=7)}, effect_facts.COUNTED_ANEW),
    ],
)
def test_some_measures_cannot_be_shown(ward: Ward, fields: dict[str, Any], reason: str) -> None:
    assert ward.look(ward.figures(**fields)) == NoEffect(reason)


def test_a_measure_that_changed_before_is_judged_from_the_change_on(ward: Ward) -> None:
    found = ward.shown(ward.figures(level=rise, changed=DAY - timedelta(weeks=15)))
    assert found.starts[0] >= DAY - timedelta(weeks=15)


# -- words ----

_values = st.floats(0.001, 0.999)


@hypothesis_settings(max_examples=150, deadline=None)
@given(
    standing=st.sampled_from(Standing),
    kind=st.sampled_from(Kind),
    direction=st.sampled_from(Direction),
    since=st.integers(0, 60),
    before=st.none() | _values,
    after=st.none() | _values,
    began=st.none() | st.dates(date(2026, 2, 1), date(2026, 9, 1)),
    moved=st.booleans(),
    parent=st.booleans(),
)
def test_the_words_claim_no_cause_and_blame_nobody(
    standing: Standing,
    kind: Kind,
    direction: Direction,
    since: int,
    before: float | None,
    after: float | None,
    began: date | None,
    moved: bool,
    parent: bool,
) -> None:
    starts = tuple(DAY + timedelta(weeks=n) for n in range(-20, 10))
    nothing = np.full(30, np.nan)
    found = Effect(
        mark=Mark(12, DAY),
        others=(),
        measure=replace(MEASURE, kind=kind, direction=direction),
        unit="Northmere" if parent else "Ash Ward",
        own_unit="Ash Ward",
        starts=starts,
        settled=np.ones(30, bool),
        values=nothing,
        lower=None,
        upper=None,
        standing=standing,
        since=since,
        before=None if before is None else Level(before, 50, 100, starts[0], starts[19]),
        after=None if after is None else Level(after, 50, 100, starts[20], starts[29]),
        began=began,
        moved_before=moved,
    )
    said = effect_words(found)
    assert not CAUSES.search(said), said
    assert blame_words(said) == ()
    assert "!" not in said
    assert said.endswith("better.")
    changed = "more than it usually moves;" in said or "that is more than it usually moves." in said
    if changed and "whether that is" not in said:
        assert OTHER_THINGS in said


# -- the picture and the letters ----


def test_the_same_figures_give_the_same_picture(ward: Ward) -> None:
    idea = ward.figures(level=rise, settles_after=14)
    ward.idea(on=DAY - timedelta(weeks=6))
    found = ward.shown(idea)
    picture = draw_effect(found)
    assert picture.png == draw_effect(ward.shown(idea)).png
    assert len(picture.png) < 80_000
    assert picture.alt_text.startswith("Screening offered, Ward 4, weeks from ")
    assert f"#{idea} came into place" in picture.alt_text
    assert effect_words(found) in picture.alt_text


def test_every_standing_can_be_drawn(ward: Ward) -> None:
    found = ward.shown(ward.figures(level=rise))
    for name, one in {
        "changed": found,
        "early": replace(found, standing=Standing.TOO_EARLY, after=None),
        "bare": replace(found, lower=None, upper=None, before=None, after=None),
        "one": replace(
            found,
            starts=found.starts[-1:],
            settled=found.settled[-1:],
            values=found.values[-1:],
            lower=None,
            upper=None,
        ),
    }.items():
        with Image.open(io.BytesIO(draw_effect(one).png)) as image:
            assert image.size == (1200, 690), name


def rows(session: Session) -> list[OutboxRow]:
    return list(session.exec(select(OutboxRow).where(OutboxRow.kind == KIND)))


def card(ward: Ward, idea: int) -> int:
    with ward.database.write() as session:
        row = OutboxRow(
            key=f"card{idea}",
            op=Op.POST,
            kind="idea_card",
            lane="channel:#ward-ash",
            conversation="#ward-ash",
            not_before=START,
            created_at=START,
            payload={},
            state=OutboxState.SENT,
        )
        session.add(row)
        session.flush()
        assert row.id is not None
        session.add(IdeaMessage(outbox_id=row.id, idea_id=idea, kind=IdeaMessageKind.CARD))
        return row.id


def at(weeks: int) -> datetime:
    return datetime(DAY.year, DAY.month, DAY.day, 9, tzinfo=UTC) + timedelta(weeks=weeks)


def test_the_picture_comes_once_into_the_thread_of_the_card_when_there_is_enough_to_see(ward: Ward) -> None:
    idea = ward.figures(level=rise)
    card_id = card(ward, idea)
    assert plan_effects(ward.database, at(7), SETTINGS) == 0
    assert plan_effects(ward.database, at(10), SETTINGS) == 1
    assert plan_effects(ward.database, at(10), SETTINGS) == 0
    with ward.database.read() as session:
        (row,) = rows(session)
        assert (row.depends_on, row.lane, row.thread_ts) == (card_id, "channel:#ward-ash", "dependency")
        assert "tick on the chart" not in str(row.payload)
        assert session.get(OutboxPicture, row.id) is not None
        message = render_effect(session, row.payload)
    assert message is not None
    assert check_message_blocks(message["blocks"], lambda _: True) == []
    assert "more than it usually moves" in str(message["blocks"])
    # On a lock screen: no measure, no figure.
    assert message["text"] == f"#{idea}: before and since"
    with ward.database.write() as session:
        session.get_one(Idea, idea).state = IdeaState.DISPUTED
        session.flush()
        assert render_effect(session, row.payload) is None


def test_without_a_card_or_before_it_is_verified_nothing_is_posted(ward: Ward) -> None:
    ward.figures(level=rise)
    card(ward, ward.idea(state=IdeaState.IMPLEMENTED))
    assert plan_effects(ward.database, at(10), SETTINGS) == 0


def doing(session: Session, user: str) -> Doing:
    actor = with_duties(session, identify(session, TEAM, user), SETTINGS, DAY)
    return Doing(actor=actor, user_id=user, team_id=TEAM, now=at(10), settings=SETTINGS)


def test_whoever_asks_gets_the_picture_in_their_own_messages(ward: Ward) -> None:
    idea = ward.figures(level=rise)
    with ward.database.write() as session:
        done = put_effect(session, doing(session, "UU1C0"), idea)
        assert isinstance(done, Done)
        assert done.note
        (row,) = rows(session)
        account = session.exec(select(SlackAccount).where(SlackAccount.user_id == "UU1C0")).one()
        assert row.recipient_id == account.person_id
        assert row.conversation is None


def test_whoever_cannot_have_it_is_told_why(ward: Ward) -> None:
    idea = ward.figures(4)
    above = ward.idea(above=True, state=IdeaState.IMPLEMENTED)
    with ward.database.write() as session:
        for user, number in (("UU1C0", idea), ("UU1C0", above), ("UU1C0", 999), ("USTRANGER", idea)):
            refused = put_effect(session, doing(session, user), number)
            assert isinstance(refused, Refused)
            assert refused.reason
        assert rows(session) == []
