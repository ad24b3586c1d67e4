"""A proxy before PostgreSQL that knows the protocol's steps and can end a process between any two of them.

A step is what waits for an answer: a Query or a Sync message (PostgreSQL's documentation, 54.2 "Message Flow"). Only
the steps of some connections are counted: those of reads and transactions, not those of clocks and hints.
"""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from struct import unpack
from typing import Literal
from urllib.parse import quote

SOCKET = ".s.PGSQL.5432"
QUERY, SYNC, READY = b"Q", b"S", b"Z"

When = Literal["before", "after"]


@dataclass(slots=True)
class Order:
    """End the process `pid` at the step `step`, from 0: before PostgreSQL hears of it, or after it answered."""

    pid: int
    step: int
    when: When
    seen: int = 0

    @property
    def is_due(self) -> bool:
        """Whether it is this step; counts it."""
        self.seen += 1
        return self.seen == self.step + 1


class Proxy:
    """Hands on what clients at `folder` and the server say, until an order says otherwise."""

    def __init__(self, folder: Path, server: Path) -> None:
        self.folder, self.server = folder, server
        self.order: Order | None = None
        self.ended = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    def url(self, database: str) -> str:
        """The URL of a database behind the proxy."""
        return f"postgresql://agora@/{database}?host={quote(str(self.folder))}"

    @asynccontextmanager
    async def listening(self) -> AsyncIterator["Proxy"]:
        """While this is open, clients can connect."""
        server = await asyncio.start_unix_server(self._connected, self.folder / SOCKET)
        try:
            yield self
        finally:
            server.close()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def arm(self, pid: int, step: int, when: When) -> None:
        """Have a process ended at a step from now on."""
        self.ended.clear()
        self.order = Order(pid, step, when)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            upstream = await asyncio.open_unix_connection(str(self.server / SOCKET))
            await Connection(self, (reader, writer), upstream).run()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            self._tasks.discard(task)
            writer.close()

    def kill(self, order: Order) -> None:
        """End the process at once."""
        self.order = None
        with suppress(ProcessLookupError):
            os.kill(order.pid, signal.SIGKILL)
        self.ended.set()


Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Connection:
    """One client's connection."""

    def __init__(self, proxy: Proxy, client: Stream, server: Stream) -> None:
        self.proxy, self.client, self.server = proxy, client, server
        self.counted = False
        self._answered = asyncio.Event()
        self._silent = False

    async def run(self) -> None:
        """Hand on messages both ways until one side ends."""
        try:
            await self._begin()
            tasks = [asyncio.create_task(self._asking()), asyncio.create_task(self._answering())]
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        finally:
            self.server[1].close()

    async def _begin(self) -> None:
        """The first message, which has no type: it says who connects."""
        length = await self.client[0].readexactly(4)
        body = await self.client[0].readexactly(unpack("!i", length)[0] - 4)
        self.counted = b"application_name\0agora" not in body or b"application_name\0agora\0" in body
        self.server[1].write(length + body)

    async def _asking(self) -> None:
        async for kind, message in _messages(self.client[0]):
            order = self.proxy.order
            if self.counted and kind in (QUERY, SYNC) and order is not None and order.is_due:
                await self._end(order, message)
                return
            self.server[1].write(message)
            await self.server[1].drain()

    async def _end(self, order: Order, message: bytes) -> None:
        """Carry out an order: nobody hears what PostgreSQL answers any more."""
        self._silent = True
        if order.when == "after":
            self._answered.clear()
            self.server[1].write(message)
            await self._answered.wait()
        self.proxy.kill(order)

    async def _answering(self) -> None:
        async for kind, message in _messages(self.server[0]):
            if kind == READY:
                self._answered.set()
            if not self._silent:
                self.client[1].write(message)
                await self.client[1].drain()


async def _messages(reader: asyncio.StreamReader) -> AsyncIterator[tuple[bytes, bytes]]:
    """The messages of a stream by their type."""
    while True:
        head = await reader.readexactly(5)
        (length,) = unpack("!i", head[1:])
        yield head[:1], head + await reader.readexactly(length - 4)
