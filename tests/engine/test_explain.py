"""What an admin is told of how a query was answered."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from decimal import Decimal
from time import perf_counter
from typing import Any

import asyncpg
import orjson
import pytest
from sqlalchemy import Uuid

from app.database import READ_SETTINGS
from graph.access import Rules
from graph.engine.access import ADMIN, ANONYMOUS, Viewer, viewer_param
from graph.engine.answer import Operation
from graph.engine.planning.planner import Strategy, batched, inlined
from graph.engine.running.explain import EXPLAIN, PHASES, Explaining, nodes
from models.uuid7 import uuid7_at
from tests.api import Api, Insert, Json, a_business, a_job, a_user

MONTHS = [datetime(2025, month, 15, tzinfo=UTC) for month in range(1, 13)]
PEOPLE = "query($n: Int) { users(first: $n) { nodes { firstName jobsPosted(last: 2) { nodes { title } } } } }"
WANTS = frozenset({EXPLAIN})

both = pytest.mark.parametrize("strategy", [inlined, batched], ids=["inlined", "batched"])


async def answered(api: Api, query: str, viewer: Viewer = ADMIN, **variables: Any) -> Json:
    """The whole answer to a client that asks for the explanation."""
    operation = Operation(query, variables, viewer=viewer, wants=WANTS)
    return orjson.loads((await api.engine.answer(operation)).body)


async def explained(api: Api, query: str, **variables: Any) -> Json:
    """The explanation."""
    answer = await answered(api, query, **variables)
    assert "errors" not in answer, answer
    return answer["extensions"]["explain"]


async def partitions(api: Api, query: str, **variables: Any) -> list[tuple[int, int]]:
    """How many partitions each statement scanned, and of how many."""
    found = [one["partitions"] for one in (await explained(api, query, **variables))["statements"]]
    return [(one["scanned"], one["total"]) for one in found]


def on_one(connection: asyncpg.Connection, *, analyze: bool = True) -> Explaining:
    """What explains on the test's own connection."""

    @asynccontextmanager
    async def connections() -> AsyncIterator[asyncpg.Connection]:
        yield connection

    return Explaining(connections, analyze)


@asynccontextmanager
async def sending(connection: asyncpg.Connection) -> AsyncIterator[list[str]]:
    """The statements that are sent meanwhile."""
    sent: list[str] = []
    with connection.query_logger(lambda record: sent.append(record.query)):
        yield sent
        await asyncio.sleep(0)


@pytest.fixture(autouse=True)
async def _generic(connection: asyncpg.Connection) -> None:
    for setting in ("jit", "plan_cache_mode"):
        await connection.execute(f"SET LOCAL {setting} = {READ_SETTINGS[setting]}")


@pytest.fixture
async def ada(insert: Insert) -> Any:
    """A person with two jobs, beside one without any."""
    ada = await a_user(insert)
    await a_user(insert, "Bob")
    for title in ("One", "Two"):
        await a_job(insert, ada, title, budget=Decimal(7))
    return ada


@pytest.fixture
async def metrics(insert: Insert) -> list[str]:
    """The IDs of one metric a month through 2025, under a business and a domain."""
    shop = await a_business(insert)
    domain = await insert("business.domains", business_id=shop, name="d", slug="d")
    values = {"business_id": shop, "domain_id": domain, "type": "BUSINESS", "name": "m"}
    return [f"metric_{await insert('business.metrics', id=uuid7_at(month), **values)}" for month in MONTHS]


@pytest.fixture
async def total(connection: asyncpg.Connection) -> int:
    """How many partitions there are for metrics."""
    query = "SELECT count(*) FROM pg_inherits WHERE inhparent = 'business.metrics'::regclass"
    found: int = await connection.fetchval(query)
    return found


@both
async def test_the_answer_is_what_it_is_without_an_explanation(api_with: Any, ada: Any, strategy: Strategy) -> None:
    api: Api = api_with(strategy=strategy)
    api.viewer = ADMIN
    assert (await answered(api, PEOPLE, n=2))["data"] == await api.data(PEOPLE, n=2)


