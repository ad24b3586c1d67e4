"""People who say things and ask again, under the same name, until they are told that it was done."""

import asyncio
from itertools import count
from random import Random
from typing import Any

import httpx

from tests.chaos.followers import PASSING, SECRET, ChatFollower
from tests.chaos.protocols import BUSY

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

    def __init__(self, follower: ChatFollower, dice: Random) -> None:
        self.follower, self.dice = follower, dice
        self.chat, self.is_visitor = follower.chat, follower.is_visitor
        self.said: list[tuple[str, str]] = []
        """The messages and notes that a server confirmed, by their names."""
        self.described: list[str] = []
        """The subjects that a server confirmed."""
        self.repeated = 0
        self._numbers = count(1)

    async def run(self, over: asyncio.Event) -> None:
        """Say one thing after the other until it is over; the last is confirmed too. Raises NotDone."""
        kinds = {"say": 6, "note": 0 if self.is_visitor else 3, "describe": 1, "read": 1, "type": 1}
        while not over.is_set():
            kind = self.dice.choices([*kinds], [*kinds.values()])[0]
            await getattr(self, f"_{kind}")(f"{self.sign}-{next(self._numbers)}")
            await asyncio.sleep(self.dice.uniform(0.2, 1.5))

    @property
    def sign(self) -> str:
        """What the names begin with of all that they say."""
        return "v" if self.is_visitor else "s"

    async def _say(self, name: str) -> None:
        await self._tell(name, f"Is it {name}?")

    async def _note(self, name: str) -> None:
        await self._tell(name, f"{SECRET}: {name}", isInternal=True)

    async def _tell(self, name: str, content: str, **given: Any) -> None:
        await self._done(SEND, content=content, clientMessageId=name, **given)
        self.said.append((name, content))

    async def _describe(self, name: str) -> None:
        """Say what the chat is about; and again what it was about before, which must not be done twice."""
        new = f"{name} and more"
        for subject in (new, *self.described[-1:]):
            await self._done(DESCRIBE, key=subject + self.chat.id, subject=subject)
        self.described.append(new)

    async def _read(self, name: str) -> None:
        await self._done(READ, seq=self.follower.last or 1)

    async def _type(self, name: str) -> None:
        await self._done(TYPE, isTyping=True)

    async def _done(self, query: str, key: str | None = None, **given: Any) -> None:
        variables = {"i": {"sessionId": self.chat.id, **given}, **({"k": key} if key else {})}
        while not await self._confirmed({"query": query, "variables": variables}):
            self.repeated += 1
            await asyncio.sleep(self.dice.uniform(0.05, 0.5))

    async def _confirmed(self, body: Any) -> bool:
        """Whether one attempt was answered; what it says may have been done even if not."""
        headers, url = {"authorization": f"Bearer {self.follower.token}"}, self.dice.choice(self.follower.servers).url
        try:
            response = await self.follower.http.post(url, json=body, headers=headers)
        except (httpx.HTTPError, OSError):
            return False
        if response.status_code in BUSY:
            return False
        answer = response.json()
        for error in answer.get("errors", ()):
            if error["extensions"]["code"] in PASSING:
                return False
            raise NotDone(error)
        (payload,) = answer["data"].values()
        if payload["userErrors"]:
            raise NotDone(body, payload["userErrors"])
        return True
