"""Nobody learns that something is there which is not for them: hidden and missing are answered with the same bytes."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import orjson
import pytest

from app.database import connected as database
from app.services.accounts.tokens import KEY, SESSION, digest, made
from graph.engine.answer import Operation
from graph.engine.model.entities import Entity
from graph.engine.schema.meaning import RootOne, meaning_of
from graph.engine.schema.schema import Schema
from tests.access.conftest import Matrix
from tests.access.test_rows import told
from tests.access.viewers import Asker
from tests.api import Api, Insert, a_business, a_job, a_user, an_agent
from tests.http.conftest import serving

NOBODY = UUID("019a0000-0000-7000-8000-000000000000")
VIEWERS = ("anonymous", "visitor", "everyman", "staff", "rival", "key of orders")
FEW = ("anonymous", "staff")


def some_viewers() -> pytest.MarkDecorator:
    """For several viewers; those who are not among the few take long."""
    return pytest.mark.parametrize(
        "name", [pytest.param(name, marks=[] if name in FEW else pytest.mark.long) for name in VIEWERS]
    )


async def raw(api: Api, query: str, **variables: Any) -> bytes:
    """The answer as it is."""
    return (await api.engine.answer(Operation(query, variables, viewer=api.viewer))).body


async def hidden(matrix: Matrix, asker: Asker) -> AsyncIterator[tuple[Entity, Any]]:
    """The key of a row of each entity that `asker` may not read."""
    for line in matrix.oracle.expected:
        if line.entity.is_node:
            await matrix.oracle.be(asker)
            seen = [row[0] for row in await matrix.oracle.rows(line)]
            query = f"SELECT id FROM {line.entity.table.fullname} WHERE id <> ALL($1) ORDER BY id LIMIT 1"
            if (key := await matrix.connection.fetchval(query, seen)) is not None:
                yield line.entity, key


@some_viewers()
async def test_a_hidden_row_is_asked_for_by_its_id_as_if_there_were_none(matrix: Matrix, name: str) -> None:
    asker, wrong = matrix.askers[name], list[str]()
    api = matrix.api(asker)
    tried = 0
    async for entity, key in hidden(matrix, asker):
        queries = [
            "query ($i: ID!) { node(id: $i) { id __typename } }",
            "query ($i: ID!) { nodes(ids: [$i, $i]) { id __typename } }",
            f"query ($i: ID!) {{ {entity.field}(id: $i) {{ id __typename }} }}",
            f"query ($i: ID!) {{ {entity.list_field}(filter: {{id: {{eq: $i}}}}) {{ totalCount nodes {{ id }} }} }}",
            f"query ($i: ID!) {{ {entity.list_field}(filter: {{id: {{in: [$i]}}}}) {{ aggregate {{ count }} }} }}",
        ]
        for query in queries:
            tried += 1
            there, missing = [await raw(api, query, i=f"{entity.prefix}_{one}") for one in (key, NOBODY)]
            if there != missing or b'"errors"' in there or str(key).encode() in there:
                wrong.append(f"{there.decode()} for a hidden {entity.name} instead of {missing.decode()}")
    assert not wrong and tried > 100, told(name, wrong)


@some_viewers()
async def test_a_hidden_row_is_asked_for_by_its_natural_key_as_if_there_were_none(matrix: Matrix, name: str) -> None:
    asker, wrong = matrix.askers[name], list[str]()
    api, fields, tried = matrix.api(asker), natural(matrix.schema), 0
    async for entity, key in hidden(matrix, asker):
        query = f"SELECT t.* FROM {entity.table.fullname} AS t WHERE id = $1"
        (row,) = await matrix.connection.fetch(query, key)
        for field, meant in fields.get(entity.name, []):
            if any(row[column] is None for _, column in meant.names):
                continue
            asked = given(entity, meant, row)
            tried += 1
            there = await raw(api, asking(matrix.schema, field), **asked)
            if there != b'{"data":{"%s":null}}' % field.encode():
                wrong.append(f"{there.decode()} for a hidden {entity.name} by {asked}")
    assert not wrong and tried > 20, told(name, wrong)


def natural(schema: Schema) -> dict[str, list[tuple[str, RootOne]]]:
    """The root fields by natural keys, by entity."""
    assert schema.core.query_type is not None
    found: dict[str, list[tuple[str, RootOne]]] = {}
    for name, field in schema.core.query_type.fields.items():
        meant = meaning_of(field)
        if isinstance(meant, RootOne) and list(field.args) != ["id"]:
            found.setdefault(meant.entity, []).append((name, meant))
    return found


def given(entity: Entity, meant: RootOne, row: Any) -> dict[str, Any]:
    """The arguments that name a row."""
    refers = {column.key: column.refers for column in entity.columns.values()}
    return {name: _written(row[column], refers.get(column)) for name, column in meant.names}


def _written(value: Any, refers: str | None) -> Any:
    match value:
        case UUID():
            return f"{refers}_{value}" if refers else str(value)
        case Enum() | str() | bool() | int():
            return value
        case datetime() | date():
            return value.isoformat()
    return str(value)


def asking(schema: Schema, field: str) -> str:
    """The document that asks for a row by its natural key."""
    assert schema.core.query_type is not None
    arguments = schema.core.query_type.fields[field].args
    declared = ", ".join(f"${name}: {argument.type}" for name, argument in arguments.items())
    passed = ", ".join(f"{name}: ${name}" for name in arguments)
    return f"query ({declared}) {{ {field}({passed}) {{ __typename }} }}"


@dataclass(slots=True)
class House:
    """A server; Ada, who owns a shop, and what belongs to Bob."""

    client: httpx.AsyncClient
    token: str
    ada: dict[str, str]
    bob: dict[str, str]

    async def answer(self, mutation: str, input: dict[str, Any]) -> bytes:
        """The bytes of the answer to Ada."""
        name = mutation[0].upper() + mutation[1:]
        query = f"mutation ($i: {name}Input!) {{ {mutation}(input: $i) {{ userErrors {{ code field message }} }} }}"
        headers = {"authorization": f"Bearer {self.token}"}
        answer = await self.client.post("/graphql", json={"query": query, "variables": {"i": input}}, headers=headers)
        return answer.content


@pytest.fixture
async def house(committed: str) -> AsyncIterator[House]:
    connection = await asyncpg.connect(committed)

    async def insert(table: str, **values: Any) -> Any:
        places = ", ".join(f"${at}" for at in range(1, len(values) + 1))
        statement = f"INSERT INTO {table} ({', '.join(values)}) VALUES ({places}) RETURNING id"
        return await connection.fetchval(statement, *values.values())

    (ada, token), (bob, _) = [await _household(insert, name) for name in ("Ada", "Bob")]
    async with serving(lambda: database(committed, read_size=2, write_size=2), None) as (client, _):
        yield House(client, token, ada, bob)
    await connection.close()


async def _household(insert: Insert, name: str) -> tuple[dict[str, str], str]:
    """The IDs of somebody, their shop, key, agent and session; and the session's token."""
    user, shop, token = await a_user(insert, name), await a_business(insert, f"shop-of-{name.lower()}"), made(SESSION)
    await insert("identity.memberships", user_id=user, business_id=shop, role="OWNER")
    until, key = datetime.now(UTC) + timedelta(hours=1), made(KEY)
    session = await insert("identity.login_sessions", user_id=user, token_hash=digest(token), expires_at=until)
    values = {"name": "Key", "prefix": f"agora_k_{name}", "key_hash": digest(key), "scopes": ["*"]}
    rows = {
        "user": user,
        "business": shop,
        "login_session": session,
        "api_key": await insert("gateway.api_keys", business_id=shop, **values),
        "agent": await an_agent(insert, shop, f"bot-of-{name.lower()}"),
    }
    return {kind: f"{kind}_{key}" for kind, key in rows.items()}, token


