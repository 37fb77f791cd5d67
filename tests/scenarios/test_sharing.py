"""A clinician shows one digest to their unit's leaders, and takes it back, over the local workspace (D4)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from slack_bolt import BoltRequest
from sqlmodel import select

from bot.ideas.names import beside, form_of
from bot.sandbox import Message
from bot.sharing import wire
from storage.answers import DigestShare
from storage.digests import Digest, Look
from storage.people import Person
from tests.scenarios.conftest import WEEK, Imported, everything_in, is_digest
from tests.scenarios.ideas import Story, opened_story, said

# She works in Ash Ward; its leaders, one of another ward, and those above.
PRIYA = "Priya Nair"
DAVID, BLESSING, JAMES = "David Llewellyn", "Blessing Afolabi", "James Hartley"
OWEN, RUTH, MARIA = "Owen Pritchard", "Ruth Adeyemi", "Maria Santos"
MONDAY = date(2026, 11, 23)


@pytest.fixture
def story(imported: Imported, tmp_path: Path) -> Iterator[Story]:
    """A hospital on Tuesday 17 November 2026."""
    with opened_story(imported, tmp_path) as made:
        yield made


def digest_for(story: Story, who: str) -> Message:
    email = next(u.email for u in story.sandbox.workspace.users.values() if u.real_name == who)
    story.parts.planner.plan_week(WEEK, [email or who])
    story.deliver()
    return next(one for one in story.dms(who) if is_digest(one))


def shares(story: Story, who: str) -> str:
    """Share from the Home; what the preview said, from the line on."""
    story.home(who)
    assert story.presses_at_home(who, wire.SHARE).acked
    blocks = story.form(who).payload["blocks"]
    line = next(index for index, block in enumerate(blocks) if block["type"] == "divider")
    assert story.completes(who).ok
    assert "Shared until Thursday 17 December" in story.told(who)
    return everything_in([{**block, "block_id": ""} for block in blocks[line + 1 :]])


def looks_at(story: Story, who: str, share: int) -> str:
    """What a leader sees behind "Open it"."""
    story.home(who)
    assert story.presses_at_home(who, beside(wire.LOOK, share)).acked
    page = everything_in([{**block, "block_id": ""} for block in story.form(who).payload["blocks"]])
    story.closes(who)
    return page


def rows(story: Story, table: Any) -> list[Any]:
    with story.hospital.database.read() as session:
        return list(session.exec(select(table).order_by(table.id)))


def test_what_is_shared_is_what_was_previewed_and_ends_when_it_is_taken_back(story: Story) -> None:
    message = digest_for(story, PRIYA)
    assert "hared with you" not in story.home(DAVID)
    before = {who: len(story.dms(who)) for who in (DAVID, BLESSING, JAMES, RUTH)}
    previewed = shares(story, PRIYA)
    headline = next(b["text"]["text"] for b in message.blocks if b["type"] == "section")
    assert headline in previewed
    assert "sent only to you" not in previewed
    assert "Shared with you" in story.home(DAVID)
    assert looks_at(story, DAVID, 1) == previewed
    assert "slack_file" not in previewed, "a picture that is sent cannot be taken back"
    assert looks_at(story, BLESSING, 1) == previewed
    for who in (OWEN, RUTH, MARIA):
        assert PRIYA not in story.home(who)
    assert f"{DAVID}, the digest of 9–15 November that you shared" in story.home(PRIYA)
    # The data move on: they see what was sent.
    with story.hospital.database.write() as session:
        session.get_one(Digest, rows(story, Digest)[0].id).facts = {"numerator": 1.0}
    assert looks_at(story, DAVID, 1) == previewed
    # It stands on their Home alone, and in their week as a number.
    story.go_to(MONDAY, time(9, 0))
    story.parts.leaders.tick()
    story.deliver()
    week = next(one for one in reversed(story.dms(DAVID)) if one.text.startswith("Your week"))
    assert "1 digest is shared with you: see your Home." in said(week)
    assert PRIYA not in said(week)
    assert len(story.dms(RUTH)) <= before[RUTH] + 1
    # Taken back: at once, on a screen that has not changed as well.
    story.home(DAVID)
    story.home(PRIYA)
    assert story.presses_at_home(PRIYA, beside(wire.WITHDRAW, 1)).acked
    assert "nobody but you" in story.told(PRIYA)
    seen = len(rows(story, Look))
    assert story.presses_at_home(DAVID, beside(wire.LOOK, 1)).acked
    assert "not shared with you any more" in story.told(DAVID)
    assert "Shared with you" not in story.home(DAVID)
    assert len(rows(story, Look)) == seen, "what was not shown was not looked at"


def test_it_ends_by_itself_and_can_be_shared_again(story: Story) -> None:
    digest_for(story, PRIYA)
    shares(story, PRIYA)
    story.home(PRIYA)
    assert story.presses_at_home(PRIYA, wire.SHARE).acked
    assert "can see this digest already" in everything_in(story.completes(PRIYA).errors or story.page(PRIYA))
    story.closes(PRIYA)
    until = rows(story, DigestShare)[0].ends_on
    story.go_to(until, time(17, 0))
    assert "Shared with you" in story.home(DAVID)
    story.home(DAVID)
    story.clock.set(story.clock.now() + timedelta(hours=8))
    assert story.presses_at_home(DAVID, beside(wire.LOOK, 1)).acked
    assert "not shared with you any more" in story.told(DAVID)
    assert "Shared with you" not in story.home(DAVID)
    assert "You share a digest" not in story.home(PRIYA)
    assert story.presses_at_home(PRIYA, wire.SHARE).acked
    assert story.completes(PRIYA).ok
    assert "Shared until" in story.told(PRIYA)
    assert len(rows(story, DigestShare)) == 2
    assert "Shared with you" in story.home(DAVID)


def test_small_counts_and_forged_forms_are_not_shared(story: Story) -> None:
    digest_for(story, PRIYA)
    digest_for(story, JAMES)
    app = story.sockets[-1].app

    def share(who: str, view_id: str, unit: str, week: str = str(WEEK)) -> str:
        chosen = {wire.UNIT: {wire.UNIT: {"selected_option": {"value": unit}}}}
        view: dict[str, Any] = {
            "id": view_id,
            "type": "modal",
            "callback_id": form_of(wire.SHARE),
            "blocks": [],
        }
        view |= {"private_metadata": week, "state": {"values": chosen}}
        body = {"type": "view_submission", "user": {"id": story.user(who)}, "view": view}
        return everything_in(app.dispatch(BoltRequest(body=body, mode="socket_mode")).body)

    units = {unit.name: str(unit.id) for unit in story.units()}
    # Somebody else's unit, somebody without a digest, another week, nonsense.
    assert "nobody to share it with" in share(PRIYA, "V0A", units["Beech Ward"])
    assert "There is no digest of yours" in share(DAVID, "V0B", units["Ash Ward"])
    assert "There is no digest of yours" in share(PRIYA, "V0C", units["Ash Ward"], "2026-W40")
    assert "nobody to share it with" in share(PRIYA, "V0D", "1;2")
    with story.hospital.database.write() as session:
        priya = session.exec(select(Person).where(Person.name == PRIYA)).one()
        digest = session.exec(select(Digest).where(Digest.person_id == priya.id)).one()
        digest.facts = {**digest.facts, "numerator": 3.0, "denominator": 90.0}
    assert "counts in this digest are so small" in share(PRIYA, "V0E", units["Ash Ward"])
    assert rows(story, DigestShare) == []
    # A deputy is shown who else leads their ward, not themselves.
    story.home(JAMES)
    assert story.presses_at_home(JAMES, wire.SHARE).acked
    page = story.page(JAMES)
    assert DAVID in page
    assert f"and {JAMES}" not in page
