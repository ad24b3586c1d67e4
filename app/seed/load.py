"""Loads the sample data into an empty database, in one transaction."""

from __future__ import annotations

from datetime import UTC, datetime

import asyncpg

from app import partitions
from app.seed.agents import make_agents
from app.seed.businesses import make_businesses
from app.seed.market import make_market
from app.seed.people import make_people
from app.seed.world import Row, World
from models import Base

COUNTED = ("identity.users", "business.domains", "agents.agents", "agents.conversations")
"""Tables whose rows are changed by triggers when others arrive."""


class AlreadySeeded(Exception):
    """The database is not empty: sample data is only loaded into an empty one."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


async def seed(
    connection: asyncpg.Connection[asyncpg.Record], *, now: datetime | None = None, number: int = 1
) -> dict[str, int]:
    """Load three years of sample data that end at `now` (today, 00:00 UTC); how many rows each table got.

    The same number and the same `now` give the same rows with the same ids.
    """
    if not await is_empty(connection):
        raise AlreadySeeded
    world = build(now or datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0), number)
    await partitions.ensure(connection, since=world.start.date())
    async with connection.transaction():
        for table, rows in world.tables.items():
            await _copy(connection, table, rows)
        for table in COUNTED:
            await _restore_times(connection, table, world.tables[table])
        await connection.execute(f"ANALYZE {', '.join(world.tables)}")
    return {table: len(rows) for table, rows in world.tables.items()}


def build(now: datetime, number: int) -> World:
    """The sample data in memory; tables stand in an order in which they can be filled."""
    world = World(now.astimezone(UTC).replace(microsecond=now.microsecond // 1000 * 1000), number)
    people = make_people(world)
    businesses = make_businesses(world, people)
    make_market(world, people)
    make_agents(world, businesses, people)
    return world


async def is_empty(connection: asyncpg.Connection[asyncpg.Record]) -> bool:
    """Whether no table has a row."""
    tables = sorted(table.fullname for table in Base.metadata.tables.values())
    found: bool = await connection.fetchval(
        "SELECT " + " OR ".join(f"EXISTS (SELECT FROM {table})" for table in tables)
    )
    return not found


async def _copy(connection: asyncpg.Connection[asyncpg.Record], table: str, rows: list[Row]) -> None:
    schema, name = table.split(".")
    columns = list(rows[0])
    records = [[row[column] for column in columns] for row in rows]
    await connection.copy_records_to_table(name, schema_name=schema, columns=columns, records=records)


async def _restore_times(connection: asyncpg.Connection[asyncpg.Record], table: str, rows: list[Row]) -> None:
    """Counting was no change that anybody made: set updated_at back to what `rows` say."""
    await connection.execute(
        f"UPDATE {table} AS t SET updated_at = r.updated_at "
        "FROM unnest($1::uuid[], $2::timestamptz[]) AS r (id, updated_at) "
        "WHERE t.id = r.id AND t.updated_at <> r.updated_at",
        [row["id"] for row in rows],
        [row["updated_at"] for row in rows],
    )
