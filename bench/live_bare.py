"""The limit of live updates: a Starlette WebSocket that sends the same bytes to everybody, and knows nothing else."""

import asyncio

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

CAUGHT_UP = '{"id":"1","type":"next","payload":{"data":{"chatEvents":{"__typename":"ChatCaughtUp","seq":0,"epoch":1}}}}'


def create_app() -> Starlette:
    """The application; POST /told has everybody told of the body."""
    sockets: set[WebSocket] = set()

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
        text = (await request.body()).decode()
        for socket in tuple(sockets):
            await socket.send_text(text)
        await asyncio.sleep(0)
        return PlainTextResponse("told")

    return Starlette(routes=[WebSocketRoute("/graphql", follow), Route("/told", tell, methods=["POST"])])
