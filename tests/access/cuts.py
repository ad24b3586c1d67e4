"""Parts of the schema, small enough that documents can be made up over them: one root field and a little of the rest.

The whole has thousands of types that lead to each other. What is left out of a cut is drawn, so that many cuts
together leave nothing out; the documents over a cut are documents over the whole.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    is_leaf_type,
    is_required_argument,
    is_required_input_field,
)

from tests.engine.dice import Dice

INNERMOST = 2
"""How deep inputs are inside each other; the innermost have nothing but operators and values."""

ENOUGH = 40
"""Types with which a cut leads no further."""

KINDS = 6
"""Types of an interface or of a union that a cut has."""

SELDOM = {"after": 5, "before": 5, "last": 15, "offset": 20, "search": 30}
"""How often in a hundred an argument is there that excludes others, or that is seldom any good when it is made up."""

LeftOut = Callable[[str, str], bool]
"""Whether a cut never has a field: the names of its type and of itself."""


@dataclass(slots=True)
class Cut:
    """One cut of a schema: what was drawn of each type."""

    schema: GraphQLSchema
    dice: Dice
    left_out: LeftOut
    types: dict[str, Any] = field(default_factory=dict)

    def around(self, root: str, name: str) -> GraphQLSchema:
        """A schema with one field of the type `root`, "Query" or "Mutation", and with a query in any case."""
        type_: Any = self.schema.type_map[root]
        found = GraphQLObjectType(root, {name: self._field(type_.fields[name])})
        if root == "Query":
            return GraphQLSchema(found, types=self._members())
        version = GraphQLObjectType("Query", {"version": self._field(self.schema.type_map["Query"].fields["version"])})  # type: ignore[attr-defined]
        return GraphQLSchema(version, found, types=self._members())

    def _members(self) -> list[Any]:
        """The types that are there only as kinds of others; taking one may bring more."""
        while True:
            before = len(self.types)
            for type_ in list(self.types.values()):
                _ = getattr(type_, "fields", None)
            if len(self.types) == before:
                return list(self.types.values())

    def _field(self, given: GraphQLField) -> GraphQLField:
        arguments = {
            name: GraphQLArgument(self._input(argument.type, 0))
            for name, argument in given.args.items()
            if is_required_argument(argument) or self.dice.chance(SELDOM.get(name, 60))
        }
        if {"first", "after"} & arguments.keys():
            arguments = {name: argument for name, argument in arguments.items() if name not in ("last", "before")}
        return GraphQLField(self._output(given.type), arguments)

    def _output(self, type_: Any) -> Any:
        match type_:
            case GraphQLNonNull(of_type=inner):
                return GraphQLNonNull(self._output(inner))
            case GraphQLList(of_type=inner):
                return GraphQLList(self._output(inner))
        return type_ if is_leaf_type(type_) else self._composite(type_)

    def _composite(self, type_: GraphQLNamedType) -> Any:
        if type_.name not in self.types:
            match type_:
                case GraphQLObjectType():
                    self.types[type_.name] = GraphQLObjectType(type_.name, self._fields_of(type_))
                case GraphQLInterfaceType():
                    self.types[type_.name] = self._interface(type_)
                case GraphQLUnionType():
                    kinds = [self._output(kind) for kind in self.dice.some_of(type_.types, 2, KINDS)]
                    self.types[type_.name] = GraphQLUnionType(type_.name, kinds)
        return self.types[type_.name]

    def _interface(self, type_: GraphQLInterfaceType) -> GraphQLInterfaceType:
        """With some of its types, which say that they are of it; no other type of the cut does."""
        made = GraphQLInterfaceType(type_.name, self._fields_of(type_))
        for kind in self.dice.some_of(self.schema.get_possible_types(type_), 2, KINDS):
            if kind.name not in self.types:
                self.types[kind.name] = GraphQLObjectType(kind.name, self._fields_of(kind), interfaces=[made])
        return made

    def _fields_of(self, type_: Any) -> Callable[[], Mapping[str, GraphQLField]]:
        return lambda: self._fields(type_)

    def _fields(self, type_: Any) -> Mapping[str, GraphQLField]:
        """Its ID, a few values, and a few relations or, of a part of a connection, most parts."""
        fields = {name: given for name, given in type_.fields.items() if not self.left_out(type_.name, name)}
        leaves = [name for name, given in fields.items() if is_leaf_type(get_named_type(given.type))]
        others = [name for name in fields if name not in leaves]
        is_row = "id" in fields
        most = 6 if not is_row else 3 if len(self.types) < ENOUGH else 0
        chosen = {"id"} & fields.keys() | {*self.dice.some_of(leaves, 2, 5), *self.dice.some_of(others, 0, most)}
        return {
            name: self._field(type_.fields[name]) for name in sorted(chosen) or others[:1] or list(type_.fields)[:1]
        }

    def _input(self, type_: Any, level: int) -> Any:
        match type_:
            case GraphQLNonNull(of_type=inner):
                return GraphQLNonNull(self._input(inner, level))
            case GraphQLList(of_type=inner):
                return GraphQLList(self._input(inner, level))
            case GraphQLInputObjectType():
                return self._input_object(type_, level)
        return type_

    def _input_object(self, type_: GraphQLInputObjectType, level: int) -> GraphQLInputObjectType:
        name = f"{type_.name}_{level}"
        if name not in self.types:
            made = {key: self._input(given.type, level + 1) for key, given in self._chosen(type_, level)}
            if type_.is_one_of:
                made = {key: GraphQLNonNull(inner) for key, inner in made.items()}
            self.types[name] = GraphQLInputObjectType(name, {key: GraphQLInputField(one) for key, one in made.items()})
        found: GraphQLInputObjectType = self.types[name]
        return found

    def _chosen(self, type_: GraphQLInputObjectType, level: int) -> Iterable[tuple[str, GraphQLInputField]]:
        """What must be there, and some of what may be; exactly one where no more is allowed."""
        fields = {key: given for key, given in type_.fields.items() if self._is_any(type_.name, key, given, 3)}
        if type_.is_one_of:
            return self.dice.some_of([one for one in fields.items() if _is_flat(one[1])] or list(fields.items()), 1, 1)
        needed = [one for one in fields.items() if is_required_input_field(one[1])]
        flat = [one for one in fields.items() if one not in needed and _is_flat(one[1])]
        deep = [one for one in fields.items() if one not in needed and one not in flat]
        chosen = [*needed, *self.dice.some_of(flat, 1, 6), *self.dice.some_of(deep if level < INNERMOST else [], 0, 2)]
        return chosen or self.dice.some_of(deep, 1, 1)

    def _is_any(self, owner: str, name: str, given: GraphQLInputField, further: int) -> bool:
        """Whether a field is not left out, nor everything that it leads to."""
        inner = get_named_type(given.type)
        if self.left_out(owner, name) or not isinstance(inner, GraphQLInputObjectType):
            return not self.left_out(owner, name)
        fields = inner.fields.items()
        return further > 0 and any(self._is_any(inner.name, key, one, further - 1) for key, one in fields)


def _is_flat(given: GraphQLInputField) -> bool:
    """Whether a value or its operators are given, and nothing that leads further."""
    type_ = get_named_type(given.type)
    if not isinstance(type_, GraphQLInputObjectType):
        return True
    return all(is_leaf_type(get_named_type(one.type)) for one in type_.fields.values())
