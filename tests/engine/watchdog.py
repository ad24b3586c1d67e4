"""Measures how long the event loop is held."""

import asyncio
import gc
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

TICK = 0.001


async def longest_hold(work: Callable[[], Awaitable[Any]], *, runs: int = 3) -> float:
    """The longest time in milliseconds that `work` keeps others from their turn: of several runs the best.

    What else the machine does can only make it longer.
    """
    with _settled():
        return min([await _hold(work) for _ in range(runs)])


@contextmanager
def _settled() -> Iterator[None]:
    """As after the start of the application, which takes the schema out of the garbage collector's sight."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


async def _hold(work: Callable[[], Awaitable[Any]]) -> float:
    gaps: list[float] = []
    watching = asyncio.create_task(_watch(gaps))
    await asyncio.sleep(5 * TICK)
    gaps.clear()
    await work()
    await asyncio.sleep(2 * TICK)
    watching.cancel()
    with suppress(asyncio.CancelledError):
        await watching
    return 1_000 * max(gaps)


async def _watch(gaps: list[float]) -> None:
    last = time.perf_counter()
    while True:
        await asyncio.sleep(TICK)
        now = time.perf_counter()
        gaps.append(now - last - TICK)
        last = now
