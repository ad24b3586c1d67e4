"""The tables of access as the engine asks for them. What no table names is read by administrators only."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from sqlalchemy import ColumnElement, FromClause, case, cast, false, null

from graph.access.policy import About, All, Policy, Truth, With, keys_of
from graph.access.tables import READERS, WRITERS
from graph.access.viewers import ADMIN
from graph.access.words import ADMINS, Readers, Writers
from graph.engine.access import Rule, Verb, Viewer, Writes
from graph.engine.model.entities import Column, Entity, Graph, Relation
from graph.engine.sql.fragments import Frozen, outer_row

NOBODY = Readers(ADMINS, {})
MOST = 4_000
"""Rules that are kept: about 400 for each kind of viewer."""


class Policies:
    """Who may read and write what of `graph`, by one line of `tables` and of `writers` for each entity."""

    def __init__(
        self, graph: Graph, tables: Mapping[str, Readers] = READERS, writers: Mapping[str, Writers] = WRITERS
    ) -> None:
        self.graph, self.tables, self.writers = graph, tables, writers
        self._made: dict[tuple[str, str, str], Rule | None] = {}

    @cached_property
    def rows(self) -> Mapping[str, Policy]:
        """The policy of the rows of every entity."""
        return {entity.name: self._line(entity.name).rows for entity in self.graph}

    def predicate(
        self, entity: Entity, viewer: Viewer, via: Relation | None = None, *, beside: bool = False
    ) -> Rule | None:
        """Which rows of `entity` `viewer` may see; None for all of them.

        They are found by the relation `via` from rows that the viewer may see: what those imply is not asked again, and
        what depends on them is read of them where they are `beside`.
        """
        if viewer.kind == ADMIN or (via and self._is_implied(via)):
            return None
        through = via.remote if via and via.direct and via.local == "id" else None
        before = self.graph[via.entity] if via and through and beside else None
        return self._row_rule(entity, viewer.kind, through, before)

    def _row_rule(self, entity: Entity, kind: str, through: str | None, before: Entity | None) -> Rule | None:
        """The rule for rows, made once."""
        key = (entity.name, kind, f"{through} {before is not None}")
        if key not in self._made:
            outer = outer_row(before.table) if before else None
            truth = self.rows[entity.name].truth(About(self.graph, self.rows, Viewer(kind), entity, through, outer))
            self._keep(key, _rule(truth, entity, outer))
        return self._made[key]

    def _value_rule(self, column: Column, policy: Policy, kind: str) -> Rule | None:
        """The rule for a value, made once."""
        key, entity = (column.entity, kind, f"#{column.key}"), self.graph[column.entity]
        if key not in self._made:
            truth = policy.truth(About(self.graph, self.rows, Viewer(kind), entity))
            self._keep(key, None if truth is True else Frozen(_only(column, truth), entity.table))
        return self._made[key]

    def _keep(self, key: tuple[str, str, str], rule: Rule | None) -> None:
        if len(self._made) >= MOST:  # kinds are as many as there are sets of scopes
            self._made.clear()
        self._made[key] = rule

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
        return self._value_rule(column, policy, viewer.kind)

    def readers(self, column: Column) -> str | None:
        """Who may read `column`, in words, if not everybody who may read the row."""
        policy = self._line(column.entity).values.get(column.key)
        return policy.words(self.graph[column.entity]) if policy else None

    def writes(self, entity: Entity) -> Writes | None:
        """What can be written of `entity`; None if nothing can."""
        line = self.writers.get(entity.name)
        if line is None:
            return None
        once = {"business_id", *(key for policy in line.verbs.values() for key in keys_of(policy))} - {"id"}
        return Writes(frozenset(line.verbs), line.kept, line.once | once)

    def writable(self, entity: Entity, verb: Verb, viewer: Viewer) -> Rule | None:
        """For which rows of `entity` `viewer` may do what `verb` says; None for all of them."""
        policy = self.writers[entity.name].verbs[verb]
        return None if viewer.kind == ADMIN else self._writing(entity, policy, viewer.kind, verb)

    def assignable(self, column: Column, viewer: Viewer) -> Rule | None:
        """In which rows `viewer` may give `column` a value: where it may be read."""
        policy = self._line(column.entity).values.get(column.key)
        if policy is None or viewer.kind == ADMIN:
            return None
        return self._writing(self.graph[column.entity], policy, viewer.kind, f"={column.key}")

    def _writing(self, entity: Entity, policy: Policy, kind: str, what: str) -> Rule | None:
        """The rule for writing, made once."""
        key = (entity.name, kind, f"!{what}")
        if key not in self._made:
            truth = policy.truth(About(self.graph, self.rows, Viewer(kind), entity, writing=True))
            self._keep(key, _rule(truth, entity, None))
        return self._made[key]

    def _line(self, entity: str) -> Readers:
        return self.tables.get(entity, NOBODY)


def _rule(truth: Truth, entity: Entity, outer: FromClause | None) -> Rule | None:
    if truth is True:
        return None
    return Frozen(truth if not isinstance(truth, bool) else lambda row: false(), entity.table, outer)


def _only(column: Column, truth: Truth) -> Rule:
    """The value of `column` where `truth` holds."""

    def value(row: FromClause) -> ColumnElement[Any]:
        found = column.of(row)
        return cast(null(), found.type) if isinstance(truth, bool) else case((truth(row), found))

    return value
