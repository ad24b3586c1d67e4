"""Transactions: begun once, kept or undone whole, on connections that are lent again and again."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import TimeoutError as NoneFree

from app.database import Database, Work, by, connected, quoted

PID = "SELECT pg_backend_pid()"
ACTOR = "SELECT current_setting('agora.actor', true)"
INSERT = "INSERT INTO business.businesses (name, slug, type, status) VALUES ($1, $1, 'RETAIL', 'ACTIVE')"
SLUGS = "SELECT slug FROM business.businesses ORDER BY slug"


@pytest.fixture
async def database(committed: str) -> AsyncIterator[Database]:
    """Two connections to write on."""
    async with connected(committed, read_size=1, write_size=2) as database:
        yield database


async def value(work: Work, statement: str) -> Any:
    return (await work.fetch(statement))[0][0]


async def used(database: Database) -> int:
    """The backend of a transaction."""
    async with database.work() as work:
        pid: int = await value(work, PID)
    return pid


async def slugs(database: Database) -> list[str]:
    async with database.reads.acquire() as connection:
        return [row[0] for row in await connection.fetch(SLUGS)]


async def test_whoever_acts_is_known_in_the_transaction_and_forgotten_after_it(database: Database) -> None:
    actor = by("""it's a "test" with \\ and 'quotes'; ROLLBACK; --""")
    async with database.work(actor) as work:
        assert await value(work, ACTOR) == actor
    async with database.work() as work:
        assert await value(work, ACTOR) == ""


@pytest.mark.parametrize("text", ["", "'", "\\", "\\'", "it''s \\\\'", "''; DROP TABLE x; --", "é\n\t$$"])
async def test_a_literal_holds_the_text_under_either_setting_of_strings(database: Database, text: str) -> None:
    for setting in ("on", "off"):
        async with database.work() as work:
            await (await work.connection()).execute(f"SET LOCAL standard_conforming_strings = {setting}")
            assert await value(work, f"SELECT {quoted(text)}") == text


async def test_the_session_and_the_driver_are_in_one_transaction(database: Database) -> None:
    async with database.work() as work:
        await work.fetch(INSERT, "driver")
        session = await work.session()
        assert await session.scalar(select(func.pg_current_xact_id_if_assigned().is_not(None)))
        connection = await work.connection()
        assert connection.is_in_transaction()
        assert await session.scalar(select(func.pg_backend_pid())) == connection.get_server_pid()
        assert await slugs(database) == []
    assert await slugs(database) == ["driver"]


async def test_nothing_is_begun_before_it_is_needed(database: Database) -> None:
    async with database.work() as work:
        assert work
    assert database.writes.pool.checkedin() == len(database.lines.idle) == 0  # type: ignore[attr-defined]


async def test_a_connection_is_lent_again_after_a_transaction_that_was_kept_or_undone(database: Database) -> None:
    first = await used(database)
    with pytest.raises(asyncpg.DivisionByZeroError):
        async with database.work() as work:
            await work.fetch(INSERT, "undone")
            await work.fetch("SELECT 1/0")
    with pytest.raises(LookupError):
        async with database.work() as work:
            await (await work.session()).scalar(select(1))
            await work.fetch(INSERT, "undone")
            raise LookupError
    assert await used(database) == first
    assert await slugs(database) == []


async def test_what_is_cancelled_is_undone_and_the_connection_is_free_again(database: Database) -> None:
    for _ in range(3):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1), database.work() as work:
                await work.fetch(INSERT, "cancelled")
                await work.fetch("SELECT pg_sleep(60)")
    async with database.work() as one, database.work() as other:
        assert await value(one, PID) != await value(other, PID)
    assert await slugs(database) == []


async def test_what_is_still_being_undone_is_waited_for_before_all_connections_are_closed(committed: str) -> None:
    begun = asyncio.Event()

    async def cancelled(database: Database) -> None:
        async with database.work() as work:
            await work.fetch(INSERT, "cancelled")
            begun.set()
            await work.fetch("SELECT pg_sleep(60)")

    async with connected(committed, read_size=1, write_size=2) as database:
        task = asyncio.create_task(cancelled(database))
        await begun.wait()
        task.cancel()  # nobody waits for it
    assert database.lines.lent == len(database.lines.idle) == 0
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_connection_that_the_server_closed_is_replaced(database: Database, committed: str) -> None:
    async with database.work() as one, database.work() as other:
        pids = [await value(one, PID), await value(other, PID)]
    admin = await asyncpg.connect(committed)
    await admin.fetch("SELECT pg_terminate_backend(pid, 5000) FROM unnest($1::int[]) AS pid", pids)
    await admin.close()
    await asyncio.sleep(0.05)
    async with database.work() as one, database.work() as other:
        assert not {await value(one, PID), await value(other, PID)} & set(pids)


async def test_a_connection_that_is_lost_within_a_transaction_is_replaced(database: Database, committed: str) -> None:
    with pytest.raises(asyncpg.InterfaceError, match="connection is closed"):
        async with database.work() as work:
            pid = await value(work, PID)
            admin = await asyncpg.connect(committed)
            await admin.fetch("SELECT pg_terminate_backend($1, 5000)", pid)
            await admin.close()
            await work.fetch(INSERT, "lost")
    assert await used(database) != pid


async def test_more_transactions_than_connections_wait_for_each_other(database: Database) -> None:
    async def one(number: int) -> int:
        async with database.work() as work:
            await work.fetch(INSERT, f"s-{number:02}")
            await work.fetch("SELECT pg_sleep(0.01)")
            pid: int = await value(work, PID)
        return pid

    pids = await asyncio.gather(*(one(number) for number in range(20)))
    assert len(set(pids)) == 2
    assert len(await slugs(database)) == 20


async def test_whoever_goes_to_the_pool_itself_finds_a_connection(database: Database) -> None:
    async with database.work() as one, database.work() as other:
        await value(one, PID), await value(other, PID)
    async with database.writes.begin() as connection:
        assert await connection.scalar(select(1)) == 1


async def test_who_waits_too_long_is_told(database: Database) -> None:
    async with database.work() as one, database.work() as other:
        await value(one, PID), await value(other, PID)
        with pytest.raises(NoneFree):
            await used(database)
    assert await used(database)


async def test_what_the_commit_refuses_is_undone(database: Database) -> None:
    with pytest.raises(asyncpg.UniqueViolationError):
        async with database.work() as work:
            await work.fetch("CREATE TEMP TABLE late (id int UNIQUE DEFERRABLE INITIALLY DEFERRED)")
            await work.fetch("INSERT INTO late VALUES (1), (1)")
            await work.fetch(INSERT, "late")
    assert await slugs(database) == []
    assert await used(database)


async def test_nothing_is_done_after_the_transaction_is_over(database: Database) -> None:
    async with database.work() as work:
        await work.fetch(INSERT, "kept")
    with pytest.raises(AssertionError, match="over"):
        await work.fetch(INSERT, "late")
    assert await slugs(database) == ["kept"]
