"""The worker of a process, put together: its outboxes, its chores, and what wakes it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from app.database import Database
from app.wakeups import Wakeups
from app.worker import handlers
from app.worker.chores import chores
from app.worker.syncs import Syncs, by_handler
from app.worker.worker import Worker


@asynccontextmanager
async def working(database: Database, wakeups: Wakeups) -> AsyncIterator[Worker]:
    """While this is open, the process takes its share of the work."""
    syncs = Syncs(database, {"HANDLER": by_handler(handlers.installed())})
    worker = Worker(database.dsn, [syncs], chores(database))
    wakeups.listen(worker.wake)
    async with worker.running():
        yield worker
