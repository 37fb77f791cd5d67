"""The leaders' own aim: who may set it, what is kept of it, where it is shown, and that its words do nothing.

The form's golden file is written anew with `ROUNDS_GOLDEN=write pytest tests/bot/leading/test_aim.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import col, select

from bot.home.choice import BoardChoice
from bot.ideas.doing import Doing, Done, Refused
from bot.leading import aim, names
from bot.leading.aim import Target, UnitAim, aim_blocks, aim_form, aim_words
from bot.leading.care.words import Care
from bot.leading.words import leader_message
from storage import aim_rows
from storage.engine import Database
from storage.leading import Aim
from storage.terms import FOREVER
from tests.bot.ideas.test_words_golden import assert_kind, assert_taken
from tests.bot.ideas.test_words_inert import LIVE, LONGEST, NASTY
from tests.bot.leading.words_made import IDEAS, PEOPLE, WEEK, above, item, numbered, plan
from tests.golden import assert_golden
from tests.idea_world import IdeaWorld, small_world
from tests.reading import texts

GOLDEN = Path(__file__).parent / "golden_aim"
TODAY = date(2026, 11, 24)
WORDS = "Nobody waits in pain."
OWN = UnitAim(4, "Ward 4", WORDS, date(2026, 3, 3), "Amira Khan", own=True, may_set=True)
HISTORY = [
    (WORDS, date(2026, 3, 3), FOREVER),
    ("Everybody home on the day they are ready.", date(2025, 1, 7), date(2026, 3, 3)),
]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[IdeaWorld]:
    with small_world(tmp_path) as world:
        yield world


def sets(world: IdeaWorld, user: str, words: str, unit: str = "Ward 4", seen: int | None = None) -> Any:
    """What becomes of somebody's aim; `seen` is the aim that their form showed."""
    with world.database.write() as session:
        now = aim_rows.current_aims(session, [world.units[unit]]).get(world.units[unit])
        shown = (now.id if now and now.id else 0) if seen is None else seen
        outcome = aim.set_aim(session, world.doing(session, user), Target(world.units[unit], shown), words)
        if isinstance(outcome, Refused):
            session.rollback()
        return outcome


def kept(world: IdeaWorld) -> list[Aim]:
    with world.database.read() as session:
        return list(session.exec(select(Aim).order_by(col(Aim.id))))


def at_home(world: IdeaWorld, user: str) -> tuple[UnitAim, ...]:
    with world.database.read() as session:
        doing: Doing = world.doing(session, user)
        return aim.home_aims(session, doing.actor, doing.today)


def in_week(world: IdeaWorld, user: str, monday: date) -> tuple[UnitAim, ...]:
    with world.database.read() as session:
        return aim.week_aims(session, world.people[user], monday)


def test_a_new_aim_ends_the_old_one_and_both_keep_their_days(database: Database) -> None:
    world = IdeaWorld(database)
    assert sets(world, "UKHAN", "  Nobody waits \n in pain. ") == Done()
    world.clock.set(world.clock.now() + timedelta(days=100))
    assert sets(world, "UREED", "Everybody knows the plan.") == Done()
    first, second = kept(world)
    later = TODAY + timedelta(days=100)
    assert (first.words, first.set_on, first.ended_on) == (WORDS, TODAY, later)
    assert (second.words, second.set_on, second.ended_on) == ("Everybody knows the plan.", later, FOREVER)
    assert second.set_by == world.people["UREED"]


def test_on_the_same_day_it_is_put_right_and_the_same_words_change_nothing(world: IdeaWorld) -> None:
    sets(world, "UKHAN", WORDS)
    sets(world, "UREED", "Nobody waits in pain or in doubt.")
    world.clock.set(world.clock.now() + timedelta(days=9))
    assert sets(world, "UKHAN", "Nobody waits in pain or in doubt.") == Done()
    (only,) = kept(world)
    assert (only.words, only.set_on, only.set_by) == (
        "Nobody waits in pain or in doubt.",
        TODAY,
        world.people["UREED"],
    )


@pytest.mark.parametrize("user", ["UKHAN", "UREED", "UDEPUTY", "ULEE"])
def test_the_pair_the_deputy_and_whoever_stands_in_may_set_it(world: IdeaWorld, user: str) -> None:
    world.stands_in("ULEE", "UKHAN") if user == "ULEE" else None
    assert sets(world, user, WORDS) == Done()


@pytest.mark.parametrize("user", ["UPRIYA", "USEVEN", "UDIRECTOR", "UADMIN", "USTRANGER"])
def test_nobody_else_may(world: IdeaWorld, user: str) -> None:
    assert sets(world, user, WORDS) == Refused(aim.NOT_A_LEADER)
    with world.database.read() as session:
        assert aim.form_of(session, world.doing(session, user), world.units["Ward 4"], None) is None
    assert kept(world) == []


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (" \n ", aim.EMPTY),
        ("long " * 41, aim.TOO_LONG),
        ("Nobody waits as 943 476 5919 did.", "NHS number"),
        ("Nobody waits for Dr Foster.", "role"),
    ],
)
def test_words_that_cannot_stand_there_are_given_back(world: IdeaWorld, words: str, says: str) -> None:
    outcome = sets(world, "UKHAN", words)
    assert isinstance(outcome, Refused)
    assert says in outcome.reason
    assert kept(world) == []


def test_two_leaders_at_once_do_not_overwrite_each_other(world: IdeaWorld) -> None:
    sets(world, "UKHAN", WORDS, seen=0)
    assert sets(world, "UREED", "Everybody knows the plan.", seen=0) == Refused(aim.CHANGED_MEANWHILE)
    # The same press once more is none.
    assert sets(world, "UKHAN", WORDS, seen=0) == Done()
    assert [one.words for one in kept(world)] == [WORDS]


