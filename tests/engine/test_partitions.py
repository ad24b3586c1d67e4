"""Which partitions PostgreSQL really executes, read from EXPLAIN (ANALYZE, FORMAT JSON)."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import orjson
import pytest

from app.database import READ_SETTINGS
from graph.engine.answer import Operation
from graph.engine.planning.planner import Strategy, batched, inlined
from graph.engine.running.run import bind
from models.uuid7 import uuid7_at
from tests.api import Api, Insert, a_business, an_agent, at

MONTHS = [datetime(2025, month, 15, tzinfo=UTC) for month in range(1, 13)]


@pytest.fixture
async def metrics(insert: Insert, connection: asyncpg.Connection) -> list[str]:
    """The IDs of one metric a month through 2025, under a business and a domain, and generic plans as in the pool."""
    shop = await a_business(insert)
    domain = await insert("business.domains", business_id=shop, name="d", slug="d")
    values = {"business_id": shop, "domain_id": domain, "type": "BUSINESS", "name": "m"}
    for setting in ("jit", "plan_cache_mode"):
        await connection.execute(f"SET LOCAL {setting} = {READ_SETTINGS[setting]}")
    return [f"metric_{await insert('business.metrics', id=uuid7_at(month), **values)}" for month in MONTHS]


async def executed(api: Api, query: str, **variables: Any) -> set[str]:
    """The months of the partitions of metrics that the operation's root statement executes."""
    asked = api.engine.asked(Operation(query, variables))
    plan = api.engine.plan(asked)
    assert plan.statement is not None
    args = bind(plan.statement, plan.params, asked.variables, api.viewer, {"nonce": "n"})
    (row,) = await api.connection.fetch(f"EXPLAIN (ANALYZE, FORMAT JSON) {plan.statement.text}", *args)
    return {month for node in nodes(orjson.loads(row[0])[0]["Plan"]) if (month := _month(node))}


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """All nodes of a plan."""
    yield plan
    for child in plan.get("Plans", ()):
        yield from nodes(child)


def _month(node: dict[str, Any]) -> str | None:
    name = re.search(r"(?:metrics|conversations|messages)_(\d{4}_\d\d)", node.get("Relation Name", ""))
    return name[1] if name and node["Actual Loops"] else None


async def test_a_batch_by_ids_executes_only_the_partitions_of_those_ids(api: Api, metrics: list[str]) -> None:
    query = "query($ids: [ID!]!) { nodes(ids: $ids) { ... on Metric { recordedAt } } }"
    assert await executed(api, query, ids=[metrics[2], metrics[7]]) == {"2025_03", "2025_08"}
    assert await executed(api, "query($id: ID!) { metric(id: $id) { name } }", id=metrics[4]) == {"2025_05"}


async def test_a_loader_executes_only_the_partitions_of_its_keys(api: Api, metrics: list[str]) -> None:
    from graph.engine.reference.resolvers import Loaders

    seen: set[str] = set()

    async def fetch(statement: Any, args: Any) -> Any:
        (row,) = await api.connection.fetch(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement.text}", *args)
        seen.update(month for node in nodes(orjson.loads(row[0])[0]["Plan"]) if (month := _month(node)))
        return await api.connection.fetch(statement.text, *args)

    engine = api.engine
    loaders = Loaders(engine.schema.core, engine.graph, engine.access, api.viewer, fetch)
    from uuid import UUID

    keys = [UUID(metrics[index].removeprefix("metric_")) for index in (0, 11)]
    found = await loaders.one("Metric").load_many(keys)
    assert [row.record["id"] for row in found if row] == keys
    assert seen == {"2025_01", "2025_12"}


@pytest.mark.parametrize(
    ("bounds", "months"),
    [
        ('{gte: "2025-03-01T00:00:00Z", lt: "2025-05-01T00:00:00Z"}', {"2025_03", "2025_04"}),
        ('{gt: "2025-11-30T23:59:59.9995Z", lte: "2025-12-20T00:00:00Z"}', {"2025_12"}),
        ('{eq: "2025-06-15T00:00:00Z"}', {"2025_06"}),
        ('{eq: "2025-06-15T00:00:00.0001Z"}', set()),
    ],
)
async def test_a_page_with_a_time_filter_executes_only_the_months_of_its_range(
    api: Api, metrics: list[str], bounds: str, months: set[str]
) -> None:
    query = f"{{ metrics(filter: {{recordedAt: {bounds}}}) {{ totalCount nodes {{ recordedAt }} }} }}"
    assert await executed(api, query) <= months
    page = (await api.data(query))["metrics"]
    found = {f"{node['recordedAt'][:4]}_{node['recordedAt'][5:7]}" for node in page["nodes"]}
    assert (found, page["totalCount"]) == (months, len(months))


@pytest.mark.parametrize("arguments", ["last: 2", "first: 2, orderBy: [{recordedAt: DESC}]"])
@pytest.mark.parametrize("strategy", [inlined, batched], ids=["inlined", "batched"])
async def test_a_newest_first_page_executes_no_partition_ahead_and_stops_early(
    api_with: Any, metrics: list[str], arguments: str, strategy: Strategy
) -> None:
    api: Api = api_with(strategy=strategy)
    horizon = (datetime.now(UTC) + timedelta(minutes=2)).strftime("%Y_%m")
    months = await executed(api, f"{{ metrics({arguments}) {{ nodes {{ value }} }} }}")
    assert max(months) <= horizon
    assert min(months) == "2025_11"
    page = await api.data(f"{{ metrics({arguments}) {{ nodes {{ recordedAt }} }} }}")
    assert sorted(node["recordedAt"][:7] for node in page["metrics"]["nodes"]) == ["2025-11", "2025-12"]


async def test_a_nested_newest_first_page_executes_no_partition_ahead(api: Api, metrics: list[str]) -> None:
    horizon = (datetime.now(UTC) + timedelta(minutes=2)).strftime("%Y_%m")
    query = '{ businessBySlug(slug: "shop") { domains { nodes { metrics(last: 3) { nodes { id } } } } } }'
    months = await executed(api, query)
    assert max(months) <= horizon
    assert min(months) == "2025_10"


async def test_the_parent_of_a_row_is_read_from_its_own_partition(api: Api, insert: Insert) -> None:
    agent = await an_agent(insert, await a_business(insert))
    talk = await insert("agents.conversations", id=uuid7_at(at("2025-02-03T00:00:00Z")), agent_id=agent, session_id="s")
    values = {"conversation_id": talk, "role": "USER", "content": "hi", "sequence_number": 1}
    message = await insert("agents.messages", id=uuid7_at(at("2025-04-03T00:00:00Z")), **values)
    query = "query($id: ID!) { message(id: $id) { conversation { startedAt } } }"
    assert await executed(api, query, id=f"message_{message}") == {"2025_02", "2025_04"}


async def test_a_write_outside_the_partitions_is_an_error(connection: asyncpg.Connection, insert: Insert) -> None:
    shop = await a_business(insert)
    with pytest.raises(asyncpg.CheckViolationError, match="no partition of relation"):
        await insert(
            "business.metrics", id=uuid7_at(at("1999-01-01T00:00:00Z")), business_id=shop, type="SYSTEM", name="m"
        )