A_KEY = {"name": "Key", "scopes": ["*"]}
A_JOB = {"title": "Job", "description": "…", "budget": "1"}
TRIED: list[tuple[str, str, str, dict[str, Any]]] = [
    ("revokeSession", "sessionId", "login_session", {}),
    ("revokeApiKey", "apiKeyId", "api_key", {}),
    ("createApiKey", "businessId", "business", A_KEY),
    ("createApiKey", "agentId", "agent", {**A_KEY, "businessId": "business"}),
    ("createJob", "clientId", "user", A_JOB),
]


@pytest.mark.parametrize(("mutation", "field", "kind", "more"), TRIED, ids=[f"{case[0]}-{case[1]}" for case in TRIED])
async def test_what_belongs_to_somebody_else_is_changed_as_if_it_were_not_there(
    house: House, mutation: str, field: str, kind: str, more: dict[str, Any]
) -> None:
    own = {name: house.ada.get(value, value) if isinstance(value, str) else value for name, value in more.items()}
    theirs, missing = [
        await house.answer(mutation, {**own, field: id_}) for id_ in (house.bob[kind], f"{kind}_{NOBODY}")
    ]
    assert theirs == missing
    (error,) = orjson.loads(theirs)["data"][mutation]["userErrors"]
    assert error["field"] == field and error["code"] in ("NOT_FOUND", "FORBIDDEN")


