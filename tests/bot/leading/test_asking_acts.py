"""A leader puts a question or a lesson to the channel, and takes it back; on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session, col, select

from bot.courier.desk import Defer
from bot.ideas.doing import Done, Outcome, Refused
from bot.leading.asking import acts, gather, letters, names
from bot.leading.asking.choose import is_lesson_week, monday_of
from bot.leading.asking.facts import Asked, Asking, Draft, FormFacts
from storage.engine import Database
from storage.ideas import ChannelCheck
from storage.leading import ChannelPost, LeaderMessage
from storage.outbox import OutboxRow
from storage.people import Unit
from storage.terms import Op, OutboxState, Posted
from tests.idea_world import TEAM, IdeaWorld

# The world begins on Tuesday 24 November 2026.
TUESDAY = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
OWN = "How do we want to hand over on Fridays?"
LESSON = "I was sure of a plan, and did not ask. Now I ask first."


@pytest.fixture
def world(database: Database) -> IdeaWorld:
    return IdeaWorld(database)


def draft_of(
    world: IdeaWorld, user: str = "UKHAN", kind: Posted = Posted.QUESTION
) -> tuple[Draft, FormFacts]:
    with world.database.read() as session:
        return gather.first_draft(session, world.doing(session, user), kind, 0)


def ask(world: IdeaWorld, user: str = "UKHAN", words: str = "", unit: str = "Ward 4", **more: Any) -> Outcome:
    draft, _ = draft_of(world)
    kind = more.pop("kind", Posted.QUESTION)
    made = Draft(kind, words or draft.words, world.units[unit], draft.key, seen=draft.seen)
    return world.do(acts.put_to_channel, user, made)


def posts(world: IdeaWorld) -> list[ChannelPost]:
    with world.database.read() as session:
        return list(session.exec(select(ChannelPost).order_by(col(ChannelPost.id))))


def asking(world: IdeaWorld, user: str = "UKHAN") -> Asking | None:
    with world.database.read() as session:
        return gather.home_asking(session, world.doing(session, user))


def written(world: IdeaWorld, row: OutboxRow) -> str:
    with world.database.read() as session:
        return str(letters.renderers()[str(row.payload["render"])](session, row.payload))


def close(world: IdeaWorld, row: OutboxRow, state: OutboxState, outcome: str = "") -> None:
    """As the courier closes a row."""
    with world.database.write() as session:
        found = session.get_one(OutboxRow, row.id)
        found.state, found.outcome, found.finished_at = state, outcome, world.clock.now()
        if state is OutboxState.SENT and found.op is Op.POST:
            found.slack_channel, found.slack_ts = "C0000001", "1.0001"
        session.add(found)
        letters.finished(session, found, world.settings)


def refuse(world: IdeaWorld, problem: str) -> None:
    with world.database.write() as session:
        check = session.get_one(ChannelCheck, "ward-4")
        check.problem = problem
        session.add(check)


def test_a_question_goes_to_the_channel_in_the_leaders_words(world: IdeaWorld) -> None:
    outcome = ask(world, words=OWN)
    assert isinstance(outcome, Done)
    assert "#ward-4" in outcome.note
    post, row = posts(world)[0], world.letters()[0]
    assert (post.kind, post.words, post.question) == (Posted.QUESTION, OWN, "")
    assert (post.person_id, post.unit_id, post.outbox_id) == (
        world.people["UKHAN"],
        world.units["Ward 4"],
        row.id,
    )
    assert (row.conversation, row.guard) == ("ward-4", {"name": "idea_channel", "channel": "ward-4"})
    # Ids only: what is taken out of the row is taken out of the outbox.
    assert row.payload == {"render": names.POST, "post": post.id}
    assert "*Amira Khan asks:*" in written(world, row)
    assert OWN in written(world, row)


def test_a_shipped_question_is_not_offered_again_soon(world: IdeaWorld) -> None:
    offered, _ = draft_of(world)
    assert isinstance(ask(world), Done)
    assert posts(world)[0].question == offered.key
    # Within the week the offer stays; in the weeks after, others have their turn.
    assert draft_of(world)[0].key == offered.key
    seen = []
    for _ in range(20):
        world.clock.set(world.clock.now() + timedelta(weeks=1))
        seen.append(draft_of(world)[0].key)
    assert offered.key not in seen
    assert len(set(seen)) == len(seen)


@pytest.mark.parametrize("user", ["UKHAN", "UREED", "UDEPUTY"])
def test_each_of_the_leadership_can_ask(world: IdeaWorld, user: str) -> None:
    assert isinstance(ask(world, user), Done)


def test_whoever_stands_in_can_ask(world: IdeaWorld) -> None:
    assert ask(world, "USAM") == Refused(acts.NOT_A_LEADER)
    world.stands_in("USAM", "UKHAN")
    assert isinstance(ask(world, "USAM"), Done)


@pytest.mark.parametrize("user", ["UPRIYA", "USEVEN", "UADMIN", "UDIRECTOR", "UNOBODY"])
def test_nobody_else_can(world: IdeaWorld, user: str) -> None:
    assert ask(world, user) == Refused(acts.NOT_A_LEADER)
    assert posts(world) == []


def test_a_unit_without_a_channel_cannot_be_asked(world: IdeaWorld) -> None:
    world.change(Unit, world.units["Ward 4"], channel="")
    assert isinstance(world.do(acts.put_to_channel, "UKHAN", Draft(Posted.LESSON, LESSON, 0)), Refused)
    made = Draft(Posted.LESSON, LESSON, world.units["Ward 4"])
    assert world.do(acts.put_to_channel, "UKHAN", made) == Refused(acts.NO_CHANNEL)
    assert asking(world) is None
    assert draft_of(world)[1].places == ()


def test_a_channel_that_gets_nothing_is_told_at_once(world: IdeaWorld) -> None:
    reason = "Rounds is not in #ward-4. Somebody there can type /invite @Rounds."
    refuse(world, reason)
    assert draft_of(world)[1].places[0].problem == reason
    assert ask(world) == Refused(reason)
    assert posts(world) == []
    assert world.letters() == []


def test_what_did_not_reach_the_channel_is_given_back_and_does_not_count(world: IdeaWorld) -> None:
    ask(world, words=OWN)
    refuse(world, "#ward-4 is archived.")
    close(world, world.letters()[0], OutboxState.CANCELLED, "#ward-4 is archived.")
    letter = world.letters()[-1]
    assert (letter.kind, letter.recipient_id) == (names.NOT_POSTED, world.people["UKHAN"])
    assert "#ward-4 is archived." in written(world, letter)
    assert OWN in written(world, letter)
    close(world, letter, OutboxState.SENT)
    assert posts(world)[0].words == ""
    found = asking(world)
    assert found is not None
    assert found.asked == ()


def test_the_other_one_of_the_pair_sees_who_has_asked(world: IdeaWorld) -> None:
    ask(world)
    ward, today = "Ward 4", TUESDAY.date()
    for user, who in (
        ("UREED", Asked("Amira Khan", today, ward)),
        ("UKHAN", Asked("Amira Khan", today, ward, True)),
    ):
        found = asking(world, user)
        assert found is not None
        assert found.asked == (who,)
    draft, facts = draft_of(world, "UREED")
    assert facts.asked == (Asked("Amira Khan", today, ward),)
    assert draft.seen == posts(world)[0].id
    # Another ward was not asked; and in the week after nobody has asked yet.
    seven = asking(world, "USEVEN")
    assert seven is not None
    assert seven.asked == ()
    world.clock.set(TUESDAY + timedelta(days=6))
    later = asking(world, "UREED")
    assert later is not None
    assert later.asked == ()


def test_of_several_units_that_comes_first_in_which_nobody_has_asked(world: IdeaWorld) -> None:
    world.change(Unit, world.units["Ward 7"], manager_id=world.people["UKHAN"])
    first = asking(world)
    assert first is not None
    assert (first.unit, first.units) == ("Ward 4", 2)
    ask(world)
    then = asking(world)
    assert then is not None
    assert (then.unit, then.asked) == ("Ward 7", ())


# -- lessons ----


def week_sent(world: IdeaWorld, user: str, day: datetime) -> None:
    with world.database.write() as session:
        message = LeaderMessage(
            person_id=world.people[user], day=monday_of(day.date()), week=True, planned_at=day
        )
        session.add(message)


def lesson_week(world: IdeaWorld, user: str) -> datetime:
    """The next week in which somebody is asked for a lesson."""
    day = TUESDAY + timedelta(weeks=1)
    while not is_lesson_week(world.people[user], monday_of(day.date())):
        day += timedelta(weeks=1)
    return day


def lessons(world: IdeaWorld, user: str = "UKHAN") -> bool:
    found = asking(world, user)
    assert found is not None
    return found.lesson


def test_a_leader_is_asked_for_a_lesson_about_every_sixth_week_never_in_the_first(world: IdeaWorld) -> None:
    world.clock.set(lesson_week(world, "UKHAN"))
    assert not lessons(world)
    week_sent(world, "UKHAN", world.clock.now())
    assert not lessons(world)
    week_sent(world, "UKHAN", world.clock.now() - timedelta(weeks=1))
    assert lessons(world)
    found = []
    for _ in range(12):
        found.append(lessons(world))
        world.clock.set(world.clock.now() + timedelta(weeks=1))
    assert found == [number % 6 == 0 for number in range(12)]


def test_whoever_shared_one_lately_is_not_asked(world: IdeaWorld) -> None:
    week_sent(world, "UKHAN", TUESDAY)
    at = lesson_week(world, "UKHAN")
    world.clock.set(at - timedelta(weeks=2))
    assert isinstance(ask(world, words=LESSON, kind=Posted.LESSON), Done)
    assert posts(world)[0].question == ""
    world.clock.set(at)
    assert not lessons(world)
    world.clock.set(at + timedelta(weeks=6))
    assert lessons(world)


def test_a_lesson_is_no_question_of_the_week(world: IdeaWorld) -> None:
    ask(world, words=LESSON, kind=Posted.LESSON)
    found = asking(world)
    assert found is not None
    assert found.asked == ()
    assert "*Amira Khan shares something learned:*" in written(world, world.letters()[0])
    draft, facts = draft_of(world, kind=Posted.LESSON)
    assert (draft.words, draft.key, facts.others, facts.asked) == ("", "", (), ())


# -- taking it back ----


def erased_everywhere(world: IdeaWorld, words: str) -> bool:
    with world.database.read() as session:
        return words not in _all_of(session)


def _all_of(session: Session) -> str:
    rows = [*session.exec(select(ChannelPost)), *session.exec(select(OutboxRow))]
    return " ".join(str(row.model_dump()) for row in rows)


@pytest.mark.parametrize(
    ("user", "why", "said"),
    [
        ("UKHAN", names.TAKE_BACK, "taken back"),
        ("UREED", names.DETAILS, "Patient details were removed"),
        ("UADMIN", names.DETAILS, "Patient details were removed"),
    ],
)
def test_words_are_taken_from_row_outbox_and_post(world: IdeaWorld, user: str, why: str, said: str) -> None:
    ask(world, words=OWN)
    close(world, world.letters()[0], OutboxState.SENT)
    post = posts(world)[0]
    assert isinstance(world.do(acts.take_away, user, post.id, why), Done)
    assert erased_everywhere(world, OWN)
    update = world.letters()[-1]
    assert (update.op, update.depends_on, update.guard) == (Op.UPDATE, post.outbox_id, None)
    assert said in str(written(world, update)).replace("patient", "Patient")
    assert OWN not in written(world, update)
    # Once more is harmless.
    assert world.do(acts.take_away, user, post.id, why) == Refused(acts.GONE)


@pytest.mark.parametrize("user", ["UPRIYA", "USEVEN", "UAPPROVER", "UNOBODY"])
def test_others_take_nothing_away(world: IdeaWorld, user: str) -> None:
    ask(world, words=OWN)
    assert world.do(acts.take_away, user, posts(world)[0].id, names.DETAILS) == Refused(acts.NOT_YOURS)
    assert world.do(acts.take_away, user, 999, names.DETAILS) == Refused(acts.GONE)
    assert posts(world)[0].words == OWN


def test_what_was_taken_back_before_it_was_sent_is_never_sent(world: IdeaWorld) -> None:
    ask(world, words=OWN)
    row = world.letters()[0]
    world.done(acts.take_away, "UKHAN", posts(world)[0].id, names.TAKE_BACK)
    with world.database.read() as session:
        assert letters.renderers()[names.POST](session, row.payload) is None
    # Nor does anybody hear that it could not be posted.
    close(world, row, OutboxState.CANCELLED, "nothing to say any more")
    assert names.NOT_POSTED not in [one.kind for one in world.letters()]


def test_where_slack_keeps_the_words_people_have_to_take_them_out(world: IdeaWorld) -> None:
    ask(world, words=OWN)
    close(world, world.letters()[0], OutboxState.SENT)
    world.done(acts.take_away, "UKHAN", posts(world)[0].id, names.DETAILS)
    close(world, world.letters()[-1], OutboxState.FAILED, "cant_update_message")
    told = {row.recipient_id for row in world.letters() if row.kind == names.STAYS}
    assert told == {world.people[user] for user in ("UADMIN", "UKHAN", "UREED", "UDEPUTY")}
    assert "#ward-4" in written(world, world.letters()[-1])


def test_where_the_message_is_gone_so_are_its_words(world: IdeaWorld) -> None:
    ask(world, words=OWN)
    close(world, world.letters()[0], OutboxState.SENT)
    world.done(acts.take_away, "UKHAN", posts(world)[0].id, names.DETAILS)
    close(world, world.letters()[-1], OutboxState.FAILED, "message_not_found")
    assert names.STAYS not in [row.kind for row in world.letters()]


def test_of_two_who_post_in_the_same_moment_the_second_is_told(world: IdeaWorld) -> None:
    draft, _ = draft_of(world)
    assert isinstance(ask(world), Done)
    made = Draft(Posted.QUESTION, OWN, world.units["Ward 4"], draft.key, seen=draft.seen)
    outcome = world.do(acts.put_to_channel, "UREED", made)
    assert outcome == Refused(acts.ASKED_MEANWHILE)
    assert len(posts(world)) == 1


def test_that_a_question_did_not_arrive_is_not_told_at_night(world: IdeaWorld) -> None:
    ask(world)
    close(world, world.letters()[0], OutboxState.EXPIRED)
    row = next(one for one in world.letters() if one.kind == names.NOT_POSTED)
    assert row.guard is not None
    world.clock.set(world.clock.now().replace(hour=23))
    guard = letters.guards(world.settings, world.clock, TEAM)[names.NOT_POSTED]
    with world.database.read() as session:
        assert isinstance(guard(session, row, row.guard), Defer)
