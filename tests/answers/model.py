"""A real server that speaks like a language model: it streams what a test says, in the ways in which real ones fail."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import orjson

Speak = Callable[["Line"], Awaitable[None]]


@dataclass
class Line:
    """A connection on which a question came."""

    writer: asyncio.StreamWriter
    asked: dict[str, Any]
    headers: dict[str, str]

    async def begin(self, status: int = 200, **headers: str) -> None:
        given = {"content-type": "text/event-stream", "connection": "close"} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        lines = [f"HTTP/1.1 {status} X", *(f"{name}: {value}" for name, value in given.items())]
        await self.put("\r\n".join([*lines, "", ""]).encode())

    async def put(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def event(self, data: Any) -> None:
        body = data if isinstance(data, bytes) else orjson.dumps(data)
        await self.put(b"data: " + body + b"\n\n")

    async def piece(self, text: str | None = None, finish: str | None = None, **more: Any) -> None:
        delta = {} if text is None else {"content": text}
        await self.event({"choices": [{"index": 0, "delta": delta, "finish_reason": finish, **more}]})

    async def end(self, prompt: int = 40, completion: int = 10) -> None:
        await self.event({"choices": [], "usage": {"prompt_tokens": prompt, "completion_tokens": completion}})
        await self.event(b"[DONE]")

    async def gone(self) -> None:
        """Wait until whoever asked hung up."""
        with suppress(ConnectionError):
            while True:
                await self.put(b": still here\n\n")
                await asyncio.sleep(0.02)


def saying(*pieces: str, finish: str = "stop", **more: Any) -> Speak:
    """Stream these pieces."""

    async def speak(line: Line) -> None:
        await line.begin()
        for text in pieces:
            await line.piece(text)
        await line.piece(None, finish, **more)
        await line.end()

    return speak


def late(go_on: asyncio.Event, text: str = "At nine.") -> Speak:
    """Begin at once, and answer when a test says so."""

    async def speak(line: Line) -> None:
        await line.begin()
        await go_on.wait()
        await line.piece(text, "stop")
        await line.end()

    return speak


def refusing(status: int, code: str = "oops", **headers: str) -> Speak:
    """Answer with an error."""

    async def speak(line: Line) -> None:
        await line.begin(status, content_type="application/json", **headers)
        await line.put(orjson.dumps({"error": {"code": code, "message": f"It is {status}."}}))

    return speak


def breaking(*pieces: str) -> Speak:
    """Break off after these pieces."""

    async def speak(line: Line) -> None:
        await line.begin()
        for text in pieces:
            await line.piece(text)
        line.writer.transport.abort()

    return speak


@dataclass
class Model:
    """The server: where it is, what it was asked, and what it does next, the last of it for ever."""

    url: str = ""
    next: list[Speak] = field(default_factory=lambda: [saying("It is fine.")])
    asked: list[Line] = field(default_factory=list)
    hung_up: asyncio.Event = field(default_factory=asyncio.Event)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
            body = await reader.readexactly(int(headers["content-length"]))
            line = Line(writer, orjson.loads(body), headers | {":path": head[0].split()[1]})
            self.asked.append(line)
            speak = self.next.pop(0) if len(self.next) > 1 else self.next[0]
            await speak(line)
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


@asynccontextmanager
async def model() -> AsyncIterator[Model]:
    """A model on this machine."""
    made = Model()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    try:
        yield made
    finally:
        server.close()
