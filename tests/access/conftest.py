"""The sample data under row-level security, for whoever only reads: one database for all workers."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import true

from graph.access import Rules
from graph.engine.access import Access
from graph.engine.asking.cache import TwiceSeen
from graph.engine.asking.limits import Limits
from graph.engine.model.entities import Graph
from graph.engine.planning.planner import Strategy, inlined
from graph.engine.schema.schema import Schema
from tests.access.mixed import mix
from tests.access.oracle import READER, Oracle, expected, prepare
from tests.access.viewers import CHOOSE_EVERYMAN, Asker, askers, sign_in
from tests.api import Api
from tests.conftest import SAMPLE, administer, once, url_of

SECURED = "oracle_agora"
PATIENT = Limits(seconds=300.0, aliases=1_000, tokens=20_000, selections=20_000, cost=10**9)


@dataclass(slots=True)
class Matrix:
    """The sample data asked in two ways: by engines under the policies, and under row-level security."""

    connection: asyncpg.Connection = field(repr=False)
    schema: Schema = field(repr=False)
    open_schema: Schema = field(repr=False)
    oracle: Oracle = field(repr=False)
    askers: dict[str, Asker] = field(repr=False)
    apis: dict[Strategy | None, Api] = field(default_factory=dict, repr=False)

    def api(self, asker: Asker, strategy: Strategy = inlined) -> Api:
        """The engine under the policies, as `asker` asks it."""
        if strategy not in self.apis:
            self.apis[strategy] = patient(Api(self.connection, self.schema, strategy))
        self.apis[strategy].viewer = asker.viewer
        return self.apis[strategy]

    def unruled(self) -> Api:
        """The engine that knows no rules, under row-level security."""
        if None not in self.apis:
            self.apis[None] = patient(Api(self.oracle.connection, self.open_schema))
            self.apis[None].engine.access = _anything(self.open_schema.derived.graph)
        return self.apis[None]

    def under(self, access: Access, asker: Asker) -> Api:
        """An engine under other rules, as `asker` asks it."""
        api = patient(Api(self.connection, self.schema))
        api.engine.access, api.viewer = access, asker.viewer
        return api


def _anything(graph: Graph) -> Rules:
    """Rules by which every row is seen, but only by looking at it: a key alone does not say that its row is there."""
    return Rules(rows=dict.fromkeys(graph.entities, lambda viewer: lambda row: true()))


def patient(api: Api) -> Api:
    """`api` without limits that matter here."""
    api.engine.limits_of = lambda viewer: PATIENT
    api.engine.cache = TwiceSeen(2**30)
    return api


@pytest.fixture(scope="session")
async def secured(server: Path, run_folder: Path, sample_database: str, schema: Schema) -> str:
    """The URL of the sample data with what is expected as row-level security."""

    async def fill() -> None:
        await administer(server, f"CREATE DATABASE {SECURED} TEMPLATE {SAMPLE} STRATEGY file_copy")
        connection = await asyncpg.connect(url_of(server, SECURED))
        await connection.execute(CHOOSE_EVERYMAN)
        await mix(connection, expected(schema.derived.graph))
        await prepare(connection, schema.derived.graph)
        await sign_in(connection)
        await connection.close()

    return url_of(server, await asyncio.to_thread(once, run_folder, SECURED, lambda: asyncio.run(fill())))


@pytest.fixture(scope="session")
async def matrix(secured: str, guarded: Schema, schema: Schema) -> AsyncIterator[Matrix]:
    """The sample data, asked in two ways."""
    async with connected(secured) as connection, connected(secured) as under:
        await under.execute(f"SET ROLE {READER}")
        oracle = Oracle(under, expected(guarded.derived.graph))
        yield Matrix(connection, guarded, schema, oracle, await askers(connection))


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection that remembers what it was asked, and on which the time zone is UTC."""
    settings = {"jit": "off", "timezone": "UTC"}
    connection = await asyncpg.connect(url, server_settings=settings, statement_cache_size=1_000)
    try:
        yield connection
    finally:
        await connection.close()
