"""What goes wrong: every few seconds one of these, by dice."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from random import Random

import asyncpg

from tests.chaos.followers import Follower
from tests.chaos.world import World

EACH = 5.0
"""Seconds from one fault to the next."""

BACKENDS = (
    "SELECT pid FROM pg_stat_activity "
    "WHERE backend_type = 'client backend' AND datname = current_database() AND pid <> pg_backend_pid() ORDER BY pid"
)


class Faults:
    """Makes things go wrong, and keeps what did."""

    def __init__(self, world: World, followers: Sequence[Follower], dice: Random) -> None:
        self.world, self.followers, self.dice = world, followers, dice
        self.done: list[str] = []

    async def run(self, over: asyncio.Event) -> None:
        """One fault after the other until it is over; each kind comes before any comes again."""
        kinds: list[Callable[[], Awaitable[str]]] = []
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(EACH):
                    await over.wait()
                return
            if not kinds:
                kinds = [self._kill, self._cut, self._freeze, self._terminate, self._crash]
                self.dice.shuffle(kinds)
            with suppress(OSError, asyncpg.PostgresError, TimeoutError):  # it is down from the last one
                self.done.append(await kinds.pop()())

    async def _kill(self) -> str:
        """One of the servers dies at once; it is started again."""
        server = self.dice.choice(self.world.servers)
        await asyncio.to_thread(server.end, signal.SIGKILL)
        return "a server is killed"

    async def _cut(self) -> str:
        """A part of the clients lose their connections."""
        cut = self.dice.sample(self.followers, self.dice.randint(1, len(self.followers)))
        for follower in cut:
            follower.cut()
        return f"{len(cut)} clients are cut off"

    async def _freeze(self) -> str:
        """Nothing arrives any more by the connections that wake-ups come by, and nobody closes them."""
        return f"{await self.world.proxy.freeze('agora wake-ups')} connections of wake-ups freeze"

    async def _terminate(self) -> str:
        """Some of PostgreSQL's backends are ended."""
        connection = await asyncpg.connect(self.world.dsn, timeout=3)
        try:
            backends = [row["pid"] for row in await connection.fetch(BACKENDS)]
            ended = self.dice.sample(backends, self.dice.randint(1, len(backends)))
            await connection.execute("SELECT pg_terminate_backend(pid) FROM unnest($1::int[]) AS pid", ended)
        finally:
            await connection.close()
        return f"{len(ended)} of {len(backends)} backends are terminated"

    async def _crash(self) -> str:
        """A backend dies, so that PostgreSQL ends all others and starts anew from its log."""
        connection = await asyncpg.connect(self.world.dsn, timeout=3)
        try:
            pid = await connection.fetchval("SELECT pg_backend_pid()")
            os.kill(pid, signal.SIGKILL)
        finally:
            connection.terminate()
        return "PostgreSQL crashes and recovers"
