"""What others have on Slack of somebody, and records of looks, after they are erased."""

from __future__ import annotations

from datetime import date
from secrets import token_hex
from typing import Any

import pytest
from sqlmodel import col, select

from bot.clock import ManualClock
from bot.digests.looks import looks_at, note_looks
from bot.ideas.telling import CARD
from bot.leading.asking import letters as asking_letters
from bot.leading.asking import names as asking_names
from bot.leading.asking.words import ERASED
from bot.people.rights import erase_person
from bot.people.rights_traces import TALK_GONE
from bot.settings import Settings
from bot.slack_blocks import section
from bot.talks import names as talk_names
from bot.unit_month import due as unit_month
from storage.cases import Narrative
from storage.engine import Database
from storage.ideas import Idea, IdeaEvent, IdeaMessage
from storage.leading import ChannelPost
from storage.outbox import OutboxRow
from storage.people import Clinician, Unit
from storage.talks import Offer, Talk
from storage.terms import IdeaEventKind, IdeaMessageKind, Op, OutboxState, Part, Posted
from tests.world import World

ME, COLLEAGUE, THIRD = 1, 2, 3
WORDS = "What stood in the way this week?"


@pytest.fixture
def ward(database: Database) -> Database:
    """Three people of one ward; the first is going to be erased."""
    world = World(database)
    world.measure()
    for code in ("ME", "COLLEAGUE", "THIRD"):
        world.person(code)
    return database


def sent(database: Database, clock: ManualClock, kind: str, payload: dict[str, Any], **more: Any) -> int:
    """A message that stands on Slack; in the ward's channel, where nothing else is said."""
    now = clock.now()
    given = {"lane": "channel:ward", "conversation": "ward", "slack_channel": "C1", "slack_ts": "1.1"} | more
    with database.write() as session:
        row = OutboxRow(
            key=token_hex(8),
            op=Op.POST,
            kind=kind,
            payload=payload,
            not_before=now,
            created_at=now,
            finished_at=now,
            state=OutboxState.SENT,
            **given,
        )
        session.add(row)
        session.flush()
        assert row.id is not None
        return row.id


def updates(database: Database) -> dict[int | None, dict[str, Any]]:
    """The payloads of the changes that wait, by the message that they change."""
    with database.read() as session:
        rows = session.exec(
            select(OutboxRow).where(OutboxRow.op == Op.UPDATE, OutboxRow.state == OutboxState.WAITING)
        )
        return {row.depends_on: row.payload for row in rows}


def keep(database: Database, *rows: Any) -> None:
    with database.write() as session:
        for row in rows:
            session.add(row)
            session.flush()


@pytest.mark.parametrize("kind", Posted)
def test_a_question_or_a_lesson_goes_from_the_channel(
    ward: Database, clock: ManualClock, kind: Posted
) -> None:
    mine = sent(ward, clock, asking_names.POST, {"render": asking_names.POST, "post": 1})
    theirs = sent(ward, clock, asking_names.POST, {"render": asking_names.POST, "post": 2})
    for person, row in ((ME, mine), (COLLEAGUE, theirs)):
        keep(
            ward,
            ChannelPost(
                unit_id=1, person_id=person, kind=kind, words=WORDS, posted_at=clock.now(), outbox_id=row
            ),
        )
    done = erase_person(ward, "me@example.org", clock=clock)
    assert "go from there" in str(done)
    payload = updates(ward)
    assert list(payload) == [mine]
    with ward.read() as session:
        render = asking_letters.renderers()[payload[mine]["render"]]
        assert render(session, payload[mine]) == {
            "text": ERASED,
            "blocks": [section(ERASED)],
        }
        posts = session.exec(select(ChannelPost).order_by(col(ChannelPost.id))).all()
        assert [(post.person_id, post.words) for post in posts] == [(None, ""), (COLLEAGUE, WORDS)]


def test_cards_and_notes_that_name_somebody_are_written_anew(ward: Database, clock: ManualClock) -> None:
    now = clock.now()
    cards = []
    for number, submitter in enumerate((ME, COLLEAGUE, COLLEAGUE), start=1):
        keep(
            ward,
            Idea(
                text="Idea",
                unit_id=1,
                answering_unit_id=1,
                submitter_id=submitter,
                handed_in_at=now,
                moved_at=now,
            ),
        )
        cards.append(sent(ward, clock, CARD, {"render": CARD, "idea": number}))
        keep(ward, IdeaMessage(outbox_id=cards[-1], idea_id=number, kind=IdeaMessageKind.CARD))
    event = IdeaEvent(
        idea_id=2, seq=1, kind=IdeaEventKind.NOTED, at=now, part=Part.LEADER, actor_id=ME, words="Soon"
    )
    keep(ward, event)
    erase_person(ward, "me@example.org", clock=clock)
    assert sorted(number for number in updates(ward) if number is not None) == cards[:2]


