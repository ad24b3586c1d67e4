"""What is said of the rows that are wanted, derived: filters, orders, and what rows are grouped by."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from graphql import (
    GraphQLBoolean,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLString,
)

from graph.engine.model.aggregates import NUMERIC
from graph.engine.model.entities import Column, Entity, Graph, Relation
from graph.engine.model.filters import OPERATORS, Takes, operators_of
from graph.engine.model.scalars import INTEGER, NUMBER, GraphQLDateTime, GraphQLJSON, Kind, Scalar
from graph.engine.schema.types import Types, enum, many, some

Fields = dict[str, GraphQLInputField]

DIRECTIONS = {
    "ASC": "Smallest or earliest first, rows without a value last.",
    "ASC_NULLS_FIRST": "Rows without a value first, then smallest or earliest.",
    "DESC": "Rows without a value first, then largest or latest.",
    "DESC_NULLS_LAST": "Largest or latest first, rows without a value last.",
}
UNITS = ("MINUTE", "HOUR", "DAY", "WEEK", "MONTH", "QUARTER", "YEAR")


@dataclass(slots=True)
class Inputs:
    """Derives the input types of every entity into `types`."""

    graph: Graph
    types: Types

    def __post_init__(self) -> None:
        direction = enum("OrderDirection", "Which way an order runs.", DIRECTIONS)
        unit = enum("TimeUnit", "A span of the calendar.", {name: f"A {name.lower()}." for name in UNITS})
        span = {
            "last": some(GraphQLInt, "So many units up to now."),
            "next": some(GraphQLInt, "So many units from now on."),
            "unit": some(GraphQLNonNull(unit), "The unit."),
        }
        place = {
            "at": some(GraphQLNonNull(many(GraphQLString)), "The keys, and places of lists, that lead there."),
            "eq": some(GraphQLJSON, "The value."),
        }
        self.types.keep(
            direction,
            unit,
            GraphQLInputObjectType("TimeSpan", span, description="A span of time that begins or ends now."),
            GraphQLInputObjectType("JSONPath", place, description="A value at some place of a JSON document."),
            *self._buckets(unit),
        )

    def _buckets(self, unit: object) -> list[GraphQLInputObjectType]:
        fill = GraphQLInputObjectType(
            "BucketFill",
            {
                "from": some(GraphQLDateTime, "A moment of the first bucket; that of the first row if not said."),
                "to": some(GraphQLDateTime, "A moment of the last bucket; that of the last row if not said."),
            },
            description="Shows buckets without rows too.",
        )
        zone = "The IANA name of the time zone in which days and months begin; UTC if not said."
        bucket = {
            "by": some(GraphQLNonNull(unit), "How long a bucket is."),
            "timeZone": some(GraphQLString, zone),
            "fill": some(fill, "Whether buckets without rows are shown, and from when to when."),
        }
        return [fill, GraphQLInputObjectType("TimeBucket", bucket, description="Moments by the span they fall into.")]

    def derive(self, entity: Entity) -> None:
        """Keep the input types of `entity`."""
        name, numeric = entity.name, any(column.scalar.numeric for column in entity.fields)
        self._keep(f"{name}Filter", f"Conditions on {name}, all of which must hold.", lambda: self._filter(entity))
        self._keep(f"{name}ListFilter", f"Conditions on many {name}s at once.", lambda: self._list_filter(entity))
        self._keep(f"{name}AggregateFilter", f"Conditions on groups of {name}.", lambda: self._having(entity))
        self._keep(f"{name}ValueFilter", f"Conditions on values of {name}.", lambda: self._values(entity))
        self._one_of(f"{name}OrderBy", f"One key of an order of {name}.", lambda: self._order(entity))
        self._one_of(f"{name}ListOrderBy", f"What many {name}s come to.", lambda: self._order_of_many(entity))
        self._one_of(f"{name}GroupBy", f"One thing that a group of {name} has in common.", lambda: self._by(entity))
        self._one_of(f"{name}GroupRowOrderBy", "One key of an order of groups.", lambda: self._order_of_groups(entity))
        if numeric:
            self._keep(f"{name}NumberFilter", f"Conditions on numbers of {name}.", lambda: self._numbers(entity))
            self._one_of(f"{name}NumberOrderBy", f"A number of {name}.", lambda: self._order_of_numbers(entity))

    def _keep(self, name: str, description: str, fields: object) -> None:
        self.types.keep(GraphQLInputObjectType(name, fields, description=description))  # type: ignore[arg-type]

    def _one_of(self, name: str, description: str, fields: object) -> None:
        type_ = GraphQLInputObjectType(name, fields, description=description, is_one_of=True)  # type: ignore[arg-type]
        self.types.keep(type_)

    def _filter(self, entity: Entity) -> Fields:
        own = self.types.input(f"{entity.name}Filter")
        fields = {
            "and": some(many(own), "All of these hold."),
            "or": some(many(own), "At least one of these holds."),
            "not": some(own, "This does not hold."),
        }
        fields |= {column.name: some(self._operators(column.scalar), column.description) for column in entity.fields}
        return fields | {name: self._related(relation) for name, relation in entity.relations.items()}

    def _related(self, relation: Relation) -> GraphQLInputField:
        if relation.many:
            return some(self.types.input(f"{relation.target}ListFilter"), relation.description)
        return some(self.types.input(f"{relation.target}Filter"), f"{relation.description} There is one with all this.")

    def _list_filter(self, entity: Entity) -> Fields:
        own = self.types.input(f"{entity.name}Filter")
        return {
            "some": some(own, "At least one of them fulfils this."),
            "none": some(own, "None of them fulfils this."),
            "every": some(own, "All of them fulfil this, if there are any."),
            "where": some(own, "Which of them are counted and measured; all if not said."),
            **self._measured(entity),
        }

    def _measured(self, entity: Entity) -> Fields:
        values = self.types.input(f"{entity.name}ValueFilter")
        fields = {"count": some(self._operators(INTEGER), "How many there are.")}
        if numbers := self.types.named.get(f"{entity.name}NumberFilter"):
            fields |= {name: some(numbers, f"{what}.") for name, what in NUMERIC.items()}
        return fields | {"min": some(values, "The least value."), "max": some(values, "The greatest value.")}

    def _having(self, entity: Entity) -> Fields:
        own = self.types.input(f"{entity.name}AggregateFilter")
        return {
            "and": some(many(own), "All of these hold."),
            "or": some(many(own), "At least one of these holds."),
            "not": some(own, "This does not hold."),
            **self._measured(entity),
        }

    def _numbers(self, entity: Entity) -> Fields:
        operators = self._operators(NUMBER)
        return {column.name: some(operators, column.description) for column in entity.fields if column.scalar.numeric}

    def _values(self, entity: Entity) -> Fields:
        columns = [column for column in entity.fields if column.scalar.extreme]
        fields = {column.name: some(self._operators(column.scalar), column.description) for column in columns}
        return fields or {"id": some(self._operators(entity.key[0].scalar), "The global ID.")}

    def _order(self, entity: Entity) -> Fields:
        direction = self.types.named["OrderDirection"]
        columns = {
            column.name: some(direction, column.description) for column in entity.fields if column.scalar.comparable
        }
        relations = {
            name: some(self.types.input(f"{one.target}{'ListOrderBy' if one.many else 'OrderBy'}"), one.description)
            for name, one in entity.relations.items()
        }
        return columns | relations

    def _order_of_many(self, entity: Entity) -> Fields:
        own = self.types.input(f"{entity.name}OrderBy")
        fields = {"count": some(self.types.named["OrderDirection"], "How many there are.")}
        if numbers := self.types.named.get(f"{entity.name}NumberOrderBy"):
            fields |= {name: some(numbers, f"{what}.") for name, what in NUMERIC.items()}
        return fields | {"min": some(own, "The least value."), "max": some(own, "The greatest value.")}

    def _order_of_groups(self, entity: Entity) -> Fields:
        key = some(self.types.input(f"{entity.name}OrderBy"), "What the rows have in common.")
        return {"key": key, **self._order_of_many(entity)}

    def _order_of_numbers(self, entity: Entity) -> Fields:
        direction = self.types.named["OrderDirection"]
        return {column.name: some(direction, column.description) for column in entity.fields if column.scalar.numeric}

    def _by(self, entity: Entity) -> Fields:
        columns = {column.name: self._key(column) for column in entity.fields if column.scalar.comparable}
        relations = {
            name: some(self.types.input(f"{one.target}GroupBy"), one.description)
            for name, one in entity.relations.items()
            if not one.many
        }
        return columns | relations

    def _key(self, column: Column) -> GraphQLInputField:
        timed = column.scalar.kind in (Kind.MOMENT, Kind.DAY)
        return some(self.types.input("TimeBucket") if timed else GraphQLBoolean, column.description)

    def _operators(self, scalar: Scalar) -> GraphQLInputObjectType:
        """The filter of values of `scalar`."""
        output = scalar.output
        base = f"{output.of_type.of_type.name}List" if isinstance(output, GraphQLList) else output.name
        name = f"{base}Filter"
        if name not in self.types.named:
            described = f"Conditions on a {base}, all of which must hold."
            fields = {spoken: self._operand(key, scalar) for spoken, key in operators_of(scalar.kind).items()}
            self.types.keep(GraphQLInputObjectType(name, fields, description=described))
        return self.types.input(name)

    def _operand(self, key: str, scalar: Scalar) -> GraphQLInputField:
        operator, output = OPERATORS[key], scalar.output
        types: dict[Takes, Callable[[], Any]] = {
            Takes.MANY: lambda: many(output),
            Takes.RANGE: lambda: self._range(scalar),
            Takes.FLAG: lambda: GraphQLBoolean,
            Takes.TEXTS: lambda: many(GraphQLString),
            Takes.LENGTH: lambda: self._operators(INTEGER),
            Takes.JSON_KEY: lambda: GraphQLString,
            Takes.JSON_AT: lambda: self.types.input("JSONPath"),
            Takes.SPAN: lambda: self.types.input("TimeSpan"),
        }
        type_ = types[operator.takes]() if operator.takes in types else output
        return some(type_, operator.description)

    def _range(self, scalar: Scalar) -> GraphQLInputObjectType:
        output = scalar.output
        assert not isinstance(output, GraphQLList)
        name = f"{output.name}Range"
        if name not in self.types.named:
            fields = {
                "from": some(GraphQLNonNull(output), "The least that will do."),
                "to": some(GraphQLNonNull(output), "The greatest that will do."),
            }
            described = f"From one {output.name} to another, both included."
            self.types.keep(GraphQLInputObjectType(name, fields, description=described))
        return self.types.input(name)
