"""Work that takes long, done in a thread: the interpreter takes turns, so the event loop goes on meanwhile."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class Aside:
    """A place for such work. One piece at a time: more of it must not slow down everybody else the more."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()

    async def do(self, work: Callable[[], T]) -> T:
        """What `work` returns; it must touch nothing that the loop changes."""
        async with self._turn:
            return await asyncio.to_thread(work)
