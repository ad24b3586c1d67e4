"""Tells every process that something was committed, a few milliseconds later and once for all that was meanwhile.

Only a hint: tables are the truth, and whoever listens looks each second anyway. NOTIFY within the transactions
themselves would have their commits wait for each other (9,000 a second became 3,200).
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import asyncpg
import structlog

from app.database import Database

CHANNEL = "agora"
WORK = "work"
"""The topic of the worker: there may be something to do."""

COALESCED = 0.005
"""Seconds in which what is sent becomes one."""

PROBED = 5.0
"""Seconds after which a connection that says nothing is asked, and as many until it is given up."""

PAUSE = 1.0
"""Seconds from one attempt to connect to the next."""

log = structlog.get_logger(__name__)


@asynccontextmanager
async def waking(database: Database) -> AsyncIterator["Wakeups"]:
    """The wake-ups of a process, which each commit on `database` sends; they come and go while this is open."""
    wakeups = Wakeups(database.dsn)
    database.after_commit.append(wakeups.send)
    async with wakeups.running():
        yield wakeups


class Wakeups:
    """The one connection of a process that wake-ups come and go by, outside the pools."""

    def __init__(self, dsn: str) -> None:
        self.dsn = dsn
        self._topics: set[str] = set()
        self._sent = asyncio.Event()
        self._listeners: dict[str, list[Callable[[], None]]] = {}

    def send(self, topic: str = WORK) -> None:
        """Wake whoever listens to `topic`, in any process; returns at once, and is lost if the database is away."""
        self._topics.add(topic)
        self._sent.set()

    def listen(self, callback: Callable[[], None], topic: str = WORK) -> None:
        """Have `callback` called for each wake-up of `topic`, and whenever some may have been missed."""
        self._listeners.setdefault(topic, []).append(callback)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """While this is open, wake-ups come and go."""
        task = asyncio.create_task(self._run())
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _run(self) -> None:
        while True:
            try:
                await self._connected()
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError) as error:
                log.warning("wake-ups are lost", cause=type(error).__name__)
            await asyncio.sleep(PAUSE)

    async def _connected(self) -> None:
        """Send and listen over a new connection, until it breaks."""
        settings = {"application_name": "agora wake-ups"}
        connection = await asyncpg.connect(self.dsn, timeout=3, command_timeout=PROBED, server_settings=settings)
        try:
            connection.add_termination_listener(lambda _: self._sent.set())
            await connection.add_listener(CHANNEL, self._heard)
            for topic in self._listeners:  # what was sent before is missed
                self._heard(connection, 0, CHANNEL, topic)
            while True:
                await self._next(connection)
        finally:
            connection.terminate()

    async def _next(self, connection: asyncpg.Connection) -> None:
        """Send what there is to send, or look whether the connection is still alive."""
        with suppress(TimeoutError):
            async with asyncio.timeout(PROBED):
                await self._sent.wait()
            await asyncio.sleep(COALESCED)
        self._sent.clear()
        topics, self._topics = sorted(self._topics), set()
        await connection.execute("SELECT pg_notify($1, topic) FROM unnest($2::text[]) AS topic", CHANNEL, topics)

    def _heard(self, _connection: object, _process: int, _channel: str, topic: object) -> None:
        for callback in self._listeners.get(str(topic), ()):
            callback()
