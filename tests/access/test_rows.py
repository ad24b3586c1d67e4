"""Every viewer sees exactly the rows and values of every entity that `expected/` says they may read."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

import pytest

from graph.access.tables import READERS
from graph.engine.model.entities import Column, Entity
from graph.engine.schema.schema import Schema
from tests.access.conftest import Matrix
from tests.access.oracle import Line, documents, expected
from tests.access.viewers import NAMES, Asker
from tests.api import Api, Json

PAGE = 100
TOGETHER = 12
"""Entities of one document."""
SAMPLE = 8
"""Rows that may be read with a value, and as many that may be read without it."""

Item = TypeVar("Item")
Key = tuple[Any, ...]


def viewers(*few: str) -> pytest.MarkDecorator:
    """For every viewer; those who are not among the `few` take long."""
    return pytest.mark.parametrize(
        "name", [pytest.param(name, marks=[] if name in few else pytest.mark.long) for name in NAMES]
    )


def test_every_entity_is_expected_and_has_a_policy(schema: Schema) -> None:
    names = {entity.name for entity in schema.derived.graph}
    said = [name for document in documents().values() for name in document if name != "functions"]
    assert sorted(said) == sorted(names), "an entity is in no file, or in two"
    assert set(READERS) == names


def test_every_entity_is_expected_in_the_file_of_its_schema(schema: Schema) -> None:
    where = {name: file for file, document in documents().items() for name in document if name != "functions"}
    assert where == {entity.name: entity.table.schema for entity in schema.derived.graph}


def test_the_same_values_are_restricted_by_policies_and_by_what_is_expected(schema: Schema) -> None:
    for line in expected(schema.derived.graph):
        fields = {column.key for column in line.entity.fields}
        assert set(line.values) <= fields, f"{line.entity.name} has no fields {set(line.values) - fields}"
        assert set(line.values) == set(READERS[line.entity.name].values), line.entity.name


@viewers("visitor", "everyman", "staff", "key of orders")
async def test_a_viewer_sees_the_rows_that_are_expected(matrix: Matrix, name: str) -> None:
    asker, wrong = matrix.askers[name], []
    api = matrix.api(asker)
    await matrix.oracle.be(asker)
    for lines in chunks(list(matrix.oracle.expected), TOGETHER):
        found = await api.data(f"{{ {' '.join(_list(line.entity) for line in lines)} }}")
        for line in lines:
            rows = await matrix.oracle.rows(line)
            if problem := _differs(line.entity, rows, found):
                wrong.append(f"{line.entity.name}: {problem}")
    assert not wrong, told(name, wrong)


def _list(entity: Entity) -> str:
    """The first and the last rows of `entity`, and how many there are."""
    order = ", orderBy: [{id: ASC}]" if entity.is_node else ""
    nodes, ends = f"nodes {{ {selected(entity)} }}", f"{entity.name}_last: {entity.list_field}(last: {PAGE}{order})"
    counts = "totalCount aggregate { count }"
    return f"{entity.list_field}(first: {PAGE}{order}) {{ {counts} {nodes} }} {ends} {{ {nodes} }}"


def _differs(entity: Entity, rows: Sequence[Key], found: Json) -> str | None:
    """How what the engine found is not `rows`."""
    page, last = found[entity.list_field], found[f"{entity.name}_last"]
    counts = (page["totalCount"], page["aggregate"]["count"])
    if counts != (len(rows), len(rows)):
        return f"{counts} rows instead of {len(rows)}"
    first, end = ([key_of(entity, node) for node in part["nodes"]] for part in (page, last))
    written = [tuple(value if value is None else str(value) for value in row) for row in rows]
    if not entity.is_node:
        # A view has no order of its own that would be the oracle's too.
        return None if {*first, *end} <= set(written) and len(first) == len(written[:PAGE]) else "other rows"
    return None if first == written[:PAGE] and end == written[-PAGE:] else "other rows"


def selected(entity: Entity) -> str:
    """What selects the key of a row: its columns, or rows that keys lead to."""
    return " ".join(_selected(entity, column) for column in entity.key)


def _selected(entity: Entity, column: Column) -> str:
    return column.name if column.field else f"{led(entity, column)} {{ id }}"


def led(entity: Entity, column: Column) -> str:
    """The relation over the key `column`."""
    return next(one.name for one in entity.relations.values() if one.direct and one.local == column.key)


def key_of(entity: Entity, node: Json) -> Key:
    """The key of a row as the oracle writes it."""
    return tuple(_written(entity, column, node) for column in entity.key)


def _written(entity: Entity, column: Column, node: Json) -> Any:
    value = node[column.name] if column.field else (node[led(entity, column)] or {"id": None})["id"]
    return value.rpartition("_")[2] if column.refers and value else value


@viewers("everyman")
async def test_a_row_is_found_by_its_id_where_it_may_be_read(matrix: Matrix, name: str) -> None:
    asker = matrix.askers[name]
    api = matrix.api(asker)
    seen, hidden = await some_ids(matrix, asker)
    for ids in chunks([*seen, *hidden], 100):
        found = await api.data("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=ids)
        assert found["nodes"] == [{"id": id_} if id_ in seen else None for id_ in ids]
    for id_ in [*some(seen, 12), *some(hidden, 12)]:
        found = await api.data("query($id: ID!) { node(id: $id) { id } }", id=id_)
        assert found == {"node": {"id": id_} if id_ in seen else None}


@pytest.mark.long
@pytest.mark.parametrize("name", ["visitor", "everyman", "staff", "key of everything", "admin"])
async def test_every_kind_of_row_is_found_by_its_id(matrix: Matrix, name: str) -> None:
    asker = matrix.askers[name]
    api = matrix.api(asker)
    seen, hidden = await some_ids(matrix, asker)
    for id_ in [*seen, *hidden]:
        field = matrix.schema.derived.graph.prefixes[id_.rpartition("_")[0]].field
        found = await api.data(f"query($id: ID!) {{ node(id: $id) {{ id }} {field}(id: $id) {{ id }} }}", id=id_)
        row = {"id": id_} if id_ in seen else None
        assert found == {"node": row, field: row}


async def some_ids(matrix: Matrix, asker: Asker) -> tuple[set[str], set[str]]:
    """A row of each entity that `asker` sees, and one that they do not."""
    seen, hidden = set(), set()
    for line in matrix.oracle.expected:
        if line.entity.is_node:
            await matrix.oracle.be(matrix.askers["admin"])
            everything = await matrix.oracle.rows(line)
            await matrix.oracle.be(asker)
            visible = set(await matrix.oracle.rows(line))
            seen |= {f"{line.entity.prefix}_{row[0]}" for row in some(sorted(visible), 1)}
            hidden |= {
                f"{line.entity.prefix}_{row[0]}" for row in [row for row in everything if row not in visible][:1]
            }
    return seen, hidden


@viewers("everyman", "staff", "key of everything")
async def test_a_viewer_sees_the_values_that_are_expected(matrix: Matrix, name: str) -> None:
    asker, wrong = matrix.askers[name], []
    await matrix.oracle.be(asker)
    for line in matrix.oracle.expected.restricted:
        readable = _both(await matrix.oracle.readable(line), line.values)
        keys = [str(key) for key in readable]
        everything = await _values(matrix.api(matrix.askers["admin"]), line, keys)
        found = await _values(matrix.api(asker), line, keys)
        for key, allowed in readable.items():
            for column, may in allowed.items():
                was, should = found[str(key)][column], everything[str(key)][column] if may else None
                if was != should:
                    wrong.append(f"{line.entity.name}.{column} of {key} is {was!r} instead of {should!r}")
    assert not wrong, told(name, wrong)


def _both(rows: Sequence[tuple[Any, Mapping[str, bool]]], columns: Iterable[str]) -> dict[Any, Mapping[str, bool]]:
    """Rows with each of `columns` readable, and rows with it hidden."""
    chosen: dict[Any, Mapping[str, bool]] = {}
    for column in columns:
        for may in (True, False):
            chosen |= dict(some([row for row in rows if row[1][column] is may], SAMPLE))
    return chosen


async def _values(api: Api, line: Line, keys: Sequence[str]) -> dict[str, dict[str, Any]]:
    """The restricted values of rows, by the rows' keys."""
    entity = line.entity
    columns = {key: entity.by_key(key).name for key in line.values}
    where = "{id: {in: $ids}}" if entity.is_node else f"{{{led(entity, entity.key[0])}: {{id: {{in: $ids}}}}}}"
    query = f"""query($ids: [ID!]!) {{ a: {entity.list_field}(first: {PAGE}, filter: {where}) {{
        nodes {{ {selected(entity)} {" ".join(columns.values())} }} }} }}"""
    found = {}
    for some_keys in chunks(keys, PAGE):
        ids = [f"{entity.key[0].refers}_{key}" for key in some_keys]
        for node in (await api.data(query, ids=ids))["a"]["nodes"]:
            found[key_of(entity, node)[0]] = {key: node[name] for key, name in columns.items()}
    return found


def some(items: Iterable[Item], count: int) -> list[Item]:
    """`count` of the items, from all over them."""
    found = list(items)
    return found[:: max(1, len(found) // count)][:count]


def chunks(items: Sequence[Item], size: int) -> list[Sequence[Item]]:
    """`items`, some at a time."""
    return [items[start : start + size] for start in range(0, len(items), size)]


def told(name: str, wrong: Sequence[str]) -> str:
    """What is wrong, in lines that can be read."""
    return "\n".join([f"for the viewer {name}, {len(wrong)} in all:", *some(wrong, 25)])