def test_everybody_in_the_unit_sees_it_and_its_leaders_who_set_it(world: IdeaWorld) -> None:
    sets(world, "UKHAN", WORDS)
    (mine,) = at_home(world, "UKHAN")
    (other,) = at_home(world, "UREED")
    (staff,) = at_home(world, "UPRIYA")
    assert (mine.by_me, mine.may_set, other.set_by, other.by_me) == (True, True, "Amira Khan", False)
    assert (staff.words, staff.may_set, staff.set_by) == (WORDS, False, "")
    assert at_home(world, "USTRANGER") == ()
    assert at_home(world, "USTAFF7") == ()


def test_where_a_unit_has_none_the_nearest_above_is_shown(world: IdeaWorld) -> None:
    sets(world, "UDIRECTOR", "We learn from every night.", "Hospital")
    (led,) = at_home(world, "UKHAN")
    (staff,) = at_home(world, "UPRIYA")
    assert (led.unit, led.own, led.may_set) == ("Hospital", False, True)
    assert (staff.unit, staff.words) == ("Hospital", "We learn from every night.")
    sets(world, "UREED", WORDS)
    assert [one.unit for one in at_home(world, "UPRIYA")] == ["Ward 4"]
    assert [one.unit for one in at_home(world, "USTAFF7")] == ["Hospital"]


def test_the_week_says_that_there_is_none_once_a_month(world: IdeaWorld) -> None:
    assert in_week(world, "UKHAN", date(2026, 11, 30)) == ()
    (none,) = in_week(world, "UKHAN", date(2026, 12, 7))
    assert (none.words, none.may_set) == ("", True)
    sets(world, "UREED", WORDS)
    (one,) = in_week(world, "UKHAN", date(2026, 11, 30))
    assert (one.words, one.set_by) == (WORDS, "Tom Reed")


def test_how_it_reads() -> None:
    assert aim_words(OWN, TODAY) == (
        "*Our aim in Ward 4 since 3 March*, as Amira Khan put it: “Nobody waits in pain.”"
    )
    assert aim_words(replace(OWN, by_me=True)).startswith(
        "*Our aim in Ward 4 since 3 March 2026*, as you put"
    )
    above = replace(OWN, own=False, may_set=False)
    assert aim_words(above, TODAY) == (
        "*The aim of Ward 4 since 3 March*, in its leaders' words: “Nobody waits in pain.”"
    )
    none = UnitAim(4, "Ward 4", may_set=True)
    (block,) = aim_blocks([none])
    assert block["accessory"]["text"]["text"] == "Set our aim"
    assert block["accessory"]["action_id"] == f"{names.AIM}-4"


@pytest.mark.parametrize("name", ["first", "changed"])
def test_the_form_reads_as_its_golden_file(name: str) -> None:
    history = HISTORY if name == "changed" else []
    made = aim_form(Target(4, len(history), BoardChoice()), "Ward 4", WORDS if history else "", history)
    assert_taken(made)
    assert_kind(made)
    assert_golden(GOLDEN, f"form-aim-{name}", made)


@pytest.mark.parametrize("typed", [*NASTY.values(), *LONGEST.values()])
def test_whatever_is_typed_does_nothing_and_fits(typed: str) -> None:
    words = typed[: aim.LONGEST]
    some = replace(OWN, words=words or "x", unit=typed, set_by=typed)
    blocks = aim_blocks([some, replace(some, for_unit=5, own=False, may_set=False)], TODAY)
    assert_taken({"text": "Your week", "blocks": blocks})
    assert_taken(aim_form(Target(4), typed, words, [(words, TODAY, FOREVER)] * 4))
    for block in blocks:
        assert not LIVE.search(block["text"]["text"].replace("*Our aim", "").replace("*The aim", ""))


@given(st.integers(1, 9**9), st.integers(0, 9**9), st.text(max_size=200), st.none() | st.just(BoardChoice()))
def test_a_form_comes_back_as_it_went(unit: int, seen: int, typed: str, choice: BoardChoice | None) -> None:
    target = Target(unit, seen, choice)
    view = aim_form(target, "Ward 4", "")
    view["state"] = {"values": {names.AIM_WORDS: {names.AIM_WORDS: {"value": typed}}}}
    assert aim.read_form(view) == (target, aim.tidy(typed))


def test_the_week_begins_with_the_aim_and_the_care_and_still_fits() -> None:
    care = Care(
        "Blood pressure in range: a lasting gain since March. As usual: Readmissions.",
        "All clinicians of Ward 4 together · data to 22 November",
        "The care in Ward 4, 2 measures.",
    )
    week = replace(WEEK, aims=(OWN, UnitAim(5, "Ward 5", may_set=True)), care=care)
    made = leader_message(plan(item(12), week=True), IDEAS, PEOPLE, week=week)
    told = [next(iter(texts({"blocks": [block]})), "") for block in made["blocks"]]
    assert told[0].startswith("*Your week")
    assert told[1].startswith("*Our aim in Ward 4")
    assert told[2].startswith("*Our aim* · Ward 5 has none")
    assert told[3].startswith("*The care*\nBlood pressure")
    assert made["blocks"][4] == {
        "type": "image",
        "slack_file": {"id": "PICTURE"},
        "alt_text": "The care in Ward 4, 2 measures.",
    }
    assert told[6].startswith("*The team*")
    # What a lock screen shows names neither (D1).
    assert "aim" not in made["text"]
    most = leader_message(
        replace(
            plan(*(item(number) for number in range(20, 32))),
            week=True,
            summary=tuple(above(number) for number in range(32, 40)),
        ),
        numbered(20),
        PEOPLE,
        week=replace(week, aims=(OWN,) * aim.MOST),
    )
    assert len(most["blocks"]) <= 50
