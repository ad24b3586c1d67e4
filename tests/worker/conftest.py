"""A database where commits stay, with a worker whose handlers note what they are told."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from app.database import Database, connected
from app.services.syncing.telling import Change
from app.worker.syncs import NotTaken, Syncs, by_handler
from app.worker.worker import Worker

SHOP, CLIENT = UUID(int=11), UUID(int=21)

ROWS = (
    f"INSERT INTO business.businesses (id, name, slug, type) VALUES ('{SHOP}', 'Shop', 'shop', 'RETAIL')",
    f"INSERT INTO identity.users (id, email, first_name, last_name) VALUES ('{CLIENT}', 'c@x.example', 'Cleo', 'C')",
)


class Desk:
    """The database, and a handler called "desk" that notes what it is told and refuses what it is asked to."""

    def __init__(self, database: Database, connection: asyncpg.Connection) -> None:
        self.database, self.connection = database, connection
        self.told: list[Change] = []
        self.refused: set[UUID] = set()
        self.syncs = Syncs(database, {"HANDLER": by_handler({"desk": self.take})})

    async def take(self, change: Change) -> None:
        """Take a change, unless its row is refused."""
        self.told.append(change)
        if change.entity_id in self.refused:
            raise NotTaken("Not today.")

    async def subscribe(self, entity: str = "Job", **values: Any) -> str:
        """Have the desk told of changes to an entity; the id of the subscription."""
        given = {"service_name": "desk", "entity_type": entity, "transport": "HANDLER", "address": "desk", **values}
        return str(await self.insert("ops.service_subscriptions", **given))

    async def job(self, **values: Any) -> UUID:
        """A job of the client."""
        given = {"client_id": CLIENT, "title": "T", "description": "D", "budget": 10, **values}
        id_: UUID = await self.insert("freelance.jobs", **given)
        return id_

    async def insert(self, table: str, **values: Any) -> Any:
        """Insert a row; its id."""
        names, places = ", ".join(values), ", ".join(f"${at}" for at in range(1, len(values) + 1))
        return await self.connection.fetchval(
            f"INSERT INTO {table} ({names}) VALUES ({places}) RETURNING id", *values.values()
        )

    async def rename(self, job: UUID, title: str) -> None:
        """Change a job."""
        await self.connection.execute("UPDATE freelance.jobs SET title = $2 WHERE id = $1", job, title)

    async def states(self) -> list[str]:
        """The states of the queue, in the order of ids."""
        rows = await self.connection.fetch("SELECT status FROM ops.service_syncs ORDER BY id")
        return [row["status"] for row in rows]

    async def hurry(self) -> None:
        """Whatever is to be tried later is due now."""
        await self.connection.execute(
            "UPDATE ops.service_syncs SET next_attempt_at = now() WHERE next_attempt_at IS NOT NULL"
        )

    @asynccontextmanager
    async def working(self) -> AsyncIterator[Worker]:
        """While this is open, a worker is at work."""
        worker = Worker(self.database.dsn, [self.syncs])
        async with worker.running():
            yield worker


@pytest.fixture
async def desk(committed: str) -> AsyncIterator[Desk]:
    async with connected(committed, read_size=2, write_size=3) as database:
        connection = await asyncpg.connect(committed)
        for statement in ROWS:
            await connection.execute(statement)
        yield Desk(database, connection)
        await connection.close()


async def until(holds: Callable[[], bool] | Callable[[], Awaitable[bool]], seconds: float = 30) -> None:
    """Wait until something holds; fails if it does not in time."""
    async with asyncio.timeout(seconds):
        while True:
            held: Any = holds()
            if await held if isinstance(held, Awaitable) else held:
                return
            await asyncio.sleep(0.02)


def some_id() -> UUID:
    """An id of nothing."""
    return uuid4()
