"""Connections: the read pool that compiled statements run on, and the one place that commits."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Any

import asyncpg
from asyncpg.pool import PoolConnectionProxy
from sqlalchemy import event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

MAJOR = 18

STATEMENT_SECONDS = 15
"""When PostgreSQL gives a statement up by itself: later than any operation's deadline, should nobody cancel it."""

READ_SETTINGS = {
    "application_name": "agora",
    "default_transaction_read_only": "on",
    "jit": "off",
    "plan_cache_mode": "force_generic_plan",
    "statement_timeout": f"{STATEMENT_SECONDS}s",
    "timezone": "UTC",
}


KEPT: dict[str, Any] = {
    "server_settings": READ_SETTINGS,
    "statement_cache_size": 10_000,
    "max_cached_statement_lifetime": 0,
    "max_cacheable_statement_size": 0,
}
"""How a connection is made that prepares each statement once, however long it is."""


class TooOld(Exception):
    """The PostgreSQL at AGORA_DATABASE_URL is older than 18."""


class ReadConnection(asyncpg.Connection):
    """A connection that is only read from, so nothing has to be reset between its users."""

    def get_reset_query(self) -> str:
        """Nothing: 5.0k instead of 3.9k requests/s on the smallest statement."""
        return ""


async def read_pool(dsn: str, *, size: int = 8) -> asyncpg.Pool:
    """The pool of `size` connections that compiled statements run on; a connection is made within 3 s or not."""
    return await asyncpg.create_pool(
        dsn,
        min_size=0,
        max_size=size,
        timeout=3,
        connection_class=ReadConnection,
        **KEPT,
        max_inactive_connection_lifetime=0,
    )


class Reads:
    """A read pool from which a connection is lent again and again, as long as nothing goes wrong on it.

    For asyncpg's pool to take a connection back and hand it out again costs 18 us, a fifth of a small request. What
    a fault or a cancellation went through goes back to it all the same: it waits until PostgreSQL has cancelled the
    statement, and resets or replaces the connection.
    """

    def __init__(self, pool: asyncpg.Pool) -> None:
        self.pool = pool
        self.idle: list[PoolConnectionProxy] = []
        self.waiting = 0

    def acquire(self, timeout: float | None = None) -> "Loan":
        """A connection for as long as the context lasts; TimeoutError if there is none within `timeout` seconds."""
        return Loan(self, timeout)

    def terminate(self) -> None:
        """Close all connections at once."""
        self.idle.clear()
        self.pool.terminate()


