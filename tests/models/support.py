"""What tests of the schema share: connections, and databases built from the models."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
from sqlalchemy.ext.asyncio import create_async_engine

from app.database import sqlalchemy_url
from app.drift import Catalog, catalog


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
    """A connection to `url`, closed at the end."""
    connection = await asyncpg.connect(url)
    try:
        yield connection
    finally:
        await connection.close()


@asynccontextmanager
async def rolled_back(connection: asyncpg.Connection[asyncpg.Record]) -> AsyncIterator[None]:
    """A transaction on `connection` that leaves nothing."""
    transaction = connection.transaction()
    await transaction.start()
    try:
        yield
    finally:
        await transaction.rollback()


async def catalog_of(url: str) -> Catalog:
    """What the database at `url` consists of."""
    async with connected(url) as connection:
        return await catalog(connection)


async def run_sync(url: str, action: Callable[..., Any]) -> None:
    """Call `action` with SQLAlchemy's connection to `url`, and commit."""
    engine = create_async_engine(sqlalchemy_url(url))
    async with engine.begin() as connection:
        await connection.run_sync(action)
    await engine.dispose()
