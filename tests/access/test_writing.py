"""What the lines of who may write come to in mutations: some that are easy to get wrong."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import orjson
import pytest

from app.database import Database, connected
from app.services.accounts.passwords import Passwords
from graph.access.viewers import person
from graph.context import Context
from graph.engine.access import Viewer
from graph.engine.answer import Engine, Operation
from graph.schema import build

SHOP, RIVAL, ADA, BEA = (UUID(int=number) for number in (11, 12, 21, 22))
ROWS = f"""
INSERT INTO business.businesses (id, name, slug, type)
VALUES ('{SHOP}', 'Shop', 'shop', 'RETAIL'), ('{RIVAL}', 'Rival', 'rival', 'RETAIL');
INSERT INTO identity.users (id, email, first_name, last_name)
VALUES ('{ADA}', 'ada@x.example', 'Ada', 'L'), ('{BEA}', 'bea@x.example', 'Bea', 'M');
INSERT INTO business.sites (id, business_id, domain, name, status)
VALUES ('{UUID(int=31)}', '{RIVAL}', 'rival.example', 'Rival', 'LIVE');
INSERT INTO agents.agents (id, business_id, name, slug, type) VALUES ('{UUID(int=41)}', '{SHOP}', 'A', 'a', 'SALES');
INSERT INTO freelance.jobs (id, client_id, title, description, budget, status)
VALUES ('{UUID(int=51)}', '{ADA}', 'Open', 'x', 1, 'OPEN'), ('{UUID(int=52)}', '{ADA}', 'Begun', 'x', 1, 'IN_PROGRESS');
INSERT INTO support.notifications (id, user_id, type, title, status, sent_at)
VALUES ('{UUID(int=61)}', '{ADA}', 'SYSTEM', 'Sent', 'SENT', now());
INSERT INTO catalog.products (id, business_id, name, slug, price) VALUES ('{UUID(int=71)}', '{SHOP}', 'P', 'p', 2);
"""


class Mutating:
    """The API under the policies, which can write."""

    def __init__(self, database: Database) -> None:
        schema = build()
        self.database, self.passwords = database, Passwords()
        self.engine = Engine(schema, schema.derived.graph, schema.derived.access, database.reads.acquire)

    async def refused(self, viewer: Viewer, field: str, given: dict[str, Any]) -> list[tuple[str, str | None]]:
        """Code and field of what is against what is given; nothing if it was written."""
        query = (
            f"mutation($input: {field[0].upper()}{field[1:]}Input!) "
            f"{{ {field}(input: $input) {{ userErrors {{ code field }} }} }}"
        )
        context = Context(self.database, self.passwords, viewer)
        answer = await self.engine.answer(Operation(query, {"input": given}, viewer=viewer, context=context))
        errors = orjson.loads(answer.body)["data"][field]["userErrors"]
        return [(error["code"], error["field"]) for error in errors]


@pytest.fixture
async def api(committed: str) -> AsyncIterator[Mutating]:
    """The API over a few rows of its own."""
    async with connected(committed, read_size=2, write_size=2) as database:
        async with database.writes.begin() as connection:
            for statement in ROWS.strip().removesuffix(";").split(";\n"):
                await connection.exec_driver_sql(statement)
        yield Mutating(database)


ada, bea = person(ADA, roles={}), person(BEA, roles={})
staff, manager = person(BEA, roles={SHOP: "STAFF"}), person(BEA, roles={SHOP: "MANAGER"})


async def test_the_lines_hold_in_mutations(api: Mutating) -> None:
    opened, begun = ({"id": f"job_{UUID(int=number)}", "title": "New"} for number in (51, 52))
    assert await api.refused(ada, "updateJob", opened) == []
    assert await api.refused(bea, "updateJob", opened) == [("FORBIDDEN", None)]
    assert await api.refused(ada, "updateJob", begun) == [("FORBIDDEN", None)]

    note = {"id": f"notification_{UUID(int=61)}"}
    assert await api.refused(ada, "updateNotification", note | {"status": "QUEUED"}) == [("FORBIDDEN", None)]
    assert await api.refused(bea, "updateNotification", note | {"status": "SENT"}) == [("NOT_FOUND", "id")]
    read = note | {"status": "READ", "readAt": "2100-01-01T00:00:00Z"}
    assert await api.refused(ada, "updateNotification", read) == []

    cost = {"id": f"product_{UUID(int=71)}", "cost": "1.00"}
    assert await api.refused(staff, "updateProduct", cost) == [("FORBIDDEN", "cost")]
    assert await api.refused(manager, "updateProduct", cost) == []

    where = {"agentId": f"agent_{UUID(int=41)}", "release": "1", "environment": "STAGING"}
    elsewhere = where | {"siteId": f"site_{UUID(int=31)}"}
    assert await api.refused(manager, "createAgentDeployment", elsewhere) == [("FORBIDDEN", None)]
    assert await api.refused(manager, "createAgentDeployment", where) == []

    member = {"userId": f"user_{BEA}", "businessId": f"business_{SHOP}", "role": "OWNER"}
    assert await api.refused(manager, "createMembership", member) == [("FORBIDDEN", None)]
