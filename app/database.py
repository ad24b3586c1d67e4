"""Connections: the read pool that compiled statements run on, and the one place that commits."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, NamedTuple

import asyncpg
from asyncpg.pool import PoolConnectionProxy
from sqlalchemy import event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, create_async_engine

from app.services.waking import WORK, touched

MAJOR = 18

STATEMENT_SECONDS = 15
"""When PostgreSQL gives a statement up by itself: later than any operation's deadline, should nobody cancel it."""

UNDOING = 5.0
"""Seconds within which what was cancelled is undone, when all connections are to be closed."""

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


BACKSLASH = "\\"


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
            # Or what checks a key that leads to a partitioned table is planned anew for every row.
            "server_settings": {"timezone": "UTC", "jit": "off", "plan_cache_mode": "force_generic_plan"},
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


class Line(NamedTuple):
    """A connection that is written on, as SQLAlchemy knows it and as the driver does."""

    known: AsyncConnection
    driver: asyncpg.Connection


class Lines:
    """Connections of SQLAlchemy's pool that are lent again and again, as long as nothing goes wrong on them.

    For that pool to take a connection back and hand it out again costs 50 us, and to begin and end a transaction on it
    200 us, as much as writing a row. So the driver does that, and for SQLAlchemy they are connections that commit by
    themselves: what its sessions do is part of whatever goes on there.
    https://docs.sqlalchemy.org/en/21/core/connections.html#understanding-the-dbapi-level-autocommit-isolation-level
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        self.idle: list[Line] = []
        self.most = engine.pool.size() - 1  # type: ignore[attr-defined]  # whoever goes to the pool finds one there
        self.waiting = self.lent = 0
        self._all_back = asyncio.Event()
        self._all_back.set()

    async def take(self) -> Line:
        """The connection used last, or one of the pool's. Raises what that does if there is none in time."""
        while self.idle:
            line = self.idle.pop()
            if not line.driver.is_closed():
                return self._lend(line)
            await line.known.close()
        self.waiting += 1
        try:
            known = await self.engine.connect()
        finally:
            self.waiting -= 1
        return self._lend(Line(known, (await known.get_raw_connection()).driver_connection))  # type: ignore[arg-type]

    def _lend(self, line: Line) -> Line:
        self.lent += 1
        self._all_back.clear()
        return line

    async def give_back(self, line: Line) -> None:
        """Keep a connection at hand on which nothing goes on, unless somebody waits for it at the pool."""
        if self.waiting or len(self.idle) >= self.most or line.driver.is_closed():
            await asyncio.shield(self._let_go(line))
        else:
            self.idle.append(line)
            self._note_back()

    async def discard(self, line: Line) -> None:
        """Have the pool replace a connection of which nobody knows what goes on there."""
        try:
            await line.known.invalidate()
        finally:
            await self._let_go(line)

    async def _let_go(self, line: Line) -> None:
        try:
            await line.known.close()
        finally:
            self._note_back()

    def _note_back(self) -> None:
        self.lent -= 1
        if not self.lent:
            self._all_back.set()

    async def close(self) -> None:
        """Let the pool have what is at hand, and for a while wait for what is still being undone."""
        self.most = 0
        while self.idle:
            await self.idle.pop().known.close()
        with suppress(TimeoutError):  # what takes longer ends with its connection, when the process does
            await asyncio.wait_for(self._all_back.wait(), UNDOING)


