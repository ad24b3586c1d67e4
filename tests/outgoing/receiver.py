"""A real HTTPS server on loopback that answers as a test says, and remembers what it got."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import trustme

from app.outgoing import Outgoing

HOST = "hooks.example"


@dataclass(frozen=True, slots=True)
class Got:
    """A request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes


Behave = Callable[[Got, asyncio.StreamWriter], Awaitable[None]]


def answering(status: int = 200, body: bytes = b"ok", **headers: str) -> Behave:
    """Answer at once."""

    async def behave(got: Got, writer: asyncio.StreamWriter) -> None:
        lines = [f"HTTP/1.1 {status} X", f"content-length: {len(body)}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        writer.write("\r\n".join([*lines, "", ""]).encode() + body)
        await writer.drain()

    return behave


@dataclass
class Receiver:
    """The server: where it is, what it got, and what it does next."""

    port: int
    tls: ssl.SSLContext
    """What trusts its certificate."""
    authority: trustme.CA
    behave: Behave = field(default_factory=answering)
    got: list[Got] = field(default_factory=list)
    connections: int = 0

    @property
    def url(self) -> str:
        """Where it is, by a name."""
        return f"https://{HOST}:{self.port}/hook"

    def caller(self, *addresses: str, private: bool = True) -> Outgoing:
        """What calls it, for which every name stands for `addresses`."""

        async def find(host: str, port: int) -> Sequence[str]:
            return addresses or ("127.0.0.1",)

        return Outgoing(private=private, tls=self.tls, find=find)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take one request."""
        self.connections += 1
        with suppress(ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            got = Got(head[0].split()[1], headers, body)
            self.got.append(got)
            await self.behave(got, writer)
        writer.close()
        with suppress(ConnectionError, ssl.SSLError):
            await writer.wait_closed()


@asynccontextmanager
async def receiving(*names: str, address: str = "127.0.0.1", port: int = 0) -> AsyncIterator[Receiver]:
    """A server with a certificate for `names`, of an authority of its own."""
    authority = trustme.CA()
    offered, trusting = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH), ssl.create_default_context()
    authority.issue_cert(*(names or (HOST,))).configure_cert(offered)
    authority.configure_trust(trusting)
    receiver = Receiver(port, trusting, authority)
    server = await asyncio.start_server(receiver.serve, address, port, ssl=offered)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()
