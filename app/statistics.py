"""Keeps the engine informed of how many rows there are, by which it reckons what an operation costs."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import structlog

from graph.engine.answer import Engine
from graph.engine.costs.statistics import learned

SECONDS = 3_600.0
"""From one look to the next."""

log = structlog.get_logger(__name__)


@asynccontextmanager
async def kept(engine: Engine) -> AsyncIterator[None]:
    """While this is open, what PostgreSQL remembers of its tables is read now and then, for the first time at once."""
    task = asyncio.create_task(_keep(engine))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _keep(engine: Engine) -> None:
    while True:
        try:
            async with engine.connections() as connection:
                engine.learn(await learned(connection, engine.graph))
        except Exception as error:  # without it costs are reckoned as before
            log.warning("statistics not read", cause=type(error).__name__)
        await asyncio.sleep(SECONDS)
