"""A coach is asked for a talk, and a colleague how they do it, over the local workspace."""

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
from bot.talks import names
from storage.people import Person, RoleGrant
from storage.talks import Offer, Talk
from storage.terms import RoleName, TalkState
from tests.scenarios.conftest import WEEK, Imported, everything_in, is_digest
from tests.scenarios.ideas import Story, buttons_of, opened_story, said

GRACE, KAREN = "Grace Mensah", "Karen Mulholland"  # the coach; a ward manager who becomes one
MARIA, OWEN = "Maria Santos", "Owen Pritchard"
# Two who have reached it on the same measure, and one of their peers whom it led as a gap.
PRIYA, SIOBHAN, REBECCA = "Priya Nair", "Siobhan Kelly", "Rebecca Thornton"
WEDNESDAY = date(2026, 11, 18)
LINE = "Thirty years of night shifts; I mostly ask questions."
LEADERS_AND_ANALYSTS = ("David Llewellyn", "Ruth Adeyemi", "Yusuf Rahman", "Helen Whitworth")


@pytest.fixture
def story(imported: Imported, tmp_path: Path) -> Iterator[Story]:
    """A hospital on Tuesday 17 November 2026, before any digest."""
    with opened_story(imported, tmp_path) as made:
        yield made


def rows(story: Story, table: Any) -> list[Any]:
    with story.hospital.database.read() as session:
        return list(session.exec(select(table).order_by(table.id)))


def digest_for(story: Story, *who: str) -> Message:
    """Send these people their digest of the week; the last one's."""
    workspace = story.sandbox.workspace
    emails = [user.email for user in workspace.users.values() if user.email and user.real_name in who]
    assert story.parts.planner.plan_week(WEEK, emails).planned == len(who)
    story.deliver()
    return next(one for one in reversed(story.dms(who[-1])) if is_digest(one))


def actions_of(blocks: Any) -> set[str]:
    """All action_ids, beside texts as well."""
    found = {b["accessory"]["action_id"] for b in blocks if "action_id" in b.get("accessory", {})}
    return found | {e["action_id"] for b in blocks if b["type"] == "actions" for e in b["elements"]}


def offers_to_listen(story: Story, who: str, line: str = "") -> None:
    story.home(who)
    assert story.presses_at_home(who, names.LISTEN).acked
    assert story.completes(who, **{names.WORDS: line}).ok
    assert "You can end your offer" in story.told(who)


def asks_coach(story: Story, who: str, coach: str) -> None:
    """From the Home."""
    assert "Talk it through" in story.home(who)
    assert story.presses_at_home(who, names.TALK).acked
    chosen = offer_of(story, coach)
    assert story.completes(who, **{names.WHO: str(chosen)}).ok
    assert "Your colleague is asked" in story.told(who)


def offer_of(story: Story, who: str) -> int:
    """The id of somebody's latest offer."""
    with story.hospital.database.read() as session:
        person = session.exec(select(Person).where(Person.name == who)).one()
        offers = session.exec(select(Offer).where(Offer.person_id == person.id)).all()
    return max(offer.id or 0 for offer in offers)


def offers_to_tell(story: Story, who: str, message: Message) -> None:
    assert story.presses(who, message, names.TELL).acked
    assert "will be told your name" in story.page(who)
    assert "among those who have reached it" in story.page(who)
    assert story.completes(who).ok
    story.closes(who)


def becomes_coach(story: Story, who: str) -> None:
    with story.hospital.database.write() as session:
        person = session.exec(select(Person).where(Person.name == who)).one()
        assert person.id is not None
        session.add(RoleGrant(person_id=person.id, role=RoleName.COACH))