async def test_the_plan_tells_what_each_field_reads_in_one_statement(api: Api, ada: Any) -> None:
    assert (await explained(api, PEOPLE, n=2))["plan"] == [
        {
            "key": "users",
            "kind": "page",
            "entity": "User",
            "statement": 1,
            "size": 2,
            "order": ["id ASC"],
            "columns": ["firstName"],
            "reads": [
                {
                    "key": "jobsPosted",
                    "kind": "page",
                    "entity": "Job",
                    "how": "inlined",
                    "size": 2,
                    "backward": True,
                    "order": ["id ASC"],
                    "columns": ["title"],
                }
            ],
        }
    ]


async def test_a_batched_relation_names_its_own_statement(api_with: Any, ada: Any) -> None:
    found = await explained(api_with(strategy=batched), PEOPLE, n=2)
    (jobs,) = found["plan"][0]["reads"]
    assert (jobs["how"], jobs["statement"]) == ("batched", 2)
    first, second = found["statements"]
    assert (first["number"], first["rows"], first["read"]) == (1, 1, 2)
    assert (second["number"], second["rows"], second["read"]) == (2, 1, 2)
    assert "FROM identity.users AS t0" in first["sql"]
    assert "FROM freelance.jobs" in second["sql"]
    assert [parameter["name"] for parameter in second["parameters"]] == ["keys"]


async def test_a_batch_without_a_parent_is_not_sent(api_with: Any) -> None:
    first, second = (await explained(api_with(strategy=batched), PEOPLE, n=2))["statements"]
    assert (first["sent"], first["read"]) == (True, 0)
    assert second.items() >= {"number": 2, "sent": False}.items()


async def test_conditions_orders_and_groups_are_told_in_the_words_of_the_schema(api: Api) -> None:
    query = """query($in: [JobStatus!]) {
      jobs(
        filter: {or: [{status: {in: $in}}, {not: {client: {firstName: {eq: "Ada"}}}}], applications: {count: {gt: 1}}}
        orderBy: [{client: {firstName: DESC}}, {applications: {count: ASC}}]
        offset: 3
      ) {
        totalCount
        groups(by: [{createdAt: {by: MONTH}}], having: {count: {gt: 5}}, orderBy: [{count: DESC}]) { count }
      }
    }"""
    (jobs,) = (await explained(api, query.replace("offset: 3", ""), **{"in": ["OPEN"]}))["plan"]
    assert jobs["where"] == ['(status in $in or not client some (firstName eq "Ada"))', "applications.count gt 1"]
    assert (jobs["counted"], "size" in jobs) == (True, False)
    (groups,) = jobs["reads"]
    assert groups["by"] == ["createdAt by month"]
    assert groups["measures"] == ["count"]
    assert groups["having"] == ["count gt 5"]
    assert groups["order"] == ["count DESC", "createdAt by month ASC"]
    query = query.replace("totalCount", "nodes { id }").replace("offset: 3", "first: 5, offset: 3")
    (jobs,) = (await explained(api, query, **{"in": ["OPEN"]}))["plan"]
    assert jobs["order"] == ["client.firstName DESC", "applications.count ASC", "id ASC"]
    assert jobs["offset"] == "3"


async def test_root_fields_of_every_kind_are_in_the_plan(api: Api, metrics: list[str]) -> None:
    query = """query($ids: [ID!]!) {
      __typename
      __schema { queryType { name } }
      nodes(ids: $ids) { id }
      search(query: "red") { nodes { __typename } }
      auditLogs(first: 1) { nodes { entity { __typename ... on Job { title } } } }
    }"""
    plan = (await explained(api, query, ids=metrics[:1]))["plan"]
    assert [root["kind"] for root in plan] == ["constant", "schema", "rows by ID", "page", "page"]
    assert [row["entity"] for row in plan[2]["reads"]] == ["Metric"]
    assert plan[3].items() >= {"entity": "SearchEntry", "search": '"red"', "order": ["rank DESC", "id DESC"]}.items()
    (reference,) = plan[4]["reads"]
    assert reference["kind"] == "row of any type"
    assert {"key": "Job", "kind": "row", "entity": "Job", "how": "inlined", "columns": ["title"]} in reference["reads"]


async def test_only_the_partitions_of_the_ids_asked_for_are_scanned(api: Api, metrics: list[str], total: int) -> None:
    query = "query($ids: [ID!]!) { nodes(ids: $ids) { ... on Metric { recordedAt } } }"
    assert await partitions(api, query, ids=[metrics[2], metrics[7]]) == [(2, total)]
    assert await partitions(api, "query($id: ID!) { metric(id: $id) { name } }", id=metrics[4]) == [(1, total)]


