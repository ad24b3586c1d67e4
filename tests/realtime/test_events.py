"""One response of server-sent events, to a client that takes its bytes when it likes."""

import asyncio
from typing import Any

from starlette.types import Message

from app.http.events import COMPLETE, EventStream
from graph.client import Client
from tests.realtime.logs import Log


async def stays() -> Message:
    """A client that does not go."""
    await asyncio.Event().wait()
    raise AssertionError


async def test_whose_token_ends_while_the_head_is_sent_is_told_so_and_nothing_else() -> None:
    stream = EventStream(Log(["STARTED"]).follow(after=0), "token", Client(), None)
    takes, sent = asyncio.Event(), list[Any]()

    async def send(message: Message) -> None:
        await takes.wait()
        sent.append(message.get("body"))

    running = asyncio.create_task(stream.run([], stays, send))
    await asyncio.sleep(0)
    stream.turn_out("The token is not valid any more.")
    takes.set()
    async with asyncio.timeout(10):
        await running
    _, _, event, complete, end = sent
    assert b"UNAUTHENTICATED" in event
    assert (complete, end) == (COMPLETE, b"")


async def test_whose_token_ends_before_the_first_entry_is_sent_for_is_told_so_and_nothing_else() -> None:
    stream = EventStream(Log(["STARTED"]).follow(after=0), "token", Client(), None)
    sent = list[Any]()

    async def send(message: Message) -> None:
        sent.append(message.get("body"))
        if len(sent) == 2:  # it comes when the task that sends entries is made, and has not begun
            asyncio.get_running_loop().call_soon(stream.turn_out, "The token is not valid any more.")

    async with asyncio.timeout(10):
        await stream.run([], stays, send)
    _, _, event, complete, end = sent
    assert b"UNAUTHENTICATED" in event
    assert (complete, end) == (COMPLETE, b"")
