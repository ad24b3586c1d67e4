"""Orders as plain SQL that owes nothing to the engine: sub-selects in ORDER BY, over whole tables."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from graph.engine.model.entities import Entity, Graph, Relation

DIRECTIONS = {
    "ASC": "ASC NULLS LAST",
    "ASC_NULLS_FIRST": "ASC NULLS FIRST",
    "DESC": "DESC NULLS FIRST",
    "DESC_NULLS_LAST": "DESC NULLS LAST",
}
FUNCTIONS = {
    "sum": "sum({0})",
    "avg": "round(avg({0}), 6)",
    "stddev": "round(stddev_samp({0}::numeric), 6)",
    "median": "round((percentile_cont(0.5) WITHIN GROUP (ORDER BY {0}::float8))::numeric, 6)",
    "min": "min({0})",
    "max": "max({0})",
}


@dataclass(frozen=True, slots=True)
class PlainOrder:
    """Writes ORDER BY for rows called `t`."""

    graph: Graph
    _numbers: Iterator[int] = field(default_factory=count, repr=False)

    def by(self, entity: Entity, keys: Sequence[dict[str, Any]]) -> str:
        """The order of `keys`, with the ID last, which runs as the key before it does."""
        written = [self._key(entity, "t", key) for key in keys]
        parts = [f"{term} {DIRECTIONS[way]}" for term, way in written]
        last = "DESC" if written and written[-1][1].startswith("DESC") else "ASC"
        return ", ".join([*parts, f"t.id {last}"])

    def _key(self, entity: Entity, row: str, key: Any) -> tuple[str, str]:
        """A term of `row` and its direction."""
        ((name, inner),) = key.items()
        relation = entity.relations.get(name)
        if relation is None:
            return self._column(entity, row, name), str(inner)
        target, there = self.graph[relation.target], f"r{next(self._numbers)}"
        rows = self.rows(relation, row, there)
        if relation.many:
            term, way = self._folded(target, there, inner)
        else:
            term, way = self._key(target, there, inner)
        return f"(SELECT {term} {rows})", way

    def _column(self, entity: Entity, row: str, name: str) -> str:
        column = entity.columns[name]
        return column.expression.format(row=row) if column.expression else f"{row}.{column.key}"

    def _folded(self, entity: Entity, row: str, key: Any) -> tuple[str, str]:
        ((function, inner),) = key.items()
        if function == "count":
            return "count(*)", str(inner)
        term, way = self._key(entity, row, inner)
        found = FUNCTIONS[function].format(term)
        column = entity.columns.get(next(iter(inner)))
        if column is not None and column.money:
            found = f"CASE WHEN count(DISTINCT {row}.currency) < 2 THEN {found} END"
        return found, way

    def rows(self, relation: Relation, row: str, there: str) -> str:
        """FROM and WHERE of the rows, called `there`, that `relation` leads to from `row`."""
        table, via = self.graph[relation.target].table.fullname, relation.via
        if via is not None:
            link = self.graph[via.entity].table.fullname
            keys = f"SELECT link.{via.far} FROM {link} AS link WHERE link.{via.near} = {row}.id"
            return f"FROM {table} AS {there} WHERE {there}.id IN ({keys})"
        if relation.walk:
            return f"FROM {table} AS {there} WHERE {there}.id IN (SELECT id FROM ({self.walk(relation, row)}) AS walk)"
        return f"FROM {table} AS {there} WHERE {there}.{relation.remote} = {row}.{relation.local}"

    def walk(self, relation: Relation, row: str) -> str:
        """The ids that following `relation` on and on leads to from `row`, each with how many steps lead there."""
        table, own, other = self.graph[relation.target].table.fullname, relation.local, relation.remote
        return f"""WITH RECURSIVE walk AS (
            SELECT one.id, one.{own} AS own, 1 AS steps FROM {table} AS one WHERE one.{other} = {row}.{own}
            UNION SELECT one.id, one.{own}, steps + 1 FROM {table} AS one JOIN walk ON one.{other} = walk.own
            ) SELECT id, steps FROM walk"""
