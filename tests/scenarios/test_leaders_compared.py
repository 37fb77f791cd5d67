"""A leader's first week of a month: their own first words among others', and where to go and see."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update
from sqlmodel import col, select

from bot.ideas import names
from bot.leading.compared.words import HEADING
from bot.leading.names import LEADERS_PICTURE
from bot.sandbox import Message
from storage.ideas import Idea
from storage.measures import ImportBatch
from storage.people import Unit
from storage.terms import IdeaState
from tests.scenarios.conftest import Imported, everything_in
from tests.scenarios.ideas import Story, buttons_of, opened_story, said

# Who leads Ash Ward, its manager, who leads above, and a colleague.
DAVID, BLESSING, RUTH, JACK = "David Llewellyn", "Blessing Afolabi", "Ruth Adeyemi", "Jack Turnbull"
# The first week of December, and the one after.
MONDAY, NEXT = date(2026, 12, 7), date(2026, 12, 14)
# All of its ideas came on this Wednesday and the days after.
CAME = date(2026, 11, 11)


@pytest.fixture
def story(imported: Imported, tmp_path: Path) -> Iterator[Story]:
    """A hospital in which eight ideas came to each unit in November; some had first words the next day."""
    with opened_story(imported, tmp_path) as made:
        zone = made.hospital.settings.zone
        with made.hospital.database.write() as session:
            # Whenever this test runs, its hospital has used Rounds for long.
            session.execute(update(ImportBatch).values(published_at=datetime(2026, 1, 5, tzinfo=UTC)))
            # Two more wards, led by deputies of others: seven leaderships in all.
            deputies = [unit.deputy_id for unit in made.units() if unit.name in ("Ash Ward", "Beech Ward")]
            for name, deputy in zip(("Hazel Ward", "Rowan Ward"), deputies, strict=True):
                session.add(Unit(name=name, leader_id=deputy))
            session.flush()
            led = session.exec(select(Unit).order_by(col(Unit.id))).all()
            for rank, unit in enumerate(led):
                assert unit.id is not None
                for number in range(8):
                    came = datetime.combine(CAME, time(9), zone)
                    words = came + timedelta(days=1 if number <= rank % 8 else 12)
                    session.add(
                        Idea(
                            text=f"Idea {number} of {unit.name}",
                            unit_id=unit.id,
                            answering_unit_id=unit.id,
                            anonymous=True,
                            state=IdeaState.ACKNOWLEDGED,
                            handed_in_at=came,
                            moved_at=words,
                            first_words_at=words,
                        )
                    )
        yield made


def week_of(story: Story, who: str, monday: date) -> Message:
    """The leader's week that comes on a Monday morning."""
    story.go_to(monday, time(8, 31))
    story.parts.leaders.tick()
    story.deliver()
    return [one for one in story.dms(who) if one.text.startswith("Your week · ")][-1]


def pictures(story: Story, who: str) -> list[Message]:
    return [one for one in story.dms(who) if one.text == "Your picture, as you asked"]


def test_a_leader_is_told_once_a_month_and_gets_the_picture_on_request(story: Story) -> None:
    week = week_of(story, DAVID, MONDAY)
    assert HEADING in said(week)
    assert "of the 8 ideas that came to your units had first words within 2 working days" in said(week)
    assert "September–November; half of the leaders are above" in said(week)
    assert "Only you are shown this." in said(week)
    assert story.presses(DAVID, week, LEADERS_PICTURE).acked
    assert "The picture comes" in story.told(DAVID)
    story.deliver()
    assert len(pictures(story, DAVID)) == 1
    assert "colleagues, drawn as" in everything_in(pictures(story, DAVID)[0].blocks)
    # Slack delivers the press once more: one picture.
    story.comes_again()
    story.deliver()
    assert len(pictures(story, DAVID)) == 1
    # Not in the next week. By then nothing has come for four weeks.
    assert "*Go and see*" not in said(week)
    later = week_of(story, DAVID, NEXT)
    assert later.ts != week.ts
    assert HEADING not in said(later)
    assert "No idea has come to you from Ash Ward for four weeks." in said(later)
    assert names.LIST in buttons_of(later)


def test_somebody_else_who_gets_hold_of_the_button_is_shown_nothing(story: Story) -> None:
    week = week_of(story, DAVID, MONDAY)
    workspace = story.sandbox.workspace
    place = workspace.open_dm(story.user(JACK))
    forged = workspace.post(place, replace(week, ts=workspace.new_ts(), channel=place.id))
    assert story.presses(JACK, forged, LEADERS_PICTURE).acked
    assert "nothing to compare" in story.told(JACK)
    story.deliver()
    assert pictures(story, JACK) == []
    # Nobody's figure is anywhere but in their own conversation.
    for who in (DAVID, BLESSING, RUTH, JACK):
        home = story.home(who)
        assert "half of the leaders" not in home
    for channel in workspace.channels.values():
        if not channel.id.startswith("D"):
            assert all("half of the leaders" not in said(one) for one in channel.messages)
