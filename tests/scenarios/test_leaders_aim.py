"""The top of a leader's week over the local workspace: their own aim, and the care with its picture."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, time, timedelta
from pathlib import Path

import pytest
from sqlmodel import col, select

from bot.ideas import names as idea_names
from bot.leading import names
from bot.sandbox import Message
from storage.leading import Aim
from storage.people import Unit
from tests.scenarios.conftest import Imported
from tests.scenarios.ideas import Story, opened_story, said

# Who leads Ash Ward and who manages it; and a nurse there.
DAVID, BLESSING, MARIA = "David Llewellyn", "Blessing Afolabi", "Maria Santos"
MONDAY = date(2026, 11, 23)
WORDS = "Nobody waits in pain."


@pytest.fixture
def story(imported: Imported, tmp_path: Path) -> Iterator[Story]:
    """A hospital on Tuesday 17 November 2026."""
    with opened_story(imported, tmp_path) as made:
        yield made


def the_week(story: Story, who: str) -> Message:
    """Somebody's week, as it stands now."""
    return [one for one in story.dms(who) if one.text.startswith("Your week")][-1]


def monday(story: Story) -> None:
    story.go_to(MONDAY, time(8, 31))
    story.parts.leaders.tick()
    story.deliver()


def ash_ward(story: Story) -> int:
    with story.hospital.database.read() as session:
        unit = session.exec(select(Unit).where(Unit.name == "Ash Ward")).one().id
    assert unit is not None
    return unit


def pictures_of(message: Message) -> list[str]:
    """The files that a message shows."""
    return [str(block["slack_file"]["id"]) for block in message.blocks if block["type"] == "image"]


def test_an_aim_is_set_at_home_and_changed_from_the_week(story: Story) -> None:
    button = idea_names.beside(names.AIM, ash_ward(story))
    assert "*Our aim* · Ash Ward has none yet." in story.home(DAVID)
    story.presses_at_home(DAVID, button)
    assert story.completes(DAVID, **{names.AIM_WORDS: "Nobody waits for Dr Foster."}).errors
    assert story.completes(DAVID, **{names.AIM_WORDS: WORDS}).acked
    story.deliver()
    assert (
        "*Our aim in Ash Ward since 17 November 2026*, as you put it: “Nobody waits in pain.”"
        in story.home(DAVID)
    )
    assert "in its leaders' words: “Nobody waits in pain.”" in story.home(MARIA)
    monday(story)
    for who in (DAVID, BLESSING):
        assert "“Nobody waits in pain.”" in said(the_week(story, who))
    before = the_week(story, BLESSING)
    story.presses(BLESSING, before, button)
    assert story.completes(BLESSING, **{names.AIM_WORDS: "Everybody knows the plan."}).acked
    story.deliver()
    # Both weeks follow, with the same picture, and nobody gets another message.
    for who, told in ((BLESSING, "as you put it"), (DAVID, f"as {BLESSING} put it")):
        week = the_week(story, who)
        assert f"{told}: “Everybody knows the plan.”" in said(week)
        assert len(pictures_of(week)) == 1
    assert the_week(story, BLESSING).ts == before.ts
    assert pictures_of(the_week(story, BLESSING)) == pictures_of(before)
    with story.hospital.database.read() as session:
        kept = session.exec(select(Aim).order_by(col(Aim.id))).all()
    assert [(one.words, one.set_on) for one in kept] == [
        (WORDS, MONDAY - timedelta(days=6)),
        ("Everybody knows the plan.", MONDAY),
    ]
    assert kept[0].ended_on == MONDAY


def test_a_picture_that_slack_does_not_take_costs_nobody_their_week(story: Story) -> None:
    story.sandbox.faults.errors["files.getUploadURLExternal"] = ["internal_error"] * 200
    monday(story)
    for _ in range(8):
        story.clock.sleep(60)
        story.deliver()
    week = the_week(story, DAVID)
    assert pictures_of(week) == []
    assert "*The care*" in said(week)


def test_a_file_that_is_gone_does_not_keep_the_week_from_being_brought_up_to_date(story: Story) -> None:
    monday(story)
    (file,) = pictures_of(the_week(story, DAVID))
    del story.sandbox.workspace.files[file]
    story.home(DAVID)
    story.presses_at_home(DAVID, idea_names.beside(names.AIM, ash_ward(story)))
    assert story.completes(DAVID, **{names.AIM_WORDS: WORDS}).acked
    story.deliver()
    week = the_week(story, DAVID)
    assert "“Nobody waits in pain.”" in said(week)
    assert pictures_of(week) == []
