"""What frontends ask, and the exact answers."""

from decimal import Decimal
from uuid import UUID

import pytest

from models.uuid7 import uuid7_at
from tests.api import Api, Insert, a_business, a_job, a_user, an_agent, at

NOWHERE = UUID("019a0000-0000-7000-8000-000000000000")


async def test_a_job_is_found_by_its_id_with_client_and_escrow_in_one_statement(api: Api, insert: Insert) -> None:
    ada = await a_user(insert)
    job = await a_job(insert, ada)
    await insert("freelance.escrows", job_id=job, client_id=ada, amount=50)
    found = await api.data(
        "query($id: ID!) { job(id: $id) { __typename id title budget client { firstName } escrow { amount status } } }",
        id=f"job_{job}",
    )
    assert found == {
        "job": {
            "__typename": "Job",
            "id": f"job_{job}",
            "title": "Job",
            "budget": "100.00",
            "client": {"firstName": "Ada"},
            "escrow": {"amount": "50.00", "status": "PENDING"},
        }
    }
    assert api.query_count == 1


async def test_a_missing_row_is_null(api: Api) -> None:
    found = await api.data(f'{{ job(id: "job_{NOWHERE}") {{ id }} node(id: "job_{NOWHERE}") {{ id }} }}')
    assert found == {"job": None, "node": None}


async def test_a_row_is_found_by_what_people_call_it(api: Api, insert: Insert) -> None:
    shop = await a_business(insert, "shop")
    await insert("business.domains", business_id=shop, name="Sales", slug="sales")
    found = await api.data(
        'query($b: ID!) { businessBySlug(slug: "shop") { name } domainBySlug(businessId: $b, slug: "sales") { name }'
        ' other: domainBySlug(businessId: $b, slug: "x") { name } }',
        b=f"business_{shop}",
    )
    assert found == {"businessBySlug": {"name": "shop"}, "domainBySlug": {"name": "Sales"}, "other": None}


async def test_a_natural_key_may_have_a_part_without_value(api: Api, insert: Insert) -> None:
    await insert("llm.ai_models", provider="OPENAI", name="gpt")
    await insert("llm.ai_models", provider="OPENAI", name="gpt", version="2")
    query = """query($v: String) {
        m: aiModelByProviderAndNameAndVersion(provider: OPENAI, name: "gpt", version: $v) { version } }"""
    assert await api.data(query) == {"m": {"version": None}}
    assert await api.data(query, v="2") == {"m": {"version": "2"}}


async def test_nodes_come_in_the_order_asked_with_null_for_the_missing(api: Api, insert: Insert) -> None:
    ada = await a_user(insert)
    job = await a_job(insert, ada, "One")
    ids = [f"user_{ada}", f"job_{NOWHERE}", f"job_{job}", f"user_{ada}"]
    query = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename ... on Job { title } ... on User { firstName } } }"
    assert (await api.data(query, ids=ids))["nodes"] == [
        {"__typename": "User", "firstName": "Ada"},
        None,
        {"__typename": "Job", "title": "One"},
        {"__typename": "User", "firstName": "Ada"},
    ]
    assert api.query_count == 1, api.statements
    assert await api.data(query, ids=[]) == {"nodes": []}


async def test_each_parent_has_its_own_page(api: Api, insert: Insert) -> None:
    for name, jobs in (("Ada", 3), ("Bob", 1), ("Cid", 0)):
        client = await a_user(insert, name)
        for number in range(jobs):
            await a_job(insert, client, f"{name} {number}")
    query = """{ users(orderBy: [{firstName: ASC}]) { totalCount nodes { firstName jobsPosted(first: 2) {
        totalCount nodes { title } pageInfo { hasNextPage hasPreviousPage } } } } }"""
    assert await api.data(query) == {
        "users": {
            "totalCount": 3,
            "nodes": [
                _jobs("Ada", 3, ["Ada 0", "Ada 1"], more=True),
                _jobs("Bob", 1, ["Bob 0"], more=False),
                _jobs("Cid", 0, [], more=False),
            ],
        }
    }
    assert api.query_count == 1


def _jobs(name: str, total: int, titles: list[str], *, more: bool) -> dict[str, object]:
    page = {"hasNextPage": more, "hasPreviousPage": False}
    return {
        "firstName": name,
        "jobsPosted": {"totalCount": total, "nodes": [{"title": title} for title in titles], "pageInfo": page},
    }


async def test_fragments_aliases_and_directives_shape_the_answer(api: Api, insert: Insert) -> None:
    ada = await a_user(insert)
    query = """
        query($id: ID!, $no: Boolean!) {
          one: user(id: $id) { ...Name id @skip(if: $no) lastName @include(if: $no) }
          two: node(id: $id) { ... on User { ...Name } ... on Job { title } ... on Node { __typename } }
        }
        fragment Name on User { first: firstName ... { lastName @skip(if: true) } }"""
    assert await api.data(query, id=f"user_{ada}", no=False) == {
        "one": {"first": "Ada", "id": f"user_{ada}"},
        "two": {"first": "Ada", "__typename": "User"},
    }
    assert await api.data(query, id=f"user_{ada}", no=True) == {
        "one": {"first": "Ada", "lastName": "L"},
        "two": {"first": "Ada", "__typename": "User"},
    }


