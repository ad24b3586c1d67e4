"""What the API says about itself: always what graphql-core would say, without holding up anybody."""

import orjson
import pytest
from graphql import execute_sync, parse

from graph.engine.answer import Operation
from graph.engine.running.meta import INTROSPECTION, Introspection
from graph.engine.schema.schema import Schema
from tests.api import Api, Json
from tests.engine.watchdog import longest_hold


def by_core(schema: Schema, query: str, **variables: Json) -> Json:
    """graphql-core's own answer."""
    return execute_sync(schema.core, parse(query), variable_values=variables).data


async def test_the_whole_schema_is_described_as_graphql_core_describes_it(api: Api, schema: Schema) -> None:
    answer = await api.engine.answer(Operation(INTROSPECTION))
    assert answer.body == orjson.dumps({"data": by_core(schema, INTROSPECTION)})


@pytest.mark.parametrize(
    "query",
    [
        '{ __type(name: "Job") { name kind fields { name args { name defaultValue type { name } } } } }',
        '{ __type(name: "Nothing") { name } version }',
        '{ a: __type(name: "JobOrderBy") { isOneOf inputFields { n: name } } b: __type(name: "Node") { kind } }',
        '{ __type(name: "SearchResult") { __typename possibleTypes { __typename name } fields { name } } }',
        "{ __schema { __typename ...Roots directives { name locations args { name } } } }"
        " fragment Roots on __Schema { queryType { ...Name } mutationType { ...Name } subscriptionType { ...Name } }"
        " fragment Name on __Type { name ... on __Type { kind } }",
        '{ __type(name: "TimeUnit") { enumValues(includeDeprecated: true) { name description } specifiedByURL } }',
        '{ __type(name: "Job") { fields { type { ofType { ofType { name } name } kind } } fields { name } } }',
    ],
)
async def test_a_part_of_the_schema_is_described_as_graphql_core_describes_it(
    api: Api, schema: Schema, query: str
) -> None:
    answer = await api.data(query)
    answer.pop("version", None)
    assert answer == by_core(schema, query.replace("version", ""))
    assert api.query_count == 0


async def test_variables_choose_what_is_described_anew_in_every_request(api: Api, schema: Schema) -> None:
    query = """query($name: String!, $with: Boolean!, $old: Boolean!) { __type(name: $name) {
        name @include(if: $with) kind @skip(if: $with) fields(includeDeprecated: $old) { name } } }"""
    for name, chosen in (("Job", True), ("User", False), ("Job", False)):
        given = {"name": name, "with": chosen, "old": chosen}
        assert await api.data(query, **given) == by_core(schema, query, **given)


async def test_a_prepared_answer_is_found_however_the_question_is_put(api: Api) -> None:
    await api.engine.prepare_introspection()
    ready = dict(api.engine.introspection._ready)
    for query in (INTROSPECTION, " ".join(INTROSPECTION.split()), INTROSPECTION.replace("TypeRef", "T")):
        assert len((await api.engine.answer(Operation(query))).body) > 1_000_000
    assert api.engine.introspection._ready == ready
    assert len(api.engine.introspection._kept) <= 1


async def test_types_of_types_are_refused_before_they_fill_the_memory(api: Api) -> None:
    described = " ".join(f"d{number}: description" for number in range(30))
    error = await api.error(f"{{ __schema {{ types {{ interfaces {{ possibleTypes {{ {described} }} }} }} }} }}")
    assert error["extensions"]["code"] == "TOO_COMPLEX"
    assert "too long" in error["message"]


async def test_one_of_is_told_of_the_inputs_that_are(api: Api) -> None:
    query = '{ a: __type(name: "JobOrderBy") { isOneOf } b: __type(name: "JobFilter") { isOneOf } }'
    assert await api.data(query) == {"a": {"isOneOf": True}, "b": {"isOneOf": False}}
    unknown = '{ __type(name: "Job") { isOneOf fields { type { isOneOf } } } }'
    described = (await api.data(unknown))["__type"]
    assert described["isOneOf"] is None


async def test_nobody_waits_while_the_whole_schema_is_described(api: Api) -> None:
    async def describe() -> None:
        api.engine.introspection = Introspection(api.engine.schema.core)
        await api.engine.answer(Operation(INTROSPECTION))

    assert await longest_hold(describe) < 50
