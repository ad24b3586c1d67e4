"""A proxy on TCP whose connections can freeze, as when a cable is pulled: nothing is closed, and nothing arrives."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Connect = Callable[[], Awaitable[Stream]]


def at_socket(path: Path) -> Connect:
    """How to connect to a server at a socket in the file system."""
    return lambda: asyncio.open_unix_connection(str(path))


def at_port(port: int) -> Connect:
    """How to connect to a server at a port of this machine."""
    return lambda: asyncio.open_connection("127.0.0.1", port)


class Connection:
    """One client's connection: what it sends first, and whether anything arrives still."""

    def __init__(self, client: Stream, server: Stream) -> None:
        self.client, self.server = client, server
        self.begun = b""
        self.frozen = asyncio.Event()

    async def run(self) -> None:
        """Hand on bytes both ways until one side ends."""
        tasks = [
            asyncio.create_task(self._hand_on(self.client[0], self.server[1], noted=True)),
            asyncio.create_task(self._hand_on(self.server[0], self.client[1])),
        ]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.cut()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def cut(self) -> None:
        """Close it towards both sides."""
        for _, writer in (self.client, self.server):
            writer.transport.abort()

    async def _hand_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, noted: bool = False) -> None:
        while data := await reader.read(65_536):
            if noted and len(self.begun) < 4_096:
                self.begun += data
            if self.frozen.is_set():
                await asyncio.Event().wait()
            writer.write(data)
            await writer.drain()


class FreezingProxy:
    """Stands before a server, on a port of its own."""

    def __init__(self, connect: Connect) -> None:
        self.connect = connect
        self.port = 0
        self.connections: set[Connection] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def listening(self) -> AsyncIterator["FreezingProxy"]:
        """While this is open, clients can connect."""
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def freeze(self, said: bytes = b"") -> int:
        """Freeze the connections that are open, or those whose clients began with `said`; how many."""
        found = [one for one in self.connections if not one.frozen.is_set() and said in one.begun]
        for connection in found:
            connection.frozen.set()
        return len(found)

    def cut(self) -> None:
        """Close all connections."""
        for connection in tuple(self.connections):
            connection.cut()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            connection = Connection((reader, writer), await self.connect())
            self.connections.add(connection)
            try:
                await connection.run()
            finally:
                self.connections.discard(connection)
        except OSError:
            writer.transport.abort()
        except asyncio.CancelledError:
            with suppress(OSError):
                writer.transport.abort()
        finally:
            self._tasks.discard(task)