def test_a_story_of_their_cases_goes_from_the_summary_that_quotes_it(
    ward: Database, clock: ManualClock
) -> None:
    with ward.write() as session:
        codes = {row.code: row.id or 0 for row in session.exec(select(Clinician))}
        session.add_all(
            Narrative(
                measure_id=1,
                clinician_id=codes[code],
                day=date(2025, 7, 1),
                text=f"A story of {code}",
                text_hash=code,
                batch_id=1,
            )
            for code in ("ME", "COLLEAGUE")
        )
    summary = {"parts": [], "whose": "All", "alt": ""}
    both, other = (
        sent(
            ward,
            clock,
            unit_month.KIND,
            {"render": unit_month.RENDER, "unit": 1, "month": month, "summary": summary, "quotes": quotes},
        )
        for month, quotes in (("2025-07", [1, 2]), ("2025-08", [2]))
    )
    erase_person(ward, "me@example.org", clock=clock)
    found = updates(ward)
    assert list(found) == [both] != [other]
    with ward.read() as session:
        render = unit_month.renderers(Settings.model_construct())[unit_month.RENDER]
        written = str(render(session, found[both]))
    assert "A story of COLLEAGUE" in written
    assert "A story of ME" not in written


def test_a_talk_with_somebody_goes_from_the_colleagues_message(ward: Database, clock: ManualClock) -> None:
    now = clock.now()
    keep(ward, *(Offer(person_id=person, offered_at=now) for person in (ME, COLLEAGUE)))
    for number, (asker, offer) in enumerate(((ME, 2), (COLLEAGUE, 1), (THIRD, 2)), start=1):
        keep(ward, Talk(id=number, asker_id=asker, offer_id=offer, asked_at=now))
    rows = []
    for number, (kind, reader) in enumerate(
        [
            (talk_names.REQUEST, COLLEAGUE),
            (talk_names.ANSWER, COLLEAGUE),
            (talk_names.REQUEST, COLLEAGUE),
            (talk_names.REQUEST, ME),
        ]
    ):
        talk = (1, 2, 3, 2)[number]
        where = {"lane": f"person:{reader}", "recipient_id": reader, "conversation": None}
        payload = {"render": kind, "talk": talk}
        rows.append(sent(ward, clock, kind, payload, period=str(talk), slack_channel=f"D{reader}", **where))
    erase_person(ward, "me@example.org", clock=clock)
    found = updates(ward)
    assert sorted(number for number in found if number is not None) == rows[:2]
    assert {payload["text"] for payload in found.values()} == {TALK_GONE}


@pytest.mark.parametrize(
    ("looker", "after"),
    [
        ("Dr ME", "A former colleague"),
        ("Dr ME (analyst)", "A former colleague (analyst)"),
        ("Dr MERCER", "Dr MERCER"),
        ("Dr MERCER (analyst)", "Dr MERCER (analyst)"),
        ("root", "root"),
    ],
)
def test_who_looked_has_no_name_any_more_and_that_somebody_looked_stays(
    ward: Database, clock: ManualClock, looker: str, after: str
) -> None:
    with ward.write() as session:
        note_looks(session, [COLLEAGUE], looker=looker, what="cases set aside", now=clock.now())
    erase_person(ward, "me@example.org", clock=clock)
    with ward.read() as session:
        (look,) = looks_at(session, COLLEAGUE)
    assert (look.looker, look.what, look.looked_at) == (after, "cases set aside", clock.now())


def test_a_leader_who_looked_is_told_of_as_a_leader(ward: Database, clock: ManualClock) -> None:
    with ward.write() as session:
        session.get_one(Unit, 1).leader_id = ME
        note_looks(session, [COLLEAGUE], looker="Dr ME", what="a digest", now=clock.now())
    done = erase_person(ward, "me@example.org", clock=clock)
    assert "still sees that somebody looked" in str(done)
    with ward.read() as session:
        (look,) = looks_at(session, COLLEAGUE)
    assert look.looker == "A former colleague (leader)"
