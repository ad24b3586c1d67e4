"""Live chat as its people use it: rows of the shop are put there, everything else is done by mutations."""

import asyncio
from dataclasses import dataclass
from itertools import count
from typing import Any
from uuid import UUID

import orjson

from app.database import Database
from app.services.accounts.passwords import Passwords
from graph.access.viewers import person
from graph.client import Client
from graph.context import Context
from graph.engine.access import Viewer
from graph.engine.answer import Engine, Operation
from graph.engine.schema.schema import Schema

Json = Any

BROWSER = Client("192.0.2.7", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")
NOBODY = UUID("019a0000-0000-7000-8000-000000000000")
"""The id of no row."""

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


class Chats:
    """The API, on a database where commits stay."""

    def __init__(self, database: Database, schema: Schema, passwords: Passwords) -> None:
        self.database, self.schema, self.passwords = database, schema, passwords
        self.engine = Engine(schema, schema.derived.graph, schema.derived.access, self.acquire)

    def acquire(self, timeout: float | None = None) -> Any:
        """A connection to read from."""
        return self.database.reads.acquire(timeout)

    async def ask(self, viewer: Viewer, query: str, client: Client = BROWSER, **variables: Any) -> Json:
        """The whole answer."""
        context = Context(self.database, self.passwords, viewer, client)
        operation = Operation(query, variables, viewer=viewer, context=context)
        return orjson.loads((await self.engine.answer(operation)).body)

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
        """Somebody who answers chats of the business, and their row of the desk."""
        staff = await self.person(name, {business: role})
        return staff, await self.made("chat.chat_agents", business_id=business, user_id=staff.params["user"], name=name)

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

    async def blocked(self, number: int) -> None:
        """Wait until so many connections wait for a lock of another."""
        waiting = (
            "SELECT count(*) AS waiting FROM pg_stat_activity "
            "WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        async with asyncio.timeout(10):
            while (await self.run(waiting))[0]["waiting"] < number:  # noqa: ASYNC110  # there is nothing that would tell
                await asyncio.sleep(0.005)
