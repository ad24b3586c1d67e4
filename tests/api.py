"""What tests are written with: the API as a client sees it, and rows to ask for."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from decimal import Decimal
from typing import Any

import asyncpg
import orjson

from graph.engine.access import ANONYMOUS, Viewer
from graph.engine.answer import Engine, Operation
from graph.engine.planning.planner import Strategy, inlined
from graph.engine.schema.schema import Schema
from graph.engine.sql.statements import Statement

Json = Any
Insert = Callable[..., Awaitable[Any]]


class Api:
    """An engine on one connection, asked as a client asks."""

    def __init__(self, connection: asyncpg.Connection, schema: Schema, strategy: Strategy = inlined) -> None:
        @asynccontextmanager
        async def connections() -> AsyncIterator[asyncpg.Connection]:
            yield connection

        self.connection = connection
        self.engine = Engine(schema, schema.derived.graph, schema.derived.access, connections, strategy=strategy)
        self.viewer: Viewer = ANONYMOUS
        self.statements: list[str] = []
        self.sent: list[str] = []
        self.turn = asyncio.Lock()

    async def __call__(self, query: str, **variables: Any) -> Json:
        """The whole answer."""
        self.statements.clear()
        with self.connection.query_logger(self._log):
            answer = await self.engine.answer(Operation(query, variables, viewer=self.viewer))
            await asyncio.sleep(0)
        return orjson.loads(answer.body)

    async def data(self, query: str, **variables: Any) -> Json:
        """The answer's data; it has no errors."""
        answer = await self(query, **variables)
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    async def error(self, query: str, **variables: Any) -> Json:
        """The one error of an answer."""
        (error,) = (await self(query, **variables))["errors"]
        return error

    @property
    def query_count(self) -> int:
        """How many statements the last operation sent; transactions and the driver's own look-ups of types aside."""
        sent = (statement.lstrip() for statement in self.statements)
        return sum(statement.startswith("SELECT") and "current_setting" not in statement for statement in sent)

    async def fetch(self, statement: Statement, args: Sequence[Any]) -> Sequence[Any]:
        """What the reference path reads with; one statement after the other on the one connection."""
        async with self.turn:
            self.sent.append(statement.text)
            rows: Sequence[Any] = await self.connection.fetch(statement.text, *args)
            return rows

    def _log(self, record: Any) -> None:
        self.statements.append(record.query)


async def a_user(insert: Insert, name: str = "Ada", **values: Any) -> Any:
    """A person; the e-mail address follows from the name."""
    given = {"email": f"{name.lower()}@x.example", "first_name": name, "last_name": "L", **values}
    return await insert("identity.users", **given)


async def a_job(insert: Insert, client: Any, title: str = "Job", **values: Any) -> Any:
    """A job that `client` offers."""
    given = {"client_id": client, "title": title, "description": "…", "budget": Decimal(100), **values}
    return await insert("freelance.jobs", **given)


async def a_business(insert: Insert, slug: str = "shop", **values: Any) -> Any:
    """A business."""
    return await insert("business.businesses", **{"name": slug, "slug": slug, "type": "RETAIL", **values})


async def an_agent(insert: Insert, business: Any, slug: str = "bot", **values: Any) -> Any:
    """An agent of `business`."""
    given = {"business_id": business, "name": slug, "slug": slug, "type": "SALES", **values}
    return await insert("agents.agents", **given)


def at(moment: str) -> datetime:
    """A moment in RFC 3339's writing."""
    return datetime.fromisoformat(moment)
