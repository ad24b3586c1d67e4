"""`groups` by spans of the calendar: in any time zone, over changes of its clocks, with the gaps between them."""

from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import asyncpg
import pytest

from models.uuid7 import uuid7_at
from tests.api import Api, Insert, a_business, a_job, a_user, at

UNITS = ["MINUTE", "HOUR", "DAY", "WEEK", "MONTH", "QUARTER", "YEAR"]
CHANGES = {
    "UTC": "2026-01-01T00:00:00Z",
    "Europe/Berlin": "2026-03-29T01:00:00Z",
    "Europe/London": "2025-10-26T01:00:00Z",
    "America/New_York": "2026-03-08T07:00:00Z",
    "America/St_Johns": "2026-11-01T04:30:00Z",
    "Asia/Kolkata": "2026-03-31T18:30:00Z",
    "Australia/Lord_Howe": "2026-04-04T15:00:00Z",
    "America/Sao_Paulo": "2018-11-04T03:00:00Z",
    "Pacific/Apia": "2011-12-30T10:00:00Z",
}
"""Zones, and a moment at which something changes there: the clocks, the year, the side of the date line."""
AROUND = [
    timedelta(hours=hours, seconds=seconds)
    for hours in (-1_000, -48, -24, -23, -3, -2, -1, 0, 1, 2, 3, 23, 24, 48, 1_000)
    for seconds in (-1, 0, 1_799)
]


def first_of(moment: datetime, unit: str, zone: str) -> datetime:
    """The first moment of the minute, hour, day … of `zone` that `moment` lies in."""
    there = moment.astimezone(ZoneInfo(zone))
    if unit in ("MINUTE", "HOUR"):
        passed = timedelta(minutes=there.minute if unit == "HOUR" else 0, seconds=there.second)
        return moment - passed
    day = there.date()
    begin = {
        "DAY": day,
        "WEEK": day - timedelta(day.weekday()),
        "MONTH": day.replace(day=1),
        "QUARTER": day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1),
        "YEAR": day.replace(month=1, day=1),
    }[unit]
    return datetime(begin.year, begin.month, begin.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)


async def _jobs(insert: Insert, *moments: datetime | None) -> None:
    """Jobs with these deadlines, named by their places."""
    ada = await a_user(insert)
    for number, moment in enumerate(moments):
        await a_job(insert, ada, f"{number:02}", deadline=moment)


BUCKETS = """query($unit: TimeUnit!, $zone: String) { jobs { groups(by: [{deadline: {by: $unit, timeZone: $zone}}]) {
  key { deadline } count rows(first: 100, orderBy: [{title: ASC}]) { nodes { title } } } } }"""


@pytest.mark.parametrize("zone", CHANGES)
async def test_a_bucket_begins_when_the_clocks_of_its_zone_say(api: Api, insert: Insert, zone: str) -> None:
    moments = [at(CHANGES[zone]) + away for away in AROUND]
    await _jobs(insert, *moments)
    for unit in UNITS:
        expected: dict[datetime, list[str]] = defaultdict(list)
        for number, moment in enumerate(moments):
            expected[first_of(moment, unit, zone)].append(f"{number:02}")
        groups = (await api.data(BUCKETS, unit=unit, zone=zone))["jobs"]["groups"]
        assert [(group["key"]["deadline"], group["count"], _titles(group)) for group in groups] == [
            (moment.isoformat(), len(titles), titles) for moment, titles in sorted(expected.items())
        ]


def _titles(group: Any) -> list[str]:
    return [row["title"] for row in group["rows"]["nodes"]]


TWICE = ["2025-10-25T23:59:59Z", "2025-10-26T00:00:00Z", "2025-10-26T00:59:59Z", "2025-10-26T01:00:00Z"]
"""Around the midnight of the Azores that comes twice: at 01:00 UTC their clocks went back from 01:00 to 00:00."""


async def test_a_day_whose_first_hour_comes_twice_begins_with_the_first(api: Api, insert: Insert) -> None:
    await _jobs(insert, *map(at, TWICE))
    groups = (await api.data(BUCKETS, unit="DAY", zone="Atlantic/Azores"))["jobs"]["groups"]
    assert [(group["key"]["deadline"], _titles(group)) for group in groups] == [
        ("2025-10-25T00:00:00+00:00", ["00"]),
        ("2025-10-26T00:00:00+00:00", ["01", "02", "03"]),
    ]


