"""From the graph to GraphQL types: graphql-core objects with thunks, so that thousands of them cost little.

(Measured with 4,830 types: 14.5 s and 255 MB as Strawberry classes, 0.6 s and 55 MB as core objects.)
"""

from dataclasses import dataclass, field
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLField,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLString,
    GraphQLUnionType,
)

from graph.engine.access import Access
from graph.engine.model.computed import Computed
from graph.engine.model.entities import ANY_ENTITY, SEARCH_RESULT, Column, Entity, Graph, Relation
from graph.engine.model.ids import camel
from graph.engine.model.scalars import GraphQLDateTime
from graph.engine.planning.plan import PageFlag
from graph.engine.reference import resolvers as reference
from graph.engine.schema.inputs import Inputs
from graph.engine.schema.meaning import KEY, NodeById, NodesByIds, PartOf, RootList, RootOne, RootSearch
from graph.engine.schema.summarize import Summaries
from graph.engine.schema.types import SUFFIXES, ClashError, Types, enum
from graph.engine.schema.writes import Mutations
from graph.engine.writing.writable import Books

Fields = dict[str, GraphQLField]
Arguments = dict[str, GraphQLArgument]


@dataclass(slots=True)
class Derived:
    """The types derived from `graph`, and the root fields over them."""

    graph: Graph
    access: Access
    computed: tuple[Computed, ...] = ()
    made: Types = field(default_factory=Types)
    inputs: Inputs = field(init=False)
    summaries: Summaries = field(init=False)
    node: GraphQLInterfaceType = field(init=False)
    timestamped: GraphQLInterfaceType = field(init=False)
    owned: GraphQLInterfaceType = field(init=False)
    page_info: GraphQLObjectType = field(init=False)
    books: Books = field(init=False)

    def __post_init__(self) -> None:
        self.books = Books(self.graph, self.access)
        self.inputs = Inputs(self.graph, self.made)
        self.summaries = Summaries(self.graph, self.made, self._page_arguments)
        self._interfaces()
        self.page_info = GraphQLObjectType(
            "PageInfo",
            {flag.value: _page_flag(flag) for flag in PageFlag},
            description="Where a page lies in its connection.",
        )
        self.made.keep(self.page_info, *self.graph.enums.values())
        for entity in self.graph:
            self._derive(entity)
        self._unions()

    @property
    def types(self) -> dict[str, GraphQLNamedType]:
        """All derived types by name."""
        return self.made.named

    def _interfaces(self) -> None:
        id_ = GraphQLField(GraphQLNonNull(GraphQLID), description="The global ID.")
        moment = GraphQLNonNull(GraphQLDateTime)
        times = {
            "createdAt": GraphQLField(moment, description="When the row was made."),
            "updatedAt": GraphQLField(moment, description="When the row was last changed."),
        }

        def owner() -> Fields:
            return {"business": GraphQLField(self.made.object("Business"), description="The business it belongs to.")}

        self.node = _interface("Node", {"id": id_}, "Anything that has a global ID.")
        self.timestamped = _interface("Timestamped", times, "Anything that says when it was made and changed.")
        self.owned = _interface("Owned", owner, "Anything that belongs to a business.")
        self.made.keep(self.node, self.timestamped, self.owned)

    def _unions(self) -> None:
        """The unions of polymorphic references, as far as there are any."""
        described = {ANY_ENTITY: "Anything that has an ID.", SEARCH_RESULT: "What a search over everything finds."}
        found = {entity.reference.union: entity.reference.targets for entity in self.graph if entity.reference}
        for name, targets in found.items():
            types = [self.made.object(target) for target in targets]
            kinds = GraphQLUnionType(name, types, resolve_type=reference.type_of, description=described[name])
            self.made.keep(kinds)
        if SEARCH_RESULT in found:
            values = {target: f"{self.graph[target].description}" for target in found[SEARCH_RESULT]}
            self.made.keep(enum("SearchResultType", "What a search over everything may find.", values))
            self.made.keep(*self._results())

    def root_fields(self) -> Fields:
        """The fields of Query: one row, many rows, natural keys, any Node, and the search over everything."""
        fields = {"node": _node_field(self.node), "nodes": _nodes_field(self.node)}
        if SEARCH_RESULT in self.types:
            fields["search"] = self._search()
        for entity in self.graph:
            for name, root in self._roots_of(entity):
                if name in fields:
                    raise ClashError(f"Two root fields are called {name}: name the table of {entity.name} otherwise.")
                fields[name] = root
        return fields

    def mutations(self, user_error: GraphQLObjectType) -> Fields:
        """The fields of Mutation that write rows of entities; `user_error` is what says why not."""
        return Mutations(self.books, self.made, user_error).fields()

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

    def _root(self, entity: Entity, meaning: RootOne, arguments: Arguments, description: str) -> GraphQLField:
        return GraphQLField(
            self.made.object(entity.name),
            arguments,
            resolve=reference.root_resolver(meaning),
            description=description,
            extensions={KEY: meaning},
        )

    def _list(self, entity: Entity) -> GraphQLField:
        meaning = RootList(entity.name)
        return GraphQLField(
            GraphQLNonNull(self.made.object(f"{entity.name}Connection")),
            self._page_arguments(entity),
            resolve=reference.root_resolver(meaning),
            description=f"All of them that you may see. {entity.description}",
            extensions={KEY: meaning},
        )

    def _derive(self, entity: Entity) -> None:
        if entity.name.endswith(SUFFIXES) or (entity.is_node and entity.field == entity.list_field):
            raise ClashError(f"{entity.name} cannot be the name of an entity: its derived types would clash.")
        self.made.keep(
            GraphQLObjectType(
                entity.name,
                lambda: self._fields(entity),
                interfaces=self._faces(entity),
                description=entity.description,
            ),
            self._connection(entity),
            self._edge(entity),
        )
        self.inputs.derive(entity)
        self.summaries.derive(entity)

    def _faces(self, entity: Entity) -> list[GraphQLInterfaceType]:
        columns, owner = entity.columns, entity.relations.get("business")
        times = [columns[name] for name in ("createdAt", "updatedAt") if name in columns]
        timestamped = len(times) == 2 and not any(time.nullable for time in times)
        owned = owner is not None and not owner.many and owner.target == "Business"
        faces = ((self.node, entity.is_node), (self.timestamped, timestamped), (self.owned, owned))
        return [face for face, has in faces if has]

    def _fields(self, entity: Entity) -> Fields:
        columns = {column.name: self._column(column) for column in entity.fields}
        relations = {relation.name: self._relation(relation) for relation in entity.relations.values()}
        if both := columns.keys() & relations.keys():
            raise ClashError(f"{entity.name} has a column and a relation called {min(both)}.")
        return columns | relations | self._reference(entity) | self._computed(entity)

    def _column(self, column: Column) -> GraphQLField:
        type_ = column.scalar.output
        readers = self.access.readers(column)
        nullable = column.nullable or readers is not None
        return GraphQLField(
            type_ if nullable else GraphQLNonNull(type_),
            resolve=reference.column_resolver(column),
            description=f"{column.description} Read by: {readers}." if readers else column.description,
            extensions={KEY: column},
        )

    def _relation(self, relation: Relation) -> GraphQLField:
        target = self.graph[relation.target]
        type_: GraphQLOutputType = self.made.object(target.name)
        if relation.many:
            type_ = GraphQLNonNull(self.made.object(f"{target.name}Connection"))
        reach = {"maxDepth": GraphQLArgument(GraphQLInt, 10, description="At most so many steps, 1 to 50.")}
        arguments = {**self._page_arguments(target), **(reach if relation.walk else {})}
        return GraphQLField(
            type_,
            arguments if relation.many else None,
            resolve=reference.relation_resolver(relation),
            description=relation.description,
            extensions={KEY: relation},
        )

    def _reference(self, entity: Entity) -> Fields:
        found = entity.reference
        if not found:
            return {}
        union = self.types[found.union]
        assert isinstance(union, GraphQLUnionType)
        described = "What it is about; null if that is gone, or not for you."
        resolve = reference.reference_resolver(found)
        return {found.name: GraphQLField(union, resolve=resolve, description=described, extensions={KEY: found})}

    def _computed(self, entity: Entity) -> Fields:
        """The fields that Python computes."""
        mine = [one for one in self.computed if one.entity == entity.name]
        return {
            one.name: GraphQLField(
                one.type, resolve=reference.computed_resolver(one), description=one.description, extensions={KEY: one}
            )
            for one in mine
        }

    def _page_arguments(self, entity: Entity) -> Arguments:
        order = GraphQLList(GraphQLNonNull(self.made.input(f"{entity.name}OrderBy")))
        searched = 'Only those with these words: "in quotes" together, -without, or; a * at the end finds beginnings.'
        arguments = {
            "first": GraphQLArgument(GraphQLInt, description="How many from the beginning, 1 to 100; 20 if not said."),
            "after": GraphQLArgument(GraphQLString, description="Only those after this cursor."),
            "last": GraphQLArgument(GraphQLInt, description="How many from the end, 1 to 100."),
            "before": GraphQLArgument(GraphQLString, description="Only those before this cursor."),
            "offset": GraphQLArgument(GraphQLInt, description="How many to leave out first, at most 10,000."),
            "filter": GraphQLArgument(
                self.made.input(f"{entity.name}Filter"), description="Only those that fulfil this."
            ),
            "orderBy": GraphQLArgument(order, description="In this order; by ID if not said."),
        }
        return {
            **arguments,
            **({"search": GraphQLArgument(GraphQLString, description=searched)} if entity.text else {}),
        }

    def _connection(self, entity: Entity) -> GraphQLObjectType:
        def fields() -> Fields:
            edge, node = self.made.object(f"{entity.name}Edge"), self.made.object(entity.name)
            return {**self._page(edge, node), **self.summaries.fields(entity)}

        return GraphQLObjectType(f"{entity.name}Connection", fields, description=f"A page of {entity.name} rows.")

    def _page(self, edge: GraphQLObjectType, node: GraphQLOutputType) -> Fields:
        count = GraphQLNonNull(GraphQLInt)
        return {
            "edges": part(PartOf.EDGES, _list_of(GraphQLNonNull(edge)), "The rows with their cursors.", _edges),
            "nodes": part(PartOf.NODES, _list_of(node), "The rows.", _nodes),
            "pageInfo": part(PartOf.PAGE_INFO, GraphQLNonNull(self.page_info), "Where this page lies.", _same),
            "totalCount": part(PartOf.TOTAL_COUNT, count, "How many there are in all.", _total),
        }

    def _edge(self, entity: Entity) -> GraphQLObjectType:
        def fields() -> Fields:
            return _edge_fields(self.made.object(entity.name), searched=entity.text is not None)

        return GraphQLObjectType(f"{entity.name}Edge", fields, description=f"A {entity.name} and its place.")

    def _results(self) -> list[GraphQLObjectType]:
        """The connection of the search over everything."""
        union = self.types[SEARCH_RESULT]
        assert isinstance(union, GraphQLUnionType)
        edge = GraphQLObjectType(
            "SearchResultEdge", _edge_fields(union, searched=True), description="Something found, and its place."
        )
        page = self._page(edge, union)
        return [edge, GraphQLObjectType("SearchResultConnection", page, description="A page of what was found.")]

    def _search(self) -> GraphQLField:
        kinds = self.types["SearchResultType"]
        assert isinstance(kinds, GraphQLEnumType)
        found = self.made.object("SearchResultConnection")
        meaning = RootSearch("SearchEntry")
        page = self._page_arguments(self.graph["SearchEntry"])
        arguments = {
            "query": GraphQLArgument(GraphQLNonNull(GraphQLString), description=page["search"].description),
            "types": GraphQLArgument(GraphQLList(GraphQLNonNull(kinds)), description="Only of these types."),
            **{name: page[name] for name in ("first", "after", "last", "before")},
        }
        return GraphQLField(
            GraphQLNonNull(found),
            arguments,
            resolve=reference.root_resolver(meaning),
            description="What has these words, of whatever type; what fits best comes first.",
            extensions={KEY: meaning},
        )


