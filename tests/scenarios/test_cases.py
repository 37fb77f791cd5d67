"""The cases behind a figure over the local workspace: shown, turned, set aside, told of; nobody else's."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from slack_bolt import BoltRequest
from sqlmodel import select

from bot.answers.acts import case_value
from bot.cases import names
from bot.digests.history import FIRST_DAY, LAST_DAY
from bot.digests.weeks import IsoWeek
from bot.sandbox import Message
from storage.answers import FigureAnswer, SetAside
from storage.case_queries import person_cases
from storage.digests import Digest, Look
from storage.outbox import OutboxRow
from tests.scenarios.conftest import WEEK, Imported, is_digest
from tests.scenarios.ideas import Story, opened_story, said

# A gain of hers leads first, of which there are cases; then a case of hers in words.
AMARA, SAMUEL = "Amara Okafor", "Samuel Adeniyi"
URL = "https://records.hospital.example/case/{ref}"


@pytest.fixture
def story(imported: Imported, tmp_path: Path) -> Iterator[Story]:
    """A hospital on Tuesday 17 November 2026 that links to its own record system."""
    with opened_story(imported, tmp_path, rounds_case_url=URL) as made:
        yield made


def sent(story: Story, who: str, week: IsoWeek) -> Message:
    """Send somebody the digest of a week."""
    email = next(u.email for u in story.sandbox.workspace.users.values() if u.real_name == who)
    assert email is not None
    assert story.parts.planner.plan_week(week, [email]).planned == 1
    story.deliver()
    return next(one for one in reversed(story.dms(who)) if is_digest(one))


def test_cases_are_shown_turned_and_set_aside_and_nobody_elses_can_be(story: Story) -> None:
    message = sent(story, AMARA, WEEK)
    with story.hospital.database.read() as session:
        digest = session.exec(select(Digest)).one()
        assert digest.measure_id is not None
        days = [date.fromordinal(int(digest.facts[name])) for name in (FIRST_DAY, LAST_DAY)]
        cases = person_cases(session, digest.person_id, digest.measure_id, *days)
        mine = [case.case_ref for case in cases]
    assert story.presses(AMARA, message, names.SHOW).acked
    shown, pressed = story.page(AMARA), story.came_in[-1]
    assert f"{len(mine)} cases" in shown
    assert all(f"{URL.replace('{ref}', ref)}|{ref}" in shown for ref in mine[:25])
    assert mine[25] not in shown
    assert story.presses_on_page(AMARA, f"{names.PAGE}-1").acked
    assert mine[25] in story.page(AMARA)
    assert mine[0] not in story.page(AMARA)
    assert story.presses_on_page(AMARA, f"{names.PAGE}-0").acked
    assert mine[0] in story.page(AMARA)
    assert mine[25] not in story.page(AMARA)
    # Two of them are set aside.
    assert story.presses_on_page(AMARA, names.ASIDE).acked
    chosen = [case_value(case.day, case.case_ref) for case in cases[:2]]
    filled = {names.CASES: chosen, names.KIND: "not_my_patient", names.WORDS: "Moved before my round."}
    assert story.completes(AMARA, **filled).ok, story.page(AMARA)
    story.closes(AMARA)
    assert story.presses(AMARA, message, names.SHOW).acked
    assert story.page(AMARA).count(" · set aside") == 2
    story.closes(AMARA)
    with story.hospital.database.read() as session:
        assert {row.case_ref for row in session.exec(select(SetAside))} == set(mine[:2])
        # Own looks leave no trace, and what is sent holds no reference.
        assert session.exec(select(Look)).all() == []
        assert not any(mine[0] in str(row.payload) for row in session.exec(select(OutboxRow)))
    # Somebody else presses her button, or makes one up.
    for value in (str(WEEK), f"{WEEK}:25", f"{digest.person_id}:{WEEK}", str(digest.id), ""):
        workspace, user = story.sandbox.workspace, story.user(SAMUEL)
        forged = {
            **pressed,
            "user": {**pressed["user"], "id": user},
            "trigger_id": workspace.new_trigger(user),
        }
        forged["actions"] = [{**pressed["actions"][0], "value": value}]
        assert story.sockets[-1].app.dispatch(BoltRequest(body=forged, mode="socket_mode")).status == 200
        assert "no longer kept" in story.page(SAMUEL)
        assert not any(ref in story.page(SAMUEL) for ref in mine)
        story.closes(SAMUEL)


def test_a_case_in_words_is_read_whole_and_answered_for_its_teller_alone(story: Story) -> None:
    sent(story, AMARA, IsoWeek.of(WEEK.sunday - timedelta(weeks=1)))
    message = sent(story, AMARA, WEEK)
    assert "Moved on the second evening" in said(message)
    assert all(block["type"] != "image" for block in message.blocks)
    assert story.presses(AMARA, message, names.SHOW).acked
    assert "what the first sign had been" in story.page(AMARA)
    story.closes(AMARA)
    assert story.presses(AMARA, message, names.TELL).acked
    assert story.sends(AMARA, **{names.WORDS: "Ring me on 07700 900123"}).errors
    told = "We looked twice at noon, and again at four."
    assert story.completes(AMARA, **{names.WORDS: told}).ok
    assert "for you alone" in story.told(AMARA)
    assert story.presses(AMARA, message, names.TELL).acked
    assert told in story.page(AMARA)
    with story.hospital.database.read() as session:
        assert session.exec(select(FigureAnswer)).all() == []
        assert not any(told in str(row.payload) for row in session.exec(select(OutboxRow)))
