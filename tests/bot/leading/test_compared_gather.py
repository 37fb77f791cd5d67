"""Leaders compared, from storage: which ideas count, whose they are, and by whose working days."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlmodel import Session

from bot.access import NOBODY, Actor
from bot.digests.facts import Compared
from bot.leading.compared.gather import counted_ideas, week_compared
from bot.leading.compared.letters import standing_to_show
from bot.leading.gather import staff
from bot.sandbox import TEAM_ID
from storage.engine import Database
from storage.ideas import Idea, IdeaEvent
from storage.leading import LeaderMessage
from storage.terms import IdeaEventKind as Event
from storage.terms import IdeaState, Part
from tests.bot.leading.house import House, house_on

# The first Monday of November 2026: ideas of August to October are compared.
DAY = date(2026, 11, 2)
# A Wednesday in October: two working days are over on Friday evening.
WEDNESDAY = datetime(2026, 10, 14, 9, tzinfo=UTC)


@pytest.fixture
def house(database: Database) -> Iterator[House]:
    with house_on(database) as made:
        made.clock.set(WEDNESDAY)
        yield made


def counted(house: House, day: date = DAY) -> dict[int, tuple[frozenset[int], bool]]:
    """Whose figure each idea is in, and whether it was in time; ideas that do not count are left out."""
    with house.database.read() as session:
        now = datetime(day.year, day.month, day.day, tzinfo=UTC)
        team = staff(session, house.settings, TEAM_ID, now)
        found = counted_ideas(session, team, day, house.settings)
    return {one.idea_id: (one.leaders, one.within) for one in found}


def answered(house: House, idea: int, by: int, at: datetime) -> None:
    house.clock.set(at)
    assert house.respond(idea, Event.ACKNOWLEDGED, by)
    house.clock.set(WEDNESDAY)


def change(house: House, idea: int, **fields: object) -> None:
    with house.database.write() as session:
        row = session.get_one(Idea, idea)
        for name, value in fields.items():
            setattr(row, name, value)
        session.add(row)


def moves(session: Session, idea: int, at: datetime, unit: int) -> None:
    session.add(IdeaEvent(idea_id=idea, seq=9, kind=Event.MOVED, at=at, part=Part.LEADER))
    row = session.get_one(Idea, idea)
    row.unit_id = row.answering_unit_id = unit
    session.add(row)


def test_words_by_the_end_of_the_second_working_day_are_in_time_and_count_for_both(house: House) -> None:
    leader, manager, deputy = house.person("Ann"), house.person("Bea"), house.person("Cy")
    ward = house.unit("Ward 4", leader_id=leader, manager_id=manager, deputy_id=deputy)
    soon, late, never, by_deputy = (house.idea(ward) for _ in range(4))
    answered(house, soon, manager, datetime(2026, 10, 16, 17, tzinfo=UTC))
    answered(house, late, leader, datetime(2026, 10, 19, 8, tzinfo=UTC))
    answered(house, by_deputy, deputy, datetime(2026, 10, 14, 17, tzinfo=UTC))
    both = frozenset({leader, manager})
    assert counted(house) == {
        soon: (both, True),
        late: (both, False),
        never: (both, False),
        by_deputy: (both, True),
    }


def test_the_days_are_those_of_whoever_hears_first(house: House) -> None:
    away, there = house.person("Ann"), house.person("Bea")
    quiet = house.unit("Ward 4", leader_id=away)
    shared = house.unit("Ward 7", leader_id=away, manager_id=there)
    house.away(away, date(2026, 10, 10), date(2026, 10, 18))
    alone, together = house.idea(quiet), house.idea(shared)
    # Tuesday: the second working day after leave. Nobody else is there on Ward 4 or above it.
    answered(house, alone, away, datetime(2026, 10, 20, 9, tzinfo=UTC))
    # On Ward 7 the manager hears in the leader's place, whose days go on.
    answered(house, together, there, datetime(2026, 10, 19, 9, tzinfo=UTC))
    found = counted(house)
    assert found[together] == (frozenset({away, there}), False)
    # With nobody there at all the calendar's working days count, as for the ladder.
    assert found[alone] == (frozenset({away}), False)


def test_a_stand_in_s_answer_counts_for_the_leader(house: House) -> None:
    leader, stand_in = house.person("Ann"), house.person("Bea")
    ward = house.unit("Ward 4", leader_id=leader)
    house.stands_in(stand_in, leader, date(2026, 10, 12), date(2026, 10, 23))
    idea = house.idea(ward)
    answered(house, idea, stand_in, datetime(2026, 10, 15, 9, tzinfo=UTC))
    assert counted(house) == {idea: (frozenset({leader}), True)}


def test_what_passes_somebody_over_is_in_no_figure_of_theirs(house: House) -> None:
    leader, director = house.person("Ann"), house.person("Bea")
    # Whoever leads the ward also manages the hospital.
    hospital = house.unit("Hospital", leader_id=director, manager_id=leader)
    ward = house.unit("Ward 4", hospital, leader_id=leader)
    over, usual = house.idea(ward, answering=hospital, above=True), house.idea(ward)
    assert counted(house) == {
        over: (frozenset({director}), False),
        usual: (frozenset({leader}), False),
    }


def test_who_leads_above_has_only_the_ideas_that_come_to_them(house: House) -> None:
    leader, director = house.person("Ann"), house.person("Bea")
    hospital = house.unit("Hospital", leader_id=director)
    ward, nobody = house.unit("Ward 4", hospital, leader_id=leader), house.unit("Ward 9", hospital)
    below, theirs = house.idea(ward), house.idea(nobody, answering=hospital)
    # Of a ward that lost its leaders the ideas are theirs as well.
    lost = house.idea(nobody)
    found = {idea: leaders for idea, (leaders, _) in counted(house).items()}
    assert found == {below: {leader}, theirs: {director}, lost: {director}}


def test_an_idea_that_nobody_had_to_answer_does_not_count(house: House) -> None:
    leader = house.person("Ann")
    ward, other = house.unit("Ward 4", leader_id=leader), house.unit("Ward 7", leader_id=leader)
    started, merged, withdrawn, waited, moved = (house.idea(ward) for _ in range(5))
    change(house, started, own_control=True, state=IdeaState.ACCEPTED)
    change(house, merged, state=IdeaState.MERGED)
    soon, late = datetime(2026, 10, 15, 9, tzinfo=UTC), datetime(2026, 10, 21, 9, tzinfo=UTC)
    change(house, withdrawn, state=IdeaState.WITHDRAWN, moved_at=soon)
    change(house, waited, state=IdeaState.WITHDRAWN, moved_at=late)
    answered(house, moved, leader, soon)
    with house.database.write() as session:
        # It had its words elsewhere, before it came here.
        moves(session, moved, late, other)
    assert counted(house) == {waited: (frozenset({leader}), False)}


def test_an_idea_that_was_moved_counts_from_then_for_those_to_whom_it_came(house: House) -> None:
    first, second = house.person("Ann"), house.person("Bea")
    one, other = house.unit("Ward 4", leader_id=first), house.unit("Ward 7", leader_id=second)
    idea = house.idea(one)
    with house.database.write() as session:
        moves(session, idea, datetime(2026, 10, 21, 9, tzinfo=UTC), other)
    answered(house, idea, second, datetime(2026, 10, 23, 9, tzinfo=UTC))
    assert counted(house) == {idea: (frozenset({second}), True)}


def test_an_idea_counts_when_its_days_are_over_and_not_before(house: House) -> None:
    leader = house.person("Ann")
    ward = house.unit("Ward 4", leader_id=leader)
    for day, counts in ((28, True), (29, False), (30, False)):
        house.clock.set(datetime(2026, 10, day, 9, tzinfo=UTC))
        idea = house.idea(ward)
        assert house.respond(idea, Event.ACKNOWLEDGED, leader)
        assert (idea in counted(house)) is counts, day


def test_ideas_of_this_month_and_of_more_than_six_months_ago_do_not_count(house: House) -> None:
    ward = house.unit("Ward 4", leader_id=house.person("Ann"))
    for moment, counts in (
        (datetime(2026, 4, 30, 9, tzinfo=UTC), False),
        (datetime(2026, 5, 4, 9, tzinfo=UTC), True),
        (datetime(2026, 11, 2, 9, tzinfo=UTC), False),
    ):
        house.clock.set(moment)
        assert (house.idea(ward) in counted(house, date(2026, 11, 9))) is counts


# -- in the week ----


def six_wards(house: House, ideas: int = 5) -> list[int]:
    """Six wards, each with a leader of its own and so many ideas, the first of which was answered at once."""
    leaders = [house.person(name) for name in ("Ann", "Bea", "Cy", "Dan", "Eve", "Fay")]
    for leader in leaders:
        ward = house.unit(f"Ward {leader}", leader_id=leader)
        made = [house.idea(ward) for _ in range(ideas)]
        for one in made[: 1 + leader % 3]:
            assert house.respond(one, Event.ACKNOWLEDGED, leader)
    return leaders


def in_week(house: House, person: int, day: date = DAY) -> Compared | None:
    with house.database.read() as session:
        found = week_compared(session, person, day, house.settings, TEAM_ID)
    return None if found is None else found.compared


def test_six_leaders_are_compared_and_five_are_not(house: House) -> None:
    leaders = six_wards(house)
    assert [in_week(house, one) for one in leaders] == [Compared.YES] * 6
    with house.database.write() as session:
        # Ann's first: she has four left.
        session.get_one(Idea, 1).state = IdeaState.MERGED
    found = [in_week(house, one) for one in leaders]
    assert found == [Compared.TOO_FEW_CASES, *[Compared.TOO_FEW_PEERS] * 5]


def test_whoever_leads_nothing_or_had_no_idea_hears_nothing_of_it(house: House) -> None:
    six_wards(house)
    bystander, new = house.person("Gus"), house.person("Hal")
    house.unit("Ward 0", leader_id=new)
    assert in_week(house, bystander) is None
    assert in_week(house, new) is None


def test_it_is_told_in_the_first_week_of_a_month_that_was_sent(house: House) -> None:
    ann = six_wards(house)[0]
    ninth = DAY + timedelta(weeks=1)
    message = LeaderMessage(person_id=ann, day=DAY, week=True, planned_at=WEDNESDAY)
    house.keep(message)
    # The week of the 2nd was planned and never sent.
    assert in_week(house, ann, ninth) is Compared.YES
    with house.database.write() as session:
        session.get_one(LeaderMessage, message.id).sent_at = WEDNESDAY
    assert in_week(house, ann, ninth) is None
    assert in_week(house, ann, DAY) is Compared.YES
    assert in_week(house, ann, date(2026, 12, 7)) is Compared.YES


def test_nobody_is_shown_another_s_picture_and_what_is_no_day_is_nothing(house: House) -> None:
    ann = six_wards(house)[0]
    now = datetime(2026, 11, 2, 9, tzinfo=UTC)
    with house.database.read() as session:

        def shown(actor: Actor, day: str = "2026-11-02") -> str | None:
            found = standing_to_show(session, actor, day, now, house.settings, TEAM_ID)
            return None if found is None else found.view.result.clinician

        assert shown(Actor(ann, confirmed=True)) == str(ann)
        assert shown(Actor(ann)) is None
        assert shown(NOBODY) is None
        for value in ("", "2", "2026-13-40", "2026-11-04", "9999-12-31"):
            assert shown(Actor(ann, confirmed=True), value) is None
