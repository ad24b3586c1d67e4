"""Reads that outlast a database which goes away for a while."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog

from graph.engine.errors import DatabaseUnavailable

PATIENCE = 60.0
"""Seconds for which nobody is told that the database does not answer: a fail-over takes less."""

FIRST_PAUSE, LONGEST_PAUSE = 0.1, 2.0
"""Seconds to the second attempt, and the most from one to the next."""

T = TypeVar("T")

log = structlog.get_logger(__name__)


async def patiently(read: Callable[[], Awaitable[T]]) -> T:
    """What `read` returns, tried again while it raises. DatabaseUnavailable if that goes on for a minute."""
    loop = asyncio.get_running_loop()
    until, pause = loop.time() + PATIENCE, FIRST_PAUSE
    while True:
        try:
            return await read()
        except Exception as error:
            log.warning("what is followed cannot be read", cause=type(error).__name__)
            if loop.time() + pause > until:
                raise DatabaseUnavailable() from error
        await asyncio.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE)
