"""What servers of this kind have let through: limits of one transport alone, and what hides in fragments."""

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import orjson
import pytest

from app.database import connected
from tests.engine.test_limits import many, nested_fragments, relations
from tests.http.conftest import Served, serving
from tests.http.everywhere import everywhere, refused

BESIDE = "conversation { messages(first: 100) { nodes { "
COSTLY = "{ messages(first: 100) { nodes { " + BESIDE * 3 + "id" + " } } }" * 3 + " } } }"
"""A hundred messages, all those beside each, and so on."""

TOO_MUCH = [
    # what a viewer whom nobody knows may not: the limit, what is asked, and the document
    ("tokens", 1_003, "{" + "version " * 1_001 + "}"),
    ("nesting", 65, "{ jobs" * 65 + "}" * 65),
    ("selections", 786_431, nested_fragments(18).replace("§", "")),
    ("depth", 11, relations(5, "client { id }")),
    ("aliases", 16, "{" + many(16, "a#: version") + "}"),
    ("same_name", 101, "{" + "version " * 101 + "}"),
    ("comparisons", 54_870, "{ " + "... { " * 30 + "version " * 60 + "}" * 31),
    ("spreads", 101, "{ " + "... { version } " * 101 + "}"),
    ("directives", 21, "{ version " + "@skip(if: true) " * 21 + "}"),
    ("list_items", 501, "{ jobs(filter: {title: {in: [" + many(501, '"#"') + "]}}) { totalCount } }"),
    ("mutations", 2, "mutation { a: signOut { signedOut } b: signOut { signedOut } }"),
]


@pytest.mark.parametrize(("limit", "asked", "query"), TOO_MUCH, ids=[case[0] for case in TOO_MUCH])
async def test_no_limit_is_forgotten_on_any_transport(shared: Served, limit: str, asked: int, query: str) -> None:
    told = await refused(shared, query)
    assert (told["code"], told["limit"], told["asked"]) == ("TOO_COMPLEX", limit, asked)


@pytest.mark.parametrize(
    ("limit", "value"), [("values", {"title": {"in": [0] * 5_001}}), ("value_depth", {"and": [{"not": {}}]})]
)
async def test_no_limit_of_variables_is_forgotten_on_any_transport(shared: Served, limit: str, value: Any) -> None:
    if limit == "value_depth":
        for _ in range(50):
            value = {"not": value}
    told = await refused(shared, "query ($f: JobFilter) { jobs(filter: $f) { totalCount } }", f=value)
    assert (told["code"], told["limit"]) == ("TOO_COMPLEX", limit)


async def test_no_transport_waits_longer_than_an_operation_may_take(committed: str, served: Served) -> None:
    await everywhere(served, "{ users { totalCount } }")
    connection = await asyncpg.connect(committed)
    async with connection.transaction():
        await connection.execute("LOCK TABLE identity.users IN ACCESS EXCLUSIVE MODE")
        answers = await everywhere(served, "{ users { totalCount } }")
    await connection.close()
    for answer in answers.values():  # whether a connection was there in time
        assert answer["errors"][0]["message"].startswith(("The operation took longer", "The database does not answer"))


SHAPES = {
    "a fragment": lambda inner: f"{{ ...A }} fragment A on Query {{ {inner} }}",
    "fragments in each other": lambda inner: (
        f"{{ ...A }} fragment A on Query {{ ...B }} fragment B on Query {{ ...C }} fragment C on Query {{ {inner} }}"
    ),
    "an inline fragment": lambda inner: f"{{ ... on Query {{ ... {{ {inner} }} }} }}",
    "a fragment that is included": lambda inner: (
        f"query ($yes: Boolean = true) {{ ...A @include(if: $yes) }} fragment A on Query {{ {inner} }}"
    ),
    "a field that is included": lambda inner: (
        f"query ($yes: Boolean = true) {{ ... @include(if: $yes) @skip(if: false) {{ {inner} }} }}"
    ),
    "a fragment of another operation": lambda inner: f"query {{ ...A }} fragment A on Query {{ version {inner} }}",
}
"""Where selections can stand besides in the operation itself."""


@pytest.fixture(scope="module")
async def stocked(sample_database: str) -> AsyncIterator[Served]:
    """A server with sample data, which the tests only read: where there is nothing, nothing is costly."""
    async with serving(lambda: connected(sample_database, read_size=2, write_size=1)) as (client, url):
        yield Served(client, url)


@pytest.mark.parametrize("shape", SHAPES)
async def test_nothing_is_hidden_from_limits_by_fragments(stocked: Served, shape: str) -> None:
    cases = [(limit, query) for limit, _, query in TOO_MUCH if limit in ("depth", "aliases")]
    for limit, query in [*cases, ("cost", COSTLY)]:
        told = await refused(stocked, query)
        assert (told["code"], told["limit"]) == ("TOO_COMPLEX", limit)
        assert await refused(stocked, SHAPES[shape](query.strip()[1:-1])) == told


@pytest.mark.parametrize(
    "query",
    [
        "mutation { ...A } fragment A on Mutation { §}",
        "mutation { ... on Mutation { §} }",
        "mutation { ... { ... { §} } }",
        "mutation { ...A ...B } fragment A on Mutation { ...B } fragment B on Mutation { §}",
        "mutation ($yes: Boolean = true) { ...A @include(if: $yes) } fragment A on Mutation { §}",
        "query Q { version } mutation M { ...A } fragment A on Mutation { §}",
    ],
)
async def test_many_guesses_of_a_password_are_not_one_mutation_because_they_stand_in_a_fragment(
    served: Served, query: str
) -> None:
    guesses = many(4, 'g#: signIn(input: {email: "ada@x.example", password: "password #"}) { token } ')
    body = {"query": query.replace("§", guesses), "operationName": "M" if "mutation M" in query else None}
    (message,) = await served.over_socket(body)
    for error in ((await served.send(**body)).json()["errors"][0], message["payload"][0]):
        assert error["extensions"] == {"code": "TOO_COMPLEX", "limit": "mutations", "asked": 4, "allowed": 1}


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", None]
)
async def test_what_a_foreign_page_may_send_unasked_does_nothing(served: Served, content_type: str | None) -> None:
    person = '{email: "a@x.example", password: "a quiet green river", firstName: "A", lastName: "L"}'
    mutation = f"mutation {{ register(input: {person}) {{ accepted }} }}"
    headers = {"content-type": content_type} if content_type else {}
    body = orjson.dumps({"query": mutation})
    assert (await served.client.post("/graphql", content=body, headers=headers)).status_code == 415
    for accept in ("*/*", "text/event-stream", "application/graphql-response+json"):
        got = await served.client.get("/graphql", params={"query": mutation}, headers={"accept": accept})
        assert got.status_code == 405
    assert (await served.post("{ users { totalCount } }")).json() == {"data": {"users": {"totalCount": 0}}}
