"""Declared rules hold wherever a row or a column is touched, on every path and strategy."""

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Uuid, any_, case, null
from sqlalchemy.dialects.postgresql import ARRAY

from graph.access import Rules
from graph.engine.access import ADMIN, ANONYMOUS, Viewer, viewer_param
from graph.engine.answer import Operation
from graph.engine.planning.planner import Strategy, batched, inlined
from tests.api import Api, Insert, a_job, a_user


def open_jobs_or_own(viewer: Viewer) -> Any:
    """Admins see every job, users theirs and the open ones, others the open ones."""
    if viewer.kind == "admin":
        return None
    if viewer.kind == "user":
        return lambda row: (row.c.status == "OPEN") | row.c.client_id.in_([viewer_param("id", Uuid())])
    return lambda row: row.c.status == "OPEN"


def budget_of_friends(viewer: Viewer) -> Any:
    """Admins see every budget, users those of their friends' jobs, others none."""
    if viewer.kind == "admin":
        return None
    if viewer.kind == "user":
        friends = viewer_param("friends", ARRAY(Uuid()))
        return lambda row: case((row.c.client_id == any_(friends), row.c.budget))
    return lambda row: null().cast(row.c.budget.type)


RULES = Rules(rows={"Job": open_jobs_or_own}, columns={("Job", "budget"): budget_of_friends})


@pytest.fixture(params=[inlined, batched], ids=["inlined", "batched"])
def ruled(request: pytest.FixtureRequest, api_with: Any) -> Api:
    """The API under the rules, with either strategy."""
    strategy: Strategy = request.param
    made: Api = api_with(RULES, strategy)
    return made


@pytest.fixture
async def people(insert: Insert) -> dict[str, Any]:
    """Ada has an open job of 1 and a draft of 2, Bob a draft of 3."""
    ada, bob = await a_user(insert, "Ada"), await a_user(insert, "Bob")
    await a_job(insert, ada, "open", status="OPEN", budget=Decimal(1))
    await a_job(insert, ada, "draft", budget=Decimal(2))
    secret = await a_job(insert, bob, "secret", budget=Decimal(3))
    await insert("freelance.escrows", job_id=secret, client_id=bob, amount=3)
    return {"ada": ada, "bob": bob, "secret": secret}


EVERYWHERE = """query($id: ID!) {
  jobs(orderBy: [{title: ASC}]) { totalCount nodes { title budget } }
  users(orderBy: [{firstName: ASC}]) { nodes { jobsPosted { totalCount edges { node { title } } } } }
  job(id: $id) { title }
  node(id: $id) { id }
  nodes(ids: [$id]) { id }
  escrows { nodes { job { title } } }
}"""


async def test_a_hidden_row_is_missing_everywhere(ruled: Api, people: dict[str, Any]) -> None:
    ruled.viewer = ANONYMOUS
    assert await ruled.data(EVERYWHERE, id=f"job_{people['secret']}") == {
        "jobs": {"totalCount": 1, "nodes": [{"title": "open", "budget": None}]},
        "users": {
            "nodes": [
                {"jobsPosted": {"totalCount": 1, "edges": [{"node": {"title": "open"}}]}},
                {"jobsPosted": {"totalCount": 0, "edges": []}},
            ]
        },
        "job": None,
        "node": None,
        "nodes": [None],
        "escrows": {"nodes": [{"job": None}]},
    }


async def test_one_plan_serves_viewers_of_a_kind_with_their_own_values(ruled: Api, people: dict[str, Any]) -> None:
    query = "{ jobs(orderBy: [{title: ASC}]) { nodes { title budget } } }"
    ruled.viewer = Viewer("user", {"id": people["ada"], "friends": [people["ada"]]})
    assert (await ruled.data(query))["jobs"]["nodes"] == [
        {"title": "draft", "budget": "2.00"},
        {"title": "open", "budget": "1.00"},
    ]
    ruled.viewer = Viewer("user", {"id": people["bob"], "friends": []})
    assert (await ruled.data(query))["jobs"]["nodes"] == [
        {"title": "open", "budget": None},
        {"title": "secret", "budget": None},
    ]
    ruled.viewer = ADMIN
    assert [job["budget"] for job in (await ruled.data(query))["jobs"]["nodes"]] == ["2.00", "1.00", "3.00"]


async def test_filters_and_orders_see_only_what_the_viewer_sees(ruled: Api, people: dict[str, Any]) -> None:
    ruled.viewer = Viewer("user", {"id": people["bob"], "friends": [people["bob"]]})
    found = await ruled.data('{ a: jobs(filter: {budget: {gt: "0"}}) { nodes { title } } }')
    assert found["a"]["nodes"] == [{"title": "secret"}]
    found = await ruled.data("{ a: jobs(orderBy: [{budget: DESC_NULLS_LAST}]) { edges { cursor node { title } } } }")
    assert [edge["node"]["title"] for edge in found["a"]["edges"]] == ["secret", "open"]
    after = found["a"]["edges"][0]["cursor"]
    query = "query($c: String) { a: jobs(orderBy: [{budget: DESC_NULLS_LAST}], after: $c) { nodes { title } } }"
    assert (await ruled.data(query, c=after))["a"]["nodes"] == [{"title": "open"}]


async def test_the_reference_path_obeys_the_same_rules(ruled: Api, people: dict[str, Any]) -> None:
    variables = {"id": f"job_{people['secret']}"}
    for viewer in (ANONYMOUS, Viewer("user", {"id": people["ada"], "friends": []}), ADMIN):
        ruled.viewer = viewer
        found = await ruled.engine.reference(Operation(EVERYWHERE, variables, viewer=viewer), ruled.fetch)
        assert found == {"data": await ruled.data(EVERYWHERE, **variables), "errors": None}


async def test_a_restricted_column_is_nullable_in_the_schema(ruled: Api) -> None:
    fields = ruled.engine.schema.core.type_map["Job"].fields  # type: ignore[attr-defined]
    assert (str(fields["budget"].type), str(fields["currency"].type)) == ("Decimal", "String!")


def test_secrets_have_no_field_anywhere(schema: Any) -> None:
    from graphql import print_schema

    assert "passwordHash" not in print_schema(schema.core)
