"""No value makes the database say anything to a client, and nothing that it says gets there."""

import inspect
from typing import Any

import asyncpg
import pytest

from graph.engine.running.run import fault
from tests.http.conftest import Served
from tests.http.everywhere import everywhere

STATES = [
    found
    for _, found in inspect.getmembers(asyncpg.exceptions, inspect.isclass)
    if issubclass(found, asyncpg.PostgresError) and getattr(found, "sqlstate", None)
]
"""An exception for each state of SQL."""


def test_an_error_of_the_database_tells_nothing_whatever_its_state() -> None:
    assert len(STATES) > 200
    for state in STATES:
        error: Any = state('relation "identity.users" does not exist: secret')
        error.detail, error.table_name = "Key (email)=(ada@x.example) already exists.", "users"
        told = fault(error)
        said = f"{told.message} {told.extensions}"
        assert not any(word in said for word in ("identity", "secret", "ada@", "users", state.__name__)), said
        assert told.code in ("INTERNAL", "TIMEOUT", "BAD_USER_INPUT")


async def test_a_database_that_is_not_as_it_should_be_is_no_news_to_clients(committed: str, served: Served) -> None:
    connection = await asyncpg.connect(committed)
    await connection.execute("ALTER TABLE identity.users RENAME COLUMN last_name TO family_name")
    await connection.close()
    answers = await everywhere(served, "{ users { nodes { lastName } } }")
    person = '{email: "a@x.example", password: "a quiet green river", firstName: "A", lastName: "L"}'
    answers["mutation"] = (await served.post(f"mutation {{ register(input: {person}) {{ accepted }} }}")).json()
    for answer in answers.values():
        (error,) = answer["errors"]
        assert answer["data"] is None and error["extensions"] == {"code": "INTERNAL"}
        assert error["message"] == "Something went wrong on our side."


HARMLESS = ("BAD_USER_INPUT", "TOO_COMPLEX", "FORBIDDEN")
EDGES = [
    # what reaches the database, or nearly: the operation's field, and what is given there
    *(f"users(filter: {{ratingCount: {{gt: {value}}}}})" for value in (2**31 - 1, -(2**31), 2**31)),
    *(f'users(filter: {{hourlyRate: {{lt: "{value}"}}}})' for value in ("9" * 15_000, "0." + "1" * 9_000, "-0", "1e5")),
    *(
        f'users(filter: {{createdAt: {{gt: "{value}"}}}})'
        for value in ("infinity", "-infinity", "0001-01-01T00:00:00Z")
    ),
    *(
        f'users(filter: {{createdAt: {{lt: "{value}"}}}})'
        for value in ("9999-12-31T23:59:59.999Z", "10000-01-01T00:00:00Z")
    ),
    *(
        f'metrics(filter: {{createdAt: {{gte: "{value}"}}}})'
        for value in ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z")
    ),
    *(
        f"users(filter: {{firstName: {{regex: {value}}}}})"
        for value in ('"(("', '"(a+)+$"', '"\\\\"', '"[[:x:]]"', '"a{9999}"', '"***:"')
    ),
    *(
        f"users(filter: {{firstName: {{contains: {value}}}}})"
        for value in ('"%"', '"\\\\"', '"_"', '""', '"\\uD83D\\uDE00"')
    ),
    *(
        f"jobs(search: {value})"
        for value in ('"!"', '"&|"', '"a <-> b"', '":*"', '"\'"', '"*"', '"\\\\"', '"a:*b"', '"-"', '"\\"\\""')
    ),
    *(
        f"businesses(filter: {{settings: {{contains: {value}}}}})"
        for value in ("{}", "[[[[1]]]]", '"x"', "null", "1e308", '{a: "\\\\u0000"}')
    ),
    *(f"users(offset: {value})" for value in (-1, 10_000, 10_001, 2**31 - 1)),
    *(f"users(first: {value})" for value in (-1, 0, 100, 101, 2**31)),
    *(f'users(after: "{value}")' for value in ("", "====", "W10=", "bnVsbA==", "eyJhIjoxfQ==", "//8=", "x" * 9_000)),
]


@pytest.mark.parametrize("field", EDGES, ids=lambda field: field[:60])
async def test_a_value_at_the_edge_is_answered_or_refused_and_never_a_fault(shared: Served, field: str) -> None:
    answer = await shared.send(query=f"{{ {field} {{ totalCount }} }}")
    errors = answer.json().get("errors", [])
    assert answer.status_code in (200, 400)
    assert all(error["extensions"]["code"] in HARMLESS for error in errors), errors


async def test_sums_beyond_any_column_are_answered(committed: str, served: Served, ada: str) -> None:
    connection = await asyncpg.connect(committed)
    await connection.execute(
        "INSERT INTO freelance.jobs (client_id, title, description, budget) "
        "SELECT $1, 'a', 'b', 999999999999999999.99 FROM generate_series(1, 50)",
        ada,
    )
    await connection.close()
    measures = " ".join(f"{name} {{ budget }}" for name in ("sum", "avg", "stddev", "median", "min", "max"))
    answer = (await served.post(f"{{ jobs {{ groups(by: [{{currency: true}}]) {{ {measures} }} }} }}")).json()
    assert answer["data"]["jobs"]["groups"][0]["sum"]["budget"] == "49999999999999999999.50"
