"""Names in a peer group: asked once, agreed both ways, withdrawn at once, over the local workspace (D2)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from slack_bolt import BoltRequest
from sqlmodel import select

from bot.digests.weeks import IsoWeek
from bot.ideas.names import beside, form_of
from bot.names import wire
from bot.sandbox import Message
from storage.answers import NameConsent
from storage.consent_rows import group_named, set_blinding
from storage.terms import Blinding
from tests.scenarios.conftest import WEEK, Imported, everything_in, is_digest
from tests.scenarios.ideas import Story, opened_story, said

# Members of one group; the last is the deputy of a ward in it, so one of its leaders.
PRIYA, SIOBHAN, REBECCA, JAMES = "Priya Nair", "Siobhan Kelly", "Rebecca Thornton", "James Hartley"
GROUP = "Physicians"
# Of no group with names, and of none at all.
ALICE, MARIA, RUTH = "Alice Penrose", "Maria Santos", "Ruth Adeyemi"


@pytest.fixture
def story(imported: Imported, tmp_path: Path) -> Iterator[Story]:
    """A hospital on Tuesday 17 November 2026, in which physicians may agree to names."""
    with opened_story(imported, tmp_path, rounds_names_after=0) as made:
        blind(made, Blinding.UNBLINDED)
        yield made


def blind(story: Story, how: Blinding) -> int:
    """Set the group's policy; the group's id."""
    with story.hospital.database.write() as session:
        group = group_named(session, GROUP)
        assert group is not None
        set_blinding(session, group, how, story.clock.now())
        assert group.id is not None
        return group.id


def digests_for(story: Story, *who: str) -> list[Message]:
    """Send these people their digest of the week."""
    workspace = story.sandbox.workspace
    emails = [user.email for user in workspace.users.values() if user.email and user.real_name in who]
    story.parts.planner.plan_week(WEEK, emails)
    story.deliver()
    return [next(one for one in story.dms(name) if is_digest(one)) for name in who]


def agrees(story: Story, who: str, *, leaders: bool = False) -> None:
    """From the Home."""
    story.home(who)
    assert story.presses_at_home(who, beside(wire.NAMES, blind_id(story))).acked
    assert story.completes(who, **{wire.LEADERS: ["yes"] if leaders else []}).ok
    story.closes(who)


def blind_id(story: Story) -> int:
    with story.hospital.database.read() as session:
        group = group_named(session, GROUP)
        assert group is not None
        return group.id or 0


def table(story: Story, who: str) -> str:
    """What somebody's page of their peer group says."""
    story.home(who)
    assert story.presses_at_home(who, wire.PEERS).acked
    page = story.page(who)
    story.closes(who)
    return page


def consents(story: Story) -> list[NameConsent]:
    with story.hospital.database.read() as session:
        return list(session.exec(select(NameConsent)))