class Work:
    """One transaction, begun when it is first needed."""

    __slots__ = ("_actor", "_begun", "_line", "_lines", "_over", "_session")

    def __init__(self, lines: Lines, actor: str) -> None:
        self._lines, self._actor, self._begun, self._over = lines, actor, False, False
        self._line: Line | None = None
        self._session: AsyncSession | None = None

    async def connection(self) -> asyncpg.Connection:
        """The driver's connection in the transaction, in which the database knows who acts."""
        return (await self._at_work()).driver

    async def session(self) -> AsyncSession:
        """The session of the transaction."""
        line = await self._at_work()
        if self._session is None:
            self._session = AsyncSession(line.known, expire_on_commit=False)
        return self._session

    async def fetch(self, statement: str, *args: Any) -> Sequence[Any]:
        """Run a statement in the transaction, past SQLAlchemy: it costs 0.1 ms, a third of writing a row."""
        rows: Sequence[Any] = await (await self._at_work()).driver.fetch(statement, *args)
        return rows

    async def commit(self) -> frozenset[str]:
        """Keep what was done; the topics that were touched, none of them if nothing can have been."""
        self._over = True
        if self._line is None:
            return frozenset()
        topics = frozenset((WORK,))
        if self._session is not None:
            await self._session.commit()
            topics |= touched(self._session)
        await self._line.driver.execute("COMMIT")
        line, self._line = self._line, None
        await self._lines.give_back(line)
        return topics

    async def undo(self) -> None:
        """Leave nothing of what was done, unless it was kept."""
        self._over = True
        if self._line is not None:
            await asyncio.shield(self._undone(self._line))

    async def _at_work(self) -> Line:
        assert not self._over, "The transaction is over."
        if self._line is None:
            self._line = await self._lines.take()
        if not self._begun:
            await self._line.driver.execute(f"BEGIN; SET LOCAL agora.actor = {quoted(self._actor)}")
            self._begun = True
        return self._line

    async def _undone(self, line: Line) -> None:
        try:
            if self._session is not None:
                await self._session.close()
            await line.driver.execute("ROLLBACK")  # waits until PostgreSQL has cancelled what was cancelled
        except Exception:
            await self._lines.discard(line)
        else:
            await self._lines.give_back(line)


def quoted(text: str) -> str:
    """`text` as a literal of SQL, as PostgreSQL's quote_literal does it: for what takes no parameters."""
    doubled = text.replace("'", "''")
    return f" E'{doubled.replace(BACKSLASH, BACKSLASH * 2)}'" if BACKSLASH in text else f"'{doubled}'"


def by(operation: str) -> str:
    """The actor of what no request asks for, like a command: the record says what did it."""
    return json.dumps({"operation": operation})


@dataclass(frozen=True, slots=True)
class Database:
    """Both ways to the database."""

    reads: Reads
    writes: AsyncEngine
    after_commit: list[Callable[[frozenset[str]], None]] = field(default_factory=list)
    """Called with its topics after each transaction that may have written something; they return at once."""
    lines: Lines = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "lines", Lines(self.writes))

    @property
    def dsn(self) -> str:
        """Where it is, for connections of another kind."""
        return self.writes.url.set(drivername="postgresql").render_as_string(hide_password=False)

    async def close(self) -> None:
        """Close all connections."""
        await self.lines.close()
        await self.writes.dispose()
        self.reads.terminate()

    @asynccontextmanager
    async def work(self, actor: str = "") -> AsyncIterator[Work]:
        """A transaction on behalf of `actor`, committed at the end, or undone if an exception passes."""
        work = Work(self.lines, actor)
        try:
            yield work
            topics = await work.commit()
        except BaseException:
            await work.undo()
            raise
        if topics:
            for tell in self.after_commit:
                tell(topics)

    @asynccontextmanager
    async def transaction(self, actor: str = "") -> AsyncIterator[AsyncSession]:
        """The session of such a transaction."""
        async with self.work(actor) as work:
            yield await work.session()


@asynccontextmanager
async def connected(dsn: str, *, read_size: int = 8, write_size: int = 4) -> AsyncIterator[Database]:
    """Both ways to the database at `dsn`, open until the end."""
    database = Database(Reads(await read_pool(dsn, size=read_size)), write_engine(dsn, size=write_size))
    try:
        yield database
    finally:
        await database.close()


async def check_version(dsn: str) -> None:
    """Raise TooOld if the server is older than PostgreSQL 18."""
    connection = await asyncpg.connect(dsn, timeout=10)
    try:
        version = connection.get_server_version()
    finally:
        await connection.close()
    if version.major < MAJOR:
        raise TooOld(f"PostgreSQL {MAJOR} or newer is needed; the server at AGORA_DATABASE_URL is {version.major}.")
