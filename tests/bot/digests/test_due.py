"""Each ISO week has one digest, at the person's own wall-clock time, whatever the clocks do."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.digests.due import instant, next_due, zone_or
from bot.digests.weeks import IsoWeek
from storage.terms import Weekday

ZONES = [
    "Europe/London",
    "Europe/Berlin",
    "America/New_York",
    "America/St_Johns",
    "America/Sao_Paulo",
    "America/Los_Angeles",
    "Africa/Cairo",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Asia/Tehran",
    "Australia/Lord_Howe",
    "Australia/Sydney",
    "Pacific/Chatham",
    "Pacific/Kiritimati",
    "Pacific/Pago_Pago",
    "UTC",
]
# The times at which clocks change somewhere, and ordinary ones.
TIMES = [time(0, 0), time(0, 30), time(1, 30), time(2, 0), time(2, 15), time(2, 30), time(3, 0), time(7, 30)]


@pytest.mark.parametrize("name", ZONES)
def test_every_iso_week_of_two_years_has_exactly_one_digest(name: str) -> None:
    zone = ZoneInfo(name)
    for weekday in Weekday:
        for at in TIMES:
            moment = datetime(2025, 1, 1, tzinfo=UTC)
            weeks = []
            while moment < datetime(2027, 1, 1, tzinfo=UTC):
                moment = next_due(moment, weekday, at, zone)
                local = moment.astimezone(zone)
                assert local.strftime("%A").lower() == weekday.value
                weeks.append(IsoWeek.of(local.date()))
            expected = {IsoWeek.of(date(2025, 1, 6) + timedelta(weeks=number)) for number in range(103)}
            assert len(weeks) == len(set(weeks))
            assert expected <= set(weeks)


# Worked out by hand from the zones' published rules.
@pytest.mark.parametrize(
    ("zone", "day", "at", "utc"),
    [
        ("Europe/London", date(2025, 3, 30), time(1, 30), "2025-03-30T01:00"),  # gap 01:00-02:00
        ("Europe/London", date(2025, 10, 26), time(1, 30), "2025-10-26T00:30"),  # twice: the first, BST
        ("Europe/London", date(2025, 7, 21), time(7, 30), "2025-07-21T06:30"),
        ("America/New_York", date(2025, 3, 9), time(2, 30), "2025-03-09T07:00"),
        ("America/New_York", date(2025, 11, 2), time(1, 0), "2025-11-02T05:00"),
        ("Australia/Lord_Howe", date(2025, 10, 5), time(2, 15), "2025-10-04T15:30"),  # half an hour forward
        ("Asia/Kathmandu", date(2025, 7, 21), time(7, 30), "2025-07-21T01:45"),
        ("Africa/Cairo", date(2025, 4, 25), time(0, 0), "2025-04-24T22:00"),  # midnight does not exist
        ("Pacific/Apia", date(2011, 12, 30), time(9, 0), "2011-12-30T10:00"),  # the day does not exist
        ("Pacific/Kiritimati", date(2025, 7, 21), time(7, 30), "2025-07-20T17:30"),
    ],
)
def test_a_wall_clock_time_is_the_right_instant(zone: str, day: date, at: time, utc: str) -> None:
    assert instant(day, at, ZoneInfo(zone)) == datetime.fromisoformat(utc).replace(tzinfo=UTC)


@given(
    st.datetimes(datetime(2024, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    st.sampled_from(list(Weekday)),
    st.times(),
    st.sampled_from(ZONES),
)
def test_the_next_digest_is_later_and_within_eight_days(
    after: datetime, weekday: Weekday, at: time, name: str
) -> None:
    due = next_due(after, weekday, at, ZoneInfo(name))
    assert after < due <= after + timedelta(days=8)


def test_a_zone_that_nobody_knows_is_the_sites_own() -> None:
    site = ZoneInfo("Europe/London")
    assert zone_or("Mars/Olympus", site) is site
    assert zone_or(None, site) is site
    assert zone_or("", site) is site
    assert zone_or("../etc/passwd", site) is site
    assert zone_or("Asia/Tokyo", site) == ZoneInfo("Asia/Tokyo")
