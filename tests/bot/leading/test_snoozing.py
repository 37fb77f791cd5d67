"""What a leader puts aside: whose press counts, how often, who hears instead, and what the message shows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlmodel import Session, select

from bot.ideas import acts, leading
from bot.ideas.decisions import Decision
from bot.ideas.doing import Outcome
from bot.leading.kept import Became, Mark, dump_plan, load_plan, marks_of
from bot.leading.ladder_facts import Why
from bot.leading.snoozing import not_mine, others_who_answer, snooze, who_instead
from storage.engine import Database
from storage.ideas import Idea
from storage.leading import IdeaSnooze, LeaderMessage, NotMine, Nudge
from storage.outbox import OutboxRow
from storage.terms import IdeaEventKind as Event
from storage.terms import Op, OutboxState, Rung, Which
from tests.bot.leading.words_made import above, item, plan
from tests.idea_world import NOW, IdeaWorld, small_world

TODAY = date(2026, 11, 24)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[IdeaWorld]:
    with small_world(tmp_path) as world:
        yield world


def told(world: IdeaWorld, user: str, number: int, day: date = TODAY, rung: Rung = Rung.DAILY) -> int:
    """A message of the day that told somebody of an idea, and was sent; the row of its message."""
    with world.database.write() as session:
        person = world.people[user]
        row = OutboxRow(
            key=f"{user}{day}",
            op=Op.POST,
            kind="leader_message",
            lane=f"person:{person}",
            recipient_id=person,
            payload={"render": "leader_message", "message": 0},
            state=OutboxState.SENT,
            slack_channel="D1",
            slack_ts=f"{person}.{day.day}",
            not_before=world.clock.now(),
            created_at=world.clock.now(),
        )
        session.add(row)
        session.flush()
        unit = session.get_one(Idea, number).answering_unit_id
        made = plan(item(number, rung, unit_id=unit))
        message = LeaderMessage(
            person_id=person,
            day=day,
            planned_at=world.clock.now(),
            outbox_id=row.id,
            sent_at=world.clock.now(),
            contents=dump_plan(made),
        )
        session.add(message)
        nudge = Nudge(idea_id=number, person_id=person, day=day, rung=rung, clock=Which.FIRST)
        session.add(nudge)
        session.flush()
        assert message.id is not None
        return message.id


def marks(world: IdeaWorld, message_id: int) -> dict[int, Mark]:
    with world.database.read() as session:
        message = session.get_one(LeaderMessage, message_id)
        return marks_of(session, message, load_plan(message))


def updates(world: IdeaWorld) -> list[str]:
    """To whom an update of their message waits to go."""
    return [row.lane for row in world.letters() if row.kind == "leader_message_update"]


def snoozes(world: IdeaWorld) -> list[tuple[int, date, int]]:
    with world.database.read() as session:
        return [(one.person_id, one.day, one.days) for one in session.exec(select(IdeaSnooze))]


def instead(world: IdeaWorld, user: str, number: int) -> list[int]:
    with world.database.read() as session:
        return list(others_who_answer(session, world.doing(session, user), number))


# -- snooze ----


def test_a_snooze_is_kept_for_the_person_and_their_day(world: IdeaWorld) -> None:
    number = world.hand_in()
    before = world.idea(number)
    world.done(snooze, "UKHAN", number, 3)
    assert snoozes(world) == [(world.people["UKHAN"], TODAY, 3)]
    # The sender's clock runs on, and the history tells nobody of it.
    assert world.idea(number).acknowledge_by == before.acknowledge_by
    assert world.kinds(number) == [Event.HANDED_IN]


@pytest.mark.parametrize("user", ["UREED", "UDEPUTY"])
def test_whoever_may_answer_may_snooze(world: IdeaWorld, user: str) -> None:
    world.done(snooze, user, world.hand_in(), 1)
    assert len(snoozes(world)) == 1


@pytest.mark.parametrize("user", ["UPRIYA", "ULEE", "USEVEN", "UADMIN", "UDIRECTOR", "USTRANGER"])
@pytest.mark.parametrize(("act", "more"), [(snooze, (1,)), (not_mine, ())])
def test_whoever_may_not_answer_changes_nothing(
    world: IdeaWorld, user: str, act: Callable[..., Outcome], more: tuple[int, ...]
) -> None:
    number = world.hand_in()
    assert "leaders of Ward 4 (Amira Khan and Tom Reed)" in world.refused(act, user, number, *more)
    assert snoozes(world) == []
    with world.database.read() as session:
        assert session.exec(select(NotMine)).all() == []


def test_an_idea_is_snoozed_twice_at_most_whoever_does_it(database: Database) -> None:
    world = IdeaWorld(database)
    number = world.hand_in()
    world.done(snooze, "UKHAN", number, 1)
    world.clock.advance(timedelta(days=2))
    world.done(snooze, "UREED", number, 7)
    world.clock.advance(timedelta(days=1))
    for user in ("UKHAN", "UREED", "UDEPUTY"):
        assert "snoozed twice already" in world.refused(snooze, user, number, 1)
    assert len(snoozes(world)) == 2


def test_another_choice_on_the_same_day_takes_the_place_of_the_first(world: IdeaWorld) -> None:
    number = world.hand_in()
    world.done(snooze, "UKHAN", number, 7)
    world.done(snooze, "UKHAN", number, 1)
    assert snoozes(world) == [(world.people["UKHAN"], TODAY, 1)]


def test_what_was_answered_cannot_be_put_aside(world: IdeaWorld) -> None:
    number = world.hand_in()
    world.done(acts.decide, "UREED", number, Decision(Event.ACCEPTED, "Let us do it"))
    assert "is not waiting for an answer any more" in world.refused(snooze, "UKHAN", number, 1)
    assert "is not waiting for an answer any more" in world.refused(not_mine, "UKHAN", number)


def test_other_days_than_those_offered_are_no_snooze(world: IdeaWorld) -> None:
    number = world.hand_in()
    with pytest.raises(ValueError, match="2 working days"):
        world.do(snooze, "UKHAN", number, 2)


# -- not mine ----


def test_not_mine_is_kept_once_and_names_who_hears_instead(database: Database) -> None:
    world = IdeaWorld(database)
    number = world.hand_in()
    with world.database.read() as session:
        assert who_instead(session, world.doing(session, "UKHAN"), number) == ("Jo Marsh", "Tom Reed")
    world.done(not_mine, "UKHAN", number)
    world.done(not_mine, "UKHAN", number)
    with world.database.read() as session:
        kept = session.exec(select(NotMine)).all()
    assert [(one.idea_id, one.person_id) for one in kept] == [(number, world.people["UKHAN"])]
    # They may still answer it, on the board.
    world.done(acts.acknowledge, "UKHAN", number, "Good catch", 1)


def test_when_all_of_a_unit_hand_it_on_the_level_above_hears(world: IdeaWorld) -> None:
    number = world.hand_in()
    for user in ("UKHAN", "UREED"):
        world.done(not_mine, user, number)
    assert instead(world, "UDEPUTY", number) == [world.people["UDIRECTOR"]]


def test_whoever_is_away_does_not_hear_instead(world: IdeaWorld) -> None:
    number = world.hand_in()
    world.away("UDEPUTY", TODAY, TODAY + timedelta(days=2))
    assert instead(world, "UKHAN", number) == [world.people["UREED"]]


def test_where_nobody_is_left_it_cannot_be_handed_on(world: IdeaWorld) -> None:
    number = world.hand_in()
    for user in ("UKHAN", "UREED"):
        world.done(not_mine, user, number)
    for user in ("UDIRECTOR", "UADMIN"):
        world.leave(user)
    assert "knows nobody else who could answer" in world.refused(not_mine, "UDEPUTY", number)


def test_what_was_meant_for_somebody_above_never_comes_back_to_the_own_leaders(world: IdeaWorld) -> None:
    number = world.hand_in(above=True)
    assert world.people["UKHAN"] not in instead(world, "UDIRECTOR", number)
    assert instead(world, "UDIRECTOR", number) == [world.people["UADMIN"]]


# -- who may answer what went up ----


def test_whom_an_idea_went_up_to_may_answer_it(world: IdeaWorld) -> None:
    number = world.hand_in()
    assert not world.may("UDIRECTOR", number).decide
    told(world, "UDIRECTOR", number, rung=Rung.ABOVE)
    assert world.may("UDIRECTOR", number).decide
    world.done(acts.decide, "UDIRECTOR", number, Decision(Event.ACCEPTED, "Let us do it"))


def test_a_row_alone_opens_an_idea_to_nobody_who_leads_elsewhere(world: IdeaWorld) -> None:
    number = world.hand_in()
    told(world, "USEVEN", number)
    assert not world.may("USEVEN", number).decide


def test_whom_an_idea_passes_over_gets_no_say_by_a_row(world: IdeaWorld) -> None:
    number = world.hand_in(above=True)
    told(world, "UKHAN", number)
    with world.database.read() as session:
        idea = session.get_one(Idea, number)
        assert not leading.leads(session, world.doing(session, "UKHAN").actor, idea)


# -- what the message shows ----


def test_a_plan_is_read_as_it_was_kept() -> None:
    made = plan(
        item(12, Rung.OTHERS, 6, with_people=(2, 3), why=Why.STANDS_IN),
        item(15, clock=Which.DECISION, may_snooze=False, supporters=4),
        summary=(above(18),),
        week=True,
    )
    kept = LeaderMessage(
        person_id=made.person_id, day=made.day, week=True, planned_at=NOW, contents=dump_plan(made)
    )
    assert load_plan(kept) == made


def test_a_snooze_shows_in_the_message_of_whoever_pressed_it(world: IdeaWorld) -> None:
    number = world.hand_in()
    mine, others = told(world, "UKHAN", number), told(world, "UREED", number)
    world.done(snooze, "UKHAN", number, 3)
    assert marks(world, mine) == {number: Mark(Became.SNOOZED, days=3)}
    assert marks(world, others) == {}
    assert updates(world) == [f"person:{world.people['UKHAN']}"]


def test_the_last_snooze_says_so(world: IdeaWorld) -> None:
    number = world.hand_in()
    world.done(snooze, "UREED", number, 1)
    mine = told(world, "UKHAN", number)
    world.done(snooze, "UKHAN", number, 1)
    assert marks(world, mine) == {number: Mark(Became.SNOOZED, days=1, last=True)}


def test_an_answer_shows_in_everybodys_message_with_who_gave_it(database: Database) -> None:
    world = IdeaWorld(database)
    number = world.hand_in()
    mine, others = told(world, "UKHAN", number), told(world, "UREED", number)
    world.done(acts.acknowledge, "UREED", number, "Good catch", 1)
    wanted = {number: Mark(Became.ANSWERED, "Tom Reed")}
    assert (marks(world, mine), marks(world, others)) == (wanted, wanted)
    assert sorted(updates(world)) == sorted(f"person:{world.people[one]}" for one in ("UKHAN", "UREED"))


def test_a_question_leaves_the_message_as_it_is(world: IdeaWorld) -> None:
    number = world.hand_in()
    mine = told(world, "UKHAN", number)
    world.done(acts.ask, "UREED", number, "Which bay")
    assert marks(world, mine) == {}
    assert updates(world) == []


def _withdraw(session: Session, doing: object, number: int) -> Outcome:
    return acts.withdraw(session, doing, number, "")  # type: ignore[arg-type]


def test_what_was_withdrawn_names_nobody(world: IdeaWorld) -> None:
    number = world.hand_in()
    mine = told(world, "UKHAN", number)
    world.done(_withdraw, "UPRIYA", number)
    assert marks(world, mine) == {number: Mark(Became.WITHDRAWN)}


def test_what_was_moved_says_where_it_is(world: IdeaWorld) -> None:
    number = world.hand_in()
    mine = told(world, "UKHAN", number)
    world.done(acts.move, "UKHAN", number, world.units["Ward 7"])
    assert marks(world, mine) == {number: Mark(Became.MOVED, "Ward 7")}


def test_not_mine_shows_in_the_message(world: IdeaWorld) -> None:
    number = world.hand_in()
    mine = told(world, "UKHAN", number)
    world.done(not_mine, "UKHAN", number)
    assert marks(world, mine) == {number: Mark(Became.NOT_MINE)}


def test_only_the_latest_message_is_brought_up_to_date(world: IdeaWorld) -> None:
    number = world.hand_in()
    told(world, "UKHAN", number)
    told(world, "UKHAN", number, TODAY + timedelta(days=1))
    world.done(acts.acknowledge, "UREED", number, "Good catch", 1)
    assert len(updates(world)) == 1


def test_words_that_are_taken_out_go_from_every_message(world: IdeaWorld) -> None:
    number = world.hand_in()
    told(world, "UKHAN", number)
    told(world, "UKHAN", number, TODAY + timedelta(days=1))
    world.done(acts.remove_details, "UKHAN", number)
    assert len(updates(world)) == 2
