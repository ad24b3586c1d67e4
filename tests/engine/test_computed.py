"""Fields that Python computes: once per operation, beside what stays compiled."""

from collections.abc import Sequence
from typing import Any

import asyncpg
import pytest
from graphql import GraphQLNonNull, GraphQLString
from sqlalchemy import case, false

from graph.access import Rules
from graph.engine.answer import Operation
from graph.engine.model.computed import Computed, Values
from graph.engine.planning.planner import Strategy, batched, inlined
from graph.schema import build
from tests.api import Api, Insert, a_job, a_user

ASKED: list[list[Values]] = []


async def shouted(rows: Sequence[Values]) -> list[str]:
    """Titles in capitals; it notes what it was asked."""
    ASKED.append(list(rows))
    return [f"{row['title'] or 'nothing'} ({row['budget']})".upper() for row in rows]


SHOUTED = Computed("Job", "shouted", GraphQLNonNull(GraphQLString), ("title", "budget"), shouted, "Loud.")
SCHEMA = build(Rules(), (SHOUTED,))
HIDDEN = build(Rules(columns={("Job", "title"): lambda _: lambda row: case((false(), row.c.title))}), (SHOUTED,))
AWKWARD = 'a "quote", a \\ backslash,\na line, ü, 😀 and "0:c1:{}"'


@pytest.fixture(params=[inlined, batched])
def loud(connection: asyncpg.Connection, request: pytest.FixtureRequest) -> Api:
    strategy: Strategy = request.param
    ASKED.clear()
    return Api(connection, SCHEMA, strategy)


async def test_all_rows_of_an_operation_are_computed_at_once(loud: Api, insert: Insert) -> None:
    ada = await a_user(insert)
    for title in ("one", "two"):
        await a_job(insert, ada, title)
    found = await loud.data(
        "{ jobs { nodes { shouted } } users { nodes { jobsPosted(first: 1) { nodes { again: shouted title } } } } }"
    )
    assert found == {
        "jobs": {"nodes": [{"shouted": "ONE (100.00)"}, {"shouted": "TWO (100.00)"}]},
        "users": {"nodes": [{"jobsPosted": {"nodes": [{"again": "ONE (100.00)", "title": "one"}]}}]},
    }
    assert [[row["title"] for row in rows] for rows in ASKED] == [["one", "two"]]


async def test_text_arrives_as_it_is(loud: Api, insert: Insert) -> None:
    await a_job(insert, await a_user(insert), AWKWARD)
    assert (await loud.data("{ jobs { edges { node { shouted } } } }"))["jobs"]["edges"][0]["node"] == {
        "shouted": f"{AWKWARD} (100.00)".upper()
    }
    assert ASKED == [[{"title": AWKWARD, "budget": "100.00"}]]


async def test_nothing_is_computed_where_there_are_no_rows(loud: Api) -> None:
    assert await loud.data("{ jobs { nodes { shouted } } }") == {"jobs": {"nodes": []}}
    assert ASKED == []


async def test_the_statement_stays_one(connection: asyncpg.Connection, insert: Insert) -> None:
    await a_job(insert, await a_user(insert))
    api = Api(connection, SCHEMA)
    await api.data("{ jobs { nodes { shouted client { firstName } } } }")
    assert api.query_count == 1


async def test_what_the_viewer_may_not_see_is_not_there_to_compute_from(
    connection: asyncpg.Connection, insert: Insert
) -> None:
    await a_job(insert, await a_user(insert), "secret")
    found = await Api(connection, HIDDEN).data("{ jobs { nodes { shouted } } }")
    assert found == {"jobs": {"nodes": [{"shouted": "NOTHING (100.00)"}]}}


async def test_the_reference_path_computes_the_same(connection: asyncpg.Connection, insert: Insert) -> None:
    await a_job(insert, await a_user(insert), AWKWARD)
    api, query = Api(connection, SCHEMA), "{ jobs { nodes { shouted } } }"
    found: Any = await api.engine.reference(Operation(query), api.fetch)
    assert found["data"] == await api.data(query)


async def test_a_fault_in_it_is_told_without_its_words(connection: asyncpg.Connection, insert: Insert) -> None:
    async def broken(rows: Sequence[Values]) -> list[str]:
        raise RuntimeError("the password is hunter2")

    schema = build(Rules(), (Computed("Job", "broken", GraphQLString, ("title",), broken, "Broken."),))
    await a_job(insert, await a_user(insert))
    error = await Api(connection, schema).error("{ jobs { nodes { broken } } }")
    assert error == {"message": "Something went wrong on our side.", "extensions": {"code": "INTERNAL"}}


async def test_an_article_is_shown_as_html_without_markup_of_its_own(
    sample: asyncpg.Connection,
) -> None:
    await sample.execute(
        "UPDATE knowledge.articles SET content = $1",
        "# Back\n\n<script>x()</script> [go](javascript:x()) **now**",
    )
    found = await Api(sample, build(Rules())).data("{ articles(first: 1) { nodes { contentHtml } } }")
    assert found["articles"]["nodes"][0]["contentHtml"] == (
        "<h1>Back</h1>\n<p>&lt;script&gt;x()&lt;/script&gt; [go](javascript:x()) <strong>now</strong></p>\n"
    )
