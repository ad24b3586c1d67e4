"""What has to be there before the first request: a server, its newest shape, room in its partitions, sample data."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, asynccontextmanager

import asyncpg

from app import migrations, partitions, personas, rollups
from app.database import Database, check_version, connected
from app.embedded import Cluster, running
from app.seed import is_empty, seed
from app.settings import Settings

SEED_LOCK = 6_211_905_337  # any number that nothing else locks

Progress = Callable[[str], None]


@asynccontextmanager
async def opened(settings: Settings, progress: Progress) -> AsyncIterator[Database]:
    """The database of `settings`, ready for requests."""
    async with server(settings, progress) as dsn:
        await prepare(dsn, settings, progress)
        async with connected(dsn, read_size=settings.read_pool_size, write_size=settings.write_pool_size) as database:
            yield database


@asynccontextmanager
async def server(settings: Settings, progress: Progress) -> AsyncIterator[str]:
    """The URL of a server that runs: the one that is set, or the embedded one, kept running meanwhile."""
    if settings.database_url:
        await check_version(settings.database_url)
        yield settings.database_url
        return
    cluster: AbstractContextManager[Cluster] = running(settings.data_dir, progress=progress)
    dsn = (await asyncio.to_thread(cluster.__enter__)).dsn
    try:
        yield dsn
    finally:
        await asyncio.to_thread(cluster.__exit__, None, None, None)


async def prepare(dsn: str, settings: Settings, progress: Progress) -> None:
    """Bring the database up to date; the embedded one gets sample data while it is empty."""
    await migrations.upgrade(dsn)
    connection = await asyncpg.connect(dsn)
    try:
        if made := await partitions.ensure(connection):
            progress(f"made {len(made)} partitions")
        if settings.sample_data and not settings.database_url:
            # Two first starts at once: the second waits here, and then finds the rows of the first.
            await connection.execute("SELECT pg_advisory_lock($1)", SEED_LOCK)
            if await is_empty(connection):
                progress("loading sample data")
                await seed(connection)
                await rollups.refresh(connection)
            if people := await personas.ensure(connection, settings.data_dir):
                progress(f'be somebody: "agora persona NAME" prints a token for {", ".join(people)}')
    finally:
        await connection.close()
