"""A real server on a real port, with the statements that its queries send."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import httpx
import pytest
import uvicorn

from app.database import Database, write_engine
from app.http.application import create_app
from app.settings import Settings


@dataclass(slots=True)
class Served:
    """A server that runs: how to ask it, and what it asked the database."""

    client: httpx.AsyncClient
    socket_url: str
    statements: list[str] = field(default_factory=list)

    async def post(self, query: str, **more: Any) -> httpx.Response:
        return await self.client.post("/graphql", json={"query": query, **more})


@asynccontextmanager
async def serving(database: Any, **settings: Any) -> AsyncIterator[tuple[httpx.AsyncClient, str]]:
    """Serve on a free port until the end."""
    config = uvicorn.Config(
        create_app(Settings(**settings), database), port=0, log_level="error", ws="websockets-sansio", lifespan="on"
    )
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    while not server.started:
        assert not task.done(), task.exception()
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=20) as client:
            yield client, f"ws://127.0.0.1:{port}/graphql"
    finally:
        server.should_exit = True
        await task


@pytest.fixture
async def served(committed: str) -> AsyncIterator[Served]:
    """A server on an empty database."""
    statements: list[str] = []

    def note(record: Any) -> None:
        if record.query.startswith("SELECT convert_to"):
            statements.append(record.query)

    async def listen(connection: asyncpg.Connection) -> None:
        connection.add_query_logger(note)

    @asynccontextmanager
    async def opening() -> AsyncIterator[Database]:
        pool = await asyncpg.create_pool(committed, min_size=0, max_size=4, init=listen)
        writes = write_engine(committed)
        yield Database(pool, writes)
        await writes.dispose()
        await pool.close()

    async with serving(opening, body_limit=20_000) as (client, socket_url):
        yield Served(client, socket_url, statements)
