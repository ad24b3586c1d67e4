"""Live chat as its people use it: rows of the shop are put there, everything else is done by mutations."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from typing import Any
from uuid import UUID

import orjson
from graphql import GraphQLObjectType, get_named_type
from sqlalchemy import event

from app.database import Database
from app.services.accounts.occasion import Occasion
from app.services.accounts.passwords import Passwords
from app.services.chat import handing
from app.services.chat.actors import Actor
from graph.access import viewers
from graph.access.viewers import person
from graph.client import Client
from graph.context import Context
from graph.engine.access import ANONYMOUS, Viewer
from graph.engine.answer import Engine, Operation
from graph.engine.schema.schema import Schema

Json = Any

BROWSER = Client("192.0.2.7", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")
NOBODY = UUID("019a0000-0000-7000-8000-000000000000")
"""The id of no row."""

SHOWN = {
    "session": "id status subject tags language endReason satisfactionRating feedback messageCount firstResponseAt",
    "message": "id type content isInternal senderType senderName attachmentUrl attachmentName editedAt redactedAt "
    "readAt",
    "participant": "id type name lastReadSeq unreadCount",
    "userErrors": "code field message",
}
"""What is asked of each row of a payload."""

ENTRY = "type staffSeq visitorSeq actorType actor { id } message { id content } clientMessageId payload"

SAID: dict[str, dict[str, Any]] = {
    "sendChatMessage": {"content": "Hello?", "clientMessageId": "m-0"},
    "rateChat": {"rating": 5},
    "setTyping": {"isTyping": True},
    "markChatRead": {"seq": 1},
}
"""What a step is given beside the row it is about, where a test does not care."""

_NUMBERS = count(1)


@dataclass
class Shop:
    """A business with a widget and somebody at the desk."""

    id: UUID
    widget: UUID
    widget_key: str
    staff: Viewer
    agent: UUID
    """The row of the desk of whom `staff` is."""


@dataclass
class Chat:
    """A chat with its visitor."""

    shop: Shop
    id: str
    visitor: Viewer
    token: str
    visitor_key: str | None


class Chats:
    """The API, on a database where commits stay."""

    def __init__(self, database: Database, schema: Schema, passwords: Passwords) -> None:
        self.database, self.schema, self.passwords = database, schema, passwords
        self.told: list[tuple[str, bytes]] = []
        """What was told that is worth no row."""
        self.engine = Engine(schema, schema.derived.graph, schema.derived.access, self.acquire)

    def acquire(self, timeout: float | None = None) -> Any:
        """A connection to read from."""
        return self.database.reads.acquire(timeout)

    async def ask(self, viewer: Viewer, query: str, client: Client = BROWSER, **variables: Any) -> Json:
        """The whole answer."""
        context = Context(self.database, self.passwords, viewer, client, tell=lambda *told: self.told.append(told))
        operation = Operation(query, variables, viewer=viewer, context=context)
        return orjson.loads((await self.engine.answer(operation)).body)

    async def does(self, viewer: Viewer, step: str, *, client: Client = BROWSER, **given: Any) -> Json:
        """The payload of a step, with every row that it shows."""
        query = f"mutation($i: {step[0].upper()}{step[1:]}Input!) {{ {step}(input: $i) {{ {self._shown(step)} }} }}"
        answer = await self.ask(viewer, query, client, i={**SAID.get(step, {}), **given})
        assert "errors" not in answer, answer["errors"]
        return answer["data"][step]

    async def did(self, viewer: Viewer, step: str, **given: Any) -> Json:
        """The same of a step that is not refused."""
        payload = await self.does(viewer, step, **given)
        assert payload.pop("userErrors") == [], step
        return payload

    async def refused(self, viewer: Viewer, step: str, **given: Any) -> list[tuple[str, str | None]]:
        """The code and field of each reason why a step is refused; nothing is shown then."""
        payload = await self.does(viewer, step, **given)
        errors = payload.pop("userErrors")
        assert not any(payload.values()) and errors
        return [(error["code"], error["field"]) for error in errors]

    def _shown(self, step: str) -> str:
        mutation = self.schema.core.mutation_type
        assert mutation is not None
        payload = get_named_type(mutation.fields[step].type)
        assert isinstance(payload, GraphQLObjectType)
        return " ".join(f"{name} {{ {SHOWN[name]} }}" if name in SHOWN else name for name in payload.fields)

    async def opened(self, shop: Shop, **given: Any) -> Chat:
        """A chat that a visitor has just opened, without a message unless one is given."""
        payload = await self.did(ANONYMOUS, "startChat", widgetKey=shop.widget_key, **given)
        id_ = uuid_of(payload["session"]["id"])
        (row,) = await self.run("SELECT visitor_id FROM chat.chat_sessions WHERE id = $1", id_)
        visitor = viewers.visitor(row["visitor_id"], chat=id_)
        return Chat(shop, payload["session"]["id"], visitor, payload["token"], payload["visitorKey"])

    async def answered(self, shop: Shop, **given: Any) -> Chat:
        """A chat that is active with the shop's person at the desk."""
        chat = await self.opened(shop, **given)
        await self.accepted(chat)
        return chat

    async def accepted(self, chat: Chat) -> None:
        """Have the shop's person at the desk take the chat."""
        async with self.begin() as session:
            at = Occasion(datetime.now(UTC))
            await handing.accept_chat(session, Actor.of(chat.shop.staff), at, session_id=uuid_of(chat.id))

    async def says(self, viewer: Viewer, chat: Chat, content: str = "Hello?", **more: Any) -> str:
        """The ID of a message that somebody sends."""
        given = {"clientMessageId": f"m-{next(_NUMBERS)}", "content": content, **more}
        sent = await self.did(viewer, "sendChatMessage", sessionId=chat.id, **given)
        found: str = sent["message"]["id"]
        return found

    async def log(self, chat: Chat, viewer: Viewer | None = None) -> list[Json]:
        """The entries of the log that somebody sees, the shop's staff if it is not said who."""
        query = f"query($id: ID!) {{ chatSession(id: $id) {{ events(first: 100) {{ nodes {{ {ENTRY} }} }} }} }}"
        answer = await self.ask(viewer or chat.shop.staff, query, id=chat.id)
        nodes: list[Json] = answer["data"]["chatSession"]["events"]["nodes"]
        return sorted(nodes, key=lambda node: int(node["staffSeq"] or node["visitorSeq"]))

    async def types(self, chat: Chat, viewer: Viewer | None = None) -> list[str]:
        """The types of those entries."""
        return [entry["type"] for entry in await self.log(chat, viewer)]

    async def run(self, statement: str, *values: Any) -> list[dict[str, Any]]:
        """What a statement finds or writes, past the API."""
        async with self.database.writes.begin() as connection:
            found = await connection.exec_driver_sql(statement, values)
            return [dict(row) for row in found.mappings()] if found.returns_rows else []

    async def made(self, table: str, **values: Any) -> UUID:
        """The id of a new row."""
        columns, places = ", ".join(values), ", ".join(f"${place}" for place in range(1, len(values) + 1))
        (row,) = await self.run(f"INSERT INTO {table} ({columns}) VALUES ({places}) RETURNING id", *values.values())
        found: UUID = row["id"]
        return found

    async def person(self, name: str = "Ada", roles: dict[UUID, str] | None = None) -> Viewer:
        """Somebody new who signed in; member of businesses if `roles` says so."""
        email = f"{name.lower()}-{next(_NUMBERS)}@x.example"
        user = await self.made("identity.users", email=email, first_name=name, last_name="L")
        return person(user, roles=roles or {})

    async def shop(self, **widget: Any) -> Shop:
        """A business where Ada answers chats."""
        number = next(_NUMBERS)
        business = await self.made(
            "business.businesses", name=f"Shop {number}", slug=f"chat-shop-{number}", type="RETAIL"
        )
        key = f"widget{number:012}"
        given = {"business_id": business, "public_key": key, "name": "Shop", "is_consent_required": False, **widget}
        made = await self.made("chat.chat_widgets", **given)
        staff, agent = await self.at_desk(business)
        return Shop(business, made, key, staff, agent)

    async def at_desk(self, business: UUID, name: str = "Ada", role: str = "STAFF") -> tuple[Viewer, UUID]:
        """Somebody who answers chats of the business but is offered none, and their row of the desk."""
        staff = await self.person(name, {business: role})
        given = {"user_id": staff.params["user"], "name": name, "status": "AWAY"}
        return staff, await self.made("chat.chat_agents", business_id=business, **given)

    async def bare(self, shop: Shop) -> UUID:
        """A chat with nothing in its log."""
        number = next(_NUMBERS)
        visitor = await self.made("chat.visitors", business_id=shop.id, key=f"browser-{number}")
        return await self.made(
            "chat.chat_sessions", business_id=shop.id, visitor_id=visitor, token_hash=f"hash-{number}"
        )

    def begin(self) -> Any:
        """The session of a transaction."""
        return self.database.transaction()

    @asynccontextmanager
    async def counted(self) -> AsyncIterator[list[str]]:
        """The statements that mutations send meanwhile."""
        sent: list[str] = []

        def note(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
            sent.append(statement)

        engine = self.database.writes.sync_engine
        event.listen(engine, "before_cursor_execute", note)
        yield sent
        event.remove(engine, "before_cursor_execute", note)

    async def blocked(self, number: int) -> None:
        """Wait until so many connections wait for a lock of another."""
        waiting = (
            "SELECT count(*) AS waiting FROM pg_stat_activity "
            "WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        async with asyncio.timeout(10):
            while (await self.run(waiting))[0]["waiting"] < number:  # noqa: ASYNC110  # there is nothing that would tell
                await asyncio.sleep(0.005)


def uuid_of(id_: str) -> UUID:
    """The uuid in a global ID."""
    return UUID(id_.rpartition("_")[2])
