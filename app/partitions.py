"""Monthly partitions of the firehose tables: makes them ahead of time and says which are missing.

A partition is made empty and then attached, because CREATE TABLE … PARTITION OF would wait for every reader.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime

import asyncpg
from sqlalchemy import Table

from models import Base
from models.uuid7 import uuid7_floor

LOCK = 4_739_201_117  # any number that nothing else locks
LOCK_TIMEOUT = "1500ms"
"""Longer than deadlock_timeout, after which an autovacuum in the way gives up."""
TRIES = 5
HISTORY = 36
"""Months back from now, if nobody says since when."""


@dataclass(frozen=True, slots=True)
class Partition:
    """One month of a firehose table."""

    parent: str
    month: date

    @property
    def name(self) -> str:
        """Schema and name of its table."""
        return f"{self.parent}_{self.month:%Y_%m}"

    @property
    def create(self) -> str:
        """The statements that make and attach it."""
        low, high = _floor(self.month), _floor(_after(self.month, 1))
        return (
            f"CREATE TABLE {self.name} (LIKE {self.parent} INCLUDING ALL); "
            f"ALTER TABLE {self.parent} ATTACH PARTITION {self.name} FOR VALUES FROM ('{low}') TO ('{high}');"
        )


async def ensure(
    connection: asyncpg.Connection[asyncpg.Record], *, since: date | None = None, ahead: int = 12
) -> list[str]:
    """Make the partitions that are missing from the month of `since` to `ahead` months after this one; their names.

    A table that has a partition's name but was detached is left alone.
    """
    today = await _today(connection)
    wanted = _partitions(since or _after(today, -HISTORY), _after(today, ahead))
    await connection.execute("SELECT pg_advisory_lock($1)", LOCK)
    try:
        absent = await _those(connection, wanted, "to_regclass(name) IS NULL")
        for partition in absent:
            await _make(connection, partition)
    finally:
        await connection.execute("SELECT pg_advisory_unlock($1)", LOCK)
    return [partition.name for partition in absent]


async def missing(connection: asyncpg.Connection[asyncpg.Record], *, ahead: int = 1) -> list[str]:
    """The names of partitions from this month to `ahead` months after it that are not there, or not attached."""
    today = await _today(connection)
    attached = "EXISTS (SELECT FROM pg_catalog.pg_inherits WHERE inhrelid = to_regclass(name))"
    absent = await _those(connection, _partitions(today, _after(today, ahead)), f"NOT {attached}")
    return [partition.name for partition in absent]


def firehoses() -> list[Table]:
    """The tables that are partitioned by the time in their ids."""
    timed = {mapper.class_.__table__ for mapper in Base.registry.mappers if mapper.class_.time_column}
    return sorted(timed, key=lambda table: table.fullname)


def _partitions(first: date, last: date) -> list[Partition]:
    return [Partition(table.fullname, month) for table in firehoses() for month in _months(first, last)]


def _months(first: date, last: date) -> Iterator[date]:
    month = first.replace(day=1)
    while month <= last:
        yield month
        month = _after(month, 1)


def _after(day: date, months: int) -> date:
    """The first day of the month that is `months` after that of `day`."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, 1)


def _floor(day: date) -> str:
    return str(uuid7_floor(datetime(day.year, day.month, day.day, tzinfo=UTC)))


async def _today(connection: asyncpg.Connection[asyncpg.Record]) -> date:
    """The server's day: its clock makes the ids."""
    now: datetime = await connection.fetchval("SELECT now()")
    return now.astimezone(UTC).date()


async def _those(
    connection: asyncpg.Connection[asyncpg.Record], partitions: list[Partition], condition: str
) -> list[Partition]:
    """Those of `partitions` for whose `name` the SQL `condition` holds."""
    names = [partition.name for partition in partitions]
    rows = await connection.fetch(f"SELECT name FROM unnest($1::text[]) AS name WHERE {condition}", names)
    chosen = {row["name"] for row in rows}
    return [partition for partition in partitions if partition.name in chosen]


async def _make(connection: asyncpg.Connection[asyncpg.Record], partition: Partition) -> None:
    """Make `partition` in a transaction of its own; while others hold the locks it needs, try again."""
    for attempt in range(1, TRIES + 1):
        try:
            async with connection.transaction():
                await connection.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'; {partition.create}")
            return
        except asyncpg.LockNotAvailableError:
            if attempt == TRIES:
                raise
            await asyncio.sleep(attempt)
