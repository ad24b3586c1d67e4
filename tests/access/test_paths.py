"""Whatever way leads to a row, it is seen by whom may see it: nested, filtered, ordered and grouped by.

What is expected is the answer to the same document of an engine that knows no rules, under row-level security.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

import pytest

from graph.engine.answer import Operation
from graph.engine.model.entities import Entity, Relation
from graph.engine.planning.planner import batched
from tests.access.conftest import Matrix
from tests.access.test_rows import chunks, selected, told
from tests.access.viewers import Asker
from tests.api import Json

PARENTS = 30
TOGETHER = 8
"""Relations of one document."""

FEW = ("everyman", "staff")
MANY = ("visitor", "everyman", "versatile", "key of orders")


def relations(matrix: Matrix) -> list[tuple[Entity, Sequence[Relation]]]:
    """All relations of all entities, some of one entity at a time."""
    graph = matrix.schema.derived.graph
    return [
        (entity, few) for entity in graph for few in chunks(sorted(entity.relations.values(), key=str), TOGETHER) if few
    ]


def nested(matrix: Matrix, entity: Entity, few: Sequence[Relation]) -> str:
    """The rows that relations lead to, below those of `entity`."""
    inner = " ".join(_below(matrix.schema.derived.graph[one.target], one) for one in few)
    return f"{{ {entity.list_field}(first: {PARENTS}) {{ nodes {{ {selected(entity)} {inner} }} }} }}"


def _below(target: Entity, relation: Relation) -> str:
    if relation.many:
        return f"{relation.name}(first: 3) {{ totalCount nodes {{ {selected(target)} }} aggregate {{ count }} }}"
    return f"{relation.name} {{ {selected(target)} }}"


def around(matrix: Matrix, entity: Entity, few: Sequence[Relation]) -> str:
    """The rows of `entity`, chosen, put in order and in groups by the rows that relations lead to."""
    parts = [part for index, one in enumerate(few) for part in _around(matrix, entity, one, index)]
    return f"{{ {' '.join(parts)} }}"


def _around(matrix: Matrix, entity: Entity, relation: Relation, index: int) -> Iterator[str]:
    rows, name = f"{entity.list_field}(first: {PARENTS}, ", relation.name
    nodes = f"{{ totalCount nodes {{ {selected(entity)} }} }}"
    if relation.many:
        yield f"a{index}: {rows}filter: {{{name}: {{some: {{}}}}}}) {nodes}"
        if relation.direct:
            yield f"b{index}: {rows}filter: {{{name}: {{count: {{gte: 2}}}}}}) {nodes}"
            yield f"c{index}: {rows}orderBy: [{{{name}: {{count: DESC}}}}]) {nodes}"
        return
    yield f"a{index}: {rows}filter: {{{name}: {{}}}}) {nodes}"
    if matrix.schema.derived.graph[relation.target].is_node:
        yield f"b{index}: {rows}filter: {{{name}: {{id: {{isNull: true}}}}}}) {nodes}"
        yield f"c{index}: {rows}orderBy: [{{{name}: {{id: DESC_NULLS_LAST}}}}]) {nodes}"
        groups = f"groups(by: [{{{name}: {{id: true}}}}], first: {PARENTS}) {{ count key {{ {name} {{ id }} }} }}"
        yield f"d{index}: {entity.list_field} {{ {groups} aggregate {{ count }} }}"


def others(matrix: Matrix) -> list[str]:
    """The rows of any entity that rows are about, and what the search over everything finds."""
    graph = matrix.schema.derived.graph
    about = "entity { __typename ... on Node { id } }"
    said = [f"{{ {entity.list_field}(first: 60) {{ nodes {{ {about} }} }} }}" for entity in graph if entity.reference]
    found = "totalCount nodes { __typename ... on Node { id } }"
    return [*said, *(f'{{ search(query: "{word}", first: 50) {{ {found} }} }}' for word in ("a*", "order*"))]


async def problems(matrix: Matrix, asker: Asker, texts: Iterable[str]) -> list[str]:
    """Where the engine under the policies answers anything else than the one under row-level security."""
    await matrix.oracle.be(asker)
    wrong: list[str] = []
    for text in texts:
        found, wanted = await matrix.api(asker).data(text), await matrix.unruled().data(text)
        wrong += islice(differences(wanted, found, text), 1)
    return wrong


def differences(wanted: Json, found: Json, place: str) -> Iterator[str]:
    """Where two answers differ, and how."""
    if isinstance(wanted, list) and isinstance(found, list) and len(wanted) == len(found):
        for index, pair in enumerate(zip(wanted, found, strict=True)):
            yield from differences(*pair, f"{place}.{index}")
    elif isinstance(wanted, dict) and isinstance(found, dict) and wanted.keys() == found.keys():
        for key, value in wanted.items():
            yield from differences(value, found[key], f"{place}.{key}")
    elif wanted != found:
        yield f"{found!r} instead of {wanted!r} at {place}"


def documents(matrix: Matrix, start: int, step: int) -> list[str]:
    """Every `step`-th of the documents over relations."""
    return [make(matrix, *one) for one in relations(matrix)[start::step] for make in (nested, around)]


@pytest.mark.parametrize("name", FEW)
async def test_rows_are_the_same_by_some_ways(matrix: Matrix, name: str) -> None:
    wrong = await problems(matrix, matrix.askers[name], documents(matrix, FEW.index(name), 18))
    assert not wrong, told(name, wrong)


@pytest.mark.long
async def test_rows_are_the_same_by_every_way(matrix: Matrix) -> None:
    wrong = await problems(matrix, matrix.askers["staff"], [*documents(matrix, 0, 1), *others(matrix)])
    assert not wrong, told("staff", wrong)


@pytest.mark.long
@pytest.mark.parametrize("name", MANY)
async def test_rows_are_the_same_by_many_ways(matrix: Matrix, name: str) -> None:
    start = MANY.index(name)
    texts = [*documents(matrix, start, len(MANY)), *others(matrix)[start :: len(MANY)]]
    wrong = await problems(matrix, matrix.askers[name], texts)
    assert not wrong, told(name, wrong)


@pytest.mark.long
@pytest.mark.parametrize("name", ["everyman", "staff"])
async def test_rows_are_the_same_by_the_other_paths(matrix: Matrix, name: str) -> None:
    asker = matrix.askers[name]
    wrong: list[str] = []
    await matrix.oracle.be(asker)
    for entity, few in relations(matrix)[::5]:
        text = nested(matrix, entity, few)
        wanted = await matrix.unruled().data(text)
        wrong += islice(differences(wanted, await matrix.api(asker, batched).data(text), f"batched: {text}"), 1)
        api = matrix.api(asker)
        found = await api.engine.reference(Operation(text, viewer=asker.viewer), api.fetch)
        assert not found["errors"], f"{found['errors']} by {text}"
        wrong += islice(differences(wanted, found["data"], f"by the reference path: {text}"), 1)
    assert not wrong, told(name, wrong)
