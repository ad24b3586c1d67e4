"""A real server on a real port, with the statements that its queries send."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import orjson
import pytest
import uvicorn
import websockets
from starlette.applications import Starlette

from app.database import Database, Reads, connected, write_engine
from app.http.application import create_app
from app.http.server import Server
from app.settings import Settings
from graph.engine.access import Access
from tests.api import a_user
from tests.conftest import OPEN, cloned

UNBUILT = Path(__file__).parent / "unbuilt"
"""A folder that is not there: what these tests see does not depend on `make web`."""
GRAPHQL_TRANSPORT_WS = websockets.Subprotocol("graphql-transport-ws")


@dataclass(slots=True)
class Served:
    """A server that runs: how to ask it, and what it asked the database."""

    client: httpx.AsyncClient
    socket_url: str
    statements: list[str] = field(default_factory=list)

    async def post(self, query: str, **more: Any) -> httpx.Response:
        return await self.client.post("/graphql", json={"query": query, **more})

    async def send(self, **body: Any) -> httpx.Response:
        """POST any body, told of errors by the status too."""
        return await self.client.post("/graphql", json=body, headers={"accept": "application/graphql-response+json"})

    async def over_socket(self, *payloads: Any, init: Any = None) -> list[Any]:
        """The first answer to each payload, one after the other over one WebSocket."""
        answers = []
        async with websockets.connect(self.socket_url, subprotocols=[GRAPHQL_TRANSPORT_WS]) as socket:
            await socket.send(orjson.dumps({"type": "connection_init", "payload": init}).decode())
            assert orjson.loads(await socket.recv()) == {"type": "connection_ack"}
            for number, payload in enumerate(payloads):
                message = {"id": str(number), "type": "subscribe", "payload": payload}
                await socket.send(orjson.dumps(message).decode())
                while (answer := orjson.loads(await socket.recv()))["type"] == "complete":
                    pass
                answers.append(answer)
        return answers


@asynccontextmanager
async def serving(
    database: Any, access: Access | None = OPEN, **settings: Any
) -> AsyncIterator[tuple[httpx.AsyncClient, str]]:
    """Serve on a free port until the end; everything to everybody, unless another access is given. No page is built."""
    async with listening(create_app(Settings(**settings), database, access=access, web=UNBUILT)) as served:
        yield served


@asynccontextmanager
async def listening(app: Starlette, **more: Any) -> AsyncIterator[tuple[httpx.AsyncClient, str]]:
    """Serve `app` on a free port until the end."""
    config = uvicorn.Config(app, port=0, log_level="error", ws="websockets-sansio", lifespan="on", **more)
    server = Server(config, app)
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
        database = Database(Reads(pool), write_engine(committed))
        yield database
        await database.close()

    async with serving(opening, body_limit=20_000) as (client, socket_url):
        yield Served(client, socket_url, statements)


Serve = Callable[..., AbstractAsyncContextManager[Served]]


@pytest.fixture(scope="module")
async def serve(server: Path, template: str) -> AsyncIterator[Serve]:
    """Serve an empty database with other settings, for tests that only read; what is recorded of them is written."""
    async with cloned(server, template) as url:

        @asynccontextmanager
        async def serve(**settings: Any) -> AsyncIterator[Served]:
            async with serving(lambda: connected(url, read_size=2, write_size=1), **settings) as (client, socket_url):
                yield Served(client, socket_url)

        yield serve


@pytest.fixture(scope="module")
async def shared(serve: Serve) -> AsyncIterator[Served]:
    """A server on an empty database that the tests of a module share, because they only read."""
    async with serve(body_limit=20_000) as served:
        yield served


@pytest.fixture
async def ada(committed: str) -> str:
    """The uuid of somebody."""
    connection = await asyncpg.connect(committed)

    async def insert(table: str, **values: Any) -> Any:
        places = ", ".join(f"${at}" for at in range(1, len(values) + 1))
        statement = f"INSERT INTO {table} ({', '.join(values)}) VALUES ({places}) RETURNING id"
        return await connection.fetchval(statement, *values.values())

    try:
        return str(await a_user(insert))
    finally:
        await connection.close()
