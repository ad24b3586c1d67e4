"""Sample data: three years of businesses, people, trade and talk, the same for the same number, scale and day."""

from __future__ import annotations

from datetime import datetime

import asyncpg

from app.seed.known import ADA, ADA_EMAIL, BUSINESS, JOB
from app.seed.load import AlreadySeeded, Progress, fill, is_empty, new_world
from app.seed.steps import STEPS
from app.seed.world import Scale

__all__ = ["ADA", "ADA_EMAIL", "BUSINESS", "JOB", "AlreadySeeded", "Scale", "is_empty", "seed"]


async def seed(
    connection: asyncpg.Connection[asyncpg.Record],
    *,
    now: datetime | None = None,
    number: int = 1,
    scale: Scale = Scale.SMALL,
    progress: Progress = lambda step, rows: None,
) -> dict[str, int]:
    """Load three years of sample data that end at `now` (today, 00:00 UTC); how many rows each table got.

    The same number, scale and `now` give the same rows with the same ids. Raises AlreadySeeded.
    """
    return await fill(connection, new_world(now, number, scale), STEPS, progress)