def _interface(name: str, fields: Any, description: str) -> GraphQLInterfaceType:
    return GraphQLInterfaceType(name, fields, resolve_type=reference.type_of, description=description)


def _required(column: Column, type_: Any) -> Any:
    return type_ if column.nullable else GraphQLNonNull(type_)


def _list_of(type_: Any) -> GraphQLOutputType:
    return GraphQLNonNull(GraphQLList(type_))


def part(part: PartOf, type_: GraphQLOutputType, description: str, resolve: Any) -> GraphQLField:
    """The field of a connection or an edge that is `part` of it."""
    return GraphQLField(type_, resolve=resolve, description=description, extensions={KEY: part})


def _edge_fields(node: GraphQLOutputType, *, searched: bool) -> Fields:
    fields = {
        "cursor": part(PartOf.CURSOR, GraphQLNonNull(GraphQLString), "Names this place.", _cursor),
        "node": part(PartOf.NODE, node, "The row.", _node),
    }
    if searched:
        matching = "How well it matches the search, from 0 to 1; null if nothing is searched for."
        found = "Where the searched words are, as HTML that marks them by <mark>; null if nothing is searched for."
        fields["rank"] = part(PartOf.RANK, GraphQLFloat, matching, reference.rank)
        fields["highlight"] = part(PartOf.HIGHLIGHT, GraphQLString, found, reference.highlight_of)
    return fields


def _same(value: Any, _: Any) -> Any:
    return value


def _node(found: Any, _: Any) -> Any:
    return found.row if isinstance(found, reference.Result) else found


def _edges(page: reference.LoadedPage, _: Any) -> Any:
    return page.rows


def _nodes(page: reference.LoadedPage, _: Any) -> Any:
    return [_node(found, _) for found in page.rows]


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
