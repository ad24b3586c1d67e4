"""Writes beside what a hand would write for the same: rows a second, several writers at a time.

No HTTP: the difference is what Agora does between an operation and its statements. What is written is removed again.
`python -m bench.writing DSN` prints it as JSON, for any database with sample data.
"""

import asyncio
import gc
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import orjson

from app.database import Database, connected
from app.services.accounts.passwords import Passwords
from graph.access.viewers import person
from graph.context import Context
from graph.engine.access import Viewer
from graph.engine.answer import Engine, Operation
from graph.schema import build
from models.uuid7 import uuid7_at

WRITERS, ROUNDS, CALLS = 4, 5, 400
"""Writers at a time; rounds, of which the median counts; and calls in each."""
BULK = 1_000
BATCH, BATCHES = 10_000, 7
"""Rows of a batch of measurements; and how many batches either way, of which the median counts."""
MARK = "bench"
"""What rows of ours are called."""

CREATE_JOB = """mutation($input: CreateJobInput!) {
  createJob(input: $input) { job { id title status client { firstName } } userErrors { code field message } }
}"""
CREATE_PRODUCTS = """mutation($rows: [CreateProductInput!]!) {
  createProducts(inputs: $rows) { products { id } userErrors { code field message } }
}"""
RECORD_METRICS = """mutation($batch: RecordMetricsInput!) {
  recordMetrics(input: $batch) { recordedCount userErrors { code field message } }
}"""
CREATE_PRODUCT = """mutation($row: CreateProductInput!) {
  createProduct(input: $row) { product { id } userErrors { code field message } }
}"""

ACTIVE = "SELECT is_active FROM identity.users WHERE id = $1 AND deleted_at IS NULL"
INSERT = """INSERT INTO freelance.jobs (client_id, title, description, budget, currency, budget_type, skills, status)
VALUES ($1, $2, $3, $4, $5, $6, $7, 'DRAFT') RETURNING id"""
READ = """SELECT j.id, j.title, j.status, u.first_name
FROM freelance.jobs AS j JOIN identity.users AS u ON u.id = j.client_id WHERE j.id = $1"""

METRIC_COLUMNS = ("id", "business_id", "domain_id", "type", "name", "value", "unit", "metadata")

Call = Callable[[], Awaitable[None]]


class Writing:
    """Writes as Agora does, and as a hand would."""

    def __init__(self, database: Database, pool: asyncpg.Pool, user: UUID, business: UUID, domain: UUID | None) -> None:
        schema = build()
        self.engine = Engine(schema, schema.derived.graph, schema.derived.access, database.reads.acquire)
        self.database, self.pool, self.passwords = database, pool, Passwords()
        self.user, self.business, self.domain = user, business, domain
        self.person = person(user, roles={business: "OWNER"})

    async def ask(self, viewer: Viewer, query: str, **variables: Any) -> None:
        """Have a mutation done that nothing is against."""
        context = Context(self.database, self.passwords, viewer)
        answer = await self.engine.answer(Operation(query, variables, viewer=viewer, context=context))
        if answer.failed or b'"userErrors":[]' not in answer.body:
            raise RuntimeError(answer.body[:500].decode())

    async def job(self) -> None:
        """Offer a job."""
        await self.ask(self.person, CREATE_JOB, input={"title": MARK, "description": MARK, "budget": "10.00"})

    async def job_by_hand(self) -> None:
        """The same with no more than its statements."""
        async with self.pool.acquire() as connection:
            async with connection.transaction():
                actor = orjson.dumps({"user": str(self.user)}).decode()
                await connection.execute("SELECT set_config('agora.actor', $1, true)", actor)
                assert await connection.fetchval(ACTIVE, self.user)
                id_ = await connection.fetchval(INSERT, self.user, MARK, MARK, 10, "USD", "FIXED", [])
            row: Any = await connection.fetchrow(READ, id_)
        job = {"id": f"job_{row[0]}", "title": row[1], "status": row[2], "client": {"firstName": row[3]}}
        orjson.dumps({"data": {"createJob": {"job": job, "userErrors": []}}})

    def _product(self) -> dict[str, Any]:
        slug = f"{MARK}-{uuid4()}"
        return {"businessId": f"business_{self.business}", "name": MARK, "slug": slug, "price": "1.00"}

    async def product(self) -> None:
        """Make a product."""
        await self.ask(self.person, CREATE_PRODUCT, row=self._product())

    def _metrics(self) -> list[dict[str, Any]]:
        """Measurements of the last quarter of an hour, of an area, with what else was noted."""
        now = datetime.now(UTC)
        return [
            {
                "type": "SYSTEM",
                "name": MARK,
                "value": f"{number / 100:.2f}",
                "unit": "ms",
                "domainId": self.domain and f"domain_{self.domain}",
                "metadata": {"host": f"web-{number % 8}"},
                "recordedAt": (now - timedelta(milliseconds=90 * number)).isoformat(),
            }
            for number in range(BATCH)
        ]

    async def batch(self) -> float:
        """Record many measurements; the seconds that takes, without making them."""
        given = {"businessId": f"business_{self.business}", "batchKey": str(uuid4()), "rows": self._metrics()}
        begun = time.perf_counter()
        await self.ask(self.person, RECORD_METRICS, batch=given)
        return time.perf_counter() - begun

    async def batch_by_hand(self) -> float:
        """COPY the same, ready as the driver takes them; the seconds that takes."""
        records = [
            (
                *(uuid7_at(datetime.fromisoformat(row["recordedAt"])), self.business, self.domain, row["type"]),
                *(row["name"], Decimal(row["value"]), row["unit"], orjson.dumps(row["metadata"]).decode()),
            )
            for row in self._metrics()
        ]
        begun = time.perf_counter()
        async with self.pool.acquire() as connection, connection.transaction():
            await connection.copy_records_to_table(
                "metrics", schema_name="business", columns=METRIC_COLUMNS, records=records
            )
        return time.perf_counter() - begun

    def decode(self) -> float:
        """The seconds that it takes to read the request of a batch, before anybody knows what it asks."""
        body = orjson.dumps({"query": RECORD_METRICS, "variables": {"batch": {"rows": self._metrics()}}})
        begun = time.perf_counter()
        orjson.loads(body)
        return time.perf_counter() - begun

    async def products(self) -> None:
        """Make many."""
        await self.ask(self.person, CREATE_PRODUCTS, rows=[self._product() for _ in range(BULK)])


