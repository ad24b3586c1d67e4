"""How many changes a second one worker tells a service, by a handler that takes them at once.

A job for each change is in the queue before the worker begins. `python -m bench.syncing DSN` prints it as JSON, for any
database with sample data; what is written is removed again.
"""

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import asyncpg
import orjson

from app.database import connected
from app.services.syncing.telling import Change
from app.worker.syncs import Syncs, by_handler
from app.worker.worker import Worker

ITEMS = 20_000
MARK = "bench"

SUBSCRIBE = """
INSERT INTO ops.service_subscriptions (service_name, entity_type, transport, address)
VALUES ('bench', 'Job', 'HANDLER', 'bench') RETURNING id"""

QUEUE = """
INSERT INTO ops.service_syncs (subscription_id, service_name, entity_type, entity_id, operation)
SELECT $1, 'bench', 'Job', id, 'SYNC' FROM freelance.jobs LIMIT $2"""

OPEN = "SELECT count(*) FROM ops.service_syncs WHERE subscription_id = $1 AND status <> 'COMPLETED'"


def figures(dsn: str) -> dict[str, float]:
    """Changes a second."""
    return asyncio.run(_figures(dsn))


async def _figures(dsn: str) -> dict[str, float]:
    async with _queued(dsn) as (connection, subscription, count), connected(dsn, read_size=1, write_size=3) as database:
        taken, all_taken = 0, asyncio.Event()

        async def take(_: Change) -> None:
            nonlocal taken
            taken += 1
            if taken == count:
                all_taken.set()

        begun = time.perf_counter()
        async with Worker(dsn, [Syncs(database, {"HANDLER": by_handler({MARK: take})})]).running():
            await all_taken.wait()
        seconds = time.perf_counter() - begun  # the worker has ended, and written what became of the last of them
        assert await connection.fetchval(OPEN, subscription) == 0
    return {"sync_rps": round(count / seconds)}


@asynccontextmanager
async def _queued(dsn: str) -> AsyncIterator[tuple[asyncpg.Connection, UUID, int]]:
    """A full queue: its subscription, and how many changes are in it."""
    connection = await asyncpg.connect(dsn)
    subscription = await connection.fetchval(SUBSCRIBE)
    try:
        queued = await connection.execute(QUEUE, subscription, ITEMS)
        yield connection, subscription, int(queued.split()[-1])
    finally:
        await connection.execute("DELETE FROM ops.service_syncs WHERE subscription_id = $1", subscription)
        await connection.execute("DELETE FROM ops.service_subscriptions WHERE id = $1", subscription)
        await connection.close()


if __name__ == "__main__":
    sys.stdout.buffer.write(orjson.dumps(figures(sys.argv[1])))
