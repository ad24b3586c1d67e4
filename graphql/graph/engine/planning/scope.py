"""What the planner's parts share while they plan one operation: the rules of access, parameters and names."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from sqlalchemy import Integer
from sqlalchemy.types import TypeEngine

from graph.engine.access import Access, Viewer
from graph.engine.asking.operands import Operand, Source
from graph.engine.errors import BadUserInput
from graph.engine.model.entities import Column, Entity, Graph, Relation
from graph.engine.planning.terms import Aggregated, Hop, Param, Seen, Term, Through

REACH = 10
REACH_LIMIT = 50
"""Steps of a walk along a relation."""


@dataclass(slots=True)
class Scope:
    """Plans of one operation for one kind of viewer are made in it."""

    graph: Graph
    access: Access
    viewer: Viewer
    params: list[Param] = field(default_factory=list)
    branches: int = 0
    """Conditions so far."""
    _aliases: int = 0
    _labels: int = 0

    def alias(self) -> str:
        """A name for the rows of a table: t0, t1, …"""
        self._aliases += 1
        return f"t{self._aliases - 1}"

    def label(self, kind: str) -> str:
        """A name for a value that a sub-select carries: #k0, #k1, …"""
        self._labels += 1
        return f"#{kind}{self._labels - 1}"

    def param(self, source: Source, convert: Callable[[Any], Any], type_: TypeEngine[Any]) -> Param:
        """A parameter of the plan, $1, $2, …: what `convert` makes of the value at `source` in each request."""
        made = Param(f"p{len(self.params)}", source, convert, type_)
        self.params.append(made)
        return made

    def see(self, column: Column) -> Seen:
        """`column` as this viewer sees it."""
        return Seen(column, self.access.visible(column, self.viewer))

    def hop(self, relation: Relation, reach: Operand | None = None) -> Hop:
        """A step over `relation`, for this viewer; a walk goes as far as `reach` says."""
        target = self.graph[relation.target]
        via = relation.via
        between = self.access.predicate(self.graph[via.entity], self.viewer) if via else None
        predicate = self.access.predicate(target, self.viewer, relation)
        return Hop(relation, target, predicate, between, self._reach(relation, reach))

    def _reach(self, relation: Relation, given: Operand | None) -> Param | None:
        if not relation.walk:
            return None
        if given is None or not given.state:
            return self.param(Source(constant=REACH), int, Integer())
        return self.param(given.param(), partial(_within, given.where, 1, REACH_LIMIT), Integer())

    def through(self, relation: Relation, term: Term) -> Term:
        """A `term` of the row that a relation to one leads to.

        The id of that row is the key that leads there, unless the row may be hidden.
        """
        hop = self.hop(relation)
        if isinstance(term, Seen) and term.column.key == relation.remote == "id" and not hop.predicate:
            entity = self.graph[relation.entity]
            return self.see(entity.by_key(relation.local))
        return Through(hop, term, self.label("k"))

    def aggregated(self, entity: Entity, function: str, term: Term, at: Param | None = None) -> Aggregated:
        """An aggregate of a `term` of rows of `entity`; of money only within one currency."""
        currency = entity.currency_of(term.column) if isinstance(term, Seen) and function != "countDistinct" else None
        return Aggregated(function, term, self.see(currency) if currency else None, at)

    def offset(self, given: Operand | None, limit: int) -> Param | None:
        """How many rows an argument says to leave out."""
        if given is None or not given.state:
            return None
        return self.param(given.param(), partial(_within, given.where, 0, limit), Integer())


def _within(where: str, least: int, most: int, value: int) -> int:
    if not least <= value <= most:
        raise BadUserInput(f'Argument "{where}" is {value}; it must be from {least} to {most:,}.', argument=where)
    return value