def test_a_coach_offers_to_listen_is_asked_and_says_gladly(story: Story) -> None:
    assert "Talk it through" not in story.home(MARIA)
    assert "Offer to listen" not in story.home(MARIA)
    offers_to_listen(story, GRACE, LINE)
    assert LINE in story.home(GRACE)
    assert "Talk it through" not in story.home(GRACE)
    story.home(MARIA)
    assert story.presses_at_home(MARIA, names.TALK).acked
    page = story.page(MARIA)
    assert GRACE in page
    assert LINE in page
    assert "nothing of your figures" in page
    assert story.completes(MARIA).ok
    story.closes(MARIA)
    request = story.last_dm(GRACE)
    assert f"{MARIA} would like to talk something through with you." in said(request)
    assert request.text == "A colleague would like to talk with you"
    assert story.presses(GRACE, request, names.GLADLY).acked
    story.deliver()
    now = next(one for one in story.dms(GRACE) if one.ts == request.ts)
    assert buttons_of(now) == set()
    assert f"<@{story.user(MARIA)}>" in said(now)
    assert f"<@{story.user(GRACE)}>" in said(story.last_dm(MARIA))
    # Old buttons and the same press once more change nothing.
    before = len(story.dms(MARIA))
    story.comes_again()
    story.deliver()
    assert len(story.dms(MARIA)) == before
    (talk,) = rows(story, Talk)
    assert talk.state is TalkState.ACCEPTED
    for who in LEADERS_AND_ANALYSTS:
        assert MARIA not in story.home(who)
        assert all(MARIA not in said(one) for one in story.dms(who))


def test_a_coach_who_cannot_is_no_dead_end_and_a_request_can_be_taken_back(story: Story) -> None:
    becomes_coach(story, KAREN)
    offers_to_listen(story, GRACE)
    offers_to_listen(story, KAREN)
    asks_coach(story, MARIA, GRACE)
    request = story.last_dm(GRACE)
    assert story.presses(GRACE, request, names.NOT_NOW).acked
    story.deliver()
    told = story.last_dm(MARIA)
    assert "Grace Mensah cannot just now." in said(told)
    assert story.presses(MARIA, told, names.TALK).acked
    # Whoever has just said so is not offered again at once; the other one is.
    assert GRACE not in story.page(MARIA)
    assert KAREN in story.page(MARIA)
    assert story.completes(MARIA).ok
    story.closes(MARIA)
    waiting = story.last_dm(KAREN)
    assert "You have asked Karen Mulholland" in story.home(MARIA)
    assert story.presses_at_home(MARIA, beside(names.TAKE_BACK, rows(story, Talk)[-1].id)).acked
    story.deliver()
    now = next(one for one in story.dms(KAREN) if one.ts == waiting.ts)
    assert "They have taken the request back." in said(now)
    assert buttons_of(now) == set()
    assert "You have asked" not in story.home(MARIA)
    # The other's old message, pressed from a screen that did not change yet.
    story.sandbox.click(story.user(KAREN), waiting.ts, names.GLADLY, channel=waiting.channel)
    story.deliver()
    assert [talk.state for talk in rows(story, Talk)] == [TalkState.DECLINED, TalkState.WITHDRAWN]


def test_a_request_comes_within_the_coachs_hours_and_lapses_when_nobody_answers(story: Story) -> None:
    offers_to_listen(story, GRACE)
    story.clock.set(story.clock.now().replace(hour=21))
    story.home(MARIA)
    assert story.presses_at_home(MARIA, names.TALK).acked
    assert story.sends(MARIA).ok
    story.closes(MARIA)
    story.parts.courier.drain(1.0)
    before = len(story.dms(GRACE))
    story.go_to(WEDNESDAY, time(8, 1))
    assert len(story.dms(GRACE)) == before + 1
    request = story.last_dm(GRACE)
    story.clock.set(story.clock.now() + timedelta(days=14))
    assert story.parts.talks_due() == 1
    assert story.parts.talks_due() == 0
    story.deliver()
    assert "so it has lapsed" in said(story.last_dm(MARIA))
    now = next(one for one in story.dms(GRACE) if one.ts == request.ts)
    assert "This request has lapsed" in said(now)
    assert buttons_of(now) == set()


def test_words_with_patient_details_stay_in_the_form(story: Story) -> None:
    story.home(GRACE)
    assert story.presses_at_home(GRACE, names.LISTEN).acked
    result = story.sends(GRACE, **{names.WORDS: "Ring me on 07700 900123 about Mr Smith"})
    assert result.errors
    assert rows(story, Offer) == []
    assert story.completes(GRACE, **{names.WORDS: ""}).ok
    assert len(rows(story, Offer)) == 1
    story.closes(GRACE)
    story.home(GRACE)
    assert story.presses_at_home(GRACE, beside(names.END, offer_of(story, GRACE))).acked
    story.deliver()
    assert "Offer to listen" in story.home(GRACE)
    assert "Talk it through" not in story.home(MARIA)


