"""A mutation's whole way: input, service, transaction, payload, errors."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import asyncpg
import orjson
import pytest

from app.database import Database, connected
from app.services.accounts.passwords import Passwords
from graph.access import Rules
from graph.access.viewers import person
from graph.context import Context
from graph.engine.access import ADMIN, ANONYMOUS, Viewer
from graph.engine.answer import Engine, Operation
from graph.schema import build

MUTATION = """mutation($input: CreateJobInput!) {
  createJob(input: $input) {
    __typename
    made: job { id title budget status skills publishedAt client { firstName jobsPosted { totalCount } } }
    userErrors { code field message }
  }
}"""


@pytest.fixture
async def database(committed: str) -> AsyncIterator[Database]:
    async with connected(committed, read_size=2, write_size=2) as database:
        yield database


@pytest.fixture
async def client(database: Database) -> str:
    """The ID of an active user."""
    async with database.writes.begin() as connection:
        result = await connection.exec_driver_sql(
            "INSERT INTO identity.users (email, first_name, last_name) VALUES ('a@x.example', 'Ada', 'L') RETURNING id"
        )
        return f"user_{result.scalar_one()}"


class Mutating:
    """The API with a way to write."""

    def __init__(self, database: Database) -> None:
        schema = build(Rules())
        self.database, self.passwords = database, Passwords()
        self.engine = Engine(schema, schema.derived.graph, schema.derived.access, database.reads.acquire)

    async def __call__(self, query: str, *, viewer: Viewer = ADMIN, **variables: Any) -> Any:
        operation = Operation(query, variables, viewer=viewer, context=Context(self.database, self.passwords, viewer))
        return orjson.loads((await self.engine.answer(operation)).body)

    async def count(self) -> int:
        async with self.database.reads.acquire() as connection:
            found: int = await connection.fetchval("SELECT count(*) FROM freelance.jobs")
            return found


@pytest.fixture
def mutate(database: Database) -> Mutating:
    return Mutating(database)


def given(client: str, **more: Any) -> dict[str, Any]:
    return {"clientId": client, "title": " Build it ", "description": "All of it.", "budget": "12.50", **more}


async def test_a_job_is_created_and_read_back(mutate: Mutating, client: str) -> None:
    answer = await mutate(MUTATION, input=given(client, skills=["sql"], publish=True))
    payload = answer["data"]["createJob"]
    assert payload["made"].pop("id").startswith("job_")
    assert payload["made"].pop("publishedAt")
    assert payload == {
        "__typename": "CreateJobPayload",
        "made": {
            "title": "Build it",
            "budget": "12.50",
            "status": "OPEN",
            "skills": ["sql"],
            "client": {"firstName": "Ada", "jobsPosted": {"totalCount": 1}},
        },
        "userErrors": [],
    }


async def test_every_reason_against_it_is_told_with_its_field_and_nothing_is_written(
    mutate: Mutating, client: str
) -> None:
    nobody = "user_019a0000-0000-7000-8000-000000000000"
    wrong = given(nobody, title=" ", description="", budget="-1.001", currency="usd", deadline="2020-01-01T00:00:00Z")
    payload = (await mutate(MUTATION, input=wrong))["data"]["createJob"]
    assert payload["made"] is None
    assert {(error["code"], error["field"]) for error in payload["userErrors"]} == {
        ("BAD_USER_INPUT", "title"),
        ("BAD_USER_INPUT", "description"),
        ("BAD_USER_INPUT", "budget"),
        ("BAD_USER_INPUT", "currency"),
        ("BAD_USER_INPUT", "deadline"),
        ("NOT_FOUND", "clientId"),
    }
    assert {"code": "NOT_FOUND", "field": "clientId", "message": "clientId is not an active user."} in payload[
        "userErrors"
    ]
    assert await mutate.count() == 0


async def test_a_budget_of_forty_digits_is_too_large(mutate: Mutating, client: str) -> None:
    payload = (await mutate(MUTATION, input=given(client, budget="9" * 40)))["data"]["createJob"]
    assert [error["message"] for error in payload["userErrors"]] == ["budget is too large."]


async def test_a_malformed_id_is_named(mutate: Mutating) -> None:
    (error,) = (await mutate(MUTATION, input=given("job_1")))["errors"]
    assert error["message"] == 'Argument "input.clientId" is not the ID of a user: expected user_<uuid>.'
    assert error["extensions"]["code"] == "BAD_USER_INPUT"


async def test_root_fields_of_a_mutation_run_one_after_the_other(mutate: Mutating, client: str) -> None:
    query = """mutation($a: CreateJobInput!, $b: CreateJobInput!) {
      a: createJob(input: $a) { job { client { jobsPosted { totalCount } } } }
      b: createJob(input: $b) { job { client { jobsPosted { totalCount } } } } }"""
    data = (await mutate(query, a=given(client), b=given(client)))["data"]
    assert [data[key]["job"]["client"]["jobsPosted"]["totalCount"] for key in ("a", "b")] == [1, 2]


async def test_a_fault_inside_undoes_the_work_and_tells_nothing_of_it(
    mutate: Mutating, client: str, committed: str
) -> None:
    connection = await asyncpg.connect(committed)
    await connection.execute("ALTER TABLE freelance.jobs ADD CONSTRAINT unlucky CHECK (title <> 'Build it')")
    await connection.close()
    answer = await mutate(MUTATION, input=given(client))
    assert answer["data"] is None
    assert answer["errors"] == [{"message": "Something went wrong on our side.", "extensions": {"code": "INTERNAL"}}]
    assert await mutate.count() == 0


async def test_a_client_offers_jobs_of_their_own_and_nobody_elses(mutate: Mutating, client: str) -> None:
    ada = person(UUID(client.removeprefix("user_")), roles={})
    said = given(client)
    assert (await mutate(MUTATION, input=said, viewer=ada))["data"]["createJob"]["made"]
    del said["clientId"]
    made = (await mutate(MUTATION, input=said, viewer=ada))["data"]["createJob"]["made"]
    assert made["client"]["firstName"] == "Ada"
    other = person(UUID(int=7), roles={})
    for viewer, code in ((other, "FORBIDDEN"), (ANONYMOUS, "UNAUTHENTICATED")):
        payload = (await mutate(MUTATION, input=given(client), viewer=viewer))["data"]["createJob"]
        assert payload["made"] is None
        assert [(error["code"], error["field"]) for error in payload["userErrors"]] == [(code, "clientId")]
    assert await mutate.count() == 2
