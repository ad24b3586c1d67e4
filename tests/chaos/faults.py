"""What goes wrong: every few seconds one of these, by dice."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from random import Random
from typing import NamedTuple

import asyncpg

from tests.chaos.followers import Follower
from tests.chaos.world import World

EACH = 5.0
"""Seconds from one fault to the next."""

PATIENCE = 30.0
"""Seconds within which a fault finds something to break, whatever the last one left."""

BACKENDS = (
    "SELECT pid FROM pg_stat_activity "
    "WHERE backend_type = 'client backend' AND datname = current_database() AND pid <> pg_backend_pid() ORDER BY pid"
)
END = "SELECT count(*) FILTER (WHERE pg_terminate_backend(pid)) FROM unnest($1::int[]) AS pid"


class Done(NamedTuple):
    """What went wrong."""

    kind: str
    told: str


class Faults:
    """Makes things go wrong, and keeps what did."""

    def __init__(self, world: World, followers: Sequence[Follower], dice: Random) -> None:
        self.world, self.followers, self.dice = world, followers, dice
        self.kinds: dict[str, Callable[[], Awaitable[str | None]]] = {
            "kill": self._kill,
            "cut": self._cut,
            "freeze": self._freeze,
            "terminate": self._terminate,
            "crash": self._crash,
        }
        """Each says what it broke; None if there was nothing at that moment."""
        self.done: list[Done] = []

    async def run(self, over: asyncio.Event) -> None:
        """One fault after the other until it is over; each kind comes before any comes again. Raises TimeoutError."""
        kinds: list[str] = []
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(EACH):
                    await over.wait()
                return
            if not kinds:
                kinds = [*self.kinds]
                self.dice.shuffle(kinds)
            self.done.append(await self._happened(kinds.pop()))

    async def _happened(self, kind: str) -> Done:
        """Try until something breaks: whoever is to lose a connection may be without one from the last fault."""
        async with asyncio.timeout(PATIENCE):
            while (told := await self.kinds[kind]()) is None:  # noqa: ASYNC110  # nothing tells when there is something
                await asyncio.sleep(0.1)
            return Done(kind, told)

    async def _kill(self) -> str | None:
        """One of the servers dies at once; it is started again."""
        server = self.dice.choice(self.world.servers)
        if not server.is_running:
            return None
        await asyncio.to_thread(server.end, signal.SIGKILL)
        return "a server is killed"

    async def _cut(self) -> str | None:
        """A part of the clients lose their connections."""
        cut = self._cut_off()
        return f"{cut} clients are cut off" if cut else None

    def _cut_off(self) -> int:
        chosen = self.dice.sample(self.followers, self.dice.randint(1, len(self.followers)))
        return sum(follower.cut() for follower in chosen)

    async def _freeze(self) -> str | None:
        """Nothing arrives any more by the connections that wake-ups come by, and nobody closes them."""
        frozen = await self.world.proxy.freeze("agora wake-ups")
        return f"{frozen} connections of wake-ups freeze" if frozen else None

    async def _terminate(self) -> str | None:
        """Some of PostgreSQL's backends are ended."""
        async with self._connected() as connection:
            backends = [row["pid"] for row in await connection.fetch(BACKENDS)]
            chosen = self.dice.sample(backends, self.dice.randint(min(1, len(backends)), len(backends)))
            ended = await connection.fetchval(END, chosen)
        return f"{ended} of {len(backends)} backends are terminated" if ended else None

    async def _crash(self) -> str:
        """A backend dies, so that PostgreSQL ends all others and starts anew from its log, and clients come meanwhile.

        Who they are can be asked of nobody then, which must not be told as if they were nobody.
        """
        async with self._connected() as connection:
            os.kill(await connection.fetchval("SELECT pg_backend_pid()"), signal.SIGKILL)
        return f"PostgreSQL crashes and recovers, while {self._cut_off()} clients come again"

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[asyncpg.Connection]:
        """A connection past the proxy, as soon as PostgreSQL is up from the last fault."""
        while True:
            with suppress(OSError, asyncpg.PostgresError, TimeoutError):
                connection = await asyncpg.connect(self.world.dsn, timeout=3)
                break
            await asyncio.sleep(0.1)
        try:
            yield connection
        finally:
            connection.terminate()
