"""A server is killed between any two steps of a mutation: all of it is there with its record, or nothing of it."""

import asyncio
import os
import random
import signal
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg
import httpx
import pytest

from app.services.accounts.tokens import SESSION, digest, made
from tests.kills.conftest import forging
from tests.kills.proxy import Proxy

ROUNDS = 130
STEPS = 16
"""More than any of these mutations takes, so that some rounds end after the answer."""

SHOP, CLIENT, FREELANCER = UUID(int=11), UUID(int=21), UUID(int=22)

ARRANGED = f"""
INSERT INTO business.businesses (id, name, slug, type) VALUES ('{SHOP}', 'Shop', 'shop', 'RETAIL');
INSERT INTO identity.users (id, email, first_name, last_name)
VALUES ('{CLIENT}', 'c@x.example', 'Cleo', 'C'), ('{FREELANCER}', 'f@x.example', 'Fay', 'F');
INSERT INTO identity.memberships (user_id, business_id, role) VALUES ('{CLIENT}', '{SHOP}', 'OWNER');
INSERT INTO ops.service_subscriptions (service_name, entity_type, transport, address)
SELECT s, e, 'HANDLER', 'desk' FROM unnest(ARRAY['one', 'two']) AS s,
       unnest(ARRAY['Job', 'Product', 'ProductVariant']) AS e;
"""

CREATE_JOB = """mutation($mark: String!) {
  createJob(input: {title: $mark, description: "D", budget: "1.00"}, idempotencyKey: $mark) {
    job { id } userErrors { code }
  }
}"""
CREATE_PRODUCT = """mutation($mark: String!, $shop: ID!) {
  createProduct(idempotencyKey: $mark, input: {
    businessId: $shop, name: $mark, slug: $mark, price: "1.00"
    variants: {create: [{name: "A", sku: $mark, price: "1.00"}]}
  }) { product { id } userErrors { code } }
}"""


ACCEPT = """mutation($mark: String!, $id: ID!) {
  acceptApplication(input: {id: $id}, idempotencyKey: $mark) { escrow { id } userErrors { code } }
}"""
FUND = """mutation($mark: String!, $id: ID!) {
  fundEscrow(input: {id: $id}, idempotencyKey: $mark) { escrow { id } userErrors { code } }
}"""

APPLIED = f"""
WITH job AS (INSERT INTO freelance.jobs (client_id, title, description, budget, status, published_at)
             VALUES ('{CLIENT}', $1, 'D', 100, 'OPEN', now()) RETURNING id)
INSERT INTO freelance.applications (job_id, freelancer_id, proposed_amount)
SELECT id, '{FREELANCER}', 100 FROM job RETURNING 'application_' || id"""
GIVEN = f"""
WITH job AS (INSERT INTO freelance.jobs (client_id, freelancer_id, title, description, budget, status, started_at)
             VALUES ('{CLIENT}', '{FREELANCER}', $1, 'D', 100, 'IN_PROGRESS', now()) RETURNING id)
INSERT INTO freelance.escrows (job_id, client_id, freelancer_id, amount, fee)
SELECT id, '{CLIENT}', '{FREELANCER}', 100, 5 FROM job RETURNING 'escrow_' || id"""


@dataclass(frozen=True, slots=True)
class Deed:
    """A mutation, and what it leaves: rows of an entity called by the mark, and how many lines of its record."""

    document: str
    field: str
    count: str
    left: dict[str, int]
    arrange: str | None = None
    """What makes the row that it is about, and finds its ID."""


NOTHING = dict.fromkeys(("rows", "audited", "events", "synced", "kept"), 0)
DEEDS = (
    Deed(
        CREATE_JOB,
        "createJob",
        "SELECT count(*) FROM freelance.jobs WHERE title = $1",
        {"rows": 1, "audited": 1, "events": 1, "synced": 2, "kept": 1},
    ),
    Deed(
        CREATE_PRODUCT,
        "createProduct",
        "SELECT count(*) FROM catalog.products WHERE name = $1",
        {"rows": 1, "audited": 2, "events": 2, "synced": 4, "kept": 1},
    ),
    Deed(
        ACCEPT,
        "acceptApplication",
        "SELECT count(*) FROM freelance.escrows AS e JOIN freelance.jobs AS j ON j.id = e.job_id WHERE j.title = $1",
        {"rows": 1, "audited": 4, "events": 4, "synced": 2, "kept": 1},
        APPLIED,
    ),
    Deed(
        FUND,
        "fundEscrow",
        "SELECT count(*) FROM freelance.escrow_movements AS m JOIN freelance.escrows AS e ON e.id = m.escrow_id "
        "JOIN freelance.jobs AS j ON j.id = e.job_id WHERE j.title = $1",
        {"rows": 1, "audited": 3, "events": 3, "synced": 0, "kept": 1},
        GIVEN,
    ),
)

