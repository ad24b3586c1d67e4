"""Generated operations over the whole query language, as the schema has it.

They follow the schema's own types by the endings of their names, so that whatever is derived anew is asked for at once.
All of them are valid and within every limit: a refusal is a fault of the engine's, or of this generator's.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    is_leaf_type,
)

from graph.engine.model.ids import snake
from graph.engine.schema.meaning import NodeById, RootList, RootOne, RootSearch, meaning_of
from tests.engine.arguments import SEARCHES, Arguments, Shapes
from tests.engine.dice import Dice
from tests.engine.facts import NOWHERE, Facts
from tests.engine.writing import Cursor, Variables, Word

READS = 7
"""Relations, connections and groups of one operation: what it costs grows with them."""
ALIASES = 20
DIRECTIVES = 12
PARTS = ("nodes", "edges", "pageInfo", "totalCount", "aggregate", "groups")
FACES = {"Node": "id __typename", "Timestamped": "createdAt updatedAt", "Owned": "business { id slug }"}
"""Interfaces with what is selected of them."""
Path = tuple[str, ...]


@dataclass(slots=True)
class Document:
    """A query and its variables."""

    text: str
    variables: dict[str, Any]


@dataclass(slots=True)
class Writer:
    """Draws one document."""

    dice: Dice
    shapes: Shapes
    facts: Facts
    roots: "Roots"
    arguments: Arguments = field(init=False)
    variables: Variables = field(init=False)
    fragments: list[str] = field(default_factory=list)
    reads: int = READS
    aliases: int = ALIASES
    directives: int = DIRECTIVES

    def __post_init__(self) -> None:
        self.arguments = Arguments(self.dice, self.shapes, self.facts)
        self.variables = Variables(self.dice)

    def write(self) -> Document:
        """One operation with its fragments."""
        fields = [self._root(alias) for alias in "abc"[: self.dice.one_of((1, 1, 2, 3))]]
        operation = f"query Q{self.variables.head} {{ {' '.join(fields)} }}"
        return Document(" ".join([operation, *self.fragments]), self.variables.values)

    def _root(self, alias: str) -> str:
        rows = self.roots.filled if self.dice.chance(92) else self.roots.empty
        name = self.dice.one_of(self.dice.one_of([self.roots.special, rows, rows, rows]))
        definition = self.roots.fields[name]
        match meaning_of(definition):
            case RootList():
                return f"{alias}: {self._connected(definition, name, 3)}"
            case RootSearch():
                return f"{alias}: {self._search(definition, name)}"
            case RootOne(entity=entity, names=keys):
                said = self._key(entity, [argument for argument, _ in keys])
                return f"{alias}: {name}{self._said(definition, said)} {self._body(definition.type, 3)}"
            case NodeById():
                said = {"id": self.dice.one_of(self.facts.ids)}
                return f"{alias}: {name}{self._said(definition, said)} {self._body(definition.type, 2)}"
        ids = [self.dice.one_of(self.facts.ids) for _ in range(self.dice.one_of((1, 0, 3)))]
        return f"{alias}: {name}{self._said(definition, {'ids': ids})} {self._body(definition.type, 2)}"

    def _key(self, entity: str, names: Sequence[str]) -> dict[str, Any]:
        """What names a row of `entity`, or none."""
        rows = self.facts.rows[entity]
        if not rows:
            return {"id": f"{snake(entity)}_{NOWHERE}"}
        row = self.dice.one_of(rows)
        return {name: row[name] for name in names if row[name] is not None}

    def _search(self, definition: GraphQLField, name: str) -> str:
        said: dict[str, Any] = {"query": self.dice.one_of(SEARCHES[:-1])}
        if self.dice.chance(40):
            kinds: Any = self.shapes.schema.type_map["SearchResultType"]
            said["types"] = [Word(kind) for kind in self.dice.some_of(sorted(kinds.values), 0, 4)]
        if self.dice.chance(60):
            said[self.dice.one_of(("first", "last"))] = self.dice.one_of((3, 1, 7))
        if self.dice.chance(20):
            place = self.dice.one_of((0, 1, 3))
            said[self.dice.one_of(("after", "before"))] = Cursor("SearchEntry", "[]", said["query"], place)
        return f"{name}{self._said(definition, said)} {self._body(definition.type, 2)}"

    def _said(self, definition: GraphQLField, said: Mapping[str, Any]) -> str:
        """Arguments in writing; now and then one that says nothing."""
        parts = [
            f"{name}: {self.variables.argument(definition.args[name].type, value)}" for name, value in said.items()
        ]
        silent = [
            name for name in ("first", "after", "before", "orderBy", "search", "filter") if name in definition.args
        ]
        if silent and "by" not in said and self.dice.chance(8):
            name = self.dice.one_of(silent)
            if name not in said:
                parts.append(f"{name}: {self.variables.absent(definition.args[name].type)}")
        return f"({', '.join(parts)})" if parts else ""

    def _body(self, type_: Any, depth: int) -> str:
        """What is selected of `type_`, in braces."""
        named: GraphQLNamedType = get_named_type(type_)
        if isinstance(named, GraphQLUnionType | GraphQLInterfaceType):
            return self._abstract(named, depth)
        assert isinstance(named, GraphQLObjectType)
        return self._connection(named, depth) if named.name.endswith("Connection") else self._object(named, depth)

    def _abstract(self, type_: GraphQLUnionType | GraphQLInterfaceType, depth: int) -> str:
        """Several types at once, the fields of each under names of their own."""
        kinds = self.shapes.schema.get_possible_types(type_)
        filled = [kind for kind in kinds if kind.name in self.facts.filled]
        few = [kind for kind in filled if kind.name in ("User", "Job", "Product", "Order", "Customer", "Category")]
        chosen = self.dice.some_of(few if few and self.dice.chance(60) else filled or kinds, 1, 2)
        parts = [f"... on {kind.name} {self._object(kind, depth, f'{kind.name}_')}" for kind in chosen]
        faces = [f"... on {name} {{ {FACES[name]} }}" for name in FACES if self.dice.chance(25)]
        return f"{{ __typename {' '.join(parts + faces)} }}"

    def _object(self, type_: GraphQLObjectType, depth: int, prefix: str = "") -> str:
        leaves, links = self.roots.fields_of(type_)
        names = self.dice.some_of(leaves, 1, 3)
        if depth and links and self.reads > 0:
            names += self.dice.some_of(links, 0, 2)
        parts = [self._field(type_, name, depth, prefix) for name in names if self.reads > 0 or name in leaves]
        faces = [face.name for face in type_.interfaces if face.name in FACES]
        if faces and self.dice.chance(10):
            name = self.dice.one_of(faces)
            parts.append(f"... on {name} {{ {FACES[name]} }}")
        return self._gathered(type_, parts)

    def _gathered(self, type_: GraphQLObjectType, parts: list[str]) -> str:
        """A selection, some of whose parts may stand in a fragment."""
        if self.dice.chance(75):
            return f"{{ {' '.join(parts)} }}"
        cut = self.dice.below(len(parts))
        rest, moved = parts[:cut], " ".join(parts[cut:])
        match self.dice.below(3):
            case 0:
                moved = f"... on {type_.name}{self._directive()} {{ {moved} }}"
            case 1:
                moved = f"...{self._directive()} {{ {moved} }}"
            case _:
                name = f"F{len(self.fragments)}"
                self.fragments.append(f"fragment {name} on {type_.name} {{ {moved} }}")
                moved = f"...{name}{self._directive()}{f' ...{name}' if self.dice.chance(20) else ''}"
        return f"{{ __typename {' '.join(rest)} {moved} }}"

    def _field(self, type_: GraphQLObjectType, name: str, depth: int, prefix: str) -> str:
        definition = type_.fields[name]
        inner = get_named_type(definition.type)
        key = self._alias(name, prefix)
        if is_leaf_type(inner):
            again = f" {key}{name}" if self.dice.chance(4) else ""
            return f"{key}{name}{self._directive(10)}{again}"
        self.reads -= 1
        if inner.name.endswith("Connection"):
            return f"{key}{self._connected(definition, name, depth - 1)}"
        body = self._body(inner, depth - 1)
        again = f" {key}{name} {{ __typename }}" if self.dice.chance(10) else ""
        return f"{key}{name}{self._directive(10)} {body}{again}"

    def _alias(self, name: str, prefix: str) -> str:
        if prefix or (self.aliases > 0 and self.dice.chance(8)):
            self.aliases -= 1
            return f"{prefix or 'x'}{name}: "
        return ""

    def _directive(self, often: int = 30) -> str:
        if self.directives <= 0 or not self.dice.chance(often):
            return ""
        self.directives -= 1
        kind, kept = self.dice.one_of(("include", "skip")), self.dice.chance(70)
        condition = self.variables.argument(self.roots.condition, kept == (kind == "include"))
        return f" @{kind}(if: {condition})"

    def _connected(self, definition: GraphQLField, name: str, depth: int) -> str:
        """A field that is a connection, with its arguments; now and then twice, which comes to the same."""
        type_ = get_named_type(definition.type)
        said = self._said(definition, self.arguments.page(type_.name.removesuffix("Connection"), definition.args))
        again = f" {name}{said} {{ totalCount }}" if not said and self.dice.chance(20) else ""
        return f"{name}{said}{self._directive(8)} {self._body(type_, depth)}{again}"

    def _connection(self, type_: GraphQLObjectType, depth: int) -> str:
        known = [part for part in PARTS if part in type_.fields]
        chosen = self.dice.some_of(known, 1, 3)
        parts: dict[str, Callable[[], str]] = {
            "nodes": lambda: f"nodes {self._body(type_.fields['nodes'].type, depth)}",
            "edges": lambda: f"edges {self._edge(type_, depth)}",
            "totalCount": lambda: "totalCount",
            "pageInfo": lambda: f"pageInfo {self._page_info()}",
            "aggregate": lambda: f"aggregate {self._measures(type_, 'Aggregate')}",
            "groups": lambda: self._groups(type_, depth),
        }
        written = [parts[name]() for name in chosen]
        if self.aliases > 0 and self.dice.chance(8):
            self.aliases -= 1
            written.append(f"again: {parts[self.dice.one_of(chosen)]()}")
        return f"{{ {' '.join(written)} }}"

    def _edge(self, type_: GraphQLObjectType, depth: int) -> str:
        edge = get_named_type(type_.fields["edges"].type)
        assert isinstance(edge, GraphQLObjectType)
        leaves = self.dice.some_of([name for name in edge.fields if name != "node"], 0, 3)
        parts = (
            leaves
            if leaves and self.dice.chance(30)
            else [*leaves, f"node {self._body(edge.fields['node'].type, depth)}"]
        )
        return f"{{ {' '.join(parts)} }}"

    def _page_info(self) -> str:
        flags = ("hasNextPage", "hasPreviousPage", "startCursor", "endCursor")
        return f"{{ {' '.join(self.dice.some_of(flags, 1, 4))} }}"

    def _measures(self, type_: GraphQLObjectType, ending: str, least: int = 1) -> str:
        """A selection of what rows come to, from the type {entity}{ending}."""
        found = self.shapes.schema.type_map[f"{type_.name.removesuffix('Connection')}{ending}"]
        assert isinstance(found, GraphQLObjectType)
        names = self.dice.some_of([name for name in found.fields if name not in ("key", "rows")], least, 3)
        return f"{{ __typename {' '.join(self._measure(found.fields[name], name) for name in names)} }}"

    def _measure(self, definition: GraphQLField, name: str) -> str:
        inner = get_named_type(definition.type)
        if not isinstance(inner, GraphQLObjectType):
            return name
        said = {"at": self.dice.one_of((0.5, 0, 1, 0.25, 0.9))} if "at" in definition.args else {}
        columns = self.dice.some_of(list(inner.fields), 1, 3)
        return f"{name}{self._said(definition, said)} {{ {' '.join(columns)} }}"

    def _groups(self, type_: GraphQLObjectType, depth: int) -> str:
        entity, definition = type_.name.removesuffix("Connection"), type_.fields["groups"]
        said, paths = self.arguments.groups(entity)
        parts = [self._measures(type_, "GroupRow", 0)[1:-1].strip()]
        if self.dice.chance(85):
            parts.append(f"key {self._key_of(paths)}")
        if depth and self.reads > 0 and self.dice.chance(30):
            self.reads -= 2
            said["first"] = self.dice.one_of((2, 1, 4))
            row = get_named_type(definition.type)
            assert isinstance(row, GraphQLObjectType)
            parts.append(self._connected(row.fields["rows"], "rows", depth - 1))
        return f"groups{self._said(definition, said)} {{ {' '.join(parts)} }}"

    def _key_of(self, paths: Sequence[Path]) -> str:
        """The selection of what rows are grouped by."""
        heads = list(dict.fromkeys(path[0] for path in paths))
        parts = []
        for head in heads:
            rest = [path[1:] for path in paths if path[0] == head and len(path) > 1]
            parts.append(f"{head} {self._key_of(rest)}" if rest else head)
        return f"{{ {' '.join(parts)} }}"


class Roots:
    """What operations may begin with, and the fields of each type by what they are; looked up once."""

    def __init__(self, schema: GraphQLSchema, facts: Facts) -> None:
        query = schema.query_type
        assert query is not None
        self.fields = {name: found for name, found in query.fields.items() if meaning_of(found)}
        self.condition = schema.directives[0].args["if"].type
        self.special = [name for name, found in self.fields.items() if not self._about(found)]
        about = {name: entity for name, found in self.fields.items() if (entity := self._about(found))}
        self.filled = [name for name, entity in about.items() if entity in facts.filled]
        self.empty = [name for name, entity in about.items() if entity not in facts.filled and "By" not in name]
        self._sorted: dict[str, tuple[list[str], list[str]]] = {}
        self._filled = facts.filled

    def _about(self, definition: GraphQLField) -> str | None:
        meaning = meaning_of(definition)
        return meaning.entity if isinstance(meaning, RootList | RootOne) else None

    def fields_of(self, type_: GraphQLObjectType) -> tuple[list[str], list[str]]:
        """The leaves of an entity's type, and its fields that lead to rows there are."""
        if type_.name not in self._sorted:
            types = {name: get_named_type(definition.type) for name, definition in type_.fields.items()}
            leaves = [name for name, inner in types.items() if is_leaf_type(inner)]
            links = [name for name, inner in types.items() if name not in leaves and self._leads(inner)]
            self._sorted[type_.name] = (leaves, links)
        return self._sorted[type_.name]

    def _leads(self, type_: GraphQLNamedType) -> bool:
        return isinstance(type_, GraphQLUnionType) or type_.name.removesuffix("Connection") in self._filled


def documents(schema: GraphQLSchema, facts: Facts) -> Callable[[Dice], Document]:
    """Makes up operations over the whole of `schema` that ask for what the `facts` tell of."""
    shapes, roots = Shapes(schema), Roots(schema, facts)
    return lambda dice: Writer(dice, shapes, facts, roots).write()
