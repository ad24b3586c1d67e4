"""A subscription as server-sent events: the distinct connections of graphql-sse, one response for each."""

import asyncio
from collections.abc import Iterable

import structlog
from starlette.types import Receive, Send

from app.auth import Identity
from app.http.streaming import failed
from app.realtime import Either, Restarting
from graph.client import Client
from graph.engine.errors import AgoraError, Unauthenticated

COMMENT = 20.0
"""Seconds from one comment to the next: proxies end what is silent, and only by sending a dead client is found."""

log = structlog.get_logger(__name__)

NOTHING = b":\n\n"
COMPLETE = b"event: complete\ndata:\n\n"


def event(body: bytes) -> bytes:
    """The event of a body, in one line."""
    return b"event: next\ndata: %b\n\n" % body.replace(b"\n", b"")


class EventStream:
    """One response that lasts."""

    def __init__(self, follower: Either, token: str | None, client: Client, origin: str | None) -> None:
        self.follower, self.token, self.client, self.origin = follower, token, client, origin
        self._ending: AgoraError | None = None
        self._pump: asyncio.Task[None] | None = None
        """What sends, once it has begun: a task that is cancelled before would end without a word."""
        self._comment: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None

    def know(self, identity: Identity) -> None:
        """Go on as whoever the token now belongs to."""
        self.follower.become(identity.viewer)

    def turn_out(self, message: str) -> None:
        """End: the token opens nothing any more."""
        self._ending = Unauthenticated(message)
        if self._pump is not None:
            self._pump.cancel()

    async def run(self, headers: Iterable[tuple[bytes, bytes]], receive: Receive, send: Send) -> None:
        """Send what is followed, until it ends or the client goes."""
        await send({"type": "http.response.start", "status": 200, "headers": list(headers)})
        await _send(send, NOTHING)  # so that the client, and proxies between, see that it began
        pump, gone = asyncio.create_task(self._send_all(send)), asyncio.create_task(_gone(receive))
        self._schedule(send)
        try:
            await asyncio.wait((pump, gone), return_when=asyncio.FIRST_COMPLETED)
            left = gone.done()
        finally:
            await self._end(pump, gone)
        if not left:
            await send({"type": "http.response.body", "body": b""})

    async def _send_all(self, send: Send) -> None:
        self._pump = asyncio.current_task()
        try:
            try:
                if self._ending is not None:  # the token ended before there was anything to cancel
                    raise self._ending
                async for body in self.follower:
                    await _send(send, event(body))
            except asyncio.CancelledError:
                if self._ending is None:
                    raise
                raise self._ending from None
        except Restarting:  # without an end: the client connects again
            return
        except AgoraError as error:
            await _send(send, event(failed(error)))
        await _send(send, COMPLETE)

    def _schedule(self, send: Send) -> None:
        self._timer = asyncio.get_running_loop().call_later(COMMENT, self._say_nothing, send)

    def _say_nothing(self, send: Send) -> None:
        """Send a comment, unless the last one still is not gone."""
        if self._comment is None or self._comment.done():
            self._comment = asyncio.create_task(_send(send, NOTHING))
        self._schedule(send)

    async def _end(self, *tasks: asyncio.Task[None]) -> None:
        self.follower.close()
        if self._timer is not None:
            self._timer.cancel()
        tasks = (*tasks, *filter(None, (self._comment,)))
        for task in tasks:
            task.cancel()
        for came in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(came, Exception):
                log.warning("a stream of events broke", cause=type(came).__name__)


async def _send(send: Send, body: bytes) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": True})


async def _gone(receive: Receive) -> None:
    """Wait until the client is gone."""
    while (await receive())["type"] != "http.disconnect":
        pass
