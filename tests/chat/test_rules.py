"""Which rule a chat follows, and whether people answer at a moment."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from app.services.chat.rules import Rule, fits, followed, is_language, is_like, is_open, is_page

SHOP, OTHER = UUID(int=1), UUID(int=2)
RULE = Rule(
    id=UUID(int=9),
    position=1,
    site_id=None,
    language=None,
    page_pattern=None,
    tag=None,
    is_during_opening_hours=None,
    target="ANYBODY",
    strategy="LEAST_BUSY",
    chat_agent_id=None,
    ai_agent_id=None,
    skill=None,
    priority=0,
    max_wait_seconds=None,
)


@dataclass(frozen=True)
class Chat:
    site_id: UUID | None = SHOP
    language: str = "en-GB"
    page_url: str | None = "https://Shop.example/trade/terms?from=mail#top"
    tags: tuple[str, ...] = ("Return", "vip")


@pytest.mark.parametrize(
    ("asked", "fitting"),
    [
        ({}, True),
        ({"site_id": SHOP}, True),
        ({"site_id": OTHER}, False),
        ({"language": "en"}, True),
        ({"language": "de"}, False),
        ({"page_pattern": "/trade/*"}, True),
        ({"page_pattern": "/cart"}, False),
        ({"tag": "return"}, True),
        ({"tag": "refund"}, False),
        ({"is_during_opening_hours": True}, True),
        ({"is_during_opening_hours": False}, False),
        ({"site_id": SHOP, "language": "en", "page_pattern": "/trade/*", "tag": "vip"}, True),
        ({"site_id": SHOP, "language": "en", "page_pattern": "/trade/*", "tag": "none"}, False),
    ],
)
def test_a_rule_fits_if_all_that_it_asks_does(asked: dict[str, Any], fitting: bool) -> None:
    assert fits(replace(RULE, **asked), Chat(), True) is fitting


def test_a_rule_for_a_site_is_not_about_chats_of_no_site() -> None:
    assert not fits(replace(RULE, site_id=SHOP), Chat(site_id=None), True)


def test_the_first_rule_that_fits_is_followed_and_then_the_next() -> None:
    rules = [replace(RULE, position=place, tag=tag) for place, tag in ((1, "refund"), (3, "return"), (7, None))]
    assert followed(rules, Chat(), True) is rules[1]
    assert followed(rules, Chat(), True, after=3) is rules[2]
    assert followed(rules, Chat(), True, after=7) is None


@pytest.mark.parametrize(
    ("tag", "wanted", "same"),
    [("en", "en", True), ("en-GB", "EN", True), ("en", "en-GB", False), ("eng", "en", False), ("de", "en", False)],
)
def test_a_kind_of_a_language_is_that_language(tag: str, wanted: str, same: bool) -> None:
    assert is_language(tag, wanted) is same


@pytest.mark.parametrize(
    ("url", "pattern", "like"),
    [
        ("https://shop.example/trade/terms", "/trade/*", True),
        ("https://shop.example/trade", "/trade/*", False),
        ("https://shop.example/trade/x?y=1", "/trade/x", True),
        ("https://shop.example/trade/x?y=1", "/trade/x?y=*", True),
        ("https://shop.example/x#help", "*#help", True),
        ("https://SHOP.example/cart", "shop.example/*", True),
        ("https://shop.example/cart", "https://*.example/cart", True),
        ("http://shop.example/cart", "https://*", False),
        ("https://shop.example", "/", True),
        ("https://shop.example/de/help/returns", "*/help/*", True),
        ("https://evil.example/?u=shop.example/cart", "shop.example/*", False),
        ("https://[bad/x", "*", True),
        (None, "*", False),
        ("", "*", False),
    ],
)
def test_pages_are_told_by_path_by_host_or_by_address(url: str | None, pattern: str, like: bool) -> None:
    assert is_page(url, pattern) is like


@pytest.mark.parametrize(
    ("text", "pattern", "like"),
    [
        ("abc", "abc", True),
        ("abc", "a*c", True),
        ("ac", "a*c", True),
        ("aba", "ab*ba", False),
        ("abcbd", "a*b*d", True),
        ("abd", "a*b*b*d", False),
        ("a.c", "a.c", True),
        ("axc", "a.c", False),
        ("", "*", True),
    ],
)
def test_a_star_stands_for_anything_and_nothing_else_does(text: str, pattern: str, like: bool) -> None:
    assert is_like(text, pattern) is like


def test_a_pattern_of_many_stars_is_looked_at_in_no_time() -> None:
    assert not is_like("a" * 100_000, "*a" * 1_000 + "*b")


def local(zone: str, written: str, fold: int = 0) -> datetime:
    """A moment by the clock on the wall."""
    return datetime.fromisoformat(written).replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)


WEEK = {
    "monday": ["09:00", "18:00"],
    "friday": ["20:00", "02:00"],
    "saturday": [["09:00", "12:00"], ["13:00", "24:00"]],
}


@pytest.mark.parametrize(
    ("written", "lasts"),
    [
        ("2026-11-30 08:59:59", False),  # a Monday
        ("2026-11-30 09:00", True),
        ("2026-11-30 17:59:59", True),
        ("2026-11-30 18:00", False),
        ("2026-12-01 10:00", False),
        ("2026-12-04 19:59", False),  # Friday night lasts until Saturday morning
        ("2026-12-04 20:00", True),
        ("2026-12-05 00:00", True),
        ("2026-12-05 01:59", True),
        ("2026-12-05 02:00", False),
        ("2026-12-05 09:00", True),
        ("2026-12-05 12:30", False),
        ("2026-12-05 23:59:59", True),
        ("2026-12-06 00:00", False),
    ],
)
@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Kathmandu"])
def test_opening_hours_are_those_of_the_wall_where_the_widget_is(zone: str, written: str, lasts: bool) -> None:
    assert is_open(WEEK, zone, local(zone, written)) is lasts


def test_the_same_moment_is_in_opening_hours_here_and_not_there() -> None:
    moment = datetime(2026, 11, 30, 9, 30, tzinfo=UTC)
    assert is_open(WEEK, "Europe/London", moment)
    assert not is_open(WEEK, "America/New_York", moment)


def test_opening_hours_follow_summer_time() -> None:
    hours = {"saturday": ["09:00", "17:00"], "sunday": ["09:00", "17:00"]}
    berlin = "Europe/Berlin"
    for day in ("2026-03-28", "2026-03-29", "2026-10-24", "2026-10-25"):
        assert not is_open(hours, berlin, local(berlin, f"{day} 08:59"))
        assert is_open(hours, berlin, local(berlin, f"{day} 09:00"))
        assert not is_open(hours, berlin, local(berlin, f"{day} 17:00"))
    assert is_open(hours, berlin, datetime(2026, 3, 28, 8, tzinfo=UTC))
    assert not is_open(hours, berlin, datetime(2026, 3, 28, 7, tzinfo=UTC))
    assert is_open(hours, berlin, datetime(2026, 3, 29, 7, tzinfo=UTC))


def open_minutes(hours: dict[str, Any], since: datetime, until: datetime) -> list[datetime]:
    """Every minute between two moments in which people answer."""
    minutes = (since + timedelta(minutes=i) for i in range(int((until - since).total_seconds()) // 60))
    return [minute for minute in minutes if is_open(hours, "Europe/Berlin", minute)]


def test_a_night_in_which_clocks_are_put_back_is_one_opening_an_hour_longer() -> None:
    # 2026-10-25 03:00 summer time is 02:00: 02:30 comes twice, and people go home at the second.
    found = open_minutes(
        {"saturday": ["22:00", "02:30"]}, datetime(2026, 10, 24, 12, tzinfo=UTC), datetime(2026, 10, 25, 12, tzinfo=UTC)
    )
    assert (found[0], len(found)) == (datetime(2026, 10, 24, 20, tzinfo=UTC), 330)
    assert found[-1] - found[0] == timedelta(minutes=329)


def test_who_opens_at_a_time_that_comes_twice_opens_at_the_first_and_stays() -> None:
    found = open_minutes(
        {"sunday": ["02:30", "04:00"]}, datetime(2026, 10, 24, 12, tzinfo=UTC), datetime(2026, 10, 25, 12, tzinfo=UTC)
    )
    assert (found[0], len(found)) == (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), 150)
    assert found[-1] - found[0] == timedelta(minutes=149)


def test_who_opens_or_closes_at_a_time_that_never_comes_does_so_when_clocks_are_put_forward() -> None:
    # 2026-03-29 02:00 is 03:00 summer time, which is 01:00 UTC.
    since, until = datetime(2026, 3, 28, 12, tzinfo=UTC), datetime(2026, 3, 29, 12, tzinfo=UTC)
    late = open_minutes({"sunday": ["02:30", "04:00"]}, since, until)
    assert (late[0], len(late)) == (datetime(2026, 3, 29, 1, tzinfo=UTC), 60)
    early = open_minutes({"saturday": ["23:00", "02:30"]}, since, until)
    assert (early[-1], len(early)) == (datetime(2026, 3, 29, 0, 59, tzinfo=UTC), 180)


def test_a_widget_without_opening_hours_is_always_open_and_what_cannot_be_read_never() -> None:
    monday = datetime(2026, 11, 30, 12, tzinfo=UTC)
    assert is_open({}, "UTC", monday)
    for nonsense in (
        None,
        [],
        "09:00-18:00",
        ["9", "18"],
        ["09:00"],
        ["09:00", None],
        [["09:00"], 7],
        {"from": "09:00"},
    ):
        assert not is_open({"monday": nonsense}, "UTC", monday), nonsense
    assert is_open({"monday": [["nonsense"], ["09:00", "18:00"]]}, "UTC", monday)


def test_a_whole_day_is_from_midnight_to_midnight() -> None:
    for end in ("24:00", "00:00"):
        assert is_open({"monday": ["00:00", end]}, "UTC", datetime(2026, 11, 30, 23, 59, 59, tzinfo=UTC))
        assert not is_open({"monday": ["00:00", end]}, "UTC", datetime(2026, 12, 1, tzinfo=UTC))


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "../etc/passwd", "Europe"])
def test_a_time_zone_that_is_none_counts_as_utc(zone: str) -> None:
    assert is_open(WEEK, zone, datetime(2026, 11, 30, 9, tzinfo=UTC))
    assert not is_open(WEEK, zone, datetime(2026, 11, 30, 8, 59, tzinfo=UTC))
