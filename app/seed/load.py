"""Loads the sample data into an empty database, in one transaction."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import asyncpg

from app import partitions
from app.seed.world import Row, Scale, World
from models import Base
from models.functions import TOUCH_UPDATED_AT, triggers
from models.recording import RECORD_CHANGES
from models.telling import TELL_WEBHOOKS

if TYPE_CHECKING:
    Connection = asyncpg.Connection[asyncpg.Record]
Step = Callable[[World], Iterator[None]]
Progress = Callable[[str, int], None]
"""Told now and then which step is at work and how many rows are loaded."""

FLUSH = 20_000
"""Rows that are held before they are written."""

SILENT = (TOUCH_UPDATED_AT.name, RECORD_CHANGES.name, TELL_WEBHOOKS.name)
"""The functions whose triggers rest meanwhile."""

INITIAL = ("business.businesses", "agents.agents", "gateway.rate_limits")
"""Tables that the migrations put rows into."""


class AlreadySeeded(Exception):
    """The database is not empty: sample data is only loaded into an empty one."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


async def fill(connection: Connection, world: World, steps: Iterable[Step], progress: Progress) -> dict[str, int]:
    """Load what `steps` make of `world`; how many rows each table got."""
    if not await is_empty(connection):
        raise AlreadySeeded
    await partitions.ensure(connection, since=world.start.date())
    for table in INITIAL:
        world.kept[table] = [dict(row) for row in await connection.fetch(f"SELECT * FROM {table} ORDER BY id")]
    counts: dict[str, int] = {}
    async with connection.transaction():
        await _write_json(connection)
        await _quiet(connection)
        for step in steps:
            name = step.__name__.removeprefix("make_").replace("_", " ")
            for i, _ in enumerate(step(world)):
                if i % 64 == 0 and world.waiting() >= FLUSH:
                    await _flush(connection, world, counts)
                    progress(name, sum(counts.values()))
            progress(name, sum(counts.values()) + world.waiting())
        await _flush(connection, world, counts)
        for table, changes in world.changes.items():
            await _change(connection, table, changes)
        await _as_before(connection)
        await connection.execute(f"ANALYZE {', '.join(counts)}")
    await connection.reset_type_codec("jsonb", schema="pg_catalog")
    return counts


async def is_empty(connection: Connection) -> bool:
    """Whether no table has a row that the migrations did not put there."""
    tables = sorted({table.fullname for table in Base.metadata.tables.values()} - set(INITIAL))
    found: bool = await connection.fetchval(
        "SELECT " + " OR ".join(f"EXISTS (SELECT FROM {table})" for table in tables)
    )
    return not found


def new_world(now: datetime | None, number: int, scale: Scale) -> World:
    """The world that ends at `now`, to the millisecond; at today, 00:00 UTC, if nobody says."""
    end = now or datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return World(end.astimezone(UTC).replace(microsecond=end.microsecond // 1000 * 1000), number, scale)


async def _flush(connection: Connection, world: World, counts: dict[str, int]) -> None:
    for table, columns, records in world.take():
        schema, name = table.split(".")
        await connection.copy_records_to_table(name, schema_name=schema, columns=list(columns), records=records)
        counts[table] = counts.get(table, 0) + len(records)


async def _change(connection: Connection, table: str, changes: list[Row]) -> None:
    for change in changes:
        names = [name for name in change if name != "id"]
        sets = ", ".join(f"{name} = ${i}" for i, name in enumerate(names, start=2))
        await connection.execute(
            f"UPDATE {table} SET {sets} WHERE id = $1", change["id"], *(change[name] for name in names)
        )


async def _write_json(connection: Connection) -> None:
    """Let COPY take dicts and lists for jsonb: its binary form is the text behind a version of 1."""

    def encoded(value: Any) -> bytes:
        return b"\x01" + json.dumps(value).encode()

    def decoded(value: bytes) -> Any:
        return json.loads(value[1:])

    await connection.set_type_codec("jsonb", schema="pg_catalog", encoder=encoded, decoder=decoded, format="binary")


async def _quiet(connection: Connection) -> None:
    """Let rows arrive as they are given: updated_at stays, and there is no record of what nobody did but here.

    A superuser does without checking foreign keys, of which those into partitions take most of the time.
    """
    if await _is_superuser(connection):
        tables = [table.fullname for table in Base.metadata.tables.values()]
        await connection.execute("; ".join(f"ALTER TABLE {table} DISABLE TRIGGER ALL" for table in tables))
        await connection.execute("; ".join(f"ALTER TABLE {table} ENABLE TRIGGER USER" for table in tables))
    for trigger in triggers():
        if trigger.function in SILENT:
            await connection.execute(f"ALTER TABLE {trigger.table} DISABLE TRIGGER {trigger.name}")


async def _as_before(connection: Connection) -> None:
    """Undo `_quiet`."""
    tables = [table.fullname for table in Base.metadata.tables.values()]
    scope = "ALL" if await _is_superuser(connection) else "USER"
    await connection.execute("; ".join(f"ALTER TABLE {table} ENABLE TRIGGER {scope}" for table in tables))


async def _is_superuser(connection: Connection) -> bool:
    found: bool = await connection.fetchval("SELECT current_setting('is_superuser')::bool")
    return found
