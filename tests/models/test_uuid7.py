from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
import pytest

from models.uuid7 import uuid7_at, uuid7_floor, uuid7_time

BERLIN = ZoneInfo("Europe/Berlin")
MOMENTS = {
    "the epoch": datetime(1970, 1, 1, tzinfo=UTC),
    "an ordinary day": datetime(2026, 5, 4, 3, 2, 1, 987654, tzinfo=UTC),
    "before summer time": datetime(2026, 3, 29, 1, 59, 59, 999999, tzinfo=BERLIN),
    "after summer time began": datetime(2026, 3, 29, 3, 0, tzinfo=BERLIN),
    "the first of two o'clocks": datetime(2026, 10, 25, 2, 30, tzinfo=BERLIN),
    "the second of two o'clocks": datetime(2026, 10, 25, 2, 30, tzinfo=BERLIN, fold=1),
    # Not its very last microsecond: asyncpg sends that as infinity.
    "the end of Python's calendar": datetime(9999, 12, 31, 23, 59, 59, 999500, tzinfo=UTC),
}


@pytest.mark.parametrize("moment", MOMENTS.values(), ids=MOMENTS)
async def test_python_and_postgresql_agree_on_the_floor(
    connection: asyncpg.Connection[asyncpg.Record], moment: datetime
) -> None:
    for step in range(3):
        at = moment - timedelta(milliseconds=step) if moment.year == 9999 else moment + timedelta(milliseconds=step)
        assert await connection.fetchval("SELECT uuid7_floor($1)", at) == uuid7_floor(at)


@pytest.mark.parametrize("moment", MOMENTS.values(), ids=MOMENTS)
async def test_an_id_made_by_either_has_the_time_version_and_variant(
    connection: asyncpg.Connection[asyncpg.Record], moment: datetime
) -> None:
    floored = moment.astimezone(UTC).replace(microsecond=moment.microsecond // 1000 * 1000)
    made: UUID = await connection.fetchval("SELECT uuid7_at($1)", moment)
    for key in (uuid7_at(moment), UUID(int=made.int)):
        assert (uuid7_time(key), key.version, key.variant) == (floored, 7, "specified in RFC 4122")
        assert await connection.fetchval("SELECT uuid_extract_timestamp($1)", key) == floored


async def test_postgresql_keeps_the_time_whatever_the_session_thinks_of_summer(
    connection: asyncpg.Connection[asyncpg.Record],
) -> None:
    await connection.execute("SET LOCAL timezone = 'Europe/Berlin'")
    for moment in MOMENTS.values():
        assert await connection.fetchval("SELECT uuid7_floor($1)", moment) == uuid7_floor(moment)
        made = await connection.fetchval("SELECT uuid7_at($1)", moment)
        assert uuid7_floor(uuid7_time(made)) == uuid7_floor(moment)


async def test_all_ids_of_a_millisecond_lie_between_its_floor_and_the_next(
    connection: asyncpg.Connection[asyncpg.Record],
) -> None:
    moment = MOMENTS["an ordinary day"]
    low, high = uuid7_floor(moment), uuid7_floor(moment + timedelta(milliseconds=1))
    extremes = [uuid7_at(moment, 0), uuid7_at(moment, (1 << 74) - 1)]
    made = await connection.fetch("SELECT uuid7_at($1) AS id FROM generate_series(1, 500)", moment)
    keys = [*extremes, *(UUID(int=row["id"].int) for row in made), *(uuid7_at(moment) for _ in range(500))]
    assert all(low <= key < high for key in keys)
    assert len(set(keys)) == len(keys)


async def test_a_moment_before_1970_is_refused_and_its_floor_is_before_all_ids(
    connection: asyncpg.Connection[asyncpg.Record],
) -> None:
    moment = datetime(1969, 12, 31, 23, 59, 59, 999900, tzinfo=UTC)
    with pytest.raises(ValueError, match="before 1970"):
        uuid7_at(moment)
    assert uuid7_floor(moment) == await connection.fetchval("SELECT uuid7_floor($1)", moment) == UUID(int=0)
    with pytest.raises(asyncpg.DatetimeFieldOverflowError, match="cannot hold the time"):
        await connection.fetchval("SELECT uuid7_at($1)", moment)


async def test_the_floor_of_a_time_beyond_all_ids_is_after_them(
    connection: asyncpg.Connection[asyncpg.Record],
) -> None:
    last = UUID("ffffffff-ffff-0000-0000-000000000000")
    for moment in ("'infinity'", "'20000-01-01'"):
        assert await connection.fetchval(f"SELECT uuid7_floor({moment})") == last


def test_the_given_bits_fill_everything_but_time_version_and_variant() -> None:
    moment = MOMENTS["an ordinary day"]
    assert str(uuid7_at(moment, 0)) == "019df0ef-8403-7000-8000-000000000000"
    assert str(uuid7_at(moment, (1 << 74) - 1)) == "019df0ef-8403-7fff-bfff-ffffffffffff"
    assert uuid7_at(moment, 1) != uuid7_at(moment, 1 << 62)
