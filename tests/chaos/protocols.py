"""A subscription over one connection, by either protocol, as a client that knows how connections end."""

from collections.abc import AsyncIterator
from typing import Any, Protocol

import httpx
import orjson
import websockets

from tests.http.conftest import GRAPHQL_TRANSPORT_WS

BUSY = {429, 502, 503}
"""Statuses after which a client comes again."""

LATE = 4408
"""How a server closes that heard no connection_init in time, perhaps by its own fault: a client comes again."""

AWAY = (OSError, httpx.HTTPError, websockets.WebSocketException, TimeoutError)
"""How a connection ends after which a client comes again."""


class Refused(Exception):
    """A server sent a client away for good."""


class Subscribe(Protocol):
    """How to subscribe: yields the bodies of results. Raises Refused and what is in AWAY."""

    def __call__(self, url: str, token: str, payload: Any, http: httpx.AsyncClient) -> AsyncIterator[bytes]:
        """The results of a subscription at `url`, as whoever the token is of."""


async def by_socket(url: str, token: str, payload: Any, http: httpx.AsyncClient) -> AsyncIterator[bytes]:
    """As a client that speaks graphql-transport-ws."""
    connection = await _connected(url)
    try:
        await _send(connection, type="connection_init", payload={"authorization": f"Bearer {token}"})
        await _send(connection, type="subscribe", id="1", payload=payload)
        async for message in connection:
            read = orjson.loads(message)
            if read["type"] == "next":
                yield orjson.dumps(read["payload"])
            elif read["type"] == "error":
                yield orjson.dumps({"errors": read["payload"]})
            elif read["type"] == "complete":
                return
    except websockets.ConnectionClosed as error:
        if error.rcvd and 4400 <= error.rcvd.code <= 4499 and error.rcvd.code != LATE:
            raise Refused(error.rcvd) from error
        raise
    finally:
        connection.transport.abort()


async def by_events(url: str, token: str, payload: Any, http: httpx.AsyncClient) -> AsyncIterator[bytes]:
    """As a client that reads server-sent events."""
    headers = {"accept": "text/event-stream", "authorization": f"Bearer {token}"}
    patience = httpx.Timeout(15, read=60)
    async with http.stream("POST", url, json=payload, headers=headers, timeout=patience) as response:
        _check(response.status_code)
        name = ""
        async for line in response.aiter_lines():
            kind, _, value = line.partition(":")
            if kind == "event":
                name = value.strip()
            elif kind == "data" and name == "next":
                yield value.strip().encode()


async def _connected(url: str) -> websockets.ClientConnection:
    url = url.replace("http", "ws", 1)
    try:
        return await websockets.connect(url, subprotocols=[GRAPHQL_TRANSPORT_WS], open_timeout=15)
    except websockets.InvalidStatus as error:
        _check(error.response.status_code)
        raise


def _check(status: int) -> None:
    if status not in {200, *BUSY}:
        raise Refused(status)


async def _send(connection: websockets.ClientConnection, **message: Any) -> None:
    await connection.send(orjson.dumps(message).decode())
