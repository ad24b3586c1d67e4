"""Monthly partitions of the firehose tables: makes them ahead of time, says which are missing, drops old ones.

A partition is made empty and then attached, because CREATE TABLE … PARTITION OF would wait for every reader. One that
goes is cleared of what points into it first, because PostgreSQL refuses to detach it otherwise.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime

import asyncpg
from sqlalchemy import ForeignKey, Table

from models import Base
from models.uuid7 import uuid7_floor

LOCK = 4_739_201_117  # any number that nothing else locks
LOCK_TIMEOUT = "1500ms"
"""Longer than deadlock_timeout, after which an autovacuum in the way gives up."""
TRIES = 5
HISTORY = 36
"""Months back from now, if nobody says since when and there is no partition yet."""
BATCH = 5_000
"""Rows that are cleared in one transaction."""


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
    def bounds(self) -> tuple[str, str]:
        """The ids that it begins with and ends before."""
        return _floor(self.month), _floor(_after(self.month, 1))

    @property
    def create(self) -> str:
        """The statements that make and attach it."""
        low, high = self.bounds
        return (
            f"CREATE TABLE {self.name} (LIKE {self.parent} INCLUDING ALL); "
            f"ALTER TABLE {self.parent} ATTACH PARTITION {self.name} FOR VALUES FROM ('{low}') TO ('{high}');"
        )

    @property
    def drop(self) -> str:
        """The statements that detach and remove it."""
        return f"ALTER TABLE {self.parent} DETACH PARTITION {self.name}; DROP TABLE {self.name};"


async def ensure(
    connection: asyncpg.Connection[asyncpg.Record], *, since: date | None = None, ahead: int = 12
) -> list[str]:
    """Make the partitions that are missing from the month of `since` to `ahead` months after this one; their names.

    Without `since` a table begins where it began before, so that months which were retired stay away. A table that has
    a partition's name but was detached is left alone.
    """
    today = await _today(connection)
    async with _locked(connection):
        first = {table: since or await _oldest(connection, table) or _after(today, -HISTORY) for table in _names()}
        last = _after(today, ahead)
        wanted = [Partition(table, month) for table in _names() for month in _months(first[table], last)]
        absent = await _those(connection, wanted, "to_regclass(name) IS NULL")
        for statements in _batches(absent, {table for table in _names() if await _oldest(connection, table)}):
            await _patiently(connection, statements)
    return [partition.name for partition in absent]


async def retire(connection: asyncpg.Connection[asyncpg.Record], *, before: date) -> list[str]:
    """Drop the partitions of the months before that of `before`, oldest first; their names.

    Rows that point into one of them go, or forget what they pointed to, as their foreign key says; tables that refer to
    other firehose tables go first. It can be stopped and called again at any time.
    """
    if before > await _today(connection):
        raise ValueError("Only months that are over can be retired.")
    dropped: list[str] = []
    async with _locked(connection):
        for table in children_first():
            while (oldest := await _oldest(connection, table.fullname)) and oldest < before.replace(day=1):
                partition = Partition(table.fullname, oldest)
                for key in _keys_to(table):
                    await _clear(connection, key, partition)
                await _patiently(connection, partition.drop)
                dropped.append(partition.name)
    return dropped


async def missing(connection: asyncpg.Connection[asyncpg.Record], *, ahead: int = 1) -> list[str]:
    """The names of partitions from this month to `ahead` months after it that are not there, or not attached."""
    today = await _today(connection)
    wanted = [Partition(table, month) for table in _names() for month in _months(today, _after(today, ahead))]
    attached = "EXISTS (SELECT FROM pg_catalog.pg_inherits WHERE inhrelid = to_regclass(name))"
    absent = await _those(connection, wanted, f"NOT {attached}")
    return [partition.name for partition in absent]


def firehoses() -> list[Table]:
    """The tables that are partitioned by the time in their ids."""
    timed = {mapper.class_.__table__ for mapper in Base.registry.mappers if mapper.class_.time_column}
    return sorted(timed, key=lambda table: table.fullname)


def _batches(partitions: list[Partition], in_use: set[str]) -> Iterator[str]:
    """What makes `partitions`: each by itself for tables in use, all at once for those that nobody reads yet."""
    for table in _names():
        creates = [partition.create for partition in partitions if partition.parent == table]
        yield from creates if table in in_use else (["\n".join(creates)] if creates else [])


def _names() -> list[str]:
    return [table.fullname for table in firehoses()]


def children_first() -> list[Table]:
    """The firehose tables, each before those that it refers to."""
    left, ordered = firehoses(), list[Table]()
    while left:
        others = {table: {key.parent.table for key in _keys_to(table)} - {table} for table in left}
        free = [table for table in left if not others[table] & set(left)] or left[:1]
        ordered += free
        left = [table for table in left if table not in free]
    return ordered


def _keys_to(table: Table) -> list[ForeignKey]:
    """The foreign keys that point into `table`."""
    keys = [key for other in Base.metadata.tables.values() for key in other.foreign_keys if key.column.table is table]
    return sorted(keys, key=lambda key: (key.parent.table.fullname, key.parent.name))


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


async def _oldest(connection: asyncpg.Connection[asyncpg.Record], table: str) -> date | None:
    """The month of the oldest partition of `table`, or None if it has none."""
    name: str | None = await connection.fetchval(
        "SELECT min(relname) FROM pg_catalog.pg_inherits JOIN pg_catalog.pg_class AS c ON c.oid = inhrelid "
        "WHERE inhparent = $1::text::regclass",
        table,
    )
    return datetime.strptime(name[-7:], "%Y_%m").replace(tzinfo=UTC).date() if name else None


async def _clear(connection: asyncpg.Connection[asyncpg.Record], key: ForeignKey, partition: Partition) -> None:
    """Do to the rows that point into `partition` by `key` what deleting its rows would do to them, batch by batch."""
    table, column = key.parent.table.fullname, key.parent.name
    low, high = partition.bounds
    rows = f"SELECT id FROM {table} WHERE {column} >= '{low}' AND {column} < '{high}' LIMIT {BATCH}"
    change = f"UPDATE {table} SET {column} = NULL" if key.ondelete == "SET NULL" else f"DELETE FROM {table}"
    while await connection.execute(f"{change} WHERE id IN ({rows})") not in ("UPDATE 0", "DELETE 0"):
        pass


@asynccontextmanager
async def _locked(connection: asyncpg.Connection[asyncpg.Record]) -> AsyncIterator[None]:
    """Nobody else makes or drops partitions meanwhile."""
    await connection.execute("SELECT pg_advisory_lock($1)", LOCK)
    try:
        yield
    finally:
        await connection.execute("SELECT pg_advisory_unlock($1)", LOCK)


async def _patiently(connection: asyncpg.Connection[asyncpg.Record], statements: str) -> None:
    """Run `statements` in a transaction of their own; while others hold the locks they need, try again."""
    for attempt in range(1, TRIES + 1):
        try:
            async with connection.transaction():
                await connection.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'; {statements}")
            return
        except asyncpg.LockNotAvailableError:
            if attempt == TRIES:
                raise
            await asyncio.sleep(attempt)
