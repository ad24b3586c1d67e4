"""The limit of live updates: a Starlette WebSocket that sends the same bytes to everybody, and knows nothing else."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

CAUGHT_UP = '{"id":"1","type":"next","payload":{"data":{"chatEvents":{"__typename":"ChatCaughtUp","seq":0,"epoch":1}}}}'


TOGETHER = 128
"""Clients after which what was sent may leave."""


def create_app() -> Starlette:
    """The application; POST /told has everybody told of the body, and answers when it has that."""
    sockets: set[WebSocket] = set()
    told: asyncio.Queue[str] = asyncio.Queue()

    async def follow(socket: WebSocket) -> None:
        await socket.accept(subprotocol="graphql-transport-ws")
        try:
            async for message in socket.iter_text():
                if orjson.loads(message)["type"] == "connection_init":
                    await socket.send_text('{"type":"connection_ack"}')
                else:
                    sockets.add(socket)
                    await socket.send_text(CAUGHT_UP)
        except WebSocketDisconnect:
            pass
        finally:
            sockets.discard(socket)

    async def tell(request: Request) -> PlainTextResponse:
        told.put_nowait((await request.body()).decode())
        return PlainTextResponse(str(time.monotonic()))

    async def broadcast() -> None:
        while True:
            texts = [await told.get(), *(told.get_nowait() for _ in range(told.qsize()))]
            for place, socket in enumerate(tuple(sockets), 1):
                with suppress(WebSocketDisconnect):
                    for text in texts:
                        await socket.send_text(text)
                if place % TOGETHER == 0:
                    await asyncio.sleep(0)

    @asynccontextmanager
    async def telling(app: Starlette) -> AsyncIterator[None]:
        task = asyncio.create_task(broadcast())
        yield
        task.cancel()

    routes = [WebSocketRoute("/graphql", follow), Route("/told", tell, methods=["POST"])]
    return Starlette(routes=routes, lifespan=telling)