async def test_a_gap_on_such_a_day_begins_with_the_first_hour_too(api: Api, insert: Insert) -> None:
    await _jobs(insert, at("2025-10-25T12:00:00Z"), at("2025-10-27T12:00:00Z"))
    assert await _series(api, "DAY", "Atlantic/Azores") == [
        ("2025-10-25T00:00:00+00:00", 1),
        ("2025-10-26T00:00:00+00:00", 0),
        ("2025-10-27T01:00:00+00:00", 1),
    ]


async def test_a_bucket_of_a_firehose_table_has_all_of_its_rows(api: Api, insert: Insert) -> None:
    shop = await a_business(insert)
    for number, moment in enumerate(TWICE):
        values = {"business_id": shop, "type": "BUSINESS", "name": f"m{number}"}
        await insert("business.metrics", id=uuid7_at(at(moment), number), **values)
    query = """query($zone: String) { metrics { groups(by: [{recordedAt: {by: DAY, timeZone: $zone}}]) {
      count rows(orderBy: [{name: ASC}]) { totalCount nodes { name } } } } }"""
    for zone, names in (
        ("Europe/Berlin", [["m0", "m1", "m2", "m3"]]),
        ("UTC", [["m0"], ["m1", "m2", "m3"]]),
        ("America/New_York", [["m0", "m1", "m2", "m3"]]),
        ("Atlantic/Azores", [["m0"], ["m1", "m2", "m3"]]),
    ):
        groups = (await api.data(query, zone=zone))["metrics"]["groups"]
        assert [[row["name"] for row in group["rows"]["nodes"]] for group in groups] == names, zone
        assert [(group["count"], group["rows"]["totalCount"]) for group in groups] == [(len(n), len(n)) for n in names]


async def test_rows_without_a_moment_are_a_group_of_their_own(api: Api, insert: Insert) -> None:
    await _jobs(insert, None, at("2026-03-28T23:30:00Z"), None)
    groups = (await api.data(BUCKETS, unit="DAY", zone="Europe/Berlin"))["jobs"]["groups"]
    assert [(group["key"]["deadline"], _titles(group)) for group in groups] == [
        ("2026-03-28T23:00:00+00:00", ["01"]),
        (None, ["00", "02"]),
    ]


async def test_without_a_time_zone_a_day_is_one_of_utc(api: Api, insert: Insert) -> None:
    await _jobs(insert, at("2026-03-28T23:59:59.999Z"), at("2026-03-29T02:00:00+02:00"))
    days = ["2026-03-28T00:00:00+00:00", "2026-03-29T00:00:00+00:00"]
    for zone in (None, "UTC"):
        groups = (await api.data(BUCKETS, unit="DAY", zone=zone))["jobs"]["groups"]
        assert [group["key"]["deadline"] for group in groups] == days


async def test_buckets_go_with_other_keys(api: Api, insert: Insert) -> None:
    ada = await a_user(insert)
    for title, currency, day in (("a", "USD", 1), ("b", "EUR", 2), ("c", "USD", 28), ("d", "USD", 1)):
        moment = at("2026-02-01T00:00:00+01:00") + timedelta(day - 1, hours=-1 if title == "d" else 0)
        await a_job(insert, ada, title, currency=currency, deadline=moment)
    query = """{ jobs { groups(by: [{currency: true}, {deadline: {by: MONTH, timeZone: "Europe/Berlin"}}],
      orderBy: [{key: {deadline: DESC}}]) { key { currency deadline } sum { budget } } } }"""
    groups = (await api.data(query))["jobs"]["groups"]
    assert [(*group["key"].values(), group["sum"]["budget"]) for group in groups] == [
        ("EUR", "2026-01-31T23:00:00+00:00", "100.00"),
        ("USD", "2026-01-31T23:00:00+00:00", "200.00"),
        ("USD", "2025-12-31T23:00:00+00:00", "100.00"),
    ]


FILLED = """query($unit: TimeUnit!, $zone: String, $fill: BucketFill) { jobs {
  groups(by: [{deadline: {by: $unit, timeZone: $zone, fill: $fill}}]) {
    key { deadline } count sum { budget } countDistinct { title } max { title }
    rows { totalCount nodes { title } } } } }"""


async def _series(api: Api, unit: str, zone: str | None, **fill: str) -> list[tuple[str, int]]:
    """The buckets with how many rows they have; those without any come to nothing."""
    groups = (await api.data(FILLED, unit=unit, zone=zone, fill=fill))["jobs"]["groups"]
    for group in groups:
        total = f"{100 * group['count']}.00" if group["count"] else None
        assert (group["sum"]["budget"], group["countDistinct"]["title"]) == (total, group["count"])
        titles = [row["title"] for row in group["rows"]["nodes"]]
        assert group["rows"]["totalCount"] == len(titles) == group["count"]
        assert group["max"]["title"] == max(titles, default=None)
    return [(group["key"]["deadline"], group["count"]) for group in groups]