RECORD = """
SELECT (SELECT count(*) FROM ops.audit_logs) AS audited, (SELECT count(*) FROM ops.event_logs) AS events,
       (SELECT count(*) FROM ops.service_syncs) AS synced,
       (SELECT count(*) FROM ops.idempotency_keys WHERE payload <> 'null') AS kept"""
SIGNED_IN = """
INSERT INTO identity.login_sessions (user_id, token_hash, expires_at) VALUES ($1, $2, now() + interval '1 day')"""
OTHERS = """
SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
   AND backend_type = 'client backend'"""


class Ledger:
    """What is in the database, seen past the proxy."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self.connection = connection
        self.before: dict[str, int] = {}

    async def now(self) -> dict[str, int]:
        """How much of the record there is."""
        row = await self.connection.fetchrow(RECORD)
        assert row is not None
        return dict(row)

    async def since(self, deed: Deed, mark: str) -> dict[str, int]:
        """What was left since the last look, by the mutation of a mark."""
        now = await self.now()
        grown = {name: value - self.before[name] for name, value in now.items()}
        return {"rows": await self.connection.fetchval(deed.count, mark), **grown}

    async def settled(self) -> None:
        """Wait until PostgreSQL has noticed that nobody is there any more."""
        async with asyncio.timeout(20):
            while await self.connection.fetchval(OTHERS):  # noqa: ASYNC110  # there is nothing that would tell
                await asyncio.sleep(0.01)


BUSY = 503


class Asked(NamedTuple):
    """A mutation as it is sent, again and again with the same mark."""

    deed: Deed
    mark: str
    id: str | None

    @property
    def body(self) -> dict[str, Any]:
        """What is posted."""
        known = {"mark": self.mark, "shop": f"business_{SHOP}", "id": self.id}
        return {
            "query": self.deed.document,
            "variables": {name: value for name, value in known.items() if f"${name}:" in self.deed.document},
        }


async def asked(port: str, token: str, given: Asked) -> Any:
    """The answer to a mutation; None if the server ended before it gave one."""
    headers = {"authorization": f"Bearer {token}"}
    with suppress(httpx.TransportError):
        async with asyncio.timeout(60), httpx.AsyncClient(timeout=20) as client:
            while True:
                response = await client.post(f"http://127.0.0.1:{port}/graphql", json=given.body, headers=headers)
                if response.status_code != BUSY:
                    break  # any other asks to be asked again: on a busy machine a connection may take too long to make
        assert response.status_code == 200, response.text
        return response.json()["data"][given.deed.field]
    return None


@pytest.mark.long
async def test_a_mutation_is_there_with_all_of_its_record_or_not_at_all(
    behind: tuple[Proxy, str, asyncpg.Connection], tmp_path: Path
) -> None:
    proxy, url, connection = behind
    await connection.execute(ARRANGED)
    token, ledger, outcomes = made(SESSION), Ledger(connection), {True: 0, False: 0}
    await connection.execute(SIGNED_IN, CLIENT, digest(token))
    async with forging() as forge:
        last: Asked | None = None
        for number in range(ROUNDS):
            dice, deed, mark = random.Random(number), DEEDS[number % len(DEEDS)], f"m{number}"
            pid, said = await forge.make("serve", url, str(tmp_path))
            port = said.removeprefix("port ")
            if last is not None:  # whoever did not hear what came of it asks again
                again = await asked(port, token, last)
                assert again["userErrors"] == []
                assert await connection.fetchval(last.deed.count, last.mark) == 1
            id_ = await connection.fetchval(deed.arrange, mark) if deed.arrange else None
            last, ledger.before = Asked(deed, mark, id_), await ledger.now()
            proxy.arm(pid, dice.randrange(STEPS), dice.choice(("before", "after")))
            answer = await asked(port, token, last)
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            proxy.order = None
            await ledger.settled()
            left = await ledger.since(deed, mark)
            told = f"round {number}, {deed.field}"
            assert left in (deed.left, NOTHING), told
            assert answer is None or (answer["userErrors"] == [] and left == deed.left), told
            outcomes[left == deed.left] += 1
    assert min(outcomes.values()) > ROUNDS / 10, outcomes
