"""Pages in any order, forward and backward, visit every row once."""

from decimal import Decimal
from typing import Any

import pytest

from graph.engine.planning.planner import Strategy, batched, inlined
from tests.api import Api, Insert, a_job, a_user

ORDERS = [
    "[]",
    "[{id: DESC}]",
    "[{budget: ASC}]",
    "[{budget: DESC}, {title: ASC}]",
    "[{category: ASC}]",
    "[{category: DESC}]",
    "[{category: ASC_NULLS_FIRST}, {budget: DESC}]",
    "[{budget: ASC}, {category: DESC_NULLS_LAST}, {title: DESC}]",
]


@pytest.fixture
async def client(insert: Insert) -> Any:
    """Somebody who offers 23 jobs full of ties and gaps."""
    ada = await a_user(insert)
    for number in range(23):
        category = None if number % 3 == 0 else f"c{number % 2}"
        await a_job(insert, ada, f"t{number % 4}", budget=Decimal(number % 3), category=category)
    return ada


@pytest.mark.parametrize("strategy", [inlined, batched], ids=["inlined", "batched"])
@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize(("size", "cursor", "more"), [("first", "after", "Next"), ("last", "before", "Previous")])
async def test_a_walk_visits_every_row_once(
    api_with: Any, client: Any, order: str, size: str, cursor: str, more: str, strategy: Strategy
) -> None:
    api: Api = api_with(strategy=strategy)
    query = f"""query($c: String) {{ user(id: "user_{client}") {{
        jobsPosted({size}: 5, {cursor}: $c, orderBy: {order}) {{
        edges {{ cursor node {{ id }} }} totalCount
        pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} }} }} }}"""
    whole = await api.data(f"{{ jobs(first: 100, orderBy: {order}) {{ nodes {{ id }} }} }}")
    expected = [node["id"] for node in whole["jobs"]["nodes"]]
    seen: list[str] = []
    place, turns = None, 0
    while True:
        page = (await api.data(query, c=place))["user"]["jobsPosted"]
        ids = [edge["node"]["id"] for edge in page["edges"]]
        seen = seen + ids if size == "first" else ids + seen
        info, turns = page["pageInfo"], turns + 1
        assert page["totalCount"] == 23
        assert (info["startCursor"], info["endCursor"]) == (page["edges"][0]["cursor"], page["edges"][-1]["cursor"])
        assert info["hasPreviousPage" if size == "first" else "hasNextPage"] == (turns > 1)
        place = info["endCursor" if size == "first" else "startCursor"]
        if not info[f"has{more}Page"]:
            break
    assert seen == expected
    assert turns == 5


async def test_a_page_between_two_cursors_is_what_lies_between_them(api: Api, client: Any) -> None:
    whole = (await api.data("{ jobs(orderBy: [{category: DESC}]) { edges { cursor node { id } } } }"))["jobs"]["edges"]
    query = """query($a: String, $b: String) { jobs(orderBy: [{category: DESC}], after: $a, before: $b) {
        nodes { id } pageInfo { hasNextPage hasPreviousPage } totalCount } }"""
    page = (await api.data(query, a=whole[3]["cursor"], b=whole[9]["cursor"]))["jobs"]
    assert page["nodes"] == [edge["node"] for edge in whole[4:9]]
    assert page["pageInfo"] == {"hasNextPage": True, "hasPreviousPage": True}


async def test_the_cursor_of_a_deleted_row_still_names_its_place(api: Api, client: Any, connection: Any) -> None:
    whole = (await api.data("{ jobs(orderBy: [{budget: ASC}]) { edges { cursor node { id } } } }"))["jobs"]["edges"]
    gone = whole[7]
    await connection.execute("DELETE FROM freelance.jobs WHERE 'job_' || id = $1", gone["node"]["id"])
    query = "query($a: String) { jobs(orderBy: [{budget: ASC}], first: 2, after: $a) { nodes { id } } }"
    page = (await api.data(query, a=gone["cursor"]))["jobs"]
    assert page["nodes"] == [whole[8]["node"], whole[9]["node"]]
