"""The compiled path, by both strategies, and the reference path answer alike, whatever is asked.

`AGORA_EXAMPLES=50000 python -m pytest -n auto -m long tests/engine/test_differential.py` makes up so many operations
instead of 2,000. What fails is printed with its variables, as it was sent.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from typing import Any

import orjson
import pytest

from graph.engine.answer import Operation
from graph.engine.planning.planner import batched
from graph.engine.schema.schema import Schema
from tests.api import Api
from tests.engine.conftest import Crowd
from tests.engine.dice import Dice, each, examples, numbers
from tests.engine.documents import Document, documents
from tests.engine.facts import Facts
from tests.engine.writing import Cursor


@dataclass(slots=True)
class Paths:
    """The three ways to an answer, over rows that nobody changes."""

    inlined: Api
    batched: Api
    facts: Facts = field(repr=False)
    operations: Callable[[Dice], Document] = field(repr=False)
    cursors: dict[Cursor, list[str]] = field(default_factory=dict, repr=False)

    async def compiled(self, api: Api, document: Document) -> Any:
        """The answer of an engine."""
        answer = await api.engine.answer(Operation(document.text, document.variables))
        return canonical(answer.body)

    async def reference(self, document: Document) -> Any:
        """The answer of graphql-core with DataLoaders."""
        operation = Operation(document.text, document.variables)
        found = await self.inlined.engine.reference(operation, self.inlined.fetch)
        assert not found["errors"], f"{found['errors']} by the reference path\n{shown(document)}"
        return canonical(orjson.dumps({"data": found["data"]}))

    async def resolved(self, document: Document) -> Document:
        """`document` with real cursors."""
        return Document(document.text, {name: await self._value(value) for name, value in document.variables.items()})

    async def _value(self, value: Any) -> Any:
        if not isinstance(value, Cursor):
            return value
        all_of = Cursor(value.entity, value.order, value.search, 0)
        if all_of not in self.cursors:
            self.cursors[all_of] = await self._cursors(value)
        found = self.cursors[all_of]
        return found[value.place % len(found)] if found else None

    async def _cursors(self, of: Cursor) -> list[str]:
        field_ = self.inlined.engine.graph[of.entity].list_field
        given: dict[str, Any] = {"o": json.loads(of.order)}
        declared, more = f"$o: [{of.entity}OrderBy!]", ""
        if of.search is not None:
            given["s"], declared, more = of.search, f"{declared}, $s: String", ", search: $s"
        query = f"query({declared}) {{ a: {field_}(first: 100, orderBy: $o{more}) {{ edges {{ cursor }} }} }}"
        found = await self.inlined.data(query, **given)
        return [edge["cursor"] for edge in found["a"]["edges"]]


def canonical(body: bytes) -> Any:
    """JSON with its keys in order and its numbers exactly."""
    return json.loads(body, object_pairs_hook=lambda pairs: pairs, parse_float=Decimal, parse_int=Decimal)


def shown(document: Document) -> str:
    """A document with its variables, to be sent again."""
    return f"{document.text}\n{json.dumps(document.variables)}"


@pytest.fixture(scope="session")
def paths(crowd: Crowd, schema: Schema) -> Paths:
    """The paths over the crowd."""
    return Paths(crowd.api(schema), crowd.api(schema, batched), crowd.facts, documents(schema.core, crowd.facts))


async def compare(paths: Paths, dice: Dice) -> None:
    """Hold the three answers to one operation together."""
    document = await paths.resolved(paths.operations(dice))
    inlined = await paths.compiled(paths.inlined, document)
    assert inlined[0][0] == "data" and inlined[0][1] is not None, f"{inlined}\n{shown(document)}"
    _hold(inlined, await paths.compiled(paths.batched, document), "the batched strategy", document)
    _hold(inlined, await paths.reference(document), "the reference path", document)


def _hold(expected: Any, found: Any, who: str, document: Document) -> None:
    if found != expected:
        place, *values = next(differences(expected, found, "data"))
        raise AssertionError(f"{place} is {values[0]!r} inlined, {values[1]!r} by {who}\n{shown(document)}")


def differences(one: Any, other: Any, place: str) -> Any:
    """Where two canonical answers differ, and how."""
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for index, (left, right) in enumerate(zip(one, other, strict=True)):
            yield from differences(left, right, f"{place}.{left[0] if isinstance(left, tuple) else index}")
    elif isinstance(one, tuple) and isinstance(other, tuple) and one[0] == other[0]:
        yield from differences(one[1], other[1], place)
    elif one != other:
        yield place, one, other


@numbers(60)
async def test_made_up_operations_have_one_answer(paths: Paths, numbers: Sequence[int]) -> None:
    await each(numbers, partial(compare, paths))


@pytest.mark.long
@numbers(examples(2_000))
async def test_many_made_up_operations_have_one_answer(paths: Paths, numbers: Sequence[int]) -> None:
    await each(numbers, partial(compare, paths))
