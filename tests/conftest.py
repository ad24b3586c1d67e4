"""A real PostgreSQL for the whole run, a template built by the migrations, a clone for each worker.

A test that uses `connection` works inside a transaction that is rolled back, and the engine is given that one
connection; a test where commits matter takes `committed`, a database of its own.
"""

import asyncio
import fcntl
import hashlib
import os
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from copy import copy
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import asyncpg
import pytest
import structlog

from app import migrations, partitions
from app.embedded import InUseError, remove, running
from app.http import application
from app.partitions import Partition
from app.seed import seed
from app.services.accounts.passwords import Passwords
from graph.access import Rules
from graph.engine.access import Access
from graph.engine.planning.planner import Strategy, inlined
from graph.engine.schema.schema import Schema
from graph.schema import build
from tests.api import Api, Insert

structlog.configure(processors=[structlog.processors.format_exc_info, structlog.processors.KeyValueRenderer()])

MIGRATED = "migrated_agora"
TEMPLATE = "template_agora"
SAMPLE = "sample_agora"
MONTHS = [
    date(2024, 2, 1),
    date(2024, 3, 1),
    *(date(2025, month, 1) for month in range(1, 13)),
    *(date(2026, month, 1) for month in (1, 5, 6)),
]
"""Months that tests name, besides the last few."""
NOW = datetime(2026, 11, 21, tzinfo=UTC)
"""The day on which the sample data ends."""
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "200"}


@pytest.fixture(scope="session")
def passwords() -> Iterator[Passwords]:
    """As the application has them."""
    made = Passwords()
    yield made
    made.close()


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all workers of this run share."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(scope="session")
def server(run_folder: Path) -> Iterator[Path]:
    """The folder of the socket of a server that runs as long as any worker needs it."""
    folder = _memory(run_folder) or run_folder / "database"
    with running(folder, settings=FAST) as cluster:
        yield cluster.socket_dir
    with suppress(InUseError):
        remove(folder)
        shutil.rmtree(folder, ignore_errors=True)


def _memory(run_folder: Path) -> Path | None:
    """A folder in memory, the same for all workers of this run: a clone is thousands of small files."""
    memory = Path("/dev/shm")
    if not memory.is_dir() or shutil.disk_usage(memory).free < 4 * 2**30:
        return None
    return memory / f"agora-{hashlib.blake2s(str(run_folder).encode(), digest_size=8).hexdigest()}"


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


def once(run_folder: Path, name: str, make: Callable[[], Any]) -> str:
    """The database `name`, which the first worker that asks makes by calling `make`."""
    with (run_folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = run_folder / f"{name}.done"
        if not done.exists():
            make()
            done.touch()
    return name


@pytest.fixture(scope="session")
def migrated_template(server: Path, run_folder: Path) -> str:
    """The name of a database that the migrations built, without any partition."""

    def make() -> None:
        asyncio.run(administer(server, f"CREATE DATABASE {MIGRATED}"))
        asyncio.run(migrations.upgrade(url_of(server, MIGRATED)))

    return once(run_folder, MIGRATED, make)


@pytest.fixture(scope="session")
def template(server: Path, run_folder: Path, migrated_template: str) -> str:
    """The name of a migrated database with its partitions and no rows, which clones are made of."""

    def make() -> None:
        asyncio.run(administer(server, f"CREATE DATABASE {TEMPLATE} TEMPLATE {migrated_template}"))
        asyncio.run(_make_ready(url_of(server, TEMPLATE)))

    return once(run_folder, TEMPLATE, make)


async def _make_ready(url: str) -> None:
    """Partitions, and none of the rows that every installation begins with: a test says what there is."""
    connection = await asyncpg.connect(url)
    await connection.execute("TRUNCATE business.businesses CASCADE")
    await partitions.ensure(connection, since=(datetime.now(UTC) - timedelta(days=130)).date(), ahead=1)
    for table in partitions.firehoses():
        for month in MONTHS:
            if await connection.fetchval("SELECT to_regclass($1) IS NULL", Partition(table.fullname, month).name):
                await connection.execute(Partition(table.fullname, month).create)
    await connection.close()


@pytest.fixture(scope="session")
async def sample_database(server: Path, run_folder: Path, migrated_template: str) -> AsyncIterator[str]:
    """The URL of this worker's database with the small sample data: whoever writes to it rolls back."""

    def make() -> None:
        asyncio.run(administer(server, f"CREATE DATABASE {SAMPLE} TEMPLATE {migrated_template}"))
        asyncio.run(_fill(url_of(server, SAMPLE)))

    async with cloned(server, await asyncio.to_thread(once, run_folder, SAMPLE, make)) as url:
        yield url


async def _fill(url: str) -> None:
    connection = await asyncpg.connect(url)
    await seed(connection, now=NOW)
    await connection.close()


@pytest.fixture
async def sample(sample_database: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection to the sample data inside a transaction that is rolled back."""
    opened = await asyncpg.connect(sample_database)
    transaction = opened.transaction()
    await transaction.start()
    yield opened
    await transaction.rollback()
    await opened.close()


@asynccontextmanager
async def cloned(server: Path, template: str) -> AsyncIterator[str]:
    """The URL of a database of its own, gone afterwards."""
    name = f"clone_{uuid4().hex}"
    await administer(server, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
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
async def migrated(server: Path, migrated_template: str) -> AsyncIterator[str]:
    """The URL of a database that the migrations built, without any partition."""
    async with cloned(server, migrated_template) as url:
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


OPEN = Rules()
_SCHEMAS: dict[int, Schema] = {}


def _under(access: Access | None) -> Schema:
    """The schema under the policies or the rules of a module, built once: that takes a second."""
    if id(access) not in _SCHEMAS:
        _SCHEMAS[id(access)] = build(access)
    return _SCHEMAS[id(access)]


def _application_schema(access: Access | None) -> Schema:
    return copy(_under(access)) if access is None or access is OPEN else build(access)


@pytest.fixture(scope="session", autouse=True)
def applications() -> Iterator[None]:
    """Have all applications share what is the same in their schemas; each has its own word of who answers."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(application, "build", _application_schema)
        yield


@pytest.fixture(scope="session")
def guarded() -> Schema:
    """The schema under its policies."""
    return copy(_under(None))


@pytest.fixture(scope="session")
def schema() -> Schema:
    """The schema without rules: what is asked here is not who may read it."""
    return build(OPEN)


@pytest.fixture
def api(connection: asyncpg.Connection, schema: Schema) -> Api:
    """The API without rules, on the test's own connection."""
    return Api(connection, schema)


@pytest.fixture
def api_with(connection: asyncpg.Connection, schema: Schema) -> Callable[..., Api]:
    """The API under given rules or with another strategy."""

    def make(rules: Rules | None = None, strategy: Strategy = inlined) -> Api:
        return Api(connection, _under(rules) if rules else schema, strategy)

    return make
