"""From the graph to GraphQL types: graphql-core objects with thunks, so that thousands of them cost little.

(Measured with 4,830 types: 14.5 s and 255 MB as Strawberry classes, 0.6 s and 55 MB as core objects.)
"""

from dataclasses import dataclass, field
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLEnumValue,
    GraphQLField,
    GraphQLID,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInt,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLString,
)

from graph.engine import reference
from graph.engine.access import Access
from graph.engine.entities import Column, Entity, Graph, Relation
from graph.engine.filters import Operator, operators_of
from graph.engine.ids import camel
from graph.engine.meaning import KEY, NodeById, NodesByIds, PartOf, RootList, RootOne
from graph.engine.plan import PageFlag
from graph.engine.scalars import Scalar

SUFFIXES = ("Connection", "Edge", "Filter", "OrderBy", "Aggregate", "GroupRow", "Payload", "Input")
"""Endings that belong to derived types: no entity's name may have one."""


class ClashError(TypeError):
    """Two things of the schema want one name."""


@dataclass(slots=True)
class Derived:
    """The types derived from `graph`, and the root fields over them."""

    graph: Graph
    access: Access
    types: dict[str, GraphQLNamedType] = field(default_factory=dict)
    node: GraphQLInterfaceType = field(init=False)
    page_info: GraphQLObjectType = field(init=False)
    direction: GraphQLEnumType = field(init=False)

    def __post_init__(self) -> None:
        self.node = GraphQLInterfaceType(
            "Node",
            {"id": GraphQLField(GraphQLNonNull(GraphQLID), description="The global ID.")},
            resolve_type=reference.type_of,
            description="Anything that has a global ID.",
        )
        self.page_info = GraphQLObjectType(
            "PageInfo",
            {flag.value: _page_flag(flag) for flag in PageFlag},
            description="Where a page lies in its connection.",
        )
        self.direction = _direction()
        for shared in (self.node, self.page_info, self.direction, *self.graph.enums.values()):
            self._keep(shared)
        for entity in self.graph:
            self._derive(entity)

    def root_fields(self) -> dict[str, GraphQLField]:
        """The fields of Query: one row, many rows, natural keys, and any Node."""
        fields = {"node": _node_field(self.node), "nodes": _nodes_field(self.node)}
        for entity in self.graph:
            for name, root in self._roots_of(entity):
                if name in fields:
                    raise ClashError(f"Two root fields are called {name}: name the table of {entity.name} otherwise.")
                fields[name] = root
        return fields

    def _roots_of(self, entity: Entity) -> list[tuple[str, GraphQLField]]:
        by_id = [self._by_id(entity)] if entity.is_node else []
        by_natural_key = [self._by_natural_key(entity)] if entity.natural_key else []
        return [*by_id, (entity.list_field, self._list(entity)), *by_natural_key]

    def _by_id(self, entity: Entity) -> tuple[str, GraphQLField]:
        meaning = RootOne(entity.name, (("id", "id"),))
        id_ = GraphQLArgument(GraphQLNonNull(GraphQLID), description="The global ID.")
        return entity.field, self._root(entity, meaning, {"id": id_}, f"One {entity.name} by its ID; null if none.")

    def _by_natural_key(self, entity: Entity) -> tuple[str, GraphQLField]:
        columns = {entity.by_key(key).name: entity.by_key(key) for key in entity.natural_key}
        names = tuple((name, column.key) for name, column in columns.items())
        arguments = {
            name: GraphQLArgument(_required(column, column.scalar.output), description=column.description)
            for name, column in columns.items()
        }
        spoken = [camel(key.removesuffix("_id")) for key in entity.natural_key if key != "business_id"]
        name = f"{entity.field}By{'And'.join(word[:1].upper() + word[1:] for word in spoken)}"
        description = f"One {entity.name} by what people call it; null if none."
        return name, self._root(entity, RootOne(entity.name, names), arguments, description)

    def _root(
        self, entity: Entity, meaning: RootOne, arguments: dict[str, GraphQLArgument], description: str
    ) -> GraphQLField:
        return GraphQLField(
            self._object(entity.name),
            arguments,
            resolve=reference.root_resolver(meaning),
            description=description,
            extensions={KEY: meaning},
        )

    def _list(self, entity: Entity) -> GraphQLField:
        meaning = RootList(entity.name)
        return GraphQLField(
            GraphQLNonNull(self._object(f"{entity.name}Connection")),
            self._page_arguments(entity),
            resolve=reference.root_resolver(meaning),
            description=f"All of them that you may see. {entity.description}",
            extensions={KEY: meaning},
        )

    def _derive(self, entity: Entity) -> None:
        if entity.name.endswith(SUFFIXES) or (entity.is_node and entity.field == entity.list_field):
            raise ClashError(f"{entity.name} cannot be the name of an entity: its derived types would clash.")
        self._keep(
            GraphQLObjectType(
                entity.name,
                lambda: self._fields(entity),
                interfaces=[self.node] if entity.is_node else [],
                description=entity.description,
            )
        )
        self._keep(self._connection(entity))
        self._keep(self._edge(entity))
        self._keep(self._filter(entity))
        self._keep(self._order_by(entity))

    def _fields(self, entity: Entity) -> dict[str, GraphQLField]:
        columns = {column.name: self._column(column) for column in entity.columns.values() if column.field}
        relations = {relation.name: self._relation(relation) for relation in entity.relations.values()}
        if both := columns.keys() & relations.keys():
            raise ClashError(f"{entity.name} has a column and a relation called {min(both)}.")
        return columns | relations

    def _column(self, column: Column) -> GraphQLField:
        type_ = column.scalar.output
        nullable = column.nullable or self.access.restricted(column)
        return GraphQLField(
            type_ if nullable else GraphQLNonNull(type_),
            resolve=reference.column_resolver(column),
            description=column.description,
            extensions={KEY: column},
        )

    def _relation(self, relation: Relation) -> GraphQLField:
        target = self.graph[relation.target]
        type_: GraphQLOutputType = self._object(target.name)
        if relation.many:
            type_ = GraphQLNonNull(self._object(f"{target.name}Connection"))
        return GraphQLField(
            type_,
            self._page_arguments(target) if relation.many else None,
            resolve=reference.relation_resolver(relation),
            description=relation.description,
            extensions={KEY: relation},
        )

    def _page_arguments(self, entity: Entity) -> dict[str, GraphQLArgument]:
        order = GraphQLList(GraphQLNonNull(self._input(f"{entity.name}OrderBy")))
        return {
            "first": GraphQLArgument(GraphQLInt, description="How many from the beginning, 1 to 100; 20 if not said."),
            "after": GraphQLArgument(GraphQLString, description="Only those after this cursor."),
            "last": GraphQLArgument(GraphQLInt, description="How many from the end, 1 to 100."),
            "before": GraphQLArgument(GraphQLString, description="Only those before this cursor."),
            "filter": GraphQLArgument(self._input(f"{entity.name}Filter"), description="Only those that fulfil this."),
            "orderBy": GraphQLArgument(order, description="In this order; by ID if not said."),
        }

    def _connection(self, entity: Entity) -> GraphQLObjectType:
        def fields() -> dict[str, GraphQLField]:
            edge, node = self._object(f"{entity.name}Edge"), self._object(entity.name)
            return {
                "edges": _part(PartOf.EDGES, _list_of(GraphQLNonNull(edge)), "The rows with their cursors.", _rows),
                "nodes": _part(PartOf.NODES, _list_of(node), "The rows.", _rows),
                "pageInfo": _part(PartOf.PAGE_INFO, GraphQLNonNull(self.page_info), "Where this page lies.", _same),
                "totalCount": _part(
                    PartOf.TOTAL_COUNT, GraphQLNonNull(GraphQLInt), "How many there are in all.", _total
                ),
            }

        return GraphQLObjectType(f"{entity.name}Connection", fields, description=f"A page of {entity.name} rows.")

    def _edge(self, entity: Entity) -> GraphQLObjectType:
        def fields() -> dict[str, GraphQLField]:
            return {
                "cursor": _part(PartOf.CURSOR, GraphQLNonNull(GraphQLString), "Names this place.", _cursor),
                "node": _part(PartOf.NODE, self._object(entity.name), "The row.", _same),
            }

        return GraphQLObjectType(f"{entity.name}Edge", fields, description=f"A {entity.name} and its place.")

    def _filter(self, entity: Entity) -> GraphQLInputObjectType:
        def fields() -> dict[str, GraphQLInputField]:
            return {
                column.name: GraphQLInputField(self._operators(column.scalar), description=column.description)
                for column in entity.columns.values()
                if column.field
            }

        return GraphQLInputObjectType(f"{entity.name}Filter", fields, description=f"Conditions on {entity.name}.")

    def _order_by(self, entity: Entity) -> GraphQLInputObjectType:
        def fields() -> dict[str, GraphQLInputField]:
            return {
                column.name: GraphQLInputField(self.direction, description=column.description)
                for column in entity.columns.values()
                if column.field and column.scalar.comparable
            }

        return GraphQLInputObjectType(
            f"{entity.name}OrderBy", fields, description=f"One key of an order of {entity.name}.", is_one_of=True
        )

    def _operators(self, scalar: Scalar) -> GraphQLInputObjectType:
        output = scalar.output
        base = f"{output.of_type.of_type.name}List" if isinstance(output, GraphQLList) else output.name
        name = f"{base}Filter"
        if name not in self.types:
            fields = {key: _operand(op, output) for key, op in operators_of(scalar).items()}
            self.types[name] = GraphQLInputObjectType(name, fields, description=f"Conditions on a {base}.")
        return self._input(name)

    def _keep(self, type_: GraphQLNamedType) -> None:
        if type_.name in self.types:
            raise ClashError(f"Two types are called {type_.name}.")
        self.types[type_.name] = type_

    def _object(self, name: str) -> GraphQLObjectType:
        type_ = self.types[name]
        assert isinstance(type_, GraphQLObjectType)
        return type_

    def _input(self, name: str) -> GraphQLInputObjectType:
        type_ = self.types[name]
        assert isinstance(type_, GraphQLInputObjectType)
        return type_