@pytest.mark.parametrize(
    ("bounds", "scanned"),
    [
        ('{gte: "2025-03-01T00:00:00Z", lt: "2025-05-01T00:00:00Z"}', 2),
        ('{eq: "2025-06-15T00:00:00Z"}', 1),
        ('{gte: "1999-01-01T00:00:00Z", lt: "1999-02-01T00:00:00Z"}', 0),
    ],
)
async def test_only_the_months_of_a_time_filter_are_scanned(
    api: Api, metrics: list[str], total: int, bounds: str, scanned: int
) -> None:
    query = f"{{ metrics(filter: {{recordedAt: {bounds}}}) {{ totalCount nodes {{ id }} }} }}"
    assert await partitions(api, query) == [(scanned, total)]


async def test_partitions_after_the_last_row_that_was_needed_are_not_scanned(
    api: Api, metrics: list[str], connection: asyncpg.Connection, total: int
) -> None:
    ((scanned, of),) = await partitions(api, "{ metrics(last: 2) { nodes { id } } }")
    later = (
        "SELECT count(*) FROM pg_inherits WHERE inhparent = 'business.metrics'::regclass AND inhrelid::regclass::text"
    )
    assert of == total
    assert 2 <= scanned <= await connection.fetchval(f"{later} >= 'business.metrics_2025_11'")
    assert await partitions(api, "{ metrics { totalCount } }") == [(await _past(connection), total)]


async def _past(connection: asyncpg.Connection) -> int:
    """How many partitions begin before now: those after it hold nothing that can be seen yet."""
    months = await connection.fetch(
        "SELECT right(inhrelid::regclass::text, 7) FROM pg_inherits WHERE inhparent = 'business.metrics'::regclass"
    )
    return sum(month <= datetime.now(UTC).strftime("%Y_%m") for (month,) in months)


async def test_each_statement_has_the_partitions_of_its_own_tables(
    api_with: Any, metrics: list[str], total: int
) -> None:
    query = """query($id: ID!) {
      metric(id: $id) { name domain { name metrics(first: 1) { nodes { id } } } }
    }"""
    found = await partitions(api_with(strategy=batched), query, id=metrics[0])
    assert [of for _, of in found] == [total, 0, total]
    assert [scanned for scanned, _ in found][:2] == [1, 0]
    ((_, of),) = await partitions(api_with(strategy=inlined), query, id=metrics[0])
    assert of == total


@both
async def test_the_phases_are_all_there_and_come_to_no_more_than_the_whole(
    api_with: Any, ada: Any, strategy: Strategy
) -> None:
    api: Api = api_with(strategy=strategy)
    begun = perf_counter()
    found = await explained(api, PEOPLE, n=2)
    passed = (perf_counter() - begun) * 1e3
    phases = found["phases"]
    assert tuple(phases) == PHASES
    assert all(phases[phase] > 0 for phase in ("parse", "validate", "plan", "database", "encode"))
    assert 0 < sum(phases.values()) <= found["milliseconds"] + 1e-6
    assert found["milliseconds"] <= passed
    assert sum(one["milliseconds"] for one in found["statements"]) <= phases["database"]


async def test_what_stood_in_the_cache_took_no_time(api: Api, ada: Any) -> None:
    await explained(api, PEOPLE, n=2)
    phases = (await explained(api, PEOPLE, n=3))["phases"]
    assert (phases["parse"], phases["validate"]) == (0, 0)


@pytest.mark.parametrize("viewer", [ANONYMOUS, Viewer("user"), Viewer("visitor")], ids=lambda viewer: viewer.kind)
async def test_nobody_but_admins_gets_an_explanation_or_waits_for_one(api: Api, ada: Any, viewer: Viewer) -> None:
    async with sending(api.connection) as sent:
        answer = await answered(api, PEOPLE, viewer, n=2)
    assert set(answer) == {"data"}
    (statement,) = sent
    assert statement.startswith("SELECT convert_to(")


async def test_without_being_asked_for_it_nobody_is_told_anything(api: Api, ada: Any) -> None:
    api.viewer = ADMIN
    assert set(await api(PEOPLE, n=2)) == {"data"}
    assert api.query_count == 1


async def test_a_refused_query_and_a_mutation_have_no_explanation(api: Api) -> None:
    assert set(await answered(api, "{ nothing }")) == {"errors"}
    assert await answered(api, "mutation { __typename }") == {"data": {"__typename": "Mutation"}}


