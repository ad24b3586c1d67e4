"""What cannot be used is refused by name, with a code, and never reaches the database."""

import pytest

from graph.engine.access import ADMIN
from tests.api import Api, Insert, a_job, a_user

NOWHERE = "019a0000-0000-7000-8000-000000000000"


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ('{ job(id: "x") { id } }', 'Argument "job.id" is not the ID of a job: expected job_<uuid>.'),
        (f'{{ job(id: "user_{NOWHERE}") {{ id }} }}', 'Argument "job.id" is not the ID of a job: expected job_<uuid>.'),
        ('{ node(id: "zebra_1") { id } }', 'Argument "node.id" is not an ID: expected <type>_<uuid>.'),
        ('{ nodes(ids: [""]) { id } }', 'Argument "nodes.ids" is not an ID: expected <type>_<uuid>.'),
        ("{ jobs(first: 101) { totalCount } }", 'Argument "jobs.first" is 101; it must be from 1 to 100.'),
        ("{ jobs(last: 0) { totalCount } }", 'Argument "jobs.last" is 0; it must be from 1 to 100.'),
        ("{ jobs(first: 1, last: 1) { totalCount } }", 'Arguments "first" and "last" of "jobs" exclude each other.'),
        ('{ jobs(after: "x") { totalCount } }', 'Argument "jobs.after" is not a cursor.'),
        ('{ jobs(before: "WyJ4Il0=") { totalCount } }', 'Argument "jobs.before" is not a cursor.'),
        (
            "{ jobs(filter: {title: {eq: null}}) { totalCount } }",
            'Argument "jobs.filter.title.eq" is null; use isNull.',
        ),
        ('{ jobs(filter: {title: {eq: "a\\u0000"}}) { totalCount } }', "U+0000"),
        ('{ jobs(filter: {title: {in: ["b", "a\\u0000"]}}) { totalCount } }', "U+0000"),
        ('{ jobs(filter: {budget: {eq: "NaN"}}) { totalCount } }', "Decimal must be a string"),
        ('{ jobs(filter: {createdAt: {gt: "2026-01-01"}}) { totalCount } }', "DateTime must be an RFC 3339 string"),
        ("{ jobs(orderBy: [{title: ASC, budget: ASC}]) { totalCount } }", "exactly one"),
        ("{ jobs { nodes { nothing } } }", "Cannot query field 'nothing' on type 'Job'."),
        ("{ jobs {", "Syntax Error"),
        ("", "Syntax Error"),
        ("fragment A on Job { id }", "never used"),
        ("query A { version } query B { version }", 'say which by "operationName"'),
    ],
)
async def test_bad_input_is_named(api: Api, query: str, message: str) -> None:
    error = await api.error(query)
    assert message in error["message"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert api.query_count == 0


@pytest.mark.parametrize(
    ("type_", "argument", "value", "message"),
    [
        ("ID!", "id", "job_x", 'Argument "job.id"'),
        ("ID!", "id", None, "$id"),
        ("ID!", "id", {"a": 1}, "$id"),
    ],
)
async def test_bad_variables_are_named(api: Api, type_: str, argument: str, value: object, message: str) -> None:
    error = await api.error(f"query(${argument}: {type_}) {{ job(id: ${argument}) {{ id }} }}", **{argument: value})
    assert message in error["message"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"


async def test_a_cursor_of_another_order_is_refused(api: Api, insert: Insert) -> None:
    await a_job(insert, await a_user(insert))
    found = await api.data("{ jobs(orderBy: [{budget: ASC}]) { pageInfo { endCursor } } }")
    cursor = found["jobs"]["pageInfo"]["endCursor"]
    error = await api.error("query($c: String) { jobs(after: $c) { totalCount } }", c=cursor)
    assert error["message"] == 'Argument "jobs.after" is not a cursor.'
    error = await api.error("query($c: String) { jobs(orderBy: [{title: ASC}], after: $c) { totalCount } }", c=cursor)
    assert error["message"] == 'Argument "jobs.after" is a cursor of another order.'


async def test_a_forged_cursor_value_is_refused(api: Api, insert: Insert) -> None:
    import base64

    import orjson

    await a_job(insert, await a_user(insert))
    found = await api.data("{ jobs { pageInfo { endCursor } } }")
    sign, _ = orjson.loads(base64.urlsafe_b64decode(found["jobs"]["pageInfo"]["endCursor"]))
    forged = base64.urlsafe_b64encode(orjson.dumps([sign, "' OR 1=1"])).decode()
    error = await api.error("query($c: String) { jobs(after: $c) { nodes { id } } }", c=forged)
    assert error["message"] == 'Argument "jobs.after" is not a cursor of this connection.'


async def test_a_list_of_values_is_bounded(api: Api) -> None:
    query = "query($v: [String!]) { jobs(filter: {title: {in: $v}}) { totalCount } }"
    assert await api.data(query, v=["x"] * 500) == {"jobs": {"totalCount": 0}}
    error = await api.error(query, v=["x"] * 501)
    assert error["message"] == 'Argument "jobs.filter.title.in" has 501 items; at most 500 are allowed.'


async def test_more_than_a_hundred_nodes_are_refused(api: Api) -> None:
    error = await api.error("query($i: [ID!]!) { nodes(ids: $i) { id } }", i=[f"job_{NOWHERE}"] * 101)
    assert error["message"] == 'Argument "nodes.ids" has 101 items; at most 100 are allowed.'


@pytest.mark.parametrize("pattern", ["(", "[a-", "a{2,1}", "\\", "*", "(?<x)"])
async def test_a_regex_that_is_none_is_the_clients_fault(api: Api, insert: Insert, pattern: str) -> None:
    await a_job(insert, await a_user(insert))
    api.viewer = ADMIN
    error = await api.error("query($p: String!) { jobs(filter: {title: {regex: $p}}) { totalCount } }", p=pattern)
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert "regex" in error["message"]


@pytest.mark.parametrize("pattern", ["\\", "%\\", "a\\", "_", "%%%", "\\%", ""])
@pytest.mark.parametrize("operator", ["startsWith", "endsWith", "contains"])
async def test_any_text_can_be_looked_for(api: Api, insert: Insert, operator: str, pattern: str) -> None:
    await a_job(insert, await a_user(insert))
    query = f"query($p: String!) {{ jobs(filter: {{title: {{{operator}: $p}}}}) {{ totalCount }} }}"
    assert (await api.data(query, p=pattern))["jobs"]["totalCount"] in (0, 1)


@pytest.mark.parametrize(("text", "refused"), [("\0", True), ("\\\0", True), ("\\u0000", False), ("\\\\u0000", False)])
async def test_json_may_hold_any_text_but_the_character_that_postgresql_cannot_keep(
    api: Api, text: str, refused: bool
) -> None:
    query = "query($v: JSON!) { businesses(filter: {settings: {contains: $v}}) { totalCount } }"
    answer = await api(query, v={"a": text})
    assert ("errors" in answer) == refused, answer
