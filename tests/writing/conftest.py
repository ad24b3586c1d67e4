"""The API under the policies, over a database where commits stay, with what it sends there."""

from collections.abc import AsyncIterator
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import pytest
from sqlalchemy import event

from app.database import Database, connected
from app.services.accounts.passwords import Passwords
from app.services.privacy.vault import Vault
from graph.access.viewers import person
from graph.client import Client
from graph.context import Context
from graph.engine.access import ADMIN, Viewer
from graph.engine.answer import Engine, Operation
from graph.schema import build

SHOP, RIVAL, OWNER = UUID(int=11), UUID(int=12), UUID(int=21)
ROWS = (
    *(
        "INSERT INTO business.businesses (id, name, slug, type, status) "
        f"VALUES ('{id_}', '{name}', lower('{name}'), 'RETAIL', 'ACTIVE')"
        for id_, name in ((SHOP, "Shop"), (RIVAL, "Rival"))
    ),
    *(
        "INSERT INTO identity.users (id, email, first_name, last_name) "
        f"VALUES ('{UUID(int=id_)}', 'u{id_}@x.example', '{name}', 'O')"
        for id_, name in ((21, "Olga"), (22, "Rita"), (23, "Oleg"))
    ),
    "TRUNCATE ops.audit_logs, ops.event_logs CASCADE",
)
VAULT = Vault(Path(), "a secret of the process, long enough")
owner = person(OWNER, roles={SHOP: "OWNER"})
rival = person(UUID(int=22), roles={RIVAL: "OWNER"})

BUSINESS = f"business_{SHOP}"


_schema = cache(build)
"""Built once: that takes longer than what most tests do with it."""


class Shop:
    """The API, asked by the owner of a shop unless it is said who asks."""

    def __init__(self, database: Database) -> None:
        schema = _schema()
        self.database, self.passwords, self.sent = database, Passwords(), list[str]()
        self.client = Client("192.0.2.7", "Desk/1.0", "r-1")
        self.engine = Engine(schema, schema.derived.graph, schema.derived.access, database.reads.acquire)

    async def __call__(self, query: str, viewer: Viewer = owner, **variables: Any) -> Any:
        """The whole answer."""
        context = Context(self.database, self.passwords, viewer, self.client, seal=VAULT.keep)
        answer = await self.engine.answer(Operation(query, variables, viewer=viewer, context=context))
        return orjson.loads(answer.body)

    async def does(self, field: str, input: Any, selection: str, viewer: Viewer = owner, **more: Any) -> Any:
        """What a mutation with an input answers, of which there is one root field."""
        type_ = f"{field[0].upper()}{field[1:]}Input!".replace("Upsert", "Create")
        key = ", idempotencyKey: $key" if "key" in more else ""
        query = (
            f"mutation($input: {type_}{', $key: String' if key else ''}) {{ {field}(input: $input{key}) "
            f"{{ {selection} userErrors {{ code field message }} }} }}"
        )
        answer = await self(query, viewer, input=input, **more)
        assert "errors" not in answer, answer["errors"]
        return answer["data"][field]

    async def product(self, slug: str = "lamp", viewer: Viewer = owner, **more: Any) -> str:
        """The ID of a new product."""
        given = {"businessId": BUSINESS, "name": slug.title(), "slug": slug, "price": "10.00", **more}
        done = await self.does("createProduct", given, "product { id }", viewer)
        assert done["userErrors"] == []
        found: str = done["product"]["id"]
        return found

    async def rows(self, query: str) -> list[dict[str, Any]]:
        """What a statement finds."""
        async with self.database.reads.acquire() as connection:
            return [dict(row) for row in await connection.fetch(query)]


@pytest.fixture
async def shop(committed: str) -> AsyncIterator[Shop]:
    """The API over two businesses, one of which has an owner."""
    async with connected(committed, read_size=4, write_size=4) as database:
        async with database.writes.begin() as connection:
            for statement in ROWS:
                await connection.exec_driver_sql(statement)
        shop = Shop(database)

        def listen(connection: Any, _: Any) -> None:
            connection.driver_connection.add_query_logger(lambda record: shop.sent.append(record.query))

        event.listen(database.writes.sync_engine, "connect", listen)
        await database.writes.dispose()
        yield shop


__all__ = ["ADMIN", "BUSINESS", "OWNER", "RIVAL", "SHOP", "Shop", "owner", "rival"]
