"""The clients of the long test tell being sent away for good from what passes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
import websockets

from tests.chaos.protocols import AWAY, Refused, Subscribe, by_events, by_socket
from tests.http.conftest import GRAPHQL_TRANSPORT_WS


@asynccontextmanager
async def closing(code: int) -> AsyncIterator[str]:
    """A server that closes every WebSocket with `code`; its URL."""

    async def close(connection: websockets.ServerConnection) -> None:
        await connection.recv()
        await connection.close(code)

    async with websockets.serve(close, "127.0.0.1", 0, subprotocols=[GRAPHQL_TRANSPORT_WS]) as server:
        (found,) = server.sockets
        yield f"http://127.0.0.1:{found.getsockname()[1]}"


@asynccontextmanager
async def answering(status: int) -> AsyncIterator[str]:
    """A server that answers every request with `status`; its URL."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 %d .\r\ncontent-length: 0\r\nconnection: close\r\n\r\n" % status)
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


@pytest.mark.parametrize("code", [4400, 4401, 4403, 4409, 4429])
async def test_a_client_does_not_come_again_where_it_is_closed_by_its_own_fault(code: int) -> None:
    async with closing(code) as url, httpx.AsyncClient() as http:
        with pytest.raises(Refused):
            [_ async for _ in by_socket(url, "x", {}, http)]


@pytest.mark.parametrize("code", [1011, 1013, 4408])
async def test_a_client_comes_again_where_it_is_closed_by_the_servers_fault(code: int) -> None:
    async with closing(code) as url, httpx.AsyncClient() as http:
        with pytest.raises(AWAY):
            [_ async for _ in by_socket(url, "x", {}, http)]


@pytest.mark.parametrize("status", [400, 401, 403, 500])
@pytest.mark.parametrize("subscribe", [by_socket, by_events])
async def test_a_client_does_not_come_again_where_it_is_refused(subscribe: Subscribe, status: int) -> None:
    async with answering(status) as url, httpx.AsyncClient() as http:
        with pytest.raises(Refused):
            [_ async for _ in subscribe(url, "x", {}, http)]


@pytest.mark.parametrize("status", [429, 503])
async def test_a_client_comes_again_where_a_server_is_busy(status: int) -> None:
    async with answering(status) as url, httpx.AsyncClient() as http:
        assert [_ async for _ in by_events(url, "x", {}, http)] == []
        with pytest.raises(AWAY):
            [_ async for _ in by_socket(url, "x", {}, http)]
