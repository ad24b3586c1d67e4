"""When reports are made and which days they cover, wherever the clocks are changed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from app.services.reporting.periods import Period, last_time, next_time, period_before, zone_of
from models.reporting import ReportSchedule

BERLIN, NEW_YORK, CAIRO = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York"), ZoneInfo("Africa/Cairo")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("schedule", "after", "then"),
    [
        ("DAILY", "2026-11-30T04:59", "2026-11-30T05:00"),
        ("DAILY", "2026-11-30T05:00", "2026-12-01T05:00"),
        ("DAILY", "2026-11-29T23:30", "2026-11-30T05:00"),
        ("WEEKLY", "2026-11-30T04:00", "2026-11-30T05:00"),
        ("WEEKLY", "2026-11-30T06:00", "2026-12-07T05:00"),
        ("MONTHLY", "2026-12-01T05:00", "2027-01-01T05:00"),
        ("MONTHLY", "2027-01-31T12:00", "2027-02-01T05:00"),
        ("QUARTERLY", "2026-11-30T05:00", "2027-01-01T05:00"),
        ("QUARTERLY", "2027-01-01T05:00", "2027-04-01T04:00"),
    ],
)
def test_a_report_is_made_in_the_morning_of_the_first_day_after(
    schedule: ReportSchedule, after: str, then: str
) -> None:
    assert next_time(schedule, utc(after), BERLIN, {}) == utc(then)


def test_what_has_no_schedule_has_no_next_time() -> None:
    assert next_time("ONCE", utc("2026-11-30T05:00"), BERLIN, {}) is None


def test_it_is_the_same_hour_of_the_day_before_and_after_the_clocks_are_changed() -> None:
    spring = next_time("DAILY", utc("2027-03-27T05:00"), BERLIN, {})
    autumn = next_time("DAILY", utc("2026-10-24T04:00"), BERLIN, {})
    assert (spring, autumn) == (utc("2027-03-28T04:00"), utc("2026-10-25T05:00"))


def test_an_hour_that_is_left_out_is_not_skipped_and_one_that_comes_twice_counts_once() -> None:
    at = {"time": "02:30"}
    assert next_time("DAILY", utc("2027-03-27T12:00"), BERLIN, at) == utc("2027-03-28T01:30")
    first = next_time("DAILY", utc("2026-10-24T12:00"), BERLIN, at)
    assert first == utc("2026-10-25T00:30")
    assert next_time("DAILY", utc("2026-10-25T00:30"), BERLIN, at) == utc("2026-10-26T01:30")


@pytest.mark.parametrize("zone", [BERLIN, NEW_YORK, CAIRO, ZoneInfo("Asia/Kathmandu"), ZoneInfo("Pacific/Apia")])
def test_in_every_year_each_day_has_one_time_and_days_meet_without_a_gap(zone: ZoneInfo) -> None:
    at, times = utc("2026-01-01T00:00"), []
    while at < utc("2027-01-01T00:00"):
        found = next_time("DAILY", at, zone, {"time": "00:15"})
        assert found is not None
        times.append(found.astimezone(zone).date())
        at = found
    assert len(set(times)) == len(times)
    assert max(b - a for a, b in pairwise(times)) == timedelta(days=1)
    days = [Period(day, day, zone) for day in times]
    assert all(one.ends_at == other.starts_at for one, other in pairwise(days))


@pytest.mark.parametrize(
    ("schedule", "first", "last"),
    [
        ("DAILY", date(2026, 11, 29), date(2026, 11, 29)),
        ("WEEKLY", date(2026, 11, 23), date(2026, 11, 29)),
        ("MONTHLY", date(2026, 10, 1), date(2026, 10, 31)),
        ("QUARTERLY", date(2026, 7, 1), date(2026, 9, 30)),
        ("ONCE", date(2026, 10, 31), date(2026, 11, 29)),
    ],
)
def test_it_covers_the_last_whole_days_before(schedule: ReportSchedule, first: date, last: date) -> None:
    assert period_before(schedule, utc("2026-11-30T05:00"), BERLIN, {}) == Period(first, last, BERLIN)


def test_a_day_belongs_to_the_business_not_to_utc() -> None:
    evening = utc("2026-11-30T02:00")
    assert period_before("DAILY", evening, NEW_YORK, {}).last == date(2026, 11, 28)
    day = Period(date(2026, 10, 25), date(2026, 10, 25), BERLIN)
    assert day.ends_at - day.starts_at == timedelta(hours=25)


@pytest.mark.parametrize(
    ("days", "first"), [(7, date(2026, 11, 23)), (0, date(2026, 10, 31)), ("x", date(2026, 10, 31))]
)
def test_a_report_without_a_schedule_says_how_many_days_it_covers(days: object, first: date) -> None:
    assert period_before("ONCE", utc("2026-11-30T05:00"), BERLIN, {"days": days}).first == first


def test_of_times_that_were_missed_the_last_one_is_made() -> None:
    missed = last_time("DAILY", utc("2026-11-20T05:00"), utc("2026-11-30T12:00"), BERLIN, {})
    assert missed == utc("2026-11-30T05:00")
    assert last_time("ONCE", utc("2026-11-20T05:00"), utc("2026-11-30T12:00"), BERLIN, {}) == utc("2026-11-20T05:00")


@pytest.mark.parametrize("name", ["Nowhere/Land", "", "../etc/passwd", "Europe"])
def test_a_time_zone_that_is_none_is_taken_for_utc(name: str) -> None:
    assert zone_of(name).key == "UTC"


@pytest.mark.parametrize("given", ["25:00", "soon", None, 7])
def test_a_time_that_is_none_is_the_morning(given: object) -> None:
    assert next_time("DAILY", utc("2026-11-30T05:00"), BERLIN, {"time": given}) == utc("2026-12-01T05:00")
