"""Runs migrations on the connection, or at the URL, that `app.migrations` hands over."""

import asyncio
from typing import Any

from alembic import context
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine

import models


def migrate(connection: Connection) -> None:
    """Run what was asked for in one transaction."""
    context.configure(connection=connection, target_metadata=models.Base.metadata, transaction_per_migration=False)
    with context.begin_transaction():
        context.run_migrations()


async def connect_and_migrate(url: str) -> None:
    """Run what was asked for, one process after the other."""
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        await connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7_019_446)")
        await connection.run_sync(migrate)
    await engine.dispose()


attributes: dict[str, Any] = context.config.attributes
asyncio.run(connect_and_migrate(attributes["url"]))
