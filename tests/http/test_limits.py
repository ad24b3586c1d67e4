"""What is too much is refused on every transport, and the server goes on answering meanwhile."""

import asyncio
import re
from typing import Any

import orjson
import websockets

from graph.engine.running.meta import INTROSPECTION
from tests.http.conftest import Served

TOO_DEEP = "{ jobs { nodes { " + "client { jobsPosted { nodes { " * 6 + "id" + " } } }" * 6 + " } } }"
SEVENTH = [found.start() for found in re.finditer("client", TOO_DEEP)][3]
"""Where the seventh relation stands: clients are every other one."""
REFUSAL = {"code": "TOO_COMPLEX", "limit": "depth", "asked": 12, "allowed": 6}


async def _by_websocket(served: Served, query: str) -> Any:
    async with websockets.connect(served.socket_url, subprotocols=["graphql-transport-ws"]) as socket:  # type: ignore[list-item]
        await socket.send('{"type": "connection_init"}')
        await socket.recv()
        await socket.send(orjson.dumps({"id": "1", "type": "subscribe", "payload": {"query": query}}).decode())
        return orjson.loads(await socket.recv())


async def test_what_is_too_much_is_refused_on_every_transport(served: Served) -> None:
    posted = await served.post(TOO_DEEP)
    got = await served.client.get("/graphql", params={"query": TOO_DEEP})
    events = await served.client.post("/graphql", json={"query": TOO_DEEP}, headers={"accept": "text/event-stream"})
    (error,) = posted.json()["errors"]
    assert error["extensions"] == REFUSAL
    assert error["locations"] == [{"line": 1, "column": 1 + SEVENTH}]
    assert got.json()["errors"] == [error]
    assert orjson.loads(events.text.split("\n")[1].removeprefix("data: "))["errors"] == [error]
    answer = await _by_websocket(served, TOO_DEEP)
    assert (answer["type"], answer["payload"]) == ("error", [error])
    assert served.statements == []


async def test_others_are_answered_while_the_schema_is_described(served: Served) -> None:
    describing = asyncio.create_task(served.post(INTROSPECTION))
    answered = 0
    while not describing.done():
        assert (await served.post("{ version }")).status_code == 200
        answered += 1
    assert len((await describing).content) > 1_000_000
    assert answered > 10
