"""A week's digests, from the files to the private conversations, over real HTTP."""

from __future__ import annotations

import itertools
from datetime import date

import pytest

from bot.demo.generate import Plant
from bot.sandbox import Message
from storage.digest_queries import digest_of, states_of_week
from storage.figures import bound_people
from storage.outbox_queue import failures
from storage.people import Absence, SlackAccount
from storage.terms import DigestState
from tests.scenarios.conftest import MONDAY_MORNING, SUNDAY, WEEK, Hospital, everything_in, is_digest


def _files(message: Message) -> set[str]:
    return {block["slack_file"]["id"] for block in message.blocks or () if "slack_file" in block}


def test_everybody_with_figures_gets_one_digest_and_nobody_elses_conversation_holds_it(
    sent: Hospital,
) -> None:
    workspace = sent.sandbox.workspace
    away = {story.clinician_code for story in sent.world.of(Plant.ON_LEAVE)}
    without = {story.clinician_code for story in sent.world.of(Plant.NO_DATA)}
    for code in sent.world.clinicians:
        expected = 0 if code in away | without else 1
        assert len(sent.digests(code)) == expected, code
    # Digests are in direct messages only, of the app and one person.
    for channel in workspace.channels.values():
        held = [m for m in workspace.messages(channel.id) if is_digest(m)]
        if held:
            assert channel.dm_with is not None
    # The same picture or the same figures are nowhere else.
    files = [_files(m) for code in sent.world.clinicians for m in sent.digests(code)]
    assert all(len(found) == 1 for found in files)
    assert not any(a & b for a, b in itertools.combinations(files, 2))


def test_a_welcome_that_says_what_comes_stands_before_the_first_digest_only(waiting: Hospital) -> None:
    parts = waiting.send()
    first, second = waiting.sandbox.workspace.dm(waiting.user("C01"))
    assert first.text == "Welcome to Rounds"
    assert waiting.settings.rounds_purpose.split(".")[0] in everything_in(first.blocks)
    assert "/digest stop" in everything_in(first.blocks)
    assert is_digest(second)
    waiting.send(parts, type(WEEK).of(date(2026, 11, 22)))
    assert [m.text for m in waiting.sandbox.workspace.dm(waiting.user("C01"))].count("Welcome to Rounds") == 1


def test_the_notification_names_no_measure_and_no_figure(sent: Hospital) -> None:
    for code in sent.world.clinicians:
        for message in sent.digests(code):
            assert message.text == "Your week in care, 9–15 November"


@pytest.mark.parametrize("plant", [Plant.GAIN, Plant.LOSS, Plant.GAP, Plant.TOP, Plant.NEAR])
def test_the_planted_stories_are_told(sent: Hospital, plant: Plant) -> None:
    for story in sent.world.of(plant):
        with sent.database.read() as session:
            person_id = next(p.id for p, c in bound_people(session, SUNDAY) if c == story.clinician_code)
            assert person_id is not None
            digest = digest_of(session, person_id, str(WEEK))
        assert digest is not None
        assert digest.message_type == plant.value


def test_sending_twice_sends_once(waiting: Hospital) -> None:
    parts = waiting.send()
    before = len(waiting.sandbox.workspace.calls("chat.postMessage"))
    waiting.send(parts)
    waiting.send(waiting.parts())
    assert len(waiting.sandbox.workspace.calls("chat.postMessage")) == before


def test_somebody_on_leave_gets_none_and_it_is_recorded(hospital: Hospital) -> None:
    with hospital.database.write() as session:
        person_id = next(p.id for p, c in bound_people(session, SUNDAY) if c == "C01")
        assert person_id is not None
        session.add(Absence(person_id=person_id, starts=date(2020, 1, 1), ends=date(2099, 1, 1)))
    hospital.send()
    assert hospital.sandbox.workspace.dm(hospital.user("C01")) == []
    with hospital.database.read() as session:
        digest = digest_of(session, person_id, str(WEEK))
    assert digest is not None
    assert (digest.state, digest.reason) == (DigestState.SKIPPED, "They are away.")


@pytest.mark.parametrize("plant", [Plant.SMALL_GROUP, Plant.STARTER])
def test_a_group_of_three_and_a_new_starter_see_own_counts_and_why_nothing_is_compared(
    sent: Hospital, plant: Plant
) -> None:
    for story in sent.world.of(plant):
        (digest,) = sent.digests(story.clinician_code)
        words = everything_in(digest.blocks)
        assert "have reached" not in words
        assert "median" not in words
        assert "your own figures" in words


def test_a_deactivated_user_is_recorded_and_the_others_get_theirs(waiting: Hospital) -> None:
    parts = waiting.parts()
    parts.sync()
    parts.planner.plan_week(WEEK)
    waiting.sandbox.workspace.deactivate(waiting.user("C02"))
    parts.courier.drain(60.0)
    assert waiting.digests("C02") == []
    assert len(waiting.digests("C03")) == 1
    with waiting.database.read() as session:
        outcomes = [row.outcome for row in failures(session, MONDAY_MORNING.replace(year=2000))]
        states = states_of_week(session, str(WEEK))
    assert "account_inactive" in outcomes
    assert states[DigestState.FAILED] == 1


def test_an_account_whose_email_changed_hands_holds_the_digest(waiting: Hospital) -> None:
    parts = waiting.parts()
    parts.sync()
    parts.planner.plan_week(WEEK)
    waiting.sandbox.workspace.users[waiting.user("C02")].email = "somebody.else@rounds.example"
    with waiting.database.write() as session:
        account = session.get(SlackAccount, 1)
        assert account is not None
    parts.courier.drain(60.0)
    with waiting.database.read() as session:
        states = states_of_week(session, str(WEEK))
    assert states[DigestState.HELD] == 1


def test_one_person_who_left_slack_is_held_and_sent_once_they_are_back(hospital: Hospital) -> None:
    user = hospital.sandbox.workspace.users[hospital.user("C02")]
    email, user.email = user.email, "nobody.yet@rounds.example"
    parts = hospital.send()
    with hospital.database.read() as session:
        assert states_of_week(session, str(WEEK))[DigestState.HELD] == 1
    user.email = email
    hospital.send(parts)
    assert len(hospital.digests("C02")) == 1


def test_random_429s_delay_digests_and_lose_none(waiting: Hospital) -> None:
    faults = waiting.sandbox.faults
    faults.ratelimit_chance = {"*": 0.15}
    waiting.send()
    faults.ratelimit_chance = {}
    for code in waiting.world.clinicians:
        assert len(waiting.digests(code)) <= 1
    with waiting.database.read() as session:
        assert states_of_week(session, str(WEEK))[DigestState.SENT] == 22


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_connection_that_breaks_gives_everybody_one_digest_and_one_picture(
    waiting: Hospital, when: str
) -> None:
    faults = waiting.sandbox.faults
    chance = faults.break_before_chance if when == "before" else faults.break_after_chance
    chance["*"] = 0.1
    parts = waiting.parts()
    chance_free = dict(chance)
    chance.clear()
    parts.sync()
    parts.planner.plan_week(WEEK)
    chance.update(chance_free)
    parts.courier.drain(90.0)
    chance.clear()
    parts.courier.drain(30.0)
    for code in waiting.world.clinicians:
        found = waiting.digests(code)
        assert len(found) <= 1, code
        assert all(len(_files(m)) == 1 for m in found)
    with waiting.database.read() as session:
        assert states_of_week(session, str(WEEK))[DigestState.SENT] == 22