ODD_TEXTS = ("1e99999", "NaN", "0x", "-", "\\", "%", "\\u0000", "(", "'", '"', "💥", "a" * 2_000, "\r\n\t", "{", "null")
ODD_JSON: tuple[Any, ...] = (
    1,
    "x",
    None,
    True,
    [],
    [[[1]]],
    {"a": {"a": [None]}},
    {"": ""},
    "9" * 400,
    {"a": "1e999"},
    [1e300],
)


@pytest.fixture
async def odd(connection: asyncpg.Connection, insert: Insert, guarded: Schema) -> Api:
    """The API under the policies, where somebody else has rows with the oddest values."""
    user = await a_user(insert)
    for number, value in enumerate(ODD_JSON):
        await a_business(insert, f"odd-{number}", settings=orjson.dumps(value).decode(), status="INACTIVE")
    for text in ODD_TEXTS:
        await a_job(insert, user, f"odd {text}"[:200], category=text[:50], location=text[:100], skills=[text[:50]])
    return Api(connection, guarded)


def conditions() -> Iterator[tuple[str, Any]]:
    """Every operator that looks into a document or a text, with operands that some value cannot take."""
    for value in (*ODD_JSON, {"a": 1}, 0):
        if value is not None:
            yield "businesses", {"settings": {"contains": value}}
            yield "businesses", {"settings": {"path": {"at": ["a", "0", "-1", "x"], "eq": value}}}
    for text in ODD_TEXTS:
        yield "businesses", {"settings": {"hasKey": text}}
        for operator in ("eq", "ne", "gt", "startsWith", "endsWith", "contains"):
            yield "jobs", {"category": {operator: text}}
        yield "jobs", {"skills": {"contains": [text]}}
        yield "jobs", {"skills": {"overlaps": [text, ""]}}
    yield from (("jobs", {"location": {operator: "%\\\\%"}}) for operator in ("like", "ilike"))
    yield "jobs", {"skills": {"length": {"gte": 0}}}


async def test_no_filter_stumbles_over_a_value_of_a_row_that_is_hidden(odd: Api) -> None:
    for field, condition in conditions():
        type_ = {"businesses": "BusinessFilter", "jobs": "JobFilter"}[field]
        query = f"query ($f: {type_}) {{ {field}(filter: $f) {{ totalCount }} }}"
        assert await odd(query, f=condition) == {"data": {field: {"totalCount": 0}}}, condition


async def test_no_search_stumbles_over_words_of_a_row_that_is_hidden(odd: Api) -> None:
    for text in (*ODD_TEXTS, "odd", "odd*", "-odd", '"odd', "odd or", "or", "a:*", "!", "&"):
        query = "query ($q: String!) { jobs(search: $q) { totalCount } search(query: $q) { totalCount } }"
        found = await odd(query, q=text)
        assert found in ({"data": {"jobs": {"totalCount": 0}, "search": {"totalCount": 0}}},) or _refused(found), found


def _refused(answer: Any) -> bool:
    return [error["extensions"]["code"] for error in answer.get("errors", ())] == ["BAD_USER_INPUT"]


async def test_no_order_or_group_stumbles_over_a_value_of_a_row_that_is_hidden(odd: Api) -> None:
    for key in ("title", "category", "location"):
        jobs = f"jobs(orderBy: [{{{key}: ASC_NULLS_FIRST}}])"
        found = await odd.data(f"{{ {jobs} {{ nodes {{ id }} groups(by: [{{{key}: true}}]) {{ count }} }} }}")
        assert found == {"jobs": {"nodes": [], "groups": []}}