def _required(column: Column, type_: Any) -> Any:
    return type_ if column.nullable else GraphQLNonNull(type_)


def _operand(op: Operator, output: Any) -> GraphQLInputField:
    type_: Any = GraphQLBoolean if op.flag else output
    return GraphQLInputField(GraphQLList(GraphQLNonNull(type_)) if op.many else type_, description=op.description)


def _list_of(type_: Any) -> GraphQLOutputType:
    return GraphQLNonNull(GraphQLList(type_))


def _part(part: PartOf, type_: GraphQLOutputType, description: str, resolve: Any) -> GraphQLField:
    return GraphQLField(type_, resolve=resolve, description=description, extensions={KEY: part})


def _same(value: Any, _: Any) -> Any:
    return value


def _rows(page: reference.LoadedPage, _: Any) -> Any:
    return page.rows


def _total(page: reference.LoadedPage, _: Any) -> int:
    return page.total


def _cursor(found: reference.Found, _: Any) -> Any:
    return found.record["#cursor"]


_FLAGS = {
    PageFlag.HAS_NEXT_PAGE: "Whether more rows follow.",
    PageFlag.HAS_PREVIOUS_PAGE: "Whether rows come before.",
    PageFlag.START_CURSOR: "The cursor of the first row of this page.",
    PageFlag.END_CURSOR: "The cursor of the last row of this page.",
}


