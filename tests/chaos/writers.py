"""People who say things and ask again, under the same name, until they are told that it was done."""

import asyncio
from collections.abc import Sequence
from itertools import count
from random import Random
from typing import Any

import httpx

from tests.chaos.followers import PASSING, SECRET
from tests.chaos.world import Chat, Process

SEND = (
    "mutation($i: SendChatMessageInput!) { sendChatMessage(input: $i) { message { id } userErrors { code message } } }"
)
READ = "mutation($i: MarkChatReadInput!) { markChatRead(input: $i) { userErrors { code message } } }"
DESCRIBE = (
    "mutation($i: UpdateChatDetailsInput!, $k: String) "
    "{ updateChatDetails(input: $i, idempotencyKey: $k) { userErrors { code message } } }"
)
TYPE = "mutation($i: SetTypingInput!) { setTyping(input: $i) { userErrors { code message } } }"


class NotDone(Exception):
    """A mutation was refused."""


class Writer:
    """The visitor of a chat, or somebody who answers it."""

    def __init__(
        self, chat: Chat, token: str, servers: Sequence[Process], http: httpx.AsyncClient, dice: Random
    ) -> None:
        self.chat, self.token, self.servers, self.http, self.dice = chat, token, servers, http, dice
        self.said: list[str] = []
        """The names of messages and notes that a server confirmed."""
        self.repeated = 0
        self._numbers = count(1)

    async def run(self, over: asyncio.Event) -> None:
        """Say one thing after the other until it is over; the last is confirmed too. Raises NotDone."""
        is_visitor = self.token == self.chat.visitor
        while not over.is_set():
            kind = self.dice.choices(["say", "note", "describe", "type"], [6, 0 if is_visitor else 3, 1, 1])[0]
            await getattr(self, f"_{kind}")(f"{'v' if is_visitor else 's'}-{next(self._numbers)}")
            await asyncio.sleep(self.dice.uniform(0.2, 1.5))

    async def _say(self, name: str) -> None:
        await self._done(SEND, content=f"Is it {name}?", clientMessageId=name)
        self.said.append(name)

    async def _note(self, name: str) -> None:
        await self._done(SEND, content=f"{SECRET}: {name}", clientMessageId=name, isInternal=True)
        self.said.append(name)

    async def _describe(self, name: str) -> None:
        if self.token == self.chat.visitor:
            await self._done(READ, seq=1)
        else:
            await self._done(DESCRIBE, key=name + self.chat.id, subject=f"About {name}")

    async def _type(self, name: str) -> None:
        await self._done(TYPE, isTyping=True)

    async def _done(self, query: str, key: str | None = None, **given: Any) -> None:
        variables = {"i": {"sessionId": self.chat.id, **given}, **({"k": key} if key else {})}
        while not await self._confirmed({"query": query, "variables": variables}):
            self.repeated += 1
            await asyncio.sleep(self.dice.uniform(0.05, 0.5))

    async def _confirmed(self, body: Any) -> bool:
        """Whether one attempt was answered; what it says may have been done even if not."""
        headers = {"authorization": f"Bearer {self.token}"}
        try:
            response = await self.http.post(self.dice.choice(self.servers).url, json=body, headers=headers)
            answer = response.json()
        except (httpx.HTTPError, OSError, ValueError):
            return False
        if response.status_code in (429, 502, 503):
            return False
        for error in answer.get("errors", ()):
            if error["extensions"]["code"] in PASSING:
                return False
            raise NotDone(error)
        (payload,) = answer["data"].values()
        if payload["userErrors"]:
            raise NotDone(body, payload["userErrors"])
        return True
