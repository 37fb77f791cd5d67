"""A person can see all that is kept about them, and have it erased without a trace of who they were."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import inspect, text
from sqlmodel import col, select

from bot.clock import ManualClock
from bot.demo.generate import generate
from bot.digests.gather import Windows, open_book
from bot.digests.plan import Planner
from bot.digests.weeks import IsoWeek
from bot.intake import import_folder
from bot.people.rights import NobodyThere, erase_person, export_person
from bot.settings import Settings
from storage.engine import Database
from storage.ideas import Delegation, Idea, IdeaEvent, IdeaMessage, IdeaSupport
from storage.outbox import OutboxRow
from storage.terms import IdeaEventKind, IdeaMessageKind, Op, OutboxState, Part
from tests.world import TEAM, World, steady, weeks

MONDAY = date(2025, 7, 14)


@pytest.fixture
def ward(database: Database, clock: ManualClock) -> Database:
    world = World(database)
    measure_id = world.measure()
    for number in range(7):
        world.person(f"C{number}")
        world.observe(measure_id, f"C{number}", steady(weeks(MONDAY, 26), 50 + number))
    world.away(1, date(2025, 1, 1), date(2025, 1, 2))
    Planner(database, clock, Settings.model_construct(), TEAM).plan_week(IsoWeek.parse("2025-W29"))
    return database


def everything(database: Database) -> str:
    """All rows of all tables, as text."""
    with database.engine.connect() as connection:
        tables = inspect(connection).get_table_names()
        return "\n".join(str(row) for t in tables for row in connection.execute(text(f'SELECT * FROM "{t}"')))


def _comparison(database: Database) -> tuple[int, float | None, float | None]:
    with database.read() as session:
        (figure,) = open_book(session, date(2025, 7, 20), Windows()).figures
    benchmark = figure.comparison.benchmark
    return figure.comparison.clinicians, figure.comparison.median, benchmark.value if benchmark else None


def test_an_export_holds_figures_digests_and_settings_of_this_person_alone(ward: Database) -> None:
    found = export_person(ward, "C0@example.org")
    assert found["person"]["email"] == "c0@example.org"
    assert [row["code"] for row in found["codes"]] == ["C0"]
    assert len(found["observations"]) == 26
    assert len(found["digests"]) == 1
    assert found["memberships"] == [{"unit": "Ward 4", "peer_group": "Doctors", "starts": None, "ends": None}]
    told = json.dumps(found)
    assert "c1@example.org" not in told


def test_erasure_leaves_no_name_no_address_no_account_and_no_message(
    ward: Database, clock: ManualClock
) -> None:
    done = erase_person(ward, "c0@example.org", clock=clock)
    assert done.counts["digests"] == 1
    assert done.codes == ("C0",)
    left = everything(ward)
    for trace in ("c0@example.org", "Dr C0", "UC0", "person:1'"):
        assert trace not in left
    with pytest.raises(NobodyThere):
        export_person(ward, "c0@example.org")


def test_the_others_keep_theirs_and_the_group_keeps_its_totals(ward: Database, clock: ManualClock) -> None:
    before = export_person(ward, "c1@example.org")
    compared = _comparison(ward)
    erase_person(ward, "c0@example.org", clock=clock)
    assert export_person(ward, "c1@example.org") == before
    assert _comparison(ward) == compared
    assert (
        Planner(ward, clock, Settings.model_construct(), TEAM).plan_week(IsoWeek.parse("2025-W29")).planned
        == 0
    )


def test_nobody_by_that_name_is_said_in_a_sentence(sqlite: Database) -> None:
    clock = ManualClock(datetime(2025, 7, 21, tzinfo=UTC))
    with pytest.raises(NobodyThere, match="Nobody with the email address"):
        erase_person(sqlite, "x@example.org", clock=clock)


def test_erasure_after_a_real_import_leaves_no_trace_in_the_records_of_imports(
    database: Database, clock: ManualClock, tmp_path: Path
) -> None:
    world = generate(tmp_path / "data", last_sunday=date(2025, 7, 20))
    settings = Settings.model_construct()
    import_folder(database, world.directory, clock=clock, imported_by="test", settings=settings, team_id=TEAM)
    assert "amara.okafor" in everything(database)
    erase_person(database, "amara.okafor@rounds.example", clock=clock)
    left = everything(database)
    assert "amara.okafor" not in left
    assert "Amara Okafor" not in left


@pytest.fixture
def busy(ward: Database, clock: ManualClock) -> Database:
    """C0 (person 1) handed in, answers, owns and supports; C1 (person 2) does so too."""
    now = clock.now()
    with ward.write() as session:
        for number, (submitter, owner) in enumerate([(1, 2), (2, 1), (None, 1)], start=1):
            session.add(
                Idea(
                    text=f"Idea {number}",
                    unit_id=1,
                    answering_unit_id=1,
                    submitter_id=submitter,
                    anonymous=submitter is None,
                    owner_id=owner,
                    handed_in_at=now,
                    moved_at=now,
                )
            )
            session.flush()
            rows: list[tuple[IdeaEventKind, Part, int | None, str, dict[str, Any]]] = [
                (IdeaEventKind.HANDED_IN, Part.SUBMITTER, submitter, "", {}),
                (
                    IdeaEventKind.PLANNED,
                    Part.LEADER,
                    1,
                    "We will do it",
                    {"owner": owner, "on": "2025-08-01"},
                ),
                (IdeaEventKind.ASSIGNED, Part.LEADER, 2, "", {"whom": 1, "asked_by": 11}),
            ]
            session.add_all(
                IdeaEvent(
                    idea_id=number, seq=seq, kind=kind, at=now, part=part, actor_id=who, words=words, facts=f
                )
                for seq, (kind, part, who, words, f) in enumerate(rows, start=1)
            )
        session.add_all(IdeaSupport(idea_id=2, person_id=person, at=now) for person in (1, 2))
        session.add(Delegation(person_id=1, delegate_id=2, starts=date(2025, 7, 1)))
        session.add(Delegation(person_id=3, delegate_id=1, starts=date(2025, 7, 1)))
        session.add(Delegation(person_id=3, delegate_id=2, starts=date(2025, 7, 1)))
        row = OutboxRow(
            key="k",
            op=Op.POST,
            kind="idea_receipt",
            lane="person:1",
            recipient_id=1,
            payload={"render": "idea_receipt", "idea": 1},
            not_before=now,
            created_at=now,
            state=OutboxState.SENT,
        )
        session.add(row)
        session.flush()
        assert row.id is not None
        session.add(IdeaMessage(outbox_id=row.id, idea_id=1, kind=IdeaMessageKind.RECEIPT))
    return ward


def test_an_export_holds_named_ideas_own_words_supports_and_standing_in(busy: Database) -> None:
    found = export_person(busy, "c0@example.org")
    assert [(idea["id"], idea["part"]) for idea in found["ideas"]] == [
        (1, ["handed in"]),
        (2, ["looks after it"]),
        (3, ["looks after it"]),
    ]
    assert "submitter_id" not in found["ideas"][0]
    assert [line["words"] for line in found["idea_history"]] == ["", *["We will do it"] * 3]
    assert [row["idea_id"] for row in found["idea_supports"]] == [2]
    assert len(found["delegations"]) == 2
    assert "not even to Rounds" in found["ideas_without_a_name"]
    json.dumps(found)


def test_erasure_unlinks_ideas_and_keeps_the_units_work(busy: Database, clock: ManualClock) -> None:
    done = erase_person(busy, "c0@example.org", clock=clock)
    assert done.counts["supports of ideas"] == 1
    assert done.counts["delegations"] == 2
    assert "stay with their unit, without a name" in str(done)
    assert "not even to Rounds" in str(done)
    with busy.read() as session:
        ideas = list(session.exec(select(Idea).order_by(col(Idea.id))))
        assert [(idea.submitter_id, idea.owner_id) for idea in ideas] == [(None, 2), (2, None), (None, None)]
        assert [idea.anonymous for idea in ideas] == [False, False, True]
        events = list(session.exec(select(IdeaEvent)))
        assert {event.actor_id for event in events} == {None, 2}
        assert [event.words for event in events if event.words] == ["We will do it"] * 3
        planned = [event.facts for event in events if event.kind is IdeaEventKind.PLANNED]
        assert sorted(facts.get("owner", 0) for facts in planned) == [0, 0, 2]
        assert {facts["on"] for facts in planned} == {"2025-08-01"}
        # Person 11 is somebody else, however alike the numbers begin.
        assigned = [event.facts for event in events if event.kind is IdeaEventKind.ASSIGNED]
        assert assigned == [{"asked_by": 11}] * 3
        assert [support.person_id for support in session.exec(select(IdeaSupport))] == [2]
        assert [(row.person_id, row.delegate_id) for row in session.exec(select(Delegation))] == [(3, 2)]
        assert session.exec(select(IdeaMessage)).all() == []


def test_a_colleagues_export_is_the_same_after_somebody_elses_erasure(
    busy: Database, clock: ManualClock
) -> None:
    before = export_person(busy, "c1@example.org")
    erase_person(busy, "c0@example.org", clock=clock)
    after = export_person(busy, "c1@example.org")
    for part in ("idea_supports", "observations", "digests"):
        assert after[part] == before[part]
    assert [idea["text"] for idea in after["ideas"]] == [idea["text"] for idea in before["ideas"]]
