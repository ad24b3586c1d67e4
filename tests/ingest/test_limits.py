"""What a batch may be, on a real socket and by the limits of any operation, and what it is charged."""

from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import orjson

from app.auth import digest
from app.database import connected
from app.http.credentials import WRITER_BODY
from app.services.accounts.tokens import KEY, made
from graph.engine.access import ADMIN
from graph.engine.answer import COPYING
from tests.http.conftest import serving
from tests.ingest.conftest import AREA, BUSINESS, Desk, metrics

QUERY = """mutation($input: RecordMetricsInput!) {
  recordMetrics(input: $input) { recordedCount refusedCount userErrors { message } }
}"""


async def test_a_key_records_ten_thousand_rows_over_http(committed: str) -> None:
    connection = await asyncpg.connect(committed)
    shop = await connection.fetchval(
        "INSERT INTO business.businesses (name, slug, type) VALUES ('Shop', 'shop', 'RETAIL') RETURNING id"
    )
    token = made(KEY)
    await connection.execute(
        "INSERT INTO gateway.api_keys (business_id, name, scopes, key_hash, prefix) VALUES ($1, 'k', $2, $3, $4)",
        *(shop, ["metrics:write"], digest(token), token[:18]),
    )
    await connection.execute(
        "INSERT INTO gateway.rate_limits (name, viewer, unit, window_seconds, limit_count)"
        " VALUES ('Keys', 'API_KEY', 'COST', 60, 600000)"
    )
    more = {
        "unit": "milliseconds",
        "metadata": {"host": "web-1.example.com", "path": "/graphql", "region": "eu-west-1"},
    }
    given = {"businessId": f"business_{shop}", "batchKey": "k", "rows": metrics(10_000, **more)}
    body = orjson.dumps({"query": QUERY, "variables": {"input": given}})
    assert WRITER_BODY / 3 < len(body) < WRITER_BODY
    headers = {"authorization": f"Bearer {token}", "content-type": "application/json", "x-agora-extensions": "cost"}
    async with serving(lambda: connected(committed, read_size=2, write_size=2), None) as (client, _):
        answer = await client.post("/graphql", content=body, headers=headers)
    told = answer.json()
    assert told["data"]["recordMetrics"] == {"recordedCount": 10_000, "refusedCount": 0, "userErrors": []}
    assert told["extensions"]["cost"]["requested"] == COPYING * 10_000
    left = int(answer.headers["ratelimit-remaining"])
    assert (
        600_000 - COPYING * 10_000 - 1_000 < left <= 600_000 - COPYING * 10_000 + 10_000
    )  # which flows back meanwhile
    assert await connection.fetchval("SELECT count(*) FROM business.metrics") == 10_000
    await connection.close()


async def test_what_a_batch_costs_grows_with_its_rows(desk: Desk) -> None:
    query = f"mutation($a: RecordMetricsInput!, $b: RecordMetricsInput!) {{ {ASK.format('a')} {ASK.format('b')} }}"
    given = [{"businessId": BUSINESS, "batchKey": key, "rows": metrics(9_000)} for key in ("a", "b")]
    answer = await desk.shop(query, desk.everything, a=given[0], b=given[1])
    assert answer["errors"][0]["extensions"] | {"path": ""} == {
        **{"code": "TOO_COMPLEX", "limit": "cost", "asked": COPYING * 18_000, "allowed": 50_000, "path": ""}
    }
    assert await desk.count() == 0


ASK = "{0}: recordMetrics(input: ${0}) {{ recordedCount }}"


async def test_rows_are_not_counted_among_the_values_of_variables(desk: Desk) -> None:
    rows = metrics(6_000)
    assert sum(map(len, rows)) == 24_000
    given = {"businessId": BUSINESS, "batchKey": "a", "rows": rows}
    query = """mutation($b: ID!, $rows: MetricRows!) {
      recordMetrics(input: {businessId: $b, batchKey: "b", rows: $rows}) { recordedCount }
    }"""
    done = await desk.shop(query, desk.everything, b=BUSINESS, rows=rows)
    assert done["data"]["recordMetrics"] == {"recordedCount": 6_000}
    answer = await desk.shop(QUERY, desk.everything, input={**given, "batchKey": ["x"] * 25_000})
    assert answer["errors"][0]["extensions"]["code"] == "TOO_COMPLEX"
    answer = await desk.shop(QUERY, desk.everything, input=given, other=rows)
    assert answer["errors"][0]["extensions"]["code"] == "TOO_COMPLEX"
    assert (await desk.shop(QUERY, desk.everything, input=given))["data"]["recordMetrics"]["recordedCount"] == 6_000


async def test_literals_are_held_to_the_limits_of_documents(desk: Desk) -> None:
    def query(count: int) -> str:
        moment = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
        row = f'{{type: SYSTEM, name: "n", value: "1", domainId: "domain_{AREA}", recordedAt: "{moment}"}}'
        rows = " ".join([row] * count)
        given = f'{{businessId: "{BUSINESS}", batchKey: "k", rows: [{rows}]}}'
        return f"mutation {{ recordMetrics(input: {given}) {{ recordedCount }} }}"

    assert (await desk.shop(query(100), ADMIN))["data"]["recordMetrics"]["recordedCount"] == 100
    answer = await desk.shop(query(150), ADMIN)
    assert answer["errors"][0]["extensions"]["limit"] == "tokens"


async def test_a_service_that_subscribed_to_metrics_is_told_of_each(desk: Desk) -> None:
    async with desk.shop.database.writes.begin() as connection:
        await connection.exec_driver_sql(
            "INSERT INTO ops.service_subscriptions (service_name, entity_type, address) "
            "VALUES ('figures', 'Metric', 'https://x.example')"
        )
    given: dict[str, Any] = await desk.record(metrics(20))
    assert given["recordedCount"] == 20
    assert await desk.count("ops.service_syncs") == 20
