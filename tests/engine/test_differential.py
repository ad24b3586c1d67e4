"""The compiled path, by both strategies, and the reference path answer alike, whatever is asked."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
import orjson
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from graph.engine.answer import Operation
from graph.engine.planner import batched
from graph.engine.schema import Schema
from tests.api import Api
from tests.conftest import cloned
from tests.engine.crowd import fill
from tests.engine.documents import NOWHERE, Cursor, Document, documents


@dataclass(slots=True)
class Paths:
    """The three ways to an answer, on one snapshot."""

    connection: asyncpg.Connection
    inlined: Api
    batched: Api
    ids: list[str] = field(repr=False)
    cursors: dict[Any, list[str]] = field(default_factory=dict, repr=False)

    async def compiled(self, api: Api, document: Document) -> Any:
        answer = await api.engine.answer(Operation(document.text, document.variables))
        return canonical(answer.body)

    async def reference(self, document: Document) -> Any:
        operation = Operation(document.text, document.variables)
        found = await self.inlined.engine.reference(operation, self.inlined.fetch)
        assert not found["errors"], found["errors"]
        return canonical(orjson.dumps({"data": found["data"]}))

    async def resolved(self, document: Document) -> Document:
        """`document` with real cursors."""
        variables = {name: await self._value(value) for name, value in document.variables.items()}
        return Document(document.text, variables, document.types)

    async def _value(self, value: Any) -> Any:
        if not isinstance(value, Cursor):
            return value
        key = (value.entity, value.order)
        if key not in self.cursors:
            root = self.inlined.engine.graph[value.entity].list_field
            query = (
                f"query($o: [{value.entity}OrderBy!]) {{ a: {root}(first: 100, orderBy: $o) {{ edges {{ cursor }} }} }}"
            )
            found = await self.inlined.data(query, o=[{name: direction} for name, direction in value.order])
            self.cursors[key] = [edge["cursor"] for edge in found["a"]["edges"]]
        cursors = self.cursors[key]
        return cursors[value.place % len(cursors)] if cursors else None


def canonical(body: bytes) -> Any:
    """JSON with its keys in order and its numbers as they are written."""
    return json.loads(body, object_pairs_hook=lambda pairs: pairs, parse_float=str, parse_int=str)


@pytest.fixture(scope="session")
async def paths(server: Path, template: str, schema: Schema) -> AsyncIterator[Paths]:
    async with cloned(server, template) as url, _connected(url) as connection:
        inlined = Api(connection, schema)
        other = Api(connection, schema, batched)
        ids = [
            edge["id"]
            for entity in schema.derived.graph
            if entity.is_node
            for edge in (await inlined.data(f"{{ a: {entity.list_field}(first: 5) {{ nodes {{ id }} }} }}"))["a"][
                "nodes"
            ]
        ]
        yield Paths(connection, inlined, other, [*ids, f"job_{NOWHERE}"])


@asynccontextmanager
async def _connected(url: str) -> AsyncIterator[asyncpg.Connection]:
    await fill(url)
    connection = await asyncpg.connect(url)
    try:
        yield connection
    finally:
        await connection.close()


async def compare(paths: Paths, data: st.DataObject, schema: Schema) -> None:
    """Draw one operation and hold the three answers together."""
    document = await paths.resolved(data.draw(documents(schema.core, paths.ids)))
    inlined = await paths.compiled(paths.inlined, document)
    assert inlined[0][0] == "data" and inlined[0][1] is not None, (document.text, document.variables, inlined)
    assert await paths.compiled(paths.batched, document) == inlined, (document.text, document.variables)
    assert await paths.reference(document) == inlined, (document.text, document.variables)


CHECKS = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=CHECKS, phases=[Phase.generate])
@given(data=st.data())
async def test_generated_operations_have_one_answer(paths: Paths, schema: Schema, data: st.DataObject) -> None:
    await compare(paths, data, schema)


@pytest.mark.long
@settings(max_examples=2_000, deadline=None, suppress_health_check=CHECKS, phases=[Phase.generate], print_blob=True)
@given(data=st.data())
async def test_many_generated_operations_have_one_answer(paths: Paths, schema: Schema, data: st.DataObject) -> None:
    await compare(paths, data, schema)
