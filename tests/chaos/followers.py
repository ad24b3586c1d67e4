"""Clients that follow a chat or a desk through whatever happens, and keep what they were told."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import suppress
from random import Random
from typing import Any, NamedTuple

import httpx
import orjson

from tests.chaos.protocols import AWAY, Refused, Subscribe
from tests.chaos.world import Chat, Process

CHAT = """subscription($id: ID!, $after: Int, $epoch: Int) {
  told: chatEvents(sessionId: $id, after: $after, epoch: $epoch) {
    __typename
    ... on ChatLogEntry { id seq type payload }
    ... on ChatMessageSent { message { content } }
    ... on ChatNoteAdded { message { content } }
    ... on ChatCaughtUp { seq epoch }
    ... on ChatLagged { seq }
  }
}"""
DESK = """subscription($id: ID!) {
  told: deskEvents(businessId: $id) {
    __typename
    ... on DeskSnapshot { sessions { id subject staffSeq } }
    ... on DeskChatChanged { session { id subject staffSeq } }
    ... on DeskChatGone { sessionId }
  }
}"""

SECRET = "for our eyes only"
"""What every note holds."""

PASSING = {"INTERNAL", "TIMEOUT", "RATE_LIMITED"}
"""Codes of errors after which a client comes again."""


class Follower(ABC):
    """One client; it comes back to any server after whatever ended its connection."""

    def __init__(
        self, subscribe: Subscribe, token: str, servers: Sequence[Process], http: httpx.AsyncClient, dice: Random
    ) -> None:
        self.subscribe, self.token, self.servers, self.http, self.dice = subscribe, token, servers, http, dice
        self.connections = self.lagged = 0
        self._at_it: asyncio.Task[None] | None = None

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
        with suppress(*AWAY):
            async for body in self.subscribe(
                self.dice.choice(self.servers).url, self.token, self._payload(), self.http
            ):
                self._take(body)

    def _take(self, body: bytes) -> None:
        answer = orjson.loads(body)
        if "errors" not in answer:
            self._hear(answer["data"]["told"])
        elif answer["errors"][0]["extensions"]["code"] not in PASSING:
            raise Refused(self._payload(), answer["errors"])

    @abstractmethod
    def _payload(self) -> Any:
        """What to subscribe to, after what was told already."""

    @abstractmethod
    def _hear(self, told: Any) -> None:
        """Keep what was told."""


class Told(NamedTuple):
    """An entry of the log, as a client was told of it."""

    seq: int
    type: str
    id: str
    content: str | None
    """What was said, if something was."""
    payload: Any


class ChatFollower(Follower):
    """The visitor of a chat or who answers it, who keep its log."""

    def __init__(self, chat: Chat, subscribe: Subscribe, token: str, *rest: Any) -> None:
        super().__init__(subscribe, token, *rest)
        self.chat = chat
        self.log: list[Told] = []
        self.epoch: int | None = None
        self.overheard = 0

    @property
    def is_visitor(self) -> bool:
        """Whether it is the visitor's."""
        return self.token == self.chat.visitor

    @property
    def last(self) -> int:
        """The last number that it was told of."""
        return self.log[-1].seq if self.log else 0

    def _payload(self) -> Any:
        return {"query": CHAT, "variables": {"id": self.chat.id, "after": self.last, "epoch": self.epoch}}

    def _take(self, body: bytes) -> None:
        if self.is_visitor:
            self.overheard += SECRET.encode() in body
        super()._take(body)

    def _hear(self, told: Any) -> None:
        if told["__typename"] == "ChatCaughtUp":
            self.epoch = told["epoch"]
            self.connections += 1
        elif told["__typename"] == "ChatLagged":
            self.lagged += 1
        elif "seq" in told:  # who is typing has none
            content = (told.get("message") or {}).get("content")
            self.log.append(Told(told["seq"], told["type"], told["id"], content, told["payload"]))


class Listed(NamedTuple):
    """An open chat, as the desk has it."""

    subject: str | None
    staff_seq: int


class DeskFollower(Follower):
    """Somebody who has all open chats of a business before them."""

    def __init__(self, business: str, *rest: Any) -> None:
        super().__init__(*rest)
        self.business = business
        self.chats: dict[str, Listed] = {}

    def _payload(self) -> Any:
        return {"query": DESK, "variables": {"id": self.business}}

    def _hear(self, told: Any) -> None:
        match told["__typename"]:
            case "DeskSnapshot":
                self.chats.clear()
                self.connections += 1
                for chat in told["sessions"]:
                    self._list(chat)
            case "DeskChatChanged":
                self._list(told["session"])
            case "DeskChatGone":
                self.chats.pop(told["sessionId"], None)
            case "DeskLagged":
                self.lagged += 1

    def _list(self, chat: Any) -> None:
        self.chats[chat["id"]] = Listed(chat["subject"], int(chat["staffSeq"]))