def figures(dsn: str) -> dict[str, float]:
    """Calls or rows a second, and what they come to beside each other."""
    return asyncio.run(_figures(dsn))


async def _figures(dsn: str) -> dict[str, float]:
    async with _writing(dsn) as writing:
        for call, often in ((writing.job, 20), (writing.job_by_hand, 20), (writing.product, 20), (writing.products, 8)):
            await _rate(call, often)
        jobs = [(await _rate(writing.job), await _rate(writing.job_by_hand)) for _ in range(ROUNDS)]
        products = [(await _rate(writing.product), BULK * await _rate(writing.products, 8)) for _ in range(ROUNDS)]
        batches = [(await writing.batch(), await writing.batch_by_hand(), writing.decode()) for _ in range(BATCHES)]
    batch, copy, decode = (statistics.median(each) for each in zip(*batches, strict=True))
    agora, by_hand = (statistics.median(each) for each in zip(*jobs, strict=True))
    single, bulk = (statistics.median(each) for each in zip(*products, strict=True))
    return {
        **{"job_rps": round(agora), "job_by_hand_rps": round(by_hand), "job_ratio": round(agora / by_hand, 2)},
        **{
            "single_rps": round(single),
            "bulk_rps": round(bulk),
            "bulk_ratio": round(statistics.median(many / one for one, many in products), 1),
        },
        **{"ingest_rps": round(BATCH / batch), "copy_rps": round(BATCH / copy)},
        **{"ingest_ratio": round(statistics.median(hand / ours for ours, hand, _ in batches), 2)},
        "ingest_decode_ms": round(1000 * decode, 1),
    }


async def _rate(call: Call, calls: int = CALLS) -> float:
    """Calls a second, by several at a time."""

    async def one() -> None:
        for _ in range(calls // WRITERS):
            await call()

    begun = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(WRITERS)))
    return calls // WRITERS * WRITERS / (time.perf_counter() - begun)


@asynccontextmanager
async def _writing(dsn: str) -> Any:
    pool = await asyncpg.create_pool(dsn, min_size=WRITERS, max_size=WRITERS, server_settings={"jit": "off"})
    async with connected(dsn, read_size=WRITERS, write_size=WRITERS) as database, pool:
        user = await pool.fetchval("SELECT id FROM identity.users WHERE is_active AND deleted_at IS NULL LIMIT 1")
        business = await pool.fetchval("SELECT id FROM business.businesses WHERE status = 'ACTIVE' LIMIT 1")
        domain = await pool.fetchval("SELECT id FROM business.domains WHERE business_id = $1 LIMIT 1", business)
        writing = Writing(database, pool, user, business, domain)
        gc.collect()
        gc.freeze()  # as the application does, once it has its schema
        try:
            yield writing
        finally:
            await pool.execute("DELETE FROM freelance.jobs WHERE title = $1", MARK)
            await pool.execute("DELETE FROM catalog.products WHERE name = $1", MARK)
            await pool.execute("DELETE FROM business.metrics WHERE name = $1", MARK)
            await pool.execute("DELETE FROM ops.ingest_batches WHERE business_id = $1", business)


if __name__ == "__main__":
    sys.stdout.buffer.write(orjson.dumps(figures(sys.argv[1])))
