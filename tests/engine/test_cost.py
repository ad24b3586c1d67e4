"""What an operation costs: known before it runs, told on request, and near to the time that it takes."""

from typing import Any

import asyncpg
import orjson
import pytest

from app.database import KEPT
from graph.engine.answer import Operation
from graph.engine.costs.cost import cost
from graph.engine.costs.statistics import Statistics, Table, Values, learned
from graph.engine.schema.schema import Schema
from tests.api import Api, Insert, a_job, a_user
from tests.engine.calibration import samples, spearman
from tests.engine.conftest import Crowd
from tests.engine.facts import learn

OPERATIONS = 200


def price(api: Api, query: str, **variables: Any) -> int:
    """What `query` costs before it runs."""
    return api.engine.plan(api.engine.asked(Operation(query, variables))).cost.total


async def told(api: Api, query: str) -> dict[str, int]:
    """The extension `cost` of the answer to `query`."""
    answer = await api.engine.answer(Operation(query, wants=frozenset({"cost"})))
    found: dict[str, int] = orjson.loads(answer.body)["extensions"]["cost"]
    return found


@pytest.mark.parametrize(
    ("less", "more"),
    [
        ("{ jobs(first: 5) { nodes { id } } }", "{ jobs(first: 50) { nodes { id } } }"),
        ("{ jobs { nodes { id } } }", "{ jobs { nodes { id title description budget status } } }"),
        ("{ jobs { nodes { id } } }", "{ jobs { nodes { id } totalCount } }"),
        ("{ jobs { nodes { id } } }", "{ jobs { nodes { id client { id } } } }"),
        ("{ jobs { nodes { client { id } } } }", "{ jobs { nodes { client { jobsPosted { nodes { id } } } } } }"),
        ("{ jobs { nodes { id } } }", "{ a: jobs { nodes { id } } b: jobs { nodes { id } } }"),
        ("{ jobs { totalCount } }", "{ jobs { aggregate { median { budget } } } }"),
        ("{ jobs { nodes { id } } }", "{ jobs(orderBy: [{applications: {count: DESC}}]) { nodes { id } } }"),
    ],
)
def test_who_asks_for_more_is_charged_more(api: Api, less: str, more: str) -> None:
    assert 0 < price(api, less) < price(api, more)


def test_lists_in_lists_multiply(api: Api) -> None:
    one, ten = (
        price(api, f"{{ jobs(first: {size}) {{ nodes {{ applications(first: 100) {{ nodes {{ id }} }} }} }} }}")
        for size in (10, 100)
    )
    assert ten > 3 * one


def test_the_size_of_a_page_counts_wherever_it_is_said_and_other_values_do_not(api: Api) -> None:
    query = "query($n: Int, $t: String) { jobs(first: $n, filter: {title: {contains: $t}}) { nodes { id } } }"
    literal = '{ jobs(first: 90, filter: {title: {contains: "x"}}) { nodes { id } } }'
    assert price(api, query, n=90, t="x") == price(api, query, n=90, t="y" * 99) == price(api, literal)
    assert price(api, query, n=9, t="x") < price(api, literal)


def test_a_condition_more_makes_nothing_cheaper(api: Api) -> None:
    plain = "{ jobs(filter: {title: {contains: $t}}) { nodes { id } } }"
    more = plain.replace("{title", "{description: {contains: $t}, title")
    declared = "query($t: String) "
    assert price(api, declared + plain, t="x") <= price(api, declared + more, t="x")


def test_large_tables_cost_more_to_look_through(api: Api) -> None:
    query = '{ jobs(filter: {title: {contains: "x"}}, orderBy: [{title: ASC}]) { totalCount nodes { id } } }'
    small = price(api, query)
    api.engine.learn(Statistics({"Job": Table(1_000_000.0)}))
    assert price(api, query) > 50 * small


async def test_what_costs_too_much_is_refused_before_any_work(api: Api) -> None:
    inner = "id"
    for relation in ("client { jobsPosted", "client { jobsPosted", "jobsPosted"):
        inner = f"{relation}(first: 100) {{ nodes {{ {inner} }} }} {'}' * relation.count('{')}"
    api.engine.learn(Statistics({"Job": Table(1e6)}, values={("Job", "client_id"): Values(1e3)}))
    error = await api.error(f"{{ users(first: 100) {{ nodes {{ {inner} }} }} }}")
    assert api.statements == []
    said = error["extensions"]
    assert (said["code"], said["limit"], said["allowed"]) == ("TOO_COMPLEX", "cost", 50_000)
    assert said["asked"] > 50_000
    assert said["path"].startswith("users.nodes.jobsPosted")
    assert f"The operation costs {said['asked']:,}; 50,000 are allowed." in error["message"]
    assert said["path"] in error["message"]


async def test_an_answer_tells_what_was_requested_and_what_it_came_to(api: Api, insert: Insert) -> None:
    ada = await a_user(insert, "Ada")
    query = "{ jobs(first: 100) { nodes { id title client { firstName } } } }"
    empty = await told(api, query)
    for _ in range(30):
        await a_job(insert, ada)
    full = await told(api, query)
    assert empty["requested"] == full["requested"] == price(api, query)
    assert 0 < empty["actual"] < full["actual"] < full["requested"]


async def test_whoever_does_not_ask_is_not_told(api: Api) -> None:
    assert "extensions" not in await api("{ jobs { nodes { id } } }")


async def test_what_postgresql_remembers_of_its_tables_is_learned(crowd: Crowd, schema: Schema) -> None:
    graph = schema.derived.graph
    counted = {
        entity.name: await crowd.connection.fetchval(f"SELECT count(*) FROM {entity.table.fullname}")
        for entity in graph
        if entity.name in ("User", "Job", "Metric", "Message")
    }
    assert {name: crowd.statistics.rows(graph[name]) for name in counted} == counted
    assert crowd.statistics.table(graph["Metric"]).partitions > 12
    assert crowd.statistics.distinct("User", "country")


async def test_plans_are_made_anew_when_tables_have_outgrown_what_was_known(api: Api) -> None:
    query = "{ jobs { totalCount } }"
    before = price(api, query)
    api.engine.learn(Statistics({"Job": Table(1_900.0)}))
    assert price(api, query) == before
    api.engine.learn(Statistics({"Job": Table(190_000.0)}))
    assert price(api, query) > 10 * before


@pytest.mark.long
async def test_the_cost_of_generated_operations_puts_them_in_the_order_of_their_times(
    sample_database: str, schema: Schema
) -> None:
    graph, connection = schema.derived.graph, await asyncpg.connect(sample_database, **KEPT)
    facts, statistics = await learn(connection, graph), await learned(connection, graph)
    taken = await samples(Api(connection, schema), facts, OPERATIONS * 5 // 4, seed=2)
    await connection.close()
    assert len(taken) >= OPERATIONS
    taken = taken[:OPERATIONS]
    expected = [float(cost(one.plan, statistics).total) for one in taken]
    assert spearman(expected, [one.microseconds for one in taken]) >= 0.85
