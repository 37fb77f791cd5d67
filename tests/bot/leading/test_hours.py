"""Working time of one person: hours, weekends, holidays, zones, clock changes, leave (N1, N2)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.ideas.working import WorkingDays, add_working_days
from bot.leading.hours import WorkingHours

Spans = tuple[tuple[date, date], ...]

NOTHING = timedelta(0)
HOUR = timedelta(hours=1)
FIRST, LAST = date(2025, 1, 1), date(2026, 12, 31)

# Whole, half and quarter hours on both sides of the date line; weekends of three kinds.
PLACES = [
    ("Europe/London", "GB-ENG"),
    ("Europe/Berlin", "DE"),
    ("America/New_York", "US-NY"),
    ("America/Los_Angeles", "US-CA"),
    ("America/St_Johns", "CA-NL"),  # -03:30
    ("America/Santiago", "CL"),  # the clocks change at midnight
    ("Asia/Kathmandu", "NP"),  # +05:45
    ("Asia/Kolkata", "IN"),  # +05:30
    ("Pacific/Chatham", "NZ"),  # +12:45
    ("Pacific/Apia", "WS"),
    ("Pacific/Pago_Pago", "US"),  # across the date line from Apia
    ("Pacific/Kiritimati", "NZ"),  # +14
    ("Australia/Lord_Howe", "AU-NSW"),  # half an hour of summer time
    ("Australia/Eucla", "AU-WA"),  # +08:45
    ("Asia/Riyadh", "SA"),
    ("Asia/Dubai", "AE"),
    ("Africa/Cairo", "EG"),  # midnight again
    ("Asia/Tehran", "IR"),
]


def hours(
    zone: str, holidays: str, away: Spans = (), starts: time = time(8), ends: time = time(18)
) -> WorkingHours:
    return WorkingHours(WorkingDays(ZoneInfo(zone), holidays, away), starts, ends)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


# Each worked out by hand: a moment, an amount of working time, and the moment at which it has passed.
CASES = {
    # 30 minutes are left on Friday 28 August; Monday 31 is the summer bank holiday: Tuesday 08:30 BST.
    "London, Friday 17:30 before a bank holiday": (
        hours("Europe/London", "GB-ENG"), "2026-08-28T17:30+01:00", 60, "2026-09-01T07:30Z",
    ),
    # An hour on Friday in winter time, an hour on Monday in summer time: 09:00 CEST is 07:00 UTC.
    "Berlin, over the spring clock change of 29 March": (
        hours("Europe/Berlin", "DE"), "2026-03-27T17:00+01:00", 120, "2026-03-30T07:00Z",
    ),
    # 12:00 UTC is 17:45 in Kathmandu: 15 minutes on Wednesday, 15 on Thursday; 08:15 there is 02:30 UTC.
    "Kathmandu, 05:45 ahead": (
        hours("Asia/Kathmandu", "NP"), "2026-06-03T12:00Z", 30, "2026-06-04T02:30Z",
    ),
    # Thursday 4 June 17:00, winter: +12:45. One hour, and one on Friday until 09:00, Thursday 20:15 UTC.
    "Chatham, 12:45 ahead": (
        hours("Pacific/Chatham", "NZ"), "2026-06-04T04:15Z", 120, "2026-06-04T20:15Z",
    ),
    # Thursday 29 December 2011 17:00 at -10:00. There was no Friday 30. Then a weekend; Monday 2 January is
    # the day after New Year. Tuesday 3 January 09:00 at +14:00 is Monday 19:00 UTC.
    "Apia, over the day that was left out": (
        hours("Pacific/Apia", "WS"), "2011-12-30T03:00Z", 120, "2012-01-02T19:00Z",
    ),
    # Friday 2 October 17:00 at +10:30; half an hour forward on Sunday; Monday 5 is Labour Day; Tuesday 09:00
    # at +11:00 is Monday 22:00 UTC.
    "Lord Howe, half an hour of summer time": (
        hours("Australia/Lord_Howe", "AU-NSW"), "2026-10-02T06:30Z", 120, "2026-10-05T22:00Z",
    ),
    # Thursday 17:30: Friday and Saturday are the weekend. Sunday 08:30 at +03:00.
    "Riyadh, where Sunday is a working day": (
        hours("Asia/Riyadh", "SA"), "2026-07-09T14:30Z", 60, "2026-07-12T05:30Z",
    ),
    # Friday 17:30 is worked here; Saturday and Sunday are the weekend. Monday 08:30 at +04:00.
    "Dubai, where Friday is one": (
        hours("Asia/Dubai", "AE"), "2026-07-10T13:30Z", 60, "2026-07-13T04:30Z",
    ),
    # Thursday 24 December 17:00. 25 is Friday, 26 Saturday, with Monday 28 in its place: Tuesday 09:00.
    "Scotland, Christmas": (
        hours("Europe/London", "GB-SCT"), "2026-12-24T17:00Z", 120, "2026-12-29T09:00Z",
    ),
    # Thursday 31 December 17:00. 1 January; 2 January (Scotland only) is a Saturday, with Monday 4 in its
    # place: Tuesday 09:00.
    "Scotland, the second of January": (
        hours("Europe/London", "GB-SCT"), "2026-12-31T17:00Z", 120, "2027-01-05T09:00Z",
    ),
    # Tuesday 17:00; leave from Wednesday to Friday, then a weekend: Monday 30 November 09:00.
    "London, leave in the middle": (
        hours("Europe/London", "GB-ENG", ((date(2026, 11, 25), date(2026, 11, 27)),)),
        "2026-11-24T17:00Z", 120, "2026-11-30T09:00Z",
    ),
    # Wednesday 17:30 at -05:00; Thursday 26 is Thanksgiving; Friday 08:30.
    "New York, Thanksgiving": (
        hours("America/New_York", "US-NY"), "2026-11-25T22:30Z", 60, "2026-11-27T13:30Z",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_working_time_as_worked_out_by_hand(name: str) -> None:
    person, start, minutes, end = CASES[name]
    amount = timedelta(minutes=minutes)
    assert person.add_working_time(at(start), amount) == at(end)
    assert person.working_time_between(at(start), at(end)) == amount
    assert person.working_days_since(at(start), at(end)) == 1


def test_time_between_is_right_when_both_ends_are_given_in_a_zone_whose_clocks_change() -> None:
    night = hours("Europe/Berlin", "DE", starts=time(0), ends=time(23))
    berlin = ZoneInfo("Europe/Berlin")
    friday, monday = (datetime(2026, 3, day, 22, tzinfo=berlin) for day in (27, 30))
    assert night.working_time_between(friday, monday) == 23 * HOUR  # one on Friday, 22 on Monday
    early = hours("Asia/Jerusalem", "GB-ENG", starts=time(0), ends=time(12))
    one, four = (datetime(2026, 3, 27, hour, tzinfo=early.days.zone) for hour in (1, 4))
    assert early.working_time_between(one, four) == 2 * HOUR  # there is no hour from two to three


def test_a_day_on_which_the_clocks_change_is_shorter_or_longer_only_where_the_hours_cover_it() -> None:
    sundays = hours("Asia/Jerusalem", "SA", starts=time(0), ends=time(12))
    friday = hours("Asia/Jerusalem", "GB-ENG", starts=time(0), ends=time(12))
    span = friday.span(date(2026, 3, 27))  # forward at 02:00 on this Friday
    assert span is not None
    assert span[1] - span[0] == 11 * HOUR
    span = sundays.span(date(2026, 10, 25))  # back at 02:00 on this Sunday
    assert span is not None
    assert span[1] - span[0] == 13 * HOUR


def test_hours_that_begin_in_a_gap_begin_with_the_first_moment_that_exists() -> None:
    early = hours("Asia/Jerusalem", "GB-ENG", starts=time(2, 30), ends=time(10))
    span = early.span(date(2026, 3, 27))
    assert span == (at("2026-03-27T00:00Z"), at("2026-03-27T07:00Z"))  # 03:00 to 10:00 at +03:00


def test_the_beginning_of_the_hours_is_working_time_and_their_end_is_not() -> None:
    london = hours("Europe/London", "GB-ENG")
    assert london.is_working(at("2026-11-24T08:00Z"))
    assert not london.is_working(at("2026-11-24T07:59:59Z"))
    assert london.is_working(at("2026-11-24T17:59:59Z"))
    assert not london.is_working(at("2026-11-24T18:00Z"))


def test_hours_over_midnight_are_refused_with_a_sentence_that_says_what_to_do() -> None:
    with pytest.raises(ValueError, match="over midnight are not supported, choose"):
        hours("Europe/London", "GB-ENG", starts=time(20), ends=time(6))
    with pytest.raises(ValueError, match="without one"):
        hours("Europe/London", "GB-ENG", starts=time(8, tzinfo=UTC), ends=time(18, tzinfo=UTC))


def test_moments_without_a_zone_and_negative_amounts_are_refused() -> None:
    london = hours("Europe/London", "GB-ENG")
    naive = datetime(2026, 11, 24, 9)  # noqa: DTZ001
    with pytest.raises(ValueError, match="aware"):
        london.is_working(naive)
    with pytest.raises(ValueError, match="never taken away"):
        london.add_working_time(at("2026-11-24T08:00Z"), -HOUR)


def test_somebody_away_for_good_has_no_next_working_moment() -> None:
    gone = hours("Europe/London", "GB-ENG", ((date.min, date.max),))
    assert gone.next_working_moment(at("2026-11-24T08:00Z")) is None
    assert gone.add_working_time(at("2026-11-24T08:00Z"), HOUR) is None
    assert gone.working_time_between(at("2025-11-24T08:00Z"), at("2026-11-24T08:00Z")) == NOTHING


def test_no_time_lies_between_a_moment_and_an_earlier_one() -> None:
    london = hours("Europe/London", "GB-ENG")
    assert london.working_time_between(at("2026-11-24T12:00Z"), at("2026-11-24T09:00Z")) == NOTHING
    assert london.working_days_since(at("2026-11-24T12:00Z"), at("2026-11-20T09:00Z")) == 0


@pytest.mark.parametrize(("zone", "holidays"), PLACES)
def test_over_two_years_the_counter_goes_up_by_one_with_each_working_day(zone: str, holidays: str) -> None:
    person = hours(zone, holidays)
    local = person.days.zone
    worked = 0
    for day in (FIRST + timedelta(days=n) for n in range((LAST - FIRST).days)):
        noon, after = (datetime.combine(d, time(12), local) for d in (day, day + timedelta(days=1)))
        step = person.working_days_since(noon, after)
        assert step == person.works_on(day + timedelta(days=1)) == person.is_working(after)
        worked += step
    start, end = (datetime.combine(d, time(12), local) for d in (FIRST, LAST))
    assert person.working_days_since(start, end) == worked > 450


def clock_changes(zone: ZoneInfo) -> list[date]:
    days = [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)]
    midnights = [datetime.combine(day, time(0), zone).utcoffset() for day in days]
    return [
        day for day, before, after in zip(days, midnights, midnights[1:], strict=False) if before != after
    ]


def test_around_every_clock_change_of_two_years_a_working_day_has_its_ten_hours() -> None:
    seen = 0
    for zone, holidays in PLACES:
        person = hours(zone, holidays)
        for change in clock_changes(person.days.zone):
            seen += 1
            for day in (change + timedelta(days=n) for n in range(-4, 5)):
                span = person.span(day)
                if span is None:
                    continue
                begins, ends = (moment.astimezone(person.days.zone) for moment in span)
                assert (begins.date(), begins.time(), ends.time()) == (day, time(8), time(18))
                assert ends.astimezone(UTC) - begins.astimezone(UTC) == 10 * HOUR
                assert person.working_time_between(begins - 3 * HOUR, ends + 3 * HOUR) == 10 * HOUR
    assert seen >= 30  # nine of these zones change their clocks, four times each


@st.composite
def people(draw: st.DrawFn) -> WorkingHours:
    zone, holidays = draw(st.sampled_from(PLACES))
    firsts = draw(st.lists(st.tuples(st.dates(FIRST, LAST), st.integers(0, 25)), max_size=3))
    begins = draw(st.integers(0, 20 * 4))
    ends = draw(st.integers(begins + 1, 23 * 4 + 3))
    starts_at, ends_at = (time(quarter // 4, quarter % 4 * 15) for quarter in (begins, ends))
    away = tuple((first, first + timedelta(days=length)) for first, length in firsts)
    return hours(zone, holidays, away, starts_at, ends_at)


moments = st.datetimes(datetime(2025, 1, 1), datetime(2026, 11, 30), timezones=st.just(UTC))  # noqa: DTZ001


@given(people(), moments)
@settings(max_examples=80, deadline=None)
def test_the_next_working_moment_is_in_hours_and_its_own_next(person: WorkingHours, moment: datetime) -> None:
    found = person.next_working_moment(moment)
    assert found is not None
    assert found >= moment
    assert person.is_working(found)
    assert person.next_working_moment(found) == found
    assert person.working_time_between(moment, found) == NOTHING
    assert (found == moment) == person.is_working(moment)


@given(people(), moments, st.integers(0, 60 * 60 * 30))
@settings(max_examples=80, deadline=None)
def test_adding_and_measuring_are_inverse(person: WorkingHours, moment: datetime, seconds: int) -> None:
    amount = timedelta(seconds=seconds)
    end = person.add_working_time(moment, amount)
    assert end is not None
    assert person.working_time_between(moment, end) == amount
    if seconds:
        assert person.working_time_between(moment, end - timedelta(seconds=1)) < amount


@given(people(), moments, st.integers(0, 60 * 24 * 20), st.integers(0, 60 * 24 * 20))
@settings(max_examples=60, deadline=None)
def test_the_counter_and_the_time_only_grow_and_add_up(
    person: WorkingHours, start: datetime, first: int, second: int
) -> None:
    middle = start + timedelta(minutes=first)
    end = middle + timedelta(minutes=second)
    assert person.working_days_since(start, middle) <= person.working_days_since(start, end)
    assert (
        person.working_days_since(start, middle) + person.working_days_since(middle, end)
        == person.working_days_since(start, end)
    )  # fmt: skip
    assert (
        person.working_time_between(start, middle) + person.working_time_between(middle, end)
        == person.working_time_between(start, end)
    )  # fmt: skip


@given(people(), moments, st.integers(1, 12))
@settings(max_examples=60, deadline=None)
def test_the_counter_agrees_with_the_days_that_the_submitter_was_told(
    person: WorkingHours, start: datetime, days: int
) -> None:
    due = add_working_days(person.days, person.day_of(start), days)
    begins = person.span(due)
    assert begins is not None
    assert person.working_days_since(start, begins[0]) == days
    assert person.working_days_since(start, begins[0] - timedelta(days=1)) < days
