"""Offering, asking, answering and taking back, on both databases; what the guard lets go, and what lapses."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlmodel import Session, select

from bot.access import identify
from bot.courier.desk import Cancel, Defer, Go
from bot.ideas.doing import Doing, Outcome
from bot.talks import acts, gather, letters, names
from bot.talks.rules import OFFER_LASTS, REQUEST_LASTS, RESTS
from storage.engine import Database
from storage.leading import QuietTime
from storage.people import Absence, Membership, Person, RoleGrant, SlackAccount, Unit
from storage.talks import Offer
from storage.terms import RoleName, TalkState
from tests.bot.talks.ward import KEY, NOW, Ward
from tests.world import TEAM


@pytest.fixture
def ward(database: Database) -> Ward:
    """A ward with nobody in it yet."""
    return Ward(database)


# -- coaches ----


def test_only_a_coach_may_offer_to_listen_and_once(ward: Ward) -> None:
    ward.coach("GRACE")
    ward.person("BEN")
    assert ward.refused(acts.offer_to_listen, "BEN", "") == acts.NOT_A_COACH
    ward.done(acts.offer_to_listen, "GRACE", "I ask  questions.\nMostly.")
    assert ward.refused(acts.offer_to_listen, "GRACE", "") == acts.LISTENING
    with ward.database.read() as session:
        assert session.exec(select(Offer.words)).one() == "I ask questions. Mostly."


@pytest.mark.parametrize("words", ["a" * 301, "Ask for Dr BEN", "NHS 943 476 5919"])
def test_a_line_that_is_too_long_or_names_somebody_is_given_back(ward: Ward, words: str) -> None:
    ward.coach("GRACE")
    ward.person("BEN")
    assert "still in the form" in ward.refused(acts.offer_to_listen, "GRACE", words)
    assert ward.offers("GRACE") == []


def test_a_coach_is_offered_in_their_unit_and_all_beneath_it_and_not_to_themselves(ward: Ward) -> None:
    with ward.database.write() as session:
        session.add(Unit(name="Bay 1", parent_id=1))
        session.add(Unit(name="Ward 9"))
    ward.coach("GRACE", unit_id=1)
    ward.person("HERE")
    for code, unit_id in (("BELOW", 2), ("ELSEWHERE", 3)):
        with ward.database.write() as session:
            person = Person(email=f"{code}@x.org".lower(), name=f"Dr {code}")
            session.add(person)
            session.flush()
            assert person.id is not None
            session.add(Membership(person_id=person.id, unit_id=unit_id))
            ward.ids[code] = person.id
    assert ward.coached() == set()
    ward.done(acts.offer_to_listen, "GRACE", "")
    assert ward.coached() == {"HERE", "BELOW"}
    assert [ward.choosable(code) for code in ("HERE", "BELOW", "ELSEWHERE", "GRACE")] == [
        {"GRACE"},
        {"GRACE"},
        set(),
        set(),
    ]


def test_who_is_away_left_or_is_no_coach_any_more_is_not_offered(ward: Ward) -> None:
    ward.person("BEN")
    for code in ("AWAY", "LEFT", "WAS", "THERE"):
        ward.coach(code)
        ward.done(acts.offer_to_listen, code, "")
    ward.keep(Absence(person_id=ward.ids["AWAY"], starts=NOW.date(), ends=NOW.date()))
    with ward.database.write() as session:
        session.exec(select(SlackAccount).where(SlackAccount.user_id == "ULEFT")).one().deleted = True
        grant = session.exec(select(RoleGrant).where(RoleGrant.person_id == ward.ids["WAS"])).one()
        grant.ends = NOW.date() - timedelta(days=1)
    assert ward.choosable("BEN") == {"THERE"}


def test_a_request_is_made_once_answered_once_and_by_its_coach_alone(ward: Ward) -> None:
    ward.coach("GRACE")
    ward.coach("KAREN")
    ward.person("BEN")
    for code in ("GRACE", "KAREN"):
        ward.done(acts.offer_to_listen, code, "")
    (offer,) = ward.offers("GRACE")
    ward.done(acts.ask_coach, "BEN", offer)
    assert ward.choosable("BEN") == {"KAREN"}
    assert ward.refused(acts.ask_coach, "BEN", offer) == acts.NOT_THERE
    (talk,) = ward.talks()
    for code in ("KAREN", "BEN"):
        assert ward.refused(acts.answer, code, talk.id, gladly=True) == acts.SETTLED
    assert ward.refused(acts.take_back, "GRACE", talk.id) == acts.SETTLED
    ward.done(acts.answer, "GRACE", talk.id, gladly=True)
    assert ward.refused(acts.answer, "GRACE", talk.id, gladly=False) == acts.SETTLED
    assert ward.refused(acts.take_back, "BEN", talk.id) == acts.SETTLED
    assert ward.talks()[0].state is TalkState.ACCEPTED
    assert len(ward.letters(names.ANSWER)) == 1


def test_two_requests_at_the_same_moment_are_one(ward: Ward) -> None:
    ward.coach("GRACE")
    ward.person("BEN")
    ward.done(acts.offer_to_listen, "GRACE", "")
    (offer,) = ward.offers("GRACE")
    ward.done(acts.ask_coach, "BEN", offer)

    def behind_its_back(session: Session, doing: Doing) -> Outcome:
        # As if the other transaction had not been seen yet: the schema holds.
        return acts._ask(session, doing, ward.ids["BEN"], offer)

    assert ward.refused(behind_its_back, "BEN") == acts.ASKED
    assert len(ward.letters(names.REQUEST)) == 1


def test_who_said_not_now_rests_from_the_same_colleague_only(ward: Ward) -> None:
    ward.coach("GRACE")
    ward.person("BEN")
    ward.person("ANA")
    ward.done(acts.offer_to_listen, "GRACE", "")
    (offer,) = ward.offers("GRACE")
    ward.done(acts.ask_coach, "BEN", offer)
    ward.done(acts.answer, "GRACE", ward.talks()[0].id, gladly=False)
    assert ward.choosable("BEN") == set()
    assert ward.choosable("ANA") == {"GRACE"}
    ward.clock.set(NOW + RESTS)
    assert ward.choosable("BEN") == {"GRACE"}


def test_the_end_of_an_offer_answers_who_waits_and_only_its_owner_ends_it(ward: Ward) -> None:
    ward.coach("GRACE")
    ward.person("BEN")
    ward.done(acts.offer_to_listen, "GRACE", "")
    (offer,) = ward.offers("GRACE")
    ward.done(acts.ask_coach, "BEN", offer)
    assert ward.refused(acts.end_offer, "BEN", offer) == acts.ENDED
    ward.done(acts.end_offer, "GRACE", offer)
    assert ward.refused(acts.end_offer, "GRACE", offer) == acts.ENDED
    assert ward.talks()[0].state is TalkState.DECLINED
    assert len(ward.letters(names.ANSWER)) == 1
    assert isinstance(ward.verdict(), Cancel)


# -- when it goes, and when it lapses ----


def test_a_request_goes_in_the_coachs_own_hours(ward: Ward) -> None:
    ward.coach("GRACE", zone="America/New_York")
    ward.person("BEN")
    ward.done(acts.offer_to_listen, "GRACE", "")
    ward.done(acts.ask_coach, "BEN", ward.offers("GRACE")[0])
    # Ten in London is five in New York.
    assert ward.verdict() == Defer(NOW.replace(hour=13), "their working hours have not begun")
    ward.clock.set(NOW.replace(hour=13))
    assert ward.verdict() == Go()
    ward.clock.set(datetime(2026, 11, 28, 15, tzinfo=UTC))
    assert ward.verdict() == Defer(
        datetime(2026, 11, 30, 13, tzinfo=UTC), "their working hours have not begun"
    )


def test_a_coach_who_leads_is_asked_within_their_units_hours(ward: Ward) -> None:
    coach = ward.coach("GRACE")
    ward.person("BEN")
    with ward.database.write() as session:
        session.get_one(Unit, 1).leader_id = coach
    ward.settings = ward.settings.model_copy(update={"rounds_work_starts": NOW.time().replace(hour=12)})
    ward.done(acts.offer_to_listen, "GRACE", "")
    ward.done(acts.ask_coach, "BEN", ward.offers("GRACE")[0])
    assert ward.verdict() == Defer(NOW.replace(hour=12), "their working hours have not begun")


def test_a_request_waits_for_the_end_of_a_do_not_disturb_that_is_known(ward: Ward) -> None:
    ward.coach("GRACE")
    ward.person("BEN")
    ward.done(acts.offer_to_listen, "GRACE", "")
    ward.done(acts.ask_coach, "BEN", ward.offers("GRACE")[0])
    ends = NOW + timedelta(hours=2)
    ward.keep(QuietTime(person_id=ward.ids["GRACE"], starts=NOW, ends=ends, asked_at=NOW))
    assert ward.verdict() == Defer(ends, "do-not-disturb is on")
    ward.clock.set(ends)
    assert ward.verdict() == Go()


def test_a_request_that_nobody_answers_lapses_once_and_can_be_made_anew(ward: Ward) -> None:
    ward.coach("GRACE")
    ward.person("BEN")
    ward.done(acts.offer_to_listen, "GRACE", "")
    (offer,) = ward.offers("GRACE")
    ward.done(acts.ask_coach, "BEN", offer)
    number = ward.talks()[0].id
    ward.clock.set(NOW + REQUEST_LASTS - timedelta(seconds=1))
    assert acts.tick(ward.database, ward.clock.now()) == 0
    ward.clock.set(NOW + REQUEST_LASTS)
    # Before the ticker has looked, too.
    assert ward.refused(acts.answer, "GRACE", number, gladly=True) == acts.LAPSED
    assert ward.refused(acts.take_back, "BEN", number) == acts.SETTLED
    assert isinstance(ward.verdict(), Cancel)
    assert acts.tick(ward.database, ward.clock.now()) == 1
    assert acts.tick(ward.database, ward.clock.now()) == 0
    assert ward.refused(acts.answer, "GRACE", number, gladly=True) == acts.LAPSED
    assert len(ward.letters(names.ANSWER)) == 1
    with ward.database.read() as session:
        found = gather.request(session, number or 0, TEAM)
    assert found is not None
    assert found.lapsed
    ward.done(acts.ask_coach, "BEN", offer)


def test_that_a_request_lapsed_is_told_within_the_usual_hours_of_whoever_asked(ward: Ward) -> None:
    ward.coach("GRACE")
    ward.person("BEN")
    ward.done(acts.offer_to_listen, "GRACE", "")
    late = NOW.replace(hour=23)
    ward.clock.set(late)
    ward.done(acts.ask_coach, "BEN", ward.offers("GRACE")[0])
    ward.clock.set(late + REQUEST_LASTS)
    assert acts.tick(ward.database, ward.clock.now()) == 1
    morning = late + REQUEST_LASTS + timedelta(hours=9)
    assert ward.verdict(names.ANSWER) == Defer(morning, "their usual hours have not begun")
    ward.clock.set(morning)
    assert ward.verdict(names.ANSWER) == Go()


def test_an_answer_is_told_as_soon_as_it_is_given(ward: Ward) -> None:
    ward.coach("GRACE")
    ward.person("BEN")
    ward.done(acts.offer_to_listen, "GRACE", "")
    ward.done(acts.ask_coach, "BEN", ward.offers("GRACE")[0])
    ward.clock.set(NOW.replace(hour=23))
    ward.done(acts.answer, "GRACE", ward.talks()[0].id, gladly=True)
    assert ward.verdict(names.ANSWER) == Go()


# -- learning from a peer ----


def test_only_who_has_reached_it_by_their_latest_digest_may_offer_to_tell(ward: Ward) -> None:
    for code in ("NEVER", "NOT", "ONCE", "NOW"):
        ward.person(code)
    ward.compared("NOT", reached=False)
    ward.compared("ONCE", reached=True, week="2026-W40")
    ward.compared("ONCE", reached=False)
    ward.compared("NOW", reached=True)
    for code in ("NEVER", "NOT", "ONCE"):
        assert ward.refused(acts.offer_to_tell, code, KEY) == acts.NOT_REACHED
    assert ward.refused(acts.offer_to_tell, "NOW", "no-such-measure") == acts.NOT_REACHED
    ward.done(acts.offer_to_tell, "NOW", KEY)
    assert ward.refused(acts.offer_to_tell, "NOW", KEY) == acts.TELLING


def test_an_account_that_may_be_somebody_elses_can_do_nothing(ward: Ward) -> None:
    ward.teller("ANA")
    ward.asker("BEN")
    ward.person("EVE")
    ward.compared("EVE", reached=True)
    with ward.database.write() as session:
        for user in ("UBEN", "UEVE"):
            session.exec(select(SlackAccount).where(SlackAccount.user_id == user)).one().email = "other@x.org"
    assert ward.refused(acts.offer_to_tell, "EVE", KEY) == acts.UNSURE
    assert ward.refused(acts.ask_colleague, "BEN", KEY) == acts.UNSURE
    assert ward.refused(acts.ask_coach, "BEN", 1) == acts.UNSURE
    assert ward.talks() == []


def test_only_a_colleague_of_the_same_group_who_has_not_reached_it_may_ask(ward: Ward) -> None:
    ward.teller("ANA")
    ward.asker("SURGEON", group="Surgeons")
    ward.person("NEVER")
    ward.person("TOO")
    ward.compared("TOO", reached=True)
    for code in ("SURGEON", "NEVER", "TOO", "ANA"):
        assert ward.refused(acts.ask_colleague, code, KEY) == acts.NOBODY
    ward.asker("BEN")
    ward.done(acts.ask_colleague, "BEN", KEY)
    assert ward.refused(acts.ask_colleague, "BEN", KEY) == acts.ASKED


def test_the_one_asked_least_recently_is_asked_and_not_who_just_said_not_now(ward: Ward) -> None:
    for code in ("ANA", "EVE", "IDA"):
        ward.teller(code, after=timedelta(minutes=1))
    found = []
    for number in range(6):
        ward.asker(f"BEN{number}")
        ward.clock.set(ward.clock.now() + timedelta(minutes=1))
        ward.done(acts.ask_colleague, f"BEN{number}", KEY)
        found.append(ward.asked())
    assert found == ["ANA", "EVE", "IDA"] * 2
    last = ward.talks()[-1].id
    ward.done(acts.answer, "IDA", last, gladly=False)
    for expected in ("ANA", "EVE"):
        ward.done(acts.ask_colleague, "BEN5", KEY)
        assert ward.asked() == expected
        ward.done(acts.answer, expected, ward.talks()[-1].id, gladly=False)
    assert ward.refused(acts.ask_colleague, "BEN5", KEY) == acts.NOBODY


def test_who_is_away_is_not_asked_how_they_do_it(ward: Ward) -> None:
    ward.teller("ANA")
    ward.teller("EVE", after=timedelta(minutes=1))
    ward.keep(Absence(person_id=ward.ids["ANA"], starts=NOW.date(), ends=NOW.date()))
    ward.asker("BEN")
    ward.done(acts.ask_colleague, "BEN", KEY)
    assert ward.asked() == "EVE"


def test_an_offer_to_tell_stays_without_the_figures_and_lapses_after_26_weeks(ward: Ward) -> None:
    ward.teller("ANA")
    ward.compared("ANA", reached=False, week="2026-W48")
    ward.asker("BEN")
    ward.asker("CAL")
    ward.clock.set(NOW + OFFER_LASTS - timedelta(hours=1))
    ward.done(acts.ask_colleague, "BEN", KEY)
    ward.clock.set(NOW + OFFER_LASTS)
    assert ward.refused(acts.ask_colleague, "CAL", KEY) == acts.NOBODY
    with ward.database.read() as session:
        assert gather.offers(session, date(2027, 5, 25), ward.clock.now(), TEAM).tellers == {}
        assert (
            gather.at_home(
                session, identify(session, TEAM, "UANA"), ward.clock.now(), ward.settings, TEAM
            ).telling
            == ()
        )
    # It can be offered anew once it holds again.
    ward.compared("ANA", reached=True, week="2027-W20")
    ward.done(acts.offer_to_tell, "ANA", KEY)
    ward.done(acts.ask_colleague, "CAL", KEY)


def test_nothing_that_the_asker_is_shown_names_who_offers(ward: Ward) -> None:
    ward.teller("ANA")
    ward.asker("BEN")
    ward.done(acts.ask_colleague, "BEN", KEY)
    render = letters.renderers(TEAM)[names.ANSWER]
    with ward.database.read() as session:
        now = ward.clock.now()
        home = gather.at_home(session, ward.doing(session, "BEN").actor, now, ward.settings, TEAM)
        assert "ANA" not in repr(home)
        assert render(session, {"talk": ward.talks()[0].id}) is None
    ward.done(acts.answer, "ANA", ward.talks()[0].id, gladly=False)
    with ward.database.read() as session:
        assert "ANA" not in repr(render(session, {"talk": ward.talks()[0].id}))
    # What waits to be sent holds ids alone.
    for row in (*ward.letters(names.REQUEST), *ward.letters(names.ANSWER)):
        assert set(row.payload) == {"render", "talk"}


def test_of_an_erased_person_nothing_is_sent_or_offered(ward: Ward) -> None:
    ward.teller("ANA")
    ward.asker("BEN")
    ward.asker("CAL")
    ward.done(acts.ask_colleague, "BEN", KEY)
    with ward.database.write() as session:
        session.get_one(Person, ward.ids["ANA"]).erased_at = NOW
    assert ward.refused(acts.ask_colleague, "CAL", KEY) == acts.NOBODY
    assert isinstance(ward.verdict(), Cancel)
    with ward.database.read() as session:
        assert letters.renderers(TEAM)[names.REQUEST](session, {"talk": ward.talks()[0].id}) is None


def test_nobody_else_finds_a_request_on_their_home(ward: Ward) -> None:
    ward.coach("GRACE")
    lead = ward.person("LEAD")
    ward.person("ANALYST")
    ward.person("BEN")
    with ward.database.write() as session:
        session.get_one(Unit, 1).leader_id = lead
        for role in (RoleName.ANALYST, RoleName.ADMINISTRATOR):
            session.add(RoleGrant(person_id=ward.ids["ANALYST"], role=role))
    ward.done(acts.offer_to_listen, "GRACE", "")
    ward.done(acts.ask_coach, "BEN", ward.offers("GRACE")[0])
    for code, expected in (("LEAD", 0), ("ANALYST", 0), ("GRACE", 0), ("BEN", 1)):
        with ward.database.read() as session:
            actor = ward.doing(session, code).actor
            home = gather.at_home(session, actor, ward.clock.now(), ward.settings, TEAM)
        assert len(home.asked) == expected, code