@pytest.mark.parametrize("zone", CHANGES)
async def test_buckets_between_the_first_and_the_last_are_filled(api: Api, insert: Insert, zone: str) -> None:
    change, half = at(CHANGES[zone]), timedelta(minutes=30)
    rows = [change - timedelta(45), change - timedelta(hours=1), change + timedelta(45)]
    await _jobs(insert, *rows)
    moments = [rows[0] + step * half for step in range((rows[2] - rows[0]) // half)]
    for unit in UNITS[2:]:
        expected = Counter({first_of(moment, unit, zone): 0 for moment in moments})
        expected.update(first_of(moment, unit, zone) for moment in rows)
        found = await _series(api, unit, zone)
        assert found == [(moment.isoformat(), count) for moment, count in sorted(expected.items())]


@pytest.mark.parametrize("zone", CHANGES)
async def test_hours_are_filled_while_the_clocks_change(api: Api, insert: Insert, zone: str) -> None:
    change = at(CHANGES[zone])
    rows = [change - timedelta(hours=3), change + timedelta(hours=4)]
    await _jobs(insert, *rows)
    hours = [change + timedelta(hours=hours) for hours in range(-3, 5)]
    assert await _series(api, "HOUR", zone) == [
        (first_of(hour, "HOUR", zone).isoformat(), int(hour in rows)) for hour in hours
    ]


async def test_gaps_are_filled_from_one_moment_to_another(api: Api, insert: Insert) -> None:
    await _jobs(insert, at("2026-03-29T12:00:00Z"), at("2026-04-02T12:00:00Z"))
    days = [
        ("2026-03-27T23:00:00+00:00", 0),
        ("2026-03-28T23:00:00+00:00", 1),
        ("2026-03-29T22:00:00+00:00", 0),
        ("2026-03-30T22:00:00+00:00", 0),
        ("2026-03-31T22:00:00+00:00", 0),
        ("2026-04-01T22:00:00+00:00", 1),
    ]
    begin, end = "2026-03-28T17:00:00+05:00", "2026-03-31T00:30:00+02:00"
    assert await _series(api, "DAY", "Europe/Berlin", **{"from": begin}) == days
    assert await _series(api, "DAY", "Europe/Berlin", to=end) == [*days[1:4], days[5]]
    assert await _series(api, "DAY", "Europe/Berlin", **{"from": begin, "to": end}) == [*days[:4], days[5]]
    assert await _series(api, "DAY", "Europe/Berlin", **{"from": end, "to": begin}) == [days[1], days[5]]


async def test_where_there_are_no_rows_only_what_is_asked_for_is_filled(api: Api) -> None:
    assert await _series(api, "DAY", None) == []
    assert await _series(api, "DAY", None, **{"from": "2026-01-01T00:00:00Z"}) == []
    ends = {"from": "2026-01-01T00:00:00Z", "to": "2026-01-02T23:00:00Z"}
    days = [("2026-01-01T00:00:00+00:00", 0), ("2026-01-02T00:00:00+00:00", 0)]
    assert await _series(api, "DAY", None, **ends) == days


async def test_a_null_says_nothing(api: Api, insert: Insert) -> None:
    await _jobs(insert, at("2026-01-01T12:00:00Z"), at("2026-01-03T12:00:00Z"))
    query = "query($fill: BucketFill, $end: DateTime) {"
    query += " a: jobs { groups(by: [{deadline: {by: DAY, timeZone: null, fill: $fill}}]) { count } }"
    query += " b: jobs { groups(by: [{deadline: {by: DAY, fill: {from: $end}}}]) { count } } }"
    found = await api.data(query, fill=None, end=None)
    assert [group["count"] for group in found["a"]["groups"]] == [1, 1]
    assert [group["count"] for group in found["b"]["groups"]] == [1, 0, 1]


async def test_each_of_the_other_keys_has_its_gaps_filled(api: Api, insert: Insert) -> None:
    ada = await a_user(insert)
    for category, day in (("x", 1), (None, 3), ("x", 3)):
        await a_job(insert, ada, category=category, deadline=at(f"2026-01-0{day}T12:00:00Z"))
    await a_job(insert, ada, category="x")
    query = """query($having: JobAggregateFilter) { jobs { groups(having: $having,
      by: [{category: true}, {deadline: {by: DAY, fill: {}}}]) { key { category deadline } count } } }"""
    groups = [(*group["key"].values(), group["count"]) for group in (await api.data(query))["jobs"]["groups"]]
    days = [f"2026-01-0{day}T00:00:00+00:00" for day in (1, 2, 3)]
    counts = {"x": (1, 0, 1), None: (0, 0, 1)}
    dated = [(category, day, count) for category in counts for day, count in zip(days, counts[category], strict=True)]
    assert groups == [*dated[:3], ("x", None, 1), *dated[3:]]
    empty = (await api.data(query, having={"count": {"eq": 0}}))["jobs"]["groups"]
    assert [(*group["key"].values(), group["count"]) for group in empty] == [one for one in groups if one[2] == 0]


async def test_each_parent_has_its_own_series(api: Api, insert: Insert) -> None:
    for name, days in (("Ada", (1, 3)), ("Bob", (2,)), ("Cid", ())):
        user = await a_user(insert, name)
        for day in days:
            await a_job(insert, user, deadline=at(f"2026-01-0{day}T12:00:00Z"))
    query = """{ users(orderBy: [{firstName: ASC}]) { nodes { jobsPosted {
      own: groups(by: [{deadline: {by: DAY, fill: {}}}]) { count }
      same: groups(by: [{deadline: {by: DAY, fill: {from: "2026-01-01T00:00:00Z", to: "2026-01-04T00:00:00Z"}}}]) {
        count } } } } }"""
    found = [user["jobsPosted"] for user in (await api.data(query))["users"]["nodes"]]
    assert [[group["count"] for group in jobs["own"]] for jobs in found] == [[1, 0, 1], [1], []]
    assert [[group["count"] for group in jobs["same"]] for jobs in found] == [[1, 0, 1, 0], [0, 1, 0, 0], [0] * 4]


@pytest.mark.parametrize(
    ("unit", "days"),
    [
        ("DAY", ["2025-12-30", "2025-12-31", "2026-01-01", "2026-01-02"]),
        ("WEEK", ["2025-12-29"]),
        ("MONTH", ["2025-12-01", "2026-01-01"]),
        ("QUARTER", ["2025-10-01", "2026-01-01"]),
        ("YEAR", ["2025-01-01", "2026-01-01"]),
    ],
)
async def test_days_are_put_into_buckets_that_are_days(api: Api, insert: Insert, unit: str, days: list[str]) -> None:
    shop = await a_business(insert)
    for day in (date(2025, 12, 30), date(2026, 1, 2)):
        await insert("knowledge.knowledge_statistics", business_id=shop, day=day, file_count=1)
    query = """query($unit: TimeUnit!) { knowledgeStatistics { groups(by: [{day: {by: $unit, fill: {}}}]) {
      key { day } count rows { totalCount } } } }"""
    groups = (await api.data(query, unit=unit))["knowledgeStatistics"]["groups"]
    assert [group["key"]["day"] for group in groups] == days
    assert sum(group["count"] for group in groups) == 2
    assert [group["rows"]["totalCount"] for group in groups] == [group["count"] for group in groups]


async def test_moments_of_what_a_row_belongs_to_are_put_into_buckets(api: Api, insert: Insert) -> None:
    ada = await a_user(insert)
    for year in (2023, 2025, 2025):
        job = await a_job(insert, ada, deadline=at(f"{year}-06-01T00:00:00Z"))
        await insert(
            "freelance.applications", job_id=job, freelancer_id=await a_user(insert, f"F{job}"), proposed_amount=1
        )
    query = """{ applications { groups(by: [{job: {deadline: {by: YEAR, fill: {}}}}]) {
      key { job { deadline } } count } } }"""
    groups = (await api.data(query))["applications"]["groups"]
    assert [(group["key"]["job"]["deadline"], group["count"]) for group in groups] == [
        ("2023-01-01T00:00:00+00:00", 1),
        ("2024-01-01T00:00:00+00:00", 0),
        ("2025-01-01T00:00:00+00:00", 2),
    ]


ZONE = 'Argument "groups.by.0.deadline.timeZone" is not the IANA name of a time zone, like Europe/Berlin.'


@pytest.mark.parametrize(
    "zone", ["Mars/Base", "", "europe/berlin", "+02:00", "CEST-2", "'; DROP TABLE x", "Europe/Berlin "]
)
async def test_a_time_zone_that_nobody_knows_is_refused(api: Api, zone: str) -> None:
    error = await api.error(BUCKETS, unit="DAY", zone=zone)
    assert error == {"message": ZONE, "extensions": {"code": "BAD_USER_INPUT"}}
    assert api.query_count == 0


async def test_a_time_zone_that_only_python_knows_is_refused(
    api: Api, insert: Insert, connection: asyncpg.Connection
) -> None:
    await _jobs(insert, at("2026-01-01T00:00:00Z"))
    known = {row["name"] for row in await connection.fetch("SELECT name FROM pg_timezone_names")}
    for zone in sorted(available_timezones() - known):
        error = await api.error(BUCKETS, unit="DAY", zone=zone)
        assert error["message"] == ZONE, zone


@pytest.mark.parametrize(
    ("by", "message"),
    [
        (
            "[{createdAt: {by: DAY, fill: {}}}, {deadline: {by: DAY, fill: {}}}]",
            "Gaps can be filled in one bucket only.",
        ),
        ('[{deadline: {timeZone: "UTC"}}]', "'by'"),
        ("[{deadline: true}]", "TimeBucket"),
        ("[{deadline: {by: DECADE}}]", "'DECADE'"),
        ('[{deadline: {by: DAY, fill: {from: "2026-01-01"}}}]', "DateTime must be an RFC 3339 string"),
    ],
)
async def test_a_bucket_that_cannot_be_made_is_refused(api: Api, by: str, message: str) -> None:
    answer = await api(f"{{ jobs {{ groups(by: {by}) {{ count }} }} }}")
    assert message in answer["errors"][0]["message"]
    assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    assert api.query_count == 0


async def test_days_have_no_hours(api: Api) -> None:
    error = await api.error("{ knowledgeStatistics { groups(by: [{day: {by: HOUR}}]) { count } } }")
    assert error["message"] == 'Argument "groups.by.0.day.by" must be DAY or longer: these are days.'


async def test_a_series_that_costs_too_much_is_refused(api: Api) -> None:
    fill = 'fill: {from: "1000-01-01T00:00:00Z", to: "9000-01-01T00:00:00Z"}'
    error = await api.error(f"{{ jobs {{ groups(by: [{{deadline: {{by: MINUTE, {fill}}}}}]) {{ count }} }} }}")
    extensions = error["extensions"]
    assert (extensions["code"], extensions["limit"], extensions["path"]) == ("TOO_COMPLEX", "cost", "jobs.groups")


async def test_a_series_that_is_too_long_is_refused_and_not_cut(api: Api, insert: Insert) -> None:
    await _jobs(insert, at("2025-12-31T12:00:00Z"))
    query = """query($unit: TimeUnit!, $from: DateTime, $to: DateTime) { jobs { groups(first: 1,
      by: [{deadline: {by: $unit, fill: {from: $from, to: $to}}}], orderBy: [{key: {deadline: DESC}}]) {
        key { deadline } count } } }"""
    ends = {"from": "2025-12-25T01:21:00Z", "to": "2026-01-01T00:00:00Z"}
    found = await api.data(query, unit="MINUTE", **ends)
    assert found["jobs"]["groups"] == [{"key": {"deadline": "2026-01-01T00:00:00+00:00"}, "count": 0}]
    error = await api.error(query, unit="MINUTE", **{**ends, "from": "2000-01-01T00:00:00Z"})
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert '"fill" of "groups.by" has more than 10,000 buckets' in error["message"]


async def test_a_series_over_a_midnight_that_was_skipped_has_its_last_day(api: Api, insert: Insert) -> None:
    await _jobs(insert, at("2018-11-03T12:00:00Z"), at("2018-11-06T12:00:00Z"))
    query = """{ jobs { groups(by: [{deadline: {by: DAY, timeZone: "America/Sao_Paulo", fill: {}}}]) {
      key { deadline } count } } }"""
    days = ["2018-11-03T03", "2018-11-04T03", "2018-11-05T02", "2018-11-06T02"]
    assert (await api.data(query))["jobs"]["groups"] == [
        {"key": {"deadline": f"{day}:00:00+00:00"}, "count": count}
        for day, count in zip(days, (1, 0, 0, 1), strict=True)
    ]
    ends = 'fill: {from: "2018-11-03T12:00:00Z", to: "2018-11-07T12:00:00Z"}'
    found = (await api.data(query.replace("fill: {}", ends)))["jobs"]["groups"]
    assert [group["key"]["deadline"][:13] for group in found] == [*days, "2018-11-07T02"]