def own_jobs(viewer: Viewer) -> Any:
    """Even admins see only those of `id`, and what they are called."""
    return lambda row: row.c.client_id.in_([viewer_param("id", Uuid())])


@both
async def test_parameters_are_named_and_only_what_the_client_wrote_is_shown(
    api_with: Any, ada: Any, strategy: Strategy
) -> None:
    api: Api = api_with(Rules(rows={"Job": own_jobs}), strategy)
    query = 'query($min: Decimal) { jobs(filter: {budget: {gte: $min}, title: {ne: "x"}}) { nodes { client { id } } } }'
    answer = await answered(api, query, Viewer("admin", {"id": ada}), min="5")
    assert len(answer["data"]["jobs"]["nodes"]) == 2
    found = answer["extensions"]["explain"]
    assert found["plan"][0]["restricted"] is True
    assert {parameter["name"]: parameter for parameter in found["statements"][0]["parameters"]}.items() >= {
        "p0": {"name": "p0", "variable": "$min", "value": "5"},
        "p1": {"name": "p1", "value": "x"},
        "viewer_id": {"name": "viewer_id"},
    }.items()
    assert str(ada) not in orjson.dumps(found).decode()


NASTY = 'O\'Neil \\ "$1" {x,NULL} … ✓'


async def test_a_statement_is_explained_with_the_very_values_it_ran_with(
    api: Api, insert: Insert, ada: Any, connection: asyncpg.Connection
) -> None:
    job = await a_job(insert, ada, NASTY, budget=Decimal("12.34"), skills=[NASTY, "NULL", ""])
    query = """query($title: String, $skills: [String!], $budget: Decimal, $ids: [ID!], $at: DateTime) {
      jobs(filter: {title: {eq: $title}, skills: {contains: $skills}, budget: {eq: $budget}, id: {in: $ids}
                    createdAt: {gte: $at}}) { nodes { title } }
    }"""
    variables = {"title": NASTY, "skills": [NASTY, "NULL", ""], "budget": "12.34", "ids": [f"job_{job}"]}
    explaining = on_one(connection)
    operation = Operation(query, {**variables, "at": "2020-01-01T00:00:00.123456+02:00"}, viewer=ADMIN)
    answer = await api.engine.answer(operation, explaining)
    assert orjson.loads(answer.body)["data"] == {"jobs": {"nodes": [{"title": NASTY}]}}
    (sent,) = explaining.sent
    (scan,) = [node for node in nodes(sent.node) if node.get("Relation Name") == "jobs"]
    assert scan["Actual Rows"] == 1
    assert "$1" in str(scan), "the plan is the generic one that the statement runs by"
    assert NASTY not in str(sent.node)


async def test_numbers_of_more_than_64_bits_are_told_too(api: Api, ada: Any) -> None:
    query = "query($n: Decimal) { jobs(filter: {budget: {lt: $n}}) { totalCount } }"
    found = await explained(api, query, n=10**30)
    assert str(10**30) in orjson.dumps(found["statements"][0]["parameters"][0]).decode()


async def test_without_analyze_the_query_is_planned_and_never_run(
    api: Api, metrics: list[str], connection: asyncpg.Connection, total: int
) -> None:
    explaining = on_one(connection, analyze=False)
    query = '{ metrics(filter: {recordedAt: {lt: "2025-03-01T00:00:00Z"}}) { totalCount } jobs { nodes { id } } }'
    async with sending(connection) as sent:
        await api.engine.answer(Operation(query, viewer=ADMIN), explaining)
    assert [text for text in sent if text.startswith("EXPLAIN (VERBOSE, FORMAT JSON) EXECUTE")]
    assert not [text for text in sent if "ANALYZE" in text or "freelance.jobs" in text]
    assert explaining.explanation is not None
    assert not explaining.explanation.analyzed
    (statement,) = explaining.explanation.as_json()["statements"]
    assert (statement["rows"], statement["read"], statement["milliseconds"], statement["buffers"]) == (None,) * 4
    early = (
        "SELECT count(*) FROM pg_inherits WHERE inhparent = 'business.metrics'::regclass AND inhrelid::regclass::text"
    )
    scanned = await connection.fetchval(f"{early} < 'business.metrics_2025_03'")
    assert statement["partitions"] == {"scanned": scanned, "total": total}