def _page_flag(flag: PageFlag) -> GraphQLField:
    yes_no = flag in (PageFlag.HAS_NEXT_PAGE, PageFlag.HAS_PREVIOUS_PAGE)
    return GraphQLField(
        GraphQLNonNull(GraphQLBoolean) if yes_no else GraphQLString,
        resolve=lambda page, _: page.flags[flag],
        description=_FLAGS[flag],
    )


def _direction() -> GraphQLEnumType:
    described = {
        "ASC": "Smallest or earliest first, rows without a value last.",
        "ASC_NULLS_FIRST": "Rows without a value first, then smallest or earliest.",
        "DESC": "Rows without a value first, then largest or latest.",
        "DESC_NULLS_LAST": "Largest or latest first, rows without a value last.",
    }
    values = {name: GraphQLEnumValue(name, description=text) for name, text in described.items()}
    return GraphQLEnumType("OrderDirection", values, description="Which way an order runs.")


def _node_field(node: GraphQLInterfaceType) -> GraphQLField:
    id_ = GraphQLArgument(GraphQLNonNull(GraphQLID), description="The global ID.")
    description = "Anything by its global ID; null if there is none."
    meaning = NodeById()
    return GraphQLField(
        node, {"id": id_}, resolve=reference.root_resolver(meaning), description=description, extensions={KEY: meaning}
    )


def _nodes_field(node: GraphQLInterfaceType) -> GraphQLField:
    ids = GraphQLNonNull(GraphQLList(GraphQLNonNull(GraphQLID)))
    meaning = NodesByIds()
    return GraphQLField(
        GraphQLNonNull(GraphQLList(node)),
        {"ids": GraphQLArgument(ids, description="At most 100 global IDs.")},
        resolve=reference.root_resolver(meaning),
        description="Things by their global IDs, in that order; null where there is none.",
        extensions={KEY: meaning},
    )