class Loan(AbstractAsyncContextManager[PoolConnectionProxy]):
    """The use of one connection."""

    __slots__ = ("_connection", "_reads", "_timeout")

    def __init__(self, reads: Reads, timeout: float | None) -> None:
        self._reads, self._timeout = reads, timeout

    async def __aenter__(self) -> PoolConnectionProxy:
        """The connection used last, or one of the pool's."""
        reads = self._reads
        while reads.idle:
            connection = reads.idle.pop()
            if _alive(connection):
                self._connection = connection
                return connection
            await reads.pool.release(connection)
        reads.waiting += 1
        try:
            self._connection = await reads.pool.acquire(timeout=self._timeout)
        finally:
            reads.waiting -= 1
        return self._connection

    async def __aexit__(
        self, type_: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Keep the connection at hand, unless somebody waits for it at the pool or it must be looked at there."""
        if error is None and not self._reads.waiting:
            self._reads.idle.append(self._connection)
        else:
            await self._reads.pool.release(self._connection)


def _alive(connection: PoolConnectionProxy) -> bool:
    try:
        return not connection.is_closed()
    except asyncpg.InterfaceError:  # the pool took it back by itself when the server closed it
        return False


def write_engine(dsn: str, *, size: int = 4) -> AsyncEngine:
    """SQLAlchemy's engine for services: `size` connections, each replaced before it is used where the server closed it.

    SQLAlchemy's own way to find out, `pool_pre_ping`, is a transaction before each transaction.
    """
    engine = create_async_engine(
        sqlalchemy_url(dsn),
        pool_size=size,
        max_overflow=0,
        pool_timeout=3,
        hide_parameters=True,  # errors are logged, and parameters are people's values
        connect_args={
            "timeout": 3,
            "command_timeout": 10,
            "server_settings": {"timezone": "UTC", "jit": "off"},
            # What derived mutations run is long, and the same again and again.
            "statement_cache_size": 2_000,
            "max_cacheable_statement_size": 0,
        },
    )
    event.listen(engine.sync_engine, "checkout", _check_open)
    return engine


def _check_open(connection: Any, *_: object) -> None:
    """Have the pool make another connection if the server closed this one."""
    if connection.driver_connection.is_closed():
        raise DisconnectionError()


def sqlalchemy_url(dsn: str) -> str:
    """`dsn` with SQLAlchemy's name of the driver."""
    return make_url(dsn).set(drivername="postgresql+asyncpg").render_as_string(hide_password=False)


class Work:
    """One transaction, begun when it is first needed."""

    __slots__ = ("_actor", "_connection", "_session")

    def __init__(self, session: AsyncSession, actor: str) -> None:
        self._session, self._actor = session, actor
        self._connection: asyncpg.Connection | None = None

    async def session(self) -> AsyncSession:
        """The session of the transaction, in which the database knows who acts."""
        await self._begun()
        return self._session

    async def fetch(self, statement: str, *args: Any) -> Sequence[Any]:
        """Run a statement in the transaction, past SQLAlchemy: it costs 0.3 ms, as much as writing a row."""
        connection = await self._begun()
        rows: Sequence[Any] = await connection.fetch(statement, *args)
        return rows

    async def _begun(self) -> asyncpg.Connection:
        if self._connection is None:
            begun = await self._session.connection()
            # SQLAlchemy begins the transaction with its first statement; from then on both may speak in it.
            await begun.exec_driver_sql("SELECT set_config('agora.actor', $1, true)", (self._actor,))
            self._connection = (await begun.get_raw_connection()).driver_connection
        assert self._connection is not None
        return self._connection


def by(operation: str) -> str:
    """The actor of what no request asks for, like a command: the record says what did it."""
    return json.dumps({"operation": operation})


@dataclass(frozen=True, slots=True)
class Database:
    """Both ways to the database."""

    reads: Reads
    writes: AsyncEngine

    @property
    def dsn(self) -> str:
        """Where it is, for connections of another kind."""
        return self.writes.url.set(drivername="postgresql").render_as_string(hide_password=False)

    @asynccontextmanager
    async def work(self, actor: str = "") -> AsyncIterator[Work]:
        """A transaction on behalf of `actor`, committed at the end, or undone if an exception passes."""
        async with AsyncSession(self.writes, expire_on_commit=False) as session:
            yield Work(session, actor)
            await session.commit()

    @asynccontextmanager
    async def transaction(self, actor: str = "") -> AsyncIterator[AsyncSession]:
        """The session of such a transaction."""
        async with self.work(actor) as work:
            yield await work.session()


@asynccontextmanager
async def connected(dsn: str, *, read_size: int = 8, write_size: int = 4) -> AsyncIterator[Database]:
    """Both ways to the database at `dsn`, open until the end."""
    reads, engine = Reads(await read_pool(dsn, size=read_size)), write_engine(dsn, size=write_size)
    try:
        yield Database(reads, engine)
    finally:
        await engine.dispose()
        reads.terminate()


async def check_version(dsn: str) -> None:
    """Raise TooOld if the server is older than PostgreSQL 18."""
    connection = await asyncpg.connect(dsn, timeout=10)
    try:
        version = connection.get_server_version()
    finally:
        await connection.close()
    if version.major < MAJOR:
        raise TooOld(f"PostgreSQL {MAJOR} or newer is needed; the server at AGORA_DATABASE_URL is {version.major}.")
