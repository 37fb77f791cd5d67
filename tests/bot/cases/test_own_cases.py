"""A person's own cases from storage: theirs alone, on the digest's days; and their own words about them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session, select

from bot.access import NOBODY, Actor, identify
from bot.cases import acts
from bot.cases.facts import CasesPage
from bot.cases.gather import OWN_WORDS, cases_page
from bot.digests.gather import Windows, open_book
from bot.digests.history import FIRST_DAY, LAST_DAY
from bot.ideas.doing import Doing, Done, Outcome, Refused
from bot.settings import Settings
from storage.cases import CaseRow, Narrative
from storage.digests import Digest
from storage.engine import Database
from storage.people import Clinician, ClinicianBinding, Person
from storage.terms import BatchState, DigestState, Mode
from tests.world import TEAM, World, steady, weeks

NOW = datetime(2025, 7, 21, 9, tzinfo=UTC)
SUNDAY, MONDAY = date(2025, 7, 20), date(2025, 7, 14)
FIRST = MONDAY - timedelta(weeks=11)
WEEK = "2025-W29"
BEFORE = date(2025, 4, 1)


class Ward:
    """Two clinicians with cases on one measure, and a digest for the first of them."""

    def __init__(self, database: Database, **measure: Any) -> None:
        self.database, self.world = database, World(database)
        self.measure = self.world.measure(**measure)
        self.person = {code: self.world.person(code) for code in ("C1", "C2")}

    def code(self, session: Session, code: str) -> int:
        found = session.exec(select(Clinician.id).where(Clinician.code == code)).one()
        assert found is not None
        return found

    def cases(self, code: str, count: int, *, last: date = SUNDAY, batch: int = 1, met: bool = True) -> None:
        with self.database.write() as session:
            session.add_all(
                CaseRow(
                    measure_id=self.measure,
                    clinician_id=self.code(session, code),
                    day=last - timedelta(days=number),
                    case_ref=f"{code}-{number}",
                    batch_id=batch,
                    met=met,
                    weight=0.5 if number == 1 else 1.0,
                )
                for number in range(count)
            )

    def tells(self, code: str, day: date, text: str, batch: int = 1) -> None:
        with self.database.write() as session:
            session.add(
                Narrative(
                    measure_id=self.measure,
                    clinician_id=self.code(session, code),
                    day=day,
                    text=text,
                    text_hash=text,
                    batch_id=batch,
                )
            )

    def digest(self, code: str, week: str = WEEK) -> None:
        facts = {FIRST_DAY: float(FIRST.toordinal()), LAST_DAY: float(SUNDAY.toordinal())}
        with self.database.write() as session:
            session.add(
                Digest(
                    person_id=self.person[code],
                    week=week,
                    state=DigestState.SENT,
                    measure_id=self.measure,
                    message_type="top",
                    facts=facts,
                    message={"text": "", "blocks": [], "views": {}},
                    planned_at=NOW,
                )
            )

    def actor(self, code: str) -> Actor:
        with self.database.read() as session:
            return identify(session, TEAM, f"U{code}")

    def page(self, who: Actor | str, offset: int = 0, week: str = WEEK) -> CasesPage | None:
        actor = who if isinstance(who, Actor) else self.actor(who)
        with self.database.read() as session:
            return cases_page(session, actor, week, offset, lambda ref: f"https://r.example/{ref}")

    def keeps(self, code: str, words: str, week: str = WEEK) -> Outcome:
        doing = Doing(self.actor(code), f"U{code}", TEAM, NOW, Settings.model_construct())
        with self.database.write() as session:
            return acts.keep_story(session, doing, week, words)


@pytest.fixture
def ward(database: Database) -> Ward:
    made = Ward(database)
    made.cases("C1", 60)
    made.cases("C2", 3)
    made.digest("C1")
    return made


def shown(page: CasesPage | None) -> CasesPage:
    assert page is not None
    return page


def test_the_list_is_newest_first_paged_and_of_the_digests_days(ward: Ward) -> None:
    ward.cases("C1", 4, last=FIRST - timedelta(days=1))
    first = shown(ward.page("C1"))
    assert (first.total, first.offset, len(first.lines)) == (60, 0, 25)
    assert [line.day for line in first.lines] == [SUNDAY - timedelta(days=n) for n in range(25)]
    assert (first.lines[0].ref, first.lines[0].link) == ("C1-0", "https://r.example/C1-0")
    assert [line.weight for line in first.lines[:3]] == [1.0, 0.5, 1.0]
    last = shown(ward.page("C1", 50))
    assert (last.offset, len(last.lines), last.lines[-1].ref) == (50, 10, "C1-59")
    assert shown(ward.page("C1", 999_999)).offset == 50
    assert shown(ward.page("C1", 13)).offset == 0


def test_nobody_elses_list_opens_whatever_a_button_carries(ward: Ward) -> None:
    assert ward.page("C2") is None
    assert ward.page(NOBODY) is None
    assert ward.page(replace(ward.actor("C1"), confirmed=False)) is None
    assert ward.page("C1", week="2025-W28") is None
    assert ward.page("C1", week=f"{WEEK}' OR 1=1") is None
    ward.digest("C2")
    assert {line.ref for line in shown(ward.page("C2")).lines} == {"C2-0", "C2-1", "C2-2"}


def test_a_code_that_is_no_longer_theirs_takes_its_cases_along(ward: Ward) -> None:
    with ward.database.write() as session:
        binding = session.exec(
            select(ClinicianBinding).where(ClinicianBinding.person_id == ward.person["C1"])
        ).one()
        binding.ends = SUNDAY - timedelta(days=10)
        session.add(binding)
    assert {line.ref for line in shown(ward.page("C1")).lines}.isdisjoint({f"C1-{n}" for n in range(10)})


def test_ones_own_words_are_kept_changed_and_removed(ward: Ward) -> None:
    assert isinstance(ward.keeps("C1", "  It was a night without a bed manager.  "), Done)
    assert shown(ward.page("C1")).own_words == "It was a night without a bed manager."
    assert shown(ward.page("C1", 25)).own_words == ""
    assert isinstance(ward.keeps("C1", "It was two nights."), Done)
    assert shown(ward.page("C1")).own_words == "It was two nights."
    assert ward.keeps("C1", "") == Done(note=acts.REMOVED)
    with ward.database.read() as session:
        digest = session.exec(select(Digest)).one()
        assert digest.message == {"text": "", "blocks": [], "views": {}}
        assert OWN_WORDS not in digest.facts


@pytest.mark.parametrize("words", ["Born 03/04/1951, on the ward", "Ring me on 07700 900123", "x" * 3001])
def test_words_that_cannot_be_kept_are_given_back(ward: Ward, words: str) -> None:
    assert isinstance(ward.keeps("C1", words), Refused)
    assert shown(ward.page("C1")).own_words == ""


def test_a_colleagues_name_is_not_kept(ward: Ward) -> None:
    with ward.database.write() as session:
        session.get_one(Person, ward.person["C2"]).name = "Priya Nair"
    assert isinstance(ward.keeps("C1", "Priya Nair was not there."), Refused)


def test_words_for_somebody_elses_digest_are_refused(ward: Ward) -> None:
    assert ward.keeps("C2", "Not mine.") == Refused(acts.GONE)


def test_stories_stand_with_few_cases_and_alone_where_care_is_told(database: Database) -> None:
    ward = Ward(database, mode=Mode.UNCONSTRAINED)
    ward.digest("C1")
    for number in range(7):
        ward.tells("C1", SUNDAY - timedelta(days=number), f"Case {number}.")
    ward.tells("C2", SUNDAY, "Somebody else's.")
    page = shown(ward.page("C1"))
    assert [story.text for story in page.stories] == [f"Case {number}." for number in range(5)]
    assert (page.total, page.lines) == (7, ())
    assert [story.text for story in shown(ward.page("C1", 5)).stories] == ["Case 5.", "Case 6."]


# What a digest is made from --------------------------------------------------------------------------------


def test_views_know_what_the_cases_add_up_to_and_what_is_told(database: Database) -> None:
    ward = Ward(database)
    ward.world.observe(ward.measure, "C1", steady(weeks(MONDAY, 26), 50))
    ward.world.observe(ward.measure, "C2", steady(weeks(MONDAY, 26), 50))
    ward.cases("C1", 10)
    ward.cases("C1", 5, last=BEFORE)
    undone = ward.world.batch(BatchState.LOADING)
    ward.cases("C2", 4, batch=undone)
    with database.read() as session:
        views = open_book(session, SUNDAY, Windows()).views
    (mine,), (other,) = views[ward.person["C1"]], views[ward.person["C2"]]
    assert mine.cases is not None
    assert (mine.cases.cases, mine.cases.numerator, mine.cases.denominator) == (10, 9.5, 9.5)
    assert other.cases is None


def test_a_story_reaches_whose_code_it_was_by_its_day_and_never_from_the_future(database: Database) -> None:
    ward = Ward(database, mode=Mode.UNCONSTRAINED)
    ward.tells("C1", SUNDAY, "This week.")
    ward.tells("C1", SUNDAY + timedelta(days=1), "Next week.")
    ward.tells("C1", SUNDAY - timedelta(weeks=27), "Long ago.")
    ward.tells("C2", SUNDAY, "Taken back.", batch=ward.world.batch(BatchState.LOADING))
    with database.read() as session:
        views = open_book(session, SUNDAY, Windows()).views
    (mine,) = views[ward.person["C1"]]
    assert [story.text for story in mine.stories] == ["This week."]
    assert mine.result.value is None
    assert ward.person["C2"] not in views
