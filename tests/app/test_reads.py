"""Connections that are read from: used again as they are, and looked after by the pool when something went wrong."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from app.database import Reads, read_pool

PID = "SELECT pg_backend_pid()"


@pytest.fixture
async def reads(sample_database: str) -> AsyncIterator[Reads]:
    """Two connections."""
    reads = Reads(await read_pool(sample_database, size=2))
    yield reads
    reads.terminate()


async def used(reads: Reads) -> int:
    """The backend that a query is sent to."""
    async with reads.acquire() as connection:
        pid: int = await connection.fetchval(PID)
    return pid


async def test_a_connection_is_used_again_without_asking_the_pool(reads: Reads) -> None:
    assert len({await used(reads) for _ in range(3)}) == 1
    assert len(reads.idle) == 1 and reads.pool.get_idle_size() == 0


async def test_more_users_than_connections_wait_for_each_other(reads: Reads) -> None:
    async def slow() -> int:
        async with reads.acquire() as connection:
            pid: int = await connection.fetchval(f"{PID} FROM pg_sleep(0.01)")
        return pid

    pids = await asyncio.gather(*(slow() for _ in range(20)))
    assert len(set(pids)) == 2
    assert len(reads.idle) + reads.pool.get_idle_size() == 2


async def test_who_waits_too_long_is_told(reads: Reads) -> None:
    async with reads.acquire(), reads.acquire():
        with pytest.raises(TimeoutError):
            async with reads.acquire(timeout=0.05):
                pass
    assert await used(reads)


async def test_a_connection_that_the_server_closed_is_replaced(reads: Reads, sample_database: str) -> None:
    async with reads.acquire() as one, reads.acquire() as other:
        pids = [await one.fetchval(PID), await other.fetchval(PID)]
    admin = await asyncpg.connect(sample_database)
    await admin.fetch("SELECT pg_terminate_backend(pid, 5000) FROM unnest($1::int[]) AS pid", pids)
    await admin.close()
    await asyncio.sleep(0.05)
    async with reads.acquire() as one, reads.acquire() as other:
        assert not {await one.fetchval(PID), await other.fetchval(PID)} & set(pids)


async def test_after_a_cancelled_statement_the_connection_is_free_again(reads: Reads) -> None:
    async def slow() -> None:
        async with reads.acquire() as connection:
            await connection.fetchval("SELECT 1 FROM pg_sleep(60)")

    for _ in range(4):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await slow()
    assert await used(reads) and await used(reads)


async def test_what_a_transaction_that_failed_began_is_undone_before_the_next_use(reads: Reads) -> None:
    with pytest.raises(asyncpg.PostgresError):
        async with reads.acquire() as connection:
            await connection.execute("BEGIN")
            await connection.fetchval("SELECT 1/0")
    async with reads.acquire() as connection:
        assert not connection.is_in_transaction()
