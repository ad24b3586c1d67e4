"""Whatever Schemathesis makes up over the schema, a server answers it, and tells nobody what is not theirs.

What may be told is found without the policies: every row of an answer is one that row-level security shows to that
viewer, and where no hidden value had a part in it, the whole answer is that of an engine without rules beneath it.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID
from zlib import crc32

import asyncpg
import httpx
import pytest
from hypothesis.configuration import set_hypothesis_home_dir

from app.database import connected as database
from app.services.accounts.tokens import SESSION, digest, made
from graph.engine.model.entities import Entity
from graph.engine.schema.meaning import RootList, RootOne, meaning_of
from graph.engine.schema.schema import Schema
from tests.access.conftest import Matrix
from tests.access.cuts import Cut
from tests.access.generated import Known, documents, with_ids
from tests.access.test_paths import differences
from tests.access.viewers import SIGN_IN, TOKENS
from tests.api import Json
from tests.conftest import SAMPLE, cloned
from tests.engine.dice import AT_ONCE, Dice, examples
from tests.http.conftest import serving

WHO = ("anonymous", "staff", "admin")
FEW = ("orders", "job", "articleBySlug", "node", "search")
MANY = (
    *("business", "businesses", "businessBySlug", "agent", "agents", "agentBySlug", "order", "orders"),
    *("orderByOrderNumber", "article", "articles", "articleBySlug", "user", "users", "userByEmail"),
    *("node", "nodes", "search", "viewer", "version"),
)
"""The root fields of five entities, and those of none."""

WRITTEN = ("createJob", "signIn", "register", "createApiKey", "revokeSession")
WRITERS = "SELECT user_id FROM identity.memberships WHERE role = 'OWNER' UNION (SELECT id FROM identity.users LIMIT 3)"
"""Owners of businesses, and some who own none."""

HARMLESS = {"BAD_USER_INPUT", "TOO_COMPLEX", "TIMEOUT", "NOT_FOUND", "UNAUTHENTICATED", "FORBIDDEN", "CONFLICT"}
INTERNALS = re.compile(
    r'asyncpg|psycopg|sqlalchemy|Traceback|File "|\.py\b|site-packages|postgres|relation "|column "|constraint "'
    r"|syntax error at|SELECT |INSERT |\bpg_|\$argon2|::uuid|invalid input syntax"
)
"""Words of what is inside; an error that has one says too much."""
ID = re.compile(r"[a-z][a-z0-9_]*_[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
WORDS = re.compile(r'[^\s"\\,]{16,}')
PARTS = 40
"""Parts of all root fields, each of one test."""


@dataclass(slots=True)
class Stage:
    """A server, and what is known of what it may tell."""

    client: httpx.AsyncClient
    schema: Schema
    connection: asyncpg.Connection
    secret: frozenset[str]
    matrix: Matrix | None = None
    readable: dict[tuple[str, str], frozenset[str]] = field(default_factory=dict)

    async def asked(self, token: str | None, document: str) -> Json:
        """The answer to whoever shows `token`; it is one that a server may give."""
        headers = {"accept": "application/graphql-response+json"}
        headers |= {"authorization": f"Bearer {token}"} if token else {}
        answer = await self.client.post("/graphql", json={"query": document}, headers=headers)
        assert answer.status_code < 500 and answer.headers["content-type"].startswith(headers["accept"])
        assert self.secret.isdisjoint(WORDS.findall(answer.text)) and "$argon2" not in answer.text
        found = answer.json()
        for error in found.get("errors", ()):
            assert error["extensions"]["code"] in HARMLESS, error
            assert not INTERNALS.search(error["message"]), error
        return found

    async def may_read(self, name: str, entity: Entity) -> frozenset[str]:
        """The IDs of the rows of `entity` that the viewer `name` may read."""
        assert self.matrix is not None
        if (name, entity.name) not in self.readable:
            await self.matrix.oracle.be(self.matrix.askers[name])
            rows = await self.matrix.oracle.rows(self.matrix.oracle.expected[entity.name])
            self.readable[name, entity.name] = frozenset(f"{entity.prefix}_{row[0]}" for row in rows)
        return self.readable[name, entity.name]

    async def known(self, root: str, dice: Dice) -> Known:
        """Some IDs of what `root` is about and is found by, and the words that tell these apart."""
        graph, query = self.schema.derived.graph, self.schema.core.query_type
        meant = meaning_of(query.fields[root]) if query and root in query.fields else None
        about = [graph[meant.entity]] if isinstance(meant, RootOne | RootList) else [graph["Business"]]
        names = [name for _, name in meant.names] if isinstance(meant, RootOne) else []
        keys = [column.refers for column in about[0].columns.values() if column.key in names and column.refers]
        rows = await self.connection.fetch(f"SELECT t.* FROM {about[0].table.fullname} AS t ORDER BY 1 LIMIT 3")
        texts = [str(row[name]) for row in rows for name in names if not isinstance(row[name], UUID)]
        if meant is None:  # it is about anything
            about += dice.some_of([entity for entity in graph if entity.is_node], 8, 8)
        found = [graph.prefixes[prefix] for prefix in keys] or [entity for entity in about if entity.is_node]
        some = [id_ for entity in [*found, graph["Business"]] for id_ in await self._ids(entity, dice)]
        return Known(some, texts)

    async def _ids(self, entity: Entity, dice: Dice) -> list[str]:
        query = f"SELECT id FROM {entity.table.fullname} ORDER BY id LIMIT 30"
        return [f"{entity.prefix}_{row['id']}" for row in dice.some_of(await self.connection.fetch(query), 3, 3)]


async def _secrets(connection: asyncpg.Connection, schema: Schema) -> frozenset[str]:
    """Every secret that the database keeps."""
    found: set[str] = set()
    for entity in schema.derived.graph:
        for column in entity.table.columns:
            if column.info.get("secret") and column.type.python_type is str and "_" in column.name:
                rows = await connection.fetch(f"SELECT DISTINCT {column.name} FROM {entity.table.fullname}")
                found |= {row[0] for row in rows if row[0]}
    return frozenset(found)


@pytest.fixture(scope="module", autouse=True)
def _at_home(run_folder: Path) -> None:
    """Hypothesis keeps what it keeps beside the databases of this run."""
    set_hypothesis_home_dir(run_folder / "hypothesis")


@pytest.fixture(scope="module")
async def stage(matrix: Matrix, secured: str) -> AsyncIterator[Stage]:
    """A server over the data of the matrix, which is only read."""
    secret = await _secrets(matrix.connection, matrix.schema)
    async with serving(lambda: database(secured, read_size=3, write_size=1), None) as (client, _):
        stage = Stage(client, matrix.schema, matrix.connection, secret, matrix)
        found = [await stage.asked(TOKENS.get(name), "{ viewer { kind memberships { role } } }") for name in WHO]
        assert [answer["data"]["viewer"]["kind"] for answer in found] == ["anonymous", "user", "admin"]
        assert {"role": "STAFF"} in found[1]["data"]["viewer"]["memberships"]
        yield stage


@pytest.fixture(scope="module")
async def playground(server: Path, sample_database: str, guarded: Schema) -> AsyncIterator[Stage]:
    """A server over sample data of its own, where anything may be written."""
    async with cloned(server, SAMPLE) as url:
        connection = await asyncpg.connect(url)
        await connection.execute("DELETE FROM gateway.rate_limits")
        async with serving(lambda: database(url, read_size=2, write_size=4), None) as (client, _):
            yield Stage(client, guarded, connection, await _secrets(connection, guarded))
        await connection.close()


def hidden(schema: Schema, type_: str, name: str) -> bool:
    """Whether a field may be of a value that is hidden from some, or is computed of rows that may be hidden.

    A type is called after the entity it is of. What is computed is the same for everybody who may read it.
    """
    graph, types = schema.derived.graph, dict[str, Any](schema.core.type_map)
    owner = max((entity.name for entity in graph if type_.startswith(entity.name)), key=len, default=None)
    if owner is None or name not in types[owner].fields:
        return False
    column = graph[owner].columns.get(name)
    return "Read by:" in (types[owner].fields[name].description or "") or bool(column and column.expression)


def asks_by_hidden(schema: Schema, root: str) -> bool:
    """Whether a row is asked for by a value that is hidden from some: they find none, even of rows that they see."""
    query = schema.core.query_type
    meaning = meaning_of(query.fields[root]) if query and root in query.fields else None
    return isinstance(meaning, RootOne) and any(hidden(schema, meaning.entity, name) for name, _ in meaning.names)


async def cases(stage: Stage, root: str, count: int, number: int) -> list[tuple[str, bool]]:
    """Documents of one root field, and whether no hidden value has a part in them."""
    seeded = crc32(f"{root} {number}".encode())
    dice, core = Dice(Random(seeded)), stage.schema.core
    comparable = dice.chance(60) and not asks_by_hidden(stage.schema, root)
    type_ = "Query" if core.query_type and root in core.query_type.fields else "Mutation"
    cut = Cut(core, dice, lambda owner, name: comparable and hidden(stage.schema, owner, name)).around(type_, root)
    known = await stage.known(root, dice)
    mistaken = number % 5 == 4
    return [(with_ids(cut, text), comparable) for text in documents(cut, known, count, seeded, mistaken=mistaken)]


async def check(stage: Stage, root: str, count: int, number: int) -> int:
    """Ask for so many cases of a root field as everybody; how many answers had data."""
    answered = 0
    for document, comparable in await cases(stage, root, count, number):
        found = await asyncio.gather(*(stage.asked(TOKENS.get(name), document) for name in WHO))
        try:
            for name, answer in zip(WHO, found, strict=True):
                await _is_theirs(stage, name, answer)
                if comparable and "errors" not in answer and root != "viewer":
                    await _is_whole(stage, name, document, answer)
        except AssertionError as error:
            error.add_note(document)
            raise
        answered += sum("errors" not in answer for answer in found)
    return answered


def ids(answer: Json) -> Iterator[str]:
    """The IDs of rows in an answer."""
    if isinstance(answer, list):
        for item in answer:
            yield from ids(item)
    elif isinstance(answer, dict):
        if isinstance(id_ := answer.get("id"), str) and ID.fullmatch(id_):
            yield id_
        for item in answer.values():
            yield from ids(item)


async def _is_theirs(stage: Stage, name: str, answer: Json) -> None:
    """Every row of the answer may be read by that viewer."""
    if name != "admin":
        for id_ in set(ids(answer.get("data"))):
            entity = stage.schema.derived.graph.prefixes[id_.rpartition("_")[0]]
            assert id_ in await stage.may_read(name, entity), f"{name} sees {id_}"


async def _is_whole(stage: Stage, name: str, document: str, answer: Json) -> None:
    """The answer is that of an engine without rules, under row-level security."""
    assert stage.matrix is not None
    await stage.matrix.oracle.be(stage.matrix.askers[name])
    wanted = await stage.matrix.unruled()(document)
    assert list(islice(differences(wanted, answer, name), 3)) == []


@pytest.mark.parametrize("root", FEW)
async def test_some_documents_are_answered_and_tell_nobody_what_is_not_theirs(stage: Stage, root: str) -> None:
    await check(stage, root, 5, 0)


@pytest.mark.long
@pytest.mark.parametrize("root", MANY)
async def test_many_documents_are_answered_and_tell_nobody_what_is_not_theirs(stage: Stage, root: str) -> None:
    parts = range(examples(100) // AT_ONCE)
    answered = sum([await check(stage, root, AT_ONCE, number) for number in parts])
    assert answered > 0, "no document is a good one"


@pytest.mark.long
@pytest.mark.parametrize("part", range(PARTS))
async def test_every_root_field_is_answered_and_tells_nobody_what_is_not_theirs(stage: Stage, part: int) -> None:
    query = stage.schema.core.query_type
    assert query is not None
    for root in sorted(query.fields)[part::PARTS]:
        await check(stage, root, 2, AT_ONCE)


async def write(stage: Stage, root: str, count: int, number: int) -> None:
    """Ask for so many cases of a mutation, each in a session of its own."""
    query = (
        "SELECT user_id FROM identity.memberships WHERE role = 'OWNER' UNION (SELECT id FROM identity.users LIMIT 3)"
    )
    people = await stage.connection.fetch(query)
    for turn, (document, _) in enumerate(await cases(stage, root, count, number)):
        token = made(SESSION)
        await stage.connection.execute(SIGN_IN, people[turn % len(people)][0], digest(token))
        await asyncio.gather(*(stage.asked(token_, document) for token_ in (token, None)))


@pytest.mark.parametrize("root", ["createJob", "revokeSession"])
async def test_some_mutations_are_answered(playground: Stage, root: str) -> None:
    await write(playground, root, 3, 0)


@pytest.mark.long
@pytest.mark.parametrize("root", WRITTEN)
async def test_many_mutations_are_answered(playground: Stage, root: str) -> None:
    for number in range(examples(100) // AT_ONCE):
        await write(playground, root, AT_ONCE, number)


@pytest.mark.long
async def test_every_mutation_is_answered(playground: Stage) -> None:
    mutation = playground.schema.core.mutation_type
    assert mutation is not None
    for root in sorted(mutation.fields):
        await write(playground, root, 2, AT_ONCE)
