"""Hardened, the server answers operations and tells nothing else, on every transport."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from app.settings import Settings
from tests.http.conftest import Serve, Served

QUERY = "{ users { totalCount } }"
INTROSPECTION = [
    "{ __schema { queryType { name } } }",
    '{ __type(name: "User") { name } }',
    '{ version ... { a: __type(name: "User") { name } } }',
    "query { ...F } fragment F on Query { __schema { types { name } } }",
]
MISTAKES: list[tuple[str, dict[str, Any]]] = [
    ("{ user { totalCount } }", {}),
    ("{ users { totalCounts } }", {}),
    ("{ users(frist: 1) { totalCount } }", {}),
    ("{ users(filter: {firstNam: {eq: 1}}) { totalCount } }", {}),
    ("{ jobs(filter: {status: {eq: OPENED}}) { totalCount } }", {}),
    ("query ($f: UserFilte) { users(filter: $f) { totalCount } }", {}),
    ("query ($f: UserFilter) { users(filter: $f) { totalCount } }", {"f": {"firstNam": {"eq": "x"}}}),
    ("query ($f: JobFilter) { jobs(filter: $f) { totalCount } }", {"f": {"status": {"eq": "OPENED"}}}),
]


@pytest.fixture(scope="module")
async def hardened(serve: Serve) -> AsyncIterator[Served]:
    async with serve(hardened=True) as served:
        yield served


async def errors(served: Served, query: str, variables: Any = None) -> list[Any]:
    """The errors of the refused `query`, the same over HTTP, as events and over WebSocket."""
    body = {"query": query, "variables": variables}
    posted = (await served.send(**body)).json()
    assert "data" not in posted
    events = await served.client.post("/graphql", json=body, headers={"accept": "text/event-stream"})
    (message,) = await served.over_socket(body)
    assert message["type"] == "error"
    assert message["payload"] == posted["errors"]
    assert posted["errors"][0]["message"] in events.text.replace('\\"', '"')
    return list(posted["errors"])


async def test_operations_are_answered(hardened: Served) -> None:
    answer = {"data": {"users": {"totalCount": 0}}}
    assert (await hardened.post(QUERY)).json() == answer
    assert [message["payload"] for message in await hardened.over_socket({"query": QUERY})] == [answer]
    named = await hardened.post("{ __typename users { __typename } }")
    assert named.json() == {"data": {"__typename": "Query", "users": {"__typename": "UserConnection"}}}


@pytest.mark.parametrize("query", INTROSPECTION)
async def test_introspection_is_refused(hardened: Served, query: str) -> None:
    (error,) = await errors(hardened, query)
    assert error["message"].startswith("This server does not show its schema")


@pytest.mark.parametrize(("query", "variables"), MISTAKES)
async def test_errors_suggest_nothing(hardened: Served, shared: Served, query: str, variables: dict[str, Any]) -> None:
    open_ = (await shared.post(query, variables=variables)).json()["errors"]
    assert any("Did you mean" in error["message"] for error in open_)
    assert not any("Did you mean" in error["message"] for error in await errors(hardened, query, variables))


def test_it_is_set_by_a_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    nothing: dict[str, Any] = {}
    assert not Settings(**nothing).hardened
    monkeypatch.setenv("AGORA_HARDENED", "1")
    assert Settings(**nothing).hardened


async def test_only_post_is_taken(hardened: Served) -> None:
    for method in ("GET", "HEAD", "PUT", "OPTIONS"):
        answer = await hardened.client.request(method, "/graphql", params={"query": QUERY})
        assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


async def test_there_is_no_page(hardened: Served) -> None:
    assert (await hardened.client.get("/graphql", headers={"accept": "text/html"})).status_code == 405
    assert (await hardened.client.get("/")).status_code == 404
    assert (await hardened.client.get("/readyz")).status_code == 200
