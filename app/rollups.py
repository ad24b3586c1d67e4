"""Rolled-up views: brought up to date while others go on reading them."""

from __future__ import annotations

import asyncpg

from models.ddl import Query
from models.functions import views


async def refresh(connection: asyncpg.Connection[asyncpg.Record]) -> list[str]:
    """Refresh every materialized view; their names."""
    names = [view.name for view in views() if isinstance(view, Query) and view.materialized]
    for name in names:
        await connection.execute(f"REFRESH MATERIALIZED VIEW CONCURRENTLY {name}")
    return names
