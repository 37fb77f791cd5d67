"""The month's message: when it goes, what it says, and what it never does."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlmodel import Session, col, select

from bot.ideas.figures.chart import MonthOfIdeas
from bot.ideas.figures.monthly import due_month, plan_month, plan_monthly, render_month
from bot.settings import Settings
from storage.engine import Database
from storage.ideas import Idea
from storage.outbox import OutboxPicture, OutboxRow
from storage.terms import IdeaState
from tests.bot.ideas.planted import Hospital, days

OCTOBER = date(2026, 10, 1)
# 1 November 2026 is a Sunday; London is on winter time.
DUE = datetime(2026, 11, 2, 9, tzinfo=UTC)
THEN = datetime(2026, 10, 5, 9, tzinfo=UTC)


def letters(database: Database) -> list[OutboxRow]:
    with database.read() as session:
        return list(session.exec(select(OutboxRow).order_by(col(OutboxRow.id))).all())


def message(database: Database, settings: Settings, row: OutboxRow | None = None) -> Mapping[str, Any]:
    row = row or letters(database)[0]
    with database.read() as session:
        rendered = render_month(session, row.payload, settings)
    assert rendered is not None
    return rendered


def words(rendered: Mapping[str, Any]) -> str:
    return "\n".join(block["text"]["text"] for block in rendered["blocks"] if block["type"] == "section")


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-11-02T08:59:00+00:00", None),
        ("2026-11-02T09:00:00+00:00", OCTOBER),
        ("2026-11-01T10:00:00+00:00", None),  # a Sunday
        ("2026-10-01T08:00:00+00:00", date(2026, 9, 1)),  # nine in London's summer time
        ("2027-01-01T10:00:00+00:00", None),  # New Year's Day
        ("2027-01-04T10:00:00+00:00", date(2026, 12, 1)),
        ("2026-11-02T17:00:00+00:00", None),  # back after an outage, in the evening: tomorrow
        ("2026-11-18T10:00:00+00:00", OCTOBER),
    ],
)
def test_it_is_due_from_nine_on_the_first_working_day(
    now: str, expected: date | None, settings: Settings
) -> None:
    assert due_month(datetime.fromisoformat(now), settings) == expected


def test_a_unit_with_something_in_place_hears_once(database: Database, settings: Settings) -> None:
    hospital = Hospital(database)
    ward = hospital.unit("Ash Ward")
    hospital.idea(ward, THEN, words_after=days(1), verified_after=days(9))
    hospital.unit("Beech Ward")
    assert plan_monthly(database, DUE, settings) == 1
    assert plan_monthly(database, DUE + days(1), settings) == 0
    (row,) = letters(database)
    assert (row.kind, row.lane, row.conversation) == ("idea_month", "channel:ash-ward", "ash-ward")
    assert row.guard == {"name": "idea_channel", "channel": "ash-ward"}
    assert row.expires_at == datetime(2026, 12, 1, tzinfo=UTC)


def test_two_at_once_and_a_crash_in_between_say_it_once(database: Database, settings: Settings) -> None:
    hospital = Hospital(database)
    for name in ("Ash Ward", "Beech Ward"):
        hospital.idea(hospital.unit(name, channel="#shared"), THEN, verified_after=days(9))
    assert plan_month(database, OCTOBER, DUE, settings) == 2
    with database.write() as session:
        for fact in session.connection().exec_driver_sql("SELECT name FROM site_fact").all():
            session.connection().exec_driver_sql(f"DELETE FROM site_fact WHERE name = '{fact[0]}'")
    assert plan_month(database, OCTOBER, DUE, settings) == 0
    assert len(letters(database)) == 2


def test_nothing_that_was_typed_stands_in_the_outbox_or_in_the_picture(
    sqlite: Database, settings: Settings
) -> None:
    hospital = Hospital(sqlite)
    ward = hospital.unit("Ash Ward")
    hospital.idea(ward, THEN, text="A second warmer", verified_after=days(9), done="Next to bay 3")
    plan_monthly(sqlite, DUE, settings)
    (row,) = letters(sqlite)
    with sqlite.read() as session:
        picture = session.get_one(OutboxPicture, row.id)
    kept = json.dumps(row.payload) + picture.alt_text + picture.title
    assert "warmer" not in kept
    assert "bay" not in kept
    assert row.payload.keys() == {"render", "unit", "month", "chart"}


def test_it_says_what_came_into_place_with_thanks_and_how_long_answers_took(
    sqlite: Database, settings: Settings
) -> None:
    hospital = Hospital(sqlite)
    ward = hospital.unit("Ash Ward")
    sender = hospital.people(ward)[0]
    placed = hospital.idea(
        ward, THEN, text="Label the drawers. With photos.", sender=sender, in_place_after=days(9)
    )
    sure = hospital.idea(ward, THEN, text="A second warmer", words_after=days(1), verified_after=days(20))
    for _ in range(4):
        hospital.idea(ward, THEN, words_after=days(1))
    plan_monthly(sqlite, DUE, settings)
    rendered = message(sqlite, settings)
    assert words(rendered) == (
        "*Ideas in Ash Ward · October*\n"
        "Put in place, with thanks to everybody who raised, built or tried it:\n"
        f"• #{sure} A second warmer · confirmed\n"
        f"• #{placed} Label the drawers\n"
        "6 ideas came in, and 5 got an answer. "
        "Over three months, half of the ideas heard back within a working day."
    )
    assert "Nurse" not in json.dumps(rendered)
    image = next(block for block in rendered["blocks"] if block["type"] == "image")
    assert image["alt_text"].startswith("Ideas in Ash Ward, May–October 2026")
    assert "1 in place and confirmed; 1 in progress; 4 waiting for an answer." in image["alt_text"]


def test_it_is_short_beside_the_titles(sqlite: Database, settings: Settings) -> None:
    hospital = Hospital(sqlite)
    ward = hospital.unit("Ash Ward")
    for _ in range(30):
        hospital.idea(ward, THEN, text="Word", words_after=days(1), verified_after=days(9))
    plan_monthly(sqlite, DUE, settings)
    rendered = message(sqlite, settings)
    assert "• and 24 others" in words(rendered)
    assert len(words(rendered).split()) < 90
    assert "!" not in words(rendered)
    for benchmark in ("10.7", "95", "Toyota", "survey"):
        assert benchmark not in json.dumps(rendered)


def test_an_answer_alone_is_worth_telling(sqlite: Database, settings: Settings) -> None:
    hospital = Hospital(sqlite)
    ward = hospital.unit("Ash Ward")
    hospital.idea(ward, THEN - days(40), words_after=days(41))
    assert plan_monthly(sqlite, DUE, settings) == 1
    assert words(message(sqlite, settings)).endswith("No new idea came in, and 1 got an answer.")


@pytest.mark.parametrize("text", ["<!channel> *bold* <@U123> `x` &lt;b&gt;", "مرحبا " * 20, "a" * 3000])
def test_what_people_typed_does_nothing(text: str, sqlite: Database, settings: Settings) -> None:
    hospital = Hospital(sqlite)
    hospital.idea(hospital.unit("<!here> *W*"), THEN, text=text, verified_after=days(9))
    plan_monthly(sqlite, DUE, settings)
    said = words(message(sqlite, settings))
    assert "<" not in said
    assert "`" not in said
    assert said.count("*") == 2
    assert len(said) < 3000


def test_what_skipped_the_leaders_shows_only_once_confirmed(sqlite: Database, settings: Settings) -> None:
    hospital = Hospital(sqlite)
    top = hospital.unit("Medicine")
    ward = hospital.unit("Ash Ward", parent=top)
    above: dict[str, Any] = {"above": True, "answering_unit_id": top}
    hospital.idea(ward, THEN, text="Placed", words_after=days(1), in_place_after=days(9), **above)
    assert plan_month(sqlite, OCTOBER, DUE, settings) == 0
    hospital.idea(ward, THEN, text="Confirmed", words_after=days(1), verified_after=days(9), **above)
    hospital.idea(ward, THEN + days(30), verified_after=days(9))
    with sqlite.read() as session:
        assert render_month(session, {"unit": top, "month": "2026-10"}, settings) is None
        said = render_month(session, {"unit": ward, "month": "2026-10"}, settings)
    assert said is not None
    assert "Confirmed" in words(said)
    assert "Placed" not in words(said)
    assert "1 idea came in" in words(said)


def test_where_few_people_work_no_figure_is_broken_out(sqlite: Database, settings: Settings) -> None:
    hospital = Hospital(sqlite)
    ward = hospital.unit("Night team", people=4)
    for _ in range(8):
        hospital.idea(ward, THEN, words_after=days(1), verified_after=days(9))
    plan_monthly(sqlite, DUE, settings)
    (row,) = letters(sqlite)
    rendered = message(sqlite, settings, row)
    assert row.payload["chart"] == []
    with sqlite.read() as session:
        assert session.get(OutboxPicture, row.id) is None
    assert [block["type"] for block in rendered["blocks"]] == ["section", "section", "context"]
    assert "working day" not in words(rendered)


def test_details_taken_out_before_it_is_sent_are_not_in_it(sqlite: Database, settings: Settings) -> None:
    hospital = Hospital(sqlite)
    ward = hospital.unit("Ash Ward")
    number = hospital.idea(ward, THEN, text="Mrs Jones in bay 3", verified_after=days(9))
    plan_monthly(sqlite, DUE, settings)
    with sqlite.write() as session:
        idea = session.get_one(Idea, number)
        idea.text, idea.details_removed_at = "", DUE
    with sqlite.read() as session:
        assert render_month(session, letters(sqlite)[0].payload, settings) is None


def test_the_words_keep_the_pictures_numbers_whatever_happened_since(
    sqlite: Database, settings: Settings
) -> None:
    hospital = Hospital(sqlite)
    ward = hospital.unit("Ash Ward")
    hospital.idea(ward, THEN, verified_after=days(9))
    waiting = hospital.idea(ward, THEN)
    plan_monthly(sqlite, DUE, settings)
    (row,) = letters(sqlite)
    with sqlite.write() as session:
        session.get_one(Idea, waiting).state = IdeaState.DECLINED
    image = next(block for block in message(sqlite, settings)["blocks"] if block["type"] == "image")
    with sqlite.read() as session:
        assert session.get_one(OutboxPicture, row.id).alt_text == image["alt_text"]
    assert MonthOfIdeas(OCTOBER, confirmed=1, waiting=1).all == 2
    assert "October: 1 in place and confirmed; 1 waiting for an answer." in image["alt_text"]


def test_an_ended_unit_is_told_nothing(sqlite: Database, settings: Settings) -> None:
    with Session(sqlite.engine) as session:
        assert render_month(session, {"unit": 99, "month": "2026-10"}, settings) is None
