"""One WebSocket cannot take more than its share: operations at once, messages without end, silence at the beginning."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import orjson
import pytest
import websockets

from tests.http.conftest import GRAPHQL_TRANSPORT_WS, Served

AT_ONCE = 100
"""Operations of one connection that may be under way."""


@asynccontextmanager
async def begun(served: Served) -> AsyncIterator[websockets.ClientConnection]:
    """A connection that was acknowledged."""
    async with websockets.connect(served.socket_url, subprotocols=[GRAPHQL_TRANSPORT_WS]) as socket:
        await socket.send('{"type": "connection_init"}')
        assert orjson.loads(await socket.recv()) == {"type": "connection_ack"}
        yield socket


def subscribe(id_: str, query: str = "{ users { totalCount } }") -> str:
    """The message that begins an operation."""
    return orjson.dumps({"type": "subscribe", "id": id_, "payload": {"query": query}}).decode()


async def closed(socket: websockets.ClientConnection) -> int:
    """The code with which the server ends the connection."""
    with pytest.raises(websockets.ConnectionClosed) as error:
        while True:
            await socket.recv()
    assert error.value.rcvd is not None
    return error.value.rcvd.code


async def test_no_more_than_a_hundred_operations_of_one_connection_are_under_way(
    committed: str, served: Served
) -> None:
    connection = await asyncpg.connect(committed)
    async with begun(served) as socket:
        async with connection.transaction():
            await connection.execute("LOCK TABLE identity.users IN ACCESS EXCLUSIVE MODE")
            for number in range(AT_ONCE + 20):
                await socket.send(subscribe(str(number)))
            refused: list[Any] = [orjson.loads(await socket.recv()) for _ in range(20)]
        ended = Counter[str]()
        while ended["complete"] < AT_ONCE:
            ended[orjson.loads(await socket.recv())["type"]] += 1
    await connection.close()
    assert {message["id"] for message in refused} == {str(AT_ONCE + number) for number in range(20)}
    assert {message["type"] for message in refused} == {"error"}
    assert ended == {"next": AT_ONCE, "complete": AT_ONCE}


async def test_an_id_is_of_one_operation_at_a_time(committed: str, served: Served) -> None:
    connection = await asyncpg.connect(committed)
    async with begun(served) as socket, connection.transaction():
        await connection.execute("LOCK TABLE identity.users IN ACCESS EXCLUSIVE MODE")
        await socket.send(subscribe("1"))
        await socket.send(subscribe("1"))
        assert await closed(socket) == 4409
    await connection.close()


async def test_others_are_answered_while_somebody_sends_without_reading(shared: Served) -> None:
    async with websockets.connect(shared.socket_url, subprotocols=[GRAPHQL_TRANSPORT_WS], max_queue=1) as socket:
        await socket.send('{"type": "connection_init"}')
        for number in range(2_000):
            await socket.send('{"type": "ping"}')
            await socket.send(subscribe(str(number), "{ version }"))
            if number % 500 == 0:
                assert (await shared.post("{ version }")).status_code == 200
    assert (await shared.post("{ version }")).status_code == 200


async def test_many_operations_one_after_the_other_leave_nothing_behind(shared: Served) -> None:
    async with begun(shared) as socket:
        for number in range(3 * AT_ONCE):
            await socket.send(subscribe(str(number), "{ version }"))
            answers = [orjson.loads(await socket.recv())["type"] for _ in range(2)]
            assert answers == ["next", "complete"]


async def test_who_asks_before_the_beginning_is_sent_away(shared: Served) -> None:
    async with websockets.connect(shared.socket_url, subprotocols=[GRAPHQL_TRANSPORT_WS]) as socket:
        await socket.send(subscribe("1"))
        assert await closed(socket) == 4401


@pytest.mark.long
async def test_who_never_begins_is_sent_away_after_a_minute(shared: Served) -> None:
    async with websockets.connect(shared.socket_url, subprotocols=[GRAPHQL_TRANSPORT_WS]) as socket:
        async with asyncio.timeout(120):
            assert await closed(socket) == 4408
