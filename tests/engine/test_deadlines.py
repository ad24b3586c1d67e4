"""An operation that takes too long is stopped, in PostgreSQL too; so is one that nobody waits for any more."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import asyncpg
import orjson
import pytest

from app.database import Reads, read_pool
from graph.engine.answer import Engine, Operation
from graph.engine.asking.limits import Limits
from graph.engine.planning.planner import Strategy, batched, inlined
from graph.engine.schema.schema import Schema
from tests.api import a_job, a_user

QUERY = "{ jobs { nodes { title applications { totalCount } } } }"

RUNNING = """SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND state = 'active' AND application_name = 'agora'"""


@pytest.fixture
async def other(committed: str) -> AsyncIterator[asyncpg.Connection]:
    """Another connection to the engine's database, where there is a job."""
    connection = await asyncpg.connect(committed)

    async def insert(table: str, **values: object) -> object:
        places = ", ".join(f"${at}" for at in range(1, len(values) + 1))
        statement = f"INSERT INTO {table} ({', '.join(values)}) VALUES ({places}) RETURNING id"
        return await connection.fetchval(statement, *values.values())

    await a_job(insert, await a_user(insert))
    yield connection
    await connection.close()


@pytest.fixture
async def reads(committed: str) -> AsyncIterator[Reads]:
    """What the application reads with, of one connection."""
    reads = Reads(await read_pool(committed, size=1))
    yield reads
    reads.terminate()


@pytest.fixture
def engine(schema: Schema, reads: Reads) -> Callable[..., Engine]:
    """An engine that reads with it."""

    def make(strategy: Strategy = inlined, seconds: float = 10) -> Engine:
        derived, limits = schema.derived, Limits(seconds=seconds)
        return Engine(
            schema, derived.graph, derived.access, reads.acquire, strategy=strategy, limits_of=lambda viewer: limits
        )

    return make


@asynccontextmanager
async def locked(url: str) -> AsyncIterator[None]:
    """Nobody can read applications meanwhile."""
    connection = await asyncpg.connect(url)
    async with connection.transaction():
        await connection.execute("LOCK TABLE freelance.applications IN ACCESS EXCLUSIVE MODE")
        yield
    await connection.close()


async def until(connection: asyncpg.Connection, statements: int) -> None:
    """Wait until so many statements of the engine run."""
    async with asyncio.timeout(5):
        while await connection.fetchval(RUNNING) != statements:
            pass


@pytest.mark.parametrize("strategy", [inlined, batched])
async def test_a_statement_that_takes_too_long_is_cancelled(
    engine: Callable[..., Engine], committed: str, other: asyncpg.Connection, strategy: Strategy
) -> None:
    asked = engine(strategy, seconds=0.4)
    async with locked(committed):
        answering = asyncio.create_task(asked.answer(Operation(QUERY)))
        await until(other, 1)
        (error,) = orjson.loads((await answering).body)["errors"]
        assert error == {
            "message": "The operation took longer than 0.4 s and was stopped; ask for less at once.",
            "extensions": {"code": "TIMEOUT", "limit": "seconds", "allowed": 0.4},
        }
        await until(other, 0)
    assert not (await asked.answer(Operation(QUERY))).failed


@pytest.mark.parametrize("strategy", [inlined, batched])
async def test_a_statement_that_nobody_waits_for_any_more_is_cancelled(
    engine: Callable[..., Engine], committed: str, other: asyncpg.Connection, strategy: Strategy
) -> None:
    asked = engine(strategy)
    async with locked(committed):
        answering = asyncio.create_task(asked.answer(Operation(QUERY)))
        await until(other, 1)
        answering.cancel()
        with pytest.raises(asyncio.CancelledError):
            await answering
        await until(other, 0)
    assert not (await asked.answer(Operation(QUERY))).failed


async def test_whoever_gets_no_connection_in_time_is_told_so(
    engine: Callable[..., Engine], reads: Reads, other: asyncpg.Connection
) -> None:
    asked = engine(seconds=0.1)
    async with reads.acquire():
        (error,) = orjson.loads((await asked.answer(Operation(QUERY))).body)["errors"]
    assert error["message"].startswith("The database does not answer")
    assert not (await asked.answer(Operation(QUERY))).failed
