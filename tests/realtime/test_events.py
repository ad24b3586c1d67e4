"""One response of server-sent events, to a client that takes its bytes when it likes."""

import asyncio
from typing import Any

from starlette.types import Message

from app.http.events import COMPLETE, EventStream
from graph.client import Client
from tests.realtime.logs import Log


async def test_whose_token_ends_while_the_head_is_sent_is_told_so_and_nothing_else() -> None:
    stream = EventStream(Log(["STARTED"]).follow(after=0), "token", Client(), None)
    takes, sent = asyncio.Event(), list[Any]()

    async def send(message: Message) -> None:
        await takes.wait()
        sent.append(message.get("body"))

    async def receive() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    running = asyncio.create_task(stream.run([], receive, send))
    await asyncio.sleep(0)
    stream.turn_out("The token is not valid any more.")
    takes.set()
    async with asyncio.timeout(10):
        await running
    _, _, event, complete, end = sent
    assert b"UNAUTHENTICATED" in event
    assert (complete, end) == (COMPLETE, b"")
