"""Generated operations: any shape the schema allows, with arguments as literals or as variables.

A cursor stands in a document as a `Cursor` token (entity, order, place); whoever runs it puts a real one there.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from graphql import GraphQLInputObjectType, GraphQLObjectType, GraphQLSchema, get_named_type, is_leaf_type
from hypothesis import strategies as st

DIRECTIONS = ("ASC", "DESC", "ASC_NULLS_FIRST", "DESC_NULLS_LAST")
VALUES: dict[str, tuple[Any, ...]] = {
    "String": ("F1", "m0", "T1", ""),
    "Int": (0, 1, 2),
    "Decimal": ("1", "2.00"),
    "BigInt": ("1", "3"),
    "Boolean": (True, False),
    "DateTime": ("2025-03-01T00:00:00.12Z", "2025-05-05T00:00:00Z", "2025-04-01T02:00:00.0001+02:00"),
    "Date": ("2025-01-01",),
}


NOWHERE = "019a0000-0000-7000-8000-000000000000"
"""The uuid of nothing."""


def _entity(type_: Any) -> str:
    """The entity that a root field is about; "Node" for any of them."""
    return str(get_named_type(type_).name).removesuffix("Connection")


def _words(id_: str) -> str:
    """`ai_model_019a…` -> `AiModel`."""
    return "".join(word.capitalize() for word in id_.split("_")[:-1])


@dataclass(frozen=True, slots=True)
class Cursor:
    """The cursor of row number `place` of all rows of `entity` in `order`."""

    entity: str
    order: tuple[tuple[str, str], ...]
    place: int


@dataclass(slots=True)
class Document:
    """A query and its variables."""

    text: str = ""
    variables: dict[str, Any] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)


class Writer:
    """Draws one document."""

    def __init__(self, draw: Any, schema: GraphQLSchema) -> None:
        self.draw, self.schema, self.document = draw, schema, Document()

    def one_of(self, *values: Any) -> Any:
        return self.draw(st.sampled_from(values))

    def chance(self, percent: int) -> bool:
        return self.draw(st.integers(0, 99)) < percent  # type: ignore[no-any-return]

    def write(self, ids: list[str]) -> Document:
        query = self.schema.query_type
        assert query is not None
        every = [name for name in query.fields if name != "version"]
        known = {_words(id_) for id_ in ids}
        filled = [name for name in every if _entity(query.fields[name].type) in known]
        wanted = "abc"[: self.one_of(1, 1, 2, 3)]
        fields = [self._root(self.one_of(*(filled if self.chance(80) else every)), ids, alias) for alias in wanted]
        declared = ", ".join(f"${name}: {type_}" for name, type_ in self.document.types.items())
        self.document.text = f"query{f'({declared})' if declared else ''} {{ {' '.join(fields)} }}"
        return self.document

    def _root(self, name: str, ids: list[str], alias: str) -> str:
        query = self.schema.query_type
        assert query is not None
        type_ = get_named_type(query.fields[name].type)
        if name == "nodes":
            wanted = [self.one_of(*ids) for _ in range(self.one_of(0, 1, 3))]
            return f"{alias}: nodes(ids: {self._value('[ID!]!', wanted)}) {self._node(2)}"
        if name == "node":
            return f"{alias}: node(id: {self._value('ID!', self.one_of(*ids))}) {self._node(2)}"
        assert isinstance(type_, GraphQLObjectType)
        if type_.name.endswith("Connection"):
            entity = type_.name.removesuffix("Connection")
            return f"{alias}: {name}{self._page(entity)} {self._connection(type_, 3)}"
        if "By" in name:
            return f"{alias}: users(first: 1) {{ totalCount }}"
        prefix = "".join(f"_{c.lower()}" if c.isupper() else c for c in name)
        known = [id_ for id_ in ids if id_.rpartition("_")[0] == prefix] or [f"{prefix}_{NOWHERE}"]
        return f"{alias}: {name}(id: {self._value('ID!', self.one_of(*known))}) {self._object(type_, 3)}"

    def _node(self, depth: int) -> str:
        kinds = st.sampled_from(("User", "Job", "Metric", "Message"))
        names = self.draw(st.lists(kinds, min_size=1, max_size=2, unique=True))
        parts = [f"... on {name} {self._object(self._type(name), depth)}" for name in names]
        return f"{{ __typename id {' '.join(parts)} }}"

    def _type(self, name: str) -> GraphQLObjectType:
        type_ = self.schema.type_map[name]
        assert isinstance(type_, GraphQLObjectType)
        return type_

    def _object(self, type_: GraphQLObjectType, depth: int) -> str:
        names = self.draw(st.lists(st.sampled_from(sorted(type_.fields)), min_size=1, max_size=4, unique=True))
        parts = [part for name in names if (part := self._field(type_, name, depth))]
        return f"{{ {' '.join(parts) or '__typename'} }}"

    def _field(self, type_: GraphQLObjectType, name: str, depth: int) -> str:
        inner = get_named_type(type_.fields[name].type)
        if depth == 0 and not is_leaf_type(inner):
            return ""
        directive = self._directive() if self.chance(10) else ""
        if is_leaf_type(inner):
            return f"{f'x{name}: ' if self.chance(10) else ''}{name}{directive}"
        assert isinstance(inner, GraphQLObjectType)
        if inner.name.endswith("Connection"):
            page = self._page(inner.name.removesuffix("Connection"))
            return f"{name}{page}{directive} {self._connection(inner, depth - 1)}"
        body = self._object(inner, depth - 1)
        return f"{name}{directive} {self.one_of(body, f'{{ ... on {inner.name} {body} }}')}"

    def _directive(self) -> str:
        return f" @{self.one_of('skip', 'include')}(if: {self._value('Boolean!', self.chance(50))})"

    def _connection(self, type_: GraphQLObjectType, depth: int) -> str:
        entity = self._type(type_.name.removesuffix("Connection"))
        parts: dict[str, Callable[[], str]] = {
            "nodes": lambda: f"nodes {self._object(entity, depth)}",
            "edges": lambda: f"edges {{ cursor node {self._object(entity, depth)} }}",
            "total": lambda: "totalCount",
            "info": lambda: "pageInfo { hasNextPage hasPreviousPage startCursor endCursor }",
            "half": lambda: "pageInfo { hasNextPage }",
            "type": lambda: "__typename",
        }
        chosen = self.draw(st.lists(st.sampled_from(sorted(parts)), min_size=1, max_size=3, unique=True))
        return f"{{ {' '.join(parts[name]() for name in chosen if not ('half' in chosen and name == 'info'))} }}"

    def _page(self, entity: str) -> str:
        arguments = []
        order: tuple[tuple[str, str], ...] = ()
        if self.chance(50):
            keys = self._input(f"{entity}OrderBy").fields
            names = self.draw(st.lists(st.sampled_from(sorted(keys)), min_size=1, max_size=2, unique=True))
            order = tuple((name, self.one_of(*DIRECTIONS)) for name in names)
            given = [{name: direction} for name, direction in order]
            arguments.append(f"orderBy: {self._value(f'[{entity}OrderBy!]', given, enums=True)}")
        if self.chance(70):
            arguments.append(f"{self.one_of('first', 'last')}: {self._value('Int', self.one_of(1, 2, 3, 7))}")
        arguments += [
            f"{name}: {self._value('String', Cursor(entity, order, self.one_of(0, 1, 3, 6)))}"
            for name in ("after", "before")
            if self.chance(20)
        ]
        if self.chance(30):
            arguments.append(f"filter: {self._filter(entity)}")
        return f"({', '.join(arguments)})" if arguments else ""

    def _filter(self, entity: str) -> str:
        fields = self._input(f"{entity}Filter").fields
        usable = [name for name, f in sorted(fields.items()) if get_named_type(f.type).name[:-6] in VALUES]
        name = self.one_of(*usable)
        type_ = get_named_type(fields[name].type)
        operators = [op for op in type_.fields if op != "in"]
        operator = self.one_of(*operators)
        base = "Boolean" if operator == "isNull" else type_.name[:-6]
        value = self.one_of(*VALUES[base])
        if self.chance(30):
            return self._value(f"{entity}Filter", {name: {operator: value}})
        return f"{{ {name}: {{ {operator}: {self._value(base, value)} }} }}"

    def _input(self, name: str) -> GraphQLInputObjectType:
        type_ = self.schema.type_map[name]
        assert isinstance(type_, GraphQLInputObjectType)
        return type_

    def _value(self, type_: str, value: Any, *, enums: bool = False) -> str:
        if isinstance(value, Cursor) or self.chance(40):
            name = f"v{len(self.document.types)}"
            self.document.types[name], self.document.variables[name] = type_, value
            return f"${name}"
        return literal(value, enums=enums)


def literal(value: Any, *, enums: bool = False) -> str:
    """`value` in GraphQL's own writing."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return value if enums else f'"{value}"'
        case dict():
            return "{" + ", ".join(f"{key}: {literal(item, enums=enums)}" for key, item in value.items()) + "}"
        case list():
            return "[" + ", ".join(literal(item, enums=enums) for item in value) + "]"
    return str(value)


def documents(schema: GraphQLSchema, ids: list[str]) -> st.SearchStrategy[Document]:
    """Operations over the whole of `schema`; `ids` are global IDs of rows that exist."""

    @st.composite
    def build(draw: Any) -> Document:
        return Writer(draw, schema).write(ids)

    return build()