def test_members_are_asked_once_beneath_a_digest_and_see_names_only_both_ways(story: Story) -> None:
    first, second, _ = digests_for(story, PRIYA, SIOBHAN, REBECCA)
    assert "Names in your peer group." in said(first)
    assert len(story.dms(PRIYA)) == 2, "the welcome and the digest: no message more"
    assert story.presses(PRIYA, first, wire.NAMES).acked
    page = story.page(PRIYA)
    assert "Nobody is told who was asked" in page
    assert "Ruth Adeyemi" in page, "the leaders are named"
    assert story.completes(PRIYA).ok
    story.closes(PRIYA)
    # One yes is none yet.
    for who in (PRIYA, SIOBHAN, REBECCA):
        seen = table(story, who)
        assert not any(name in seen for name in {PRIYA, SIOBHAN, REBECCA})
        assert "a colleague" in seen
        assert "of 1" not in seen.split("a colleague", 1)[1], "patient numbers of others"
    assert story.presses(SIOBHAN, second, wire.NAMES).acked
    assert story.completes(SIOBHAN).ok
    story.closes(SIOBHAN)
    assert PRIYA in table(story, SIOBHAN)
    assert SIOBHAN in table(story, PRIYA)
    assert PRIYA not in table(story, REBECCA)
    # Each was told of the other's look, and only once a day.
    assert f"{SIOBHAN}, your figure with your name" in story.home(PRIYA)
    assert story.home(PRIYA).count("your figure with your name") == 1
    table(story, SIOBHAN)
    assert story.home(PRIYA).count("your figure with your name") == 1
    # Withdrawn: gone at once, on both sides, and nobody is told.
    before = len(story.dms(SIOBHAN))
    story.home(PRIYA)
    assert story.presses_at_home(PRIYA, beside(wire.NAMES, blind_id(story))).acked
    assert story.presses_on_page(PRIYA, wire.WITHDRAW).acked
    assert "no longer shown" in story.told(PRIYA)
    assert PRIYA not in table(story, SIOBHAN)
    assert SIOBHAN not in table(story, PRIYA)
    story.deliver()
    assert len(story.dms(SIOBHAN)) == before
    # Asked once: the next week's digest says nothing of it.
    story.pass_days(7)
    email = next(u.email for u in story.sandbox.workspace.users.values() if u.real_name == REBECCA)
    story.parts.planner.plan_week(IsoWeek.of(WEEK.monday + timedelta(days=7)), [email or REBECCA])
    story.deliver()
    questions = [one for one in story.dms(REBECCA) if "Names in your peer group." in said(one)]
    assert len(questions) == 1


def test_a_leader_in_the_group_sees_a_name_only_where_its_owner_said_so(story: Story) -> None:
    digests_for(story, PRIYA, JAMES)
    agrees(story, PRIYA)
    agrees(story, JAMES, leaders=True)
    assert PRIYA not in table(story, JAMES)
    assert JAMES not in table(story, PRIYA), "it is the same both ways"
    agrees(story, PRIYA, leaders=True)
    assert PRIYA in table(story, JAMES)
    assert JAMES in table(story, PRIYA)
    # A leader who is no member has no such page, and sees nothing of it at home.
    assert "peer group" not in story.home(RUTH).lower()
    # Blinded again: no name anywhere, and everybody would be asked anew.
    blind(story, Blinding.BLINDED)
    assert PRIYA not in table(story, JAMES)
    assert "Names in" not in story.home(PRIYA)
    assert all(one.withdrawn_at is not None and one.asked_at is None for one in consents(story))


def test_forged_buttons_and_forms_open_nothing(story: Story) -> None:
    digests_for(story, PRIYA, ALICE)
    group = blind_id(story)
    app = story.sockets[-1].app

    def agree(who: str, view_id: str, value: str) -> str:
        view: dict[str, Any] = {
            "id": view_id,
            "type": "modal",
            "callback_id": form_of(wire.NAMES),
            "blocks": [],
        }
        view |= {"private_metadata": value, "state": {"values": {}}}
        body = {"type": "view_submission", "user": {"id": story.user(who)}, "view": view}
        return everything_in(app.dispatch(BoltRequest(body=body, mode="socket_mode")).body)

    for number, who in enumerate((ALICE, MARIA, RUTH)):
        assert "nothing was saved" in agree(who, f"V0FORGED{number}", str(group)), who
    for number, value in enumerate(("0", "999", "x", "", f"{group};1")):
        assert "nothing was saved" in agree(PRIYA, f"V0WRONG{number}", value), value
    assert [one for one in consents(story) if one.agreed_at is not None] == []


def test_a_group_that_is_blinded_asks_nothing(imported: Imported, tmp_path: Path) -> None:
    with opened_story(imported, tmp_path, rounds_names_after=0) as story:
        (message,) = digests_for(story, PRIYA)
        assert "Names" not in said(message)
        assert "Names in" not in story.home(PRIYA)
        assert "a colleague" in table(story, PRIYA)
        # Others' figures stand there without the numbers that could give somebody away.
        assert consents(story) == []
