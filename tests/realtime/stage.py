"""A server on real sockets over a real database, chats on it, and clients of both protocols that follow them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

import httpx
import orjson
import websockets

from app.database import Database
from app.realtime import Hub
from app.services.accounts.tokens import SESSION, VISIT, digest, made
from app.services.chat import log
from app.wakeups import Wakeups
from graph.engine.schema.schema import Schema
from models.chat import ChatSession
from tests.http.conftest import GRAPHQL_TRANSPORT_WS

LOG = """subscription($id: ID!, $after: Int, $epoch: Int) {
  chatEvents(sessionId: $id, after: $after, epoch: $epoch) {
    __typename
    ... on ChatLogEntry { id seq payload }
    ... on ChatCaughtUp { seq epoch }
    ... on ChatLagged { seq }
    ... on ChatTyping { name isTyping }
  }
}"""

_NUMBERS = count(1)


@dataclass(frozen=True, slots=True)
class Chat:
    """A chat, and the tokens of those who have to do with it."""

    id: UUID
    business: UUID
    visitor: str
    staff: str
    user: UUID

    @property
    def name(self) -> str:
        """Its global ID."""
        return f"chat_session_{self.id}"


@dataclass(slots=True)
class Stage:
    """The server, and what happens behind it."""

    client: httpx.AsyncClient
    socket_url: str
    database: Database
    hub: Hub
    wakeups: Wakeups
    schema: Schema
    statements: list[str] = field(default_factory=list)

    @property
    def address(self) -> tuple[str, int]:
        """Where the server listens."""
        url = self.client.base_url
        return url.host, url.port or 0

    async def insert(self, table: str, **values: Any) -> UUID:
        """The id of a new row."""
        columns, places = ", ".join(values), ", ".join(f"${place}" for place in range(1, len(values) + 1))
        statement = f"INSERT INTO {table} ({columns}) VALUES ({places}) RETURNING id"
        async with self.database.work() as work:
            found: UUID = (await work.fetch(statement, *values.values()))[0]["id"]
        return found

    async def run(self, statement: str, *values: Any) -> None:
        """Write past the services: nobody is woken."""
        async with self.database.writes.begin() as connection:
            await connection.exec_driver_sql(statement, values)

    async def person(self, business: UUID | None = None) -> tuple[UUID, str]:
        """Somebody who signed in, a member of the business: the row and the token."""
        token, number = made(SESSION), next(_NUMBERS)
        user = await self.insert("identity.users", email=f"sam-{number}@x.example", first_name="Sam", last_name="L")
        if business is not None:
            await self.insert("identity.memberships", user_id=user, business_id=business, role="STAFF")
        until = datetime.now(UTC) + timedelta(days=1)
        await self.insert("identity.login_sessions", user_id=user, token_hash=digest(token), expires_at=until)
        return user, token

    async def chat(self, entries: int = 0) -> Chat:
        """A chat of a new business, with so many entries in its log."""
        number, token = next(_NUMBERS), made(VISIT)
        business = await self.insert("business.businesses", name=f"Shop {number}", slug=f"live-{number}", type="RETAIL")
        user, staff = await self.person(business)
        visitor = await self.insert("chat.visitors", business_id=business, key=f"browser-{number}")
        session = await self.insert(
            "chat.chat_sessions", business_id=business, visitor_id=visitor, token_hash=digest(token)
        )
        chat = Chat(session, business, token, staff, user)
        if entries:
            await self.say(chat, entries)
        return chat

    async def say(self, chat: Chat, times: int = 1, *, hidden: bool = False, **payload: Any) -> None:
        """Add entries to the log, by one transaction of the service."""
        async with self.database.transaction() as session:
            locked = await session.get_one(ChatSession, chat.id, with_for_update=True)
            entry = log.Entry("MESSAGE_SENT", "VISITOR", payload=payload, hidden=hidden)
            await log.write(session, locked, *[entry] * times)

    async def visitor_of(self, chat: Chat) -> UUID:
        """The row of the visitor of a chat."""
        async with self.database.work() as work:
            statement = "SELECT visitor_id FROM chat.chat_sessions WHERE id = $1"
            found: UUID = (await work.fetch(statement, chat.id))[0]["visitor_id"]
        return found

    def reads(self) -> int:
        """How many statements read a log since this was last asked."""
        found = sum("chat.chat_events" in statement for statement in self.statements)
        self.statements.clear()
        return found


class Socket:
    """A connection by graphql-transport-ws."""

    def __init__(self, connection: websockets.ClientConnection) -> None:
        self.connection = connection

    async def subscribe(self, query: str, id_: str = "1", **variables: Any) -> None:
        """Begin an operation."""
        message = {"id": id_, "type": "subscribe", "payload": {"query": query, "variables": variables}}
        await self.connection.send(orjson.dumps(message).decode())

    async def follow(self, chat: Chat, id_: str = "1", **variables: Any) -> None:
        """Begin to follow a chat."""
        await self.subscribe(LOG, id_, id=chat.name, **variables)

    async def message(self) -> Any:
        """The next message."""
        async with asyncio.timeout(20):
            return orjson.loads(await self.connection.recv())

    async def told(self, number: int = 1) -> list[Any]:
        """What the next messages hold under the field of the subscription."""
        return [data(await self.message()) for _ in range(number)]

    async def closed(self) -> int:
        """The code with which the server ends the connection."""
        try:
            async with asyncio.timeout(20):
                while True:
                    await self.connection.recv()
        except websockets.ConnectionClosed as error:
            assert error.rcvd is not None
            return error.rcvd.code


def data(message: Any) -> Any:
    """What a message holds under the field of the subscription."""
    assert message["type"] == "next", message
    (found,) = message["payload"]["data"].values()
    return found


@asynccontextmanager
async def socket(stage: Stage, token: str | None, **more: Any) -> AsyncIterator[Socket]:
    """A connection on behalf of whoever has the token."""
    connecting = websockets.connect(stage.socket_url, subprotocols=[GRAPHQL_TRANSPORT_WS], **more)
    async with connecting as connection:
        payload = {"authorization": f"Bearer {token}"} if token else {}
        await connection.send(orjson.dumps({"type": "connection_init", "payload": payload}).decode())
        opened = Socket(connection)
        assert await opened.message() == {"type": "connection_ack"}
        yield opened


class Events:
    """A response of server-sent events."""

    def __init__(self, response: httpx.Response) -> None:
        self.response, self.lines = response, response.aiter_lines()

    async def event(self) -> tuple[str, Any]:
        """The next event's name and data; comments are passed over."""
        async with asyncio.timeout(20):
            name = ""
            async for line in self.lines:
                kind, _, value = line.partition(":")
                if kind == "event":
                    name = value.strip()
                elif kind == "data":
                    return name, orjson.loads(value) if value.strip() else None
        return "", None

    async def told(self, number: int = 1) -> list[Any]:
        """What the next events hold under the field of the subscription."""
        return [data(dict(zip(("type", "payload"), await self.event(), strict=True))) for _ in range(number)]


@asynccontextmanager
async def events(
    stage: Stage, token: str | None, query: str = LOG, *, headers: Any = None, **variables: Any
) -> AsyncIterator[Events]:
    """The response to a subscription on behalf of whoever has the token."""
    headers = {
        "accept": "text/event-stream",
        **({"authorization": f"Bearer {token}"} if token else {}),
        **(headers or {}),
    }
    body = {"query": query, "variables": variables}
    async with stage.client.stream("POST", "/graphql", json=body, headers=headers, timeout=30) as response:
        yield Events(response)