async def test_values_look_as_the_conventions_say(api: Api, insert: Insert) -> None:
    shop = await a_business(insert, settings='{"b": [1.50, null], "a": "é"}')
    moment = at("2025-12-14T05:20:00.12Z")
    agent = await an_agent(insert, shop, tools=["a", 'b"c'])
    talk = await insert(
        "agents.conversations", id=uuid7_at(moment), agent_id=agent, session_id="s", total_cost=Decimal("0.000001")
    )
    found = await api.data(
        "query($id: ID!) { conversation(id: $id) { startedAt totalCost totalTokens messageCount endedAt"
        " agent { tools business { settings } } } }",
        id=f"conversation_{talk}",
    )
    assert found["conversation"] == {
        "startedAt": "2025-12-14T05:20:00.12+00:00",
        "totalCost": "0.000001",
        "totalTokens": "0",
        "messageCount": 0,
        "endedAt": None,
        "agent": {"tools": ["a", 'b"c'], "business": {"settings": {"a": "é", "b": [1.5, None]}}},
    }


async def test_equality_and_ranges_filter(api: Api, insert: Insert) -> None:
    ada = await a_user(insert)
    for number in range(5):
        await a_job(insert, ada, f"J{number}", budget=Decimal(number), status="OPEN" if number % 2 else "DRAFT")

    async def titles(filter: str, **variables: object) -> list[str]:
        query = (
            f"query($s: JobStatus, $b: DecimalFilter) {{ jobs(filter: {filter}) {{ nodes {{ title }} totalCount }} }}"
        )
        jobs = (await api.data(query.replace("$s: JobStatus, ", "") if "$s" not in filter else query, **variables))[
            "jobs"
        ]
        assert jobs["totalCount"] == len(jobs["nodes"])
        return [job["title"] for job in jobs["nodes"]]

    assert await titles("{status: {eq: OPEN}, budget: $b}") == ["J1", "J3"]
    assert await titles("{status: {eq: $s}, budget: $b}", s="DRAFT", b={"gte": "2"}) == ["J2", "J4"]
    assert await titles("{budget: $b}", b={"gt": "1", "lt": "3"}) == ["J2"]
    assert await titles("{budget: $b}", b={"in": ["0", "4.00"]}) == ["J0", "J4"]
    assert await titles("{deadline: {isNull: false}, budget: $b}") == []


@pytest.mark.parametrize(
    ("argument", "titles"),
    [
        ("[{budget: DESC}, {title: ASC}]", ["b", "c", "a", "d"]),
        ("[{category: ASC}, {title: DESC}]", ["a", "c", "d", "b"]),
        ("[{category: DESC}]", ["d", "b", "c", "a"]),
        ("[{category: ASC_NULLS_FIRST}]", ["b", "d", "a", "c"]),
        ("[{category: DESC_NULLS_LAST}]", ["c", "a", "d", "b"]),
    ],
)
async def test_rows_come_in_the_order_asked(api: Api, insert: Insert, argument: str, titles: list[str]) -> None:
    ada = await a_user(insert)
    for title, budget, category in (("a", 1, "x"), ("b", 2, None), ("c", 2, "y"), ("d", 1, None)):
        await a_job(insert, ada, title, budget=Decimal(budget), category=category)
    found = await api.data(f"{{ jobs(orderBy: {argument}) {{ nodes {{ title }} }} }}")
    assert [job["title"] for job in found["jobs"]["nodes"]] == titles


async def test_the_schema_answers_about_itself_beside_data(api: Api, insert: Insert) -> None:
    await a_user(insert)
    query = "query($n: String!) { __typename t: __type(name: $n) { name kind } users { totalCount } version }"
    assert await api.data(query, n="Job") == {
        "__typename": "Query",
        "t": {"name": "Job", "kind": "OBJECT"},
        "users": {"totalCount": 1},
        "version": "0.1.0",
    }


async def test_a_text_with_every_awkward_character_comes_back_as_it_is(api: Api, insert: Insert) -> None:
    awkward = 'quote " backslash \\ newline \n tab \t nul-ish \x01 line \u2028 emoji \U0001f600 </script>'
    ada = await a_user(insert, bio=awkward)
    assert (await api.data(f'{{ user(id: "user_{ada}") {{ bio }} }}'))["user"]["bio"] == awkward


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("red or bl*", 2),
        ("red OR bl*", 2),
        ("red bl*", 0),
        ("or bl*", 1),
        ("shoe or*", 0),
        ("-red or bl*", 1),
    ],
)
async def test_a_search_by_beginning_or_by_word(api: Api, insert: Insert, words: str, found: int) -> None:
    shop = await a_business(insert)
    shelf = await insert("catalog.categories", business_id=shop, name="c", slug="c")
    for name in ("Red shoe", "Blue sock"):
        links = {"business_id": shop, "category_id": shelf}
        await insert("catalog.products", name=name, slug=name.lower().replace(" ", "-"), price=1, **links)
    query = "query($w: String) { products(search: $w) { totalCount } }"
    assert (await api.data(query, w=words))["products"]["totalCount"] == found
