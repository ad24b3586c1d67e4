"""Who does what at the moment: advisory locks that end with the process that holds them, however it ends."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

TAKE = "SELECT pg_try_advisory_lock(hashtextextended($1, 0))"
GIVE_BACK = "SELECT pg_advisory_unlock(hashtextextended($1, 0))"


class Locks:
    """The locks of one process, all on one connection of their own."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection
        self._turn = asyncio.Lock()
        self._held: set[str] = set()

    def check(self) -> None:
        """Raise InterfaceError if the connection is lost, and the locks with it."""
        if self._connection.is_closed():
            raise asyncpg.InterfaceError("the connection of the locks is lost")

    @asynccontextmanager
    async def held(self, name: str) -> AsyncIterator[bool]:
        """Whether nobody else has `name`, which is held meanwhile. Raises what says that the connection is lost."""
        if name in self._held:  # PostgreSQL would let the same session have it twice
            yield False
            return
        self._held.add(name)
        mine = False
        try:
            mine = await self._ask(TAKE, name)
            yield mine
        finally:
            self._held.discard(name)
            if mine and not self._connection.is_closed():
                await asyncio.shield(self._ask(GIVE_BACK, name))

    async def _ask(self, query: str, name: str) -> bool:
        async with self._turn:
            return bool(await self._connection.fetchval(query, name))
