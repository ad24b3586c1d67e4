"""One server for all tests of live updates: each makes a chat of its own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from app.database import KEPT, Database, Reads, write_engine
from app.http.application import create_app
from app.settings import Settings
from tests.conftest import cloned
from tests.http.conftest import listening
from tests.realtime.stage import Stage


@pytest.fixture(scope="session")
async def stage(server: Path, template: str) -> AsyncIterator[Stage]:
    """The server, with the statements that it reads by."""
    statements: list[str] = []

    async def listen(connection: asyncpg.Connection) -> None:
        connection.add_query_logger(lambda record: statements.append(record.query))

    async with cloned(server, template) as url:

        @asynccontextmanager
        async def opening() -> AsyncIterator[Database]:
            pool = await asyncpg.create_pool(url, min_size=0, max_size=6, init=listen, **KEPT)
            database = Database(Reads(pool), write_engine(url))
            yield database
            await database.close()

        app = create_app(Settings(), opening)  # type: ignore[call-arg]
        async with listening(app) as (client, socket_url):
            state: Any = app.state
            await state.wakeups.up()
            yield Stage(client, socket_url, state.database, state.hub, state.wakeups, state.schema, statements)
