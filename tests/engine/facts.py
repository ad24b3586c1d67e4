"""What is known of the rows that generated operations ask for, so that they ask for what there is."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import asyncpg

from graph.engine.model.entities import Column, Entity, Graph

NOWHERE = "019a0000-0000-7000-8000-000000000000"
"""The uuid of nothing."""

Fact = dict[str, Any]


@dataclass(slots=True)
class Facts:
    """Rows by entity, their values by the names of fields as a client would write them."""

    graph: Graph
    rows: dict[str, list[Fact]]
    ids: list[str] = field(init=False)
    """Global IDs of all rows, and one of none."""
    filled: frozenset[str] = field(init=False)
    """The entities that have rows."""
    lively: dict[str, frozenset[str]] = field(init=False)
    """Of each entity, the fields that have more than one value."""

    def __post_init__(self) -> None:
        self.ids = [row["id"] for rows in self.rows.values() for row in rows if "id" in row] + [f"job_{NOWHERE}"]
        self.filled = frozenset(name for name, rows in self.rows.items() if rows)
        self.lively = {name: frozenset(_lively(rows)) for name, rows in self.rows.items()}

    def values(self, entity: str, name: str) -> Sequence[Any]:
        """The values of a field, those that are none left out."""
        found = [value for row in self.rows[entity] if (value := row.get(name)) is not None]
        return [*found, f"{self.graph[entity].prefix}_{NOWHERE}"] if name == "id" else found


def _lively(rows: list[Fact]) -> set[str]:
    names = rows[0] if rows else {}
    return {name for name in names if len({repr(row[name]) for row in rows}) > 1}


async def learn(connection: asyncpg.Connection, graph: Graph) -> Facts:
    """The facts of all tables; those of views are not asked for."""
    plain = [entity for entity in graph if entity.is_node]
    return Facts(graph, {entity.name: await _rows(connection, entity) if entity in plain else [] for entity in graph})


async def _rows(connection: asyncpg.Connection, entity: Entity) -> list[Fact]:
    found = await connection.fetch(f"SELECT to_json(t)::text FROM {entity.table.fullname} AS t ORDER BY id LIMIT 40")
    return [_fact(entity, json.loads(text, parse_float=Decimal)) for (text,) in found]


def _fact(entity: Entity, row: dict[str, Any]) -> Fact:
    return {column.name: _spoken(column, row[column.key]) for column in entity.columns.values() if column.key in row}


def _spoken(column: Column, value: Any) -> Any:
    if value is None:
        return None
    if column.refers:
        return f"{column.refers}_{value}"
    scalar = getattr(column.scalar.output, "name", "")
    if scalar == "JSON":
        return _document(value)
    return str(value) if scalar in ("Decimal", "BigInt") else value


def _document(value: Any) -> Any:
    """A JSON value with its numbers as Python's own."""
    if isinstance(value, dict):
        return {key: _document(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_document(item) for item in value]
    return float(value) if isinstance(value, Decimal) else value
