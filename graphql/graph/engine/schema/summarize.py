"""What the rows of a connection come to, derived: its fields `aggregate` and `groups` with their types."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLFloat,
    GraphQLInt,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
)

from graph.engine.model.aggregates import NUMERIC
from graph.engine.model.entities import Column, Entity, Graph
from graph.engine.model.scalars import NUMBER
from graph.engine.reference import tallied
from graph.engine.schema.meaning import KEY, Measured, PartOf
from graph.engine.schema.types import Types, many

Fields = dict[str, GraphQLField]


@dataclass(slots=True)
class Summaries:
    """Derives the output types of aggregates and groups of every entity into `types`."""

    graph: Graph
    types: Types
    page_arguments: Callable[[Entity], dict[str, GraphQLArgument]]

    def derive(self, entity: Entity) -> None:
        """Keep the output types of `entity`."""
        name = entity.name
        distinct = [column for column in entity.fields if column.scalar.comparable]
        extreme = [column for column in entity.fields if column.scalar.extreme]
        numeric = [column for column in entity.fields if column.scalar.numeric]
        count = GraphQLNonNull(GraphQLInt)
        self._keep(
            f"{name}DistinctAggregate", "How many different values there are.", _leaves(distinct, lambda _: count)
        )
        self._keep(f"{name}Aggregate", f"What {name} rows come to.", lambda: self._measures(entity))
        self._keep(f"{name}GroupKey", f"What {name} rows of a group have in common.", lambda: self._key(entity))
        self._keep(f"{name}GroupRow", f"{name} rows that have something in common.", lambda: self._group(entity))
        if extreme:
            values = _leaves(extreme, lambda column: column.scalar.output)
            self._keep(f"{name}ValueAggregate", f"A value of each column of {name}.", values)
        if numeric:
            numbers = _leaves(numeric, lambda _: NUMBER.output)
            self._keep(f"{name}NumberAggregate", f"A number for each numeric column of {name}.", numbers)

    def _keep(self, name: str, description: str, fields: Any) -> None:
        self.types.keep(GraphQLObjectType(name, fields, description=description))

    def fields(self, entity: Entity) -> Fields:
        """The fields of the connection of `entity`."""
        name = entity.name
        rows = GraphQLNonNull(many(self.types.object(f"{name}GroupRow")))
        arguments = {
            "by": GraphQLArgument(
                GraphQLNonNull(many(self.types.input(f"{name}GroupBy"))), description="What the rows have in common."
            ),
            "having": GraphQLArgument(
                self.types.input(f"{name}AggregateFilter"), description="Only groups that fulfil this."
            ),
            "orderBy": GraphQLArgument(
                many(self.types.input(f"{name}GroupRowOrderBy")),
                description="In this order; by their keys if not said.",
            ),
            "first": GraphQLArgument(GraphQLInt, 100, description="How many groups, 1 to 1,000."),
            "offset": GraphQLArgument(GraphQLInt, description="How many to leave out first, at most 10,000."),
        }
        aggregate = GraphQLNonNull(self.types.object(f"{name}Aggregate"))
        return {
            "aggregate": _field(PartOf.AGGREGATE, aggregate, "What all of the rows come to.", tallied.aggregate),
            "groups": _field(PartOf.GROUPS, rows, "All of the rows in groups.", tallied.groups, arguments),
        }

    def _measures(self, entity: Entity) -> Fields:
        count = GraphQLNonNull(GraphQLInt)
        fields = {"count": _field(PartOf.COUNT, count, "How many rows there are.", tallied.count)}
        fields["countDistinct"] = self._measured(entity, "countDistinct", "Distinct", "How many different values.")
        if f"{entity.name}NumberAggregate" in self.types.named:
            for function, text in NUMERIC.items():
                fields[function] = self._measured(entity, function, "Number", f"{text}.")
            at = GraphQLArgument(GraphQLNonNull(GraphQLFloat), description="The fraction, from 0 to 1.")
            text = "The value that this fraction of the rows lies below, interpolated; rounded to 6 places."
            fields["percentile"] = self._measured(entity, "percentile", "Number", text, {"at": at})
        if f"{entity.name}ValueAggregate" in self.types.named:
            fields["min"] = self._measured(entity, "min", "Value", "The least values.")
            fields["max"] = self._measured(entity, "max", "Value", "The greatest values.")
        return fields

    def _measured(
        self, entity: Entity, function: str, kind: str, description: str, arguments: Any = None
    ) -> GraphQLField:
        type_ = GraphQLNonNull(self.types.object(f"{entity.name}{kind}Aggregate"))
        return _field(Measured(function), type_, description, tallied.measured(function), arguments)

    def _key(self, entity: Entity) -> Fields:
        comparable = [column for column in entity.fields if column.scalar.comparable]
        columns = {
            column.name: _field(column, column.scalar.output, column.description, tallied.key_of(column.name))
            for column in comparable
        }
        relations = {
            name: _field(one, self.types.object(f"{one.target}GroupKey"), one.description, tallied.key_of(name))
            for name, one in entity.relations.items()
            if not one.many
        }
        return columns | relations

    def _group(self, entity: Entity) -> Fields:
        key = GraphQLNonNull(self.types.object(f"{entity.name}GroupKey"))
        rows = GraphQLNonNull(self.types.object(f"{entity.name}Connection"))
        arguments = self.page_arguments(entity)
        return {
            "key": _field(PartOf.KEY, key, "What they have in common.", tallied.key),
            **self._measures(entity),
            "rows": _field(PartOf.ROWS, rows, "The rows of the group.", tallied.rows, arguments),
        }


def _field(
    meaning: Any, type_: GraphQLOutputType, description: str, resolve: Any, arguments: Any = None
) -> GraphQLField:
    return GraphQLField(type_, arguments, resolve=resolve, description=description, extensions={KEY: meaning})


def _leaves(columns: list[Column], type_of: Callable[[Column], Any]) -> Fields:
    """A field for each of `columns`, of the type that `type_of` says."""
    return {
        column.name: _field(column, type_of(column), column.description, tallied.value_of(column)) for column in columns
    }
