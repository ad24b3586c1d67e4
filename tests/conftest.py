"""A real PostgreSQL for the whole run, a template built by the migrations, a clone for each worker.

A test that uses `connection` works inside a transaction that is rolled back, and the engine is given that one
connection; a test where commits matter takes `committed`, a database of its own.
"""

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import asyncpg
import pytest
import structlog

from app import migrations, partitions
from app.embedded import running
from graph.access import Rules
from graph.engine.planner import Strategy, inlined
from graph.engine.schema import Schema
from graph.schema import build
from tests.support import Api, Insert

structlog.configure(processors=[structlog.processors.format_exc_info, structlog.processors.KeyValueRenderer()])

TEMPLATE = "template_agora"
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "200"}


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all workers of this run share."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(scope="session")
def server(run_folder: Path) -> Iterator[Path]:
    """The folder of the socket of a server that runs as long as any worker needs it."""
    with running(run_folder / "database", settings=FAST) as cluster:
        yield cluster.socket_dir


def url_of(server: Path, database: str) -> str:
    """The URL of a database on the test server."""
    return f"postgresql://agora@/{database}?host={quote(str(server))}"


async def administer(server: Path, *statements: str) -> None:
    """Run statements that belong to no database of ours."""
    connection = await asyncpg.connect(url_of(server, "postgres"))
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


@pytest.fixture(scope="session")
def template(server: Path, run_folder: Path) -> str:
    """The name of a migrated database with its partitions, which clones are made of; built by the first who asks."""
    with (run_folder / "template.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = run_folder / "template.done"
        if not done.exists():
            asyncio.run(administer(server, f"CREATE DATABASE {TEMPLATE}"))
            asyncio.run(migrations.upgrade(url_of(server, TEMPLATE)))
            asyncio.run(_make_partitions(url_of(server, TEMPLATE)))
            done.touch()
    return TEMPLATE


async def _make_partitions(url: str) -> None:
    connection = await asyncpg.connect(url)
    await partitions.ensure(connection)
    await connection.close()


@asynccontextmanager
async def cloned(server: Path, template: str) -> AsyncIterator[str]:
    """The URL of a database of its own, gone afterwards."""
    name = f"clone_{uuid4().hex}"
    await administer(server, f"CREATE DATABASE {name} TEMPLATE {template}")
    try:
        yield url_of(server, name)
    finally:
        await administer(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
async def database_url(server: Path, template: str) -> AsyncIterator[str]:
    """This worker's clone, empty: whoever writes to it rolls back."""
    async with cloned(server, template) as url:
        yield url


@pytest.fixture
async def committed(server: Path, template: str) -> AsyncIterator[str]:
    """The URL of an empty database where commits stay."""
    async with cloned(server, template) as url:
        yield url


@pytest.fixture
async def connection(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection inside a transaction that is rolled back."""
    opened = await asyncpg.connect(database_url)
    transaction = opened.transaction(isolation="repeatable_read")
    await transaction.start()
    yield opened
    await transaction.rollback()
    await opened.close()


@pytest.fixture
def insert(connection: asyncpg.Connection) -> Insert:
    """Insert a row into "schema.table" and return its id."""

    async def insert(table: str, **values: Any) -> Any:
        columns, places = ", ".join(values), ", ".join(f"${i}" for i in range(1, len(values) + 1))
        statement = f"INSERT INTO {table} ({columns}) VALUES ({places}) RETURNING id"
        return await connection.fetchval(statement, *values.values())

    return insert


@pytest.fixture(scope="session")
def schema() -> Schema:
    """The schema without rules."""
    return build()


@pytest.fixture
def api(connection: asyncpg.Connection, schema: Schema) -> Api:
    """The API without rules, on the test's own connection."""
    return Api(connection, schema)


@pytest.fixture
def api_with(connection: asyncpg.Connection) -> Callable[..., Api]:
    """The API under given rules or with another strategy."""

    def make(rules: Rules | None = None, strategy: Strategy = inlined) -> Api:
        return Api(connection, build(rules), strategy)

    return make
