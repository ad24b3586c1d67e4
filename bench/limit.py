"""The limit: a Starlette handler with one hand-written statement per shape (bench/shapes/sql).

PostgreSQL writes the JSON as text, which was the fastest of all forms tried: 10 to 30 % before row_to_json of scalar
sub-selects, which in turn is never slower and up to four times as fast as LATERAL joins.
"""

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.database import read_pool
from models.uuid7 import uuid7_floor

SQL = Path(__file__).parent / "shapes" / "sql"

Handler = Callable[[Request], Awaitable[Response]]


def _now() -> UUID:
    """Where newest-first pages begin, so that the partitions ahead are not visited."""
    return uuid7_floor(datetime.now(UTC) + timedelta(seconds=1))


def _key(variables: dict[str, Any]) -> UUID:
    return UUID(variables["id"].rpartition("_")[2])


def _filter(variables: dict[str, Any]) -> tuple[Any, ...]:
    return variables["countries"], Decimal(variables["amount"]), variables["country"]


ARGUMENTS: dict[str, tuple[str, Callable[[dict[str, Any]], tuple[Any, ...]]]] = {
    "point": ("job", lambda variables: (_key(variables),)),
    "list": ("jobs", lambda variables: ()),
    "deep": ("users", lambda variables: ()),
    "partition": ("business", lambda variables: (_key(variables), _now())),
    "chat": ("agents", lambda variables: (_now(),)),
    "filter": ("jobs", _filter),
    "aggregate": ("orders", lambda variables: ()),
    "groups": ("business", lambda variables: (_key(variables),)),
    "search": ("products", lambda variables: (variables["words"],)),
    "wide": ("products", lambda variables: ()),
    "recursive": ("category", lambda variables: (_key(variables),)),
}
"""Of each shape: the root field, and the statement's arguments from the request's variables."""


def _handler(shape: str) -> Handler:
    field, arguments = ARGUMENTS[shape]
    sql = (SQL / f"{shape}.sql").read_text()
    begin = b'{"data":{"%s":' % field.encode()

    async def answer(request: Request) -> Response:
        given = orjson.loads(await request.body())
        async with request.app.state.pool.acquire() as connection:
            found = await connection.fetchval(sql, *arguments(given.get("variables") or {}))
        return Response(b"%s%s}}" % (begin, found or b"null"), media_type="application/json")

    return answer


@asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[None]:
    app.state.pool = await read_pool(os.environ["BENCH_DSN"], size=int(os.environ["BENCH_POOL"]))
    try:
        yield
    finally:
        app.state.pool.terminate()


def create_app() -> Starlette:
    """The application; /point, /list and so on."""
    routes = [Route(f"/{shape}", _handler(shape), methods=["POST"]) for shape in ARGUMENTS]
    return Starlette(routes=routes, lifespan=_lifespan)
