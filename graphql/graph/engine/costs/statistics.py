"""How many rows there are, as PostgreSQL remembers it: what the cost of an operation is estimated from."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import orjson

from graph.engine.model.entities import Column, Entity, Graph, Relation

ROWS = 1_000.0
"""Of a table that nothing is known of."""
PER_PARENT = 10.0
"""Rows that a relation leads to of which nothing is known."""
WIDTH = 16.0
"""Bytes of a value of which nothing is known."""
STEPS = 3.0
"""Rows that a walk comes to, for each row that a single step comes to."""

_FROM = re.compile(r"FROM (\w+\.\w+)")
_COST_OF_ROW = 0.03
"""What PostgreSQL calls the cost of reading a row, with its share of a page."""

_TABLES = """
SELECT n.nspname || '.' || t.relname, t.relkind = 'v', count(part.oid), sum(CASE
         WHEN part.reltuples >= 0 THEN part.reltuples  -- else nobody analysed it yet: say 50 rows a page
         WHEN part.relkind IN ('r', 'm') THEN pg_relation_size(part.oid) / 8192 * 50 ELSE 0 END)::float8
  FROM pg_class AS t JOIN pg_namespace AS n ON n.oid = t.relnamespace
  LEFT JOIN pg_inherits AS i ON i.inhparent = t.oid
  JOIN pg_class AS part ON part.oid = coalesce(i.inhrelid, t.oid)
 WHERE t.relkind IN ('r', 'p', 'm', 'v') AND n.nspname || '.' || t.relname = ANY($1)
 GROUP BY 1, 2
"""
_COLUMNS = """
SELECT schemaname || '.' || tablename, attname, n_distinct::float8, null_frac::float8, avg_width::float8
  FROM pg_stats WHERE schemaname = ANY($1) AND schemaname || '.' || tablename = ANY($2) ORDER BY inherited
"""


@dataclass(frozen=True, slots=True)
class Table:
    """A table as a whole."""

    rows: float = ROWS
    partitions: int = 1
    made_of: float = 0.0
    """Of a view: about how many rows are read to make its own."""


@dataclass(frozen=True, slots=True)
class Values:
    """What a column holds: how many different values, which share of them is NULL, bytes of one."""

    distinct: float
    nulls: float = 0.0
    width: float = WIDTH


@dataclass(frozen=True, slots=True)
class Statistics:
    """What is known of tables, by the names of entities, and of their columns, by entity and table column."""

    tables: Mapping[str, Table] = field(default_factory=lambda: MappingProxyType({}))
    behind: Mapping[tuple[str, str], Table] = field(default_factory=lambda: MappingProxyType({}))
    """Of columns that are computed from other rows: what is read for each row."""
    values: Mapping[tuple[str, str], Values] = field(default_factory=lambda: MappingProxyType({}))

    def like(self, other: "Statistics") -> bool:
        """Whether no table is more than twice as large as it is by the `other` ones, small ones aside."""
        known = self.tables.keys() | other.tables.keys()
        sizes = ((_size(self.tables.get(name)), _size(other.tables.get(name))) for name in known)
        return all(max(pair) <= 2 * min(pair) for pair in sizes)

    def table(self, entity: Entity) -> Table:
        """What is known of the table of `entity`."""
        return self.tables.get(entity.name, _UNKNOWN)

    def rows(self, entity: Entity) -> float:
        """About how many rows there are of `entity`, one at least."""
        return max(self.table(entity).rows, 1.0)

    def distinct(self, entity: str, key: str) -> float | None:
        """How many different values the table's column `key` has, if that is known."""
        found = self.values.get((entity, key))
        return max(found.distinct, 1.0) if found else None

    def computed(self, column: Column) -> Table | None:
        """What is read of another table to compute `column` of one row; None if that is not how it is made."""
        if column.expression is None or "FROM" not in column.expression:
            return None
        return self.behind.get((column.entity, column.key), Table(PER_PARENT))

    def width(self, column: Column) -> float:
        """Bytes of a value of `column`."""
        found = self.values.get((column.entity, column.key))
        return found.width if found else WIDTH

    def led_to(self, relation: Relation) -> float:
        """How many rows `relation` leads to from a row that has any."""
        if not relation.many:
            return 1.0
        if relation.via:
            return self._shared(relation.via.entity, relation.via.near)
        one = self._shared(relation.target, relation.remote)
        return one * STEPS if relation.walk else one

    def filled(self, relation: Relation) -> float:
        """The share of rows that have the one row that `relation` leads to."""
        found = self.values.get((relation.entity, relation.local))
        return 1 - found.nulls if found else 1.0

    def _shared(self, entity: str, key: str) -> float:
        """How many rows of `entity` have the same value in `key`, on average."""
        table, values = self.tables.get(entity), self.values.get((entity, key))
        if table is None:
            return PER_PARENT
        if values is None:
            return min(table.rows, PER_PARENT)
        return max(table.rows * (1 - values.nulls) / max(values.distinct, 1.0), 1.0)


_UNKNOWN = Table()


def _size(table: Table | None) -> float:
    return max((table or _UNKNOWN).rows, ROWS)


async def learned(connection: Any, graph: Graph) -> Statistics:
    """What the database behind `connection` remembers of the tables of `graph`; nothing is counted."""
    names = {entity.table.fullname: entity.name for entity in graph}
    found = await connection.fetch(_TABLES, [*names])
    tables = {
        names[name]: await _view(connection, name) if view else Table(rows, partitions)
        for name, view, partitions, rows in found
    }
    schemas = list({name.partition(".")[0] for name in names})
    values = {
        (names[name], key): Values(_number(distinct, tables[names[name]].rows), nulls, width)
        for name, key, distinct, nulls, width in await connection.fetch(_COLUMNS, schemas, [*names])
    }
    behind = {
        (entity.name, column.key): _behind(tables[names[found[1]]], tables[entity.name])
        for entity in graph
        for column in entity.columns.values()
        if column.expression and (found := _FROM.search(column.expression)) and found[1] in names
    }
    return Statistics(tables, behind, values)


def _behind(other: Table, own: Table) -> Table:
    """What of the `other` table belongs to one row of its `own`."""
    return Table(other.rows / max(own.rows, 1.0), other.partitions)


async def _view(connection: Any, name: str) -> Table:
    """What PostgreSQL expects of a view; the name is one of ours."""
    ((text,),) = await connection.fetch(f"EXPLAIN (FORMAT JSON) SELECT 1 FROM {name}")
    plan = orjson.loads(text)[0]["Plan"]
    return Table(plan["Plan Rows"], 1, plan["Total Cost"] / _COST_OF_ROW)


def _number(distinct: float, rows: float) -> float:
    """How many values PostgreSQL means by `n_distinct`, which is a share of the rows if it is below zero."""
    return distinct if distinct >= 0 else -distinct * rows
