"""A shop with a webhook: the API, the worker that calls, and a real HTTPS server that is called."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import pytest

from app.database import Database, connected
from app.outgoing import Outgoing
from app.services.accounts.passwords import Passwords
from app.services.privacy.vault import Vault
from app.worker.webhooks import Webhooks
from graph.access.viewers import person
from graph.client import Client
from graph.context import Context
from graph.engine.access import Viewer
from graph.engine.answer import Engine, Operation
from graph.schema import build
from tests.outgoing.receiver import Receiver, receiving
from tests.writing.conftest import BUSINESS, OWNER, ROWS, SHOP, Shop

manager = person(UUID(int=23), roles={SHOP: "MANAGER"})

SECRET = "a secret of the process, long enough"
OWNERS = (
    *(
        f"INSERT INTO identity.memberships (user_id, business_id, role) VALUES ('{UUID(int=id_)}', '{SHOP}', '{role}')"
        for id_, role in ((21, "OWNER"), (23, "MANAGER"))
    ),
    "TRUNCATE ops.audit_logs, ops.event_logs CASCADE",
)


built = cache(build)


class Clock:
    """The time, which passes when a test says so."""

    def __init__(self) -> None:
        self.at = datetime.now(UTC)

    def __call__(self) -> datetime:
        """What it is."""
        return self.at

    def catches_up(self) -> None:
        """Not before what the database has written."""
        self.at = max(self.at, datetime.now(UTC))

    def passes(self, **more: float) -> None:
        """Later."""
        self.at += timedelta(**more)


class Hooked(Shop):
    """The API of a shop, and the worker that makes the calls of its webhooks."""

    receiver: Receiver
    vault: Vault
    clock: Clock
    worker: Webhooks
    secret: str
    webhook: str

    def __init__(self, database: Database) -> None:
        schema = built()
        self.database, self.passwords, self.sent = database, Passwords(), list[str]()
        self.client = Client("192.0.2.7", "Desk/1.0", "r-1")
        self.engine = Engine(schema, schema.derived.graph, schema.derived.access, database.reads.acquire)

    async def __call__(self, query: str, viewer: Viewer = manager, **variables: Any) -> Any:
        """The whole answer."""
        context = Context(self.database, self.passwords, viewer, self.client, seal=self.vault.keep)
        answer = await self.engine.answer(Operation(query, variables, viewer=viewer, context=context))
        self.clock.catches_up()
        return orjson.loads(answer.body)

    async def makes(self, name: str = "Orders", viewer: Viewer = manager, **more: Any) -> Any:
        """What createWebhook answers."""
        given = {"businessId": BUSINESS, "name": name, "url": self.receiver.url, "eventTypes": ["*"], **more}
        return await self.does("createWebhook", given, "secret webhook { id }", viewer)

    async def asks(self, field: str, id_: str, selection: str, viewer: Viewer = manager) -> Any:
        """What a mutation that names a row answers."""
        name = "deliveryId" if field == "redeliverWebhook" else "id"
        query = f"mutation($id: ID!) {{ {field}({name}: $id) {{ {selection} userErrors {{ code field message }} }} }}"
        answer = await self(query, viewer, id=id_)
        assert "errors" not in answer, answer["errors"]
        return answer["data"][field]

    async def works(self) -> None:
        """What is due is done."""
        for key in await self.worker.due():
            await self.worker.drain(key)

    async def deliveries(self) -> list[dict[str, Any]]:
        """All there are, in order."""
        return await self.rows("SELECT * FROM gateway.webhook_deliveries ORDER BY id")

    async def delivery(self) -> dict[str, Any]:
        """The only one there is."""
        (found,) = await self.deliveries()
        return found

    async def row(self) -> dict[str, Any]:
        """The webhook."""
        (found,) = await self.rows(f"SELECT * FROM gateway.webhooks WHERE id = '{self.webhook[8:]}'")
        return found

    async def sets(self, statement: str) -> None:
        """Change rows past the API."""
        async with self.database.writes.begin() as connection:
            for one in statement.split("; "):
                await connection.exec_driver_sql(one)
        self.clock.catches_up()

    async def quietly(self, statement: str) -> None:
        """Change rows of which nobody is told."""
        await self.sets(f"SET LOCAL session_replication_role = replica; {statement}")

    def works_by(self, calls: Outgoing) -> None:
        """Let the worker call by `calls`."""
        self.worker = Webhooks(self.database, self.vault, calls, now=self.clock, dice=lambda: 0.0)


@pytest.fixture
async def hooked(committed: str, tmp_path: Path) -> AsyncIterator[Hooked]:
    """A shop whose webhook listens to everything."""
    async with connected(committed, read_size=4, write_size=4) as database, receiving() as receiver:
        async with database.writes.begin() as connection:
            for statement in (*ROWS, *OWNERS):
                await connection.exec_driver_sql(statement)
        hooked = Hooked(database)
        hooked.receiver, hooked.vault, hooked.clock = receiver, Vault(tmp_path, SECRET), Clock()
        async with receiver.caller() as calls:
            hooked.works_by(calls)
            made = await hooked.makes(viewer=manager)
            assert made["userErrors"] == []
            hooked.webhook, hooked.secret = made["webhook"]["id"], made["secret"]
            await hooked.sets("TRUNCATE gateway.webhook_deliveries")
            yield hooked


__all__ = ["BUSINESS", "OWNER", "SHOP", "Hooked", "hooked", "manager"]
