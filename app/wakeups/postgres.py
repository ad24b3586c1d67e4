"""Lines by PostgreSQL's LISTEN and NOTIFY, over one connection outside the pools.

NOTIFY within the transactions themselves would have their commits wait for each other (9,000 a second became 3,200).
"""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from app.wakeups import carrier
from app.wakeups.carrier import Hear

CHANNEL = "agora"


class Postgres:
    """The database at a URL, to which other processes listen too."""

    def __init__(self, dsn: str) -> None:
        self.dsn = dsn

    @asynccontextmanager
    async def connected(self, hear: Hear, broken: Callable[[], None]) -> AsyncIterator["Session"]:
        """A connection that listens already."""
        settings = {"application_name": "agora wake-ups"}
        connection = await asyncpg.connect(
            self.dsn, timeout=carrier.CONNECTING, command_timeout=carrier.PROBED, server_settings=settings
        )

        def heard(_connection: Any, _process: int, _channel: str, text: object) -> None:
            hear(str(text))

        try:
            connection.add_termination_listener(lambda _: broken())
            await connection.add_listener(CHANNEL, heard)
            yield Session(connection)
        finally:
            connection.terminate()


class Session:
    """The connection."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self.connection = connection

    async def send(self, texts: Sequence[str]) -> None:
        """One statement for all lines: it is a question too whether the connection still lives."""
        await self.connection.execute(
            "SELECT pg_notify($1, line) FROM unnest($2::text[]) AS line", CHANNEL, list(texts)
        )
