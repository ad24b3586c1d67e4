"""Clients that follow a chat through whatever happens, and keep what they were told."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from random import Random
from typing import Any, NamedTuple

import httpx
import orjson
import websockets

from tests.chaos.world import Chat, Process
from tests.http.conftest import GRAPHQL_TRANSPORT_WS

FOLLOW = """subscription($id: ID!, $after: Int, $epoch: Int) {
  chatEvents(sessionId: $id, after: $after, epoch: $epoch) {
    __typename
    ... on ChatLogEntry { id seq type payload }
    ... on ChatMessageSent { message { content } }
    ... on ChatNoteAdded { message { content } }
    ... on ChatCaughtUp { seq epoch }
    ... on ChatLagged { seq }
  }
}"""

SECRET = "for our eyes only"
"""What every note holds."""

PASSING = {"INTERNAL", "TIMEOUT", "RATE_LIMITED"}
"""Codes of errors after which a client comes again."""

BUSY = {429, 502, 503}
"""Statuses after which a client comes again."""

LATE = 4408
"""How a server closes whose clock ran on while it heard nothing: the only code of its own that is not the client's."""

AWAY = (OSError, httpx.HTTPError, websockets.WebSocketException, TimeoutError)
"""How a connection ends that is not the client's fault; `Refused` is told apart before."""


class Told(NamedTuple):
    """An entry of the log, as a client was told of it."""

    seq: int
    type: str
    id: str
    content: str | None
    """What was said, if something was."""
    payload: Any


class Refused(Exception):
    """A server sent a client away for good, who had done nothing wrong."""


class Follower(ABC):
    """One client; it comes back to any server after whatever ended its connection."""

    protocol: str

    def __init__(
        self, chat: Chat, token: str, servers: Sequence[Process], http: httpx.AsyncClient, dice: Random
    ) -> None:
        self.chat, self.token, self.servers, self.http, self.dice = chat, token, servers, http, dice
        self.log: list[Told] = []
        self.epoch: int | None = None
        self.overheard = self.connections = self.lagged = 0
        self._at_it: asyncio.Task[None] | None = None

    @property
    def is_visitor(self) -> bool:
        """Whether it is the visitor's."""
        return self.token == self.chat.visitor

    @property
    def last(self) -> int:
        """The last number that it was told of."""
        return self.log[-1].seq if self.log else 0

    async def run(self) -> None:
        """Follow until cancelled. Raises Refused."""
        while True:
            self._at_it = asyncio.create_task(self._once())
            try:
                await asyncio.wait([self._at_it])
            finally:
                self._at_it.cancel()
            if not self._at_it.cancelled():
                self._at_it.result()
            await asyncio.sleep(self.dice.uniform(0.05, 0.5))

    def cut(self) -> bool:
        """Break the connection off, with whatever is on its way; whether there was one."""
        return self._at_it is not None and self._at_it.cancel()

    async def _once(self) -> None:
        variables = {"id": self.chat.id, "after": self.last, "epoch": self.epoch}
        payload = {"query": FOLLOW, "variables": variables}
        with suppress(*AWAY):
            async for body in self._bodies(self.dice.choice(self.servers), payload):
                self._take(body)

    @abstractmethod
    def _bodies(self, server: Process, payload: Any) -> AsyncIterator[bytes]:
        """The results of the subscription, from one connection."""

    def _take(self, body: bytes) -> None:
        if self.is_visitor:
            self.overheard += SECRET.encode() in body
        answer = orjson.loads(body)
        if "errors" in answer:
            if answer["errors"][0]["extensions"]["code"] not in PASSING:
                raise Refused(self.chat.id, self.last, answer["errors"])
            return
        told = answer["data"]["chatEvents"]
        if told["__typename"] == "ChatCaughtUp":
            self.epoch = told["epoch"]
            self.connections += 1
        elif told["__typename"] == "ChatLagged":
            self.lagged += 1
        elif "seq" in told:  # who is typing has none
            content = (told.get("message") or {}).get("content")
            self.log.append(Told(told["seq"], told["type"], told["id"], content, told["payload"]))


class BySocket(Follower):
    """A client that speaks graphql-transport-ws."""

    protocol = "graphql-transport-ws"

    async def _bodies(self, server: Process, payload: Any) -> AsyncIterator[bytes]:
        connection = await self._connected(server)
        try:
            await _send(connection, type="connection_init", payload={"authorization": f"Bearer {self.token}"})
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
                raise Refused(self.chat.id, self.last, error.rcvd) from error
            raise
        finally:
            connection.transport.abort()

    async def _connected(self, server: Process) -> websockets.ClientConnection:
        url = server.url.replace("http", "ws", 1)
        try:
            return await websockets.connect(url, subprotocols=[GRAPHQL_TRANSPORT_WS], open_timeout=15)
        except websockets.InvalidStatus as error:
            if error.response.status_code not in BUSY:
                raise Refused(self.chat.id, self.last, error.response) from error
            raise


class ByEvents(Follower):
    """A client that reads server-sent events."""

    protocol = "server-sent events"

    async def _bodies(self, server: Process, payload: Any) -> AsyncIterator[bytes]:
        headers = {"accept": "text/event-stream", "authorization": f"Bearer {self.token}"}
        patience = httpx.Timeout(15, read=60)
        streaming = self.http.stream("POST", server.url, json=payload, headers=headers, timeout=patience)
        async with streaming as response:
            if response.status_code not in {200, *BUSY}:
                raise Refused(self.chat.id, self.last, response)
            name = ""
            async for line in response.aiter_lines():
                kind, _, value = line.partition(":")
                if kind == "event":
                    name = value.strip()
                elif kind == "data" and name == "next":
                    yield value.strip().encode()


async def _send(connection: websockets.ClientConnection, **message: Any) -> None:
    await connection.send(orjson.dumps(message).decode())