def test_a_colleague_tells_how_after_another_could_not(story: Story) -> None:
    offers_to_tell(story, PRIYA, digest_for(story, PRIYA))
    assert "You offer to tell colleagues how" in story.home(PRIYA)
    # Their own digest says nothing of an offer of theirs, nor a second time that they may.
    message = digest_for(story, SIOBHAN, REBECCA)
    assert "A colleague who has reached it offers to tell how." in said(message)
    for private in (PRIYA, SIOBHAN, story.user(PRIYA), "offer_id"):
        assert private not in said(message)
    assert story.presses(REBECCA, message, "digest_more").acked
    more = story.form(REBECCA).payload
    assert PRIYA not in everything_in(more)
    assert any(one.startswith(names.ASK) for one in actions_of(more["blocks"]))
    story.closes(REBECCA)
    assert story.presses(REBECCA, message, names.ASK).acked
    assert "nothing of your figures" in story.page(REBECCA)
    assert PRIYA not in everything_in(story.form(REBECCA).payload)
    assert story.completes(REBECCA).ok
    story.closes(REBECCA)
    assert PRIYA not in story.home(REBECCA)
    assert "You have asked a colleague about" in story.home(REBECCA)
    request = story.last_dm(PRIYA)
    assert f"{REBECCA} asks how you do it" in said(request)
    assert "%" not in said(request)
    assert story.presses(PRIYA, request, names.NOT_NOW).acked
    story.deliver()
    told = story.last_dm(REBECCA)
    assert "cannot just now" in said(told)
    assert PRIYA not in said(told)
    assert story.user(PRIYA) not in said(told)
    offers_to_tell(story, SIOBHAN, next(one for one in story.dms(SIOBHAN) if is_digest(one)))
    assert story.presses(REBECCA, told, names.ASK).acked
    assert story.completes(REBECCA).ok
    story.closes(REBECCA)
    request = story.last_dm(SIOBHAN)
    assert story.presses(SIOBHAN, request, names.GLADLY).acked
    story.deliver()
    assert f"<@{story.user(SIOBHAN)}>" in said(story.last_dm(REBECCA))
    assert f"<@{story.user(REBECCA)}>" in said(next(m for m in story.dms(SIOBHAN) if m.ts == request.ts))


def test_a_forged_offer_or_question_is_refused_by_the_server(story: Story) -> None:
    mine = digest_for(story, PRIYA)
    assert story.presses(PRIYA, mine, names.TELL).acked
    view = story.form(PRIYA)
    # Somebody who has not reached it sends the form that they were never shown.
    other = digest_for(story, REBECCA)
    body = {
        "type": "view_submission",
        "user": {"id": story.user(REBECCA)},
        "view": {
            **view.payload,
            "id": "V0FORGED",
            "state": {"values": {}},
            "callback_id": form_of(names.TELL),
        },
    }
    answer = story.sockets[-1].app.dispatch(BoltRequest(body=body, mode="socket_mode"))
    assert answer.status == 200
    assert "not among those" in str(answer.body)
    assert rows(story, Offer) == []
    # And who is the only one to offer cannot be asked by somebody of another group, or by themselves.
    assert story.completes(PRIYA).ok
    asked = {**body, "view": {**body["view"], "id": "V0FORGED2", "callback_id": form_of(names.ASK)}}  # type: ignore[dict-item]
    for who, number in ((OWEN, 2), (PRIYA, 3)):
        asked["user"] = {"id": story.user(who)}
        asked["view"]["id"] = f"V0FORGED{number}"  # type: ignore[index]
        answer = story.sockets[-1].app.dispatch(BoltRequest(body=asked, mode="socket_mode"))
        assert "No colleague offers" in str(answer.body), who
    assert rows(story, Talk) == []
    assert is_digest(other)


def test_talk_it_through_stands_in_a_digest_only_where_a_coach_listens(story: Story) -> None:
    without = digest_for(story, PRIYA)
    assert names.TALK not in buttons_of(without)
    offers_to_listen(story, GRACE)
    with_coach = digest_for(story, REBECCA)
    assert names.TALK in buttons_of(with_coach)
    assert GRACE not in said(with_coach)
    assert story.presses(REBECCA, with_coach, names.TALK).acked
    assert story.completes(REBECCA).ok
    request = story.last_dm(GRACE)
    assert f"{REBECCA} would like to talk" in said(request)
    assert "%" not in said(request)
