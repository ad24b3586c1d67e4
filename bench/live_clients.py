"""Many clients of graphql-transport-ws as one process: raw sockets and no more of WebSocket than a server sends.

It reads a line, says one back, and knows three words: `open` has all connect and follow, `open N` so many at a time and
else some, `until N` waits until each was told of N entries since then, `cut` breaks all connections off. `bench.live`
starts it as `python -m bench.live_clients PORT COUNT MESSAGE …`.
"""

import asyncio
import sys
import time
from collections.abc import Callable
from struct import pack, unpack_from
from typing import cast

import orjson
import uvloop

HANDSHAKE = (
    b"GET /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    b"Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n"
)
AT_ONCE = 50
"""Connections that are made at the same time, if it is not said."""
TEXT, PING, PONG = 1, 9, 10


def frame(kind: int, payload: bytes) -> bytes:
    """A frame as clients send it; its mask is of zeros."""
    length = len(payload)
    size = bytes([0x80 | length]) if length < 126 else bytes([0x80 | 126]) + pack("!H", length)
    return bytes([0x80 | kind]) + size + bytes(4) + payload


class Client(asyncio.Protocol):
    """One connection that follows a chat."""

    def __init__(self, begin: bytes, told: Callable[[int, float], None]) -> None:
        self.begin, self.told = begin, told
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.entries = 0
        self._is_open = False
        self._data = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for a WebSocket."""
        self.transport = cast(asyncio.Transport, transport)  # uvloop's is no subclass
        self.transport.write(HANDSHAKE)

    def data_received(self, data: bytes) -> None:
        """Take the frames that are whole."""
        self._data += data
        if not self._is_open:
            head, found, rest = bytes(self._data).partition(b"\r\n\r\n")
            if not found:
                return
            assert head.startswith(b"HTTP/1.1 101"), head
            self._is_open, self._data = True, bytearray(rest)
            self.transport.write(self.begin)
        at = 0
        while (end := self._end(at)) is not None:
            kind, start = self._data[at] & 15, end[0]
            self._take(kind, bytes(self._data[start : end[1]]))
            at = end[1]
        del self._data[:at]

    def _end(self, at: int) -> tuple[int, int] | None:
        """Where the payload of the frame at `at` begins and ends; None if it is not there yet."""
        data, known = self._data, len(self._data) - at
        if known < 2:
            return None
        length, start = data[at + 1] & 127, at + 2
        if length >= 126:
            form, more = ("!H", 2) if length == 126 else ("!Q", 8)
            if known < 2 + more:
                return None
            (length,), start = unpack_from(form, data, start), start + more
        return (start, start + length) if len(data) >= start + length else None

    def _take(self, kind: int, payload: bytes) -> None:
        if kind == PING:
            self.transport.write(frame(PONG, payload))
        elif kind != TEXT or b'"next"' not in payload[:60]:
            assert b"error" not in payload[:60], payload
        elif b"ChatCaughtUp" in payload:
            if not self.ready.done():
                self.ready.set_result(None)
        else:
            self.entries += 1
            at = payload.index(b'"seq":') + 6
            self.told(int(payload[at : payload.index(b",", at)]), time.monotonic())

    def connection_lost(self, error: Exception | None) -> None:
        """Whoever waits for it need not any more."""
        if not self.ready.done():
            self.ready.set_exception(error or ConnectionError("closed"))


class Crowd:
    """All connections of the process."""

    def __init__(self, port: int, count: int, messages: list[bytes]) -> None:
        self.port, self.count = port, count
        self.begin = b"".join(frame(TEXT, message) for message in messages)
        self.clients: list[Client] = []
        self.times: dict[int, list[float]] = {}
        self.told = 0
        self._enough, self._more = 0, asyncio.Event()

    async def open(self, at_once: int = AT_ONCE) -> None:
        """Have all connect and follow, so many at the same time."""
        self.times, self.told = {}, 0
        self.clients = []
        for begun in range(0, self.count, at_once):
            some = await asyncio.gather(*(self._one() for _ in range(min(at_once, self.count - begun))))
            self.clients += some
        await asyncio.gather(*(client.ready for client in self.clients))

    async def _one(self) -> Client:
        loop = asyncio.get_running_loop()
        _, client = await loop.create_connection(lambda: Client(self.begin, self._told), "127.0.0.1", self.port)
        await client.ready
        return client

    def _told(self, seq: int, at: float) -> None:
        self.times.setdefault(seq, []).append(at)
        self.told += 1
        if self.told >= self._enough:
            self._more.set()

    async def until(self, entries: int) -> None:
        """Wait until all were told of so many entries."""
        self._enough = entries * self.count
        while self.told < self._enough:
            self._more.clear()
            await self._more.wait()
        assert all(client.entries == entries for client in self.clients), "not everybody was told of everything"

    def cut(self) -> None:
        """Break all connections off."""
        for client in self.clients:
            client.transport.abort()


async def main(port: int, count: int, messages: list[bytes]) -> None:
    """Do what the lines say."""
    crowd, loop = Crowd(port, count, messages), asyncio.get_running_loop()
    while words := (await loop.run_in_executor(None, sys.stdin.readline)).split():
        if words[0] == "open":
            await crowd.open(*map(int, words[1:]))
        elif words[0] == "until":
            await crowd.until(int(words[1]))
        else:
            crowd.cut()
        answer = {"at": time.monotonic(), "times": crowd.times if words[0] == "until" else {}}
        sys.stdout.buffer.write(orjson.dumps(answer, option=orjson.OPT_NON_STR_KEYS) + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1]), int(sys.argv[2]), [text.encode() for text in sys.argv[3:]]))
