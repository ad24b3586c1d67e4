"""How many statements an operation takes, and when a plan is used again."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from graph.engine.answer import Operation
from graph.engine.asking.asked import Prepared
from graph.engine.asking.cache import TwiceSeen
from graph.engine.planning.planner import batched
from tests.api import Api, Insert, a_business, a_job, a_user, an_agent

SHAPES = {
    path.stem: path.read_text() for path in sorted((Path(__file__).parents[2] / "bench" / "shapes").glob("*.graphql"))
}
PLAIN = {"point": 2, "list": 4, "deep": 5, "partition": 2, "chat": 2}
RELATIONS = {**PLAIN, "filter": 1, "aggregate": 0, "groups": 1, "search": 0, "wide": 2, "recursive": 2}
"""How many relations a shape selects; `PLAIN` of those that are nothing but rows, their relations and pages."""


@pytest.fixture
async def rows(insert: Insert) -> dict[str, dict[str, Any]]:
    """A row of everything the shapes read; the variables that each shape is asked with."""
    ada = await a_user(insert, "Ada", country="NZ")
    bob = await a_user(insert, "Bob", country="NZ")
    job = await a_job(insert, ada, freelancer_id=bob, status="OPEN")
    await insert("freelance.escrows", job_id=job, client_id=ada, amount=1)
    await insert("freelance.applications", job_id=job, freelancer_id=bob, proposed_amount=1)
    await insert("freelance.reviews", job_id=job, reviewer_id=ada, reviewee_id=bob, rating=5)
    shop = await a_business(insert)
    domain = await insert("business.domains", business_id=shop, name="d", slug="d")
    await insert("business.metrics", business_id=shop, domain_id=domain, type="SYSTEM", name="m")
    talk = await insert("agents.conversations", agent_id=await an_agent(insert, shop), session_id="s")
    await insert("agents.messages", conversation_id=talk, role="USER", content="hi", sequence_number=1)
    shelf = await insert("catalog.categories", business_id=shop, name="c", slug="c")
    product = {"business_id": shop, "category_id": shelf, "name": "red shoe", "slug": "p", "price": Decimal(5)}
    await insert("catalog.products", **product)
    await insert("sales.orders", business_id=shop, order_number="1", subtotal=1, total_amount=1, email="a@x.example")
    return {
        "point": {"id": f"job_{job}"},
        "partition": {"id": f"business_{shop}"},
        "groups": {"id": f"business_{shop}"},
        "recursive": {"id": f"category_{shelf}"},
        "search": {"words": "shoe"},
        "filter": {"countries": ["NZ"], "country": "NZ", "amount": "1"},
    }


@pytest.mark.parametrize("shape", SHAPES)
async def test_every_shape_of_the_bench_is_one_statement_or_one_for_each_batched_relation(
    api: Api, api_with: Any, rows: dict[str, dict[str, Any]], shape: str
) -> None:
    query, variables = SHAPES[shape], rows.get(shape, {})
    answer = await api.data(query, **variables)
    assert api.query_count == 1
    other: Api = api_with(strategy=batched)
    assert await other.data(query, **variables) == answer
    assert other.query_count == 1 + RELATIONS[shape]


@pytest.mark.parametrize("shape", PLAIN)
async def test_the_reference_path_sends_one_statement_for_each_relationship_and_level(
    api: Api, rows: dict[str, dict[str, Any]], shape: str, insert: Insert
) -> None:
    query, variables = SHAPES[shape], rows.get(shape, {})
    found = await api.engine.reference(Operation(query, variables), api.fetch)
    assert found["errors"] is None
    assert found["data"] == await api.data(query, **variables)
    assert len(api.sent) == 1 + RELATIONS[shape]


def plans_of(api: Api, query: str) -> int:
    prepared = api.engine.cache.get(query)
    assert isinstance(prepared, Prepared)
    return sum(tree.plans for tree in prepared.plans.values())


async def test_values_share_a_plan_and_what_chooses_sql_does_not(api: Api, insert: Insert) -> None:
    await a_job(insert, await a_user(insert))
    query = """query($f: JobFilter, $o: [JobOrderBy!], $n: Int, $s: Boolean = false) {
        jobs(filter: $f, orderBy: $o, first: $n) { nodes { id title @skip(if: $s) } } }"""
    for variables, plans in (
        ({}, 1),
        ({"f": {"title": {"eq": "a"}}}, 2),
        ({"f": {"title": {"eq": "b"}}}, 2),
        ({"f": {"title": {"in": ["a"]}}}, 3),
        ({"f": {"title": {"in": ["a", "b"]}}}, 3),
        ({"o": [{"title": "ASC"}]}, 4),
        ({"o": [{"title": "DESC"}]}, 5),
        ({"o": [{"title": "DESC"}], "f": {"title": {"eq": "c"}}}, 6),
        ({"n": 1}, 7),
        ({"s": True}, 8),
        ({}, 8),
    ):
        await api.data(query, **variables)
        assert plans_of(api, query) == plans, variables


async def test_a_literal_with_a_variable_inside_is_read_anew(api: Api, insert: Insert) -> None:
    ada = await a_user(insert)
    for title in ("a", "b"):
        await a_job(insert, ada, title)
    query = "query($t: String!) { jobs(filter: {title: {in: [$t]}}) { nodes { title } } }"
    for title in ("a", "b", "a"):
        assert (await api.data(query, t=title))["jobs"]["nodes"] == [{"title": title}]


def test_what_was_seen_twice_outlives_a_flood() -> None:
    cache: TwiceSeen[int] = TwiceSeen(1_000)
    cache.add("kept", 1, 10)
    assert cache.get("kept") == 1
    for number in range(1_000):
        cache.add(f"once {number}", number, 10)
    assert cache.get("kept") == 1
    assert cache.weight <= 1_000
    assert len(cache) < 100


def test_the_cache_is_bounded_when_entries_grow() -> None:
    cache: TwiceSeen[int] = TwiceSeen(1_000)
    for number in range(10):
        cache.add(str(number), number, 10)
        cache.get(str(number))
        cache.grow(str(number), 300)
    assert cache.weight <= 1_000
    assert cache.get("9") == 9
