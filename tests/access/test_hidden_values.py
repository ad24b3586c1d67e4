"""What is hidden of a row is null: no filter, order, cursor, group or aggregate knows more."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pytest
from graphql import GraphQLBoolean

from graph.engine.model.entities import Column
from graph.engine.schema.schema import Schema
from tests.access.conftest import Matrix
from tests.access.oracle import Line
from tests.access.test_rows import key_of, selected, told, viewers
from tests.api import Json

PAGE = 100


@dataclass(frozen=True, slots=True)
class Asked:
    """A restricted column, and what can be asked of it."""

    column: Column
    distinct: bool
    ordered: bool
    grouped: bool


def asked(schema: Schema, line: Line) -> list[Asked]:
    """The restricted columns of an entity."""
    types: Mapping[str, Any] = schema.core.type_map
    name = line.entity.name
    distinct, ordered = types[f"{name}DistinctAggregate"].fields, types[f"{name}OrderBy"].fields
    grouped = {key for key, found in types[f"{name}GroupBy"].fields.items() if found.type is GraphQLBoolean}
    columns = [line.entity.by_key(key) for key in line.values]
    return [Asked(one, one.name in distinct, one.name in ordered, one.name in grouped) for one in columns]


def document(line: Line, columns: Sequence[Asked]) -> str:
    """All that can be asked of restricted columns."""
    return f"{{ {' '.join(_parts(line, one, index) for index, one in enumerate(columns))} }}"


def _parts(line: Line, one: Asked, index: int) -> str:
    rows, name = line.entity.list_field, one.column.name
    count = f"aggregate {{ countDistinct {{ {name} }} }}" if one.distinct else ""
    said = f"f{index}: {rows}(filter: {{{name}: {{isNull: false}}}}) {{ totalCount }}"
    said += f" n{index}: {rows}(filter: {{{name}: {{isNull: true}}}}) {{ totalCount }}"
    said += f" a{index}: {rows} {{ totalCount {count} }}"
    if one.ordered:
        order = f"orderBy: [{{{name}: DESC_NULLS_LAST}}]"
        said += f" o{index}: {rows}(first: {PAGE}, {order}) {{ nodes {{ {selected(line.entity)} {name} }} }}"
    if one.grouped:
        said += f" g{index}: {rows} {{ groups(by: [{{{name}: true}}], first: {PAGE}) {{ key {{ {name} }} count }} }}"
    return said


async def counted(matrix: Matrix, line: Line, columns: Sequence[Asked]) -> list[tuple[int, int, int | None]]:
    """Of each column: how many values may be read and are there, how many are not, and how many different ones are.

    Values are read by the superuser: one that is computed of other rows is the same for whoever may read it.
    """
    rows = await matrix.oracle.readable(line)
    return [await _counted(matrix, line, one, rows) for one in columns]


async def _counted(
    matrix: Matrix, line: Line, one: Asked, rows: Sequence[tuple[Any, Mapping[str, bool]]]
) -> tuple[int, int, int | None]:
    value = one.column.expression.format(row="t") if one.column.expression else f"t.{one.column.key}"
    different = f"count(DISTINCT {value})" if one.distinct else "NULL::int"
    query = f"SELECT count({value}), {different} FROM {line.entity.table.fullname} AS t"
    keys = [key for key, may in rows if may[one.column.key]]
    ((there, distinct),) = await matrix.connection.fetch(f"{query} WHERE {line.entity.key[0].key} = ANY($1)", keys)
    return there, len(rows) - there, distinct


@viewers("everyman", "staff")
async def test_hidden_values_are_null_wherever_values_are_used(matrix: Matrix, name: str) -> None:
    asker, wrong = matrix.askers[name], list[str]()
    await matrix.oracle.be(asker)
    for line in matrix.oracle.expected.restricted:
        columns = asked(matrix.schema, line)
        found = await matrix.api(asker).data(document(line, columns))
        for index, (one, counts) in enumerate(zip(columns, await counted(matrix, line, columns), strict=True)):
            parts = {key[0]: value for key, value in found.items() if key[1:] == str(index)}
            wrong += [
                f"{line.entity.name}.{one.column.name}: {problem}" for problem in _problems(line, one, parts, counts)
            ]
    assert not wrong, told(name, wrong)


def _problems(line: Line, one: Asked, parts: Json, counts: tuple[int, int, int | None]) -> list[str]:
    there, missing, different = counts
    filtered = (parts["f"]["totalCount"], parts["n"]["totalCount"])
    wrong = [f"filters find {filtered} instead of {(there, missing)}"] if filtered != (there, missing) else []
    if one.distinct and (found := parts["a"]["aggregate"]["countDistinct"][one.column.name]) != different:
        wrong.append(f"{found} different values instead of {different}")
    if one.ordered and (problem := _disorder(line, one, parts["o"]["nodes"], there)):
        wrong.append(problem)
    if one.grouped and (problem := _misgrouped(one, parts["g"]["groups"], missing, different or 0)):
        wrong.append(problem)
    return wrong


def _disorder(line: Line, one: Asked, nodes: Sequence[Json], there: int) -> str | None:
    """What is wrong with the order by a column: rows without a value are last, and in that of their IDs."""
    last = [node for node in nodes if node[one.column.name] is None]
    if len(nodes) - len(last) != min(there, PAGE) or nodes[len(nodes) - len(last) :] != last:
        return "rows without a value are not last"
    keys = [key_of(line.entity, node) for node in last] if line.entity.is_node else []
    rising = {one < other for one, other in pairwise(keys)}
    return "rows without a value are in an order that says something" if len(rising) > 1 else None


def _misgrouped(one: Asked, groups: Sequence[Json], missing: int, different: int) -> str | None:
    without = sum(group["count"] for group in groups if group["key"][one.column.name] is None)
    if len(groups) == PAGE:
        return None  # the group without a value is on a later page
    found = (without, sum(group["key"][one.column.name] is not None for group in groups))
    return f"groups are {found} instead of {(missing, different)}" if found != (missing, different) else None


@pytest.mark.long
@pytest.mark.parametrize("name", ["customer", "staff"])
async def test_cursors_know_nothing_of_hidden_values(matrix: Matrix, name: str) -> None:
    asker, wrong = matrix.askers[name], list[str]()
    for line in matrix.oracle.expected.restricted:
        for one in asked(matrix.schema, line):
            if one.ordered and not await _is_paged(matrix, name, line, one.column.name):
                wrong.append(f"{line.entity.name}.{one.column.name}: pages are not what is on one page")
    assert not wrong, told(asker.name, wrong)


async def _is_paged(matrix: Matrix, name: str, line: Line, column: str) -> bool:
    """Whether three pages in the order of a column are what one page has."""
    arguments = f"orderBy: [{{{column}: ASC_NULLS_FIRST}}], after: $after"
    body = f"edges {{ cursor node {{ {selected(line.entity)} }} }}"
    part = f"a: {line.entity.list_field}(first: $first, {arguments}) {{ {body} }}"
    query = f"query($first: Int!, $after: String) {{ {part} }}"
    api = matrix.api(matrix.askers[name])
    whole: list[Json] = (await api.data(query, first=21))["a"]["edges"]
    pages: list[Json] = []
    for _ in range(3):
        pages += (await api.data(query, first=7, after=pages[-1]["cursor"] if pages else None))["a"]["edges"]
        if len(pages) % 7:
            break
    return pages == whole
