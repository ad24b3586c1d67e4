"""The tables of access as the engine asks for them. What no table names is read by administrators only."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from sqlalchemy import ColumnElement, FromClause, case, cast, false, null

from graph.access.policy import About, All, Policy, Truth, With
from graph.access.tables import READERS
from graph.access.viewers import ADMIN
from graph.access.words import ADMINS, Readers
from graph.engine.access import Rule, Viewer
from graph.engine.model.entities import Column, Entity, Graph, Relation

NOBODY = Readers(ADMINS, {})


class Policies:
    """Who may read what of `graph`, by one line of `tables` for each entity."""

    def __init__(self, graph: Graph, tables: Mapping[str, Readers] = READERS) -> None:
        self.graph, self.tables = graph, tables

    @cached_property
    def rows(self) -> Mapping[str, Policy]:
        """The policy of the rows of every entity."""
        return {entity.name: self._line(entity.name).rows for entity in self.graph}

    def predicate(self, entity: Entity, viewer: Viewer, via: Relation | None = None) -> Rule | None:
        """Which rows of `entity` `viewer` may see; None for all of them.

        They are found by the relation `via` from rows that the viewer may see: what those imply is not asked again.
        """
        if viewer.kind == ADMIN or (via and self._is_implied(via)):
            return None
        through = via.remote if via and via.direct and via.local == "id" else None
        truth = self.rows[entity.name].truth(About(self.graph, self.rows, viewer, entity, through))
        return _rule(truth)

    def _is_implied(self, via: Relation) -> bool:
        """Whether a row can only be seen by whom may see the one that `via` leads to."""
        rows = self.rows.get(via.entity)
        needed = rows.policies if isinstance(rows, All) else (rows,)
        return not via.many and via.direct and With(via.name) in needed

    def visible(self, column: Column, viewer: Viewer) -> Rule | None:
        """The one expression by which `viewer` may see `column`, NULL where not; None for the column itself."""
        policy = self._line(column.entity).values.get(column.key)
        if policy is None or viewer.kind == ADMIN:
            return None
        truth = policy.truth(About(self.graph, self.rows, viewer, self.graph[column.entity]))
        return None if truth is True else _only(column, truth)

    def readers(self, column: Column) -> str | None:
        """Who may read `column`, in words, if not everybody who may read the row."""
        policy = self._line(column.entity).values.get(column.key)
        return policy.words(self.graph[column.entity]) if policy else None

    def _line(self, entity: str) -> Readers:
        return self.tables.get(entity, NOBODY)


def _rule(truth: Truth) -> Rule | None:
    if isinstance(truth, bool):
        return None if truth else lambda row: false()
    return truth


def _only(column: Column, truth: Truth) -> Rule:
    """The value of `column` where `truth` holds."""

    def value(row: FromClause) -> ColumnElement[Any]:
        found = column.of(row)
        return cast(null(), found.type) if isinstance(truth, bool) else case((truth(row), found))

    return value
