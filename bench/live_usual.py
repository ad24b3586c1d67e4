"""Live updates the usual way: a subscription of Strawberry's, with a queue for each client and its own execution."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Annotated

import orjson
import strawberry
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route
from strawberry.asgi import GraphQL

QUEUES: set["asyncio.Queue[ChatMessageSent]"] = set()


@strawberry.type
class ChatMessage:
    """What was said."""

    content: str
    sender_type: str


@strawberry.type
class ChatMessageSent:
    """Something was said."""

    id: strawberry.ID
    seq: int
    type: str
    created_at: str
    message: ChatMessage


@strawberry.type
class ChatCaughtUp:
    """From now on it is told."""

    seq: int
    epoch: int


ChatUpdate = Annotated[ChatMessageSent | ChatCaughtUp, strawberry.union("ChatUpdate")]


@strawberry.type
class Query:
    """Nothing."""

    version: str = "1"


@strawberry.type
class Subscription:
    """What happens in a chat."""

    @strawberry.subscription
    async def chat_events(self, session_id: strawberry.ID, after: int | None = None) -> AsyncIterator[ChatUpdate]:
        """Each entry as it comes."""
        queue: asyncio.Queue[ChatMessageSent] = asyncio.Queue()
        QUEUES.add(queue)
        try:
            yield ChatCaughtUp(seq=0, epoch=1)
            while True:
                yield await queue.get()
        finally:
            QUEUES.discard(queue)


async def tell(request: Request) -> PlainTextResponse:
    """Have everybody told of the body; the moment at which it was there."""
    body, moment = await request.body(), time.monotonic()
    given = orjson.loads(body)["payload"]["data"]["chatEvents"]
    message = ChatMessage(content=given["message"]["content"], sender_type=given["message"]["senderType"])
    entry = ChatMessageSent(
        id=given["id"], seq=given["seq"], type=given["type"], created_at=given["createdAt"], message=message
    )
    for queue in QUEUES:
        queue.put_nowait(entry)
    return PlainTextResponse(str(moment))


def create_app() -> Starlette:
    """The application; POST /told has everybody told of the body."""
    schema = strawberry.Schema(query=Query, subscription=Subscription, types=[ChatMessageSent, ChatCaughtUp])
    told = Route("/told", tell, methods=["POST"])
    return Starlette(routes=[told, Mount("/", GraphQL(schema))])
