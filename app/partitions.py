"""The monthly partitions of the firehose tables, made ahead of time.

With CREATE LIKE and ATTACH under a lock timeout: CREATE … PARTITION OF would wait for every reader and make every
later reader wait behind it.
"""

import asyncio
from collections.abc import Iterator
from datetime import UTC, date, datetime

import asyncpg
from sqlalchemy import Table

import models
from models.uuid7 import uuid7_floor

BEHIND, AHEAD = 36, 12
"""Months: history that can be brought along, and room to go on without anybody caring."""
ATTEMPTS = 5


def partitioned() -> list[Table]:
    """The tables that are partitioned by the time in their id."""
    mappers = models.Base.registry.mappers
    tables = [mapper.local_table for mapper in mappers if mapper.class_.time_column]
    return sorted((t for t in tables if isinstance(t, Table)), key=lambda table: table.fullname)


def months(first: date, last: date) -> Iterator[date]:
    """The first days of the months from that of `first` through that of `last`."""
    index = first.year * 12 + first.month - 1
    while index <= last.year * 12 + last.month - 1:
        yield date(index // 12, index % 12 + 1, 1)
        index += 1


def shifted(month: date, by: int) -> date:
    """The first day of the month `by` months after that of `month`."""
    index = month.year * 12 + month.month - 1 + by
    return date(index // 12, index % 12 + 1, 1)


async def ensure(
    connection: asyncpg.Connection, *, today: date | None = None, behind: int = BEHIND, ahead: int = AHEAD
) -> int:
    """Make the partitions that are missing from `behind` months before `today` through `ahead` after; how many."""
    wanted = await missing(connection, today=today, behind=behind, ahead=ahead)
    for table, month in wanted:
        await _make(connection, table, month)
    return len(wanted)


async def missing(
    connection: asyncpg.Connection, *, today: date | None = None, behind: int = BEHIND, ahead: int = AHEAD
) -> list[tuple[Table, date]]:
    """The partitions of that range that are not there."""
    day = today or datetime.now(UTC).date()
    present = {
        row[0]
        for row in await connection.fetch(
            "SELECT n.nspname || '.' || c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
            " JOIN pg_namespace n ON n.oid = c.relnamespace"
        )
    }
    wanted = list(months(shifted(day, -behind), shifted(day, ahead)))
    return [(table, month) for table in partitioned() for month in wanted if _name(table, month) not in present]


def _name(table: Table, month: date) -> str:
    return f"{table.fullname}_{month:%Y_%m}"


async def _make(connection: asyncpg.Connection, table: Table, month: date) -> None:
    for attempt in range(ATTEMPTS):
        try:
            async with connection.transaction():
                await connection.execute("SET LOCAL lock_timeout = '2s'")
                await _make_once(connection, table, month)
            return
        except asyncpg.LockNotAvailableError:
            if attempt == ATTEMPTS - 1:
                raise
            await asyncio.sleep(0.5 * 2**attempt)


async def _make_once(connection: asyncpg.Connection, table: Table, month: date) -> None:
    name = _name(table, month)
    await connection.execute("SELECT pg_advisory_xact_lock(hashtext($1))", name)
    if await connection.fetchval("SELECT EXISTS (SELECT FROM pg_inherits WHERE inhrelid = to_regclass($1))", name):
        return
    low, high = (uuid7_floor(datetime(m.year, m.month, 1, tzinfo=UTC)) for m in (month, shifted(month, 1)))
    await connection.execute(f"CREATE TABLE {name} (LIKE {table.fullname} INCLUDING ALL)")
    await connection.execute(
        f"ALTER TABLE {table.fullname} ATTACH PARTITION {name} FOR VALUES FROM ('{low}') TO ('{high}')"
    )
